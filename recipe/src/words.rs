//! Enums whose variants are words that people type. `strum` derives both directions, so each word is written
//! once, at its variant; command line, recipes, page and reports all ask here.

use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use strum::VariantNames;

/// Makes such enums: `Type { Variant = "word", … }`, each with its docs.
macro_rules! words {
    ($($(#[$doc:meta])* $type:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)?
    })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
        pub enum $type { $($(#[$variant_doc])* #[strum(serialize = $word)] $variant),+ }

        impl $crate::words::Word for $type {}
    )+};
}

/// A choice between words.
pub trait Word: Copy + FromStr + Into<&'static str> + VariantNames {
    /// Every word, in the order of the variants.
    const WORDS: &'static [&'static str] = Self::VARIANTS;

    /// The word for this choice.
    fn word(self) -> &'static str {
        self.into()
    }
}

/// What goes after "must be" where a word is expected: `one of error, skip`.
pub fn one_of(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}

/// Reads the word of `field`, which may be left out: for `#[serde(deserialize_with = …)]`.
pub fn optional_word<'de, T, D>(field: &str, source: D) -> Result<Option<T>, D::Error>
where
    T: Word,
    D: Deserializer<'de>,
{
    let Some(text) = Option::<String>::deserialize(source)? else { return Ok(None) };
    let wrong = |_| D::Error::custom(format!("{field} must be {}, got {text}", one_of(T::WORDS)));
    text.parse().map(Some).map_err(wrong)
}
