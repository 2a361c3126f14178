//! Families of metadata that are left out of a result, from each of its blocks: where they stand, the table
//! of families says. No state.

use std::collections::BTreeSet;

use recipe::metadata::{ExifPlace, FamilyInfo, FilePlace, IptcPlace, MetadataFamily, XmpPlace};

use super::{Described, exif, iptc, pictures, texts, xmp};
use crate::image::{Extra, ExtraKind, Metadata};

/// Takes what belongs to these families out of what there is beside the blocks, before anything is said of
/// what cannot go along: nobody wants it to.
pub(super) fn take_out_extras(extras: &mut Vec<Extra>, drop: &BTreeSet<MetadataFamily>) {
    let beside: Vec<FilePlace> = drop.iter().flat_map(|family| family.info().file).copied().collect();
    for place in beside {
        match place {
            FilePlace::CameraNotes => {
                extras.retain(|extra| !matches!(extra.kind, ExtraKind::CameraNotes | ExtraKind::MakerNotes))
            }
            FilePlace::Previews => extras.retain(|extra| !is_noted_preview(extra)),
            // Among what is left out below.
            FilePlace::Comments => {}
        }
    }
}

/// Takes these families out of the rest.
pub(super) fn take_out(metadata: &mut Metadata, drop: &BTreeSet<MetadataFamily>, described: &Described) {
    fn all<T: Copy>(drop: &BTreeSet<MetadataFamily>, places: fn(&FamilyInfo) -> &'static [T]) -> Vec<T> {
        drop.iter().flat_map(|family| places(family.info())).copied().collect()
    }
    let in_exif: Vec<ExifPlace> = all(drop, |family| family.exif);
    let in_iptc: Vec<IptcPlace> = all(drop, |family| family.iptc);
    let in_xmp: Vec<XmpPlace> = all(drop, |family| family.xmp);
    let (mut previews, mut comments) = (false, false);
    for place in all::<FilePlace>(drop, |family| family.file) {
        match place {
            FilePlace::Previews => previews = true,
            FilePlace::Comments => comments = true,
            // Among what was taken out above.
            FilePlace::CameraNotes => {}
        }
    }

    if previews || !in_exif.is_empty() {
        metadata.exif = metadata.exif.take().and_then(|block| exif::without(block, &in_exif, previews));
    }
    if !in_iptc.is_empty() {
        metadata.iptc = metadata.iptc.take().and_then(|block| iptc::without(&block, &in_iptc));
    }
    if !in_xmp.is_empty() {
        // One that cannot be read was left out before.
        metadata.xmp = metadata.xmp.take().and_then(|packet| xmp::without(&packet, &in_xmp).ok());
    }
    if comments {
        let texts = std::mem::take(&mut metadata.texts);
        metadata.texts = texts::without_comments(texts, described.format);
    }
}

fn is_noted_preview(extra: &Extra) -> bool {
    extra.kind == ExtraKind::CameraNotes
        && extra.segments.iter().any(|(_, content)| pictures::are_in(content))
}
