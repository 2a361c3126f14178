//! Enums whose variants are words that people type. `strum` derives both directions, so each word is written
//! once, at its variant; command line, recipes, page and reports all ask here. And what was meant by a word
//! that there is not.

use std::str::FromStr;

use strum::VariantNames;

/// Makes such enums: `pub Type { Variant = "word", … }`, each with its docs. The crate that uses it needs
/// `serde` and `strum`.
#[macro_export]
macro_rules! words {
    ($($(#[$doc:meta])* $vis:vis $type:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)?
    })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[derive(strum::Display, strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
        $vis enum $type {
            $($(#[$variant_doc])* #[strum(serialize = $word)] #[serde(rename = $word)] $variant),+
        }

        impl $crate::words::Word for $type {}

        impl $type {
            /// Every variant, in the order of the words.
            #[allow(dead_code, reason = "not every choice is gone through")]
            $vis const ALL: [$type; [$($word),+].len()] = [$($type::$variant),+];
        }
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

/// A value as it was written, in a sentence.
pub fn shown(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}

/// What follows a name that there is not: the word that was probably meant, if there is one.
pub fn did_you_mean(word: Option<&str>) -> String {
    did_you_mean_this(word.map(|word| format!("\"{word}\"")))
}

/// As [`did_you_mean`], of what has its own marks around it, such as `{stem}`.
pub fn did_you_mean_this(shown: Option<String>) -> String {
    shown.map(|shown| format!(" (did you mean {shown}?)")).unwrap_or_default()
}

/// Whether another name may have been meant: it differs in a few letters, or begins like this one. Case does
/// not count.
pub fn is_near(name: &str, other: &str) -> bool {
    let (name, other) = (name.to_lowercase(), other.to_lowercase());
    let begins_so = name.chars().count() >= 3 && other.starts_with(&name);
    begins_so || strsim::normalized_damerau_levenshtein(&name, &other) >= 0.6
}

/// The candidate nearest to `name`, if any is near enough to be what was meant.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    candidates
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, candidate)| *likeness > 0.8 && is_near(name, candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
