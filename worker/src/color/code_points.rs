//! Colours by numbers: primaries and transfer curves as ITU-T H.273 (09/2023) counts them in tables 2 and 3.
//! No state.

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, ToneReprCurve, TransferCharacteristics,
};

use super::high_range::HighRange;
use super::made;
use crate::image::Channels;

/// The profile of these colours, for pixels of these channels; none for numbers that mean nothing here.
pub(crate) fn profile(primaries: u8, transfer: u8, channels: Channels) -> Option<Vec<u8>> {
    let transfer = TransferCharacteristics::try_from(transfer).ok()?;
    let code_points = CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
        transfer_characteristics: transfer,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    let curve = match meaning(transfer)? {
        Transfer::Curve(curve) => curve,
        // Even grey has a profile for colours then: one for grey cannot say it.
        Transfer::HighRange => return made::high_range(code_points),
    };
    match channels {
        Channels::Grey | Channels::GreyAlpha => made::grey(&curve),
        Channels::Rgb | Channels::Rgba => made::by_number(code_points, &curve),
    }
}

/// The numbers of a profile of light beyond white: primaries, transfer, matrix and whether the range is full.
pub(crate) fn of_high_range(icc: &[u8]) -> Option<[u8; 4]> {
    let profile = ColorProfile::new_from_slice(icc).ok()?;
    HighRange::of(&profile)?;
    let found = profile.cicp?;
    Some([found.color_primaries as u8, found.transfer_characteristics as u8, 0, 1])
}

/// What a transfer characteristic makes of values.
enum Transfer {
    /// Light up to white.
    Curve(ToneReprCurve),
    /// Light beyond it.
    HighRange,
}

fn meaning(transfer: TransferCharacteristics) -> Option<Transfer> {
    // Values above `d` are `((value + α − 1) / α)^(1/0.45)`, those below `value / slope`.
    let video = |alpha: f32, slope: f32, d: f32| {
        ToneReprCurve::Parametric(vec![1.0 / 0.45, 1.0 / alpha, (alpha - 1.0) / alpha, 1.0 / slope, d])
    };
    let curve = match transfer {
        // 11 and 12 differ where values are below nought or above one, which no picture has.
        TransferCharacteristics::Bt709
        | TransferCharacteristics::Bt601
        | TransferCharacteristics::Iec61966
        | TransferCharacteristics::Bt1361
        | TransferCharacteristics::Bt202010bit
        | TransferCharacteristics::Bt202012bit => video(1.099_297, 4.5, 0.081_243),
        TransferCharacteristics::Smpte240 => video(1.111_572, 4.0, 0.091_286),
        TransferCharacteristics::Bt470M => made::gamma(2.2),
        TransferCharacteristics::Bt470Bg => made::gamma(2.8),
        TransferCharacteristics::Linear => made::gamma(1.0),
        TransferCharacteristics::Srgb => made::srgb_curve(),
        TransferCharacteristics::Smpte2084 | TransferCharacteristics::Hlg => {
            return Some(Transfer::HighRange);
        }
        // Of scanned film and the cinema; no program writes them into a photo.
        TransferCharacteristics::Log100
        | TransferCharacteristics::Log100sqrt10
        | TransferCharacteristics::Smpte428
        | TransferCharacteristics::Unspecified
        | TransferCharacteristics::Reserved => return None,
    };
    Some(Transfer::Curve(curve))
}

#[cfg(test)]
mod tests {
    use recipe::filter::geometry::Size;

    use super::*;
    use crate::color::{MadeSrgb, to_srgb};
    use crate::image::{Picture, Samples};

    fn video(alpha: f64, beta: f64, slope: f64) -> impl Fn(f64) -> f64 {
        move |value| {
            if value < slope * beta {
                value / slope
            } else {
                ((value + alpha - 1.0) / alpha).powf(1.0 / 0.45)
            }
        }
    }

    /// H.273, table 3, solved for light.
    fn light(transfer: u8, value: f64) -> f64 {
        match transfer {
            1 | 6 | 11 | 12 | 14 | 15 => video(1.099_296_826_8, 0.018_053_968_5, 4.5)(value),
            4 => value.powf(2.2),
            5 => value.powf(2.8),
            7 => video(1.111_572_195_9, 0.022_821_585_5, 4.0)(value),
            8 => value,
            13 if value <= 0.04045 => value / 12.92,
            13 => ((value + 0.055) / 1.055).powf(2.4),
            _ => panic!("{transfer}"),
        }
    }

    fn in_srgb(light: f64) -> f64 {
        if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
    }

    fn converted(channels: Channels, samples: Samples, icc: &[u8]) -> Samples {
        let width = (samples.len() / channels.count()) as u32;
        let mut picture = Picture { size: Size { width, height: 1 }, channels, samples };
        let made = to_srgb(&mut picture, icc).unwrap();
        assert!(!matches!(made, MadeSrgb::Toned(_)), "{made:?}");
        picture.samples
    }

    #[test]
    fn curves_are_those_of_the_table_in_grey_and_colour_and_both_depths() {
        for transfer in [1, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15] {
            for channels in [Channels::Grey, Channels::Rgb] {
                let icc = profile(1, transfer, channels).unwrap();
                let ramp = |last: u16| {
                    (0..=255).flat_map(move |level: u16| vec![level * (last / 255); channels.count()])
                };
                let shallow = Samples::U8(ramp(255).map(|level| level as u8).collect());
                let Samples::U8(shallow) = converted(channels, shallow, &icc) else { panic!("depth") };
                let deep = Samples::U16(ramp(65_535).collect());
                let Samples::U16(deep) = converted(channels, deep, &icc) else { panic!("depth") };
                for (index, (shallow, deep)) in shallow.into_iter().zip(deep).enumerate() {
                    let value = (index / channels.count()) as f64 / 255.0;
                    let expected = in_srgb(light(transfer, value));
                    let apart = (f64::from(shallow) / 255.0 - expected).abs() * 255.0;
                    assert!(apart <= 1.0, "{transfer} {channels:?} {value}: {apart} of 255");
                    let apart = (f64::from(deep) / 65_535.0 - expected).abs() * 65_535.0;
                    assert!(apart <= 40.0, "{transfer} {channels:?} {value}: {apart} of 65535");
                }
            }
        }
    }

    /// Linear light to linear light, from the primaries and white points alone.
    #[test]
    fn primaries_are_those_of_the_table() {
        let cases = [(9, [0.627_404, 0.329_282, 0.043_314]), (12, [0.822_462, 0.177_538, 0.0])];
        for (primaries, row) in cases {
            let icc = profile(primaries, 8, Channels::Rgb).unwrap();
            // sRGB's red of half the light, in those primaries, is red again.
            let back =
                ColorProfile::new_from_slice(&icc).unwrap().transform_matrix(&ColorProfile::new_srgb());
            let forth = back.inverse();
            for (got, expected) in forth.v[0].into_iter().zip(row) {
                assert!((got - expected).abs() < 0.001, "{primaries}: {:?}", forth.v[0]);
            }
        }
    }

    #[test]
    fn numbers_without_a_meaning_are_none() {
        for (primaries, transfer) in [(2, 13), (1, 2), (0, 13), (3, 16), (200, 8), (1, 9), (1, 255), (10, 8)]
        {
            assert_eq!(profile(primaries, transfer, Channels::Rgb), None, "{primaries} {transfer}");
        }
        assert_eq!(of_high_range(&profile(9, 18, Channels::Rgb).unwrap()), Some([9, 18, 0, 1]));
        assert_eq!(of_high_range(&profile(9, 14, Channels::Rgb).unwrap()), None);
    }
}
