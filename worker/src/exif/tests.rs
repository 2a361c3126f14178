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

fn carry(policy: MetadataPolicy, block: Vec<u8>) -> Option<Vec<u8>> {
    let metadata = Metadata { exif: Some(block), ..Metadata::default() };
    carried(metadata, policy, Size { width: 70, height: 50 }).exif
}

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
        let block = carry(MetadataPolicy::Keep, sample(little_endian)).unwrap();
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
    let block = carry(MetadataPolicy::Copyright, sample(true)).unwrap();
    let tags: Vec<Tag> = parse(&block).unwrap().fields().map(|field| field.tag).collect();
    assert_eq!(tags, [Tag::Artist]);
    assert_eq!(carry(MetadataPolicy::Strip, sample(true)), None);
}

#[test]
fn texts_are_told_from_the_rest() {
    let texts = texts(&sample(true));
    assert_eq!(texts.texts[1], (0x013B, b"Ana".to_vec()));
    assert_eq!(texts.texts.len(), 2);
    assert!(texts.others);
}

#[test]
fn xmp_says_upright_too() {
    let packet = b"<x tiff:Orientation=\"6\"><tiff:Orientation>8</tiff:Orientation></x>".to_vec();
    let upright = b"<x tiff:Orientation=\"1\"><tiff:Orientation>1</tiff:Orientation></x>".to_vec();
    assert_eq!(upright_xmp(packet), upright);
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
        let _ = (read(&block), raw_photo(&block), from_tiff(&block), texts(&block).others, has_more_pages(&block));
        for policy in [MetadataPolicy::Keep, MetadataPolicy::Copyright] {
            let _ = carry(policy, block.clone());
        }
    }
}
