//! The pixels of a gain map, brought to where those of its photo went. No state.

use protocol::{ErrorKind, JobError};
use recipe::filter::Kernel;
use recipe::filter::geometry::Size;
use resample::Resampler;

use crate::filters::{fail, resize};
use crate::image::{Picture, Samples};
use crate::moved::Moved;

/// The map for a result that the photo's pixels were `moved` to; `neutral` are the values for places where
/// there was no photo.
///
/// It gets as many pixels as it had, but no more than the result, and for each pixel of the result no fewer
/// than for one of the photo.
pub(super) fn follow(
    map: Picture,
    moved: &Moved,
    neutral: [u8; 3],
    resampler: &mut Resampler,
) -> Result<Picture, JobError> {
    let to = size_for(map.size, moved);
    if moved.is_scaling() {
        return resize::scale(map, to, Kernel::Bilinear, resampler);
    }
    let way = Way::of(moved);
    // Where places lie closer together than the map's pixels, those between would be lost.
    let thinner = way.thinner(map.size, to);
    let map = resize::scale(map, thinner, Kernel::Bilinear, resampler)?;
    way.sampled(&map, to, neutral)
        .ok_or_else(|| fail(ErrorKind::Corrupt, "the samples of the gain map do not fill it"))
}

/// How large the map of the result is.
pub(super) fn size_for(map: Size, moved: &Moved) -> Size {
    let (from, to) = (moved.from, moved.to);
    let before = f64::from(map.width) / f64::from(from.width);
    let as_many = (map.pixels() as f64 / to.pixels() as f64).sqrt();
    let share = before.max(as_many).min(1.0);
    let edge = |edge: u32| (f64::from(edge) * share).round() as u32;
    Size::new(edge(to.width), edge(to.height))
}

/// The way of the photo's pixels as a matrix, with both sizes.
struct Way {
    moved: Moved,
    /// The place of the result that the photo's first corner came to.
    origin: [f64; 2],
    /// Where a step of one pixel to the right, and one down, leads in the result.
    right: [f64; 2],
    down: [f64; 2],
}

impl Way {
    fn of(moved: &Moved) -> Way {
        let place = |x, y| {
            let (x, y) = moved.place(x, y);
            [x, y]
        };
        let origin = place(0.0, 0.0);
        let step = |x, y| {
            let [to_x, to_y] = place(x, y);
            [to_x - origin[0], to_y - origin[1]]
        };
        Way { moved: *moved, origin, right: step(1.0, 0.0), down: step(0.0, 1.0) }
    }

    /// The size of the map where its pixels are no closer together than those of the result's.
    fn thinner(&self, map: Size, to: Size) -> Size {
        let share = f64::from(to.width) / f64::from(self.moved.to.width);
        let edge = |step: [f64; 2], photo: u32, map: u32| {
            let needed = step[0].hypot(step[1]) * f64::from(photo) * share;
            (needed.round() as u32).min(map)
        };
        Size::new(
            edge(self.right, self.moved.from.width, map.width),
            edge(self.down, self.moved.from.height, map.height),
        )
    }

    /// The place in the photo that this one of the result came from; `None` if all came from one.
    fn back(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        let Way { right, down, origin, .. } = self;
        let (x, y) = (x - origin[0], y - origin[1]);
        let area = right[0] * down[1] - right[1] * down[0];
        let back = [(x * down[1] - y * down[0]) / area, (y * right[0] - x * right[1]) / area];
        back.iter().all(|place| place.is_finite()).then_some(back)
    }

    /// Values between those of the map, for each place of the result's.
    fn sampled(&self, map: &Picture, to: Size, neutral: [u8; 3]) -> Option<Picture> {
        let Samples::U8(samples) = &map.samples else { return None };
        let count = map.channels.count();
        let scale = |map: u32, picture: u32| f64::from(map) / f64::from(picture);
        let (across, down) = (scale(self.moved.to.width, to.width), scale(self.moved.to.height, to.height));
        let shares =
            [scale(map.size.width, self.moved.from.width), scale(map.size.height, self.moved.from.height)];
        let mut sampled = Vec::with_capacity(to.pixels() as usize * count);
        for y in 0..to.height {
            for x in 0..to.width {
                let at = [(f64::from(x) + 0.5) * across, (f64::from(y) + 0.5) * down];
                let [from_x, from_y] = self.back(at[0], at[1])?;
                let inside = |place: f64, edge: u32| (0.0..=f64::from(edge)).contains(&place);
                let is_photo =
                    inside(from_x, self.moved.from.width) && inside(from_y, self.moved.from.height);
                if is_photo && self.moved.shows(at[0], at[1]) {
                    let place = [from_x * shares[0] - 0.5, from_y * shares[1] - 0.5];
                    sampled.extend(between(samples, map.size, count, place).take(count));
                } else {
                    sampled.extend_from_slice(neutral.get(..count)?);
                }
            }
        }
        Some(Picture { size: to, channels: map.channels, samples: Samples::U8(sampled) })
    }
}

