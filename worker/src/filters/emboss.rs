//! Emboss: the picture as a relief in grey, bright slopes where they face the light. No state.

use protocol::JobError;
use recipe::filter::Emboss;
use resample::Resampler;

use super::neighbours::{from_luma, slopes};
use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Extent, Picture, Samples};

impl Runnable for Emboss {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Emboss {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(apply(self, &picture))
    }

    fn needs_only_luma(&self) -> bool {
        true
    }
}

/// Mid-grey less the slope of the luma (Sobel's kernels, divided by 4: the difference over two pixels)
/// towards the light.
fn apply(emboss: &Emboss, picture: &Picture) -> Picture {
    let (sin, cos) = emboss.angle.to_radians().sin_cos();
    // Downwards is positive, so a light from above has a negative y.
    let (across, down) = (cos * emboss.strength / 4.0, -sin * emboss.strength / 4.0);
    let middle = match picture.samples {
        Samples::U8(_) => u8::DEPTH.middle,
        Samples::U16(_) => u16::DEPTH.middle,
    };
    from_luma(picture, |window| {
        let (slope_x, slope_y) = slopes(window);
        middle - slope_x * across - slope_y * down
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, floats, pictures};
    use crate::image::{Channels, Picture, Samples};
    use recipe::filter::geometry::Size;

    #[test]
    fn against_the_slopes() {
        for picture in pictures() {
            let (max, middle) =
                if matches!(picture.samples, Samples::U8(_)) { (255.0, 128.0) } else { (65_535.0, 32_896.0) };
            let result = filtered("emboss:angle=30,strength=0.7", &picture);
            let luma = |x: i64, y: i64| {
                let p = at(&picture, x, y);
                let grey = picture.channels.color_count() == 1;
                if grey { p[0] } else { (0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]).round() }
            };
            for y in 0..i64::from(picture.size.height) {
                for x in 0..i64::from(picture.size.width) {
                    let smooth = |at: &dyn Fn(i64) -> f64| (at(-1) + 2.0 * at(0) + at(1)) / 4.0;
                    let slope_x = smooth(&|d| luma(x + 1, y + d) - luma(x - 1, y + d));
                    let slope_y = smooth(&|d| luma(x + d, y - 1) - luma(x + d, y + 1));
                    let (sin, cos) = 30f64.to_radians().sin_cos();
                    let expected = (middle - 0.7 * (cos * slope_x + sin * slope_y)).clamp(0.0, max);
                    let got = at(&result, x, y);
                    assert!((got[0] - expected).abs() < 1.3, "{x},{y}: {got:?}, expected {expected}");
                }
            }
        }
    }

    #[test]
    fn light_falls_on_the_slope_that_faces_it() {
        let row = |samples: Vec<u8>| {
            let size = Size { width: samples.len() as u32, height: 1 };
            Picture { size, channels: Channels::Grey, samples: Samples::U8(samples) }
        };
        // A hill lit from the right: what rises to the right looks away from the light.
        let hill = row(vec![90, 100, 110, 110, 110, 100, 90]);
        let lit = floats(&filtered("emboss:angle=0,strength=1", &hill));
        assert_eq!(lit, [118.0, 108.0, 118.0, 128.0, 138.0, 148.0, 138.0]);
        assert_eq!(floats(&filtered("emboss", &row(vec![90; 5]))), [128.0; 5]);
    }
}
