//! The density of a PNG: its chunk pHYs (third edition, 11.3.4.3), in pixels per metre or without a unit. No
//! state.

use img_parts::Bytes;
use img_parts::png::PngChunk;

use super::texts::chunk;
use crate::density::{LengthUnit, PixelDensity};

const NAME: &[u8; 4] = b"pHYs";
/// The unit's number.
const METRE: u8 = 1;
const NO_UNIT: u8 = 0;

/// What the file says. The chunk stands in front of the pixels.
pub(in crate::codec) fn read(png: &[u8]) -> Option<PixelDensity> {
    let mut rest = png.get(8..)?;
    while let Some((kind, content, after)) = chunk(rest) {
        match kind {
            NAME => {
                let (across, content) = content.split_first_chunk()?;
                let (down, unit) = content.split_first_chunk()?;
                let [across, down] = [across, down].map(|bytes| u32::from_be_bytes(*bytes).into());
                return match *unit {
                    [METRE] => PixelDensity::new(across, down, LengthUnit::Metre),
                    [NO_UNIT] => PixelDensity::without_unit(across, down),
                    _ => None,
                };
            }
            b"IDAT" => return None,
            _ => rest = after,
        }
    }
    None
}

/// The chunk that says it.
pub(super) fn written(density: PixelDensity) -> PngChunk {
    let [across, down] = density.per_metre().map(u32::to_be_bytes);
    let unit = if density.is_per_inch() { METRE } else { NO_UNIT };
    PngChunk::new(*NAME, Bytes::from([&across[..], &down, &[unit]].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chunk_counts_with_its_unit_and_without() {
        let png = |content: &[u8], before: &[u8; 4]| {
            let chunk = |kind: &[u8; 4], content: &[u8]| {
                [&(content.len() as u32).to_be_bytes()[..], kind, content, &[0; 4]].concat()
            };
            [&b"\x89PNG\r\n\x1A\n"[..], &chunk(before, b"x"), &chunk(NAME, content)].concat()
        };
        let content = [&11_811u32.to_be_bytes()[..], &5906u32.to_be_bytes(), &[1]].concat();
        let density = PixelDensity::new(300.0, 150.0, LengthUnit::Inch);
        assert_eq!(read(&png(&content, b"IHDR")), density);
        assert_eq!(written(density.unwrap()).contents()[..], content);
        let shape = [&2u32.to_be_bytes()[..], &1u32.to_be_bytes(), &[0]].concat();
        let found = read(&png(&shape, b"IHDR"));
        assert_eq!(found, PixelDensity::without_unit(2.0, 1.0));
        assert_eq!(written(found.unwrap()).contents()[..], shape);
        // An unknown unit, cut short, behind the pixels.
        assert_eq!(read(&png(&[&content[..8], &[9]].concat(), b"IHDR")), None);
        assert_eq!(read(&png(&content[..8], b"IHDR")), None);
        assert_eq!(read(&png(&content, b"IDAT")), None);
    }
}
