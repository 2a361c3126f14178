//! From linear light to the levels of a picture: a tone curve, then the curve of sRGB, as one table.
//!
//! A sensor counts light; shown as it is, a photo would be dark and flat. The tone curve lifts the middle and
//! bends the ends, the same way for every photo, so that a series stays a series. Only how much light there
//! can be beyond white differs: that much is bent back to what can be shown.

use crate::filters::srgb;

/// Steps of the table: finer than the levels of any sensor.
const STEPS: usize = 1 << 16;

/// The response of an eye's receptors to light, `(1 + k) xⁿ / (xⁿ + k)` (Naka and Rushton, Journal of
/// Physiology 185, 1966), scaled so that white stays white. With these values, the 13 % of white to which
/// cameras expose a grey card (ISO 12232) become the middle of sRGB's levels.
const STEEPNESS: f32 = 1.25;
const HALF: f32 = 0.4;

/// Light up to here is what it would be if there were none beyond white.
const KNEE: f32 = 0.6;

/// Levels of 16 bits by linear light.
pub(super) struct Tone {
    table: Vec<u16>,
    /// Steps of the table for light of 1.
    scale: f32,
}

impl Tone {
    /// The curve for light from 0 to `headroom`, at least 1, that will be brightened by `exposure` stops:
    /// what that would push beyond white is bent back below.
    pub(super) fn new(exposure: f32, headroom: f32) -> Tone {
        let gain = exposure.exp2();
        let white = response(gain.max(1.0));
        let plain = |light: f32| response(light * gain) / white;
        let knee = KNEE / gain.min(1.0);
        let shoulder = (headroom * gain.min(1.0) > 1.0).then(|| Shoulder::new(plain, knee, headroom));
        let scale = (STEPS - 1) as f32 / headroom;
        let level = |step: usize| {
            let light = step as f32 / scale;
            let shown = match &shoulder {
                Some(shoulder) if light > knee => shoulder.at(light),
                Some(_) | None => plain(light),
            };
            (srgb::from_linear(shown) * f32::from(u16::MAX) + 0.5) as u16
        };
        Tone { table: (0..STEPS).map(level).collect(), scale }
    }

    /// The level of this much light; below 0 is black, above the headroom is white.
    pub(super) fn level(&self, light: f32) -> u16 {
        // Conversions to whole numbers saturate, and make 0 of what is no number.
        let step = (light * self.scale + 0.5) as usize;
        self.table[step.min(STEPS - 1)]
    }
}

/// The way from the knee to white, which is reached at the headroom: as steep as the curve is where it leaves
/// it, and ever less steep.
struct Shoulder {
    knee: f32,
    length: f32,
    height: f32,
    bend: f32,
}

impl Shoulder {
    fn new(plain: impl Fn(f32) -> f32, knee: f32, headroom: f32) -> Shoulder {
        const STEP: f32 = 0.01;
        let slope = (plain(knee + STEP) - plain(knee - STEP)) / (2.0 * STEP);
        let (length, height) = (headroom - knee, 1.0 - plain(knee));
        // Below 1, it would become steeper.
        Shoulder { knee, length, height, bend: (slope * length / height).max(1.0) }
    }

    fn at(&self, light: f32) -> f32 {
        let part = (light - self.knee) / self.length;
        1.0 - self.height * (1.0 - part) / (1.0 + (self.bend - 1.0) * part)
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
        for (exposure, headroom) in [(-1.0, 1.0), (0.0, 1.0), (1.5, 1.0), (-0.5, 1.6), (0.0, 1.6), (4.0, 2.1)]
        {
            let tone = Tone::new(exposure, headroom);
            assert_eq!((tone.level(-0.1), tone.level(0.0), tone.level(f32::NAN)), (0, 0, 0));
            assert!(tone.table.is_sorted(), "{exposure} {headroom}");
        }
        let tone = Tone::new(0.0, 1.0);
        assert_eq!((tone.level(1.0), tone.level(7.0)), (u16::MAX, u16::MAX));
        // Worked out by hand: 0.13^1.25 = 0.0780, × 1.4 / 0.4780 = 0.2286; sRGB: 1.055 × 0.2286^(1/2.4) −
        // 0.055 = 0.5153.
        let grey = f64::from(tone.level(0.13)) / 65535.0;
        assert!((grey - 0.5153).abs() < 0.0005, "{grey}");
        assert_eq!(Tone::new(2.0, 1.0).level(1.0), u16::MAX, "brightened, white is still only white");
        assert!(Tone::new(1.0, 1.0).level(0.1) > tone.level(0.1));
    }

    #[test]
    fn light_beyond_white_is_bent_and_leaves_the_rest_alone() {
        for exposure in [0.0, 1.0] {
            let (plain, bent) = (Tone::new(exposure, 1.0), Tone::new(exposure, 1.6));
            for light in [0.01, 0.13, 0.4, 0.59] {
                assert!(bent.level(light).abs_diff(plain.level(light)) < 12, "{exposure} {light}");
            }
            let steps = [0.6, 0.61, 0.8, 1.0, 1.3, 1.55, 1.6].map(|light| bent.level(light));
            assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
            assert!(steps[1] - steps[0] < 600, "no step at the knee: {steps:?}");
            assert_eq!(steps[6], u16::MAX);
        }
        // Made darker, light beyond white is what it is.
        let (plain, dark) = (Tone::new(0.0, 1.0), Tone::new(-1.0, 1.6));
        assert!(dark.level(1.6).abs_diff(plain.level(0.8)) < 4);
    }
}
