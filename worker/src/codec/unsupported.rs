//! Names for files that are images, or look like some, of a kind that is not decoded: a photographer who is
//! told "HEIC" knows what to do, one who is told "not an image" does not.

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

/// The brands of the ISO base media family, at the start of its `ftyp` box.
fn brand(bytes: &[u8]) -> Option<&'static str> {
    if bytes.get(4..8) != Some(b"ftyp") {
        return None;
    }
    Some(match bytes.get(8..12)? {
        b"avif" | b"avis" => "AVIF",
        b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1" => "HEIC",
        b"qt  " => "QuickTime video",
        _ => "MP4 video",
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
