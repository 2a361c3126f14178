//! Writes metadata into a JPEG, as segments in front of its image data. A block that is too long for one
//! segment goes into several, in the way that its kind has for that.

use super::density;
use super::markers::{APP0, APP1, APP2, APP13, COM, content};
use super::segments::{EXIF, EXTENDED_XMP, GUID, ICC, PHOTOSHOP, XMP};
use crate::image::{Metadata, NamedText};
use crate::metadata::{resources, xmp};

/// Longest content of a segment: its 16-bit length counts itself.
const MAX_CONTENT: usize = 0xFFFF - 2;

/// Segments as they stand in a file.
#[derive(Default)]
struct NewSegments(Vec<u8>);

impl NewSegments {
    fn add(&mut self, marker: u8, content: &[u8]) {
        let content = content.get(..MAX_CONTENT).unwrap_or(content);
        self.0.extend([0xFF, marker]);
        self.0.extend((content.len() as u16 + 2).to_be_bytes());
        self.0.extend(content);
    }

    /// As many segments as it takes, each of which begins with the signature.
    fn add_all(&mut self, marker: u8, signature: &[u8], block: &[u8]) {
        for part in block.chunks(MAX_CONTENT - signature.len()) {
            self.add(marker, &[signature, part].concat());
        }
    }

    fn add_xmp(&mut self, packet: &[u8], warnings: &mut Vec<String>) {
        const LIMIT: usize = MAX_CONTENT - XMP.len();
        /// Length and place of a piece.
        const NUMBERS: usize = 8;
        if packet.len() <= LIMIT {
            return self.add(APP1, &[XMP, packet].concat());
        }
        let Some(parted) = xmp::split(packet, LIMIT) else {
            warnings.push("the XMP block is too long for a JPEG and was left out".to_owned());
            return;
        };
        self.add(APP1, &[XMP, &parted.main].concat());
        let length = (parted.extended.len() as u32).to_be_bytes();
        let piece = MAX_CONTENT - EXTENDED_XMP.len() - GUID - NUMBERS;
        for (number, part) in parted.extended.chunks(piece).enumerate() {
            let offset = ((number * piece) as u32).to_be_bytes();
            self.add(APP1, &[EXTENDED_XMP, parted.guid.as_bytes(), &length, &offset, part].concat());
        }
    }

    fn add_profile(&mut self, icc: &[u8]) {
        let parts = icc.chunks(MAX_CONTENT - ICC.len() - 2);
        let count = parts.len().min(255) as u8;
        for (number, part) in (1..=count).zip(parts) {
            self.add(APP2, &[ICC, &[number, count], part].concat());
        }
    }

    fn add_text(&mut self, NamedText { key, text }: &NamedText) {
        let named =
            if key == NamedText::COMMENT { text.clone() } else { [key.as_bytes(), b": ", text].concat() };
        named.chunks(MAX_CONTENT).for_each(|part| self.add(COM, part));
    }
}

/// Puts the metadata into a JPEG that our own encoder made.
pub(super) fn insert(jpeg: &[u8], metadata: &Metadata, warnings: &mut Vec<String>) -> Vec<u8> {
    let mut segments = NewSegments::default();
    if let Some(exif) = &metadata.exif {
        segments.add_all(APP1, EXIF, exif);
    }
    if let Some(xmp) = &metadata.xmp {
        segments.add_xmp(xmp, warnings);
    }
    if let Some(icc) = &metadata.icc {
        segments.add_profile(icc);
    }
    let resources = resources::write(metadata.iptc.as_deref(), &metadata.resources);
    segments.add_all(APP13, PHOTOSHOP, &resources);
    for (marker, content) in metadata.extras.iter().flat_map(|extra| &extra.segments) {
        segments.add(*marker, content);
    }
    for text in &metadata.texts {
        segments.add_text(text);
    }
    // JFIF wants its own segment to be the first.
    let start = match jpeg.get(2..4) {
        Some([0xFF, APP0]) => 4 + content(jpeg, 4).map_or(0, |content| content.len() + 2),
        Some(_) | None => 2,
    };
    let (head, tail) = jpeg.split_at(start.min(jpeg.len()));
    let mut file = [head, &segments.0, tail].concat();
    if let Some(density) = metadata.density {
        density::write(&mut file, density);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::super::segments::read;
    use super::*;
    use crate::image::{Extra, ExtraKind, Resource};

    #[test]
    fn what_is_inserted_is_found_again() {
        let long = |start: &[u8], length: usize| -> Vec<u8> {
            start.iter().copied().chain((start.len()..length).map(|i| (i % 251) as u8)).collect()
        };
        let metadata = Metadata {
            icc: Some(long(b"", 200_000)),
            exif: Some(long(b"II*\0exif", 150_000)),
            xmp: Some(b"<x/>".to_vec()),
            iptc: Some(long(b"odd", 70_001)),
            resources: vec![Resource { id: 0x040A, data: vec![1] }],
            texts: vec![
                NamedText { key: NamedText::COMMENT.to_owned(), text: b"first".to_vec() },
                NamedText { key: NamedText::COMMENT.to_owned(), text: b"sec\xF6nd".to_vec() },
            ],
            extras: vec![Extra {
                kind: ExtraKind::CameraNotes,
                segments: vec![(0xE6, b"GoPro\0one".to_vec()), (0xE6, b"GoPro\0two".to_vec())],
            }],
            density: None,
        };
        let mut warnings = Vec::new();
        let jpeg = insert(b"\xFF\xD8\xFF\xE0\0\x07JFIF\0\xFF\xDArest", &metadata, &mut warnings);
        assert!(jpeg.starts_with(b"\xFF\xD8\xFF\xE0\0\x07JFIF\0\xFF\xE1"));
        assert!(jpeg.ends_with(b"\xFF\xDArest"));
        assert_eq!(warnings, Vec::<String>::new());
        let found = read(&jpeg);
        assert_eq!(found.metadata, metadata);
        assert!(found.complete);
    }

    #[test]
    fn a_long_packet_is_parted_and_one_that_cannot_be_is_named() {
        let property = "word ".repeat(40_000);
        let packet = format!(
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description \
             xmlns:a=\"b\"><a:c>{property}</a:c></rdf:Description></rdf:RDF>"
        );
        let written = |packet: &str| {
            let metadata = Metadata { xmp: Some(packet.as_bytes().to_vec()), ..Metadata::default() };
            let mut warnings = Vec::new();
            let jpeg = insert(b"\xFF\xD8\xFF\xDA", &metadata, &mut warnings);
            (jpeg, warnings)
        };
        let (jpeg, warnings) = written(&packet);
        let xmp = String::from_utf8(read(&jpeg).metadata.xmp.unwrap()).unwrap();
        assert!(xmp.contains(&property) && warnings.is_empty());
        let (jpeg, warnings) = written(&property);
        assert_eq!(jpeg, b"\xFF\xD8\xFF\xDA");
        assert!(warnings[0].contains("XMP"), "{warnings:?}");
    }
}
