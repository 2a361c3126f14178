//! IPTC (IIM): what of a block goes along, and what it says. The structure of datasets is that of IPTC's
//! Information Interchange Model 4.2. No state.

use super::facts::{Facts, short, short_bytes};

/// What every dataset begins with.
const TAG_MARK: u8 = 0x1C;

/// What a block says that the rest of the program wants to know.
pub(crate) fn facts(block: &[u8]) -> Facts {
    const TITLE: (u8, u8) = (2, 5);
    const BY_LINE: (u8, u8) = (2, 80);
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
    const BY_LINE: (u8, u8) = (2, 80);
    const COPYRIGHT: (u8, u8) = (2, 116);
    let (sets, _) = datasets(block);
    let of = |wanted: &[(u8, u8)]| -> Vec<u8> {
        let chosen = sets.iter().filter(|set| wanted.contains(&set.number));
        chosen.flat_map(|set| set.bytes).copied().collect()
    };
    let kept = of(&[BY_LINE, COPYRIGHT]);
    (!kept.is_empty()).then(|| [of(&[CHARACTERS]), kept].concat())
}

/// The block without the preview that it may hold, and without what is broken at its end, which is named.
pub(crate) fn carried(block: Vec<u8>, warnings: &mut Vec<String>) -> Option<Vec<u8>> {
    // The preview's format, its version, and its data.
    let is_preview = |set: &Dataset<'_>| set.number.0 == 2 && (200..=202).contains(&set.number.1);
    let (sets, rest) = datasets(&block);
    if !rest.is_empty() {
        warnings.push("the broken end of the IPTC block was left out".to_owned());
    }
    let kept: Vec<u8> =
        sets.iter().filter(|set| !is_preview(set)).flat_map(|set| set.bytes).copied().collect();
    (!kept.is_empty()).then_some(kept)
}

/// A dataset with its number: of the record and within it.
struct Dataset<'a> {
    number: (u8, u8),
    bytes: &'a [u8],
    value: &'a [u8],
}

/// The datasets as far as they are whole, and what follows them. Blocks that were joined have noughts in
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
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_copyright_is_kept_with_its_characters_and_nothing_else() {
        let characters = b"\x1C\x01\x5A\0\x03\x1B%G";
        let (by_line, owner) = (b"\x1C\x02\x50\0\x04An\xC3\xA1", b"\x1C\x02\x74\0\x03Ana");
        let (title, city) = (b"\x1C\x02\x05\0\x05Title", b"\x1C\x02\x5A\0\x04Lima");
        let block = [&characters[..], title, by_line, city, owner].concat();
        assert_eq!(copyright(&block), Some([&characters[..], by_line, owner].concat()));
        assert_eq!(copyright(&[&characters[..], title].concat()), None);
        let cut = &block[..block.len() - 1];
        assert_eq!(copyright(cut), Some([&characters[..], by_line].concat()));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(
            prop_oneof![Just(TAG_MARK), 0u8..4, any::<u8>()], 0..60)) {
            let _ = (carried(bytes.clone(), &mut Vec::new()), copyright(&bytes), facts(&bytes));
        }
    }

    #[test]
    fn a_preview_is_taken_out_and_a_broken_end_is_named() {
        let title = b"\x1C\x02\x05\0\x05Title";
        let preview = [&b"\x1C\x02\xCA\x80\x04\0\x01\0\0"[..], &[7; 65_536]].concat();
        let mut warnings = Vec::new();
        let block = [&title[..], b"\x1C\x02\xC8\0\x02\0\x0B", &preview, b"\0", title, b"\0\0"].concat();
        assert_eq!(carried(block, &mut warnings), Some([&title[..], title].concat()));
        assert_eq!(warnings, Vec::<String>::new());
        let cut = [&title[..], &title[..9]].concat();
        assert_eq!(carried(cut, &mut warnings), Some(title.to_vec()));
        assert_eq!(carried(b"anything".to_vec(), &mut warnings), None);
        assert_eq!(warnings.len(), 2);
    }
}
