//! The points of a tone curve, and the curve through them. No state.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::value::{ParamValue, Scalar};

/// Fewest and most points of a curve.
const COUNT: std::ops::RangeInclusive<usize> = 2..=32;

/// Points that a tone curve goes through: what comes in and what goes out, 0 for black and 1 for white. From
/// left to right, at least two of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurvePoints(Vec<[f32; 2]>);

impl CurvePoints {
    /// Reads `0:0 0.5:0.75 1:1`.
    pub(super) fn parse(text: &str) -> Option<CurvePoints> {
        let point = |text: &str| {
            let (from, to) = text.split_once(':')?;
            let point = [from.parse().ok()?, to.parse().ok()?];
            point.iter().all(|value| (0.0..=1.0).contains(value)).then_some(point)
        };
        let points: Vec<[f32; 2]> = text.split_whitespace().map(point).collect::<Option<_>>()?;
        let rises = points.windows(2).all(|pair| pair[0][0] < pair[1][0]);
        (rises && COUNT.contains(&points.len())).then_some(CurvePoints(points))
    }

    /// The curve. Left of the first point and right of the last one it is level.
    pub fn curve(&self) -> ToneCurve {
        ToneCurve { slopes: slopes(&self.0), points: self.0.clone() }
    }
}

impl fmt::Display for CurvePoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, [from, to]) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{from}:{to}")?;
        }
        Ok(())
    }
}

impl ParamValue for CurvePoints {
    fn read(text: &str) -> Option<Self> {
        CurvePoints::parse(text)
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.to_string().into())
    }
}

/// A cubic spline through points that rises where they rise and falls where they fall, so that it never
/// swings beyond them: F. N. Fritsch and R. E. Carlson, "Monotone Piecewise Cubic Interpolation", SIAM
/// J. Numer. Anal. 17 (1980).
#[derive(Debug, Clone, PartialEq)]
pub struct ToneCurve {
    points: Vec<[f32; 2]>,
    /// Of the curve, at each point.
    slopes: Vec<f32>,
}

impl ToneCurve {
    /// What becomes of a value; both 0–1.
    pub fn at(&self, value: f32) -> f32 {
        let after = self.points.partition_point(|[from, _]| *from <= value);
        let (Some(before), Some([right, right_out])) = (after.checked_sub(1), self.points.get(after)) else {
            let end = if after == 0 { self.points.first() } else { self.points.last() };
            return end.map_or(value, |[_, to]| *to);
        };
        let [left, left_out] = self.points[before];
        let (width, t) = (right - left, (value - left) / (right - left));
        // Hermite's basis.
        let (t2, t3) = (t * t, t * t * t);
        let leaving = width * self.slopes[before] * (t3 - 2.0 * t2 + t);
        let arriving = width * self.slopes[after] * (t3 - t2);
        left_out + (right_out - left_out) * (3.0 * t2 - 2.0 * t3) + leaving + arriving
    }
}

/// The slope at each point.
fn slopes(points: &[[f32; 2]]) -> Vec<f32> {
    let rises: Vec<f32> =
        points.windows(2).map(|pair| (pair[1][1] - pair[0][1]) / (pair[1][0] - pair[0][0])).collect();
    let mean = |index: usize| match (index.checked_sub(1).and_then(|left| rises.get(left)), rises.get(index))
    {
        // Where the points turn, the curve is level.
        (Some(left), Some(right)) if left * right <= 0.0 => 0.0,
        (Some(left), Some(right)) => (left + right) / 2.0,
        (Some(only), None) | (None, Some(only)) => *only,
        (None, None) => 0.0,
    };
    let mut slopes: Vec<f32> = (0..points.len()).map(mean).collect();
    for (index, rise) in rises.iter().enumerate() {
        if *rise == 0.0 {
            (slopes[index], slopes[index + 1]) = (0.0, 0.0);
            continue;
        }
        let (leaving, arriving) = (slopes[index] / rise, slopes[index + 1] / rise);
        // Within a circle of radius 3 the piece between the points is monotone.
        let length = leaving.hypot(arriving);
        if length > 3.0 {
            slopes[index] = 3.0 / length * leaving * rise;
            slopes[index + 1] = 3.0 / length * arriving * rise;
        }
    }
    slopes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn curve(text: &str) -> ToneCurve {
        CurvePoints::parse(text).unwrap().curve()
    }

    #[test]
    fn what_is_no_curve_is_refused() {
        for text in ["", "0:0", "0:0 0:1", "1:0 0:1", "0:0 1:2", "0:0 1", "0:0,1:1", "0:0 x:1", "0:0 NaN:1"] {
            assert_eq!(CurvePoints::parse(text), None, "{text}");
        }
        assert_eq!(CurvePoints::parse("0:0  0.5:0.75 1:1").unwrap().to_string(), "0:0 0.5:0.75 1:1");
    }

    #[test]
    fn a_straight_line_is_one_and_the_ends_are_level() {
        let line = curve("0.25:0.5 0.5:0.75 0.75:1");
        for (value, expected) in [(0.0, 0.5), (0.3, 0.55), (0.6, 0.85), (0.9, 1.0)] {
            assert!((line.at(value) - expected).abs() < 1e-6, "{value}: {}", line.at(value));
        }
    }

    /// Worked out with SciPy's `PchipInterpolator`, whose slopes are other means of the same: within 0.03.
    #[test]
    fn near_another_monotone_spline() {
        let bent = curve("0:0 0.25:0.15 0.75:0.85 1:1");
        for (value, expected) in [(0.125, 0.0657), (0.5, 0.5), (0.6, 0.6563), (0.875, 0.9343)] {
            assert!((bent.at(value) - expected).abs() < 0.03, "{value}: {}", bent.at(value));
        }
    }

    proptest! {
        #[test]
        fn it_goes_through_its_points_and_never_beyond_them(
            steps in prop::collection::vec((1u32..100, 0u32..=100), 2..12)
        ) {
            let total: u32 = steps.iter().map(|(step, _)| step).sum();
            let mut at = 0;
            let points: Vec<[f32; 2]> = steps.iter().map(|(step, to)| {
                at += step;
                [at as f32 / total as f32, *to as f32 / 100.0]
            }).collect();
            let curve = CurvePoints(points.clone()).curve();
            for [from, to] in &points {
                prop_assert!((curve.at(*from) - to).abs() < 1e-5);
            }
            for pair in points.windows(2) {
                let (low, high) = (pair[0][1].min(pair[1][1]), pair[0][1].max(pair[1][1]));
                for share in 0..=20 {
                    let value = pair[0][0] + (pair[1][0] - pair[0][0]) * share as f32 / 20.0;
                    prop_assert!((low - 1e-5..=high + 1e-5).contains(&curve.at(value)));
                }
            }
        }
    }
}
