//! Every format there and back, and what is not as it should be.

use recipe::filter::Color;
use recipe::format::Subsampling;
use recipe::recipe::Output;

use super::*;
use crate::image::{Extra, ExtraKind, Samples};

mod arithmetic;
mod avif;
mod damage;
mod half_pictures;
mod jpeg_order;
mod jxl;
mod light;
mod metadata;
mod png;
mod settings;
mod size_limit;
mod tiff;
mod whole_pictures;

fn source(bytes: &[u8]) -> Source<'_> {
    Source { bytes, memory: 1 << 30, raw: RawPolicy::Develop, admit: &|_| Ok(Wanted::ALL) }
}

fn decoded(bytes: &[u8]) -> Decoded {
    decode(&source(bytes)).unwrap()
}

fn kind(bytes: &[u8]) -> ErrorKind {
    decode(&source(bytes)).unwrap_err().kind
}

fn encoded(picture: &Picture, format: Format, quality: u8) -> Vec<u8> {
    let output = Output { quality, subsampling: Subsampling::S444, ..Output::default() };
    encode(picture.clone(), format, &output, &Metadata::default(), false, &mut Vec::new()).unwrap()
}

/// A smooth picture; every sample differs from its neighbours, transparency too.
fn gradient(channels: Channels, deep: bool, width: u32, height: u32) -> Picture {
    let samples = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| {
        (0..channels.count() as u32).map(move |c| {
            let wave = f64::from(x * (c + 1)) / 23.0 + f64::from(y) / 17.0;
            ((wave.sin() * 0.4 + 0.5) * 65535.0) as u16
        })
    });
    let samples = if deep {
        Samples::U16(samples.collect())
    } else {
        Samples::U8(samples.map(|sample| (sample >> 8) as u8).collect())
    };
    Picture { size: Size { width, height }, channels, samples }
}

const ALL_CHANNELS: [Channels; 4] = [Channels::Grey, Channels::GreyAlpha, Channels::Rgb, Channels::Rgba];

fn eight_bit(picture: &Picture) -> &[u8] {
    let Samples::U8(samples) = &picture.samples else { panic!("16 bits") };
    samples
}

/// Peak signal-to-noise ratio in dB: `10 log10(255² / mean squared error)`.
fn psnr(a: &Picture, b: &Picture) -> f64 {
    assert_eq!((a.size, a.channels), (b.size, b.channels));
    let pairs = eight_bit(a).iter().zip(eight_bit(b));
    let sum: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum();
    10.0 * (255.0_f64.powi(2) / (sum / a.samples.len() as f64)).log10()
}

#[test]
fn png_and_tiff_lose_nothing() {
    for (channels, deep) in ALL_CHANNELS.into_iter().flat_map(|c| [(c, false), (c, true)]) {
        let picture = gradient(channels, deep, 37, 21);
        assert_eq!(decoded(&encoded(&picture, Format::Png, 85)).picture, picture, "PNG {channels:?} {deep}");
        assert_eq!(
            decoded(&encoded(&picture, Format::Tiff, 85)).picture,
            picture,
            "TIFF {channels:?} {deep}"
        );
    }
}

#[test]
fn jpeg_is_close_at_every_depth_and_grey_stays_grey() {
    for (channels, deep) in ALL_CHANNELS.into_iter().flat_map(|c| [(c, false), (c, true)]) {
        let picture = gradient(channels, deep, 61, 43);
        let result = decoded(&encoded(&picture, Format::Jpeg, 95)).picture;
        let psnr = psnr(&result, &picture.into_opaque(Color::WHITE).into_8_bit());
        assert!(psnr > 40.0, "{channels:?} {deep}: {psnr}");
    }
}

#[test]
fn a_jpeg_is_decoded_as_far_as_wanted() {
    let picture = gradient(Channels::Rgb, false, 203, 101);
    let file = encoded(&picture, Format::Jpeg, 98);
    let wanted = |wanted: Wanted| {
        decode(&Source { bytes: &file, memory: 1 << 30, raw: RawPolicy::Develop, admit: &|_| Ok(wanted) })
            .unwrap()
            .picture
    };
    let luma = wanted(Wanted { luma_only: true, ..Wanted::ALL });
    assert_eq!((luma.size, luma.channels), (picture.size, Channels::Grey));
    for (luma, pixel) in eight_bit(&luma).iter().zip(eight_bit(&wanted(Wanted::ALL)).chunks(3)) {
        let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
        let expected = 0.299 * r + 0.587 * g + 0.114 * b;
        assert!((f64::from(*luma) - expected).abs() <= 1.5, "{luma}, expected {expected}");
    }
    for shrink in [2, 4, 8] {
        let small = wanted(Wanted { shrink, ..Wanted::ALL });
        assert_eq!(small.size, Size { width: 203u32.div_ceil(shrink), height: 101u32.div_ceil(shrink) });
        // The middle of a block that is wholly inside has the block's average.
        let mean = |c: usize| {
            let block =
                (0..shrink).flat_map(|y| (0..shrink).map(move |x| ((64 + y) * 203 + 64 + x) as usize));
            block.map(|index| f64::from(eight_bit(&picture)[index * 3 + c])).sum::<f64>()
                / f64::from(shrink * shrink)
        };
        let at = (64 / shrink * small.size.width + 64 / shrink) as usize;
        for c in 0..3 {
            let got = f64::from(eight_bit(&small)[at * 3 + c]);
            assert!((got - mean(c)).abs() < 3.0, "1/{shrink}: {got}, expected {}", mean(c));
        }
    }
}

