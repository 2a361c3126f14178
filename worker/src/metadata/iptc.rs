//! IPTC (IIM): what of a block goes along, and what it says. The structure of datasets is that of IPTC's
//! Information Interchange Model 4.2. No state.

mod beside;
mod written;

use std::ops::RangeInclusive;

use recipe::metadata::IptcPlace;

use super::facts::{Facts, short, short_bytes};
use super::{ownership, pictures};
pub(super) use beside::place;
pub(crate) use written::with_fields;

/// What every dataset begins with.
const TAG_MARK: u8 = 0x1C;
/// The record of what is said about the photo, behind the one about how it is said.
const ABOUT: u8 = 2;
const BY_LINE: (u8, u8) = (ABOUT, 80);
const COPYRIGHT: (u8, u8) = (ABOUT, 116);

/// What a block says that the rest of the program wants to know.
pub(crate) fn facts(block: &[u8]) -> Facts {
    const TITLE: (u8, u8) = (2, 5);
    /// Photo Mechanic's own, `TAGGED:COLOUR:STARS:FRAME`.
    const PREFERENCES: (u8, u8) = (2, 221);
    let (sets, _) = datasets(block);
    let said = |number| sets.iter().filter(move |set| set.number == number);
    let artists: Vec<String> = said(BY_LINE).filter_map(|set| short_bytes(set.value)).collect();
    let preferences = said(PREFERENCES).find_map(|set| short_bytes(set.value));
    Facts {
        artist: short(&artists.join(", ")),
        title: said(TITLE).find_map(|set| short_bytes(set.value)),
        picked: preferences.map(|text| text.split(':').next() == Some("1")),
        ..Facts::default()
    }
}

/// The datasets that say who made the photo and whose it is, with the one that says in which characters;
/// `None` if there are none.
pub(crate) fn copyright(block: &[u8]) -> Option<Vec<u8>> {
    const CHARACTERS: (u8, u8) = (1, 90);
    let (sets, _) = datasets(block);
    let of = |is_wanted: &dyn Fn((u8, u8)) -> bool| -> Vec<u8> {
        let chosen = sets.iter().filter(|set| is_wanted(set.number));
        chosen.flat_map(|set| set.bytes).copied().collect()
    };
    let kept = of(&|(record, number)| record == ABOUT && ownership::is_iptc(number));
    (!kept.is_empty()).then(|| [of(&|number| number == CHARACTERS), kept].concat())
}

/// The block without the preview that it may hold, without whatever else shows the photo as it was before if
/// it was `edited`, and without what is broken at its end. The last two are named.
pub(crate) fn carried(block: Vec<u8>, edited: bool, warnings: &mut Vec<String>) -> Option<Vec<u8>> {
    /// The photo itself, with what says how long it is in front of it and behind it.
    const OBJECT: RangeInclusive<u8> = 7..=9;
    // The preview's format, its version, and its data.
    let is_preview = |set: &Dataset<'_>| set.number.0 == 2 && (200..=202).contains(&set.number.1);
    let (mut sets, rest) = datasets(&block);
    if !rest.is_empty() {
        warnings.push("the broken end of the IPTC block was left out".to_owned());
    }
    sets.retain(|set| !is_preview(set));
    if edited {
        let values: Vec<&[u8]> = sets.iter().map(|set| set.value).collect();
        let mut shows = pictures::are_in_each(&values).into_iter();
        let before = sets.len();
        sets.retain(|set| !(shows.next() == Some(true) || OBJECT.contains(&set.number.0)));
        if sets.len() < before {
            warnings.push(pictures::IN_IPTC.to_owned());
        }
    }
    let kept: Vec<u8> = sets.iter().flat_map(|set| set.bytes).copied().collect();
    (!kept.is_empty()).then_some(kept)
}

/// The block without what stands in these places of its second record; `None` if nothing is left.
pub(crate) fn without(block: &[u8], places: &[IptcPlace]) -> Option<Vec<u8>> {
    let is_there =
        |set: &&Dataset<'_>| set.number.0 == ABOUT && places.iter().any(|place| place.0 == set.number.1);
    let (sets, _) = datasets(block);
    let kept: Vec<u8> = sets.iter().filter(|set| !is_there(set)).flat_map(|set| set.bytes).copied().collect();
    (!kept.is_empty()).then_some(kept)
}

/// A dataset with its number: of the record and within it.
struct Dataset<'a> {
    number: (u8, u8),
    bytes: &'a [u8],
    value: &'a [u8],
}

