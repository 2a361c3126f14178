//! Fields that are set in an IPTC block. It is UTF-8 from then on where it needs more than ASCII, as the
//! Metadata Working Group has it. No state.

use std::borrow::Cow;

use super::{ABOUT, Dataset, TAG_MARK, datasets};
use crate::metadata::field_values::FieldValues;

/// In which characters texts are written, and how UTF-8 is said there.
const CHARACTERS: (u8, u8) = (1, 90);
const UTF_8: &[u8] = b"\x1B%G";
/// Which version of the standard each record is of, and that of now.
const VERSIONS: [(u8, u8); 2] = [(1, 0), (ABOUT, 0)];
const VERSION: &[u8] = &[0, 4];
/// What is no text in the record of the photo: its version, and a caption that is a picture.
const NO_TEXTS: [u8; 2] = [0, 125];

/// The block with these fields; one is made if there is none, and something to say. What there is no room for
/// is named.
pub(crate) fn with_fields(
    block: Option<Vec<u8>>,
    set: &[FieldValues],
    warnings: &mut Vec<String>,
) -> Option<Vec<u8>> {
    let block = block.unwrap_or_default();
    let (sets, _) = datasets(&block);
    let is_utf_8 = sets.iter().any(|set| set.number == CHARACTERS && set.value == UTF_8);
    let is_set = |number| set.iter().any(|field| (ABOUT, field.info().iptc.0.0) == number);
    let kept = sets.iter().filter(|old| !is_set(old.number));
    let mut all: Vec<NewDataset<'_>> = kept.map(|old| NewDataset::of(old, is_utf_8)).collect();
    for field in set {
        for value in &field.values {
            let (number, value) = ((ABOUT, field.info().iptc.0.0), shortened(field, value, warnings));
            insert(&mut all, NewDataset { number, value: Cow::Borrowed(value.as_bytes()) });
        }
    }
    let is_of_photo = |new: &NewDataset<'_>| new.number.0 == ABOUT && new.number != VERSIONS[1];
    if !all.iter().any(is_of_photo) {
        return None;
    }
    if !all.iter().all(|new| new.number.0 != ABOUT || new.value.is_ascii()) {
        all.retain(|new| new.number != CHARACTERS);
        insert(&mut all, NewDataset { number: CHARACTERS, value: Cow::Borrowed(UTF_8) });
    }
    for number in VERSIONS {
        let has_record = all.iter().any(|new| new.number.0 == number.0);
        if has_record && !all.iter().any(|new| new.number == number) {
            insert(&mut all, NewDataset { number, value: Cow::Borrowed(VERSION) });
        }
    }
    Some(all.iter().flat_map(NewDataset::bytes).collect())
}

/// A dataset as it will be.
struct NewDataset<'a> {
    number: (u8, u8),
    value: Cow<'a, [u8]>,
}

impl<'a> NewDataset<'a> {
    /// One that stays. A text that is no UTF-8 is Latin-1, as older programs write it.
    fn of(old: &Dataset<'a>, is_utf_8: bool) -> NewDataset<'a> {
        let is_text = old.number.0 == ABOUT && !NO_TEXTS.contains(&old.number.1);
        let is_good = is_utf_8 || !is_text || str::from_utf8(old.value).is_ok();
        let value = match is_good {
            true => Cow::Borrowed(old.value),
            false => {
                Cow::Owned(old.value.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes())
            }
        };
        NewDataset { number: old.number, value }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![TAG_MARK, self.number.0, self.number.1];
        match u16::try_from(self.value.len()) {
            Ok(length) if length < 0x8000 => bytes.extend(length.to_be_bytes()),
            // The length proper follows, in four bytes.
            Ok(_) | Err(_) => {
                bytes.extend([0x80, 4]);
                bytes.extend((self.value.len() as u32).to_be_bytes());
            }
        }
        bytes.extend(self.value.iter());
        bytes
    }
}

/// Puts a dataset in front of those with higher numbers; the others stay in their order.
fn insert<'a>(all: &mut Vec<NewDataset<'a>>, new: NewDataset<'a>) {
    let place = all.iter().position(|other| other.number > new.number).unwrap_or(all.len());
    all.insert(place, new);
}

