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
use crate::iptc;

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
        file.chunks_mut().insert(1, PngChunk::new(*b"tEXt", Bytes::from(iptc_text(block))));
    }
    Ok(file.encoder().bytes().to_vec())
}

/// A text chunk's content: keyword, NUL, and then a name, the number of bytes and the bytes in hexadecimal digits, as ImageMagick
/// has it and ExifTool reads it. There is no other place for IPTC in a PNG.
fn iptc_text(block: &[u8]) -> Vec<u8> {
    const LINE: usize = 36;
    let resources = iptc::to_resources(block);
    let mut text = format!("Raw profile type iptc\0\niptc\n{:8}", resources.len());
    for line in resources.chunks(LINE) {
        text.push('\n');
        text.extend(line.iter().map(|byte| format!("{byte:02x}")));
    }
    text.push('\n');
    text.into_bytes()
}

/// The IPTC block in such a text, without the keyword.
pub(super) fn iptc(text: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(text).ok()?;
    let (_, rest) = text.trim_start().split_once('\n')?;
    let (length, digits) = rest.trim_start().split_once('\n')?;
    let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(pair).collect();
    let bytes = bytes.filter(|bytes| length.trim().parse() == Ok(bytes.len()))?;
    // Some writers leave Photoshop's wrapping out.
    iptc::from_resources(&bytes).or_else(|| bytes.starts_with(&[0x1C]).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iptc_is_read_from_its_text_with_and_without_wrapping() {
        let block: Vec<u8> = (0..99).map(|i| 0x1C ^ i).collect();
        let text = iptc_text(&block);
        let (_, text) = text.split_at(b"Raw profile type iptc\0".len());
        assert_eq!(iptc(text), Some(block));
        assert_eq!(iptc(b"\niptc\n       3\n1c0250\n"), Some(vec![0x1C, 2, 0x50]));
        for broken in [&b"\niptc\n       4\n1c0250\n"[..], b"\niptc\n 3\n1c02zz", b"", b"\xFF", b"\n\n\n"] {
            assert_eq!(iptc(broken), None);
        }
    }
}
