//! Curves through points: `curves`, and `duotone`, whose colours are those of a curve for each channel. No
//! state.

use protocol::JobError;
use recipe::filter::{Color, CurvePoints, Curves, Duotone};

use super::LUMA;
use super::chain::{Curve, Recoloring};
use super::run::{Files, OnePixel, Ready, Runnable};

/// What the channel's own curve makes of a value, and then the one for all of them.
impl OnePixel for Curves {
    fn recoloring(&self) -> Recoloring {
        let Curves { points, red, green, blue } = self;
        match [red, green, blue] {
            [None, None, None] => Recoloring::Curve(curve(None, points.as_ref())),
            channels => Recoloring::Curves(channels.map(|own| curve(own.as_ref(), points.as_ref()))),
        }
    }
}

/// One curve after the other.
fn curve(first: Option<&CurvePoints>, then: Option<&CurvePoints>) -> Curve {
    let curves: Vec<_> = [first, then].into_iter().flatten().map(CurvePoints::curve).collect();
    Curve::new(move |level, depth| {
        curves.iter().fold(level / depth.max, |value, curve| curve.at(value)) * depth.max
    })
}

/// shadows + (highlights − shadows) × luma.
impl Runnable for Duotone {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        let Duotone { shadows: Color(dark), highlights: Color(light) } = *self;
        let mixed = |channel: usize| {
            let [from, to] = [dark, light].map(|color| f32::from(color[channel]) / 255.0);
            Curve::new(move |level, depth| from * depth.max + (to - from) * level)
        };
        let tones = Recoloring::Curves([mixed(0), mixed(1), mixed(2)]);
        Ok(Ready::Recolorings(vec![Recoloring::Grey(LUMA), tones]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_layouts, filtered};

    /// Linear between two points, as the spline is too.
    fn line(value: f64, from: [f64; 2], to: [f64; 2]) -> f64 {
        let share = ((value - from[0]) / (to[0] - from[0])).clamp(0.0, 1.0);
        from[1] + share * (to[1] - from[1])
    }

    #[test]
    fn curves_of_two_points_are_lines() {
        assert_all_layouts(
            0.502,
            |picture| *picture = filtered("curves=0.2:0 0.8:1", picture),
            |colors, max| {
                colors.iter().map(|value| line(value / max, [0.2, 0.0], [0.8, 1.0]) * max).collect()
            },
        );
        assert_all_layouts(
            0.502,
            |picture| *picture = filtered("curves:red=0:1 1:0,points=0:0 1:0.5", picture),
            |colors, max| {
                let rgb = if colors.len() == 1 { [colors[0]; 3] } else { [colors[0], colors[1], colors[2]] };
                vec![(max - rgb[0]) / 2.0, rgb[1] / 2.0, rgb[2] / 2.0]
            },
        );
    }

    /// Three points, by Hermite's formula in double precision with slopes worked out by hand: 0.5 and 1.5 are
    /// the rises, and the mean is 1.
    #[test]
    fn a_bent_curve() {
        assert_all_layouts(
            0.502,
            |picture| *picture = filtered("curves=0:0 0.5:0.25 1:1", picture),
            |colors, max| {
                let bent = |value: f64| {
                    let (left, out, slopes) = match value < 0.5 {
                        true => (0.0, [0.0, 0.25], [0.5, 1.0]),
                        false => (0.5, [0.25, 1.0], [1.0, 1.5]),
                    };
                    let t = (value - left) / 0.5;
                    let (t2, t3) = (t * t, t * t * t);
                    out[0] * (2.0 * t3 - 3.0 * t2 + 1.0)
                        + 0.5 * slopes[0] * (t3 - 2.0 * t2 + t)
                        + out[1] * (3.0 * t2 - 2.0 * t3)
                        + 0.5 * slopes[1] * (t3 - t2)
                };
                colors.iter().map(|value| bent(value / max) * max).collect()
            },
        );
    }

    #[test]
    fn a_duotone_lies_between_its_colours() {
        assert_all_layouts(
            1.1,
            |picture| *picture = filtered("duotone:shadows=#102030,highlights=#f0e0d0", picture),
            |colors, max| {
                let luma = match colors {
                    &[r, g, b] => 0.299 * r + 0.587 * g + 0.114 * b,
                    grey => grey[0],
                } / max;
                let ends = [(16.0, 240.0), (32.0, 224.0), (48.0, 208.0)];
                ends.map(|(dark, light)| (dark + (light - dark) * luma) / 255.0 * max).to_vec()
            },
        );
    }
}
