//! Whitebalance and match: the light of each channel is multiplied so that a mean of the picture becomes what
//! it should be. No state but the reference's mean.

use multiversion::multiversion;
use protocol::{ErrorKind, JobError};
use recipe::filter::geometry::Size;
use recipe::filter::{Balance, Match, WhiteBalance};
use resample::Resampler;

use super::chain::Chain;
use super::points::{LUMINANCE, gained};
use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use super::srgb::to_linear;
use super::{fail, unusable};
use crate::image::{Extent, Picture, Samples};

/// From this share of white on, a sample is burnt out and says nothing of the light.
const BURNT: f32 = 0.98;
/// The most that a channel's light is multiplied or divided by: three stops.
const MOST: f32 = 8.0;
/// Edge of the square around a place, in pixels.
const SQUARE: u32 = 7;

impl Runnable for WhiteBalance {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for WhiteBalance {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        if picture.channels.color_count() == 1 {
            return Ok(picture);
        }
        let size = picture.size;
        let part = match (self.method, self.x, self.y) {
            (Balance::Point, Some(x), Some(y)) => around(size, x, y),
            (Balance::Auto | Balance::Point, _, _) => Part { left: 0, top: 0, size },
        };
        let Some(mean) = mean_light(&picture, &part) else { return Ok(picture) };
        // Grey of the same luminance.
        let grey = luminance(mean);
        Ok(multiplied(picture, mean.map(|light| grey / light), self.strength))
    }
}

impl Runnable for Match {
    fn ready(&self, files: &Files<'_>) -> Result<Ready, JobError> {
        // The recipe's check has seen to it that there is a file.
        let file = self.file.clone().unwrap_or_default();
        let reference =
            (files.picture)(file.as_path()).map_err(|error| unusable("match: its file", &error))?;
        let whole = Part { left: 0, top: 0, size: reference.size };
        let nothing = || fail(ErrorKind::BadParameter, "match: its file is black or burnt out all over");
        let mean = mean_light(&reference, &whole).ok_or_else(nothing)?;
        Ready::alone(Matched { mean, strength: self.strength })
    }
}

/// The mean light of a reference, which a picture is brought to.
#[derive(Debug)]
struct Matched {
    mean: [f32; 3],
    strength: f32,
}

impl Loop for Matched {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        let whole = Part { left: 0, top: 0, size: picture.size };
        let Some(mean) = mean_light(&picture, &whole) else { return Ok(picture) };
        // A grey picture has no white to bring.
        let wanted = match picture.channels.color_count() {
            1 => [luminance(self.mean); 3],
            _ => self.mean,
        };
        let gains = [0, 1, 2].map(|channel| wanted[channel] / mean[channel]);
        Ok(multiplied(picture, gains, self.strength))
    }
}

/// A part of a picture.
struct Part {
    left: u32,
    top: u32,
    size: Size,
}

/// The square around a place, as far as it lies in the picture.
fn around(size: Size, x: f32, y: f32) -> Part {
    let along = |edge: u32, share: f32| {
        let middle = (share * edge as f32) as u32;
        let start = middle.saturating_sub(SQUARE / 2).min(edge.saturating_sub(SQUARE));
        (start, SQUARE.min(edge))
    };
    let ((left, width), (top, height)) = (along(size.width, x), along(size.height, y));
    Part { left, top, size: Size { width, height } }
}

/// The mean light of red, green and blue, of what is not burnt out; `None` where a channel has none.
fn mean_light(picture: &Picture, part: &Part) -> Option<[f32; 3]> {
    let (width, count) = (picture.size.width as usize, picture.channels.count());
    let sums = match &picture.samples {
        Samples::U8(samples) => summed(samples, width, count, part),
        Samples::U16(samples) => summed(samples, width, count, part),
    };
    let least = sums.light.iter().copied().fold(f64::INFINITY, f64::min);
    (least > 0.0).then(|| sums.light.map(|sum| (sum / sums.pixels as f64) as f32))
}

/// Light of many pixels.
#[derive(Default)]
struct Sums {
    light: [f64; 3],
    pixels: u64,
}

fn summed<T: Sample>(samples: &[T], width: usize, count: usize, part: &Part) -> Sums {
    let table: Vec<f32> =
        (0..1 << T::DEPTH.bits).map(|level| to_linear(level as f32 / T::DEPTH.max)).collect();
    let burnt = T::from_level(BURNT * T::DEPTH.max);
    let (left, right) = (part.left as usize * count, (part.left + part.size.width) as usize * count);
    let rows = samples.chunks_exact(width * count).skip(part.top as usize).take(part.size.height as usize);
    let mut sums = Sums::default();
    for row in rows {
        let (light, pixels) = match count {
            1 => row_sum::<T, 1>(&row[left..right], &table, burnt),
            2 => row_sum::<T, 2>(&row[left..right], &table, burnt),
            3 => row_sum::<T, 3>(&row[left..right], &table, burnt),
            _ => row_sum::<T, 4>(&row[left..right], &table, burnt),
        };
        sums.pixels += pixels;
        sums.light.iter_mut().zip(light).for_each(|(sum, light)| *sum += f64::from(light));
    }
    sums
}

