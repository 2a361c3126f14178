//! From Fujifilm's mosaic of 6×6 (X-Trans), where each pixel has one colour, to three colours everywhere.
//!
//! After F. Markesteijn's algorithm: green is estimated along four directions, red and blue by their
//! difference from it along the same ones, and that direction is taken in which the colours change most
//! evenly. Its way there is another than that of dcraw and its kin: differences instead of colours, luma and
//! two differences instead of CIELAB, whole planes of a tile at a time. Works tile by tile. Runs on the
//! lane's thread.
//!
//! The mosaic is one of 3×3 with two colours exchanged in every other. In its corner, here, is the one green
//! pixel without green beside it; right and left of it is one colour, above and below it is the other:
//!
//! ```text
//! G  r  r        0,0 lonely     0,1 0,2 beside it
//! b  G  G        1,0 2,0 below and above the next
//! b  G  G        the rest: blocks of green
//! ```

mod directions;

use std::ops::Range;

use super::bayer::Area;
use super::hot;
use directions::{at_lonely, at_the_other, estimate_green, in_blocks};

/// Edge of a tile with its margins, a multiple of 6 as that of its inside is.
const EDGE: usize = 120;
/// What a pixel of the result depends on lies within so many pixels of it.
const MARGIN: usize = 12;
const INSIDE: usize = EDGE - 2 * MARGIN;
/// Pixels after which the mosaic is the same again.
const PERIOD: usize = 6;

type Plane = [f32; EDGE * EDGE];

/// Along the row, along the column, and along the two diagonals.
const STEPS: [usize; 4] = [1, EDGE, EDGE + 1, EDGE - 1];

/// Where the mosaic begins: row and column of a lonely green with red beside it, less than 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Phase {
    row: usize,
    column: usize,
}

impl Phase {
    /// Where that is in a mosaic of these colours, by row and column: 0 is red, 1 green, 2 blue.
    pub(super) fn of(color: impl Fn(usize, usize) -> usize) -> Option<Phase> {
        let places = (0..PERIOD).flat_map(|row| (0..PERIOD).map(move |column| Phase { row, column }));
        places.into_iter().find(|phase| {
            (0..PERIOD * PERIOD).all(|place| {
                let (row, column) = (place / PERIOD, place % PERIOD);
                color(phase.row + row, phase.column + column) == color_at(row, column)
            })
        })
    }
}

/// The colour at a place counted from a lonely green with red beside it.
fn color_at(row: usize, column: usize) -> usize {
    let is_exchanged = (row / 3 + column / 3) % 2;
    // What is left of a lonely green belongs to the 3×3 before its own, where colours are exchanged.
    match (row % 3, column % 3) {
        (0, 0) | (1 | 2, 1 | 2) => 1,
        (0, 1) => 2 * is_exchanged,
        (0, _) => 2 * (1 - is_exchanged),
        (1, _) => 2 * (1 - is_exchanged),
        (_, _) => 2 * is_exchanged,
    }
}

/// As [`super::bayer::demosaic`].
pub(super) fn demosaic(
    phase: Phase,
    lit: &Area,
    wanted: &Area,
    sample: impl Fn(usize, usize) -> f32,
    mut emit: impl FnMut(usize, usize, &[[f32; 3]]),
) {
    let mut tile = XTransTile::new();
    // Tiles begin where the mosaic does.
    let first = |start: usize, phase: usize| {
        start as isize - (start + PERIOD * MARGIN - MARGIN - phase).rem_euclid(PERIOD) as isize
    };
    let starts =
        |range: &Range<usize>, phase: usize| (first(range.start, phase)..range.end as isize).step_by(INSIDE);
    for top in starts(&wanted.rows, phase.row) {
        for left in starts(&wanted.columns, phase.column) {
            let rows: [usize; EDGE] =
                std::array::from_fn(|i| mirrored(top + i as isize - MARGIN as isize, &lit.rows, phase.row));
            let columns: [usize; EDGE] = std::array::from_fn(|i| {
                mirrored(left + i as isize - MARGIN as isize, &lit.columns, phase.column)
            });
            for (line, row) in tile.mosaic.chunks_exact_mut(EDGE).zip(rows) {
                line.iter_mut().zip(columns).for_each(|(value, column)| *value = sample(row, column));
            }
            hot::mend(tile.mosaic.as_mut_slice(), EDGE, color_at);
            tile.interpolate();
            let within = |start: isize, range: &Range<usize>| {
                (range.start as isize - start).max(0) as usize
                    ..INSIDE.min((range.end as isize - start) as usize)
            };
            let columns = within(left, &wanted.columns);
            for row in within(top, &wanted.rows) {
                let line = (row + MARGIN) * EDGE + MARGIN;
                let place =
                    |start: isize, index: usize, from: usize| (start + index as isize) as usize - from;
                emit(
                    place(top, row, wanted.rows.start),
                    place(left, columns.start, wanted.columns.start),
                    &tile.colors[line + columns.start..line + columns.end],
                );
            }
        }
    }
}

/// The place within `range` that stands for `index`: beyond the ends the sensor is mirrored at the outermost
/// lines of lonely greens, which keeps the colours' order.
fn mirrored(index: isize, range: &Range<usize>, phase: usize) -> usize {
    let (start, end) = (range.start as isize, range.end as isize);
    if end - start < 4 * PERIOD as isize {
        // Too small to be mirrored.
        let offset = (index - start).rem_euclid(PERIOD as isize);
        return (start + offset.min(end - start - 1)) as usize;
    }
    let phase = phase as isize;
    let first = start + (phase - start).rem_euclid(3);
    let last = end - 1 - (end - 1 - phase).rem_euclid(3);
    let within = if index < start {
        2 * first - index
    } else if index >= end {
        2 * last - index
    } else {
        index
    };
    within.clamp(start, end - 1) as usize
}

