//! The marker segments of a JPEG, as far as they are read: metadata, and what else cameras and programs put
//! in front of the image data, some of them behind it.
//!
//! ITU-T T.81 annex B gives the structure; ICC.1 annex B.4 how profiles are split; XMP specification, part 3,
//! how extended packets are; the other signatures are Adobe's.

use super::extras;
use super::frame::{Frame, is_frame};
use super::markers::{
    self, APP0, APP1, APP2, APP12, APP13, APP14, APP15, COM, EOI, RST0, SOI, SOS, TEM, content,
};
use crate::image::{Extra, ExtraKind, Metadata, NamedText};
use crate::metadata::extras::take_first;
use crate::metadata::gain_map::ISO;
use crate::metadata::{resources, xmp};

pub(super) const EXIF: &[u8] = b"Exif\0\0";
pub(super) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
pub(super) const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
pub(super) const ICC: &[u8] = b"ICC_PROFILE\0";
pub(super) const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
/// The same before that version.
const OLD_PHOTOSHOP: &[u8] = b"Adobe_Photoshop2.5:";
/// Length of an extended packet's name: an MD5 in hexadecimal digits.
pub(super) const GUID: usize = 32;
/// The longest extended packet that is read.
const MAX_EXTENDED: u32 = 256 << 20;

/// What the segments up to the image data say.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// Profile, EXIF, XMP, IPTC and whatever else.
    pub(super) metadata: Metadata,
    /// What a gain map says of itself by ISO 21496-1; of a photo, no more than a version.
    pub(super) gain_map: Option<Vec<u8>>,
    /// The header of the picture, if it is of a kind that can be read.
    pub(super) frame: Option<Frame>,
    /// Whether there is a profile of which parts are missing.
    pub(super) profile_is_cut: bool,
    /// Whether Adobe's marker is there: its writers store CMYK inverted.
    pub(super) adobe: bool,
    /// Whether the image data was reached before the bytes ended.
    pub(super) complete: bool,
    /// Where the image data begins.
    pub(super) data: usize,
    /// Where the picture ends, if it was read that far and has an end.
    pub(super) end: Option<usize>,
}

/// Blocks that are in several segments.
#[derive(Default)]
struct Pieces<'a> {
    profile: Vec<ProfilePart<'a>>,
    resources: Vec<u8>,
    extended: Vec<xmp::PacketPart<'a>>,
}

/// A part of a profile, with its number and how many there should be.
type ProfilePart<'a> = (u8, u8, &'a [u8]);

/// Reads the segments in front of the image data. What is broken is left out; the decoder is the one to
/// complain.
pub(super) fn read(jpeg: &[u8]) -> Segments {
    let (mut found, mut pieces) = (Segments::default(), Pieces::default());
    found.read_head(jpeg, &mut pieces);
    found.join(&pieces);
    found
}

/// Reads all segments of the picture.
pub(super) fn read_whole(jpeg: &[u8]) -> Segments {
    let (mut found, mut pieces) = (Segments::default(), Pieces::default());
    found.read_head(jpeg, &mut pieces);
    if found.complete {
        found.end = found.read_behind(jpeg, &mut pieces);
    }
    found.join(&pieces);
    found
}

