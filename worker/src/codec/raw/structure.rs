//! A look at the directories of a raw file that is TIFF inside, before the library follows them: it would go
//! in circles for ever where they lead back, makes room for whatever an entry says it has, and some of its
//! decoders read beyond the end of what is there without a word. No state.

use std::borrow::Cow;
use std::collections::HashSet;

use protocol::{ErrorKind, JobError};
use recipe::filter::geometry::Size;

use crate::codec::{error, fail};
use crate::metadata::exif::Tiff;

/// Directories of a file; cameras write about ten.
const MAX_DIRECTORIES: usize = 500;

/// Bytes by which all entries together may say they have more than the file: the library leaves out the odd
/// one that is broken.
const SLACK: u64 = 16 << 20;

const COMPRESSION: u16 = 259;
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

/// Checks that the directories are a tree, that their entries do not say they have more than there is, and
/// that all data they speak of is in the file.
pub(super) fn check(file: &[u8]) -> Result<(), JobError> {
    let Some(tiff) = Tiff::new(file) else { return Ok(()) };
    let mut claimed = 0u64;
    for at in directories(&tiff, file) {
        let at = at?;
        claimed = claimed.saturating_add(tiff.claimed(file, at));
        if claimed > (file.len() as u64).saturating_add(SLACK) {
            return Err(fail(
                ErrorKind::Corrupt,
                "the entries of its directories say they have more than there is",
            ));
        }
        for (offset, length) in DATA {
            let offsets = tiff.numbers(file, at, offset).into_iter().map(u64::from);
            let mut ends = offsets.zip(tiff.numbers(file, at, length)).map(|(at, n)| at + u64::from(n));
            if ends.any(|end| end > file.len() as u64) {
                return Err(fail(ErrorKind::Truncated, error::ENDS_EARLY));
            }
        }
    }
    Ok(())
}

/// Where the directories stand, each before those that it leads to.
fn directories<'a>(tiff: &'a Tiff, file: &'a [u8]) -> impl Iterator<Item = Result<usize, JobError>> + 'a {
    let mut seen = HashSet::new();
    // Only of those at the top is there a next one: what is behind others is left to chance by some
    // writers.
    let mut ahead: Vec<(usize, bool)> = tiff.first(file).map(|at| (at, true)).into_iter().collect();
    std::iter::from_fn(move || {
        let (at, is_top) = ahead.pop()?;
        if !seen.insert(at) || seen.len() > MAX_DIRECTORIES {
            ahead.clear();
            return Some(Err(fail(ErrorKind::Corrupt, "its directories lead in circles")));
        }
        for tag in DIRECTORIES {
            ahead.extend(tiff.numbers(file, at, tag).into_iter().map(|at| (at as usize, false)));
        }
        if is_top {
            ahead.extend(tiff.next(file, at).map(|at| (at, true)));
        }
        Some(Ok(at))
    })
}

/// Where the directories of images stand that are no smaller versions of others.
pub(super) fn images(tiff: &Tiff, file: &[u8]) -> Vec<usize> {
    const SUB_FILE_TYPE: u16 = 254;
    let is_smaller =
        |at: usize| tiff.numbers(file, at, SUB_FILE_TYPE).first().is_some_and(|kind| kind & 1 != 0);
    let is_image = |at: usize| !tiff.numbers(file, at, COMPRESSION).is_empty() && !is_smaller(at);
    directories(tiff, file).map_while(Result::ok).filter(|at| is_image(*at)).collect()
}

/// The numbers of the ways that such images are compressed in.
pub(super) fn compressions(file: &[u8]) -> Vec<u32> {
    let Some(tiff) = Tiff::new(file) else { return Vec::new() };
    images(&tiff, file).into_iter().flat_map(|at| tiff.numbers(file, at, COMPRESSION)).collect()
}

/// Width and height of the largest of these images.
pub(super) fn largest(file: &[u8]) -> Option<Size> {
    const WIDTH: u16 = 256;
    const HEIGHT: u16 = 257;
    let tiff = Tiff::new(file)?;
    let edge = |at: usize, tag: u16| tiff.numbers(file, at, tag).first().copied();
    let sizes = images(&tiff, file)
        .into_iter()
        .filter_map(|at| Some(Size { width: edge(at, WIDTH)?, height: edge(at, HEIGHT)? }));
    sizes.max_by_key(|size| size.pixels())
}
