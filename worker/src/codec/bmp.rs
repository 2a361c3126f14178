//! BMP as the `image` crate reads it, with kinds that it does not know and what it does not say: the colour
//! profile of a header of version 5, whether run lengths leave pixels out, and what is behind the end.
//! Windows' BITMAPV5HEADER; MS-WMF, 2.2.2.1 and 3.1.6.

mod mend;

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use protocol::JobError;
use recipe::Format;
use recipe::filter::geometry::Size;

use self::mend::MendedBmp;
use super::raster::Raster;
use super::{Opened, behind, error};
use crate::image::Metadata;

/// Where the header begins that offsets count from.
const HEADER: usize = 14;

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let MendedBmp { bytes: to_decode, data, note: header_note } = mend::mend(bytes)?;
    let copied = match &to_decode {
        Cow::Borrowed(_) => 0,
        Cow::Owned(copy) => copy.len() as u64,
    };
    let decoder = BmpDecoder::new(Cursor::new(to_decode)).map_err(|e| error::decoding(&e))?;
    let raster = Raster::new(Format::Bmp, decoder)?.with_memory(copied);
    let (icc, profile_note) = match profile(bytes) {
        BmpProfile::Absent => (None, None),
        BmpProfile::Embedded(icc) => (Some(icc.to_vec()), None),
        BmpProfile::Linked => (None, Some("its colour profile is in another file, which was not read")),
        BmpProfile::Damaged => (None, Some("its colour profile is damaged: it was left out")),
    };
    let size = raster.header().size;
    let gaps = "a part of the pixels is not stored in the file: they came out black";
    let gaps_note = has_gaps(bytes, data, size).then_some(gaps);
    let notes = [header_note, profile_note, gaps_note].into_iter().flatten().map(str::to_owned);
    let extras = behind::found(bytes.get(end(bytes, data, size)..));
    Ok(Box::new(raster.with(Metadata { icc, extras, ..Metadata::default() }, notes)))
}

/// Where the file ends by its own words: those about its length, its pixels, which begin at `data`, and its
/// profile.
fn end(bytes: &[u8], data: usize, size: Size) -> usize {
    let number = |at: usize| number(bytes, at).unwrap_or_default() as usize;
    // The oldest headers are shorter, and have no length of the pixels.
    let (bits, stated) = match number(HEADER) {
        ..16 => (HEADER + 10, 0),
        _ => (HEADER + 14, number(HEADER + 20)),
    };
    let bits = bytes.get(bits).map_or(0, |bits| usize::from(*bits));
    let row = (size.width as usize).saturating_mul(bits).div_ceil(32).saturating_mul(4);
    let length = if stated > 0 { stated } else { row.saturating_mul(size.height as usize) };
    let profile = match profile(bytes) {
        BmpProfile::Embedded(icc) => HEADER.saturating_add(number(HEADER + 112)).saturating_add(icc.len()),
        BmpProfile::Absent | BmpProfile::Linked | BmpProfile::Damaged => 0,
    };
    let ends = [number(2), data.saturating_add(length), profile];
    ends.into_iter().filter(|end| *end <= bytes.len()).max().unwrap_or_default()
}

#[derive(Debug, PartialEq)]
enum BmpProfile<'a> {
    Absent,
    Embedded(&'a [u8]),
    /// The header has the name of a file.
    Linked,
    Damaged,
}

/// The little-endian number at this offset of the file.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|number| u32::from_le_bytes(*number))
}

fn profile(bytes: &[u8]) -> BmpProfile<'_> {
    const VERSION_5: u32 = 124;
    if number(bytes, HEADER).is_none_or(|length| length < VERSION_5) {
        return BmpProfile::Absent;
    }
    let embedded = || {
        let start = HEADER.checked_add(number(bytes, HEADER + 112)? as usize)?;
        let end = start.checked_add(number(bytes, HEADER + 116)? as usize)?;
        bytes.get(start..end).filter(|icc| !icc.is_empty())
    };
    // The four letters are a number, and so come backwards.
    match bytes.get(HEADER + 56..HEADER + 60) {
        Some(b"DEBM") => embedded().map_or(BmpProfile::Damaged, BmpProfile::Embedded),
        Some(b"KNIL") => BmpProfile::Linked,
        Some(_) | None => BmpProfile::Absent,
    }
}

