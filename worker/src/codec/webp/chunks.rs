//! The chunks of a WebP beside its pixels, wherever in the file they stand: behind a picture that has no
//! extended header too, where libwebp does not look and other programs write. Of each kind the first one
//! counts. RFC 9649, section 2.7.1.5. No state.

use super::super::behind;
use crate::image::{Extra, ExtraKind, Metadata};
use crate::metadata::extras::{PartNames, take_first};

/// `RIFF`, a size and `WEBP`.
const CONTAINER: usize = 12;

/// What a chunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WebpChunk {
    Exif,
    Xmp,
    /// Content credentials (C2PA, section A.3).
    Credentials,
    Profile,
    /// The picture, or what is read with it.
    Known,
    Unknown,
}

impl WebpChunk {
    /// By its name. Some programs write those of metadata in small letters, or end them with a NUL.
    pub(super) fn of(name: &[u8]) -> WebpChunk {
        match name {
            b"VP8 " | b"VP8L" | b"VP8X" | b"ALPH" | b"ANIM" | b"ANMF" => WebpChunk::Known,
            b"ICCP" => WebpChunk::Profile,
            b"C2PA" => WebpChunk::Credentials,
            _ if name.eq_ignore_ascii_case(b"EXIF") => WebpChunk::Exif,
            [name @ .., b' ' | 0] if name.eq_ignore_ascii_case(b"XMP") => WebpChunk::Xmp,
            _ => WebpChunk::Unknown,
        }
    }
}

/// Reads profile, EXIF and XMP, and names the rest.
pub(super) fn read(webp: &[u8]) -> Metadata {
    let mut found = Metadata::default();
    let mut names = PartNames::default();
    let size = webp.get(4..).and_then(|bytes| bytes.first_chunk());
    let end = size.map_or(0, |size| u32::from_le_bytes(*size) as usize).saturating_add(8);
    let mut at = CONTAINER;
    while let Some((name, content)) = chunk(webp, at) {
        match WebpChunk::of(name) {
            WebpChunk::Exif => take_first(&mut found.exif, content, &mut found.extras),
            WebpChunk::Xmp => take_first(&mut found.xmp, content, &mut found.extras),
            WebpChunk::Credentials => found.extras.push(Extra::of(ExtraKind::Credentials)),
            WebpChunk::Profile if found.icc.is_some() => names.add("a second ICCP"),
            WebpChunk::Profile => found.icc = Some(content.to_vec()),
            WebpChunk::Known => {}
            // What stands behind the container may be anything.
            WebpChunk::Unknown if at >= end => break,
            WebpChunk::Unknown => names.add(&name.escape_ascii().to_string()),
        }
        at = at.saturating_add(8 + content.len()).next_multiple_of(2);
    }
    found.extras.extend(names.into_extra());
    if at >= end {
        found.extras.extend(behind::found(webp.get(at..)));
    }
    found
}

/// Whether the picture, or the first frame of an animation, is stored without loss.
pub(super) fn is_lossless(webp: &[u8]) -> bool {
    is_lossless_from(webp, CONTAINER)
}

/// The data of the picture and their kind, in a file without animation.
pub(super) fn image_data(webp: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = CONTAINER;
    loop {
        let (name, content) = chunk(webp, at)?;
        if matches!(name, b"VP8 " | b"VP8L") {
            return Some((name, content));
        }
        at = at.saturating_add(8 + content.len()).next_multiple_of(2);
    }
}

/// A file of nothing but this data.
pub(super) fn file_of(name: &[u8], data: &[u8]) -> Vec<u8> {
    let padding = &[0][..data.len() % 2];
    let length = data.len() as u32;
    let whole = (4 + 8 + data.len() + padding.len()) as u32;
    [&b"RIFF"[..], &whole.to_le_bytes(), b"WEBP", name, &length.to_le_bytes(), data, padding].concat()
}

/// The same of the chunks from a place on. Those of a frame stand behind its place, size and duration
/// (RFC 9649, section 2.7.1.1).
fn is_lossless_from(chunks: &[u8], mut at: usize) -> bool {
    const FRAME: usize = 16;
    while let Some((name, content)) = chunk(chunks, at) {
        match name {
            b"VP8L" => return true,
            b"VP8 " => return false,
            b"ANMF" => return is_lossless_from(content, FRAME),
            _ => at = at.saturating_add(8 + content.len()).next_multiple_of(2),
        }
    }
    false
}

