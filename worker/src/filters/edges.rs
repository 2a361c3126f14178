//! Edges: how steep the luma is at each pixel, in grey. No state. At the border the outermost pixels are
//! repeated.

use protocol::JobError;
use recipe::filter::{EdgeMethod, Edges};
use resample::Resampler;

use super::neighbours::{from_luma, slopes};
use super::run::{Files, Loop, Ready, Runnable};
use crate::image::{Extent, Picture};

impl Runnable for Edges {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Edges {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(apply(self, &picture))
    }

    fn needs_only_luma(&self) -> bool {
        true
    }
}

/// The picture of the edges: grey, with the alpha of the input.
fn apply(edges: &Edges, picture: &Picture) -> Picture {
    match edges.method {
        EdgeMethod::Sobel => from_luma(picture, |window| {
            let (across, down) = slopes(window);
            (across * across + down * down).sqrt()
        }),
        EdgeMethod::Laplacian => from_luma(picture, |[a, b, c]| {
            let around = a[0] + a[1] + a[2] + b[0] + b[2] + c[0] + c[1] + c[2];
            (around - 8 * b[1]).abs() as f32
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, pictures};
    use super::*;
    use crate::image::Samples;

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
                        // The luma may round the other way in single precision: a level times the largest
                        // weight.
                        assert!(
                            (got[0] - expected.min(max)).abs() <= 8.6,
                            "{method:?} {x},{y}: {got:?} {expected}"
                        );
                        if picture.channels.has_alpha() {
                            assert_eq!(got[1], *at(&picture, x, y).last().unwrap());
                        }
                    }
                }
            }
        }
    }
}
