//! The Gaussian in two directions, in place.
//!
//! Rows are blurred along themselves in strips of 32, turned so that neighbouring rows lie side by side, into a ring of rows in 16
//! bits; once enough rows below are there, the columns of a band are blurred from the ring into the picture. So what is held at a
//! time beside the picture is the ring and the sums.

use std::ops::Range;

use multiversion::multiversion;

use super::cosines::{Group, Kernel, LANES, Sums};
use super::tile::Tile;

/// Rows that are blurred along themselves together, and how many groups of them that is.
const STRIP: usize = 32;
const GROUPS: usize = STRIP / LANES;
/// Rows of the picture that are finished together.
const BAND: usize = 128;
/// Groups of columns whose sums stay in the cache.
const BLOCK: usize = 32;
/// Added to a float of less than 2²² it leaves the nearest whole number in the lower bits.
const ROUND: f32 = 12_582_912.0;

/// A sample that can be blurred.
pub(super) trait Blurred: Tile + Into<i32> {
    /// How many times finer the ring is than the samples.
    const FINER: f64;

    /// The nearest sample.
    fn rounded(value: f32) -> Self;
}

impl Blurred for u8 {
    const FINER: f64 = 256.0;

    #[inline(always)]
    fn rounded(value: f32) -> Self {
        (value.clamp(0.0, 255.0) + ROUND).to_bits() as u8
    }
}

impl Blurred for u16 {
    const FINER: f64 = 1.0;

    #[inline(always)]
    fn rounded(value: f32) -> Self {
        (value.clamp(0.0, 65_535.0) + ROUND).to_bits() as u16
    }
}

/// Rows of 16-bit samples that the ring holds of a picture of this height, for a kernel that reaches this far.
pub(super) fn ring_rows(reach: usize, height: usize) -> usize {
    (BAND + 2 * reach + 2 + STRIP).min(height).next_multiple_of(STRIP)
}

/// Blurs rows of `row` samples with `count` to a pixel by a kernel of `K` cosines that reaches `reach` standard deviations.
pub(super) fn blur<T: Blurred, const K: usize>(
    samples: &mut [T],
    row: usize,
    count: usize,
    sigma: f64,
    reach: f64,
) {
    let across = Kernel::<K>::new(sigma, reach, T::FINER);
    let down = Kernel::<K>::new(sigma, reach, 1.0 / T::FINER);
    let reach = across.reach();
    let height = samples.len() / row;
    let mut ring = Ring {
        rows: vec![[0; LANES]; ring_rows(reach, height) * row.div_ceil(LANES)],
        groups: row.div_ceil(LANES),
        last: height - 1,
    };
    let mut strip =
        Strip { samples: vec![[T::default(); LANES]; row * GROUPS], blurred: vec![[0; LANES]; row * GROUPS] };
    let mut sums = Vec::new();
    let mut ready = 0;
    for top in (0..height).step_by(BAND) {
        let bottom = (top + BAND).min(height);
        while ready < (bottom + reach).min(height) {
            let rows = &samples[ready * row..][..STRIP.min(height - ready) * row];
            along_rows(&across, rows, row, count, &mut strip, &mut ring, ready);
            ready += STRIP;
        }
        if top == 0 {
            sums.extend(ring.row(0).iter().map(|first| down.start(first)));
        }
        let places = if top == 0 { -(reach as i64) } else { top as i64 }..bottom as i64;
        for (block, sums) in sums.chunks_mut(BLOCK).enumerate() {
            along_columns(&down, sums, places.clone(), &ring, block * BLOCK, samples, row);
        }
    }
}

/// The rows that are blurred along themselves and still needed.
struct Ring {
    rows: Vec<Group<u16>>,
    /// Groups in a row.
    groups: usize,
    /// The picture's last row.
    last: usize,
}

impl Ring {
    #[inline(always)]
    fn start(&self, row: usize) -> usize {
        row * self.groups % self.rows.len()
    }

    #[inline(always)]
    fn row(&self, row: usize) -> &[Group<u16>] {
        &self.rows[self.start(row)..][..self.groups]
    }
}

/// Buffers for 32 rows, each sample of all of them side by side.
struct Strip<T> {
    samples: Vec<Group<T>>,
    blurred: Vec<Group<u16>>,
}

/// Blurs up to 32 rows into the ring.
#[multiversion(targets("x86_64+avx2"))]
fn along_rows<T: Blurred, const K: usize>(
    kernel: &Kernel<K>,
    rows: &[T],
    row: usize,
    count: usize,
    strip: &mut Strip<T>,
    ring: &mut Ring,
    first: usize,
) {
    for (index, rows) in rows.chunks(row * LANES).enumerate() {
        for left in (0..row).step_by(LANES) {
            let mut tile = [[T::default(); LANES]; LANES];
            for (line, row) in tile.iter_mut().zip(rows.chunks_exact(row)) {
                match row[left..].first_chunk() {
                    Some(whole) => *line = *whole,
                    None => line[..row.len() - left].copy_from_slice(&row[left..]),
                }
            }
            let tile = T::turned(tile);
            for (x, column) in tile[..LANES.min(row - left)].iter().enumerate() {
                strip.samples[(left + x) * GROUPS + index] = *column;
            }
        }
    }

    let pixel = count * GROUPS;
    let last = (row / count - 1) as i64;
    let mut sums: Vec<Sums<K>> = strip.samples[..pixel].iter().map(|first| kernel.start(first)).collect();
    let at = |place: i64| &strip.samples[place.clamp(0, last) as usize * pixel..][..pixel];
    kernel.run(&mut sums, -(kernel.reach() as i64)..last + 1, at, |place, values| {
        let target = strip.blurred[place * pixel..][..pixel].as_flattened_mut();
        for (sample, value) in target.iter_mut().zip(values) {
            *sample = u16::rounded(*value);
        }
    });

    // Strips begin where the ring has room for a whole one.
    let start = ring.start(first);
    let many = rows.len() / row;
    for top in (0..many).step_by(LANES) {
        for group in 0..ring.groups {
            let left = group * LANES;
            let mut tile = [[0; LANES]; LANES];
            for (x, column) in tile[..LANES.min(row - left)].iter_mut().enumerate() {
                *column = strip.blurred[(left + x) * GROUPS + top / LANES];
            }
            let tile = u16::turned(tile);
            for (y, values) in tile[..LANES.min(many - top)].iter().enumerate() {
                ring.rows[start + (top + y) * ring.groups + group] = *values;
            }
        }
    }
}

/// Blurs a block of columns over a range of rows, from the ring into the picture.
#[multiversion(targets("x86_64+avx2"))]
fn along_columns<T: Blurred, const K: usize>(
    kernel: &Kernel<K>,
    sums: &mut [Sums<K>],
    places: Range<i64>,
    ring: &Ring,
    first: usize,
    samples: &mut [T],
    row: usize,
) {
    let many = sums.len();
    let at = |place: i64| &ring.row(place.clamp(0, ring.last as i64) as usize)[first..][..many];
    kernel.run(sums, places, at, |place, values| {
        let target = &mut samples[place * row..][..row][first * LANES..];
        for (sample, value) in target.iter_mut().zip(values) {
            *sample = T::rounded(*value);
        }
    });
}
