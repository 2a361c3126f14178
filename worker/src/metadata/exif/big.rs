//! BigTIFF (TIFF with places of eight bytes): its directories as a classic structure, so that everything else
//! here can read what they say. No state.

use std::borrow::Cow;

/// The longest value that is taken over: nothing that describes a photo is longer.
const MAX_VALUE: u64 = 16 << 20;
/// Entries of a directory; real ones have some dozens.
const MAX_ENTRIES: u64 = 1000;
/// Tags of TIFF 6.0 and EXIF that lead to the directories of the exposure and of the place.
const DIRECTORIES: [u16; 2] = [super::EXIF_IFD, super::GPS_IFD];

/// The file as it is if its places have four bytes; else a structure that has what the directories of its
/// first image say, and no pixels.
pub(crate) fn classic(file: &[u8]) -> Cow<'_, [u8]> {
    let order = match file.get(..4) {
        Some(b"II+\0") => Order { little_endian: true },
        Some(b"MM\0+") => Order { little_endian: false },
        Some(_) | None => return Cow::Borrowed(file),
    };
    let first = order.u64(file, 8).and_then(|at| order.directory(file, at));
    first.map_or(Cow::Borrowed(file), |entries| Cow::Owned(order.written(file, entries)))
}

struct Order {
    little_endian: bool,
}

struct BigEntry<'a> {
    tag: u16,
    kind: u16,
    count: u32,
    value: &'a [u8],
}

