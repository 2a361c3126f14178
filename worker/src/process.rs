//! One job: read, decode, turn upright, convert colours, filter, encode, write.
//!
//! A [`Processor`] belongs to one lane and lives on its thread. It owns the pipeline and the buffer that
//! input files are read into, which grows to the largest of them and stays. Before it takes more memory than
//! an attempt was given, it asks. `read` has the file.

mod read;

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use image::metadata::Orientation;
use protocol::limits::Limits;
use protocol::outcome::{PerStage, Probed, Processed};
use protocol::{Done, ErrorKind, FontFile, JobError, Stage, Task};
use recipe::filter::{Border, Color, Pad};
use recipe::format::{ColorPolicy, MetadataPolicy, RawPolicy};
use recipe::recipe::Output;
use recipe::{Filter, Format, Recipe};

use crate::codec::{self, Decode, Decoded, Header, Source, Wanted};
use crate::color::{self, Fitted};
use crate::density::{LengthUnit, PixelDensity};
use crate::gain_map::{self, Conditions};
use crate::metadata::exif::Facts;
use crate::metadata::{self, Described};
use crate::moved::Moved;
use crate::pipeline::{Files, Pipeline};
use read::read;

/// What one attempt may use of the memory that all running attempts share.
pub struct Allowance<'a> {
    granted: Cell<u64>,
    /// Asks the supervisor for this many bytes and waits until there is room.
    /// Whether it will ask again for the same attempt, it says too.
    ask: &'a dyn Fn(u64, bool) -> Result<(), JobError>,
}

impl<'a> Allowance<'a> {
    /// `granted` bytes to begin with; `ask` is called for more.
    pub fn new(granted: u64, ask: &'a dyn Fn(u64, bool) -> Result<(), JobError>) -> Self {
        Self { granted: Cell::new(granted), ask }
    }

    /// Returns once the attempt may use this many bytes in all; `more` says that this is for the file only.
    fn need(&self, bytes: u64, more: bool) -> Result<(), JobError> {
        if bytes > self.granted.get() {
            (self.ask)(bytes, more)?;
            self.granted.set(bytes);
        }
        Ok(())
    }
}

/// Does jobs, one after the other.
pub struct Processor {
    output: Output,
    limits: Limits,
    decode: Decode,
    pipeline: Pipeline,
    /// For pictures of light, where the recipe begins with exposures: the sum of these in stops, and the
    /// pipeline without them.
    exposed: Option<(f32, Pipeline)>,
    has_filters: bool,
    /// The filter that takes an HDR gain map away.
    spoiler: Option<&'static str>,
    input: Vec<u8>,
}

impl Processor {
    /// Reads the files that the recipe names, and the fonts, so the sandbox must be closed by now.
    pub fn new(recipe: &Recipe, fonts: &[FontFile], limits: Limits, decode: Decode) -> Processor {
        // Read before there are attempts, and kept: counted with what the process is besides its jobs.
        let allowance = Allowance::new(limits.memory, &|_, _| Ok(()));
        let bytes = |path: &Path| {
            let mut bytes = Vec::new();
            read(path, &limits, &allowance, &mut bytes)?;
            Ok(bytes)
        };
        let picture = |path: &Path| {
            let (beyond, wanted) = (|_: &Header| 0, |_: &Header| Wanted::ALL);
            let policies = (ColorPolicy::Srgb, recipe.output.raw);
            let decoded = open(&bytes(path)?, &limits, &allowance, policies, decode, &beyond, &wanted)?;
            Ok(decoded.picture)
        };
        let files = Files { fonts, bytes: &bytes, picture: &picture };
        let pipeline = Pipeline::new(recipe, &limits, &files);
        let exposed = exposure(recipe).map(|(ev, rest)| (ev, Pipeline::new(&rest, &limits, &files)));
        let spoiler = gain_map::spoiler(recipe);
        let output = Output { background: background(recipe), ..recipe.output };
        let has_filters = !recipe.filters.is_empty();
        Processor { output, limits, decode, pipeline, exposed, has_filters, spoiler, input: Vec::new() }
    }

