//! The marker segments in front of a JPEG's image data: metadata is read from them and written into them.
//!
//! ITU-T T.81 annex B gives the structure; ICC.1 annex B.4 how profiles are split; the other signatures are
//! Adobe's.

use super::markers::{self, APP0, APP1, APP2, APP13, APP14, EOI, RST0, SOI, SOS, TEM, content};
use crate::image::Metadata;
use crate::metadata::gain_map::ISO;
use crate::metadata::iptc;

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

/// Longest content of a segment: its 16-bit length counts itself.
const MAX_CONTENT: usize = 0xFFFF - 2;

/// What the segments up to the image data say.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// Profile, EXIF, XMP and IPTC.
    pub(super) metadata: Metadata,
    /// What a gain map says of itself by ISO 21496-1; of a photo, no more than a version.
    pub(super) gain_map: Option<Vec<u8>>,
    /// Bits per sample, once the frame header is seen.
    pub(super) precision: Option<u8>,
    /// Whether Adobe's marker is there: its writers store CMYK inverted.
    pub(super) adobe: bool,
    /// Whether the image data was reached before the bytes ended.
    pub(super) complete: bool,
    /// Where reading stopped: where the image data begins.
    pub(super) data: usize,
}

/// Reads the segments. What is broken is left out; the decoder is the one to complain.
pub(super) fn read(jpeg: &[u8]) -> Segments {
    let mut found = Segments::default();
    let mut profile: Vec<(u8, &[u8])> = Vec::new();
    let mut resources = Vec::new();
    let mut at = 2;
    while let Some(marker) = markers::next(jpeg, at) {
        at = marker.after;
        match marker.code {
            TEM | RST0..=SOI => continue,
            EOI | SOS => {
                found.complete = true;
                break;
            }
            _ => {}
        }
        let Some(content) = content(jpeg, at) else { break };
        at += 2 + content.len();
        match marker.code {
            APP1 => {
                if let Some(exif) = content.strip_prefix(EXIF) {
                    found.metadata.exif.get_or_insert_with(|| exif.to_vec());
                } else if let Some(xmp) = content.strip_prefix(XMP) {
                    found.metadata.xmp.get_or_insert_with(|| xmp.to_vec());
                }
            }
            APP2 => {
                if let Some([number, _, part @ ..]) = content.strip_prefix(ICC) {
                    profile.push((*number, part));
                } else if let Some(gain_map) = content.strip_prefix(ISO) {
                    found.gain_map.get_or_insert_with(|| gain_map.to_vec());
                }
            }
            APP13 => {
                // Long resources go on in the next segment.
                resources.extend(content.strip_prefix(PHOTOSHOP).unwrap_or_default());
            }
            APP14 => found.adobe |= content.starts_with(b"Adobe"),
            // Start of frame, in all its kinds: what lies between them in number is something else.
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                found.precision = content.first().copied()
            }
            _ => {}
        }
    }
    found.data = at;
    found.metadata.iptc = iptc::from_resources(&resources);
    found.metadata.icc = (!profile.is_empty()).then(|| joined(&profile));
    found
}

/// The profile whose parts these are, with their numbers, in the order of the file. Some programs write it
/// twice, or give each part the same number.
fn joined(parts: &[(u8, &[u8])]) -> Vec<u8> {
    let concat =
        |parts: &[(u8, &[u8])]| parts.iter().flat_map(|(_, part)| *part).copied().collect::<Vec<u8>>();
    // A profile begins with its own length.
    let is_whole = |profile: &[u8]| {
        profile.first_chunk().is_some_and(|length| u32::from_be_bytes(*length) as usize <= profile.len())
    };
    let mut numbered = parts.to_vec();
    numbered.sort_by_key(|(number, _)| *number);
    numbered.dedup_by_key(|(number, _)| *number);
    let (by_number, as_found) = (concat(&numbered), concat(parts));
    if !is_whole(&by_number) && is_whole(&as_found) { as_found } else { by_number }
}