/// The buffers of one tile.
struct XTransTile {
    mosaic: Box<Plane>,
    /// Green, and red and blue less green, along each direction.
    along: [Direction; 4],
    colors: Box<[[f32; 3]; EDGE * EDGE]>,
    buffers: [Box<Plane>; 3],
}

struct Direction {
    green: Box<Plane>,
    /// Red less green, and blue less green.
    differences: [Box<Plane>; 2],
    /// How unevenly the colours change, then how many places around are even.
    unrest: Box<Plane>,
    even: Box<Plane>,
}

impl XTransTile {
    fn new() -> XTransTile {
        let plane = || Box::new([0.0; EDGE * EDGE]);
        let direction =
            || Direction { green: plane(), differences: [plane(), plane()], unrest: plane(), even: plane() };
        XTransTile {
            mosaic: plane(),
            along: [direction(), direction(), direction(), direction()],
            colors: Box::new([[0.0; 3]; EDGE * EDGE]),
            buffers: [plane(), plane(), plane()],
        }
    }

    /// Fills `colors` from `mosaic`, apart from the margins.
    fn interpolate(&mut self) {
        let XTransTile { mosaic, along, colors, buffers } = self;
        estimate_green(mosaic, along);
        for (index, direction) in along.iter_mut().enumerate() {
            at_lonely(direction, index);
            at_the_other(direction, index);
            in_blocks(direction, index);
            unrest(direction, STEPS[index], buffers);
        }
        vote(along, &mut buffers[0]);
        for direction in along.iter_mut() {
            sum(direction, &mut buffers[0]);
        }
        settle(along, colors.as_mut_slice());
    }
}

/// The rows of a tile between `margin` rows at the top and at the bottom, as ranges of indices without as
/// many columns.
fn rows(margin: usize) -> impl Iterator<Item = Range<usize>> {
    (margin..EDGE - margin).map(move |row| row * EDGE + margin..(row + 1) * EDGE - margin)
}

/// How much luma and the differences of colour bend along a direction.
#[multiversion::multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn unrest(direction: &mut Direction, step: usize, buffers: &mut [Box<Plane>; 3]) {
    let Direction { green, differences: [red, blue], unrest, .. } = direction;
    let [luma, less_blue, less_red] = buffers;
    for range in rows(8) {
        for at in range {
            // Roots are nearer to what is seen. Rec. 2020's luma; blue and red less it, in the same range.
            let root = |light: f32| light.max(0.0).sqrt();
            let (red, blue) = (root(green[at] + red[at]), root(green[at] + blue[at]));
            let green = root(green[at]);
            luma[at] = 0.2627 * red + 0.678 * green + 0.0593 * blue;
            less_blue[at] = (blue - luma[at]) * 0.5643;
            less_red[at] = (red - luma[at]) * 0.6782;
        }
    }
    for range in rows(9) {
        for at in range {
            let bend = |plane: &Plane| {
                let bend = 2.0 * plane[at] - plane[at - step] - plane[at + step];
                bend * bend
            };
            unrest[at] = bend(luma) + bend(less_blue) + bend(less_red);
        }
    }
}

/// How many of the 3×3 pixels around are even along each direction: no more than eight times as uneven as the
/// pixel itself is along the best.
#[multiversion::multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn vote(along: &mut [Direction; 4], bound: &mut Plane) {
    let [first, second, third, fourth] = along.each_ref().map(|direction| &direction.unrest);
    for range in rows(10) {
        for at in range {
            bound[at] = 8.0 * first[at].min(second[at]).min(third[at].min(fourth[at]));
        }
    }
    for Direction { unrest, even, .. } in along {
        for range in rows(10) {
            for at in range {
                let mut count = 0.0;
                for row in [at - EDGE, at, at + EDGE] {
                    for place in [row - 1, row, row + 1] {
                        count += if unrest[place] <= bound[at] { 1.0 } else { 0.0 };
                    }
                }
                even[at] = count;
            }
        }
    }
}

/// The sum of that over 5×5 pixels.
#[multiversion::multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn sum(direction: &mut Direction, sums: &mut Plane) {
    let Direction { even, .. } = direction;
    for range in rows(10) {
        for at in range.start + 2..range.end - 2 {
            sums[at] = even[at - 2] + even[at - 1] + even[at] + even[at + 1] + even[at + 2];
        }
    }
    for range in rows(12) {
        for at in range {
            even[at] =
                sums[at - 2 * EDGE] + sums[at - EDGE] + sums[at] + sums[at + EDGE] + sums[at + 2 * EDGE];
        }
    }
}

/// The mean of the colours along those directions that are as good as the best.
#[multiversion::multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn settle(along: &[Direction; 4], colors: &mut [[f32; 3]]) {
    for range in rows(MARGIN) {
        for at in range {
            let [first, second, third, fourth] = along.each_ref().map(|direction| direction.even[at]);
            let bound = 0.875 * first.max(second).max(third.max(fourth));
            let mut sums = [0.0; 4];
            for Direction { green, differences: [red, blue], even, .. } in along {
                let weight = if even[at] >= bound { 1.0 } else { 0.0 };
                sums[0] += weight;
                sums[1] += weight * green[at];
                sums[2] += weight * red[at];
                sums[3] += weight * blue[at];
            }
            let [count, green, red, blue] = sums;
            let green = green / count;
            colors[at] = [green + red / count, green, green + blue / count];
        }
    }
}
