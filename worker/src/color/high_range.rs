//! Pictures whose profile says that they hold light beyond white, PQ and HLG (ITU-R BT.2100-2), brought to
//! what a screen of ordinary range shows. White is what BT.2408-7 takes for it: 203 cd/m². No state.

use std::fmt;

use moxcms::{ColorProfile, TransferCharacteristics};

use super::tone;
use crate::filters::srgb;
use crate::image::{Picture, Samples};

/// cd/m² of a white sheet of paper in such pictures.
const WHITE: f64 = 203.0;
/// cd/m² of the screen that HLG is shown on where nothing else is said, and the gamma of its whole way.
const HLG_SCREEN: f64 = 1000.0;
const HLG_GAMMA: f32 = 1.2;

/// How values of light beyond white are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HighRange {
    /// Perceptual quantization.
    Pq,
    /// Hybrid log-gamma.
    Hlg,
}

impl fmt::Display for HighRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HighRange::Pq => "PQ",
            HighRange::Hlg => "HLG",
        })
    }
}

impl HighRange {
    /// What a profile says in code points.
    pub(super) fn of(profile: &ColorProfile) -> Option<HighRange> {
        let transfer = profile.cicp?.transfer_characteristics;
        if transfer == TransferCharacteristics::Smpte2084 {
            Some(HighRange::Pq)
        } else if transfer == TransferCharacteristics::Hlg {
            Some(HighRange::Hlg)
        } else {
            None
        }
    }

    /// Light of a value, both 0–1: of the screen for PQ, of the scene for HLG.
    fn light(self, value: f64) -> f64 {
        match self {
            HighRange::Pq => {
                let root = value.powf(32.0 / 2523.0);
                let ratio = (root - 0.835_937_5).max(0.0) / (18.851_562_5 - 18.687_5 * root);
                ratio.powf(8192.0 / 1305.0)
            }
            HighRange::Hlg if value <= 0.5 => value * value / 3.0,
            HighRange::Hlg => (((value - 0.559_910_73) / 0.178_832_77).exp() + 0.284_668_92) / 12.0,
        }
    }

    /// The most light that there is, where white is 1.
    fn peak(self) -> f64 {
        match self {
            HighRange::Pq => 10_000.0 / WHITE,
            HighRange::Hlg => HLG_SCREEN / WHITE,
        }
    }
}

/// Converts the pixels to sRGB, in place; grey stays grey.
pub(super) fn to_srgb(picture: &mut Picture, range: HighRange, profile: &ColorProfile) {
    let step = picture.channels.count();
    // The numbers count, not what an approximate curve or table beside them says.
    let primaries = profile.cicp.map(ColorProfile::new_from_cicp);
    let primaries = primaries.as_ref().filter(|profile| profile.is_matrix_shaper()).unwrap_or(profile);
    let matrix = primaries.transform_matrix(&ColorProfile::new_srgb()).to_f32().v;
    match &mut picture.samples {
        Samples::U8(samples) => {
            convert(samples, step, &lights(range, 256), matrix, range, |value| (value * 255.0 + 0.5) as u8)
        }
        Samples::U16(samples) => convert(samples, step, &lights(range, 65_536), matrix, range, |value| {
            (value * 65_535.0 + 0.5) as u16
        }),
    }
}

/// Light of all levels, where 1 is white; that of HLG is not what the screen makes of it yet.
fn lights(range: HighRange, levels: usize) -> Vec<f32> {
    let last = (levels - 1) as f64;
    (0..levels).map(|level| (range.light(level as f64 / last) * range.peak()) as f32).collect()
}

fn convert<T: Copy + Into<usize>>(
    samples: &mut [T],
    step: usize,
    lights: &[f32],
    matrix: [[f32; 3]; 3],
    range: HighRange,
    level: impl Fn(f32) -> T,
) {
    let light_of = |sample: T| lights.get(sample.into()).copied().unwrap_or_default();
    for pixel in samples.chunks_exact_mut(step) {
        match pixel {
            [red, green, blue] | [red, green, blue, _] => {
                let light = on_screen([*red, *green, *blue].map(light_of), range);
                let light = matrix.map(|row| row[0] * light[0] + row[1] * light[1] + row[2] * light[2]);
                [*red, *green, *blue] = tone::mapped(light).map(|light| level(srgb::from_linear(light)));
            }
            [grey, ..] => {
                let [light, ..] = tone::mapped(on_screen([light_of(*grey); 3], range));
                *grey = level(srgb::from_linear(light));
            }
            [] => {}
        }
    }
}

/// From the light of the scene to that of the screen: HLG's opto-optical transfer function, with the
/// luminance of BT.2100's primaries.
fn on_screen(light: [f32; 3], range: HighRange) -> [f32; 3] {
    match range {
        HighRange::Pq => light,
        HighRange::Hlg => {
            let luminance = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2];
            let gain = (luminance / range.peak() as f32).powf(HLG_GAMMA - 1.0);
            light.map(|light| light * gain)
        }
    }
}

#[cfg(test)]
mod tests {
    use recipe::filter::geometry::Size;

    use super::*;
    use crate::color::{self, MadeSrgb, code_points};
    use crate::image::Channels;

