//! How many pixels make an inch: the same in every place of a result, turned along, set, and left where there
//! is no metadata.

use super::*;
use crate::image::Resource;
use crate::metadata::exif;

fn dots(across: u16, down: u16) -> PixelDensity {
    PixelDensity::new(across.into(), down.into(), LengthUnit::Inch).unwrap()
}

/// A block in the order of big-endian machines with a model, an orientation, and 118 by 59 to a centimetre.
fn block(orientation: u8) -> Vec<u8> {
    let entries: [&[u8]; 5] = [
        &[0x01, 0x10, 0, 2, 0, 0, 0, 2, b'K', 0, 0, 0],
        &[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0],
        &[0x01, 0x1A, 0, 5, 0, 0, 0, 1, 0, 0, 0, 74],
        &[0x01, 0x1B, 0, 5, 0, 0, 0, 1, 0, 0, 0, 82],
        &[0x01, 0x28, 0, 3, 0, 0, 0, 1, 0, 3, 0, 0],
    ];
    let numbers = [118u32, 1, 59, 1].map(u32::to_be_bytes).concat();
    [&b"MM\0*\0\0\0\x08\0\x05"[..], &entries.concat(), &[0; 4], &numbers].concat()
}

/// A photo that says this much by itself and that in EXIF.
fn photo(format: Format, density: Option<PixelDensity>, exif: Option<Vec<u8>>) -> Vec<u8> {
    let metadata = Metadata { density, exif, ..Metadata::default() };
    codec::encode(stored(1), format, &Output::default(), &metadata, false, &mut Vec::new()).unwrap()
}

fn made(file: &[u8], format: Format, output: Output) -> Metadata {
    decoded(&run_bytes(file, format, output).unwrap().1).metadata
}

/// What EXIF says; a TIFF's own tags are its EXIF.
fn in_exif(metadata: &Metadata) -> Option<PixelDensity> {
    metadata.exif.as_deref().and_then(exif::density)
}

#[test]
fn the_file_s_own_counts_and_exif_says_the_same_afterwards() {
    for from in [Format::Jpeg, Format::Png] {
        let file = photo(from, Some(dots(300, 150)), Some(block(1)));
        assert_eq!(decoded(&file).metadata.density, Some(dots(300, 150)));
        for to in [Format::Jpeg, Format::Png, Format::Webp] {
            let metadata = made(&file, to, Output::default());
            assert_eq!(metadata.density, Some(dots(300, 150)), "{from} to {to}");
            assert_eq!(in_exif(&metadata), Some(dots(300, 150)), "{from} to {to}");
        }
    }
}

#[test]
fn a_number_that_means_nothing_does_not_cost_the_other_one() {
    let expected = PixelDensity::new(59.0, 59.0, LengthUnit::Centimetre);
    for (from_end, length) in [(16, 8), (16, 4), (12, 4)] {
        let mut half = block(1);
        let at = half.len() - from_end;
        half[at..at + length].fill(0);
        for to in [Format::Jpeg, Format::Tiff, Format::Webp] {
            let metadata = made(&photo(Format::Jpeg, None, Some(half.clone())), to, Output::default());
            assert_eq!(metadata.density, expected, "{to}");
            if to != Format::Tiff {
                assert_eq!(in_exif(&metadata), expected, "{to}");
                let across = exif::tiff_block(&metadata.exif.unwrap(), 0x011A).unwrap();
                assert!(across.chunks(4).all(|number| number != [0; 4]), "{to}: {across:?}");
            }
        }
    }
}

#[test]
fn a_photo_that_is_turned_has_it_turned() {
    let metric = PixelDensity::new(118.0, 59.0, LengthUnit::Centimetre).unwrap();
    for (orientation, expected) in [(1, metric), (3, metric), (6, metric.turned())] {
        for to in [Format::Jpeg, Format::Png, Format::Tiff, Format::Webp] {
            let metadata = made(&photo(Format::Jpeg, None, Some(block(orientation))), to, Output::default());
            assert_eq!(metadata.density, Some(expected), "{orientation} to {to}");
        }
    }
    let recipe = Recipe { filters: vec!["rotate=90".parse().unwrap()], ..Recipe::default() };
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input");
    std::fs::write(&input, photo(Format::Png, Some(dots(200, 100)), None)).unwrap();
    let (_, file) = run_recipe(input, Format::Png, &recipe).unwrap();
    assert_eq!(decoded(&file).metadata.density, Some(dots(100, 200)));
}

#[test]
fn one_that_is_asked_for_stands_everywhere() {
    for policy in [MetadataPolicy::Keep, MetadataPolicy::Copyright, MetadataPolicy::Strip] {
        for exif in [None, Some(block(6))] {
            let file = photo(Format::Jpeg, Some(dots(72, 72)), exif);
            for to in [Format::Jpeg, Format::Png, Format::Tiff, Format::Webp] {
                let output = Output { dpi: Some(240), metadata: policy, ..Output::default() };
                let metadata = made(&file, to, output);
                assert_eq!(metadata.density, Some(dots(240, 240)), "{policy:?} to {to}");
                let said = in_exif(&metadata);
                assert!(said.is_none_or(|said| said == dots(240, 240)), "{policy:?} to {to}");
            }
        }
    }
}

