//! The curve that brings light of any strength, where 1 is white, to what a screen shows. No state.
//!
//! It is that of the Khronos PBR Neutral Tone Mapper (2024), without its correction for reflections: light up
//! to 0.8 stays as it is, so that colours look as the scene was designed; above, the brightest channel
//! approaches 1 and the colour goes towards white, so that no lamp becomes a patch of grey or of pure red.

/// Light from which on it is compressed.
const SHOULDER: f32 = 0.8;
/// How fast a colour goes towards white with what was compressed.
const FADING: f32 = 0.15;
/// The brightest light that is told apart; half floats, which most files hold, end at 65504.
const BRIGHTEST: f32 = 65_504.0 * 1024.0;

/// The curve, from any light to 0–1.
pub(crate) fn mapped(light: [f32; 3]) -> [f32; 3] {
    // What is not a number is no light either.
    let light = light.map(|light| if light > 0.0 { light.min(BRIGHTEST) } else { 0.0 });
    let peak = light[0].max(light[1]).max(light[2]);
    if peak <= SHOULDER {
        return light;
    }
    let room = 1.0 - SHOULDER;
    let compressed = 1.0 - room * room / (peak + room - SHOULDER);
    let white = 1.0 - 1.0 / (FADING * (peak - compressed) + 1.0);
    light.map(|light| {
        let scaled = light * (compressed / peak);
        scaled + (compressed - scaled) * white
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out in double precision from the published description.
    fn reference(light: [f64; 3]) -> [f64; 3] {
        let peak = light.into_iter().fold(0.0, f64::max);
        if peak <= 0.8 {
            return light;
        }
        let new_peak = 1.0 - 0.04 / (peak - 0.6);
        let keep = 1.0 / (0.15 * (peak - new_peak) + 1.0);
        light.map(|value| value * new_peak / peak * keep + new_peak * (1.0 - keep))
    }

    #[test]
    fn the_curve_is_the_published_one() {
        for red in [0.0, 0.1, 0.79, 0.81, 1.0, 3.0, 40.0, 60_000.0] {
            for green in [0.0, 0.5, 2.0, 900.0] {
                let light = [red, green, 0.25];
                let got = mapped(light.map(|value| value as f32));
                for (got, expected) in got.into_iter().zip(reference(light)) {
                    assert!(
                        (f64::from(got) - expected).abs() < 1e-4,
                        "{light:?}: {got}, expected {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn more_light_is_never_darker_and_ends_in_white() {
        let mut last = [0.0; 3];
        for step in 0..400 {
            let light = (step as f32 / 20.0).exp2() / 1000.0;
            let now = mapped([light, light * 0.4, light * 0.1]);
            assert!(
                now.iter().zip(last).all(|(now, last)| *now >= last - 1e-6),
                "{light}: {now:?} after {last:?}"
            );
            assert!(now.iter().all(|value| (0.0..=1.0).contains(value)));
            last = now;
        }
        assert!(last.iter().all(|value| *value > 0.98), "a lamp is white: {last:?}");
    }

    #[test]
    fn what_is_no_light_is_black_and_what_is_endless_white() {
        assert_eq!(mapped([f32::NAN, -1.0, 0.0]), [0.0; 3]);
        let white = mapped([f32::INFINITY; 3]);
        assert!(white.iter().all(|value| *value > 0.999), "{white:?}");
    }
}
