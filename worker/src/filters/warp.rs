//! Pictures seen through a map from places in the result to places in the picture: by cubics (Catmull and
//! Rom's, B = 0, C = ½), colours weighted by alpha. And perspective, whose map is a projection. No state.

use protocol::JobError;
use recipe::filter::Perspective;
use recipe::filter::geometry::Size;
use resample::Resampler;

use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use crate::image::{Channels, Extent, Picture, Samples};

impl Runnable for Perspective {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Perspective {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        if *self == Perspective::default() {
            return Ok(picture);
        }
        let to = self.output_size(picture.size);
        let projection = Projection::onto(self.corners(picture.size));
        let (width, height) = (f64::from(to.width), f64::from(to.height));
        Ok(warped(&picture, to, |x, y| projection.at(x / width, y / height)))
    }
}

/// A projection of the unit square onto a figure of four corners: P. S. Heckbert, "Fundamentals of Texture
/// Mapping and Image Warping" (1989), 2.2.3.
struct Projection {
    x: [f64; 3],
    y: [f64; 3],
    depth: [f64; 2],
}

impl Projection {
    /// Clockwise from the top left.
    fn onto([a, b, c, d]: [[f64; 2]; 4]) -> Projection {
        let sum = [0, 1].map(|n| a[n] - b[n] + c[n] - d[n]);
        let one = [0, 1].map(|n| b[n] - c[n]);
        let two = [0, 1].map(|n| d[n] - c[n]);
        let area = one[0] * two[1] - one[1] * two[0];
        let g = (sum[0] * two[1] - sum[1] * two[0]) / area;
        let h = (one[0] * sum[1] - one[1] * sum[0]) / area;
        let row = |n: usize| [b[n] - a[n] + g * b[n], d[n] - a[n] + h * d[n], a[n]];
        Projection { x: row(0), y: row(1), depth: [g, h] }
    }

    fn at(&self, u: f64, v: f64) -> (f64, f64) {
        let depth = self.depth[0] * u + self.depth[1] * v + 1.0;
        let along = |row: [f64; 3]| (row[0] * u + row[1] * v + row[2]) / depth;
        (along(self.x), along(self.y))
    }
}

/// A picture of this size, each of whose places shows one of the other; both in pixels from the top left.
/// What lies beyond the picture looks like its border.
pub(super) fn warped(picture: &Picture, to: Size, place: impl Fn(f64, f64) -> (f64, f64)) -> Picture {
    let Picture { size, channels, .. } = *picture;
    let samples = match &picture.samples {
        Samples::U8(samples) => {
            u8::wrap(Original { samples, size, channels, beyond: Beyond::Border }.seen(to, place))
        }
        Samples::U16(samples) => {
            u16::wrap(Original { samples, size, channels, beyond: Beyond::Border }.seen(to, place))
        }
    };
    Picture { size: to, channels, samples }
}

/// What is seen where there is no picture.
pub(super) enum Beyond<'a, T> {
    /// A colour; nothing where the picture has transparency.
    Ground(&'a [T]),
    /// The nearest pixel of the picture.
    Border,
}

/// A picture to interpolate.
pub(super) struct Original<'a, T> {
    pub(super) samples: &'a [T],
    pub(super) size: Size,
    pub(super) channels: Channels,
    pub(super) beyond: Beyond<'a, T>,
}

impl<T: Sample> Original<'_, T> {
    /// The samples of a picture of this size, each of whose places shows one of this.
    pub(super) fn seen(&self, to: Size, place: impl Fn(f64, f64) -> (f64, f64)) -> Vec<T> {
        match self.channels {
            Channels::Grey => self.all::<1>(to, place),
            Channels::GreyAlpha => self.all::<2>(to, place),
            Channels::Rgb => self.all::<3>(to, place),
            Channels::Rgba => self.all::<4>(to, place),
        }
    }

    fn all<const COUNT: usize>(&self, to: Size, place: impl Fn(f64, f64) -> (f64, f64)) -> Vec<T> {
        let mut result = Vec::with_capacity(to.pixels() as usize * COUNT);
        for y in 0..to.height {
            for x in 0..to.width {
                let (from_x, from_y) = place(f64::from(x) + 0.5, f64::from(y) + 0.5);
                result.extend(self.between::<COUNT>(from_x - 0.5, from_y - 0.5));
            }
        }
        result
    }

    /// The pixel at a place between pixels.
    fn between<const COUNT: usize>(&self, x: f64, y: f64) -> [T; COUNT] {
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (cubic((x - left) as f32), cubic((y - top) as f32));
        let (left, top) = (left as i64 - 1, top as i64 - 1);
        let (width, height) = (i64::from(self.size.width), i64::from(self.size.height));
        let colors = self.channels.color_count();
        let max = T::DEPTH.max;
        // Colours multiplied by alpha, and the alpha; there is none outside the picture.
        let mut sum = [0.0; COUNT];
        let mut cover = 0.0;
        for (row, down) in (top..).zip(down) {
            for (column, across) in (left..).zip(across) {
                let (row, column) = match self.beyond {
                    Beyond::Border => (row.clamp(0, height - 1), column.clamp(0, width - 1)),
                    Beyond::Ground(_) => (row, column),
                };
                if (0..height).contains(&row) && (0..width).contains(&column) {
                    let start = (row * width + column) as usize * COUNT;
                    let pixel: [T; COUNT] = std::array::from_fn(|n| self.samples[start + n]);
                    let alpha = if colors < COUNT { pixel[colors].level() / max } else { 1.0 };
                    let weight = across * down * alpha;
                    cover += weight;
                    for (total, sample) in sum[..colors].iter_mut().zip(pixel) {
                        *total += weight * sample.level();
                    }
                }
            }
        }
        let mut result = [T::default(); COUNT];
        if colors < COUNT {
            if cover > 0.0 {
                result = sum.map(|total| T::from_level(total / cover));
            }
            result[colors] = T::from_level(cover * max);
        } else {
            let ground = if let Beyond::Ground(ground) = self.beyond { ground } else { &[] };
            for (index, (sample, total)) in result.iter_mut().zip(sum).enumerate() {
                let ground = ground.get(index).map_or(0.0, |ground| (1.0 - cover) * ground.level());
                *sample = T::from_level(total + ground);
            }
        }
        result
    }
}

