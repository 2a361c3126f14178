//! Corrections of one sample at a time, by its place. Light is 0 to 1, before and after each of them.

use super::{Opcode, OpcodeNumbers};

/// Where a sample stands: row, column and plane, within an image of so many rows and columns.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec::raw) struct PixelPlace {
    pub(in crate::codec::raw) row: u32,
    pub(in crate::codec::raw) column: u32,
    pub(in crate::codec::raw) plane: u32,
    pub(in crate::codec::raw) rows: u32,
    pub(in crate::codec::raw) columns: u32,
}

/// A correction and the samples that it is for.
#[derive(Debug)]
pub(in crate::codec::raw) struct PointCorrection {
    /// `None` for the whole image.
    region: Option<PixelRegion>,
    change: PointChange,
}

/// The samples of some planes of a rectangle, or of every so many rows and columns of it.
#[derive(Debug)]
struct PixelRegion {
    top: u32,
    left: u32,
    bottom: u32,
    right: u32,
    plane: u32,
    planes: u32,
    row_pitch: u32,
    column_pitch: u32,
}

/// What becomes of a sample; numbers by row and column are those of the region's own.
#[derive(Debug)]
enum PointChange {
    /// Levels of 16 bits by levels; the last is that of all beyond.
    Table(Vec<u16>),
    /// Factors of 1, x, x² and so on.
    Polynomial(Vec<f64>),
    Gains(GainGrid),
    RowDeltas(Vec<f32>),
    ColumnDeltas(Vec<f32>),
    RowScales(Vec<f32>),
    ColumnScales(Vec<f32>),
    Vignette(Vignette),
}

/// Gains at points of the image, which are mixed in between.
#[derive(Debug)]
struct GainGrid {
    /// Rows and columns of points.
    points: [u32; 2],
    /// Their distance and the first one's place, down and across, as parts of the image.
    spacing: [f64; 2],
    origin: [f64; 2],
    planes: u32,
    /// By row, column and plane.
    gains: Vec<f32>,
}

/// A gain that grows with the distance from the middle.
#[derive(Debug)]
struct Vignette {
    /// Factors of r², r⁴ and so on; r is 1 at the farthest corner.
    factors: [f64; 5],
    /// Column and row, as parts of the image.
    middle: [f64; 2],
}

pub(super) fn read(opcode: &Opcode<'_>) -> Option<PointCorrection> {
    let mut numbers = OpcodeNumbers(opcode.parameters);
    if opcode.id == 3 {
        let factors = numbers.array_of_f64()?;
        let change = PointChange::Vignette(Vignette { factors, middle: numbers.array_of_f64()? });
        return Some(PointCorrection { region: None, change });
    }
    let region = PixelRegion {
        top: numbers.u32()?,
        left: numbers.u32()?,
        bottom: numbers.u32()?,
        right: numbers.u32()?,
        plane: numbers.u32()?,
        planes: numbers.u32()?,
        row_pitch: numbers.u32()?.max(1),
        column_pitch: numbers.u32()?.max(1),
    };
    // Counted, but as many as the region has.
    let by_row_or_column = |numbers: &mut OpcodeNumbers<'_>| {
        let count = numbers.u32()?;
        numbers.f32s(count)
    };
    let change = match opcode.id {
        7 => {
            let count = numbers.u32()?;
            PointChange::Table(numbers.u16s(count).filter(|table| !table.is_empty())?)
        }
        8 => {
            let degree = numbers.u32()?;
            PointChange::Polynomial(numbers.f64s(degree.checked_add(1)?)?)
        }
        9 => PointChange::Gains(GainGrid::read(&mut numbers)?),
        10 => PointChange::RowDeltas(by_row_or_column(&mut numbers)?),
        11 => PointChange::ColumnDeltas(by_row_or_column(&mut numbers)?),
        12 => PointChange::RowScales(by_row_or_column(&mut numbers)?),
        13 => PointChange::ColumnScales(by_row_or_column(&mut numbers)?),
        _ => return None,
    };
    Some(PointCorrection { region: Some(region), change })
}

