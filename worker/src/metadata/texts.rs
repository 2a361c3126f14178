//! Comments and the texts of PNGs: what has a field in EXIF goes there where the result is no PNG, the rest
//! becomes comments of a JPEG. No state.

use recipe::Format;
use recipe::format::TextPlace;

use super::field_values::FieldValues;
use super::{Described, exif, ownership, pictures};
use crate::image::{Metadata, NamedText};

/// Keywords of PNG (third edition, 11.3.3.1), and those that programs have in their place, with the tags of
/// EXIF that mean the same.
const FIELDS: [(&str, u16); 8] = [
    ("Author", exif::ARTIST),
    ("Artist", exif::ARTIST),
    ("Creator", exif::ARTIST),
    ("Copyright", exif::COPYRIGHT),
    ("Description", 0x010E),
    ("Software", 0x0131),
    ("Make", 0x010F),
    ("Model", 0x0110),
];
/// Keywords of ImageMagick's copies of what is elsewhere, and of what thumbnails say of the photo they
/// were made of.
const COPIES: [&str; 7] = ["date:", "exif:", "icc:", "jpeg:", "png:", "tiff:", "Thumb::"];

/// The texts that say whose the photo is. A comment counts if it says so.
pub(super) fn copyright(texts: Vec<NamedText>) -> Vec<NamedText> {
    let speaks_of_it = |text: &NamedText| {
        let words = String::from_utf8_lossy(&text.text).to_lowercase();
        ["copyright", "©", "(c)"].iter().any(|word| words.contains(word))
    };
    let is_kept = |text: &NamedText| {
        ownership::is_text(&text.key) || text.key == NamedText::COMMENT && speaks_of_it(text)
    };
    texts.into_iter().filter(is_kept).collect()
}

/// Those that go along: after an edit none that holds a picture.
pub(super) fn carried(
    mut texts: Vec<NamedText>,
    described: &Described,
    warnings: &mut Vec<String>,
) -> Vec<NamedText> {
    if described.edited {
        let contents: Vec<&[u8]> = texts.iter().map(|text| text.text.as_slice()).collect();
        let mut shows = pictures::are_in_each(&contents).into_iter();
        let before = texts.len();
        texts.retain(|_| shows.next() != Some(true));
        if texts.len() < before {
            warnings.push(pictures::IN_TEXTS.to_owned());
        }
    }
    texts
}

/// Those that are no comments in a file of this format.
pub(super) fn without_comments(mut texts: Vec<NamedText>, format: Format) -> Vec<NamedText> {
    let has_names = format.info().written.is_some_and(|written| written.texts == TextPlace::Named);
    let is_none =
        |text: &NamedText| text.key != NamedText::COMMENT && (has_names || field(&text.key).is_some());
    texts.retain(is_none);
    texts
}

/// Takes out those that say what is set.
pub(super) fn drop_fields(texts: &mut Vec<NamedText>, set: &[FieldValues]) {
    let keywords: Vec<&str> = set.iter().flat_map(|field| field.info().repeated.texts).copied().collect();
    texts.retain(|text| !keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(&text.key)));
}

/// The tag of EXIF that means what a keyword does; programs differ in how they write these.
fn field(key: &str) -> Option<u16> {
    FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, tag)| *tag)
}

/// Puts the texts where a file of this format has a place for them.
pub(super) fn place(metadata: &mut Metadata, format: Format, warnings: &mut Vec<String>) {
    metadata.texts.retain(|text| !COPIES.iter().any(|prefix| text.key.starts_with(prefix)));
    let place = format.info().written.map_or(TextPlace::Nowhere, |written| written.texts);
    if place == TextPlace::Named {
        return;
    }
    let texts = std::mem::take(&mut metadata.texts);
    metadata.texts = into_exif(&mut metadata.exif, texts);
    if place == TextPlace::Nowhere && !metadata.texts.is_empty() {
        let mut keys: Vec<&str> = metadata.texts.iter().map(|text| text.key.as_str()).collect();
        keys.dedup();
        warnings.push(format!(
            "files of this format have no place for comments, which were left out ({})",
            keys.join(", ")
        ));
        metadata.texts.clear();
    }
}

/// Puts texts into EXIF as far as it has a field for them that is free; returns the others.
fn into_exif(block: &mut Option<Vec<u8>>, texts: Vec<NamedText>) -> Vec<NamedText> {
    let tag = |text: &NamedText| field(&text.key);
    let (named, mut rest): (Vec<NamedText>, Vec<NamedText>) =
        texts.into_iter().partition(|text| tag(text).is_some());
    let fields: Vec<(u16, &[u8])> =
        named.iter().filter_map(|text| Some((tag(text)?, text.text.as_slice()))).collect();
    if fields.is_empty() {
        return rest;
    }
    let homeless = exif::add_texts(block, &fields);
    let named = named.into_iter().enumerate();
    rest.extend(named.filter(|(place, _)| homeless.contains(place)).map(|(_, text)| text));
    rest
}

