//! Filters that map each colour sample by itself, as curves. No state.

use protocol::JobError;
use recipe::filter::{
    Brightness, Contrast, Exposure, Gamma, Invert, Levels, Posterize, Solarize, Temperature, Threshold, Tint,
};

use super::LUMA;
use super::chain::{Curve, Recoloring};
use super::run::{Files, OnePixel, Ready, Runnable};
use super::srgb::{from_linear, planckian, to_linear};
use crate::image::Channels;

/// Rec. 709 weights of linear light: the luminance of sRGB's primaries.
pub(super) const LUMINANCE: [f32; 3] = [0.2126, 0.7152, 0.0722];
/// The colour temperature that changes nothing: that of sRGB's white, D65.
const NEUTRAL: f32 = 6500.0;

/// value × factor.
impl OnePixel for Brightness {
    fn recoloring(&self) -> Recoloring {
        let &Brightness { factor } = self;
        Recoloring::Curve(Curve::new(move |value, _| value * factor))
    }
}

/// (value − mid-grey) × factor + mid-grey.
impl OnePixel for Contrast {
    fn recoloring(&self) -> Recoloring {
        let &Contrast { factor } = self;
        Recoloring::Curve(Curve::new(move |value, depth| (value - depth.middle) * factor + depth.middle))
    }
}

/// The top bits; the others become 0.
impl OnePixel for Posterize {
    fn recoloring(&self) -> Recoloring {
        let &Posterize { bits } = self;
        Recoloring::Curve(Curve::new(move |value, depth| {
            let dropped = depth.bits.saturating_sub(bits);
            ((value as u32) >> dropped << dropped) as f32
        }))
    }
}

/// white − value.
impl OnePixel for Invert {
    fn recoloring(&self) -> Recoloring {
        Recoloring::Curve(Curve::new(|value, depth| depth.max - value))
    }
}

/// White − value from the threshold on.
impl OnePixel for Solarize {
    fn recoloring(&self) -> Recoloring {
        let &Solarize { threshold } = self;
        Recoloring::Curve(Curve::new(
            move |value, depth| {
                if value < threshold * depth.max { value } else { depth.max - value }
            },
        ))
    }
}

/// White where the luma reaches the level, else black.
impl Runnable for Threshold {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        let &Threshold { level } = self;
        let curve = Curve::new(move |value, depth| if value < level * depth.max { 0.0 } else { depth.max });
        Ok(Ready::Recolorings(vec![Recoloring::Grey(LUMA), Recoloring::Curve(curve)]))
    }
}

/// value^(1/gamma), with white as 1.
impl OnePixel for Gamma {
    fn recoloring(&self) -> Recoloring {
        let &Gamma { gamma } = self;
        Recoloring::Curve(Curve::new(move |value, depth| (value / depth.max).powf(1.0 / gamma) * depth.max))
    }
}

/// The light × 2^EV: sRGB's curve is undone before, and done again after.
impl OnePixel for Exposure {
    fn recoloring(&self) -> Recoloring {
        let &Exposure { ev } = self;
        Recoloring::Curve(light(ev.exp2()))
    }
}

/// ((value − black) ÷ (white − black))^(1/gamma), stretched to the range from `out_black` to `out_white`.
impl OnePixel for Levels {
    fn recoloring(&self) -> Recoloring {
        let &Levels { black, white, gamma, out_black, out_white } = self;
        Recoloring::Curve(Curve::new(move |value, depth| {
            let share = ((value / depth.max - black) / (white - black)).clamp(0.0, 1.0);
            (out_black + (out_white - out_black) * share.powf(1.0 / gamma)) * depth.max
        }))
    }
}

/// Multiplies the light of each channel by the ratio of a neutral white to that of a black body of this
/// temperature (von Kries' adaptation, in the primaries of sRGB), scaled so that grey keeps its luminance.
impl OnePixel for Temperature {
    fn recoloring(&self) -> Recoloring {
        let &Temperature { kelvin } = self;
        let (from, to) = (planckian(kelvin), planckian(NEUTRAL));
        balance([to[0] / from[0], to[1] / from[1], to[2] / from[2]])
    }
}

/// Divides the light of green by 2^amount, scaled so that grey keeps its luminance.
impl OnePixel for Tint {
    fn recoloring(&self) -> Recoloring {
        let &Tint { amount } = self;
        balance([1.0, (-amount).exp2(), 1.0])
    }
}

fn balance(gains: [f32; 3]) -> Recoloring {
    let luminance: f32 = gains.iter().zip(LUMINANCE).map(|(gain, weight)| gain * weight).sum();
    Recoloring::Curves(gains.map(|gain| light(gain / luminance)))
}

