//! TIFF files that are put together from what their directories say.

/// Values of a tag.
#[derive(Clone)]
pub(super) enum Values {
    Shorts(Vec<u16>),
    Longs(Vec<u32>),
    Bytes(Vec<u8>),
    Fractions(Vec<(u32, u32)>),
}

use Values::{Bytes, Fractions, Longs, Shorts};

/// A file that is put together from what its directory says and from its strips or tiles.
#[derive(Clone)]
pub(super) struct MadeTiff {
    pub(super) tags: Vec<(u16, Values)>,
    pub(super) chunks: Vec<Vec<u8>>,
    pub(super) little_endian: bool,
    pub(super) big: bool,
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
        MadeTiff { tags, chunks, little_endian: true, big: false }
    }

    /// With another value for a tag, or one more.
    pub(super) fn with(mut self, tag: u16, values: Values) -> Self {
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

    fn values(&self, values: &Values) -> (u16, usize, Vec<u8>) {
        match values {
            Bytes(bytes) => (7, bytes.len(), bytes.clone()),
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

    /// Appends the page; `link` is where its place is written.
    fn append(&self, file: &mut Vec<u8>, link: usize) -> usize {
        let place = if self.big { 8 } else { 4 };
        let mut made = self.clone();
        let mut offsets = Vec::new();
        for chunk in &self.chunks {
            offsets.push(file.len() as u32);
            file.extend(chunk);
        }
        let lengths = self.chunks.iter().map(|chunk| chunk.len() as u32).collect();
        let tiled = self.tags.iter().any(|(tag, _)| *tag == 322);
        for (tag, values) in
            [(if tiled { 324 } else { 273 }, offsets), (if tiled { 325 } else { 279 }, lengths)]
        {
            if !self.tags.iter().any(|(other, _)| *other == tag) {
                made = made.with(tag, Longs(values));
            }
        }
        made.tags.sort_by_key(|(tag, _)| *tag);
        let entry = 4 + 2 * place;
        let head = if self.big { 8 } else { 2 };
        let directory = file.len() as u64;
        file.splice(link..link + place, self.number(directory, place));
        let mut far = directory as usize + head + made.tags.len() * entry + place;
        let mut values = Vec::new();
        file.extend(self.number(made.tags.len() as u64, head));
        for (tag, of_tag) in &made.tags {
            let (kind, count, mut bytes) = self.values(of_tag);
            file.extend([self.number((*tag).into(), 2), self.number(kind.into(), 2)].concat());
            file.extend(self.number(count as u64, place));
            if bytes.len() <= place {
                bytes.resize(place, 0);
                file.extend(bytes);
            } else {
                file.extend(self.number(far as u64, place));
                far += bytes.len();
                values.extend(bytes);
            }
        }
        let next = file.len();
        file.extend(vec![0; place]);
        file.extend(values);
        next
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
