//! Enums whose variants are words that people type. `strum` derives both directions, so each word is written
//! once, at its variant; command line, recipes, page and reports all ask here.

use std::str::FromStr;

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
