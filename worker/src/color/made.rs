//! Profiles that are written here: for what pixels became, and for colours that a file states without a
//! profile. No state.

use moxcms::{CicpProfile, ColorPrimaries, ColorProfile, ProfileText, ToneReprCurve, XyY, Xyzd};

use crate::image::Channels;

/// The white that profiles refer to (ICC.1:2022, 7.2.18).
const D50: Xyzd = Xyzd { x: 0.9642, y: 1.0, z: 0.8249 };
/// Entries of a curve that is written as a table of our own.
const ENTRIES: usize = 4096;

/// The profile of sRGB, of which grey has the curve alone.
pub(crate) fn srgb(channels: Channels) -> Option<Vec<u8>> {
    match channels {
        Channels::Grey | Channels::GreyAlpha => undated(grey_profile(srgb_curve()), "Grey of sRGB"),
        Channels::Rgb | Channels::Rgba => undated(ColorProfile::new_srgb(), "sRGB"),
    }
}

/// The profile of Adobe RGB.
pub(crate) fn adobe_rgb() -> Option<Vec<u8>> {
    let mut profile = ColorProfile::new_adobe_rgb();
    // The gamma of the standard as a formula: as a table of one number it would have an odd length, see
    // below.
    let gamma = Some(gamma(563.0 / 256.0));
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (gamma.clone(), gamma.clone(), gamma);
    undated(profile, "Adobe RGB 1998")
}

/// The profile of ProPhoto RGB, with the gamma that programs take for its curve.
pub(crate) fn pro_photo_rgb() -> Option<Vec<u8>> {
    let mut profile = ColorProfile::new_pro_photo_rgb();
    let gamma = Some(gamma(1.8));
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (gamma.clone(), gamma.clone(), gamma);
    profile.media_white_point = Some(D50);
    undated(profile, "ProPhoto RGB")
}

/// A profile of these primaries and this curve from values to light; none if there are no such colours.
pub(crate) fn rgb(white: XyY, primaries: ColorPrimaries, curve: &ToneReprCurve) -> Option<Vec<u8>> {
    let mut profile = ColorProfile::new_srgb();
    profile.update_rgb_colorimetry(white, primaries);
    with_curve(profile, curve)
}

/// The same with the primaries that have a number.
pub(super) fn by_number(code_points: CicpProfile, curve: &ToneReprCurve) -> Option<Vec<u8>> {
    with_curve(ColorProfile::new_from_cicp(code_points), curve)
}

/// A profile of light beyond white: what its numbers mean is said by code points, and by a curve for readers
/// that do not know them.
pub(super) fn high_range(code_points: CicpProfile) -> Option<Vec<u8>> {
    let mut profile = ColorProfile::new_from_cicp(code_points);
    profile.media_white_point = Some(D50);
    is_sound(&profile).then(|| undated(profile, "Light of a photo")).flatten()
}

/// A profile of grey with this curve from values to light.
pub(crate) fn grey(curve: &ToneReprCurve) -> Option<Vec<u8>> {
    undated(grey_profile(writable(curve)?), "Greys of a photo")
}

/// The curve of sRGB (IEC 61966-2-1), as a formula.
pub(crate) fn srgb_curve() -> ToneReprCurve {
    ToneReprCurve::Parametric(vec![2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045])
}

/// The curve of a gamma, as a formula.
pub(crate) fn gamma(exponent: f32) -> ToneReprCurve {
    ToneReprCurve::Parametric(vec![exponent])
}

/// A curve as a table, of what this function says of values from 0 to 1.
pub(super) fn table(light: impl Fn(f32) -> f32) -> ToneReprCurve {
    let entry = |at: usize| (light(at as f32 / (ENTRIES - 1) as f32).clamp(0.0, 1.0) * 65_535.0 + 0.5) as u16;
    ToneReprCurve::Lut((0..ENTRIES).map(entry).collect())
}

fn with_curve(mut profile: ColorProfile, curve: &ToneReprCurve) -> Option<Vec<u8>> {
    let curve = Some(writable(curve)?);
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
    // Primaries and curve say it all, and the primaries are adapted to the white of profiles.
    (profile.cicp, profile.chromatic_adaptation, profile.media_white_point) = (None, None, Some(D50));
    is_sound(&profile).then(|| undated(profile, "Colours of a photo")).flatten()
}

