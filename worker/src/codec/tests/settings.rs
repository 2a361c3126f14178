//! `--progressive`, `--effort`, `--lossless` and `--target-quality`, with the real encoders.

use recipe::format::{Effort, Subsampling};

use super::super::avif;
use super::super::score::Reference;
use super::*;

fn file(picture: &Picture, format: Format, output: &Output) -> Vec<u8> {
    encode(picture.clone(), format, output, &Metadata::default(), false, &mut Vec::new()).unwrap()
}

/// Whether a JPEG is in several scans, by its marker SOF2.
fn is_progressive(jpeg: &[u8]) -> bool {
    jpeg.windows(2).any(|pair| pair == [0xFF, 0xC2])
}

/// As little alike as the pixels of a photo are.
fn photo() -> Picture {
    let size = Size { width: 256, height: 192 };
    let samples = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y))).flat_map(|(x, y)| {
        let (u, v) = (f64::from(x) / 9.0, f64::from(y) / 13.0);
        let noise =
            (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_mul(2_246_822_519) >> 28;
        let level =
            |phase: f64| (120.0 + 60.0 * (u + phase).sin() * v.cos() + 20.0 * (u * v / 20.0).cos()) as u8;
        [level(0.0), level(0.4), level(0.9)].map(|level| level.saturating_add(noise as u8))
    });
    Picture { size, channels: Channels::Rgb, samples: Samples::U8(samples.collect()) }
}

#[test]
fn small_files_are_smaller_and_show_the_same() {
    let picture = photo();
    for format in [Format::Jpeg, Format::Webp, Format::Png] {
        let [fast, small] = [Effort::Fast, Effort::Small]
            .map(|effort| file(&picture, format, &Output { effort, ..Output::default() }));
        assert!(small.len() < fast.len(), "{format}: {} and {} bytes", small.len(), fast.len());
        let (fast, small) = (decoded(&fast).picture, decoded(&small).picture);
        // What a JPEG and a PNG show is the same to the bit.
        let likeness = psnr(&small, &fast);
        assert!(likeness > if format == Format::Webp { 35.0 } else { 98.0 }, "{format}: {likeness}");
    }
}

#[test]
fn a_small_png_keeps_depth_and_channels() {
    let grey = Picture {
        size: Size { width: 16, height: 2 },
        channels: Channels::Grey,
        samples: Samples::U16(vec![0x0101; 32]),
    };
    let opaque = Picture { size: grey.size, channels: Channels::Rgb, samples: Samples::U8(vec![7; 96]) };
    for picture in [grey, opaque] {
        let output = Output { effort: Effort::Small, ..Output::default() };
        let again = decoded(&file(&picture, Format::Png, &output)).picture;
        assert_eq!(again, picture);
    }
}

#[test]
fn a_progressive_jpeg_shows_the_same() {
    let picture = photo();
    let plain = file(&picture, Format::Jpeg, &Output::default());
    let several = file(&picture, Format::Jpeg, &Output { progressive: true, ..Output::default() });
    assert_eq!((is_progressive(&plain), is_progressive(&several)), (false, true));
    assert_eq!(decoded(&several).picture, decoded(&plain).picture);
}

#[test]
fn without_loss_every_pixel_stays() {
    let output = Output { lossless: true, quality: 1, ..Output::default() };
    for channels in [Channels::Rgb, Channels::Rgba] {
        let picture = gradient(channels, false, 60, 40);
        for format in [Format::Webp, Format::Png, Format::Tiff] {
            assert_eq!(decoded(&file(&picture, format, &output)).picture, picture, "{format}");
        }
    }
    let deep = gradient(Channels::Rgb, true, 60, 40);
    for (picture, format, said) in [
        (&deep, Format::Webp, "16 bits"),
        (&deep, Format::Jpeg, "new pixels"),
        (&deep, Format::Avif, "new pixels"),
    ] {
        let error = encode(picture.clone(), format, &output, &Metadata::default(), false, &mut Vec::new());
        let error = error.unwrap_err();
        assert_eq!((error.stage, error.kind), (Stage::Encode, ErrorKind::BadParameter), "{format}");
        assert!(error.detail.contains(said) && error.detail.contains("--lossless"), "{error}");
    }
}

