//! Writes a BMP anew under a header that the decoder reads, where its own is of another kind (OS/2 2, masks
//! with transparency) or breaks the rules though all pixels are there. What cannot be read is named.
//!
//! Windows' BITMAPINFOHEADER to BITMAPV5HEADER; OS/2's BITMAPINFOHEADER2. No state.

use std::borrow::Cow;

use protocol::{ErrorKind, JobError};

use super::super::fail;
use super::{HEADER, number};

/// Lengths of headers: OS/2's first, Windows' first, the first with four masks, the last.
const CORE: u32 = 12;
const INFO: u32 = 40;
const WITH_MASKS: u32 = 56;
const LAST: u32 = 124;
/// Those that the decoder knows.
const KNOWN: [u32; 6] = [CORE, INFO, 52, WITH_MASKS, 108, LAST];

const RUNS_OF_8_BITS: u32 = 1;
const RUNS_OF_4_BITS: u32 = 2;
const MASKS: u32 = 3;
const MASKS_WITH_ALPHA: u32 = 6;

/// Red, green, blue and alpha as they mostly are in 32 bits.
const USUAL: [u32; 4] = [0xFF_0000, 0xFF00, 0xFF, 0xFF00_0000];

/// A BMP to decode.
pub(super) struct MendedBmp<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// What the header of the file itself says, without its mistakes.
    pub(super) fields: Option<BmpFields>,
    /// What was wrong, as a fragment of a sentence.
    pub(super) note: Option<&'static str>,
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BmpFields {
    /// Of the header.
    length: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    planes: u16,
    pub(super) bits: u16,
    compression: u32,
    colors: u32,
    masks: [u32; 4],
    /// Where the pixels begin.
    pub(super) data: u32,
}

/// The file itself, or a copy that the decoder reads. What is broken is the decoder's to say.
pub(super) fn mend(bmp: &[u8]) -> Result<MendedBmp<'_>, JobError> {
    let as_it_is = |fields, note| MendedBmp { bytes: Cow::Borrowed(bmp), fields, note };
    let Some(found) = BmpFields::read(bmp) else { return Ok(as_it_is(None, None)) };
    if let Some(words) = found.unsupported() {
        return Err(fail(ErrorKind::Unsupported, format!("BMP files {words} cannot be decoded")));
    }
    let corrected = found.corrected();
    let note = (corrected != found).then_some("mistakes in its header were corrected");
    let known = corrected.in_known_terms();
    if known == found && found.is_known() || corrected.run_bits().is_some() {
        return Ok(as_it_is(Some(corrected), note));
    }
    Ok(MendedBmp { bytes: Cow::Owned(known.file(bmp)?), fields: Some(corrected), note })
}

impl BmpFields {
    fn read(bmp: &[u8]) -> Option<Self> {
        let half = |at: usize| Some(u16::from_le_bytes(*bmp.get(HEADER + at..)?.first_chunk()?));
        let (length, data) = (number(bmp, HEADER)?, number(bmp, 10)?);
        if length == CORE {
            let [width, height] = [half(4)?, half(6)?].map(u32::from);
            let (planes, bits) = (half(8)?, half(10)?);
            return Some(Self {
                length,
                width,
                height,
                planes,
                bits,
                compression: 0,
                colors: 0,
                masks: [0; 4],
                data,
            });
        }
        if !(16..=LAST).contains(&length) {
            return None;
        }
        // A shorter header leaves the rest at nought.
        let field = |at: u32| if at + 4 <= length { number(bmp, HEADER + at as usize) } else { Some(0) };
        let compression = field(16)?;
        let masks_at = |index: u32| HEADER + 40 + 4 * index as usize;
        let is_masked = matches!(compression, MASKS | MASKS_WITH_ALPHA);
        // Behind the first of Windows' headers they follow.
        let has_mask = |index: u32| {
            let follows = length == INFO && (index < 3 || compression == MASKS_WITH_ALPHA);
            is_masked && (follows || 40 + 4 * index < length && length != 64)
        };
        let mask = |index: u32| has_mask(index).then(|| number(bmp, masks_at(index))).flatten().unwrap_or(0);
        Some(Self {
            length,
            width: field(4)?,
            height: field(8)?,
            planes: half(12)?,
            bits: half(14)?,
            compression,
            colors: field(32)?,
            masks: [0, 1, 2, 3].map(mask),
            data,
        })
    }

