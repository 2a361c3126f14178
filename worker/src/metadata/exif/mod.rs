//! EXIF: what is read from it, and what of it goes into the output.
//!
//! Reading is left to `kamadak-exif`. For writing, the original block is changed in place (`carried`,
//! `block`), because maker notes hold offsets that any rewriting breaks; the tag numbers are those of CIPA
//! DC-008 (EXIF 2.32) and TIFF 6.0. No state.

use exif::experimental::Writer;
use exif::{Context, Exif, Field, In, Tag, Value};
use image::metadata::Orientation;

mod big;
mod block;
mod carried;
mod fields;
mod notes;
mod parts;
mod previews;
mod structure;
mod tiff_tags;

pub(crate) use big::classic;
pub(crate) use carried::{add_texts, carried};
use fields::{is_copyright, is_descriptive, of_exposure, parse};
pub(crate) use parts::{CameraValues, StructureKind, from_parts, from_values};
pub(crate) use structure::{Tiff, has_more_pages, is_raw_photo, tiff_block, tiff_number, with_tiff_number};
pub(crate) use tiff_tags::{RawField, TiffTags, private_tags, tiff_tags};

const EXIF_IFD: u16 = 0x8769;
const GPS_IFD: u16 = 0x8825;
const INTEROP_IFD: u16 = 0xA005;
const MAKER_NOTE: u16 = 0x927C;
/// The colour space that some cameras write for Adobe RGB.
const ADOBE_RGB: u32 = 2;

/// Longest text taken out of a tag, in characters: it may become part of a file name.
const MAX_TEXT: usize = 64;

/// What the rest of the program wants to know, as far as it is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Facts {
    /// How the stored pixels are to be turned.
    pub(crate) orientation: Option<Orientation>,
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
        .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?));
    // TIFF/EP has the first of them in the first directory.
    let of_tiff = Tag(Context::Tiff, Tag::DateTimeOriginal.number());
    let dates = [Tag::DateTimeOriginal, of_tiff, Tag::DateTimeDigitized, Tag::DateTime];
    Facts {
        orientation,
        camera: field(Tag::Model).and_then(text),
        date: dates.into_iter().find_map(|tag| field(tag).and_then(date)),
    }
}

/// A block of nothing but the author and the copyright; `None` if it says neither.
pub(crate) fn copyright(block: &[u8]) -> Option<Vec<u8>> {
    rebuild(&parse(block)?, |field| is_copyright(field.tag))
}

/// Whether there are notes of the camera's maker.
pub(crate) fn has_maker_note(block: &[u8]) -> bool {
    parse(block).is_some_and(|exif| exif.get_field(Tag::MakerNote, In::PRIMARY).is_some())
}

/// Whether there are JPEG images in these bytes.
pub(crate) fn holds_jpegs(bytes: &[u8]) -> bool {
    !previews::jpegs(bytes).is_empty()
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
    let exif = parse(file)?;
    let primary = || exif.fields().filter(|field| field.ifd_num == In::PRIMARY);
    let has = |tag: Tag| primary().any(|field| field.tag == tag);
    let kept = |field: &Field| match field.tag.context() {
        Context::Tiff if is_descriptive(field.tag) => Some(field.tag),
        // What stands in both places is taken from EXIF's.
        Context::Tiff => of_exposure(field.tag).filter(|tag| !has(*tag)),
        // Maker notes do not survive a move, see above.
        Context::Exif if field.tag == Tag::MakerNote || except.contains(&field.tag) => None,
        Context::Exif | Context::Gps => Some(field.tag),
        Context::Interop | _ => None,
    };
    let fields: Vec<Field> =
        primary().filter_map(|field| Some(Field { tag: kept(field)?, ..field.clone() })).collect();
    written(fields.iter(), exif.little_endian())
}

/// A text as it may stand in a report: one line of limited length.
fn text(field: &Field) -> Option<String> {
    let Value::Ascii(parts) = &field.value else { return None };
    short(&String::from_utf8_lossy(parts.first()?))
}

/// A text in one line of limited length; `None` if nothing is in it.
pub(crate) fn short(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn date(field: &Field) -> Option<String> {
    let Value::Ascii(parts) = &field.value else { return None };
    let date = exif::DateTime::from_ascii(parts.first()?).ok()?;
    day(date.year, date.month, date.day)
}

/// A day as it stands in names, if it is a real one.
pub(crate) fn day(year: u16, month: u8, day: u8) -> Option<String> {
    let real = year > 0 && (1..=12).contains(&month) && (1..=31).contains(&day);
    real.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// A new block of the primary image's fields that are wanted; `None` if there are none.
fn rebuild(exif: &Exif, wanted: impl Fn(&Field) -> bool) -> Option<Vec<u8>> {
    let fields = exif.fields().filter(|field| field.ifd_num == In::PRIMARY && wanted(field));
    written(fields, exif.little_endian())
}

/// A new block of these fields; `None` if there are none.
fn written<'a>(fields: impl Iterator<Item = &'a Field>, little_endian: bool) -> Option<Vec<u8>> {
    let mut fields = fields.peekable();
    fields.peek()?;
    let mut writer = Writer::new();
    fields.for_each(|field| writer.push_field(field));
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, little_endian).ok()?;
    Some(block.into_inner())
}

#[cfg(test)]
mod tests;
