//! Gaussian blur. At the border the outermost pixels are repeated. Transparency is blurred together with
//! the colours it covers (premultiplied, in 16 bits), so that the invisible colour of transparent pixels
//! does not bleed out.
//!
//! Results of 8 bits are within 0.7 levels of the exact one, half a level of which is rounding; those of 16
//! bits within 4 of 65,535 up to a standard deviation of 5, and within a level of 8 bits at any. Under
//! transparency an error of 16 bits grows with what alpha is divided by: colours are within 0.7 levels of 8
//! bits up to a standard deviation of 60, and within 1.5 at 250.

mod cosines;
mod gaussian;
mod halved;
mod strip;
mod tile;

use protocol::JobError;
use recipe::filter::Blur;
use recipe::filter::geometry::Size;
use resample::Resampler;

use super::light;
use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Channels, Extent, Picture, Samples};

/// Standard deviations that the kernel reaches: beyond lie 3 in 10,000 of the curve, less than a tenth of a
/// level of 255.
const REACH: f64 = 3.6;
/// The same for 16 bits: 7 in a million, half a level of 65,535.
const REACH_WIDE: f64 = 4.5;
/// Cosines that the curve is made of within its reach; the next one is less than 1 in 10,000, or in 100,000
/// for 16 bits.
const COSINES: usize = 4;
const COSINES_WIDE: usize = 6;
/// Standard deviations below which nothing would change.
const LEAST: f32 = 0.1;

impl Runnable for Blur {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Blur {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(light::in_scale(self.light, picture, |picture| apply(self.radius, picture)))
    }

    fn pixels_beside(&self, size: Size, has_alpha: bool) -> u64 {
        light::pixels_beside(self.light, size.pixels(), pixels_beside(self.radius, size, has_alpha))
    }
}

/// Blurs with this standard deviation in pixels.
pub(super) fn apply(sigma: f32, mut picture: Picture) -> Picture {
    if sigma < LEAST {
        return picture;
    }
    let (count, sigma) = (picture.channels.count(), f64::from(sigma));
    let row = picture.size.width as usize * count;
    match picture.channels {
        Channels::Grey | Channels::Rgb => match &mut picture.samples {
            Samples::U8(samples) if sigma >= halved::LEAST => {
                halved::blur::<COSINES>(samples, row, count, sigma, REACH);
            }
            Samples::U8(samples) => gaussian::blur::<u8, COSINES>(samples, row, count, sigma, REACH),
            Samples::U16(samples) => wide(samples, row, count, sigma),
        },
        Channels::GreyAlpha | Channels::Rgba => match &mut picture.samples {
            Samples::U8(samples) => with_alpha(samples, row, count, sigma),
            Samples::U16(samples) => with_alpha(samples, row, count, sigma),
        },
    }
    picture
}

/// Pixels' worth of memory that a blur needs beside the picture: the ring in 16 bits, with room for strips
/// and sums. No filter adds transparency; where a picture has it, it is blurred as a copy, premultiplied in
/// 16 bits.
pub(super) fn pixels_beside(sigma: f32, size: Size, has_alpha: bool) -> u64 {
    let copy = if has_alpha { size.pixels().saturating_mul(2) } else { 0 };
    let reach = (f64::from(sigma) * REACH_WIDE).ceil() as usize;
    let rows = 2 * strip::RowRing::rows_held(reach, size.height as usize) as u64 + 350;
    copy.saturating_add(u64::from(size.width).saturating_mul(rows))
}

fn wide(samples: &mut [u16], row: usize, count: usize, sigma: f64) {
    gaussian::blur::<u16, COSINES_WIDE>(samples, row, count, sigma, REACH_WIDE);
}

