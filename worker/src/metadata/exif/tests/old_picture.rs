//! Pictures of the photo as it was before, wherever a block has them.

use super::*;

#[test]
fn thumbnails_are_overwritten_wherever_they_stand() {
    // A JPEG in front of all directories, and strips behind them.
    let old = |tag: u16, at: &[u8], length: &[u8]| {
        let mut block = directories(&[(None, &[(0x010F, 2, b"Kamera\0")])], &[0, 0, 0, 0]);
        let (thumbnail, second) = (block.len(), block.len() + 26);
        block.extend(b"THUMBNAIL OF THE OLD ONE..");
        let entry = |tag: u16, value: &[u8]| [&tag.to_be_bytes()[..], &[0, 4, 0, 0, 0, 1], value].concat();
        block.extend(
            [&[0, 2][..], &entry(tag, at), &entry(tag + if tag == 0x0111 { 6 } else { 1 }, length), &[0; 4]]
                .concat(),
        );
        let link = block.len() - 30 - 26 - 4;
        block[link..link + 4].copy_from_slice(&(second as u32).to_be_bytes());
        (block, thumbnail as u32)
    };
    for tag in [0x0201, 0x0111] {
        let (_, at) = old(tag, &[0; 4], &[0; 4]);
        let (block, _) = old(tag, &at.to_be_bytes(), &26u32.to_be_bytes());
        assert!(has_small_version(&block));
        let kept = kept(block).0.unwrap();
        assert!(!holds(&kept, b"OLD") && holds(&kept, b"Kamera"), "{tag:X}");
        assert!(kept.len() < 60);
        assert!(!has_small_version(&kept));
    }
}

#[test]
fn pictures_in_the_first_directory_and_in_blocks_of_others_go() {
    let photoshop = b"8BIM\x04\x0C\0\0\0\0\0\x06THUMBS";
    let block = directories(
        &[(
            None,
            &[
                (0x010F, 2, b"Kamera\0"),
                (0x0103, 3, &[0, 6]),
                (0x8649, 7, photoshop),
                (0x02BC, 1, b"<x:xmpmeta/>"),
            ],
        )],
        &[0; 4],
    );
    let kept = kept(block).0.unwrap();
    assert!(holds(&kept, b"Kamera") && !holds(&kept, b"THUMBS") && !holds(&kept, b"xmpmeta"));
    let tags: Vec<u16> = parse(&kept).unwrap().iter().map(|field| field.tag.number()).collect();
    assert_eq!(tags, [0x010F]);
}

#[test]
fn the_preview_in_the_maker_s_notes_goes_when_the_picture_was_edited() {
    let preview = b"\xFF\xD8\xFF\xC0\0\x04xy\xFF\xDA\0\x03aSHARP\xFF\xD9";
    let note = [b"Maker\0II*\0", &preview[..], b"settings"].concat();
    let block =
        directories(&[(None, &[(0x010F, 2, b"Kamera\0")]), (Some(EXIF_IFD), &[(0x927C, 7, &note)])], &[0; 4]);
    let untouched = Described { edited: false, ..through(Orientation::NoTransforms, "blur=1") };
    let mut warnings = Vec::new();
    assert!(holds(&carried(block.clone(), &untouched, &mut warnings).unwrap(), b"SHARP"));
    assert_eq!(warnings, Vec::<String>::new());
    let (edited, warnings) = kept(block.clone());
    let edited = edited.unwrap();
    assert!(!holds(&edited, b"SHARP") && holds(&edited, b"settings"));
    assert_eq!((edited.len(), warnings.len()), (block.len(), 1));
}

#[test]
fn pictures_in_any_field_go_when_the_picture_was_edited() {
    let picture = small_picture(b"SECRET");
    let code = base64(&picture);
    let private = [b"Own\0", &picture[..], b"settings"].concat();
    let comment = [b"ASCII\0\0\0", code.as_bytes()].concat();
    let wide: Vec<u8> = code.bytes().flat_map(|letter| [letter, 0]).collect();
    let block = directories(
        &[
            (None, &[(0x010F, 2, b"Kamera\0"), (0x9C9C, 1, &wide), (0xC5E0, 7, &private)]),
            (Some(EXIF_IFD), &[(0x9003, 2, b"2024:02:29 12:00:00\0"), (0x9286, 7, &comment)]),
            (Some(GPS_IFD), &[(0x0012, 2, b"WGS-84\0"), (0x001B, 7, &private)]),
        ],
        &[0; 4],
    );
    let untouched = Described { edited: false, ..through(Orientation::NoTransforms, "blur=1") };
    let mut warnings = Vec::new();
    assert_eq!(carried(block.clone(), &untouched, &mut warnings), Some(block.clone()));
    assert_eq!(warnings, Vec::<String>::new());
    let (edited, warnings) = kept(block);
    let edited = edited.unwrap();
    assert_eq!(warnings, [pictures::IN_EXIF]);
    for gone in [&b"SECRET"[..], &code.as_bytes()[16..28], &wide[20..40], b"settings"] {
        assert!(!holds(&edited, gone));
    }
    let tags: Vec<u16> = parse(&edited).unwrap().iter().map(|field| field.tag.number()).collect();
    assert_eq!(tags, [0x010F, 0x9003, 0x0012]);
}

