//! TIFF in all the ways that scanners, fax machines and programs store it. The files are put together here,
//! from pixels that a formula gives.

mod damage;
mod floats;
mod inks;
mod made;
mod pages;

use std::io::Write;

use self::made::MadeTiff;
use self::made::TagValues::{Bytes, Fractions, Longs, One, Shorts};
use super::*;

const WIDTH: u32 = 23;
const HEIGHT: u32 = 14;

/// A sample of the picture that all files here hold: smooth, and never the same as its neighbour.
fn level(x: u32, y: u32, channel: u32) -> u8 {
    (x * 9 + y * 5 + channel * 40) as u8
}

/// The rows `from..to` with so many channels.
fn rows(range: std::ops::Range<u32>, channels: u32) -> Vec<u8> {
    let places = range.flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
    places.flat_map(|(x, y)| (0..channels).map(move |c| level(x, y, c))).collect()
}

/// The picture in strips of five rows.
fn strips(channels: u32) -> Vec<Vec<u8>> {
    (0..HEIGHT).step_by(5).map(|y| rows(y..HEIGHT.min(y + 5), channels)).collect()
}

fn rgb() -> MadeTiff {
    MadeTiff::new((WIDTH, HEIGHT), &[8; 3], 2, strips(3)).with(278, Longs(vec![5]))
}

fn packed(made: &MadeTiff, compression: u16, pack: impl Fn(&[u8]) -> Vec<u8>) -> MadeTiff {
    let chunks = made.chunks.iter().map(|chunk| pack(chunk)).collect();
    MadeTiff { chunks, ..made.clone() }.with(259, Shorts(vec![compression]))
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lzw(bytes: &[u8]) -> Vec<u8> {
    weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8).encode(bytes).unwrap()
}

fn pack_bits(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks(100).flat_map(|part| [&[part.len() as u8 - 1][..], part].concat()).collect()
}

/// A JPEG stream of these pixels.
fn jpeg(pixels: &[u8], channels: Channels) -> Vec<u8> {
    let height = (pixels.len() / channels.count()) as u32 / WIDTH;
    let picture =
        Picture { size: Size { width: WIDTH, height }, channels, samples: Samples::U8(pixels.to_vec()) };
    encoded(&picture, Format::Jpeg, 98)
}

fn picture(made: &MadeTiff) -> Picture {
    decoded(&made.file()).picture
}

fn whole(made: &MadeTiff) -> Vec<u8> {
    eight_bit(&picture(made)).to_vec()
}

/// One of each compression, by name; all but JPEG lose nothing.
fn compressed() -> Vec<(&'static str, MadeTiff)> {
    let as_jpeg = |chunk: &[u8]| jpeg(chunk, Channels::Rgb);
    vec![
        ("plain", rgb()),
        ("packbits", packed(&rgb(), 32_773, pack_bits)),
        ("lzw", packed(&rgb(), 5, lzw)),
        ("deflate", packed(&rgb(), 8, zlib)),
        ("jpeg", packed(&rgb(), 7, as_jpeg).with(262, Shorts(vec![6]))),
    ]
}

#[test]
fn the_orientation_counts_whatever_its_type() {
    let digit = u32::from(b'6');
    // Of bytes, a text, shorts, longs, and BigTIFF's.
    let types = [(1, 1, 6), (2, 1, digit), (3, 2, 6), (4, 4, 6), (6, 1, 6), (7, 1, 6), (8, 2, 6), (9, 4, 6)];
    let orientation = |made: &MadeTiff| decoded(&made.file()).header.orientation;
    for (little_endian, big) in [(true, false), (false, false), (true, true), (false, true)] {
        for (kind, width, value) in types {
            let made = MadeTiff { little_endian, big, ..rgb() }.with(274, One(kind, width, value));
            assert_eq!(orientation(&made), Orientation::Rotate90, "{kind} {little_endian}");
        }
        // One that is none leaves the word to others.
        let packet = b"<x xmlns:t='http://ns.adobe.com/tiff/1.0/' t:Orientation='6'/>".to_vec();
        let made = MadeTiff { little_endian, big, ..rgb() }.with(274, Shorts(vec![0]));
        assert_eq!(orientation(&made), Orientation::NoTransforms);
        assert_eq!(orientation(&made.with(700, Bytes(packet))), Orientation::Rotate90);
    }
}

