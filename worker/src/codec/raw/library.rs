//! The `rawler` library at arm's length: it knows the files of hundreds of cameras, panics at some broken
//! ones, and likes threads.
//!
//! Everything that calls it runs where `panics` catches, and on the lane's own thread: the sandbox allows
//! no others. Its errors become ours here. A [`RawPhoto`] owns a copy of the file, because the library wants
//! to own what it reads.

use std::cell::Cell;
use std::io::Cursor;
use std::sync::Arc;

use image::metadata::Orientation;
use protocol::{ErrorKind, JobError};
use rawler::decoders::{Decoder, FormatHint, RawDecodeParams, WellKnownIFD};
use rawler::formats::tiff::{DirectoryWriter, TiffWriter};
use rawler::imgop::{Dim2, Point, Rect};
use rawler::rawsource::RawSource;
use rawler::tags::TiffCommonTag;
use rawler::{RawImage, RawImageData, RawlerError};
use recipe::filter::geometry::Size;

use super::color::is_grey;
use super::develop::{self, Developing};
use super::opcodes::Corrections;
use super::outline::{Outline, checked};
use super::{dng, pieces, structure};
use crate::codec::{error, fail, size};
use crate::image::{Channels, Metadata, Picture};
use crate::panics::{Panicked, caught};

/// What is said of a file that the library finds fault with.
const CONTRADICTORY: &str = "the sensor's data contradicts its format";

/// A raw photo whose header has been read.
pub(super) struct RawPhoto {
    source: RawSource,
    decoder: Box<dyn Decoder>,
    outline: Outline,
    corrections: Corrections,
}

impl RawPhoto {
    /// Reads the header. An error of kind `unsupported` means that the library does not know the camera, or
    /// the way it packs its data.
    pub(super) fn open(bytes: &[u8]) -> Result<RawPhoto, JobError> {
        stay_on_this_thread();
        let source = RawSource::new_from_shared_vec(Arc::new(structure::with_plain_places(bytes)));
        answered(caught(|| {
            let decoder = rawler::get_decoder(&source)?;
            let found = outline(&source, decoder.as_ref())?;
            Ok((decoder, found))
        }))
        .and_then(|(decoder, found)| {
            let (outline, corrections) = found?;
            Ok(RawPhoto { source, decoder, outline: checked(outline)?, corrections })
        })
    }

    pub(super) fn size(&self) -> Result<Size, JobError> {
        let Dim2 { w, h } = self.outline.area.d;
        size(w as u64, h as u64)
    }

    pub(super) fn channels(&self) -> Channels {
        if self.outline.is_grey { Channels::Grey } else { Channels::Rgb }
    }

    /// Bytes of memory that developing needs beside the picture: the copy of the file, the sensor's data as
    /// it is unpacked and as it is cut to size, with floating-point planes of the whole picture where the
    /// mosaic is a rare one.
    pub(super) fn memory(&self) -> u64 {
        let Outline { unpacked, planes, is_usual, .. } = self.outline;
        let pixels = (unpacked.w as u64).saturating_mul(unpacked.h as u64);
        // What is straightened is a picture of 16 bits and three channels, and so is what comes of it.
        let bent = if self.corrections.warps.is_empty() { 0 } else { 12 };
        let per_pixel = 4 * planes as u64 + if is_usual { 0 } else { 24 } + bent;
        pixels.saturating_mul(per_pixel).saturating_add(self.source.len() as u64)
    }

    /// What the library knows of the camera's notes, for files that are no TIFF: orientation and metadata.
    pub(super) fn notes(&self) -> (Option<Orientation>, Metadata) {
        let params = RawDecodeParams::default();
        let notes = answered(caught(|| {
            let metadata = self.decoder.raw_metadata(&self.source, &params)?;
            let mut block = Cursor::new(Vec::new());
            let mut writer = TiffWriter::new(&mut block)?;
            let (mut root, mut exif) = (DirectoryWriter::new(), DirectoryWriter::new());
            metadata.write_exif_tags(&mut writer, &mut root, &mut exif)?;
            root.add_tag(TiffCommonTag::Make, metadata.make.as_str());
            root.add_tag(TiffCommonTag::Model, metadata.model.as_str());
            if exif.entry_count() > 0 {
                let at = exif.build(&mut writer)?;
                root.add_tag(TiffCommonTag::ExifIFDPointer, at);
            }
            writer.build(root)?;
            Ok((metadata.exif.orientation, block.into_inner()))
        }));
        let xmp = answered(caught(|| self.decoder.xpacket(&self.source, &params)));
        let (orientation, exif) =
            notes.map_or((None, None), |(orientation, block)| (orientation, Some(block)));
        let orientation = orientation.and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?));
        let metadata = Metadata { exif, xmp: xmp.ok().flatten(), ..Metadata::default() };
        (orientation, metadata)
    }

    /// Unpacks the sensor's data and develops it, brightened by this many stops beside those that it asks
    /// for.
    pub(super) fn develop(self, ev: f32, warnings: &mut Vec<String>) -> Result<Picture, JobError> {
        let RawPhoto { source, decoder, outline, mut corrections } = self;
        pieces::check(source.buf(), warnings)?;
        warnings.append(&mut corrections.notes);
        answered(caught(|| {
            let params = RawDecodeParams::default();
            let exposure =
                if is_dng(decoder.as_ref()) { dng::baseline_exposure(decoder.as_ref()) } else { 0.0 };
            let mut image = decoder.raw_image(&source, &params, false)?;
            if is_dng(decoder.as_ref()) {
                dng::mend(&mut image, decoder.as_ref());
            } else {
                mend_white_balance(&mut image);
            }
            drop((source, decoder));
            let Outline { area, .. } = outline;
            Ok(fits(&mut image, &outline).and_then(|()| develop::correct(&mut image, &corrections)).and_then(
                |()| {
                    develop::develop(
                        &Developing {
                            image: &image,
                            area,
                            exposure: exposure + ev,
                            corrections: &corrections,
                        },
                        warnings,
                    )
                },
            ))
        }))?
    }
}

