//! Files that are cut, damaged or lie: they are refused by name, before they cost anything.

use super::*;

/// Files of every format that can be cut, made from one picture or made beside this crate.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let picture = gradient(Channels::Rgb, false, 200, 150);
    let write = |format| {
        let mut file = std::io::Cursor::new(Vec::new());
        picture.clone().into_dynamic().unwrap().write_to(&mut file, format).unwrap();
        file.into_inner()
    };
    vec![
        ("jpeg", encoded(&picture, Format::Jpeg, 85)),
        ("progressive jpeg", include_bytes!("../../../tests/fixtures/progressive.jpg").to_vec()),
        ("png", encoded(&picture, Format::Png, 85)),
        ("webp", encoded(&picture, Format::Webp, 85)),
        ("tiff", encoded(&picture, Format::Tiff, 85)),
        ("lzw tiff", include_bytes!("../../../tests/fixtures/lzw.tiff").to_vec()),
        ("cmyk tiff", include_bytes!("../../../tests/fixtures/cmyk.tiff").to_vec()),
        ("palette tiff", include_bytes!("../../../tests/fixtures/palette.tiff").to_vec()),
        ("deflate tiff", include_bytes!("../../../tests/fixtures/deflate.tiff").to_vec()),
        ("bmp", write(image::ImageFormat::Bmp)),
        ("gif", write(image::ImageFormat::Gif)),
        ("pnm", write(image::ImageFormat::Pnm)),
        ("qoi", write(image::ImageFormat::Qoi)),
        ("jxl", include_bytes!("../../../tests/fixtures/lossless.jxl").to_vec()),
        ("jxl in a container", include_bytes!("../../../tests/fixtures/turned.jxl").to_vec()),
        ("exr", light::exr(200, 150, |x, y| [x as f32 / 99.0, y as f32 / 99.0, 2.0, 1.0])),
        ("hdr", light::hdr(200, 150, |x, y| [x as f32 / 99.0, y as f32 / 99.0, 2.0])),
        ("raw", include_bytes!("../../../tests/fixtures/raw/strips.dng").to_vec()),
    ]
}

#[test]
fn whole_files_decode() {
    for (name, file) in files() {
        assert_eq!(decode(&source(&file)).err(), None, "{name}");
    }
}

#[test]
fn a_cut_file_is_truncated_wherever_it_is_cut() {
    for (name, file) in files() {
        // The last bytes of some formats are only an end mark, after which nothing is missing. The header of
        // some files is a text, of which a part looks like a mistake.
        let start = if name == "pnm" || name == "hdr" { 80 } else { 16 };
        let cuts = (start..file.len() - 20).step_by(file.len() / 40 + 1);
        for cut in cuts {
            let error = decode(&source(&file[..cut])).map(|_| ()).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Truncated, "{name} cut at {cut}: {error}");
        }
    }
}

#[test]
fn damage_never_panics_and_never_goes_beyond_the_limits() {
    let mut random = 1u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) as usize % below
    };
    for (_, file) in files() {
        for _ in 0..150 {
            let mut damaged = file.clone();
            for _ in 0..=next(4) {
                let at = next(damaged.len().min(600));
                damaged[at] = next(256) as u8;
            }
            let admit = |header: &Header| match header.size.pixels() {
                ..1_000_000 => Ok(Wanted::ALL),
                _ => Err(fail(ErrorKind::TooLarge, "")),
            };
            let _ =
                decode(&Source { bytes: &damaged, memory: 64 << 20, raw: RawPolicy::Develop, admit: &admit });
        }
    }
}

#[test]
fn a_damaged_jpeg_is_corrupt() {
    let mut file = encoded(&gradient(Channels::Rgb, false, 400, 300), Format::Jpeg, 95);
    let middle = file.len() / 2;
    file[middle..middle + 300].fill(0xFF);
    assert_eq!(kind(&file), ErrorKind::Corrupt);
}

/// A JPEG with restart markers after each row of blocks, 40 × 40 pixels of noise.
const RESTARTS: &[u8] = include_bytes!("../../../tests/fixtures/restarts.jpg");

/// Where the image data begins.
fn data(jpeg: &[u8]) -> usize {
    jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap() + 14
}

