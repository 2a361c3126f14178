//! PNG as the `image` crate reads and writes it, with metadata in the chunks and texts where programs put it.

mod color;
pub(super) mod density;
mod texts;

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::{ImageEncoder, Limits};
use img_parts::Bytes;
use img_parts::png::Png;
use protocol::{JobError, Stage};
use recipe::Format;
use recipe::filter::geometry::Size;

use self::color::Colors;
use super::raster::Raster;
use super::{Header, Opened, error};
use crate::image::{Metadata, Picture};

/// Bytes that text, profile and other chunks beside the picture may unpack to.
const MAX_ANCILLARY: u64 = 64 << 20;

struct PngFile<'a> {
    bytes: &'a [u8],
    raster: Raster<PngDecoder<Cursor<&'a [u8]>>>,
    colors: Colors,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ANCILLARY);
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(|e| error::decoding(&e))?;
    let animated = decoder.is_apng().unwrap_or(false);
    let warning = animated.then(|| "animation: only the first frame was kept".to_owned());
    let mut raster = Raster::new(Format::Png, decoder, warning)?;
    let colors = color::read(bytes, raster.metadata().icc, raster.header().channels);
    Ok(Box::new(PngFile { bytes, raster, colors }))
}

impl Opened for PngFile<'_> {
    fn header(&self) -> Header {
        self.raster.header()
    }

    fn metadata(&mut self) -> Metadata {
        let texts = texts::read(self.bytes, MAX_ANCILLARY);
        Metadata { icc: self.colors.icc.take().or(texts.icc), ..texts }
    }

    fn decode(
        self: Box<Self>,
        memory: u64,
        metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        warnings.extend(self.colors.warning.map(str::to_owned));
        Box::new(self.raster).decode(memory, metadata, warnings)
    }
}

/// PNG with the fast compressor: a third larger than the slowest one, at fifty times its speed.
pub(super) fn encode(picture: Picture, metadata: &Metadata) -> Result<Vec<u8>, JobError> {
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