/// Colours multiplied by alpha, blurred, and divided again.
fn with_alpha<T: Sample>(samples: &mut [T], row: usize, count: usize, sigma: f64) {
    let finer = f32::from(u16::MAX) / T::DEPTH.max;
    // Room for all from the start: to grow into it would take up to three times as much.
    let mut premultiplied: Vec<u16> = Vec::with_capacity(samples.len());
    premultiplied.extend(samples.chunks_exact(count).flat_map(|pixel| {
        let alpha = pixel[count - 1].level() / T::DEPTH.max;
        let color =
            pixel[..count - 1].iter().map(move |sample| u16::from_level(sample.level() * finer * alpha));
        color.chain([u16::from_level(pixel[count - 1].level() * finer)])
    }));
    wide(&mut premultiplied, row, count, sigma);
    for (pixel, blurred) in samples.chunks_exact_mut(count).zip(premultiplied.chunks_exact(count)) {
        let alpha = blurred[count - 1].level();
        for (sample, color) in pixel.iter_mut().zip(&blurred[..count - 1]) {
            *sample = T::from_level(if alpha > 0.0 { color.level() / alpha * T::DEPTH.max } else { 0.0 });
        }
        pixel[count - 1] = T::from_level(alpha / finer);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{filtered, floats};
    use super::*;

    /// The definition, in double precision.
    fn reference(picture: &Picture, sigma: f64) -> Vec<f64> {
        let (width, height, count) =
            (picture.size.width as i64, picture.size.height as i64, picture.channels.count());
        let radius = (6.0 * sigma).ceil() as i64;
        let weights: Vec<f64> =
            (-radius..=radius).map(|d| (-((d * d) as f64) / (2.0 * sigma * sigma)).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let pass = |source: &[f64], across: bool| -> Vec<f64> {
            let mut target = vec![0.0; source.len()];
            for y in 0..height {
                for x in 0..width {
                    for c in 0..count {
                        let tap = |d: i64| {
                            let (x, y) = if across {
                                ((x + d).clamp(0, width - 1), y)
                            } else {
                                (x, (y + d).clamp(0, height - 1))
                            };
                            source[(y * width + x) as usize * count + c]
                        };
                        let total: f64 = (-radius..=radius).zip(&weights).map(|(d, w)| tap(d) * w).sum();
                        target[(y * width + x) as usize * count + c] = total / sum;
                    }
                }
            }
            target
        };
        pass(&pass(&floats(picture), true), false)
    }

    #[test]
    fn within_a_level_of_exact() {
        // Wider and higher than the strips, bands and blocks that the blur works in; and smaller.
        for (width, height) in [(61, 47), (1, 1), (3, 200), (200, 3), (101, 300)] {
            for channels in [Channels::Grey, Channels::Rgb] {
                let size = Size { width, height };
                let mut random = fastrand::Rng::with_seed(u64::from(width));
                let len = size.pixels() as usize * channels.count();
                // Black and white noise is the hardest: no rounding is hidden by smoothness.
                let samples: Vec<u16> = (0..len).map(|_| if random.bool() { u16::MAX } else { 0 }).collect();
                let narrow: Vec<u8> = samples.iter().map(|v| (v >> 8) as u8).collect();
                for (sigma, wide) in [
                    (0.3, 1.0),
                    (1.0, 2.0),
                    (4.0, 4.0),
                    (5.0, 4.0),
                    (17.0, 8.0),
                    (60.0, 32.0),
                    (250.0, 200.0),
                ] {
                    check(&Picture { size, channels, samples: Samples::U8(narrow.clone()) }, sigma, 0.75);
                    check(&Picture { size, channels, samples: Samples::U16(samples.clone()) }, sigma, wide);
                }
            }
        }
    }

    #[test]
    fn squares_and_transparency_are_within_a_level_too() {
        // Large squares leave no rounding of the first direction to chance.
        let size = Size { width: 150, height: 170 };
        let square = |n: u32| ((n % 150 / 37 + n / 150 / 29) % 2 * 255) as u8;
        let grey: Vec<u8> = (0..150 * 170).map(square).collect();
        let opaque: Vec<u8> = grey.iter().flat_map(|v| [*v, 255]).collect();
        for sigma in [0.5, 2.0, 5.0, 13.0, 50.0] {
            let picture = Picture { size, channels: Channels::Grey, samples: Samples::U8(grey.clone()) };
            check(&picture, sigma, 0.75);
            let samples = Samples::U8(opaque.clone());
            check(&Picture { size, channels: Channels::GreyAlpha, samples }, sigma, 0.75);
        }
    }

    #[test]
    fn a_plain_picture_stays_as_it_is() {
        let size = Size { width: 333, height: 150 };
        let picture =
            Picture { size, channels: Channels::Rgb, samples: Samples::U8([1, 128, 254].repeat(333 * 150)) };
        assert_eq!(apply(30.0, picture.clone()), picture);
    }

    #[test]
    fn transparent_pixels_do_not_bleed() {
        // Opaque white beside transparent red: the white stays white.
        let size = Size { width: 2, height: 1 };
        let samples = Samples::U8(vec![255, 255, 255, 255, 255, 0, 0, 0]);
        let blurred = floats(&filtered("blur=1", &Picture { size, channels: Channels::Rgba, samples }));
        assert!(blurred[..3].iter().all(|v| *v >= 254.0), "{blurred:?}");
        assert!(blurred[3] < 255.0 && blurred[7] > 0.0, "{blurred:?}");
    }

    fn check(picture: &Picture, sigma: f32, tolerance: f64) {
        let exact = reference(picture, f64::from(sigma));
        let blurred = floats(&apply(sigma, picture.clone()));
        let worst = blurred.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst <= tolerance, "sigma {sigma}, {:?}: off by {worst}", picture.size);
    }
}
