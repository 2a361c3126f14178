//! Templates: a text with tokens in braces, such as `{date}-{index:04}`. The same language wherever one may
//! stand. Pure: what the tokens stand for is for others to say.

mod changes;
mod error;
mod placed;
mod slug;
mod tokens;

use std::fmt;
use std::str::FromStr;

pub use changes::TextChange;
pub use error::TemplateError;
pub use placed::{PlacedToken, TimeFormat, TokenNumber, TokenValues};
pub use tokens::{NumberToken, TOKENS, TextToken, TimeToken, Token, TokenInfo, TokenSource, all_tokens};

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplatePart {
    /// As it stands.
    Text(String),
    /// What the photo decides.
    Token(PlacedToken),
}

/// A text with tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template(pub Vec<TemplatePart>);

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(['{', '}']) {
            let brace = if rest[before.len()..].starts_with('{') { '{' } else { '}' };
            words += before;
            if let Some(after) = after.strip_prefix(brace) {
                words.push(brace);
                rest = after;
                continue;
            }
            let inside = if brace == '{' { after.split_once('}') } else { None };
            let (inside, after) = inside.ok_or(TemplateError::Unclosed)?;
            let token = inside.parse()?;
            push_text(&mut parts, &mut words);
            parts.push(TemplatePart::Token(token));
            rest = after;
        }
        words += rest;
        push_text(&mut parts, &mut words);
        Ok(Self(parts))
    }
}

fn push_text(parts: &mut Vec<TemplatePart>, words: &mut String) {
    if !words.is_empty() {
        parts.push(TemplatePart::Text(std::mem::take(words)));
    }
}

impl Template {
    /// Its tokens, in order.
    pub fn tokens(&self) -> impl Iterator<Item = &PlacedToken> {
        self.0.iter().filter_map(|part| match part {
            TemplatePart::Token(token) => Some(token),
            TemplatePart::Text(_) => None,
        })
    }

    /// Filled in, as one text.
    pub fn fill(&self, values: &dyn TokenValues) -> String {
        let shown = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Token(token) => token.shown(values).to_string_lossy().into_owned(),
        };
        self.0.iter().map(shown).collect()
    }
}

/// As it was typed.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            TemplatePart::Text(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}")),
            TemplatePart::Token(token) => token.fmt(f),
        })
    }
}

#[cfg(test)]
mod tests;
