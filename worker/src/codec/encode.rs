//! From pixels to the bytes of a file: one format or the other, and the quality at which it fits a limit.
//! No state; runs on the lane's thread.

use protocol::{ErrorKind, JobError, Stage};
use recipe::Format;
use recipe::filter::Color;
use recipe::filter::geometry::Size;
use recipe::recipe::Output;

use super::{avif, jpeg, png, size_limit, tiff, webp};
use crate::image::{Channels, Metadata, Picture, Samples, is_grey};

/// Encodes a picture. What the format cannot hold is converted: 16 bits become 8, transparency is laid over
/// [`Output::background`]; metadata that it cannot hold is left out with a warning. `lossless` concerns
/// WebP, the one format that could do either.
///
/// Errors are of stage encode: `too-large` for a picture beyond what the format can hold or a file beyond
/// [`Output::max_bytes`], `out-of-memory`.
pub fn encode(
    picture: Picture,
    format: Format,
    output: &Output,
    metadata: &Metadata,
    lossless: bool,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    encode_beside(0, picture, format, output, metadata, lossless, warnings)
}

/// The same where an HDR gain map will take so many bytes of what [`Output::max_bytes`] allows.
pub(crate) fn encode_beside(
    taken: u64,
    picture: Picture,
    format: Format,
    output: &Output,
    metadata: &Metadata,
    lossless: bool,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    let Some(limit) = output.max_bytes else {
        return encode_once(picture, format, output, metadata, lossless, warnings);
    };
    if !format.info().has_quality {
        let file = encode_once(picture, format, output, metadata, lossless, warnings)?;
        return size_limit::lossless(limit, file);
    }
    if lossless {
        let mut said = Vec::new();
        let file = encode_once(picture.clone(), format, output, metadata, lossless, &mut said)?;
        if file.len() as u64 <= limit {
            warnings.append(&mut said);
            return Ok(file);
        }
        warnings.push(format!(
            "without loss it would have {} bytes (--max-bytes): it lost some quality",
            file.len()
        ));
    }
    let mut said = Vec::new();
    let file = size_limit::encode(limit, taken, output.quality, |quality| {
        said.clear();
        let output = Output { quality, ..*output };
        encode_once(picture.clone(), format, &output, metadata, false, &mut said)
    })?;
    warnings.append(&mut said);
    Ok(file)
}

/// The channels that [`encode`] stores in a file of this format; where it has no transparency, that is laid
/// over `ground`.
pub(crate) fn stored_channels(format: Format, channels: Channels, ground: Color) -> Channels {
    let Some(written) = format.info().written else { return channels };
    let has_alpha = written.transparency && channels.has_alpha();
    let is_grey = match channels {
        Channels::Grey => written.grey,
        Channels::GreyAlpha => written.grey && (has_alpha || is_grey(ground)),
        Channels::Rgb | Channels::Rgba => false,
    };
    match (is_grey, has_alpha) {
        (true, false) => Channels::Grey,
        (true, true) => Channels::GreyAlpha,
        (false, false) => Channels::Rgb,
        (false, true) => Channels::Rgba,
    }
}

/// Bits of each sample that [`encode`] stores in a file of this format.
pub(crate) fn stored_bits(format: Format, samples: &Samples) -> u16 {
    match samples {
        Samples::U16(_) if matches!(format, Format::Png | Format::Tiff) => 16,
        Samples::U8(_) | Samples::U16(_) => 8,
    }
}

/// Bytes of memory that encoding a picture of this size takes at most, on top of three times its pixels.
pub(crate) fn encoder_memory(format: Format, size: Size) -> u64 {
    if format == Format::Avif { avif::encoder_memory(size) } else { 0 }
}

fn encode_once(
    picture: Picture,
    format: Format,
    output: &Output,
    metadata: &Metadata,
    lossless: bool,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    // Every format is named, here and not in the table, which belongs to a crate that knows no encoder. So
    // the compiler asks for this arm when a format is added.
    match format {
        Format::Jpeg => jpeg::encode(picture, output, metadata, warnings),
        Format::Png => png::encode(picture, metadata),
        Format::Webp => webp::encode(picture, (!lossless).then_some(output.quality), metadata, warnings),
        Format::Tiff => tiff::encode(picture, metadata, warnings),
        Format::Avif => avif::encode(picture, output.quality, metadata, warnings),
        Format::Bmp
        | Format::Gif
        | Format::Pnm
        | Format::Qoi
        | Format::Jxl
        | Format::Exr
        | Format::Hdr
        | Format::Raw => Err(JobError::new(
            Stage::Encode,
            ErrorKind::Unsupported,
            format!("{format} files cannot be written"),
        )),
    }
}
