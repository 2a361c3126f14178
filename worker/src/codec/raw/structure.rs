//! A look at the directories of a raw file that is TIFF inside, before the library follows them: it would go in circles for ever
//! where they lead back, makes room for whatever an entry says it has, and some of its decoders read beyond the end of what is there
//! without a word. No state.

use std::borrow::Cow;
use std::collections::HashSet;

use protocol::{ErrorKind, JobError};

use crate::codec::{error, fail};
use crate::exif::Tiff;

/// Directories of a file; cameras write about ten.
const MAX_DIRECTORIES: usize = 500;

/// Tags of TIFF 6.0 that lead to further directories, and those that say where data lies and how long it is.
const DIRECTORIES: [u16; 3] = [0x014A, 0x8769, 0x8825];
const DATA: [(u16, u16); 3] = [(273, 279), (324, 325), (513, 514)];

/// The file as a TIFF, if it is one but perhaps for its magic number: Olympus and Panasonic have their own.
pub(super) fn as_tiff(file: &[u8]) -> Option<Cow<'_, [u8]>> {
    match file.get(..4)? {
        b"II*\0" | b"MM\0*" => Some(Cow::Borrowed(file)),
        b"IIU\0" | b"IIRO" | b"IIRS" => Some(Cow::Owned([b"II*\0", &file[4..]].concat())),
        b"MMOR" => Some(Cow::Owned([b"MM\0*", &file[4..]].concat())),
        _ => None,
    }
}

/// Checks that the directories are a tree, that no entry says it has more than there is, and that all data they speak of is in the file.
pub(super) fn check(file: &[u8]) -> Result<(), JobError> {
    let Some(tiff) = Tiff::new(file) else { return Ok(()) };
    let mut seen = HashSet::new();
    let mut ahead: Vec<usize> = tiff.first(file).into_iter().collect();
    while let Some(at) = ahead.pop() {
        if !seen.insert(at) || seen.len() > MAX_DIRECTORIES {
            return Err(fail(ErrorKind::Corrupt, "its directories lead in circles"));
        }
        if tiff.largest_claim(file, at) > file.len() as u64 {
            return Err(fail(ErrorKind::Corrupt, "an entry of its directories says it has more than there is"));
        }
        for tag in DIRECTORIES {
            ahead.extend(tiff.numbers(file, at, tag).into_iter().map(|at| at as usize));
        }
        for (offset, length) in DATA {
            let offsets = tiff.numbers(file, at, offset).into_iter().map(u64::from);
            let mut ends = offsets.zip(tiff.numbers(file, at, length)).map(|(at, n)| at + u64::from(n));
            if ends.any(|end| end > file.len() as u64) {
                return Err(fail(ErrorKind::Truncated, error::ENDS_EARLY));
            }
        }
        ahead.extend(tiff.next(file, at));
    }
    Ok(())
}