/// Whether run lengths, which begin at `data`, end rows, or the picture, before all pixels have come, or jump
/// over some.
fn has_gaps(bytes: &[u8], data: usize, size: Size) -> bool {
    /// The shortest header that speaks of run lengths.
    const SHORTEST: u32 = 20;
    let pixels_of_byte = match number(bytes, HEADER + 16) {
        Some(1) => 1,
        Some(2) => 2,
        Some(_) | None => return false,
    };
    if number(bytes, HEADER).is_none_or(|length| length < SHORTEST) {
        return false;
    }
    let mut data = bytes.get(data..).unwrap_or_default();
    let (width, height) = (u64::from(size.width), u64::from(size.height));
    let (mut x, mut y, mut stored) = (0, 0, 0);
    while let Some(([first, second], rest)) = data.split_first_chunk() {
        data = rest;
        let run = match (*first, *second) {
            (0, 0) => {
                (x, y) = (0, y + 1);
                continue;
            }
            (0, 1) => break,
            (0, 2) => {
                let Some(([across, down], rest)) = data.split_first_chunk() else { break };
                data = rest;
                (x, y) = (x + u64::from(*across), y + u64::from(*down));
                continue;
            }
            // As they are, filled up to an even number of bytes.
            (0, count) => {
                let length = usize::from(count).div_ceil(pixels_of_byte);
                data = data.get(length.next_multiple_of(2)..).unwrap_or_default();
                count
            }
            (count, _) => count,
        };
        if y < height {
            stored += u64::from(run).min(width.saturating_sub(x));
        }
        x += u64::from(run);
    }
    stored < size.pixels()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Extra, ExtraKind};

    /// One pixel, under a header of version 5 with these four letters and a profile of this length behind it.
    fn with_profile(letters: &[u8; 4], length: u32) -> Vec<u8> {
        let mut file = b"BM\0\0\0\0\0\0\0\0\x8A\0\0\0\x7C\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
        file.resize(HEADER + 56, 0);
        file.extend(letters);
        file.resize(HEADER + 112, 0);
        file.extend([128u32, length, 0].map(u32::to_le_bytes).concat());
        file.extend(b"\x01\x02\x03\0profile");
        file
    }

    fn opened(file: &[u8]) -> (Metadata, Vec<String>) {
        let mut opened = open(file).unwrap();
        let metadata = opened.metadata();
        let mut notes = Vec::new();
        opened.decode(1 << 20, &mut Metadata::default(), &mut notes).unwrap();
        (metadata, notes)
    }

    #[test]
    fn an_embedded_profile_is_read_and_any_other_named() {
        let (metadata, notes) = opened(&with_profile(b"DEBM", 7));
        assert_eq!((metadata.icc.as_deref(), notes.len()), (Some(&b"profile"[..]), 0));
        for (letters, length, said) in
            [(b"DEBM", 8, "damaged"), (b"DEBM", 0, "damaged"), (b"KNIL", 7, "another file")]
        {
            let (metadata, notes) = opened(&with_profile(letters, length));
            assert_eq!(metadata.icc, None);
            assert!(notes[0].contains(said), "{notes:?}");
        }
        assert_eq!(opened(&with_profile(b"BGRs", 7)), (Metadata::default(), Vec::new()));
    }

    #[test]
    fn what_stands_behind_the_end_is_named() {
        let file = with_profile(b"DEBM", 7);
        let behind = |file: &[u8]| opened(&[file, b"a note that somebody appended"].concat()).0.extras;
        assert_eq!(opened(&file).0.extras, []);
        assert_eq!(behind(&file), [Extra::of(ExtraKind::Unknown)]);
        // Where the file says no length of itself, or a wrong one, its pixels do.
        for said in [0, 1 << 30] {
            let mut runs = of_runs(b"\x04\x09\0\0\x04\x08\0\x01");
            runs[2..6].copy_from_slice(&u32::to_le_bytes(said));
            assert_eq!(
                (opened(&runs).0.extras, behind(&runs)),
                (vec![], vec![Extra::of(ExtraKind::Unknown)])
            );
        }
    }

    /// A picture of 4 × 2 pixels with these run lengths of 8 bits.
    fn of_runs(runs: &[u8]) -> Vec<u8> {
        let colors: Vec<u8> = (0..=255).flat_map(|level| [level, level, level, 0]).collect();
        let numbers = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        let start = (HEADER + 40 + colors.len()) as u32;
        [
            b"BM",
            &numbers(&[start + runs.len() as u32, 0, start, 40, 4, 2])[..],
            b"\x01\0\x08\0",
            &numbers(&[1, runs.len() as u32, 0, 0, 0, 0]),
            &colors,
            runs,
        ]
        .concat()
    }

    #[test]
    fn pixels_that_runs_leave_out_are_named() {
        for whole in
            [&b"\x04\x09\0\0\x04\x08\0\x01"[..], b"\x01\x09\0\x03\x07\x07\x07\0\0\0\x04\x08\0\0\0\x01"]
        {
            assert_eq!(opened(&of_runs(whole)).1, Vec::<String>::new(), "{whole:?}");
        }
        for short in [
            &b"\x03\x09\0\0\x04\x08\0\0\0\x01"[..],
            b"\x04\x09\0\0\x03\x08\0\x01",
            b"\x04\x09\0\x01",
            b"\x01\x09\0\x02\x01\0\x02\x07\0\0\x04\x08\0\0\0\x01",
        ] {
            let file = of_runs(short);
            let (_, notes) = opened(&file);
            assert!(notes.len() == 1 && notes[0].contains("not stored"), "{short:?}: {notes:?}");
        }
    }
}
