//! What a format cannot hold of a picture, and that the report says so where something was lost.

use super::*;

const SIZE: Size = Size { width: 2, height: 1 };
const DEEP: &str = "more than 8 bits per channel became 8:";
const LAID: &str = "what is transparent was laid over #ffffff: jpeg holds no transparency";

/// What is said of a PNG or TIFF of these pixels that becomes this.
fn said(from: Format, channels: Channels, samples: Samples, to: Format) -> Vec<String> {
    let picture = Picture { size: SIZE, channels, samples };
    let output = Output::default();
    let nothing = Metadata::default();
    let file = codec::encode(picture, from, &output, &nothing, false, &mut Vec::new()).unwrap();
    run_bytes(&file, to, Output { effort: recipe::format::Effort::Fast, ..output }).unwrap().0.warnings
}

fn deep(levels: [u16; 2]) -> Samples {
    Samples::U16(levels.into_iter().flat_map(|level| [level; 3]).collect())
}

#[test]
fn bits_that_a_format_does_not_hold_are_named() {
    for from in [Format::Png, Format::Tiff] {
        for to in [Format::Jpeg, Format::Webp, Format::Avif] {
            let expected = format!("{DEEP} {to} holds no more");
            assert_eq!(said(from, Channels::Rgb, deep([1000, 40_000]), to), [expected]);
            // All that they say fits into 8 bits.
            assert_eq!(said(from, Channels::Rgb, deep([257, 65_535]), to), Vec::<String>::new());
        }
        for to in [Format::Png, Format::Tiff] {
            assert_eq!(said(from, Channels::Rgb, deep([1000, 40_000]), to), Vec::<String>::new());
        }
    }
}

#[test]
fn what_was_transparent_is_named_with_what_it_was_laid_over() {
    let shallow = |alpha: u8| Samples::U8(vec![9, 99, 199, 255, 9, 99, 199, alpha]);
    for (alpha, expected) in [(255, vec![]), (254, vec![LAID]), (0, vec![LAID])] {
        assert_eq!(said(Format::Png, Channels::Rgba, shallow(alpha), Format::Jpeg), expected);
        assert_eq!(said(Format::Png, Channels::Rgba, shallow(alpha), Format::Webp), Vec::<String>::new());
    }
    let grey = |alpha: u16| Samples::U16(vec![514, 65_535, 514, alpha]);
    assert_eq!(said(Format::Tiff, Channels::GreyAlpha, grey(65_535), Format::Jpeg), Vec::<String>::new());
    let both = said(Format::Tiff, Channels::GreyAlpha, grey(65_534), Format::Jpeg);
    assert_eq!(both, [format!("{DEEP} jpeg holds no more").as_str(), LAID]);
}

/// Filters make levels between those that were there: nothing of the photo is lost with them.
#[test]
fn what_filters_make_of_8_bits_in_16_is_no_loss() {
    let said = |levels| {
        let picture = Picture { size: SIZE, channels: Channels::Rgb, samples: deep(levels) };
        let (output, nothing) = (Output::default(), Metadata::default());
        let file = codec::encode(picture, Format::Png, &output, &nothing, false, &mut Vec::new()).unwrap();
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("input");
        std::fs::write(&input, file).unwrap();
        let recipe = Recipe::new(vec!["resize=1".parse().unwrap()], output);
        run_recipe(input, Format::Jpeg, &recipe).unwrap().0.warnings
    };
    assert_eq!(said([257, 514]), Vec::<String>::new());
    assert_eq!(said([1000, 40_000]), [format!("{DEEP} jpeg holds no more")]);
}

#[test]
fn a_sensor_and_light_are_always_deeper_than_a_jpeg() {
    let picture = Picture { size: SIZE, channels: Channels::Rgb, samples: deep([1000, 40_000]) };
    for of in [Format::Raw, Format::Exr, Format::Hdr] {
        assert!(!codec::is_deep(&picture, of), "{of}");
    }
    for of in [Format::Png, Format::Tiff, Format::Jxl, Format::Pnm] {
        assert!(codec::is_deep(&picture, of), "{of}");
    }
}
