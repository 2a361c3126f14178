//! What cameras and programs put into a JPEG beside the picture and its metadata: known by the signatures of
//! its segments, and by what is behind the end marker. No state.

use std::ops::Range;

use super::super::{behind, jumbf};
use super::markers::{APP0, APP1, APP2, APP11, APP12, APP13};
use crate::image::{Extra, ExtraKind, NamedText};

/// Photoshop's segment in files that it saves for the web.
const FOR_WEB: &[u8] = b"Ducky";

/// What a segment is that is none of the usual ones, after those `before`; `None` if nothing is lost with it.
pub(super) fn kind(marker: u8, content: &[u8], before: &[Extra]) -> Option<ExtraKind> {
    // The density, which is read by itself, the thumbnail, and a directory of pictures, which are found.
    const EMPTY: [(u8, &[u8]); 3] = [(APP0, b"JFIF\0"), (APP0, b"JFXX\0"), (APP2, b"MPF\0")];
    const KNOWN: [(u8, &[u8], ExtraKind); 11] = [
        (APP1, b"FLIR\0", ExtraKind::Thermal),
        (APP1, b"QVCI\0", ExtraKind::CameraNotes),
        (APP3, b"Meta\0", ExtraKind::CameraNotes),
        (APP3, b"META\0", ExtraKind::CameraNotes),
        (APP5, b"RMETA\0", ExtraKind::CameraNotes),
        (APP5, b"ssuniqueid\0", ExtraKind::CameraNotes),
        (APP6, b"EPPIM\0", ExtraKind::CameraNotes),
        (APP6, b"GoPro\0", ExtraKind::CameraNotes),
        (APP7, b"PENTAX \0", ExtraKind::CameraNotes),
        (APP12, FOR_WEB, ExtraKind::ProgramNotes),
        (APP13, b"Adobe_CM", ExtraKind::ProgramNotes),
    ];
    const APP3: u8 = 0xE3;
    const APP5: u8 = 0xE5;
    const APP6: u8 = 0xE6;
    const APP7: u8 = 0xE7;
    const APP9: u8 = 0xE9;
    let is = |(at, signature): (u8, &[u8])| marker == at && content.starts_with(signature);
    if content.iter().all(|byte| *byte == 0) || EMPTY.into_iter().any(is) {
        return None;
    }
    // Canon's own structure, in which the first PowerShots had what others have in EXIF.
    if marker == APP0 && content.get(6..10) == Some(b"HEAP") {
        return Some(ExtraKind::CameraNotes);
    }
    // InfiRay's, the first of which says so for all of them.
    let is_infiray = |(_, content): &(u8, Vec<u8>)| content.get(4..10) == Some(b"IJPEG\0");
    let goes_on = || before.iter().flat_map(|extra| &extra.segments).any(is_infiray);
    if content.get(4..10) == Some(b"IJPEG\0") || (APP3..=APP9).contains(&marker) && goes_on() {
        return Some(ExtraKind::Thermal);
    }
    if marker == APP11
        && let Some(kind) = boxed(content, before)
    {
        return Some(kind);
    }
    let known = KNOWN.iter().find(|(at, signature, _)| is((*at, signature)));
    Some(match known {
        Some((_, _, kind)) => *kind,
        // What cameras of the nineties noted in words.
        None if marker == APP12 => ExtraKind::CameraNotes,
        None => ExtraKind::Unknown,
    })
}

/// What a JUMBF box is that is in segments (ISO/IEC 19566-5, annex D): behind its number and that of the part
/// come the length and the kind of the box, then its content.
fn boxed(content: &[u8], before: &[Extra]) -> Option<ExtraKind> {
    const FIRST: [u8; 4] = [0, 0, 0, 1];
    let (part, rest) = content.strip_prefix(b"JP")?.get(2..)?.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let content = rest.strip_prefix(b"jumb")?;
    // A longer length follows where the first one is 1.
    let content = content.get(if *length == FIRST { 8 } else { 0 }..)?;
    let goes_on = *part != FIRST && before.iter().any(|extra| extra.kind == ExtraKind::Credentials);
    Some(if goes_on || jumbf::is_credentials(content) { ExtraKind::Credentials } else { ExtraKind::Parts })
}

