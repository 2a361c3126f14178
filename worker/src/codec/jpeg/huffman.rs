//! Huffman codes and the bits that they are made of, as a JPEG has them. ITU-T T.81: annex C and F.2.2.3 for
//! the codes, F.2.2.5 for the bits. No state.

use super::markers::{self, RST0, RST7};

/// Why a scan is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes end before the units do.
    Ended,
    /// A marker comes before all units have.
    Missing,
    /// Bits that are no code, or a code that cannot stand there.
    BadCode,
    /// A restart marker is not where it must be, or not the one whose turn it is.
    Restart,
    /// Not understood: nothing can be said.
    Unknown,
    /// No memory to find out.
    NoMemory,
}

/// The longest code in bits.
const LONGEST: usize = 16;

/// A table of codes.
#[derive(Debug, Clone)]
pub(super) struct Codes {
    /// How many codes have so many bits, less one.
    counts: [u8; LONGEST],
    /// What they mean, the shortest first.
    meanings: Vec<u8>,
}

impl Codes {
    /// Takes a table from the front of a segment; `None` if it is broken.
    pub(super) fn read(content: &[u8]) -> Option<(Self, &[u8])> {
        let (counts, rest) = content.split_first_chunk::<LONGEST>()?;
        let total = counts.iter().map(|count| usize::from(*count)).sum();
        let (meanings, rest) = rest.split_at_checked(total)?;
        Some((Self { counts: *counts, meanings: meanings.to_vec() }, rest))
    }

    /// What the next code means.
    pub(super) fn next(&self, bits: &mut Bits<'_>) -> Result<u8, Fault> {
        // Codes of one length are numbers in a row, and go on at double the next number with one bit more.
        let (mut code, mut first, mut before) = (0, 0, 0);
        for count in self.counts {
            code = code << 1 | bits.next()?;
            if code < first + u32::from(count) {
                let meaning = code.checked_sub(first).and_then(|at| self.meanings.get(before + at as usize));
                return meaning.copied().ok_or(Fault::BadCode);
            }
            first = (first + u32::from(count)) << 1;
            before += usize::from(count);
        }
        Err(Fault::BadCode)
    }
}

/// The data of a scan, with what is to be another at restart markers.
#[derive(Debug)]
pub(super) struct MendedData<'a> {
    data: &'a [u8],
    /// What takes the place of the first `replaced` bytes.
    copy: Vec<u8>,
    replaced: usize,
    has_filler: bool,
    has_wrong_number: bool,
}

impl<'a> MendedData<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, copy: Vec::new(), replaced: 0, has_filler: false, has_wrong_number: false }
    }

    /// Replaces what stands between these places by the restart marker of this number.
    fn replace(&mut self, from: usize, to: usize, number: u8) -> Result<(), Fault> {
        let kept = self.data.get(self.replaced..from).unwrap_or_default();
        self.copy.try_reserve(kept.len() + 2).map_err(|_| Fault::NoMemory)?;
        self.copy.extend(kept);
        self.copy.extend([0xFF, RST0 + number]);
        self.replaced = to;
        Ok(())
    }

    /// Appends the data up to this place.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>, end: usize) {
        bytes.extend(&self.copy);
        bytes.extend(self.data.get(self.replaced..end).unwrap_or_default());
    }

    /// What was wrong, as fragments of a sentence.
    pub(super) fn notes(&self) -> impl Iterator<Item = &'static str> + use<> {
        let filler = self.has_filler.then_some("noughts in front of restart markers were skipped");
        let number = self.has_wrong_number.then_some("restart markers with wrong numbers were corrected");
        filler.into_iter().chain(number)
    }
}

