//! Sharpen by an unsharp mask: value + amount × (value − blurred), where the difference reaches the
//! threshold. Alpha is not touched. No state.

use protocol::JobError;
use recipe::filter::Sharpen;
use recipe::filter::geometry::Size;
use resample::Resampler;

use super::blur;
use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Extent, Picture, Samples};

impl Runnable for Sharpen {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Sharpen {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(apply(&self.numbers(), picture))
    }

    fn pixels_beside(&self, size: Size, has_alpha: bool) -> u64 {
        blur::pixels_beside(self.numbers().radius, size, has_alpha)
    }
}

fn apply(sharpen: &Sharpen, mut picture: Picture) -> Picture {
    let blurred = blur::apply(sharpen.radius, picture.clone());
    let (count, colors) = (picture.channels.count(), picture.channels.color_count());
    match (&mut picture.samples, &blurred.samples) {
        (Samples::U8(samples), Samples::U8(blurred)) => run(sharpen, samples, blurred, count, colors),
        (Samples::U16(samples), Samples::U16(blurred)) => run(sharpen, samples, blurred, count, colors),
        // A blur keeps the depth.
        (Samples::U8(_), Samples::U16(_)) | (Samples::U16(_), Samples::U8(_)) => {}
    }
    picture
}

fn run<T: Sample>(sharpen: &Sharpen, samples: &mut [T], blurred: &[T], count: usize, colors: usize) {
    let threshold = sharpen.threshold / 255.0 * T::DEPTH.max;
    let sharpened = |sample: T, blurred: T| {
        let difference = sample.level() - blurred.level();
        let amount = if difference.abs() < threshold { 0.0 } else { sharpen.amount };
        T::from_level(sample.level() + amount * difference)
    };
    if count == colors {
        for (sample, blurred) in samples.iter_mut().zip(blurred) {
            *sample = sharpened(*sample, *blurred);
        }
    } else {
        for (pixel, blurred) in samples.chunks_exact_mut(count).zip(blurred.chunks_exact(count)) {
            for (sample, blurred) in pixel[..colors].iter_mut().zip(blurred) {
                *sample = sharpened(*sample, *blurred);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{filtered, floats, pictures};
    use crate::image::Samples;

    #[test]
    fn against_the_formula() {
        for picture in pictures() {
            let (max, scale) =
                if matches!(picture.samples, Samples::U8(_)) { (255.0, 1.0) } else { (65_535.0, 257.0) };
            let blurred = floats(&filtered("blur=1.5", &picture));
            let result = floats(&filtered("sharpen:amount=1.7,radius=1.5,threshold=10", &picture));
            let (count, colors) = (picture.channels.count(), picture.channels.color_count());
            for (index, (before, after)) in floats(&picture).into_iter().zip(result).enumerate() {
                let difference = before - blurred[index];
                let change = if difference.abs() < 10.0 * scale || index % count >= colors {
                    0.0
                } else {
                    1.7 * difference
                };
                let expected = (before + change).clamp(0.0, max);
                assert!((after - expected).abs() <= 0.51, "{before}: {after}, expected {expected}");
            }
        }
    }
}
