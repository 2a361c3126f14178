//! What is asked of a result's metadata beside the policy, and what is said of mistakes in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::families::MetadataFamily;
use super::fields::MetadataField;
use crate::template::{PlacedToken, Template, TemplateError};
use crate::words::{Word, did_you_mean, nearest};

/// What becomes of a result's metadata once the policy has chosen, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MetadataChanges {
    /// What is left out.
    pub drop: BTreeSet<MetadataFamily>,
    /// What fields are set to; one that becomes nothing is taken out.
    pub set: BTreeMap<MetadataField, Template>,
}

/// What a field is set to, as it is typed: `artist=Ana`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldText {
    /// The field.
    pub field: MetadataField,
    /// Its text.
    pub text: Template,
}

impl MetadataChanges {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        let Self { drop, set } = self;
        drop.is_empty() && set.is_empty()
    }

    /// All of it as it is typed: the option, and its value.
    pub fn typed(&self) -> Vec<(&'static str, String)> {
        let families: Vec<&str> = self.drop.iter().map(|family| family.word()).collect();
        let drop = (!families.is_empty()).then(|| ("drop", families.join(",")));
        let set = self.set.iter().map(|(field, text)| ("set", format!("{}={text}", field.word())));
        drop.into_iter().chain(set).collect()
    }

    /// Checks that no two texts need each other: a token in one stands for what the other becomes.
    pub fn check(&self) -> Result<(), ChangeError> {
        for (index, one) in MetadataField::ALL.into_iter().enumerate() {
            for other in &MetadataField::ALL[..index] {
                if self.needs(one, *other) && self.needs(*other, one) {
                    return Err(ChangeError::Circle { one: *other, other: one });
                }
            }
        }
        Ok(())
    }

    /// Whether the text of a field needs that of another one, be it by way of others.
    fn needs(&self, field: MetadataField, other: MetadataField) -> bool {
        let (mut needed, mut next) = (BTreeSet::new(), vec![field]);
        while let Some(field) = next.pop() {
            let asked = self.set.get(&field).into_iter().flat_map(fields_in);
            // In its own text a field is that of the photo.
            next.extend(asked.filter(|asked| *asked != field && needed.insert(*asked)));
        }
        needed.contains(&other)
    }
}

/// The fields that tokens of a text stand for.
pub(crate) fn fields_in(text: &Template) -> impl Iterator<Item = MetadataField> {
    text.tokens().filter_map(|token| match token {
        PlacedToken::Text(token, _) => MetadataField::of_token(*token),
        PlacedToken::Number(..) | PlacedToken::Time(..) => None,
    })
}

impl MetadataFamily {
    /// The family of this name, in any case.
    pub fn named(name: &str) -> Result<MetadataFamily, ChangeError> {
        let word = name.trim().to_ascii_lowercase();
        word.parse().map_err(|_| ChangeError::NoFamily(name.trim().to_owned()))
    }
}

impl MetadataField {
    /// The field of this name, in any case.
    pub fn named(name: &str) -> Result<MetadataField, ChangeError> {
        let word = name.trim().to_ascii_lowercase();
        word.parse().map_err(|_| ChangeError::NoField(name.trim().to_owned()))
    }

    /// What it is set to.
    pub fn text(self, text: &str) -> Result<Template, ChangeError> {
        text.parse().map_err(|error| ChangeError::Text { field: self, error })
    }
}

impl std::str::FromStr for FieldText {
    type Err = ChangeError;

    fn from_str(typed: &str) -> Result<FieldText, ChangeError> {
        let (name, text) = typed.split_once('=').ok_or_else(|| ChangeError::NoText(typed.to_owned()))?;
        let field = MetadataField::named(name)?;
        Ok(FieldText { field, text: field.text(text)? })
    }
}

/// A mistake in what is asked of metadata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum ChangeError {
    /// There is nothing of this name that can be left out.
    #[error(
        "there is no \"{0}\" that could be left out{hint}; there are {known}",
        hint = meant(.0, MetadataFamily::WORDS, FAMILIES_ELSEWHERE),
        known = MetadataFamily::WORDS.join(", ")
    )]
    NoFamily(String),
    /// There is no field of this name.
    #[error(
        "there is no field \"{0}\"{hint}; there are {known}",
        hint = meant(.0, MetadataField::WORDS, FIELDS_ELSEWHERE),
        known = MetadataField::WORDS.join(", ")
    )]
    NoField(String),
    /// A field without a text.
    #[error("a field is set with FIELD=TEXT, as in artist=\"Ana Núñez\", got {0}")]
    NoText(String),
    /// Its text is no template.
    #[error("{field}: {error}")]
    Text { field: MetadataField, error: TemplateError },
    /// It is set in two ways.
    #[error("{0} is set twice{hint}", hint = twice(*.0))]
    Twice(MetadataField),
    /// Texts that need each other.
    #[error("{one} and {other} need each other: {{{one}}} and {{{other}}} stand for what the other becomes")]
    Circle { one: MetadataField, other: MetadataField },
}

