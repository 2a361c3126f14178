//! BMP as the `image` crate reads it, with kinds that it does not know and what it does not say: the colour
//! profile of a header of version 5, numbers that no colour has, and what is behind the end. Run lengths are
//! read here. Windows' BITMAPV5HEADER.

mod colors;
mod mend;
mod palette;
mod runs;

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use protocol::JobError;
use recipe::Format;
use recipe::filter::geometry::Size;

use self::mend::MendedBmp;
use self::runs::RunsFile;
use super::palette::STRANGE_COLORS;
use super::raster::Raster;
use super::{Opened, behind, error};
use crate::image::Metadata;

/// Where the header begins that offsets count from.
const HEADER: usize = 14;
/// What is said of pixels that a file has not.
const GAPS: &str = "a part of the pixels is not stored in the file: they came out black";

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let MendedBmp { bytes: to_decode, fields, note: header_note } = mend::mend(bytes)?;
    let data = fields.as_ref().map_or(bytes.len(), |fields| fields.data as usize);
    let (icc, profile_note) = match profile(bytes) {
        BmpProfile::Absent => (None, None),
        BmpProfile::Embedded(icc) => (Some(icc.to_vec()), None),
        BmpProfile::Linked => (None, Some("its colour profile is in another file, which was not read")),
        BmpProfile::Damaged => (None, Some("its colour profile is damaged: it was left out")),
    };
    let colors_note = colors::are_others(bytes).then_some(colors::NOT_HEEDED);
    let notes = [header_note, profile_note, colors_note].into_iter().flatten().map(str::to_owned);
    let beside = |size| Metadata {
        icc,
        extras: behind::found(bytes.get(end(bytes, data, size)..)),
        ..Metadata::default()
    };
    if let Some((fields, bits)) = fields.as_ref().and_then(|fields| Some((fields, fields.run_bits()?))) {
        let runs = RunsFile::new(bytes, fields, bits)?;
        let beside = beside(runs.size());
        return Ok(Box::new(runs.with(beside, notes.collect())));
    }
    let copied = match &to_decode {
        Cow::Borrowed(_) => 0,
        Cow::Owned(copy) => copy.len() as u64,
    };
    let decoder = BmpDecoder::new(Cursor::new(to_decode)).map_err(|e| error::decoding(&e))?;
    let raster = Raster::new(Format::Bmp, decoder)?.with_memory(copied);
    let beside = beside(raster.header().size);
    let has_strange_colors = fields.is_some_and(|fields| palette::is_exceeded(bytes, &fields));
    let notes = notes.chain(has_strange_colors.then(|| STRANGE_COLORS.to_owned()));
    Ok(Box::new(raster.with(beside, notes)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Extra, ExtraKind, Samples};

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
    pub(super) fn of_runs(runs: &[u8]) -> Vec<u8> {
        of_levels(1, 8, 2, 256, runs)
    }

    /// A picture 4 pixels wide whose palette has so many levels of grey.
    pub(super) fn of_levels(compression: u32, bits: u8, height: i32, levels: u32, pixels: &[u8]) -> Vec<u8> {
        let colors: Vec<u8> =
            (0..levels).flat_map(|level| [[level as u8; 3].as_slice(), &[0]].concat()).collect();
        let numbers = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        let start = (HEADER + 40 + colors.len()) as u32;
        let length = pixels.len() as u32;
        [
            b"BM",
            &numbers(&[start + length, 0, start, 40, 4, height.cast_unsigned()])[..],
            &[1, 0, bits, 0],
            &numbers(&[compression, length, 0, 0, levels, 0]),
            &colors,
            pixels,
        ]
        .concat()
    }

    /// The levels of a grey picture, and what is said of it.
    pub(super) fn levels(file: &[u8]) -> Result<(Vec<u8>, Vec<String>), JobError> {
        let mut notes = Vec::new();
        let picture = open(file)?.decode(1 << 20, &mut Metadata::default(), &mut notes)?;
        let Samples::U8(samples) = picture.samples else { panic!("16 bits") };
        Ok((samples.chunks(3).map(|pixel| pixel[0]).collect(), notes))
    }
}
