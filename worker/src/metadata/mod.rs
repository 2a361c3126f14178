//! What of a photo's metadata goes with its output: the policy, carried out by the module of each kind of
//! block. No state.

pub(crate) mod density;
mod dropped;
pub(crate) mod exif;
pub(crate) mod extras;
mod facts;
pub(crate) mod field_values;
pub(crate) mod gain_map;
pub(crate) mod iptc;
mod measures;
mod of_photo;
mod ownership;
mod pictures;
pub(crate) mod resources;
mod texts;
mod written;
pub(crate) mod xmp;

use std::collections::BTreeSet;

use recipe::Format;
use recipe::filter::geometry::Size;
use recipe::format::{DensityPlace, MetadataPolicy};
use recipe::metadata::MetadataFamily;

use crate::density::PixelDensity;
use crate::image::{Channels, Metadata};
use crate::moved::Moved;
pub(crate) use facts::Facts;
pub(crate) use field_values::FieldValues;
pub(crate) use of_photo::{facts, orientation, sidecar, taken};
#[cfg(test)]
pub(crate) use pictures::testing;
pub(crate) use pictures::{PictureBrand, picture_brand};

/// What the output is, as far as its metadata speaks of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Described {
    pub(crate) size: Size,
    pub(crate) format: Format,
    /// As they are stored in the file, with so many bits each.
    pub(crate) channels: Channels,
    pub(crate) bits: u16,
    /// Whether the pixels were converted to sRGB.
    pub(crate) became_srgb: bool,
    /// Whether it shows anything but what the photo shows, as it lies in the file.
    pub(crate) edited: bool,
    /// Where the pixels went: those that are stored, and those of the photo turned upright.
    pub(crate) moved: Moved,
    pub(crate) upright: Moved,
    /// How many of its pixels make an inch, if that is known.
    pub(crate) density: Option<PixelDensity>,
}

/// What is asked of the metadata of an output, in this order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// What goes along.
    pub(crate) policy: MetadataPolicy,
    /// What of it is left out.
    pub(crate) drop: &'a BTreeSet<MetadataFamily>,
    /// What is then written into it.
    pub(crate) set: &'a [FieldValues],
}

/// Puts blocks where they belong that programs put elsewhere.
pub(crate) fn gather(metadata: &mut Metadata) {
    const XMP: u16 = 0x02BC;
    const IPTC: u16 = 0x83BB;
    const PHOTOSHOP: u16 = 0x8649;
    let Some(exif) = &mut metadata.exif else { return };
    // Many programs write what only JPEG has in front of the block into other formats too.
    if exif.starts_with(b"Exif\0\0") {
        exif.drain(..6);
    }
    // As in a TIFF file.
    let of_tiff =
        [XMP, IPTC, PHOTOSHOP].map(|tag| exif::tiff_block(exif, tag).filter(|block| !block.is_empty()));
    let [xmp, iptc, resources] = of_tiff;
    for (place, block) in [(&mut metadata.xmp, xmp), (&mut metadata.iptc, iptc)] {
        if let Some(block) = block {
            extras::take_first(place, &block, &mut metadata.extras);
        }
    }
    if let Some(resources) = resources {
        resources::read(&resources).put_into(metadata);
    }
}

/// The metadata that goes with the output. The profile is nobody's business here. What is lost against what
/// was asked for is a warning.
pub(crate) fn carried(
    mut metadata: Metadata,
    asked: Asked<'_>,
    described: Described,
    warnings: &mut Vec<String>,
) -> Metadata {
    dropped::take_out_extras(&mut metadata.extras, asked.drop);
    let mut kept = match asked.policy {
        MetadataPolicy::Keep => everything(metadata, &described, warnings),
        MetadataPolicy::Copyright => {
            extras::say_lost_pictures(&metadata.extras, warnings);
            everything(copyright(metadata, warnings), &described, warnings)
        }
        MetadataPolicy::Strip => {
            extras::say_lost_pictures(&metadata.extras, warnings);
            Metadata { icc: metadata.icc, ..Metadata::default() }
        }
    };
    dropped::take_out(&mut kept, asked.drop, &described);
    written::write(&mut kept, asked.set, &described, warnings);
    iptc::place(&mut kept, described.format, warnings);
    texts::place(&mut kept, described.format, warnings);
    resources::place(&mut kept, described.format, warnings);
    if let Some(exif) = kept.exif.as_deref().filter(|_| described.format == Format::Tiff) {
        extras::say_private_tags(exif, warnings);
    }
    kept.density = described.density;
    kept
}

/// Has EXIF say the density where a file of this format cannot say it by itself. By its standard EXIF has
/// none without a unit, though programs write some.
pub(crate) fn place_density(metadata: &mut Metadata, format: Format, warnings: &mut Vec<String>) {
    let Some(density) = metadata.density else { return };
    let has_place = match format.info().written.map(|written| written.density) {
        Some(DensityPlace::Jfif) => density.in_jfif().is_some(),
        Some(DensityPlace::Anywhere) => true,
        Some(DensityPlace::Nowhere) | None => false,
    };
    if has_place {
        return;
    }
    if density.is_per_inch() {
        exif::add_density(&mut metadata.exif, density);
    } else if !density.is_square() && metadata.exif.as_deref().and_then(exif::density) != Some(density) {
        warnings.push(
            "files of this format have no place for the shape of pixels that are not square, which was left \
             out"
            .to_owned(),
        );
    }
}

