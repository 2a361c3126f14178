//! Pixelate: squares of one colour, the average of their pixels weighted by alpha. Squares at the right and
//! the bottom may be cut. No state.

use protocol::JobError;
use recipe::filter::Pixelate;
use resample::Resampler;

use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Channels, Extent, Picture, Samples};

impl Runnable for Pixelate {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Pixelate {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(apply(self, picture))
    }
}

fn apply(pixelate: &Pixelate, mut picture: Picture) -> Picture {
    let (edge, width, channels) = (pixelate.size as usize, picture.size.width as usize, picture.channels);
    match &mut picture.samples {
        Samples::U8(samples) => run(samples, width, channels, edge),
        Samples::U16(samples) => run(samples, width, channels, edge),
    }
    picture
}

fn run<T: Sample>(samples: &mut [T], width: usize, channels: Channels, edge: usize) {
    let (count, colors) = (channels.count(), channels.color_count());
    let row = width * count;
    for band in samples.chunks_mut(row.saturating_mul(edge)) {
        for left in (0..row).step_by(edge.saturating_mul(count)) {
            let right = left.saturating_add(edge * count).min(row);
            let mut sum = [0.0f64; 4];
            let (mut weight, mut pixels) = (0.0f64, 0u32);
            for pixel in band.chunks_exact(row).flat_map(|row| row[left..right].chunks_exact(count)) {
                let alpha = pixel.get(colors).map_or(1.0, |alpha| f64::from(alpha.level()));
                weight += alpha;
                pixels += 1;
                for (total, sample) in sum.iter_mut().zip(&pixel[..colors]) {
                    *total += f64::from(sample.level()) * alpha;
                }
            }
            let mut average = [T::default(); 4];
            for (sample, total) in average.iter_mut().zip(sum) {
                *sample = T::from_level(if weight > 0.0 { total / weight } else { 0.0 } as f32);
            }
            if colors < count {
                average[colors] = T::from_level((weight / f64::from(pixels)) as f32);
            }
            for pixel in band.chunks_exact_mut(row).flat_map(|row| row[left..right].chunks_exact_mut(count)) {
                pixel.copy_from_slice(&average[..count]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, floats, pictures};
    use super::*;

    #[test]
    fn squares_are_averages() {
        for picture in pictures().into_iter().filter(|picture| !picture.channels.has_alpha()) {
            let result = filtered("pixelate=4", &picture);
            let (w, h) = (i64::from(picture.size.width), i64::from(picture.size.height));
            for y in 0..h {
                for x in 0..w {
                    let (left, top) = (x / 4 * 4, y / 4 * 4);
                    let square =
                        (top..(top + 4).min(h)).flat_map(|y| (left..(left + 4).min(w)).map(move |x| (x, y)));
                    let pixels: Vec<_> = square.map(|(x, y)| at(&picture, x, y)).collect();
                    for (n, value) in at(&result, x, y).into_iter().enumerate() {
                        let mean = pixels.iter().map(|pixel| pixel[n]).sum::<f64>() / pixels.len() as f64;
                        assert!((value - mean).abs() <= 0.51, "{x},{y}: {value}, expected {mean}");
                    }
                }
            }
        }
    }

    #[test]
    fn transparent_pixels_have_no_colour() {
        let size = recipe::filter::geometry::Size { width: 2, height: 1 };
        let samples = Samples::U8(vec![200, 100, 50, 255, 1, 2, 3, 0]);
        let picture = Picture { size, channels: Channels::Rgba, samples };
        assert_eq!(floats(&filtered("pixelate=9", &picture)), [200., 100., 50., 128., 200., 100., 50., 128.]);
    }
}