/// Light of a row, of which no pixel counts that is burnt out in any channel.
#[multiversion(targets("x86_64+avx2"))]
fn row_sum<T: Sample, const COUNT: usize>(row: &[T], table: &[f32], burnt: T) -> ([f32; 3], u64) {
    let (mut light, mut pixels) = ([0.0; 3], 0);
    for pixel in row.as_chunks::<COUNT>().0 {
        let colors = if COUNT < 3 { [pixel[0]; 3] } else { [pixel[0], pixel[1], pixel[2]] };
        if colors.iter().all(|sample| *sample < burnt) {
            for (sum, sample) in light.iter_mut().zip(colors) {
                *sum += table[sample.index()];
            }
            pixels += 1;
        }
    }
    (light, pixels)
}

fn luminance(light: [f32; 3]) -> f32 {
    light.iter().zip(LUMINANCE).map(|(light, weight)| light * weight).sum()
}

/// The picture with the light of each channel multiplied, by a part of the way in stops.
fn multiplied(picture: Picture, gains: [f32; 3], strength: f32) -> Picture {
    let gains = gains.map(|gain| gain.clamp(1.0 / MOST, MOST).powf(strength));
    Chain::new(vec![gained(gains, picture.channels)]).apply(picture)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{filtered, floats, no_files, parse};
    use crate::image::{Channels, Picture, Samples};
    use crate::pipeline::{Files, Pipeline};
    use protocol::limits::Limits;
    use recipe::filter::geometry::Size;

    /// IEC 61966-2-1, in double precision.
    fn light(value: f64) -> f64 {
        let v = value / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    }

    fn picture(size: [u32; 2], channels: Channels, of: impl Fn(u32, u32) -> Vec<u8>) -> Picture {
        let size = Size { width: size[0], height: size[1] };
        let places = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
        Picture { size, channels, samples: Samples::U8(places.flat_map(|(x, y)| of(x, y)).collect()) }
    }

    /// A grey ramp under amber light.
    fn amber() -> Picture {
        picture([40, 10], Channels::Rgb, |x, _| {
            let value = 20 + 3 * x as u8;
            vec![value + 30, value + 10, value]
        })
    }

    fn means(picture: &Picture) -> [f64; 3] {
        let samples = floats(picture);
        [0, 1, 2].map(|channel| {
            let lights: Vec<f64> = samples.iter().skip(channel).step_by(3).map(|v| light(*v)).collect();
            lights.iter().sum::<f64>() / lights.len() as f64
        })
    }

    #[test]
    fn the_mean_becomes_grey_and_keeps_its_luminance() {
        let before = means(&amber());
        let after = means(&filtered("whitebalance", &amber()));
        let luminance = 0.2126 * before[0] + 0.7152 * before[1] + 0.0722 * before[2];
        for mean in after {
            assert!((mean / luminance - 1.0).abs() < 0.01, "{after:?}, expected {luminance}");
        }
        assert_eq!(filtered("whitebalance:strength=0", &amber()), amber());
    }

    #[test]
    fn a_point_is_what_becomes_grey() {
        let two = picture(
            [20, 20],
            Channels::Rgb,
            |x, _| if x < 10 { vec![90, 60, 30] } else { vec![200, 40, 90] },
        );
        let balanced = floats(&filtered("whitebalance:method=point,x=0.2,y=0.5", &two));
        let [r, g, b] = [balanced[0], balanced[1], balanced[2]];
        assert!((r - g).abs() <= 1.0 && (g - b).abs() <= 1.0, "{r} {g} {b}");
        assert!(balanced[3 * 15] > balanced[3 * 15 + 1] + 50.0, "the rest goes the same way");
    }

    #[test]
    fn what_is_burnt_out_says_nothing() {
        let half =
            picture(
                [20, 20],
                Channels::Rgb,
                |x, _| if x < 10 { vec![255, 255, 255] } else { vec![90, 60, 30] },
            );
        let balanced = floats(&filtered("whitebalance", &half));
        let [r, g, b] = [balanced[30], balanced[31], balanced[32]];
        assert!((r - g).abs() <= 1.0 && (g - b).abs() <= 1.0, "{r} {g} {b}");
        let black = picture([5, 5], Channels::Rgb, |_, _| vec![0, 0, 0]);
        assert_eq!(filtered("whitebalance", &black), black);
    }

    #[test]
    fn a_match_has_the_means_of_its_reference() {
        let reference =
            picture([30, 30], Channels::Rgb, |x, y| vec![(x + y) as u8 + 40, x as u8 + 50, y as u8 + 30]);
        let wanted = means(&reference);
        let files = Files { picture: &|_| Ok(reference.clone()), ..no_files() };
        let limits = Limits { max_pixels: 1 << 20, memory: 1 << 30, max_input_bytes: 1 << 30 };
        let mut pipeline = Pipeline::new(&[parse("match=reference.jpg")], &limits, &files);
        let after = means(&pipeline.run(amber(), amber().size).unwrap());
        for (mean, wanted) in after.iter().zip(wanted) {
            assert!((mean / wanted - 1.0).abs() < 0.02, "{after:?}, expected {wanted:?}");
        }
    }
}
