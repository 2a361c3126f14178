//! Walks through the Huffman codes of a JPEG's scans as a decoder does, but for the pixels: says whether all
//! units are there, and where they end. libjpeg says neither. Only done to files that it dislikes.
//!
//! ITU-T T.81: F.2.2 for sequential scans, G.1.2 and G.2 for progressive ones, H.2 for those without loss.
//! The state is what the segments and scans before have brought; runs on the lane's thread.

use std::ops::Range;

use super::super::buffer;
use super::bands::Band;
use super::fault::Fault;
use super::frame::{Coding, Component, Frame, ScanHeader, ScanPart};
use super::huffman::{Bits, Codes};
use super::restarts::MendedData;
use super::units::{UnitGroup, UnitKind, UnitsOf};

/// Where a scan ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScanEnd {
    /// The first byte behind its data.
    pub(super) at: usize,
    /// Whether the last byte is nought, as what was never written is.
    pub(super) in_zeros: bool,
}

/// So many bytes behind the last unit are padding, whatever they are.
const PADDING: usize = 8;

/// So many bytes may be stray where nearly any bits are units; a stretch of the picture that stands there
/// twice is longer.
const STRAY: usize = 1024;

/// Tables by their number.
#[derive(Debug, Default)]
struct CodeTables([Option<Codes>; 4]);

impl CodeTables {
    fn get(&self, number: usize) -> Option<&Codes> {
        self.0.get(number)?.as_ref()
    }
}

/// What is known behind the segments and scans so far.
#[derive(Debug, Default)]
pub(super) struct Walker {
    dc: CodeTables,
    ac: CodeTables,
    /// What the first coefficient of a block is multiplied by, for each quantisation table.
    steps: [u16; 4],
    /// Units between two restart markers; 0 is none.
    restart: u32,
    /// Of each block of each component, which coefficients are not nought; of progressive pictures alone.
    coefficients: Vec<Vec<u64>>,
}

impl Walker {
    /// Takes over what a segment says of Huffman tables; `None` if it is broken.
    pub(super) fn codes(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((place, rest)) = content.split_first() {
            let (codes, rest) = Codes::read(rest)?;
            let tables = if place >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.0.get_mut(usize::from(place & 15))? = Some(codes);
            content = rest;
        }
        Some(())
    }

    /// Takes over what a segment says of quantisation tables; `None` if it is broken.
    pub(super) fn quantisation(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((place, rest)) = content.split_first() {
            let wide = place >> 4 > 0;
            let (table, rest) = rest.split_at_checked(if wide { 128 } else { 64 })?;
            let step =
                if wide { u16::from_be_bytes(*table.first_chunk()?) } else { (*table.first()?).into() };
            *self.steps.get_mut(usize::from(place & 15))? = step;
            content = rest;
        }
        Some(())
    }

    /// Restart markers stand behind each of so many units.
    pub(super) fn restart_every(&mut self, units: u16) {
        self.restart = units.into();
    }

