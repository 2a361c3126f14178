//! The structure of TIFF 6.0, in which an EXIF block, a TIFF file and most raw photos have their
//! directories: read at any place. No state.

use super::{EXIF_IFD, GPS_IFD, INTEROP_IFD};

/// Bytes of an entry of a directory.
pub(super) const ENTRY: usize = 12;

/// Bytes of one value of a type, if it is one of TIFF's, BigTIFF's or EXIF's.
pub(super) fn width(kind: u16) -> Option<usize> {
    match kind {
        // Bytes, texts, undefined, and EXIF 3.0's UTF-8.
        1 | 2 | 6 | 7 | 129 => Some(1),
        3 | 8 => Some(2),
        // Longs, floats, places of directories.
        4 | 9 | 11 | 13 => Some(4),
        // Fractions, doubles, and BigTIFF's numbers and places.
        5 | 10 | 12 | 16..=18 => Some(8),
        _ => None,
    }
}

/// The byte order of a TIFF structure, and with it the way around in one.
pub(crate) struct Tiff {
    little_endian: bool,
}

/// A directory entry whose value is one short or long; `value` is `None` for any other.
pub(super) struct DirectoryEntry {
    pub(super) tag: u16,
    /// Where the value stands.
    pub(super) at: usize,
    pub(super) value: Option<u32>,
}

impl Tiff {
    /// Both that there are.
    pub(super) const ORDERS: [Tiff; 2] = [Tiff { little_endian: true }, Tiff { little_endian: false }];

    pub(crate) fn new(block: &[u8]) -> Option<Tiff> {
        match block.get(..4)? {
            b"II*\0" => Some(Tiff { little_endian: true }),
            b"MM\0*" => Some(Tiff { little_endian: false }),
            _ => None,
        }
    }