    /// Of which kind it is, if it is of one that nobody decodes.
    fn unsupported(&self) -> Option<&'static str> {
        match (self.compression, self.bits) {
            (3, 1) => Some("with a fax code (OS/2)"),
            (4, 24) => Some("with run lengths of 24 bits (OS/2)"),
            (4, _) => Some("that hold a JPEG"),
            (5, _) => Some("that hold a PNG"),
            (_, 64) => Some("of 64 bits per pixel"),
            _ => None,
        }
    }

    /// How many bits each pixel has whose run lengths are stored, if they are.
    pub(super) fn run_bits(&self) -> Option<u16> {
        match (self.compression, self.bits) {
            (RUNS_OF_8_BITS, 8) | (RUNS_OF_4_BITS, 4) => Some(self.bits),
            _ => None,
        }
    }

    /// Whether the decoder knows a header like this.
    fn is_known(&self) -> bool {
        KNOWN.contains(&self.length) && (self.length != CORE || matches!(self.bits, 1 | 4 | 8 | 24))
    }

    /// The same without mistakes that cost no pixel.
    fn corrected(&self) -> Self {
        let most = 1u32.checked_shl(self.bits.into()).unwrap_or(u32::MAX);
        let colors = if self.bits <= 8 && self.colors > most { 0 } else { self.colors };
        let corrected = Self { planes: 1, colors, ..*self };
        // Pixels begin behind the palette, if that is there. Some palettes are shorter than they should be.
        let end = HEADER as u32 + self.length;
        let has_none = self.data < end || self.data == end && self.bits <= 8;
        let (from, length) = corrected.palette();
        Self { data: if has_none { (from + length) as u32 } else { self.data }, ..corrected }
    }

    /// The same in terms that the decoder knows.
    fn in_known_terms(&self) -> Self {
        match (self.compression, self.bits) {
            (MASKS, 24) if self.masks[..3] == USUAL[..3] => Self { compression: 0, masks: [0; 4], ..*self },
            (MASKS | MASKS_WITH_ALPHA, 32) if self.masks == [0; 4] => {
                Self { compression: MASKS, masks: USUAL, ..*self }
            }
            (MASKS_WITH_ALPHA, 16 | 32) => Self { compression: MASKS, ..*self },
            _ => *self,
        }
    }

    /// Bytes of a colour in the palette.
    pub(super) fn color_bytes(&self) -> usize {
        if self.length == CORE { 3 } else { 4 }
    }

    /// Where the palette begins, and its length in bytes.
    pub(super) fn palette(&self) -> (usize, usize) {
        let masks = match (self.length, self.compression) {
            (INFO, MASKS) => 12,
            (INFO, MASKS_WITH_ALPHA) => 16,
            _ => 0,
        };
        let colors = match (self.bits, self.colors) {
            (9.., _) => 0,
            (bits, 0) => 1 << bits,
            (_, colors) => colors as usize,
        };
        (HEADER + self.length as usize + masks, colors * self.color_bytes())
    }

    /// A file with this header, and the palette and the pixels of another.
    fn file(&self, bmp: &[u8]) -> Result<Vec<u8>, JobError> {
        let (from, length) = self.palette();
        let stored = bmp.get(from..bmp.len().min(from + length)).unwrap_or_default();
        let mut palette: Vec<u8> = match self.length {
            CORE => stored.as_chunks::<3>().0.iter().flat_map(|[b, g, r]| [*b, *g, *r, 0]).collect(),
            _ => stored.to_vec(),
        };
        palette.resize(if self.length == CORE { length / 3 * 4 } else { length }, 0);
        let pixels = bmp.get(self.data as usize..).unwrap_or_default();
        let start = HEADER + WITH_MASKS as usize + palette.len();
        let mut file = Vec::new();
        let no_memory = |_| fail(ErrorKind::OutOfMemory, "no memory for a copy under another header");
        file.try_reserve_exact(start + pixels.len()).map_err(no_memory)?;
        file.extend(b"BM");
        let planes_and_bits = u32::from(self.bits) << 16 | u32::from(self.planes);
        let fields = [0, 0, start as u32, WITH_MASKS, self.width, self.height, planes_and_bits];
        let further = [self.compression, 0, 0, 0, self.colors, 0];
        for number in fields.into_iter().chain(further).chain(self.masks) {
            file.extend(number.to_le_bytes());
        }
        file.extend(palette);
        file.extend(pixels);
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::super::open;
    use super::*;
    use crate::image::{Metadata, Picture};

    /// A file of 3 × 2 pixels with a header of this length, whose fields of four bytes these are.
    fn file(length: u32, bits: u16, fields: &[u32], behind: &[u8], pixels: &[u8]) -> Vec<u8> {
        let mut header: Vec<u8> = [length, 3, 2, u32::from(bits) << 16 | 1].map(u32::to_le_bytes).concat();
        header.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
        header.resize(length as usize, 0);
        let data = (HEADER + header.len() + behind.len()) as u32;
        [b"BM\0\0\0\0\0\0\0\0", &data.to_le_bytes()[..], &header, behind, pixels].concat()
    }

    fn read(file: &[u8]) -> Result<(Picture, Vec<String>), JobError> {
        let mut notes = Vec::new();
        let picture = open(file)?.decode(1 << 20, &mut Metadata::default(), &mut notes)?;
        Ok((picture, notes))
    }

    /// Blue, green, red and a fourth, of six pixels.
    fn pixels() -> Vec<u8> {
        (0..24).map(|index| 40 + 9 * index).collect()
    }

    #[test]
    fn masks_mean_the_same_wherever_they_stand() {
        let masks = USUAL.map(u32::to_le_bytes).concat();
        let in_header = |compression: u32, masks: [u32; 4]| {
            let fields = [&[compression, 0, 0, 0, 0, 0][..], &masks].concat();
            file(WITH_MASKS, 32, &fields, &[], &pixels())
        };
        let (whole, notes) = read(&in_header(MASKS, USUAL)).unwrap();
        assert_eq!((whole.channels.count(), notes.len()), (4, 0));
        for same in [
            in_header(MASKS_WITH_ALPHA, USUAL),
            in_header(MASKS, [0; 4]),
            file(INFO, 32, &[MASKS_WITH_ALPHA], &masks, &pixels()),
            file(LAST, 32, &[&[MASKS_WITH_ALPHA, 0, 0, 0, 0, 0][..], &USUAL].concat(), &[], &pixels()),
        ] {
            assert_eq!(read(&same).unwrap(), (whole.clone(), Vec::new()));
        }
        // Without alpha, and rows of nine bytes filled up.
        let rows: Vec<u8> = pixels().chunks(12).flat_map(|row| [&row[..9], &[0; 3]].concat()).collect();
        let (plain, _) = read(&file(INFO, 24, &[0], &[], &rows)).unwrap();
        assert_eq!(read(&file(INFO, 24, &[MASKS], &masks[..12], &rows)).unwrap(), (plain, Vec::new()));
    }

    #[test]
    fn headers_of_os2_are_read() {
        let palette: Vec<u8> = (0..=255).flat_map(|level| [level, level / 2, 7, 0]).collect();
        let indices = b"\x01\x02\x03\0\x04\x05\xFE\0";
        let (whole, _) = read(&file(INFO, 8, &[0], &palette, indices)).unwrap();
        for length in [16, 36, 64] {
            assert_eq!(read(&file(length, 8, &[], &palette, indices)).unwrap(), (whole.clone(), vec![]));
        }
        let (whole, _) = read(&file(INFO, 32, &[0], &[], &pixels())).unwrap();
        let mut core = file(CORE, 32, &[], &[], &pixels());
        core[HEADER + 4..HEADER + CORE as usize].copy_from_slice(&[3, 0, 2, 0, 1, 0, 32, 0]);
        assert_eq!(read(&core).unwrap(), (whole, Vec::new()));
    }

    #[test]
    fn mistakes_that_cost_no_pixel_are_corrected() {
        let palette: Vec<u8> = (0..=255).flat_map(|level| [level, level / 2, 7, 0]).collect();
        let whole = file(INFO, 8, &[0], &palette, b"\x01\x02\x03\0\x04\x05\xFE\0");
        let changed = |at: usize, bytes: &[u8]| [&whole[..at], bytes, &whole[at + bytes.len()..]].concat();
        for (what, mistaken) in [
            ("planes", changed(HEADER + 12, &[0, 0])),
            ("colours", changed(HEADER + 32, &[44, 1, 0, 0])),
            ("no place", changed(10, &[0; 4])),
            ("a place that forgets the palette", changed(10, &[54, 0, 0, 0])),
        ] {
            let (picture, notes) = read(&mistaken).unwrap();
            assert_eq!(picture, read(&whole).unwrap().0, "{what}");
            assert_eq!(notes, ["mistakes in its header were corrected"], "{what}");
        }
        for length in 0..whole.len() {
            let _ = read(&whole[..length]);
        }
    }

    #[test]
    fn what_nobody_decodes_is_named() {
        let kind = |bits: u16, compression: u32| {
            let error = read(&file(INFO, bits, &[compression], &[], &[])).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unsupported);
            error.detail
        };
        for (bits, compression, words) in
            [(1, 3, "fax"), (24, 4, "24 bits"), (0, 4, "JPEG"), (0, 5, "PNG"), (64, 0, "64 bits")]
        {
            assert!(kind(bits, compression).contains(words));
        }
    }
}
