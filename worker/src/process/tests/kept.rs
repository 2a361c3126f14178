//! What of a photo's own file goes into the result: blocks that are moved, image data for new metadata, and
//! the whole file.

use recipe::format::{Effort, Subsampling};

use super::*;

const FINE: Output = Output { quality: 95, subsampling: Subsampling::S444, ..LOSSLESS };
const LOSSLESS: Output = Output {
    format: None,
    quality: 85,
    max_bytes: None,
    target_quality: None,
    subsampling: Subsampling::S420,
    progressive: false,
    effort: Effort::Fast,
    lossless: true,
    keep_smaller: false,
    color: ColorPolicy::Srgb,
    metadata: MetadataPolicy::Keep,
    raw: RawPolicy::Develop,
    raw_exposure: 0.0,
    hdr: recipe::format::HdrPolicy::Keep,
    background: recipe::filter::Color::WHITE,
    dpi: None,
};

/// A photo of 48×32 pixels under an orientation.
fn photo_of(orientation: u16, subsampling: Subsampling) -> Vec<u8> {
    let output = Output { subsampling, lossless: false, ..FINE };
    let exif = (orientation > 1).then(|| exif(orientation));
    let metadata = Metadata { exif, ..Metadata::default() };
    codec::encode(colored(orientation), Format::Jpeg, &output, &metadata, false, &mut Vec::new()).unwrap()
}

/// The test picture in colours.
fn colored(orientation: u16) -> Picture {
    let Picture { size, samples, .. } = stored(orientation);
    let Samples::U8(levels) = samples else { panic!("depth") };
    let samples = levels.into_iter().flat_map(|level| [level, 255 - level, level / 2 + 40]).collect();
    Picture { size, channels: Channels::Rgb, samples: Samples::U8(samples) }
}

/// A part of a picture of 48×32 pixels in colours.
fn part(picture: &Picture, x: usize, y: usize, width: usize, height: usize) -> Picture {
    let Samples::U8(samples) = &picture.samples else { panic!("depth") };
    let row = |row: &[u8]| row[x * 3..(x + width) * 3].to_vec();
    let samples = samples.chunks_exact(48 * 3).skip(y).take(height).flat_map(row).collect();
    let size = Size { width: width as u32, height: height as u32 };
    Picture { size, channels: Channels::Rgb, samples: Samples::U8(samples) }
}

fn result(photo: &[u8], filters: &[&str], output: Output) -> Result<(Processed, Vec<u8>), JobError> {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input");
    std::fs::write(&input, photo).unwrap();
    let filters = filters.iter().map(|spec| spec.parse().unwrap()).collect();
    run_recipe(input, Format::Jpeg, &Recipe::new(filters, output))
}

/// The largest difference of two pictures' samples.
fn difference(one: &Picture, other: &Picture) -> u8 {
    assert_eq!((one.size, one.channels), (other.size, other.channels));
    let (Samples::U8(one), Samples::U8(other)) = (&one.samples, &other.samples) else { panic!("depth") };
    one.iter().zip(other).map(|(one, other)| one.abs_diff(*other)).max().unwrap()
}

/// Everything from the first scan to the end.
fn scans(jpeg: &[u8]) -> &[u8] {
    let start = jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    &jpeg[start..]
}

#[test]
fn every_orientation_is_turned_upright_without_loss() {
    for orientation in 1..=8 {
        for subsampling in [Subsampling::S444, Subsampling::S420] {
            let photo = photo_of(orientation, subsampling);
            let (_, file) = result(&photo, &[], LOSSLESS).unwrap();
            let upright = decoded(&photo).picture.upright(decoded(&photo).header.orientation).unwrap();
            let found = decoded(&file);
            assert_eq!((found.picture.size, found.header.orientation), (UPRIGHT, Orientation::NoTransforms));
            // The same blocks, transformed back by whole numbers in another order.
            let difference = difference(&found.picture, &upright);
            assert!(difference <= 4, "{orientation} {subsampling}: {difference}");
        }
    }
}

#[test]
fn four_quarter_turns_lead_back_to_the_same_pixels() {
    let photo = photo_of(1, Subsampling::S420);
    let turned = (0..4).fold(photo.clone(), |jpeg, _| result(&jpeg, &["rotate=90"], LOSSLESS).unwrap().1);
    assert_eq!(decoded(&turned).picture, decoded(&photo).picture);
    let twice =
        (0..2).fold(photo.clone(), |jpeg, _| result(&jpeg, &["flip=horizontal"], LOSSLESS).unwrap().1);
    assert_eq!(decoded(&twice).picture, decoded(&photo).picture);
    // Encoded again they would not.
    let lossy = Output { lossless: false, ..FINE };
    let turned = (0..4).fold(photo.clone(), |jpeg, _| result(&jpeg, &["rotate=90"], lossy).unwrap().1);
    assert_ne!(decoded(&turned).picture, decoded(&photo).picture);
}

