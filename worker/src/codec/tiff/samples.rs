//! Samples as a file stores them, and words for the kinds that cannot be decoded.

use std::io::Cursor;

use image::error::{DecodingError, ImageFormatHint};
use image::{ImageError, ImageFormat};
use protocol::{ErrorKind, JobError, Stage};
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::tags::{BITS, COMPRESSION, INKS, PHOTOMETRIC, SAMPLE_FORMAT, SAMPLES};
use crate::codec::{error, fail};
use crate::metadata::exif;

/// The samples of 8 bits and less as they are stored, for what the `image` crate would convert without a look
/// at the profile, or not at all.
pub(super) fn samples(bytes: &[u8], memory: u64) -> Result<Vec<u8>, JobError> {
    let trouble = |error: TiffError| {
        let hint = ImageFormatHint::Exact(ImageFormat::Tiff);
        match error {
            TiffError::UnsupportedError(_) => in_plain_words(fail(ErrorKind::Unsupported, ""), bytes),
            TiffError::LimitsExceeded => {
                fail(ErrorKind::TooLarge, "decoding needs more memory than the limit allows")
            }
            TiffError::IoError(error) => error::decoding(&ImageError::IoError(error)),
            error @ (TiffError::FormatError(_) | TiffError::IntSizeError | TiffError::UsageError(_)) => {
                error::decoding(&ImageError::Decoding(DecodingError::new(hint, error)))
            }
        }
    };
    let memory = usize::try_from(memory).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = memory;
    limits.intermediate_buffer_size = memory;
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(trouble)?.with_limits(limits);
    let mut samples = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut samples).map_err(trouble)?;
    let DecodingResult::U8(samples) = samples else { return Err(error::misfit(Stage::Decode)) };
    if layout.planes != 1 {
        return Err(in_plain_words(fail(ErrorKind::Unsupported, ""), bytes));
    }
    // The crate yields less rather than go beyond its limits.
    if samples.len() < layout.complete_len {
        return Err(fail(ErrorKind::TooLarge, "decoding needs more memory than the limit allows"));
    }
    Ok(samples)
}

/// The same error, which says of a kind that cannot be decoded what is special about it, in other words than
/// the library's.
pub(super) fn in_plain_words(error: JobError, file: &[u8]) -> JobError {
    match error.kind {
        ErrorKind::Unsupported => {
            fail(ErrorKind::Unsupported, format!("TIFF files {} cannot be decoded", special(file)))
        }
        ErrorKind::NotAnImage
        | ErrorKind::Truncated
        | ErrorKind::Corrupt
        | ErrorKind::TooLarge
        | ErrorKind::Unreadable
        | ErrorKind::Vanished
        | ErrorKind::BadParameter
        | ErrorKind::WriteFailed
        | ErrorKind::OutOfMemory
        | ErrorKind::Crashed
        | ErrorKind::TimedOut => error,
    }
}

/// What about a file is beyond what can be decoded.
fn special(file: &[u8]) -> String {
    let number = |tag| exif::tiff_number(file, tag);
    let compression = match number(COMPRESSION) {
        Some(2 | 3) => Some("a fax code"),
        Some(34_925) => Some("LZMA"),
        Some(50_000) => Some("Zstandard"),
        Some(50_001) => Some("WebP"),
        Some(_) | None => None,
    };
    if let Some(compression) = compression {
        return format!("compressed with {compression}");
    }
    match (number(PHOTOMETRIC), number(SAMPLE_FORMAT)) {
        (Some(4), _) => "of a transparency mask".to_owned(),
        (Some(INKS), _) => "in CMYK stored this way".to_owned(),
        (Some(6), _) => "in YCbCr".to_owned(),
        (Some(8..=10), _) => "in Lab colours".to_owned(),
        (_, Some(2)) => "of signed samples".to_owned(),
        (_, Some(3)) => "of floating-point samples".to_owned(),
        (Some(_) | None, Some(_) | None) => {
            let samples = number(SAMPLES).unwrap_or(1);
            let bits = number(BITS).map(|bits| format!(" of {bits} bits")).unwrap_or_default();
            format!("with {samples} samples{bits} per pixel")
        }
    }
}
