//! Laying a stamp over a picture, and what is under it. On a grey picture a stamp is grey too. No state.

use std::ops::Range;

use multiversion::multiversion;
use recipe::filter::geometry::Size;

use super::luma;
use super::sample::Sample;
use super::stamp::Stamp;
use crate::image::{Channels, Picture, Samples};

/// Porter and Duff's "over", for the part of the stamp that is on the picture.
pub(super) fn lay_over(picture: &mut Picture, stamp: &Stamp, corner: (i64, i64), opacity: f32) {
    let Picture { size, channels, samples } = picture;
    match samples {
        Samples::U8(samples) => lay_rows_over(samples, *size, *channels, stamp, corner, opacity),
        Samples::U16(samples) => lay_rows_over(samples, *size, *channels, stamp, corner, opacity),
    }
}

fn lay_rows_over<T: Sample>(
    samples: &mut [T],
    size: Size,
    channels: Channels,
    stamp: &Stamp,
    (left, top): (i64, i64),
    opacity: f32,
) {
    let (columns, rows) =
        (on_picture(left, stamp.size.width, size.width), on_picture(top, stamp.size.height, size.height));
    if columns.is_empty() {
        return;
    }
    let count = channels.count();
    let first = (left + columns.start as i64) as usize;
    for y in rows {
        let source = &stamp.pixels[y * stamp.size.width as usize..][columns.clone()];
        let start = (top + y as i64) as usize * size.width as usize + first;
        let target = &mut samples[start * count..][..source.len() * count];
        match channels {
            Channels::Grey => lay_row_over::<T, 1>(target, source, opacity),
            Channels::GreyAlpha => lay_row_over::<T, 2>(target, source, opacity),
            Channels::Rgb => lay_row_over::<T, 3>(target, source, opacity),
            Channels::Rgba => lay_row_over::<T, 4>(target, source, opacity),
        }
    }
}

/// The part of a stamp's edge, which begins at `start`, that is on the picture.
fn on_picture(start: i64, stamp: u32, picture: u32) -> Range<usize> {
    let end = (i64::from(picture) - start).clamp(0, i64::from(stamp));
    (-start).clamp(0, end) as usize..end as usize
}

#[multiversion(targets("x86_64+avx2"))]
fn lay_row_over<T: Sample, const COUNT: usize>(row: &mut [T], stamp: &[[u8; 4]], opacity: f32) {
    for (pixel, [r, g, b, a]) in row.as_chunks_mut::<COUNT>().0.iter_mut().zip(stamp) {
        let [r, g, b, a] = [r, g, b, a].map(|value| f32::from(*value) / 255.0);
        let alpha = a * opacity;
        if alpha <= 0.0 {
            continue;
        }
        let colors = if COUNT > 2 { 3 } else { 1 };
        let over = if colors == 3 { [r, g, b] } else { [luma(r, g, b); 3] };
        if colors == COUNT {
            for (sample, over) in pixel.iter_mut().zip(over) {
                *sample = T::from_level(over * T::DEPTH.max * alpha + sample.level() * (1.0 - alpha));
            }
            continue;
        }
        let under = pixel[colors].level() / T::DEPTH.max * (1.0 - alpha);
        let together = alpha + under;
        for (sample, over) in pixel[..colors].iter_mut().zip(over) {
            *sample = T::from_level((over * T::DEPTH.max * alpha + sample.level() * under) / together);
        }
        pixel[colors] = T::from_level(together * T::DEPTH.max);
    }
}

/// The mean luma, 0–1, of what stamps of this size at these corners will lie on; transparency counts as
/// white, and so does a stamp that is nowhere on the picture.
pub(super) fn mean_luma(picture: &Picture, corners: &[(i64, i64)], stamp: Size) -> f64 {
    match &picture.samples {
        Samples::U8(samples) => mean_luma_of(samples, picture, corners, stamp),
        Samples::U16(samples) => mean_luma_of(samples, picture, corners, stamp),
    }
}

fn mean_luma_of<T: Sample>(samples: &[T], picture: &Picture, corners: &[(i64, i64)], stamp: Size) -> f64 {
    let Picture { size, channels, .. } = *picture;
    let (count, colors) = (channels.count(), channels.color_count());
    let of_pixel = |pixel: &[T]| {
        let share = |index: usize| pixel[index].level() / T::DEPTH.max;
        let seen = if colors == 3 { luma(share(0), share(1), share(2)) } else { share(0) };
        let alpha = if channels.has_alpha() { share(colors) } else { 1.0 };
        f64::from(seen * alpha + 1.0 - alpha)
    };
    let (mut sum, mut pixels) = (0.0, 0);
    for (left, top) in corners {
        let columns = on_picture(*left, stamp.width, size.width);
        let first = (left + columns.start as i64).max(0) as usize;
        for y in on_picture(*top, stamp.height, size.height) {
            let start = (top + y as i64) as usize * size.width as usize + first;
            let row = &samples[start * count..][..columns.len() * count];
            sum += row.chunks_exact(count).map(of_pixel).sum::<f64>();
            pixels += columns.len();
        }
    }
    if pixels == 0 { 1.0 } else { sum / pixels as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_that_of_what_is_covered() {
        let size = Size { width: 4, height: 2 };
        let grey =
            |samples: Vec<u8>| Picture { size, channels: Channels::Grey, samples: Samples::U8(samples) };
        let picture = grey(vec![0, 0, 255, 255, 0, 0, 255, 51]);
        let mean = |left, top, width, height| mean_luma(&picture, &[(left, top)], Size { width, height });
        assert_eq!(mean(0, 0, 2, 2), 0.0);
        assert_eq!(mean(1, 0, 2, 1), 0.5);
        assert!((mean(3, 1, 9, 9) - 0.2).abs() < 1e-6);
        // Of what sticks out, nothing counts.
        assert_eq!((mean(-5, -5, 6, 6), mean(9, 9, 3, 3)), (0.0, 1.0));
        let clear = Picture { size, channels: Channels::GreyAlpha, samples: Samples::U16(vec![0; 16]) };
        assert_eq!(mean_luma(&clear, &[(0, 0)], size), 1.0);
    }
}
