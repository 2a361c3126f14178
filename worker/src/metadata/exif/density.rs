//! The density that a block, or a TIFF file, states in its first directory (TIFF 6.0, section 8). No state.

use super::block::{ExifBlock, NewField};
use super::structure::Tiff;
use crate::density::PixelDensity;

const ACROSS: u16 = 0x011A;
const DOWN: u16 = 0x011B;
const UNIT: u16 = 0x0128;
const SHORT: u16 = 3;
const RATIONAL: u16 = 5;

/// What the first directory says.
pub(crate) fn density(block: &[u8]) -> Option<PixelDensity> {
    let ([across, down], unit) = stated(block)?;
    PixelDensity::of_tiff(across.or(down)?, down.or(across)?, unit)
}

/// The numbers across and down, as far as they are there, and that of their unit.
fn stated(block: &[u8]) -> Option<([Option<f64>; 2], Option<u32>)> {
    let tiff = Tiff::new(block)?;
    let entries = tiff.directory(block, tiff.first(block)?);
    let entry = |tag: u16| entries.iter().find(|entry| entry.tag == tag);
    let unit = entry(UNIT).and_then(|entry| entry.value);
    let number = |tag: u16| {
        let entry = entry(tag)?;
        if tiff.u16(block, entry.at - 6)? != RATIONAL {
            return entry.value.map(f64::from);
        }
        let at = tiff.u32(block, entry.at)? as usize;
        Some(f64::from(tiff.u32(block, at)?) / f64::from(tiff.u32(block, at.checked_add(4)?)?))
    };
    Some(([ACROSS, DOWN].map(number), unit))
}

/// Has the tags that are there say this.
pub(super) fn bring_up_to_date(block: &mut ExifBlock, wanted: PixelDensity) {
    let is_number = |number: &f64| number.is_finite() && *number > 0.0;
    let are_numbers = stated(block.bytes()).is_some_and(|(both, _)| both.iter().flatten().all(is_number));
    if are_numbers && density(block.bytes()) == Some(wanted) {
        return;
    }
    let ([across, down], unit) = wanted.in_tiff();
    let mut odd = Vec::new();
    for entry in block.at(&[]) {
        let fraction = match entry.tag {
            ACROSS => across,
            DOWN => down,
            UNIT => {
                block.set(&entry, unit.into());
                continue;
            }
            _ => continue,
        };
        match block.fraction(&entry) {
            Some(_) => block.set_fraction(&entry, fraction),
            None => odd.push(entry.tag),
        }
    }
    block.remove(&[], &odd);
}

/// Adds the tags that are not there; a block is made if there is none.
pub(crate) fn add_density(block: &mut Option<Vec<u8>>, wanted: PixelDensity) {
    let Some(mut sound) = block.take().and_then(ExifBlock::sound).or_else(ExifBlock::empty) else { return };
    let there: Vec<u16> = sound.at(&[]).into_iter().map(|entry| entry.tag).collect();
    let (fractions, unit) = wanted.in_tiff();
    let [across, down] =
        fractions.map(|(number, divisor)| [sound.four(number), sound.four(divisor)].concat());
    let fields = [
        NewField { tag: ACROSS, kind: RATIONAL, count: 1, value: across },
        NewField { tag: DOWN, kind: RATIONAL, count: 1, value: down },
        NewField { tag: UNIT, kind: SHORT, count: 1, value: sound.two(unit).to_vec() },
    ];
    let new: Vec<NewField> = fields.into_iter().filter(|field| !there.contains(&field.tag)).collect();
    if !new.is_empty() {
        sound.add(&new);
    }
    *block = Some(sound.into_bytes());
}