#[cfg(test)]
mod tests {
    use super::super::pictures::testing::{base64, small_picture};
    use super::super::tests::described;
    use super::*;

    fn text(key: &str, text: &str) -> NamedText {
        NamedText { key: key.to_owned(), text: text.as_bytes().to_vec() }
    }

    #[test]
    fn texts_go_into_exif_or_become_comments() {
        let texts = vec![
            text("Author", "Ana"),
            text("Title", "Lima"),
            text("exif:Model", "K"),
            text("Copyright", "© Ana"),
        ];
        let mut metadata = Metadata { texts: texts.clone(), ..Metadata::default() };
        place(&mut metadata, Format::Jpeg, &mut Vec::new());
        assert_eq!(metadata.texts, [text("Title", "Lima")]);
        let exif = metadata.exif.unwrap();
        for (tag, value) in [(0x013B, "Ana\0"), (0x8298, "© Ana\0")] {
            assert_eq!(exif::tiff_block(&exif, tag).as_deref(), Some(value.as_bytes()));
        }
        // A field that is taken by another text is left alone.
        let other = vec![text("Author", "Eva"), text("Copyright", "© Ana")];
        let mut metadata = Metadata { texts: other, exif: Some(exif), ..Metadata::default() };
        place(&mut metadata, Format::Jpeg, &mut Vec::new());
        assert_eq!(metadata.texts, [text("Author", "Eva")]);
        let mut warnings = Vec::new();
        place(&mut metadata, Format::Webp, &mut warnings);
        assert_eq!((metadata.texts, warnings.len()), (vec![], 1));
        let mut metadata = Metadata { texts: texts.clone(), ..Metadata::default() };
        place(&mut metadata, Format::Png, &mut Vec::new());
        assert_eq!((metadata.texts.len(), metadata.exif), (3, None));
    }

    #[test]
    fn of_texts_for_one_field_those_that_lack_a_place_are_named() {
        let texts = vec![
            text("Copyright", "© Ana"),
            text("copyright", "lower case"),
            text("COPYRIGHT", "© Ana"),
            text("Author", "Ana"),
        ];
        let mut metadata = Metadata { texts, ..Metadata::default() };
        let mut warnings = Vec::new();
        place(&mut metadata, Format::Webp, &mut warnings);
        let exif = metadata.exif.unwrap();
        assert_eq!(exif::tiff_block(&exif, exif::COPYRIGHT).as_deref(), Some("© Ana\0".as_bytes()));
        assert_eq!(
            warnings,
            ["files of this format have no place for comments, which were left out (copyright)"]
        );
    }

    #[test]
    fn a_colon_in_a_key_is_no_reason_to_lose_a_text() {
        let texts = vec![text("dc:rights", "Ana"), text("Invoice: no", "7"), text("Thumb::URI", "x")];
        let mut metadata = Metadata { texts: texts.clone(), ..Metadata::default() };
        place(&mut metadata, Format::Png, &mut Vec::new());
        assert_eq!(metadata.texts, texts[..2]);
    }

    #[test]
    fn a_text_that_holds_a_picture_does_not_outlive_an_edit() {
        let picture = small_picture(&[b'x'; 50]);
        let (head, tail) = picture.split_at(30);
        let comment =
            |content: &[u8]| NamedText { key: NamedText::COMMENT.to_owned(), text: content.to_vec() };
        let texts = vec![
            text("Title", "Lima"),
            comment(head),
            comment(tail),
            text("preview", &base64(&picture)),
            text("Author", "Ana"),
        ];
        let mut warnings = Vec::new();
        let untouched = Described { edited: false, ..described() };
        assert_eq!(carried(texts.clone(), &untouched, &mut warnings), texts);
        assert_eq!(carried(texts.clone(), &described(), &mut warnings), [texts[0].clone(), texts[4].clone()]);
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn of_two_texts_for_one_field_none_is_lost() {
        let texts = vec![text("Author", "Ana"), text("creator", "Eva")];
        let mut metadata = Metadata { texts, ..Metadata::default() };
        place(&mut metadata, Format::Jpeg, &mut Vec::new());
        assert_eq!(exif::tiff_block(&metadata.exif.unwrap(), exif::ARTIST).as_deref(), Some(&b"Ana\0"[..]));
        assert!(metadata.texts.contains(&text("creator", "Eva")));
    }

    #[test]
    fn the_copyright_is_what_says_whose_it_is() {
        let texts = vec![
            text("Author", "Ana"),
            text("artist", "Eva"),
            text("Creator", "Ida"),
            text("dc:rights", "Ana"),
            text("Title", "Lima"),
            text(NamedText::COMMENT, "Made by gd"),
            text(NamedText::COMMENT, "(C) Ana"),
        ];
        let kept = [&texts[..4], &texts[6..]].concat();
        assert_eq!(copyright(texts), kept);
    }
}