#[test]
fn every_compression_in_both_orders_and_widths() {
    let original = rows(0..HEIGHT, 3);
    for (name, made) in compressed() {
        for (little_endian, big) in [(true, false), (false, false), (true, true), (false, true)] {
            let found = whole(&MadeTiff { little_endian, big, ..made.clone() });
            let most = if name == "jpeg" { 12 } else { 0 };
            let worst = found.iter().zip(&original).map(|(a, b)| a.abs_diff(*b)).max();
            assert_eq!(found.len(), original.len(), "{name}");
            assert!(worst <= Some(most), "{name}: {worst:?}");
        }
    }
}

#[test]
fn data_beyond_the_picture_are_named_unless_they_fill_up_the_last_strip() {
    for (compression, pack) in [(5, lzw as fn(&[u8]) -> Vec<u8>), (32_773, pack_bits)] {
        for (strip, more, expected) in [(2, 0, &[][..]), (0, 3, &[error::LEFT_OVER]), (2, 69, &[])] {
            let mut made = rgb();
            made.chunks[strip].extend(vec![7; more]);
            let found = decoded(&packed(&made, compression, pack).file());
            assert_eq!(eight_bit(&found.picture), rows(0..HEIGHT, 3), "{compression}");
            assert_eq!(found.warnings, expected, "{compression}, {more}");
        }
    }
}

#[test]
fn the_way_the_pixels_are_cut_up_does_not_matter() {
    let original = rows(0..HEIGHT, 3);
    let whole_strip = MadeTiff::new((WIDTH, HEIGHT), &[8; 3], 2, vec![original.clone()]);
    let plane = |c: u32| {
        move |strip: &Vec<u8>| strip.iter().skip(c as usize).step_by(3).copied().collect::<Vec<u8>>()
    };
    let planes = (0..3).flat_map(|c| strips(3).iter().map(plane(c)).collect::<Vec<_>>()).collect();
    let planar = MadeTiff { chunks: planes, ..rgb() }.with(284, Shorts(vec![2]));
    // 16 × 16, two beside each other, with nonsense beyond the edges.
    let tile = |left: u32| {
        let places = (0..16).flat_map(|y| (0..16).map(move |x| (x + left, y)));
        let sample = |x, y, c| if x < WIDTH && y < HEIGHT { level(x, y, c) } else { 77 };
        places.flat_map(|(x, y)| (0..3).map(move |c| sample(x, y, c))).collect::<Vec<u8>>()
    };
    let tiled = MadeTiff::new((WIDTH, HEIGHT), &[8; 3], 2, vec![tile(0), tile(16)])
        .without(278)
        .with(322, Shorts(vec![16]))
        .with(323, Shorts(vec![16]));
    let reversed = |chunk: &[u8]| chunk.iter().map(|byte| byte.reverse_bits()).collect();
    for (what, made) in [
        ("strips", rgb()),
        ("no rows per strip", whole_strip.clone().without(278)),
        ("huge rows per strip", whole_strip.clone().with(278, Longs(vec![u32::MAX]))),
        ("no lengths", whole_strip.clone().with(279, Longs(vec![0]))),
        ("a wrong length", whole_strip.clone().with(279, Longs(vec![7]))),
        ("no lengths of strips", rgb().with(279, Longs(vec![0, 0, 0]))),
        ("no lengths of packed strips", packed(&rgb(), 5, lzw).with(279, Longs(vec![0, 0, 0]))),
        ("one number of bits for all", rgb().with(258, Shorts(vec![8]))),
        ("too many numbers of bits", rgb().with(258, Shorts(vec![8, 8, 8, 1]))),
        ("planes", planar.clone()),
        ("packed planes", packed(&planar, 8, zlib)),
        ("tiles", tiled.clone()),
        ("packed tiles", packed(&tiled, 32_773, pack_bits)),
        ("bits the other way around", packed(&rgb(), 1, reversed).with(266, Shorts(vec![2]))),
        (
            "packed bits the other way around",
            packed(&packed(&rgb(), 5, lzw), 5, reversed).with(266, Shorts(vec![2])),
        ),
    ] {
        assert_eq!(whole(&made), original, "{what}");
    }
    assert_eq!(kind(&rgb().with(273, Longs(vec![8, 0, 0])).file()), ErrorKind::Truncated);
    assert_eq!(kind(&rgb().with(273, Longs(vec![8])).file()), ErrorKind::Truncated);
}

