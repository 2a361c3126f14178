//! The pages of a TIFF file, with places of four bytes (TIFF 6.0) or of eight (BigTIFF): what the directory
//! of each says, in either byte order. What describes a page can be had as a classic structure of its own,
//! which everything else here reads. No state.

use std::borrow::Cow;
use std::collections::HashSet;

use super::fields::number_in;
use super::structure::width;

/// The longest value that describes a photo.
const MAX_VALUE: usize = 16 << 20;
/// Entries of a directory; real ones have some dozens, and libtiff reads no more either.
const MAX_ENTRIES: usize = 4096;
/// Entries of all pages together, which may lie over each other in the file.
const MAX_ENTRIES_OF_PAGES: usize = 100_000;
/// Pages that are looked at.
const MAX_PAGES: usize = 1000;
/// Tags of TIFF 6.0 and EXIF that lead to the directories of the exposure and of the place.
const DIRECTORIES: [u16; 2] = [super::EXIF_IFD, super::GPS_IFD];

/// How numbers and places stand in a file.
#[derive(Debug, Clone, Copy, PartialEq)]
struct TiffForm {
    little_endian: bool,
    /// Whether places have eight bytes.
    big: bool,
}

/// What the directory of a page says.
#[derive(Debug, Clone)]
pub(crate) struct Page<'a> {
    file: &'a [u8],
    form: TiffForm,
    entries: Vec<PageEntry<'a>>,
    /// Whether the file's own first directory is this one.
    is_first: bool,
    /// The page that this one stands beneath, by its place among all.
    pub(crate) beneath: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
struct PageEntry<'a> {
    tag: u16,
    kind: u16,
    count: u64,
    /// Empty if it is not within the file.
    value: &'a [u8],
}

/// The numbers of a tag, read as they are asked for: a header can promise more than there is memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageNumbers<'a> {
    form: TiffForm,
    width: usize,
    value: &'a [u8],
}

impl PageNumbers<'_> {
    pub(crate) fn len(&self) -> usize {
        self.value.len() / self.width
    }

    pub(crate) fn get(&self, index: usize) -> Option<u64> {
        let at = index.checked_mul(self.width)?;
        self.form.number(self.value, at, self.width)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        (0..self.len()).map_while(|index| self.get(index))
    }
}

/// Why a file has no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPage {
    /// Its first directory is not within the file.
    Cut,
    /// That has so many entries.
    TooLong(usize),
}

/// The pages of a file, the first at the least, as far as their directories are whole. Behind each come those
/// beneath it (Adobe's technical note 1 on TIFF 6.0), which may have some beneath them, too.
pub(crate) fn pages(file: &[u8]) -> Result<Vec<Page<'_>>, NoPage> {
    const SUB_IFDS: u16 = 0x014A;
    let (form, first) = start(file).ok_or(NoPage::Cut)?;
    let (mut pages, mut seen, mut budget) = (Vec::new(), HashSet::new(), MAX_ENTRIES_OF_PAGES);
    // Those to come, the next at the end.
    let mut waiting = vec![(first, None)];
    while let Some((at, beneath)) = waiting.pop() {
        if at == 0 || pages.len() == MAX_PAGES || !seen.insert(at) {
            continue;
        }
        let (entries, next) = match form.directory(file, at) {
            Ok(found) => found,
            Err(reason) if pages.is_empty() => return Err(reason),
            Err(_) => continue,
        };
        let Some(left) = budget.checked_sub(entries.len()) else { break };
        budget = left;
        let page = Page { file, form, entries, is_first: pages.is_empty(), beneath };
        waiting.extend(next.map(|next| (next, beneath)));
        let room = MAX_PAGES.saturating_sub(waiting.len());
        let children: Vec<u64> = page.numbers(SUB_IFDS).iter().take(room).collect();
        waiting.extend(children.into_iter().rev().map(|child| (child, Some(pages.len()))));
        pages.push(page);
    }
    if pages.is_empty() { Err(NoPage::Cut) } else { Ok(pages) }
}