    /// From BT.2020's light to that of sRGB (ITU-R BT.2407-0, 2).
    const TO_SRGB: [[f64; 3]; 3] =
        [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]];

    /// ITU-R BT.2100-2, tables 4 and 5, from its own inverse functions, in cd/m².
    fn nits(range: HighRange, value: [f64; 3]) -> [f64; 3] {
        match range {
            HighRange::Pq => {
                let (m1, m2) = (2610.0 / 16384.0, 2523.0 / 4096.0 * 128.0);
                let (c1, c2, c3) = (3424.0 / 4096.0, 2413.0 / 4096.0 * 32.0, 2392.0 / 4096.0 * 32.0);
                let light = |value: f64| {
                    let v = value.powf(1.0 / m2);
                    10_000.0 * (f64::max(v - c1, 0.0) / (c2 - c3 * v)).powf(1.0 / m1)
                };
                value.map(light)
            }
            HighRange::Hlg => {
                let a: f64 = 0.178_832_77;
                let (b, c) = (1.0 - 4.0 * a, 0.5 - a * (4.0 * a).ln());
                let scene = value.map(|value| {
                    if value <= 0.5 { value * value / 3.0 } else { (((value - c) / a).exp() + b) / 12.0 }
                });
                let luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
                scene.map(|light| 1000.0 * luminance.powf(0.2) * light)
            }
        }
    }

    fn expected(range: HighRange, value: [f64; 3]) -> [f64; 3] {
        let light = nits(range, value).map(|nits| nits / 203.0);
        let light = TO_SRGB.map(|row| row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().max(0.0));
        let peak = light.into_iter().fold(0.0, f64::max);
        let shown = if peak <= 0.8 {
            light
        } else {
            let new_peak = 1.0 - 0.04 / (peak - 0.6);
            let keep = 1.0 / (0.15 * (peak - new_peak) + 1.0);
            light.map(|value| value * new_peak / peak * keep + new_peak * (1.0 - keep))
        };
        shown.map(|v| if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 })
    }

    fn converted(channels: Channels, samples: Samples, transfer: u8) -> Samples {
        let width = (samples.len() / channels.count()) as u32;
        let mut picture = Picture { size: Size { width, height: 1 }, channels, samples };
        let icc = code_points::profile(9, transfer, channels).unwrap();
        let made = color::to_srgb(&mut picture, &icc).unwrap();
        let range = if transfer == 16 { HighRange::Pq } else { HighRange::Hlg };
        assert_eq!(made, MadeSrgb::Toned(range));
        picture.samples
    }

    /// The reference white of BT.2408-7, table 1: 58 % of PQ's range and 75 % of HLG's are 203 cd/m².
    #[test]
    fn the_reference_is_one() {
        assert!((nits(HighRange::Pq, [0.58; 3])[0] - 203.0).abs() < 2.0);
        assert!((nits(HighRange::Hlg, [0.75; 3])[0] - 203.0).abs() < 1.0);
    }

    #[test]
    fn both_curves_in_both_depths_are_those_of_the_standard() {
        let level = |index: usize| (index * 51) as u8;
        let lattice: Vec<u8> =
            (0..216).flat_map(|i| [level(i % 6), level(i / 6 % 6), level(i / 36)]).collect();
        for (range, transfer) in [(HighRange::Pq, 16), (HighRange::Hlg, 18)] {
            let Samples::U8(shallow) = converted(Channels::Rgb, Samples::U8(lattice.clone()), transfer)
            else {
                panic!("depth")
            };
            let deep = lattice.iter().map(|level| u16::from(*level) * 257).collect();
            let Samples::U16(deep) = converted(Channels::Rgb, Samples::U16(deep), transfer) else {
                panic!("depth")
            };
            for ((pixel, shallow), deep) in lattice.chunks(3).zip(shallow.chunks(3)).zip(deep.chunks(3)) {
                let value = [0, 1, 2].map(|i| f64::from(pixel[i]) / 255.0);
                for (i, expected) in expected(range, value).into_iter().enumerate() {
                    let near = |got: f64, most: f64| (got - expected).abs() <= most;
                    assert!(
                        near(f64::from(shallow[i]) / 255.0, 1.0 / 255.0),
                        "{range} {pixel:?}: {shallow:?}"
                    );
                    // The standard's matrix has four digits.
                    assert!(near(f64::from(deep[i]) / 65_535.0, 1.0 / 512.0), "{range} {pixel:?}: {deep:?}");
                }
            }
        }
    }

    #[test]
    fn grey_stays_grey_and_transparency_as_it_is() {
        let Samples::U8(grey) =
            converted(Channels::GreyAlpha, Samples::U8(vec![0, 9, 148, 77, 255, 200]), 16)
        else {
            panic!("depth")
        };
        let [white, ..] = expected(HighRange::Pq, [148.0 / 255.0; 3]);
        assert!((f64::from(grey[2]) - white * 255.0).abs() <= 1.0, "{grey:?}");
        assert_eq!((grey[0], grey[1], grey[3], grey[5]), (0, 9, 77, 200));
        let Samples::U8(clear) = converted(Channels::Rgba, Samples::U8(vec![0, 0, 0, 5]), 18) else {
            panic!("depth")
        };
        assert_eq!(clear, [0, 0, 0, 5]);
    }
}
