//! What goes along of an EXIF block, and what is taken out.

mod doubles;
mod old_picture;
mod written_anew;

use exif::{In, Reader};
use image::metadata::Orientation;
use proptest::prelude::*;

use super::*;
use crate::image::Channels;
use crate::metadata::pictures::testing::{base64, small_picture};
use crate::metadata::tests::{described, through};
use crate::metadata::{Described, pictures};

/// A block with orientation 6, a model, a date, an artist, sizes, and a thumbnail at its end.
fn sample(little_endian: bool) -> Vec<u8> {
    let ascii = |tag, text: &str| Field { tag, ifd_num: In::PRIMARY, value: Value::Ascii(vec![text.into()]) };
    let fields = [
        Field { tag: Tag::Orientation, ifd_num: In::PRIMARY, value: Value::Short(vec![6]) },
        Field { tag: Tag::PixelXDimension, ifd_num: In::PRIMARY, value: Value::Long(vec![4000]) },
        Field { tag: Tag::PixelYDimension, ifd_num: In::PRIMARY, value: Value::Short(vec![3000]) },
        ascii(Tag::Model, "Kamera\n X \0"),
        ascii(Tag::Artist, "Ana"),
        ascii(Tag::DateTimeOriginal, "2024:02:29 12:00:00"),
    ];
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    writer.set_jpeg(b"THUMBNAIL OF A PICTURE", In::THUMBNAIL);
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, little_endian).unwrap();
    block.into_inner()
}

/// Whether a directory follows the first one.
fn has_small_version(block: &[u8]) -> bool {
    let exif = Reader::new().read_raw(block.to_vec()).unwrap();
    exif.fields().any(|field| field.ifd_num != In::PRIMARY)
}

/// What goes along with a result of 70×50.
fn kept(block: Vec<u8>) -> (Option<Vec<u8>>, Vec<String>) {
    let mut warnings = Vec::new();
    (carried(block, &described(), &mut warnings), warnings)
}

#[test]
fn the_facts_are_read() {
    let facts = Facts {
        orientation: Some(Orientation::Rotate90),
        camera: Some("Kamera X".to_owned()),
        date: Some(TakenAt { at: jiff::civil::date(2024, 2, 29).at(12, 0, 0, 0), offset: None }),
        artist: Some("Ana".to_owned()),
        ..Facts::default()
    };
    assert_eq!(read(&sample(true)), facts);
    assert_eq!(read(&sample(false)), facts);
}

#[test]
fn dates_that_are_written_otherwise_are_dates() {
    let said = |text: &str| {
        let value = Value::Ascii(vec![text.into()]);
        let field = Field { tag: Tag::DateTimeOriginal, ifd_num: In::PRIMARY, value };
        read(&written([field].iter(), true).unwrap()).date
    };
    let at = |hour, minute, second, offset| {
        Some(TakenAt { at: jiff::civil::date(2020, 1, 2).at(hour, minute, second, 0), offset })
    };
    for text in ["2020:01:02 03:04:05", "2020-01-02 03:04:05", "2020/01/02 03:04:05", "2020-01-02T03:04:05"] {
        assert_eq!(said(text), at(3, 4, 5, None), "{text}");
    }
    assert_eq!(said("2020-01-02T03:04:05+02:00"), at(3, 4, 5, Some(120)));
    assert_eq!(said("2020:01:02 03:04"), at(3, 4, 0, None));
    assert_eq!(said("2020:01:02"), at(0, 0, 0, None));
    for none in ["", "    :  :     :  :  ", "0000:00:00 00:00:00", "2020:13:02 03:04:05", "2 January 2020"] {
        assert_eq!(said(none), None, "{none}");
    }
}

#[test]
fn an_orientation_counts_whatever_its_type() {
    let values = [
        Value::Byte(vec![6]),
        Value::Ascii(vec![b"6".to_vec()]),
        Value::Ascii(vec![b" 6 ".to_vec()]),
        Value::Short(vec![6]),
        Value::Long(vec![6]),
        Value::SByte(vec![6]),
        Value::Undefined(vec![6], 0),
        Value::SShort(vec![6]),
        Value::SLong(vec![6]),
    ];
    for (value, little_endian) in values.iter().flat_map(|value| [(value, true), (value, false)]) {
        let field = Field { tag: Tag::Orientation, ifd_num: In::PRIMARY, value: value.clone() };
        let block = written([&field].into_iter(), little_endian).unwrap();
        assert_eq!(read(&block).orientation, Some(Orientation::Rotate90), "{value:?}");
        assert_eq!(read(&kept(block).0.unwrap()).orientation, Some(Orientation::NoTransforms));
    }
}

