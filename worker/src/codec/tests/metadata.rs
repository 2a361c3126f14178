//! What stands beside the pixels comes back from a file, in each format's own way.

use super::*;

#[test]
fn metadata_comes_back() {
    let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let exif = b"II*\0\x08\0\0\0\x01\0\x10\x01\x02\0\x04\0\0\0C\xC3\xA9\0\0\0\0\0".to_vec();
    let metadata = Metadata {
        icc: Some(icc),
        exif: Some(exif),
        xmp: Some(b"<x:xmpmeta/>".to_vec()),
        iptc: Some(b"\x1C\x02\x74\0\x03Ana".to_vec()),
        ..Metadata::default()
    };
    let with = |format, metadata: &Metadata| {
        let picture = gradient(Channels::Rgb, false, 9, 7);
        let file = encode(picture, format, &Output::default(), metadata, false, &mut Vec::new()).unwrap();
        decoded(&file).metadata
    };
    assert_eq!(with(Format::Jpeg, &metadata), metadata);
    let webp = with(Format::Webp, &metadata);
    assert_eq!(webp, Metadata { iptc: None, ..metadata.clone() });
    assert_eq!(with(Format::Png, &metadata), metadata);
    let tiff = with(Format::Tiff, &metadata);
    assert_eq!((tiff.icc, tiff.xmp, tiff.iptc), (metadata.icc, metadata.xmp, metadata.iptc));
    assert_eq!(exif::read(&tiff.exif.unwrap()).camera.as_deref(), Some("Cé"));
}

#[test]
fn the_profile_of_a_tiff_is_of_no_type() {
    let metadata = Metadata { icc: Some(vec![1; 200]), ..Metadata::default() };
    let picture = gradient(Channels::Rgb, false, 9, 7);
    let file = encode(picture, Format::Tiff, &Output::default(), &metadata, false, &mut Vec::new()).unwrap();
    // Tag 34675, type 7, 200 bytes.
    assert!(file.windows(8).any(|entry| entry == [0x73, 0x87, 7, 0, 200, 0, 0, 0]));
}

#[test]
fn exif_is_read_with_the_prefix_that_only_jpeg_has() {
    let block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let prefixed = Metadata { exif: Some([b"Exif\0\0", &block[..]].concat()), ..Metadata::default() };
    for format in [Format::Png, Format::Webp] {
        let picture = gradient(Channels::Rgb, false, 9, 7);
        let output = Output::default();
        let file = encode(picture, format, &output, &prefixed, false, &mut Vec::new()).unwrap();
        let found = decoded(&file);
        assert_eq!(found.metadata.exif.as_ref(), Some(&block), "{format}");
        assert_eq!(found.header.orientation, Orientation::Rotate90, "{format}");
    }
}

#[test]
fn a_tiff_holds_when_and_where_and_how() {
    use ::exif::experimental::Writer;
    use ::exif::{Field, In, Reader, Tag, Value};
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    let fields = [
        field(Tag::ExposureTime, Value::Rational(vec![(1, 250).into()])),
        field(Tag::DateTimeOriginal, Value::Ascii(vec![b"2024:02:29 12:00:00".to_vec()])),
        field(Tag::ExifVersion, Value::Undefined(b"0232".to_vec(), 0)),
        field(Tag::ExposureBiasValue, Value::SRational(vec![(-2, 3).into()])),
        field(Tag::GPSLatitudeRef, Value::Ascii(vec![b"N".to_vec()])),
        field(Tag::GPSLatitude, Value::Rational(vec![(40, 1).into(), (25, 1).into(), (6009, 100).into()])),
    ];
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, false).unwrap();
    let metadata = Metadata { exif: Some(block.into_inner()), ..Metadata::default() };
    let mut warnings = Vec::new();
    let picture = gradient(Channels::Rgb, false, 9, 7);
    let file =
        encode(picture.clone(), Format::Tiff, &Output::default(), &metadata, false, &mut warnings).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    let decoded = decoded(&file);
    assert_eq!(decoded.picture, picture);
    let kept = Reader::new().read_raw(decoded.metadata.exif.unwrap()).unwrap();
    for field in &fields {
        let value = kept.get_field(field.tag, In::PRIMARY).unwrap().display_value().to_string();
        assert_eq!(value, field.display_value().to_string(), "{}", field.tag);
    }
}

