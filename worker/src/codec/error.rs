//! What the errors of the `image` crate mean in a report, and words that all formats share.

use std::error::Error;
use std::io;

use image::ImageError;
use image::error::ImageFormatHint;
use protocol::{ErrorKind, JobError, Stage};
use recipe::filter::geometry::Size;

use super::fail;

/// Words by which decoders say that the data ends too early, where they do not pass on the I/O error.
const END_WORDS: &[&str] = &[
    "unexpected end",
    "unexpected eof",
    "unexpectedeof",
    "end of file",
    "truncated",
    "failed to fill",
    "not enough data",
    // Of a PNG whose rows are not all there.
    "not have enough data",
    "insufficientinput",
];

/// What the user is told of a truncated file.
pub(super) const ENDS_EARLY: &str = "the end of the data is missing";
/// What the user is told of a damaged file.
pub(super) const DAMAGED: &str = "the image data or what describes it is damaged";
/// What the user is told of a file whose data may have been damaged into more.
pub(super) const LEFT_OVER: &str =
    "there is more image data than the picture has room for: look whether it is whole";

/// An error while a picture is decoded.
pub(super) fn decoding(error: &ImageError) -> JobError {
    match error {
        ImageError::Limits(_) => {
            fail(ErrorKind::TooLarge, "decoding needs more memory than the limit allows")
        }
        // Netpbm's decoder says it in these words only.
        ImageError::Unsupported(inner) if inner.to_string().ends_with("are too large") => {
            fail(ErrorKind::TooLarge, "the header promises more pixels than there can be")
        }
        ImageError::Unsupported(inner) => {
            let format = match inner.format_hint() {
                ImageFormatHint::Exact(format) => format.extensions_str().first().map(|e| e.to_uppercase()),
                ImageFormatHint::Name(name) => Some(name),
                ImageFormatHint::PathExtension(_) | ImageFormatHint::Unknown | _ => None,
            };
            let format = format.map_or_else(|| "picture".to_owned(), |format| format!("{format} file"));
            fail(ErrorKind::Unsupported, format!("a {format} of this rare kind cannot be decoded"))
        }
        ImageError::IoError(_)
        | ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_) => {
            if ends_early(error) {
                return fail(ErrorKind::Truncated, ENDS_EARLY);
            }
            fail(ErrorKind::Corrupt, DAMAGED)
        }
    }
}

/// An error while a picture is encoded: unless memory ran out, it is about what the format cannot hold.
pub(super) fn encoding(error: &dyn Error) -> JobError {
    let text = error.to_string().to_lowercase();
    let (kind, detail) = if text.contains("memory") {
        (ErrorKind::OutOfMemory, "no memory to encode it")
    } else {
        (ErrorKind::TooLarge, "the picture, or what goes with it, is more than the format can hold")
    };
    JobError::new(Stage::Encode, kind, detail)
}

/// Refuses a picture with an edge that a file of its format has no room for.
pub(super) fn check_edges(size: Size, most: u32, file: &str) -> Result<(), JobError> {
    let Size { width, height } = size;
    if width.max(height) <= most {
        return Ok(());
    }
    let detail = format!("{width}×{height} pixels; {file} holds at most {most} along an edge");
    Err(JobError::new(Stage::Encode, ErrorKind::TooLarge, detail))
}

/// A picture whose samples do not fill its size, which no decoder and no filter makes.
pub(super) fn misfit(stage: Stage) -> JobError {
    JobError::new(stage, ErrorKind::Corrupt, "the samples do not fill the picture")
}

/// Whether a message in lowercase says that the data ended.
pub(super) fn speaks_of_the_end(message: &str) -> bool {
    END_WORDS.iter().any(|words| message.contains(words))
}

/// Whether the error, or any that it stems from, is that the data ended.
pub(super) fn ends_early(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let by_kind =
            error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof);
        let text = error.to_string().to_lowercase();
        if by_kind || speaks_of_the_end(&text) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Adds a warning that is not there yet.
pub(super) fn warn(warnings: &mut Vec<String>, warning: &str) {
    if warnings.iter().all(|other| other != warning) {
        warnings.push(warning.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_encoder_says_is_told_in_words_of_our_own() {
        for (text, kind) in [
            ("Insufficient memory (case 4)", ErrorKind::OutOfMemory),
            ("Image { width: 9 } is too wide", ErrorKind::TooLarge),
        ] {
            let error = encoding(&io::Error::other(text));
            assert_eq!((error.stage, error.kind), (Stage::Encode, kind));
            assert!(!error.detail.contains("Image") && !error.detail.contains("case"), "{error}");
        }
    }
}
