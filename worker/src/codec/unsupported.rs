//! Names for files that are images, or look like some, of a kind that is not decoded: a photographer who is
//! told "HEIC" knows what to do, one who is told "not an image" does not.

use crate::metadata::{PictureBrand, picture_brand};

/// The name of the format, if the first bytes are those of one.
pub(super) fn name(bytes: &[u8]) -> Option<&'static str> {
    magic(bytes).or_else(|| brand(bytes)).or_else(|| looks_like_svg(bytes).then_some("SVG"))
}

fn magic(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: &[(&[u8], &str)] = &[
        (b"8BPS", "Photoshop"),
        (b"%PDF-", "PDF"),
        (b"%!PS", "PostScript"),
        (b"\0\0\0\x0CjP  ", "JPEG 2000"),
        (b"\xFF\x4F\xFF\x51", "JPEG 2000"),
        (b"II\xBC\x01", "JPEG XR"),
        (b"gimp xcf", "GIMP"),
        (b"DDS ", "DDS"),
        (b"\0\0\x01\0", "Windows icon"),
    ];
    MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name)
}

/// What a file of the ISO base media family is, by the brands in its `ftyp` box.
fn brand(bytes: &[u8]) -> Option<&'static str> {
    /// As many brands as real files have; a version stands behind the first.
    const MAX_BRANDS: usize = 32;
    if bytes.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let first = bytes.get(8..12)?;
    let of_first = picture_brand(first);
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let mut others = bytes.get(16..length.min(bytes.len())).unwrap_or_default().chunks(4).take(MAX_BRANDS);
    let named = |brand| match picture_brand(brand) {
        Some(PictureBrand::Of(name)) => Some(name),
        Some(PictureBrand::Any) | None => None,
    };
    Some(match of_first {
        Some(PictureBrand::Of(name)) => name,
        Some(PictureBrand::Any) => others.find_map(named).unwrap_or("HEIF"),
        None if first == b"qt  " => "QuickTime video",
        None => "MP4 video",
    })
}

fn looks_like_svg(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    let xml = head.trim_ascii_start().starts_with(b"<");
    xml && head.windows(4).any(|window| window == b"<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_called_by_their_names() {
        assert_eq!(name(b"\0\0\0\x18ftypheic\0\0"), Some("HEIC"));
        assert_eq!(name(b"\0\0\0\x18ftypavif\0\0"), Some("AVIF"));
        for (brands, expected) in [("mif1heic", "HEIC"), ("mif1miafavif", "AVIF"), ("miafmif1", "HEIF")] {
            let length = 16 + brands.len() as u32;
            let file = [&length.to_be_bytes()[..], b"ftypmif1\0\0\0\0", brands.as_bytes(), b"mdat"].concat();
            assert_eq!(name(&file), Some(expected), "{brands}");
        }
        assert_eq!(name(b"\0\0\0\x18ftypisom\0\0"), Some("MP4 video"));
        assert_eq!(name(b"<?xml version=\"1.0\"?>\n<svg width=\"1\"/>"), Some("SVG"));
        assert_eq!(name(b"%PDF-1.7"), Some("PDF"));
    }

    #[test]
    fn text_is_none_of_them() {
        for text in [&b""[..], b"hello", b"<html><body>", b"\0\0\0\x18ftyp", b"see <svg in my notes"] {
            assert_eq!(name(text), None, "{}", text.escape_ascii());
        }
    }
}
