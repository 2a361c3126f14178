//! How many pixels of a picture make an inch: one value, in whichever way a file states it. Where it names no
//! unit, the numbers say no more than the shape of a pixel. No state.

use std::fmt;

/// Pixels per inch, where there is one to the unit.
const METRE: f64 = 0.0254;
const CENTIMETRE: f64 = 2.54;
/// From one pixel on the width of a room to forty on a micrometre.
const SANE: std::ops::RangeInclusive<f64> = 0.01..=1e6;
/// So finely are densities told apart.
const STEPS: f64 = 1e7;
/// By how much the whole numbers of JFIF may differ from the density.
const NEARLY: f64 = 0.01;

/// Pixels across and down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelDensity {
    across: f64,
    down: f64,
    /// Whether they are to the inch, and not to a length that nobody names.
    per_inch: bool,
}

/// What a file counts pixels by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LengthUnit {
    Inch,
    Centimetre,
    Metre,
}

/// A density in JFIF: the number of its unit, and pixels across and down.
pub(crate) type JfifDensity = (u8, u16, u16);

/// A density as TIFF, EXIF and XMP have it: fractions across and down, and the number of their unit.
pub(crate) type TiffDensity = ([(u32, u32); 2], u16);

/// TIFF's numbers for no unit and for inches.
const NO_UNIT: u16 = 1;
const INCH: u16 = 2;

impl PixelDensity {
    /// So many pixels across and down; `None` for numbers that mean nothing. Where only one does, the other
    /// counts for both.
    pub(crate) fn new(across: f64, down: f64, unit: LengthUnit) -> Option<PixelDensity> {
        let (across, down) = (per_inch(across, unit), per_inch(down, unit));
        Some(PixelDensity { across: across.or(down)?, down: down.or(across)?, per_inch: true })
    }

    /// So many pixels across go with so many down. One with one is what formats say that have nothing to say.
    pub(crate) fn without_unit(across: f64, down: f64) -> Option<PixelDensity> {
        let is_sane = SANE.contains(&across) && SANE.contains(&down) && (across, down) != (1.0, 1.0);
        is_sane.then_some(PixelDensity { across, down, per_inch: false })
    }

    /// Whether it says how large the pixels are, and not their shape alone.
    pub(crate) fn is_per_inch(self) -> bool {
        self.per_inch
    }

    /// Whether the pixels are as wide as they are high.
    pub(crate) fn is_square(self) -> bool {
        (self.across - self.down).abs() <= NEARLY * self.down
    }

    /// Whether another is the same, but for this share of it.
    pub(crate) fn is_near(self, other: PixelDensity, share: f64) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= share * b;
        near(self.across, other.across) && near(self.down, other.down)
    }

    /// The density of the picture turned by a quarter.
    pub(crate) fn turned(self) -> PixelDensity {
        PixelDensity { across: self.down, down: self.across, ..self }
    }

    /// As TIFF has it.
    pub(crate) fn in_tiff(self) -> TiffDensity {
        let unit = if self.per_inch { INCH } else { NO_UNIT };
        ([self.across, self.down].map(fraction), unit)
    }

    /// What the numbers of TIFF say; no unit at all is an inch.
    pub(crate) fn of_tiff(across: f64, down: f64, unit: Option<u32>) -> Option<PixelDensity> {
        match unit {
            Some(1) => PixelDensity::without_unit(across, down),
            None | Some(2) => PixelDensity::new(across, down, LengthUnit::Inch),
            Some(3) => PixelDensity::new(across, down, LengthUnit::Centimetre),
            Some(_) => None,
        }
    }

    /// Pixels per metre, across and down; of a density without a unit, whole numbers of the same ratio.
    pub(crate) fn per_metre(self) -> [u32; 2] {
        let [across, down] = if self.per_inch {
            [self.across, self.down].map(|value| value / METRE)
        } else {
            self.as_whole_numbers(f64::from(u16::MAX))
        };
        [across, down].map(|value| (value.round() as u32).max(1))
    }

    /// Numbers of the same ratio that are nearly whole, and not above `most`.
    fn as_whole_numbers(self, most: f64) -> [f64; 2] {
        let largest = self.across.max(self.down);
        let scaled = |factor: f64| [self.across, self.down].map(|value| value * factor);
        let is_near = |numbers: [f64; 2]| {
            numbers.into_iter().all(|value| value >= 0.5 && (value.round() - value).abs() < 1e-3 * value)
        };
        let factors = (1..=100).chain([1000]).map(f64::from);
        let mut fitting = factors.filter(|factor| largest * factor <= most).map(scaled);
        fitting.find(|numbers| is_near(*numbers)).unwrap_or_else(|| scaled(most / largest))
    }

    /// As JFIF has it, in whole numbers, if they come near.
    pub(crate) fn in_jfif(self) -> Option<JfifDensity> {
        if !self.per_inch {
            let [across, down] = self.as_whole_numbers(f64::from(u16::MAX));
            let whole = |value: f64| (value.round() as u16).max(1);
            return Some((0, whole(across), whole(down)));
        }
        let whole = |value: f64| Some(value.round() as u16).filter(|whole| *whole > 0 && value < 65_535.5);
        let error = |value: f64| (value.round() - value).abs() / value;
        let candidate = |(code, inches): (u8, f64)| {
            let [across, down] = [self.across / inches, self.down / inches];
            Some((error(across).max(error(down)), (code, whole(across)?, whole(down)?)))
        };
        // Per inch unless only per centimetre it is exact.
        let candidates = [(1, 1.0), (2, CENTIMETRE)].into_iter().filter_map(candidate);
        let nearest = candidates.min_by(|(one, _), (other, _)| one.total_cmp(other))?;
        (nearest.0 <= NEARLY).then_some(nearest.1)
    }
}

