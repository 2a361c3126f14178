//! Pixels that the sensor did not see, made up from their nearest neighbours of the same colour.

use protocol::JobError;

use super::{Opcode, OpcodeNumbers};
use crate::codec::buffer;

/// Which pixels are bad.
#[derive(Debug)]
pub(in crate::codec::raw) enum BadPixels {
    /// Those with this level.
    Constant(u32),
    /// Rows and columns of points; tops, lefts, bottoms and rights of rectangles.
    List { points: Vec<[u32; 2]>, rectangles: Vec<[u32; 4]> },
}

pub(super) fn read(opcode: &Opcode<'_>) -> Option<BadPixels> {
    let mut numbers = OpcodeNumbers(opcode.parameters);
    if opcode.id == 4 {
        // The mosaic's phase, which follows, is that of the sensor.
        return numbers.u32().map(BadPixels::Constant);
    }
    let (_phase, points, rectangles) = (numbers.u32()?, numbers.u32()?, numbers.u32()?);
    let mut read = |count: u32, width: usize| {
        let bytes = numbers.take((count as usize).checked_mul(4 * width)?)?;
        Some(bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_be_bytes(*bytes)).collect::<Vec<_>>())
    };
    let points = read(points, 2)?.as_chunks().0.to_vec();
    Some(BadPixels::List { points, rectangles: read(rectangles, 4)?.as_chunks().0.to_vec() })
}

impl BadPixels {
    /// Makes up the bad ones of a mosaic that repeats every two rows and columns, of so many columns.
    pub(in crate::codec::raw) fn mend(&self, samples: &mut [u16], width: usize) -> Result<(), JobError> {
        let height = samples.len() / width;
        let mut is_bad: Vec<bool> = buffer(samples.len() as u64)?;
        match self {
            BadPixels::Constant(level) => {
                is_bad
                    .iter_mut()
                    .zip(&*samples)
                    .for_each(|(bad, sample)| *bad = u32::from(*sample) == *level);
            }
            BadPixels::List { points, rectangles } => {
                for [row, column] in points.iter().map(|point| point.map(|n| n as usize)) {
                    if row < height && column < width {
                        is_bad[row * width + column] = true;
                    }
                }
                for [top, left, bottom, right] in rectangles.iter().map(|edges| edges.map(|n| n as usize)) {
                    let (left, right) = (left.min(width), right.min(width));
                    for row in top..bottom.min(height) {
                        is_bad[row * width..][left..right.max(left)].fill(true);
                    }
                }
            }
        }
        let places = (0..samples.len()).filter(|at| is_bad[*at]);
        for at in places {
            if let Some(mean) = mean_around(samples, &is_bad, width, at) {
                samples[at] = mean;
            }
        }
        Ok(())
    }
}

/// The mean of the nearest good samples of the same colour.
fn mean_around(samples: &[u16], is_bad: &[bool], width: usize, at: usize) -> Option<u16> {
    const BESIDE: [[isize; 2]; 4] = [[-2, 0], [2, 0], [0, -2], [0, 2]];
    const CORNERS: [[isize; 2]; 4] = [[-2, -2], [-2, 2], [2, -2], [2, 2]];
    let (row, column) = (at / width, at % width);
    let good = |[down, across]: [isize; 2]| {
        let (row, column) = (row.checked_add_signed(down)?, column.checked_add_signed(across)?);
        let at = row * width + column;
        (column < width && at < samples.len() && !is_bad[at]).then(|| u32::from(samples[at]))
    };
    [BESIDE, CORNERS].into_iter().find_map(|offsets| {
        let found: Vec<u32> = offsets.into_iter().filter_map(good).collect();
        let count = found.len() as u32;
        (count > 0).then(|| ((found.iter().sum::<u32>() + count / 2) / count) as u16)
    })
}
