//! Rows laid side by side for the blur along them, and the ring that keeps what comes of it for the blur
//! along columns.

use super::cosines::{LANES, SampleGroup};
use super::tile::Tile;

/// Rows that are blurred along themselves together, and how many groups of them that is.
pub(super) const STRIP: usize = 32;
pub(super) const GROUPS: usize = STRIP / LANES;
/// Rows of the ring that are used up together.
pub(super) const BAND: usize = 64;

/// Lays up to 32 rows of `row` samples side by side: each sample of all of them, then the next.
#[inline(always)]
pub(super) fn lay_side_by_side<T: Tile>(rows: &[T], row: usize, into: &mut [SampleGroup<T>]) {
    for (index, rows) in rows.chunks(row * LANES).enumerate() {
        for left in (0..row).step_by(LANES) {
            let mut tile = [[T::default(); LANES]; LANES];
            for (line, row) in tile.iter_mut().zip(rows.chunks_exact(row)) {
                match row[left..].first_chunk() {
                    Some(whole) => *line = *whole,
                    None => line[..row.len() - left].copy_from_slice(&row[left..]),
                }
            }
            let tile = T::turned(tile);
            for (x, column) in tile[..LANES.min(row - left)].iter().enumerate() {
                into[(left + x) * GROUPS + index] = *column;
            }
        }
    }
}

/// The rows that are blurred along themselves and still needed.
pub(super) struct RowRing {
    rows: Vec<SampleGroup<u16>>,
    /// Groups in a row.
    groups: usize,
    /// The last row there will be.
    last: usize,
}

impl RowRing {
    /// For `height` rows of `row` samples, and a kernel along the columns that reaches this far.
    pub(super) fn new(row: usize, height: usize, reach: usize) -> Self {
        let groups = row.div_ceil(LANES);
        Self { rows: vec![[0; LANES]; Self::rows_held(reach, height) * groups], groups, last: height - 1 }
    }

    /// Rows that a ring holds of so many.
    pub(super) fn rows_held(reach: usize, height: usize) -> usize {
        (BAND + 2 * reach + 2 + STRIP).min(height).next_multiple_of(STRIP)
    }

    #[inline(always)]
    fn start(&self, row: usize) -> usize {
        row * self.groups % self.rows.len()
    }

    #[inline(always)]
    fn row(&self, row: usize) -> &[SampleGroup<u16>] {
        &self.rows[self.start(row)..][..self.groups]
    }

    /// The row at a place; beyond the ends, the outermost.
    #[inline(always)]
    pub(super) fn at(&self, place: i64) -> &[SampleGroup<u16>] {
        self.row(place.clamp(0, self.last as i64) as usize)
    }

    /// Takes in `many` rows of `row` samples, of which `first` is the first, from where they lie side by
    /// side. Strips begin where there is room for a whole one.
    #[inline(always)]
    pub(super) fn take_in(
        &mut self,
        first: usize,
        many: usize,
        row: usize,
        side_by_side: &[SampleGroup<u16>],
    ) {
        let start = self.start(first);
        for top in (0..many).step_by(LANES) {
            for group in 0..self.groups {
                let left = group * LANES;
                let mut tile = [[0; LANES]; LANES];
                for (x, column) in tile[..LANES.min(row - left)].iter_mut().enumerate() {
                    *column = side_by_side[(left + x) * GROUPS + top / LANES];
                }
                let tile = u16::turned(tile);
                for (y, values) in tile[..LANES.min(many - top)].iter().enumerate() {
                    self.rows[start + (top + y) * self.groups + group] = *values;
                }
            }
        }
    }
}
