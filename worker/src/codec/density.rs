//! The density as the formats state it beside EXIF, each in a way of its own. No state.

use recipe::Format;

use super::{jpeg, png};
use crate::density::{LengthUnit, PixelDensity};
use crate::metadata::exif;

/// What a file of this format says by itself; `None` where it names no unit.
pub(super) fn stated(format: Format, file: &[u8]) -> Option<PixelDensity> {
    match format {
        Format::Jpeg => jpeg::density::read(file),
        Format::Png => png::density::read(file),
        // Many raw photos are TIFF inside.
        Format::Raw => exif::pages(file).first().and_then(|page| exif::density(&page.structure())),
        Format::Bmp => of_bmp(file),
        // Its pages have one each, of which its own module knows.
        Format::Tiff
        | Format::Webp
        | Format::Gif
        | Format::Pnm
        | Format::Qoi
        | Format::Avif
        | Format::Jxl
        | Format::Exr
        | Format::Hdr => None,
    }
}

/// Pixels per metre in the header of a BMP, from the version of Windows 3 on.
fn of_bmp(file: &[u8]) -> Option<PixelDensity> {
    let number = |at: usize| file.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
    let (header, across, down) = (number(14)?, number(38)?, number(42)?);
    let density = || PixelDensity::new(across.into(), down.into(), LengthUnit::Metre);
    (header >= 40).then(density)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bmp_says_it_in_its_header_if_that_is_long_enough() {
        let bmp = |header: u32| {
            let mut file = b"BM\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
            file.extend(header.to_le_bytes());
            file.resize(38, 0);
            file.extend([11_811u32.to_le_bytes(), 5906u32.to_le_bytes()].concat());
            file
        };
        assert_eq!(of_bmp(&bmp(40)), PixelDensity::new(300.0, 150.0, LengthUnit::Inch));
        assert_eq!(of_bmp(&bmp(12)), None);
        assert_eq!(of_bmp(&bmp(40)[..44]), None);
    }
}
