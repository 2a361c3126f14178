//! From linear light to the levels of a picture: a tone curve, then the curve of sRGB, as one table.
//!
//! A sensor counts light; shown as it is, a photo would be dark and flat. The tone curve lifts the middle and
//! bends the ends, the same way for every photo, so that a series stays a series.

use crate::filters::srgb;

/// Steps of the table: finer than the levels of any sensor.
const STEPS: usize = 1 << 16;

/// The response of an eye's receptors to light, `(1 + k) xⁿ / (xⁿ + k)` (Naka and Rushton, Journal of
/// Physiology 185, 1966), scaled so that white stays white. With these values, the 13 % of white to which
/// cameras expose a grey card (ISO 12232) become the middle of sRGB's levels.
const STEEPNESS: f32 = 1.25;
const HALF: f32 = 0.4;

/// Levels of 16 bits by linear light.
pub(super) struct Tone {
    table: Vec<u16>,
}

impl Tone {
    /// The curve for light that will be brightened by `exposure` stops, which are none if that is no number:
    /// what that would push beyond white is bent back below.
    pub(super) fn new(exposure: f32) -> Tone {
        let exposure = if exposure.is_finite() { exposure.clamp(-5.0, 5.0) } else { 0.0 };
        let gain = exposure.exp2();
        let white = response(gain.max(1.0));
        let level = |step: usize| {
            let light = step as f32 / (STEPS - 1) as f32;
            (srgb::from_linear(response(light * gain) / white) * f32::from(u16::MAX) + 0.5) as u16
        };
        Tone { table: (0..STEPS).map(level).collect() }
    }

    /// The level of this much light; below 0 is black, above 1 is white.
    pub(super) fn level(&self, light: f32) -> u16 {
        // Conversions to whole numbers saturate, and make 0 of what is no number.
        let step = (light * (STEPS - 1) as f32 + 0.5) as usize;
        self.table[step.min(STEPS - 1)]
    }
}

fn response(light: f32) -> f32 {
    let power = light.powf(STEEPNESS);
    (1.0 + HALF) * power / (power + HALF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_grey_and_white_come_where_they_belong() {
        for exposure in [-1.0, 0.0, 1.5] {
            let tone = Tone::new(exposure);
            assert_eq!((tone.level(-0.1), tone.level(0.0), tone.level(f32::NAN)), (0, 0, 0));
            assert!(tone.table.is_sorted(), "{exposure}");
        }
        for none in [f32::NAN, f32::INFINITY] {
            assert_eq!(Tone::new(none).table, Tone::new(0.0).table);
        }
        let tone = Tone::new(0.0);
        assert_eq!((tone.level(1.0), tone.level(7.0)), (u16::MAX, u16::MAX));
        // Worked out by hand: 0.13^1.25 = 0.0780, × 1.4 / 0.4780 = 0.2286; sRGB: 1.055 × 0.2286^(1/2.4) −
        // 0.055 = 0.5153.
        let grey = f64::from(tone.level(0.13)) / 65535.0;
        assert!((grey - 0.5153).abs() < 0.0005, "{grey}");
        assert_eq!(Tone::new(2.0).level(1.0), u16::MAX, "brightened, white is still only white");
        assert!(Tone::new(1.0).level(0.1) > tone.level(0.1));
    }
}