/// Byte order and width of the places of a file, and where its first directory stands.
fn start(file: &[u8]) -> Option<(TiffForm, u64)> {
    let (little_endian, big) = match file.get(..4)? {
        b"II*\0" => (true, false),
        b"MM\0*" => (false, false),
        b"II+\0" => (true, true),
        b"MM\0+" => (false, true),
        _ => return None,
    };
    let form = TiffForm { little_endian, big };
    let first = form.number(file, if big { 8 } else { 4 }, form.place_width())?;
    Some((form, first))
}

impl<'a> Page<'a> {
    pub(crate) fn little_endian(&self) -> bool {
        self.form.little_endian
    }

    pub(crate) fn has(&self, tag: u16) -> bool {
        self.entries.iter().any(|entry| entry.tag == tag)
    }

    /// The bytes of a tag, whatever the numbers are that they are said to be.
    pub(crate) fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        let entry = self.entries.iter().find(|entry| entry.tag == tag)?;
        (!entry.value.is_empty()).then_some(entry.value)
    }

    /// The whole numbers of a tag; none where there is no such tag, or where they are not within the file.
    pub(crate) fn numbers(&self, tag: u16) -> PageNumbers<'a> {
        let entry = self.entries.iter().find(|entry| entry.tag == tag);
        let width = match entry.map(|entry| entry.kind) {
            Some(3 | 8) => 2,
            Some(4 | 9 | 13) => 4,
            Some(16..=18) => 8,
            Some(_) | None => 1,
        };
        PageNumbers { form: self.form, width, value: entry.map_or(&[], |entry| entry.value) }
    }

    /// The first number of a tag, which may be a text.
    pub(crate) fn number(&self, tag: u16) -> Option<u64> {
        const ASCII: u16 = 2;
        match self.entries.iter().find(|entry| entry.tag == tag) {
            Some(entry) if entry.kind == ASCII => number_in(entry.value).map(u64::from),
            Some(_) | None => self.numbers(tag).get(0),
        }
    }

    /// The fractions of a tag.
    pub(crate) fn fractions(&self, tag: u16) -> Vec<f32> {
        let entry = self.entries.iter().find(|entry| entry.tag == tag && entry.kind == 5);
        let pairs = entry.map_or(&[][..], |entry| entry.value).chunks_exact(8);
        let part = |pair, at| self.form.number(pair, at, 4).unwrap_or(0) as f32;
        pairs.map(|pair| part(pair, 0) / part(pair, 4)).collect()
    }

    /// Whether the file ends before something that the directory speaks of.
    pub(crate) fn lacks_values(&self) -> bool {
        self.entries.iter().any(|entry| entry.count > 0 && entry.value.is_empty())
    }

    /// What this page says of the photo, and what another says of it that this one does not: programs
    /// describe it in the first directory, which may be that of a small version. Not for how pixels are
    /// stored.
    pub(crate) fn described_with(&self, other: &Page<'a>) -> Page<'a> {
        /// Across, down, and their unit.
        const DENSITY: [u16; 3] = [0x011A, 0x011B, 0x0128];
        let has_density = DENSITY.iter().any(|tag| self.has(*tag));
        let is_new = |entry: &&PageEntry<'_>| {
            let is_said = self.has(entry.tag) || has_density && DENSITY.contains(&entry.tag);
            !is_said && !entry.value.is_empty()
        };
        let mut entries = self.entries.clone();
        entries.extend(other.entries.iter().filter(is_new));
        Page { file: self.file, form: self.form, entries, is_first: false, beneath: self.beneath }
    }

    /// A classic structure whose first directory is this one: the file as it is if that holds, else one that
    /// has what the directories of the page say, and no pixels.
    pub(crate) fn structure(&self) -> Cow<'a, [u8]> {
        if self.is_first && !self.form.big {
            return Cow::Borrowed(self.file);
        }
        let mut block = if self.form.little_endian { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        block.extend([0; 4]);
        let mut own = self.entries.clone();
        own.retain(|entry| !DIRECTORIES.contains(&entry.tag));
        let children: Vec<(u16, u32)> = DIRECTORIES
            .into_iter()
            .filter_map(|tag| {
                let (entries, _) = self.form.directory(self.file, self.number(tag)?).ok()?;
                Some((tag, self.append(&mut block, &entries, &[])))
            })
            .collect();
        let first = self.append(&mut block, &own, &children);
        block.splice(4..8, self.form.four(first));
        Cow::Owned(block)
    }

    /// Appends a directory with its values; returns where it stands.
    fn append(&self, block: &mut Vec<u8>, entries: &[PageEntry<'_>], children: &[(u16, u32)]) -> u32 {
        const LONG: u16 = 4;
        let form = self.form;
        let record = |tag, kind, count: u32, value: [u8; 4]| {
            (tag, [&form.two(tag)[..], &form.two(kind), &form.four(count), &value].concat())
        };
        let mut records: Vec<(u16, Vec<u8>)> =
            children.iter().map(|(tag, at)| record(*tag, LONG, 1, form.four(*at))).collect();
        for entry in entries {
            // Numbers of eight bytes say where pixels are, which nobody asks. Values that are longer together
            // than the file overlap.
            let fits = entry.value.len() <= MAX_VALUE && block.len() + entry.value.len() <= self.file.len();
            if entry.value.is_empty() || entry.kind >= 16 || !fits {
                continue;
            }
            let mut short = [0; 4];
            if let Some(place) = short.get_mut(..entry.value.len()) {
                place.copy_from_slice(entry.value);
            } else {
                block.resize(block.len().next_multiple_of(2), 0);
                short = form.four(block.len() as u32);
                block.extend(entry.value);
            }
            records.push(record(entry.tag, entry.kind, entry.count as u32, short));
        }
        records.sort_by_key(|(tag, _)| *tag);
        block.resize(block.len().next_multiple_of(2), 0);
        let at = block.len() as u32;
        block.extend(form.two(records.len() as u16));
        block.extend(records.into_iter().flat_map(|(_, record)| record));
        block.extend([0; 4]);
        at
    }
}

