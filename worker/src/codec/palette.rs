//! What formats with palettes have in common. No state.

/// What is said of pixels whose numbers go beyond the end of a palette.
pub(super) const STRANGE_COLORS: &str =
    "some pixels have colours that its palette does not have: they mean nothing";

/// The number of a pixel in a row whose numbers have 1, 2, 4 or 8 bits, the first in the highest.
pub(super) fn number(row: &[u8], x: usize, bits: usize) -> usize {
    let in_byte = 8 / bits;
    let shift = 8 - bits - x % in_byte * bits;
    row.get(x / in_byte).map_or(0, |byte| usize::from(byte >> shift) & ((1 << bits) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_is_in_the_highest_bits() {
        let all =
            |bits: usize| (0..16 / bits).map(|x| number(&[0b0001_1011, 0xF0], x, bits)).collect::<Vec<_>>();
        assert_eq!(all(8), [27, 240]);
        assert_eq!(all(4), [1, 11, 15, 0]);
        assert_eq!(all(2), [0, 1, 2, 3, 3, 3, 0, 0]);
        assert_eq!(all(1)[..5], [0, 0, 0, 1, 1]);
    }
}