#[test]
fn differences_to_the_left_are_added_up() {
    let less = |strip: &[u8], step: usize| -> Vec<u8> {
        let row = WIDTH as usize * step;
        strip
            .chunks(row)
            .flat_map(|row| {
                (0..row.len()).map(|at| row[at].wrapping_sub(if at < step { 0 } else { row[at - step] }))
            })
            .collect()
    };
    let predicted = packed(&rgb(), 8, |strip| zlib(&less(strip, 3))).with(317, Shorts(vec![2]));
    assert_eq!(whole(&predicted), rows(0..HEIGHT, 3));
    assert_eq!(kind(&predicted.with(317, Shorts(vec![3])).file()), ErrorKind::Unsupported);
}

#[test]
fn what_the_samples_mean() {
    let made = |bits: &[u16], photometric, pixels: &[u8]| {
        let bytes = bits.iter().map(|bits| usize::from(*bits)).sum::<usize>() / 8;
        let width = pixels.len().checked_div(bytes).unwrap_or(8) as u32;
        MadeTiff::new((width, 1), bits, photometric, vec![pixels.to_vec()])
    };
    let half = vec![(299, 1000), (587, 1000), (114, 1000)];
    // TIFF 6.0, section 21: 64 steps of chroma are 64 × 1.772 = 113 of blue, 64 × 0.344 = 22 less of green.
    for (what, made, expected) in [
        ("white is 0", made(&[8], 0, &[0, 255, 30]), vec![255, 0, 225]),
        ("grey of one bit", made(&[1], 1, &[0b1010_0000]), vec![255, 0, 255, 0, 0, 0, 0, 0]),
        ("grey and alpha", made(&[8, 8], 1, &[9, 100, 8, 200]), vec![9, 100, 8, 200]),
        ("grey with another sample", made(&[8, 8], 1, &[9, 1, 8, 2]).with(338, Shorts(vec![0])), vec![9, 8]),
        (
            "a mask behind the alpha",
            made(&[8; 5], 2, &[1, 2, 3, 4, 5]).with(338, Shorts(vec![2, 0])),
            vec![1, 2, 3, 4],
        ),
        (
            "colours and four masks",
            made(&[8; 7], 2, &[1, 2, 3, 4, 5, 6, 7]).with(338, Shorts(vec![0; 4])),
            vec![1, 2, 3],
        ),
        ("inks", made(&[8; 4], 5, &[102, 0, 51, 0, 0, 0, 0, 255]), vec![153, 255, 204, 0, 0, 0]),
        ("inks of 16 bits", made(&[16; 4], 5, &[0, 102, 0, 0, 0, 51, 0, 0]), vec![153, 255, 204]),
        (
            "luma and chroma",
            made(&[8; 3], 6, &[120, 128, 128, 120, 192, 128])
                .with(530, Shorts(vec![1, 1]))
                .with(529, Fractions(half)),
            vec![120, 120, 120, 120, 98, 233],
        ),
        (
            "shared chroma",
            made(&[8; 3], 6, &[10, 20, 30, 40, 128, 128, 0])
                .with(256, Longs(vec![2]))
                .with(257, Longs(vec![2]))
                .without(278),
            vec![10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40],
        ),
        (
            "associated alpha",
            made(&[8; 4], 2, &[60, 120, 0, 128, 7, 7, 7, 0]).with(338, Shorts(vec![1])),
            vec![120, 239, 0, 128, 0, 0, 0, 0],
        ),
        (
            "associated alpha and inks",
            made(&[8; 5], 5, &[51, 0, 26, 0, 128]).with(338, Shorts(vec![1])),
            vec![153, 255, 203, 128],
        ),
    ] {
        assert_eq!(whole(&made), expected, "{what}");
    }
    let palette: Vec<u16> = (0..48u16).map(|at| at % 16 * (at / 16 + 1) * 257).collect();
    let numbers = MadeTiff::new((5, 2), &[4], 3, vec![vec![0x01, 0x23, 0x40, 0xFE, 0xDC, 0xB0]]);
    let numbers = MadeTiff { big: true, ..numbers }.with(320, Shorts(palette));
    let expected = [0u8, 1, 2, 3, 4, 15, 14, 13, 12, 11];
    assert_eq!(whole(&numbers), expected.iter().flat_map(|i| [*i, 2 * i, 3 * i]).collect::<Vec<u8>>());
}

