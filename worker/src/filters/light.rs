//! Filters that mix pixels, on the light that values stand for instead of the values: by a copy of 16 bits in
//! linear light. Its steps are 13 of 65,535 levels wide where a picture is darkest. No state.

use recipe::filter::LightScale;

use super::chain::{Chain, Curve, Recoloring};
use super::srgb::{from_linear, to_linear};
use crate::image::{Picture, Samples};

/// Runs a filter on a picture in the scale that is asked for.
pub(super) fn in_scale(scale: LightScale, picture: Picture, run: impl FnOnce(Picture) -> Picture) -> Picture {
    match scale {
        LightScale::Gamma => run(picture),
        LightScale::Linear => {
            let is_narrow = matches!(picture.samples, Samples::U8(_));
            let lit = curved(to_linear, picture.into_16_bit());
            let result = curved(from_linear, run(lit));
            if is_narrow { result.into_8_bit() } else { result }
        }
    }
}

/// Pixels' worth of memory that a filter needs beside the picture, which needs so many on one of its depth.
pub(super) fn pixels_beside(scale: LightScale, pixels: u64, beside: u64) -> u64 {
    match scale {
        LightScale::Gamma => beside,
        // Two samples of 8 bits are one of 16.
        LightScale::Linear => beside.saturating_add(pixels).saturating_mul(2),
    }
}

/// A level of 16 bits as the light that it stands for.
pub(super) fn light_of(level: u16) -> u16 {
    (to_linear(f32::from(level) / f32::from(u16::MAX)) * f32::from(u16::MAX)).round() as u16
}

fn curved(curve: fn(f32) -> f32, picture: Picture) -> Picture {
    let curve = Curve::new(move |level, depth| curve(level / depth.max) * depth.max);
    Chain::new(vec![Recoloring::Curve(curve)]).apply(picture)
}

#[cfg(test)]
mod tests {
    use recipe::filter::Kernel;
    use recipe::filter::geometry::Size;
    use resample::light::{LightCurve, LightSample, scale};
    use resample::{Resampler, Scaling};

    use super::super::testing::{at, filtered, floats, pictures};
    use crate::image::{Channels, Picture, Samples};

    /// IEC 61966-2-1, in double precision; both 0–1.
    fn light(v: f64) -> f64 {
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    }

    fn value(light: f64) -> f64 {
        if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
    }

    fn checkerboard(width: u32, height: u32) -> Picture {
        let size = Size { width, height };
        let sample = |at: u32| 255 * ((at % width + at / width) % 2) as u8;
        let samples = Samples::U8((0..width * height).map(sample).collect());
        Picture { size, channels: Channels::Grey, samples }
    }

    #[test]
    fn half_the_light_of_white_is_188() {
        for spec in ["resize=50%,kernel=box,light=linear", "resize=10%,light=linear", "blur=5,light=linear"] {
            let mixed = filtered(spec, &checkerboard(100, 80));
            let Size { width, height } = mixed.size;
            let middle = at(&mixed, i64::from(width / 2), i64::from(height / 2));
            assert!((middle[0] - 187.5).abs() <= 1.0, "{spec}: {middle:?}");
        }
    }

    #[test]
    fn the_kernels_are_those_of_the_other_scale() {
        let kernels = [Kernel::Lanczos3, Kernel::CatmullRom, Kernel::Mitchell, Kernel::Bilinear, Kernel::Box];
        for picture in pictures() {
            let Picture { size, channels, mut samples } = picture;
            // The other clips between its two directions: far from black and white neither does.
            match &mut samples {
                Samples::U8(samples) => samples.iter_mut().for_each(|v| *v = *v / 4 + 96),
                Samples::U16(samples) => samples.iter_mut().for_each(|v| *v = *v / 4 + 24_576),
            }
            for (kernel, (width, height)) in kernels.into_iter().flat_map(|k| [(k, (5, 4)), (k, (29, 31))]) {
                let part = [size.width.into(), size.height.into()];
                let scaling = Scaling { from: size, part, to: Size { width, height }, channels, kernel };
                let resampler = &mut Resampler::default();
                let (others, ours): (Vec<f64>, Vec<f64>) = match &mut samples {
                    Samples::U8(samples) => {
                        let ours = scale(samples, &scaling, &LightCurve::new(|v| v, |v| v));
                        (doubles(&resampler.scale_u8(samples, &scaling).unwrap()), doubles(&ours))
                    }
                    Samples::U16(samples) => {
                        let ours = scale(samples, &scaling, &LightCurve::new(|v| v, |v| v));
                        (doubles(&resampler.scale_u16(samples, &scaling).unwrap()), doubles(&ours))
                    }
                };
                // It rounds twice, and what it then divides by alpha to so many steps.
                let tolerance = if channels.has_alpha() { 8.0 } else { 3.0 };
                for (other, our) in others.iter().zip(&ours) {
                    assert!((other - our).abs() <= tolerance, "{scaling:?}: {our}, expected {other}");
                }
            }
        }
    }

