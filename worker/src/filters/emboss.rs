//! Emboss: the picture as a relief in grey, bright slopes where they face the light. No state.

use protocol::filter::Emboss;

use super::neighbours::from_luma;
use super::sample::Sample;
use crate::image::{Picture, Samples};

/// Mid-grey less the slope of the luma (Sobel's kernels, divided by 4: the difference over two pixels) towards the light.
pub(crate) fn apply(emboss: &Emboss, picture: &Picture) -> Picture {
    let (sin, cos) = emboss.angle.to_radians().sin_cos();
    // Downwards is positive, so a light from above has a negative y.
    let (across, down) = (cos * emboss.strength / 4.0, -sin * emboss.strength / 4.0);
    let middle = match picture.samples {
        Samples::U8(_) => u8::DEPTH.middle,
        Samples::U16(_) => u16::DEPTH.middle,
    };
    from_luma(picture, |[a, b, c]| {
        let slope_x = (a[2] + 2 * b[2] + c[2] - a[0] - 2 * b[0] - c[0]) as f32;
        let slope_y = (c[0] + 2 * c[1] + c[2] - a[0] - 2 * a[1] - a[2]) as f32;
        middle - slope_x * across - slope_y * down
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, pictures};
    use crate::image::Samples;

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
        let picture = pictures().remove(4);
        let flat = crate::image::Picture { samples: Samples::U8(vec![90; picture.samples.len()]), ..picture };
        assert!(matches!(filtered("emboss", &flat).samples, Samples::U8(v) if v.iter().all(|v| *v == 128)));
    }
}
