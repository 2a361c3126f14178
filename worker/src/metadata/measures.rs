//! Numbers that measure the picture, which EXIF and XMP both have: where its subject is, and how many of its
//! pixels lie on a length of the sensor. No state.

use recipe::filter::geometry::Size;

use crate::image::Channels;
use crate::moved::{Moved, PictureArea};

/// What is said of numbers that are true no more and were taken out.
pub(super) const SUBJECT_LOST: &str =
    "the place of the subject is not in the result, or cannot be brought along, and was left out";
pub(super) const FOCAL_PLANE_LOST: &str =
    "how many pixels the sensor has on a length does not fit the result and was left out";

/// The subject's middle, and the diameter or width and height around it, in the result; `None` if it is not
/// there, or was noted on a larger picture.
pub(super) fn subject(numbers: &[u32], moved: &Moved) -> Option<Vec<u32>> {
    let (&[x, y], around) = numbers.split_first_chunk()?;
    let ([across, down], _) = moved.scale()?;
    let (width, height) = match *around {
        [] | [_] => (0, 0),
        [width, height] => (width, height),
        _ => return None,
    };
    if x > moved.from.width || y > moved.from.height {
        return None;
    }
    let share = |pixels: u32, edge: u32| f64::from(pixels) / f64::from(edge);
    let area = moved.area(PictureArea {
        x: share(x, moved.from.width),
        y: share(y, moved.from.height),
        width: share(width, moved.from.width),
        height: share(height, moved.from.height),
    })?;
    let Size { width, height } = moved.to;
    let edges = [area.width * f64::from(width), area.height * f64::from(height)];
    let around = match *around {
        [diameter] => vec![f64::from(diameter) * across.min(down)],
        [_, _] => edges.to_vec(),
        _ => Vec::new(),
    };
    let all = [vec![area.x * f64::from(width), area.y * f64::from(height)], around].concat();
    Some(all.into_iter().map(|value| value.round() as u32).collect())
}

/// What samples mean, by the number that TIFF has for it: grey, or colours.
pub(super) fn photometric(old: u32, channels: Channels) -> u32 {
    const GREY: u32 = 1;
    const RGB: u32 = 2;
    const YCBCR: u32 = 6;
    match channels {
        Channels::Grey | Channels::GreyAlpha => GREY,
        Channels::Rgb if old == YCBCR => YCBCR,
        Channels::Rgb | Channels::Rgba => RGB,
    }
}

/// A number of pixels per unit, as a fraction.
pub(super) type PixelsPerUnit = (u32, u32);

/// The pixels of the result per unit on the sensor, across and down, from those of the photo.
pub(super) fn focal_plane(
    [across, down]: [Option<PixelsPerUnit>; 2],
    moved: &Moved,
) -> [Option<PixelsPerUnit>; 2] {
    let Some((factors, swapped)) = moved.scale() else { return [None; 2] };
    let across = across.and_then(|pixels| scaled(pixels, factors[0]));
    let down = down.and_then(|pixels| scaled(pixels, factors[1]));
    if swapped { [down, across] } else { [across, down] }
}

fn scaled((pixels, per): PixelsPerUnit, factor: f64) -> Option<PixelsPerUnit> {
    /// What is coarser than this in whole numbers gets a larger divisor.
    const FINE: f64 = 100_000.0;
    if per == 0 || factor == 1.0 {
        return (per != 0).then_some((pixels, per));
    }
    let (mut pixels, mut per) = (f64::from(pixels) * factor, per);
    while pixels < FINE && per <= u32::MAX / 10 {
        (pixels, per) = (pixels * 10.0, per * 10);
    }
    let whole = pixels.round();
    (whole >= 1.0 && whole <= f64::from(u32::MAX)).then_some((whole as u32, per))
}

#[cfg(test)]
mod tests {
    use image::metadata::Orientation;

    use super::super::tests::through;
    use super::*;

    #[test]
    fn a_subject_is_brought_along_or_gone() {
        let half = through(Orientation::NoTransforms, "resize=70").moved;
        assert_eq!(subject(&[40, 20, 8, 6], &half), Some(vec![20, 10, 4, 3]));
        assert_eq!(subject(&[40, 20, 8], &half), Some(vec![20, 10, 4]));
        assert_eq!(subject(&[40, 20], &half), Some(vec![20, 10]));
        let turned = through(Orientation::Rotate90, "blur=1").moved;
        assert_eq!(subject(&[40, 20, 8, 6], &turned), Some(vec![80, 40, 6, 8]));
        let cut = through(Orientation::NoTransforms, "crop:x=70,y=0,width=70,height=100").moved;
        for gone in [&[40, 20][..], &[400, 20], &[40], &[1, 2, 3, 4, 5]] {
            assert_eq!(subject(gone, &cut), None, "{gone:?}");
        }
        assert_eq!(subject(&[40, 20], &through(Orientation::NoTransforms, "rotate=5").moved), None);
    }

    #[test]
    fn pixels_on_the_sensor_are_those_of_the_result() {
        let per_unit = |planes, moved: &Moved| {
            let value = |(pixels, per): PixelsPerUnit| f64::from(pixels) / f64::from(per);
            focal_plane(planes, moved).map(|plane| plane.map(value))
        };
        let half = through(Orientation::NoTransforms, "resize=70").moved;
        for plane in [(2000, 1), (3_000_000, 1500), (20, 1), (1, 1)] {
            let expected = f64::from(plane.0) / f64::from(plane.1) / 2.0;
            assert_eq!(per_unit([Some(plane), None], &half), [Some(expected), None]);
        }
        let twice = through(Orientation::NoTransforms, "resize:width=280,enlarge=true").moved;
        assert_eq!(per_unit([Some((100, 1)), Some((7, 2))], &twice), [Some(200.0), Some(7.0)]);
        let turned = through(Orientation::Rotate90, "blur=1").moved;
        assert_eq!(focal_plane([Some((3, 1)), Some((4, 1))], &turned), [Some((4, 1)), Some((3, 1))]);
        assert_eq!(focal_plane([Some((3, 0)), None], &half), [None, None]);
        let tilted = through(Orientation::NoTransforms, "rotate=5").moved;
        assert_eq!(focal_plane([Some((3, 1)); 2], &tilted), [None, None]);
    }
}