    pub(super) fn u16(&self, block: &[u8], at: usize) -> Option<u16> {
        let bytes = block.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    pub(super) fn u32(&self, block: &[u8], at: usize) -> Option<u32> {
        let bytes = block.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// A number as it stands in the structure.
    pub(crate) fn two(&self, value: u16) -> [u8; 2] {
        if self.little_endian { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    /// A number as it stands in the structure.
    pub(super) fn four(&self, value: u32) -> [u8; 4] {
        if self.little_endian { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    /// Where the first directory stands.
    pub(crate) fn first(&self, block: &[u8]) -> Option<usize> {
        self.u32(block, 4).map(|at| at as usize)
    }

    /// Where the directory after the one at `at` stands, if there is one.
    pub(crate) fn next(&self, block: &[u8], at: usize) -> Option<usize> {
        let link = at + 2 + 12 * usize::from(self.u16(block, at)?);
        self.u32(block, link).filter(|next| *next != 0).map(|next| next as usize)
    }

    /// The numbers of a tag in the directory at `at`, as far as they lie within the block: shorts, longs or
    /// places of directories.
    pub(crate) fn numbers(&self, block: &[u8], at: usize, tag: u16) -> Vec<u32> {
        let entries = self.directory(block, at);
        let Some(entry) = entries.iter().find(|entry| entry.tag == tag) else { return Vec::new() };
        let numbers = || {
            let (kind, count) = (self.u16(block, entry.at - 6)?, self.u32(block, entry.at - 4)? as usize);
            let width = match kind {
                3 => 2,
                4 | 13 => 4,
                _ => return None,
            };
            let start = if count <= 4 / width { entry.at } else { self.u32(block, entry.at)? as usize };
            let number = move |index: usize| {
                let at = start.checked_add(index * width)?;
                if width == 2 { self.u16(block, at).map(u32::from) } else { self.u32(block, at) }
            };
            Some((0..count).map_while(number).collect())
        };
        numbers().unwrap_or_default()
    }

    /// Where the directory at `at` ends, by the number of its entries.
    pub(crate) fn end(&self, block: &[u8], at: usize) -> u64 {
        at as u64 + 2 + ENTRY as u64 * u64::from(self.u16(block, at).unwrap_or(0))
    }

    /// Where the types stand, in the directory at `at`, of entries with these tags that call their value the
    /// place of a directory (TIFF's technical note 1).
    pub(crate) fn place_types(&self, block: &[u8], at: usize, tags: &[u16]) -> Vec<usize> {
        const PLACE: u16 = 13;
        let entries = self.directory(block, at).into_iter().filter(|entry| tags.contains(&entry.tag));
        entries.map(|entry| entry.at - 6).filter(|at| self.u16(block, *at) == Some(PLACE)).collect()
    }

    /// Where the values of the directory at `at` end that stand elsewhere, each with its tag.
    pub(crate) fn ends(&self, block: &[u8], at: usize) -> Vec<(u16, u64)> {
        let end = |entry: DirectoryEntry| {
            let (kind, count) = (self.u16(block, entry.at - 6)?, self.u32(block, entry.at - 4)?);
            let length = u64::from(count) * width(kind)? as u64;
            (length > 4).then_some((entry.tag, u64::from(self.u32(block, entry.at)?) + length))
        };
        self.directory(block, at).into_iter().filter_map(end).collect()
    }

    /// Bytes that the entries of the directory at `at` say they have, together.
    pub(crate) fn claimed(&self, block: &[u8], at: usize) -> u64 {
        let claim = |entry: DirectoryEntry| {
            let (kind, count) = (self.u16(block, entry.at - 6)?, self.u32(block, entry.at - 4)?);
            Some(u64::from(count) * width(kind).unwrap_or(1) as u64)
        };
        self.directory(block, at).into_iter().filter_map(claim).fold(0, u64::saturating_add)
    }

    /// The entries of the directory at `at`, as far as they lie within the block.
    pub(super) fn directory(&self, block: &[u8], at: usize) -> Vec<DirectoryEntry> {
        let count = usize::from(self.u16(block, at).unwrap_or(0));
        (0..count).map_while(|index| self.entry(block, at + 2 + 12 * index)).collect()
    }

    fn entry(&self, block: &[u8], at: usize) -> Option<DirectoryEntry> {
        const SHORT: u16 = 3;
        const LONG: u16 = 4;
        let (tag, kind) = (self.u16(block, at)?, self.u16(block, at + 2)?);
        let (count, long) = (self.u32(block, at + 4)?, self.u32(block, at + 8)?);
        let value = match (kind, count) {
            (SHORT, 1) => self.u16(block, at + 8).map(u32::from),
            (LONG, 1) => Some(long),
            _ => None,
        };
        Some(DirectoryEntry { tag, at: at + 8, value })
    }
}

/// Has each field be of a type that all readers know. What leads to the directories of EXIF and of the place
/// is a number, though some programs call it the place of a directory, as TIFF's technical note 1 has it; and
/// a text is a text, though EXIF 3.0 has a type of its own for one in UTF-8.
pub(super) fn plain_types(block: &mut [u8]) -> Option<()> {
    const ASCII: u16 = 2;
    const LONG: u16 = 4;
    const PLACE: u16 = 13;
    const UTF_8: u16 = 129;
    let tiff = Tiff::new(block)?;
    let first = tiff.first(block)?;
    let below = |at: usize, tag: u16| tiff.numbers(block, at, tag).first().map(|at| *at as usize);
    let exposure = below(first, EXIF_IFD);
    let interop = exposure.and_then(|at| below(at, INTEROP_IFD));
    let all = [Some(first), exposure, below(first, GPS_IFD), interop].into_iter().flatten();
    let entries: Vec<DirectoryEntry> = all.flat_map(|at| tiff.directory(block, at)).collect();
    for entry in entries {
        let place = entry.at - 6;
        let leads = [EXIF_IFD, GPS_IFD, INTEROP_IFD].contains(&entry.tag);
        let kind = match tiff.u16(block, place) {
            Some(PLACE) if leads => LONG,
            Some(UTF_8) => ASCII,
            Some(_) | None => continue,
        };
        block.get_mut(place..place + 2)?.copy_from_slice(&tiff.two(kind));
    }
    Some(())
}

/// The bytes of a tag of a TIFF file's first directory, whatever the numbers are that they are said to be.
pub(crate) fn tiff_block(file: &[u8], tag: u16) -> Option<Vec<u8>> {
    let tiff = Tiff::new(file)?;
    let entries = tiff.directory(file, tiff.first(file)?);
    let entry = entries.iter().find(|entry| entry.tag == tag)?;
    let width = width(tiff.u16(file, entry.at - 6)?)?;
    let length = (tiff.u32(file, entry.at - 4)? as usize).checked_mul(width)?;
    let at = if length <= 4 { entry.at } else { tiff.u32(file, entry.at)? as usize };
    file.get(at..at.checked_add(length)?).map(<[u8]>::to_vec)
}
