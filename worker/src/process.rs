//! One job: read, decode, turn upright, convert colours, filter, encode, write.
//!
//! A [`Processor`] belongs to one lane and lives on its thread. It owns the pipeline and the buffer that
//! input files are read into, which grows to the largest of them and stays. Before it takes more memory than
//! an attempt was given, it asks. `read` has the file, `said` what the photo says of itself, `ready` the
//! recipe, made ready, `results` what becomes of a decoded photo, `starts` which result is made from which,
//! `warnings` what the user should know.

mod blocks;
mod clock;
mod kept;
mod read;
mod ready;
mod results;
mod said;
mod starts;
mod warnings;

use std::cell::Cell;
use std::iter;
use std::path::Path;

use protocol::limits::Limits;
use protocol::outcome::{Probed, Processed, StagedResult};
use protocol::{Done, ErrorKind, FontFile, JobError, PlannedPhoto, Stage, StagingFile, Task};
use recipe::format::{ColorPolicy, RawPolicy};
use recipe::{Format, Recipe, WirePath};

use crate::codec::{self, Decode, Decoded, Header, Source, Wanted};
use crate::color::{self, MadeSrgb};
use crate::metadata;
use crate::pipeline::Files;
use clock::Clock;
use read::read;
use ready::ReadyRecipe;
use results::{Made, make_results};
use said::{Photo, Sidecars};
use warnings::Warnings;

/// What one attempt may use of the memory that all running attempts share.
pub struct Allowance<'a> {
    granted: Cell<u64>,
    /// Asks the supervisor for this many bytes and waits until there is room. The flag says whether the same
    /// attempt will ask again.
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
    recipe: ReadyRecipe,
    limits: Limits,
    decode: Decode,
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
        let raw = recipe.outputs.first.settings.raw;
        let picture = |path: &Path| {
            let uses = Uses { beyond: &|_| 0, wanted: &|_| Wanted::ALL };
            let mut decoded = open(&bytes(path)?, &limits, &allowance, raw, decode, uses)?;
            convert(&mut decoded, ColorPolicy::Srgb);
            Ok(decoded.picture)
        };
        let files = Files { fonts, bytes: &bytes, picture: &picture };
        let recipe = ReadyRecipe::new(recipe, &limits, &files);
        Processor { recipe, limits, decode, input: Vec::new() }
    }

    /// Does one job.
    pub fn run(&mut self, task: &Task, allowance: &Allowance<'_>) -> Result<Done, JobError> {
        match task {
            Task::Process { input, staging, planned } => {
                self.process(input.as_path(), staging, planned, allowance).map(Done::Processed)
            }
            Task::Probe { input, sidecars } => {
                self.probe(input.as_path(), sidecars, allowance).map(|probed| Done::Probed(Box::new(probed)))
            }
            Task::Check => self.recipe.unusable().map_or(Ok(Done::Checked), |error| Err(error.clone())),
        }
    }

    fn process(
        &mut self,
        path: &Path,
        staging: &[StagingFile],
        planned: &PlannedPhoto,
        allowance: &Allowance<'_>,
    ) -> Result<Processed, JobError> {
        let mut clock = Clock::start();
        let sidecars = self.sidecars(&planned.sidecars, allowance);
        read(path, &self.limits, allowance, &mut self.input)?;
        clock.passed(Stage::Read);

        let Processor { recipe, limits, decode, input } = self;
        let formats: Vec<Format> = staging.iter().map(|file| file.format).collect();
        let uses = Uses {
            beyond: &|header| recipe.memory_needed(header, &formats),
            wanted: &|header| recipe.wanted(header),
        };
        let mut image = open(input, limits, allowance, recipe.raw, *decode, uses)?;
        let (pixels, is_sound) = (image.header.size.pixels(), image.warnings.is_empty());
        let warnings = Warnings::new(std::mem::take(&mut image.warnings), staging.len());
        clock.passed(Stage::Decode);
        let mut made = Made { staging, results: vec![None; staging.len()], clock, warnings };

        let taken = metadata::taken(&image.metadata);
        let said = recipe.asks_photo.then(|| sidecars.with(&image.header, &image.metadata));
        let photo = Photo { path, planned, said: said.as_ref(), bytes: input, is_sound };
        made.warnings.of_several(photo.unread());
        let trunks = recipe.trunks.len();
        for (trunk, image) in recipe.trunks.iter_mut().zip(iter::repeat_n(image, trunks)) {
            make_results(trunk, image, &photo, &mut made)?;
        }
        let Made { results, clock, warnings, .. } = made;
        let results: Option<Vec<StagedResult>> = results.into_iter().collect();
        let unknown = || JobError::new(Stage::Write, ErrorKind::BadParameter, "the recipe has fewer outputs");
        Ok(Processed {
            results: results.ok_or_else(unknown)?,
            pixels,
            bytes_in: input.len() as u64,
            timings: clock.timings,
            warnings: warnings.into_texts(),
            taken,
        })
    }

    fn probe(
        &mut self,
        input: &Path,
        sidecars: &[WirePath],
        allowance: &Allowance<'_>,
    ) -> Result<Probed, JobError> {
        let sidecars = self.sidecars(sidecars, allowance);
        read(input, &self.limits, allowance, &mut self.input)?;
        let (header, metadata) = codec::probe(&self.input, self.recipe.raw)?;
        Ok(sidecars.with(&header, &metadata))
    }

    /// Reads the files beside a photo.
    fn sidecars(&mut self, paths: &[WirePath], allowance: &Allowance<'_>) -> Sidecars {
        let mut sidecars = Sidecars::default();
        for path in paths {
            let packet = read(path.as_path(), &self.limits, allowance, &mut self.input);
            sidecars.add(path, packet.ok().map(|()| self.input.as_slice()));
        }
        sidecars
    }
}

/// What a picture is for, as far as its header decides.
struct Uses<'a> {
    /// How many bytes of memory the job needs at most once the picture is decoded, on top of the file and
    /// instead of the decoder's.
    beyond: &'a dyn Fn(&Header) -> u64,
    /// What of the picture is used.
    wanted: &'a dyn Fn(&Header) -> Wanted,
}

/// From bytes to a picture that stands upright.
fn open(
    bytes: &[u8],
    limits: &Limits,
    allowance: &Allowance<'_>,
    raw: RawPolicy,
    decode: Decode,
    Uses { beyond, wanted }: Uses<'_>,
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
    Ok(decoded)
}

/// Brings a picture to the colours that the policy asks for.
fn convert(image: &mut Decoded, policy: ColorPolicy) {
    match policy {
        ColorPolicy::Keep => {
            if image.became_srgb {
                let note = "inks or Lab became sRGB: no result can keep them";
                image.warnings.push(note.to_owned());
            }
        }
        ColorPolicy::Srgb => {
            // Without a profile the output means sRGB, which is what everything else takes it for.
            if let Some(icc) = image.metadata.icc.take() {
                match color::to_srgb(&mut image.picture, &icc) {
                    Ok(made) => {
                        image.became_srgb = true;
                        image.recolored |= made != MadeSrgb::Untouched;
                        if let MadeSrgb::Toned(range) = made {
                            let note = "was brought to what an ordinary screen shows";
                            image.warnings.push(format!("high dynamic range ({range}) {note}"));
                        }
                    }
                    Err(error) => image.warnings.push(format!("{error}; colours were taken for sRGB")),
                }
            }
        }
    }
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

#[cfg(test)]
mod tests;