/// Whether red, green and blue are different lights that make white together.
fn is_sound(profile: &ColorProfile) -> bool {
    let [red, green, blue] = [profile.red_colorant, profile.green_colorant, profile.blue_colorant];
    let sum = [red.x + green.x + blue.x, red.y + green.y + blue.y, red.z + green.z + blue.z];
    let makes_white = sum.iter().zip([D50.x, D50.y, D50.z]).all(|(sum, white)| (sum - white).abs() < 0.01);
    let volume = profile.colorant_matrix().determinant().unwrap_or_default();
    // Not a number is neither.
    makes_white && volume.abs() > 0.001
}

fn grey_profile(curve: ToneReprCurve) -> ColorProfile {
    let mut grey = ColorProfile::new_gray_with_gamma(1.0);
    grey.gray_trc = Some(curve);
    grey
}

/// The same curve, of an even number of entries: see below.
fn writable(curve: &ToneReprCurve) -> Option<ToneReprCurve> {
    match curve {
        ToneReprCurve::Lut(entries) if !entries.len().is_multiple_of(2) => match entries[..] {
            [fixed] => Some(gamma(f32::from(fixed) / 256.0)),
            _ => {
                let evaluator = curve.make_linear_evaluator().ok()?;
                Some(table(|value| evaluator.evaluate_value(value)))
            }
        },
        ToneReprCurve::Lut(_) | ToneReprCurve::Parametric(_) => Some(curve.clone()),
    }
}

/// Encodes a profile by this name without the time of its making (bytes 24 to 35, ICC.1:2022, 7.2.9): the
/// same photo must always become the same bytes. A text of an odd number of letters, or a curve of an odd
/// number of entries, would move what follows off the limits of four bytes, where readers look for it.
fn undated(mut profile: ColorProfile, name: &str) -> Option<Vec<u8>> {
    let text = |text: &str| Some(ProfileText::PlainString(text.to_owned()));
    profile.description = text(name);
    profile.copyright = text("No copyright");
    // The library computes it from a temperature, and readers compare it with the number in the standard
    // (7.2.18).
    profile.white_point = D50;
    let mut bytes = profile.encode().ok()?;
    bytes.get_mut(24..36)?.fill(0);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use moxcms::WHITE_POINT_D65;

    use super::*;
    use crate::color::code_points;

    /// What libpng and the standard (ICC.1:2022, 7 and 8) ask of a profile.
    #[test]
    fn our_own_profiles_are_sound_and_do_not_tell_the_time() {
        let odd = ToneReprCurve::Lut((0..5).map(|entry| entry * entry * 4095).collect());
        let profiles = [
            srgb(Channels::Grey),
            srgb(Channels::Rgb),
            adobe_rgb(),
            pro_photo_rgb(),
            grey(&odd),
            grey(&ToneReprCurve::Lut(vec![461])),
            rgb(WHITE_POINT_D65, ColorPrimaries::BT_2020, &odd),
            code_points::profile(9, 16, Channels::Rgb),
            code_points::profile(11, 5, Channels::Rgb),
            code_points::profile(1, 1, Channels::Grey),
        ];
        for profile in profiles {
            let profile = profile.unwrap();
            let number = |at: usize| u32::from_be_bytes(profile[at..at + 4].try_into().unwrap());
            assert_eq!(profile[24..36], [0; 12]);
            assert_eq!((number(0) as usize, profile.len() % 4), (profile.len(), 0));
            assert_eq!(profile[68..80], [0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D], "D50");
            let tags: Vec<usize> = (0..number(128) as usize).map(|tag| 132 + 12 * tag).collect();
            for at in &tags {
                let (kind, offset) = (&profile[*at..at + 4], number(at + 4) as usize);
                assert_eq!(offset % 4, 0, "{}", kind.escape_ascii());
                assert!(offset + number(at + 8) as usize <= profile.len());
            }
            for needed in [b"desc", b"cprt", b"wtpt"] {
                assert!(tags.iter().any(|at| profile[*at..at + 4] == *needed), "{}", needed.escape_ascii());
            }
        }
    }
}