/// What other programs call a field, and what it is called here.
const FIELDS_ELSEWHERE: &[(&str, &str)] = &[
    ("author", "artist"),
    ("by-line", "artist"),
    ("byline", "artist"),
    ("creator", "artist"),
    ("photographer", "artist"),
    ("comment", "caption"),
    ("description", "caption"),
    ("headline", "title"),
    ("name", "title"),
    ("rights", "copyright"),
    ("subject", "keywords"),
    ("tags", "keywords"),
    ("email", "contact"),
    ("url", "contact"),
    ("place", "city"),
];

/// The same of families.
const FAMILIES_ELSEWHERE: &[(&str, &str)] = &[
    ("coordinates", "gps"),
    ("geotag", "gps"),
    ("place", "location"),
    ("city", "location"),
    ("faces", "people"),
    ("persons", "people"),
    ("preview", "thumbnail"),
    ("previews", "thumbnail"),
    ("usercomment", "comments"),
];

fn meant(name: &str, words: &[&'static str], elsewhere: &[(&str, &'static str)]) -> String {
    let name = name.to_lowercase();
    let elsewhere = elsewhere.iter().find(|(other, _)| *other == name).map(|(_, here)| *here);
    did_you_mean(elsewhere.or_else(|| nearest(&name, words.iter().copied())))
}

fn twice(field: MetadataField) -> String {
    let separator = field.info().separator;
    separator.map(|separator| format!("; separate its values by \"{separator}\"")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(set: &[&str]) -> MetadataChanges {
        let texts = set.iter().map(|text| text.parse::<FieldText>().unwrap());
        let set = texts.map(|FieldText { field, text }| (field, text)).collect();
        MetadataChanges { drop: BTreeSet::new(), set }
    }

    #[test]
    fn names_are_found_or_what_there_is_is_said() {
        assert_eq!(MetadataFamily::named(" GPS"), Ok(MetadataFamily::Gps));
        let error = MetadataFamily::named("serials").unwrap_err().to_string();
        let expected =
            "there is no \"serials\" that could be left out (did you mean \"serial\"?); there are gps, ";
        assert!(error.starts_with(expected), "{error}");
        for (typed, expected) in [
            (
                "artst=Ana",
                "there is no field \"artst\" (did you mean \"artist\"?); there are artist, copyright",
            ),
            ("artist", "a field is set with FIELD=TEXT, as in artist=\"Ana Núñez\", got artist"),
            ("title={titel}", "title: there is no {titel} (did you mean {title}?); there are {dir}"),
        ] {
            let error = typed.parse::<FieldText>().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        for (typed, meant) in [
            ("Author=Ana", "artist"),
            ("description=x", "caption"),
            ("keyword=x", "keywords"),
            ("tags=x", "keywords"),
        ] {
            let error = typed.parse::<FieldText>().unwrap_err().to_string();
            assert!(error.contains(&format!("\" (did you mean \"{meant}\"?); there are")), "{error}");
        }
        let faces = MetadataFamily::named("Faces").unwrap_err().to_string();
        assert!(faces.contains("(did you mean \"people\"?)"), "{faces}");
        assert!(FIELDS_ELSEWHERE.iter().all(|(_, here)| MetadataField::named(here).is_ok()));
        assert!(FAMILIES_ELSEWHERE.iter().all(|(_, here)| MetadataFamily::named(here).is_ok()));
        assert_eq!(
            ChangeError::Twice(MetadataField::Keywords).to_string(),
            "keywords is set twice; separate its values by \",\""
        );
    }

    #[test]
    fn what_is_typed_reads_back() {
        let both = MetadataChanges {
            drop: [MetadataFamily::Serial, MetadataFamily::Gps].into(),
            ..changes(&["Copyright=© {date:%Y} {artist}", "artist=a=b {{"])
        };
        let expected =
            [("drop", "gps,serial"), ("set", "artist=a=b {{"), ("set", "copyright=© {date:%Y} {artist}")];
        assert_eq!(both.typed(), expected.map(|(option, value)| (option, value.to_owned())));
        assert!(MetadataChanges::default().typed().is_empty());
    }

    #[test]
    fn fields_that_need_each_other_are_refused() {
        for good in [
            &["artist={artist|upper}", "copyright={artist}", "title={artist}: {title}"][..],
            &["artist={title}"],
            &[],
        ] {
            assert_eq!(changes(good).check(), Ok(()), "{good:?}");
        }
        let circle = changes(&["artist={title}", "title={artist}", "caption=x"]).check().unwrap_err();
        assert_eq!(
            circle.to_string(),
            "artist and title need each other: {artist} and {title} stand for what the other becomes"
        );
    }
}