/// Sees to it that the library's parallel loops run on the thread that calls it. Makes a pool of one
/// thread, the calling one, which is given back by nobody: it lives as long as the lane.
fn stay_on_this_thread() {
    thread_local! {
        static IS_ALONE: Cell<bool> = const { Cell::new(false) };
    }
    if !IS_ALONE.replace(true)
        && let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build()
    {
        std::mem::forget(pool);
    }
}

/// Reads the outline and the corrections without unpacking the data.
fn outline(
    source: &RawSource,
    decoder: &dyn Decoder,
) -> rawler::Result<Result<(Outline, Corrections), JobError>> {
    if is_dng(decoder) {
        let Ok(Some(raw)) = decoder.ifd(WellKnownIFD::Raw) else {
            return Ok(Err(dng::unreadable(source.buf())));
        };
        return Ok(dng::corrections(&raw)
            .and_then(|corrections| Ok((dng::outline(&raw, corrections.trim)?, corrections))));
    }
    let image = decoder.raw_image(source, &RawDecodeParams::default(), true)?;
    if image.fuji_rotation_width.is_some() {
        return Ok(Err(fail(ErrorKind::Unsupported, "photos of slanted sensors cannot be developed")));
    }
    let whole = Rect::new(Point::zero(), image.dim());
    let outline = Outline {
        sensor: image.dim(),
        unpacked: image.dim(),
        area: image.crop_area.or(image.active_area).unwrap_or(whole),
        planes: image.cpp,
        is_grey: is_grey(&image),
        is_usual: image.cpp > 1 || image.camera.cfa.is_rgb(),
    };
    Ok(Ok((outline, Corrections::default())))
}

fn is_dng(decoder: &dyn Decoder) -> bool {
    decoder.format_hint() == FormatHint::DNG
}

/// Checks that the unpacked data is what the outline promised, and brings its lit area in order.
fn fits(image: &mut RawImage, outline: &Outline) -> Result<(), JobError> {
    let samples = match &image.data {
        RawImageData::Integer(samples) => samples.len(),
        RawImageData::Float(samples) => samples.len(),
    };
    let Outline { sensor, area, planes, .. } = outline;
    if image.dim() != *sensor || image.cpp != *planes || samples != sensor.w * sensor.h * planes {
        return Err(fail(ErrorKind::Corrupt, "the sensor's data is not what the header promises"));
    }
    let inside = |lit: &Rect| {
        lit.p.x <= area.p.x
            && lit.p.y <= area.p.y
            && lit.p.x + lit.d.w >= area.p.x + area.d.w
            && lit.p.y + lit.d.h >= area.p.y + area.d.h
            && lit.p.x + lit.d.w <= sensor.w
            && lit.p.y + lit.d.h <= sensor.h
    };
    image.active_area = image.active_area.filter(inside);
    Ok(())
}

/// The library takes the second green for blue in the notes of the first of Canon's cameras of this kind.
fn mend_white_balance(image: &mut RawImage) {
    if image.clean_model == "EOS D30" {
        image.wb_coeffs.swap(2, 3);
    }
}

/// What the library's answer means.
fn answered<T>(answer: Result<rawler::Result<T>, Panicked>) -> Result<T, JobError> {
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(RawlerError::Unsupported { what: _, model, make, mode: _ })) => {
            let camera = [make.trim(), model.trim()].join(" ");
            let detail = match camera.trim() {
                "" => "the camera is not named".to_owned(),
                camera => format!("the camera is not known: {camera}"),
            };
            Err(fail(ErrorKind::Unsupported, detail))
        }
        Ok(Err(RawlerError::DecoderFailed(message))) => Err(failed(&message)),
        Err(Panicked) => Err(fail(ErrorKind::Corrupt, CONTRADICTORY)),
    }
}

/// What a message of the library is about; it has one kind of error for all.
fn failed(message: &str) -> JobError {
    let lowercase = message.to_lowercase();
    if error::speaks_of_the_end(&lowercase) || lowercase.contains("eof") {
        fail(ErrorKind::Truncated, error::ENDS_EARLY)
    } else if lowercase.contains("support") {
        fail(ErrorKind::Unsupported, "its data is stored in a way that cannot be read")
    } else {
        fail(ErrorKind::Corrupt, CONTRADICTORY)
    }
}
