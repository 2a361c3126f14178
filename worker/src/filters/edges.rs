//! Edges: how steep the luma is at each pixel, in grey. At the border the outermost pixels are repeated.

use protocol::filter::{EdgeMethod, Edges};
use protocol::filter::geometry::Size;

use super::luma;
use crate::image::{Channels, Picture, Samples};

/// The picture of the edges: grey, with the alpha of the input.
pub(crate) fn apply(edges: &Edges, picture: &Picture) -> Picture {
    let has_alpha = picture.channels.has_alpha();
    let samples = match &picture.samples {
        Samples::U8(samples) => {
            let plane = luma_plane(samples, picture.channels, |value| value.round() as i32);
            let found = find(&plane, picture.size, edges.method, |value| value.min(255.0).round() as u8);
            Samples::U8(with_alpha(found, samples, picture.channels))
        }
        Samples::U16(samples) => {
            let plane = luma_plane(samples, picture.channels, |value| value.round() as i32);
            let found = find(&plane, picture.size, edges.method, |value| value.min(65_535.0).round() as u16);
            Samples::U16(with_alpha(found, samples, picture.channels))
        }
    };
    let channels = if has_alpha { Channels::GreyAlpha } else { Channels::Grey };
    Picture { size: picture.size, channels, samples }
}

fn luma_plane<T: Copy + Into<f32>>(samples: &[T], channels: Channels, round: impl Fn(f32) -> i32) -> Vec<i32> {
    let pixels = samples.chunks_exact(channels.count());
    match channels {
        Channels::Grey | Channels::GreyAlpha => pixels.map(|pixel| round(pixel[0].into())).collect(),
        Channels::Rgb | Channels::Rgba => {
            pixels.map(|pixel| round(luma(pixel[0].into(), pixel[1].into(), pixel[2].into()))).collect()
        }
    }
}

fn find<T>(plane: &[i32], size: Size, method: EdgeMethod, sample: impl Fn(f32) -> T) -> Vec<T> {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut found = Vec::with_capacity(plane.len());
    let row = |y: usize| &plane[y * width..(y + 1) * width];
    for y in 0..height {
        let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)));
        for x in 0..width {
            let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
            let value = match method {
                EdgeMethod::Sobel => {
                    let across = above[right] + 2 * here[right] + below[right] - above[left] - 2 * here[left] - below[left];
                    let down = below[left] + 2 * below[x] + below[right] - above[left] - 2 * above[x] - above[right];
                    (across as f32).hypot(down as f32)
                }
                EdgeMethod::Laplacian => {
                    let around = above[left] + above[x] + above[right] + here[left] + here[right] + below[left] + below[x] + below[right];
                    (around - 8 * here[x]).abs() as f32
                }
            };
            found.push(sample(value));
        }
    }
    found
}

fn with_alpha<T: Copy>(found: Vec<T>, samples: &[T], channels: Channels) -> Vec<T> {
    if !channels.has_alpha() {
        return found;
    }
    let count = channels.count();
    found.into_iter().zip(samples.chunks_exact(count)).flat_map(|(value, pixel)| [value, pixel[count - 1]]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, pictures};
    use super::*;

    #[test]
    fn against_a_plain_convolution() {
        for picture in pictures() {
            for method in [EdgeMethod::Sobel, EdgeMethod::Laplacian] {
                let edges = apply(&Edges { method }, &picture);
                let max = if matches!(picture.samples, Samples::U8(_)) { 255.0 } else { 65_535.0 };
                let grey = |x: i64, y: i64| {
                    let pixel = at(&picture, x, y);
                    let luma = if picture.channels.color_count() == 1 {
                        pixel[0]
                    } else {
                        0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
                    };
                    luma.round()
                };
                for y in 0..i64::from(picture.size.height) {
                    for x in 0..i64::from(picture.size.width) {
                        let sum = |kernel: [[f64; 3]; 3]| -> f64 {
                            let cells = (0..3).flat_map(|j| (0..3).map(move |i| (i, j)));
                            cells.map(|(i, j)| kernel[j][i] * grey(x + i as i64 - 1, y + j as i64 - 1)).sum()
                        };
                        let expected = match method {
                            EdgeMethod::Sobel => {
                                let gx = sum([[-1., 0., 1.], [-2., 0., 2.], [-1., 0., 1.]]);
                                let gy = sum([[-1., -2., -1.], [0., 0., 0.], [1., 2., 1.]]);
                                (gx * gx + gy * gy).sqrt()
                            }
                            EdgeMethod::Laplacian => sum([[1., 1., 1.], [1., -8., 1.], [1., 1., 1.]]).abs(),
                        };
                        let got = at(&edges, x, y);
                        // The luma may round the other way in single precision: a level times the largest weight.
                        assert!((got[0] - expected.min(max)).abs() <= 8.6, "{method:?} {x},{y}: {got:?} {expected}");
                        if picture.channels.has_alpha() {
                            assert_eq!(got[1], *at(&picture, x, y).last().unwrap());
                        }
                    }
                }
            }
        }
    }
}
