//! What edges and emboss share: a grey picture made from the 3×3 luma around each pixel. At the border the
//! outermost pixels are repeated; alpha is kept. No state.

use multiversion::multiversion;

use super::chain::grey_of;
use super::sample::Sample;
use crate::image::{Channels, Picture, Samples};

/// Luma of a pixel and its neighbours, row by row.
pub(super) type Window = [[i32; 3]; 3];

/// How steep the luma is across and down, by Sobel's kernels: eight times the difference from one pixel to
/// the next.
#[inline(always)]
pub(super) fn slopes([a, b, c]: Window) -> (f32, f32) {
    let across = a[2] + 2 * b[2] + c[2] - a[0] - 2 * b[0] - c[0];
    let down = c[0] + 2 * c[1] + c[2] - a[0] - 2 * a[1] - a[2];
    (across as f32, down as f32)
}

/// Makes the picture; `level` yields the level of a pixel, which is rounded and clipped.
pub(super) fn from_luma(picture: &Picture, level: impl Fn(Window) -> f32) -> Picture {
    let width = picture.size.width as usize;
    let samples = match &picture.samples {
        Samples::U8(samples) => u8::wrap(run(samples, width, picture.channels, level)),
        Samples::U16(samples) => u16::wrap(run(samples, width, picture.channels, level)),
    };
    let channels = if picture.channels.has_alpha() { Channels::GreyAlpha } else { Channels::Grey };
    Picture { size: picture.size, channels, samples }
}

#[multiversion(targets("x86_64+avx2"))]
fn run<T: Sample>(samples: &[T], width: usize, channels: Channels, level: impl Fn(Window) -> f32) -> Vec<T> {
    let row_len = width * channels.count();
    let height = samples.len() / row_len;
    let row = |y: usize| &samples[y * row_len..][..row_len];
    let mut result = Vec::with_capacity(if channels.has_alpha() { 2 } else { 1 } * width * height);
    let [mut above, mut here, mut below] = [(); 3].map(|()| vec![0; width + 2]);
    let mut levels = vec![0.0; width];
    luma_row(row(0), channels, &mut here);
    above.copy_from_slice(&here);
    for y in 0..height {
        luma_row(row((y + 1).min(height - 1)), channels, &mut below);
        find(&above, &here, &below, &mut levels, &level);
        if channels.has_alpha() {
            let alphas = row(y).chunks_exact(channels.count()).map(|pixel| pixel[channels.count() - 1]);
            let levels = levels.iter().map(|level| T::from_level(*level));
            result.extend(levels.zip(alphas).flat_map(|(level, alpha)| [level, alpha]));
        } else {
            result.extend(levels.iter().map(|level| T::from_level(*level)));
        }
        std::mem::swap(&mut above, &mut here);
        std::mem::swap(&mut here, &mut below);
    }
    result
}

/// The levels of a row. Slices of one length for each neighbour are what the compiler makes vectors of.
#[inline(always)]
fn find(above: &[i32], here: &[i32], below: &[i32], levels: &mut [f32], level: &impl Fn(Window) -> f32) {
    let width = levels.len();
    let [a0, a1, a2] = [&above[..width], &above[1..][..width], &above[2..][..width]];
    let [b0, b1, b2] = [&here[..width], &here[1..][..width], &here[2..][..width]];
    let [c0, c1, c2] = [&below[..width], &below[1..][..width], &below[2..][..width]];
    for x in 0..width {
        levels[x] = level([[a0[x], a1[x], a2[x]], [b0[x], b1[x], b2[x]], [c0[x], c1[x], c2[x]]]);
    }
}

/// The luma of a row, with its ends repeated.
#[inline(always)]
fn luma_row<T: Sample>(row: &[T], channels: Channels, luma: &mut [i32]) {
    let inside = luma.len() - 2;
    let target = &mut luma[1..=inside];
    match channels {
        Channels::Grey => target.iter_mut().zip(row).for_each(|(to, v)| *to = (*v).into()),
        Channels::GreyAlpha => {
            target.iter_mut().zip(row.as_chunks().0).for_each(|(to, &[v, _])| *to = v.into());
        }
        Channels::Rgb => {
            target
                .iter_mut()
                .zip(row.as_chunks().0)
                .for_each(|(to, &[r, g, b])| *to = grey_of(r, g, b).into());
        }
        Channels::Rgba => {
            target
                .iter_mut()
                .zip(row.as_chunks().0)
                .for_each(|(to, &[r, g, b, _])| *to = grey_of(r, g, b).into());
        }
    }
    luma[0] = luma[1];
    luma[inside + 1] = luma[inside];
}
