use proptest::prelude::*;

use super::*;

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

const SIZE: Size = Size { width: 70, height: 50 };

#[test]
fn the_facts_are_read() {
    let facts = Facts {
        orientation: Orientation::Rotate90,
        camera: Some("Kamera X".to_owned()),
        date: Some("2024-02-29".to_owned()),
    };
    assert_eq!(read(&sample(true)), facts);
    assert_eq!(read(&sample(false)), facts);
}

#[test]
fn keeping_resets_orientation_and_size_and_takes_the_thumbnail_out() {
    for little_endian in [true, false] {
        let block = upright(sample(little_endian), SIZE, true);
        assert_eq!(read(&block).orientation, Orientation::NoTransforms);
        assert_eq!(read(&block).camera.as_deref(), Some("Kamera X"));
        let exif = parse(&block).unwrap();
        let number = |tag| exif.get_field(tag, In::PRIMARY).unwrap().value.get_uint(0);
        assert_eq!((number(Tag::PixelXDimension), number(Tag::PixelYDimension)), (Some(70), Some(50)));
        assert!(exif.fields().all(|field| field.ifd_num == In::PRIMARY));
        assert!(!block.windows(9).any(|window| window == b"THUMBNAIL"));
    }
}

#[test]
fn copyright_keeps_nothing_else() {
    let block = copyright(&sample(true)).unwrap();
    let tags: Vec<Tag> = parse(&block).unwrap().fields().map(|field| field.tag).collect();
    assert_eq!(tags, [Tag::Artist]);
}

#[test]
fn what_a_tiff_holds_is_sorted_by_directory() {
    let place = Field {
        tag: Tag::GPSLatitude,
        ifd_num: In::PRIMARY,
        value: Value::Rational(vec![(40, 1).into(), (25, 1).into(), (6009, 100).into()]),
    };
    let note =
        Field { tag: Tag::MakerNote, ifd_num: In::PRIMARY, value: Value::Undefined(b"note".to_vec(), 0) };
    let before = parse(&sample(true)).unwrap();
    let mut writer = Writer::new();
    before
        .fields()
        .filter(|field| field.ifd_num == In::PRIMARY)
        .chain([&place, &note])
        .for_each(|f| writer.push_field(f));
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, false).unwrap();
    let tags = tiff_tags(&block.into_inner());
    let numbers = |fields: &[RawField]| fields.iter().map(|field| field.tag).collect::<Vec<_>>();
    assert_eq!(numbers(&tags.texts), [0x0110, 0x013B]);
    assert_eq!(tags.texts[1].bytes, b"Ana\0");
    assert_eq!(numbers(&tags.exposure), [0x9003, 0xA002, 0xA003]);
    let latitude: Vec<u8> = [40u32, 1, 25, 1, 6009, 100].iter().flat_map(|n| n.to_ne_bytes()).collect();
    assert_eq!((numbers(&tags.place), &tags.place[0].bytes), (vec![0x0002], &latitude));
    assert!(tags.maker_note);
    assert!(!tiff_tags(&sample(true)).maker_note);
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
        assert_eq!(upright(block.clone(), SIZE, false), block);
        let srgb = upright(block, SIZE, true);
        assert!(!is_adobe_rgb(&srgb));
        let exif = parse(&srgb).unwrap();
        assert_eq!(exif.get_field(Tag::ColorSpace, In::PRIMARY).unwrap().value.get_uint(0), Some(SRGB));
        assert!(!is_adobe_rgb(&sample(little_endian)));
    }
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
        let _ = has_more_pages(&block);
        let _ = (tiff_block(&block, ORIENTATION), tiff_number(&block, 0x0110), tiff_block(&block, 0x0110));
        let _ = (is_adobe_rgb(&block), copyright(&block), upright(block.clone(), SIZE, true));
    }
}
