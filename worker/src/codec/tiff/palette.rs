//! TIFF with a palette of up to 256 colours (TIFF 6.0, section 5), which the `tiff` crate refuses: it is told
//! that the numbers of the colours are greys, and they are looked up here.

use image::metadata::Orientation;
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;

use super::samples::samples as stored_samples;
use super::tags::{ORIENTATION, PHOTOMETRIC};
use crate::codec::{Header, Opened, buffer, error, fail, size};
use crate::image::{Channels, Metadata, Picture, Samples};
use crate::metadata::exif;

/// The photometric interpretation of a palette, and that of grey with black as 0.
pub(super) const PALETTE: u32 = 3;
const GREY: u32 = 1;
/// Tags of TIFF 6.0, and that of a profile (ICC.1, annex B.3).
const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const BITS: u16 = 258;
const SAMPLES: u16 = 277;
const COLOR_MAP: u16 = 320;
const PROFILE: u16 = 34_675;

struct PaletteFile<'a> {
    bytes: &'a [u8],
    size: Size,
    bits: u32,
    colors: Vec<[u8; 3]>,
    warning: Option<String>,
}

pub(super) fn open(bytes: &[u8], warning: Option<String>) -> Result<Box<dyn Opened + '_>, JobError> {
    let number = |tag| exif::tiff_number(bytes, tag);
    let size = size(number(WIDTH).unwrap_or(0).into(), number(HEIGHT).unwrap_or(0).into())?;
    let (bits, samples) = (number(BITS).unwrap_or(1), number(SAMPLES).unwrap_or(1));
    if !matches!(bits, 1 | 2 | 4 | 8) || samples != 1 {
        let detail =
            format!("TIFF files with a palette and {samples} samples of {bits} bits cannot be decoded");
        return Err(fail(ErrorKind::Unsupported, detail));
    }
    let map = exif::tiff_block(bytes, COLOR_MAP)
        .ok_or_else(|| fail(ErrorKind::Truncated, "the palette is not within the file"))?;
    let colors = colors(&map, bytes.starts_with(b"II"), 1 << bits)
        .ok_or_else(|| fail(ErrorKind::Corrupt, "the palette is too short"))?;
    Ok(Box::new(PaletteFile { bytes, size, bits, colors, warning }))
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

impl Opened for PaletteFile<'_> {
    fn header(&self) -> Header {
        let orientation = exif::tiff_number(self.bytes, ORIENTATION)
            .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?))
            .unwrap_or(Orientation::NoTransforms);
        Header {
            format: Format::Tiff,
            size: self.size,
            channels: Channels::Rgb,
            sample_bytes: 1,
            orientation,
            // The file with another tag, and the numbers twice, as unpacked and as decoded.
            decoder_memory: (self.bytes.len() as u64).saturating_add(self.size.pixels().saturating_mul(2)),
            lossless_webp: false,
            gain_map: None,
        }
    }

    fn says_orientation(&self) -> bool {
        super::says_orientation(self.bytes)
    }

    fn metadata(&mut self) -> Metadata {
        super::metadata_of(self.bytes, exif::tiff_block(self.bytes, PROFILE))
    }

    fn decode(
        self: Box<Self>,
        memory: u64,
        _metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let PaletteFile { bytes, size, bits, colors, warning } = *self;
        let grey = exif::with_tiff_number(bytes, PHOTOMETRIC, GREY)
            .ok_or_else(|| fail(ErrorKind::Corrupt, error::ENDS_EARLY))?;
        let packed = stored_samples(&grey, memory)?;
        let row = (size.width as usize * bits as usize).div_ceil(8);
        let mut pixels = buffer(size.pixels().saturating_mul(3))?;
        let rows = packed.chunks_exact(row).zip(pixels.chunks_exact_mut(size.width as usize * 3));
        for (numbers, pixels) in rows {
            for (x, pixel) in pixels.chunks_exact_mut(3).enumerate() {
                let bit = x * bits as usize;
                let number = numbers[bit / 8] << (bit % 8) >> (8 - bits);
                // There are as many colours as numbers of these bits.
                pixel.copy_from_slice(&colors[usize::from(number)]);
            }
        }
        warnings.extend(warning);
        Ok(Picture { size, channels: Channels::Rgb, samples: Samples::U8(pixels) })
    }
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

    #[test]
    fn numbers_of_few_bits_are_taken_apart() {
        // Five columns and two rows of 4 bits, each row ending with half a byte of nothing; colour i is (i,
        // 2i, 3i).
        let entries: [(u16, u16, u32, u32); 10] = [
            (256, 3, 1, 5),
            (257, 3, 1, 2),
            (258, 3, 1, 4),
            (259, 3, 1, 1),
            (262, 3, 1, 3),
            (273, 4, 1, 134),
            (277, 3, 1, 1),
            (278, 3, 1, 2),
            (279, 4, 1, 6),
            (320, 3, 48, 140),
        ];
        let mut file = b"II*\0\x08\0\0\0\x0A\0".to_vec();
        for (tag, kind, count, value) in entries {
            file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            file.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
        }
        file.extend([0; 4]);
        file.extend([0x01, 0x23, 0x40, 0xFE, 0xDC, 0xB0]);
        file.extend((0..48u16).flat_map(|at| ((at % 16) * (at / 16 + 1) * 257).to_le_bytes()));
        let opened = open(&file, None).unwrap();
        assert_eq!(opened.header().size, Size { width: 5, height: 2 });
        let picture = opened.decode(1 << 20, &mut Metadata::default(), &mut Vec::new()).unwrap();
        let numbers = [0, 1, 2, 3, 4, 15, 14, 13, 12, 11];
        assert_eq!(picture.samples, Samples::U8(numbers.iter().flat_map(|i| [*i, 2 * i, 3 * i]).collect()));
    }
}
