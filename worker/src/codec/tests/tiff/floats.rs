//! TIFF files of floating-point samples.

use super::*;

#[test]
fn floats_are_light() {
    let floats = [1.0f32, 0.25, 0.5];
    let bytes: Vec<u8> = floats.iter().flat_map(|f| f.to_le_bytes()).collect();
    let made = MadeTiff::new((1, 1), &[32; 3], 2, vec![bytes]).with(339, Shorts(vec![3; 3]));
    // IEC 61966-2-1: 0.25 is 0.537099, 0.5 is 0.735357, of 65535.
    assert_eq!(picture(&made).samples, Samples::U16(vec![65_535, 35_199, 48_192]));
    let half = MadeTiff::new((2, 1), &[16], 1, vec![vec![0, 0x34, 0, 0x40]]).with(339, Shorts(vec![3]));
    let found = decoded(&half.file());
    let Samples::U16(samples) = found.picture.samples else { panic!("8 bits") };
    assert_eq!((found.picture.channels, samples[0]), (Channels::Grey, 35_199));
    assert!(
        samples[1] > 60_000
            && found.warnings == ["numbers beyond 1 were taken for light brighter than white"]
    );
    // With a profile they are colours.
    let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let found = decoded(&made.with(34_675, Bytes(icc.clone())).file());
    assert_eq!(found.picture.samples, Samples::U16(vec![65_535, 16_384, 32_768]));
    assert_eq!(found.metadata.icc, Some(icc));
}

#[test]
fn floats_that_are_no_light_are_named() {
    let below = "numbers below 0 became black";
    let none = "samples that are not numbers, or infinite, became black or white";
    let beyond = "numbers beyond 1 were taken for light brighter than white";
    for (float, level, warnings) in [
        (-0.25, 0, vec![below]),
        (f32::NAN, 0, vec![none]),
        (f32::INFINITY, 65_535, vec![beyond, none]),
        (f32::NEG_INFINITY, 0, vec![below, none]),
    ] {
        let bytes = [float, 0.5].iter().flat_map(|f: &f32| f.to_le_bytes()).collect();
        let made = MadeTiff::new((2, 1), &[32], 1, vec![bytes]).with(339, Shorts(vec![3]));
        let found = decoded(&made.file());
        let Samples::U16(samples) = found.picture.samples else { panic!("8 bits") };
        assert!(samples[0].abs_diff(level) < 10, "{float}: {samples:?}");
        assert_eq!(found.warnings, warnings, "{float}");
    }
}