#[test]
fn keeping_resets_orientation_and_size_and_takes_the_thumbnail_out() {
    for little_endian in [true, false] {
        let (block, warnings) = kept(sample(little_endian));
        let block = block.unwrap();
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(read(&block).orientation, Some(Orientation::NoTransforms));
        assert_eq!(read(&block).camera.as_deref(), Some("Kamera X"));
        let exif = parse(&block).unwrap();
        let number = |tag| exif.get(tag).unwrap().value.get_uint(0);
        assert_eq!((number(Tag::PixelXDimension), number(Tag::PixelYDimension)), (Some(70), Some(50)));
        assert!(!has_small_version(&block));
        assert!(!block.windows(9).any(|window| window == b"THUMBNAIL"));
    }
}

#[test]
fn copyright_keeps_nothing_else() {
    let block = copyright(&sample(true)).unwrap();
    let tags: Vec<Tag> = parse(&block).unwrap().iter().map(|field| field.tag).collect();
    assert_eq!(tags, [Tag::Artist]);
}

/// The block of a camera set to Adobe RGB: uncalibrated, with the index R03.
fn adobe_rgb(little_endian: bool) -> Vec<u8> {
    let index = Value::Ascii(vec![b"R03".to_vec()]);
    let mut writer = Writer::new();
    let fields = [
        Field { tag: Tag::ColorSpace, ifd_num: In::PRIMARY, value: Value::Short(vec![0xFFFF]) },
        Field { tag: Tag::InteroperabilityIndex, ifd_num: In::PRIMARY, value: index },
    ];
    fields.iter().for_each(|field| writer.push_field(field));
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, little_endian).unwrap();
    block.into_inner()
}

#[test]
fn adobe_rgb_is_recognised_and_reset_with_the_pixels() {
    for little_endian in [true, false] {
        let block = adobe_rgb(little_endian);
        assert!(is_adobe_rgb(&block));
        let as_it_was = Described { became_srgb: false, ..described() };
        assert_eq!(carried(block.clone(), &as_it_was, &mut Vec::new()), Some(block.clone()));
        let srgb = kept(block).0.unwrap();
        assert!(!is_adobe_rgb(&srgb));
        let exif = parse(&srgb).unwrap();
        assert_eq!(exif.get(Tag::ColorSpace).unwrap().value.get_uint(0), Some(1));
        assert!(!is_adobe_rgb(&sample(little_endian)));
    }
}