fn aimed(picture: &Picture, format: Format, output: &Output) -> (Encoded, Vec<String>) {
    let (mut warnings, metadata) = (Vec::new(), Metadata::default());
    let encoding = Encoding { format, output, metadata: &metadata, lossless: false, taken: 0 };
    (encoding.encode(picture.clone(), &mut warnings).unwrap(), warnings)
}

/// The picture of a file that was made here.
fn seen(file: &[u8]) -> Picture {
    if file.get(4..12) == Some(b"ftypavif") { avif::decoded(file).unwrap() } else { decoded(file).picture }
}

#[test]
fn a_file_scores_what_was_asked_for_and_hardly_more() {
    let picture = photo();
    let reference = Reference::new(&picture).unwrap();
    for format in [Format::Jpeg, Format::Webp, Format::Avif] {
        let mut before = 0;
        for target in [50, 70, 85] {
            let output = Output { target_quality: Some(target), ..Output::default() };
            let (Encoded { file: aimed, chosen }, warnings) = aimed(&picture, format, &output);
            let chosen = chosen.unwrap();
            assert_eq!(warnings, Vec::<String>::new());
            assert!(aimed.len() > before, "{format} {target}");
            before = aimed.len();
            // It is the file of that quality.
            let of_quality = |quality: u8| file(&picture, format, &Output { quality, ..Output::default() });
            assert_eq!(of_quality(chosen.quality), aimed, "{format} {target}");
            let score = f64::from(chosen.score.unwrap()) / 100.0;
            let (lowest, most) = (f64::from(target), f64::from(target) + 8.0);
            assert!((lowest..most).contains(&score), "{format} {target}: {score}");
            // As far as five tries tell, the least that will do.
            let score_of = |quality| reference.score(&seen(&of_quality(quality))).unwrap();
            let least = (1..=chosen.quality).find(|quality| score_of(*quality) >= f64::from(target));
            assert!(chosen.quality - least.unwrap() <= 3, "{format} {target}: {} {least:?}", chosen.quality);
        }
    }
}

#[test]
fn what_cannot_be_reached_is_said_with_what_was() {
    let picture = photo();
    let output = Output { target_quality: Some(100), subsampling: Subsampling::S420, ..Output::default() };
    let (Encoded { chosen, .. }, warnings) = aimed(&picture, Format::Jpeg, &output);
    let chosen = chosen.unwrap();
    assert_eq!(chosen.quality, 100);
    let score = f64::from(chosen.score.unwrap()) / 100.0;
    let said = format!("it scores {score:.1}, less than 100 (--target-quality): no quality reaches it");
    assert_eq!(warnings, [said]);
    // A limit of the size comes first.
    let limited = Output { target_quality: Some(80), max_bytes: Some(6000), ..Output::default() };
    let (Encoded { file, chosen }, warnings) = aimed(&picture, Format::Jpeg, &limited);
    assert!(file.len() <= 6000 && chosen.unwrap().score.unwrap() < 8000);
    let said = "less than 80 (--target-quality): --max-bytes allows no more (quality ";
    assert!(warnings[0].contains(said), "{warnings:?}");
}

#[test]
fn grey_small_and_transparent_pictures_are_compared_too() {
    let output = Output { target_quality: Some(60), ..Output::default() };
    for (channels, width, height) in
        [(Channels::Grey, 40, 30), (Channels::Rgba, 40, 30), (Channels::GreyAlpha, 3, 2)]
    {
        for format in [Format::Jpeg, Format::Webp, Format::Avif] {
            let (Encoded { chosen, .. }, _) =
                aimed(&gradient(channels, false, width, height), format, &output);
            assert!(chosen.unwrap().score.unwrap() >= 6000, "{format} {channels:?}");
        }
    }
    // A PNG is always as like as can be.
    assert_eq!(aimed(&gradient(Channels::Rgb, false, 9, 9), Format::Png, &output).0.chosen, None);
}
