//! Colour: pixels from an embedded profile to sRGB, and from inks to light.
//!
//! A profile that says sRGB in other words changes nothing, so that the most common photos pass untouched. No
//! state.

mod black_point;
pub(crate) mod code_points;
mod fitted;
mod grey;
mod high_range;
pub(crate) mod made;
pub(crate) mod tone;

use moxcms::{CmsError, ColorProfile, DataColorSpace, Layout, TransformExecutor, TransformOptions};

pub(crate) use self::fitted::{Fitted, fitted};
pub(crate) use self::high_range::HighRange;
pub(crate) use self::made::{adobe_rgb, pro_photo_rgb, srgb};

use crate::image::{Channels, Picture, Samples};

/// Pixels converted at a time: few enough to stay in the cache, many enough for the transform to be worth
/// calling.
const BLOCK: usize = 4096;
/// Steps per channel of the lattice of colours that decides whether a profile is sRGB.
const LATTICE: usize = 9;

/// Why pixels could not be converted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ColorError {
    /// The profile cannot be read or used.
    #[error("the embedded colour profile is broken")]
    Broken,
    /// The profile is for pixels of another kind, such as inks.
    #[error("the embedded colour profile is not one for this kind of picture")]
    Mismatch,
}

/// What the library says is no help to anybody who has no other copy of the profile.
impl From<CmsError> for ColorError {
    fn from(_: CmsError) -> ColorError {
        ColorError::Broken
    }
}

/// What became of pixels that had to be sRGB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MadeSrgb {
    /// They were.
    Untouched,
    /// They were converted.
    Converted,
    /// Light beyond white was brought to what a screen shows.
    Toned(HighRange),
}

/// Converts the pixels from this ICC profile to sRGB, in place; grey stays grey, with the curve of sRGB.
pub(crate) fn to_srgb(picture: &mut Picture, icc: &[u8]) -> Result<MadeSrgb, ColorError> {
    let profile = ColorProfile::new_from_slice(icc)?;
    match (picture.channels, profile.color_space) {
        (_, DataColorSpace::Rgb) if let Some(range) = HighRange::of(&profile) => {
            high_range::to_srgb(picture, range, &profile);
            Ok(MadeSrgb::Toned(range))
        }
        (Channels::Rgb | Channels::Rgba, DataColorSpace::Rgb) => rgb_to_srgb(picture, &profile),
        // Grey photos often carry a profile for colour: its curve is what counts for them.
        (Channels::Grey | Channels::GreyAlpha, DataColorSpace::Gray | DataColorSpace::Rgb) => {
            grey_to_srgb(picture, &profile)
        }
        _ => Err(ColorError::Mismatch),
    }
}

fn rgb_to_srgb(picture: &mut Picture, profile: &ColorProfile) -> Result<MadeSrgb, ColorError> {
    if is_srgb(profile)? {
        return Ok(MadeSrgb::Untouched);
    }
    let layout = if picture.channels.has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let block = BLOCK * picture.channels.count();
    match &mut picture.samples {
        Samples::U8(samples) => {
            let transform = profile.create_transform_8bit(layout, &srgb, layout, options)?;
            in_blocks(samples, block, transform.as_ref())?;
        }
        Samples::U16(samples) => {
            let transform = profile.create_transform_16bit(layout, &srgb, layout, options)?;
            in_blocks(samples, block, transform.as_ref())?;
        }
    }
    Ok(MadeSrgb::Converted)
}

fn in_blocks<T: Copy + Default>(
    samples: &mut [T],
    block: usize,
    transform: &dyn TransformExecutor<T>,
) -> Result<(), ColorError> {
    let mut original = vec![T::default(); block];
    for chunk in samples.chunks_mut(block) {
        let original = &mut original[..chunk.len()];
        original.copy_from_slice(chunk);
        transform.transform(original, chunk)?;
    }
    Ok(())
}

/// Whether converting from the profile to sRGB moves no colour of a lattice by more than one level of 8 bits.
fn is_srgb(profile: &ColorProfile) -> Result<bool, ColorError> {
    let level = |index: usize| (index * 255 / (LATTICE - 1)) as u8;
    let lattice: Vec<u8> = (0..LATTICE * LATTICE * LATTICE)
        .flat_map(|i| [level(i % LATTICE), level(i / LATTICE % LATTICE), level(i / LATTICE / LATTICE)])
        .collect();
    let mut converted = vec![0; lattice.len()];
    profile
        .create_transform_8bit(
            Layout::Rgb,
            &ColorProfile::new_srgb(),
            Layout::Rgb,
            TransformOptions::default(),
        )?
        .transform(&lattice, &mut converted)?;
    Ok(lattice.iter().zip(&converted).all(|(a, b)| a.abs_diff(*b) <= 1))
}

