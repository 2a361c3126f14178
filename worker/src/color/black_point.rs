//! Black point compensation (ISO 18619:2015, first published by Adobe in 2006): the blackest that inks can
//! print becomes black on the screen, white stays white, and what is between is scaled, so that shadows
//! neither turn grey nor into a patch of black. No state.
//!
//! The scale is one of light, the same in X, Y and Z: `light' = (light − black) / (1 − black)`. Red, green
//! and blue of sRGB are sums of these in which white is 1, so there it is the same again, and a curve can do
//! it.

use moxcms::{ColorProfile, Layout, ProfileClass, RenderingIntent, ToneReprCurve, TransformOptions, Xyzd};

use super::{ColorError, grey};

/// No black is lighter than this in CIE L*.
const LIGHTEST: f32 = 50.0;

/// What inks are converted by: the intent, and the profile of sRGB in which the black of the inks is black.
pub(super) fn to_srgb(inks: &ColorProfile) -> Result<(TransformOptions, ColorProfile), ColorError> {
    // A profile with one table means it for every intent.
    let intent = if inks.lut_a_to_b_colorimetric.is_some() {
        RenderingIntent::RelativeColorimetric
    } else {
        RenderingIntent::Perceptual
    };
    let options = TransformOptions { rendering_intent: intent, ..TransformOptions::default() };
    let black = black(inks, options)?;
    Ok((options, if black > 0.0 { srgb_from(black) } else { ColorProfile::new_srgb() }))
}

/// sRGB whose black is so much light.
fn srgb_from(black: f32) -> ColorProfile {
    let mut srgb = ColorProfile::new_srgb();
    // The curve of IEC 61966-2-1 between black and white: `black + (1 − black) × curve(value)`.
    let room = 1.0 - black;
    let root = room.powf(1.0 / 2.4);
    let curve = vec![2.4, root / 1.055, root * 0.055 / 1.055, room / 12.92, 0.04045, black, black];
    let curve = Some(ToneReprCurve::Parametric(curve));
    (srgb.red_trc, srgb.green_trc, srgb.blue_trc) = (curve.clone(), curve.clone(), curve);
    srgb.cicp = None;
    srgb
}

/// Light of the blackest that there is, as LittleCMS and Adobe's engine look for it.
fn black(inks: &ColorProfile, options: TransformOptions) -> Result<f32, ColorError> {
    let is_printer = inks.profile_class == ProfileClass::OutputDevice;
    let blackest = if is_printer {
        // What the printer makes of black: it never takes all the ink that there is.
        let Some(printed) = printed_black(inks) else { return Ok(0.0) };
        printed
    } else {
        [u16::MAX; 4]
    };
    let light = light(inks, blackest, options)?;
    let limit = grey::of_lightness(LIGHTEST);
    Ok(match is_printer {
        true => light.min(limit),
        // Too light to be the black of anything.
        false if light > limit => 0.0,
        false => light,
    })
}

/// The inks for black by the perceptual table; none if the profile has no such tables both ways.
fn printed_black(inks: &ColorProfile) -> Option<[u16; 4]> {
    inks.lut_a_to_b_perceptual.as_ref()?;
    let perceptual =
        TransformOptions { rendering_intent: RenderingIntent::Perceptual, ..TransformOptions::default() };
    let screen = ColorProfile::new_srgb();
    let transform = screen.create_transform_16bit(Layout::Rgb, inks, Layout::Rgba, perceptual).ok()?;
    let mut printed = [0; 4];
    transform.transform(&[0; 3], &mut printed).ok()?;
    Some(printed)
}

/// Light of these inks, paper being 1.
fn light(inks: &ColorProfile, blackest: [u16; 4], options: TransformOptions) -> Result<f32, ColorError> {
    let mut xyz = ColorProfile::new_srgb();
    xyz.cicp = None;
    let linear = Some(ToneReprCurve::Lut(Vec::new()));
    (xyz.red_trc, xyz.green_trc, xyz.blue_trc) = (linear.clone(), linear.clone(), linear);
    xyz.red_colorant = Xyzd { x: 1.0, y: 0.0, z: 0.0 };
    xyz.green_colorant = Xyzd { x: 0.0, y: 1.0, z: 0.0 };
    xyz.blue_colorant = Xyzd { x: 0.0, y: 0.0, z: 1.0 };
    let mut found = [0u16; 3];
    inks.create_transform_16bit(Layout::Rgba, &xyz, Layout::Rgb, options)?
        .transform(&blackest, &mut found)?;
    Ok(f32::from(found[1]) / f32::from(u16::MAX))
}
