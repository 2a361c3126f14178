//! JPEG XL, from files that libjxl's `cjxl` made.

use super::*;

/// A codestream that is a header alone: this edge, square, and a default for all else (ISO/IEC 18181-1, D.2
/// and D.3; bits from the lowest on).
pub(super) fn huge(edge: u32) -> Vec<u8> {
    let length = u128::from(edge - 1);
    // Not small; a height of 30 bits; no ratio; a width of 30 bits; twice the default.
    let bits = 3 << 1 | length << 3 | 3 << 36 | length << 38 | 3 << 68;
    [&[0xFF, 0x0A], &bits.to_le_bytes()[..9]].concat()
}

#[test]
fn without_loss_it_is_the_picture() {
    let decoded = decoded(include_bytes!("../../../tests/fixtures/lossless.jxl"));
    assert_eq!(eight_bit(&decoded.picture), fixture());
    assert_eq!(decoded.warnings, Vec::<String>::new());
    let icc = decoded.metadata.icc.unwrap();
    let mut converted = decoded.picture.clone();
    color::to_srgb(&mut converted, &icc).unwrap();
    assert_eq!(converted, decoded.picture, "the profile says sRGB");
}

/// The header of this file ends close to its 128th byte, where one look at it ends.
#[test]
fn a_header_may_end_anywhere() {
    let decoded = decoded(include_bytes!("../../../tests/fixtures/edge.jxl"));
    assert_eq!(eight_bit(&decoded.picture), fixture());
}

#[test]
fn transparency_and_depth_are_kept() {
    let clear = decoded(include_bytes!("../../../tests/fixtures/alpha.jxl")).picture;
    assert_eq!(clear.channels, Channels::Rgba);
    for (index, pixel) in eight_bit(&clear).chunks(4).enumerate() {
        assert_eq!(pixel[..3], fixture_pixel(index));
        assert_eq!(pixel[3], pixel[0]);
    }
    let deep = decoded(include_bytes!("../../../tests/fixtures/deep.jxl")).picture;
    let expected = (0..24 * 16).map(|index| {
        let red = (index % 24 * 10) as u16;
        red * 256 + (red + 1) % 256
    });
    assert_eq!((deep.channels, deep.samples), (Channels::Grey, Samples::U16(expected.collect())));
}

#[test]
fn a_turned_photo_comes_out_upright_once_with_its_metadata() {
    let file = include_bytes!("../../../tests/fixtures/turned.jxl");
    let decoded = decoded(file);
    assert_eq!(decoded.header.size, Size { width: 96, height: 64 });
    assert_eq!(decoded.header.orientation, Orientation::NoTransforms);
    let at = |x: usize, y: usize| &eight_bit(&decoded.picture)[(y * 96 + x) * 3..][..3];
    for (pixel, expected) in [
        (at(1, 1), [0u8, 0, 99]),
        (at(94, 1), [230, 0, 99]),
        (at(1, 62), [0, 225, 99]),
        (at(94, 62), [230, 225, 99]),
    ] {
        assert!(
            pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 12),
            "{pixel:?}, expected {expected:?}"
        );
    }
    let facts = exif::read(&decoded.metadata.exif.unwrap());
    assert_eq!(
        (decoded.header.orientation, facts.camera.as_deref()),
        (Orientation::NoTransforms, Some("camera"))
    );
    assert_eq!(decoded.metadata.xmp.as_deref(), Some(&b"<x:xmpmeta/>"[..]));
}

#[test]
fn of_an_animation_the_first_frame_is_kept() {
    let decoded = decoded(include_bytes!("../../../tests/fixtures/animated.jxl"));
    assert_eq!(decoded.warnings, ["animation: only the first frame was kept"]);
    assert_eq!(eight_bit(&decoded.picture)[..3], [255, 0, 0]);
}