/// What of a segment's content is needed: of what cannot go along no more than its name.
pub(super) fn kept(kind: ExtraKind, content: &[u8]) -> Vec<u8> {
    match kind {
        ExtraKind::CameraNotes | ExtraKind::Thermal => content.to_vec(),
        ExtraKind::MakerNotes
        | ExtraKind::SecondBlock
        | ExtraKind::TiffTags
        | ExtraKind::Credentials
        | ExtraKind::Images
        | ExtraKind::Video => Vec::new(),
        // Those of a JPEG.
        ExtraKind::Parts => jumbf::OTHER.into(),
        ExtraKind::ProgramNotes | ExtraKind::Unknown => own_name(content).to_vec(),
    }
}

/// What a segment calls itself, if that is a word.
fn own_name(content: &[u8]) -> &[u8] {
    const LETTERS: std::ops::RangeInclusive<usize> = 3..=20;
    let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = content.iter().take(*LETTERS.end()).take_while(is_letter).count();
    content.get(..length).filter(|_| LETTERS.contains(&length)).unwrap_or_default()
}

/// The texts in Photoshop's segment for the web: the number of each and its length, then how many letters it
/// has, and these in two bytes each. (Not published by Adobe; ExifTool reads it so.)
pub(super) fn texts_for_web(content: &[u8]) -> Vec<NamedText> {
    let mut rest = content.strip_prefix(FOR_WEB).unwrap_or_default();
    let mut texts = Vec::new();
    while let Some((&[number @ .., high, low], after)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some((value, after)) = after.split_at_checked(length) else { break };
        rest = after;
        let key = match number {
            [0, 2] => NamedText::COMMENT,
            [0, 3] => "Copyright",
            _ => continue,
        };
        let letters = value.get(4..).unwrap_or_default().as_chunks().0;
        let letters = char::decode_utf16(letters.iter().map(|pair| u16::from_be_bytes(*pair)));
        let text: String = letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        let text = text.trim_matches(['\0', ' ']);
        if !text.is_empty() {
            texts.push(NamedText { key: key.to_owned(), text: text.as_bytes().to_vec() });
        }
    }
    texts
}

