//! From a Bayer mosaic, where each pixel has one colour, to three colours everywhere.
//!
//! The missing colours are found by way of the difference of green and the pixel's own colour, which changes
//! little where the colours themselves change much: it is estimated along the row and along the column
//! (Hamilton and Adams, US patent 5,629,734, expired), smoothed along its direction, and mixed in favour of
//! the direction in which it changes less around (after Pekkucuksen and Altunbasak, "Gradient based threshold
//! free color filter array interpolation", ICIP 2010). Works tile by tile, in buffers that stay in the cache.
//! Runs on the lane's thread.

use std::ops::Range;

use super::hot;

/// Edge of a tile with its margins.
const EDGE: usize = 128;
/// What a pixel of the result depends on lies within so many pixels of it. Even, so that a tile begins with
/// the same colour as its inside.
const MARGIN: usize = 6;
/// Edge of a tile's inside.
const INSIDE: usize = EDGE - 2 * MARGIN;
/// Keeps the weights finite where nothing changes; samples are 0 to 1.
const EPSILON: f32 = 1e-8;

/// A plane of samples of one tile.
type Plane = [f32; EDGE * EDGE];

/// Which colour the pixels have, by row and column modulo 2: 0 is red, 1 green, 2 blue.
pub(super) type Pattern = [[usize; 2]; 2];

/// A rectangle of pixels of the sensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

/// Finds the colours of `wanted`, which lies within `lit`, the part of the sensor that light fell on.
/// `sample` gives a pixel's value, 0 to 1 and white-balanced; `emit` gets pieces of rows: row and first
/// column within `wanted`, and the red, green and blue of the pixels from there on.
pub(super) fn demosaic(
    pattern: Pattern,
    lit: &Area,
    wanted: &Area,
    sample: impl Fn(usize, usize) -> f32,
    mut emit: impl FnMut(usize, usize, &[[f32; 3]]),
) {
    let mut tile = MosaicTile::new();
    for top in wanted.rows.clone().step_by(INSIDE) {
        for left in wanted.columns.clone().step_by(INSIDE) {
            let rows: [usize; EDGE] = std::array::from_fn(|i| mirrored(top + i, &lit.rows));
            let columns: [usize; EDGE] = std::array::from_fn(|i| mirrored(left + i, &lit.columns));
            for (line, row) in tile.mosaic.chunks_exact_mut(EDGE).zip(rows) {
                line.iter_mut().zip(columns).for_each(|(value, column)| *value = sample(row, column));
            }
            let pattern =
                [0, 1].map(|row| [0, 1].map(|column| pattern[(top + row) % 2][(left + column) % 2]));
            hot::mend(tile.mosaic.as_mut_slice(), EDGE, |row, column| pattern[row % 2][column % 2]);
            tile.interpolate(pattern);
            let height = INSIDE.min(wanted.rows.end - top);
            let width = INSIDE.min(wanted.columns.end - left);
            for row in 0..height {
                let start = (row + MARGIN) * EDGE + MARGIN;
                let (row, column) = (top - wanted.rows.start + row, left - wanted.columns.start);
                emit(row, column, &tile.colors[start..start + width]);
            }
        }
    }
}

/// The place within `range` that stands for `index - MARGIN`: beyond the ends the sensor is mirrored, which
/// keeps the colours' order.
fn mirrored(index: usize, range: &Range<usize>) -> usize {
    let last = range.len() - 1;
    if last == 0 {
        return range.start;
    }
    // Counted from the start of the range, in whole periods to stay positive.
    let period = 2 * last;
    let offset = (index + period * MARGIN - MARGIN - range.start) % period;
    range.start + offset.min(period - offset)
}

/// The buffers of one tile.
struct MosaicTile {
    mosaic: Box<Plane>,
    /// Green less the pixel's own colour, or less its neighbours' where it is green: along the row, along the
    /// column.
    across: Box<Plane>,
    down: Box<Plane>,
    /// How much these change around a pixel.
    unrest_across: Box<Plane>,
    unrest_down: Box<Plane>,
    /// A buffer for the sums that make up the former.
    sums: Box<Plane>,
    /// The difference that was settled on, where the pixel is not green.
    difference: Box<Plane>,
    colors: Box<[[f32; 3]; EDGE * EDGE]>,
}

impl MosaicTile {
    fn new() -> MosaicTile {
        let plane = || Box::new([0.0; EDGE * EDGE]);
        MosaicTile {
            mosaic: plane(),
            across: plane(),
            down: plane(),
            unrest_across: plane(),
            unrest_down: plane(),
            sums: plane(),
            difference: plane(),
            colors: Box::new([[0.0; 3]; EDGE * EDGE]),
        }
    }

