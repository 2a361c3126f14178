//! Autolevels: stretches the tones that a picture has over the whole range. No state.
//!
//! The ends are where `clip` of the pixels are darker, and where as many are brighter: by the luma for all
//! channels together, or for each channel by itself. Between them the stretch is linear.

use protocol::JobError;
use recipe::filter::Autolevels;
use resample::Resampler;

use super::chain::{Chain, Curve, Recoloring, grey_of};
use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Extent, Picture, Samples};

impl Runnable for Autolevels {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Autolevels {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(apply(self, picture))
    }
}

fn apply(autolevels: &Autolevels, picture: Picture) -> Picture {
    let (count, colors) = (picture.channels.count(), picture.channels.color_count());
    let ends = |channel: Option<usize>| match &picture.samples {
        Samples::U8(samples) => ends(samples, count, channel, autolevels.clip),
        Samples::U16(samples) => ends(samples, count, channel, autolevels.clip),
    };
    let recoloring = match (colors, autolevels.each) {
        (1, _) => Recoloring::Curve(stretch(ends(Some(0)))),
        (_, false) => Recoloring::Curve(stretch(ends(None))),
        (_, true) => {
            Recoloring::Curves([stretch(ends(Some(0))), stretch(ends(Some(1))), stretch(ends(Some(2)))])
        }
    };
    Chain::new(vec![recoloring]).apply(picture)
}

fn stretch((low, high): (f32, f32)) -> Curve {
    // A picture of one tone has nothing to stretch.
    Curve::new(move |value, depth| if low < high { (value - low) / (high - low) * depth.max } else { value })
}

/// The tones that become black and white, of one channel or of the luma.
fn ends<T: Sample>(samples: &[T], count: usize, channel: Option<usize>, clip: f32) -> (f32, f32) {
    let mut counts = vec![0u64; 1 << T::DEPTH.bits];
    for pixel in samples.chunks_exact(count) {
        let value = match channel {
            Some(channel) => pixel[channel],
            None => grey_of(pixel[0], pixel[1], pixel[2]),
        };
        counts[value.index()] += 1;
    }
    let clipped = (f64::from(clip) * (samples.len() / count) as f64) as u64;
    let reached = |total: &mut u64, counted: &u64| {
        *total += counted;
        Some(*total > clipped)
    };
    let low = counts.iter().scan(0, reached).position(|enough| enough).unwrap_or(0);
    let high = counts.iter().rev().scan(0, reached).position(|enough| enough).unwrap_or(0);
    (low as f32, (counts.len() - 1 - high) as f32)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{filtered, floats, pictures};
    use crate::image::{Channels, Picture, Samples};
    use recipe::filter::geometry::Size;

    fn grey(samples: Vec<u8>) -> Picture {
        let size = Size { width: samples.len() as u32, height: 1 };
        Picture { size, channels: Channels::Grey, samples: Samples::U8(samples) }
    }

    #[test]
    fn the_ends_are_stretched() {
        let stretched = filtered("autolevels=0", &grey(vec![50, 100, 150]));
        assert_eq!(floats(&stretched), [0.0, 128.0, 255.0]);
        let mut outliers = vec![100; 98];
        outliers.extend([0, 255, 150]);
        // One pixel of 101 at each end may be lost.
        let stretched = floats(&filtered("autolevels=0.01", &grey(outliers)));
        assert_eq!((stretched[0], stretched[98], stretched[100]), (0.0, 0.0, 255.0));
        assert_eq!(floats(&filtered("autolevels", &grey(vec![7; 9]))), [7.0; 9]);
    }

    #[test]
    fn together_or_each() {
        let size = Size { width: 2, height: 1 };
        let samples = Samples::U8(vec![100, 50, 0, 200, 100, 50]);
        let picture = Picture { size, channels: Channels::Rgb, samples };
        assert_eq!(
            floats(&filtered("autolevels:clip=0,each=true", &picture)),
            [0., 0., 0., 255., 255., 255.]
        );
        // Luma 59 and 124.
        let together = floats(&filtered("autolevels:clip=0", &picture));
        assert_eq!(together, [161.0, 0.0, 0.0, 255.0, 161.0, 0.0]);
    }

    #[test]
    fn any_picture() {
        for picture in pictures() {
            let result = filtered("autolevels:clip=0,each=true", &picture);
            assert_eq!((result.size, result.channels), (picture.size, picture.channels));
            let max = if matches!(picture.samples, Samples::U8(_)) { 255.0 } else { 65_535.0 };
            let (before, after) = (floats(&picture), floats(&result));
            let count = picture.channels.count();
            for n in 0..count {
                let channel = |samples: &[f64]| -> Vec<f64> {
                    samples.iter().copied().skip(n).step_by(count).collect()
                };
                let (before, after) = (channel(&before), channel(&after));
                let ends = |values: &[f64]| {
                    (values.iter().copied().fold(max, f64::min), values.iter().copied().fold(0.0, f64::max))
                };
                if n >= picture.channels.color_count() || before.len() == 1 {
                    assert_eq!(before, after, "{:?}", picture.channels);
                } else {
                    assert_eq!(ends(&after), (0.0, max), "{:?}", picture.channels);
                }
            }
        }
    }
}
