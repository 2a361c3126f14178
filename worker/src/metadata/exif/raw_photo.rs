//! Which TIFF structures are raw photos. No state.

use super::dng::{DNG_VERSION, LINEAR_RAW, MOSAIC};
use super::pages::{Page, pages};
use super::structure::Tiff;

const SUB_FILE_TYPE: u16 = 0x00FE;
const COMPRESSION: u16 = 0x0103;
const PHOTOMETRIC: u16 = 0x0106;
const MAKE: u16 = 0x010F;
const SUB_IFDS: u16 = 0x014A;
/// JPEG as TIFF 6.0 had it; in use only for the previews of raw photos.
const OLD_JPEG: u32 = 6;

/// Whether this TIFF structure is a raw photo and no image to look at: a DNG says so, other raw photos
/// are a mosaic, or begin with the small preview of a camera and have the sensor's data in a sub-directory.
/// Programs write TIFF files in this way, too, with a picture for everybody there.
pub(crate) fn is_raw_photo(file: &[u8]) -> bool {
    let is_raw = || {
        let tiff = Tiff::new(file)?;
        let entries = tiff.directory(file, tiff.first(file)?);
        let value = |tag| entries.iter().find(|entry| entry.tag == tag).and_then(|entry| entry.value);
        let is_there = |tag| entries.iter().any(|entry| entry.tag == tag);
        let preview = value(SUB_FILE_TYPE) == Some(1) || value(COMPRESSION) == Some(OLD_JPEG);
        let of_camera = preview && is_there(SUB_IFDS) && is_there(MAKE) && !has_plain_picture(file);
        Some(is_there(DNG_VERSION) || value(PHOTOMETRIC) == Some(MOSAIC) || of_camera)
    };
    is_raw() == Some(true)
}

/// Whether a page has a photo in full, in colours that are not those of a sensor, and none has such.
fn has_plain_picture(file: &[u8]) -> bool {
    let pages = pages(file).unwrap_or_default();
    let is_of_sensor = |page: &Page<'_>| {
        let meant = page.number(PHOTOMETRIC);
        [MOSAIC, LINEAR_RAW].into_iter().any(|of_sensor| meant == Some(of_sensor.into()))
    };
    let is_plain = |page: &Page<'_>| {
        let is_full = page.number(SUB_FILE_TYPE).unwrap_or(0) & 1 == 0;
        // All that are not a camera's own.
        let compression = page.number(COMPRESSION).unwrap_or(1);
        let is_common = matches!(compression, 1..=5 | 7 | 8 | 32_773 | 32_946);
        is_full && is_common && matches!(page.number(PHOTOMETRIC), Some(0..=3 | 5 | 6 | 8))
    };
    pages.iter().any(is_plain) && !pages.iter().any(is_of_sensor)
}