/// Name and content of the chunk at a place, if it is whole.
fn chunk(webp: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let (name, rest) = webp.get(at..)?.split_at_checked(4)?;
    let (size, rest) = rest.split_first_chunk()?;
    Some((name, rest.get(..u32::from_le_bytes(*size) as usize)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webp(chunks: &[(&[u8; 4], &[u8])], behind: &[u8]) -> Vec<u8> {
        let mut content = b"WEBP".to_vec();
        for (name, data) in chunks {
            content.extend([&name[..], &(data.len() as u32).to_le_bytes(), data].concat());
            content.resize(content.len().next_multiple_of(2), 0);
        }
        [b"RIFF", &(content.len() as u32).to_le_bytes()[..], &content, behind].concat()
    }

    #[test]
    fn the_first_block_counts_wherever_it_stands_and_however_it_is_named() {
        for (exif, xmp) in [(b"EXIF", b"XMP "), (b"exif", b"xmp "), (b"Exif", b"XMP\0")] {
            let (exif, xmp) = ((exif, &b"II*"[..]), (xmp, &b"<x/>"[..]));
            for chunks in [
                [(b"VP8 ", &b"picture"[..]), exif, xmp],
                [xmp, (b"VP8L", b"picture"), exif],
                [exif, xmp, (b"VP8X", b"flags")],
            ] {
                let found = read(&webp(&chunks, b""));
                assert_eq!((found.exif.as_deref(), found.xmp.as_deref()), (Some(exif.1), Some(xmp.1)));
                assert_eq!(found.extras, []);
            }
        }
        let twice = [(b"EXIF", &b"II*"[..]), (b"EXIF", b"II*"), (b"exif", b"MM")];
        let found = read(&webp(&twice, b""));
        assert_eq!(found.exif.unwrap(), b"II*");
        assert_eq!(found.extras, [Extra::of(ExtraKind::SecondBlock)]);
    }

    #[test]
    fn the_first_picture_says_whether_anything_was_lost() {
        let frame = |name: &[u8; 4]| {
            let chunks = webp(&[(b"ALPH", b"odd"), (name, b"picture")], b"")[CONTAINER..].to_vec();
            [&[0; 16], &chunks[..]].concat()
        };
        let animation = |first: &[u8; 4], second: &[u8; 4]| {
            let header = (b"VP8X", &[2, 0, 0, 0, 0, 0, 0, 0, 0, 0][..]);
            webp(&[header, (b"ANIM", b"color?"), (b"ANMF", &frame(first)), (b"ANMF", &frame(second))], b"")
        };
        assert!(is_lossless(&webp(&[(b"VP8X", b"flags"), (b"VP8L", b"picture")], b"")));
        assert!(!is_lossless(&webp(&[(b"ALPH", b"cover"), (b"VP8 ", b"picture")], b"")));
        assert!(is_lossless(&animation(b"VP8L", b"VP8 ")));
        assert!(!is_lossless(&animation(b"VP8 ", b"VP8L")));
        assert!(!is_lossless(&webp(&[(b"ANMF", b"short"), (b"VP8L", b"picture")], b"")));
        assert!(!is_lossless(b"RIFF"));
    }

    #[test]
    fn the_data_of_the_picture_are_found_and_stand_alone() {
        let file = webp(&[(b"VP8X", b"odd"), (b"VP8L", b"picture"), (b"EXIF", b"II*")], b"");
        assert_eq!(image_data(&file), Some((&b"VP8L"[..], &b"picture"[..])));
        assert_eq!(file_of(b"VP8L", b"picture"), webp(&[(b"VP8L", b"picture")], b""));
        assert_eq!(image_data(&webp(&[(b"VP8X", b"odd")], b"")), None);
        assert_eq!(image_data(b"RIFF"), None);
    }

    #[test]
    fn what_is_not_known_is_named() {
        let found = read(&webp(&[(b"VP8 ", b"picture"), (b"abcd", b""), (b"C2PA", b"")], b"fooB\0\0\0\0"));
        let named = Extra { kind: ExtraKind::Parts, segments: vec![(0, b"abcd".to_vec())] };
        assert_eq!(found.extras, [Extra::of(ExtraKind::Credentials), named]);
        let found = read(&webp(&[(b"ICCP", b"one"), (b"VP8 ", b"picture"), (b"ICCP", b"two")], b""));
        let named = Extra { kind: ExtraKind::Parts, segments: vec![(0, b"a second ICCP".to_vec())] };
        assert_eq!((found.icc.as_deref(), found.extras), (Some(&b"one"[..]), vec![named]));
        // Behind it, after metadata, too.
        let second = webp(&[(b"VP8 ", b"another picture")], b"");
        for (behind, kind) in [
            (&b"a note that somebody appended"[..], ExtraKind::Unknown),
            (&second, ExtraKind::Images),
            (&[&b"EXIF\x04\0\0\0II*\0"[..], &second].concat(), ExtraKind::Images),
        ] {
            let found = read(&webp(&[(b"VP8 ", b"picture")], behind));
            assert_eq!(found.extras, [Extra::of(kind)], "{behind:?}");
        }
        // Written behind it without telling it.
        let behind = [&b"EXIF\x03\0\0\0II*\0"[..], b"rest"].concat();
        assert_eq!(read(&webp(&[(b"VP8 ", b"picture")], &behind)).exif.unwrap(), b"II*");
        assert_eq!(read(b"RIFF"), Metadata::default());
    }
}
