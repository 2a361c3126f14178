//! The block of a raw photo's preview, joined with what the raw photo itself says. The preview's is changed
//! in place, since it may have the only notes of the maker that can go along. No state.

use exif::{Context, Tag};
use tiff::tags::Type;

use super::block::{ExifBlock, NewField};
use super::carried::says_nothing;
use super::structure::width;
use super::tiff_tags::{RawField, TiffTags, tiff_tags};
use super::{EXIF_IFD, GPS_IFD, byte_order};

/// The sizes of a JPEG beside the photo: the preview knows its own.
const SIZES: [u16; 2] = [0xA002, 0xA003];

/// The preview's block with all that the photo's says, and whether something broken was left out of it. Where
/// they differ, the photo's counts, which is the one that programs write to.
pub(crate) fn joined(preview: Vec<u8>, photo: Vec<u8>) -> (Vec<u8>, bool) {
    let is_empty = says_nothing(&preview);
    let Some(mut block) = ExifBlock::sound(preview) else { return (photo, !is_empty) };
    let was_mended = block.was_mended || block.had_contradictions;
    let TiffTags { texts, exposure, place, maker_note: _ } = tiff_tags(&photo);
    let texts = in_order_of(&block, Context::Tiff, texts);
    if !texts.is_empty() {
        block.remove(&[], &tags(&texts));
        block.add(&texts);
    }
    let exposure = exposure.into_iter().filter(|field| !SIZES.contains(&field.tag)).collect();
    let below = [(EXIF_IFD, Context::Exif, exposure), (GPS_IFD, Context::Gps, place)];
    for (directory, context, fields) in below {
        let fields = in_order_of(&block, context, fields);
        if !fields.is_empty() {
            block.remove(&[directory], &tags(&fields));
            block.add_below(directory, &fields);
        }
    }
    (block.into_bytes(), was_mended)
}

fn tags(fields: &[NewField]) -> Vec<u16> {
    fields.iter().map(|field| field.tag).collect()
}

/// Fields of the machine's byte order as they stand in a block.
fn in_order_of(block: &ExifBlock, context: Context, fields: Vec<RawField>) -> Vec<NewField> {
    let of_machine = cfg!(target_endian = "little");
    let turned = |RawField { tag, kind, mut bytes }: RawField| {
        if block.is_little_endian() != of_machine {
            if kind == Type::UNDEFINED {
                byte_order::turn_around(Tag(context, tag), &mut bytes, of_machine);
            } else {
                byte_order::swap(&mut bytes, unit(kind.to_u16()));
            }
        }
        NewField::of_bytes(tag, kind.to_u16(), bytes)
    };
    fields.into_iter().map(turned).collect()
}

/// Bytes of a number of this type; a fraction is two.
fn unit(kind: u16) -> usize {
    match kind {
        5 | 10 => 4,
        _ => width(kind).unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use exif::experimental::Writer;
    use exif::{Field, In, Rational, Value};

    use super::super::{fields, has_maker_note, read};
    use super::*;

    fn block(little_endian: bool, fields: &[(Tag, Value)]) -> Vec<u8> {
        let fields: Vec<Field> = fields
            .iter()
            .map(|(tag, value)| Field { tag: *tag, ifd_num: In::PRIMARY, value: value.clone() })
            .collect();
        let mut writer = Writer::new();
        fields.iter().for_each(|field| writer.push_field(field));
        let mut block = std::io::Cursor::new(Vec::new());
        writer.write(&mut block, little_endian).unwrap();
        block.into_inner()
    }

    fn text(text: &str) -> Value {
        Value::Ascii(vec![text.as_bytes().to_vec()])
    }

    #[test]
    fn the_photo_counts_and_the_preview_keeps_what_only_it_says() {
        let note = Value::Undefined(b"the maker's".to_vec(), 0);
        let time = Value::Rational(vec![Rational { num: 1, denom: 250 }]);
        let comment = Value::Undefined(b"UNICODE\0H\0i\0\x21\x20".to_vec(), 0);
        for (of_preview, of_photo) in [(true, true), (true, false), (false, true), (false, false)] {
            let mut comment = comment.clone();
            if let (Value::Undefined(bytes, _), false) = (&mut comment, of_photo) {
                byte_order::turn_around(Tag::UserComment, bytes, true);
            }
            let preview = block(
                of_preview,
                &[
                    (Tag::Orientation, Value::Short(vec![1])),
                    (Tag::Software, text("Some program")),
                    (Tag::Artist, text("nobody")),
                    (Tag::PixelXDimension, Value::Long(vec![160])),
                    (Tag::ColorSpace, Value::Short(vec![1])),
                    (Tag::MakerNote, note.clone()),
                ],
            );
            let photo = block(
                of_photo,
                &[
                    (Tag::Model, text("Kamera")),
                    (Tag::Artist, text("Ana Núñez")),
                    (Tag::DateTimeOriginal, text("2024:02:29 12:00:00")),
                    (Tag::ExposureTime, time.clone()),
                    (Tag::PhotographicSensitivity, Value::Short(vec![400])),
                    (Tag::UserComment, comment),
                    (Tag::PixelXDimension, Value::Long(vec![4000])),
                    (Tag::GPSLatitudeRef, text("N")),
                ],
            );
            let (whole, was_mended) = joined(preview, photo);
            assert!(!was_mended);
            let facts = read(&whole);
            assert_eq!(facts.camera_and_day(), "Kamera 2024-02-29");
            assert_eq!(facts.artist.as_deref(), Some("Ana Núñez"));
            assert!(has_maker_note(&whole));
            let fields = fields::parse(&whole).unwrap();
            let said = |tag| fields.get(tag).unwrap().display_value().to_string();
            assert_eq!(said(Tag::Software), "\"Some program\"");
            assert_eq!(said(Tag::PixelXDimension), "160");
            assert_eq!(said(Tag::ColorSpace), "sRGB");
            assert_eq!(said(Tag::ExposureTime), "1/250");
            assert_eq!(said(Tag::PhotographicSensitivity), "400");
            assert_eq!(said(Tag::GPSLatitudeRef), "N");
            let Value::Undefined(words, _) = &fields.get(Tag::UserComment).unwrap().value else { panic!() };
            let expected: &[u8] = if of_preview { b"H\0i\0\x21\x20" } else { b"\0H\0i\x20\x21" };
            assert_eq!(&words[8..], expected, "{of_preview} {of_photo}");
        }
    }

    #[test]
    fn a_preview_that_says_next_to_nothing_hides_nothing() {
        let stub = block(false, &[(Tag::Orientation, Value::Short(vec![6]))]);
        let photo = block(
            true,
            &[(Tag::Model, text("Kamera")), (Tag::DateTimeOriginal, text("2024:02:29 12:00:00"))],
        );
        let (whole, was_mended) = joined(stub.clone(), photo.clone());
        assert!(!was_mended);
        assert_eq!(read(&whole).camera_and_day(), "Kamera 2024-02-29");
        assert!(read(&whole).orientation.is_some());
        assert_eq!(joined(b"nothing".to_vec(), photo.clone()), (photo.clone(), true));
        // An entry that says it has more than there is.
        let mut broken = stub;
        broken[14..18].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(joined(broken, photo).1);
    }
}