#[test]
fn a_jpeg_whose_blocks_are_all_there_is_whole_whatever_else_is_wrong() {
    let plain = encoded(&gradient(Channels::Rgb, false, 40, 30), Format::Jpeg, 95);
    let end = plain.len() - 2;
    let with = |at: usize, bytes: &[u8]| [&plain[..at], bytes, &plain[at..]].concat();
    let changed = |at: usize, bytes: &[u8]| [&plain[..at], bytes, &plain[at + bytes.len()..]].concat();
    // It only counts where there is no JFIF.
    let adobe: &[u8] = b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\x09";
    let restarts = [&RESTARTS[..RESTARTS.len() - 2], &[0xFF, 0xD3, 1, 2, 3, 0xFF, 0xD9]].concat();
    let progressive = include_bytes!("../../../tests/fixtures/progressive.jpg");
    let restart = |number: u8| RESTARTS.windows(2).position(|pair| pair == [0xFF, 0xD0 + number]).unwrap();
    let filled = |fill: &[u8]| [&RESTARTS[..restart(1)], fill, &RESTARTS[restart(1)..]].concat();
    let mut numbered = RESTARTS.to_vec();
    (numbered[restart(0) + 1], numbered[restart(1) + 1]) = (0xD4, 0xD4);
    for (what, whole, file) in [
        ("zeros in front of a restart", RESTARTS, filled(&[0; 5])),
        ("filled bytes in front of a restart", RESTARTS, filled(&[0xFF, 0].repeat(20))),
        ("wrong numbers of restarts", RESTARTS, numbered),
        ("a little padding", &plain[..], with(end, &[0x55; 20])),
        ("much padding", &plain, with(end, &[0x55; 3000])),
        ("restarts and garbage", &plain, with(end, &[0xFF, 0xD0, 7, 7, 0xFF, 0xD1, 9, 0xFF, 0x55, 1])),
        ("no end", &plain, plain[..end].to_vec()),
        ("a trailer in place of the end", &plain, [&plain[..end], b"SEFH trailer"].concat()),
        ("bytes between segments", &plain, with(20, &[0, 0xE1, 0])),
        ("a version of JFIF", &plain, changed(11, &[2])),
        ("a colour transform", &plain, [&plain[..2], adobe, &plain[20..]].concat()),
        ("parameters of a scan", &plain, changed(data(&plain) - 3, &[0, 0, 0])),
        ("a restart too many", RESTARTS, restarts),
        ("no end of many scans", progressive, progressive[..progressive.len() - 2].to_vec()),
    ] {
        let found = decoded(&file);
        assert_eq!(found.picture, decoded(whole).picture, "{what}");
        assert!(!found.warnings.is_empty(), "{what}");
    }
}

#[test]
fn bytes_behind_a_scan_may_be_what_damage_left_of_it() {
    let plain = include_bytes!("../../../tests/fixtures/progressive.jpg");
    let first = data(plain);
    let next = |at: usize| plain[at] == 0xFF && plain[at + 1] != 0;
    let end = (first..plain.len() - 1).find(|at| next(*at)).unwrap();
    for (bytes, asks) in [(&[0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC][..], true), (&[0x55; 20], false)] {
        let found = decoded(&[&plain[..end], bytes, &plain[end..]].concat());
        assert_eq!(found.picture, decoded(plain).picture);
        let [said] = &found.warnings[..] else { panic!("{:?}", found.warnings) };
        assert_eq!(said.contains("look whether the picture is whole"), asks, "{said}");
    }
}

#[test]
fn a_jpeg_ls_is_named() {
    let mut file = encoded(&gradient(Channels::Rgb, false, 40, 30), Format::Jpeg, 85);
    let frame = file.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    file[frame + 1] = 0xF7;
    let error = decode(&source(&file)).map(|_| ()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.detail.contains("JPEG-LS"), "{error}");
}

#[test]
fn inks_with_an_unknown_transform_are_read_as_libjpeg_would() {
    let file = |transform: u8| {
        let mut file = include_bytes!("../../../tests/fixtures/cmyk.jpg").to_vec();
        let adobe = file.windows(5).position(|bytes| bytes == b"Adobe").unwrap();
        file[adobe + 11] = transform;
        file
    };
    for transform in [1, 3, 5] {
        let found = decoded(&file(transform));
        assert_eq!(found.picture, decoded(&file(2)).picture, "{transform}");
        let says_so = found.warnings.iter().any(|warning| warning.contains("YCCK"));
        assert!(says_so, "{transform}: {:?}", found.warnings);
    }
}