    /// Does one job.
    pub fn run(&mut self, task: &Task, allowance: &Allowance<'_>) -> Result<Done, JobError> {
        match task {
            Task::Process { input, staging, format } => {
                self.process(input.as_path(), staging.as_path(), *format, allowance).map(Done::Processed)
            }
            Task::Probe { input } => self.probe(input.as_path(), allowance).map(Done::Probed),
            Task::Check => self.pipeline.unusable().map_or(Ok(Done::Checked), |error| Err(error.clone())),
        }
    }

    fn process(
        &mut self,
        input: &Path,
        staging: &Path,
        format: Format,
        allowance: &Allowance<'_>,
    ) -> Result<Processed, JobError> {
        let mut timings = PerStage::default();
        let mut clock = Clock { timings: &mut timings, since: Instant::now() };

        read(input, &self.limits, allowance, &mut self.input)?;
        clock.passed(Stage::Read);

        let (pipeline, output) = (&self.pipeline, &self.output);
        let exposed = self.exposed.as_ref();
        let hdr = Conditions { policy: output.hdr, format, spoiler: self.spoiler };
        let beyond = |header: &Header| memory_beyond_decoding(header, pipeline, hdr, output);
        let wanted = |header: &Header| match exposed.filter(|_| header.format.info().is_light) {
            Some((ev, _)) => Wanted { ev: *ev, ..Wanted::ALL },
            None => pipeline.wanted(header.upright_size()),
        };
        let policies = (self.output.color, self.output.raw);
        let mut image = open(&self.input, &self.limits, allowance, policies, self.decode, &beyond, &wanted)?;
        let Header { size: stored, orientation, .. } = image.header;
        let (pixels, upright) = (stored.pixels(), image.header.upright_size());
        clock.passed(Stage::Decode);

        let exposed = self.exposed.as_mut().filter(|_| image.header.format.info().is_light);
        let pipeline = exposed.map_or(&mut self.pipeline, |(_, pipeline)| pipeline);
        image.picture = pipeline.run(image.picture, upright)?;
        let size = image.picture.size;
        let moved = pipeline.moved(Moved::upright(stored, orientation));
        let described = Described {
            size,
            format,
            became_srgb: image.became_srgb,
            edited: self.has_filters || !moved.is_still(),
            moved,
            upright: pipeline.moved(Moved::upright(upright, Orientation::NoTransforms)),
            density: density(image.metadata.density, &self.output, &moved),
        };
        let map = gain_map::carried(&mut image, &moved, hdr);
        clock.passed(Stage::Filter);

        let taken = metadata::taken(&image.metadata);
        let (encoded, warnings) = encode(image, map, described, &self.output)?;
        let checksum = crc32fast::hash(&encoded);
        clock.passed(Stage::Encode);

        write(staging, &encoded).map_err(|e| JobError::io(Stage::Write, ErrorKind::WriteFailed, &e))?;
        clock.passed(Stage::Write);

        Ok(Processed {
            width: size.width,
            height: size.height,
            pixels,
            bytes_in: self.input.len() as u64,
            bytes_out: encoded.len() as u64,
            checksum,
            timings,
            warnings,
            taken,
        })
    }

    fn probe(&mut self, input: &Path, allowance: &Allowance<'_>) -> Result<Probed, JobError> {
        read(input, &self.limits, allowance, &mut self.input)?;
        let (header, metadata) = codec::probe(&self.input, self.output.raw)?;
        let Facts { camera, date, .. } = metadata::facts(&metadata);
        let size = header.upright_size();
        Ok(Probed { format: header.format, width: size.width, height: size.height, camera, date })
    }
}