#[test]
fn colours_in_numbers_are_named_unless_they_are_those_of_srgb() {
    let said = |white: [u32; 2], primaries: [u32; 6]| {
        let thousandths = |numbers: &[u32]| Fractions(numbers.iter().map(|n| (*n, 1000)).collect());
        rgb().with(318, thousandths(&white)).with(319, thousandths(&primaries))
    };
    let srgb = [640, 330, 300, 600, 150, 60];
    let adobe = [640, 330, 210, 710, 150, 60];
    let icc = moxcms::ColorProfile::new_srgb().encode().unwrap();
    for (made, is_named) in [
        (said([313, 329], srgb), false),
        (said([313, 329], adobe), true),
        (said([346, 359], srgb), true),
        (said([0, 0], [0; 6]), false),
        (said([313, 329], adobe).with(34_675, Bytes(icc)), false),
    ] {
        let found = decoded(&made.file());
        assert_eq!(found.picture, picture(&rgb()));
        let note = "the file says in numbers (WhitePoint, PrimaryChromaticities) that its colours are not \
                    those of sRGB, which is not heeded";
        assert_eq!(found.warnings.iter().any(|warning| warning == note), is_named, "{:?}", found.warnings);
    }
    // Grey has neither.
    let grey = MadeTiff::new((WIDTH, HEIGHT), &[8], 1, strips(1)).with(278, Longs(vec![5]));
    let grey = grey.with(318, Fractions(vec![(346, 1000), (359, 1000)]));
    assert_eq!(decoded(&grey.file()).warnings, Vec::<String>::new());
}

#[test]
fn lab_colours_are_those_of_the_standard() {
    // CIE 15 with the white of D50, and IEC 61966-2-1: L 50 is a grey of 119, and (54.29, 80.81, 69.89) is
    // the red of sRGB with Bradford's transform.
    let close = |made: &MadeTiff, expected: [u8; 6]| {
        let found = whole(made);
        assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2), "{found:?}");
    };
    let lab = |photometric, pixels: Vec<u8>| MadeTiff::new((2, 1), &[8; 3], photometric, vec![pixels]);
    close(&lab(8, vec![128, 0, 0, 138, 81, 70]), [119, 119, 119, 255, 0, 0]);
    close(&lab(9, vec![128, 128, 128, 138, 209, 198]), [119, 119, 119, 255, 0, 0]);
    let deep = |photometric, pixels: [i32; 6]| {
        let bytes = pixels.iter().flat_map(|level| (*level as u16).to_le_bytes()).collect();
        let made = MadeTiff::new((2, 1), &[16; 3], photometric, vec![bytes]);
        Picture {
            samples: Samples::U16(match picture(&made).samples {
                Samples::U16(samples) => samples,
                Samples::U8(_) => panic!("8 bits"),
            }),
            ..picture(&made)
        }
        .into_8_bit()
    };
    for picture in [
        deep(8, [32_768, 0, 0, 35_579, 20_687, 17_892]),
        deep(9, [32_640, 32_768, 32_768, 35_440, 53_455, 50_660]),
    ] {
        let found = eight_bit(&picture);
        assert!(found.iter().zip([119, 119, 119, 255, 0, 0u8]).all(|(a, b)| a.abs_diff(b) <= 2), "{found:?}");
    }
}