fn everything(metadata: Metadata, described: &Described, warnings: &mut Vec<String>) -> Metadata {
    let Metadata { icc, exif, xmp, iptc, resources, texts, extras, density } = metadata;
    let xmp = xmp.and_then(|packet| match xmp::carried(&packet, described) {
        Ok(carried) => {
            carried.notes.into_iter().for_each(|note| say(warnings, note));
            Some(carried.packet)
        }
        Err(xmp::Broken) => {
            broken_xmp(warnings);
            None
        }
    });
    Metadata {
        icc,
        exif: exif.and_then(|block| exif::carried(block, described, warnings)),
        xmp,
        iptc: iptc.and_then(|block| iptc::carried(block, described.edited, warnings)),
        resources: resources::carried(resources, described, warnings),
        texts: texts::carried(texts, described, warnings),
        extras: extras::carried(extras, described, warnings),
        density,
    }
}

fn copyright(metadata: Metadata, warnings: &mut Vec<String>) -> Metadata {
    let packet = metadata.xmp.as_deref().map(xmp::copyright).unwrap_or(Ok(None));
    Metadata {
        icc: metadata.icc,
        exif: metadata.exif.as_deref().and_then(exif::copyright),
        xmp: packet.unwrap_or_else(|xmp::Broken| {
            broken_xmp(warnings);
            None
        }),
        iptc: metadata.iptc.as_deref().and_then(iptc::copyright),
        resources: resources::copyright(metadata.resources),
        texts: texts::copyright(metadata.texts),
        extras: Vec::new(),
        density: metadata.density,
    }
}

/// A note, once: EXIF and XMP often say the same.
fn say(warnings: &mut Vec<String>, note: &str) {
    if !warnings.iter().any(|warning| warning == note) {
        warnings.push(note.to_owned());
    }
}

fn broken_xmp(warnings: &mut Vec<String>) {
    warnings.push("the XMP block is broken and was left out".to_owned());
}

#[cfg(test)]
mod tests {
    use image::metadata::Orientation;

    use super::*;

    /// Nothing but a policy.
    pub(super) fn only(policy: MetadataPolicy) -> Asked<'static> {
        static NOTHING: BTreeSet<MetadataFamily> = BTreeSet::new();
        Asked { policy, drop: &NOTHING, set: &[] }
    }

    const STORED: Size = Size { width: 140, height: 100 };

    /// A JPEG of half the size, in sRGB.
    pub(super) fn described() -> Described {
        let filter = "resize=70".parse().unwrap();
        let moved = Moved::upright(STORED, Orientation::NoTransforms).through(&filter);
        Described {
            size: Size { width: 70, height: 50 },
            format: Format::Jpeg,
            channels: Channels::Rgb,
            bits: 8,
            became_srgb: true,
            edited: true,
            moved,
            upright: moved,
            density: None,
        }
    }

    /// The same, but with the pixels moved by a filter.
    pub(super) fn through(orientation: Orientation, spec: &str) -> Described {
        let filter = spec.parse().unwrap();
        let start = Moved::upright(STORED, orientation);
        let moved = start.through(&filter);
        let upright = Moved::upright(start.to, Orientation::NoTransforms).through(&filter);
        Described { size: moved.to, moved, upright, ..described() }
    }

    #[test]
    fn a_broken_packet_is_left_out_and_named() {
        let metadata = Metadata { xmp: Some(b"<x".to_vec()), icc: Some(vec![1]), ..Metadata::default() };
        for policy in [MetadataPolicy::Keep, MetadataPolicy::Copyright] {
            let mut warnings = Vec::new();
            let carried = carried(metadata.clone(), only(policy), described(), &mut warnings);
            assert_eq!(carried, Metadata { icc: Some(vec![1]), ..Metadata::default() });
            assert_eq!(warnings.len(), 1, "{policy:?}");
        }
        let mut warnings = Vec::new();
        carried(metadata, only(MetadataPolicy::Strip), described(), &mut warnings);
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn the_copyright_is_kept_wherever_it_stands() {
        let iptc = b"\x1C\x02\x05\0\x02Hi\x1C\x02\x74\0\x03Ana".to_vec();
        let metadata = Metadata { iptc: Some(iptc.clone()), ..Metadata::default() };
        let mut warnings = Vec::new();
        let policy = only(MetadataPolicy::Copyright);
        let kept = carried(metadata.clone(), policy, described(), &mut warnings);
        assert_eq!(kept.iptc, Some(iptc[7..].to_vec()));
        let kept = carried(metadata.clone(), only(MetadataPolicy::Keep), described(), &mut warnings);
        assert_eq!(kept, metadata);
    }
}