/// The datasets as far as they are whole, and what follows them. Blocks that were joined have zeros in
/// between.
fn datasets(mut block: &[u8]) -> (Vec<Dataset<'_>>, &[u8]) {
    let mut sets = Vec::new();
    loop {
        block = &block[block.iter().take_while(|byte| **byte == 0).count()..];
        let Some((number, head, length)) = dataset(block) else { return (sets, block) };
        let Some((bytes, rest)) = block.split_at_checked(length) else { return (sets, block) };
        sets.push(Dataset { number, bytes, value: &bytes[head..] });
        block = rest;
    }
}

/// Number of the first dataset, and the lengths of its head and of the whole.
fn dataset(block: &[u8]) -> Option<((u8, u8), usize, usize)> {
    const HEAD: usize = 5;
    let &[TAG_MARK, record, number, high, low] = block.first_chunk()? else { return None };
    let length = usize::from(u16::from_be_bytes([high, low]));
    // The highest bit says that the length proper follows, in so many bytes.
    if length & 0x8000 == 0 {
        return Some(((record, number), HEAD, HEAD + length));
    }
    let digits = block.get(HEAD..HEAD + (length & 0x7FFF)).filter(|digits| digits.len() <= 4)?;
    let length = digits.iter().fold(0usize, |length, digit| length << 8 | usize::from(*digit));
    let head = HEAD + digits.len();
    Some(((record, number), head, length.checked_add(head)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use recipe::Format;

    use super::super::pictures::testing::{base64, small_picture};
    use super::*;
    use crate::image::Metadata;

    #[test]
    fn the_copyright_is_kept_with_its_characters_and_nothing_else() {
        let characters = b"\x1C\x01\x5A\0\x03\x1B%G";
        let (by_line, owner) = (b"\x1C\x02\x50\0\x04An\xC3\xA1", b"\x1C\x02\x74\0\x03Ana");
        let (title, city) = (b"\x1C\x02\x05\0\x05Title", b"\x1C\x02\x5A\0\x04Lima");
        let block = [&characters[..], title, by_line, city, owner].concat();
        assert_eq!(copyright(&block), Some([&characters[..], by_line, owner].concat()));
        for number in [85, 110, 115, 118] {
            let credit = [b"\x1C\x02", &[number][..], b"\0\x06Agency"].concat();
            assert_eq!(copyright(&[&title[..], &credit].concat()), Some(credit));
        }
        assert_eq!(copyright(&[&characters[..], title].concat()), None);
        let cut = &block[..block.len() - 1];
        assert_eq!(copyright(cut), Some([&characters[..], by_line].concat()));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(
            prop_oneof![Just(TAG_MARK), 0u8..4, any::<u8>()], 0..60)) {
            let _ = (carried(bytes.clone(), true, &mut Vec::new()), copyright(&bytes), facts(&bytes));
            let mut metadata = Metadata { iptc: Some(bytes), ..Metadata::default() };
            place(&mut metadata, Format::Webp, &mut Vec::new());
        }
    }

    #[test]
    fn a_preview_is_taken_out_and_a_broken_end_is_named() {
        let title = b"\x1C\x02\x05\0\x05Title";
        let preview = [&b"\x1C\x02\xCA\x80\x04\0\x01\0\0"[..], &[7; 65_536]].concat();
        let mut warnings = Vec::new();
        let block = [&title[..], b"\x1C\x02\xC8\0\x02\0\x0B", &preview, b"\0", title, b"\0\0"].concat();
        assert_eq!(carried(block, true, &mut warnings), Some([&title[..], title].concat()));
        assert_eq!(warnings, Vec::<String>::new());
        let cut = [&title[..], &title[..9]].concat();
        assert_eq!(carried(cut, true, &mut warnings), Some(title.to_vec()));
        assert_eq!(carried(b"anything".to_vec(), true, &mut warnings), None);
        assert_eq!(warnings.len(), 2);
    }

    #[test]
    fn the_photo_itself_and_pictures_in_any_field_do_not_outlive_an_edit() {
        let title = b"\x1C\x02\x05\0\x05Title";
        let set = |record: u8, number: u8, value: &[u8]| {
            [&[TAG_MARK, record, number], &(value.len() as u16).to_be_bytes()[..], value].concat()
        };
        let picture = small_picture(b"SECRET");
        let object =
            [set(7, 20, &[0, 0, 0, 9]), set(8, 10, b"raw pixels"), set(9, 10, &[0, 0, 0, 9])].concat();
        for shows in [object, set(2, 231, &picture), set(2, 120, base64(&picture).as_bytes())] {
            let block = [&title[..], &shows].concat();
            let mut warnings = Vec::new();
            assert_eq!(carried(block.clone(), false, &mut warnings), Some(block.clone()));
            assert_eq!(warnings, Vec::<String>::new());
            assert_eq!(carried(block, true, &mut warnings), Some(title.to_vec()));
            assert_eq!(warnings.len(), 1);
        }
    }
}