#[test]
fn jpeg_streams_share_tables_and_say_nothing_of_their_colours() {
    // Cut apart at the frame header: the tables go to the directory.
    let strip = |chunk: &[u8]| jpeg(chunk, Channels::Rgb);
    let body = |jpeg: &[u8]| jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let first = strip(&rgb().chunks[0]);
    let jfif = 2 + 18;
    let tables = [&[0xFF, 0xD8], &first[jfif..body(&first)], &[0xFF, 0xD9]].concat();
    let abbreviated = packed(&rgb(), 7, |chunk| {
        let whole = strip(chunk);
        [&[0xFF, 0xD8], &whole[body(&whole)..]].concat()
    });
    let made = abbreviated.with(347, Bytes(tables)).with(262, Shorts(vec![6]));
    let near = |found: &[u8]| found.iter().zip(rows(0..HEIGHT, 3)).all(|(a, b)| a.abs_diff(b) <= 12);
    assert!(near(&whole(&made)));
    // Taken for colours, luma and chroma stay what they are: a grey picture has no chroma.
    let grey = vec![50; (WIDTH * HEIGHT * 3) as usize];
    let made = MadeTiff::new((WIDTH, HEIGHT), &[8; 3], 2, vec![grey]);
    let made = packed(&made, 7, |chunk| {
        let whole = strip(chunk);
        [&whole[..2], &whole[jfif..]].concat()
    });
    assert_eq!(whole(&made)[..3], [50, 128, 128]);
    // In the way of 1992, all of it is one stream.
    let old = MadeTiff::new((WIDTH, HEIGHT), &[8; 3], 6, vec![strip(&rows(0..HEIGHT, 3))])
        .with(259, Shorts(vec![6]))
        .with(513, Longs(vec![8]))
        .without(278);
    assert!(near(&whole(&old)));
    assert_eq!(
        decode(&source(&old.without(513).file())).unwrap_err().detail,
        "TIFF files compressed with JPEG in the way of 1992 cannot be decoded"
    );
}

#[test]
fn what_the_file_ends_before_is_named_and_no_pixel() {
    let file = rgb().with(700, Bytes(vec![b' '; 900])).file();
    let found = decoded(&file[..file.len() - 1]);
    assert_eq!(eight_bit(&found.picture), rows(0..HEIGHT, 3));
    assert_eq!(found.warnings, ["the file ends before some of what it says about itself"]);
}

#[test]
fn what_decoding_takes_is_known_before() {
    let memory = |made: &MadeTiff| probe(&made.file(), RawPolicy::Develop).unwrap().0.decoder_memory;
    let edge = 50_000;
    let tiled = rgb().without(278).with(322, Longs(vec![edge])).with(323, Longs(vec![edge]));
    assert!(memory(&tiled) >= u64::from(edge * edge) * 3);
    let endless = rgb().without(278).with(322, Longs(vec![u32::MAX])).with(323, Longs(vec![u32::MAX]));
    assert_eq!(memory(&endless), u64::MAX);
    // A row of 900 samples of one bit is taken apart to bytes.
    let wide = MadeTiff::new((40_000, 1), &[1; 900], 1, vec![Vec::new()]).with(338, Shorts(vec![0; 899]));
    assert!(memory(&wide) >= 40_000 * 900);
}

#[test]
fn a_tiff_beyond_us_is_refused_in_plain_words() {
    for (tag, values, words) in [
        (259, Shorts(vec![50_000]), "compressed with Zstandard"),
        (259, Shorts(vec![34_712]), "compressed with JPEG 2000"),
        (259, Shorts(vec![12_345]), "compressed with method 12345"),
        (262, Shorts(vec![4]), "of a transparency mask"),
        (262, Shorts(vec![10]), "in Lab colours of fax machines"),
        (339, Shorts(vec![2; 3]), "of signed samples"),
        (258, Shorts(vec![8, 8, 4]), "with samples of different depths"),
        (258, Shorts(vec![40; 3]), "of samples of 40 bits"),
        (262, Shorts(vec![32_845]), "of light in logarithms"),
    ] {
        let error = decode(&source(&rgb().with(tag, values).file())).map(|_| ()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert_eq!(error.detail, format!("TIFF files {words} cannot be decoded"));
    }
}

#[test]
fn transparency_is_said_to_be_there() {
    for (channels, said) in
        [(Channels::Rgba, true), (Channels::GreyAlpha, true), (Channels::Rgb, false), (Channels::Grey, false)]
    {
        for deep in [false, true] {
            let file = encoded(&gradient(channels, deep, 9, 7), Format::Tiff, 85);
            let pages = crate::metadata::exif::pages(&file).unwrap();
            let samples = pages[0].number(277);
            assert_eq!(pages[0].number(338), said.then_some(2), "{channels:?}");
            assert_eq!(samples, Some(channels.count() as u64), "{channels:?}");
        }
    }
}