#[test]
fn a_part_on_the_borders_of_blocks_is_cut_out_without_loss() {
    let photo = photo_of(1, Subsampling::S444);
    let whole = decoded(&photo).picture;
    let spec = "crop:x=8,y=16,width=21,height=13";
    let (_, file) = result(&photo, &[spec], LOSSLESS).unwrap();
    let lossy = Output { lossless: false, ..FINE };
    let expected = part(&whole, 8, 16, 21, 13);
    assert_eq!(decoded(&file).picture, expected);
    assert_ne!(decoded(&result(&photo, &[spec], lossy).unwrap().1).picture, expected);
    // The same part of a photo that lies on its side: the corner is another one.
    let lying = photo_of(6, Subsampling::S444);
    let (_, file) = result(&lying, &["crop:x=16,y=0,width=24,height=32"], LOSSLESS).unwrap();
    assert_eq!(decoded(&file).picture.size, Size { width: 24, height: 32 });
}

#[test]
fn what_cannot_be_without_loss_fails_and_says_why() {
    let odd = result(&photo_of(1, Subsampling::S444), &["crop:width=41,height=27"], FINE_LOSSY).unwrap().1;
    let sound = photo_of(1, Subsampling::S420);
    let cases: [(&[u8], &[&str], &str); 6] = [
        (&sound, &["crop:x=8,y=0,width=16,height=16"], "blocks have 16×16"),
        (&sound, &["rotate=3"], "rotate makes other pixels"),
        (&sound, &["crop=1:1", "sepia"], "sepia makes other pixels"),
        (&odd, &["rotate=90"], "whole blocks of 8×8"),
        (&odd, &["flip=horizontal"], "whole blocks of 8×8"),
        (&odd, &["flip=horizontal", "crop:x=2,y=0,width=8,height=8"], "blocks have 8×8"),
    ];
    for (photo, filters, said) in cases {
        let error = result(photo, filters, LOSSLESS).unwrap_err();
        assert_eq!((error.stage, error.kind), (Stage::Encode, ErrorKind::BadParameter), "{filters:?}");
        assert!(error.detail.contains(said) && error.detail.ends_with("(--lossless)"), "{error}");
    }
    // What lies at the edge can be cut away, or stay there.
    assert!(result(&odd, &["crop:width=40,height=24,x=0,y=0", "rotate=90"], LOSSLESS).is_ok());
    assert!(result(&odd, &["flip=horizontal", "flip=horizontal"], LOSSLESS).is_ok());
    let png =
        codec::encode(colored(1), Format::Png, &FINE_LOSSY, &Metadata::default(), false, &mut Vec::new());
    let error = result(&png.unwrap(), &[], LOSSLESS).unwrap_err();
    assert!(error.detail.contains("it is a png"), "{error}");
    let limited = Output { max_bytes: Some(1024), ..LOSSLESS };
    let error = result(&sound, &["flip=horizontal"], limited);
    assert!(error.is_ok_and(|(_, file)| file.len() <= 1024) || sound.len() > 1024);
}

const FINE_LOSSY: Output = Output { lossless: false, ..FINE };

#[test]
fn advice_that_was_heeded_or_would_not_help_is_not_given() {
    let inks = include_bytes!("../../../tests/fixtures/cmyk.jpg");
    for color in [ColorPolicy::Keep, ColorPolicy::Srgb] {
        let error = result(inks, &[], Output { color, ..LOSSLESS }).unwrap_err();
        assert!(error.detail.contains("its inks become sRGB"), "{error}");
        assert!(!error.detail.contains("unless"), "{error}");
    }
    let metadata = Metadata { icc: crate::color::adobe_rgb(), ..Metadata::default() };
    let wide = codec::encode(colored(1), Format::Jpeg, &FINE_LOSSY, &metadata, false, &mut Vec::new());
    let error = result(&wide.unwrap(), &[], LOSSLESS).unwrap_err();
    assert!(error.detail.contains("unless --color keep leaves them"), "{error}");
}

#[test]
fn metadata_alone_leaves_the_image_data_as_they_are() {
    let photo = photo_of(1, Subsampling::S420);
    let usual = Output::default();
    for output in [
        Output { metadata: MetadataPolicy::Strip, ..usual },
        Output { metadata: MetadataPolicy::Copyright, ..usual },
        Output { dpi: Some(300), ..usual },
        LOSSLESS,
    ] {
        let (_, file) = result(&photo, &[], output).unwrap();
        assert_eq!(scans(&file), scans(&photo), "{output:?}");
        assert_eq!(decoded(&file).metadata.density.is_some(), output.dpi.is_some());
    }
    for output in [
        usual,
        Output { metadata: MetadataPolicy::Strip, quality: 70, ..usual },
        Output { metadata: MetadataPolicy::Strip, progressive: true, ..usual },
    ] {
        let (_, file) = result(&photo, &[], output).unwrap();
        assert_ne!(scans(&file), scans(&photo), "{output:?}");
    }
    // What lies on its side is turned by blocks, or by pixels where those do not do.
    let strip = Output { metadata: MetadataPolicy::Strip, ..usual };
    let lying = photo_of(6, Subsampling::S444);
    let (_, file) = result(&lying, &[], strip).unwrap();
    let upright = decoded(&lying).picture.upright(Orientation::Rotate90).unwrap();
    assert!(difference(&decoded(&file).picture, &upright) <= 4);
}

