//! Blocks that are written anew, in a TIFF, without most of it, or from one.

use super::*;

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
    before.iter().chain([&place, &note]).for_each(|f| writer.push_field(f));
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

#[test]
fn texts_in_two_bytes_a_letter_follow_the_byte_order_of_a_tiff() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let noted = |text: &str| [b"UNICODE\0", &wide(text)[..]].concat();
    let title: Vec<u8> = "Año\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let block = directories(
        &[
            (None, &[(0x010F, 2, b"Kamera\0"), (0x9C9B, 1, &title)]),
            (Some(EXIF_IFD), &[(0x9286, 7, &noted("Año en Quito"))]),
            (Some(GPS_IFD), &[(0x001B, 7, &noted("Celda móvil")), (0x001C, 7, &noted("Ñuñoa, Chile"))]),
        ],
        &[0; 4],
    );
    let tags = tiff_tags(&block);
    let value =
        |fields: &[RawField], tag: u16| fields.iter().find(|field| field.tag == tag).unwrap().bytes.clone();
    // These are always in one order.
    assert_eq!(value(&tags.texts, 0x9C9B), title);
    for (fields, tag, text) in [
        (&tags.exposure, 0x9286, "Año en Quito"),
        (&tags.place, 0x001B, "Celda móvil"),
        (&tags.place, 0x001C, "Ñuñoa, Chile"),
    ] {
        let expected: Vec<u8> = text.encode_utf16().flat_map(u16::to_ne_bytes).collect();
        assert_eq!(value(fields, tag), [b"UNICODE\0", &expected[..]].concat(), "{text}");
    }
}

#[test]
fn texts_of_exif_3_are_texts() {
    const UTF_8: u16 = 129;
    let mut block = directories(
        &[
            (None, &[(0x0110, 2, b"Kamera\0"), (0x013B, 2, "Núñez\0".as_bytes())]),
            (Some(EXIF_IFD), &[(0x9003, 2, b"2024:02:29 12:00:00\0"), (0xA437, 2, "Íñigo\0".as_bytes())]),
        ],
        &[0; 4],
    );
    for tag in [0x0110_u16, 0x013B, 0x9003, 0xA437] {
        let entry = [tag.to_be_bytes(), [0, 2]].concat();
        let at = block.windows(4).position(|window| window == entry).unwrap();
        block[at + 2..at + 4].copy_from_slice(&UTF_8.to_be_bytes());
    }
    let facts = read(&block);
    assert_eq!((facts.camera.as_deref(), facts.artist.as_deref()), (Some("Kamera"), Some("Núñez")));
    assert!(facts.date.is_some());
    let tags = tiff_tags(&block);
    let texts: Vec<&[u8]> = tags.texts.iter().chain(&tags.exposure).map(|field| &field.bytes[..]).collect();
    let expected = ["Kamera\0", "Núñez\0", "2024:02:29 12:00:00\0", "Íñigo\0"];
    assert_eq!(texts, expected.map(str::as_bytes));
    let owner = copyright(&block).unwrap();
    assert!(holds(&owner, "Núñez".as_bytes()) && !holds(&owner, b"Kamera"));
}

#[test]
fn the_author_of_windows_and_the_photographer_of_exif_3_are_of_the_copyright() {
    let author: Vec<u8> = "Ana\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let block = directories(
        &[
            (None, &[(0x0110, 2, b"Kamera\0"), (0x9C9B, 1, &author), (0x9C9D, 1, &author)]),
            (Some(EXIF_IFD), &[(0x9003, 2, b"2024:02:29 12:00:00\0"), (0xA437, 2, b"Eva\0")]),
        ],
        &[0; 4],
    );
    let kept = copyright(&block).unwrap();
    let mut tags: Vec<u16> = parse(&kept).unwrap().iter().map(|field| field.tag.number()).collect();
    tags.sort_unstable();
    assert_eq!(tags, [0x9C9D, 0xA437]);
    assert_eq!(tiff_block(&kept, 0x9C9D), Some(author));
}

/// As GIMP has written it into photos without any.
#[test]
fn a_block_without_entries_is_left_out_without_a_word() {
    let block = b"MM\0*\0\0\0\x08\0\0\0\0\0\0".to_vec();
    assert_eq!(kept(block), (None, Vec::new()));
}
