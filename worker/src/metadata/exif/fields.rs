//! The fields of a block, as `kamadak-exif` reads them, and which of them say something about the photo.
//! No state.

use exif::{Exif, Reader, Tag};

pub(super) fn is_descriptive(tag: Tag) -> bool {
    is_copyright(tag)
        || [Tag::ImageDescription, Tag::Make, Tag::Model, Tag::Software, Tag::DateTime].contains(&tag)
}

pub(super) fn parse(block: &[u8]) -> Option<Exif> {
    let parsed = Reader::new().continue_on_error(true).read_raw(block.to_vec());
    parsed.or_else(|error| error.distill_partial_result(|_| {})).ok()
}

pub(super) fn is_copyright(tag: Tag) -> bool {
    [Tag::Artist, Tag::Copyright].contains(&tag)
}
