//! The coefficients of a block that a progressive scan of a JPEG brings, but for the first: for the first
//! time, or finer by a bit. ITU-T T.81: G.1.2.2 and G.1.2.3. No state.

use super::fault::Fault;
use super::frame::ScanHeader;
use super::huffman::{Bits, Codes};

/// Coefficients of one block in a progressive scan.
pub(super) struct Band<'a> {
    pub(super) codes: &'a Codes,
    pub(super) scan: &'a ScanHeader,
    /// Which of them are not nought.
    pub(super) block: &'a mut u64,
    /// How many blocks, from this one on, hold nothing more.
    pub(super) run: u32,
}

impl Band<'_> {
    /// Reads those of all these blocks, with which a run of blocks ends.
    pub(super) fn read_all(
        codes: &Codes,
        scan: &ScanHeader,
        blocks: &mut [u64],
        bits: &mut Bits<'_>,
    ) -> Result<(), Fault> {
        let mut run = 0;
        for block in blocks {
            let mut band = Band { codes, scan, block, run };
            band.read(bits)?;
            run = band.run;
        }
        if run > 0 { Err(Fault::BadCode) } else { Ok(()) }
    }

    /// Reads those of this block.
    fn read(&mut self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        if self.scan.refines { self.refine(bits) } else { self.begin(bits) }
    }

    /// Whether the bits up to the next marker are blocks of this kind and nothing else.
    pub(super) fn fills(&mut self, bits: &mut Bits<'_>) -> bool {
        loop {
            (*self.block, self.run) = (0, 0);
            if self.read(bits).is_err() {
                return false;
            }
            if bits.are_over() {
                return true;
            }
        }
    }

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