#[test]
fn without_loss_a_jpeg_can_still_become_progressive() {
    let photo = photo_of(1, Subsampling::S420);
    for output in [Output { progressive: true, ..LOSSLESS }, Output { effort: Effort::Small, ..LOSSLESS }] {
        let (_, file) = result(&photo, &[], output).unwrap();
        assert!(file.windows(2).any(|pair| pair == [0xFF, 0xC2]));
        assert_eq!(decoded(&file).picture, decoded(&photo).picture);
    }
}

#[test]
fn a_comment_between_the_scans_does_not_come_along() {
    let photo = photo_of(1, Subsampling::S444);
    let progressive = result(&photo, &[], Output { progressive: true, ..LOSSLESS }).unwrap().1;
    let is_table = |at: &usize| progressive[*at..].starts_with(b"\xFF\xC4");
    let at = (0..progressive.len()).rev().find(is_table).unwrap();
    let (head, tail) = progressive.split_at(at);
    let with = [head, b"\xFF\xFE\0\x08SECRET", tail].concat();
    assert!(decoded(&with).warnings.is_empty());
    let strip = Output { metadata: MetadataPolicy::Strip, ..LOSSLESS };
    let (_, file) = result(&with, &[], strip).unwrap();
    assert!(!file.windows(6).any(|text| text == b"SECRET"));
    assert_eq!(decoded(&file).picture, decoded(&with).picture);
}

#[test]
fn a_mended_file_is_cut_without_loss_and_not_left_alone() {
    let photo = photo_of(1, Subsampling::S444);
    let endless = &photo[..photo.len() - 2];
    let (processed, file) = result(endless, &["crop:width=16,height=16,x=0,y=0"], LOSSLESS).unwrap();
    assert!(processed.warnings[0].contains("end marker"), "{:?}", processed.warnings);
    assert!(file.ends_with(b"\xFF\xD9") && decoded(&file).warnings.is_empty());
    let smaller = Output { keep_smaller: true, ..Output::default() };
    assert_ne!(result(endless, &[], smaller).unwrap().1, endless);
}

#[test]
fn the_photo_s_own_file_is_the_result_where_that_is_smaller() {
    let large = photo_of(1, Subsampling::S420);
    let small = result(&large, &[], Output { quality: 20, ..Output::default() }).unwrap().1;
    let keep = Output { keep_smaller: true, ..Output::default() };
    let (processed, file) = result(&small, &[], keep).unwrap();
    assert_eq!(file, small);
    assert!(processed.warnings[0].starts_with("kept as it was: encoded again"), "{:?}", processed.warnings);
    assert_eq!(processed.results[0].checksum, crc32fast::hash(&small));
    for (filters, output, why) in [
        (&["sepia"][..], keep, "a filter"),
        (&[], Output { keep_smaller: false, ..keep }, "not asked for"),
        (&[], Output { metadata: MetadataPolicy::Strip, quality: 90, ..keep }, "metadata"),
        (&[], Output { dpi: Some(72), quality: 90, ..keep }, "the density"),
    ] {
        assert_ne!(result(&small, filters, output).unwrap().1, small, "{why}");
    }
    // Where it would not be smaller, ours.
    let (processed, file) = result(&large, &[], Output { quality: 10, ..keep }).unwrap();
    assert!(file.len() < large.len() && processed.warnings.is_empty());
    // A picture that is turned or in other colours is another one.
    let lying = photo_of(6, Subsampling::S420);
    assert_ne!(result(&lying, &[], Output { quality: 99, ..keep }).unwrap().1, lying);
    let metadata = Metadata { icc: color::adobe_rgb(), ..Metadata::default() };
    let coarse = Output { quality: 20, ..Output::default() };
    let adobe = codec::encode(colored(1), Format::Jpeg, &coarse, &metadata, false, &mut Vec::new()).unwrap();
    let quality = 99;
    assert_ne!(result(&adobe, &[], Output { quality, ..keep }).unwrap().1, adobe);
    assert_eq!(result(&adobe, &[], Output { color: ColorPolicy::Keep, quality, ..keep }).unwrap().1, adobe);
    let error = result(&adobe, &[], LOSSLESS).unwrap_err();
    assert!(error.detail.contains("--color keep"), "{error}");
}
