//! What programs put behind the end of a picture, where viewers do not look: known by how it begins. No
//! state.

use memchr::memmem;
use recipe::Format;

use crate::image::{Extra, ExtraKind};
use crate::metadata::picture_brand;

/// So few bytes behind the end are padding.
const PADDING: usize = 16;
/// What files of pictures begin with, as far as it is long enough not to stand in other data by chance.
const SIGNATURES: [&[u8]; 5] = [b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1A\n", b"WEBPVP8", b"GIF87a", b"GIF89a"];

/// What there is in these parts of a file that its picture does not need, each kind once.
pub(super) fn found<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<Extra> {
    let mut kinds = Vec::new();
    for kind in parts.into_iter().flat_map(kinds_in) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.into_iter().map(Extra::of).collect()
}

fn kinds_in(bytes: &[u8]) -> Vec<ExtraKind> {
    let is_written = |byte: &u8| !matches!(byte, 0 | 0xFF);
    let written = bytes.iter().filter(|byte| is_written(byte)).take(PADDING + 1).count();
    if written <= PADDING {
        return Vec::new();
    }
    let video = video(bytes);
    // Within a video, it would be by chance.
    let before = &bytes[..video.unwrap_or(bytes.len())];
    let begins = before.iter().position(is_written).and_then(|at| Format::sniff(&before[at..]));
    let is_inside = || SIGNATURES.iter().any(|signature| memmem::find(before, signature).is_some());
    let is_media = || media(before).any(|(_, brand)| picture_brand(brand).is_some());
    let images = (begins.is_some() || is_inside() || is_media()).then_some(ExtraKind::Images);
    let known: Vec<ExtraKind> = images.into_iter().chain(video.map(|_| ExtraKind::Video)).collect();
    if known.is_empty() { vec![ExtraKind::Unknown] } else { known }
}

/// Where an MP4 or MOV begins in these bytes.
fn video(bytes: &[u8]) -> Option<usize> {
    media(bytes).find(|(_, brand)| picture_brand(brand).is_none()).map(|(at, _)| at)
}

/// Where files of the ISO base media family begin in these bytes, with a box `ftyp` of a few brands, and the
/// first brand of each (ISO/IEC 14496-12, 4.3).
fn media(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    memmem::find_iter(bytes, b"ftyp").filter_map(move |name| {
        let at = name.checked_sub(4)?;
        let length = u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
        let brand = bytes.get(name + 4..name + 8)?;
        ((16..=128).contains(&length) && brand.is_ascii()).then_some((at, brand))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_is_shows_in_how_it_begins() {
        let kinds = |parts: &[&[u8]]| -> Vec<ExtraKind> {
            found(parts.iter().copied()).into_iter().map(|extra| extra.kind).collect()
        };
        let video = b"MotionPhoto_Data\0\0\0\x18ftypmp42\0\0\0\0isommp42";
        for second in [
            &b"\0\0\xFF\xD8\xFF\xE0 a second picture stands here"[..],
            b"\x89PNG\r\n\x1A\n and here another one",
            b"RIFF\x40\0\0\0WEBPVP8X and here another one",
            b"II*\0\x08\0\0\0 and here a TIFF, too",
            b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1miaf and its boxes",
            b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic and its boxes",
            b"\0\0\0\x18ftypmsf1\0\0\0\0msf1hevc and its boxes",
            b"words before it GIF89a\x08\0\x08\0",
        ] {
            assert_eq!(kinds(&[second]), [ExtraKind::Images], "{second:?}");
            assert_eq!(kinds(&[second, second]), [ExtraKind::Images]);
            assert_eq!(kinds(&[&[second, video].concat()]), [ExtraKind::Images, ExtraKind::Video]);
            assert_eq!(kinds(&[video, second]), [ExtraKind::Video, ExtraKind::Images]);
        }
        assert_eq!(kinds(&[b"something that nobody knows"]), [ExtraKind::Unknown]);
        // As programs end files with.
        assert_eq!(kinds(&[&[0; 400], &[0xFF; 30], b"\r\n", b""]), []);
    }
}