/// What stands behind the end of the picture, beside its gain map.
pub(super) fn behind(jpeg: &[u8], end: Option<usize>, map: Option<&Range<usize>>) -> Vec<Extra> {
    let Some(end) = end else { return Vec::new() };
    let (before, after) = match map {
        Some(map) => (end..map.start, map.end..jpeg.len()),
        None => (end..end, end..jpeg.len()),
    };
    behind::found([before, after].into_iter().filter_map(|range| jpeg.get(range)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_known_by_their_signatures() {
        for (marker, content, expected) in [
            (0xE6, &b"GoPro\0DEVC"[..], Some(ExtraKind::CameraNotes)),
            (0xE1, b"FLIR\0\x01", Some(ExtraKind::Thermal)),
            (0xE4, b"\0\x01\x02\x03IJPEG\0", Some(ExtraKind::Thermal)),
            (0xEB, b"JP\0\x01\0\0\0\x01SPEC", Some(ExtraKind::Unknown)),
            (0xE2, b"MPF\0MM", None),
            (0xE4, b"whatever", Some(ExtraKind::Unknown)),
            (0xEC, b"AGFA Gevaert", Some(ExtraKind::CameraNotes)),
            (0xEC, b"Ducky\0\x01\0\x04", Some(ExtraKind::ProgramNotes)),
            (0xED, b"Adobe_CM\0", Some(ExtraKind::ProgramNotes)),
            (0xE0, b"Ocad$Rev: 14797 $", Some(ExtraKind::Unknown)),
            (0xEE, b"whatever", Some(ExtraKind::Unknown)),
            (0xE1, b"Exif\0nothing", Some(ExtraKind::Unknown)),
            (0xE0, b"II\x1A\0\0\0HEAPJPGM", Some(ExtraKind::CameraNotes)),
            (0xE0, b"JFIF\0\x01\x01", None),
            (0xE9, &[0; 40], None),
        ] {
            assert_eq!(kind(marker, content, &[]), expected, "{marker:X} {content:?}");
        }
        let first = (0xE2, b"\0\x01\x02\x03IJPEG\0".to_vec());
        let before = [Extra { kind: ExtraKind::Thermal, segments: vec![first] }];
        assert_eq!(kind(0xE7, b"whatever", &before), Some(ExtraKind::Thermal));
    }

    #[test]
    fn boxes_are_known_by_what_they_say_they_hold() {
        use jumbf::testing::{CREDENTIALS, OTHER};
        let segment = |part: u8, length: &[u8], content: &[u8]| {
            [b"JP\0\x01\0\0\0", &[part][..], &length[..4], b"jumb", &length[4..], content].concat()
        };
        let kind = |segment: &[u8], before: &[Extra]| kind(0xEB, segment, before).unwrap();
        for length in [&b"\0\0\0\x26"[..], b"\0\0\0\x01\0\0\0\0\0\0\0\x2E"] {
            assert_eq!(kind(&segment(1, length, CREDENTIALS), &[]), ExtraKind::Credentials);
            assert_eq!(kind(&segment(1, length, OTHER), &[]), ExtraKind::Parts);
        }
        let more = segment(2, b"\0\0\0\x26", b"more of it");
        assert_eq!(kind(&more, &[Extra::of(ExtraKind::Credentials)]), ExtraKind::Credentials);
        assert_eq!(
            (kind(&more, &[]), kept(ExtraKind::Parts, &more)),
            (ExtraKind::Parts, b"JUMBF data".to_vec())
        );
    }

    #[test]
    fn of_unknown_segments_the_name_stays() {
        for (content, name) in [
            (&b"Ocad$Rev: 14797 $"[..], &b"Ocad"[..]),
            (b"SIMPLE\0\x01", b"SIMPLE"),
            (b"a b", b""),
            (b"\x1B[31m", b""),
            (&[b'x'; 40], &[b'x'; 20]),
            (b"", b""),
        ] {
            assert_eq!(kept(ExtraKind::Unknown, content), name);
        }
    }

    #[test]
    fn texts_of_files_for_the_web_are_read() {
        let field = |number: u8, text: &str| {
            let letters: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            let count = (text.encode_utf16().count() as u32).to_be_bytes();
            [&[0, number, 0, letters.len() as u8 + 4], &count[..], &letters].concat()
        };
        let quality = b"\0\x01\0\x04\0\0\0\x32".to_vec();
        let content =
            [FOR_WEB.to_vec(), quality, field(2, "José\0"), field(3, "© Ana"), field(2, "")].concat();
        let text = |key: &str, text: &str| NamedText { key: key.to_owned(), text: text.as_bytes().to_vec() };
        let expected = [text(NamedText::COMMENT, "José"), text("Copyright", "© Ana")];
        assert_eq!(texts_for_web(&content), expected);
        assert_eq!(texts_for_web(&content[..content.len() - 9]), expected[..1]);
        assert_eq!(texts_for_web(b"Ducky\0"), []);
    }

    #[test]
    fn what_stands_behind_the_end_is_told_apart() {
        let picture = b"\xFF\xD8\xFF\xDAdata\xFF\0data\xFF\xD9";
        let kinds = |trailer: &[u8], map: Option<Range<usize>>| -> Vec<ExtraKind> {
            let map = map.map(|map| picture.len() + map.start..picture.len() + map.end);
            let extras = behind(&[&picture[..], trailer].concat(), Some(picture.len()), map.as_ref());
            extras.into_iter().map(|extra| extra.kind).collect()
        };
        let video = b"MotionPhoto_Data\0\0\0\x18ftypmp42\0\0\0\0isommp42";
        let second = b"\xFF\xD8\xFF\xE0 a second picture stands here";
        let both = [&second[..], video].concat();
        assert_eq!(kinds(b"", None), []);
        assert_eq!(kinds(&[0; 400], None), []);
        assert_eq!(kinds(video, None), [ExtraKind::Video]);
        assert_eq!(kinds(second, None), [ExtraKind::Images]);
        assert_eq!(kinds(&both, None), [ExtraKind::Images, ExtraKind::Video]);
        assert_eq!(kinds(b"something that nobody knows", None), [ExtraKind::Unknown]);
        // The gain map is none of them, wherever it stands.
        assert_eq!(kinds(second, Some(0..second.len())), []);
        assert_eq!(kinds(&both, Some(0..second.len())), [ExtraKind::Video]);
        let twice = second.repeat(2);
        for map in [0..second.len(), second.len()..twice.len()] {
            assert_eq!(kinds(&twice, Some(map)), [ExtraKind::Images]);
        }
    }
}
