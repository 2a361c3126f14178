//! Values of EXIF that are said to be mere bytes, and hold numbers or texts in the byte order of the block
//! nevertheless: where a block is written in the other order, they have to be turned around. CIPA DC-008
//! (EXIF 2.32), 4.6.5 to 4.6.8. No state.

use std::cmp::Reverse;
use std::collections::HashSet;

use exif::Tag;

/// How many bytes each of the parts has that follow one another in a value; the last goes on to its end.
type Parts = &'static [(usize, usize)];

/// Texts that say in front in which letters they are.
const TEXTS: [Tag; 3] = [Tag::UserComment, Tag::GPSProcessingMethod, Tag::GPSAreaInformation];
/// What is in front of letters of two bytes.
const WIDE: &[u8] = b"UNICODE\0";
/// Numbers, each as its width and how many there are of it.
const NUMBERS: [(Tag, Parts); 3] = [
    // A pattern's edges, and its colours.
    (Tag::CFAPattern, &[(2, 2)]),
    // Edges, and texts.
    (Tag::DeviceSettingDescription, &[(2, usize::MAX)]),
    // Seven fractions, two numbers, and further fractions.
    (Tag::SourceExposureTimesOfCompositeImage, &[(4, 14), (2, 2), (4, usize::MAX)]),
];
/// Tables: columns and rows, the names of the columns, and fractions.
const TABLES: [Tag; 2] = [Tag::OECF, Tag::SpatialFrequencyResponse];

/// Turns the value of a tag around, which is in this order.
pub(super) fn turn_around(tag: Tag, value: &mut [u8], little_endian: bool) {
    if TEXTS.contains(&tag) {
        let text = if value.starts_with(WIDE) { &mut value[WIDE.len()..] } else { return };
        if is_in_order(text, little_endian) {
            swap(text, 2);
        }
    } else if TABLES.contains(&tag) {
        turn_table(value, little_endian);
    } else if let Some((_, parts)) = NUMBERS.iter().find(|(known, _)| *known == tag) {
        let mut rest = value;
        for (width, count) in *parts {
            let (part, behind) = rest.split_at_mut(rest.len().min(width.saturating_mul(*count)));
            swap(part, *width);
            rest = behind;
        }
    }
}

/// Whether a text stands in the order of its block. Microsoft's programs write theirs in one order whatever
/// the block's is, and a mark in front says which it is: neither is turned, as readers do not go by the
/// block. The upper bytes of letters are fewer different ones, and more often zero.
fn is_in_order(text: &[u8], little_endian: bool) -> bool {
    if matches!(text, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
        return false;
    }
    let variety = |first: usize| {
        let bytes = || text.iter().skip(first).step_by(2);
        (bytes().collect::<HashSet<_>>().len(), Reverse(bytes().filter(|byte| **byte == 0).count()))
    };
    match variety(0).cmp(&variety(1)) {
        std::cmp::Ordering::Less => !little_endian,
        std::cmp::Ordering::Equal => true,
        std::cmp::Ordering::Greater => little_endian,
    }
}

fn turn_table(value: &mut [u8], little_endian: bool) {
    /// Bytes of the numbers of columns and rows.
    const EDGES: usize = 4;
    let Some(columns) = value.first_chunk().copied() else { return };
    let columns = if little_endian { u16::from_le_bytes(columns) } else { u16::from_be_bytes(columns) };
    let ends = value.iter().enumerate().skip(EDGES).filter(|(_, byte)| **byte == 0).map(|(at, _)| at + 1);
    let end = std::iter::once(EDGES).chain(ends).nth(columns.into());
    let (edges, rest) = value.split_at_mut(value.len().min(EDGES));
    swap(edges, 2);
    if let Some(fractions) = end.and_then(|end| rest.get_mut(end - EDGES..)) {
        swap(fractions, 4);
    }
}

/// Turns numbers of so many bytes around.
pub(super) fn swap(bytes: &mut [u8], width: usize) {
    bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, little_endian: bool) -> Vec<u8> {
        let bytes = |unit: u16| if little_endian { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn a_text_is_turned_unless_it_has_an_order_of_its_own() {
        let with = |text: &[u8]| [WIDE, text].concat();
        for text in ["Año en Quito", "東京タワーの前で", "x", ""] {
            for tag in TEXTS {
                for little_endian in [true, false] {
                    let mut value = with(&wide(text, little_endian));
                    turn_around(tag, &mut value, little_endian);
                    assert_eq!(value, with(&wide(text, !little_endian)), "{text} {little_endian}");
                }
            }
        }
        let marked = [&[0xFE, 0xFF][..], &wide("Quito", false)].concat();
        for text in [with(&wide("Año en Quito", true)), with(&marked), b"ASCII\0\0\0Quito".to_vec()] {
            let mut value = text.clone();
            turn_around(Tag::UserComment, &mut value, false);
            assert_eq!(value, text);
        }
    }

    #[test]
    fn numbers_within_bytes_are_turned() {
        let turned = |tag: Tag, value: &[u8]| {
            let mut there = value.to_vec();
            turn_around(tag, &mut there, false);
            let mut back = there.clone();
            turn_around(tag, &mut back, true);
            assert_eq!(back, value, "{tag}");
            there
        };
        assert_eq!(turned(Tag::CFAPattern, b"\0\x02\0\x02\0\x01\x01\x02"), b"\x02\0\x02\0\0\x01\x01\x02");
        assert_eq!(turned(Tag::DeviceSettingDescription, b"\0\x01\0\x02\0A\0B"), b"\x01\0\x02\0A\0B\0");
        let table = b"\0\x02\0\x01log\0R\0\0\0\0\x01\0\0\0\x02";
        assert_eq!(turned(Tag::OECF, table), b"\x02\0\x01\0log\0R\0\x01\0\0\0\x02\0\0\0");
        let times = [&[0, 0, 0, 1].repeat(14)[..], &[0, 1, 0, 2], &[0, 0, 0, 3].repeat(2)].concat();
        let expected = [&[1, 0, 0, 0].repeat(14)[..], &[1, 0, 2, 0], &[3, 0, 0, 0].repeat(2)].concat();
        assert_eq!(turned(Tag::SourceExposureTimesOfCompositeImage, &times), expected);
        // Others are bytes, and a table that is cut ends early.
        assert_eq!(turned(Tag::ExifVersion, b"0232"), b"0232");
        assert_eq!(turned(Tag::OECF, b"\0\x02\0\x01lo"), b"\x02\0\x01\0lo");
        assert_eq!(turned(Tag::OECF, b"\0"), b"\0");
    }
}
