//! Vignette: darkens towards the corners. No state.
//!
//! A value is multiplied by 1 − strength × s, where s rises smoothly (3t² − 2t³) from where it begins to the
//! corner, and t measures the way between them along the distance from the middle.

use protocol::JobError;
use recipe::filter::Vignette;
use resample::Resampler;

use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Extent, Picture, Samples};

impl Runnable for Vignette {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Vignette {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(apply(self, picture))
    }
}

fn apply(vignette: &Vignette, mut picture: Picture) -> Picture {
    let (width, height) = (picture.size.width as usize, picture.size.height as usize);
    let (count, colors) = (picture.channels.count(), picture.channels.color_count());
    match &mut picture.samples {
        Samples::U8(samples) => run(vignette, samples, [width, height], count, colors),
        Samples::U16(samples) => run(vignette, samples, [width, height], count, colors),
    }
    picture
}

fn run<T: Sample>(
    vignette: &Vignette,
    samples: &mut [T],
    [width, height]: [usize; 2],
    count: usize,
    colors: usize,
) {
    let (half_width, half_height) = (width as f32 / 2.0, height as f32 / 2.0);
    let corner = half_width * half_width + half_height * half_height;
    let mut factors = vec![0.0; width];
    for (y, row) in samples.chunks_exact_mut(width * count).enumerate() {
        let down = y as f32 + 0.5 - half_height;
        for (x, factor) in factors.iter_mut().enumerate() {
            let across = x as f32 + 0.5 - half_width;
            let distance = ((across * across + down * down) / corner).sqrt();
            let t = ((distance - vignette.start) / (1.0 - vignette.start)).max(0.0);
            *factor = 1.0 - vignette.strength * (3.0 - 2.0 * t) * t * t;
        }
        for (pixel, factor) in row.chunks_exact_mut(count).zip(&factors) {
            for sample in &mut pixel[..colors] {
                *sample = T::from_level(sample.level() * factor);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, pictures};

    #[test]
    fn against_the_formula() {
        for picture in pictures() {
            let result = filtered("vignette:strength=0.8,start=0.25", &picture);
            let (w, h) = (f64::from(picture.size.width), f64::from(picture.size.height));
            for y in 0..i64::from(picture.size.height) {
                for x in 0..i64::from(picture.size.width) {
                    let (dx, dy) = (x as f64 + 0.5 - w / 2.0, y as f64 + 0.5 - h / 2.0);
                    let t = ((dx.hypot(dy) / (w / 2.0).hypot(h / 2.0) - 0.25) / 0.75).max(0.0);
                    let factor = 1.0 - 0.8 * (3.0 * t * t - 2.0 * t * t * t);
                    let (before, after) = (at(&picture, x, y), at(&result, x, y));
                    for n in 0..picture.channels.color_count() {
                        assert!((after[n] - before[n] * factor).abs() < 0.6, "{x},{y}: {before:?} {after:?}");
                    }
                    if picture.channels.has_alpha() {
                        assert_eq!(before.last(), after.last());
                    }
                }
            }
        }
    }
}
