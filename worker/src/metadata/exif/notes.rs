//! The notes of makers, as far as they speak of previews: which tags do differs with every maker, but all
//! have directories as TIFF has, and say in one tag where a preview is and in the next how long, or have it
//! as the value of one. No state.

use std::ops::Range;

use super::structure::{ENTRY, Tiff, width};

const BYTE: u16 = 1;
const LONG: u16 = 4;
/// A tag that means nothing to any maker.
const NOTHING: u16 = 0xFFFF;
/// Entries of a directory; makers write about a hundred.
const MAX_ENTRIES: usize = 500;
/// Entries that are taken out; makers write one or two previews.
const MAX_FOUND: usize = 64;
/// So many bytes may be said to belong to an image that do not: padding, or what a maker has in front.
const PADDING: usize = 64;
/// The lengths of previews, as EXIF has it for thumbnails, and Olympus and Minolta for their own.
const LENGTHS: [u16; 2] = [0x0202, 0x0089];
/// What Canon says of a preview behind the photo, which is never taken along: six numbers, or some more.
const CANON: u16 = 0x00B6;
/// The tags that a directory has which is about a small picture and nothing else.
const OF_SMALL_PICTURE: Range<u16> = 0x00FE..0x0214;

/// Which previews there were.
#[derive(Debug, Default)]
pub(super) struct Previews {
    /// The lengths of those that are there no more.
    pub(super) gone: Vec<usize>,
    /// The lengths of those that still are.
    pub(super) kept: Vec<usize>,
}

/// Takes out of notes what speaks of previews that are not there.
pub(super) fn forget(block: &mut [u8], notes: Range<usize>, previews: &Previews) {
    let mut found = 0;
    for order in Tiff::ORDERS {
        let mut at = notes.start;
        while at < notes.end && found < MAX_FOUND {
            at += 1;
            if let Some(gone) = about_preview(block, &order, at - 1, previews) {
                found += 1;
                blank(block, &order, &notes, gone);
            }
        }
    }
}

/// An entry of notes.
#[derive(Debug, Clone, Copy)]
struct NoteEntry {
    tag: u16,
    kind: u16,
    count: usize,
    value: usize,
}

fn entry(block: &[u8], order: &Tiff, at: usize) -> Option<NoteEntry> {
    let (tag, kind) = (order.u16(block, at)?, order.u16(block, at + 2)?);
    width(kind)?;
    let (count, value) = (order.u32(block, at + 4)? as usize, order.u32(block, at + 8)? as usize);
    Some(NoteEntry { tag, kind, count, value })
}

fn follows(tag: u16, other: u16) -> bool {
    other.checked_add(1) == Some(tag)
}

/// The entries that speak of a preview which is not there, if one of them stands here.
fn about_preview(block: &[u8], order: &Tiff, at: usize, previews: &Previews) -> Option<Range<usize>> {
    let near =
        |length: usize, lengths: &[usize]| lengths.iter().any(|known| known.abs_diff(length) <= PADDING);
    let this = entry(block, order, at)?;
    if matches!(this.kind, 1 | 7) {
        return (this.count > PADDING && near(this.count, &previews.gone)).then(|| at..at + ENTRY);
    }
    if this.tag == CANON && this.kind == LONG && (6..12).contains(&this.count) {
        return Some(at..at + ENTRY);
    }
    let is_number = |other: &NoteEntry| other.kind == LONG && other.count == 1;
    if !is_number(&this) || this.value == 0 {
        return None;
    }
    let before = at.checked_sub(ENTRY).and_then(|at| entry(block, order, at));
    let after =
        entry(block, order, at + ENTRY).filter(|after| is_number(after) && follows(after.tag, this.tag));
    let is_gone =
        |known: bool| near(this.value, &previews.gone) || known && !near(this.value, &previews.kept);
    // The place stands on either side.
    let (first, last) = match before.filter(|before| is_number(before) && follows(this.tag, before.tag)) {
        Some(_) if is_gone(LENGTHS.contains(&this.tag)) => (at - ENTRY, at),
        _ if after.is_some() && is_gone(false) => (at, at + ENTRY),
        _ => return None,
    };
    // The size, or whether there is one, may stand in front.
    let tag = order.u16(block, first)?;
    let size =
        first.checked_sub(ENTRY).filter(|at| entry(block, order, *at).is_some_and(|e| follows(tag, e.tag)));
    Some(size.unwrap_or(first)..last + ENTRY)
}

/// Makes entries of a directory say nothing. The others stay where they are, and the directory as long as it
/// is: readers tell from where it ends to what the places in it refer.
fn blank(block: &mut [u8], order: &Tiff, notes: &Range<usize>, gone: Range<usize>) {
    let Some((start, count)) = directory_of(block, order, notes, gone.start) else { return };
    let table = start + 2..start + 2 + ENTRY * count;
    let tags: Vec<u16> = (0..count).filter_map(|n| order.u16(block, table.start + ENTRY * n)).collect();
    let is_of_small_picture = tags.iter().all(|tag| OF_SMALL_PICTURE.contains(tag));
    let gone = if is_of_small_picture { table.clone() } else { gone };
    if gone.end > table.end {
        return;
    }
    let nothing = [&order.two(NOTHING)[..], &order.two(BYTE), &order.four(1), &[0; 4]].concat();
    for place in block.get_mut(gone).unwrap_or_default().chunks_exact_mut(ENTRY) {
        place.copy_from_slice(&nothing);
    }
}

