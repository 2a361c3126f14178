//! What is taken out of an EXIF block because nobody is to see it. No state.

use recipe::metadata::ExifPlace;

use super::block::ExifBlock;
use super::{EXIF_IFD, GPS_IFD};

/// The block without what stands in these places and, as `previews` says, without small versions of the photo
/// in the notes of makers; `None` if nothing is left.
pub(crate) fn without(block: Vec<u8>, places: &[ExifPlace], previews: bool) -> Option<Vec<u8>> {
    let mut block = ExifBlock::sound(block)?;
    let tag = |place: &ExifPlace| match place {
        ExifPlace::Tag(number, _) => Some(*number),
        ExifPlace::Gps => None,
    };
    let tags: Vec<u16> = places.iter().filter_map(tag).collect();
    block.remove(&[], &tags);
    block.remove(&[EXIF_IFD], &tags);
    if block.at(&[EXIF_IFD]).is_empty() {
        block.remove_directory(EXIF_IFD);
    }
    if places.contains(&ExifPlace::Gps) {
        block.remove_directory(GPS_IFD);
    }
    if previews {
        block.drop_pictures(true);
    }
    (!block.at(&[]).is_empty()).then(|| block.into_bytes())
}
