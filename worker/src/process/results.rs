//! From a decoded photo to the staging files of all its outputs. No state but the lane's pipelines.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use image::metadata::Orientation;
use protocol::outcome::StagedResult;
use protocol::{ErrorKind, JobError, ResultValues, Stage, StagingFile};
use recipe::Format;
use recipe::filter::geometry::Size;
use recipe::format::MetadataPolicy;
use recipe::metadata::{MetadataChanges, MetadataField};
use recipe::recipe::Output;
use recipe::template::Template;

use super::clock::Clock;
use super::convert;
use super::kept::{is_unchanged, kept_blocks};
use super::ready::{Branch, Trunk};
use super::said::Photo;
use super::starts::starts;
use super::warnings::Warnings;
use crate::codec::{self, Decoded, Encoded, Encoding, Header};
use crate::color::{self, Fitted};
use crate::density::{LengthUnit, PixelDensity};
use crate::gain_map;
use crate::image::{Extent, Picture};
use crate::metadata::{self, Asked, Described, FieldValues};
use crate::moved::{Cut, Moved};

/// What is said of the profile of a photo whose pixels were left as they are.
const PROFILE_UNREAD: &str = "the colour profile cannot be read: it was kept as it is";
const PROFILE_BROKEN: &str = "the colour profile is broken and was left out";
const PROFILE_UNSUITED: &str = "the colour profile is not one for the result and was left out";
const PROFILE_OF_COLOURS: &str = "grey cannot have the colour profile of this photo: converted to sRGB";

/// What has come of a job so far.
pub(super) struct Made<'a> {
    /// Where the results go, one for each output of the recipe.
    pub(super) staging: &'a [StagingFile],
    /// Those that are there.
    pub(super) results: Vec<Option<StagedResult>>,
    pub(super) clock: Clock,
    pub(super) warnings: Warnings,
}

/// Makes the results of a trunk, each in its staging file.
pub(super) fn make_results(
    trunk: &mut Trunk,
    mut image: Decoded,
    photo: &Photo<'_>,
    made: &mut Made<'_>,
) -> Result<(), JobError> {
    convert(&mut image, trunk.color);
    made.warnings.of_several(std::mem::take(&mut image.warnings));
    made.clock.passed(Stage::Decode);

    let Header { size: stored, orientation, .. } = image.header;
    let upright = image.header.upright_size();
    let (pipeline, branches) = trunk.parts(image.header.format);
    let shared = pipeline.output_size(upright);
    if let Some((branch, file)) = branches.first().and_then(|one| Some((one, made.staging.get(one.index)?))) {
        let size = branch.pipeline.output_size(shared);
        let mut said = Vec::new();
        // Where there are several, nothing stands here that differs between them.
        let values = photo.values(branch.name.as_deref(), &branch.changes, file.format, size);
        pipeline.fill_in(&values, &mut said)?;
        made.warnings.of_several(said);
    }
    // It may have been decoded smaller.
    let mut extent = Extent::shrunk(image.picture.size, upright);
    let mut picture = pipeline.run(image.picture.take(), extent)?;
    if !pipeline.is_empty() {
        extent = picture.size.into();
    }
    let trail = Trail {
        // A filter may have cut off what only the picture knew.
        whole: if pipeline.is_empty() { shared } else { picture.size },
        moved: pipeline.moved(Moved::upright(stored, orientation)),
        upright: pipeline.moved(Moved::upright(upright, Orientation::NoTransforms)),
    };
    made.clock.passed(Stage::Filter);

    let mut making = Making { image: &image, photo, trail, made };
    let chains: Vec<_> = branches.iter().map(|branch| branch.pipeline.filters()).collect();
    let starts = starts(shared, &chains);
    let that_start = |from: Option<usize>| -> Vec<usize> {
        (0..starts.len()).filter(|output| starts[*output] == from).collect()
    };
    let first_hand = that_start(None);
    for output in &first_hand {
        let start = match first_hand.last() == Some(output) {
            true => BranchStart::Last(picture.take()),
            false => BranchStart::Kept(&mut picture),
        };
        let mut own = making.filtered(&mut branches[*output], start, extent)?;
        for smaller in that_start(Some(*output)) {
            let extent = Extent::scaled(own.size, making.trail.whole);
            let result = making.filtered(&mut branches[smaller], BranchStart::Kept(&mut own), extent)?;
            making.finish(&branches[smaller], result)?;
        }
        making.finish(&branches[*output], own)?;
    }
    Ok(())
}

/// What has become of a picture where the branches begin.
#[derive(Debug, Clone, Copy)]
struct Trail {
    /// The size that it has, or would have had it not been decoded smaller.
    whole: Size,
    /// From as it was stored.
    moved: Moved,
    /// From as it stood upright.
    upright: Moved,
}