/// What transparency is laid over where a result's format has none: the first canvas that the picture is put
/// on, else what was asked for.
fn background(recipe: &Recipe) -> Color {
    let canvas = recipe.filters.iter().find_map(|filter| {
        if let Filter::Pad(Pad { color, .. }) | Filter::Border(Border { color, .. }) = filter {
            Some(*color)
        } else {
            None
        }
    });
    canvas.unwrap_or(recipe.output.background)
}

/// The exposure that a recipe begins with, in stops, and what comes after it. Light has to be exposed before
/// it is brought to what a screen shows: afterwards, a bright window made darker would be grey.
fn exposure(recipe: &Recipe) -> Option<(f32, Recipe)> {
    let evs = recipe
        .filters
        .iter()
        .map_while(|filter| if let Filter::Exposure(filter) = filter { Some(filter.ev) } else { None });
    let evs: Vec<f32> = evs.collect();
    let filters = recipe.filters.get(evs.len()..)?.to_vec();
    (!evs.is_empty()).then(|| (evs.iter().sum(), Recipe { filters, ..recipe.clone() }))
}

/// Measures the stages of a job.
struct Clock<'a> {
    timings: &'a mut PerStage<Duration>,
    since: Instant,
}

impl Clock<'_> {
    /// The time since the last call went to this stage.
    fn passed(&mut self, stage: Stage) {
        let now = Instant::now();
        *self.timings.of_mut(stage) = now - self.since;
        self.since = now;
    }
}

/// From bytes to a picture that stands upright, in the colours that the policy asks for. `beyond` says how
/// many bytes of memory the job needs at most once the picture is decoded, on top of the file and instead of
/// the decoder's; `wanted` says what of the picture is used.
fn open(
    bytes: &[u8],
    limits: &Limits,
    allowance: &Allowance<'_>,
    (policy, raw): (ColorPolicy, RawPolicy),
    decode: Decode,
    beyond: &dyn Fn(&Header) -> u64,
    wanted: &dyn Fn(&Header) -> Wanted,
) -> Result<Decoded, JobError> {
    let admit = |header: &Header| {
        let needed = admit(header, bytes.len() as u64, limits, beyond(header))?;
        allowance.need(needed, false)?;
        Ok(wanted(header))
    };
    let mut decoded = decode(&Source { bytes, memory: limits.memory, raw, admit: &admit })?;

    let upright = decoded.picture.upright(decoded.header.orientation);
    let misfit = || JobError::new(Stage::Decode, ErrorKind::Corrupt, "the samples do not fill the picture");
    decoded.picture = upright.ok_or_else(misfit)?;

    match policy {
        ColorPolicy::Keep => {}
        ColorPolicy::Srgb => {
            // Without a profile the output means sRGB, which is what everything else takes it for.
            if let Some(icc) = decoded.metadata.icc.take() {
                match color::to_srgb(&mut decoded.picture, &icc) {
                    Ok(range) => {
                        decoded.became_srgb = true;
                        decoded.warnings.extend(range.map(|range| {
                            format!(
                                "high dynamic range ({range}) was brought to what an ordinary screen shows"
                            )
                        }));
                    }
                    Err(error) => {
                        decoded.warnings.push(format!("{error}; colours were taken for sRGB"));
                    }
                }
            }
        }
    }
    Ok(decoded)
}

/// Bytes of memory that a picture needs by what its header says; one that is beyond the limits is refused.
fn admit(header: &Header, file: u64, limits: &Limits, beyond: u64) -> Result<u64, JobError> {
    let too_large = |detail: String| Err(JobError::new(Stage::Decode, ErrorKind::TooLarge, detail));
    let (width, height, pixels) = (header.size.width, header.size.height, header.size.pixels());
    if pixels > limits.max_pixels {
        let limit = limits.max_pixels;
        return too_large(format!(
            "{width}×{height} is {pixels} pixels; the limit is {limit} (--max-pixels)"
        ));
    }
    let decoding = header.bytes().saturating_add(header.decoder_memory);
    // Turning upright makes a second copy.
    let turning = header.bytes().saturating_mul(2);
    let needed = file.saturating_add(decoding.max(turning).max(beyond));
    if needed > limits.memory {
        let limit = limits.memory;
        return too_large(format!(
            "{width}×{height} pixels need {needed} bytes of memory; the limit is {limit} (--memory)"
        ));
    }
    Ok(needed)
}