impl Segments {
    fn read_head<'a>(&mut self, jpeg: &'a [u8], pieces: &mut Pieces<'a>) {
        self.data = 2;
        while let Some(marker) = markers::next(jpeg, self.data) {
            self.data = marker.after;
            match marker.code {
                TEM | RST0..=SOI => continue,
                EOI | SOS => {
                    self.complete = true;
                    return;
                }
                _ => {}
            }
            let Some(content) = content(jpeg, self.data) else { return };
            self.data += 2 + content.len();
            self.take(marker.code, content, pieces);
        }
    }

    /// Reads on behind the start of the image data, up to the end of the picture. Damaged data may look like
    /// anything, so that only what is certain is taken; of what else programs may have put there, the name.
    fn read_behind<'a>(&mut self, jpeg: &'a [u8], pieces: &mut Pieces<'a>) -> Option<usize> {
        let mut at = self.data;
        loop {
            let marker = markers::next(jpeg, at)?;
            at = marker.after;
            if marker.code == EOI {
                return Some(at);
            }
            let Some(content) = content(jpeg, at) else { continue };
            let after = at + 2 + content.len();
            if jpeg.get(after) == Some(&0xFF) && is_certain(marker.code, content) {
                self.take(marker.code, content, pieces);
                at = after;
            } else if matches!(marker.code, APP0..=APP15) && is_marker(jpeg.get(after..)) {
                self.take_beside(marker.code, content);
                at = after;
            }
        }
    }

    /// Puts blocks together that are in several segments.
    fn join(&mut self, pieces: &Pieces<'_>) {
        let metadata = &mut self.metadata;
        resources::read(&pieces.resources).put_into(metadata);
        metadata.icc = joined(&pieces.profile);
        self.profile_is_cut = metadata.icc.is_none() && !pieces.profile.is_empty();
        if !pieces.extended.is_empty() {
            match metadata.xmp.as_deref().and_then(|main| xmp::joined(main, &pieces.extended)) {
                Some(packet) => metadata.xmp = Some(packet),
                // Where the main packet names the extended one, that is said when it is brought up to date.
                None if !metadata.xmp.as_deref().is_some_and(xmp::names_extended) => {
                    metadata.extras.push(Extra::of(ExtraKind::SecondBlock));
                }
                None => {}
            }
        }
    }

    /// Takes a segment in.
    fn take<'a>(&mut self, marker: u8, content: &'a [u8], pieces: &mut Pieces<'a>) {
        let metadata = &mut self.metadata;
        match marker {
            APP1 if is_exif(content) => exif(metadata, content),
            APP1 if content.starts_with(XMP) => {
                take_first(&mut metadata.xmp, &content[XMP.len()..], &mut metadata.extras)
            }
            APP1 if content.starts_with(EXTENDED_XMP) => {
                pieces.extended.extend(extended(&content[EXTENDED_XMP.len()..]))
            }
            APP2 if content.starts_with(ICC) => {
                if let [number, count, part @ ..] = &content[ICC.len()..] {
                    pieces.profile.push((*number, *count, part));
                }
            }
            APP2 if content.starts_with(ISO) => {
                self.gain_map.get_or_insert_with(|| content[ISO.len()..].to_vec());
            }
            // Long resources go on in the next segment.
            APP13 if content.starts_with(PHOTOSHOP) => pieces.resources.extend(&content[PHOTOSHOP.len()..]),
            APP13 if content.starts_with(OLD_PHOTOSHOP) => {
                pieces.resources.extend(&content[OLD_PHOTOSHOP.len()..]);
            }
            APP14 if content.starts_with(b"Adobe") => self.adobe = true,
            COM => {
                metadata.texts.push(NamedText { key: NamedText::COMMENT.to_owned(), text: content.to_vec() })
            }
            APP0..=APP15 => {
                if marker == APP12 {
                    metadata.texts.extend(extras::texts_for_web(content));
                }
                self.take_beside(marker, content);
            }
            marker if is_frame(marker) => self.frame = Frame::read(marker, content),
            _ => {}
        }
    }

    /// Takes in what is none of the usual segments.
    fn take_beside(&mut self, marker: u8, content: &[u8]) {
        let extras = &mut self.metadata.extras;
        let Some(kind) = extras::kind(marker, content, extras) else { return };
        // Their order may matter, so those of one kind stay together.
        let segment = (marker, extras::kept(kind, content));
        match extras.iter_mut().find(|extra| extra.kind == kind) {
            Some(extra) => extra.segments.push(segment),
            None => extras.push(Extra { kind, segments: vec![segment] }),
        }
    }
}

/// Whether these bytes begin with a marker that may follow a segment.
fn is_marker(bytes: Option<&[u8]>) -> bool {
    matches!(bytes, Some([0xFF, 0xC0..RST0 | EOI..=COM, ..]))
}

/// Whether a segment among damaged data would not be one by chance.
fn is_certain(marker: u8, content: &[u8]) -> bool {
    let is_written = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    match marker {
        APP1 => is_exif(content) || content.starts_with(XMP) || content.starts_with(EXTENDED_XMP),
        APP2 => content.starts_with(ICC),
        APP13 => content.starts_with(PHOTOSHOP),
        COM => !content.is_empty() && content.iter().all(is_written),
        _ => false,
    }
}