impl PointCorrection {
    /// What becomes of this much light.
    pub(in crate::codec::raw) fn apply(&self, place: PixelPlace, light: f32) -> f32 {
        let [row, column] = match &self.region {
            None => [place.row, place.column],
            Some(region) => match region.find(place) {
                Some(found) => found,
                None => return light,
            },
        };
        let nth = |numbers: &[f32], index: u32, none: f32| {
            numbers.get(index as usize).copied().filter(|number| number.is_finite()).unwrap_or(none)
        };
        let changed = match &self.change {
            PointChange::Table(levels) => {
                // Conversions to whole numbers saturate, and make 0 of what is no number.
                let level = (light * 65535.0 + 0.5) as usize;
                f32::from(levels[level.min(levels.len() - 1)]) / 65535.0
            }
            PointChange::Polynomial(factors) => {
                let x = f64::from(light);
                factors.iter().rev().fold(0.0, |sum, factor| sum * x + factor) as f32
            }
            PointChange::Gains(grid) => light * grid.at(place, self.region.as_ref().map_or(0, |r| r.plane)),
            PointChange::RowDeltas(deltas) => light + nth(deltas, row, 0.0),
            PointChange::ColumnDeltas(deltas) => light + nth(deltas, column, 0.0),
            PointChange::RowScales(scales) => light * nth(scales, row, 1.0),
            PointChange::ColumnScales(scales) => light * nth(scales, column, 1.0),
            PointChange::Vignette(vignette) => light * vignette.at(place),
        };
        if changed.is_nan() { 0.0 } else { changed.clamp(0.0, 1.0) }
    }
}

impl PixelRegion {
    /// Row and column among those that are meant, if the place is one of them.
    fn find(&self, place: PixelPlace) -> Option<[u32; 2]> {
        let is_within = (self.top..self.bottom).contains(&place.row)
            && (self.left..self.right).contains(&place.column)
            && place.plane >= self.plane
            && place.plane - self.plane < self.planes;
        if !is_within {
            return None;
        }
        let (row, column) = (place.row - self.top, place.column - self.left);
        let is_meant = row % self.row_pitch == 0 && column % self.column_pitch == 0;
        is_meant.then(|| [row / self.row_pitch, column / self.column_pitch])
    }
}

impl GainGrid {
    fn read(numbers: &mut OpcodeNumbers<'_>) -> Option<GainGrid> {
        let points = [numbers.u32()?, numbers.u32()?];
        let (spacing, origin) = (numbers.array_of_f64()?, numbers.array_of_f64()?);
        let planes = numbers.u32()?;
        let count = points[0].checked_mul(points[1])?.checked_mul(planes).filter(|count| *count > 0)?;
        Some(GainGrid { points, spacing, origin, planes, gains: numbers.f32s(count)? })
    }

    /// The gain at a place, for the plane's number from `first` on; the last is that of all beyond.
    fn at(&self, place: PixelPlace, first: u32) -> f32 {
        let plane = (place.plane - first.min(place.plane)).min(self.planes - 1);
        let along = |axis: usize, index: u32, length: u32| {
            let part = (f64::from(index) + 0.5) / f64::from(length);
            let last = self.points[axis] - 1;
            let at = (part - self.origin[axis]) / self.spacing[axis];
            let at = if at.is_finite() { at.clamp(0.0, f64::from(last)) } else { 0.0 };
            (at as u32, (at as u32 + 1).min(last), at.fract() as f32)
        };
        let (above, below, down) = along(0, place.row, place.rows);
        let (left, right, across) = along(1, place.column, place.columns);
        let gain = |row: u32, column: u32| {
            self.gains[((row * self.points[1] + column) * self.planes + plane) as usize]
        };
        let mixed = |row: u32| gain(row, left) * (1.0 - across) + gain(row, right) * across;
        mixed(above) * (1.0 - down) + mixed(below) * down
    }
}

impl Vignette {
    fn at(&self, place: PixelPlace) -> f32 {
        let [columns, rows] = [place.columns, place.rows].map(f64::from);
        let (x, y) = (self.middle[0] * columns, self.middle[1] * rows);
        let square = |x: f64, y: f64| x * x + y * y;
        let farthest = square(x.max(columns - x), y.max(rows - y));
        let here = square(f64::from(place.column) + 0.5 - x, f64::from(place.row) + 0.5 - y) / farthest;
        let sum = self.factors.iter().rev().fold(0.0, |sum, factor| (sum + factor) * here);
        if sum.is_finite() { (1.0 + sum) as f32 } else { 1.0 }
    }
}
