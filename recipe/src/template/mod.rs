//! Templates: a text with tokens in braces, such as `{date}-{index:04}`. The same language wherever one may
//! stand. Pure: what the tokens stand for is for others to say.

mod changes;
mod error;
mod placed;
mod slug;
mod tokens;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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

    /// The text, if no token stands in it.
    pub fn plain(&self) -> Option<String> {
        let plain = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => Some(text.clone()),
            TemplatePart::Token(_) => None,
        };
        self.0.iter().map(plain).collect()
    }

    /// Whether it has tokens that stand for texts, in whatever letters these may be.
    pub fn takes_texts(&self) -> bool {
        self.tokens().any(|token| matches!(token, PlacedToken::Text(..)))
    }

    /// Whether only the content of a photo says all of it.
    pub fn asks_photo(&self) -> bool {
        self.tokens().any(|token| token.info().source == TokenSource::Photo)
    }

    /// Whether its tokens make it another text for another output of the same photo.
    pub fn differs_by_output(&self) -> bool {
        self.tokens().any(|token| token.info().token.differs_by_output())
    }

    /// Whether the name of an output stands in it.
    pub fn names_output(&self) -> bool {
        self.tokens().any(|token| matches!(token, PlacedToken::Text(TextToken::Output, _)))
    }

    /// What it asks for and the photo does not say, in words.
    pub fn unsaid(&self, values: &dyn TokenValues) -> Option<String> {
        let mut unsaid: Vec<String> = self.tokens().filter_map(|token| token.unsaid(values)).collect();
        unsaid.dedup();
        Some(unsaid.join(", ")).filter(|unsaid| !unsaid.is_empty())
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

/// As it is displayed.
impl Serialize for Template {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.to_string().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
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
