//! Overwriting what shows the photo as it was, wherever in the block it stands, and nothing else. No state.

use std::collections::HashSet;
use std::ops::Range;

use super::super::notes::{self, Previews};
use super::super::structure::ENTRY;
use super::super::{EXIF_IFD, GPS_IFD, INTEROP_IFD, MAKER_NOTE};
use super::{ExifBlock, ExifEntry, HEADER};
use crate::metadata::pictures;

/// Directories that may follow the first one; each describes a small version of the photo.
const MAX_FOLLOWERS: usize = 16;
/// Leads to directories that describe small versions as well.
const SUB_IFDS: u16 = 0x014A;

/// Where in a block there were pictures which are there no more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::metadata::exif) struct PicturesGone {
    /// In the notes of the camera's maker, or where only these say what is there.
    pub(in crate::metadata::exif) from_notes: bool,
    /// In other fields, which went with them.
    pub(in crate::metadata::exif) from_fields: bool,
}

/// Whether a place lies in one of these ranges, which are in order and do not overlap.
fn is_within(ranges: &[Range<usize>], place: usize) -> bool {
    let next = ranges.partition_point(|range| range.end <= place);
    ranges.get(next).is_some_and(|range| range.contains(&place))
}

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

    /// Takes all pictures out of the block if the photo was `edited`, and out of the maker's notes what
    /// speaks of previews that are not there; returns where pictures were taken out.
    pub(in crate::metadata::exif) fn drop_pictures(&mut self, edited: bool) -> PicturesGone {
        let found = self.pictures();
        let lengths = found.iter().map(Range::len).collect();
        let (mut gone, mut previews) = (PicturesGone::default(), Previews::default());
        if edited {
            let others = self.drop_fields_with(&found);
            gone = PicturesGone { from_notes: others > 0, from_fields: others < found.len() };
            self.fill(found.clone(), false);
            previews.gone = lengths;
        } else {
            previews.kept = lengths;
        }
        for notes in self.at(&[EXIF_IFD]).into_iter().filter(|entry| entry.tag == MAKER_NOTE) {
            notes::forget(&mut self.bytes, notes.value, &previews);
        }
        if edited && !found.is_empty() {
            self.cut_the_end(found);
        }
        gone
    }

    /// Where pictures stand: in the values of fields, and between these, where makers have theirs. One that
    /// was cut off ends there with its value, here where the next begins.
    fn pictures(&self) -> Vec<Range<usize>> {
        /// So far from where a value ends may a picture end that ends with it.
        const PADDING: usize = 16;
        let fields: Vec<ExifEntry> = self.kept.iter().flat_map(|at| self.entries(*at)).collect();
        let values = fields.iter().filter(|field| !field.is_inline()).map(|field| field.value.clone());
        // What stands in several of them is looked at once.
        let values = pictures::merged(values.collect());
        // Makers say of some previews that they begin with their notes.
        let others = fields.iter().filter(|field| field.tag != MAKER_NOTE);
        let mut places: Vec<Range<usize>> = others.map(|field| field.value.clone()).collect();
        places.sort_unstable_by_key(|place| place.start);
        let pictures_in = |place: Range<usize>| {
            let found = pictures::find(self.bytes.get(place.clone()).unwrap_or_default()).into_iter();
            found.map(move |picture| place.start + picture.start..place.start + picture.end)
        };
        let between = pictures_in(HEADER.end..self.bytes.len())
            .filter(|picture| !is_within(&values, picture.start))
            .flat_map(|picture| {
                let next = places.partition_point(|place| place.start <= picture.start);
                let Some(next) = places.get(next).filter(|next| next.start < picture.end) else {
                    return vec![picture];
                };
                // One that ends together with a value goes on in it: what leads there leads into its middle.
                let goes_on = next.end.abs_diff(picture.end) <= PADDING;
                let rest = goes_on.then_some(next.start..picture.end.min(next.end));
                [Some(picture.start..next.start), rest].into_iter().flatten().collect()
            });
        let within = values.iter().flat_map(|value| pictures_in(value.clone()));
        let mut found: Vec<Range<usize>> = within.chain(between).collect();
        found.sort_by_key(|picture| picture.start);
        found
    }

    /// Takes out the fields whose values have pictures in them, which are in order, notes of makers
    /// only where they begin with one; returns how many pictures are somewhere else.
    fn drop_fields_with(&mut self, found: &[Range<usize>]) -> usize {
        let mut values: Vec<Range<usize>> = Vec::new();
        for path in [&[][..], &[EXIF_IFD], &[GPS_IFD], &[EXIF_IFD, INTEROP_IFD]] {
            let holds = |field: &ExifEntry| {
                let value = &field.value;
                let next = found.partition_point(|picture| picture.start < value.start);
                let is_in = |picture: &Range<usize>| match field.tag {
                    MAKER_NOTE => value.start == picture.start,
                    _ => value.contains(&picture.start),
                };
                !field.is_inline() && found.get(next).is_some_and(is_in)
            };
            let fields: Vec<ExifEntry> = self.at(path).into_iter().filter(holds).collect();
            self.remove(path, &fields.iter().map(|field| field.tag).collect::<Vec<u16>>());
            values.extend(fields.into_iter().map(|field| field.value));
        }
        let values = pictures::merged(values);
        found.iter().filter(|picture| !is_within(&values, picture.start)).count()
    }

    /// What entries of a directory point at: strips, tiles and JPEGs, and directories of small versions with
    /// theirs.
    pub(super) fn pointed_at(&self, entries: &[ExifEntry]) -> Vec<Range<usize>> {
        let mut ranges = self.data_of(entries);
        let children = entries.iter().filter(|entry| entry.tag == SUB_IFDS);
        for at in children.flat_map(|entry| self.numbers(entry)).take(MAX_FOLLOWERS) {
            let child = self.entries(at as usize);
            ranges.extend(self.data_of(&child));
            ranges.extend(child.iter().map(|entry| entry.value.clone()));
            ranges.extend(child.iter().map(|entry| entry.at..entry.at + ENTRY));
        }
        ranges
    }

    /// The strips, tiles and JPEGs that entries of a directory point at.
    fn data_of(&self, entries: &[ExifEntry]) -> Vec<Range<usize>> {
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

    /// Overwrites bytes with zeros, but for the directories that stay and, as `spare_values` says, what
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