#[test]
fn without_metadata_it_stays_where_the_format_says_it_itself() {
    let file = photo(Format::Jpeg, Some(dots(300, 300)), Some(block(1)));
    let output = Output { metadata: MetadataPolicy::Strip, ..Output::default() };
    for to in [Format::Jpeg, Format::Png, Format::Tiff] {
        assert_eq!(made(&file, to, output).density, Some(dots(300, 300)), "{to}");
    }
    for to in [Format::Jpeg, Format::Png, Format::Webp] {
        assert_eq!(made(&file, to, output).exif, None, "{to}");
    }
}

#[test]
fn where_nothing_is_said_nothing_is_made_up() {
    let made = |to| run_bytes(&photo(Format::Png, None, None), to, Output::default()).unwrap().1;
    for to in [Format::Jpeg, Format::Png, Format::Tiff, Format::Webp] {
        assert_eq!(decoded(&made(to)).metadata.density, None, "{to}");
    }
    assert!(!made(Format::Avif).windows(4).any(|window| window == b"Exif"));
}

#[test]
fn what_jfif_cannot_say_exif_does() {
    let fine = PixelDensity::new(1e7, 1e7, LengthUnit::Metre).unwrap();
    let metadata = made(&photo(Format::Png, Some(fine), None), Format::Jpeg, Output::default());
    assert_eq!((metadata.density, in_exif(&metadata)), (Some(fine), Some(fine)));
}

#[test]
fn xmp_says_the_same() {
    let packet = br#"<x xmlns:t="http://ns.adobe.com/tiff/1.0/" t:XResolution="72/1" t:YResolution="72/1"
        t:ResolutionUnit="3"/>"#;
    let metadata =
        Metadata { density: Some(dots(300, 150)), xmp: Some(packet.to_vec()), ..Metadata::default() };
    let file = codec::encode(stored(1), Format::Jpeg, &Output::default(), &metadata, false, &mut Vec::new())
        .unwrap();
    let xmp = made(&file, Format::Png, Output::default()).xmp.unwrap();
    let xmp = String::from_utf8(xmp).unwrap();
    for said in ["XResolution=\"300/1\"", "YResolution=\"150/1\"", "ResolutionUnit=\"2\""] {
        assert!(xmp.contains(said), "{xmp}");
    }
}

/// What Photoshop notes: 16 bits on each side of the point.
fn in_resource(density: [u16; 2]) -> Vec<Resource> {
    let [across, down] = density.map(|value| [&value.to_be_bytes()[..], &[0, 0, 0, 1, 0, 1]].concat());
    vec![Resource { id: 0x03ED, data: [across, down].concat() }]
}

#[test]
fn what_photoshop_or_xmp_alone_say_counts_in_this_order() {
    let packet = br#"<x xmlns:t="http://ns.adobe.com/tiff/1.0/" t:XResolution="96/1" t:YResolution="48/1"/>"#;
    let written = |from: Format, metadata: Metadata| {
        codec::encode(stored(1), from, &Output::default(), &metadata, false, &mut Vec::new()).unwrap()
    };
    let xmp = Some(packet.to_vec());
    for from in [Format::Jpeg, Format::Png, Format::Tiff] {
        let of_xmp = written(from, Metadata { xmp: xmp.clone(), ..Metadata::default() });
        let resources = in_resource([300, 150]);
        let of_both = written(from, Metadata { resources, xmp: xmp.clone(), ..Metadata::default() });
        for to in [Format::Jpeg, Format::Png, Format::Tiff, Format::Webp] {
            for (file, expected) in [(&of_xmp, dots(96, 48)), (&of_both, dots(300, 150))] {
                let metadata = made(file, to, Output::default());
                assert_eq!(metadata.density, Some(expected), "{from} to {to}");
                assert_eq!(metadata.resources, [], "{from} to {to}");
                let text = String::from_utf8(metadata.xmp.unwrap()).unwrap();
                let [(across, _), (down, _)] = expected.in_tiff().0;
                let said = format!("t:XResolution=\"{across}/1\" t:YResolution=\"{down}/1\"");
                assert!(text.contains(&said), "{text}");
            }
        }
    }
    let shape = PixelDensity::without_unit(2.0, 1.0);
    let file = written(Format::Jpeg, Metadata { density: shape, xmp, ..Metadata::default() });
    assert_eq!(decoded(&file).metadata.density, Some(dots(96, 48)));
}

#[test]
fn without_a_unit_the_shape_of_the_pixels_stays_or_is_named() {
    let shape = PixelDensity::without_unit(2.0, 1.0).unwrap();
    let formats = [Format::Jpeg, Format::Png, Format::Tiff];
    for from in formats {
        let file = photo(from, Some(shape), None);
        for to in formats {
            assert_eq!(made(&file, to, Output::default()).density, Some(shape), "{from} to {to}");
            let output = Output { dpi: Some(96), ..Output::default() };
            assert_eq!(made(&file, to, output).density, Some(dots(96, 96)), "{from} to {to}");
        }
        for to in [Format::Webp, Format::Avif] {
            let warnings = run_bytes(&file, to, Output::default()).unwrap().0.warnings;
            assert_eq!(warnings.len(), 1, "{from} to {to}: {warnings:?}");
            assert!(warnings[0].contains("not square"), "{from} to {to}: {warnings:?}");
        }
    }
    let square = photo(Format::Png, PixelDensity::without_unit(72.0, 72.0), None);
    assert_eq!(run_bytes(&square, Format::Webp, Output::default()).unwrap().0.warnings.len(), 0);
}
