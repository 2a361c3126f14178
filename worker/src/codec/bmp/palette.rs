//! The palette of a BMP, which may have fewer colours than its pixels have numbers. No state.

use super::mend::BmpFields;
use crate::codec::palette::number;

/// The colours, as far as there are any in front of the pixels.
pub(super) fn colors(bmp: &[u8], fields: &BmpFields) -> Vec<[u8; 3]> {
    let (from, length) = fields.palette();
    let end = (from + length).min(fields.data as usize);
    let stored = bmp.get(from..end.min(bmp.len())).unwrap_or_default();
    stored.chunks_exact(fields.color_bytes()).map(|color| [color[2], color[1], color[0]]).collect()
}

/// Whether pixels that are stored as they are have numbers for which there is no colour.
pub(super) fn is_exceeded(bmp: &[u8], fields: &BmpFields) -> bool {
    let bits = usize::from(fields.bits);
    let count = colors(bmp, fields).len();
    if !matches!(bits, 1 | 2 | 4 | 8) || count >= 1 << bits {
        return false;
    }
    let width = fields.width as usize;
    let row_length = width.saturating_mul(bits).div_ceil(32).saturating_mul(4);
    let pixels = bmp.get(fields.data as usize..).unwrap_or_default();
    let height = fields.height.cast_signed().unsigned_abs() as usize;
    let mut rows = pixels.chunks_exact(row_length.max(1)).take(height);
    rows.any(|row| (0..width).any(|x| number(row, x, bits) >= count))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{levels, of_levels};
    use crate::codec::palette::STRANGE_COLORS;

    #[test]
    fn numbers_that_no_colour_has_are_named() {
        let notes = |compression, bits, count, pixels: &[u8]| {
            levels(&of_levels(compression, bits, 2, count, pixels)).unwrap().1
        };
        for (compression, bits, pixels) in [
            (0, 8, &b"\0\x01\x02\x03\x01\0\x01\0"[..]),
            (0, 4, b"\x01\x23\x99\x99\0\0\x99\x99"),
            (1, 8, b"\x04\x03\0\0\x04\x02\0\x01"),
            (2, 4, b"\x04\x30\0\0\x04\x02\0\x01"),
        ] {
            assert_eq!(notes(compression, bits, 4, pixels), Vec::<String>::new(), "{compression} {bits}");
            assert_eq!(notes(compression, bits, 3, pixels), [STRANGE_COLORS], "{compression} {bits}");
        }
        // What fills up a row counts for nothing.
        assert_eq!(notes(0, 1, 1, b"\x0F\xFF\xFF\xFF\0\0\0\0"), Vec::<String>::new());
        assert_eq!(notes(0, 1, 1, b"\x10\0\0\0\0\0\0\0"), [STRANGE_COLORS]);
    }
}
