//! What can be done to a text that stands in a template. Pure.

use super::slug::slug;

words! {
    /// What can be done to a text.
    pub TextChange {
        /// Only lower-case ASCII letters, digits and hyphens.
        Slug = "slug",
        /// Small letters.
        Lower = "lower",
        /// Capitals.
        Upper = "upper",
    }
}

impl TextChange {
    /// A text after all of these.
    pub fn all(changes: &[TextChange], text: &str) -> String {
        changes.iter().fold(text.to_owned(), |text, change| change.made(&text))
    }

    fn made(self, text: &str) -> String {
        match self {
            TextChange::Slug => slug(text),
            TextChange::Lower => text.to_lowercase(),
            TextChange::Upper => text.to_uppercase(),
        }
    }
}
