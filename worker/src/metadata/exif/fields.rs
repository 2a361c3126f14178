//! The fields of a block, as `kamadak-exif` reads them, and which of them say something about the photo.
//! No state.

use std::collections::HashSet;

use exif::{Context, Exif, Field, In, Reader, Tag, Value};

use super::structure::plain_types;
use crate::metadata::ownership;

pub(super) fn is_descriptive(tag: Tag) -> bool {
    /// Computer, program and printer, names and number of document and page, white and primaries, Windows'
    /// texts (title, comment, keywords, subject) and rating.
    const OTHERS: [u16; 14] = [
        0x013C, 0x000B, 0x0151, 0x010D, 0x011D, 0x0129, 0x013E, 0x013F, 0x4746, 0x4749, 0x9C9B, 0x9C9C,
        0x9C9E, 0x9C9F,
    ];
    tag.context() == Context::Tiff && is_copyright(tag)
        || [Tag::ImageDescription, Tag::Make, Tag::Model, Tag::Software, Tag::DateTime].contains(&tag)
        || tag.context() == Context::Tiff && OTHERS.contains(&tag.number())
}

/// The tag as EXIF has it, for one that TIFF/EP (ISO 12234-2) has in the first directory: exposure, times,
/// lens.
pub(super) fn of_exposure(tag: Tag) -> Option<Tag> {
    let is_of_it = matches!(
        tag.number(),
        0x829A | 0x829D | 0x8822 | 0x8824 | 0x8827 | 0x9003 | 0x9201..=0x920A | 0xA20E..=0xA210 | 0xA217
    );
    (tag.context() == Context::Tiff && is_of_it).then(|| Tag(Context::Exif, tag.number()))
}

/// The fields about the photo itself. Where a directory has a tag twice, the first one counts, as for most
/// readers.
pub(super) struct PhotoFields(Exif);

/// Reads a block, as far as it can be read.
pub(super) fn parse(block: &[u8]) -> Option<PhotoFields> {
    let mut block = block.to_vec();
    plain_types(&mut block);
    let parsed = Reader::new().continue_on_error(true).read_raw(block);
    parsed.or_else(|error| error.distill_partial_result(|_| {})).ok().map(PhotoFields)
}

impl PhotoFields {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Field> {
        let mut seen = HashSet::new();
        let of_photo = self.0.fields().filter(|field| field.ifd_num == In::PRIMARY);
        of_photo.filter(move |field| seen.insert(field.tag))
    }

    pub(super) fn get(&self, tag: Tag) -> Option<&Field> {
        self.0.fields().find(|field| field.ifd_num == In::PRIMARY && field.tag == tag)
    }

    pub(super) fn little_endian(&self) -> bool {
        self.0.little_endian()
    }
}

/// Whether it says who made the photo, or whose it is.
pub(super) fn is_copyright(tag: Tag) -> bool {
    ownership::is_exif(tag.number())
}

/// The first number of a value, if it is whole and not negative. Programs write numbers in any type.
pub(super) fn first_whole(value: &Value) -> Option<u32> {
    match value {
        Value::Byte(values) | Value::Undefined(values, _) => values.first().copied().map(u32::from),
        Value::Ascii(parts) => number_in(parts.first()?),
        Value::SByte(values) => u32::try_from(*values.first()?).ok(),
        Value::Short(values) => values.first().copied().map(u32::from),
        Value::SShort(values) => u32::try_from(*values.first()?).ok(),
        Value::Long(values) => values.first().copied(),
        Value::SLong(values) => u32::try_from(*values.first()?).ok(),
        Value::Rational(_)
        | Value::SRational(_)
        | Value::Float(_)
        | Value::Double(_)
        | Value::Unknown(..) => None,
    }
}

/// The number that a text is.
pub(super) fn number_in(text: &[u8]) -> Option<u32> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    str::from_utf8(text).ok()?.trim().parse().ok()
}
