//! What of an EXIF block a TIFF file holds as tags of its own: texts about the photo in its first
//! directory, and the directories of the exposure and of the place. No state.

use std::ops::RangeInclusive;

use exif::{Context, Tag, Value};
use tiff::tags::Type;

use super::byte_order;
use super::fields::{is_descriptive, of_exposure, parse};
use super::structure::{DirectoryEntry, Tiff};
use super::{EXIF_IFD, GPS_IFD, INTEROP_IFD};

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
    for field in exif.iter() {
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
        if let Some((kind, mut bytes)) = raw(&field.value) {
            if exif.little_endian() != cfg!(target_endian = "little") {
                byte_order::turn_around(field.tag, &mut bytes, exif.little_endian());
            }
            place.push(RawField { tag: field.tag.number(), kind, bytes });
        }
    }
    tags
}

/// How pixels lie in the file, how densely, and how their numbers are to be read, down to the notes of fax
/// machines and of GDI+: TIFF 6.0, its technical notes, and RFC 2301.
const LAYOUT: [RangeInclusive<u16>; 20] = [
    254..=259,
    262..=266,
    273..=274,
    277..=284,
    288..=289,
    292..=293,
    296..=296,
    317..=317,
    320..=320,
    322..=328,
    330..=330,
    332..=332,
    334..=334,
    336..=336,
    338..=341,
    347..=347,
    400..=435,
    512..=559,
    0x5000..=0x5FFF,
    0x80E3..=0x80E5,
];

/// Tags of the first directory that say something which nothing else here takes over: all but those that are
/// known to say nothing of the photo or its page.
pub(crate) fn private_tags(tiff: &[u8]) -> Vec<u16> {
    /// Where the picture lies on a page: nothing unless it is away from its corner.
    const POSITION: [u16; 2] = [0x011E, 0x011F];
    /// Whether pixels are places in a palette, though their colours are said to be no palette's.
    const INDEXED: u16 = 0x015A;
    /// Blocks and directories that have a place of their own, the profile among them.
    const PLACED: [u16; 7] = [0x02BC, 0x83BB, 0x8649, EXIF_IFD, 0x8773, GPS_IFD, INTEROP_IFD];
    /// For printers, and padding.
    const EMPTY: [u16; 3] = [0xC4A5, 0xEA1C, 0xEA1D];
    let Some(order) = Tiff::new(tiff) else { return Vec::new() };
    let entries = order.first(tiff).map(|at| order.directory(tiff, at)).unwrap_or_default();
    let says = |entry: &DirectoryEntry| match entry.tag {
        tag if POSITION.contains(&tag) => {
            let fraction = order.u32(tiff, entry.at).and_then(|at| order.u32(tiff, at as usize));
            fraction.is_some_and(|from| from > 0)
        }
        INDEXED => entry.value != Some(0),
        number => {
            let tag = Tag(Context::Tiff, number);
            let is_taken_over = is_descriptive(tag) || of_exposure(tag).is_some();
            let is_layout = LAYOUT.iter().any(|tags| tags.contains(&number));
            !is_taken_over && !is_layout && !PLACED.contains(&number) && !EMPTY.contains(&number)
        }
    };
    entries.into_iter().filter(says).map(|entry| entry.tag).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of shorts, with the values that tags have.
    fn shorts(tags: &[(u16, u8)]) -> Vec<u8> {
        let entry = |(tag, value): &(u16, u8)| {
            [&tag.to_be_bytes()[..], &[0, 3, 0, 0, 0, 1, 0, *value, 0, 0]].concat()
        };
        let entries: Vec<u8> = tags.iter().flat_map(entry).collect();
        [&b"MM\0*\0\0\0\x08\0"[..], &[tags.len() as u8], &entries, &[0; 4]].concat()
    }

    #[test]
    fn all_that_is_neither_layout_nor_taken_over_is_said() {
        // The whole baseline and all that says how pixels are stored, name and number of the page, white.
        let silent = [
            254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 269, 270, 271, 272, 273, 274, 277, 278,
            279, 280, 281, 282, 283, 284, 285, 288, 289, 292, 293, 296, 297, 305, 306, 315, 316, 317, 318,
            319, 320, 322, 323, 324, 325, 326, 327, 328, 330, 332, 334, 336, 337, 338, 339, 340, 341, 347,
            512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 559, 700, 0x5110, 32_995,
            33_432, 34_675,
        ];
        assert_eq!(private_tags(&shorts(&silent.map(|tag| (tag, 1)))), Vec::<u16>::new());
        let said = [290, 291, 301, 321, 333, 342, 343, 344, 345, 346, 351, 999, 32_932, 42_112];
        assert_eq!(private_tags(&shorts(&said.map(|tag| (tag, 1)))), said);
        // That the values are no places in a palette is said by most that say anything of it.
        assert_eq!(private_tags(&shorts(&[(346, 0)])), Vec::<u16>::new());
    }

    #[test]
    fn a_position_on_the_page_is_said_unless_it_is_its_corner() {
        // A fraction for each, behind the directory.
        let entry = |tag: u16, at: u8| [&tag.to_be_bytes()[..], &[0, 5, 0, 0, 0, 1, 0, 0, 0, at]].concat();
        let file = |x: u8, y: u8| {
            let values = [[0, 0, 0, x, 0, 0, 0, 2], [0, 0, 0, y, 0, 0, 0, 2]].concat();
            [&b"MM\0*\0\0\0\x08\0\x02"[..], &entry(286, 38), &entry(287, 46), &[0; 4], &values].concat()
        };
        assert_eq!(private_tags(&file(0, 0)), Vec::<u16>::new());
        assert_eq!(private_tags(&file(3, 0)), [286]);
        assert_eq!(private_tags(&file(3, 4)), [286, 287]);
    }
}
