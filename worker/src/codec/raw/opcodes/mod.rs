//! The corrections that a DNG asks for: its lists of opcodes (DNG specification 1.7.1, chapter 7, "Opcode
//! List Processing"). The first list is for the stored samples, the second for linear light, the third for
//! the colours of whole pixels.
//!
//! What is not known is left out, with a note, where the list says that it may be. `points` changes one
//! sample at a time, `bad_pixels` mends what the sensor did not see, `warp` what the lens bent. No state.

mod bad_pixels;
mod points;
mod warp;

use protocol::{ErrorKind, JobError};

pub(super) use self::bad_pixels::BadPixels;
pub(super) use self::points::{PixelPlace, PointCorrection};
pub(super) use self::warp::{Warp, straighten};
use crate::codec::fail;

/// What a DNG's lists ask for, in their order.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    /// For the stored samples, as parts of 65535; places are counted from the first stored one.
    pub(super) stored: Vec<PointCorrection>,
    /// Pixels to be made up from those around.
    pub(super) bad: Vec<BadPixels>,
    /// For linear light; places are counted from the corner of the lit area, here and below.
    pub(super) light: Vec<PointCorrection>,
    /// For the camera's colours.
    pub(super) colors: Vec<PointCorrection>,
    /// For the whole of what came of these.
    pub(super) warps: Vec<Warp>,
    /// Top, left, bottom and right of the part to cut out.
    pub(super) trim: Option<[u32; 4]>,
    /// What was left out.
    pub(super) notes: Vec<String>,
}

/// The lists by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpcodeStage {
    Stored,
    Light,
    Colors,
}

/// One entry of a list.
struct Opcode<'a> {
    id: u32,
    /// Whether the photo may be shown without it.
    is_optional: bool,
    parameters: &'a [u8],
}

impl Corrections {
    /// Reads the three lists. `has_table` says that the stored samples have been brought to linear ones by
    /// the time the corrections are made.
    pub(super) fn read(lists: [&[u8]; 3], has_table: bool) -> Result<Corrections, JobError> {
        let mut corrections = Corrections::default();
        for (list, stage) in
            lists.into_iter().zip([OpcodeStage::Stored, OpcodeStage::Light, OpcodeStage::Colors])
        {
            let opcodes = opcodes(list).ok_or_else(damaged)?;
            for opcode in opcodes {
                corrections.add(&opcode, stage, has_table)?;
            }
        }
        Ok(corrections)
    }

    fn add(&mut self, opcode: &Opcode<'_>, stage: OpcodeStage, has_table: bool) -> Result<(), JobError> {
        match (opcode.id, stage) {
            (1 | 2, OpcodeStage::Colors) => self.warps.push(warp::read(opcode).ok_or_else(damaged)?),
            (4 | 5, OpcodeStage::Stored) => self.bad.push(bad_pixels::read(opcode).ok_or_else(damaged)?),
            (6, OpcodeStage::Light | OpcodeStage::Colors) => {
                let mut numbers = OpcodeNumbers(opcode.parameters);
                let bounds = [numbers.u32(), numbers.u32(), numbers.u32(), numbers.u32()];
                let [Some(top), Some(left), Some(bottom), Some(right)] = bounds else {
                    return Err(damaged());
                };
                self.trim = Some([top, left, bottom, right]);
            }
            (3 | 7..=13, stage) if stage != OpcodeStage::Stored || !has_table => {
                let point = points::read(opcode).ok_or_else(damaged)?;
                match stage {
                    OpcodeStage::Stored => self.stored.push(point),
                    OpcodeStage::Light => self.light.push(point),
                    OpcodeStage::Colors => self.colors.push(point),
                }
            }
            (id, _) => self.leave_out(id, opcode.is_optional)?,
        }
        Ok(())
    }

    fn leave_out(&mut self, id: u32, is_optional: bool) -> Result<(), JobError> {
        let what = match id {
            1 | 2 | 14 => "what its lens bent".to_owned(),
            4 | 5 => "what its sensor did not see (bad pixels)".to_owned(),
            // Known, but not where the list has it: other lists have been taken care of.
            3 | 7..=13 => format!("what is in front of its linearization table (opcode {id})"),
            6 => "what it wants cut off its stored samples (opcode 6)".to_owned(),
            _ => format!("something (opcode {id}, which is not known)"),
        };
        if !is_optional {
            let detail = format!("{what} cannot be corrected, as the DNG demands");
            return Err(fail(ErrorKind::Unsupported, detail));
        }
        let note = format!("{what} was not corrected, as the DNG asks");
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
        Ok(())
    }
}

fn damaged() -> JobError {
    fail(ErrorKind::Corrupt, "its list of corrections is damaged")
}

/// The opcodes of a list. Whatever the file's byte order, a list's is big-endian.
fn opcodes(list: &[u8]) -> Option<Vec<Opcode<'_>>> {
    if list.is_empty() {
        return Some(Vec::new());
    }
    let mut numbers = OpcodeNumbers(list);
    let count = numbers.u32()?;
    let mut opcodes = Vec::new();
    for _ in 0..count {
        let (id, _version, flags, length) = (numbers.u32()?, numbers.u32()?, numbers.u32()?, numbers.u32()?);
        let parameters = numbers.take(length as usize)?;
        opcodes.push(Opcode { id, is_optional: flags & 1 != 0, parameters });
    }
    Some(opcodes)
}

/// Reads big-endian numbers, one after the other.
struct OpcodeNumbers<'a>(&'a [u8]);

impl<'a> OpcodeNumbers<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// So many numbers of two bytes.
    fn u16s(&mut self, count: u32) -> Option<Vec<u16>> {
        let bytes = self.take((count as usize).checked_mul(2)?)?;
        Some(bytes.as_chunks::<2>().0.iter().map(|bytes| u16::from_be_bytes(*bytes)).collect())
    }

    fn f32s(&mut self, count: u32) -> Option<Vec<f32>> {
        let bytes = self.take((count as usize).checked_mul(4)?)?;
        Some(bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_be_bytes(*bytes)).collect())
    }

    fn array_of_f64<const N: usize>(&mut self) -> Option<[f64; N]> {
        self.f64s(N as u32)?.try_into().ok()
    }

    fn f64s(&mut self, count: u32) -> Option<Vec<f64>> {
        let bytes = self.take((count as usize).checked_mul(8)?)?;
        Some(bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_be_bytes(*bytes)).collect())
    }
}

#[cfg(test)]
mod tests;
