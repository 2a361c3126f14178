//! Filters that mix red, green and blue: grey, monochrome, sepia, saturation, vibrance, hue. No state.

use recipe::filter::{Grayscale, Hue, Monochrome, Saturation, Sepia, Vibrance};

use super::LUMA;
use super::chain::{Matrix, Recoloring};
use super::run::OnePixel;

/// The widely used figures of Microsoft's sepia sample.
const SEPIA: Matrix = [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]];
/// Rec. 601 luma in each row.
const GREY: Matrix = [LUMA; 3];
const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// Rec. 601 luma.
impl OnePixel for Grayscale {
    fn recoloring(&self) -> Recoloring {
        Recoloring::Grey(LUMA)
    }
}

/// The weights, each divided by their sum, so that white stays white.
impl OnePixel for Monochrome {
    fn recoloring(&self) -> Recoloring {
        let &Monochrome { red, green, blue } = self;
        Recoloring::Grey([red, green, blue].map(|weight| weight / (red + green + blue)))
    }
}

/// luma + (value − luma) × (1 + amount × (1 − vividness)), where vividness is the difference of the greatest
/// and the least of red, green and blue, with white as 1.
impl OnePixel for Vibrance {
    fn recoloring(&self) -> Recoloring {
        let &Vibrance { amount } = self;
        Recoloring::Vibrance(amount)
    }
}

/// Sepia, blended with the picture by `strength`; grey pictures become coloured.
impl OnePixel for Sepia {
    fn recoloring(&self) -> Recoloring {
        let &Sepia { strength } = self;
        Recoloring::Toning(blended(&IDENTITY, &SEPIA, strength))
    }
}

/// luma + (value − luma) × factor.
impl OnePixel for Saturation {
    fn recoloring(&self) -> Recoloring {
        let &Saturation { factor } = self;
        Recoloring::Matrix(blended(&GREY, &IDENTITY, factor))
    }
}

/// The hueRotate matrix of W3C Filter Effects (and SVG 1.1 feColorMatrix): a turn around the grey axis that
/// keeps the luma of Rec. 709's weights .213, .715, .072.
impl OnePixel for Hue {
    fn recoloring(&self) -> Recoloring {
        let &Hue { angle } = self;
        let (sin, cos) = angle.to_radians().sin_cos();
        let (r, g, b) = (0.213, 0.715, 0.072);
        Recoloring::Matrix([
            [r + cos * (1.0 - r) - sin * r, g - cos * g - sin * g, b - cos * b + sin * (1.0 - b)],
            [r - cos * r + sin * 0.143, g + cos * (1.0 - g) + sin * 0.140, b - cos * b - sin * 0.283],
            [r - cos * r - sin * (1.0 - r), g - cos * g + sin * g, b + cos * (1.0 - b) + sin * b],
        ])
    }
}

/// a + (b − a) × share.
fn blended(a: &Matrix, b: &Matrix, share: f32) -> Matrix {
    std::array::from_fn(|row| std::array::from_fn(|n| a[row][n] + (b[row][n] - a[row][n]) * share))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_layouts, filtered};

    fn check(spec: &str, toning: bool, reference: impl Fn([f64; 3]) -> [f64; 3]) {
        assert_all_layouts(
            0.52,
            |picture| *picture = filtered(spec, picture),
            |colors, max| {
                let rgb = if colors.len() == 1 { [colors[0]; 3] } else { [colors[0], colors[1], colors[2]] };
                if colors.len() == 1 && !toning {
                    return colors.to_vec();
                }
                reference(rgb).map(|value| value.clamp(0.0, max)).to_vec()
            },
        );
    }

    #[test]
    fn sepia_is_its_matrix() {
        for strength in [0.0, 0.4, 1.0] {
            check(&format!("sepia={strength}"), true, |rgb| {
                let matrix = [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]];
                std::array::from_fn(|n| {
                    let toned: f64 = (0..3).map(|k| matrix[n][k] * rgb[k]).sum();
                    toned * strength + rgb[n] * (1.0 - strength)
                })
            });
        }
    }

    #[test]
    fn saturation_moves_from_luma() {
        for factor in [0.0, 0.5, 1.0, 2.5] {
            check(&format!("saturation={factor}"), false, |rgb| {
                let luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
                rgb.map(|value| luma + (value - luma) * factor)
            });
        }
    }

    #[test]
    fn vibrance_spares_what_is_vivid() {
        for amount in [-1.0, 0.4, 1.0] {
            assert_all_layouts(
                0.52,
                |picture| *picture = filtered(&format!("vibrance={amount}"), picture),
                |colors, max| {
                    let &[r, g, b] = colors else { return colors.to_vec() };
                    let luma = 0.299 * r + 0.587 * g + 0.114 * b;
                    let vividness = (r.max(g).max(b) - r.min(g).min(b)) / max;
                    let factor = 1.0 + amount * (1.0 - vividness);
                    colors.iter().map(|value| (luma + (value - luma) * factor).clamp(0.0, max)).collect()
                },
            );
        }
    }

    #[test]
    fn monochrome_goes_by_proportions() {
        for (spec, weights) in [
            ("monochrome:red=1,green=0,blue=0", [1.0, 0.0, 0.0]),
            ("monochrome:red=2,green=1,blue=1", [0.5, 0.25, 0.25]),
            ("monochrome:red=1.5,green=-0.25,blue=-0.25", [1.5, -0.25, -0.25]),
        ] {
            assert_all_layouts(
                0.52,
                |picture| *picture = filtered(spec, picture),
                |colors, max| match colors {
                    &[r, g, b] => vec![(weights[0] * r + weights[1] * g + weights[2] * b).clamp(0.0, max)],
                    grey => grey.to_vec(),
                },
            );
        }
    }

    #[test]
    fn hue_turns_around_grey() {
        // Worked out from the definition for 180°: twice the luma of Rec. 709 less the value.
        check("hue=180", false, |rgb| {
            let luma = 0.213 * rgb[0] + 0.715 * rgb[1] + 0.072 * rgb[2];
            rgb.map(|value| 2.0 * luma - value)
        });
        check("hue=0", false, |rgb| rgb);
        check("hue=360", false, |rgb| rgb);
    }
}
