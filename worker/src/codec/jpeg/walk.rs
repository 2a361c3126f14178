//! Walks through the Huffman codes of a JPEG's scans as a decoder does, but for the pixels: says whether all
//! units are there, and where they end. libjpeg says neither. Only done to files that it dislikes.
//!
//! ITU-T T.81: F.2.2 for sequential scans, G.1.2 and G.2 for progressive ones, H.2 for those without loss.
//! The state is what the segments and scans before have brought; runs on the lane's thread.

use super::super::buffer;
use super::frame::{Coding, Component, Frame, Part, ScanHeader};
use super::huffman::{Bits, Codes, Fault, MendedData};

/// Where a scan ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScanEnd {
    /// The first byte behind its data.
    pub(super) at: usize,
    /// Whether the last byte is nought, as what was never written is.
    pub(super) in_zeros: bool,
}

/// The mean of a block cannot be further from grey than this, even where an encoder overshoots: eight times
/// what samples can be.
const FARTHEST: i64 = 8 * 2 * 128;
/// A difference of samples of 8 bits has no more bits than this, after the transform.
const LONGEST_DIFFERENCE: u8 = 11;

/// Tables by their number.
#[derive(Debug, Default)]
struct CodeTables([Option<Codes>; 4]);

impl CodeTables {
    fn get(&self, number: usize) -> Result<&Codes, Fault> {
        self.0.get(number).and_then(Option::as_ref).ok_or(Fault::Unknown)
    }
}

