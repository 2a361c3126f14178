//! JPEG images inside an EXIF block: the previews that cameras put into the notes of their makers, each maker
//! at a place of its own. They are found by their own structure (ITU-T T.81, annex B). No state.

use std::ops::Range;

use memchr::memmem;

/// The second byte of an image's first marker, and the first of its second. The byte in front is another than
/// it should be in the previews of some makers.
const START: &[u8] = b"\xD8\xFF";
/// Segments of an image; cameras write about ten.
const MAX_SEGMENTS: usize = 64;

/// Where the images stand.
pub(super) fn jpegs(block: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 1;
    while let Some(at) = block.get(from..).and_then(|rest| memmem::find(rest, START)).map(|at| from + at) {
        from = match end(block, at + 1) {
            Some(end) => {
                found.push(at - 1..end);
                end
            }
            None => at + 1,
        };
    }
    found
}

/// Where the image ends whose second marker stands at `at`, if there is one: behind its end marker, or with
/// the block.
fn end(block: &[u8], mut at: usize) -> Option<usize> {
    let mut has_frame = false;
    for _ in 0..MAX_SEGMENTS {
        // Any number of fill bytes may stand in front of a marker.
        while block.get(at..at + 2)? == [0xFF, 0xFF] {
            at += 1;
        }
        let &[0xFF, marker, high, low] = block.get(at..at + 4)?.first_chunk()? else { return None };
        let content = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        match marker {
            0xDA if has_frame => match scan(block, content) {
                (next, Some(0xD9) | None) => return Some(next),
                (next, Some(_)) => at = next,
            },
            0xC0..=0xC3 => {
                has_frame = true;
                at = content;
            }
            // Tables, restart interval, application data, comments.
            0xC4 | 0xCC | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE => at = content,
            _ => return None,
        }
    }
    None
}

/// Where the data of a scan from `at` on ends, and with which marker; an end marker is part of it.
fn scan(block: &[u8], at: usize) -> (usize, Option<u8>) {
    let data = block.get(at..).unwrap_or_default();
    let next = data.windows(2).enumerate().find_map(|(n, pair)| match *pair {
        // Stuffed bytes, fill bytes and restart markers belong to the data.
        [0xFF, 0 | 0xFF | 0xD0..=0xD7] => None,
        [0xFF, marker] => Some((at + n, marker)),
        _ => None,
    });
    match next {
        Some((at, 0xD9)) => (at + 2, Some(0xD9)),
        Some((at, marker)) => (at, Some(marker)),
        None => (block.len(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A baseline image's structure, with restart markers, a stuffed byte and two scans.
    const IMAGE: &[u8] =
        b"\xFF\xD8\xFF\xFF\xE0\0\x04JF\xFF\xC0\0\x05xyz\xFF\xDA\0\x03aDATA\xFF\0\xFF\xD0more\
\xFF\xC4\0\x02\xFF\xDA\0\x03bDATA\xFF\xD9";

    #[test]
    fn images_are_found_wherever_they_begin_and_end() {
        let block = [b"II*\0notes", IMAGE, b"between", IMAGE, b"after\xFF\xD8\xFF"].concat();
        let second = 9 + IMAGE.len() + 7;
        assert_eq!(jpegs(&block), [9..9 + IMAGE.len(), second..second + IMAGE.len()]);
        // With another first byte, and cut.
        let spoilt = [b"notes", &b"\x02"[..], &IMAGE[1..IMAGE.len() - 4]].concat();
        assert_eq!(jpegs(&spoilt).first(), Some(&(5..spoilt.len())));
        // A header that no data follows shows nothing.
        assert_eq!(jpegs(&[b"x", &IMAGE[..14]].concat()), []);
    }
}
