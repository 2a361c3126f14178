//! What of an EXIF block goes with a result: all of it, brought up to date. Sizes, orientation, colour space
//! and places in the picture become those of the result; pictures of the photo as it was are overwritten. No
//! state.

use super::block::{ExifBlock, ExifEntry, NewField};
use super::{EXIF_IFD, INTEROP_IFD, Tiff, density};
use crate::metadata::{Described, measures, pictures, say};
use crate::moved::Moved;

const BITS: u16 = 0x0102;
const PHOTOMETRIC: u16 = 0x0106;
const SAMPLES: u16 = 0x0115;
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
/// Pixels per unit on the sensor, across and down, as EXIF has them and as TIFF/EP does.
const FOCAL_PLANES: [[u16; 2]; 2] = [[0xA20E, 0xA20F], [0x920E, 0x920F]];
/// The colour space of EXIF 2.32 that stands for sRGB.
const SRGB: u32 = 1;
/// How pixels lie in a TIFF or in a preview beside the photo: there are none here.
const STORAGE: [u16; 15] = [
    0x00FE, 0x00FF, 0x0103, 0x0111, 0x0116, 0x0117, 0x013D, 0x0144, 0x0145, 0x014A, 0x0152, 0x0153, 0x0201,
    0x0202, 0x0212,
];
/// What says in numbers which colours the pixels had: curve, white, primaries, gamma. The profile of the
/// result says what they have become.
const COLORS: [u16; 4] = [0x012D, 0x013E, 0x013F, 0xA500];
/// Blocks that have a place of their own, with the thumbnails in them: XMP, IPTC, Photoshop's resources and
/// layers.
const BLOCKS: [u16; 4] = [0x02BC, 0x83BB, 0x8649, 0x935C];

/// The block as it fits the result; `None` if it is broken as a whole.
pub(crate) fn carried(block: Vec<u8>, described: &Described, warnings: &mut Vec<String>) -> Option<Vec<u8>> {
    if says_nothing(&block) {
        return None;
    }
    let Some(mut block) = ExifBlock::sound(block) else {
        warnings.push("the EXIF block is broken and was left out".to_owned());
        return None;
    };
    if block.was_mended {
        warnings.push("broken entries of the EXIF block were left out".to_owned());
    }
    if block.had_contradictions {
        warnings.push("of entries that the EXIF block has twice, only the first were kept".to_owned());
    }
    block.remove(&[], &STORAGE);
    block.remove(&[], &BLOCKS);
    bring_up_to_date(&mut block, described);
    if let Some(density) = described.density {
        density::bring_up_to_date(&mut block, density);
    }
    move_places(&mut block, &described.moved, warnings);
    block.drop_followers();
    let gone = block.drop_pictures(described.edited);
    if gone.from_notes {
        warnings.push(
            "the camera's own preview of the photo as it was before was taken out of its notes".to_owned(),
        );
    }
    if gone.from_fields {
        warnings.push(pictures::IN_EXIF.to_owned());
    }
    // A block may have been about nothing but the pictures in it.
    (!block.at(&[]).is_empty()).then(|| block.into_bytes())
}

/// Whether the block is one directory without an entry, as GIMP has written it: nothing is lost with it.
pub(super) fn says_nothing(block: &[u8]) -> bool {
    let first = |tiff: Tiff| tiff.first(block).and_then(|at| tiff.u16(block, at));
    Tiff::new(block).and_then(first) == Some(0)
}

