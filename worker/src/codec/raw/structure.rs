//! A look at the directories of a raw file that is TIFF inside, before the library follows them: it would go
//! in circles for ever where they lead back, makes room for whatever an entry says it has, and some of its
//! decoders read beyond the end of what is there without a word. No state.

use std::borrow::Cow;
use std::collections::HashSet;

use protocol::{ErrorKind, JobError};
use recipe::filter::geometry::Size;

use super::tag;
use crate::codec::{error, fail};
use crate::metadata::exif::dng::DNG_VERSION;
use crate::metadata::exif::{Tiff, tiff_block};

/// Directories of a file; cameras write about ten.
const MAX_DIRECTORIES: usize = 500;

/// Bytes by which all entries together may say they have more than the file: the library leaves out the odd
/// one that is broken.
const SLACK: u64 = 16 << 20;

/// Tags of TIFF 6.0 that lead to further directories, and those that say where data lies and how long it is.
const DIRECTORIES: [u16; 3] = [0x014A, 0x8769, 0x8825];
pub(super) const DATA: [(u16, u16); 3] = [tag::STRIPS, tag::TILES, (513, 514)];

/// The tags by which a DNG says what its samples mean, as far as photos are developed by them.
const MEANINGS: [&[u16]; 5] = [LEVELS, EDGES, COLORS, CHANGES, INTERLEAVING];
/// The curve of samples, black and white.
const LEVELS: &[u16] = &[0xC618, 0xC619, 0xC61A, 0xC61D];
/// Those of a pixel, of what is cut off, and of what light falls on.
const EDGES: &[u16] = &[0xC61E, 0xC61F, 0xC620, 0xC68D, 0xC68E];
/// Matrices, the light that each is for, and how this camera differs; what is white.
const COLORS: &[u16] = &[0xC621, 0xC622, 0xC65A, 0xC65B, 0xC623, 0xC624, 0xC6F3, 0xC6F4, 0xC628, 0xC629];
/// The exposure, and lists of corrections.
const CHANGES: &[u16] = &[0xC62A, 0xC740, 0xC741, 0xC74E];
/// Of rows and columns.
const INTERLEAVING: &[u16] = &[0xC71F, 0xCD43];

/// The file as a TIFF, if it is one but perhaps for its magic number: Olympus and Panasonic have their own.
pub(super) fn as_tiff(file: &[u8]) -> Option<Cow<'_, [u8]>> {
    match file.get(..4)? {
        b"II*\0" | b"MM\0*" => Some(Cow::Borrowed(file)),
        b"IIU\0" | b"IIRO" | b"IIRS" => Some(Cow::Owned([b"II*\0", &file[4..]].concat())),
        b"MMOR" => Some(Cow::Owned([b"MM\0*", &file[4..]].concat())),
        _ => None,
    }
}

/// The TIFF that the library finds in a Minolta's file, if it is one: with its directory right behind the
/// header, whatever that says, and at the start of the file where no block holds it.
pub(super) fn in_minolta(file: &[u8]) -> Option<Vec<u8>> {
    const TIFF_BLOCK: &[u8] = b"\0TTW";
    let number = |at: usize| Some(u32::from_be_bytes(*file.get(at..)?.first_chunk()?) as usize);
    if !file.starts_with(b"\0MRM") {
        return None;
    }
    let pixels = number(4)?.saturating_add(8);
    let (mut at, mut found) = (8, 0);
    while at + 20 < pixels {
        let Some(length) = number(at + 4) else { break };
        if file.get(at..).is_some_and(|block| block.starts_with(TIFF_BLOCK)) {
            found = at + 8;
        }
        at = at.saturating_add(length).saturating_add(8);
    }
    Some([b"MM\0*\0\0\0\x08", file.get(found + 8..)?].concat())
}

/// Checks that the directories are a tree, that their entries do not say they have more than there is, and
/// that all data they speak of is in the file.
pub(super) fn check(file: &[u8]) -> Result<(), JobError> {
    let tiff = as_tiff(file).or_else(|| in_minolta(file).map(Cow::Owned));
    tiff.map_or(Ok(()), |tiff| check_tiff(&tiff))
}

fn check_tiff(file: &[u8]) -> Result<(), JobError> {
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
    check_meaning(&tiff, file)
}

/// Checks that nothing is missing of what a DNG says of its samples: without that they are developed all the
/// same, in wrong colours.
fn check_meaning(tiff: &Tiff, file: &[u8]) -> Result<(), JobError> {
    let Some(root) = tiff.first(file).filter(|_| tiff_block(file, DNG_VERSION).is_some()) else {
        return Ok(());
    };
    let below = tiff.numbers(file, root, DIRECTORIES[0]).into_iter().map(|at| at as usize);
    let is_meant = |tag: u16| MEANINGS.into_iter().flatten().any(|meant| *meant == tag);
    for at in std::iter::once(root).chain(below) {
        let values = tiff.ends(file, at).into_iter().filter(|(tag, _)| is_meant(*tag)).map(|(_, end)| end);
        if values.chain([tiff.end(file, at)]).any(|end| end > file.len() as u64) {
            return Err(fail(ErrorKind::Truncated, error::ENDS_EARLY));
        }
    }
    Ok(())
}

