//! Tiles of eight by eight samples, and rows and columns changed in them: by swapping ever smaller parts of
//! whole words, for which the order of bytes in a word is that of the samples (as on every machine this is
//! built for).

use wide::u16x8;

use super::cosines::{LANES, SampleGroup};

/// A sample whose tiles can be turned.
pub(super) trait Tile: Copy + Default + 'static {
    /// Rows and columns changed.
    fn turned(tile: [SampleGroup<Self>; LANES]) -> [SampleGroup<Self>; LANES];
}

impl Tile for u8 {
    #[inline(always)]
    fn turned(tile: [SampleGroup<Self>; LANES]) -> [SampleGroup<Self>; LANES] {
        let mut rows = [0; LANES];
        for n in 0..LANES {
            rows[n] = u64::from_le_bytes(tile[n]);
        }
        exchange(&mut rows, 4, 0x0000_0000_FFFF_FFFF);
        exchange(&mut rows, 2, 0x0000_FFFF_0000_FFFF);
        exchange(&mut rows, 1, 0x00FF_00FF_00FF_00FF);
        let mut columns = tile;
        for n in 0..LANES {
            columns[n] = rows[n].to_le_bytes();
        }
        columns
    }
}

impl Tile for u16 {
    #[inline(always)]
    fn turned(tile: [SampleGroup<Self>; LANES]) -> [SampleGroup<Self>; LANES] {
        u16x8::transpose(tile.map(u16x8::new)).map(u16x8::to_array)
    }
}

/// Swaps the upper part of each row with the lower part of the row `apart` rows on; the mask says which bits
/// are lower.
#[inline(always)]
fn exchange<const N: usize>(rows: &mut [u64; N], apart: usize, lower: u64) {
    let shift = lower.trailing_ones();
    for n in 0..N / 2 {
        let first = n / apart * apart * 2 + n % apart;
        let swapped = (rows[first] >> shift ^ rows[first + apart]) & lower;
        rows[first] ^= swapped << shift;
        rows[first + apart] ^= swapped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let narrow: [[u8; 8]; 8] = std::array::from_fn(|y| std::array::from_fn(|x| (10 * y + x) as u8));
        let wide = narrow.map(|row| row.map(|v| u16::from(v) * 700));
        let (narrow_turned, wide_turned) = (u8::turned(narrow), u16::turned(wide));
        for y in 0..LANES {
            for x in 0..LANES {
                assert_eq!(narrow_turned[x][y], narrow[y][x]);
                assert_eq!(wide_turned[x][y], wide[y][x]);
            }
        }
    }
}