/// What is known behind the segments and scans so far.
#[derive(Debug, Default)]
pub(super) struct Walker {
    dc: CodeTables,
    ac: CodeTables,
    /// By what the first coefficient of a block is to be multiplied, for each quantisation table.
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
        match scan.parts.as_slice() {
            [part] if frame.coding == Coding::Progressive && scan.first > 0 => {
                self.bands(frame, scan, *part, &mut bits)?
            }
            _ => self.units(frame, scan, &mut bits)?,
        }
        let end = ScanEnd { at: bits.end(), in_zeros: bits.last_byte() == 0 };
        Ok((end, bits.into_mended()))
    }

    /// Whole blocks, their first coefficients, or samples.
    fn units(&self, frame: &Frame, scan: &ScanHeader, bits: &mut Bits<'_>) -> Result<(), Fault> {
        let mut parts = Vec::new();
        for part in &scan.parts {
            let component = frame.components.get(part.component).ok_or(Fault::Unknown)?;
            let step = self.steps.get(component.quantisation).copied().unwrap_or_default();
            parts.push(UnitsOf { part: *part, step: i64::from(step) << scan.bit, sum: 0, count: 1 });
        }
        let units = match scan.parts.as_slice() {
            [alone] => {
                let (across, down) = frame.units(&frame.components[alone.component]);
                across * down
            }
            _ => {
                for units in &mut parts {
                    let Component { across, down, .. } = frame.components[units.part.component];
                    units.count = across * down;
                }
                frame.groups()
            }
        };
        for unit in 0..units {
            if self.restarts(unit, bits)? {
                parts.iter_mut().for_each(|part| part.sum = 0);
            }
            for units in &mut parts {
                for _ in 0..units.count {
                    match frame.coding {
                        Coding::Lossless => self.sample(units.part, bits)?,
                        Coding::Progressive if scan.refines => drop(bits.next()?),
                        Coding::Progressive => self.mean(units, bits)?,
                        Coding::Sequential => {
                            self.mean(units, bits)?;
                            self.rest(units.part, bits)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The other coefficients of the blocks of one component, as a progressive scan brings them.
    fn bands(
        &mut self,
        frame: &Frame,
        scan: &ScanHeader,
        part: Part,
        bits: &mut Bits<'_>,
    ) -> Result<(), Fault> {
        let component = frame.components.get(part.component).ok_or(Fault::Unknown)?;
        let (across, down) = frame.units(component);
        self.coefficients.resize(frame.components.len(), Vec::new());
        let mut blocks = std::mem::take(&mut self.coefficients[part.component]);
        if blocks.is_empty() {
            blocks = buffer(u64::from(across * down)).map_err(|_| Fault::NoMemory)?;
        }
        let codes = self.ac.get(part.ac)?;
        let mut run = 0;
        for (unit, block) in (0..).zip(&mut blocks) {
            if self.restarts(unit, bits)? && run > 0 {
                // A run of blocks ends with its interval.
                return Err(Fault::BadCode);
            }
            let mut band = Band { codes, scan, block, run };
            if scan.refines {
                band.refine(bits)?
            } else {
                band.begin(bits)?
            }
            run = band.run;
        }
        self.coefficients[part.component] = blocks;
        if run > 0 { Err(Fault::BadCode) } else { Ok(()) }
    }

    /// Goes on behind the restart marker in front of this unit, if there must be one.
    fn restarts(&self, unit: u32, bits: &mut Bits<'_>) -> Result<bool, Fault> {
        match unit.checked_div(self.restart) {
            Some(before) if before > 0 && unit.is_multiple_of(self.restart) => {
                bits.restart(((before - 1) % 8) as u8)?;
                Ok(true)
            }
            Some(_) | None => Ok(false),
        }
    }

    /// A block's first coefficient: eight times its mean, as the difference from the one before.
    fn mean(&self, units: &mut UnitsOf, bits: &mut Bits<'_>) -> Result<(), Fault> {
        let length = self.dc.get(units.part.dc)?.next(bits)?;
        if length > LONGEST_DIFFERENCE {
            return Err(Fault::BadCode);
        }
        let number = i64::from(bits.number(length)?);
        // Without the highest bit it is negative.
        let is_negative = length > 0 && number >> (length - 1) == 0;
        units.sum += if is_negative { number + 1 - (1 << length) } else { number };
        let mean = units.sum * units.step;
        if mean.abs() > FARTHEST.max(2 * units.step) { Err(Fault::BadCode) } else { Ok(()) }
    }

    /// A block's other coefficients.
    fn rest(&self, part: Part, bits: &mut Bits<'_>) -> Result<(), Fault> {
        let codes = self.ac.get(part.ac)?;
        let mut at = 1;
        while at < 64 {
            let code = codes.next(bits)?;
            match (code >> 4, code & 15) {
                (15, 0) => at += 16,
                (_, 0) => return Ok(()),
                (zeros, length) => {
                    at += usize::from(zeros) + 1;
                    bits.number(length)?;
                }
            }
        }
        if at > 64 { Err(Fault::BadCode) } else { Ok(()) }
    }

    /// A sample, as the difference from what is expected.
    fn sample(&self, part: Part, bits: &mut Bits<'_>) -> Result<(), Fault> {
        match self.dc.get(part.dc)?.next(bits)? {
            length @ ..16 => bits.number(length).map(drop),
            16 => Ok(()),
            17.. => Err(Fault::BadCode),
        }
    }
}

/// The units of one component in a scan.
#[derive(Debug)]
struct UnitsOf {
    part: Part,
    /// How many of them are in a group.
    count: u32,
    /// What the first coefficient is multiplied with.
    step: i64,
    /// The first coefficient of the block before.
    sum: i64,
}

/// Coefficients of one block in a progressive scan.
struct Band<'a> {
    codes: &'a Codes,
    scan: &'a ScanHeader,
    /// Which of them are not nought.
    block: &'a mut u64,
    /// How many blocks, from this one on, hold nothing more.
    run: u32,
}

impl Band<'_> {
    /// They come for the first time.
    fn begin(&mut self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        let mut at = self.scan.first;
        while self.run == 0 && at <= self.scan.last {
            let code = self.codes.next(bits)?;
            match (code >> 4, code & 15) {
                (15, 0) => at += 16,
                (length, 0) => self.run = (1 << length) + bits.number(length)?,
                (zeros, length) => {
                    at += usize::from(zeros);
                    bits.number(length)?;
                    self.set(at)?;
                    at += 1;
                }
            }
        }
        if self.run == 0 && at > self.scan.last + 1 {
            return Err(Fault::BadCode);
        }
        self.run = self.run.saturating_sub(1);
        Ok(())
    }

    /// They become finer by a bit.
    fn refine(&mut self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        let mut at = self.scan.first;
        while self.run == 0 && at <= self.scan.last {
            let code = self.codes.next(bits)?;
            match (code >> 4, code & 15) {
                (length @ ..15, 0) => self.run = (1 << length) + bits.number(length)?,
                (zeros, length @ 0..=1) => {
                    bits.number(length)?;
                    at = self.pass(at, zeros, bits)?;
                    if length > 0 {
                        self.set(at)?;
                    }
                    at += 1;
                }
                _ => return Err(Fault::BadCode),
            }
        }
        if self.run > 0 {
            for at in at..=self.scan.last {
                self.correct(at, bits)?;
            }
            self.run -= 1;
        }
        Ok(())
    }

    /// Passes so many coefficients that are nought; says where the next of them is.
    fn pass(&self, from: usize, mut zeros: u8, bits: &mut Bits<'_>) -> Result<usize, Fault> {
        for at in from..=self.scan.last {
            if !self.correct(at, bits)? {
                match zeros.checked_sub(1) {
                    Some(left) => zeros = left,
                    None => return Ok(at),
                }
            }
        }
        Err(Fault::BadCode)
    }

    /// Reads the new bit of a coefficient, if it has any; says whether.
    fn correct(&self, at: usize, bits: &mut Bits<'_>) -> Result<bool, Fault> {
        let has_bits = *self.block >> at & 1 > 0;
        if has_bits {
            bits.next()?;
        }
        Ok(has_bits)
    }

    fn set(&mut self, at: usize) -> Result<(), Fault> {
        if at > self.scan.last {
            return Err(Fault::BadCode);
        }
        *self.block |= 1 << at;
        Ok(())
    }
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
        assert_eq!(marked("11010000", "11011001"), Err(Fault::Restart));
        assert_eq!(marked("11010000", "00000001"), Err(Fault::Restart));
        assert_eq!(walk(&format!("{UP} {DOWN} {UP} 1"), 1), Err(Fault::Ended));
    }
}
