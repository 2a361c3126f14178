//! The density of a photo: what its format says by itself, each in a way of its own, and else what its
//! metadata do. No state.

use recipe::Format;

use super::{jpeg, png};
use crate::density::{LengthUnit, PixelDensity};
use crate::image::Metadata;
use crate::metadata::{self, exif};

/// What a file says: the first that names a unit of its format's own place, EXIF, Photoshop's resource and
/// XMP. Where none does, the first that tells at least the shape of a pixel.
pub(super) fn read(format: Format, file: &[u8], metadata: &Metadata) -> Option<PixelDensity> {
    let own = metadata.density.or_else(|| stated(format, file));
    let mut shape = None;
    for found in own.into_iter().chain(metadata::density::stated(metadata)) {
        if found.is_per_inch() {
            return Some(found);
        }
        shape = shape.or(Some(found));
    }
    shape
}

/// What a file of this format says by itself. Every format is named, here and not in the table, which belongs
/// to a crate that reads no file. So the compiler asks when a format is added.
fn stated(format: Format, file: &[u8]) -> Option<PixelDensity> {
    match format {
        Format::Jpeg => jpeg::density::read(file),
        Format::Png => png::density::read(file),
        // Many raw photos are TIFF inside.
        Format::Raw => exif::pages(file).ok()?.first().and_then(|page| exif::density(&page.structure())),
        Format::Bmp => of_bmp(file),
        Format::Gif => of_gif(file),
        // Its pages have one each, of which its own module knows.
        Format::Tiff => None,
        // These have no place for it but EXIF and XMP.
        Format::Webp | Format::Pnm | Format::Qoi | Format::Avif | Format::Jxl | Format::Exr | Format::Hdr => {
            None
        }
    }
}

/// Pixels per metre in the header of a BMP, from the version of Windows 3 on.
fn of_bmp(file: &[u8]) -> Option<PixelDensity> {
    let number = |at: usize| file.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
    let (header, across, down) = (number(14)?, number(38)?, number(42)?);
    let density = || PixelDensity::new(across.into(), down.into(), LengthUnit::Metre);
    (header >= 40).then(density)?
}

/// The shape of a pixel in the header of a GIF (GIF89a, section 18): width to height, in sixty-fourths.
fn of_gif(file: &[u8]) -> Option<PixelDensity> {
    let said = f64::from(*file.get(12)?);
    let shape = PixelDensity::without_unit(64.0, said + 15.0);
    shape.filter(|shape| said > 0.0 && !shape.is_square())
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

    #[test]
    fn a_gif_says_the_shape_of_its_pixels() {
        let gif = |said: u8| [&b"GIF89a\0\0\0\0\0\0"[..], &[said]].concat();
        assert_eq!(of_gif(&gif(113)), PixelDensity::without_unit(64.0, 128.0));
        assert_eq!((of_gif(&gif(0)), of_gif(b"GIF89a")), (None, None));
        // Square, as where nothing is said.
        assert_eq!(of_gif(&gif(49)), None);
    }
}
