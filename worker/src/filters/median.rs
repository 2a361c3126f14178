//! Median: each colour sample becomes the middle one of the window around it. At the border the outermost
//! pixels are repeated. Alpha is not touched. No state.
//!
//! The smallest window is sorted by a network; larger ones are counted in a histogram that slides along the
//! row (Huang, Yang and Tang 1979), in two steps of half the bits each, so that finding the middle is short.

use protocol::JobError;
use recipe::filter::Median;
use recipe::filter::geometry::Size;
use resample::Resampler;

use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Channels, Picture, Samples};

impl Runnable for Median {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Median {
    fn run(&mut self, picture: Picture, _: Size, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(apply(self, &picture))
    }

    /// The rows under the window.
    fn pixels_beside(&self, size: Size, _: bool) -> u64 {
        let radius = u64::from(self.radius);
        (2 * radius + 1).saturating_mul(u64::from(size.width) + 2 * radius)
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
    let (count, colors) = (channels.count(), channels.color_count());
    let row_len = width * count;
    let height = samples.len() / row_len;
    let mut result = samples.to_vec();
    let mut window = Histogram::new::<T>();
    // The rows that the window covers, each with its ends repeated.
    let mut rows: Vec<Vec<T>> = vec![Vec::new(); 2 * radius + 1];
    for (y, target) in result.chunks_exact_mut(row_len).enumerate() {
        for (row, nearby) in rows.iter_mut().zip(y..) {
            let nearest = nearby.saturating_sub(radius).min(height - 1);
            widen(&samples[nearest * row_len..][..row_len], count, radius, row);
        }
        if let [above, here, below] = &rows[..] {
            for (index, sample) in target.iter_mut().enumerate().filter(|(index, _)| index % count < colors) {
                let [a, b, c] =
                    [above, here, below].map(|row| [row[index], row[index + count], row[index + 2 * count]]);
                *sample = middle_of_nine([a[0], a[1], a[2], b[0], b[1], b[2], c[0], c[1], c[2]]);
            }
        } else {
            for channel in 0..colors {
                window.clear();
                for x in 0..2 * radius {
                    rows.iter().for_each(|row| window.add(row[x * count + channel].index()));
                }
                for (x, pixel) in target.chunks_exact_mut(count).enumerate() {
                    let entering = (x + 2 * radius) * count + channel;
                    rows.iter().for_each(|row| window.add(row[entering].index()));
                    pixel[channel] = T::from_index(window.middle());
                    rows.iter().for_each(|row| window.remove(row[x * count + channel].index()));
                }
            }
        }
    }
    result
}

/// A row with its first and last pixel repeated `radius` times.
fn widen<T: Copy>(row: &[T], count: usize, radius: usize, into: &mut Vec<T>) {
    into.clear();
    for _ in 0..radius {
        into.extend_from_slice(&row[..count]);
    }
    into.extend_from_slice(row);
    for _ in 0..radius {
        into.extend_from_slice(&row[row.len() - count..]);
    }
}

/// Levels counted, and the same in groups.
struct Histogram {
    coarse: Vec<u16>,
    fine: Vec<u16>,
    /// Bits of a level within its group.
    shift: u32,
    total: u32,
}

impl Histogram {
    fn new<T: Sample>() -> Self {
        let shift = T::DEPTH.bits / 2;
        Self { coarse: vec![0; 1 << shift], fine: vec![0; 1 << T::DEPTH.bits], shift, total: 0 }
    }

    fn clear(&mut self) {
        self.coarse.fill(0);
        self.fine.fill(0);
        self.total = 0;
    }

    fn add(&mut self, level: usize) {
        self.coarse[level >> self.shift] += 1;
        self.fine[level] += 1;
        self.total += 1;
    }

    fn remove(&mut self, level: usize) {
        self.coarse[level >> self.shift] -= 1;
        self.fine[level] -= 1;
        self.total -= 1;
    }

    /// The level that as many are below as above.
    fn middle(&self) -> usize {
        let mut left = self.total / 2;
        let mut walk = |counts: &[u16]| {
            let position = counts.iter().position(|count| {
                let count = u32::from(*count);
                let found = left < count;
                if !found {
                    left -= count;
                }
                found
            });
            position.unwrap_or(0)
        };
        let group = walk(&self.coarse) << self.shift;
        group + walk(&self.fine[group..group + (1 << self.shift)])
    }
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
    use super::super::testing::{at, filtered, pictures};

    #[test]
    fn against_sorting() {
        for picture in pictures() {
            for radius in [1, 2, 4] {
                let result = filtered(&format!("median={radius}"), &picture);
                for y in 0..i64::from(picture.size.height) {
                    for x in 0..i64::from(picture.size.width) {
                        let around =
                            (-radius..=radius).flat_map(|dy| (-radius..=radius).map(move |dx| (dx, dy)));
                        let pixels: Vec<_> = around.map(|(dx, dy)| at(&picture, x + dx, y + dy)).collect();
                        let got = at(&result, x, y);
                        for n in 0..picture.channels.color_count() {
                            let mut values: Vec<_> = pixels.iter().map(|pixel| pixel[n]).collect();
                            values.sort_by(f64::total_cmp);
                            assert_eq!(got[n], values[values.len() / 2], "radius {radius}, {x},{y}");
                        }
                        if picture.channels.has_alpha() {
                            assert_eq!(got.last(), at(&picture, x, y).last());
                        }
                    }
                }
            }
        }
    }
}
