//! An EXIF block that is changed in place: what is broken in its directories is taken out, numbers are
//! replaced, pictures in it overwritten (`erase`). Nothing that stays is moved, because the notes of makers
//! hold places in the block. TIFF 6.0, section 2. No state.

mod add;
mod erase;
mod take_out;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

pub(super) use self::add::NewField;
use super::structure::{ENTRY, Tiff, width};
use super::{EXIF_IFD, GPS_IFD, INTEROP_IFD};

const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;

/// A block whose directories are sound: every entry is of a known type, and its value within the block.
pub(super) struct ExifBlock {
    bytes: Vec<u8>,
    tiff: Tiff,
    /// The directories that stay, the first one in front.
    kept: Vec<usize>,
    /// Whether something broken was taken out.
    pub(super) was_mended: bool,
    /// The values of entries that a directory has twice: the first one counts, as for most readers.
    doubles: Vec<Range<usize>>,
    /// Whether one of them said something else than the first.
    pub(super) had_contradictions: bool,
}

/// An entry of a directory.
#[derive(Debug, Clone)]
pub(super) struct ExifEntry {
    pub(super) tag: u16,
    kind: u16,
    count: usize,
    /// Where the entry itself stands.
    at: usize,
    /// Where its value stands.
    pub(super) value: Range<usize>,
}

impl ExifEntry {
    /// Whether the value stands in the entry itself.
    fn is_inline(&self) -> bool {
        self.value.start == self.at + 8
    }
}

/// Where every structure says what it is.
const HEADER: Range<usize> = 0..8;

/// Whether a range has bytes of others in it.
fn overlaps(others: &[Range<usize>], range: &Range<usize>) -> bool {
    others.iter().any(|other| range.start < other.end && other.start < range.end)
}

impl ExifBlock {
    /// The block without what is broken in it; `None` if nothing is left.
    pub(super) fn sound(bytes: Vec<u8>) -> Option<ExifBlock> {
        let tiff = Tiff::new(&bytes)?;
        let first = tiff.first(&bytes)?;
        let mut block = ExifBlock::of(bytes, tiff);
        // The header.
        block.tidy(first, &mut Vec::from([HEADER]))?;
        let doubles = std::mem::take(&mut block.doubles);
        block.fill(doubles, true);
        (!block.entries(first).is_empty()).then_some(block)
    }

    /// A block with an empty directory.
    pub(super) fn empty() -> Option<ExifBlock> {
        let bytes = b"MM\0*\0\0\0\x08\0\0\0\0\0\0".to_vec();
        let tiff = Tiff::new(&bytes)?;
        Some(ExifBlock { kept: vec![8], ..ExifBlock::of(bytes, tiff) })
    }

