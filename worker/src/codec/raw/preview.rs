//! The JPEG images that cameras put into their raw files, found by their own structure: where they stand
//! differs with every maker. No state.

use std::collections::{HashMap, HashSet};

use memchr::memmem;

use super::structure;
use super::tag;
use crate::metadata::exif::Tiff;
use crate::metadata::exif::dng::{LINEAR_RAW, MOSAIC};

/// How a JPEG begins: start of image, then a marker.
const START: &[u8] = b"\xFF\xD8\xFF";
/// Segments before the frame header; cameras write about ten.
const MAX_SEGMENTS: usize = 64;
/// As many JPEGs of one size are the tiles of one image, and no previews.
const TILES: usize = 4;
/// Strips and tiles of sensor data; programs make thousands of them.
const MAX_PIECES: usize = 1 << 18;
/// Tags that say where strips, tiles and previews begin.
const PLACES: [u16; 3] = [structure::DATA[0].0, structure::DATA[1].0, structure::DATA[2].0];

/// A JPEG that a camera or a program put into a raw file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Preview<'a> {
    /// Of one without an end, all from its beginning on.
    pub(super) jpeg: &'a [u8],
    /// Where in the file it begins.
    at: usize,
}

/// The colours of a preview, as the DNG says that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PreviewColors {
    /// Grey with a gamma of 2.2.
    Grey,
    Srgb,
    AdobeRgb,
    ProPhotoRgb,
}

/// The largest preview. Parts of the sensor's data are none, though those of a lossy DNG are JPEGs too.
pub(super) fn largest(file: &[u8]) -> Option<Preview<'_>> {
    // Not at the very beginning: the file is not a JPEG.
    let starts = memmem::find_iter(file.get(1..)?, START).map(|at| at + 1);
    let sensor_data = sensor_data(file);
    let starts = starts.filter(|at| !sensor_data.contains(at));
    let found: Vec<(usize, (u16, u16))> = starts.filter_map(|at| Some((at, frame(&file[at..])?))).collect();
    let mut counts: HashMap<(u16, u16), usize> = HashMap::new();
    for (_, size) in &found {
        *counts.entry(*size).or_default() += 1;
    }
    let previews = found.into_iter().filter(|(_, size)| counts.get(size).is_some_and(|count| *count < TILES));
    // Of equals the first, as `max_by_key` would not.
    let mut best: Option<(usize, u32)> = None;
    for (at, (width, height)) in previews {
        let pixels = u32::from(width) * u32::from(height);
        if best.is_none_or(|(_, most)| pixels > most) {
            best = Some((at, pixels));
        }
    }
    let (at, _) = best?;
    let jpeg = &file[at..];
    Some(Preview { jpeg: &jpeg[..end(jpeg).unwrap_or(jpeg.len())], at })
}

/// Why there is none of these: whether the file has a picture to look at that is stored in another way.
pub(super) fn why_none(file: &[u8]) -> &'static str {
    const SUB_FILE_TYPE: u16 = 254;
    /// RGB and YCbCr.
    const PICTURES: [u32; 2] = [2, 6];
    let is_there = structure::as_tiff(file).is_some_and(|file| {
        let Some(tiff) = Tiff::new(&file) else { return false };
        let number = |at: usize, tag: u16| tiff.numbers(&file, at, tag).first().copied();
        let is_picture = |at: usize| number(at, tag::INTERPRETATION).is_some_and(|m| PICTURES.contains(&m));
        let is_smaller = |at: usize| number(at, SUB_FILE_TYPE).is_some_and(|kind| kind & 1 != 0);
        let has_data = |at: usize| PLACES.iter().any(|tag| number(at, *tag).is_some());
        structure::reachable(&tiff, &file).any(|at| is_picture(at) && is_smaller(at) && has_data(at))
    });
    if is_there { "the embedded preview is not a JPEG" } else { "there is no embedded preview" }
}

/// Where strips and tiles begin that are no picture to look at: data of a sensor, and masks.
fn sensor_data(file: &[u8]) -> HashSet<usize> {
    /// Transparency, mosaics, linear light, depth, and masks (TIFF 6.0 and DNG 1.7).
    const NO_PICTURES: [u32; 5] = [4, MOSAIC, LINEAR_RAW, 51_177, 52_527];
    let Some(tiff) = Tiff::new(file) else { return HashSet::new() };
    let is_none = |at: &usize| {
        let meant = tiff.numbers(file, *at, tag::INTERPRETATION);
        meant.first().is_some_and(|meant| NO_PICTURES.contains(meant))
    };
    let places = |at: usize| PLACES.map(|tag| tiff.numbers(file, at, tag)).concat();
    let found = structure::reachable(&tiff, file).filter(is_none).flat_map(places);
    found.take(MAX_PIECES).map(|at| at as usize).collect()
}