    /// Walks through a scan, with whose data these begin; says where it ends, and what of it is to change.
    pub(super) fn scan<'a>(
        &mut self,
        frame: &Frame,
        scan: &ScanHeader,
        data: MendedData<'a>,
    ) -> Result<(ScanEnd, MendedData<'a>), Fault> {
        let mut bits = Bits::new(data);
        let more_follow = match scan.parts.as_slice() {
            [part] if frame.coding == Coding::Progressive && scan.first > 0 => {
                self.bands(frame, scan, *part, &mut bits)?
            }
            _ => self.units(frame, scan, &mut bits)?,
        };
        if more_follow {
            return Err(Fault::Surplus);
        }
        let end = ScanEnd { at: bits.end(), in_zeros: bits.last_byte() == 0 };
        Ok((end, bits.into_mended()))
    }

    /// Whole blocks, their first coefficients, or samples. Says whether more of them come than there should.
    fn units(&self, frame: &Frame, scan: &ScanHeader, bits: &mut Bits<'_>) -> Result<bool, Fault> {
        let mut parts = Vec::new();
        for part in &scan.parts {
            let component = frame.components.get(part.component).ok_or(Fault::Unknown)?;
            let step = self.steps.get(component.quantisation).copied().unwrap_or_default();
            let step = i64::from(step) << scan.bit;
            parts.push(UnitsOf {
                dc: self.dc.get(part.dc),
                ac: self.ac.get(part.ac),
                step,
                sum: 0,
                count: 1,
            });
        }
        let groups = match scan.parts.as_slice() {
            [alone] => {
                let (across, down) = frame.units(&frame.components[alone.component]);
                across * down
            }
            _ => {
                for (units, part) in parts.iter_mut().zip(&scan.parts) {
                    let Component { across, down, .. } = frame.components[part.component];
                    units.count = across * down;
                }
                frame.groups()
            }
        };
        let mut group = UnitGroup { kind: UnitKind::of(frame.coding, scan.refines), parts };
        for mut interval in self.intervals(groups) {
            if let Some(number) = interval.number {
                bits.restart(number, |ahead| group.clone().is_interval(interval.units.len(), ahead))?;
                group.restart();
            }
            interval.units.try_for_each(|_| group.read(bits))?;
        }
        if group.kind.is_any_bits() && bits.rest().len() <= STRAY {
            return Ok(self.intervals_follow(groups, &mut group, bits));
        }
        Ok(more_follow(bits, |ahead| {
            group.restart();
            group.fills(ahead)
        }))
    }

    /// Whether whole intervals follow the last unit: as long as all of them, or as the last. Of units that
    /// nearly any bits are, less than that says nothing.
    fn intervals_follow(&self, groups: u32, group: &mut UnitGroup<'_>, bits: &Bits<'_>) -> bool {
        let last = groups.checked_rem(self.restart).unwrap_or_default();
        let mut ahead = bits.ahead();
        while ahead.skip_restart() {
            for length in [self.restart, last].into_iter().filter(|length| *length > 0) {
                if group.is_interval(length as usize, &mut ahead.ahead()) {
                    return true;
                }
            }
        }
        false
    }

    /// The other coefficients of the blocks of one component, as a progressive scan brings them.
    fn bands(
        &mut self,
        frame: &Frame,
        scan: &ScanHeader,
        part: ScanPart,
        bits: &mut Bits<'_>,
    ) -> Result<bool, Fault> {
        let component = frame.components.get(part.component).ok_or(Fault::Unknown)?;
        let (across, down) = frame.units(component);
        self.coefficients.resize(frame.components.len(), Vec::new());
        let mut blocks = std::mem::take(&mut self.coefficients[part.component]);
        if blocks.is_empty() {
            blocks = buffer(u64::from(across * down)).map_err(|_| Fault::NoMemory)?;
        }
        let codes = self.ac.get(part.ac).ok_or(Fault::Unknown)?;
        let read = |blocks: &mut [u64], bits: &mut Bits<'_>| Band::read_all(codes, scan, blocks, bits);
        for interval in self.intervals(blocks.len() as u32) {
            let blocks = blocks.get_mut(interval.units).unwrap_or_default();
            if let Some(number) = interval.number {
                let fits =
                    |ahead: &mut Bits<'_>| read(&mut blocks.to_vec(), ahead).is_ok() && ahead.are_over();
                bits.restart(number, fits)?;
            }
            read(blocks, bits)?;
        }
        self.coefficients[part.component] = blocks;
        Ok(more_follow(bits, |ahead| Band { codes, scan, block: &mut 0, run: 0 }.fills(ahead)))
    }

    /// The stretches of so many units that restart markers part.
    fn intervals(&self, units: u32) -> impl Iterator<Item = Interval> + use<> {
        let length = if self.restart > 0 { self.restart } else { units.max(1) };
        (0..units.div_ceil(length)).map(move |index| {
            let start = index * length;
            let units = start as usize..start.saturating_add(length).min(units) as usize;
            Interval { units, number: index.checked_sub(1).map(|before| (before % 8) as u8) }
        })
    }
}

/// Units that stand between two restart markers.
struct Interval {
    units: Range<usize>,
    /// That of the marker in front of it; the first has none.
    number: Option<u8>,
}

/// Whether more units follow the last one. A scan that lost step, since a part of it is missing, damaged or
/// in another place, rarely ends where the picture does; what is left can then be read as units up to its
/// last bit. What writers leave behind the last unit cannot; zeros could, but padding is of one byte.
fn more_follow(bits: &Bits<'_>, mut fills: impl FnMut(&mut Bits<'_>) -> bool) -> bool {
    let mut ahead = bits.ahead();
    loop {
        if !is_padding(ahead.rest()) && fills(&mut ahead) {
            return true;
        }
        // Whole intervals may follow, too.
        if !ahead.skip_restart() {
            return false;
        }
    }
}

