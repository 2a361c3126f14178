//! What of an EXIF block goes with a result: all of it, brought up to date. Sizes, orientation, colour space
//! and places in the picture become those of the result; pictures of the photo as it was are overwritten. No
//! state.

use recipe::filter::geometry::Size;

use super::block::{Entry, ExifBlock, NewField};
use super::{EXIF_IFD, INTEROP_IFD, density};
use crate::metadata::Described;
use crate::moved::{Moved, PictureArea};

const IMAGE_WIDTH: u16 = 0x0100;
const IMAGE_HEIGHT: u16 = 0x0101;
const ORIENTATION: u16 = 0x0112;
const INTEROP_INDEX: u16 = 0x0001;
const RELATED_WIDTH: u16 = 0x1001;
const RELATED_HEIGHT: u16 = 0x1002;
const SUBJECT_AREA: u16 = 0x9214;
const SUBJECT_LOCATION: u16 = 0xA214;
const COLOR_SPACE: u16 = 0xA001;
const PIXEL_WIDTH: u16 = 0xA002;
const PIXEL_HEIGHT: u16 = 0xA003;
const FOCAL_PLANE_X: u16 = 0xA20E;
const FOCAL_PLANE_Y: u16 = 0xA20F;
/// The colour space of EXIF 2.32 that stands for sRGB.
const SRGB: u32 = 1;
/// How pixels lie in a TIFF or in a preview beside the photo: there are none here.
const STORAGE: [u16; 11] =
    [0x00FE, 0x00FF, 0x0103, 0x0111, 0x0116, 0x0117, 0x0144, 0x0145, 0x014A, 0x0201, 0x0202];
/// Blocks that have a place of their own, with the thumbnails in them: XMP, IPTC, Photoshop's resources and
/// layers.
const BLOCKS: [u16; 4] = [0x02BC, 0x83BB, 0x8649, 0x935C];

/// The block as it fits the result; `None` if it is broken as a whole.
pub(crate) fn carried(block: Vec<u8>, described: &Described, warnings: &mut Vec<String>) -> Option<Vec<u8>> {
    let Some(mut block) = ExifBlock::sound(block) else {
        warnings.push("the EXIF block is broken and was left out".to_owned());
        return None;
    };
    if block.was_mended {
        warnings.push("broken entries of the EXIF block were left out".to_owned());
    }
    block.remove(&[], &STORAGE);
    block.remove(&[], &BLOCKS);
    bring_up_to_date(&mut block, described);
    if let Some(density) = described.density {
        density::bring_up_to_date(&mut block, density);
    }
    move_places(&mut block, &described.moved);
    block.drop_followers();
    if block.drop_previews(described.edited) {
        warnings.push(
            "the camera's own preview of the photo as it was before was taken out of its notes".to_owned(),
        );
    }
    // A block may have been about nothing but the pictures in it.
    (!block.at(&[]).is_empty()).then(|| block.into_bytes())
}

fn bring_up_to_date(block: &mut ExifBlock, described: &Described) {
    let Described { size, became_srgb, .. } = *described;
    let paths: [&[u16]; 3] = [&[], &[EXIF_IFD], &[EXIF_IFD, INTEROP_IFD]];
    let entries: Vec<Entry> = paths.into_iter().flat_map(|path| block.at(path)).collect();
    for entry in entries {
        match entry.tag {
            ORIENTATION => block.set(&entry, 1),
            IMAGE_WIDTH | PIXEL_WIDTH | RELATED_WIDTH => block.set(&entry, size.width),
            IMAGE_HEIGHT | PIXEL_HEIGHT | RELATED_HEIGHT => block.set(&entry, size.height),
            COLOR_SPACE if became_srgb => block.set(&entry, SRGB),
            INTEROP_INDEX if became_srgb && block.bytes_of(&entry) == b"R03\0" => {
                block.overwrite(entry.value.start, b"R98\0");
            }
            _ => {}
        }
    }
}

/// Brings along what speaks of places in the picture, or takes it out where it is no longer there.
fn move_places(block: &mut ExifBlock, moved: &Moved) {
    let mut gone = Vec::new();
    for entry in block.at(&[EXIF_IFD]) {
        match entry.tag {
            SUBJECT_AREA | SUBJECT_LOCATION => match subject(&block.numbers(&entry), moved) {
                Some(values) => block.set_shorts(&entry, &values),
                None => gone.push(entry.tag),
            },
            FOCAL_PLANE_X | FOCAL_PLANE_Y if !moved.is_still() => {
                let scaled = block.fraction(&entry).and_then(|pixels| on_sensor(pixels, entry.tag, moved));
                match scaled {
                    Some(pixels) => block.set_fraction(&entry, pixels),
                    None => gone.push(entry.tag),
                }
            }
            _ => {}
        }
    }
    block.remove(&[EXIF_IFD], &gone);
    let turned = moved.scale().is_some_and(|(_, swapped)| swapped);
    let planes: Vec<Entry> = block.at(&[EXIF_IFD]);
    let plane = |tag: u16| planes.iter().find(|entry| entry.tag == tag);
    if let (true, Some(x), Some(y)) = (turned, plane(FOCAL_PLANE_X), plane(FOCAL_PLANE_Y))
        && let (Some(across), Some(down)) = (block.fraction(x), block.fraction(y))
    {
        block.set_fraction(x, down);
        block.set_fraction(y, across);
    }
}

/// The subject's middle, and the diameter or width and height around it, in the result; `None` if it is not
/// there, or was noted on a larger picture.
fn subject(numbers: &[u32], moved: &Moved) -> Option<Vec<u16>> {
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
    all.into_iter().map(|value| u16::try_from(value.round() as u32).ok()).collect()
}

/// Pixels per unit on the sensor, of the result's pixels.
fn on_sensor((pixels, per): (u32, u32), tag: u16, moved: &Moved) -> Option<(u32, u32)> {
    let ([across, down], _) = moved.scale()?;
    let factor = if tag == FOCAL_PLANE_X { across } else { down };
    let scaled = (f64::from(pixels) * factor).round();
    // What is too coarse in whole numbers gets another divisor.
    if scaled >= 1000.0 && scaled <= f64::from(u32::MAX) {
        return Some((scaled as u32, per));
    }
    let per = (f64::from(per) / factor).round();
    (per >= 1.0 && per <= f64::from(u32::MAX)).then_some((pixels, per as u32))
}

/// Adds texts to the first directory of a block, which is made if there is none, as far as the tags are free;
/// returns those that are not, and say something else.
pub(crate) fn add_texts(block: &mut Option<Vec<u8>>, texts: &[(u16, &[u8])]) -> Vec<u16> {
    let all = || texts.iter().map(|(tag, _)| *tag).collect();
    let sound = block.take().and_then(ExifBlock::sound).or_else(ExifBlock::empty);
    let Some(mut sound) = sound else { return all() };
    let there = sound.at(&[]);
    let (mut new, mut taken): (Vec<NewField>, Vec<u16>) = (Vec::new(), Vec::new());
    for (tag, text) in texts {
        match there.iter().find(|entry| entry.tag == *tag) {
            Some(entry) => {
                let bytes = sound.bytes_of(entry);
                if bytes.strip_suffix(&[0]).unwrap_or(bytes) != *text {
                    taken.push(*tag);
                }
            }
            // Another text wants the same field.
            None if new.iter().any(|field| field.tag == *tag) => taken.push(*tag),
            None => new.push(NewField::text(*tag, text)),
        }
    }
    if !new.is_empty() {
        sound.add(&new);
    }
    *block = Some(sound.into_bytes());
    taken
}