fn bring_up_to_date(block: &mut ExifBlock, described: &Described) {
    let Described { size, became_srgb, channels, bits, .. } = *described;
    let mut untrue = Vec::new();
    let paths: [&[u16]; 3] = [&[], &[EXIF_IFD], &[EXIF_IFD, INTEROP_IFD]];
    let entries: Vec<ExifEntry> = paths.into_iter().flat_map(|path| block.at(path)).collect();
    for entry in entries {
        match entry.tag {
            ORIENTATION => block.set(&entry, 1),
            IMAGE_WIDTH | PIXEL_WIDTH | RELATED_WIDTH => block.set(&entry, size.width),
            IMAGE_HEIGHT | PIXEL_HEIGHT | RELATED_HEIGHT => block.set(&entry, size.height),
            SAMPLES => block.set(&entry, channels.count() as u32),
            BITS => {
                let each = vec![bits.into(); channels.count()];
                untrue.extend((!block.set_numbers(&entry, &each)).then_some(BITS));
            }
            PHOTOMETRIC => {
                let old = block.number(&entry).unwrap_or_default();
                block.set(&entry, measures::photometric(old, channels));
            }
            COLOR_SPACE if became_srgb => block.set(&entry, SRGB),
            INTEROP_INDEX if became_srgb && block.bytes_of(&entry) == b"R03\0" => {
                block.overwrite(entry.value.start, b"R98\0");
            }
            _ => {}
        }
    }
    block.remove(&[], &untrue);
    if became_srgb {
        block.remove(&[], &COLORS);
        block.remove(&[EXIF_IFD], &COLORS);
    }
}

/// Brings along what measures the picture, or takes it out where it is no longer true.
fn move_places(block: &mut ExifBlock, moved: &Moved, warnings: &mut Vec<String>) {
    for path in [&[][..], &[EXIF_IFD]] {
        move_subject(block, path, moved, warnings);
        for planes in FOCAL_PLANES {
            move_focal_plane(block, path, planes, moved, warnings);
        }
    }
}

fn move_subject(block: &mut ExifBlock, path: &[u16], moved: &Moved, warnings: &mut Vec<String>) {
    let mut gone = Vec::new();
    for entry in block.at(path) {
        if matches!(entry.tag, SUBJECT_AREA | SUBJECT_LOCATION) {
            let new = measures::subject(&block.numbers(&entry), moved);
            if !new.is_some_and(|numbers| block.set_numbers(&entry, &numbers)) {
                gone.push(entry.tag);
            }
        }
    }
    if !gone.is_empty() {
        block.remove(path, &gone);
        say(warnings, measures::SUBJECT_LOST);
    }
}

fn move_focal_plane(
    block: &mut ExifBlock,
    path: &[u16],
    tags: [u16; 2],
    moved: &Moved,
    warnings: &mut Vec<String>,
) {
    if moved.is_still() {
        return;
    }
    let entries = block.at(path);
    let planes = tags.map(|tag| entries.iter().find(|entry| entry.tag == tag));
    let old = planes.map(|plane| plane.and_then(|entry| block.fraction(entry)));
    let mut gone = Vec::new();
    for (plane, new) in planes.into_iter().zip(measures::focal_plane(old, moved)) {
        match (plane, new) {
            (Some(entry), Some(pixels)) => block.set_fraction(entry, pixels),
            (Some(entry), None) => gone.push(entry.tag),
            (None, _) => {}
        }
    }
    if !gone.is_empty() {
        block.remove(path, &gone);
        say(warnings, measures::FOCAL_PLANE_LOST);
    }
}

/// Adds texts to the first directory of a block, which is made if there is none, as far as the tags are free;
/// returns the places in the list of those whose tag is not, and says something else.
pub(crate) fn add_texts(block: &mut Option<Vec<u8>>, texts: &[(u16, &[u8])]) -> Vec<usize> {
    let all = || (0..texts.len()).collect();
    let sound = block.take().and_then(ExifBlock::sound).or_else(ExifBlock::empty);
    let Some(mut sound) = sound else { return all() };
    let there = sound.at(&[]);
    let (mut new, mut homeless): (Vec<NewField>, Vec<usize>) = (Vec::new(), Vec::new());
    for (place, (tag, text)) in texts.iter().enumerate() {
        // In the block, or of another text that wants the same field.
        let old = there.iter().find(|entry| entry.tag == *tag).map(|entry| sound.bytes_of(entry));
        let other = || new.iter().find(|field| field.tag == *tag).map(|field| field.value.as_slice());
        match old.or_else(other) {
            Some(taken) if taken.strip_suffix(&[0]).unwrap_or(taken) == *text => {}
            Some(_) => homeless.push(place),
            None => new.push(NewField::text(*tag, text)),
        }
    }
    if !new.is_empty() {
        sound.add(&new);
    }
    *block = Some(sound.into_bytes());
    homeless
}