fn is_padding(bytes: &[u8]) -> bool {
    let are_alike = bytes.iter().all(|byte| bytes.first() == Some(byte));
    bytes.len() <= PADDING || are_alike || bytes.iter().all(|byte| matches!(byte, 0 | 0xFF))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grey, one block wide and three high. The one code for a first coefficient is 0, with eleven bits
    /// behind it, that for the end of a block 0 as well.
    fn walk(bits: &str, restart: u16) -> Result<ScanEnd, Fault> {
        let frame = Frame::read(0xC0, &[8, 0, 24, 0, 8, 1, 1, 0x11, 0]).unwrap();
        let scan = frame.scan(&[1, 1, 0, 0, 63, 0]).unwrap();
        let mut walker = Walker::default();
        let table = |place: u8, meaning: u8| [&[place, 1][..], &[0; 15], &[meaning]].concat();
        walker.codes(&[table(0, 11), table(0x10, 0)].concat()).unwrap();
        walker.quantisation(&[&[0][..], &[1; 64]].concat()).unwrap();
        walker.restart_every(restart);
        let bits: String = bits.split_whitespace().collect();
        let byte = |bits: &[u8]| bits.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0'));
        let data: Vec<u8> = bits.as_bytes().chunks(8).map(byte).collect();
        walker.scan(&frame, &scan, MendedData::new(&data)).map(|(end, _)| end)
    }

    /// Sixteen blocks, of which the scan brings a further bit each, or as many samples, of a bit each.
    fn walk_any_bits(coding: u8, data: &[u8], restart: u16) -> Result<usize, Fault> {
        let (size, last) = if coding == 0xC2 { ([0, 8, 0, 128], 0x10) } else { ([0, 1, 0, 16], 0) };
        let frame = Frame::read(coding, &[&[8][..], &size, &[1, 1, 0x11, 0]].concat()).unwrap();
        let scan = frame.scan(&[1, 1, 0, 0, 0, last]).unwrap();
        let mut walker = Walker::default();
        // Each bit is a difference of nothing.
        walker.codes(&[&[0, 2][..], &[0; 15], &[0, 16]].concat()).unwrap();
        walker.restart_every(restart);
        walker.scan(&frame, &scan, MendedData::new(data)).map(|(end, _)| end.at)
    }

    #[test]
    fn where_any_bits_are_units_only_whole_intervals_are_too_many() {
        for coding in [0xC2, 0xC3] {
            let walk = |data: &[u8], restart| walk_any_bits(coding, data, restart);
            assert_eq!(walk(b"abstray bytes\xFF\xD9", 0), Ok(2), "{coding:X}");
            assert_eq!(walk(b"a\xFF\xD0bstray bytes\xFF\xD9", 8), Ok(4), "{coding:X}");
            assert_eq!(walk(b"a\xFF\xD0b\xFF\xD1stray bytes\xFF\xD9", 8), Ok(4), "{coding:X}");
            assert_eq!(walk(b"a\xFF\xD0b\xFF\xD1c\xFF\xD9", 8), Err(Fault::Surplus), "{coding:X}");
            assert_eq!(walk(b"abstray\xFF\xD0stray\xFF\xD9", 0), Ok(2), "{coding:X}");
        }
    }

    const UP: &str = "0 10000000000 0";
    const DOWN: &str = "0 01111110111 0";

    #[test]
    fn each_block_is_counted() {
        let all = format!("{UP} {DOWN} {UP}");
        assert_eq!(walk(&format!("{all} 1"), 0), Ok(ScanEnd { at: 5, in_zeros: false }));
        assert_eq!(walk(&format!("{all} 0"), 0), Ok(ScanEnd { at: 5, in_zeros: true }));
        assert_eq!(walk(&format!("{UP} {DOWN}"), 0), Err(Fault::Ended));
        assert_eq!(
            walk(&format!("{UP} {DOWN} 111111 11101111 11101111 11111111 11011001"), 0),
            Err(Fault::BadCode)
        );
        assert_eq!(walk(&format!("{UP} {DOWN} 000000 11111111 11011001"), 0), Err(Fault::Missing));
    }

    #[test]
    fn means_stay_within_what_samples_can_be() {
        assert_eq!(walk(&format!("{UP} {UP} {UP} 1"), 0), Err(Fault::BadCode));
    }

    #[test]
    fn restart_markers_stand_where_they_must() {
        let marked = |first: &str, second: &str| {
            walk(&format!("{UP} 111 11111111 {first} {UP} 111 11111111 {second} {UP} 111"), 1)
        };
        assert_eq!(marked("11010000", "11010001"), Ok(ScanEnd { at: 10, in_zeros: false }));
        assert_eq!(marked("11010001", "11010010"), marked("11010000", "11010001"));
        assert_eq!(marked("11010000", "11010000"), marked("11010000", "11010001"));
        // Another marker in its place.
        assert_eq!(marked("11010000", "11011001"), marked("11010000", "11010001"));
        let bare = format!("{UP} 111 {UP} 111 11111111 11010001 {UP} 111");
        assert_eq!(walk(&bare, 1), Ok(ScanEnd { at: 8, in_zeros: false }));
        let stray = format!("{UP} 111 000000001 000000010 00000011 {UP} 111 11111111 11010001 {UP} 111");
        assert_eq!(walk(&stray, 1), Err(Fault::Restart));
        assert_eq!(walk(&format!("{UP} {DOWN} {UP} 1"), 1), Err(Fault::Ended));
    }
}