/// The weights of four neighbours for a place this far from the second to the third.
fn cubic(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2]
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, pictures};
    use super::*;

    /// Values that rise evenly across and down, which a cubic gives back as they are.
    fn slope(width: u32, height: u32) -> Picture {
        let size = Size { width, height };
        let samples = (0..width * height).map(|at| (100 * (at % width) + 57 * (at / width)) as u16).collect();
        Picture { size, channels: Channels::Grey, samples: Samples::U16(samples) }
    }

    /// The value of the slope at a place, in pixels from the top left.
    fn height_at(x: f64, y: f64) -> f64 {
        100.0 * (x - 0.5) + 57.0 * (y - 0.5)
    }

    #[test]
    fn a_projection_goes_through_its_corners() {
        let corners = [[10.0, 5.0], [90.0, 12.0], [110.0, 80.0], [3.0, 70.0]];
        let projection = Projection::onto(corners);
        for ((u, v), [x, y]) in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].into_iter().zip(corners) {
            let (px, py) = projection.at(u, v);
            assert!((px - x).abs() < 1e-9 && (py - y).abs() < 1e-9, "{px} {py}");
        }
        // Straight lines stay straight: the diagonals meet in the middle of the square.
        let (x, y) = projection.at(0.5, 0.5);
        let cross = |a: [f64; 2], b: [f64; 2]| (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
        assert!(cross(corners[0], corners[2]).abs() < 1e-6 && cross(corners[1], corners[3]).abs() < 1e-6);
    }

    #[test]
    fn a_perspective_shows_what_lies_between_its_places() {
        let picture = slope(120, 90);
        let spec =
            "perspective:top_left=0.25:0.1,top_right=0.75:0.2,bottom_right=0.9:0.9,bottom_left=0.1:0.8";
        let result = filtered(spec, &picture);
        let corners = [[30.0, 9.0], [90.0, 18.0], [108.0, 81.0], [12.0, 72.0]];
        let projection = Projection::onto(corners);
        let (width, height) = (f64::from(result.size.width), f64::from(result.size.height));
        for y in 0..result.size.height {
            for x in 0..result.size.width {
                let (px, py) = projection.at((f64::from(x) + 0.5) / width, (f64::from(y) + 0.5) / height);
                let got = at(&result, x.into(), y.into())[0];
                assert!((got - height_at(px, py)).abs() <= 1.5, "{x} {y}: {got}");
            }
        }
        for picture in pictures() {
            assert_eq!(filtered("perspective", &picture), picture);
        }
    }

    #[test]
    fn what_is_straightened_is_turned_about_the_middle_and_has_no_corners() {
        let picture = slope(160, 100);
        for angle in [2.0f64, -7.5, 30.0] {
            let result = filtered(&format!("straighten={angle}"), &picture);
            let (sin, cos) = angle.to_radians().sin_cos();
            let (width, height) = (f64::from(result.size.width), f64::from(result.size.height));
            for (x, y) in
                [(0, 0), (result.size.width - 1, result.size.height - 1), (result.size.width / 2, 3)]
            {
                let (dx, dy) = (f64::from(x) + 0.5 - width / 2.0, f64::from(y) + 0.5 - height / 2.0);
                let expected = height_at(dx * cos + dy * sin + 80.0, dy * cos - dx * sin + 50.0);
                let got = at(&result, x.into(), y.into())[0];
                // At the very corner a neighbour may lie beyond the border.
                assert!((got - expected).abs() <= 60.0, "{angle}° {x} {y}: {got}, expected {expected}");
            }
        }
        for picture in pictures() {
            assert_eq!(filtered("straighten=0", &picture), picture);
        }
    }
}
