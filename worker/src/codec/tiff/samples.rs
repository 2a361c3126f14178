//! From the bytes of strips and tiles to samples of 8 or 16 bits or floats, those that are needed. No state.

use exr::prelude::f16;
use protocol::JobError;

use super::kinds::BitDepth;
use super::layout::TiffLayout;
use super::unpack::unpack;
use crate::codec::buffer;

/// A sample as it is held.
pub(super) trait HeldSample: Copy + Default {
    /// Takes a row apart.
    fn take_apart(row: &[u8], stored: RowOfSamples, samples: &mut [Self]);
}

/// How the samples of a row are stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowOfSamples {
    depth: BitDepth,
    little_endian: bool,
    /// Whether they are stretched to all that the held sample has room for.
    stretched: bool,
}

/// The needed samples of all pixels, interleaved.
pub(super) fn read<T: HeldSample>(
    layout: &TiffLayout<'_>,
    file: &[u8],
    warnings: &mut Vec<String>,
) -> Result<Vec<T>, JobError> {
    let width = layout.size.width as usize;
    let kept: Vec<usize> = layout.kept().collect();
    let together = layout.together();
    let stored = RowOfSamples {
        depth: layout.depth,
        little_endian: layout.little_endian,
        stretched: !layout.colors.are_numbers(),
    };
    let mut samples: Vec<T> = buffer(layout.size.pixels().saturating_mul(kept.len() as u64))?;
    let (mut rows, mut apart) = (Vec::new(), Vec::new());
    // Which samples come from where: all at once, or each from its plane.
    let planes: Vec<(usize, Vec<(usize, usize)>)> = if layout.planar {
        kept.iter().enumerate().map(|(to, plane)| (*plane, vec![(0, to)])).collect()
    } else {
        vec![(0, kept.iter().enumerate().map(|(to, from)| (*from, to)).collect())]
    };
    for (plane, moves) in planes {
        for chunk in 0..layout.grid.count() {
            let place = layout.grid.place(chunk);
            let index = plane * layout.grid.count() + chunk;
            let stride = unpack(layout, file, index, place, &mut rows, warnings)?;
            for (y, row) in rows.chunks(stride).take(place.height).enumerate() {
                let start = ((place.y + y) * width + place.x) * kept.len();
                let target = &mut samples[start..start + place.width * kept.len()];
                if together == kept.len() {
                    T::take_apart(row, stored, target);
                    continue;
                }
                apart.resize(place.width * together, T::default());
                T::take_apart(row, stored, &mut apart);
                for (pixel, from) in target.chunks_exact_mut(kept.len()).zip(apart.chunks_exact(together)) {
                    moves.iter().for_each(|(at, to)| pixel[*to] = from[*at]);
                }
            }
        }
    }
    Ok(samples)
}

/// The whole number of up to 16 bits that begins with this bit; the highest bit of each byte comes first.
fn bits_at(row: &[u8], bit: usize, bits: usize) -> u32 {
    let byte = |offset: usize| u32::from(row.get(bit / 8 + offset).copied().unwrap_or(0));
    let window = byte(0) << 16 | byte(1) << 8 | byte(2);
    (window << (bit % 8) & 0xFF_FFFF) >> (24 - bits)
}

/// A number of so many bits, stretched to what fills `most`.
fn stretched(number: u32, bits: usize, most: u32) -> u32 {
    let full = (1 << bits) - 1;
    (number * most + full / 2) / full
}

