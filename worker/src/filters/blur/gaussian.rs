//! The Gaussian in two directions, in place.
//!
//! Rows are blurred along themselves in strips of 32, turned so that neighbouring rows lie side by side, into
//! a ring of rows in 16 bits; once enough rows below are there, the columns of a band are blurred from the
//! ring into the picture. So what is held at a time beside the picture is the ring and the sums.

use std::ops::Range;

use multiversion::multiversion;

use super::cosines::{CosineSums, Kernel, LANES, SampleGroup};
use super::strip::{BAND, GROUPS, RowRing, STRIP, lay_side_by_side};
use super::tile::Tile;

/// Groups of columns whose sums stay in the cache.
pub(super) const BLOCK: usize = 32;
/// Added to a float of less than 2²² it leaves the nearest whole number in the lower bits.
const ROUND: f32 = 12_582_912.0;

/// A sample that can be blurred.
pub(super) trait Blurred: Tile + Into<i32> {
    /// How many times finer the ring is than the samples.
    const FINER: f64;

    /// Clipped to what a sample can be.
    fn rounded(value: f32) -> Self;
}

impl Blurred for u8 {
    const FINER: f64 = 256.0;

    #[inline(always)]
    fn rounded(value: f32) -> Self {
        nearest(value, 255.0) as u8
    }
}

impl Blurred for u16 {
    const FINER: f64 = 1.0;

    #[inline(always)]
    fn rounded(value: f32) -> Self {
        nearest(value, 65_535.0) as u16
    }
}

/// The nearest whole number from 0 to `max`, in the lower bits.
#[inline(always)]
pub(super) fn nearest(value: f32, max: f32) -> u32 {
    (value.clamp(0.0, max) + ROUND).to_bits()
}

/// Blurs rows of `row` samples with `count` to a pixel by a kernel of `K` cosines that reaches `reach`
/// standard deviations.
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
    let mut ring = RowRing::new(row, height, reach);
    let mut strip = Strip {
        row,
        count,
        samples: vec![[T::default(); LANES]; row * GROUPS],
        blurred: vec![[0; LANES]; row * GROUPS],
    };
    let mut sums = Vec::new();
    let mut ready = 0;
    for top in (0..height).step_by(BAND) {
        let bottom = (top + BAND).min(height);
        while ready < (bottom + reach).min(height) {
            let rows = &samples[ready * row..][..STRIP.min(height - ready) * row];
            along_rows(&across, rows, &mut strip, &mut ring, ready);
            ready += STRIP;
        }
        if top == 0 {
            sums.extend(ring.at(0).iter().map(|first| down.start(first)));
        }
        let places = if top == 0 { -(reach as i64) } else { top as i64 }..bottom as i64;
        for (block, sums) in sums.chunks_mut(BLOCK).enumerate() {
            let columns = Columns { first: block * BLOCK, sums };
            along_columns(&down, columns, places.clone(), &ring, samples, row);
        }
    }
}

/// Buffers for rows side by side, of `row` samples with `count` to a pixel.
struct Strip<T> {
    row: usize,
    count: usize,
    samples: Vec<SampleGroup<T>>,
    blurred: Vec<SampleGroup<u16>>,
}

/// Blurs up to 32 rows into the ring.
#[multiversion(targets("x86_64+avx2"))]
fn along_rows<T: Blurred, const K: usize>(
    kernel: &Kernel<K>,
    rows: &[T],
    strip: &mut Strip<T>,
    ring: &mut RowRing,
    first: usize,
) {
    let (row, count) = (strip.row, strip.count);
    lay_side_by_side(rows, row, &mut strip.samples);
    let pixel = count * GROUPS;
    let last = (row / count - 1) as i64;
    let mut sums: Vec<CosineSums<K>> =
        strip.samples[..pixel].iter().map(|first| kernel.start(first)).collect();
    let at = |place: i64| &strip.samples[place.clamp(0, last) as usize * pixel..][..pixel];
    kernel.run(&mut sums, -(kernel.reach() as i64)..last + 1, at, |place, values| {
        let target = strip.blurred[place * pixel..][..pixel].as_flattened_mut();
        for (sample, value) in target.iter_mut().zip(values) {
            *sample = u16::rounded(*value);
        }
    });
    ring.take_in(first, rows.len() / row, row, &strip.blurred);
}

/// A block of columns on its way down: its first group in a row, and its sums.
struct Columns<'a, const K: usize> {
    first: usize,
    sums: &'a mut [CosineSums<K>],
}

/// Blurs a block of columns over a range of rows, from the ring into the picture.
#[multiversion(targets("x86_64+avx2"))]
fn along_columns<T: Blurred, const K: usize>(
    kernel: &Kernel<K>,
    Columns { first, sums }: Columns<'_, K>,
    places: Range<i64>,
    ring: &RowRing,
    samples: &mut [T],
    row: usize,
) {
    let many = sums.len();
    let at = |place: i64| &ring.at(place)[first..][..many];
    kernel.run(sums, places, at, |place, values| {
        let target = &mut samples[place * row..][..row][first * LANES..];
        for (sample, value) in target.iter_mut().zip(values) {
            *sample = T::rounded(*value);
        }
    });
}