#[test]
fn what_the_colours_were_in_numbers_goes_with_them() {
    let numbers: &[TestEntry<'_>] = &[(0x013E, 5, &[1; 16]), (0x013F, 5, &[1; 48])];
    let block = directories(
        &[
            (None, &[numbers, &[(0x0110, 2, b"Kamera\0")]].concat()),
            (Some(EXIF_IFD), &[(0x9003, 2, b"2024:02:29 12:00:00\0"), (0xA500, 5, &[1; 8])]),
        ],
        &[0; 4],
    );
    let tags = |described: &Described| -> Vec<u16> {
        let kept = carried(block.clone(), described, &mut Vec::new()).unwrap();
        parse(&kept).unwrap().iter().map(|field| field.tag.number()).collect()
    };
    assert_eq!(tags(&described()), [0x0110, 0x9003]);
    let as_it_was = Described { became_srgb: false, ..described() };
    assert_eq!(tags(&as_it_was), [0x0110, 0x013E, 0x013F, 0x9003, 0xA500]);
}

/// A directory with the tag under which the first one leads to it; the first has none.
type Directory<'a> = (Option<u16>, &'a [TestEntry<'a>]);
/// Tag, type and value.
type TestEntry<'a> = (u16, u16, &'a [u8]);

/// A block of these directories.
fn directories(all: &[Directory<'_>], next: &[u8]) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\0".to_vec();
    let mut pointers: Vec<(u16, Vec<u8>)> = Vec::new();
    for (leads, entries) in all.iter().rev() {
        let mut records = Vec::new();
        for (tag, kind, value) in *entries {
            let count = value.len() / [1, 1, 2, 4, 8, 1, 1][usize::from(*kind) - 1];
            let place = if value.len() > 4 {
                let at = (block.len() as u32).to_be_bytes().to_vec();
                block.extend(*value);
                at
            } else {
                [value, &[0; 4][value.len()..]].concat()
            };
            let head = [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &(count as u32).to_be_bytes()].concat();
            records.push((*tag, [head, place].concat()));
        }
        if leads.is_none() {
            records.append(&mut pointers);
        }
        records.sort();
        let at = (block.len() as u32).to_be_bytes().to_vec();
        block.extend((records.len() as u16).to_be_bytes());
        block.extend(records.into_iter().flat_map(|(_, record)| record));
        block.extend(if leads.is_none() { next } else { &[0; 4] });
        match leads {
            Some(tag) => pointers.push((*tag, [&tag.to_be_bytes()[..], &[0, 4, 0, 0, 0, 1], &at].concat())),
            None => block[4..8].copy_from_slice(&at),
        }
    }
    block
}

fn holds(block: &[u8], text: &[u8]) -> bool {
    block.windows(text.len()).any(|window| window == text)
}

#[test]
fn directories_are_found_where_their_place_is_called_one() {
    let date = b"2024:02:29 12:00:00\0";
    let mut block = directories(
        &[(None, &[]), (Some(EXIF_IFD), &[(0x9003, 2, date)]), (Some(GPS_IFD), &[(0x0001, 2, b"N\0")])],
        &[0; 4],
    );
    for tag in [EXIF_IFD, GPS_IFD] {
        let entry = [tag.to_be_bytes(), [0, 4]].concat();
        let at = block.windows(4).position(|window| window == entry).unwrap();
        block[at + 3] = 13;
    }
    for found in [block.clone(), from_tiff(&block).unwrap()] {
        assert!(read(&found).date.is_some());
        assert!(parse(&found).unwrap().get(Tag::GPSLatitudeRef).is_some());
    }
}

#[test]
fn numbers_become_the_result_s_whatever_their_type() {
    let block = directories(
        &[
            (None, &[(0x0100, 3, b"\x0F\xA0"), (0x0101, 1, b"\xC8"), (0x0112, 1, &[6]), (0x010F, 2, b"K\0")]),
            (
                Some(EXIF_IFD),
                &[(0xA002, 3, b"\x0F\xA0\x0F\xA0\x0F\xA0"), (0x9214, 3, &[0, 40, 0, 20, 0, 8, 0, 6])],
            ),
        ],
        &[0; 4],
    );
    assert_eq!(read(&block).orientation, Some(Orientation::Rotate90));
    let turned = through(Orientation::Rotate90, "blur=1");
    let block = carried(block, &turned, &mut Vec::new()).unwrap();
    let exif = parse(&block).unwrap();
    let number = |tag, index| exif.get(tag).unwrap().value.get_uint(index);
    assert_eq!((number(Tag::ImageWidth, 0), number(Tag::ImageLength, 0)), (Some(100), Some(140)));
    assert_eq!((number(Tag::Orientation, 0), number(Tag::PixelXDimension, 0)), (Some(1), Some(100)));
    let subject: Vec<_> = (0..4).map_while(|index| number(Tag::SubjectArea, index)).collect();
    assert_eq!(subject, [80, 40, 6, 8]);
}

#[test]
fn what_is_said_of_the_samples_is_true_of_the_result() {
    let block = directories(
        &[(
            None,
            &[
                (0x0102, 3, &[0, 16, 0, 16, 0, 16]),
                (0x0106, 3, &[0, 6]),
                (0x010F, 2, b"K\0"),
                (0x0115, 3, &[0, 4]),
                (0x0152, 3, &[0, 2]),
            ],
        )],
        &[0; 4],
    );
    let numbers = |described: &Described| -> Vec<Vec<u32>> {
        let block = carried(block.clone(), described, &mut Vec::new()).unwrap();
        let exif = parse(&block).unwrap();
        let tags = [Tag::BitsPerSample, Tag::PhotometricInterpretation, Tag::SamplesPerPixel];
        assert!(exif.get(Tag(Context::Tiff, 0x0152)).is_none());
        let all = |tag| exif.get(tag).map(|field| (0..9).map_while(|n| field.value.get_uint(n)).collect());
        tags.map(|tag| all(tag).unwrap_or_default()).to_vec()
    };
    assert_eq!(numbers(&described()), [vec![8, 8, 8], vec![6], vec![3]]);
    let grey = Described { channels: Channels::Grey, ..described() };
    assert_eq!(numbers(&grey), [vec![], vec![1], vec![1]]);
    let clear = Described { channels: Channels::Rgba, bits: 16, ..described() };
    assert_eq!(numbers(&clear), [vec![], vec![2], vec![4]]);
}

#[test]
fn what_is_broken_is_mended_or_left_out() {
    let good: TestEntry<'_> = (0x010F, 2, b"Kamera\0");
    let sound =
        directories(&[(None, &[good]), (Some(EXIF_IFD), &[(0x9003, 2, b"2024:02:29 12:00:00\0")])], &[0; 4]);
    assert_eq!(kept(sound.clone()), (Some(sound.clone()), vec![]));
    // The first entry's value, the second's type, and where the second leads.
    let first = u32::from_be_bytes(*sound[4..].first_chunk().unwrap()) as usize + 2;
    let damaged = |at: usize, bytes: &[u8]| {
        let mut block = sound.clone();
        block[at..at + bytes.len()].copy_from_slice(bytes);
        block
    };
    for (block, maker, date) in [
        (damaged(first + 8, &[0, 9, 0, 0]), false, true),
        (damaged(first + 4, &[0xFF; 4]), false, true),
        (damaged(first + 12 + 8, &[0, 9, 0, 0]), true, false),
        (damaged(first + 12 + 8, &(first as u32 - 2).to_be_bytes()), true, false),
        (damaged(first + 2, &[0, 99]), false, true),
        // In the header, and in the directory itself.
        (damaged(first + 8, &[0, 0, 0, 2]), false, true),
        (damaged(first + 8, &(first as u32 + 3).to_be_bytes()), false, true),
    ] {
        let (kept, warnings) = kept(block);
        let kept = kept.unwrap();
        let has_maker = tiff_block(&kept, 0x010F).is_some();
        assert_eq!((has_maker, read(&kept).date.is_some(), warnings.len()), (maker, date, 1));
        assert!(Reader::new().read_raw(kept).is_ok());
    }
    for block in
        [damaged(4, &[0, 9, 0, 0]), damaged(4, &[0, 0, 0, 2]), damaged(0, b"XX"), sound[..9].to_vec(), vec![]]
    {
        let (kept, warnings) = kept(block);
        assert_eq!((kept, warnings.len()), (None, 1));
    }
    // Entries out of order are put in order without a word.
    let mut swapped = sound.clone();
    let (one, two) = (sound[first..first + 12].to_vec(), sound[first + 12..first + 24].to_vec());
    swapped[first..first + 24].copy_from_slice(&[two, one].concat());
    assert_eq!(kept(swapped), (Some(sound), vec![]));
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(
        at in 0usize..300, byte: u8, length in 0usize..300, little_endian: bool,
    ) {
        let mut block = sample(little_endian);
        if let Some(place) = block.get_mut(at) {
            *place = byte;
        }
        block.truncate(length);
        let _ = (read(&block), is_raw_photo(&block), from_tiff(&block), tiff_tags(&block).maker_note);
        let _ = (tiff_block(&block, 0x0112), tiff_block(&block, 0x0110));
        let _ = (is_adobe_rgb(&block), copyright(&block));
        // What is handed on can be read to its last entry, and does not change any more.
        if let (Some(sound), _) = kept(block) {
            prop_assert!(parse(&sound).is_some());
            let (again, warnings) = kept(sound.clone());
            prop_assert_eq!((again, warnings), (Some(sound), Vec::new()));
        }
    }
}