/// Where the directories stand that can be reached, each before those that it leads to.
pub(super) fn reachable<'a>(tiff: &'a Tiff, file: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    directories(tiff, file).map_while(Result::ok)
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
    let is_image = |at: usize| !tiff.numbers(file, at, tag::COMPRESSION).is_empty() && !is_smaller(at);
    reachable(tiff, file).filter(|at| is_image(*at)).collect()
}

/// The numbers of the ways that such images are compressed in.
pub(super) fn compressions(file: &[u8]) -> Vec<u32> {
    let Some(tiff) = Tiff::new(file) else { return Vec::new() };
    images(&tiff, file).into_iter().flat_map(|at| tiff.numbers(file, at, tag::COMPRESSION)).collect()
}

/// A copy for the library, which follows no entry that calls what it has the place of a directory: each has a
/// plain number there, which means the same.
pub(super) fn with_plain_places(file: &[u8]) -> Vec<u8> {
    const LONG: u16 = 4;
    let changes = as_tiff(file).and_then(|file| {
        let tiff = Tiff::new(&file)?;
        let types = |at: usize| tiff.place_types(&file, at, &DIRECTORIES);
        Some((reachable(&tiff, &file).flat_map(types).collect::<Vec<_>>(), tiff.two(LONG)))
    });
    let mut copy = file.to_vec();
    let (places, long) = changes.unwrap_or_default();
    for at in places {
        if let Some(kind) = copy.get_mut(at..at + long.len()) {
            kind.copy_from_slice(&long);
        }
    }
    copy
}

/// Width and height of the largest of these images.
pub(super) fn largest(file: &[u8]) -> Option<Size> {
    let tiff = Tiff::new(file)?;
    let edge = |at: usize, tag: u16| tiff.numbers(file, at, tag).first().copied();
    let sizes = images(&tiff, file)
        .into_iter()
        .filter_map(|at| Some(Size { width: edge(at, tag::WIDTH)?, height: edge(at, tag::HEIGHT)? }));
    sizes.max_by_key(|size| size.pixels())
}

#[cfg(test)]
mod tests {
    use super::super::testing::Dng;
    use super::*;

    /// A Minolta's file with a directory of one entry that says it has so many numbers.
    fn minolta(block: &[u8; 4], numbers: u32) -> Vec<u8> {
        let entry = [&[0x01, 0x00, 0, 4][..], &numbers.to_be_bytes(), &26u32.to_be_bytes()].concat();
        let tiff = [&b"anything"[..], &[0, 1], &entry, &[0; 4], &[0; 16]].concat();
        let length = (tiff.len() as u32).to_be_bytes();
        let blocks = [&block[..], &length, &tiff, b"\0PAD\0\0\0\x10", &[0; 16]].concat();
        [b"\0MRM", &(blocks.len() as u32).to_be_bytes()[..], &blocks].concat()
    }

    /// The directory with what the camera's colours are, and its values, are the end of the file.
    #[test]
    fn a_dng_that_does_not_say_all_of_its_samples_is_truncated() {
        let file = Dng::default().file(|x, y| [x, y, 9].map(|level| level as f32 / 99.0));
        check(&file).unwrap();
        let tiff = Tiff::new(&file).unwrap();
        let end = tiff.end(&file, tiff.first(&file).unwrap()) as usize;
        for cut in end..file.len() {
            let error = check(&file[..cut]).map_err(|error| error.kind);
            assert_eq!(error, Err(ErrorKind::Truncated), "{cut} of {}", file.len());
        }
    }

    /// Of previews, and of programs: nothing is developed by it.
    #[test]
    fn what_says_nothing_of_the_samples_may_be_missing() {
        for (number, is_whole) in [(0xEA1C, true), (0xC719, true), (0xC634, true), (0xC740, false)] {
            let dng = Dng { root_tags: vec![(number, 7, vec![7; 40])], ..Dng::default() };
            let mut file = dng.file(|_, _| [0.5; 3]);
            check(&file).unwrap();
            let entry = [number, 7].map(u16::to_le_bytes).concat();
            let at = file.windows(4).rposition(|bytes| bytes == entry).unwrap();
            file[at + 8..at + 12].copy_from_slice(&0x00FF_FFFFu32.to_le_bytes());
            assert_eq!(check(&file).is_ok(), is_whole, "{number:x}");
        }
    }

    #[test]
    fn what_a_minolta_says_it_has_is_checked_wherever_the_library_reads_it() {
        check(&minolta(b"\0TTW", 4)).unwrap();
        assert_eq!(check(&minolta(b"\0TTW", 1 << 29)).unwrap_err().kind, ErrorKind::Corrupt);
        // Without that block the library takes the start of the file for a directory.
        let file = [&b"\0MRM\0\0\0\0\0\x01\x01\0\0\x04\x20\0\0\0\0\0\0\x08"[..], &[0; 16]].concat();
        assert_eq!(check(&file).unwrap_err().kind, ErrorKind::Corrupt);
    }
}