/// As much of a value as there is room for.
fn shortened<'a>(field: &FieldValues, value: &'a str, warnings: &mut Vec<String>) -> &'a str {
    let (_, bytes) = field.info().iptc;
    if value.len() > bytes {
        warnings.push(format!(
            "IPTC has {bytes} bytes for {}: it is cut there, and whole in XMP ({value})",
            field.field
        ));
    }
    value[..value.floor_char_boundary(bytes)].trim_end()
}

#[cfg(test)]
mod tests {
    use recipe::metadata::MetadataField;

    use super::*;

    fn set(field: MetadataField, text: &str) -> Vec<FieldValues> {
        vec![FieldValues::of(field, text)]
    }

    #[test]
    fn fields_take_the_place_of_those_that_there_are() {
        let (old, headline) = (b"\x1C\x02\x19\0\x03old\x1C\x02\x19\0\x04more", b"\x1C\x02\x69\0\x02Hi");
        let block = [&old[..], headline].concat();
        let mut warnings = Vec::new();
        let new = with_fields(Some(block.clone()), &set(MetadataField::Keywords, "a, b"), &mut warnings);
        let expected =
            [&b"\x1C\x02\0\0\x02\0\x04\x1C\x02\x19\0\x01a\x1C\x02\x19\0\x01b"[..], headline].concat();
        assert_eq!(new, Some(expected));
        let new = with_fields(Some(block), &set(MetadataField::Keywords, ""), &mut warnings);
        assert_eq!(new, Some([&b"\x1C\x02\0\0\x02\0\x04"[..], headline].concat()));
        let new = with_fields(Some(old.to_vec()), &set(MetadataField::Keywords, ""), &mut warnings);
        assert_eq!((new, warnings), (None, Vec::<String>::new()));
    }

    #[test]
    fn texts_become_utf_8_where_they_need_it_and_no_further() {
        let latin = b"\x1C\x01\x5A\0\x03\x1B.A\x1C\x02\0\0\x02\0\x02\x1C\x02\x5A\0\x02\xC1\xE9";
        let new = with_fields(Some(latin.to_vec()), &set(MetadataField::Credit, "Ana"), &mut Vec::new());
        let of_block = "\x1C\x01\0\0\x02\0\x04\x1C\x01\x5A\0\x03\x1B%G\x1C\x02\0\0\x02\0\x02";
        let expected = of_block.to_owned() + "\x1C\x02\x5A\0\x04Áé\x1C\x02\x6E\0\x03Ana";
        assert_eq!(new.unwrap(), expected.as_bytes());
        let new = with_fields(None, &set(MetadataField::Credit, "Ana"), &mut Vec::new());
        assert_eq!(new.unwrap(), b"\x1C\x02\0\0\x02\0\x04\x1C\x02\x6E\0\x03Ana");
    }

    #[test]
    fn what_there_is_no_room_for_is_cut_between_characters_and_named() {
        let (long, mut warnings) = ("é".repeat(17) + "x", Vec::new());
        let new = with_fields(None, &set(MetadataField::City, &long), &mut warnings).unwrap();
        assert!(new.ends_with(("Z\0 ".to_owned() + &"é".repeat(16)).as_bytes()));
        assert!(warnings[0].starts_with("IPTC has 32 bytes for city: it is cut there"), "{warnings:?}");
    }

    #[test]
    fn a_long_value_has_a_long_length() {
        let long = vec![b'x'; 40_000];
        let block = [&b"\x1C\x02\x77\x80\x04\0\0\x9C\x40"[..], &long].concat();
        let new = with_fields(Some(block.clone()), &set(MetadataField::Credit, ""), &mut Vec::new());
        assert_eq!(new.unwrap(), [&b"\x1C\x02\0\0\x02\0\x04"[..], &block].concat());
    }
}
