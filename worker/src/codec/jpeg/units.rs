//! Units of a JPEG's scans one after another: whole blocks, their first coefficients, or samples. ITU-T T.81:
//! F.2.2 for sequential scans, G.1.2.1 for progressive ones, H.2 for those without loss. No state.

use super::fault::Fault;
use super::frame::Coding;
use super::huffman::{Bits, Codes};

/// The mean of a block cannot be further from grey than this, even where an encoder overshoots: eight times
/// what samples can be.
const FARTHEST: i64 = 8 * 2 * 128;
/// A difference of first coefficients has no more bits than this, for samples of 8 bits.
const LONGEST_DIFFERENCE: u8 = 11;
/// Nor has any other coefficient.
const LONGEST_COEFFICIENT: u8 = 10;

/// The units of all components that a scan brings together.
#[derive(Debug, Clone)]
pub(super) struct UnitGroup<'a> {
    pub(super) kind: UnitKind,
    pub(super) parts: Vec<UnitsOf<'a>>,
}

/// What a unit is.
#[derive(Debug, Clone, Copy)]
pub(super) enum UnitKind {
    /// All coefficients of a block.
    Block,
    /// The first of them.
    Mean,
    /// A further bit of that.
    FinerMean,
    Sample,
}

impl UnitKind {
    /// Whether nearly any bits are units of this kind.
    pub(super) fn is_any_bits(self) -> bool {
        match self {
            UnitKind::FinerMean | UnitKind::Sample => true,
            UnitKind::Block | UnitKind::Mean => false,
        }
    }

    pub(super) fn of(coding: Coding, refines: bool) -> Self {
        match coding {
            Coding::Sequential => UnitKind::Block,
            Coding::Progressive if refines => UnitKind::FinerMean,
            Coding::Progressive => UnitKind::Mean,
            Coding::Lossless => UnitKind::Sample,
        }
    }
}

/// The units of one component in a scan.
#[derive(Debug, Clone)]
pub(super) struct UnitsOf<'a> {
    pub(super) dc: Option<&'a Codes>,
    pub(super) ac: Option<&'a Codes>,
    /// How many of them are in a group.
    pub(super) count: u32,
    /// What the first coefficient is multiplied with.
    pub(super) step: i64,
    /// The first coefficient of the block before.
    pub(super) sum: i64,
}

impl UnitGroup<'_> {
    /// Begins anew, as behind a restart marker.
    pub(super) fn restart(&mut self) {
        self.parts.iter_mut().for_each(|units| units.sum = 0);
    }

    /// Reads the next.
    pub(super) fn read(&mut self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        for units in &mut self.parts {
            for _ in 0..units.count {
                units.read(self.kind, bits)?;
            }
        }
        Ok(())
    }

    /// Whether the bits up to the next marker are so many, from a restart on, and nothing else.
    pub(super) fn is_interval(&mut self, length: usize, bits: &mut Bits<'_>) -> bool {
        self.restart();
        (0..length).all(|_| self.read(bits).is_ok()) && bits.are_over()
    }

    /// Whether the bits up to the next marker are units and nothing else.
    pub(super) fn fills(&mut self, bits: &mut Bits<'_>) -> bool {
        loop {
            for units in &mut self.parts {
                for _ in 0..units.count {
                    if units.read(self.kind, bits).is_err() {
                        return false;
                    }
                    if bits.are_over() {
                        return true;
                    }
                }
            }
        }
    }
}

impl UnitsOf<'_> {
    fn read(&mut self, kind: UnitKind, bits: &mut Bits<'_>) -> Result<(), Fault> {
        match kind {
            UnitKind::Block => {
                self.mean(bits)?;
                self.rest(bits)
            }
            UnitKind::Mean => self.mean(bits),
            UnitKind::FinerMean => bits.next().map(drop),
            UnitKind::Sample => self.sample(bits),
        }
    }

    /// A block's first coefficient: eight times its mean, as the difference from the one before.
    fn mean(&mut self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        let length = self.dc.ok_or(Fault::Unknown)?.next(bits)?;
        if length > LONGEST_DIFFERENCE {
            return Err(Fault::BadCode);
        }
        let number = i64::from(bits.number(length)?);
        // Without the highest bit it is negative.
        let is_negative = length > 0 && number >> (length - 1) == 0;
        self.sum += if is_negative { number + 1 - (1 << length) } else { number };
        let mean = self.sum * self.step;
        if mean.abs() > FARTHEST.max(2 * self.step) { Err(Fault::BadCode) } else { Ok(()) }
    }

    /// A block's other coefficients.
    fn rest(&self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        let codes = self.ac.ok_or(Fault::Unknown)?;
        let mut at = 1;
        while at < 64 {
            let code = codes.next(bits)?;
            match (code >> 4, code & 15) {
                (15, 0) => at += 16,
                (_, 0) => return Ok(()),
                (zeros, length @ ..=LONGEST_COEFFICIENT) => {
                    at += usize::from(zeros) + 1;
                    bits.number(length)?;
                }
                (_, _) => return Err(Fault::BadCode),
            }
        }
        if at > 64 { Err(Fault::BadCode) } else { Ok(()) }
    }

    /// A sample, as the difference from what is expected.
    fn sample(&self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        match self.dc.ok_or(Fault::Unknown)?.next(bits)? {
            length @ ..16 => bits.number(length).map(drop),
            16 => Ok(()),
            17.. => Err(Fault::BadCode),
        }
    }
}