fn grey_to_srgb(picture: &mut Picture, profile: &ColorProfile) -> Result<MadeSrgb, ColorError> {
    let value_8: Vec<u8> =
        grey::in_srgb(profile, 256)?.into_iter().map(|value| (value * 255.0 + 0.5) as u8).collect();
    if (0..=u8::MAX).zip(&value_8).all(|(before, after)| before.abs_diff(*after) <= 1) {
        return Ok(MadeSrgb::Untouched);
    }
    let step = picture.channels.count();
    match &mut picture.samples {
        Samples::U8(samples) => {
            samples.iter_mut().step_by(step).for_each(|s| *s = value_8[usize::from(*s)]);
        }
        Samples::U16(samples) => {
            let values = grey::in_srgb(profile, 65_536)?;
            let value_16 = |s: u16| (values[usize::from(s)] * 65_535.0 + 0.5) as u16;
            samples.iter_mut().step_by(step).for_each(|s| *s = value_16(*s));
        }
    }
    Ok(MadeSrgb::Converted)
}

/// Converts CMYK of 8 bits to sRGB, by the profile if it is a sound one for inks, else by the plain formula
/// `255 × (1 − ink) × (1 − black)`. Either way the profile is taken: it says nothing of the result.
/// `inverted` is how Adobe stores inks: 255 means none.
pub(crate) fn cmyk_to_rgb(
    mut cmyk: Vec<u8>,
    inverted: bool,
    icc: &mut Option<Vec<u8>>,
    warnings: &mut Vec<String>,
) -> Vec<u8> {
    if inverted {
        cmyk.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    if let Some(icc) = icc.take() {
        match by_profile(&cmyk, &icc) {
            Ok(rgb) => return rgb,
            Err(error) => warnings.push(format!("{error}: inks became sRGB by a guess")),
        }
    } else {
        warnings.push("inks without a colour profile became sRGB by a guess".to_owned());
    }
    let light = |ink: u8, black: u8| ((u32::from(255 - ink) * u32::from(255 - black) + 127) / 255) as u8;
    cmyk.chunks_exact(4).flat_map(|ink| [0, 1, 2].map(|i| light(ink[i], ink[3]))).collect()
}

fn by_profile(cmyk: &[u8], icc: &[u8]) -> Result<Vec<u8>, ColorError> {
    let profile = ColorProfile::new_from_slice(icc)?;
    if profile.color_space != DataColorSpace::Cmyk {
        return Err(ColorError::Mismatch);
    }
    // Four samples per pixel are what the layout says; the profile says that they are inks.
    let (options, srgb) = black_point::to_srgb(&profile)?;
    let transform = profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options)?;
    let mut rgb = vec![0; cmyk.len() / 4 * 3];
    transform.transform(cmyk, &mut rgb)?;
    Ok(rgb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use recipe::filter::geometry::Size;

    fn picture(channels: Channels, samples: Samples) -> Picture {
        let width = (samples.len() / channels.count()) as u32;
        Picture { size: Size { width, height: 1 }, channels, samples }
    }

    #[test]
    fn srgb_pixels_pass_untouched() {
        let icc = ColorProfile::new_srgb().encode().unwrap();
        let original = picture(Channels::Rgb, Samples::U8((0..=254).collect()));
        let mut converted = original.clone();
        to_srgb(&mut converted, &icc).unwrap();
        assert_eq!(converted, original);
    }

    #[test]
    fn a_wide_colour_becomes_stronger_and_grey_stays_grey() {
        let icc = ColorProfile::new_display_p3().encode().unwrap();
        let mut converted = picture(Channels::Rgba, Samples::U8(vec![200, 100, 100, 7, 128, 128, 128, 255]));
        to_srgb(&mut converted, &icc).unwrap();
        let Samples::U8(samples) = converted.samples else { panic!("depth") };
        assert!(samples[0] > 205 && samples[1] < 98, "{samples:?}");
        assert_eq!((samples[3], samples[7]), (7, 255));
        assert!(samples[4..7].iter().all(|s| s.abs_diff(128) <= 1), "{samples:?}");
    }

    /// Linear light to linear light, from the primaries of each space and its white point D65 alone.
    const P3_TO_SRGB: [[f64; 3]; 3] =
        [[1.224940, -0.224940, 0.0], [-0.042057, 1.042057, 0.0], [-0.019638, -0.078636, 1.098274]];
    const ADOBE_TO_SRGB: [[f64; 3]; 3] =
        [[1.398283, -0.398283, 0.0], [0.0, 1.0, 0.0], [0.0, -0.042938, 1.042938]];

    /// Within two levels of what the definitions of the spaces say, colours out of sRGB's reach clipped.
    #[test]
    fn wide_colours_follow_their_definitions() {
        let from_srgb = |v: f64| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
        let to_srgb_curve =
            |v: f64| if v <= 0.0031308 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        let from_adobe = |v: f64| v.powf(2.19921875);
        let cases = [
            ("Display P3", ColorProfile::new_display_p3(), P3_TO_SRGB, &from_srgb as &dyn Fn(f64) -> f64),
            ("Adobe RGB", ColorProfile::new_adobe_rgb(), ADOBE_TO_SRGB, &from_adobe),
        ];
        for (name, profile, matrix, linear) in cases {
            let level = |index: usize| (index * 51) as u8;
            let original: Vec<u8> =
                (0..216).flat_map(|i| [level(i % 6), level(i / 6 % 6), level(i / 36)]).collect();
            let mut converted = picture(Channels::Rgb, Samples::U8(original.clone()));
            to_srgb(&mut converted, &profile.encode().unwrap()).unwrap();
            let Samples::U8(samples) = converted.samples else { panic!("depth") };
            for (pixel, result) in original.chunks(3).zip(samples.chunks(3)) {
                let light: Vec<f64> = pixel.iter().map(|v| linear(f64::from(*v) / 255.0)).collect();
                for (row, got) in matrix.iter().zip(result) {
                    let sum: f64 = row.iter().zip(&light).map(|(a, b)| a * b).sum();
                    let expected = to_srgb_curve(sum.clamp(0.0, 1.0)) * 255.0;
                    assert!(
                        (expected - f64::from(*got)).abs() <= 2.0,
                        "{name} {pixel:?}: {got}, not {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn both_depths_agree() {
        let icc = ColorProfile::new_adobe_rgb().encode().unwrap();
        let levels: Vec<u8> = (0..=254).collect();
        let mut eight = picture(Channels::Rgb, Samples::U8(levels.clone()));
        let mut sixteen =
            picture(Channels::Rgb, Samples::U16(levels.into_iter().map(|s| u16::from(s) * 257).collect()));
        to_srgb(&mut eight, &icc).unwrap();
        to_srgb(&mut sixteen, &icc).unwrap();
        let (Samples::U8(a), Samples::U8(b)) = (eight.samples, sixteen.into_8_bit().samples) else {
            panic!("depth")
        };
        assert!(a.iter().zip(&b).all(|(a, b)| a.abs_diff(*b) <= 1), "{a:?}\n{b:?}");
    }

    #[test]
    fn grey_follows_its_curve() {
        let icc = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
        let mut grey = picture(Channels::GreyAlpha, Samples::U8(vec![0, 9, 55, 9, 255, 9]));
        to_srgb(&mut grey, &icc).unwrap();
        let Samples::U8(samples) = grey.samples else { panic!("depth") };
        // IEC 61966-2-1: linear 55/255 = 0.2157 is 1.055 × 0.2157^(1/2.4) − 0.055 = 0.502, so level 128.
        assert_eq!((samples[0], samples[4]), (0, 255));
        assert!(samples[2].abs_diff(128) <= 1, "{samples:?}");
        assert!([1, 3, 5].iter().all(|&i| samples[i] == 9));
    }

    #[test]
    fn what_is_converted_is_tagged_with_a_small_profile_that_fits() {
        for channels in [Channels::Grey, Channels::Rgba] {
            let icc = srgb(channels).unwrap();
            assert!(icc.len() < 1000, "{}", icc.len());
            let samples = (0..=251).collect();
            let original = picture(channels, Samples::U8(samples));
            let mut converted = original.clone();
            to_srgb(&mut converted, &icc).unwrap();
            assert_eq!(converted, original);
        }
    }

    #[test]
    fn broken_and_foreign_profiles_are_refused() {
        let mut rgb = picture(Channels::Rgb, Samples::U8(vec![1, 2, 3]));
        assert!(matches!(to_srgb(&mut rgb, b"no profile"), Err(ColorError::Broken)));
        let grey = ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
        assert!(matches!(to_srgb(&mut rgb, &grey), Err(ColorError::Mismatch)));
    }

    #[test]
    fn inks_become_light() {
        let mut warnings = Vec::new();
        let rgb = |cmyk: &[u8], inverted, warnings: &mut Vec<String>| {
            cmyk_to_rgb(cmyk.to_vec(), inverted, &mut None, warnings)
        };
        assert_eq!(rgb(&[0, 0, 0, 0, 255, 0, 0, 0], false, &mut warnings), [255, 255, 255, 0, 255, 255]);
        assert_eq!(
            rgb(&[255, 255, 255, 0, 255, 255, 255, 255], true, &mut warnings),
            [0, 0, 0, 255, 255, 255]
        );
        let mut icc = Some(b"no profile".to_vec());
        cmyk_to_rgb(vec![0; 4], false, &mut icc, &mut warnings);
        assert_eq!(icc, None);
        let [first, second, broken] = warnings.as_slice() else { panic!("{warnings:?}") };
        assert!(first.contains("without a colour profile") && first == second);
        assert!(broken.contains("is broken"), "{broken}");
    }
}