    fn of(bytes: Vec<u8>, tiff: Tiff) -> ExifBlock {
        let (kept, doubles) = (Vec::new(), Vec::new());
        ExifBlock { bytes, tiff, kept, was_mended: false, doubles, had_contradictions: false }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn first(&self) -> usize {
        self.kept.first().copied().unwrap_or(0)
    }

    /// The entries of the directory that the tags lead to from the first one.
    pub(super) fn at(&self, path: &[u16]) -> Vec<ExifEntry> {
        let mut entries = self.entries(self.first());
        for tag in path {
            let pointer = entries.iter().find(|entry| entry.tag == *tag);
            let Some(at) = pointer.and_then(|entry| self.number(entry)) else { return Vec::new() };
            entries = self.entries(at as usize);
        }
        entries
    }

    pub(super) fn bytes_of(&self, entry: &ExifEntry) -> &[u8] {
        self.bytes.get(entry.value.clone()).unwrap_or_default()
    }

    /// The first number of an entry.
    pub(super) fn number(&self, entry: &ExifEntry) -> Option<u32> {
        self.numbers(entry).first().copied()
    }

    /// The numbers of an entry, if they are whole and not signed.
    pub(super) fn numbers(&self, entry: &ExifEntry) -> Vec<u32> {
        let width = match entry.kind {
            1 => 1,
            SHORT => 2,
            LONG | 13 => 4,
            _ => return Vec::new(),
        };
        let number = |at: usize| match width {
            1 => self.bytes.get(at).map(|byte| u32::from(*byte)),
            2 => self.tiff.u16(&self.bytes, at).map(u32::from),
            _ => self.tiff.u32(&self.bytes, at),
        };
        (0..entry.count).map_while(|index| number(entry.value.start + index * width)).collect()
    }

    /// Makes an entry one number, whatever it was.
    pub(super) fn set(&mut self, entry: &ExifEntry, value: u32) {
        let old = entry.value.clone();
        let kind = if entry.kind != LONG && u16::try_from(value).is_ok() { SHORT } else { LONG };
        self.put_u16(entry.at + 2, kind);
        self.put_u32(entry.at + 4, 1);
        self.put_u32(entry.at + 8, 0);
        if kind == SHORT {
            self.put_u16(entry.at + 8, value as u16);
        } else {
            self.put_u32(entry.at + 8, value);
        }
        self.fill(vec![old], true);
    }

    /// Overwrites the numbers that an entry has with as many others; whether they fit.
    pub(super) fn set_numbers(&mut self, entry: &ExifEntry, values: &[u32]) -> bool {
        let fits = match entry.kind {
            SHORT => values.iter().all(|value| u16::try_from(*value).is_ok()),
            LONG => true,
            _ => false,
        };
        if !fits || entry.count != values.len() {
            return false;
        }
        for (index, value) in values.iter().enumerate() {
            if entry.kind == SHORT {
                self.put_u16(entry.value.start + 2 * index, *value as u16);
            } else {
                self.put_u32(entry.value.start + 4 * index, *value);
            }
        }
        true
    }

    /// The fraction that an entry is.
    pub(super) fn fraction(&self, entry: &ExifEntry) -> Option<(u32, u32)> {
        const RATIONAL: u16 = 5;
        let at = entry.value.start;
        let parts = || Some((self.tiff.u32(&self.bytes, at)?, self.tiff.u32(&self.bytes, at + 4)?));
        (entry.kind == RATIONAL && entry.count == 1).then(parts)?
    }

    pub(super) fn set_fraction(&mut self, entry: &ExifEntry, (number, divisor): (u32, u32)) {
        self.put_u32(entry.value.start, number);
        self.put_u32(entry.value.start + 4, divisor);
    }

    /// Overwrites bytes of a value in place.
    pub(super) fn overwrite(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    /// Takes entries out of the directory that the tags lead to, and blanks their values and all bytes that
    /// they point at.
    pub(super) fn remove(&mut self, path: &[u16], tags: &[u16]) {
        let (entries, tags) = (self.at(path), tags.iter().copied().collect::<HashSet<u16>>());
        let Some(first) = entries.first() else { return };
        let (gone, stay): (Vec<ExifEntry>, Vec<ExifEntry>) =
            entries.iter().cloned().partition(|entry| tags.contains(&entry.tag));
        if gone.is_empty() {
            return;
        }
        let mut blank = self.pointed_at(&gone);
        // The table begins two bytes before its first entry.
        self.write_table(first.at - 2, entries.len(), &stay);
        blank.extend(gone.into_iter().filter(|entry| !entry.is_inline()).map(|entry| entry.value));
        self.fill(blank, true);
    }

    /// The entries of a directory, as far as they are sound.
    fn entries(&self, at: usize) -> Vec<ExifEntry> {
        let count = self.tiff.u16(&self.bytes, at).unwrap_or(0);
        (0..usize::from(count)).filter_map(|index| self.entry(at + 2 + ENTRY * index)).collect()
    }

    fn entry(&self, at: usize) -> Option<ExifEntry> {
        let bytes = &self.bytes;
        bytes.get(at..at + ENTRY)?;
        let (tag, kind) = (self.tiff.u16(bytes, at)?, self.tiff.u16(bytes, at + 2)?);
        let count = self.tiff.u32(bytes, at + 4)? as usize;
        let length = count.checked_mul(width(kind)?)?;
        let start = if length <= 4 { at + 8 } else { self.tiff.u32(bytes, at + 8)? as usize };
        let value = start..start.checked_add(length)?;
        bytes.get(value.clone())?;
        Some(ExifEntry { tag, kind, count, at, value })
    }

    /// Where a directory's link to the next one stands.
    fn link(&self, at: usize) -> Option<usize> {
        let link = at + 2 + ENTRY * usize::from(self.tiff.u16(&self.bytes, at)?);
        self.bytes.get(link..link + 4).map(|_| link)
    }

    /// Takes out of a directory what is broken, and puts the rest in order; `None` if it is broken as a
    /// whole.
    fn tidy(&mut self, at: usize, taken: &mut Vec<Range<usize>>) -> Option<()> {
        let said = usize::from(self.tiff.u16(&self.bytes, at)?);
        // A table that the end cuts off; behind it, there is always room for the link.
        let there = said.min((self.bytes.len() - at - 2) / ENTRY);
        let end = at + 2 + ENTRY * there;
        if overlaps(taken, &(at..end)) {
            return None;
        }
        taken.push(at..end);
        self.kept.push(at);
        if self.kept.len() == 1 {
            self.bytes.resize(self.bytes.len().max(end + 4), 0);
        }
        let (mut sound, mut places): (Vec<ExifEntry>, HashMap<u16, usize>) = (Vec::new(), HashMap::new());
        let mut lost = there < said;
        for index in 0..there {
            let place = at + 2 + ENTRY * index;
            let is_empty = self.bytes.get(place..place + ENTRY) == Some(&[0; ENTRY]);
            let entry = self.entry(place).filter(|entry| entry.is_inline() || !overlaps(taken, &entry.value));
            match entry {
                Some(entry) if places.contains_key(&entry.tag) => {
                    let first = places.get(&entry.tag).and_then(|place| sound.get(*place));
                    self.forget_double(first, entry);
                }
                Some(entry) if self.leads_somewhere(&entry, taken) => {
                    places.insert(entry.tag, sound.len());
                    sound.push(entry);
                }
                Some(_) | None => lost |= !is_empty,
            }
        }
        self.was_mended |= lost;
        if said > 0 && sound.is_empty() {
            self.kept.retain(|kept| *kept != at);
            return None;
        }
        let in_order = sound.is_sorted_by_key(|entry| entry.tag);
        if sound.len() < said || !in_order {
            sound.sort_by_key(|entry| entry.tag);
            self.write_table(at, there, &sound);
        }
        Some(())
    }

    /// Takes note of an entry that is there for the second time.
    fn forget_double(&mut self, first: Option<&ExifEntry>, double: ExifEntry) {
        self.had_contradictions |= first.map(|first| self.bytes_of(first)) != Some(self.bytes_of(&double));
        if !double.is_inline() {
            self.doubles.push(double.value);
        }
    }

    /// Whether an entry, if it leads to a directory, leads to one that can be read.
    fn leads_somewhere(&mut self, entry: &ExifEntry, taken: &mut Vec<Range<usize>>) -> bool {
        if ![EXIF_IFD, GPS_IFD, INTEROP_IFD].contains(&entry.tag) {
            return true;
        }
        let at = self.number(entry).map(|at| at as usize);
        at.is_some_and(|at| self.tidy(at, taken).is_some())
    }

    /// Writes a directory's table anew with some of its entries; it had room for `room`.
    fn write_table(&mut self, at: usize, room: usize, entries: &[ExifEntry]) {
        let next = self.link(at).and_then(|link| self.tiff.u32(&self.bytes, link));
        let mut table = self.two(entries.len() as u16).to_vec();
        for entry in entries {
            table.extend(self.bytes.get(entry.at..entry.at + ENTRY).unwrap_or_default());
        }
        if entries.len() < room {
            // Only behind the first directory is a link sure to be one.
            let next = if at == self.first() { next.unwrap_or(0) } else { 0 };
            table.extend(self.four(next));
            table.resize(2 + ENTRY * room, 0);
        }
        self.overwrite(at, &table);
    }

    pub(super) fn is_little_endian(&self) -> bool {
        self.two(1) == 1u16.to_le_bytes()
    }

    pub(super) fn two(&self, value: u16) -> [u8; 2] {
        self.tiff.two(value)
    }

    pub(super) fn four(&self, value: u32) -> [u8; 4] {
        self.tiff.four(value)
    }

    fn put_u16(&mut self, at: usize, value: u16) {
        let bytes = self.two(value);
        self.overwrite(at, &bytes);
    }

    fn put_u32(&mut self, at: usize, value: u32) {
        let bytes = self.four(value);
        self.overwrite(at, &bytes);
    }
}
