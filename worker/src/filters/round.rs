//! Round: corners become arcs, each pixel by the share of it that lies outside. No state.

use protocol::JobError;
use recipe::filter::Round;
use resample::Resampler;

use super::canvas::colored;
use super::run::{Files, Loop, Ready, Runnable};
use super::sample::{Sample, color_samples};
use crate::image::{Channels, Extent, Picture, Samples};

impl Runnable for Round {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Round {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(rounded(self, picture))
    }
}

fn rounded(round: &Round, picture: Picture) -> Picture {
    let radius = f64::from(round.radius) * f64::from(picture.size.short_edge());
    let mut picture = match round.color {
        Some(color) => colored(picture, color),
        None => with_alpha(picture),
    };
    let (width, height) = (picture.size.width as usize, picture.size.height as usize);
    let channels = picture.channels;
    let edge = (radius.ceil() as usize).min(width.div_ceil(2)).min(height.div_ceil(2));
    for y in 0..edge {
        for x in 0..edge {
            let kept = covered(x, y, radius);
            if kept < 1.0 {
                // In the middle row or column of an odd picture two corners are one.
                let columns = [Some(x), Some(width - 1 - x).filter(|other| *other != x)];
                let rows = [Some(y), Some(height - 1 - y).filter(|other| *other != y)];
                for (y, x) in
                    rows.iter().flatten().flat_map(|y| columns.iter().flatten().map(move |x| (y, x)))
                {
                    let start = (y * width + x) * channels.count();
                    match &mut picture.samples {
                        Samples::U8(samples) => fade(&mut samples[start..], channels, round, kept),
                        Samples::U16(samples) => fade(&mut samples[start..], channels, round, kept),
                    }
                }
            }
        }
    }
    picture
}

/// The share of a pixel that lies within the arc of this radius at the top left: of sixteen places in it.
fn covered(x: usize, y: usize, radius: f64) -> f32 {
    let within = |n: usize| {
        let at = |pixel: usize, part: usize| radius - (pixel as f64 + (part as f64 + 0.5) / 4.0);
        let (dx, dy) = (at(x, n % 4), at(y, n / 4));
        dx <= 0.0 || dy <= 0.0 || dx.hypot(dy) <= radius
    };
    (0..16).filter(|n| within(*n)).count() as f32 / 16.0
}

/// Keeps a share of the pixel that begins here.
fn fade<T: Sample>(samples: &mut [T], channels: Channels, round: &Round, kept: f32) {
    let colors = channels.color_count();
    match round.color {
        None => samples[colors] = T::from_level(samples[colors].level() * kept),
        Some(color) => {
            let ground = color_samples::<T>(color.0, colors);
            // Where there is transparency the colour lies over nothing.
            let alpha = channels.has_alpha().then(|| T::from_level(T::DEPTH.max));
            for (sample, ground) in samples.iter_mut().zip(ground.into_iter().chain(alpha)) {
                *sample = T::from_level(ground.level() + (sample.level() - ground.level()) * kept);
            }
        }
    }
}

/// The picture with transparency, of which it has none yet.
fn with_alpha(picture: Picture) -> Picture {
    fn opaque<T: Sample>(samples: &[T], count: usize) -> Vec<T> {
        let mut all = Vec::with_capacity(samples.len() / count * (count + 1));
        for pixel in samples.chunks_exact(count) {
            all.extend_from_slice(pixel);
            all.push(T::from_level(T::DEPTH.max));
        }
        all
    }
    let channels = match picture.channels {
        Channels::Grey => Channels::GreyAlpha,
        Channels::Rgb => Channels::Rgba,
        Channels::GreyAlpha | Channels::Rgba => return picture,
    };
    let count = picture.channels.count();
    let samples = match &picture.samples {
        Samples::U8(samples) => u8::wrap(opaque(samples, count)),
        Samples::U16(samples) => u16::wrap(opaque(samples, count)),
    };
    Picture { channels, samples, ..picture }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, pictures};
    use super::*;
    use recipe::filter::geometry::Size;

    #[test]
    fn corners_go_and_the_middle_stays() {
        for picture in pictures() {
            let (w, h) = (i64::from(picture.size.width), i64::from(picture.size.height));
            let max = if matches!(picture.samples, Samples::U8(_)) { 255.0 } else { 65_535.0 };
            let result = filtered("round=0.5", &picture);
            assert!(result.channels.has_alpha());
            if w > 1 {
                let pixel = at(&result, w / 2, h / 2);
                assert_eq!(pixel[..picture.channels.count()], at(&picture, w / 2, h / 2)[..]);
            }
            let red = filtered("round:radius=0.5,color=red", &picture);
            if w > 3 && h > 3 {
                assert_eq!(at(&result, 0, 0).last(), Some(&0.0));
                assert_eq!(at(&result, w - 1, h - 1).last(), Some(&0.0));
                assert_eq!(at(&red, 0, h - 1)[..3], [max, 0.0, 0.0]);
            }
            assert_eq!(filtered("round:radius=0,color=white", &picture), picture);
        }
    }

    #[test]
    fn a_disc_covers_its_area() {
        let size = Size { width: 200, height: 200 };
        let picture = Picture { size, channels: Channels::Grey, samples: Samples::U8(vec![255; 40_000]) };
        let Samples::U8(samples) = filtered("round:radius=0.5,color=black", &picture).samples else {
            panic!("8 bits")
        };
        let area = samples.iter().map(|v| f64::from(*v)).sum::<f64>() / 255.0;
        let expected = std::f64::consts::PI * 100.0 * 100.0;
        assert!((area / expected - 1.0).abs() < 0.001, "{area}, expected {expected}");
    }
}
