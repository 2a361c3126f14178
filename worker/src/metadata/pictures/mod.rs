//! Pictures within other data: cameras and programs put small versions of a photo all over its metadata.
//! After an edit these would show the photo as it was before, so what holds one is taken out, by this one
//! rule for every kind of block. They are known by their own structure (`kinds`, `jpeg`), also where they are
//! written as a text (`in_text`). No state.

mod brands;
mod in_text;
mod jpeg;
mod kinds;
mod steps;

pub(crate) use brands::{PictureBrand, picture_brand};

use std::ops::Range;

macro_rules! left_out {
    ($what:literal) => {
        concat!($what, " that hold a picture, which may show the photo as it was before, were left out")
    };
}

/// What is said of pictures that were taken out, by where they were.
pub(super) const IN_EXIF: &str = left_out!("fields of the EXIF block");
pub(super) const IN_IPTC: &str = left_out!("fields of the IPTC block");
pub(super) const IN_XMP: &str = left_out!("properties in the XMP block");
pub(super) const IN_RESOURCES: &str = left_out!("notes of Photoshop");
pub(super) const IN_TEXTS: &str = left_out!("comments or texts");

/// Fewer bytes are no picture.
const SHORTEST: usize = 16;

/// Where pictures stand, in order.
pub(super) fn find(bytes: &[u8]) -> Vec<Range<usize>> {
    if bytes.len() < SHORTEST {
        return Vec::new();
    }
    let mut found = kinds::find(bytes);
    found.extend(in_text::find(bytes));
    found.retain(|picture| picture.len() >= SHORTEST);
    found.sort_by_key(|picture| picture.start);
    found
}

/// Whether there is a picture in these bytes.
pub(super) fn are_in(bytes: &[u8]) -> bool {
    !find(bytes).is_empty()
}

/// Which of these have a picture in them, or a part of one: what is too long for one of them goes on in the
/// next.
pub(super) fn are_in_each(parts: &[&[u8]]) -> Vec<bool> {
    let found = merged(find(&parts.concat()));
    let (mut found, mut end) = (found.into_iter().peekable(), 0);
    let holds = |part: &&[u8]| {
        let start = end;
        end += part.len();
        while found.next_if(|picture| picture.end <= start).is_some() {}
        found.peek().is_some_and(|picture| picture.start < end)
    };
    parts.iter().map(holds).collect()
}

/// The same bytes in ranges that are in order and do not overlap.
pub(super) fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut().filter(|last| range.start < last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => merged.push(range),
        }
    }
    merged
}

/// What tests put into blocks.
#[cfg(test)]
pub(crate) mod testing {
    /// The structure of a JPEG with something in its pixels.
    pub(crate) fn small_picture(pixels: &[u8]) -> Vec<u8> {
        [b"\xFF\xD8\xFF\xC0\0\x04xy\xFF\xDA\0\x03a", pixels, b"\xFF\xD9"].concat()
    }

    pub(crate) fn base64(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let group = |bytes: &[u8]| {
            let number = (0..3).fold(0, |n, at| n << 8 | u32::from(*bytes.get(at).unwrap_or(&0)));
            let letters = (0..=bytes.len()).map(|at| LETTERS[(number >> (18 - 6 * at)) as usize & 63]);
            letters.chain([b'='; 2]).take(4).map(char::from).collect::<String>()
        };
        bytes.chunks(3).map(group).collect()
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one picture is expected")]
mod tests {
    use super::testing::{base64, small_picture};
    use super::*;

    #[test]
    fn a_picture_counts_wherever_it_stands_and_however_it_is_written() {
        let picture = small_picture(b"SECRET");
        let within = |content: &[u8]| [&b"something "[..], content, b"; and more"].concat();
        assert_eq!(find(&within(&picture)), [10..10 + picture.len()]);
        let coded = base64(&picture);
        assert_eq!(find(&within(coded.as_bytes())), [10..10 + coded.len()]);
        assert!(!are_in(&within(b"nothing at all, in many words")));
        assert!(!are_in(&picture[..SHORTEST - 1]));
    }

    #[test]
    fn one_that_goes_on_in_the_next_part_is_in_both() {
        let picture = small_picture(&[b'x'; 60]);
        let (head, tail) = picture.split_at(40);
        assert_eq!(are_in_each(&[b"a comment", head, tail, b"another"]), [false, true, true, false]);
        assert_eq!(are_in_each(&[b"a comment"]), [false]);
        assert_eq!(are_in_each(&[]), [] as [bool; 0]);
        // Parts of nothing, and many with one each.
        let parts = [&b"a"[..], b"", head, b"", tail, b"", &picture, b"b"];
        assert_eq!(are_in_each(&parts), [false, false, true, true, true, false, true, false]);
        let many = vec![&picture[..]; 20_000];
        assert_eq!(are_in_each(&many), vec![true; many.len()]);
    }
}
