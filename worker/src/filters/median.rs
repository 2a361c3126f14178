//! Median: each colour sample becomes the middle one of the window around it. At the border the outermost
//! pixels are repeated. Alpha is not touched. No state.
//!
//! The smallest window is sorted by a network; larger ones are counted in a histogram that slides over the
//! picture (Huang, Yang and Tang 1979), in two steps of half the bits each, so that finding the middle is
//! short. It goes to and fro, and down at the ends of the rows, so that it is never filled anew.

use protocol::JobError;
use recipe::filter::Median;
use recipe::filter::geometry::Size;
use resample::Resampler;

use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Channels, Extent, Picture, Samples};

impl Runnable for Median {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Median {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(apply(self, &picture))
    }

    /// The rows under the window and the next one.
    fn pixels_beside(&self, size: Size, _: bool) -> u64 {
        let radius = u64::from(self.radius);
        (2 * radius + 2).saturating_mul(u64::from(size.width) + 2 * radius)
    }
}

fn apply(median: &Median, picture: &Picture) -> Picture {
    let (width, channels) = (picture.size.width as usize, picture.channels);
    let samples = match &picture.samples {
        Samples::U8(samples) => u8::wrap(run(samples, width, channels, median.radius as usize)),
        Samples::U16(samples) => u16::wrap(run(samples, width, channels, median.radius as usize)),
    };
    Picture { size: picture.size, channels, samples }
}

fn run<T: Sample>(samples: &[T], width: usize, channels: Channels, radius: usize) -> Vec<T> {
    let (count, side) = (channels.count(), 2 * radius + 1);
    let row_len = width * count;
    let height = samples.len() / row_len;
    // A row with its ends repeated; the first and the last row of the picture are repeated too.
    let nearby = |y: usize, into: &mut [T]| {
        let nearest = y.saturating_sub(radius).min(height - 1);
        widen(&samples[nearest * row_len..][..row_len], count, into);
    };
    let wide = (width + 2 * radius) * count;
    let mut rows = RowsUnder { samples: vec![T::from_index(0); side * wide], wide, side, count };
    rows.samples.chunks_exact_mut(wide).enumerate().for_each(|(y, row)| nearby(y, row));
    let mut next = rows.samples[..wide].to_vec();
    let colors = channels.color_count();
    let counted = if radius == 1 { 0 } else { colors };
    let mut windows: Vec<Histogram> = (0..counted).map(|channel| Histogram::new(&rows, channel)).collect();

    let mut result = samples.to_vec();
    for (y, target) in result.chunks_exact_mut(row_len).enumerate() {
        let is_forth = y % 2 == 0;
        if y > 0 {
            nearby(y + 2 * radius, &mut next);
            let last = &mut rows.samples[(y - 1) % side * wide..][..wide];
            let column = if is_forth { 0 } else { width - 1 };
            for (channel, window) in windows.iter_mut().enumerate() {
                let places = (column..column + side).map(|x| x * count + channel);
                places.for_each(|at| window.exchange(last[at], next[at]));
            }
            last.copy_from_slice(&next);
        }
        if radius == 1 {
            rows.sort(colors, target);
        }
        for (channel, window) in windows.iter_mut().enumerate() {
            window.go_along(&rows, channel, is_forth, target);
        }
    }
    result
}

/// The rows under the window, one after the other but in any order: the middle of their samples is the same.
struct RowsUnder<T> {
    samples: Vec<T>,
    /// Samples of a row.
    wide: usize,
    /// Edge of the window.
    side: usize,
    /// Samples of a pixel.
    count: usize,
}

impl<T: Sample> RowsUnder<T> {
    /// Sets a row's colours from the three around it.
    fn sort(&self, colors: usize, target: &mut [T]) {
        let (above, rest) = self.samples.split_at(self.wide);
        let (here, below) = rest.split_at(self.wide);
        let count = self.count;
        for (index, sample) in target.iter_mut().enumerate().filter(|(index, _)| index % count < colors) {
            let [a, b, c] =
                [above, here, below].map(|row| [row[index], row[index + count], row[index + 2 * count]]);
            *sample = middle_of_nine([a[0], a[1], a[2], b[0], b[1], b[2], c[0], c[1], c[2]]);
        }
    }
}

/// A row with its first and last pixel repeated, as often as there is room for.
fn widen<T: Copy>(row: &[T], count: usize, into: &mut [T]) {
    let beside = (into.len() - row.len()) / 2;
    into[beside..][..row.len()].copy_from_slice(row);
    into[..beside].chunks_exact_mut(count).for_each(|pixel| pixel.copy_from_slice(&row[..count]));
    let last = &row[row.len() - count..];
    into[beside + row.len()..].chunks_exact_mut(count).for_each(|pixel| pixel.copy_from_slice(last));
}

/// The levels of a window counted, and the same in groups.
struct Histogram {
    coarse: Vec<u16>,
    fine: Vec<u16>,
    /// How many levels are below the middle one.
    half: u16,
}

/// Bits of a level within its group.
const fn shift<T: Sample>() -> u32 {
    T::DEPTH.bits / 2
}

