//! JPEGs as they stand in other data: by their own structure (ITU-T T.81, annex B), since each maker and
//! program has them at a place of its own, and some are cut off. No state.

use super::steps::Steps;

/// Segments of an image; cameras write about ten.
const MAX_SEGMENTS: usize = 256;
/// Fill bytes in front of a marker.
const MAX_FILL: usize = 16;

/// The length of the JPEG that begins these bytes, if one does. It ends behind its end marker, or with the
/// bytes.
pub(super) fn length(jpeg: &[u8], steps: &Steps) -> Option<usize> {
    whole(jpeg, steps).or_else(|| begun(jpeg))
}

/// The length of one of which pixels are there; the first byte may be another than it should be, as in the
/// previews of some makers.
fn whole(jpeg: &[u8], steps: &Steps) -> Option<usize> {
    let (mut at, mut has_frame, mut shown) = (2, false, None);
    for _ in 0..MAX_SEGMENTS {
        let Some((marker, next)) = segment(jpeg, at).filter(|_| steps.take()) else { break };
        match marker {
            0xDA if has_frame => match scan(jpeg, next) {
                (end, Some(0xD9) | None) => return Some(end),
                (end, Some(_)) => (at, shown) = (end, Some(end)),
            },
            0xC0..=0xC3 | 0xC9..=0xCB => (at, has_frame) = (next, true),
            // Tables, restart interval, application data, comments.
            0xC4 | 0xCC | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE => at = next,
            _ => break,
        }
    }
    shown
}

/// The length of what begins as a JPEG and goes on as none.
fn begun(jpeg: &[u8]) -> Option<usize> {
    let &[0xFF, 0xD8, 0xFF, 0xC0..=0xC4 | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE, ..] = jpeg else { return None };
    Some(memchr::memmem::find(jpeg, b"\xFF\xD9").map_or(jpeg.len(), |end| end + 2))
}

/// The marker at a place, and where the segment after its own begins.
fn segment(jpeg: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = jpeg.get(at..)?;
    let filled = rest.iter().take(MAX_FILL).take_while(|byte| **byte == 0xFF).count();
    let at = at + filled.checked_sub(1)?;
    let [_, marker, high, low] = jpeg.get(at..)?.first_chunk()?;
    Some((*marker, at + 2 + usize::from(u16::from_be_bytes([*high, *low]))))
}

/// Where the data of a scan from `at` on ends, and with which marker; an end marker is part of it.
fn scan(jpeg: &[u8], at: usize) -> (usize, Option<u8>) {
    let data = jpeg.get(at..).unwrap_or_default();
    let next = memchr::memchr_iter(0xFF, data).find_map(|found| match data.get(found + 1)? {
        // Stuffed bytes, fill bytes and restart markers belong to the data.
        0 | 0xFF | 0xD0..=0xD7 => None,
        marker => Some((at + found, *marker)),
    });
    match next {
        Some((at, 0xD9)) => (at + 2, Some(0xD9)),
        Some((at, marker)) => (at, Some(marker)),
        None => (jpeg.len(), None),
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one picture is expected")]
mod tests {
    use super::super::kinds::find;

    /// A baseline image's structure, with restart markers, a stuffed byte and two scans.
    const IMAGE: &[u8] =
        b"\xFF\xD8\xFF\xFF\xE0\0\x04JF\xFF\xC0\0\x05xyz\xFF\xDA\0\x03aDATA\xFF\0\xFF\xD0more\
\xFF\xC4\0\x02\xFF\xDA\0\x03bDATA\xFF\xD9";

    #[test]
    fn images_are_found_wherever_they_begin_and_end() {
        let block = [b"II*\0notes", IMAGE, b"between", IMAGE, b"after\xFF\xD8\xFF"].concat();
        let second = 9 + IMAGE.len() + 7;
        assert_eq!(find(&block), [9..9 + IMAGE.len(), second..second + IMAGE.len()]);
        // With another first byte, and cut.
        let spoilt = [b"notes", &b"\x02"[..], &IMAGE[1..IMAGE.len() - 4]].concat();
        assert_eq!(find(&spoilt), [5..spoilt.len()]);
        // Broken behind its first scan.
        let second_scan = IMAGE.len() - 11;
        let broken = [&IMAGE[..second_scan], b"\xFF\x01and so on"].concat();
        assert_eq!(find(&broken), [0..second_scan - 4]);
        // A header that no data follows shows nothing, but who knows what follows a beginning.
        assert_eq!(find(&[b"x", &IMAGE[..14]].concat()), []);
        let begun = b"\xFF\xD8\xFF\xE0nothing that has a structure\xFF\xD9";
        assert_eq!(find(&[b"notes", &begun[..], b"and more"].concat()), [5..5 + begun.len()]);
    }
}