/// What a branch begins with.
enum BranchStart<'a> {
    /// A picture that others need, too.
    Kept(&'a mut Picture),
    /// One that nobody needs any more.
    Last(Picture),
}

/// The results of a photo in the making.
struct Making<'a, 'm> {
    /// All but the pixels.
    image: &'a Decoded,
    photo: &'a Photo<'a>,
    trail: Trail,
    made: &'a mut Made<'m>,
}

impl Making<'_, '_> {
    /// The picture of a branch.
    fn filtered(
        &mut self,
        branch: &mut Branch,
        start: BranchStart<'_>,
        extent: Extent,
    ) -> Result<Picture, JobError> {
        let format = self.made.staging.get(branch.index).map_or(Format::Png, |file| file.format);
        let size = branch.pipeline.output_size(self.trail.whole);
        let values = self.photo.values(branch.name.as_deref(), &branch.changes, format, size);
        let mut said = Vec::new();
        let filled_in = branch.pipeline.fill_in(&values, &mut said);
        let picture = filled_in.and_then(|()| match start {
            BranchStart::Kept(picture) => branch.pipeline.run_beside(picture, extent),
            BranchStart::Last(picture) => branch.pipeline.run(picture, extent),
        });
        let picture = picture.map_err(|error| blamed(branch, error))?;
        self.made.warnings.of(branch, said);
        self.made.clock.passed(Stage::Filter);
        Ok(picture)
    }

    /// Encodes the picture of a branch into its staging file.
    fn finish(&mut self, branch: &Branch, picture: Picture) -> Result<(), JobError> {
        let Some(file) = self.made.staging.get(branch.index) else { return Ok(()) };
        let (size, format) = (picture.size, file.format);
        let mut image = self.image.with(picture);
        let moved = branch.pipeline.moved(self.trail.moved);
        let described = Described {
            size,
            format,
            channels: codec::stored_channels(format, image.picture.channels, branch.settings.background),
            bits: codec::stored_bits(format, &image.picture.samples),
            became_srgb: image.became_srgb,
            edited: branch.has_filters || !moved.is_still(),
            moved,
            upright: branch.pipeline.moved(self.trail.upright),
            density: density(image.metadata.density, &branch.settings, &moved),
        };
        let map = gain_map::carried(&mut image, &moved, branch.hdr(format));
        self.made.clock.passed(Stage::Filter);

        let values = self.photo.values(branch.name.as_deref(), &branch.changes, format, size);
        let (set, mut said) = words(&values, &branch.changes);
        let blocks = kept_blocks(branch, &image, self.photo, format, &moved);
        let is_unchanged = self.photo.is_sound && is_unchanged(branch, &image, format, &moved);
        let encoded = blocks.and_then(|blocks| {
            let jpeg = blocks.map(|cut| (self.photo.bytes, cut));
            encode(image, jpeg, map, described, branch, &set)
        });
        let (mut encoded, more) = encoded.map_err(|error| blamed(branch, error))?;
        said.extend(more);
        if branch.settings.keep_smaller && is_unchanged && encoded.file.len() > self.photo.bytes.len() {
            let bytes = encoded.file.len();
            said =
                vec![format!("kept as it was: encoded again it would have {bytes} bytes (--keep-smaller)")];
            encoded = self.photo.bytes.to_vec().into();
        }
        said.extend(narrower(branch, size));
        self.made.warnings.of(branch, said);
        let Encoded { file: encoded, chosen } = encoded;
        let checksum = crc32fast::hash(&encoded);
        self.made.clock.passed(Stage::Encode);

        write(file.path.as_path(), &encoded)
            .map_err(|error| blamed(branch, JobError::io(Stage::Write, ErrorKind::WriteFailed, &error)))?;
        self.made.clock.passed(Stage::Write);
        let Size { width, height } = size;
        if let Some(place) = self.made.results.get_mut(branch.index) {
            *place = Some(StagedResult { width, height, bytes: encoded.len() as u64, checksum, chosen });
        }
        Ok(())
    }
}

/// The error with the name of the output that it is about.
fn blamed(branch: &Branch, error: JobError) -> JobError {
    let Some(name) = branch.name.as_ref().filter(|_| branch.is_one_of_several) else { return error };
    let detail = format!("output {name}: {}", error.detail);
    JobError { os_error: error.os_error, ..JobError::new(error.stage, error.kind, detail) }
}