/// Bytes that a job needs at most from the decoded picture on: for the filters with their input, or for
/// encoding, which may hold the result, a converted copy and the encoded bytes at once, and the result once
/// more where it may be encoded again.
fn memory_beyond_decoding(header: &Header, pipeline: &Pipeline, hdr: Conditions, output: &Output) -> u64 {
    let size = header.upright_size();
    let filtering =
        header.bytes().saturating_add(pipeline.memory_needed(size, header.channels, header.sample_bytes));
    let result = pipeline.output_size(size);
    // A watermark can add colour and transparency to a grey picture.
    let pixels = result.pixels().saturating_mul(4 * header.sample_bytes);
    let copies = if output.max_bytes.is_some() { 4 } else { 3 };
    let encoding = pixels.saturating_mul(copies).saturating_add(codec::encoder_memory(hdr.format, result));
    let map = header.gain_map.filter(|_| hdr.allow()).map_or(0, |map| gain_map::memory_needed(&map, result));
    filtering.max(encoding.saturating_add(map))
}

/// The density of the result: scaling leaves it alone, so that a print becomes smaller.
fn density(of_photo: Option<PixelDensity>, output: &Output, moved: &Moved) -> Option<PixelDensity> {
    match output.dpi {
        Some(dpi) => PixelDensity::new(dpi.into(), dpi.into(), LengthUnit::Inch),
        None if moved.scale().is_some_and(|(_, swapped)| swapped) => of_photo.map(PixelDensity::turned),
        None => of_photo,
    }
}

/// The result's bytes, with those of the photo's metadata that go along, and the warnings about both.
fn encode(
    image: Decoded,
    map: Option<Vec<u8>>,
    mut described: Described,
    output: &Output,
) -> Result<(Vec<u8>, Vec<String>), JobError> {
    let format = described.format;
    let Decoded { header, mut picture, mut metadata, became_srgb, mut warnings, .. } = image;
    let stored = codec::stored_channels(format, picture.channels, output.background);
    if became_srgb {
        metadata.icc = color::srgb(stored);
    } else if let Some(icc) = metadata.icc.take() {
        metadata.icc = match color::fitted(icc, header.channels, stored, &mut picture) {
            Fitted::Profile(icc) => Some(icc),
            Fitted::Converted => {
                warnings
                    .push("grey cannot have the colour profile of this photo: converted to sRGB".to_owned());
                described.became_srgb = true;
                color::srgb(stored)
            }
            Fitted::Unsuited => {
                warnings.push("the colour profile is not one for the result and was left out".to_owned());
                None
            }
        };
    }
    let mut metadata = metadata::carried(metadata, output.metadata, described, &mut warnings);
    // Where there is to be no metadata, a density alone does not make some, unless it was asked for.
    if output.metadata != MetadataPolicy::Strip || output.dpi.is_some() {
        metadata::place_density(&mut metadata, format);
    }
    let mut output = *output;
    if let Some(map) = &map {
        gain_map::announce(map, &mut metadata, &mut output);
    }
    // A WebP that lost nothing so far is not to begin with it here.
    let lossless = header.lossless_webp;
    let encoded = codec::encode(picture, format, &output, &metadata, lossless, &mut warnings)?;
    let whole = map.map(|map| codec::gain_map::append(&encoded, &map));
    Ok((whole.unwrap_or(encoded), warnings))
}

/// Creates the staging file. It is fresh by agreement: to find one there is an error.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests;
