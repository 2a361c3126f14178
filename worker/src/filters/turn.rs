//! Flip, rotate and straighten. Quarter turns and mirrors move pixels and change none; any other angle is
//! interpolated, and what lies outside the picture is the ground. No state.

use protocol::JobError;
use recipe::filter::geometry::Size;
use recipe::filter::{Flip, FlipDirection, LightScale, Rotate, Straighten};
use resample::Resampler;

use super::canvas::colored;
use super::light;
use super::run::{Files, Loop, Ready, Runnable};
use super::sample::{Sample, color_samples};
use super::warp::{Beyond, Original, warped};
use crate::image::{Channels, Extent, Picture, Samples};

/// Pixels along the edge of the tiles in which a picture is turned: few enough cache lines at a time.
const TILE: usize = 32;

impl Runnable for Flip {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Flip {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(flip(self, picture))
    }

    fn only_moves_pixels(&self) -> bool {
        true
    }
}

impl Runnable for Rotate {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Rotate {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        // Quarters mix nothing.
        let scale = if self.quarters().is_some() { LightScale::Gamma } else { self.light };
        Ok(light::in_scale(scale, picture, |picture| rotate(self, picture)))
    }

    fn only_moves_pixels(&self) -> bool {
        self.quarters().is_some()
    }

    fn pixels_beside(&self, size: Size, _: bool) -> u64 {
        light::pixels_beside(self.light, size.pixels().max(self.output_size(size).pixels()), 0)
    }
}

impl Runnable for Straighten {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Straighten {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        let (from, to) = (picture.size, self.output_size(picture.size));
        if self.angle == 0.0 {
            return Ok(picture);
        }
        Ok(warped(&picture, to, turned_back(self.angle, from, to)))
    }
}

/// From places in a picture that was turned clockwise around its middle to those in the one before, both in
/// pixels from the top left.
fn turned_back(angle: f32, from: Size, to: Size) -> impl Fn(f64, f64) -> (f64, f64) {
    // In double precision: a picture may be 65,535 pixels wide.
    let (sin, cos) = f64::from(angle).to_radians().sin_cos();
    let half = |edge: u32| f64::from(edge) / 2.0;
    let (from_x, from_y, to_x, to_y) = (half(from.width), half(from.height), half(to.width), half(to.height));
    move |x, y| {
        let (dx, dy) = (x - to_x, y - to_y);
        (dx * cos + dy * sin + from_x, dy * cos - dx * sin + from_y)
    }
}

fn flip(flip: &Flip, mut picture: Picture) -> Picture {
    let row = picture.size.width as usize * picture.channels.count();
    let count = picture.channels.count();
    match &mut picture.samples {
        Samples::U8(samples) => mirror(samples, row, count, flip.direction),
        Samples::U16(samples) => mirror(samples, row, count, flip.direction),
    }
    picture
}

fn mirror<T>(samples: &mut [T], row: usize, count: usize, direction: FlipDirection) {
    match direction {
        FlipDirection::Horizontal => {
            for row in samples.chunks_exact_mut(row) {
                reverse(row, count);
            }
        }
        FlipDirection::Vertical => {
            let height = samples.len() / row;
            let (top, bottom) = samples.split_at_mut(height / 2 * row);
            for (above, below) in top.chunks_exact_mut(row).zip(bottom.chunks_exact_mut(row).rev()) {
                above.swap_with_slice(below);
            }
        }
    }
}

/// Puts pixels in the opposite order.
fn reverse<T>(samples: &mut [T], count: usize) {
    match count {
        1 => samples.reverse(),
        2 => samples.as_chunks_mut::<2>().0.reverse(),
        3 => samples.as_chunks_mut::<3>().0.reverse(),
        _ => samples.as_chunks_mut::<4>().0.reverse(),
    }
}

fn rotate(rotate: &Rotate, picture: Picture) -> Picture {
    let size = rotate.output_size(picture.size);
    let picture = match rotate.quarters() {
        Some(0) => return picture,
        Some(_) => picture,
        None => colored(picture, rotate.color),
    };
    let Picture { size: from, channels, samples } = picture;
    let ground = rotate.color.0;
    let samples = match samples {
        Samples::U8(samples) => {
            let ground = color_samples(ground, channels.color_count());
            u8::wrap(turned(rotate, samples, from, size, channels, &ground))
        }
        Samples::U16(samples) => {
            let mut ground = color_samples(ground, channels.color_count());
            if rotate.light == LightScale::Linear {
                ground = ground.into_iter().map(light::light_of).collect();
            }
            u16::wrap(turned(rotate, samples, from, size, channels, &ground))
        }
    };
    Picture { size, channels, samples }
}

