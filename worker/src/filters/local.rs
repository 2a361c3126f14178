//! Shadows_highlights and clarity: changes of tone that go by what lies around a pixel, the *base*.
//!
//! The base is the luma smoothed by a guided filter (K. He, J. Sun, X. Tang, "Guided Image Filtering", ECCV
//! 2010), which keeps edges, so that no halo shows along them; worked out on a smaller copy, as the same
//! authors' "Fast Guided Filter" (2015) does. No state.

use multiversion::multiversion;
use protocol::JobError;
use recipe::filter::geometry::Size;
use recipe::filter::{Clarity, ShadowsHighlights};
use resample::Resampler;

use super::luma;
use super::plane::{Plane, Sampled};
use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Extent, Picture, Samples};

/// Variance of the luma, of white as 1, from which on something counts as an edge for shadows_highlights.
const EDGE: f32 = 0.01;
/// The same for clarity, which is to strengthen what are weak edges.
const STRONG_EDGE: f32 = 0.04;
/// How many times the light of the darkest shadow grows at most, less 1.
const LIFT: f32 = 2.0;
/// The same downwards; more would turn the order of tones around.
const DROP: f32 = 0.9;
/// How many times the difference from the base is added at most.
const BOOST: f32 = 1.5;
/// How much of it is taken away at most; more than all would turn it around.
const SOFTEN: f32 = 0.8;

impl Runnable for ShadowsHighlights {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

/// Each value × gain(base).
impl Loop for ShadowsHighlights {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        let tone = self.tone();
        Ok(change(picture, self.radius, EDGE, move |_, base| Change { factor: tone.gain(base), shift: 0.0 }))
    }

    fn bytes_beside(&self, size: Size) -> u64 {
        bytes_beside(size, self.radius)
    }
}

impl Runnable for Clarity {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

/// Each value + amount × 1.5, or 0.8 where that is negative, × (luma − base) × 4 × luma × (1 − luma).
impl Loop for Clarity {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        let amount = if self.amount > 0.0 { BOOST * self.amount } else { SOFTEN * self.amount };
        let shift = move |luma: f32, base: f32| amount * (luma - base) * 4.0 * luma * (1.0 - luma);
        Ok(change(picture, self.radius, STRONG_EDGE, move |luma, base| Change {
            factor: 1.0,
            shift: shift(luma, base),
        }))
    }

    fn bytes_beside(&self, size: Size) -> u64 {
        bytes_beside(size, self.radius)
    }
}

/// How much shadows are lifted and highlights lowered, at the most.
#[derive(Debug, Clone, Copy)]
struct Tone {
    shadows: f32,
    highlights: f32,
}

trait Toned {
    fn tone(&self) -> Tone;
}

impl Toned for ShadowsHighlights {
    fn tone(&self) -> Tone {
        let most = |amount: f32| if amount > 0.0 { LIFT * amount } else { DROP * amount };
        Tone { shadows: most(self.shadows), highlights: most(self.highlights) }
    }
}

impl Tone {
    /// What a value is multiplied by where the base is this; white is 1.
    fn gain(self, base: f32) -> f32 {
        let dark = 1.0 - base;
        1.0 + self.shadows * dark * dark * dark - self.highlights * dark * base * base
    }
}

/// What becomes of a value: times the factor, and the shift, with white as 1.
struct Change {
    factor: f32,
    shift: f32,
}

/// Pixels that the base reaches in each direction.
fn reach(size: Size, radius: f32) -> f32 {
    (radius * size.short_edge() as f32).max(1.0)
}

/// Two planes for the guided filter and two while they are smoothed.
fn bytes_beside(size: Size, radius: f32) -> u64 {
    Plane::bytes(size, Plane::step(reach(size, radius))).saturating_mul(4)
}

/// Changes each pixel by its luma and the base there.
fn change(
    mut picture: Picture,
    radius: f32,
    edge: f32,
    change: impl Fn(f32, f32) -> Change + Copy,
) -> Picture {
    let (size, count) = (picture.size, picture.channels.count());
    let reach = reach(size, radius);
    match (&mut picture.samples, count) {
        (Samples::U8(samples), 1) => run::<u8, 1>(samples, size, reach, edge, change),
        (Samples::U8(samples), 2) => run::<u8, 2>(samples, size, reach, edge, change),
        (Samples::U8(samples), 3) => run::<u8, 3>(samples, size, reach, edge, change),
        (Samples::U8(samples), _) => run::<u8, 4>(samples, size, reach, edge, change),
        (Samples::U16(samples), 1) => run::<u16, 1>(samples, size, reach, edge, change),
        (Samples::U16(samples), 2) => run::<u16, 2>(samples, size, reach, edge, change),
        (Samples::U16(samples), 3) => run::<u16, 3>(samples, size, reach, edge, change),
        (Samples::U16(samples), _) => run::<u16, 4>(samples, size, reach, edge, change),
    }
    picture
}