#[test]
fn a_jpeg_with_a_profile_keeps_its_colours_for_the_conversion() {
    let picture = gradient(Channels::Rgb, false, 20, 10);
    let metadata = Metadata { icc: Some(vec![1; 200]), ..Metadata::default() };
    let file = encode(picture, Format::Jpeg, &Output::default(), &metadata, false, &mut Vec::new()).unwrap();
    let wanted = Wanted { luma_only: true, ..Wanted::ALL };
    let decoded =
        decode(&Source { bytes: &file, memory: 1 << 30, raw: RawPolicy::Develop, admit: &|_| Ok(wanted) })
            .unwrap();
    assert_eq!(decoded.picture.channels, Channels::Rgb);
}

#[test]
fn webp_is_close_and_keeps_transparency() {
    for (channels, deep) in ALL_CHANNELS.into_iter().flat_map(|c| [(c, false), (c, true)]) {
        let picture = gradient(channels, deep, 61, 43);
        let result = decoded(&encoded(&picture, Format::Webp, 95)).picture;
        let expected = picture.into_8_bit().into_color();
        let psnr = psnr(&result, &expected);
        assert!(psnr > 35.0, "{channels:?} {deep}: {psnr}");
        if channels.has_alpha() {
            let alpha = |p: &Picture| eight_bit(p).iter().skip(3).step_by(4).copied().collect::<Vec<_>>();
            assert_eq!(alpha(&result), alpha(&expected));
        }
    }
}

#[test]
fn webp_without_loss_loses_nothing_and_is_recognised() {
    for channels in [Channels::Rgb, Channels::Rgba] {
        let picture = gradient(channels, false, 61, 43);
        let write = |lossless| {
            let (output, metadata) = (Output::default(), Metadata::default());
            encode(picture.clone(), Format::Webp, &output, &metadata, lossless, &mut Vec::new()).unwrap()
        };
        assert_eq!(decoded(&write(true)).picture, picture);
        assert!(decoded(&write(true)).header.lossless_webp);
        assert!(!decoded(&write(false)).header.lossless_webp);
    }
}

#[test]
fn quality_and_subsampling_are_obeyed() {
    let picture = gradient(Channels::Rgb, false, 200, 200);
    assert!(encoded(&picture, Format::Jpeg, 40).len() < encoded(&picture, Format::Jpeg, 95).len());
    assert!(encoded(&picture, Format::Webp, 40).len() < encoded(&picture, Format::Webp, 95).len());
    // The frame header names the sampling factors of the first component: 0xHV.
    for (subsampling, factors) in
        [(Subsampling::S444, 0x11), (Subsampling::S422, 0x21), (Subsampling::S420, 0x22)]
    {
        let output = Output { subsampling, ..Output::default() };
        let jpeg =
            encode(picture.clone(), Format::Jpeg, &output, &Metadata::default(), false, &mut Vec::new())
                .unwrap();
        let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
        assert_eq!(jpeg[frame + 11], factors, "{subsampling:?}");
    }
}

#[test]
fn what_a_format_cannot_hold_is_refused() {
    for (format, width) in [(Format::Jpeg, 65_501), (Format::Webp, 16_384), (Format::Avif, 65_536)] {
        let picture = gradient(Channels::Grey, false, width, 1);
        let error = encode(picture, format, &Output::default(), &Metadata::default(), false, &mut Vec::new())
            .unwrap_err();
        assert_eq!((error.stage, error.kind), (Stage::Encode, ErrorKind::TooLarge));
    }
}

#[test]
fn a_bmp_whose_fourth_byte_is_empty_is_opaque() {
    // Windows' header of 108 bytes with masks for four channels, and one pixel.
    let bmp = |alpha: u8| {
        let mut file =
            b"BM\x7E\0\0\0\0\0\0\0\x7A\0\0\0\x6C\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x20\0\x03".to_vec();
        file.resize(54, 0);
        file.extend([0, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF]);
        file.resize(122, 0);
        file.extend([30, 20, 10, alpha]);
        decoded(&file).picture
    };
    assert_eq!((bmp(0).channels, bmp(0).samples), (Channels::Rgb, Samples::U8(vec![10, 20, 30])));
    assert_eq!((bmp(7).channels, bmp(7).samples), (Channels::Rgba, Samples::U8(vec![10, 20, 30, 7])));
}