    fn doubles<S: LightSample>(samples: &[S]) -> Vec<f64> {
        samples.iter().map(|sample| sample.index() as f64).collect()
    }

    /// Lanczos' kernel, in double precision.
    fn lanczos(x: f64) -> f64 {
        let sinc = |x: f64| {
            if x == 0.0 { 1.0 } else { (x * std::f64::consts::PI).sin() / (x * std::f64::consts::PI) }
        };
        if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 }
    }

    #[test]
    fn a_resize_mixes_light() {
        for picture in pictures() {
            let (max, tolerance) =
                if matches!(picture.samples, Samples::U8(_)) { (255.0, 0.6) } else { (65_535.0, 1.6) };
            let result = filtered("resize=50%,light=linear", &picture);
            let count = picture.channels.count();
            let has_alpha = picture.channels.has_alpha();
            let scale = [picture.size.width, picture.size.height].map(f64::from);
            let scale = [scale[0] / f64::from(result.size.width), scale[1] / f64::from(result.size.height)];
            for y in 0..i64::from(result.size.height) {
                for x in 0..i64::from(result.size.width) {
                    let mut sums = vec![0.0; count];
                    let mut total = 0.0;
                    for row in 0..i64::from(picture.size.height) {
                        for column in 0..i64::from(picture.size.width) {
                            let away = |at: i64, to: i64, scale: f64| {
                                (at as f64 + 0.5 - (to as f64 + 0.5) * scale) / scale.max(1.0)
                            };
                            let weight = lanczos(away(column, x, scale[0])) * lanczos(away(row, y, scale[1]));
                            let pixel = at(&picture, column, row);
                            let alpha = if has_alpha { pixel[count - 1] / max } else { 1.0 };
                            for (channel, sum) in sums.iter_mut().enumerate() {
                                let is_alpha = has_alpha && channel == count - 1;
                                *sum += weight
                                    * if is_alpha { alpha } else { light(pixel[channel] / max) * alpha };
                            }
                            total += weight;
                        }
                    }
                    let sums: Vec<f64> = sums.iter().map(|sum| sum / total).collect();
                    let alpha = if has_alpha { sums[count - 1].clamp(0.0, 1.0) } else { 1.0 };
                    for (channel, got) in at(&result, x, y).into_iter().enumerate() {
                        let expected = match has_alpha && channel == count - 1 {
                            true => alpha,
                            false if alpha > 0.0 => value((sums[channel] / alpha).clamp(0.0, 1.0)),
                            false => 0.0,
                        };
                        let expected = expected * max;
                        assert!((got - expected).abs() <= tolerance, "{got}, expected {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_turned_picture_keeps_its_light_and_its_ground() {
        let turned = filtered("rotate:angle=30,color=#336699,light=linear", &checkerboard(200, 200));
        assert_eq!(at(&turned, 0, 0), [0x33, 0x66, 0x99].map(f64::from));
        let middle = turned.size.width as usize / 2;
        let samples = floats(&turned);
        let lights = (middle - 40..middle + 40).flat_map(|y| {
            let row = &samples[(y * turned.size.width as usize + middle - 40) * 3..];
            row[..240].iter().map(|v| light(v / 255.0)).collect::<Vec<_>>()
        });
        let lights: Vec<f64> = lights.collect();
        let mean = lights.iter().sum::<f64>() / lights.len() as f64;
        // A cubic overshoots, and what is beyond white is clipped.
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }
}