/// Readers that go by the container's header did not see XMP: its flag was not set.
#[test]
fn a_webp_says_in_its_header_that_it_has_xmp() {
    let xmp = Some(b"<x:xmpmeta/>".to_vec());
    let icc = color::srgb(Channels::Rgb);
    for metadata in
        [Metadata { xmp: xmp.clone(), icc, ..Metadata::default() }, Metadata { xmp, ..Metadata::default() }]
    {
        let picture = gradient(Channels::Rgb, false, 9, 7);
        let webp =
            encode(picture, Format::Webp, &Output::default(), &metadata, false, &mut Vec::new()).unwrap();
        // The flags are the first byte of the chunk VP8X; XMP is bit 2 (RFC 9649, 2.7).
        assert_eq!(&webp[12..16], b"VP8X");
        assert_eq!(webp[20] & 4, 4);
        assert_eq!(decoded(&webp).metadata, metadata);
    }
}

#[test]
fn what_a_webp_cannot_carry_is_named() {
    let metadata = Metadata { iptc: Some(vec![0x1C]), ..Metadata::default() };
    let mut warnings = Vec::new();
    let picture = gradient(Channels::Rgb, false, 9, 7);
    encode(picture, Format::Webp, &Output::default(), &metadata, false, &mut warnings).unwrap();
    assert_eq!(warnings, ["a WebP has no place for IPTC, which was left out"]);
}

/// A block with an orientation that is none of the usual ones.
fn turned() -> Vec<u8> {
    b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec()
}

#[test]
fn a_webp_without_an_extended_header_may_have_metadata_behind_its_picture() {
    let picture = gradient(Channels::Rgb, false, 9, 7);
    let bare = encoded(&picture, Format::Webp, 85);
    assert_eq!(&bare[12..16], b"VP8 ");
    let chunk = |name: &[u8]| [name, &(turned().len() as u32).to_le_bytes(), &turned()].concat();
    for name in [b"EXIF", b"exif"] {
        let mut within = [&bare[..], &chunk(name)].concat();
        let size = (within.len() as u32 - 8).to_le_bytes();
        within[4..8].copy_from_slice(&size);
        for webp in [within, [&bare[..], &chunk(name)].concat()] {
            let found = decoded(&webp);
            assert_eq!(found.metadata.exif, Some(turned()));
            assert_eq!((found.header.orientation, found.warnings), (Orientation::Rotate90, vec![]));
        }
    }
    // The header tells of metadata that only their spelling hides from its reader.
    let metadata = Metadata { exif: Some(turned()), ..Metadata::default() };
    let mut spelt =
        encode(picture, Format::Webp, &Output::default(), &metadata, false, &mut Vec::new()).unwrap();
    let at = spelt.windows(4).position(|name| name == b"EXIF").unwrap();
    spelt[at..at + 4].copy_from_slice(b"Exif");
    let found = decoded(&spelt);
    assert_eq!((found.metadata.exif, found.warnings), (Some(turned()), vec![]));
}

#[test]
fn a_png_may_have_exif_behind_its_end_and_the_first_one_counts() {
    let chunk = |content: &[u8]| {
        let named = [b"eXIf", content].concat();
        let checksum = crc32fast::hash(&named).to_be_bytes();
        [&(content.len() as u32).to_be_bytes()[..], &named, &checksum].concat()
    };
    let picture = gradient(Channels::Rgb, false, 9, 7);
    let bare = encoded(&picture, Format::Png, 85);
    let behind = decoded(&[&bare[..], &chunk(&turned())].concat());
    assert_eq!((behind.metadata.exif, behind.warnings), (Some(turned()), vec![]));
    assert_eq!((behind.header.orientation, behind.picture), (Orientation::Rotate90, picture));
    let other = [&turned()[..], b"more"].concat();
    // Behind signature and header, and behind the end.
    let (head, rest) = bare.split_at(33);
    let twice = decoded(&[head, &chunk(&other), rest, &chunk(&turned())].concat());
    assert_eq!(twice.metadata.exif, Some(other));
    assert_eq!(twice.metadata.extras, [Extra::of(ExtraKind::SecondBlock)]);
}

#[test]
fn of_texts_without_end_the_first_are_kept_and_the_others_named() {
    let kept = |comments: String| {
        let metadata = decoded(format!("P5\n{comments}1 1\n255\na").as_bytes()).metadata;
        let named = metadata.extras.iter().flat_map(|extra| &extra.segments).map(|(_, name)| name.clone());
        (metadata.texts.len(), named.collect::<Vec<_>>())
    };
    assert_eq!(kept("# Ana\n".repeat(1000)), (1000, vec![]));
    assert_eq!(kept("# Ana\n".repeat(1007)), (1000, vec![b"texts beyond the first 1000".to_vec()]));
    let long = format!("#{}\n", "a".repeat(9 << 20));
    assert_eq!(kept(long.repeat(2)), (1, vec![b"texts beyond the first 1".to_vec()]));
    let too_long = format!("#{}\n", "a".repeat(17 << 20));
    assert_eq!(kept(too_long), (0, vec![b"texts, of which the first is too long".to_vec()]));
}
