//! What can be wrong with a template, in words.

use super::changes::TextChange;
use super::tokens::{TOKENS, Token, all_tokens};
use crate::words::{Word, did_you_mean_this, nearest};

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A word in braces that means nothing.
    #[error("there is no {{{0}}}{hint}; there are {known}", hint = hint(.0), known = all_tokens())]
    Unknown(String),
    /// What follows a token's name is not for it.
    #[error("{{{text}}}: {rule}", rule = rule(*.token))]
    Format {
        /// The token.
        token: Token,
        /// What stands in the braces.
        text: String,
    },
    /// Nothing that can be done to a text.
    #[error("there is no |{0}{hint}; there are {known}", hint = hint_of_change(.0), known = changes())]
    Change(String),
    /// A brace without its partner.
    #[error("a brace is not closed; {{{{ and }}}} are braces as they stand")]
    Unclosed,
}

fn hint(name: &str) -> String {
    let near = nearest(name, TOKENS.iter().map(|info| info.name));
    did_you_mean_this(near.map(|name| format!("{{{name}}}")))
}

fn hint_of_change(name: &str) -> String {
    let near = nearest(name, TextChange::WORDS.iter().copied());
    did_you_mean_this(near.map(|name| format!("|{name}")))
}

/// What may follow the name of a token.
fn rule(token: Token) -> String {
    let name = token.info().name;
    match token {
        Token::Text(_) => format!("{{{name}}} is a text: only {} may follow", changes()),
        Token::Number(_) => {
            format!("{{{name}}} is a number: only its digits may follow, as in {{{name}:04}}")
        }
        Token::Time(_) => {
            format!(
                "{{{name}}} takes a format of strftime for local time, such as {{{name}:%Y-%m-%d_%H%M%S}}"
            )
        }
    }
}

fn changes() -> String {
    TextChange::WORDS.iter().map(|word| format!("|{word}")).collect::<Vec<_>>().join(", ")
}