/// Whether it is EXIF. Some programs end its signature with another byte than the second NUL.
fn is_exif(content: &[u8]) -> bool {
    let begins = |part: &[u8]| part.starts_with(b"II*\0") || part.starts_with(b"MM\0*");
    content.starts_with(EXIF)
        || content.starts_with(&EXIF[..5]) && content.get(EXIF.len()..).is_some_and(begins)
}

/// EXIF, which some programs go on with in further segments.
fn exif(metadata: &mut Metadata, content: &[u8]) {
    let part = &content[EXIF.len()..];
    let begins = part.starts_with(b"II") || part.starts_with(b"MM");
    match &mut metadata.exif {
        None => metadata.exif = Some(part.to_vec()),
        Some(block) if !begins => block.extend(part),
        Some(block) if !block.starts_with(part) => metadata.extras.push(Extra::of(ExtraKind::SecondBlock)),
        Some(_) => {}
    }
}

/// A piece of an extended packet: its name, the length of the whole, its place in it.
fn extended(content: &[u8]) -> Option<xmp::PacketPart<'_>> {
    let (guid, rest) = content.split_at_checked(GUID)?;
    let (length, rest) = rest.split_first_chunk()?;
    let (offset, data) = rest.split_first_chunk()?;
    let (length, offset) = (u32::from_be_bytes(*length), u32::from_be_bytes(*offset));
    (length <= MAX_EXTENDED).then_some(xmp::PacketPart { guid, length, offset, data })
}