impl Order {
    fn u16(&self, file: &[u8], at: usize) -> Option<u16> {
        let bytes = *file.get(at..)?.first_chunk()?;
        Some(if self.little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn u64(&self, file: &[u8], at: usize) -> Option<u64> {
        let bytes = *file.get(at..)?.first_chunk()?;
        Some(if self.little_endian { u64::from_le_bytes(bytes) } else { u64::from_be_bytes(bytes) })
    }

    fn two(&self, value: u16) -> [u8; 2] {
        if self.little_endian { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn four(&self, value: u32) -> [u8; 4] {
        if self.little_endian { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn directory<'a>(&self, file: &'a [u8], at: u64) -> Option<Vec<BigEntry<'a>>> {
        let at = usize::try_from(at).ok()?;
        let count = self.u64(file, at)?.min(MAX_ENTRIES) as usize;
        file.get(at..at.checked_add(8 + 20 * count)?)?;
        Some((0..count).filter_map(|index| self.entry(file, at + 8 + 20 * index)).collect())
    }

    fn entry<'a>(&self, file: &'a [u8], at: usize) -> Option<BigEntry<'a>> {
        let (tag, kind, count) = (self.u16(file, at)?, self.u16(file, at + 2)?, self.u64(file, at + 4)?);
        let width = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16..=18 => 8,
            _ => return None,
        };
        let length = count.checked_mul(width).filter(|length| *length <= MAX_VALUE)? as usize;
        let start = if length <= 8 { at + 12 } else { usize::try_from(self.u64(file, at + 12)?).ok()? };
        let value = file.get(start..start.checked_add(length)?)?;
        Some(BigEntry { tag, kind, count: count as u32, value })
    }

    /// The place that an entry of any width holds.
    fn place(&self, entry: &BigEntry<'_>) -> Option<u64> {
        match entry.value.len() {
            4 => {
                let bytes = *entry.value.first_chunk()?;
                let place =
                    if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
                Some(place.into())
            }
            _ => self.u64(entry.value, 0),
        }
    }

    fn written(&self, file: &[u8], entries: Vec<BigEntry<'_>>) -> Vec<u8> {
        let mut block = if self.little_endian { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        block.extend([0; 4]);
        let mut children = Vec::new();
        let mut own = Vec::new();
        for entry in entries {
            if DIRECTORIES.contains(&entry.tag) {
                if let Some(below) = self.place(&entry).and_then(|at| self.directory(file, at)) {
                    let at = self.append(&mut block, below, &[]);
                    children.push((entry.tag, at));
                }
            } else {
                own.push(entry);
            }
        }
        let first = self.append(&mut block, own, &children);
        block.splice(4..8, self.four(first));
        block
    }

    /// Appends a directory with its values; returns where it stands.
    fn append(&self, block: &mut Vec<u8>, entries: Vec<BigEntry<'_>>, children: &[(u16, u32)]) -> u32 {
        const LONG: u16 = 4;
        let mut records: Vec<(u16, Vec<u8>)> = Vec::new();
        for (tag, at) in children {
            let record = [&self.two(*tag)[..], &self.two(LONG), &self.four(1), &self.four(*at)].concat();
            records.push((*tag, record));
        }
        // Numbers of eight bytes say where pixels are, which nobody asks.
        for entry in entries.into_iter().filter(|entry| entry.kind < 16) {
            let head = [&self.two(entry.tag)[..], &self.two(entry.kind), &self.four(entry.count)].concat();
            let mut value = entry.value.to_vec();
            if value.len() <= 4 {
                value.resize(4, 0);
            } else {
                block.resize(block.len().next_multiple_of(2), 0);
                value = self.four(block.len() as u32).to_vec();
                block.extend(entry.value);
            }
            records.push((entry.tag, [head, value].concat()));
        }
        records.sort_by_key(|(tag, _)| *tag);
        block.resize(block.len().next_multiple_of(2), 0);
        let at = block.len() as u32;
        block.extend(self.two(records.len() as u16));
        block.extend(records.into_iter().flat_map(|(_, record)| record));
        block.extend([0; 4]);
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{read, tiff_block};
    use super::*;

    /// A BigTIFF's directories with a model, an XMP block and a date in the directory of the exposure.
    fn sample(order: &Order) -> Vec<u8> {
        let eight = |value: u64| {
            if order.little_endian { value.to_le_bytes() } else { value.to_be_bytes() }
        };
        let entry = |tag: u16, kind: u16, count: u64, value: [u8; 8]| {
            [&order.two(tag)[..], &order.two(kind), &eight(count), &value].concat()
        };
        let mut file = if order.little_endian { b"II+\0".to_vec() } else { b"MM\0+".to_vec() };
        file.extend([order.two(8), order.two(0)].concat());
        file.extend(eight(16));
        let after = 16 + 8 + 3 * 20 + 8;
        file.extend(eight(3));
        file.extend(entry(0x0110, 2, 7, *b"Kamera\0\0"));
        file.extend(entry(700, 1, 10, eight(after)));
        file.extend(entry(0x8769, 16, 1, eight(after + 10)));
        file.extend(eight(0));
        file.extend(b"<x:x>y</x>");
        file.extend(eight(1));
        file.extend(entry(0x9003, 2, 20, eight(after + 10 + 8 + 20 + 8)));
        file.extend(eight(0));
        file.extend(b"2024:02:29 12:00:00\0");
        file
    }

    #[test]
    fn what_it_says_is_read_as_from_any_other() {
        for order in [Order { little_endian: true }, Order { little_endian: false }] {
            let file = sample(&order);
            let classic = classic(&file);
            let facts = read(&classic);
            assert_eq!(facts.camera_and_day(), "Kamera 2024-02-29");
            assert_eq!(tiff_block(&classic, 700).as_deref(), Some(&b"<x:x>y</x>"[..]));
        }
        assert_eq!(*classic(b"II*\0"), b"II*\0"[..]);
    }

    proptest! {
        #[test]
        fn no_damage_makes_it_panic(at in 0usize..200, byte: u8, length in 0usize..200, little_endian: bool) {
            let mut file = sample(&Order { little_endian });
            if let Some(place) = file.get_mut(at) {
                *place = byte;
            }
            file.truncate(length);
            let _ = read(&classic(&file));
        }
    }
}
