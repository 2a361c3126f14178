//! Adding fields to a block: their directory moves to its end, and nothing else moves. No state.

use super::super::structure::{ENTRY, width};
use super::{ASCII, ExifBlock, ExifEntry, LONG};

/// A field to be added.
pub(in crate::metadata::exif) struct NewField {
    pub(in crate::metadata::exif) tag: u16,
    pub(in crate::metadata::exif) kind: u16,
    pub(in crate::metadata::exif) count: u32,
    /// Its value in the block's byte order.
    pub(in crate::metadata::exif) value: Vec<u8>,
}

impl NewField {
    /// One whose value is these bytes.
    pub(in crate::metadata::exif) fn of_bytes(tag: u16, kind: u16, value: Vec<u8>) -> NewField {
        let count = value.len() / width(kind).unwrap_or(1);
        NewField { tag, kind, count: count as u32, value }
    }

    pub(in crate::metadata::exif) fn text(tag: u16, text: &[u8]) -> NewField {
        NewField::of_bytes(tag, ASCII, [text, &[0]].concat())
    }
}

impl ExifBlock {
    /// Adds fields to the first directory.
    pub(in crate::metadata::exif) fn add(&mut self, fields: &[NewField]) {
        let Some(link) = self.link(self.first()) else { return };
        let next = self.tiff.u32(&self.bytes, link).unwrap_or(0);
        self.fill_whole(link..link + 4);
        let at = self.moved_with(self.first(), next, fields);
        self.put_u32(4, at as u32);
    }

    /// Adds fields to the directory that a tag of the first one leads to; it is made if there is none.
    pub(in crate::metadata::exif) fn add_below(&mut self, tag: u16, fields: &[NewField]) {
        let pointer = self.at(&[]).into_iter().find(|entry| entry.tag == tag);
        let old = pointer.as_ref().and_then(|entry| self.number(entry));
        if let Some((pointer, old)) = pointer.zip(old) {
            let at = self.moved_with(old as usize, 0, fields);
            self.lead(&pointer, at);
        } else {
            let empty = self.end();
            self.bytes.extend([0; 2]);
            self.kept.push(empty);
            let at = self.moved_with(empty, 0, fields);
            let value = self.four(at as u32).to_vec();
            self.add(&[NewField { tag, kind: LONG, count: 1, value }]);
        }
    }

    /// Has an entry say where a directory stands.
    fn lead(&mut self, pointer: &ExifEntry, at: usize) {
        self.put_u16(pointer.at + 2, LONG);
        self.put_u32(pointer.at + 4, 1);
        self.put_u32(pointer.at + 8, at as u32);
    }

    /// Writes a directory anew at the end of the block, with these fields and that link to the next one, and
    /// blanks it where it was; returns where it stands now.
    fn moved_with(&mut self, old: usize, next: u32, fields: &[NewField]) -> usize {
        let entries = self.entries(old);
        let mut records: Vec<(u16, Vec<u8>)> = Vec::new();
        for entry in &entries {
            let record = self.bytes.get(entry.at..entry.at + ENTRY).unwrap_or_default().to_vec();
            records.push((entry.tag, record));
        }
        self.fill_whole(old..old + 2 + ENTRY * entries.len());
        for NewField { tag, kind, count, value } in fields {
            let mut record = [self.two(*tag), self.two(*kind)].concat();
            record.extend(self.four(*count));
            if value.len() <= 4 {
                record.extend(value);
                record.resize(ENTRY, 0);
            } else {
                let at = self.end();
                record.extend(self.four(at as u32));
                self.bytes.extend(value);
            }
            records.push((*tag, record));
        }
        records.sort_by_key(|(tag, _)| *tag);
        let at = self.end();
        self.bytes.extend(self.two(records.len() as u16));
        self.bytes.extend(records.into_iter().flat_map(|(_, record)| record));
        self.bytes.extend(self.four(next));
        self.kept.iter_mut().filter(|kept| **kept == old).for_each(|kept| *kept = at);
        at
    }

    /// Where something new can stand, which is an even place.
    fn end(&mut self) -> usize {
        self.bytes.resize(self.bytes.len().next_multiple_of(2), 0);
        self.bytes.len()
    }
}