/// Puts the metadata into a JPEG that our own encoder made. A block too long for its segment is left out and
/// named.
pub(super) fn insert(jpeg: &[u8], metadata: &Metadata, warnings: &mut Vec<String>) -> Vec<u8> {
    let mut segments = Vec::new();
    let mut add = |what: &str, marker: u8, content: Vec<u8>| {
        if content.len() > MAX_CONTENT {
            warnings.push(format!("the {what} block is too long for a JPEG and was left out"));
            return;
        }
        segments.extend([0xFF, marker]);
        segments.extend((content.len() as u16 + 2).to_be_bytes());
        segments.extend(content);
    };
    if let Some(exif) = &metadata.exif {
        add("EXIF", APP1, [EXIF, exif].concat());
    }
    if let Some(xmp) = &metadata.xmp {
        add("XMP", APP1, [XMP, xmp].concat());
    }
    if let Some(icc) = &metadata.icc {
        let parts = icc.chunks(MAX_CONTENT - ICC.len() - 2);
        let count = parts.len().min(255) as u8;
        for (number, part) in (1..=count).zip(parts) {
            add("ICC", APP2, [ICC, &[number, count], part].concat());
        }
    }
    if let Some(iptc) = &metadata.iptc {
        add("IPTC", APP13, [PHOTOSHOP, &iptc::to_resources(iptc)].concat());
    }
    // JFIF wants its own segment to be the first.
    let start = match jpeg.get(2..4) {
        Some([0xFF, APP0]) => 4 + content(jpeg, 4).map_or(0, |content| content.len() + 2),
        Some(_) | None => 2,
    };
    let (head, tail) = jpeg.split_at(start.min(jpeg.len()));
    [head, &segments, tail].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_inserted_is_found_again() {
        let metadata = Metadata {
            icc: Some((0..200_000).map(|i| (i % 251) as u8).collect()),
            exif: Some(b"II*\0exif".to_vec()),
            xmp: Some(b"<x/>".to_vec()),
            iptc: Some(b"odd".to_vec()),
        };
        let mut warnings = Vec::new();
        let jpeg = insert(b"\xFF\xD8\xFF\xE0\0\x04JF\xFF\xDArest", &metadata, &mut warnings);
        assert!(jpeg.starts_with(b"\xFF\xD8\xFF\xE0\0\x04JF\xFF\xE1"));
        assert!(jpeg.ends_with(b"\xFF\xDArest"));
        assert_eq!(warnings, Vec::<String>::new());
        let found = read(&jpeg);
        assert_eq!(found.metadata, metadata);
        assert!(found.complete);
    }

    #[test]
    fn a_block_too_long_is_left_out_and_named() {
        let metadata = Metadata { exif: Some(vec![0; 65_530]), ..Metadata::default() };
        let mut warnings = Vec::new();
        assert_eq!(insert(b"\xFF\xD8\xFF\xDA", &metadata, &mut warnings), b"\xFF\xD8\xFF\xDA");
        assert!(warnings[0].contains("EXIF"));
    }

    #[test]
    fn a_profile_is_put_together_however_its_parts_are_numbered() {
        let whole: Vec<u8> = 40u32.to_be_bytes().into_iter().chain(4..40).collect();
        let (head, tail) = whole.split_at(20);
        for (parts, what) in [
            (vec![(1, head), (2, tail)], "in order"),
            (vec![(2, tail), (1, head)], "out of order"),
            (vec![(1, head), (2, tail), (1, head), (2, tail)], "twice"),
            (vec![(1, head), (1, tail)], "each the first"),
            (vec![(0, head), (1, tail)], "from nought"),
        ] {
            assert_eq!(joined(&parts), whole, "{what}");
        }
        assert_eq!(joined(&[(2, tail)]), tail);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(
            prop_oneof![Just(0xFFu8), 0xC0u8.., any::<u8>()], 0..200)) {
            let _ = read(&bytes);
        }
    }
}
