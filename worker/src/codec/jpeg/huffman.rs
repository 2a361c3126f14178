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
    /// front of it that are 0 or 0xFF, with which some cameras fill up, are no data. Where it is missing, or
    /// another marker stands there, the interval behind it must still be whole: `fits` says whether it is.
    pub(super) fn restart(&mut self, number: u8, fits: impl Fn(&mut Bits<'_>) -> bool) -> Result<(), Fault> {
        let marker = markers::next(self.data, self.at);
        let end = marker.map_or(self.data.len(), |marker| marker.after - 2);
        let filler = self.data.get(self.at..end).unwrap_or_default();
        if let Some(marker) = marker.filter(|marker| matches!(marker.code, RST0..=RST7))
            && filler.iter().all(|byte| matches!(byte, 0 | 0xFF))
        {
            self.mended.marker((self.at, marker.after), marker.skipped, marker.code - RST0, number)?;
            (self.at, self.byte, self.left) = (marker.after, 0, 0);
            return Ok(());
        }
        let at = marker.filter(|_| filler.is_empty()).map_or(self.at, |marker| marker.after);
        if !self.is_filled_up() || !fits(&mut Self { at, byte: 0, left: 0, ..self.ahead() }) {
            return Err(if marker.is_some() { Fault::Restart } else { Fault::Ended });
        }
        self.mended.missing_marker((self.at, at), number)?;
        (self.at, self.byte, self.left) = (at, 0, 0);
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
        self.is_filled_up() && self.byte().is_err()
    }

    /// Whether what is left of the last byte is what fills it up.
    fn is_filled_up(&self) -> bool {
        let ones = (1u8 << self.left) - 1;
        self.byte & ones == ones || self.byte & ones == 0
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
        let restart = |bits: &mut Bits<'_>, number| bits.restart(number, |_| false);
        restart(&mut bits, 3).unwrap();
        assert_eq!(restart(&mut bits, 4), Err(Fault::Restart));
        assert_eq!(bits.number(8).unwrap(), 1);
        assert_eq!(restart(&mut bits, 4), Err(Fault::Restart));
    }

    #[test]
    fn a_marker_may_be_missing_where_the_bits_behind_it_are_whole() {
        let is_4 = |bits: &mut Bits<'_>| bits.number(8) == Ok(4) && bits.are_over();
        for (data, expected) in
            [(&b"\x0F\x04\xFF\xD9"[..], &b"\x0F\xFF\xD3\x04"[..]), (b"\x0F\xFF\xC3\x04", b"\x0F\xFF\xD3\x04")]
        {
            let mut bits = Bits::new(MendedData::new(data));
            bits.number(4).unwrap();
            bits.restart(3, is_4).unwrap();
            assert_eq!(bits.number(8), Ok(4));
            let (end, mut copy) = (bits.end(), Vec::new());
            bits.into_mended().append_to(&mut copy, end);
            assert_eq!(copy, expected);
        }
        for (data, fault) in [
            (&b"\x0F\x05\xFF\xD9"[..], Fault::Restart),
            (b"\x0F\x01\x04\xFF\xD9", Fault::Restart),
            (b"\x0E\x04\xFF\xD9", Fault::Restart),
            (b"\x0F\x05", Fault::Ended),
        ] {
            let mut bits = Bits::new(MendedData::new(data));
            bits.number(4).unwrap();
            assert_eq!(bits.restart(3, is_4), Err(fault), "{data:02X?}");
        }
    }
}
