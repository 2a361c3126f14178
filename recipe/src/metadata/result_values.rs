//! What tokens stand for in a result: what its fields are set to, else what the photo says. Pure.

use std::borrow::Cow;
use std::ffi::OsStr;

use jiff::civil::DateTime;

use super::changes::MetadataChanges;
use super::fields::MetadataField;
use crate::template::{NumberToken, TextToken, TokenNumber, TokenValues};

/// All that the tokens in texts about one result are made of; `photo` is what they are of the photo.
#[derive(Debug, Clone, Copy)]
pub struct ResultValues<'a, P> {
    photo: P,
    changes: &'a MetadataChanges,
    /// The fields whose texts are being filled in, a bit for each: in these they are those of the photo.
    inside: u32,
}

impl<'a, P: TokenValues + Copy> ResultValues<'a, P> {
    /// Of a result of this photo, whose metadata is changed like this.
    pub fn new(photo: P, changes: &'a MetadataChanges) -> Self {
        Self { photo, changes, inside: 0 }
    }

    /// As they are in the text of a field.
    pub fn inside(self, field: MetadataField) -> Self {
        Self { inside: self.inside | bit(field), ..self }
    }

    /// What a field is set to; `None` where it stays as it is, or its own text is being filled in.
    fn set(&self, field: MetadataField) -> Option<String> {
        let text = self.changes.set.get(&field).filter(|_| self.inside & bit(field) == 0)?;
        Some(field.in_one_line(&text.fill(&self.inside(field))))
    }
}

fn bit(field: MetadataField) -> u32 {
    1 << field as u32
}

impl<P: TokenValues + Copy> TokenValues for ResultValues<'_, P> {
    fn text(&self, token: TextToken) -> Cow<'_, OsStr> {
        let set = MetadataField::of_token(token).and_then(|field| self.set(field));
        set.map_or_else(|| self.photo.text(token), |text| Cow::Owned(text.into()))
    }

    fn number(&self, token: NumberToken) -> TokenNumber {
        self.photo.number(token)
    }

    fn taken(&self) -> DateTime {
        self.photo.taken()
    }

    fn says_when(&self) -> bool {
        self.photo.says_when()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::FieldText;
    use crate::template::Template;

    /// `a.jpg`, with somebody who made it and a title.
    #[derive(Clone, Copy)]
    struct SomePhoto;

    impl TokenValues for SomePhoto {
        fn text(&self, token: TextToken) -> Cow<'_, OsStr> {
            let text = match token {
                TextToken::Stem => "a",
                TextToken::Ext => "jpg",
                TextToken::Artist => "Ana",
                TextToken::Title => "Boda",
                TextToken::Dir
                | TextToken::Parent
                | TextToken::Output
                | TextToken::Camera
                | TextToken::Lens => "",
            };
            Cow::Borrowed(OsStr::new(text))
        }

        fn number(&self, _: NumberToken) -> TokenNumber {
            TokenNumber { value: 1, digits: 1 }
        }

        fn taken(&self) -> DateTime {
            DateTime::default()
        }
    }

    fn filled(set: &[&str], template: &str) -> String {
        let texts = set.iter().map(|text| text.parse::<FieldText>().unwrap());
        let set = texts.map(|FieldText { field, text }| (field, text)).collect();
        let changes = MetadataChanges { set, ..MetadataChanges::default() };
        template.parse::<Template>().unwrap().fill(&ResultValues::new(SomePhoto, &changes))
    }

    #[test]
    fn a_token_is_what_the_result_will_have_and_in_its_own_text_what_the_photo_has() {
        assert_eq!(filled(&[], "{artist} {title}"), "Ana Boda");
        assert_eq!(filled(&["artist=Eva"], "{artist} {title}"), "Eva Boda");
        assert_eq!(filled(&["artist={artist|upper} "], "© {artist}."), "© ANA.");
        assert_eq!(filled(&["artist={stem}", "title={title} by {artist}"], "{title}"), "Boda by a");
        // Such texts are refused; should they get here, they have an end.
        assert_eq!(filled(&["artist={title}", "title={artist}!"], "{artist}"), "Ana!");
        assert_eq!(filled(&["title=", "artist=Ana;Luis\n"], "<{title}> {artist}"), "<> Ana; Luis");
    }
}
