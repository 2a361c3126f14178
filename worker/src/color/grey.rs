//! Grey: profiles as curves from values to light. No state.

use moxcms::{
    ColorPrimaries, ColorProfile, DataColorSpace, Layout, ToneCurveEvaluator, ToneReprCurve,
    TransformOptions, WHITE_POINT_D65,
};

use super::high_range::HighRange;
use super::{ColorError, made};
use crate::filters::srgb;

/// The value of sRGB, 0–1, that is as bright as each of so many levels of grey. Of a profile for colours it
/// is that of equal red, green and blue.
pub(super) fn in_srgb(profile: &ColorProfile, levels: usize) -> Result<Vec<f32>, ColorError> {
    let last = (levels - 1) as f32;
    let values = (0..levels).map(|level| level as f32 / last);
    if profile.color_space == DataColorSpace::Gray {
        let curve = GreyCurve::of(profile)?;
        return Ok(values.map(|value| srgb::from_linear(curve.light(value))).collect());
    }
    let ramp: Vec<u16> = values.flat_map(|value| [(value * 65_535.0 + 0.5) as u16; 3]).collect();
    let mut converted = vec![0; ramp.len()];
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    profile
        .create_transform_16bit(Layout::Rgb, &srgb, Layout::Rgb, options)?
        .transform(&ramp, &mut converted)?;
    Ok(converted.chunks_exact(3).map(|pixel| f32::from(pixel[1]) / 65_535.0).collect())
}

/// From values to light, both 0–1, as a profile for grey has it.
pub(super) struct GreyCurve {
    curve: ToneReprCurve,
    evaluator: Box<dyn ToneCurveEvaluator + Send + Sync>,
    /// Whether the curve gives CIE L* of the light instead (ICC.1:2022, F.2).
    is_lightness: bool,
}

impl GreyCurve {
    pub(super) fn of(profile: &ColorProfile) -> Result<GreyCurve, ColorError> {
        let curve = profile.gray_trc.clone().ok_or(ColorError::Broken)?;
        let evaluator = curve.make_linear_evaluator()?;
        Ok(GreyCurve { curve, evaluator, is_lightness: profile.pcs == DataColorSpace::Lab })
    }

    fn light(&self, value: f32) -> f32 {
        let found = self.evaluator.evaluate_value(value).clamp(0.0, 1.0);
        if self.is_lightness { of_lightness(found * 100.0) } else { found }
    }

    /// A profile with the same curve for pixels in colour.
    pub(super) fn in_colors(&self) -> Option<Vec<u8>> {
        let table = self.is_lightness.then(|| made::table(|value| self.light(value)));
        made::rgb(WHITE_POINT_D65, ColorPrimaries::BT_709, table.as_ref().unwrap_or(&self.curve))
    }
}

/// A profile for grey with the curve that equal red, green and blue have in one for colours, where they have
/// one.
pub(super) fn of_colors(profile: &ColorProfile) -> Option<Vec<u8>> {
    let has_table = profile.lut_a_to_b_perceptual.is_some() || profile.lut_a_to_b_colorimetric.is_some();
    if has_table || HighRange::of(profile).is_some() {
        return None;
    }
    let curve = profile.green_trc.as_ref()?;
    let others = [profile.red_trc.as_ref()?, profile.blue_trc.as_ref()?];
    if others.into_iter().any(|other| other != curve) {
        return None;
    }
    made::grey(curve)
}

/// Light of CIE L* (CIE 15:2018, 8.2.1).
pub(super) fn of_lightness(lightness: f32) -> f32 {
    if lightness > 8.0 { ((lightness + 16.0) / 116.0).powi(3) } else { lightness * (27.0 / 24_389.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab_grey(curve: ToneReprCurve) -> ColorProfile {
        let mut profile = ColorProfile::new_gray_with_gamma(1.0);
        profile.pcs = DataColorSpace::Lab;
        profile.gray_trc = Some(curve);
        profile
    }

    /// Lightness 50 is light of ((50 + 16) / 116)³ = 0.18419, and that is 0.46633 in sRGB.
    #[test]
    fn a_curve_of_lightness_is_read_as_such() {
        let values = in_srgb(&lab_grey(ToneReprCurve::Lut(Vec::new())), 101).unwrap();
        assert!((values[50] - 0.466_33).abs() < 1e-4, "{}", values[50]);
        // 5 is 5 × 27 / 24389 = 0.0055353, and 1.055 × 0.0055353^(1/2.4) − 0.055 = 0.066030.
        assert!((values[5] - 0.066_030).abs() < 1e-4, "{}", values[5]);
        assert!(values[0] == 0.0 && (values[100] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_profile_for_colours_has_the_curve_of_the_grey() {
        for (profile, most) in [
            (ColorProfile::new_gray_with_gamma(1.8), 1e-4),
            (lab_grey(ToneReprCurve::Lut(vec![0, 20_000, 65_535])), 1e-3),
        ] {
            let twin = GreyCurve::of(&profile).unwrap().in_colors().unwrap();
            let twin = ColorProfile::new_from_slice(&twin).unwrap();
            let (before, after) = (in_srgb(&profile, 256).unwrap(), in_srgb(&twin, 256).unwrap());
            let apart = before.iter().zip(&after).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < most, "{apart}");
        }
    }

    #[test]
    fn a_profile_for_grey_has_the_curve_of_equal_colours() {
        let p3 = ColorProfile::new_display_p3();
        let twin = ColorProfile::new_from_slice(&of_colors(&p3).unwrap()).unwrap();
        assert_eq!((twin.color_space, twin.pcs), (DataColorSpace::Gray, DataColorSpace::Xyz));
        let (before, after) = (in_srgb(&p3, 256).unwrap(), in_srgb(&twin, 256).unwrap());
        assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-3));
        let mut cast = p3.clone();
        cast.blue_trc = Some(made::gamma(2.0));
        assert_eq!(of_colors(&cast), None);
        assert_eq!(of_colors(&ColorProfile::new_display_p3_pq()), None);
    }
}