#[test]
fn a_field_that_leads_into_the_middle_of_a_picture_goes_with_it() {
    let picture = small_picture(b"SECRET, as far as the end of it");
    let (front, rest) = picture.split_at(13);
    let block = |rest: &[u8]| {
        let mut block = b"MM\0*\0\0\0\0".to_vec();
        block.extend(front);
        let place = block.len() as u32;
        block.extend(rest);
        let first = block.len() as u32;
        let entry = |tag: u16, kind: u8, count: u32, value: [u8; 4]| {
            [&tag.to_be_bytes()[..], &[0, kind], &count.to_be_bytes(), &value].concat()
        };
        block.extend([0, 2]);
        block.extend(entry(0x010F, 2, 2, *b"K\0\0\0"));
        block.extend(entry(0xC5E0, 7, rest.len() as u32, place.to_be_bytes()));
        block.extend([0; 4]);
        block[4..8].copy_from_slice(&first.to_be_bytes());
        block
    };
    let (edited, warnings) = kept(block(rest));
    let edited = edited.unwrap();
    assert!(!holds(&edited, b"SECRET") && !holds(&edited, b"end of it"));
    assert_eq!(parse(&edited).unwrap().iter().count(), 1);
    assert!(warnings.contains(&pictures::IN_EXIF.to_owned()), "{warnings:?}");
    // One that was cut off ends where the next value begins.
    let (edited, _) = kept(block(b"a field that has nothing to do with what stands in front of it"));
    assert!(holds(&edited.unwrap(), b"a field that has nothing"));
}

#[test]
fn a_block_of_values_that_lie_in_one_another_takes_no_time() {
    let picture = small_picture(b"SECRET");
    let data = [picture.repeat(1_000), b"and nothing else".repeat(10_000)].concat();
    let mut fields: Vec<TestEntry<'_>> = (1..3_000).map(|tag| (0xD000 + tag, 7, &b"12345"[..])).collect();
    fields.insert(0, (0x010F, 2, b"Kamera\0"));
    let mut block = directories(&[(None, &fields)], &[0; 4]);
    let first = u32::from_be_bytes(*block[4..].first_chunk().unwrap()) as usize + 2;
    let at = block.len() as u32;
    block.extend(&data);
    for (index, entry) in block[first..].chunks_mut(12).take(3_000).enumerate().skip(1) {
        entry[4..8].copy_from_slice(&(data.len() as u32 - index as u32).to_be_bytes());
        entry[8..12].copy_from_slice(&(at + index as u32).to_be_bytes());
    }
    let (edited, warnings) = kept(block);
    let edited = edited.unwrap();
    assert!(!holds(&edited, b"SECRET") && holds(&edited, b"Kamera"));
    assert!(warnings.iter().any(|warning| warning == pictures::IN_EXIF));
}

#[test]
fn notes_that_are_sealed_go_as_a_whole() {
    let note = b"HDRP\x02 what nobody can read";
    let block =
        directories(&[(None, &[(0x010F, 2, b"Google\0")]), (Some(EXIF_IFD), &[(0x927C, 7, note)])], &[0; 4]);
    let (edited, warnings) = kept(block);
    assert!(!has_maker_note(&edited.unwrap()));
    assert_eq!(warnings, [pictures::IN_EXIF]);
}

#[test]
fn small_versions_that_the_first_directory_leads_to_are_overwritten() {
    let mut block = directories(&[(None, &[(0x010F, 2, b"Kamera\0"), (0x014A, 4, &[0; 4])])], &[0; 4]);
    let at = (block.len() as u32).to_be_bytes();
    let entry =
        |tag: u16, value: u32| [&tag.to_be_bytes()[..], &[0, 4, 0, 0, 0, 1], &value.to_be_bytes()].concat();
    let pixels = block.len() as u32 + 2 + 2 * 12 + 4;
    block.extend([&[0, 2][..], &entry(0x0111, pixels), &entry(0x0117, 10), &[0; 4], b"RAW PIXELS"].concat());
    let leads = block.windows(4).position(|entry| entry == [0x01, 0x4A, 0, 4]).unwrap();
    block[leads + 8..leads + 12].copy_from_slice(&at);
    let kept = kept(block).0.unwrap();
    assert!(holds(&kept, b"Kamera") && !holds(&kept, b"RAW"));
}
