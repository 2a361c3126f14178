//! How pictures of each format begin, and where one ends that does: as far as that takes, and no further. A
//! picture that is cut off ends with the bytes that it stands in. PNG (third edition), section 5; RFC 9649;
//! GIF89a; TIFF 6.0, section 2; ISO/IEC 14496-12, section 4, and what is built on it. No state.

use std::ops::Range;

use memchr::memmem;

use super::brands::picture_brand;
use super::jpeg;
use super::steps::Steps;

/// A format.
struct PictureKind {
    /// What every picture has at its beginning.
    mark: &'static [u8],
    /// Bytes of the picture in front of that.
    before: usize,
    /// The length of the picture that begins these bytes, if one does.
    length: fn(&[u8], &Steps) -> Option<usize>,
}

impl PictureKind {
    const fn of(
        mark: &'static [u8],
        before: usize,
        length: fn(&[u8], &Steps) -> Option<usize>,
    ) -> PictureKind {
        PictureKind { mark, before, length }
    }

    fn find(&self, bytes: &[u8], steps: &Steps) -> Vec<Range<usize>> {
        let (mut found, mut from) = (Vec::new(), self.before);
        while let Some(at) = bytes.get(from..).and_then(|rest| memmem::find(rest, self.mark)) {
            let start = from + at - self.before;
            let rest = bytes.get(start..).unwrap_or_default();
            let length = (self.length)(rest, steps);
            let length = if steps.are_spent() { Some(rest.len()) } else { length };
            found.extend(length.map(|length| start..start + length));
            from = (start + length.unwrap_or(0)).max(from + at + 1);
        }
        found
    }
}

const KINDS: [PictureKind; 14] = [
    PictureKind::of(b"\xD8\xFF", 1, jpeg::length),
    PictureKind::of(b"\x89PNG\r\n\x1A\n", 0, png),
    PictureKind::of(b"RIFF", 0, webp),
    PictureKind::of(b"GIF8", 0, gif),
    PictureKind::of(b"BM", 0, bitmap),
    PictureKind::of(b"II*\0", 0, tiff),
    PictureKind::of(b"MM\0*", 0, tiff),
    PictureKind::of(b"II+\0", 0, tiff),
    PictureKind::of(b"MM\0+", 0, tiff),
    // HEIF and AVIF, JPEG 2000, JPEG XL.
    PictureKind::of(b"ftyp", 4, heif),
    PictureKind::of(b"jP  \r\n\x87\n", 4, boxes),
    PictureKind::of(b"JXL \r\n\x87\n", 4, boxes),
    // What Google's cameras note of a photo, sealed: among it a picture.
    PictureKind::of(b"HDRP\x02", 0, all),
    PictureKind::of(b"HDRP\x03", 0, all),
];

/// Where pictures stand.
pub(super) fn find(bytes: &[u8]) -> Vec<Range<usize>> {
    let steps = Steps::of(bytes);
    KINDS.iter().flat_map(|kind| kind.find(bytes, &steps)).collect()
}

fn all(bytes: &[u8], _: &Steps) -> Option<usize> {
    Some(bytes.len())
}

