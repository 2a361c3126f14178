//! Fields that are set in an EXIF block. Its texts are UTF-8, as the Metadata Working Group has it. No state.

use recipe::metadata::ExifPlace;

use super::block::{ExifBlock, NewField};
use crate::metadata::field_values::FieldValues;

/// The block with these fields; one is made if there is none, and something to say. What programs of Windows
/// repeat of them is taken out.
pub(crate) fn with_fields(block: Option<Vec<u8>>, set: &[FieldValues]) -> Option<Vec<u8>> {
    let mut block = block.and_then(ExifBlock::sound).or_else(ExifBlock::empty)?;
    let tag = |field: &FieldValues| match field.info().exif? {
        ExifPlace::Tag(number, _) => Some(number),
        ExifPlace::Gps => None,
    };
    let repeated = set.iter().flat_map(|field| field.info().repeated.exif.iter().copied());
    let gone: Vec<u16> = set.iter().filter_map(tag).chain(repeated).collect();
    block.remove(&[], &gone);
    let is_said = |field: &&FieldValues| !field.values.is_empty();
    let said = set.iter().filter(is_said);
    let new: Vec<NewField> = said
        .filter_map(|field| Some(NewField::text(tag(field)?, field.values.join("; ").as_bytes())))
        .collect();
    if !new.is_empty() {
        block.add(&new);
    }
    (!block.at(&[]).is_empty()).then(|| block.into_bytes())
}