#[test]
fn arithmetic_codes_are_decoded_where_the_fault_is_in_front_of_them() {
    use turbojpeg::{Compressor, Image, PixelFormat};
    let picture = gradient(Channels::Rgb, false, 40, 30);
    let mut compressor = Compressor::new().unwrap();
    compressor.set_arithmetic(true).unwrap();
    let pixels = eight_bit(&picture);
    let image = Image { pixels, width: 40, pitch: 120, height: 30, format: PixelFormat::RGB };
    let plain = compressor.compress_to_vec(image).unwrap();
    let version = [&plain[..11], &[2], &plain[12..]].concat();
    let between = [&plain[..20], &[0, 0xE1, 0], &plain[20..]].concat();
    for (what, file) in [("a version of JFIF", version), ("bytes between segments", between)] {
        let found = decoded(&file);
        assert_eq!(found.picture, decoded(&plain).picture, "{what}");
        assert!(!found.warnings.is_empty(), "{what}");
    }
    // What is missing without an end, only the codes could tell.
    assert_eq!(kind(&plain[..plain.len() - 2]), ErrorKind::Truncated);
}

#[test]
fn a_segment_shorter_than_its_own_length_is_empty() {
    let plain = encoded(&gradient(Channels::Rgb, false, 40, 30), Format::Jpeg, 95);
    for (marker, length) in [(0xFE, 0), (0xFE, 1), (0xE1, 0), (0xED, 1)] {
        let file = [&plain[..20], &[0xFF, marker, 0, length], &plain[20..]].concat();
        assert_eq!(decoded(&file).picture, decoded(&plain).picture, "{marker:X} {length}");
    }
}

#[test]
fn a_profile_that_stands_there_twice_is_no_damage() {
    let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let metadata = Metadata { icc: Some(icc), ..Metadata::default() };
    let picture = gradient(Channels::Rgb, false, 40, 30);
    let plain = encode(picture, Format::Jpeg, &Output::default(), &metadata, false, &mut Vec::new()).unwrap();
    let start = plain.windows(2).position(|pair| pair == [0xFF, 0xE2]).unwrap();
    let length = usize::from(u16::from_be_bytes([plain[start + 2], plain[start + 3]]));
    let (head, rest) = plain.split_at(start + 2 + length);
    let twice = decoded(&[head, &plain[start..start + 2 + length], rest].concat());
    assert_eq!(twice.picture, decoded(&plain).picture);
    assert_eq!(twice.metadata.icc, metadata.icc);

    // The first of two.
    let mut half = plain.clone();
    half[start + 17] = 2;
    half[start + 18..start + 22].copy_from_slice(&0xFFFFu32.to_be_bytes());
    let half = decoded(&half);
    assert_eq!((half.picture, half.metadata.icc), (twice.picture, None));
    assert_eq!(half.warnings, ["a part of the colour profile is missing: it was left out"]);
}

/// However a file is cut, whatever stands behind the cut: a JPEG of which blocks are missing is never whole.
#[test]
fn a_jpeg_without_all_its_blocks_is_never_whole() {
    let plain = encoded(&gradient(Channels::Rgb, false, 64, 48), Format::Jpeg, 95);
    let progressive = include_bytes!("../../../tests/fixtures/progressive.jpg");
    let open: &[&[u8]] = &[&[], &[0; 90], b"\xFF\xD0\xFF\xD1"];
    let ended: &[&[u8]] = &[&[0xFF, 0xD9], b"\xFF\xD0\xFF\xD9", b"\x55\x55\xFF\xE1\0\x04ab\xFF\xD9"];
    // As if the last interval were padding.
    let last = RESTARTS.windows(2).position(|pair| pair == [0xFF, 0xD1]).unwrap();
    assert!(decode(&source(&[&RESTARTS[..last], &[0x55; 40], &[0xFF, 0xD9]].concat())).is_err());
    // A progressive file may end after any scan: it is whole then, if coarse.
    for (file, endings) in [
        (&plain[..], [open, ended].concat()),
        (RESTARTS, [open, ended].concat()),
        (progressive, open.to_vec()),
    ] {
        let start = data(file);
        for cut in (start..file.len() - 12).step_by(file.len() / 300 + 1) {
            for ending in &endings {
                let damaged = [&file[..cut], ending].concat();
                let left = file.len() - cut;
                assert!(decode(&source(&damaged)).is_err(), "{left} of {} bytes, {ending:02x?}", file.len());
            }
        }
    }
}