/// The density of the result: scaling leaves it alone, so that a print becomes smaller.
fn density(of_photo: Option<PixelDensity>, output: &Output, moved: &Moved) -> Option<PixelDensity> {
    match output.dpi {
        Some(dpi) => PixelDensity::new(dpi.into(), dpi.into(), LengthUnit::Inch),
        None if moved.scale().is_some_and(|(_, swapped)| swapped) => of_photo.map(PixelDensity::turned),
        None => of_photo,
    }
}

/// What the fields of a result are set to, and what the photo does not say of that.
fn words(values: &ResultValues<'_>, changes: &MetadataChanges) -> (Vec<FieldValues>, Vec<String>) {
    let word = |(field, text): (&MetadataField, &Template)| {
        let values = values.inside(*field);
        let set = FieldValues::of(*field, &text.fill(&values));
        let unsaid = text.unsaid(&values);
        // A text without tokens takes its field out on purpose.
        if !set.values.is_empty() || text.tokens().next().is_none() {
            let all = "the photo does not say all that the text asks for";
            return (set, unsaid.map(|unsaid| format!("{field}: {all}: {unsaid}")));
        }
        let why = unsaid.map(|unsaid| format!(": {unsaid}")).unwrap_or_default();
        let nothing = "nothing is left of the text that it is set to";
        (set, Some(format!("{field} is taken out, since {nothing}, \"{text}\"{why}")))
    };
    let (set, said): (Vec<FieldValues>, Vec<Option<String>>) = changes.set.iter().map(word).unzip();
    (set, said.into_iter().flatten().collect())
}

/// What is said of a result that is narrower than its output's name says, as names for a `srcset` do
/// (`480w`): a page that goes by the name would choose the wrong one.
fn narrower(branch: &Branch, size: Size) -> Option<String> {
    let width: u32 = branch.name.as_deref()?.strip_suffix('w')?.parse().ok()?;
    let what = "pixels wide and not what the name says, since a photo is not enlarged";
    (size.width < width).then(|| format!("{} {what}: leave it out of a srcset", size.width))
}

/// The result's bytes, with those of the photo's metadata that go along, and the warnings about both. They
/// are made of the picture, or are a part of the photo's own image data.
fn encode(
    image: Decoded,
    jpeg: Option<(&[u8], Cut)>,
    map: Option<Vec<u8>>,
    mut described: Described,
    branch: &Branch,
    set: &[FieldValues],
) -> Result<(Encoded, Vec<String>), JobError> {
    let Described { format, channels: stored, .. } = described;
    let output = &branch.settings;
    let Decoded { header, mut picture, mut metadata, became_srgb, was_deep, mut warnings, .. } = image;
    if became_srgb {
        metadata.icc = color::srgb(stored);
    } else if let Some(icc) = metadata.icc.take() {
        let (icc, said) = match color::fitted(icc, header.channels, stored, &mut picture) {
            Fitted::Profile(icc) => (Some(icc), None),
            Fitted::Unread(icc) => (Some(icc), Some(PROFILE_UNREAD)),
            Fitted::Broken => (None, Some(PROFILE_BROKEN)),
            Fitted::Unsuited => (None, Some(PROFILE_UNSUITED)),
            Fitted::Converted => {
                described.became_srgb = true;
                (color::srgb(stored), Some(PROFILE_OF_COLOURS))
            }
        };
        metadata.icc = icc;
        warnings.extend(said.map(str::to_owned));
    }
    if output.dpi.is_none() && output.metadata == MetadataPolicy::Keep {
        warnings.extend(metadata::density::contradiction(&metadata));
    }
    let asked = Asked { policy: output.metadata, drop: &branch.changes.drop, set };
    let mut metadata = metadata::carried(metadata, asked, described, &mut warnings);
    // Where no metadata is wanted, a density alone does not make some, unless it was asked for.
    if output.metadata != MetadataPolicy::Strip || output.dpi.is_some() {
        metadata::place_density(&mut metadata, format, &mut warnings);
    }
    let taken = map.as_ref().map_or(0, |map| gain_map::announce(map, &mut metadata));
    let mut encoded = match jpeg {
        Some((jpeg, cut)) => codec::lossless::cut(jpeg, &cut, output, &metadata, &mut warnings)?.into(),
        None => {
            warnings.extend(codec::losses(&picture, was_deep, format, output.background));
            // A WebP that lost nothing so far is not to begin with it here.
            let lossless = header.lossless_webp;
            let encoding = Encoding { format, output, metadata: &metadata, lossless, taken };
            encoding.encode(picture, &mut warnings)?
        }
    };
    if let Some(map) = map {
        encoded.file = codec::gain_map::append(&encoded.file, &map);
    }
    Ok((encoded, warnings))
}

/// Creates the staging file. It is fresh by agreement: to find one there is an error.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}
