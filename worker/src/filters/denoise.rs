//! Denoise: wavelets of B-splines ("à trous": J.-L. Starck and F. Murtagh, "Astronomical Image and Data
//! Analysis", 2006, chapter 2). Of the luma and of the two differences of colour, each by itself, the detail
//! of every size is pulled towards nothing by as much as noise of the strength that the picture has would
//! make it. No state.

use multiversion::multiversion;
use protocol::JobError;
use recipe::filter::Denoise;
use recipe::filter::geometry::Size;
use resample::Resampler;

use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Extent, Picture, Samples};

/// What noise of strength 1 leaves in the detail of each size, finest first: found by decomposing such noise,
/// the same in every book on this transform.
const LEFT: [f32; 5] = [0.889, 0.2, 0.0858, 0.0413, 0.0205];
/// Standard deviations that are pulled away at full strength.
const DEVIATIONS: f32 = 3.0;
/// The median of the absolute values of noise of strength 1.
const MEDIAN: f32 = 0.6745;
/// Values that are looked at to find how strong the noise is.
const LOOKED_AT: usize = 1 << 18;
/// Rec. 601: the luma, and blue and red less it, scaled to the same range.
const BLUE: f32 = 0.564;
const RED: f32 = 0.713;

impl Runnable for Denoise {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Denoise {
    fn run(&mut self, mut picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        let (size, count) = (picture.size, picture.channels.count());
        match &mut picture.samples {
            Samples::U8(samples) => run(self, samples, size, count),
            Samples::U16(samples) => run(self, samples, size, count),
        }
        Ok(picture)
    }

