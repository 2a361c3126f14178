//! IPTC (IIM): finding the block among Photoshop's image resources, wrapping it as one, and reducing it to
//! the copyright.
//!
//! The structure of datasets is that of IPTC's Information Interchange Model 4.2, the numbers of resources
//! are Adobe's. No state.

/// The image resource that holds IPTC.
const RESOURCE: u16 = 0x0404;
/// What every dataset begins with.
const TAG_MARK: u8 = 0x1C;

/// How Photoshop, the first of them, and the programs before and beside it sign their resources.
const SIGNATURES: [&[u8; 4]; 5] = [b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR"];

/// The block among these resources, if it is there; the parts of one that is in several pieces, joined.
pub(crate) fn from_resources(mut resources: &[u8]) -> Option<Vec<u8>> {
    let mut block = Vec::new();
    while let Some((key, data, rest)) = first_resource(resources) {
        if key == (SIGNATURES[0], RESOURCE) {
            block.extend(data);
        }
        resources = rest;
    }
    (!block.is_empty()).then_some(block)
}

/// What a resource is: its signature and its number.
type Key = (&'static [u8; 4], u16);

/// The first resource: what it is, its data, and what follows it.
fn first_resource(resources: &[u8]) -> Option<(Key, &[u8], &[u8])> {
    let (signature, rest) = resources.split_first_chunk::<4>()?;
    let signature = SIGNATURES.into_iter().find(|known| *known == signature)?;
    let id = u16::from_be_bytes(*rest.first_chunk()?);
    // A name with its length in front, and then the data, are each padded to an even number of bytes.
    let name = (1 + usize::from(*rest.get(2)?)).next_multiple_of(2);
    let (length, rest) = rest.get(2 + name..)?.split_first_chunk()?;
    let length = u32::from_be_bytes(*length) as usize;
    let data = rest.get(..length)?;
    // The last one may lack its padding.
    let rest = rest.get(length.checked_next_multiple_of(2)?..).unwrap_or_default();
    Some(((signature, id), data, rest))
}

/// The block as the only one of Photoshop's image resources.
pub(crate) fn to_resources(block: &[u8]) -> Vec<u8> {
    let length = (block.len() as u32).to_be_bytes();
    let mut resources = [b"8BIM", &RESOURCE.to_be_bytes()[..], &[0, 0], &length, block].concat();
    resources.resize(resources.len() + block.len() % 2, 0);
    resources
}

/// The datasets that say who made the photo and whose it is, with the one that says in which characters;
/// `None` if there are none.
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
        // The highest bit says that the length proper follows, in so many bytes: more than 32 KiB, which is
        // no text.
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

/// A text chunk's content: keyword, NUL, and then a name, the number of bytes and the bytes in hexadecimal
/// digits, as ImageMagick has it and ExifTool reads it. There is no other place for IPTC in a PNG.
pub(crate) fn to_png_text(block: &[u8]) -> Vec<u8> {
    const LINE: usize = 36;
    let resources = to_resources(block);
    let mut text = format!("Raw profile type iptc\0\niptc\n{:8}", resources.len());
    for line in resources.chunks(LINE) {
        text.push('\n');
        text.extend(line.iter().map(|byte| format!("{byte:02x}")));
    }
    text.push('\n');
    text.into_bytes()
}

/// The IPTC block in such a text, without the keyword.
pub(crate) fn from_png_text(text: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(text).ok()?;
    let (_, rest) = text.trim_start().split_once('\n')?;
    let (length, digits) = rest.trim_start().split_once('\n')?;
    let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(pair).collect();
    let bytes = bytes.filter(|bytes| length.trim().parse() == Ok(bytes.len()))?;
    // Some writers leave Photoshop's wrapping out.
    from_resources(&bytes).or_else(|| bytes.starts_with(&[0x1C]).then_some(bytes))
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
    fn a_block_is_found_behind_foreign_resources_and_put_together() {
        let foreign = b"MeSa\x04\x04\0\0\0\0\0\x03xyz\0";
        let parts = [&foreign[..], &to_resources(b"odd"), foreign, &to_resources(b"even")].concat();
        assert_eq!(from_resources(&parts), Some(b"oddeven".to_vec()));
        assert_eq!(from_resources(&[b"none", &parts[..]].concat()), None);
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

    #[test]
    fn a_block_is_read_from_its_png_text_with_and_without_wrapping() {
        let block: Vec<u8> = (0..99).map(|i| 0x1C ^ i).collect();
        let text = to_png_text(&block);
        let (_, text) = text.split_at(b"Raw profile type iptc\0".len());
        assert_eq!(from_png_text(text), Some(block));
        assert_eq!(from_png_text(b"\niptc\n       3\n1c0250\n"), Some(vec![0x1C, 2, 0x50]));
        for broken in [&b"\niptc\n       4\n1c0250\n"[..], b"\niptc\n 3\n1c02zz", b"", b"\xFF", b"\n\n\n"] {
            assert_eq!(from_png_text(broken), None);
        }
    }
}
