//! Pad and border: the same pixels on a larger canvas; and what cuts, places and fills for others. No state.

use protocol::JobError;
use recipe::filter::geometry::{Cutout, Placement, Size};
use recipe::filter::{Border, Color, Pad};
use resample::Resampler;

use super::run::{Files, Loop, Ready, Runnable};
use super::sample::{Sample, color_samples};
use crate::image::{Extent, Picture, Samples};

/// What a canvas is made of where the picture does not cover it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ground {
    Color([u8; 3]),
    /// Nothing where the picture has transparency, else the colour.
    TransparentOr([u8; 3]),
}

impl Runnable for Pad {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Pad {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(pad(self, picture))
    }
}

impl Runnable for Border {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Border {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(border(self, picture))
    }
}

fn pad(pad: &Pad, picture: Picture) -> Picture {
    let placement = pad.plan(picture.size);
    place(&colored(picture, pad.color), placement, Ground::Color(pad.color.0))
}

fn border(border: &Border, picture: Picture) -> Picture {
    let canvas = border.output_size(picture.size);
    let placement = Placement { x: border.width, y: border.width, canvas };
    place(&colored(picture, border.color), placement, Ground::Color(border.color.0))
}

/// A grey picture becomes coloured if what it meets is.
pub(super) fn colored(picture: Picture, Color([r, g, b]): Color) -> Picture {
    if r == g && g == b { picture } else { picture.into_color() }
}

/// The part of a picture, moved to the front of its own memory.
pub(super) fn cut(picture: Picture, Cutout { x, y, size }: Cutout) -> Picture {
    fn rows<T: Copy>(mut samples: Vec<T>, row: usize, first: usize, len: usize, height: usize) -> Vec<T> {
        for y in 0..height {
            let start = first + y * row;
            samples.copy_within(start..start + len, y * len);
        }
        samples.truncate(len * height);
        samples
    }
    let count = picture.channels.count();
    let row = picture.size.width as usize * count;
    let first = y as usize * row + x as usize * count;
    let (len, height) = (size.width as usize * count, size.height as usize);
    let samples = match picture.samples {
        Samples::U8(samples) => Samples::U8(rows(samples, row, first, len, height)),
        Samples::U16(samples) => Samples::U16(rows(samples, row, first, len, height)),
    };
    Picture { size, samples, ..picture }
}

/// A picture on a canvas that holds it.
pub(super) fn place(picture: &Picture, placement: Placement, ground: Ground) -> Picture {
    let samples = match &picture.samples {
        Samples::U8(samples) => u8::wrap(placed(picture, samples, placement, ground)),
        Samples::U16(samples) => u16::wrap(placed(picture, samples, placement, ground)),
    };
    Picture { size: placement.canvas, channels: picture.channels, samples }
}

/// Fills a part of a picture, which has it, with a colour; a grey picture with what is grey.
pub(super) fn fill(picture: &mut Picture, x: u32, y: u32, part: Size, color: [u8; 3]) {
    let Picture { size, channels, samples } = picture;
    let count = channels.count();
    let starts = (y..y + part.height).map(|row| (row as usize * size.width as usize + x as usize) * count);
    let len = part.width as usize * count;
    match samples {
        Samples::U8(samples) => {
            let pixel = blank(Ground::Color(color), channels.color_count(), channels.has_alpha());
            starts.for_each(|start| fill_row(&mut samples[start..start + len], &pixel));
        }
        Samples::U16(samples) => {
            let pixel = blank(Ground::Color(color), channels.color_count(), channels.has_alpha());
            starts.for_each(|start| fill_row(&mut samples[start..start + len], &pixel));
        }
    }
}

fn fill_row<T: Copy>(row: &mut [T], pixel: &[T]) {
    row.chunks_exact_mut(pixel.len()).for_each(|target| target.copy_from_slice(pixel));
}

fn placed<T: Sample>(picture: &Picture, samples: &[T], placement: Placement, ground: Ground) -> Vec<T> {
    let Placement { x, y, canvas } = placement;
    let Picture { size: Size { width, height }, channels, .. } = *picture;
    let count = channels.count();
    let blank: Vec<T> = blank(ground, channels.color_count(), channels.has_alpha());
    let pixels = |many: u32| blank.iter().copied().cycle().take(many as usize * count);
    let mut result = Vec::with_capacity(canvas.pixels() as usize * count);
    for row in 0..canvas.height {
        if row < y || row >= y + height {
            result.extend(pixels(canvas.width));
            continue;
        }
        result.extend(pixels(x));
        let row_len = width as usize * count;
        result.extend_from_slice(&samples[(row - y) as usize * row_len..][..row_len]);
        result.extend(pixels(canvas.width - x - width));
    }
    result
}

/// One pixel of the ground.
fn blank<T: Sample>(ground: Ground, colors: usize, has_alpha: bool) -> Vec<T> {
    let max = T::from_level(T::DEPTH.max);
    let (color, alpha) = match ground {
        Ground::TransparentOr(_) if has_alpha => (vec![T::default(); colors], T::default()),
        Ground::Color(color) | Ground::TransparentOr(color) => (color_samples(color, colors), max),
    };
    color.into_iter().chain(has_alpha.then_some(alpha)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, floats, pictures};
    use super::*;
    use crate::image::Channels;

    #[test]
    fn the_canvas_has_its_colour() {
        for picture in pictures() {
            let max = if matches!(picture.samples, Samples::U8(_)) { 255.0 } else { 65_535.0 };
            for spec in ["pad:width=20,height=30,color=red,anchor=bottom-right", "border:width=2,color=red"] {
                let padded = filtered(spec, &picture);
                let corner = at(&padded, 0, 0);
                assert_eq!(corner[..3], [max, 0.0, 0.0], "{spec}");
                assert!(corner.get(3).is_none_or(|alpha| *alpha == max));
                let (x, y) = if spec.starts_with("border") {
                    (2, 2)
                } else {
                    (i64::from(20 - picture.size.width), i64::from(30 - picture.size.height))
                };
                assert_eq!(at(&padded, x, y)[0], at(&picture, 0, 0)[0], "{spec}");
            }
        }
    }

    #[test]
    fn grey_stays_grey_on_grey() {
        let size = Size { width: 1, height: 1 };
        let picture = Picture { size, channels: Channels::Grey, samples: Samples::U8(vec![9]) };
        let bordered = filtered("border:width=1,color=gray", &picture);
        assert_eq!(floats(&bordered), [128., 128., 128., 128., 9., 128., 128., 128., 128.]);
    }
}
