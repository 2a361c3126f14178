//! Files that break the rules of their format though all pixels are there, and files that keep them though
//! pixels are missing.

use super::*;

fn written(picture: &Picture, format: image::ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    picture.clone().into_dynamic().unwrap().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// That the file is read like the whole one, and that something is said of it.
fn assert_whole(what: &str, file: &[u8], whole: &[u8]) {
    let found = decode(&source(file)).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(found.picture, decoded(whole).picture, "{what}");
    assert!(!found.warnings.is_empty(), "{what}");
}

/// The chunks of a PNG: kind and content.
pub(super) fn chunks(png: &[u8]) -> Vec<([u8; 4], Vec<u8>)> {
    let (mut at, mut found) = (8, Vec::new());
    while at < png.len() {
        let length = u32::from_be_bytes(*png[at..].first_chunk().unwrap()) as usize;
        found.push((*png[at + 4..].first_chunk().unwrap(), png[at + 8..at + 8 + length].to_vec()));
        at += length + 12;
    }
    found
}

pub(super) fn png(chunks: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let chunk = |(kind, content): &([u8; 4], Vec<u8>)| {
        let checked = [&kind[..], content].concat();
        let checksum = crc32fast::hash(&checked).to_be_bytes();
        [&(content.len() as u32).to_be_bytes()[..], &checked, &checksum].concat()
    };
    [b"\x89PNG\r\n\x1A\n".to_vec(), chunks.iter().flat_map(chunk).collect()].concat()
}

/// Changes the byte at so many behind the first place of `mark`.
fn changed(file: &[u8], mark: &[u8], behind: usize) -> Vec<u8> {
    let mut file = file.to_vec();
    let at = file.windows(mark.len()).position(|bytes| bytes == mark).unwrap() + behind;
    file[at] ^= 0x10;
    file
}

#[test]
fn a_png_is_whole_if_its_rows_are() {
    let plain = encoded(&gradient(Channels::Rgb, false, 40, 30), Format::Png, 85);
    let length = chunks(&plain)[1].1.len();
    let checksum = changed(&plain, b"IDAT", 4 + length);
    let end = plain.len() - 12;
    let mut parted = chunks(&plain);
    let rest = parted[1].1.split_off(length / 2);
    parted.insert(2, (*b"IDAT", rest));
    let parted = changed(&png(&parted), b"IDAT", 4 + length / 2);
    let among = |kind: [u8; 4]| {
        let mut parted = chunks(&plain);
        let rest = parted[1].1.split_off(length / 2);
        parted.insert(2, (kind, b"Comment\0something".to_vec()));
        parted.insert(3, (*b"IDAT", rest));
        png(&parted)
    };
    let mut with_text = chunks(&plain);
    with_text.insert(2, (*b"tEXt", b"Comment\0something".to_vec()));
    let with_text = png(&with_text);
    for (what, file) in [
        ("no end", plain[..end].to_vec()),
        ("half an end", plain[..end + 6].to_vec()),
        ("no checksum", plain[..end - 4].to_vec()),
        ("a wrong checksum", checksum.clone()),
        ("a wrong checksum and no end", checksum[..end].to_vec()),
        ("a wrong checksum in between", parted),
        ("a text in between", among(*b"tEXt")),
        ("a damaged text in between", changed(&among(*b"tEXt"), b"something", 3)),
        ("something unknown in between", among(*b"prIv")),
        ("a text in between and no end", among(*b"tEXt")[..end + 12 + 17 + 12].to_vec()),
        ("half a text", with_text[..with_text.len() - 20].to_vec()),
        ("a damaged text", changed(&with_text, b"something", 3)),
        ("something else in place of the end", [&plain[..end], &[0; 40]].concat()),
    ] {
        assert_whole(what, &file, &plain);
    }
}

#[test]
fn a_png_is_whole_if_its_rows_fit_its_header_whatever_the_checksum_of_that() {
    let interlaced = include_bytes!("../../../tests/fixtures/interlaced16.png");
    for plain in [&encoded(&gradient(Channels::Rgb, false, 40, 30), Format::Png, 85)[..], interlaced] {
        assert_whole("the checksum of the header", &changed(plain, b"IHDR", 18), plain);
        // Width, height, depth, kind of colour, interlacing.
        for behind in [7, 11, 12, 13, 16] {
            assert_eq!(kind(&changed(plain, b"IHDR", behind)), ErrorKind::Corrupt, "{behind}");
        }
    }
}

#[test]
fn a_png_without_its_rows_is_not() {
    let plain = encoded(&gradient(Channels::Rgb, false, 40, 30), Format::Png, 85);
    let palette = include_bytes!("../../../tests/fixtures/palette.png");
    // The rows of another picture, of half the height.
    let mut short = chunks(&plain);
    short[1].1 = chunks(&encoded(&gradient(Channels::Rgb, false, 40, 15), Format::Png, 85))[1].1.clone();
    let mut for_iphones = chunks(&plain);
    for_iphones.insert(0, (*b"CgBI", vec![0x50, 0, 0x20, 2]));
    for (what, file, expected) in [
        ("missing rows", png(&short), ErrorKind::Truncated),
        ("missing rows and no end", plain[..plain.len() - 40].to_vec(), ErrorKind::Truncated),
        ("damaged data", changed(&plain, b"IDAT", 100), ErrorKind::Corrupt),
        ("a damaged header", changed(&plain, b"IHDR", 11), ErrorKind::Corrupt),
        ("a damaged palette", changed(palette, b"PLTE", 5), ErrorKind::Corrupt),
        ("damaged transparency", changed(palette, b"tRNS", 5), ErrorKind::Corrupt),
        ("an iPhone's", png(&for_iphones), ErrorKind::Unsupported),
    ] {
        assert_eq!(kind(&file), expected, "{what}");
    }
}

#[test]
fn a_webp_is_whole_if_its_pixels_are() {
    let metadata = Metadata { exif: Some(b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec()), ..Metadata::default() };
    for (channels, lossless) in [(Channels::Rgb, false), (Channels::Rgba, false), (Channels::Rgb, true)] {
        let picture = gradient(channels, false, 40, 30);
        let write = |metadata: &Metadata| {
            let output = Output::default();
            encode(picture.clone(), Format::Webp, &output, metadata, lossless, &mut Vec::new()).unwrap()
        };
        let (plain, with_exif) = (write(&Metadata::default()), write(&metadata));
        let sized = |size: u32| [&plain[..4], &size.to_le_bytes(), &plain[8..]].concat();
        for (what, file) in [
            ("half the EXIF", with_exif[..with_exif.len() - 8].to_vec()),
            ("no EXIF, which the length counts", with_exif[..with_exif.len() - 22].to_vec()),
            (
                "no EXIF, which a flag announces",
                [
                    &with_exif[..4],
                    &(with_exif.len() as u32 - 30).to_le_bytes(),
                    &with_exif[8..with_exif.len() - 22],
                ]
                .concat(),
            ),
            ("too large a length", sized(plain.len() as u32 + 1000)),
            ("too small a length", sized(20)),
        ] {
            assert_whole(what, &file, &plain);
        }
        for cut in [plain.len() / 2, plain.len() - 30] {
            assert_eq!(kind(&plain[..cut]), ErrorKind::Truncated);
        }
    }
}

/// What was never written is nought, of which a picture can be made all the same.
#[test]
fn a_webp_whose_picture_needs_less_than_there_is_may_be_damaged() {
    let noise = half_pictures::noise(Channels::Rgb, 72, 56);
    let output = Output { quality: 80, ..Output::default() };
    for lossless in [false, true] {
        let whole =
            encode(noise.clone(), Format::Webp, &output, &Metadata::default(), lossless, &mut Vec::new())
                .unwrap();
        assert_eq!(decoded(&whole).warnings, Vec::<String>::new());
        let mut damaged = whole.clone();
        damaged[whole.len() / 2..].fill(0);
        let said = decoded(&damaged).warnings;
        assert!(said.iter().any(|note| note == error::LEFT_OVER), "{said:?}");
    }
}

#[test]
fn a_gif_is_whole_if_its_first_frame_is() {
    let picture = gradient(Channels::Rgb, false, 40, 30);
    let plain = written(&picture, image::ImageFormat::Gif);
    assert_whole("no end", &plain[..plain.len() - 1], &plain);
    // The rows of a picture of half the height.
    let mut short = written(&gradient(Channels::Rgb, false, 40, 15), image::ImageFormat::Gif);
    let frame = short.windows(5).position(|bytes| bytes == b"\x2C\0\0\0\0").unwrap();
    (short[8], short[frame + 7]) = (30, 30);
    assert_eq!(kind(&short), ErrorKind::Truncated);
}

/// A BMP of 8 bits per pixel with run lengths: each row has two runs (MS-WMF, 2.2.2.1 and 3.1.6).
fn run_length_bmp() -> Vec<u8> {
    let rows: Vec<u8> = (0..20).flat_map(|y| [12, y, 12, 60 + y, 0, 0]).chain([0, 1]).collect();
    let colors: Vec<u8> = (0..=255).flat_map(|level| [level, level, level, 0]).collect();
    let data = 14 + 40 + colors.len();
    let mut file = b"BM".to_vec();
    for number in [(data + rows.len()) as u32, 0, data as u32, 40, 24, 20] {
        file.extend(number.to_le_bytes());
    }
    file.extend([1, 0, 8, 0]);
    for number in [1, rows.len() as u32, 0, 0, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    [file, colors, rows].concat()
}

#[test]
fn a_bmp_of_runs_that_is_cut_is_truncated() {
    let whole = run_length_bmp();
    let picture = decoded(&whole).picture;
    let samples = eight_bit(&picture);
    assert_eq!((samples[0], samples[samples.len() - 1]), (19, 60));
    for cut in [whole.len() - 20, whole.len() - 70] {
        assert_eq!(kind(&whole[..cut]), ErrorKind::Truncated, "{cut}");
    }
}

#[test]
fn a_jpeg_that_tells_its_height_later_is_unsupported() {
    let mut jpeg = encoded(&gradient(Channels::Rgb, false, 40, 30), Format::Jpeg, 85);
    let frame = jpeg.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 7].fill(0);
    let end = jpeg.len() - 2;
    jpeg.splice(end..end, *b"\xFF\xDC\0\x04\0\x1E");
    let error = decode(&source(&jpeg)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.detail.contains("DNL"), "{error}");
}

/// Where each scan begins, and the end.
fn scans(jpeg: &[u8]) -> Vec<usize> {
    let is_scan = |at: &usize| jpeg[*at] == 0xFF && jpeg[at + 1] == 0xDA;
    (0..jpeg.len() - 1).filter(is_scan).chain([jpeg.len() - 2]).collect()
}

#[test]
fn scans_that_are_missing_are_named_and_bytes_between_them_skipped() {
    let whole = include_bytes!("../../../tests/fixtures/progressive.jpg");
    let starts = scans(whole);
    assert!(starts.len() > 4);
    let padded = |at: usize| [&whole[..at], &[0x55; 40], &whole[at..]].concat();
    assert_whole("bytes behind all scans", &padded(whole.len() - 2), whole);
    // The tables of the second.
    let behind_first = whole[..starts[1]].windows(2).rposition(|bytes| bytes == [0xFF, 0xC4]).unwrap();
    assert!(behind_first > starts[0]);
    assert_whole("bytes between scans", &padded(behind_first), whole);

    // After any of them but the last; each begins with its tables.
    for next in &starts[1..starts.len() - 1] {
        let end = whole[..*next].windows(2).rposition(|bytes| bytes == [0xFF, 0xC4]).unwrap_or(*next);
        let coarse = [&whole[..end], b"\xFF\xD9"].concat();
        let found = decoded(&coarse);
        assert_eq!(found.picture.size, decoded(whole).picture.size);
        assert!(found.warnings[0].contains("coarse"), "{:?}", found.warnings);
        // The same without an end may have been cut.
        assert_eq!(kind(&coarse[..coarse.len() - 2]), ErrorKind::Truncated);
    }
    // No mean of any block.
    assert!(decode(&source(&[&whole[..starts[0]], &whole[behind_first..]].concat())).is_err());
}

#[test]
fn no_text_of_a_library_is_told() {
    let picture = gradient(Channels::Rgb, false, 40, 30);
    let files = [Format::Jpeg, Format::Png, Format::Webp].map(|format| encoded(&picture, format, 85));
    let simple = [image::ImageFormat::Gif, image::ImageFormat::Bmp, image::ImageFormat::Qoi];
    for file in files.into_iter().chain(simple.map(|format| written(&picture, format))) {
        for at in 8..file.len().min(400) {
            let mut damaged = file.clone();
            damaged[at] ^= 0xA5;
            damaged.truncate(file.len() - at % 3);
            let admit = |header: &Header| match header.size.pixels() {
                ..1_000_000 => Ok(Wanted::ALL),
                _ => Err(fail(ErrorKind::TooLarge, "")),
            };
            let source = Source { bytes: &damaged, memory: 64 << 20, raw: RawPolicy::Develop, admit: &admit };
            let told = match decode(&source) {
                Ok(found) => found.warnings.join(""),
                Err(error) => error.detail,
            };
            let is_plain =
                !told.contains(['{', '`', '"', '_']) && !told.contains("0x") && !told.contains("rror");
            assert!(is_plain, "{told}");
        }
    }
}
