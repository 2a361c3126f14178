//! Huffman codes and the bits that they are made of, as a JPEG has them. ITU-T T.81: annex C and F.2.2.3 for
//! the codes, F.2.2.5 for the bits. No state.

use super::fault::Fault;
use super::markers::{self, RST0, RST7};
use super::restarts::MendedData;

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
        Self { data: mended.data(), mended, at: 0, byte: 0, left: 0 }
    }

    /// The next bit.
    pub(super) fn next(&mut self) -> Result<u32, Fault> {
        if self.left == 0 {
            (self.byte, self.at) = self.byte()?;
            self.left = 8;
        }
        self.left -= 1;
        Ok(u32::from(self.byte >> self.left & 1))
    }

    /// The next byte, and where the one behind it stands.
    fn byte(&self) -> Result<(u8, usize), Fault> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let fill = rest.iter().take_while(|byte| **byte == 0xFF).count();
        // A nought behind it says that 0xFF is data; as libjpeg does, any number of them counts as one.
        match (fill, rest.get(fill)) {
            (0, Some(byte)) => Ok((*byte, self.at + 1)),
            (1.., Some(0)) => Ok((0xFF, self.at + fill + 1)),
            (1.., Some(_)) => Err(Fault::Missing),
            (_, None) => Err(Fault::Ended),
        }
    }

    /// The next so many bits as a number.
    pub(super) fn number(&mut self, count: u8) -> Result<u32, Fault> {
        (0..count).try_fold(0, |number, _| Ok(number << 1 | self.next()?))
    }

    /// Goes on behind the next marker, which must be one for a restart; its number should be this. Bytes in
    /// front of it that are 0 or 0xFF, with which some cameras fill up, are no data.
    pub(super) fn restart(&mut self, number: u8) -> Result<(), Fault> {
        let marker = markers::next(self.data, self.at).ok_or(Fault::Ended)?;
        let filler = self.data.get(self.at..marker.after - 2).unwrap_or_default();
        if !matches!(marker.code, RST0..=RST7) || filler.iter().any(|byte| !matches!(byte, 0 | 0xFF)) {
            return Err(Fault::Restart);
        }
        self.mended.marker((self.at, marker.after), marker.skipped, marker.code - RST0, number)?;
        (self.at, self.byte, self.left) = (marker.after, 0, 0);
        Ok(())
    }

    /// The same bits once more, from here on.
    pub(super) fn ahead(&self) -> Self {
        Self { mended: MendedData::new(self.data), ..*self }
    }

    /// The bytes behind this one, up to the next marker.
    pub(super) fn rest(&self) -> &'a [u8] {
        let end = markers::next(self.data, self.at).map_or(self.data.len(), |marker| marker.after - 2);
        self.data.get(self.at..end).unwrap_or_default()
    }

    /// Whether nothing is left up to the next marker but what fills up the last byte.
    pub(super) fn are_over(&self) -> bool {
        let ones = (1u8 << self.left) - 1;
        let is_filled_up = self.byte & ones == ones || self.byte & ones == 0;
        is_filled_up && self.byte().is_err()
    }

    /// Goes on behind the next marker, if that is one for a restart; says whether.
    pub(super) fn skip_restart(&mut self) -> bool {
        let marker = markers::next(self.data, self.at);
        let Some(marker) = marker.filter(|marker| matches!(marker.code, RST0..=RST7)) else { return false };
        (self.at, self.byte, self.left) = (marker.after, 0, 0);
        true
    }

    /// The data as they should be.
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