fn run<T: Sample, const COUNT: usize>(
    samples: &mut [T],
    size: Size,
    reach: f32,
    edge: f32,
    change: impl Fn(f32, f32) -> Change + Copy,
) {
    let width = size.width as usize;
    let lumas = |y: usize, row: &mut [f32]| lumas_of::<T, COUNT>(&samples[y * width * COUNT..], row);
    let [slope, offset] = guided(lumas, size, reach, edge);
    let mut luma = vec![0.0; width];
    let (mut slopes, mut offsets) = (luma.clone(), luma.clone());
    for (y, row) in samples.chunks_exact_mut(width * COUNT).enumerate() {
        lumas_of::<T, COUNT>(row, &mut luma);
        slope.row(y, &mut slopes);
        offset.row(y, &mut offsets);
        change_row::<T, COUNT>(row, &luma, &slopes, &offsets, change);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn change_row<T: Sample, const COUNT: usize>(
    row: &mut [T],
    luma: &[f32],
    slopes: &[f32],
    offsets: &[f32],
    change: impl Fn(f32, f32) -> Change,
) {
    let colors = if COUNT < 3 { 1 } else { 3 };
    let bases = luma.iter().zip(slopes).zip(offsets);
    for (pixel, ((luma, slope), offset)) in row.as_chunks_mut::<COUNT>().0.iter_mut().zip(bases) {
        let Change { factor, shift } = change(*luma, (slope * luma + offset).clamp(0.0, 1.0));
        for sample in &mut pixel[..colors] {
            *sample = T::from_level(sample.level() * factor + shift * T::DEPTH.max);
        }
    }
}

/// The luma of the first pixels, as many as there is room for; white is 1.
#[multiversion(targets("x86_64+avx2"))]
fn lumas_of<T: Sample, const COUNT: usize>(samples: &[T], row: &mut [f32]) {
    let scale = 1.0 / T::DEPTH.max;
    for (to, pixel) in row.iter_mut().zip(samples.as_chunks::<COUNT>().0) {
        *to = scale
            * if COUNT < 3 {
                pixel[0].level()
            } else {
                luma(pixel[0].level(), pixel[1].level(), pixel[2].level())
            };
    }
}

/// The slope and the offset that the base has in terms of the luma, at each place.
fn guided(lumas: impl Fn(usize, &mut [f32]), size: Size, reach: f32, edge: f32) -> [Sampled; 2] {
    let step = Plane::step(reach);
    let [mut mean, mut square] = Plane::shrunk(lumas, size, step);
    let around = ((reach / step as f32).round() as usize).max(1);
    mean.smooth(around);
    square.smooth(around);
    for (mean, square) in mean.values.iter_mut().zip(&mut square.values) {
        let variance = (*square - *mean * *mean).max(0.0);
        let slope = variance / (variance + edge);
        (*square, *mean) = (slope, *mean * (1.0 - slope));
    }
    mean.smooth(around);
    square.smooth(around);
    [square, mean].map(|plane| Sampled::new(plane, size, step))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{filtered, floats, pictures};
    use crate::image::{Channels, Picture, Samples};
    use recipe::filter::geometry::Size;

    const SPECS: [&str; 3] = [
        "shadows_highlights:shadows=0.8,highlights=0.6,radius=0.2",
        "clarity:amount=0.8,radius=0.2",
        "clarity=-1",
    ];

    /// The definition in double precision, with means taken pixel by pixel; `reach` in pixels.
    fn bases(lumas: &[f64], size: Size, reach: i64, edge: f64) -> Vec<f64> {
        let (width, height) = (i64::from(size.width), i64::from(size.height));
        let places = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let mean = |values: &[f64]| -> Vec<f64> {
            let around = |x: i64, y: i64| {
                let near = places().filter(|(a, b)| (a - x).abs() <= reach && (b - y).abs() <= reach);
                let near: Vec<f64> = near.map(|(x, y)| values[(y * width + x) as usize]).collect();
                near.iter().sum::<f64>() / near.len() as f64
            };
            places().map(|(x, y)| around(x, y)).collect()
        };
        let squares: Vec<f64> = lumas.iter().map(|v| v * v).collect();
        let (means, squares) = (mean(lumas), mean(&squares));
        let slopes: Vec<f64> = means
            .iter()
            .zip(&squares)
            .map(|(mean, square)| {
                let variance = (square - mean * mean).max(0.0);
                variance / (variance + edge)
            })
            .collect();
        let offsets: Vec<f64> = means.iter().zip(&slopes).map(|(mean, slope)| mean * (1.0 - slope)).collect();
        let (slopes, offsets) = (mean(&slopes), mean(&offsets));
        (0..lumas.len()).map(|n| slopes[n] * lumas[n] + offsets[n]).collect()
    }

    #[test]
    fn against_the_definition() {
        for (spec, edge) in SPECS.into_iter().zip([0.01, 0.04, 0.04]) {
            for picture in pictures() {
                let (max, tolerance) =
                    if matches!(picture.samples, Samples::U8(_)) { (255.0, 0.6) } else { (65_535.0, 6.0) };
                let (count, colors) = (picture.channels.count(), picture.channels.color_count());
                let before = floats(&picture);
                let luma_of = |pixel: &[f64]| match colors {
                    1 => pixel[0] / max,
                    _ => (0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]) / max,
                };
                let lumas: Vec<f64> = before.chunks(count).map(luma_of).collect();
                let bases = bases(&lumas, picture.size, 1, edge);
                let after = floats(&filtered(spec, &picture));
                for (index, pixel) in before.chunks(count).enumerate() {
                    let (luma, base) = (lumas[index], bases[index]);
                    let dark = 1.0 - base;
                    let (factor, shift) = match spec.starts_with("shadows") {
                        true => (1.0 + 1.6 * dark.powi(3) - 1.2 * dark * base * base, 0.0),
                        false => {
                            let amount = if spec.ends_with("-1") { -0.8 } else { 0.8 * 1.5 };
                            (1.0, amount * (luma - base) * 4.0 * luma * (1.0 - luma))
                        }
                    };
                    for channel in 0..count {
                        let expected = match channel < colors {
                            true => (pixel[channel] * factor + shift * max).clamp(0.0, max),
                            false => pixel[channel],
                        };
                        let got = after[index * count + channel];
                        assert!((got - expected).abs() <= tolerance, "{spec}: {got}, expected {expected}");
                    }
                }
            }
        }
    }

    /// A dark and a bright half, each with a fine pattern.
    fn halves(width: u32, height: u32) -> Picture {
        let size = Size { width, height };
        let sample = |at: u32| {
            let (x, y) = (at % width, at / width);
            (if x < width / 2 { 30 } else { 220 }) + 10 * ((x / 3 + y / 3) % 2) as u8
        };
        let samples = Samples::U8((0..width * height).map(sample).collect());
        Picture { size, channels: Channels::Grey, samples }
    }

    #[test]
    fn shadows_rise_with_their_detail_and_without_a_halo() {
        let picture = halves(400, 300);
        let at = |picture: &Picture, x: usize, y: usize| floats(picture)[y * 400 + x];
        let lifted = filtered("shadows_highlights=0.8", &picture);
        assert!(at(&lifted, 50, 150) > 1.8 * at(&picture, 50, 150));
        assert!((at(&lifted, 350, 150) - at(&picture, 350, 150)).abs() < 4.0);
        let detail = |picture: &Picture| (at(picture, 51, 150) - at(picture, 54, 150)).abs();
        assert!(detail(&lifted) > 1.5 * detail(&picture));
        let near = at(&lifted, 195, 150);
        assert!(near > 0.8 * at(&lifted, 50, 150) && near < 1.2 * at(&lifted, 50, 150) + 10.0, "{near}");
    }

    #[test]
    fn clarity_strengthens_what_is_near_and_not_what_is_even() {
        let picture = halves(400, 300);
        let detail =
            |picture: &Picture| (floats(picture)[150 * 400 + 51] - floats(picture)[150 * 400 + 54]).abs();
        assert!(detail(&filtered("clarity=1", &picture)) > detail(&picture) + 3.0);
        assert!(detail(&filtered("clarity=-1", &picture)) < detail(&picture) - 2.0);
        let even = Picture { samples: Samples::U8(vec![90; 120_000]), ..picture };
        assert_eq!(filtered("clarity=1", &even), even);
    }
}