/// The profile whose parts these are, in the order of the file. Some programs write it twice, or give each
/// part the same number. `None` if parts are missing.
fn joined(parts: &[ProfilePart<'_>]) -> Option<Vec<u8>> {
    let concat =
        |parts: &[ProfilePart<'_>]| parts.iter().flat_map(|(_, _, part)| *part).copied().collect::<Vec<u8>>();
    // A profile begins with its own length.
    let is_whole = |profile: &[u8]| {
        profile.first_chunk().is_some_and(|length| u32::from_be_bytes(*length) as usize <= profile.len())
    };
    let mut numbered = parts.to_vec();
    numbered.sort_by_key(|(number, _, _)| *number);
    numbered.dedup_by_key(|(number, _, _)| *number);
    let are_all = numbered.first().is_some_and(|(_, count, _)| numbered.len() >= usize::from(*count));
    let by_number = concat(&numbered);
    if is_whole(&by_number) {
        return Some(by_number);
    }
    let as_found = concat(parts);
    // Where no part is missing, its length is wrong.
    if is_whole(&as_found) { Some(as_found) } else { are_all.then_some(by_number) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn exif_goes_on_in_further_segments() {
        let part =
            |text: &[u8]| [b"\xFF\xE1", &(text.len() as u16 + 8).to_be_bytes()[..], EXIF, text].concat();
        let jpeg = [b"\xFF\xD8", &part(b"II*\0first")[..], &part(b"second"), &part(b"II*\0other")].concat();
        let found = read(&jpeg).metadata;
        assert_eq!(found.exif.unwrap(), b"II*\0firstsecond");
        assert_eq!(found.extras, [Extra { kind: ExtraKind::SecondBlock, segments: vec![] }]);
        let twice = [b"\xFF\xD8", &part(b"II*\0one")[..], &part(b"II*\0one")].concat();
        assert_eq!(read(&twice).metadata.extras, []);
        let odd = b"\xFF\xD8\xFF\xE1\0\x0CExif\0\xFFII*\0";
        assert_eq!(read(odd).metadata.exif.unwrap(), b"II*\0");
    }

    #[test]
    fn an_extended_packet_that_nothing_names_is_known_to_be_lost() {
        let segment = |text: &[u8]| [b"\xFF\xE1", &(text.len() as u16 + 2).to_be_bytes()[..], text].concat();
        let part = [EXTENDED_XMP, &[b'0'; GUID], &[0, 0, 0, 4, 0, 0, 0, 0], b"<x/>"].concat();
        let main = |packet: &[u8]| segment(&[XMP, packet].concat());
        let lost = |jpeg: Vec<u8>| read(&jpeg).metadata.extras.len();
        assert_eq!(lost([b"\xFF\xD8", &segment(&part)[..]].concat()), 1);
        assert_eq!(lost([b"\xFF\xD8", &segment(&part)[..], &main(b"<x/>")].concat()), 1);
        let named = main(b"<x xmlns:n='http://ns.adobe.com/xmp/note/' n:HasExtendedXMP='77'/>");
        assert_eq!(lost([b"\xFF\xD8", &segment(&part)[..], &named].concat()), 0);
    }

    #[test]
    fn resources_of_old_photoshops_are_read() {
        let resources = resources::write(Some(b"\x1C\x02\x50"), &[]);
        let content = [OLD_PHOTOSHOP, &resources].concat();
        let jpeg = [b"\xFF\xD8\xFF\xED", &(content.len() as u16 + 2).to_be_bytes()[..], &content].concat();
        assert_eq!(read(&jpeg).metadata.iptc.unwrap(), b"\x1C\x02\x50");
    }

    #[test]
    fn a_profile_is_put_together_however_its_parts_are_numbered() {
        let whole: Vec<u8> = 40u32.to_be_bytes().into_iter().chain(4..40).collect();
        let (head, tail) = whole.split_at(20);
        for (parts, what) in [
            (vec![(1, 2, head), (2, 2, tail)], "in order"),
            (vec![(2, 2, tail), (1, 2, head)], "out of order"),
            (vec![(1, 2, head), (2, 2, tail), (1, 2, head), (2, 2, tail)], "twice"),
            (vec![(1, 1, head), (1, 1, tail)], "each the first"),
            (vec![(0, 2, head), (1, 2, tail)], "from nought"),
            (vec![(1, 2, head), (2, 3, tail)], "too few by their count"),
        ] {
            assert_eq!(joined(&parts).unwrap(), whole, "{what}");
        }
        assert_eq!(joined(&[(2, 2, tail)]), None);
        assert_eq!(joined(&[(1, 1, head)]).unwrap(), head);
        assert_eq!(joined(&[]), None);
    }

    #[test]
    fn what_stands_behind_the_scans_is_read_too() {
        let segment = |marker: u8, content: &[u8]| {
            [&[0xFF, marker][..], &(content.len() as u16 + 2).to_be_bytes(), content].concat()
        };
        let scan = b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0data\xFF\0data\xFF\xD0data";
        // Its thumbnail ends as a picture does.
        let exif = segment(APP1, b"Exif\0\0II*\0 with a thumbnail\xFF\xD9");
        let comment = segment(COM, b"by Ana");
        let jpeg = [b"\xFF\xD8", &scan[..], &exif, scan, &comment, b"\xFF\xD9", &exif, b"\xFF\xD9"].concat();
        let found = read_whole(&jpeg);
        assert_eq!(found.end, Some(jpeg.len() - exif.len() - 2));
        assert!(found.metadata.exif.unwrap().starts_with(b"II*\0 with"));
        assert_eq!(found.metadata.texts[0].text, b"by Ana");
        assert_eq!(read(&jpeg).metadata, Metadata::default());
        // What only looks like a segment, in data that are damaged.
        let chance = [b"\xFF\xD8", &scan[..], b"\xFF\xFE\0\x04\x07\x07\xFF\xE1\xFF\xFFdata\xFF\xD9"].concat();
        let found = read_whole(&chance);
        assert_eq!((found.metadata, found.end), (Metadata::default(), Some(chance.len())));
        assert_eq!(read_whole(&jpeg[..30]).end, None);
        // What nobody knows has a name, and may have the end of a picture in it.
        let private = segment(0xE5, b"private\xFF\xD9 notes");
        let jpeg = [b"\xFF\xD8", &scan[..], &private, b"\xFF\xD9"].concat();
        let found = read_whole(&jpeg);
        let named = Extra { kind: ExtraKind::Unknown, segments: vec![(0xE5, b"private".to_vec())] };
        assert_eq!((found.metadata.extras, found.end), (vec![named], Some(jpeg.len())));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(
            prop_oneof![Just(0xFFu8), 0xC0u8.., any::<u8>()], 0..200)) {
            let _ = (read(&bytes), read_whole(&bytes));
        }
    }
}
