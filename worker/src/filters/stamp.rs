//! Stamps: a text or an image made ready to be put on a picture, as straight RGBA in 8 bits.

use protocol::JobError;
use recipe::filter::Kernel;
use recipe::filter::geometry::Size;
use resample::Resampler;

use super::resize;
use crate::image::{Channels, Picture, Samples};

/// What is put on a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stamp {
    pub(super) size: Size,
    /// Red, green, blue, alpha of each pixel.
    pub(super) pixels: Vec<[u8; 4]>,
}

impl Stamp {
    /// An image scaled to this size.
    pub(super) fn image(image: &Picture, size: Size, resampler: &mut Resampler) -> Result<Stamp, JobError> {
        let scaled = resize::scale(image.clone(), size, Kernel::Lanczos3, resampler)?;
        Ok(Stamp { size, pixels: rgba(&scaled) })
    }

    /// Turned counter-clockwise by this many degrees, the corners kept.
    pub(super) fn turned(self, degrees: f32) -> Stamp {
        if degrees % 360.0 == 0.0 {
            return self;
        }
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        let size = turned_size(self.size, degrees);
        let (middle_x, middle_y) = (size.width as f32 / 2.0, size.height as f32 / 2.0);
        let mut pixels = Vec::with_capacity(size.pixels() as usize);
        for y in 0..size.height {
            for x in 0..size.width {
                let (dx, dy) = (x as f32 + 0.5 - middle_x, y as f32 + 0.5 - middle_y);
                // Downwards is positive, so this turns clockwise, from the result back to the source.
                let (sx, sy) = (dx * cos - dy * sin + width / 2.0, dx * sin + dy * cos + height / 2.0);
                pixels.push(self.between(sx - 0.5, sy - 0.5));
            }
        }
        Stamp { size, pixels }
    }

    /// The colour between pixels, weighted by alpha; transparent outside.
    fn between(&self, x: f32, y: f32) -> [u8; 4] {
        let (left, top) = (x.floor(), y.floor());
        let (right_share, bottom_share) = (x - left, y - top);
        let mut sum = [0.0; 4];
        for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let (px, py) = (left + dx, top + dy);
            if px < 0.0 || py < 0.0 || px >= self.size.width as f32 || py >= self.size.height as f32 {
                continue;
            }
            let share_x = if dx > 0.0 { right_share } else { 1.0 - right_share };
            let share_y = if dy > 0.0 { bottom_share } else { 1.0 - bottom_share };
            let [r, g, b, a] =
                self.pixels[py as usize * self.size.width as usize + px as usize].map(f32::from);
            let weight = share_x * share_y * a;
            for (total, value) in sum.iter_mut().zip([r * weight, g * weight, b * weight, weight]) {
                *total += value;
            }
        }
        let alpha = sum[3];
        if alpha <= 0.0 {
            return [0; 4];
        }
        [sum[0] / alpha, sum[1] / alpha, sum[2] / alpha, alpha].map(|value| value.round() as u8)
    }
}

/// The size of a stamp turned by this many degrees.
pub(super) fn turned_size(size: Size, degrees: f32) -> Size {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (size.width as f32, size.height as f32);
    // A hair less, so that the noise of a quarter turn's sine does not add a row.
    let edge = |length: f32| (length - 1e-3).ceil() as u32;
    Size::new(edge(width * cos.abs() + height * sin.abs()), edge(width * sin.abs() + height * cos.abs()))
}

/// The pixels of any picture as 8-bit RGBA.
fn rgba(picture: &Picture) -> Vec<[u8; 4]> {
    let samples: Vec<u8> = match &picture.samples {
        Samples::U8(samples) => samples.clone(),
        Samples::U16(samples) => samples.iter().map(|v| ((u32::from(*v) + 128) / 257) as u8).collect(),
    };
    let pixels = samples.chunks_exact(picture.channels.count());
    pixels
        .map(|p| match picture.channels {
            Channels::Grey => [p[0], p[0], p[0], 255],
            Channels::GreyAlpha => [p[0], p[0], p[0], p[1]],
            Channels::Rgb => [p[0], p[1], p[2], 255],
            Channels::Rgba => [p[0], p[1], p[2], p[3]],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_turn_moves_every_pixel() {
        let pixels = vec![[255, 0, 0, 255], [0, 255, 0, 255]];
        let stamp = Stamp { size: Size { width: 2, height: 1 }, pixels };
        // Counter-clockwise: what was right is on top.
        let turned = stamp.clone().turned(90.0);
        let colors: Vec<_> = turned.pixels.iter().filter(|p| p[3] > 200).collect();
        assert_eq!(colors, [&[0, 255, 0, 255], &[255, 0, 0, 255]], "{turned:?}");
        assert_eq!(stamp.clone().turned(360.0), stamp);
    }
}