/// The values at a place between four pixels, of which those at the edge go on for ever.
fn between(samples: &[u8], size: Size, count: usize, [x, y]: [f64; 2]) -> impl Iterator<Item = u8> {
    let at = |place: f64, edge: u32| place.clamp(0.0, f64::from(edge - 1)) as usize;
    let (left, right) = (at(x.floor(), size.width), at(x.floor() + 1.0, size.width));
    let (top, bottom) = (at(y.floor(), size.height), at(y.floor() + 1.0, size.height));
    let (across, down) = (x - x.floor(), y - y.floor());
    (0..count).map(move |channel| {
        let value = |x: usize, y: usize| f64::from(samples[(y * size.width as usize + x) * count + channel]);
        let row = |y| value(left, y) * (1.0 - across) + value(right, y) * across;
        (row(top) * (1.0 - down) + row(bottom) * down).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::image::Channels;
    use image::metadata::Orientation;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    /// Half as large as its photo, each pixel another value.
    fn map() -> Picture {
        let samples = Samples::U8((0..20 * 10).map(|n| (n % 251) as u8).collect());
        Picture { size: size(20, 10), channels: Channels::Grey, samples }
    }

    fn followed(orientation: Orientation, specs: &[&str]) -> Picture {
        let start = Moved::upright(size(40, 20), orientation);
        let moved = specs.iter().fold(start, |moved, spec| moved.through(&spec.parse().unwrap()));
        follow(map(), &moved, [7; 3], &mut Resampler::default()).unwrap()
    }

    #[test]
    fn turns_and_crops_move_each_pixel() {
        let straight = Orientation::NoTransforms;
        assert_eq!(followed(straight, &[]), map());
        let same = |orientation, specs: &[&str], upright| {
            assert_eq!(followed(orientation, specs), map().upright(upright).unwrap(), "{specs:?}");
        };
        same(Orientation::Rotate90, &[], Orientation::Rotate90);
        same(Orientation::Rotate270FlipH, &[], Orientation::Rotate270FlipH);
        same(straight, &["rotate=90"], Orientation::Rotate90);
        same(straight, &["flip=vertical", "rotate=180"], Orientation::FlipHorizontal);
        same(straight, &["sharpen", "flip=horizontal"], Orientation::FlipHorizontal);
        // A quarter of the photo is as large as the map was.
        let part = followed(straight, &["crop:x=0,y=0,width=20,height=10"]);
        let Samples::U8(samples) = &part.samples else { panic!("not 8 bits") };
        assert_eq!((part.size, samples[0], samples[19]), (size(20, 10), 0, 9));
    }

    #[test]
    fn what_was_no_photo_changes_nothing() {
        let padded = followed(Orientation::NoTransforms, &["pad:width=60,height=40"]);
        assert_eq!(padded.size, size(30, 20));
        let Samples::U8(samples) = &padded.samples else { panic!("not 8 bits") };
        let inside: Vec<u8> = (5..15).flat_map(|y| samples[y * 30 + 5..][..20].to_vec()).collect();
        assert_eq!(Samples::U8(inside), map().samples);
        assert_eq!(samples.iter().filter(|value| **value == 7).count(), 30 * 20 - 200 + 1);
        // Nor is what was cut off and became canvas again.
        let again = followed(Orientation::NoTransforms, &["crop:x=0,y=0,width=20,height=20", "pad:width=40"]);
        let Samples::U8(samples) = &again.samples else { panic!("not 8 bits") };
        let columns = |range: Range<usize>| {
            samples
                .chunks(again.size.width as usize)
                .all(|row| row[range.clone()].iter().all(|value| *value == 7))
        };
        let width = again.size.width as usize;
        assert!(columns(0..width / 4 - 1) && columns(width * 3 / 4 + 1..width) && !columns(0..width));
    }

    #[test]
    fn a_map_has_no_more_pixels_than_the_result() {
        let moved = |spec: &str| {
            Moved::upright(size(4000, 3000), Orientation::NoTransforms).through(&spec.parse().unwrap())
        };
        assert_eq!(size_for(size(1000, 750), &moved("resize=2000")), size(1000, 750));
        assert_eq!(size_for(size(1000, 750), &moved("resize=200")), size(200, 150));
        assert_eq!(size_for(size(1000, 750), &moved("pad:width=8000,height=6000")), size(2000, 1500));
    }
}
