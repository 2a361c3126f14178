//! The boxes of ISO base media files (ISO/IEC 14496-12, 4.2), as far as JPEG XL and AVIF have them: a length,
//! a kind of four letters, a content.

use protocol::{ErrorKind, JobError};

use super::{error, fail};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IsoBox<'a> {
    pub(super) kind: &'a [u8; 4],
    pub(super) content: &'a [u8],
}

/// The boxes that follow one another in these bytes; the last item is an error where they do not end with a
/// whole one.
pub(super) fn boxes(bytes: &[u8]) -> impl Iterator<Item = Result<IsoBox<'_>, JobError>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let first = split(rest);
        rest = first.as_ref().map_or(&[], |(_, rest)| *rest);
        Some(first.map(|(first, _)| first))
    })
}

/// The first box, and what follows it.
fn split(bytes: &[u8]) -> Result<(IsoBox<'_>, &[u8]), JobError> {
    let truncated = || fail(ErrorKind::Truncated, error::ENDS_EARLY);
    let (length, rest) = bytes.split_first_chunk().ok_or_else(truncated)?;
    let (kind, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
    let (content, rest) = match u64::from(u32::from_be_bytes(*length)) {
        // To the end of the file.
        0 => (rest, &[][..]),
        // The length follows, in eight bytes; it counts what is before the content.
        1 => {
            let (length, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
            take(rest, u64::from_be_bytes(*length).checked_sub(16))?
        }
        length => take(rest, length.checked_sub(8))?,
    };
    Ok((IsoBox { kind, content }, rest))
}

fn take(bytes: &[u8], length: Option<u64>) -> Result<(&[u8], &[u8]), JobError> {
    let length = length.ok_or_else(|| fail(ErrorKind::Corrupt, "a box is shorter than its own header"))?;
    let split = usize::try_from(length).ok().and_then(|length| bytes.split_at_checked(length));
    split.ok_or_else(|| fail(ErrorKind::Truncated, error::ENDS_EARLY))
}

#[cfg(test)]
mod tests {
    use super::*;

    type FoundBox<'a> = (&'a [u8; 4], &'a [u8]);

    fn read(bytes: &[u8]) -> Result<Vec<FoundBox<'_>>, ErrorKind> {
        boxes(bytes).map(|found| found.map(|b| (b.kind, b.content)).map_err(|error| error.kind)).collect()
    }

    #[test]
    fn each_way_to_say_the_length() {
        let file = b"\0\0\0\x0Aabcdxy\0\0\0\x01long\0\0\0\0\0\0\0\x11z\0\0\0\0lastrest";
        assert_eq!(read(file), Ok(vec![(b"abcd", &b"xy"[..]), (b"long", b"z"), (b"last", b"rest")]));
        assert_eq!(read(b""), Ok(Vec::new()));
    }

    #[test]
    fn lengths_that_lie() {
        assert_eq!(read(b"\0\0\0\x09abcd"), Err(ErrorKind::Truncated));
        assert_eq!(read(b"\0\0\0\x08abc"), Err(ErrorKind::Truncated));
        assert_eq!(read(b"\0\0\0\x07abcd"), Err(ErrorKind::Corrupt));
        assert_eq!(read(b"\0\0\0\x01abcd\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx"), Err(ErrorKind::Truncated));
        assert_eq!(read(b"\0\0\0\x01abcd\0\0\0\0\0\0\0\0"), Err(ErrorKind::Corrupt));
    }
}
