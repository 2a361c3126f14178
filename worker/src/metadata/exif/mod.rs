//! EXIF: what is read from it, and what of it goes into the output.
//!
//! Reading is left to `kamadak-exif`. For writing, the original block is patched in place, because maker
//! notes hold offsets that any rewriting breaks; the tag numbers are those of CIPA DC-008 (EXIF 2.32) and
//! TIFF 6.0. No state.

use exif::experimental::Writer;
use exif::{Context, Exif, Field, In, Tag, Value};
use image::metadata::Orientation;
use recipe::filter::geometry::Size;

mod fields;
mod structure;
mod tiff_tags;

use fields::{is_copyright, is_descriptive, parse};
pub(crate) use structure::{Tiff, has_more_pages, is_raw_photo, tiff_block, tiff_number, with_tiff_number};
pub(crate) use tiff_tags::{RawField, TiffTags, tiff_tags};

const ORIENTATION: u16 = 0x0112;
const EXIF_IFD: u16 = 0x8769;
const INTEROP_IFD: u16 = 0xA005;
const INTEROP_INDEX: u16 = 0x0001;
const COLOR_SPACE: u16 = 0xA001;
const PIXEL_WIDTH: u16 = 0xA002;
const PIXEL_HEIGHT: u16 = 0xA003;
/// The colour space of EXIF 2.32 that stands for sRGB, and what some cameras write for Adobe RGB.
const SRGB: u32 = 1;
const ADOBE_RGB: u32 = 2;

/// Longest text taken out of a tag, in characters: it may become part of a file name.
const MAX_TEXT: usize = 64;

/// What the rest of the program wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// How the stored pixels are to be turned.
    pub(crate) orientation: Orientation,
    /// The camera's model.
    pub(crate) camera: Option<String>,
    /// When the photo was taken, `YYYY-MM-DD`.
    pub(crate) date: Option<String>,
}

/// Reads a block; what is broken is as if it were not there.
pub(crate) fn read(block: &[u8]) -> Facts {
    let exif = parse(block);
    let field = |tag| exif.as_ref().and_then(|exif| exif.get_field(tag, In::PRIMARY));
    let orientation = field(Tag::Orientation)
        .and_then(|field| field.value.get_uint(0))
        .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?))
        .unwrap_or(Orientation::NoTransforms);
    Facts {
        orientation,
        camera: field(Tag::Model).and_then(text),
        date: field(Tag::DateTimeOriginal).and_then(date),
    }
}

/// A block of nothing but the author and the copyright; `None` if it says neither.
pub(crate) fn copyright(block: &[u8]) -> Option<Vec<u8>> {
    rebuild(&parse(block)?, &|field| is_copyright(field.tag))
}

/// Whether the camera says that the colours are those of Adobe RGB, which by DCF 2.0 is all it says: there is
/// no profile then.
pub(crate) fn is_adobe_rgb(block: &[u8]) -> bool {
    let Some(exif) = parse(block) else { return false };
    let field = |tag| exif.get_field(tag, In::PRIMARY).map(|field| &field.value);
    let by_index = match field(Tag::InteroperabilityIndex) {
        Some(Value::Ascii(parts)) => parts.first().is_some_and(|index| index.starts_with(b"R03")),
        Some(_) | None => false,
    };
    by_index || field(Tag::ColorSpace).and_then(|value| value.get_uint(0)) == Some(ADOBE_RGB)
}

/// The block that describes a TIFF file: its own tags without those about how its pixels lie in the file.
pub(crate) fn from_tiff(file: &[u8]) -> Option<Vec<u8>> {
    describing(file, &[])
}

/// The block that describes a raw photo. The colour space in it is that of the camera's own JPEGs.
pub(crate) fn from_raw(file: &[u8]) -> Option<Vec<u8>> {
    describing(file, &[Tag::ColorSpace])
}

fn describing(file: &[u8], except: &[Tag]) -> Option<Vec<u8>> {
    rebuild(&parse(file)?, &|field| match field.tag.context() {
        Context::Tiff => is_descriptive(field.tag),
        // Maker notes do not survive a move, see above.
        Context::Exif => field.tag != Tag::MakerNote && !except.contains(&field.tag),
        Context::Gps => true,
        Context::Interop | _ => false,
    })
}

/// A text as it may stand in a report: one line of limited length.
fn text(field: &Field) -> Option<String> {
    let Value::Ascii(parts) = &field.value else { return None };
    let text = String::from_utf8_lossy(parts.first()?);
    let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn date(field: &Field) -> Option<String> {
    let Value::Ascii(parts) = &field.value else { return None };
    let date = exif::DateTime::from_ascii(parts.first()?).ok()?;
    let real = date.year > 0 && (1..=12).contains(&date.month) && (1..=31).contains(&date.day);
    real.then(|| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day))
}

/// A new block of the primary image's fields that are wanted; `None` if there are none.
fn rebuild(exif: &Exif, wanted: &dyn Fn(&Field) -> bool) -> Option<Vec<u8>> {
    let fields: Vec<&Field> = exif.fields().filter(|f| f.ifd_num == In::PRIMARY && wanted(f)).collect();
    if fields.is_empty() {
        return None;
    }
    let mut writer = Writer::new();
    for field in fields {
        writer.push_field(field);
    }
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, exif.little_endian()).ok()?;
    Some(block.into_inner())
}

/// Resets the orientation, sets the size and, where the colours `became_srgb`, the colour space; takes the
/// thumbnail out. All in place.
pub(crate) fn upright(mut block: Vec<u8>, size: Size, became_srgb: bool) -> Vec<u8> {
    let Some(tiff) = Tiff::new(&block) else { return block };
    let Some(first) = tiff.first(&block) else { return block };
    let entries = tiff.directory(&block, first);
    let exif = entries.iter().find(|entry| entry.tag == EXIF_IFD).and_then(|entry| entry.value);
    let details = exif.map(|at| tiff.directory(&block, at as usize)).unwrap_or_default();
    for entry in entries.iter().chain(&details) {
        match entry.tag {
            ORIENTATION => tiff.write(&mut block, entry, 1),
            PIXEL_WIDTH => tiff.write(&mut block, entry, size.width),
            PIXEL_HEIGHT => tiff.write(&mut block, entry, size.height),
            COLOR_SPACE if became_srgb => tiff.write(&mut block, entry, SRGB),
            _ => {}
        }
    }
    let interop = details.iter().find(|entry| entry.tag == INTEROP_IFD).and_then(|entry| entry.value);
    let interop = interop.map(|at| tiff.directory(&block, at as usize)).unwrap_or_default();
    if let Some(index) = interop.iter().find(|entry| entry.tag == INTEROP_INDEX)
        && became_srgb
        && let Some(place) = block.get_mut(index.at..index.at + 4)
        && place == b"R03\0"
    {
        place.copy_from_slice(b"R98\0");
    }
    tiff.drop_thumbnail(&mut block, first);
    block
}

#[cfg(test)]
mod tests;
