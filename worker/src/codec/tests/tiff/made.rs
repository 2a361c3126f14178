//! TIFF files that are put together from what their directories say.

/// TagValues of a tag.
#[derive(Clone)]
pub(super) enum TagValues {
    Shorts(Vec<u16>),
    Longs(Vec<u32>),
    Bytes(Vec<u8>),
    Fractions(Vec<(u32, u32)>),
    /// One number of so many bytes, of this type.
    One(u16, usize, u32),
}

use TagValues::{Bytes, Fractions, Longs, One, Shorts};

/// A file that is put together from what its directory says and from its strips or tiles.
#[derive(Clone)]
pub(super) struct MadeTiff {
    pub(super) tags: Vec<(u16, TagValues)>,
    pub(super) chunks: Vec<Vec<u8>>,
    pub(super) little_endian: bool,
    pub(super) big: bool,
    pub(super) pixels_first: bool,
}

impl MadeTiff {
    /// A page of these samples of so many bits, in one strip for each chunk.
    pub(super) fn new(size: (u32, u32), bits: &[u16], photometric: u16, chunks: Vec<Vec<u8>>) -> Self {
        let rows = size.1.div_ceil(chunks.len() as u32);
        let tags = vec![
            (256, Longs(vec![size.0])),
            (257, Longs(vec![size.1])),
            (258, Shorts(bits.to_vec())),
            (259, Shorts(vec![1])),
            (262, Shorts(vec![photometric])),
            (277, Shorts(vec![bits.len() as u16])),
            (278, Longs(vec![rows])),
        ];
        MadeTiff { tags, chunks, little_endian: true, big: false, pixels_first: true }
    }

    /// With another value for a tag, or one more.
    pub(super) fn with(mut self, tag: u16, values: TagValues) -> Self {
        self.tags.retain(|(other, _)| *other != tag);
        self.tags.push((tag, values));
        self
    }

    pub(super) fn without(mut self, tag: u16) -> Self {
        self.tags.retain(|(other, _)| *other != tag);
        self
    }

    fn number(&self, value: u64, width: usize) -> Vec<u8> {
        let bytes = value.to_le_bytes()[..width].to_vec();
        if self.little_endian { bytes } else { bytes.into_iter().rev().collect() }
    }

    fn values(&self, values: &TagValues) -> (u16, usize, Vec<u8>) {
        match values {
            Bytes(bytes) => (7, bytes.len(), bytes.clone()),
            One(kind, width, number) => (*kind, 1, self.number((*number).into(), *width)),
            Shorts(numbers) => {
                (3, numbers.len(), numbers.iter().flat_map(|n| self.number((*n).into(), 2)).collect())
            }
            Longs(numbers) => {
                (4, numbers.len(), numbers.iter().flat_map(|n| self.number((*n).into(), 4)).collect())
            }
            Fractions(pairs) => {
                let numbers = pairs.iter().flat_map(|pair| [pair.0, pair.1]);
                (5, pairs.len(), numbers.flat_map(|n| self.number(n.into(), 4)).collect())
            }
        }
    }

    fn head(&self) -> Vec<u8> {
        let place = if self.big { 8 } else { 4 };
        let mut file = if self.little_endian { b"II".to_vec() } else { b"MM".to_vec() };
        file.extend(self.number(if self.big { 43 } else { 42 }, 2));
        if self.big {
            file.extend([self.number(8, 2), self.number(0, 2)].concat());
        }
        file.extend(self.number(0, place));
        file
    }

    /// Appends the page, with its pixels in front of its directory or behind it; `link` is where its place is
    /// written. Returns where the place of the next page goes.
    fn append(&self, file: &mut Vec<u8>, link: usize) -> usize {
        let place = self.place();
        let starts = |from: usize| {
            let start = |end: &mut usize, chunk: &Vec<u8>| {
                *end += chunk.len();
                Some((*end - chunk.len()) as u32)
            };
            self.chunks.iter().scan(from, start).collect::<Vec<u32>>()
        };
        let mut directory = file.len();
        if self.pixels_first {
            let offsets = starts(file.len());
            file.extend(self.chunks.concat());
            directory = file.len();
            file.extend(self.directory(directory, offsets));
        } else {
            // Its length does not depend on what the offsets are.
            let length = self.directory(directory, starts(0)).len();
            file.extend(self.directory(directory, starts(directory + length)));
            file.extend(self.chunks.concat());
        }
        file.splice(link..link + place, self.number(directory as u64, place));
        let (head, entry) = if self.big { (8, 20) } else { (2, 12) };
        directory + head + self.all_tags(Vec::new()).len() * entry
    }

    fn place(&self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// The tags in their order, with where the chunks are, unless something else is said.
    fn all_tags(&self, offsets: Vec<u32>) -> Vec<(u16, TagValues)> {
        let lengths = self.chunks.iter().map(|chunk| chunk.len() as u32).collect();
        let is_there = |tag| self.tags.iter().any(|(other, _)| *other == tag);
        let (first, second) = if is_there(322) { (324, 325) } else { (273, 279) };
        let mut tags = self.tags.clone();
        tags.extend((!is_there(first)).then_some((first, Longs(offsets))));
        tags.extend((!is_there(second)).then_some((second, Longs(lengths))));
        tags.sort_by_key(|(tag, _)| *tag);
        tags
    }

    /// The directory for this place in the file, and its values.
    fn directory(&self, at: usize, offsets: Vec<u32>) -> Vec<u8> {
        let place = self.place();
        let tags = self.all_tags(offsets);
        let mut bytes = self.number(tags.len() as u64, if self.big { 8 } else { 2 });
        let mut far = at + bytes.len() + tags.len() * (4 + 2 * place) + place;
        let mut values = Vec::new();
        for (tag, of_tag) in &tags {
            let (kind, count, mut value) = self.values(of_tag);
            bytes.extend([self.number((*tag).into(), 2), self.number(kind.into(), 2)].concat());
            bytes.extend(self.number(count as u64, place));
            if value.len() <= place {
                value.resize(place, 0);
                bytes.extend(value);
            } else {
                bytes.extend(self.number(far as u64, place));
                far += value.len();
                values.extend(value);
            }
        }
        bytes.extend(vec![0; place]);
        bytes.extend(values);
        bytes
    }

    /// The file.
    pub(super) fn file(&self) -> Vec<u8> {
        pages(std::slice::from_ref(self))
    }
}

/// A file of these pages.
pub(super) fn pages(pages: &[MadeTiff]) -> Vec<u8> {
    let mut file = pages[0].head();
    let mut link = if pages[0].big { 8 } else { 4 };
    for page in pages {
        link = page.append(&mut file, link);
    }
    file
}

/// A file of one page, with others beneath it.
pub(super) fn with_beneath(page: &MadeTiff, beneath: &[MadeTiff]) -> Vec<u8> {
    const LINK: usize = 4;
    const SUB_IFDS: u16 = 330;
    let mut file = page.head();
    let place = |other: &MadeTiff| {
        other.append(&mut file, LINK);
        u32::from_le_bytes(file[LINK..LINK + 4].try_into().unwrap())
    };
    let places = beneath.iter().map(place).collect();
    page.clone().with(SUB_IFDS, Longs(places)).append(&mut file, LINK);
    file
}
