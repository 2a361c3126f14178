//! PNG as the `image` crate reads and writes it, with the texts that hold XMP and IPTC.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::{ImageEncoder, Limits};
use img_parts::Bytes;
use img_parts::png::{Png, PngChunk};
use protocol::{JobError, Stage};
use recipe::Format;
use recipe::filter::geometry::Size;

use super::raster::Raster;
use super::{Opened, error};
use crate::image::{Metadata, Picture};
use crate::metadata::iptc;

/// Bytes that text, profile and other chunks beside the picture may unpack to.
const MAX_ANCILLARY: u64 = 64 << 20;

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ANCILLARY);
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(|e| error::decoding(&e))?;
    let animated = decoder.is_apng().unwrap_or(false);
    let warning = animated.then(|| "animation: only the first frame was kept".to_owned());
    Ok(Box::new(Raster::new(Format::Png, decoder, warning)?))
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
    if metadata.xmp.is_none() && metadata.iptc.is_none() {
        return Ok(bytes);
    }
    let mut file = Png::from_bytes(Bytes::from(bytes)).map_err(|e| error::encoding(&e))?;
    // After the header.
    if let Some(xmp) = &metadata.xmp {
        // An uncompressed international text (XMP specification, part 3).
        let content = [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], xmp].concat();
        file.chunks_mut().insert(1, PngChunk::new(*b"iTXt", Bytes::from(content)));
    }
    if let Some(block) = &metadata.iptc {
        file.chunks_mut().insert(1, PngChunk::new(*b"tEXt", Bytes::from(iptc::to_png_text(block))));
    }
    Ok(file.encoder().bytes().to_vec())
}
