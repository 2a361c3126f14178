//! Overwriting what shows the photo as it was, wherever in the block it stands, and nothing else. No state.

use std::collections::HashSet;
use std::ops::Range;

use super::super::notes::{self, Previews};
use super::super::structure::ENTRY;
use super::super::{EXIF_IFD, MAKER_NOTE, previews};
use super::{Entry, ExifBlock, HEADER};

/// Directories that may follow the first one; each describes a small version of the photo.
const MAX_FOLLOWERS: usize = 16;

impl ExifBlock {
    /// Unlinks the directories after the first one, which describe small versions of the photo, and
    /// overwrites all that they hold.
    pub(in crate::metadata::exif) fn drop_followers(&mut self) {
        let Some(link) = self.link(self.first()) else { return };
        let mut next = self.tiff.u32(&self.bytes, link).unwrap_or(0) as usize;
        let (mut seen, mut blank) = (self.kept.iter().copied().collect::<HashSet<_>>(), Vec::new());
        while next != 0 && seen.len() < MAX_FOLLOWERS + 4 && seen.insert(next) {
            let entries = self.entries(next);
            blank.extend(self.pointed_at(&entries));
            blank.extend(entries.into_iter().map(|entry| entry.value));
            let Some(link) = self.link(next) else { break };
            blank.push(next..link + 4);
            next = self.tiff.u32(&self.bytes, link).unwrap_or(0) as usize;
        }
        self.put_u32(link, 0);
        if !blank.is_empty() {
            self.fill(blank.clone(), true);
            self.cut_the_end(blank);
        }
    }

    /// Overwrites all JPEG images in the block if the photo was `edited`, and takes out of the maker's notes
    /// what speaks of previews that are not there; returns whether there were any to overwrite.
    pub(in crate::metadata::exif) fn drop_previews(&mut self, edited: bool) -> bool {
        let values: Vec<Range<usize>> =
            self.kept.iter().flat_map(|at| self.entries(*at)).map(|entry| entry.value).collect();
        let mut found = previews::jpegs(&self.bytes);
        for image in &mut found {
            // One that was cut off ends with the value that it is in.
            let around = values.iter().find(|value| value.contains(&image.start));
            image.end = around.map_or(image.end, |value| image.end.min(value.end));
        }
        let lengths = found.iter().map(Range::len).collect();
        let is_there = edited && !found.is_empty();
        let previews = if edited {
            self.fill(found.clone(), false);
            Previews { gone: lengths, kept: Vec::new() }
        } else {
            Previews { gone: Vec::new(), kept: lengths }
        };
        for notes in self.at(&[EXIF_IFD]).into_iter().filter(|entry| entry.tag == MAKER_NOTE) {
            notes::forget(&mut self.bytes, notes.value, &previews);
        }
        if is_there {
            self.cut_the_end(found);
        }
        is_there
    }

    /// The strips, tiles and JPEGs that entries of a directory point at.
    pub(super) fn pointed_at(&self, entries: &[Entry]) -> Vec<Range<usize>> {
        const DATA: [(u16, u16); 3] = [(0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202)];
        let of = |tag: u16| {
            let entry = entries.iter().find(|entry| entry.tag == tag);
            entry.map(|entry| self.numbers(entry)).unwrap_or_default()
        };
        let ranges = |(places, lengths): (u16, u16)| {
            let pairs = of(places).into_iter().zip(of(lengths));
            pairs.map(|(at, length)| at as usize..(at as usize).saturating_add(length as usize))
        };
        DATA.into_iter().flat_map(ranges).collect()
    }

    /// Bytes that stay, in order: directories and, as `with_values` says, what their entries hold.
    fn used(&self, with_values: bool) -> Vec<Range<usize>> {
        let mut used = Vec::from([HEADER]);
        for at in &self.kept {
            let entries = self.entries(*at);
            let count = usize::from(self.tiff.u16(&self.bytes, *at).unwrap_or(0));
            let end = *at + 2 + ENTRY * count + 4;
            used.push(*at..end.min(self.bytes.len()));
            if with_values {
                used.extend(entries.into_iter().map(|entry| entry.value));
            }
        }
        used.sort_by_key(|range| range.start);
        used
    }

    /// Overwrites bytes with noughts, but for the directories that stay and, as `spare_values` says, what
    /// their entries hold.
    pub(super) fn fill(&mut self, mut ranges: Vec<Range<usize>>, spare_values: bool) {
        ranges.sort_by_key(|range| range.start);
        let mut used = self.used(spare_values).into_iter().peekable();
        let mut done = 0;
        for range in ranges {
            let end = range.end.min(self.bytes.len());
            done = done.max(range.start);
            while done < end {
                // What ends before here spares nothing any more.
                while used.next_if(|used| used.end <= done).is_some() {}
                let spared = used.peek().filter(|used| used.start < end).cloned().unwrap_or(end..end);
                self.fill_whole(done..spared.start.max(done));
                done = spared.end;
            }
        }
    }

    pub(super) fn fill_whole(&mut self, range: Range<usize>) {
        if let Some(place) = self.bytes.get_mut(range) {
            place.fill(0);
        }
    }

    /// Cuts off the end of the block as far as it was overwritten, and nothing uses it.
    fn cut_the_end(&mut self, mut blank: Vec<Range<usize>>) {
        /// Between two things that stand side by side.
        const PADDING: usize = 1;
        blank.sort_by_key(|range| range.end);
        let mut end = self.bytes.len();
        for range in blank.into_iter().rev() {
            if range.end + PADDING >= end {
                end = end.min(range.start);
            }
        }
        let used = self.used(true).iter().map(|range| range.end).max().unwrap_or(0);
        self.bytes.truncate(used.max(end));
    }
}