impl Preview<'_> {
    /// What the directory says of its colours that leads to it.
    pub(super) fn colors(&self, file: &[u8]) -> Option<PreviewColors> {
        const PREVIEW_COLOR_SPACE: u16 = 0xC71A;
        let tiff = Tiff::new(file)?;
        let leads_here =
            |at: &usize| PLACES.iter().any(|tag| tiff.numbers(file, *at, *tag) == [self.at as u32]);
        let directory = structure::reachable(&tiff, file).find(leads_here)?;
        match tiff.numbers(file, directory, PREVIEW_COLOR_SPACE).first()? {
            1 => Some(PreviewColors::Grey),
            2 => Some(PreviewColors::Srgb),
            3 => Some(PreviewColors::AdobeRgb),
            4 => Some(PreviewColors::ProPhotoRgb),
            _ => None,
        }
    }
}

/// Width and height of a JPEG of 8 bits, baseline or progressive; the sensor's data is often a JPEG too, but
/// a lossless one.
fn frame(jpeg: &[u8]) -> Option<(u16, u16)> {
    for (marker, content) in segments(jpeg) {
        match marker {
            0xC0..=0xC2 => {
                let &[precision, y1, y0, x1, x0, components] = content.first_chunk()?;
                let (width, height) = (u16::from_be_bytes([x1, x0]), u16::from_be_bytes([y1, y0]));
                let is_picture = precision == 8 && matches!(components, 1 | 3) && width > 0 && height > 0;
                return is_picture.then_some((width, height));
            }
            // Tables, application data, comments, restart interval.
            0xC4 | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE => {}
            _ => return None,
        }
    }
    None
}

/// Where a JPEG ends: inside its image data an end marker cannot occur by chance.
fn end(jpeg: &[u8]) -> Option<usize> {
    let (_, content) = segments(jpeg).find(|(marker, _)| *marker == 0xDA)?;
    let data = jpeg.len() - content.len();
    memmem::find(&jpeg[data..], b"\xFF\xD9").map(|end| data + end + 2)
}

/// The markers of the segments from the start on, each with all that follows its length.
fn segments(jpeg: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut at = 2;
    let next = move || {
        let &[0xFF, marker, high, low] = jpeg.get(at..at + 4)?.first_chunk()? else { return None };
        let content = &jpeg[at + 4..];
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        Some((marker, content))
    };
    std::iter::from_fn(next).take(MAX_SEGMENTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(precision: u8, marker: u8, width: u16, height: u16) -> Vec<u8> {
        let [x1, x0] = width.to_be_bytes();
        let [y1, y0] = height.to_be_bytes();
        let app = b"\xFF\xD8\xFF\xE0\0\x04JF".to_vec();
        [app, vec![0xFF, marker, 0, 17, precision, y1, y0, x1, x0, 3]].concat()
    }

    #[test]
    fn the_largest_preview_is_found_and_the_sensor_s_data_is_not() {
        let raw = jpeg(14, 0xC3, 4000, 3000);
        let deep = jpeg(12, 0xC1, 4000, 3000);
        let (small, large) = (jpeg(8, 0xC0, 160, 120), jpeg(8, 0xC2, 1600, 1200));
        let file = [b"II*\0".to_vec(), small, raw, large.clone(), deep, vec![7; 9]].concat();
        assert!(largest(&file).unwrap().jpeg.starts_with(&large));
        assert_eq!(largest(b"II*\0\xFF\xD8\xFF\xE0\0"), None);
        assert_eq!(largest(b""), None);
    }

    #[test]
    fn tiles_are_no_previews() {
        let (tile, preview) = (jpeg(8, 0xC0, 512, 512), jpeg(8, 0xC0, 256, 171));
        let file = [b"II*\0".to_vec(), preview.clone(), tile.repeat(6)].concat();
        assert!(largest(&file).unwrap().jpeg.starts_with(&preview));
    }

    #[test]
    fn a_preview_ends_where_it_ends() {
        // An end within a segment, as of a thumbnail, is not that of the picture.
        let head = [jpeg(8, 0xC0, 64, 64), vec![1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]].concat();
        let app = b"\xFF\xE1\0\x06\xFF\xD9ab\xFF\xDA\0\x04\0\0data\xFF\0\xFF\xD9".to_vec();
        let whole = [head, app].concat();
        let file = [b"II*\0".to_vec(), whole.clone(), b"and so on".to_vec()].concat();
        assert_eq!(largest(&file).unwrap().jpeg, &whole[..]);
    }

    #[test]
    fn of_equals_the_first_is_taken() {
        let one = jpeg(8, 0xC0, 64, 64);
        let file = [b"II*\0".to_vec(), one.clone(), one].concat();
        assert_eq!(largest(&file).unwrap().jpeg.len(), file.len() - 4);
    }
}