#[test]
fn compressed_metadata_does_not_unpack_without_end() {
    // 68 MiB of zeros as Brotli (RFC 7932), by Google's encoder.
    let zeros = b"\xcf\xff\xff\x7f\x00\x24\x00\xe2\xb1\x40\x72\xef\xff\xf9\xff\xff\x0f\x80\x04\x40\x1c\x16\
        \x80\xee\
        \xfd\x3f\xff\xff\xff\x01\x90\x00\x88\xc3\x02\xd0\xbd\xff\xe7\xff\xff\x3f\x00\x12\x00\x71\x58\x00\
        \xba\xf7\xff\xf9\
        \xff\xff\x03\x40\x02\x20\x0e\x0b\x40\xf7\xfe\x07";
    let picture = include_bytes!("../../../tests/fixtures/lossless.jxl");
    let sized =
        |kind: &[u8], content: &[u8]| [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat();
    let container =
        [&b"\0\0\0\x0CJXL \r\n\x87\n"[..], &sized(b"ftyp", b"jxl \0\0\0\0jxl "), &sized(b"jxlc", picture)]
            .concat();
    assert_eq!(eight_bit(&decoded(&container).picture), fixture());
    let bomb = [&container[..], &sized(b"brob", &[b"xml ", &zeros[..]].concat())].concat();
    let damaged = |what: &str, file: &[u8], note: &str| {
        let found = decoded(file);
        assert_eq!(eight_bit(&found.picture), fixture(), "{what}");
        assert_eq!((found.metadata.exif, found.metadata.xmp), (None, None), "{what}");
        assert!(
            found.warnings.len() == 1 && found.warnings[0].contains(note),
            "{what}: {:?}",
            found.warnings
        );
    };
    damaged("a bomb", &bomb, "XMP");
    let with = |rest: &[u8]| [&container[..], rest].concat();
    let tiff = b"II*\0\x08\0\0\0\0\0\0\0\0\0";
    let exif = |distance: &[u8]| sized(b"Exif", &[distance, tiff].concat());
    damaged("broken XMP", &with(&sized(b"brob", b"xml \xFF\xFF\xFF\xFF\xFF\xFF")), "XMP");
    damaged("broken EXIF", &with(&sized(b"brob", b"Exif\xFF\xFF\xFF\xFF\xFF\xFF")), "EXIF");
    damaged("a box that is cut", &with(&exif(&[0; 4])[..12]), "behind the picture");
    damaged("stray bytes", &with(b"\0\0\0"), "behind the picture");
    damaged("no TIFF in EXIF", &with(&sized(b"Exif", b"\0\0\0\x09nothing")), "EXIF");
    // Where the distance is wrong, it is found all the same.
    let found = decoded(&with(&exif(b"\0\0\x10\0")));
    assert_eq!(found.metadata.exif.as_deref(), Some(&tiff[..]));
    assert_eq!(kind(&container[..container.len() - 20]), ErrorKind::Truncated);
}

#[test]
fn of_compressed_metadata_the_first_counts_and_nothing_else_is_unpacked() {
    let boxed =
        |kind: &[u8], content: &[u8]| [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat();
    let picture = include_bytes!("../../../tests/fixtures/lossless.jxl");
    let broken = |kind: &[u8]| boxed(b"brob", &[kind, &b"\xFF\xFF\xFF\xFF\xFF\xFF"[..]].concat());
    // Each would be corrupt if it were unpacked; the codestream is never compressed.
    let file = [
        &b"\0\0\0\x0CJXL \r\n\x87\n"[..],
        &boxed(b"xml ", b"<first/>"),
        &broken(b"xml "),
        &broken(b"jxlp"),
        &broken(b"free"),
        &boxed(b"jxlc", picture),
        &boxed(b"xml ", b"<second/>"),
    ]
    .concat();
    let decoded = decoded(&file);
    assert_eq!(eight_bit(&decoded.picture), fixture());
    assert_eq!(decoded.metadata.xmp.as_deref(), Some(&b"<first/>"[..]));
}

#[test]
fn a_second_block_is_named_if_it_differs() {
    let boxed =
        |kind: &[u8], content: &[u8]| [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat();
    let picture = include_bytes!("../../../tests/fixtures/lossless.jxl");
    let extras = |first: &[u8], second: &[u8]| {
        let start = [&b"\0\0\0\x0CJXL \r\n\x87\n"[..], &boxed(b"jxlc", picture)].concat();
        decoded(&[&start, first, second].concat()).metadata.extras
    };
    let plain = |content: &[u8]| boxed(b"xml ", content);
    // As Brotli (RFC 7932, 9): so many bytes that are not packed, and the end.
    let packed = |content: &[u8]| {
        let head = (content.len() as u32 - 1) << 4 | 1 << 20;
        boxed(b"brob", &[b"xml ", &head.to_le_bytes()[..3], content, b"\x03"].concat())
    };
    let (one, other) = (b"<one/>", b"<other/>");
    assert_eq!(extras(&plain(one), &plain(one)), []);
    assert_eq!(extras(&plain(one), &packed(one)), []);
    assert_eq!(extras(&packed(one), &plain(one)), []);
    for second in [plain(other), packed(other)] {
        assert_eq!(extras(&plain(one), &second), [Extra::of(ExtraKind::SecondBlock)]);
    }
}

#[test]
fn what_else_a_container_holds_is_named() {
    let boxed =
        |kind: &[u8], content: &[u8]| [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat();
    let picture = include_bytes!("../../../tests/fixtures/lossless.jxl");
    let found = |boxes: &[Vec<u8>]| {
        let start = [&b"\0\0\0\x0CJXL \r\n\x87\n"[..], &boxed(b"jxlc", picture)].concat();
        decoded(&[start, boxes.concat()].concat())
    };
    // As Brotli (RFC 7932, 9): so many bytes that are not packed, and the end.
    let credentials = jumbf::testing::CREDENTIALS;
    let head = (credentials.len() as u32 - 1) << 4 | 1 << 20;
    let packed = [&head.to_le_bytes()[..3], credentials, b"\x03"].concat();
    let silent = found(&[boxed(b"jxli", b"?"), boxed(b"jbrd", b"?"), boxed(b"free", b"?")]);
    assert_eq!((silent.metadata.extras, silent.lost_map), (vec![], None));
    let named = found(&[
        boxed(b"Exif", b"\0\0\0\0II*\0one"),
        boxed(b"brob", &[b"jumb", &packed[..]].concat()),
        boxed(b"jumb", jumbf::testing::OTHER),
        boxed(b"abcd", b"?"),
        boxed(b"brob", b"efgh?"),
        boxed(b"Exif", b"\0\0\0\0II*\0two"),
        boxed(b"jhgm", b"?"),
    ]);
    let names = ["JUMBF data", "abcd", "efgh"].map(|name| (0, name.into()));
    let parts = Extra { kind: ExtraKind::Parts, segments: names.to_vec() };
    let kinds = [ExtraKind::SecondBlock, ExtraKind::Credentials].map(Extra::of);
    assert_eq!(named.metadata.extras, [&kinds[..], &[parts]].concat());
    assert_eq!(
        (named.metadata.exif.as_deref(), named.lost_map),
        (Some(&b"II*\0one"[..]), Some(LostMap::Unread))
    );
}

#[test]
fn what_stands_behind_the_last_frame_is_named() {
    for file in [
        &include_bytes!("../../../tests/fixtures/lossless.jxl")[..],
        include_bytes!("../../../tests/fixtures/edge.jxl"),
        include_bytes!("../../../tests/fixtures/alpha.jxl"),
        include_bytes!("../../../tests/fixtures/animated.jxl"),
        include_bytes!("../../../tests/fixtures/deep.jxl"),
    ] {
        // Only a bare codestream may go on.
        if file.starts_with(b"\xFF\x0A") {
            let with = |behind: &[u8]| decoded(&[file, behind].concat()).metadata.extras;
            assert_eq!((with(b""), with(b"\r\n")), (vec![], vec![]));
            assert_eq!(with(b"a note that somebody appended"), [Extra::of(ExtraKind::Unknown)]);
            assert_eq!(with(b"\xFF\xD8\xFF and another picture"), [Extra::of(ExtraKind::Images)]);
        }
    }
}