impl TiffForm {
    fn place_width(self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// The whole number of so many bytes, at most eight, at this place.
    fn number(self, bytes: &[u8], at: usize, width: usize) -> Option<u64> {
        let bytes = bytes.get(at..at.checked_add(width)?)?;
        let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.little_endian { bytes.iter().rev().fold(0, push) } else { bytes.iter().fold(0, push) })
    }

    fn two(self, value: u16) -> [u8; 2] {
        if self.little_endian { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn four(self, value: u32) -> [u8; 4] {
        if self.little_endian { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    /// The entries of the directory at this place, if all of them are within the file, and where the next
    /// directory is.
    fn directory(self, file: &[u8], at: u64) -> Result<(Vec<PageEntry<'_>>, Option<u64>), NoPage> {
        let (head, entry) = if self.big { (8, 20) } else { (2, 12) };
        let place = || {
            let at = usize::try_from(at).ok()?;
            let count = usize::try_from(self.number(file, at, head)?).ok()?;
            let first = at.checked_add(head)?;
            let end = first.checked_add(count.checked_mul(entry)?)?;
            (end <= file.len()).then_some((count, first, end))
        };
        let (count, first, end) = place().ok_or(NoPage::Cut)?;
        if count > MAX_ENTRIES {
            return Err(NoPage::TooLong(count));
        }
        let entries = (0..count).filter_map(|index| self.entry(file, first + entry * index)).collect();
        Ok((entries, self.number(file, end, self.place_width())))
    }

    /// The entry at this place; `None` if its values are of no type that is known.
    fn entry(self, file: &[u8], at: usize) -> Option<PageEntry<'_>> {
        let place = self.place_width();
        let (tag, kind) = (self.number(file, at, 2)? as u16, self.number(file, at + 2, 2)? as u16);
        let count = self.number(file, at + 4, place)?;
        let width = width(kind)?;
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(width));
        let value = length.and_then(|length| {
            let own = at + 4 + place;
            let far = || usize::try_from(self.number(file, own, place)?).ok();
            let start = if length <= place { own } else { far()? };
            file.get(start..start.checked_add(length)?)
        });
        Some(PageEntry { tag, kind, count, value: value.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests;
