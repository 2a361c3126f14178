//! What a photo says, put together of its blocks and of the files beside it. No state.

use image::metadata::Orientation;
use protocol::outcome::TakenAt;

use super::facts::Facts;
use super::{exif, iptc, xmp};
use crate::image::Metadata;

/// What a photo says: EXIF first, then XMP, then IPTC. `sidecars` are packets that lie beside it, which are
/// newer than those within.
pub(crate) fn facts(metadata: &Metadata, sidecars: &[Facts]) -> Facts {
    let mut exif = metadata.exif.as_deref().map(exif::read).unwrap_or_default();
    // Programs keep the stars in XMP, and cameras begin with none in EXIF.
    let of_camera = exif.rating.take();
    let xmp = metadata.xmp.as_deref().and_then(|packet| xmp::facts(packet).ok()).unwrap_or_default();
    let iptc = metadata.iptc.as_deref().map(iptc::facts).unwrap_or_default();
    let said = sidecars.iter().cloned().fold(exif, Facts::or).or(xmp).or(iptc);
    Facts { rating: said.rating.or(of_camera), ..said }
}

/// What a file beside a photo says; `None` if it is no packet that can be read.
pub(crate) fn sidecar(packet: &[u8]) -> Option<Facts> {
    xmp::facts(packet).ok()
}

/// How the stored pixels must be turned: the one fact that every photo is asked for.
pub(crate) fn orientation(metadata: &Metadata) -> Option<Orientation> {
    let exif = metadata.exif.as_deref().and_then(|block| exif::read(block).orientation);
    let xmp = || xmp::facts(metadata.xmp.as_deref()?).ok()?.orientation;
    exif.or_else(xmp)
}

/// When it was taken: all that is asked of it where nothing goes into names.
pub(crate) fn taken(metadata: &Metadata) -> Option<TakenAt> {
    let exif = metadata.exif.as_deref().and_then(|block| exif::read(block).date);
    let xmp = || xmp::facts(metadata.xmp.as_deref()?).ok()?.date;
    exif.or_else(xmp)
}

#[cfg(test)]
mod tests;
