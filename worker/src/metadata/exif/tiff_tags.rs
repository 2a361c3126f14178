//! What of an EXIF block a TIFF file holds as tags of its own: texts about the photo in its first
//! directory, and the directories of the exposure and of the place. No state.

use exif::{Context, In, Tag, Value};
use tiff::tags::Type;

use super::fields::{is_descriptive, parse};

/// A field as it stands in a directory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawField {
    pub(crate) tag: u16,
    pub(crate) kind: Type,
    /// Its value, in the machine's byte order.
    pub(crate) bytes: Vec<u8>,
}

/// The fields, by directory.
#[derive(Debug, Default)]
pub(crate) struct TiffTags {
    /// Of the first directory.
    pub(crate) texts: Vec<RawField>,
    /// Of the EXIF directory: exposure, lens, times.
    pub(crate) exposure: Vec<RawField>,
    /// Of the GPS directory.
    pub(crate) place: Vec<RawField>,
    /// Whether there are notes of the camera's maker: they hold places in the file, so that a move breaks
    /// them.
    pub(crate) maker_note: bool,
}

/// Sorts the fields of a block about the primary image.
pub(crate) fn tiff_tags(block: &[u8]) -> TiffTags {
    let mut tags = TiffTags::default();
    let Some(exif) = parse(block) else { return tags };
    for field in exif.fields().filter(|field| field.ifd_num == In::PRIMARY) {
        let place = match field.tag.context() {
            Context::Tiff if is_descriptive(field.tag) => &mut tags.texts,
            Context::Exif if field.tag == Tag::MakerNote => {
                tags.maker_note = true;
                continue;
            }
            Context::Exif => &mut tags.exposure,
            Context::Gps => &mut tags.place,
            // How the pixels lie in the old file, and notes on how the old file may be read.
            Context::Tiff | Context::Interop | _ => continue,
        };
        if let Some((kind, bytes)) = raw(&field.value) {
            place.push(RawField { tag: field.tag.number(), kind, bytes });
        }
    }
    tags
}

/// Type and bytes of a value; `None` for one that is empty or of no type that TIFF knows.
fn raw(value: &Value) -> Option<(Type, Vec<u8>)> {
    fn all<T, const N: usize>(values: &[T], bytes: impl Fn(&T) -> [u8; N]) -> Vec<u8> {
        values.iter().flat_map(bytes).collect()
    }
    let (kind, bytes) = match value {
        Value::Byte(values) => (Type::BYTE, values.clone()),
        // As they are, whatever the format says of their characters: mostly UTF-8. Each part ends with a NUL.
        Value::Ascii(parts) => (Type::ASCII, [parts.join(&0), vec![0]].concat()),
        Value::Short(values) => (Type::SHORT, all(values, |v| v.to_ne_bytes())),
        Value::Long(values) => (Type::LONG, all(values, |v| v.to_ne_bytes())),
        Value::Rational(values) => {
            let numbers: Vec<u32> = values.iter().flat_map(|v| [v.num, v.denom]).collect();
            (Type::RATIONAL, all(&numbers, |v| v.to_ne_bytes()))
        }
        Value::SByte(values) => (Type::SBYTE, all(values, |v| v.to_ne_bytes())),
        Value::Undefined(values, _) => (Type::UNDEFINED, values.clone()),
        Value::SShort(values) => (Type::SSHORT, all(values, |v| v.to_ne_bytes())),
        Value::SLong(values) => (Type::SLONG, all(values, |v| v.to_ne_bytes())),
        Value::SRational(values) => {
            let numbers: Vec<i32> = values.iter().flat_map(|v| [v.num, v.denom]).collect();
            (Type::SRATIONAL, all(&numbers, |v| v.to_ne_bytes()))
        }
        Value::Float(values) => (Type::FLOAT, all(values, |v| v.to_ne_bytes())),
        Value::Double(values) => (Type::DOUBLE, all(values, |v| v.to_ne_bytes())),
        Value::Unknown(..) => return None,
    };
    (!bytes.is_empty()).then_some((kind, bytes))
}