fn turned<T: Sample>(
    rotate: &Rotate,
    mut samples: Vec<T>,
    from: Size,
    to: Size,
    channels: Channels,
    ground: &[T],
) -> Vec<T> {
    match rotate.quarters() {
        Some(2) => {
            reverse(&mut samples, channels.count());
            samples
        }
        Some(quarters) => match channels {
            Channels::Grey => quarter::<T, 1>(&samples, from, quarters == 1),
            Channels::GreyAlpha => quarter::<T, 2>(&samples, from, quarters == 1),
            Channels::Rgb => quarter::<T, 3>(&samples, from, quarters == 1),
            Channels::Rgba => quarter::<T, 4>(&samples, from, quarters == 1),
        },
        None => {
            let source = Original { samples: &samples, size: from, channels, beyond: Beyond::Ground(ground) };
            source.seen(to, turned_back(rotate.angle, from, to))
        }
    }
}

/// A quarter turn, clockwise or back.
fn quarter<T: Sample, const COUNT: usize>(samples: &[T], from: Size, clockwise: bool) -> Vec<T> {
    let (width, height) = (from.width as usize, from.height as usize);
    let pixels = samples.as_chunks::<COUNT>().0;
    let mut result = vec![T::default(); samples.len()];
    let target = result.as_chunks_mut::<COUNT>().0;
    for top in (0..height).step_by(TILE) {
        for left in (0..width).step_by(TILE) {
            for x in left..(left + TILE).min(width) {
                for y in top..(top + TILE).min(height) {
                    // The result is `height` wide.
                    let place =
                        if clockwise { x * height + height - 1 - y } else { (width - 1 - x) * height + y };
                    target[place] = pixels[y * width + x];
                }
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, pictures};
    use super::*;

    #[test]
    fn mirrors_and_quarters_move_every_pixel() {
        for picture in pictures() {
            let (w, h) = (i64::from(picture.size.width), i64::from(picture.size.height));
            let moved = |spec: &str, to: &dyn Fn(i64, i64) -> (i64, i64)| {
                let result = filtered(spec, &picture);
                for y in 0..h {
                    for x in 0..w {
                        let (tx, ty) = to(x, y);
                        assert_eq!(at(&result, tx, ty), at(&picture, x, y), "{spec} {x},{y}");
                    }
                }
            };
            moved("flip=horizontal", &|x, y| (w - 1 - x, y));
            moved("flip=vertical", &|x, y| (x, h - 1 - y));
            moved("rotate=90", &|x, y| (h - 1 - y, x));
            moved("rotate=180", &|x, y| (w - 1 - x, h - 1 - y));
            moved("rotate=270", &|x, y| (y, w - 1 - x));
            moved("rotate=-90", &|x, y| (y, w - 1 - x));
            moved("rotate=360", &|x, y| (x, y));
        }
    }

    #[test]
    fn a_large_quarter_turn_crosses_tiles() {
        let size = Size { width: 70, height: 41 };
        let samples = Samples::U16((0..70 * 41).collect());
        let picture = Picture { size, channels: Channels::Grey, samples };
        let turned = filtered("rotate=90", &picture);
        assert_eq!(filtered("rotate=-90", &turned), picture);
        assert_eq!(at(&turned, 0, 0), at(&picture, 0, 40));
    }

    #[test]
    fn any_angle_keeps_a_plain_picture_plain_and_fills_the_corners() {
        let size = Size { width: 60, height: 40 };
        let picture = Picture { size, channels: Channels::Rgb, samples: Samples::U8(vec![77; 60 * 40 * 3]) };
        let turned = filtered("rotate:angle=30,color=red", &picture);
        assert_eq!(at(&turned, 0, 0), [255.0, 0.0, 0.0]);
        let (w, h) = (i64::from(turned.size.width), i64::from(turned.size.height));
        assert_eq!(at(&turned, w / 2, h / 2), [77.0; 3]);
        let clear = Picture {
            channels: Channels::Rgba,
            samples: Samples::U8([7, 8, 9, 200].repeat(2400)),
            ..picture
        };
        let turned = filtered("rotate:angle=-17", &clear);
        assert_eq!(at(&turned, 0, 0)[3], 0.0);
        let (w, h) = (i64::from(turned.size.width), i64::from(turned.size.height));
        assert_eq!(at(&turned, w / 2, h / 2), [7.0, 8.0, 9.0, 200.0]);
    }

    #[test]
    fn a_small_angle_turns_clockwise() {
        // A bright spot at the right end moves down.
        let size = Size { width: 41, height: 41 };
        let mut samples = vec![0u8; 41 * 41];
        samples[20 * 41 + 38] = 255;
        let picture = Picture { size, channels: Channels::Grey, samples: Samples::U8(samples) };
        let turned = filtered("rotate:angle=10,color=black", &picture);
        let brightest = (0..i64::from(turned.size.height))
            .flat_map(|y| (0..i64::from(turned.size.width)).map(move |x| (x, y)))
            .max_by_key(|(x, y)| at(&turned, *x, *y)[0] as u32)
            .unwrap();
        let middle = i64::from(turned.size.height) / 2;
        assert!(brightest.1 > middle + 1, "{brightest:?}");
    }
}