#[test]
fn the_content_decides() {
    assert_eq!(kind(b"this is a text, renamed to x.jpg"), ErrorKind::NotAnImage);
    assert_eq!(kind(b"\0\0\0\x18ftypheic\0\0\0\0"), ErrorKind::Unsupported);
}

/// The colour of the fixtures at this place.
fn fixture_pixel(index: usize) -> [u8; 3] {
    [(index % 24 * 10) as u8, (index / 24 * 15) as u8, 99]
}

fn fixture() -> Vec<u8> {
    (0..24 * 16).flat_map(fixture_pixel).collect()
}

#[test]
fn png_in_all_its_ways() {
    let bilevel = decoded(include_bytes!("../../tests/fixtures/bilevel.png")).picture;
    assert_eq!(bilevel.channels, Channels::Grey);
    assert_eq!(eight_bit(&bilevel)[..3], [255, 0, 255]);
    assert_eq!(eight_bit(&bilevel)[24..27], [0, 255, 0]);

    let palette = decoded(include_bytes!("../../tests/fixtures/palette.png")).picture;
    assert_eq!(palette.channels, Channels::Rgba);
    assert_eq!(eight_bit(&palette)[..16], [255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 255, 9, 8, 7, 255]);

    let interlaced = decoded(include_bytes!("../../tests/fixtures/interlaced16.png")).picture;
    let expected = fixture().into_iter().map(|v| u16::from(v) * 256 + u16::from(v.wrapping_add(1))).collect();
    assert_eq!(interlaced.samples, Samples::U16(expected));
}

#[test]
fn the_other_formats_agree_about_the_picture() {
    for (name, file) in [
        ("lzw", &include_bytes!("../../tests/fixtures/lzw.tiff")[..]),
        ("deflate", include_bytes!("../../tests/fixtures/deflate.tiff")),
        ("bmp", include_bytes!("../../tests/fixtures/rgb.bmp")),
    ] {
        assert_eq!(eight_bit(&decoded(file).picture), fixture(), "{name}");
    }
    let expected = Picture {
        size: Size { width: 24, height: 16 },
        channels: Channels::Rgb,
        samples: Samples::U8(fixture()),
    };
    let progressive = decoded(include_bytes!("../../tests/fixtures/progressive.jpg")).picture;
    assert!(psnr(&progressive, &expected) > 38.0);
    assert_eq!(decoded(include_bytes!("../../tests/fixtures/palette.bmp")).picture.size, expected.size);
}

#[test]
fn inks_are_converted_as_adobe_stores_them() {
    let picture = decoded(include_bytes!("../../tests/fixtures/cmyk.jpg")).picture;
    let pixel = &eight_bit(&picture)[..3];
    // 40 % cyan takes 40 % of the red, 20 % yellow takes 20 % of the blue.
    assert!(pixel.iter().zip([153u8, 255, 204]).all(|(a, b)| a.abs_diff(b) <= 3), "{pixel:?}");
}

#[test]
fn tiff_in_all_its_ways() {
    let picture = decoded(include_bytes!("../../tests/fixtures/cmyk.tiff")).picture;
    assert_eq!(picture.size, Size { width: 24, height: 16 });
    for pixel in eight_bit(&picture).chunks(3) {
        assert_eq!(pixel, [153, 255, 204]);
    }
    let jpeg = decoded(include_bytes!("../../tests/fixtures/jpeg.tiff")).picture;
    assert!(eight_bit(&jpeg).iter().zip(fixture()).all(|(a, b)| a.abs_diff(b) <= 8));
    let palette = decoded(include_bytes!("../../tests/fixtures/palette.tiff")).picture;
    assert_eq!(
        palette,
        decoded(include_bytes!("../../tests/fixtures/palette.bmp")).picture,
        "made from the same"
    );
    let bilevel = decoded(include_bytes!("../../tests/fixtures/bilevel.tiff")).picture;
    assert_eq!(eight_bit(&bilevel)[..3], [255, 0, 255]);
    assert_eq!(eight_bit(&bilevel)[24..27], [0, 255, 0]);
}

#[test]
fn a_jpeg_of_12_bits_is_unsupported() {
    let mut file = encoded(&gradient(Channels::Rgb, false, 40, 30), Format::Jpeg, 95);
    let frame = file.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    file[frame + 4] = 12;
    assert_eq!(kind(&file), ErrorKind::Unsupported);
}

#[test]
fn of_an_animation_the_first_frame_is_kept_and_the_user_told() {
    for file in [
        &include_bytes!("../../tests/fixtures/animated.png")[..],
        include_bytes!("../../tests/fixtures/animated.gif"),
        include_bytes!("../../tests/fixtures/animated.webp"),
    ] {
        let decoded = decoded(file);
        assert!(decoded.warnings[0].starts_with("animation: only the first"), "{:?}", decoded.warnings);
        let pixel = &eight_bit(&decoded.picture)[..3];
        assert!(pixel.iter().zip([255u8, 0, 0]).all(|(a, b)| a.abs_diff(b) <= 3), "{pixel:?}");
    }
}
