//! Fields that are set in a result's metadata, in EXIF, IPTC and XMP alike: where each stands, the table of
//! fields says. No state.

use super::field_values::FieldValues;
use super::{Described, exif, iptc, texts, xmp};
use crate::image::Metadata;

/// Sets these fields in each block. XMP has a place for each of them, and all formats have XMP. IPTC is for
/// formats in which programs look for it, and must not contradict the others where there is one anyway.
pub(super) fn write(
    metadata: &mut Metadata,
    set: &[FieldValues],
    described: &Described,
    warnings: &mut Vec<String>,
) {
    if set.is_empty() {
        return;
    }
    texts::drop_fields(&mut metadata.texts, set);
    metadata.exif = exif::with_fields(metadata.exif.take(), set);
    metadata.xmp = xmp::with_fields(metadata.xmp.take(), set);
    let has_iptc = described.format.info().written.is_some_and(|written| written.iptc);
    if has_iptc || metadata.iptc.is_some() {
        metadata.iptc = iptc::with_fields(metadata.iptc.take(), set, warnings);
    }
}
