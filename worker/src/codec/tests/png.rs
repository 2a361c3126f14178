//! PNGs whose pixels are all there though something about them is wrong, made here chunk by chunk.

use std::io::Write;

use super::whole_pictures::{chunks, png};
use super::*;
use crate::codec::palette::STRANGE_COLORS;

type MadeChunk = ([u8; 4], Vec<u8>);

/// Image data of these rows, each behind its filter.
fn packed(rows: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(rows).unwrap();
    packed.finish().unwrap()
}

/// Four pixels wide.
fn header(height: u8, depth: u8, color: u8, is_interlaced: bool) -> MadeChunk {
    (*b"IHDR", vec![0, 0, 0, 4, 0, 0, 0, height, depth, color, 0, 0, is_interlaced.into()])
}

/// PNG, third edition, 11.3.2.1: of a level for two bits, only the low two count.
#[test]
fn a_transparent_level_counts_with_the_bits_of_its_samples() {
    // Of two bits, 0 to 3.
    let data = packed(&[0, 0b0001_1011]);
    for level in [1u16, 0xFD, 0xFF01] {
        let file = png(&[
            header(1, 2, 0, false),
            (*b"tRNS", level.to_be_bytes().to_vec()),
            (*b"IDAT", data.clone()),
            (*b"IEND", vec![]),
        ]);
        let found = decoded(&file);
        let alpha: Vec<u8> = eight_bit(&found.picture).chunks(2).map(|pixel| pixel[1]).collect();
        assert_eq!((alpha, found.warnings), (vec![255, 0, 255, 255], vec![]), "{level:X}");
    }
}

/// Files of every kind that decoders treat in their own way.
fn kinds() -> Vec<(String, Vec<u8>)> {
    let channels = ALL_CHANNELS.into_iter().flat_map(|channels| [(channels, false), (channels, true)]);
    let written = channels.map(|(channels, deep)| {
        let file = encoded(&gradient(channels, deep, 40, 30), Format::Png, 85);
        (format!("{channels:?} {deep}"), file)
    });
    let palette = include_bytes!("../../../tests/fixtures/palette.png").to_vec();
    let interlaced = include_bytes!("../../../tests/fixtures/interlaced16.png").to_vec();
    let bilevel = include_bytes!("../../../tests/fixtures/bilevel.png").to_vec();
    let others = [("palette", palette), ("interlaced", interlaced), ("bilevel", bilevel)];
    written.chain(others.map(|(name, file)| (name.to_owned(), file))).collect()
}

/// The same file with its image data in one part, changed.
fn with_data(file: &[u8], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut parts = chunks(file);
    let mut data: Vec<u8> =
        parts.iter().filter(|part| part.0 == *b"IDAT").flat_map(|part| part.1.clone()).collect();
    change(&mut data);
    let at = parts.iter().position(|part| part.0 == *b"IDAT").unwrap();
    parts.retain(|part| part.0 != *b"IDAT");
    parts.insert(at, (*b"IDAT", data));
    png(&parts)
}

#[test]
fn a_wrong_checksum_within_right_image_data_is_named() {
    for (name, file) in kinds() {
        let whole = decoded(&file);
        assert_eq!(whole.warnings, Vec::<String>::new(), "{name}");
        let wrong = with_data(&file, |data| *data.last_mut().unwrap() ^= 1);
        let missing = with_data(&file, |data| data.truncate(data.len() - 4));
        for file in [wrong, missing] {
            let found = decoded(&file);
            assert_eq!(found.picture, whole.picture, "{name}");
            let said = "the checksum within the image data is wrong or missing, though all pixels are there";
            assert_eq!(found.warnings, [said], "{name}");
        }
        // Bytes behind it mean nothing.
        let longer = with_data(&file, |data| data.extend(b"behind"));
        assert_eq!((decoded(&longer).picture, decoded(&longer).warnings), (whole.picture, vec![]), "{name}");
    }
}

#[test]
fn rows_that_a_picture_has_no_room_for_are_named() {
    let rows = |count: u8| packed(&(0..count).flat_map(|y| [0, y, y, y, y]).collect::<Vec<u8>>());
    let file = |height: u8, count: u8| {
        png(&[header(height, 8, 0, false), (*b"IDAT", rows(count)), (*b"IEND", vec![])])
    };
    assert_eq!(decoded(&file(3, 3)).warnings, Vec::<String>::new());
    let short = decoded(&file(3, 6));
    assert_eq!(short.picture, decoded(&file(3, 3)).picture);
    let said = "there is more image data than the picture has room for: look whether it is whole";
    assert_eq!(short.warnings, [said]);
    assert_eq!(kind(&file(6, 3)), ErrorKind::Truncated);
}

#[test]
fn numbers_that_no_colour_has_are_named() {
    let colors = |count: usize| (*b"PLTE", [200, 100, 50].repeat(count));
    let file = |depth: u8, count: usize, is_interlaced, rows: &[u8]| {
        let data = (*b"IDAT", packed(rows));
        png(&[header(1, depth, 3, is_interlaced), colors(count), data, (*b"IEND", vec![])])
    };
    for (depth, count, rows) in [
        (8, 4, &[0, 0, 1, 2, 3][..]),
        (4, 4, &[0, 0x01, 0x23]),
        (2, 4, &[0, 0b0001_1011]),
        (1, 2, &[0, 0b0101_0000]),
    ] {
        assert_eq!(decoded(&file(depth, count, false, rows)).warnings, Vec::<String>::new(), "{depth}");
        let found = decoded(&file(depth, count - 1, false, rows));
        assert_eq!(found.warnings, [STRANGE_COLORS], "{depth}");
        assert_eq!(eight_bit(&found.picture)[..3], [200, 100, 50]);
        let strange = eight_bit(&found.picture).chunks(3).filter(|pixel| *pixel == [0, 0, 0]).count();
        assert_eq!(strange, if depth == 1 { 2 } else { 1 }, "{depth}");
    }
    // Interlaced: the first pixel, the third, then the second and the fourth.
    let passes = [0, 0, 0, 2, 0, 1, 3];
    assert_eq!(decoded(&file(8, 4, true, &passes)).warnings, Vec::<String>::new());
    let found = decoded(&file(8, 3, true, &passes));
    assert_eq!(found.warnings, [STRANGE_COLORS]);
    assert_eq!(eight_bit(&found.picture)[6..], [200, 100, 50, 0, 0, 0]);
    // What fills up the last byte of a row counts for nothing.
    assert_eq!(decoded(&file(1, 1, false, &[0, 0x0F])).warnings, Vec::<String>::new());
    let none = png(&[header(1, 8, 3, false), (*b"IDAT", packed(&[0; 5])), (*b"IEND", vec![])]);
    assert_eq!(kind(&none), ErrorKind::Corrupt);
}

/// The specification of APNG: a frame in the place of the picture has its size.
#[test]
fn a_first_frame_of_another_size_is_read_as_the_picture() {
    let animated = include_bytes!("../../../tests/fixtures/animated.png");
    let mut parts = chunks(animated);
    let frame = parts.iter_mut().find(|part| part.0 == *b"fcTL").unwrap();
    frame.1[7] -= 1;
    let found = decoded(&png(&parts));
    assert_eq!((found.picture, found.warnings), (decoded(animated).picture, decoded(animated).warnings));
}