#[test]
fn the_header_is_asked_about_before_anything_is_allocated() {
    let huge = |mut file: Vec<u8>, at: usize, edges: &[u8]| {
        file[at..at + edges.len()].copy_from_slice(edges);
        file
    };
    let jpeg = encoded(&gradient(Channels::Rgb, false, 9, 9), Format::Jpeg, 85);
    let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    let mut gif = b"GIF89a\xFF\xFF\xFF\xFF\0\0\0".to_vec();
    gif.extend(b"\x2C\0\0\0\0\xFF\xFF\xFF\xFF\0\x02\x02\x44\x01\0;");
    let tiff = encoded(&gradient(Channels::Rgb, false, 9, 9), Format::Tiff, 85);
    // Tags 0x100, 0x101 and 0x116: width, height, rows per strip.
    let value = |tag: u8| tiff.windows(4).position(|w| w == [tag, 1, 4, 0]).unwrap() + 8;
    let tiff =
        [0, 1, 0x16].into_iter().fold(tiff.clone(), |tiff, tag| huge(tiff, value(tag), &[0xFF, 0xFF, 0, 0]));
    let bmp = include_bytes!("../../../tests/fixtures/rgb.bmp").to_vec();
    let small_exr = light::exr(9, 9, |_, _| [0.0; 4]);
    // A window is its first and last column and row, after its name, its type and its length.
    let window = |name: &str| {
        small_exr.windows(name.len()).position(|w| w == name.as_bytes()).unwrap() + name.len() + 11
    };
    let last = [0xFE, 0xFF, 0, 0, 0xFE, 0xFF, 0, 0];
    let huge_exr = huge(small_exr.clone(), window("displayWindow") + 8, &last);
    for (name, file) in [
        ("jpeg", huge(jpeg, frame + 5, &[0xFF, 0xDC, 0xFF, 0xDC])),
        ("gif", gif),
        ("tiff", tiff),
        ("bmp", huge(bmp, 18, &[0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0])),
        ("pnm", b"P6\n65535 65535\n255\n".to_vec()),
        ("qoi", b"qoif\0\0\x4E\x20\0\0\x4E\x20\x03\0".to_vec()),
        ("jxl", jxl::huge(65_535)),
        ("exr", huge_exr),
        ("hdr", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 65535 +X 65535\n".to_vec()),
    ] {
        // libjpeg takes no more than 65,500 along an edge, QOI allows 400 million pixels in all.
        let edge = match name {
            "jpeg" => 65_500,
            "qoi" => 20_000,
            _ => 65_535,
        };
        let refuse = |header: &Header| {
            assert_eq!(header.size, Size { width: edge, height: edge }, "{name}");
            Err(fail(ErrorKind::TooLarge, "asked"))
        };
        let error =
            decode(&Source { bytes: &file, memory: 1 << 20, raw: RawPolicy::Develop, admit: &refuse })
                .unwrap_err();
        assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::TooLarge, "asked"), "{name}");
    }
}

#[test]
fn a_size_beyond_all_memory_is_too_large_in_netpbm_too() {
    assert_eq!(kind(b"P6\n4294967295 4294967295\n255\n"), ErrorKind::TooLarge);
}

/// Found by fuzzing: for the EXIF chunk of a tiny file 4 GiB were allocated, which the worker did not
/// survive.
#[test]
fn a_webp_chunk_longer_than_the_file_is_left_out() {
    let metadata = Metadata { exif: Some(b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec()), ..Metadata::default() };
    let picture = gradient(Channels::Rgb, false, 9, 7);
    let mut webp =
        encode(picture, Format::Webp, &Output::default(), &metadata, false, &mut Vec::new()).unwrap();
    let chunk = webp.windows(4).position(|name| name == b"EXIF").unwrap();
    let whole = decoded(&webp);
    assert_eq!(whole.warnings, Vec::<String>::new());
    let behind = decoded(&[&webp[..], &[0xFF; 40]].concat());
    assert_eq!(behind.picture, whole.picture, "what follows the container does not matter");
    webp[chunk + 4..chunk + 8].copy_from_slice(&0xFFFF_FFCB_u32.to_le_bytes());
    let found = decoded(&webp);
    assert_eq!((found.picture, found.metadata.exif), (whole.picture, None));
    assert_eq!(found.warnings, ["the end of the file is missing, from EXIF on"]);
}