fn short(pair: [u8; 2], little_endian: bool) -> u16 {
    if little_endian { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
}

impl HeldSample for u8 {
    fn take_apart(row: &[u8], stored: RowOfSamples, samples: &mut [u8]) {
        let bits = stored.depth.bits().min(8);
        if bits == 8
            && let Some(row) = row.get(..samples.len())
        {
            samples.copy_from_slice(row);
            return;
        }
        let mut levels = [0; 256];
        for (number, level) in (0..1u32 << bits).zip(&mut levels) {
            *level = if stored.stretched { stretched(number, bits, 255) } else { number } as u8;
        }
        if 8 % bits == 0 {
            for (samples, byte) in samples.chunks_mut(8 / bits).zip(row) {
                let mut rest = *byte;
                for sample in samples {
                    rest = rest.rotate_left(bits as u32);
                    *sample = levels[usize::from(rest) & ((1 << bits) - 1)];
                }
            }
            return;
        }
        for (index, sample) in samples.iter_mut().enumerate() {
            *sample = levels[bits_at(row, index * bits, bits) as usize];
        }
    }
}

impl HeldSample for u16 {
    fn take_apart(row: &[u8], stored: RowOfSamples, samples: &mut [u16]) {
        let order = stored.little_endian;
        match stored.depth.bits() {
            16 => {
                for (sample, pair) in samples.iter_mut().zip(row.as_chunks().0) {
                    *sample = short(*pair, order);
                }
            }
            bits @ (24 | 32 | 64) => {
                let width = bits / 8;
                // The highest two bytes.
                let (high, low) = if order { (width - 1, width - 2) } else { (0, 1) };
                for (sample, number) in samples.iter_mut().zip(row.chunks_exact(width)) {
                    *sample = u16::from_be_bytes([number[high], number[low]]);
                }
            }
            bits => {
                let bits = bits.min(16);
                for (index, sample) in samples.iter_mut().enumerate() {
                    let number = bits_at(row, index * bits, bits);
                    *sample = if stored.stretched { stretched(number, bits, 65_535) } else { number } as u16;
                }
            }
        }
    }
}

impl HeldSample for f32 {
    fn take_apart(row: &[u8], stored: RowOfSamples, samples: &mut [f32]) {
        let order = stored.little_endian;
        match stored.depth {
            BitDepth::Half | BitDepth::Whole(_) => {
                for (sample, pair) in samples.iter_mut().zip(row.as_chunks().0) {
                    *sample = f16::from_bits(short(*pair, order)).to_f32();
                }
            }
            BitDepth::Single => {
                for (sample, four) in samples.iter_mut().zip(row.as_chunks().0) {
                    *sample = if order { f32::from_le_bytes(*four) } else { f32::from_be_bytes(*four) };
                }
            }
            BitDepth::Double => {
                for (sample, eight) in samples.iter_mut().zip(row.as_chunks().0) {
                    let number = if order { f64::from_le_bytes(*eight) } else { f64::from_be_bytes(*eight) };
                    *sample = number as f32;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart<T: HeldSample>(row: &[u8], depth: BitDepth, little_endian: bool, count: usize) -> Vec<T> {
        let mut samples = vec![T::default(); count];
        T::take_apart(row, RowOfSamples { depth, little_endian, stretched: true }, &mut samples);
        samples
    }

    #[test]
    fn numbers_of_every_depth_fill_their_range() {
        // 0, full, and a value in between of each depth.
        assert_eq!(apart::<u8>(&[0b0100_0000], BitDepth::Whole(1), true, 2), [0, 255]);
        assert_eq!(apart::<u8>(&[0b0011_0100], BitDepth::Whole(2), true, 3), [0, 255, 85]);
        // 3 of 7 is 109.3 of 255; the third begins in one byte and ends in the next.
        assert_eq!(apart::<u8>(&[0b0001_1101, 0b1000_0000], BitDepth::Whole(3), true, 3), [0, 255, 109]);
        assert_eq!(apart::<u8>(&[0x0F, 0x80], BitDepth::Whole(4), true, 3), [0, 255, 136]);
        // 0x123 of 0xFFF is 4656.7 of 65535.
        assert_eq!(
            apart::<u16>(&[0x00, 0x0F, 0xFF, 0x12, 0x30], BitDepth::Whole(12), true, 3),
            [0, 65_535, 4657]
        );
        assert_eq!(apart::<u16>(&[1, 2], BitDepth::Whole(16), true, 1), [0x0201]);
        assert_eq!(apart::<u16>(&[1, 2], BitDepth::Whole(16), false, 1), [0x0102]);
        assert_eq!(apart::<u16>(&[1, 2, 3, 4], BitDepth::Whole(32), false, 1), [0x0102]);
        assert_eq!(apart::<u16>(&[1, 2, 3], BitDepth::Whole(24), true, 1), [0x0302]);
        // IEEE 754: 1.5 is 3E00 in 16 bits.
        assert_eq!(apart::<f32>(&[0x3E, 0], BitDepth::Half, false, 1), [1.5]);
        assert_eq!(apart::<f32>(&1.5f64.to_le_bytes(), BitDepth::Double, true, 1), [1.5]);
    }

    #[test]
    fn numbers_of_a_palette_stay_what_they_are() {
        let mut samples = [0u8; 2];
        let stored = RowOfSamples { depth: BitDepth::Whole(4), little_endian: true, stretched: false };
        u8::take_apart(&[0x5A], stored, &mut samples);
        assert_eq!(samples, [5, 10]);
    }
}