/// The bits of a scan, up to the next marker.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    mended: MendedData<'a>,
    /// Where the next byte stands.
    at: usize,
    /// The last byte, and how many of its bits are still to come.
    byte: u8,
    left: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(mended: MendedData<'a>) -> Self {
        Self { data: mended.data, mended, at: 0, byte: 0, left: 0 }
    }

    /// The next bit.
    pub(super) fn next(&mut self) -> Result<u32, Fault> {
        if self.left == 0 {
            let rest = self.data.get(self.at..).unwrap_or_default();
            let fill = rest.iter().take_while(|byte| **byte == 0xFF).count();
            // A nought behind it says that 0xFF is data; as libjpeg does, any number of them counts as one.
            (self.byte, self.at) = match (fill, rest.get(fill)) {
                (0, Some(byte)) => (*byte, self.at + 1),
                (1.., Some(0)) => (0xFF, self.at + fill + 1),
                (1.., Some(_)) => return Err(Fault::Missing),
                (_, None) => return Err(Fault::Ended),
            };
            self.left = 8;
        }
        self.left -= 1;
        Ok(u32::from(self.byte >> self.left & 1))
    }

    /// The next so many bits as a number.
    pub(super) fn number(&mut self, count: u8) -> Result<u32, Fault> {
        (0..count).try_fold(0, |number, _| Ok(number << 1 | self.next()?))
    }

    /// Goes on behind the next marker, which must be one for a restart; its number is to be this. Noughts and
    /// filled bytes in front of it, with which some cameras fill up, are no data.
    pub(super) fn restart(&mut self, number: u8) -> Result<(), Fault> {
        let marker = markers::next(self.data, self.at).ok_or(Fault::Ended)?;
        let filler = self.data.get(self.at..marker.after - 2).unwrap_or_default();
        if !matches!(marker.code, RST0..=RST7) || filler.iter().any(|byte| !matches!(byte, 0 | 0xFF)) {
            return Err(Fault::Restart);
        }
        let has_wrong_number = marker.code != RST0 + number;
        if marker.skipped || has_wrong_number {
            self.mended.has_filler |= marker.skipped;
            self.mended.has_wrong_number |= has_wrong_number;
            self.mended.replace(self.at, marker.after, number)?;
        }
        (self.at, self.byte, self.left) = (marker.after, 0, 0);
        Ok(())
    }

    /// The data, as they are to be.
    pub(super) fn into_mended(self) -> MendedData<'a> {
        self.mended
    }

    /// Where the byte with the last bit ends.
    pub(super) fn end(&self) -> usize {
        self.at
    }

    /// The byte with the last bit. Writers fill it up with ones.
    pub(super) fn last_byte(&self) -> u8 {
        self.byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_were_counted() {
        // 0, 10, 110, 1110: the rest is none.
        let table = [&[1, 1, 1, 1][..], &[0; 12], b"abcd", b"more"].concat();
        let (codes, rest) = Codes::read(&table).unwrap();
        assert_eq!(rest, b"more");
        let mut bits = Bits::new(MendedData::new(&[0b0101_1011, 0b1000_1111, 0, 0]));
        let found: Result<Vec<u8>, Fault> = (0..5).map(|_| codes.next(&mut bits)).collect();
        assert_eq!(found.unwrap(), b"abcda");
        assert_eq!(bits.number(1).unwrap(), 0);
        assert_eq!(codes.next(&mut bits).unwrap_err(), Fault::BadCode);
        assert!(Codes::read(&table[..18]).is_none());
    }

    #[test]
    fn markers_end_the_bits() {
        let mut bits = Bits::new(MendedData::new(b"\xFF\0\x80\xFF\xFF\xD3\x01\xFF\xD9"));
        assert_eq!(bits.number(9).unwrap(), 0x1FF);
        assert_eq!((bits.end(), bits.last_byte()), (3, 0x80));
        assert_eq!(bits.number(8).unwrap_err(), Fault::Missing);
        bits.restart(3).unwrap();
        assert_eq!(bits.restart(4).unwrap_err(), Fault::Restart);
        assert_eq!(bits.number(8).unwrap(), 1);
        assert_eq!(bits.restart(4).unwrap_err(), Fault::Restart);
    }
}
