//! What of a photo's metadata goes with its output: the policy, carried out by the module of each kind of
//! block. No state.

pub(crate) mod exif;
pub(crate) mod gain_map;
pub(crate) mod iptc;
mod xmp;

use recipe::filter::geometry::Size;
use recipe::format::MetadataPolicy;

use crate::image::Metadata;

/// What the output is, as far as its metadata speaks of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Described {
    pub(crate) size: Size,
    /// Whether the pixels were converted to sRGB.
    pub(crate) became_srgb: bool,
}

/// The metadata that goes with the output. The profile is not the policy's business. What is lost against the
/// policy's promise is a warning.
pub(crate) fn carried(
    metadata: Metadata,
    policy: MetadataPolicy,
    described: Described,
    warnings: &mut Vec<String>,
) -> Metadata {
    let Described { size, became_srgb } = described;
    let mut broken_xmp = || warnings.push("the XMP block is broken and was left out".to_owned());
    match policy {
        MetadataPolicy::Keep => {
            let packet = metadata.xmp.as_deref().map(|packet| xmp::upright(packet, size, became_srgb));
            let packet = match packet {
                Some(Ok(upright)) => {
                    if upright.was_extended {
                        warnings.push("the extended part of the XMP block was left out".to_owned());
                    }
                    Some(upright.packet)
                }
                Some(Err(xmp::Broken)) => {
                    broken_xmp();
                    None
                }
                None => None,
            };
            let exif = metadata.exif.map(|block| exif::upright(block, size, became_srgb));
            Metadata { exif, xmp: packet, ..metadata }
        }
        MetadataPolicy::Copyright => {
            let packet = metadata.xmp.as_deref().map(xmp::copyright).unwrap_or(Ok(None));
            Metadata {
                icc: metadata.icc,
                exif: metadata.exif.as_deref().and_then(exif::copyright),
                xmp: packet.unwrap_or_else(|xmp::Broken| {
                    broken_xmp();
                    None
                }),
                iptc: metadata.iptc.as_deref().and_then(iptc::copyright),
            }
        }
        MetadataPolicy::Strip => Metadata { icc: metadata.icc, ..Metadata::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIBED: Described = Described { size: Size { width: 70, height: 50 }, became_srgb: true };

    #[test]
    fn a_broken_packet_is_left_out_and_named() {
        let metadata = Metadata { xmp: Some(b"<x".to_vec()), icc: Some(vec![1]), ..Metadata::default() };
        for policy in [MetadataPolicy::Keep, MetadataPolicy::Copyright] {
            let mut warnings = Vec::new();
            let carried = carried(metadata.clone(), policy, DESCRIBED, &mut warnings);
            assert_eq!(carried, Metadata { icc: Some(vec![1]), ..Metadata::default() });
            assert_eq!(warnings.len(), 1, "{policy:?}");
        }
        let mut warnings = Vec::new();
        carried(metadata, MetadataPolicy::Strip, DESCRIBED, &mut warnings);
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn the_copyright_is_kept_wherever_it_stands() {
        let iptc = b"\x1C\x02\x05\0\x02Hi\x1C\x02\x74\0\x03Ana".to_vec();
        let metadata = Metadata { iptc: Some(iptc.clone()), ..Metadata::default() };
        let mut warnings = Vec::new();
        let kept = carried(metadata.clone(), MetadataPolicy::Copyright, DESCRIBED, &mut warnings);
        assert_eq!(kept.iptc, Some(iptc[7..].to_vec()));
        let kept = carried(metadata.clone(), MetadataPolicy::Keep, DESCRIBED, &mut warnings);
        assert_eq!(kept, metadata);
    }
}
