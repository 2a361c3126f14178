//! Colour profiles and colour tags: converted, kept, or left out with a warning.

use recipe::filter::Color;

use super::*;

#[test]
fn the_policies_decide_about_profile_and_tags() {
    let metadata = Metadata {
        icc: Some(moxcms::ColorProfile::new_display_p3().encode().unwrap()),
        exif: Some(exif(1)),
        ..Metadata::default()
    };
    let picture = Picture {
        size: Size { width: 2, height: 1 },
        channels: Channels::Rgb,
        samples: Samples::U8(vec![200, 100, 100, 128, 128, 128]),
    };
    let file =
        codec::encode(picture.clone(), Format::Png, &Output::default(), &metadata, false, &mut Vec::new())
            .unwrap();
    let result = |color, policy| {
        let output = Output { color, metadata: policy, ..Output::default() };
        let (processed, file) = run_bytes(&file, Format::Png, output).unwrap();
        assert_eq!(processed.warnings, Vec::<String>::new());
        decoded(&file)
    };
    let kept = result(ColorPolicy::Keep, MetadataPolicy::Keep);
    assert_eq!((kept.picture, kept.metadata), (picture.clone(), metadata));
    let converted = result(ColorPolicy::Srgb, MetadataPolicy::Strip);
    assert_ne!(converted.picture, picture);
    let srgb = Metadata { icc: color::srgb(Channels::Rgb), ..Metadata::default() };
    assert_eq!(converted.metadata, srgb);
}

#[test]
fn a_broken_profile_is_a_warning() {
    let metadata = Metadata { icc: Some(b"no profile at all".to_vec()), ..Metadata::default() };
    let file = codec::encode(stored(1), Format::Jpeg, &Output::default(), &metadata, false, &mut Vec::new())
        .unwrap();
    let result = |color| {
        let (processed, file) =
            run_bytes(&file, Format::Jpeg, Output { color, ..Output::default() }).unwrap();
        (processed.warnings, decoded(&file).metadata.icc)
    };
    let (warnings, _) = result(ColorPolicy::Srgb);
    assert!(warnings[0].contains("profile is broken"), "{warnings:?}");
    let kept = result(ColorPolicy::Keep);
    assert_eq!(kept, (vec!["the colour profile is broken and was left out".to_owned()], None));
}

#[test]
fn a_profile_that_nobody_here_can_read_stays_beside_pixels_of_its_kind_alone() {
    let mut icc = vec![0; 132];
    icc[..4].copy_from_slice(&132_u32.to_be_bytes());
    icc[36..40].copy_from_slice(b"acsp");
    for (space, in_colors, in_grey) in
        [(b"RGB ", true, false), (b"GRAY", false, true), (b"CMYK", false, false)]
    {
        icc[16..20].copy_from_slice(space);
        let metadata = Metadata { icc: Some(icc.clone()), ..Metadata::default() };
        let file =
            codec::encode(stored(1), Format::Png, &Output::default(), &metadata, false, &mut Vec::new());
        let output = Output { color: ColorPolicy::Keep, ..Output::default() };
        let (processed, result) = run_bytes(&file.unwrap(), Format::Png, output).unwrap();
        for (kept, (processed, result)) in [
            (in_grey, (processed, decoded(&result))),
            (in_colors, color_result(icc.clone(), &[])),
            (false, color_result(icc.clone(), &["grayscale"])),
        ] {
            let said = match kept {
                true => "the colour profile cannot be read: it was kept as it is",
                false => "the colour profile is broken and was left out",
            };
            assert_eq!(processed.warnings, [said], "{space:?}");
            assert_eq!(result.metadata.icc.is_some(), kept, "{space:?}");
        }
    }
}

#[test]
fn a_wrong_profile_for_grey_does_not_become_the_right_one() {
    let grey = moxcms::ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
    let (processed, result) = grey_result(grey);
    assert_eq!(processed.warnings, ["the colour profile is not one for the result and was left out"]);
    assert_eq!((result.picture.channels, result.metadata.icc), (Channels::Grey, None));
}

