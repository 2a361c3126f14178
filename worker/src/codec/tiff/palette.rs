//! The palette of a TIFF (TIFF 6.0, section 5). No state.

use protocol::{ErrorKind, JobError};

use super::tags::COLOR_MAP;
use crate::codec::fail;
use crate::metadata::exif::Page;

/// The colours of the numbers of so many bits.
pub(super) fn read(page: &Page<'_>, bits: usize) -> Result<Vec<[u8; 3]>, JobError> {
    let map = page
        .bytes(COLOR_MAP)
        .ok_or_else(|| fail(ErrorKind::Truncated, "the palette is not within the file"))?;
    colors(map, page.little_endian(), 1 << bits)
        .ok_or_else(|| fail(ErrorKind::Corrupt, "the palette is too short"))
}

/// The colours: all reds, then all greens, then all blues, of 16 bits each.
fn colors(map: &[u8], little_endian: bool, count: usize) -> Option<Vec<[u8; 3]>> {
    let number =
        |pair: &[u8; 2]| if little_endian { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
    let levels: Vec<u16> = map.as_chunks().0.iter().map(number).collect();
    // Some old writers put 8 bits into the 16.
    let shift = if levels.iter().all(|level| *level < 256) { 0 } else { 8 };
    // The upper 8 bits: some writers multiply by 257, others by 256.
    let level = |at: usize| levels.get(at).map(|level| (level >> shift) as u8);
    (0..count).map(|i| Some([level(i)?, level(count + i)?, level(2 * count + i)?])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_both_orders_and_depths() {
        let map = |levels: [u16; 6], little: bool| -> Vec<u8> {
            levels
                .iter()
                .flat_map(|level| if little { level.to_le_bytes() } else { level.to_be_bytes() })
                .collect()
        };
        let levels = [0, 65_535, 25_700, 514, 257, 0];
        let expected = Some(vec![[0, 100, 1], [255, 2, 0]]);
        assert_eq!(colors(&map(levels, true), true, 2), expected);
        assert_eq!(colors(&map(levels, false), false, 2), expected);
        assert_eq!(colors(&map([0, 255, 100, 2, 1, 0], true), true, 2), expected);
        assert_eq!(colors(&map(levels, true)[..10], true, 2), None);
    }
}
