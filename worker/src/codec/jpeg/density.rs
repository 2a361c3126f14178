//! The density in the JFIF segment of a JPEG (ITU-T T.871, 10.1): a unit, and a whole number across and down.
//! No state.

use super::markers::{self, APP0, EOI, RST0, SOI, SOS, TEM, content};
use crate::density::{LengthUnit, PixelDensity};

const JFIF: &[u8] = b"JFIF\0";
/// Where in the content unit and numbers stand, behind the version.
const PLACE: std::ops::Range<usize> = JFIF.len() + 2..JFIF.len() + 7;

/// What the file says.
pub(in crate::codec) fn read(jpeg: &[u8]) -> Option<PixelDensity> {
    let mut at = 2;
    while let Some(marker) = markers::next(jpeg, at) {
        at = marker.after;
        match marker.code {
            TEM | RST0..=SOI => continue,
            EOI | SOS => break,
            _ => {}
        }
        let content = content(jpeg, at)?;
        if marker.code == APP0 && content.starts_with(JFIF) {
            return in_content(content);
        }
        at += 2 + content.len();
    }
    None
}

fn in_content(content: &[u8]) -> Option<PixelDensity> {
    let &[unit, x1, x0, y1, y0] = content.get(PLACE)? else { return None };
    let [across, down] = [[x1, x0], [y1, y0]].map(|bytes| u16::from_be_bytes(bytes).into());
    match unit {
        0 => PixelDensity::without_unit(across, down),
        1 => PixelDensity::new(across, down, LengthUnit::Inch),
        2 => PixelDensity::new(across, down, LengthUnit::Centimetre),
        _ => None,
    }
}

/// Writes it into a file that begins as our own encoder's do, as far as JFIF can say it.
pub(super) fn write(jpeg: &mut [u8], density: PixelDensity) {
    // Behind two markers and a length.
    let Some(content) = jpeg.get_mut(6..).filter(|content| content.starts_with(JFIF)) else { return };
    if let (Some(place), Some((unit, across, down))) = (content.get_mut(PLACE), density.in_jfif()) {
        let [[x1, x0], [y1, y0]] = [across, down].map(u16::to_be_bytes);
        place.copy_from_slice(&[unit, x1, x0, y1, y0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_decides_wherever_the_segment_stands() {
        let jpeg = |unit: u8| {
            let jfif = [&b"\xFF\xE0\0\x10JFIF\0\x01\x01"[..], &[unit, 0, 118, 0, 59, 0, 0]].concat();
            [b"\xFF\xD8\xFF\xE1\0\x04ab", &jfif[..], b"\xFF\xDA"].concat()
        };
        assert_eq!(read(&jpeg(1)), PixelDensity::new(118.0, 59.0, LengthUnit::Inch));
        assert_eq!(read(&jpeg(2)), PixelDensity::new(118.0, 59.0, LengthUnit::Centimetre));
        assert_eq!(read(&jpeg(0)), PixelDensity::without_unit(118.0, 59.0));
        assert_eq!(read(&jpeg(3)), None);
        assert_eq!(read(b"\xFF\xD8\xFF\xE0\0\x09JFIF\0\x01\x01\xFF\xDA"), None);
    }
}
