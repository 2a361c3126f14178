//! What the errors of the `image` crate mean in a report.

use std::error::Error;
use std::io;

use image::ImageError;
use protocol::{ErrorKind, JobError, Stage};

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
];

/// An error while a picture is decoded.
pub(super) fn decoding(error: &ImageError) -> JobError {
    match error {
        ImageError::Limits(_) => {
            fail(ErrorKind::TooLarge, "decoding needs more memory than the limit allows")
        }
        ImageError::Unsupported(inner) => fail(ErrorKind::Unsupported, inner),
        ImageError::IoError(_)
        | ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_) => {
            let kind = if ends_early(error) { ErrorKind::Truncated } else { ErrorKind::Corrupt };
            fail(kind, error)
        }
    }
}

/// An error while a picture is encoded: all of them are about what the format cannot hold.
pub(super) fn encoding(error: &dyn Error) -> JobError {
    JobError::new(Stage::Encode, ErrorKind::TooLarge, error)
}

/// A picture whose samples do not fill its size, which no decoder and no filter makes.
pub(super) fn misfit(stage: Stage) -> JobError {
    JobError::new(stage, ErrorKind::Corrupt, "the samples do not fill the picture")
}

/// Whether the error, or any that it stems from, is that the data ended.
fn ends_early(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let by_kind =
            error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof);
        let text = error.to_string().to_lowercase();
        if by_kind || END_WORDS.iter().any(|words| text.contains(words)) {
            return true;
        }
        cause = error.source();
    }
    false
}