#[test]
fn no_profile_for_grey_stands_beside_colours() {
    let grey = moxcms::ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
    for channels in [Channels::Grey, Channels::GreyAlpha] {
        let picture =
            Picture { channels, size: Size { width: 48, height: 32 / channels.count() as u32 }, ..stored(1) };
        let metadata = Metadata { icc: Some(grey.clone()), ..Metadata::default() };
        let file = codec::encode(picture, Format::Png, &Output::default(), &metadata, false, &mut Vec::new())
            .unwrap();
        assert_eq!(decoded(&file).metadata, metadata);
        for format in [Format::Jpeg, Format::Png, Format::Webp, Format::Tiff, Format::Avif] {
            for color in [ColorPolicy::Srgb, ColorPolicy::Keep] {
                let what = format!("{channels:?} to {format}, {color:?}");
                let (processed, file) =
                    run_bytes(&file, format, Output { color, ..Output::default() }).unwrap();
                let stored = codec::stored_channels(format, channels, Color::WHITE);
                let is_grey = matches!(stored, Channels::Grey | Channels::GreyAlpha);
                let about_profile = processed.warnings.iter().any(|warning| warning.contains("profile"));
                assert!(!about_profile, "{what}: {:?}", processed.warnings);
                if format == Format::Avif {
                    assert!(!file.windows(4).any(|word| word == b"GRAY"), "{what}");
                    let has_profile = file.windows(4).any(|word| word == b"prof");
                    assert_eq!(has_profile, color == ColorPolicy::Keep, "{what}");
                    continue;
                }
                let result = decoded(&file);
                assert_eq!(result.picture.channels, stored, "{what}");
                match color {
                    ColorPolicy::Srgb => assert_eq!(result.metadata.icc, color::srgb(stored), "{what}"),
                    ColorPolicy::Keep if is_grey => assert_eq!(result.metadata.icc.as_ref(), Some(&grey)),
                    // 1.055 × (128/255)^(1.8/2.4) − 0.055, of 255.
                    ColorPolicy::Keep => assert!(brightness(&result).abs_diff(146) <= 1, "{what}"),
                }
            }
        }
    }
}

/// The value of sRGB that the middle of all levels stands for.
fn brightness(photo: &Decoded) -> u8 {
    let step = photo.picture.channels.count();
    let mut pixel = Picture {
        size: Size { width: 1, height: 1 },
        channels: photo.picture.channels,
        samples: Samples::U8(vec![128; step]),
    };
    color::to_srgb(&mut pixel, photo.metadata.icc.as_ref().unwrap()).unwrap();
    let Samples::U8(samples) = pixel.samples else { panic!("depth") };
    samples[0]
}

/// A photo in colours, made grey.
fn grey_result(icc: Vec<u8>) -> (Processed, Decoded) {
    color_result(icc, &["grayscale"])
}

/// A photo in colours, through these filters.
fn color_result(icc: Vec<u8>, filters: &[&str]) -> (Processed, Decoded) {
    let metadata = Metadata { icc: Some(icc), ..Metadata::default() };
    let picture = Picture {
        size: Size { width: 2, height: 1 },
        channels: Channels::Rgb,
        samples: Samples::U8(vec![200, 100, 100, 128, 128, 128]),
    };
    let file =
        codec::encode(picture, Format::Png, &Output::default(), &metadata, false, &mut Vec::new()).unwrap();
    let output = Output { color: ColorPolicy::Keep, ..Output::default() };
    let recipe = Recipe::new(filters.iter().map(|filter| filter.parse().unwrap()).collect(), output);
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input");
    std::fs::write(&input, file).unwrap();
    let (processed, file) = run_recipe(input, Format::Png, &recipe).unwrap();
    (processed, decoded(&file))
}

#[test]
fn a_photo_made_grey_has_a_profile_for_grey() {
    let p3 = moxcms::ColorProfile::new_display_p3();
    let (processed, result) = grey_result(p3.encode().unwrap());
    assert_eq!(processed.warnings, Vec::<String>::new());
    let profile = moxcms::ColorProfile::new_from_slice(result.metadata.icc.as_ref().unwrap()).unwrap();
    assert_eq!(profile.color_space, moxcms::DataColorSpace::Gray);
    let Samples::U8(samples) = &result.picture.samples else { panic!("depth") };
    assert_eq!((result.picture.channels, samples[1]), (Channels::Grey, 128));
    assert_eq!(brightness(&result), 128, "the curve is that of sRGB");
}

#[test]
fn grey_that_no_profile_can_stand_beside_is_converted() {
    let mut cast = moxcms::ColorProfile::new_display_p3();
    cast.cicp = None;
    cast.blue_trc = Some(moxcms::ToneReprCurve::Parametric(vec![1.8]));
    let (processed, result) = grey_result(cast.encode().unwrap());
    assert!(processed.warnings[0].contains("converted to sRGB"), "{:?}", processed.warnings);
    assert_eq!(result.metadata.icc, color::srgb(Channels::Grey));
}

#[test]
fn inks_with_a_profile_are_tagged_as_what_they_became() {
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker][..], &length, content].concat()
    };
    let jpeg = include_bytes!("../../../tests/fixtures/cmyk.jpg");
    let exif = segment(0xE1, &[b"Exif\0\0", &adobe_rgb_exif()[..]].concat());
    let profile = segment(0xE2, b"ICC_PROFILE\0\x01\x01no profile at all");
    let file = [&jpeg[..2], &exif, &profile, &jpeg[2..]].concat();
    for color in [ColorPolicy::Keep, ColorPolicy::Srgb] {
        let (processed, file) = run_bytes(&file, Format::Png, Output { color, ..Output::default() }).unwrap();
        assert!(processed.warnings[0].contains("profile is broken"), "{:?}", processed.warnings);
        let says_so = processed.warnings[1..].iter().any(|warning| warning.contains("no result can keep"));
        assert_eq!(says_so, color == ColorPolicy::Keep, "{:?}", processed.warnings);
        let result = decoded(&file);
        assert_eq!(result.metadata.icc, color::srgb(Channels::Rgb));
        assert!(!crate::metadata::exif::is_adobe_rgb(&result.metadata.exif.unwrap()), "{color:?}");
    }
}

