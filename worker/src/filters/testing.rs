//! What the filters' tests share: small pictures of every kind, and a comparison with a reference in double
//! precision.

use protocol::ErrorKind;
use protocol::limits::Limits;
use recipe::Filter;
use recipe::filter::geometry::Size;

use super::fail;
use crate::image::{Channels, Picture, Samples};
use crate::pipeline::{Files, Pipeline};

/// A filter from its text.
pub(super) fn parse(spec: &str) -> Filter {
    spec.parse().unwrap()
}

/// For filters that read none.
pub(super) fn no_files() -> Files<'static> {
    Files {
        fonts: &[],
        bytes: &|_| Err(fail(ErrorKind::Vanished, "there are no files here")),
        picture: &|_| Err(fail(ErrorKind::Vanished, "there are no files here")),
    }
}

/// What a filter makes of a picture, as the pipeline runs it.
pub(super) fn filtered(spec: &str, picture: &Picture) -> Picture {
    let limits = Limits { max_pixels: 1 << 20, memory: 1 << 30, max_input_bytes: 1 << 30 };
    Pipeline::new(&[parse(spec)], &limits, &no_files()).run(picture.clone(), picture.size).unwrap()
}

/// Pictures of every kind of channels and both depths, the sizes odd and one of them a single column.
pub(super) fn pictures() -> Vec<Picture> {
    let mut pictures = Vec::new();
    for channels in [Channels::Grey, Channels::GreyAlpha, Channels::Rgb, Channels::Rgba] {
        for (width, height) in [(1, 1), (1, 9), (13, 7)] {
            let size = Size { width, height };
            let len = size.pixels() as usize * channels.count();
            let mut random = fastrand::Rng::with_seed(len as u64);
            let wide: Vec<u16> = (0..len).map(|_| random.u16(..)).collect();
            let narrow = wide.iter().map(|value| (value >> 8) as u8).collect();
            pictures.push(Picture { size, channels, samples: Samples::U8(narrow) });
            pictures.push(Picture { size, channels, samples: Samples::U16(wide) });
        }
    }
    pictures
}

/// All samples in double precision.
pub(super) fn floats(picture: &Picture) -> Vec<f64> {
    match &picture.samples {
        Samples::U8(samples) => samples.iter().map(|v| f64::from(*v)).collect(),
        Samples::U16(samples) => samples.iter().map(|v| f64::from(*v)).collect(),
    }
}

/// The samples of a pixel; outside the picture, of the nearest one inside.
pub(super) fn at(picture: &Picture, x: i64, y: i64) -> Vec<f64> {
    let x = x.clamp(0, i64::from(picture.size.width) - 1) as usize;
    let y = y.clamp(0, i64::from(picture.size.height) - 1) as usize;
    let count = picture.channels.count();
    let start = (y * picture.size.width as usize + x) * count;
    (start..start + count)
        .map(|index| match &picture.samples {
            Samples::U8(samples) => f64::from(samples[index]),
            Samples::U16(samples) => f64::from(samples[index]),
        })
        .collect()
}

/// Applies a filter to pictures of every kind; each colour sample must be within `tolerance` levels (257
/// times that for 16 bits) of the reference, which is given the colours of a pixel and the greatest level.
/// Alpha must not change.
pub(super) fn assert_all_layouts(
    tolerance: f64,
    apply: impl Fn(&mut Picture),
    reference: impl Fn(&[f64], f64) -> Vec<f64>,
) {
    for picture in pictures() {
        let (max, tolerance) = match picture.samples {
            Samples::U8(_) => (255.0, tolerance),
            Samples::U16(_) => (65_535.0, tolerance.max(0.6)),
        };
        let mut result = picture.clone();
        apply(&mut result);
        let (before, after) = (floats(&picture), floats(&result));
        let (count, colors) = (picture.channels.count(), picture.channels.color_count());
        let pixels = before.chunks(count).zip(after.chunks(result.channels.count()));
        for (before, after) in pixels {
            let expected = reference(&before[..colors], max);
            assert_eq!(expected.len(), result.channels.color_count());
            for (value, expected) in after.iter().zip(&expected) {
                assert!(
                    (value - expected).abs() <= tolerance,
                    "{before:?}: {after:?}, expected {expected:?}"
                );
            }
            if picture.channels.has_alpha() {
                assert_eq!(before.last(), after.last(), "alpha is not touched");
            }
        }
    }
}
