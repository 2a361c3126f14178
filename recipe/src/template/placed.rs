//! A token in its place in a template, with how it is written.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::fmt::strtime;

use super::changes::TextChange;
use super::error::TemplateError;
use super::tokens::{NumberToken, TOKENS, TextToken, TimeToken, Token, TokenInfo, TokenSource};
use crate::words::Word;

/// Most digits that a number can be filled up to.
const MAX_DIGITS: usize = 20;

/// A token with how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacedToken {
    /// With what is done to the text, in this order.
    Text(TextToken, Vec<TextChange>),
    /// With the digits that it has at least.
    Number(NumberToken, Option<usize>),
    /// With its format, which can be followed.
    Time(TimeToken, TimeFormat),
}

/// How a time is written, as strftime has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeFormat(String);

/// A number that a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenNumber {
    /// The number.
    pub value: i64,
    /// The digits that it has at least, unless the template says so.
    pub digits: usize,
}

/// What the tokens stand for, for one photo.
pub trait TokenValues {
    /// A text; nothing where there is none.
    fn text(&self, token: TextToken) -> Cow<'_, OsStr>;
    /// A number.
    fn number(&self, token: NumberToken) -> TokenNumber;
    /// When the photo was taken.
    fn taken(&self) -> DateTime;
    /// Whether that is what the photo says, and not the time of its file.
    fn says_when(&self) -> bool {
        true
    }
}

impl PlacedToken {
    /// What there is to know of the token.
    pub fn info(&self) -> &'static TokenInfo {
        match self {
            PlacedToken::Text(token, _) => token.info(),
            PlacedToken::Number(token, _) => token.info(),
            PlacedToken::Time(token, _) => token.info(),
        }
    }

    /// What a photo does not say that it stands for, in words.
    pub(super) fn unsaid(&self, values: &dyn TokenValues) -> Option<String> {
        let name = self.info().name;
        match self {
            PlacedToken::Text(token, _) => {
                let is_nothing = token.info().source == TokenSource::Photo && values.text(*token).is_empty();
                is_nothing.then(|| format!("{{{name}}} is left out"))
            }
            PlacedToken::Number(..) => None,
            PlacedToken::Time(..) => (!values.says_when()).then(|| format!("{{{name}}} is that of the file")),
        }
    }

    /// What it becomes. A text is what it is, bytes that are no characters too, unless something is done to
    /// it. Of several folders each is changed by itself.
    pub fn shown(&self, values: &dyn TokenValues) -> OsString {
        match self {
            PlacedToken::Text(token, changes) => {
                let text = values.text(*token);
                if changes.is_empty() {
                    return text.into_owned();
                }
                let text = text.to_string_lossy();
                let changed = |text: &str| TextChange::all(changes, text);
                match *token == TextToken::Dir {
                    true => text.split('/').map(changed).collect::<Vec<_>>().join("/").into(),
                    false => changed(&text).into(),
                }
            }
            PlacedToken::Number(token, digits) => {
                let TokenNumber { value, digits: usual } = values.number(*token);
                let digits = digits.unwrap_or(usual);
                format!("{value:0digits$}").into()
            }
            PlacedToken::Time(_, format) => format.shown(values.taken()).into(),
        }
    }
}

impl TimeFormat {
    /// A format that any time can be written in.
    fn new(format: &str) -> Option<Self> {
        let some_time = DateTime::constant(2024, 2, 29, 12, 30, 59, 0);
        let is_good = strtime::format(format, some_time).is_ok_and(|shown| !shown.is_empty());
        is_good.then(|| Self(format.to_owned()))
    }

    /// The time as one text.
    fn shown(&self, time: DateTime) -> String {
        written(&self.0, time)
    }

    /// The time in the parts that the format has between slashes.
    pub fn parts(&self, time: DateTime) -> impl Iterator<Item = String> {
        self.0.split('/').map(move |part| written(part, time))
    }
}

/// What was tried when the format was read.
fn written(format: &str, time: DateTime) -> String {
    strtime::format(format, time).unwrap_or_default()
}

/// What stands in the braces.
impl FromStr for PlacedToken {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut words = text.split('|');
        let head = words.next().unwrap_or_default();
        let (name, format) = head.split_once(':').map_or((head, None), |(name, format)| (name, Some(format)));
        let info = TOKENS.iter().find(|info| info.name == name);
        let token = info.ok_or_else(|| TemplateError::Unknown(name.to_owned()))?.token;
        let wrong = || TemplateError::Format { token, text: text.to_owned() };
        match token {
            Token::Text(token) if format.is_none() => {
                let change = |word: &str| word.parse().map_err(|_| TemplateError::Change(word.to_owned()));
                Ok(PlacedToken::Text(token, words.map(change).collect::<Result<_, _>>()?))
            }
            Token::Text(_) => Err(wrong()),
            Token::Number(_) | Token::Time(_) if words.next().is_some() => Err(wrong()),
            Token::Number(token) => {
                let digits =
                    |text: &str| text.parse().ok().filter(|digits| (1..=MAX_DIGITS).contains(digits));
                let digits = format.map(|format| digits(format).ok_or_else(wrong)).transpose()?;
                Ok(PlacedToken::Number(token, digits))
            }
            Token::Time(token) => {
                let format = TimeFormat::new(format.unwrap_or(token.usual_format())).ok_or_else(wrong)?;
                Ok(PlacedToken::Time(token, format))
            }
        }
    }
}

/// As it was typed.
impl fmt::Display for PlacedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}", self.info().name)?;
        match self {
            PlacedToken::Text(_, changes) => {
                changes.iter().try_for_each(|change| write!(f, "|{}", change.word()))?;
            }
            PlacedToken::Number(_, digits) => {
                digits.iter().try_for_each(|digits| write!(f, ":0{digits}"))?;
            }
            PlacedToken::Time(token, format) if format.0 == token.usual_format() => {}
            PlacedToken::Time(_, format) => write!(f, ":{}", format.0)?,
        }
        f.write_str("}")
    }
}