impl Histogram {
    /// The window at the beginning of its rows.
    fn new<T: Sample>(rows: &RowsUnder<T>, channel: usize) -> Self {
        let (mut coarse, mut fine) = (vec![0; 1 << shift::<T>()], vec![0; 1 << T::DEPTH.bits]);
        for row in rows.samples.chunks_exact(rows.wide) {
            for sample in row[channel..].iter().step_by(rows.count).take(rows.side) {
                let level = sample.index();
                coarse[level >> shift::<T>()] += 1;
                fine[level] += 1;
            }
        }
        Histogram { coarse, fine, half: (rows.side * rows.side / 2) as u16 }
    }

    /// Sets a channel of a row, from its beginning to its end or back. A function of its own, so that the
    /// compiler keeps in registers where the counts are.
    #[inline(never)]
    fn go_along<T: Sample>(&mut self, rows: &RowsUnder<T>, channel: usize, is_forth: bool, target: &mut [T]) {
        let &RowsUnder { ref samples, wide, side, count } = rows;
        let width = target.len() / count;
        for step in 0..width {
            let x = if is_forth { step } else { width - 1 - step };
            if step > 0 {
                let (leaving, entering) = if is_forth { (x - 1, x + side - 1) } else { (x + side, x) };
                let (leaving, entering) = (leaving * count + channel, entering * count + channel);
                for row in samples.chunks_exact(wide) {
                    self.exchange(row[leaving], row[entering]);
                }
            }
            target[x * count + channel] = self.middle();
        }
    }

    /// One sample leaves the window, and one comes in.
    #[inline(always)]
    fn exchange<T: Sample>(&mut self, leaving: T, entering: T) {
        let (leaving, entering) = (leaving.index(), entering.index());
        self.coarse[leaving >> shift::<T>()] -= 1;
        self.fine[leaving] -= 1;
        self.coarse[entering >> shift::<T>()] += 1;
        self.fine[entering] += 1;
    }

    /// The level that as many are below as above.
    #[inline(always)]
    fn middle<T: Sample>(&self) -> T {
        let (group, left) = walk(&self.coarse, self.half);
        let start = group << shift::<T>();
        let (level, _) = walk(&self.fine[start..start + (1 << shift::<T>())], left);
        T::from_index(start + level)
    }
}

/// Where so many have been counted, and how many are left of them there.
#[inline(always)]
fn walk(counts: &[u16], mut left: u16) -> (usize, u16) {
    for (place, count) in counts.iter().enumerate() {
        if left < *count {
            return (place, left);
        }
        left -= count;
    }
    (0, 0)
}

/// The fifth of nine by exchanges: Paeth, "Median finding on a 3×3 grid", Graphics Gems (1990).
#[inline(always)]
fn middle_of_nine<T: Ord + Copy>(mut v: [T; 9]) -> T {
    const EXCHANGES: [(usize, usize); 19] = [
        (1, 2),
        (4, 5),
        (7, 8),
        (0, 1),
        (3, 4),
        (6, 7),
        (1, 2),
        (4, 5),
        (7, 8),
        (0, 3),
        (5, 8),
        (4, 7),
        (3, 6),
        (1, 4),
        (2, 5),
        (4, 7),
        (4, 2),
        (6, 4),
        (4, 2),
    ];
    for (low, high) in EXCHANGES {
        (v[low], v[high]) = (v[low].min(v[high]), v[low].max(v[high]));
    }
    v[4]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{at, filtered, pictures};
    use super::*;

    /// Checks each pixel against the sorted ones around it.
    fn against_sorting(picture: &Picture, radius: i64) {
        let result = filtered(&format!("median={radius}"), picture);
        assert_eq!(result.size, picture.size);
        for y in 0..i64::from(picture.size.height) {
            for x in 0..i64::from(picture.size.width) {
                let around = (-radius..=radius).flat_map(|dy| (-radius..=radius).map(move |dx| (dx, dy)));
                let pixels: Vec<_> = around.map(|(dx, dy)| at(picture, x + dx, y + dy)).collect();
                let got = at(&result, x, y);
                for n in 0..picture.channels.color_count() {
                    let mut values: Vec<_> = pixels.iter().map(|pixel| pixel[n]).collect();
                    values.sort_by(f64::total_cmp);
                    assert_eq!(got[n], values[values.len() / 2], "radius {radius}, {x},{y}");
                }
                if picture.channels.has_alpha() {
                    assert_eq!(got.last(), at(picture, x, y).last());
                }
            }
        }
    }

    #[test]
    fn every_kind_of_picture() {
        for picture in pictures() {
            for radius in [1, 2, 4] {
                against_sorting(&picture, radius);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn every_shape(
            width in 1u32..12,
            height in 1u32..90,
            is_turned: bool,
            channels in prop::sample::select(vec![Channels::Grey, Channels::Rgb, Channels::Rgba]),
            is_deep: bool,
            radius in 1i64..6,
            seed: u64,
        ) {
            let (width, height) = if is_turned { (height, width) } else { (width, height) };
            let mut random = fastrand::Rng::with_seed(seed);
            let count = (width * height) as usize * channels.count();
            let samples = if is_deep {
                Samples::U16((0..count).map(|_| random.u16(..)).collect())
            } else {
                Samples::U8((0..count).map(|_| random.u8(..)).collect())
            };
            against_sorting(&Picture { size: Size { width, height }, channels, samples }, radius);
        }
    }
}