    /// Three planes, and three while one is taken apart.
    fn bytes_beside(&self, size: Size) -> u64 {
        size.pixels().saturating_mul(6 * size_of::<f32>() as u64)
    }
}

fn run<T: Sample>(denoise: &Denoise, samples: &mut [T], size: Size, count: usize) {
    let width = size.width as usize;
    if count < 3 {
        let mut values: Vec<f32> = samples.iter().step_by(count).map(|sample| sample.level()).collect();
        smooth_out(&mut values, width, denoise.luma);
        for (sample, value) in samples.iter_mut().step_by(count).zip(values) {
            *sample = T::from_level(value);
        }
        return;
    }
    let mut planes: [Vec<f32>; 3] = Default::default();
    match count {
        3 => apart::<T, 3>(samples, &mut planes),
        _ => apart::<T, 4>(samples, &mut planes),
    }
    for (plane, strength) in planes.iter_mut().zip([denoise.luma, denoise.chroma, denoise.chroma]) {
        smooth_out(plane, width, strength);
    }
    match count {
        3 => together::<T, 3>(samples, &planes),
        _ => together::<T, 4>(samples, &planes),
    }
}

/// Luma, blue and red.
#[multiversion(targets("x86_64+avx2"))]
fn apart<T: Sample, const COUNT: usize>(samples: &[T], planes: &mut [Vec<f32>; 3]) {
    let pixels = samples.as_chunks::<COUNT>().0;
    planes.iter_mut().for_each(|plane| plane.resize(pixels.len(), 0.0));
    let [lumas, blues, reds] = planes;
    for (((pixel, luma), blue), red) in pixels.iter().zip(lumas).zip(blues).zip(reds) {
        let [r, g, b] = [pixel[0].level(), pixel[1].level(), pixel[2].level()];
        *luma = super::luma(r, g, b);
        *blue = (b - *luma) * BLUE;
        *red = (r - *luma) * RED;
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn together<T: Sample, const COUNT: usize>(samples: &mut [T], planes: &[Vec<f32>; 3]) {
    let [lumas, blues, reds] = planes;
    let pixels = samples.as_chunks_mut::<COUNT>().0.iter_mut();
    for (((pixel, luma), blue), red) in pixels.zip(lumas).zip(blues).zip(reds) {
        let (r, b) = (luma + red / RED, luma + blue / BLUE);
        let [red, green, blue] = super::LUMA;
        let g = (luma - red * r - blue * b) / green;
        (pixel[0], pixel[1], pixel[2]) = (T::from_level(r), T::from_level(g), T::from_level(b));
    }
}

/// Takes the noise out of a plane.
fn smooth_out(plane: &mut [f32], width: usize, strength: f32) {
    if strength == 0.0 {
        return;
    }
    let mut rest = plane.to_vec();
    let (mut across, mut smooth) = (vec![0.0; plane.len()], vec![0.0; plane.len()]);
    plane.fill(0.0);
    let mut noise = 0.0;
    for (level, left) in LEFT.into_iter().enumerate() {
        let step = 1 << level;
        for (from, to) in rest.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
            spline_across(from, to, step);
        }
        spline_down(&across, &mut smooth, width, step);
        if level == 0 {
            noise = deviation(&rest, &smooth) / left;
        }
        keep_detail(plane, &rest, &smooth, strength * DEVIATIONS * noise * left);
        std::mem::swap(&mut rest, &mut smooth);
    }
    plane.iter_mut().zip(&rest).for_each(|(value, rest)| *value += rest);
}

/// How strong the finest detail is where there is nothing but noise, which is nearly everywhere.
fn deviation(rest: &[f32], smooth: &[f32]) -> f32 {
    let step = rest.len().div_ceil(LOOKED_AT).max(1);
    let details = rest.iter().zip(smooth).step_by(step).map(|(rest, smooth)| (rest - smooth).abs());
    let mut details: Vec<f32> = details.collect();
    let middle = details.len() / 2;
    let (_, median, _) = details.select_nth_unstable_by(middle, f32::total_cmp);
    *median / MEDIAN
}

/// Adds the detail of one size, pulled towards nothing.
#[multiversion(targets("x86_64+avx2"))]
fn keep_detail(plane: &mut [f32], rest: &[f32], smooth: &[f32], threshold: f32) {
    for ((value, rest), smooth) in plane.iter_mut().zip(rest).zip(smooth) {
        let detail = rest - smooth;
        *value += detail - detail.clamp(-threshold, threshold);
    }
}

/// The B-spline 1, 4, 6, 4, 1 with holes, over a row whose ends are repeated.
#[multiversion(targets("x86_64+avx2"))]
fn spline_across(from: &[f32], to: &mut [f32], step: usize) {
    let len = from.len();
    let reach = 2 * step;
    let at = |x: isize| from[x.clamp(0, len as isize - 1) as usize];
    let near_end = |x: usize| {
        let x = x as isize;
        let (one, two) = (step as isize, reach as isize);
        spline([at(x - two), at(x - one), at(x), at(x + one), at(x + two)])
    };
    let inside = reach.min(len)..len.saturating_sub(reach).max(reach.min(len));
    for x in (0..inside.start).chain(inside.end..len) {
        to[x] = near_end(x);
    }
    let count = inside.len();
    if count == 0 {
        return;
    }
    let part = |offset: usize| &from[offset..][..count];
    let (a, b, c, d, e) = (part(0), part(step), part(2 * step), part(3 * step), part(4 * step));
    for (x, value) in to[inside].iter_mut().enumerate() {
        *value = spline([a[x], b[x], c[x], d[x], e[x]]);
    }
}

/// The same over columns.
fn spline_down(from: &[f32], to: &mut [f32], width: usize, step: usize) {
    let height = from.len() / width;
    let row = |y: usize, steps: isize| {
        let y = (y as isize + steps * step as isize).clamp(0, height as isize - 1) as usize;
        &from[y * width..][..width]
    };
    for (y, to) in to.chunks_exact_mut(width).enumerate() {
        mix_rows([row(y, -2), row(y, -1), row(y, 0), row(y, 1), row(y, 2)], to);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn mix_rows(rows: [&[f32]; 5], to: &mut [f32]) {
    let [a, b, c, d, e] = rows.map(|row| &row[..to.len()]);
    for (x, value) in to.iter_mut().enumerate() {
        *value = spline([a[x], b[x], c[x], d[x], e[x]]);
    }
}

#[inline(always)]
fn spline([a, b, c, d, e]: [f32; 5]) -> f32 {
    (a + e) * 0.0625 + (b + d) * 0.25 + c * 0.375
}

#[cfg(test)]
mod tests {
    use super::super::testing::{filtered, floats, pictures};
    use crate::image::{Channels, Picture, Samples};
    use recipe::filter::geometry::Size;

    /// A ramp with an edge, and noise of a standard deviation of about eight levels in each channel.
    fn noisy(noise: f32) -> Picture {
        let size = Size { width: 240, height: 160 };
        let mut random = fastrand::Rng::with_seed(5);
        let mut samples = Vec::new();
        for y in 0..size.height {
            for x in 0..size.width {
                let clean = if x < 120 { 60 + y / 4 } else { 180 - y / 4 };
                for channel in 0..3 {
                    // The sum of four even spreads is nearly a Gaussian.
                    let spread: f32 = (0..4).map(|_| random.f32() - 0.5).sum();
                    samples.push((clean as f32 + channel as f32 * 8.0 + noise * spread * 1.73).round() as u8);
                }
            }
        }
        Picture { size, channels: Channels::Rgb, samples: Samples::U8(samples) }
    }

    fn error(picture: &Picture, clean: &Picture) -> f64 {
        let pairs = floats(picture).into_iter().zip(floats(clean));
        let squares: Vec<f64> = pairs.map(|(a, b)| (a - b).powi(2)).collect();
        (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
    }

    #[test]
    fn noise_goes_and_edges_stay() {
        let (clean, noisy) = (noisy(0.0), noisy(8.0));
        let before = error(&noisy, &clean);
        let after = error(&filtered("denoise:luma=1,chroma=1", &noisy), &clean);
        assert!(after < 0.45 * before, "{after} of {before}");
        let half = error(&filtered("denoise:luma=0.3,chroma=0.3", &noisy), &clean);
        assert!(after < half && half < before, "{after} {half} {before}");
    }

    #[test]
    fn a_clean_picture_stays_as_it_is() {
        let clean = noisy(0.0);
        assert!(error(&filtered("denoise:luma=1,chroma=1", &clean), &clean) < 0.6);
        for picture in pictures() {
            let same = filtered("denoise:luma=0,chroma=0", &picture);
            for (before, after) in floats(&picture).into_iter().zip(floats(&same)) {
                assert!((before - after).abs() <= 1.0, "{before} {after}");
            }
        }
    }

    /// The same transform in double precision, with every index written out.
    fn reference(values: &[f64], size: Size, strength: f64) -> Vec<f64> {
        let (width, height) = (size.width as isize, size.height as isize);
        let weights = [1.0, 4.0, 6.0, 4.0, 1.0].map(|weight| weight / 16.0);
        let (mut rest, mut result, mut noise) = (values.to_vec(), vec![0.0; values.len()], 0.0);
        for (level, left) in [0.889, 0.2, 0.0858, 0.0413, 0.0205].into_iter().enumerate() {
            let step = 1isize << level;
            let mut smooth = vec![0.0; values.len()];
            for y in 0..height {
                for x in 0..width {
                    for (down, wy) in (-2..).zip(weights) {
                        for (across, wx) in (-2..).zip(weights) {
                            let column = (x + across * step).clamp(0, width - 1);
                            let row = (y + down * step).clamp(0, height - 1);
                            smooth[(y * width + x) as usize] +=
                                wx * wy * rest[(row * width + column) as usize];
                        }
                    }
                }
            }
            let details: Vec<f64> = rest.iter().zip(&smooth).map(|(rest, smooth)| rest - smooth).collect();
            if level == 0 {
                let mut sizes: Vec<f64> = details.iter().map(|detail| detail.abs()).collect();
                sizes.sort_by(f64::total_cmp);
                noise = sizes[sizes.len() / 2] / 0.6745 / left;
            }
            let threshold = strength * 3.0 * noise * left;
            for (value, detail) in result.iter_mut().zip(details) {
                *value += detail.signum() * (detail.abs() - threshold).max(0.0);
            }
            rest = smooth;
        }
        result.iter().zip(rest).map(|(value, rest)| value + rest).collect()
    }

    #[test]
    fn grey_against_the_definition() {
        for picture in pictures().into_iter().filter(|picture| picture.channels.color_count() == 1) {
            let (max, tolerance) =
                if matches!(picture.samples, Samples::U8(_)) { (255.0, 0.51) } else { (65_535.0, 1.0) };
            let count = picture.channels.count();
            let before = floats(&picture);
            let greys: Vec<f64> = before.iter().copied().step_by(count).collect();
            let expected = reference(&greys, picture.size, 0.5);
            let after = floats(&filtered("denoise=0.5", &picture));
            for (index, expected) in expected.into_iter().enumerate() {
                let got = after[index * count];
                assert!((got - expected.clamp(0.0, max)).abs() <= tolerance, "{got}, expected {expected}");
                if count == 2 {
                    assert_eq!(after[index * 2 + 1], before[index * 2 + 1], "alpha is not touched");
                }
            }
        }
    }
}