/// Where the directory begins that has an entry here, and how many it has: there is nothing in front of it
/// that could be an entry.
fn directory_of(block: &[u8], order: &Tiff, notes: &Range<usize>, at: usize) -> Option<(usize, usize)> {
    let is_entry = |at: usize| entry(block, order, at).is_some();
    let starts = (0..MAX_ENTRIES).map_while(|n| {
        let first = at.checked_sub(ENTRY * n)?;
        (is_entry(first) && first >= notes.start + 2).then_some((n, first))
    });
    let holds = |(index, first): (usize, usize)| {
        let count = usize::from(order.u16(block, first - 2)?);
        let is_inside = count > index && count <= MAX_ENTRIES && first + ENTRY * count <= notes.end;
        let is_one = is_inside && (0..count).all(|n| is_entry(first + ENTRY * n));
        is_one.then_some((first - 2, count))
    };
    starts.filter_map(holds).last()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Entries: tag, type, count, value.
    type Entries<'a> = &'a [(u16, u16, u32, u32)];

    /// Notes with a header, a directory of these entries, and something behind it.
    fn notes(order: &Tiff, entries: Entries<'_>) -> Vec<u8> {
        let mut notes = b"MAKER\0".to_vec();
        notes.extend(order.two(entries.len() as u16));
        for (tag, kind, count, value) in entries {
            notes.extend([order.two(*tag), order.two(*kind)].concat());
            notes.extend([order.four(*count), order.four(*value)].concat());
        }
        [notes, b"values that follow without a link".to_vec()].concat()
    }

    fn forgotten(order: &Tiff, entries: Entries<'_>, previews: &Previews) -> Vec<u8> {
        let mut block = notes(order, entries);
        let (whole, length) = (0..block.len(), block.len());
        forget(&mut block, whole, previews);
        assert_eq!(block.len(), length);
        block
    }

    const MODE: (u16, u16, u32, u32) = (0x3001, 3, 1, 7);
    const NONE: (u16, u16, u32, u32) = (0xFFFF, 1, 1, 0);
    /// As Casio has it, Nikon in a directory of its own, and Olympus.
    const CASIO: Entries<'_> =
        &[(2, 3, 2, 0x0140_00F0), (3, 4, 1, 1272), (4, 4, 1, 110), (0x2000, 7, 1272, 110), MODE];
    const NIKON: Entries<'_> = &[(0x0103, 3, 1, 6), (0x0201, 4, 1, 90), (0x0202, 4, 1, 1270)];
    const OLYMPUS: Entries<'_> = &[(0x0088, 4, 1, 2684), (0x0089, 4, 1, 1272), MODE];

    #[test]
    fn what_speaks_of_a_preview_goes_with_it() {
        let gone = Previews { gone: vec![1272], kept: vec![] };
        for order in Tiff::ORDERS {
            // The directory stays as long as it is, and nothing in it moves.
            for (entries, left) in [
                (CASIO, &[NONE, NONE, NONE, NONE, MODE][..]),
                (NIKON, &[NONE, NONE, NONE]),
                (OLYMPUS, &[NONE, NONE, MODE]),
            ] {
                assert_eq!(forgotten(&order, entries, &gone), notes(&order, left));
            }
            let other = &[(3, 4, 1, 5000), (4, 4, 1, 110), MODE];
            assert_eq!(forgotten(&order, other, &gone), notes(&order, other));
        }
    }

    #[test]
    fn a_preview_that_is_there_stays_and_one_that_never_was_goes() {
        let kept = Previews { gone: vec![], kept: vec![1272] };
        let canon = (0x00B6, 4, 6, 300);
        for order in Tiff::ORDERS {
            for entries in [CASIO, NIKON, OLYMPUS] {
                assert_eq!(forgotten(&order, entries, &kept), notes(&order, entries));
            }
            let none = forgotten(&order, OLYMPUS, &Previews::default());
            assert_eq!(none, notes(&order, &[NONE, NONE, MODE]));
            assert_eq!(forgotten(&order, &[canon, MODE], &kept), notes(&order, &[NONE, MODE]));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            places in proptest::collection::vec(0usize..120, 0..9),
            byte in prop_oneof![Just(0u8), Just(4), any::<u8>()],
            start in 0usize..90,
            which in 0usize..2,
        ) {
            let mut block = notes(&Tiff::ORDERS[which], CASIO);
            for at in places {
                if let Some(place) = block.get_mut(at) {
                    *place = byte;
                }
            }
            let (before, end) = (block.clone(), block.len() - 10);
            let gone = Previews { gone: vec![1272], kept: vec![] };
            forget(&mut block, start..end, &gone);
            // Nothing outside the notes is touched.
            prop_assert_eq!(&block[..start], &before[..start]);
            prop_assert_eq!(&block[end..], &before[end..]);
        }
    }
}
