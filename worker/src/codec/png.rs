//! PNG by the crate `png`, and as the `image` crate writes it, with metadata in the chunks and texts where
//! programs put it.

mod color;
pub(super) mod density;
mod mend;
mod pixels;
mod profile;
mod texts;

use std::borrow::Cow;

use image::ImageEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use img_parts::Bytes;
use img_parts::png::Png;
use protocol::{ErrorKind, JobError, Stage};
use recipe::filter::geometry::Size;
use recipe::format::Effort;

use self::color::PngColors;
use self::pixels::PngPixels;
use super::{Header, Opened, error, fail};
use crate::image::{Metadata, Picture};

/// Bytes that text, profile and other chunks beside the picture may unpack to.
const MAX_ANCILLARY: u64 = 64 << 20;

struct PngFile<'a> {
    /// Whether the end is missing.
    is_cut: bool,
    /// What is wrong with the file although its pixels are there.
    notes: Vec<String>,
    pixels: PngPixels<'a>,
    metadata: Metadata,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    // The first chunk of what Apple's tools make for iPhones: another coding under the same signature.
    if bytes.get(12..16) == Some(b"CgBI") {
        return Err(fail(ErrorKind::Unsupported, "PNG files made for iPhone apps (CgBI) cannot be decoded"));
    }
    let mend::CheckedPng { mended, mut notes, is_cut } = mend::check(bytes)?;
    let copied = mended.as_ref().map_or(0, |mended| mended.len() as u64);
    let to_decode = mended.map_or(Cow::Borrowed(bytes), Cow::Owned);
    let mut pixels = PngPixels::open(to_decode).map_err(|error| ended(error, is_cut))?;
    pixels.header.decoder_memory += copied;
    if pixels.is_animated {
        notes.push("animation: only the first frame was kept".to_owned());
    }
    let mut metadata = texts::read(bytes, MAX_ANCILLARY);
    let PngColors { icc, warning } = color::read(bytes, metadata.icc, pixels.header.channels);
    metadata.icc = icc;
    notes.extend(warning.map(str::to_owned));
    Ok(Box::new(PngFile { is_cut, notes, pixels, metadata }))
}

/// What an error means: of a file without its end, that the rest is missing.
fn ended(error: JobError, is_cut: bool) -> JobError {
    if is_cut && error.kind == ErrorKind::Corrupt {
        fail(ErrorKind::Truncated, error::ENDS_EARLY)
    } else {
        error
    }
}

impl Opened for PngFile<'_> {
    fn header(&self) -> Header {
        self.pixels.header
    }

    fn metadata(&mut self) -> Metadata {
        std::mem::take(&mut self.metadata)
    }

    fn decode(
        self: Box<Self>,
        _memory: u64,
        _metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let picture = self.pixels.decode(warnings).map_err(|error| ended(error, self.is_cut))?;
        warnings.extend(self.notes);
        Ok(picture)
    }
}

/// Bytes for each pixel that the encoder holds beside the picture and the file.
pub(super) fn encoder_memory(effort: Effort) -> u64 {
    match effort {
        Effort::Fast => 0,
        // Twice the pixels, at most of 16 bits with transparency, and what is compressed of them.
        Effort::Small => 24,
    }
}

/// The same PNG, smaller: `oxipng` tries which filters of rows do best, and compresses by `libdeflate`. Depth
/// and grey stay as metadata and profile have them.
fn smaller(png: &[u8]) -> Result<Vec<u8>, JobError> {
    let options = oxipng::Options {
        bit_depth_reduction: false,
        grayscale_reduction: false,
        ..oxipng::Options::default()
    };
    oxipng::optimize_from_memory(png, &options).map_err(|e| error::encoding(&e))
}

/// PNG with the fast compressor: a third larger than the slowest one, at fifty times its speed.
pub(super) fn encode(picture: Picture, effort: Effort, metadata: &Metadata) -> Result<Vec<u8>, JobError> {
    let Size { width, height } = picture.size;
    let image = picture.into_dynamic().ok_or_else(|| error::misfit(Stage::Encode))?;
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive);
    if let Some(icc) = &metadata.icc {
        encoder.set_icc_profile(icc.clone()).map_err(|e| error::encoding(&e))?;
    }
    if let Some(exif) = &metadata.exif {
        encoder.set_exif_metadata(exif.clone()).map_err(|e| error::encoding(&e))?;
    }
    encoder
        .write_image(image.as_bytes(), width, height, image.color().into())
        .map_err(|e| error::encoding(&e))?;
    if effort == Effort::Small {
        bytes = smaller(&bytes)?;
    }
    let mut chunks = texts::chunks(metadata);
    chunks.extend(metadata.density.map(density::written));
    chunks.extend(metadata.icc.as_deref().and_then(color::chunk_for));
    if chunks.is_empty() {
        return Ok(bytes);
    }
    let mut file = Png::from_bytes(Bytes::from(bytes)).map_err(|e| error::encoding(&e))?;
    // After the header.
    file.chunks_mut().splice(1..1, chunks);
    Ok(file.encoder().bytes().to_vec())
}