/// A block that says Adobe RGB in the only way that cameras have for it.
fn adobe_rgb_exif() -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x1A\0\0\0\0\0\0\0".to_vec();
    block.extend(b"\x01\0\x01\xA0\x03\0\x01\0\0\0\x02\0\0\0\0\0\0\0");
    block
}

#[test]
fn a_camera_set_to_adobe_rgb_is_believed() {
    let picture = Picture {
        size: Size { width: 2, height: 1 },
        channels: Channels::Rgb,
        samples: Samples::U8(vec![200, 100, 100, 128, 128, 128]),
    };
    let encode = |metadata: &Metadata| {
        codec::encode(picture.clone(), Format::Png, &Output::default(), metadata, false, &mut Vec::new())
            .unwrap()
    };
    let result = |file: &[u8], color| {
        let (_, file) = run_bytes(file, Format::Png, Output { color, ..Output::default() }).unwrap();
        decoded(&file)
    };
    let by_tag = encode(&Metadata { exif: Some(adobe_rgb_exif()), ..Metadata::default() });
    let by_profile = encode(&Metadata { icc: color::adobe_rgb(), ..Metadata::default() });
    let converted = result(&by_tag, ColorPolicy::Srgb);
    assert_ne!(converted.picture, picture);
    assert_eq!(converted.picture, result(&by_profile, ColorPolicy::Srgb).picture);
    assert!(!crate::metadata::exif::is_adobe_rgb(&converted.metadata.exif.unwrap()));
    let kept = result(&by_tag, ColorPolicy::Keep);
    assert_eq!((kept.picture, kept.metadata.icc), (picture, color::adobe_rgb()));
}

#[test]
fn light_beyond_white_is_brought_to_the_screen_or_left_alone() {
    let icc = color::code_points::profile(9, 16, Channels::Rgb);
    let metadata = Metadata { icc: icc.clone(), ..Metadata::default() };
    // 58 % of PQ's range is white paper (ITU-R BT.2408-7), and what no screen of ordinary range can show.
    let picture = Picture {
        size: Size { width: 2, height: 1 },
        channels: Channels::Rgb,
        samples: Samples::U8(vec![148, 148, 148, 255, 255, 255]),
    };
    let file =
        codec::encode(picture.clone(), Format::Png, &Output::default(), &metadata, false, &mut Vec::new())
            .unwrap();
    let (processed, shown) = run_bytes(&file, Format::Png, Output::default()).unwrap();
    assert_eq!(processed.warnings, ["high dynamic range (PQ) was brought to what an ordinary screen shows"]);
    let shown = decoded(&shown);
    let Samples::U8(samples) = &shown.picture.samples else { panic!("depth") };
    // The curve makes 0.9 of light 1, and IEC 61966-2-1 makes 0.955 of that.
    assert!(samples[0].abs_diff(243) <= 1 && samples[3] > 250, "{samples:?}");
    assert_eq!(shown.metadata.icc, color::srgb(Channels::Rgb));
    let keep = Output { color: ColorPolicy::Keep, ..Output::default() };
    let (processed, kept) = run_bytes(&file, Format::Png, keep).unwrap();
    assert_eq!(processed.warnings, Vec::<String>::new());
    let kept = decoded(&kept);
    assert_eq!((kept.picture, kept.metadata.icc), (picture, icc));
}

#[test]
fn light_beyond_white_in_a_jpeg_xl_is_brought_to_the_screen_as_that_of_a_png() {
    let file = include_bytes!("../../../tests/fixtures/pq.jxl");
    let codec::Decoded { picture, metadata, .. } = decoded(file);
    assert_eq!(metadata.icc, color::code_points::profile(9, 16, Channels::Rgb));
    let Samples::U16(samples) = &picture.samples else { panic!("depth") };
    assert_eq!(
        (picture.size, samples[..3].to_vec()),
        (Size { width: 32, height: 24 }, vec![8000, 6000, 12000])
    );
    let (processed, shown) = run_bytes(file, Format::Png, Output::default()).unwrap();
    assert_eq!(processed.warnings, ["high dynamic range (PQ) was brought to what an ordinary screen shows"]);
    let same =
        codec::encode(picture, Format::Png, &Output::default(), &metadata, false, &mut Vec::new()).unwrap();
    let (_, expected) = run_bytes(&same, Format::Png, Output::default()).unwrap();
    assert_eq!(decoded(&shown).picture, decoded(&expected).picture);
}
