//! From a decoded photo to the staging files of all its outputs. No state but the lane's pipelines.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use image::metadata::Orientation;
use protocol::outcome::StagedResult;
use protocol::{ErrorKind, JobError, Stage, StagingFile};
use recipe::filter::geometry::Size;
use recipe::format::MetadataPolicy;
use recipe::recipe::Output;

use super::clock::Clock;
use super::convert;
use super::ready::{Branch, Trunk};
use super::said::Photo;
use super::warnings::Warnings;
use crate::codec::{self, Decoded, Header};
use crate::color::{self, Fitted};
use crate::density::{LengthUnit, PixelDensity};
use crate::gain_map;
use crate::metadata::{self, Described};
use crate::moved::Moved;

/// What becomes of the outputs of a trunk, each in its staging file.
pub(super) fn make_results(
    trunk: &mut Trunk,
    mut image: Decoded,
    photo: &Photo<'_>,
    staging: &[StagingFile],
    results: &mut [Option<StagedResult>],
    clock: &mut Clock,
    warnings: &mut Warnings,
) -> Result<(), JobError> {
    convert(&mut image, trunk.color);
    warnings.of_several(std::mem::take(&mut image.warnings));
    clock.passed(Stage::Decode);

    let Header { size: stored, orientation, .. } = image.header;
    let upright = image.header.upright_size();
    let (pipeline, branches) = trunk.parts(image.header.format);
    let shared = pipeline.output_size(upright);
    if let Some((branch, file)) = branches.first().and_then(|one| Some((one, staging.get(one.index)?))) {
        let size = branch.pipeline.output_size(shared);
        let mut said = Vec::new();
        // Where there are several, nothing stands here that differs between them.
        pipeline.fill_in(&photo.values(branch.name.as_deref(), file.format, size), &mut said)?;
        warnings.of_several(said);
    }
    image.picture = pipeline.run(image.picture, upright)?;
    let trail = Trail {
        whole: shared,
        moved: pipeline.moved(Moved::upright(stored, orientation)),
        upright: pipeline.moved(Moved::upright(upright, Orientation::NoTransforms)),
    };
    clock.passed(Stage::Filter);

    let count = branches.len();
    for (branch, to_come) in branches.iter_mut().zip((0..count).rev()) {
        let Some(file) = staging.get(branch.index) else { continue };
        let made = make_result(branch, &mut image, photo, to_come == 0, trail, file, clock);
        let (result, said) = made.map_err(|error| blamed(branch, error))?;
        warnings.of(branch, said);
        if let Some(place) = results.get_mut(branch.index) {
            *place = Some(result);
        }
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

/// One result, in its staging file, and the warnings about it. What is not the last one leaves the image as
/// it is.
fn make_result(
    branch: &mut Branch,
    image: &mut Decoded,
    photo: &Photo<'_>,
    is_last: bool,
    trail: Trail,
    file: &StagingFile,
    clock: &mut Clock,
) -> Result<(StagedResult, Vec<String>), JobError> {
    let mut said = Vec::new();
    let wanted = branch.pipeline.output_size(trail.whole);
    branch.pipeline.fill_in(&photo.values(branch.name.as_deref(), file.format, wanted), &mut said)?;
    let picture = match is_last {
        true => branch.pipeline.run(image.picture.take(), trail.whole)?,
        false => branch.pipeline.run_beside(&mut image.picture, trail.whole)?,
    };
    let (size, format) = (picture.size, file.format);
    let mut image = image.with(picture);
    let moved = branch.pipeline.moved(trail.moved);
    let described = Described {
        size,
        format,
        became_srgb: image.became_srgb,
        edited: branch.has_filters || !moved.is_still(),
        moved,
        upright: branch.pipeline.moved(trail.upright),
        density: density(image.metadata.density, &branch.settings, &moved),
    };
    let map = gain_map::carried(&mut image, &moved, branch.hdr(format));
    clock.passed(Stage::Filter);

    let (encoded, warnings) = encode(image, map, described, &branch.settings)?;
    let checksum = crc32fast::hash(&encoded);
    clock.passed(Stage::Encode);

    write(file.path.as_path(), &encoded)
        .map_err(|error| JobError::io(Stage::Write, ErrorKind::WriteFailed, &error))?;
    clock.passed(Stage::Write);
    let Size { width, height } = size;
    said.extend(warnings);
    Ok((StagedResult { width, height, bytes: encoded.len() as u64, checksum }, said))
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
        metadata::place_density(&mut metadata, format, &mut warnings);
    }
    let taken = map.as_ref().map_or(0, |map| gain_map::announce(map, &mut metadata));
    // A WebP that lost nothing so far is not to begin with it here.
    let lossless = header.lossless_webp;
    let encoded = codec::encode_beside(taken, picture, format, output, &metadata, lossless, &mut warnings)?;
    let whole = map.map(|map| codec::gain_map::append(&encoded, &map));
    Ok((whole.unwrap_or(encoded), warnings))
}

/// Creates the staging file. It is fresh by agreement: to find one there is an error.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}