/// The light of each channel multiplied; grey stays so, by the gain of green.
pub(super) fn gained(gains: [f32; 3], channels: Channels) -> Recoloring {
    match channels {
        Channels::Grey | Channels::GreyAlpha => Recoloring::Curve(light(gains[1])),
        Channels::Rgb | Channels::Rgba => Recoloring::Curves(gains.map(light)),
    }
}

/// The curve that multiplies light.
fn light(gain: f32) -> Curve {
    Curve::new(move |value, depth| from_linear((to_linear(value / depth.max) * gain).min(1.0)) * depth.max)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_layouts, filtered, floats};
    use crate::image::{Channels, Picture, Samples};
    use recipe::filter::geometry::Size;

    fn check(spec: &str, reference: impl Fn(f64, f64) -> f64) {
        assert_all_layouts(
            0.502,
            |picture| *picture = filtered(spec, picture),
            |colors, max| colors.iter().map(|value| reference(*value, max).clamp(0.0, max)).collect(),
        );
    }

    #[test]
    fn brightness() {
        check("brightness=1.5", |value, _| value * 1.5);
        check("brightness=0", |_, _| 0.0);
        check("brightness=1", |value, _| value);
    }

    #[test]
    fn contrast() {
        check("contrast=1.7", |value, max| {
            let middle = max / 255.0 * 128.0;
            (value - middle) * 1.7 + middle
        });
    }

    #[test]
    fn posterize_keeps_the_top_bits() {
        check("posterize=3", |value, max| {
            let step = (max + 1.0) / 8.0;
            (value / step).floor() * step
        });
    }

    #[test]
    fn invert_and_solarize() {
        check("invert", |value, max| max - value);
        check("solarize=0.3", |value, max| if value < 0.3 * max { value } else { max - value });
    }

    #[test]
    fn gamma_and_levels() {
        check("gamma=2", |value, max| (value / max).sqrt() * max);
        check("levels:black=0.1,white=0.8,gamma=0.5,out_black=0.2,out_white=0.9", |value, max| {
            let share = ((value / max - 0.1) / 0.7).clamp(0.0, 1.0);
            (0.2 + 0.7 * share * share) * max
        });
        check("levels:out_black=1,out_white=0", |value, max| max - value);
    }

    /// IEC 61966-2-1, in double precision.
    fn lit(value: f64, gain: f64, max: f64) -> f64 {
        let v = value / max;
        let linear = if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
        let light = (linear * gain).min(1.0);
        let encoded =
            if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        encoded * max
    }

    #[test]
    fn exposure() {
        check("exposure=1", |value, max| lit(value, 2.0, max));
        check("exposure=-2.5", |value, max| lit(value, (-2.5f64).exp2(), max));
    }

    fn check_colored(spec: &str, gains: [f64; 3]) {
        assert_all_layouts(
            0.6,
            |picture| *picture = filtered(spec, picture),
            |colors, max| {
                let rgb = if colors.len() == 1 { [colors[0]; 3] } else { [colors[0], colors[1], colors[2]] };
                (0..3).map(|n| lit(rgb[n], gains[n], max)).collect()
            },
        );
    }

    #[test]
    fn white_balance() {
        check_colored("temperature=6500", [1.0; 3]);
        check_colored("tint=0", [1.0; 3]);
        let luminance = 0.2126 + 0.7152 * 0.5 + 0.0722;
        check_colored("tint=1", [1.0 / luminance, 0.5 / luminance, 1.0 / luminance]);
    }

    #[test]
    fn warm_and_cold() {
        let size = Size { width: 1, height: 1 };
        let grey = Picture { size, channels: Channels::Grey, samples: Samples::U8(vec![128]) };
        let warm = floats(&filtered("temperature=9000", &grey));
        assert!(warm[0] > warm[2] + 20.0, "{warm:?}");
        let cold = floats(&filtered("temperature=4000", &grey));
        assert!(cold[2] > cold[0] + 20.0, "{cold:?}");
    }

    #[test]
    fn threshold_is_black_and_white() {
        assert_all_layouts(
            0.0,
            |picture| *picture = filtered("threshold=0.5", picture),
            |colors, max| {
                let luma = if colors.len() == 1 {
                    colors[0]
                } else {
                    (0.299 * colors[0] + 0.587 * colors[1] + 0.114 * colors[2]).round()
                };
                vec![if luma < max / 2.0 { 0.0 } else { max }]
            },
        );
    }
}