/// The numbers, without what comes of converting units; one where both are the same.
impl fmt::Display for PixelDensity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [across, down] = [self.across, self.down].map(|value| (value * 100.0).round() / 100.0);
        if across == down { write!(f, "{across}") } else { write!(f, "{across} × {down}") }
    }
}

/// Pixels per inch of pixels per unit. What was rounded to metric units is the whole number that it was.
fn per_inch(value: f64, unit: LengthUnit) -> Option<f64> {
    let found = match unit {
        LengthUnit::Inch => value,
        LengthUnit::Centimetre => value * CENTIMETRE,
        LengthUnit::Metre => value * METRE,
    };
    let whole = found.round();
    // A whole number of pixels per metre is right to half a pixel.
    let is_rounded = unit != LengthUnit::Inch && whole > 0.0 && (found - whole).abs() <= METRE / 2.0;
    // So that the same density is the same number, whichever unit it came in.
    let meant = if is_rounded { whole } else { (found * STEPS).round() / STEPS };
    SANE.contains(&meant).then_some(meant)
}

/// The shortest fraction in tens for a number, as exact as there is room for.
fn fraction(value: f64) -> (u32, u32) {
    let divisors = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000u32];
    let scaled = |divisor: u32| value * f64::from(divisor);
    let is_exact = |divisor: &u32| (scaled(*divisor).round() - scaled(*divisor)).abs() < 1e-7 * value;
    let fits = || divisors.into_iter().filter(|divisor| scaled(*divisor) < f64::from(u32::MAX));
    let divisor = fits().find(is_exact).or(fits().next_back()).unwrap_or(1);
    (scaled(divisor).round() as u32, divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(value: f64, unit: LengthUnit) -> PixelDensity {
        PixelDensity::new(value, value, unit).unwrap()
    }

    #[test]
    fn every_whole_density_survives_metres_and_centimetres() {
        for dpi in 1..=20_000 {
            let density = square(dpi.into(), LengthUnit::Inch);
            let [across, down] = density.per_metre();
            assert_eq!(square(across.into(), LengthUnit::Metre), density, "{dpi}");
            assert_eq!((across, density.in_tiff()), (down, ([(dpi, 1); 2], INCH)));
            assert_eq!(density.in_jfif(), Some((1, dpi as u16, dpi as u16)));
        }
        assert_eq!(square(118.11, LengthUnit::Centimetre), square(300.0, LengthUnit::Inch));
    }

    #[test]
    fn what_is_not_whole_is_written_as_exactly_as_there_is_room_for() {
        let metric = square(118.0, LengthUnit::Centimetre);
        assert_eq!(metric.in_tiff(), ([(29_972, 100); 2], INCH));
        assert_eq!(metric.in_jfif(), Some((2, 118, 118)));
        // JFIF can say neither.
        for value in [0.25, 70_000.0 * CENTIMETRE] {
            assert_eq!(square(value, LengthUnit::Inch).in_jfif(), None, "{value}");
        }
        assert_eq!(square(1.0, LengthUnit::Metre).in_tiff(), ([(254, 10_000); 2], INCH));
        assert_eq!(square(1.0, LengthUnit::Metre).per_metre(), [1; 2]);
    }

    #[test]
    fn numbers_that_mean_nothing_are_none() {
        for value in [0.0, -72.0, 1e9, f64::NAN, f64::INFINITY] {
            assert_eq!(PixelDensity::new(value, value, LengthUnit::Inch), None, "{value}");
            for (across, down) in [(72.0, value), (value, 72.0)] {
                let found = PixelDensity::new(across, down, LengthUnit::Inch);
                assert_eq!(found, Some(square(72.0, LengthUnit::Inch)), "{value}");
            }
            assert_eq!(PixelDensity::without_unit(72.0, value), None, "{value}");
        }
        assert_eq!(PixelDensity::without_unit(1.0, 1.0), None);
        assert_eq!(PixelDensity::of_tiff(72.0, 72.0, Some(4)), None);
    }

    #[test]
    fn without_a_unit_the_shape_is_said_in_whole_numbers() {
        for (across, down, expected) in [
            (2.0, 1.0, [2, 1]),
            (300.0, 300.0, [300, 300]),
            (1.0, 1.5, [2, 3]),
            (16.0 / 15.0, 1.0, [16, 15]),
            (0.01, 1e6, [1, 65_535]),
        ] {
            let shape = PixelDensity::without_unit(across, down).unwrap();
            let [one, other] = expected.map(|number| number as u16);
            assert_eq!((shape.per_metre(), shape.in_jfif()), (expected, Some((0, one, other))));
            let ([(number, divisor), _], unit) = shape.in_tiff();
            assert!((f64::from(number) / f64::from(divisor) - across).abs() < 1e-6 && unit == NO_UNIT);
        }
        let square = |across, down| PixelDensity::without_unit(across, down).unwrap().is_square();
        assert_eq!((square(300.0, 300.0), square(16.0, 15.0)), (true, false));
    }

    #[test]
    fn a_quarter_turn_swaps_them() {
        let density = PixelDensity::new(200.0, 100.0, LengthUnit::Inch).unwrap().turned();
        assert_eq!(density.in_jfif(), Some((1, 100, 200)));
    }
}