fn four_be(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

fn four_le(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

fn two_le(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn png(bytes: &[u8], steps: &Steps) -> Option<usize> {
    /// The signature, and what a chunk has beside its content.
    const SIGNATURE: usize = 8;
    const AROUND: usize = 12;
    let mut at = SIGNATURE;
    while steps.take()
        && let Some(length) = four_be(bytes, at)
        && let Some(name) = bytes.get(at + 4..at + 8).filter(|name| name.iter().all(u8::is_ascii_alphabetic))
    {
        at = at.saturating_add(AROUND + length);
        if name == b"IEND" {
            break;
        }
    }
    Some(at.min(bytes.len()))
}

fn webp(bytes: &[u8], _: &Steps) -> Option<usize> {
    let is_webp = bytes.get(8..)?.starts_with(b"WEBP");
    is_webp.then(|| Some(four_le(bytes, 4)?.saturating_add(8).min(bytes.len())))?
}

fn gif(bytes: &[u8], steps: &Steps) -> Option<usize> {
    let colors = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    // Each says how long it is; one of nothing is the last.
    let behind_parts = |mut at: usize| {
        while steps.take() {
            let length = bytes.get(at).copied().unwrap_or(0);
            at += 1 + usize::from(length);
            if length == 0 {
                break;
            }
        }
        at
    };
    if !matches!(bytes.get(4..6)?, b"7a" | b"9a") {
        return None;
    }
    let mut at = 13 + colors(*bytes.get(10)?);
    let mut shown = None;
    while steps.take() {
        match (bytes.get(at), bytes.get(at + 9)) {
            (Some(0x21), _) => at = behind_parts(at + 2),
            (Some(0x2C), Some(flags)) => {
                at = behind_parts(at + 11 + colors(*flags));
                shown = Some(at.min(bytes.len()));
            }
            (Some(0x3B), _) => return shown.map(|_| at + 1),
            _ => break,
        }
    }
    shown
}

fn bitmap(bytes: &[u8], _: &Steps) -> Option<usize> {
    /// Lengths of the headers that there are.
    const HEADERS: [usize; 7] = [12, 40, 52, 56, 64, 108, 124];
    let [size, reserved, pixels, header] = [2, 6, 10, 14].map(|at| four_le(bytes, at));
    let (size, pixels, header) = (size?, pixels?, header?);
    let planes = two_le(bytes, if header == 12 { 22 } else { 26 });
    let is_one = reserved == Some(0) && HEADERS.contains(&header) && planes == Some(1);
    (is_one && pixels >= 14 + header && pixels < size).then_some(size.min(bytes.len()))
}

/// A TIFF, or one with places of eight bytes (BigTIFF), whose first directory has pixels. Makers' notes have
/// the structure as well.
fn tiff(bytes: &[u8], steps: &Steps) -> Option<usize> {
    const MAX_ENTRIES: usize = 200;
    const MAX_PARTS: usize = 1000;
    const EDGES: [usize; 2] = [0x0100, 0x0101];
    /// Where the pixels are and how many bytes they have, in strips or in tiles.
    const PARTS: [[usize; 2]; 2] = [[0x0111, 0x0117], [0x0144, 0x0145]];
    let is_little = bytes.starts_with(b"II");
    let number = |at: usize, width: usize| {
        let push = |number: usize, byte: &u8| number << 8 | usize::from(*byte);
        let own = bytes.get(at..at.checked_add(width)?).filter(|_| steps.take())?;
        Some(if is_little { own.iter().rev().fold(0, push) } else { own.iter().fold(0, push) })
    };
    let is_big = number(2, 2)? == 43;
    // The bytes of a place, of how many entries there are, and of an entry.
    let (place, counted, entry) = if is_big { (8, 8, 20) } else { (4, 2, 12) };
    let first = number(if is_big { 8 } else { 4 }, place)?;
    let begin = first.checked_add(counted)?;
    let entries = begin..begin.checked_add(entry * number(first, counted)?.min(MAX_ENTRIES))?;
    let numbers = |tag: usize| {
        let mut all = entries.clone().step_by(entry).map_while(|at| Some((at, number(at, 2)?)));
        let (at, _) = all.find(|(_, found)| *found == tag)?;
        let width = match number(at + 2, 2)? {
            3 => 2,
            16 => 8,
            _ => 4,
        };
        let count = number(at + 4, place)?;
        let value = at + 4 + place;
        let is_inline = count.checked_mul(width)? <= place;
        let start = if is_inline { value } else { number(value, place)? };
        let parts = (0..count.min(MAX_PARTS)).map(move |index| start.checked_add(index * width));
        Some(parts.map_while(move |at| number(at?, width)))
    };
    let has_edge = |tag: usize| Some(numbers(tag)?.next()? > 0);
    if !EDGES.into_iter().all(|tag| has_edge(tag) == Some(true)) {
        return None;
    }
    let ends = PARTS.into_iter().find_map(|[places, lengths]| {
        let parts = numbers(places)?.zip(numbers(lengths)?);
        parts.map(|(place, length)| place.saturating_add(length)).max()
    });
    // The directory may stand behind the pixels.
    Some(ends?.max(entries.end).min(bytes.len()))
}

fn heif(bytes: &[u8], steps: &Steps) -> Option<usize> {
    let length = four_be(bytes, 0).filter(|length| (16..=256).contains(length))?;
    let is_picture = bytes.get(8..length)?.chunks(4).any(|brand| picture_brand(brand).is_some());
    is_picture.then(|| boxes(bytes, steps))?
}

/// Boxes that follow one another, each with its length and its name.
fn boxes(bytes: &[u8], steps: &Steps) -> Option<usize> {
    const MAX_BOXES: usize = 100;
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        if !steps.take() {
            break;
        }
        let is_name = |name: &&[u8]| name.iter().all(|byte| (b' '..=b'~').contains(byte));
        let name = bytes.get(at + 4..at + 8).filter(is_name);
        let (Some(length), Some(_)) = (four_be(bytes, at), name) else { break };
        let length = match length {
            // All that is left.
            0 => bytes.len(),
            // In eight bytes behind the name.
            1 => four_be(bytes, at + 12)?,
            length => length,
        };
        at = at.saturating_add(length.max(8));
        if at >= bytes.len() {
            break;
        }
    }
    (at > 0).then_some(at.min(bytes.len()))
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one picture is expected")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A directory of these entries at the eighth byte of a structure, in little-endian order.
    fn directory(entries: &[(u16, u32)]) -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0".to_vec();
        tiff.extend((entries.len() as u16).to_le_bytes());
        for (tag, value) in entries {
            tiff.extend([&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0], &value.to_le_bytes()].concat());
        }
        [tiff, vec![0; 4]].concat()
    }

    fn iso_box(name: &[u8], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes()[..], name, content].concat()
    }

    /// The smallest of each format, as far as anything looks.
    fn pictures() -> Vec<Vec<u8>> {
        let chunk = |name: &[u8], content: &[u8]| {
            [&(content.len() as u32).to_be_bytes()[..], name, content, &[0; 4]].concat()
        };
        let png = [chunk(b"IHDR", &[7; 13]), chunk(b"IDAT", b"pixels"), chunk(b"IEND", b"")].concat();
        let gif = b"GIF89a\x02\0\x02\0\x80\0\0abcdef\x21\xF9\x04....\0\x2C........\0\x02\x03abc\0\x3B";
        let bitmap = [b"BM", &[64, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0][..], &[9; 8], &[1, 0]];
        let strips = directory(&[(0x0100, 4), (0x0101, 2), (0x0111, 62), (0x0117, 6)]);
        let big_entry = |(tag, value): (u16, u64)| {
            [&tag.to_be_bytes()[..], &[0, 16, 0, 0, 0, 0, 0, 0, 0, 1], &value.to_be_bytes()].concat()
        };
        let big = [(0x0100, 4), (0x0101, 2), (0x0111, 104), (0x0117, 6)].map(big_entry).concat();
        let big = [b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x04", &big[..], b"pixels"].concat();
        let heif = [iso_box(b"ftyp", b"mif1\0\0\0\0mif1heic"), iso_box(b"mdat", b"pixels")].concat();
        let signature = iso_box(b"JXL ", b"\r\n\x87\n");
        vec![
            [b"\x89PNG\r\n\x1A\n", &png[..]].concat(),
            b"RIFF\x10\0\0\0WEBPVP8 \x04\0\0\0pixl".to_vec(),
            gif.to_vec(),
            [&bitmap.concat()[..], &[8; 36]].concat(),
            [strips, b"pixels".to_vec()].concat(),
            big,
            heif,
            [signature, iso_box(b"jxlc", b"pixels")].concat(),
        ]
    }

    #[test]
    fn each_is_known_with_its_length() {
        for picture in pictures() {
            let start = String::from_utf8_lossy(&picture[..12]).into_owned();
            assert_eq!(find(&picture), [0..picture.len()], "{start}");
            let within = [&b"notes"[..], &picture, &[1, 2, 3, 4, 5, 6, 7, 8, 9]].concat();
            assert_eq!(find(&within), [5..5 + picture.len()], "{start}");
        }
        assert_eq!(find(b"HDRP\x02sealed"), [0..11]);
    }

    #[test]
    fn what_only_begins_like_one_is_none() {
        let of_notes = directory(&[(0x0100, 4), (0x0001, 2)]);
        for bytes in [
            &of_notes[..],
            b"Made with GIF89a in mind, and then some",
            b"BMW is a maker of cars, BMX is no such thing",
            b"RIFF, as in music: WEBP is a format",
            b"\0\0\0\x14ftypisom\0\0\0\0mp42 and a video",
            b"HDRP stands for much",
        ] {
            assert_eq!(find(bytes), [], "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn starts_that_share_what_follows_them_take_no_time() {
        // Each leads to the same blocks, which lead to nothing.
        let gifs = b"GIF89a\0\0\0\0\0\0\0\x21\xF9".repeat(10_000);
        let jpegs = b"\0\xD8\xFF\xE1\0\x04".repeat(50_000);
        for bytes in [gifs, jpegs] {
            let found = find(&bytes);
            assert!(found.len() < 20, "{}", found.len());
            assert_eq!(found.last().map(|last| last.end), Some(bytes.len()));
        }
    }

    proptest! {
        #[test]
        fn no_damage_makes_it_panic(
            which in 0usize..8, at in 0usize..60, byte: u8, length in 0usize..90, front in 0usize..9,
        ) {
            let mut picture = pictures().swap_remove(which);
            if let Some(place) = picture.get_mut(at) {
                *place = byte;
            }
            picture.truncate(length);
            let bytes = [vec![0; front], picture].concat();
            for found in find(&bytes) {
                prop_assert!(found.start < found.end && found.end <= bytes.len());
            }
        }
    }
}
