//! Masks: how much of each pixel the ink of a text covers, and what surrounds it. No state.

use ab_glyph::OutlinedGlyph;
use recipe::filter::geometry::Size;

use super::super::blur;
use crate::image::{Channels, Picture, Samples};

/// How much of each pixel is covered, 0–1.
#[derive(Debug, Clone)]
pub(super) struct Mask {
    width: usize,
    pub(super) coverage: Vec<f32>,
}

impl Mask {
    /// The glyphs, `around` pixels away from the left and upper edge.
    pub(super) fn of(glyphs: impl Iterator<Item = OutlinedGlyph>, size: Size, around: usize) -> Mask {
        let (width, rows, around) = (size.width as usize, size.height as usize, around as i64);
        let mut coverage = vec![0.0f32; width * rows];
        for glyph in glyphs {
            let bounds = glyph.px_bounds();
            glyph.draw(|x, y, covered| {
                let x = bounds.min.x as i64 + i64::from(x) + around;
                let y = bounds.min.y as i64 + i64::from(y) + around;
                if (0..width as i64).contains(&x) && (0..rows as i64).contains(&y) {
                    let pixel = &mut coverage[y as usize * width + x as usize];
                    *pixel = pixel.max(covered.min(1.0));
                }
            });
        }
        Mask { width, coverage }
    }

    fn size(&self) -> Size {
        Size { width: self.width as u32, height: (self.coverage.len() / self.width) as u32 }
    }

    /// Everything within this many pixels of what is at least half covered.
    pub(super) fn grown(&self, by: f32) -> Mask {
        let far = f32::MAX / 4.0;
        let mut squares: Vec<f32> = self.coverage.iter().map(|c| if *c >= 0.5 { 0.0 } else { far }).collect();
        let height = squares.len() / self.width;
        for x in 0..self.width {
            let column: Vec<f32> = (0..height).map(|y| squares[y * self.width + x]).collect();
            for (y, square) in nearest_squares(&column).into_iter().enumerate() {
                squares[y * self.width + x] = square;
            }
        }
        for row in squares.chunks_exact_mut(self.width) {
            let nearest = nearest_squares(row);
            row.copy_from_slice(&nearest);
        }
        let grown = |(square, own): (&f32, &f32)| (by + 0.5 - square.sqrt()).clamp(*own, 1.0);
        Mask { width: self.width, coverage: squares.iter().zip(&self.coverage).map(grown).collect() }
    }

    /// Moved right and down.
    pub(super) fn moved(&self, by: usize) -> Mask {
        let mut coverage = vec![0.0; self.coverage.len()];
        for (row, target) in
            self.coverage.chunks_exact(self.width).zip(coverage.chunks_exact_mut(self.width).skip(by))
        {
            target[by.min(self.width)..].copy_from_slice(&row[..self.width - by.min(self.width)]);
        }
        Mask { width: self.width, coverage }
    }

    pub(super) fn blurred(&self, sigma: f32) -> Mask {
        let samples = self.coverage.iter().map(|c| (c * 65_535.0).round() as u16).collect();
        let picture = Picture { size: self.size(), channels: Channels::Grey, samples: Samples::U16(samples) };
        let coverage = match blur::apply(sigma, picture).samples {
            Samples::U16(samples) => samples.into_iter().map(|v| f32::from(v) / 65_535.0).collect(),
            Samples::U8(samples) => samples.into_iter().map(|v| f32::from(v) / 255.0).collect(),
        };
        Mask { width: self.width, coverage }
    }
}

/// For each place the least of value + distance² over all places: the lower envelope of parabolas
/// (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012).
fn nearest_squares(values: &[f32]) -> Vec<f32> {
    // Each parabola of the envelope with the place from which on it is the lowest.
    let mut envelope: Vec<(usize, f32)> = Vec::new();
    for (place, value) in values.iter().enumerate() {
        let meets = |other: usize| {
            let (q, p) = (place as f32, other as f32);
            ((value + q * q) - (values[other] + p * p)) / (2.0 * (q - p))
        };
        while envelope.last().is_some_and(|(other, from)| meets(*other) <= *from) {
            envelope.pop();
        }
        let from = envelope.last().map_or(f32::NEG_INFINITY, |(other, _)| meets(*other));
        envelope.push((place, from));
    }
    let mut lowest = 0;
    (0..values.len())
        .map(|place| {
            while envelope.get(lowest + 1).is_some_and(|(_, from)| *from < place as f32) {
                lowest += 1;
            }
            let other = envelope.get(lowest).map_or(place, |(other, _)| *other);
            let distance = place.abs_diff(other) as f32;
            values[other] + distance * distance
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_exact() {
        let far = f32::MAX / 4.0;
        assert_eq!(nearest_squares(&[far, 0.0, far, far, 0.0]), [1.0, 0.0, 1.0, 1.0, 0.0]);
        assert_eq!(nearest_squares(&[far, far, far, 0.0, far]), [9.0, 4.0, 1.0, 0.0, 1.0]);
        assert_eq!(nearest_squares(&[9.0, 2.0, 1.0]), [3.0, 2.0, 1.0]);
    }
}