    /// Fills `colors` from `mosaic`, apart from the margins.
    fn interpolate(&mut self, pattern: Pattern) {
        let MosaicTile { mosaic, across, down, unrest_across, unrest_down, sums, difference, colors } = self;
        // Green less the other is the negative of what the same formula gives at a green pixel.
        let sign = pattern.map(|row| row.map(|color| if color == 1 { -1.0 } else { 1.0 }));
        estimate::<1>(mosaic, across, sign);
        estimate::<EDGE>(mosaic, down, sign);
        unrest::<1>(across, unrest_across, sums);
        unrest::<EDGE>(down, unrest_down, sums);
        settle(across, down, unrest_across, unrest_down, difference);
        assemble(mosaic, difference, colors.as_mut_slice(), pattern);
    }
}

/// The rows of a tile between `margin` rows at the top and at the bottom, as ranges of indices without as
/// many columns.
fn rows(margin: usize) -> impl Iterator<Item = Range<usize>> {
    (margin..EDGE - margin).map(move |row| row * EDGE + margin..(row + 1) * EDGE - margin)
}

/// Green less the other colour by the neighbours `STEP` away.
#[multiversion::multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn estimate<const STEP: usize>(mosaic: &Plane, difference: &mut Plane, sign: [[f32; 2]; 2]) {
    for (row, range) in rows(2).enumerate() {
        let [even, odd] = sign[row % 2];
        for (column, at) in range.enumerate() {
            let near = mosaic[at - STEP] + mosaic[at + STEP];
            let far = mosaic[at - 2 * STEP] + mosaic[at + 2 * STEP];
            let sign = if column % 2 == 0 { even } else { odd };
            difference[at] = sign * (0.5 * (near - mosaic[at]) - 0.25 * far);
        }
    }
}

/// The sum over 5×5 pixels of how much the difference changes from the neighbour `STEP` before to that after.
#[multiversion::multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn unrest<const STEP: usize>(difference: &Plane, unrest: &mut Plane, sums: &mut Plane) {
    for range in rows(3) {
        for at in range {
            unrest[at] = (difference[at - STEP] - difference[at + STEP]).abs();
        }
    }
    for range in rows(3) {
        for at in range.start + 2..range.end - 2 {
            sums[at] = unrest[at - 2] + unrest[at - 1] + unrest[at] + unrest[at + 1] + unrest[at + 2];
        }
    }
    for range in rows(5) {
        for at in range {
            unrest[at] =
                sums[at - 2 * EDGE] + sums[at - EDGE] + sums[at] + sums[at + EDGE] + sums[at + 2 * EDGE];
        }
    }
}

/// Mixes the two estimates.
#[multiversion::multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn settle(across: &Plane, down: &Plane, unrest_across: &Plane, unrest_down: &Plane, difference: &mut Plane) {
    for range in rows(5) {
        for at in range {
            let smooth_across = across[at] * 0.5 + (across[at - 1] + across[at + 1]) * 0.25;
            let smooth_down = down[at] * 0.5 + (down[at - EDGE] + down[at + EDGE]) * 0.25;
            // Each estimate has the weight 1 / unrest²; multiplied out, so that nothing is divided by
            // nothing.
            let for_across = unrest_down[at] * unrest_down[at] + EPSILON;
            let for_down = unrest_across[at] * unrest_across[at] + EPSILON;
            difference[at] = (for_across * smooth_across + for_down * smooth_down) / (for_across + for_down);
        }
    }
}

/// Green from the difference at hand, the other colours from green and the differences around.
fn assemble(mosaic: &Plane, difference: &Plane, colors: &mut [[f32; 3]], pattern: Pattern) {
    for row in MARGIN..EDGE - MARGIN {
        for column in MARGIN..EDGE - MARGIN {
            let at = row * EDGE + column;
            let own = pattern[row % 2][column % 2];
            let beside = (difference[at - 1] + difference[at + 1]) * 0.5;
            let above = (difference[at - EDGE] + difference[at + EDGE]) * 0.5;
            let color = &mut colors[at];
            if own == 1 {
                let green = mosaic[at];
                color[1] = green;
                color[pattern[row % 2][1 - column % 2]] = green - beside;
                color[pattern[1 - row % 2][column % 2]] = green - above;
            } else {
                let corners = difference[at - EDGE - 1]
                    + difference[at - EDGE + 1]
                    + difference[at + EDGE - 1]
                    + difference[at + EDGE + 1];
                let green = mosaic[at] + difference[at];
                color[1] = green;
                color[own] = mosaic[at];
                color[2 - own] = green - corners * 0.25;
            }
        }
    }
}
