//! sRGB as light: its transfer curve (IEC 61966-2-1), and the colour of black bodies in its primaries. No
//! state.

use std::sync::LazyLock;

use resample::light::LightCurve;

/// The curve as tables, for samples of 8 bits.
pub(super) static LIGHT_8: LazyLock<LightCurve<u8>> =
    LazyLock::new(|| LightCurve::new(to_linear, from_linear));
/// For samples of 16 bits.
pub(super) static LIGHT_16: LazyLock<LightCurve<u16>> =
    LazyLock::new(|| LightCurve::new(to_linear, from_linear));

/// Light of a value; both 0–1.
pub(super) fn to_linear(value: f32) -> f32 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// Value of a light; both 0–1.
pub(crate) fn from_linear(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// Linear red, green and blue of a black body, of luminance 1; 1667–25000 K. Chromaticity by the cubic
/// splines of Kim et al., US patent 7024034 (2002), within 0.001 of the Planckian locus.
pub(super) fn planckian(kelvin: f32) -> [f32; 3] {
    let t = f64::from(kelvin);
    let (t2, t3) = (t * t, t * t * t);
    let x = if t <= 4000.0 {
        -0.266_123_9e9 / t3 - 0.234_358_9e6 / t2 + 0.877_695_6e3 / t + 0.179_910
    } else {
        -3.025_846_9e9 / t3 + 2.107_037_9e6 / t2 + 0.222_634_7e3 / t + 0.240_390
    };
    let (x2, x3) = (x * x, x * x * x);
    let y = if t <= 2222.0 {
        -1.106_381_4 * x3 - 1.348_110_20 * x2 + 2.185_558_32 * x - 0.202_196_83
    } else if t <= 4000.0 {
        -0.954_947_6 * x3 - 1.374_185_93 * x2 + 2.091_370_15 * x - 0.167_488_67
    } else {
        3.081_758_0 * x3 - 5.873_386_70 * x2 + 3.751_129_97 * x - 0.370_014_83
    };
    let (big_x, big_z) = (x / y, (1.0 - x - y) / y);
    // From XYZ with Y = 1; blue of the reddest black bodies lies outside sRGB.
    let rgb = [
        3.240_97 * big_x - 1.537_383 - 0.498_611 * big_z,
        -0.969_244 * big_x + 1.875_968 + 0.041_555 * big_z,
        0.055_63 * big_x - 0.203_977 + 1.056_972 * big_z,
    ];
    rgb.map(|value| value.max(0.01) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_and_back() {
        for value in [0.0, 0.01, 0.04045, 0.2, 0.7, 1.0] {
            assert!((from_linear(to_linear(value)) - value).abs() < 1e-5);
        }
        assert!((to_linear(0.5) - 0.214_041).abs() < 1e-5);
    }

    #[test]
    fn black_bodies() {
        // Chromaticity of 6500 K on the Planckian locus is (0.3135, 0.3237): nearly D65's white.
        let [r, g, b] = planckian(6500.0);
        assert!((r - 1.0).abs() < 0.05 && (g - 1.0).abs() < 0.03 && (b - 1.0).abs() < 0.05, "{r} {g} {b}");
        let [r, _, b] = planckian(2000.0);
        assert!(r > 2.0 && b < 0.1);
    }
}
