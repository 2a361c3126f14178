//! Directories that have a tag twice: the first entry counts, for us and in what we hand on.

use super::*;

/// A directory at byte 8 of these entries, in this order, with the values behind it.
fn block(entries: &[TestEntry<'_>]) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08".to_vec();
    block.extend((entries.len() as u16).to_be_bytes());
    let mut at = 8 + 2 + 12 * entries.len() + 4;
    let mut values = Vec::new();
    for (tag, kind, value) in entries {
        let count = (value.len() / if *kind == 3 { 2 } else { 1 }) as u32;
        block.extend([&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes()].concat());
        if value.len() > 4 {
            block.extend((at as u32).to_be_bytes());
            values.extend_from_slice(value);
            at += value.len();
        } else {
            block.extend([value, &[0; 4][value.len()..]].concat());
        }
    }
    [block, vec![0; 4], values].concat()
}

const TURNED: TestEntry<'_> = (0x0112, 3, &[0, 6]);
const UPRIGHT: TestEntry<'_> = (0x0112, 3, &[0, 1]);

#[test]
fn the_first_of_two_orientations_counts_and_none_is_left_behind() {
    for (entries, expected) in [
        ([TURNED, UPRIGHT], Orientation::Rotate90),
        ([UPRIGHT, TURNED], Orientation::NoTransforms),
        ([TURNED, TURNED], Orientation::Rotate90),
    ] {
        let doubled = block(&[(0x010F, 2, b"Kamera\0"), entries[0], entries[1]]);
        assert_eq!(read(&doubled).orientation, Some(expected));
        let (kept, warnings) = kept(doubled);
        let kept = kept.unwrap();
        // Not even as a number that nothing leads to.
        assert!(!holds(&kept, &[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]));
        assert_eq!(read(&kept).orientation, Some(Orientation::NoTransforms));
        assert_eq!(u16::from_be_bytes([kept[8], kept[9]]), 2, "entries");
        assert_eq!(warnings.len(), usize::from(entries[0] != entries[1]));
    }
}

#[test]
fn of_two_of_any_other_the_first_stays() {
    let doubled = block(&[(0x013B, 2, b"Ana Luisa\0"), (0x013B, 2, b"Somebody else\0"), (0x8298, 2, b"A\0")]);
    assert_eq!(read(&doubled).artist.as_deref(), Some("Ana Luisa"));
    let owned = copyright(&doubled).unwrap();
    let (kept, warnings) = kept(doubled.clone());
    let kept = kept.unwrap();
    for block in [&kept, &owned] {
        assert!(holds(block, b"Ana Luisa") && !holds(block, b"Somebody"));
        assert_eq!(tiff_block(block, 0x8298).as_deref(), Some(&b"A\0"[..]));
    }
    assert_eq!(warnings, ["of entries that the EXIF block has twice, only the first were kept"]);
    let texts: Vec<u16> = tiff_tags(&doubled).texts.iter().map(|field| field.tag).collect();
    assert_eq!(texts, [0x013B, 0x8298]);
}

#[test]
fn a_broken_first_one_does_not_count() {
    let mut doubled = block(&[(0x013B, 2, b"Ana Luisa\0"), (0x013B, 2, b"Eva\0")]);
    doubled[8 + 2 + 8..8 + 2 + 12].copy_from_slice(&[0, 9, 0, 0]);
    assert_eq!(read(&kept(doubled).0.unwrap()).artist.as_deref(), Some("Eva"));
}
