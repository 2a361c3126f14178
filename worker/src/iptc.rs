//! IPTC (IIM): finding the block among Photoshop's image resources, wrapping it as one, and reducing it to the copyright.
//!
//! The structure of datasets is that of IPTC's Information Interchange Model 4.2, the numbers of resources are Adobe's. No state.

/// The image resource that holds IPTC.
const RESOURCE: u16 = 0x0404;
/// What every dataset begins with.
const TAG_MARK: u8 = 0x1C;

/// The block among these resources, if it is there.
pub(crate) fn from_resources(mut resources: &[u8]) -> Option<Vec<u8>> {
    loop {
        let rest = resources.strip_prefix(b"8BIM")?;
        let id = u16::from_be_bytes(rest.get(..2)?.try_into().ok()?);
        // A name with its length in front, and then the data, are each padded to an even number of bytes.
        let name = (1 + usize::from(*rest.get(2)?)).next_multiple_of(2);
        let rest = rest.get(2 + name..)?;
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        let rest = rest.get(4..)?;
        if id == RESOURCE {
            return rest.get(..length).map(<[u8]>::to_vec);
        }
        resources = rest.get(length.checked_next_multiple_of(2)?..)?;
    }
}

/// The block as the only one of Photoshop's image resources.
pub(crate) fn to_resources(block: &[u8]) -> Vec<u8> {
    let length = (block.len() as u32).to_be_bytes();
    let mut resources = [b"8BIM", &RESOURCE.to_be_bytes()[..], &[0, 0], &length, block].concat();
    resources.resize(resources.len() + block.len() % 2, 0);
    resources
}

/// The datasets that say who made the picture and whose it is, with the one that says in which characters; `None` if there are
/// none.
pub(crate) fn copyright(block: &[u8]) -> Option<Vec<u8>> {
    const CHARACTERS: (u8, u8) = (1, 90);
    const BY_LINE: (u8, u8) = (2, 80);
    const COPYRIGHT: (u8, u8) = (2, 116);
    let sets = datasets(block);
    let of = |wanted: &[(u8, u8)]| -> Vec<u8> {
        let chosen = sets.iter().filter(|set| wanted.contains(&set.number));
        chosen.flat_map(|set| set.bytes).copied().collect()
    };
    let kept = of(&[BY_LINE, COPYRIGHT]);
    (!kept.is_empty()).then(|| [of(&[CHARACTERS]), kept].concat())
}

/// A dataset with its number: of the record and within it.
struct Dataset<'a> {
    number: (u8, u8),
    bytes: &'a [u8],
}

/// The datasets as far as they are whole.
fn datasets(mut block: &[u8]) -> Vec<Dataset<'_>> {
    let mut sets = Vec::new();
    while let Some(([TAG_MARK, record, number, high, low], content)) = block.split_first_chunk() {
        let length = u16::from_be_bytes([*high, *low]);
        // The highest bit says that the length proper follows, in so many bytes: more than 32 KiB, which is no text.
        if length & 0x8000 != 0 {
            break;
        }
        let Some((bytes, rest)) = block.split_at_checked(block.len() - content.len() + usize::from(length))
        else {
            break;
        };
        sets.push(Dataset { number: (*record, *number), bytes });
        block = rest;
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_block_is_found_among_other_resources() {
        let other = b"8BIM\x03\xED\x03abc\0\0\0\x03xyz\0";
        for block in [&b"odd"[..], b"even"] {
            let resources = [&other[..], &to_resources(block)].concat();
            assert_eq!(from_resources(&resources), Some(block.to_vec()));
        }
        assert_eq!(from_resources(other), None);
    }

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
            let _ = (from_resources(&bytes), copyright(&bytes));
        }
    }
}
