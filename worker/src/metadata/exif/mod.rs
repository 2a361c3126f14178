//! EXIF: what is read from it, and what of it goes into the output.
//!
//! Reading is left to `kamadak-exif`. For writing, the original block is changed in place (`carried`,
//! `block`), because maker notes hold offsets that any rewriting breaks; the tag numbers are those of CIPA
//! DC-008 (EXIF 2.32) and TIFF 6.0. No state.

use exif::experimental::Writer;
use exif::{Context, Field, Tag, Value};
use image::metadata::Orientation;
use protocol::outcome::TakenAt;

use super::facts::{self, Facts};

mod block;
mod byte_order;
mod carried;
mod density;
pub(crate) mod dng;
mod dropped;
mod fields;
mod joined;
mod notes;
mod pages;
mod parts;
mod raw_photo;
mod structure;
mod tiff_tags;
mod written;

pub(crate) use carried::{add_texts, carried};
pub(crate) use density::{add_density, density};
pub(crate) use dropped::without;
use fields::{PhotoFields, first_whole, is_copyright, is_descriptive, of_exposure, parse};
pub(crate) use joined::joined;
pub(crate) use pages::{NoPage, Page, PageNumbers, pages};
pub(crate) use parts::{CameraValues, StructureKind, from_parts, from_values};
pub(crate) use raw_photo::is_raw_photo;
pub(crate) use structure::{Tiff, tiff_block};
pub(crate) use tiff_tags::{RawField, TiffTags, private_tags, tiff_tags};
pub(crate) use written::with_fields;

/// Who made the photo, and whose it is.
pub(crate) const ARTIST: u16 = 0x013B;
pub(crate) const COPYRIGHT: u16 = 0x8298;
const EXIF_IFD: u16 = 0x8769;
const GPS_IFD: u16 = 0x8825;
const INTEROP_IFD: u16 = 0xA005;
/// Stars, as Windows has them and cameras do.
const RATING: Tag = Tag(Context::Tiff, 0x4746);
/// The colour spaces that cameras write, the second for Adobe RGB. 65535 means that they do not say it.
const SRGB: u32 = 1;
const ADOBE_RGB: u32 = 2;
const MAKER_NOTE: u16 = 0x927C;

/// Where the time of a photo stands, the best first, each with the tags of its zone and of its fraction of a
/// second. TIFF/EP has the first of them in the first directory.
const TIMES: [(Tag, Tag, Option<Tag>); 4] = [
    (Tag::DateTimeOriginal, Tag::OffsetTimeOriginal, Some(Tag::SubSecTimeOriginal)),
    (Tag(Context::Tiff, 0x9003), Tag::OffsetTimeOriginal, None),
    (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized, Some(Tag::SubSecTimeDigitized)),
    (Tag::DateTime, Tag::OffsetTime, Some(Tag::SubSecTime)),
];

/// Reads a block; what is broken is as if it were not there.
pub(crate) fn read(block: &[u8]) -> Facts {
    let exif = parse(block);
    let field = |tag| exif.as_ref().and_then(|exif| exif.get(tag));
    let orientation = field(Tag::Orientation)
        .and_then(|field| first_whole(&field.value))
        .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?));
    let said = |(tag, zone, fraction): (Tag, Tag, Option<Tag>)| {
        date(field(tag)?, field(zone), fraction.and_then(field))
    };
    let stars = field(RATING).and_then(|field| first_whole(&field.value));
    Facts {
        orientation,
        camera: field(Tag::Model).and_then(text),
        lens: field(Tag::LensModel).and_then(text),
        date: TIMES.into_iter().find_map(said),
        artist: field(Tag::Artist).and_then(text),
        rating: stars.and_then(|stars| facts::stars(f64::from(stars))),
        ..Facts::default()
    }
}

/// A block of nothing but the author and the copyright; `None` if it says neither.
pub(crate) fn copyright(block: &[u8]) -> Option<Vec<u8>> {
    let exif = parse(block)?;
    written(exif.iter().filter(|field| is_copyright(field.tag)), exif.little_endian())
}

/// Whether there are notes of the camera's maker.
pub(crate) fn has_maker_note(block: &[u8]) -> bool {
    parse(block).is_some_and(|exif| exif.get(Tag::MakerNote).is_some())
}

/// Whether the camera says that the colours are those of Adobe RGB, which by DCF 2.0 is all it says: there is
/// no profile then.
pub(crate) fn is_adobe_rgb(block: &[u8]) -> bool {
    parse(block).is_some_and(|exif| has_index(&exif, b"R03") || color_space(&exif) == Some(ADOBE_RGB))
}

/// Whether it is said what the colours are.
pub(crate) fn says_colors(block: &[u8]) -> bool {
    let Some(exif) = parse(block) else { return false };
    match color_space(&exif) {
        Some(SRGB | ADOBE_RGB) => true,
        // As DCF has Adobe RGB.
        Some(_) => has_index(&exif, b"R03"),
        None => has_index(&exif, b"R03") || has_index(&exif, b"R98"),
    }
}

fn color_space(exif: &PhotoFields) -> Option<u32> {
    first_whole(&exif.get(Tag::ColorSpace)?.value)
}

/// Whether the colours are said to be those that go by this index of interoperability.
fn has_index(exif: &PhotoFields, index: &[u8]) -> bool {
    let field = exif.get(Tag::InteroperabilityIndex);
    field.and_then(ascii).is_some_and(|said| said.starts_with(index))
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
    let kept = |field: &Field| match field.tag.context() {
        Context::Tiff if is_descriptive(field.tag) => Some(field.tag),
        // What stands in both places is taken from EXIF's.
        Context::Tiff => of_exposure(field.tag).filter(|tag| exif.get(*tag).is_none()),
        // Maker notes do not survive a move, see above.
        Context::Exif if field.tag == Tag::MakerNote || except.contains(&field.tag) => None,
        Context::Exif | Context::Gps => Some(field.tag),
        Context::Interop | _ => None,
    };
    let fields: Vec<Field> =
        exif.iter().filter_map(|field| Some(Field { tag: kept(field)?, ..field.clone() })).collect();
    written(fields.iter(), exif.little_endian())
}

/// A text as it may stand in a report: one line of limited length.
fn text(field: &Field) -> Option<String> {
    ascii(field).and_then(facts::short_bytes)
}

/// The bytes of a text.
fn ascii(field: &Field) -> Option<&[u8]> {
    let Value::Ascii(parts) = &field.value else { return None };
    parts.first().map(Vec::as_slice)
}

/// A time, with the fields that have its zone and its fraction of a second; without them it is a time too.
fn date(field: &Field, zone: Option<&Field>, fraction: Option<&Field>) -> Option<TakenAt> {
    let text = ascii(field)?;
    let Ok(mut date) = exif::DateTime::from_ascii(text) else {
        return facts::written_time(str::from_utf8(text).ok()?);
    };
    let _ = zone.and_then(ascii).map(|zone| date.parse_offset(zone));
    let _ = fraction.and_then(ascii).map(|fraction| date.parse_subsec(fraction));
    let clock = [date.hour, date.minute, date.second].map(u32::from);
    let [hour, minute, second] = clock;
    let nanosecond = date.nanosecond.unwrap_or_default();
    let day = [date.year, date.month.into(), date.day.into()];
    facts::time(day, [hour, minute, second, nanosecond], date.offset)
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
