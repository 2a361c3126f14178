//! Parameters: which types there are, how each is read from text and written back, what is said when a
//! value is wrong.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::{Arg, FilterError, FilterInfo, FilterProblem, Spanish, nearest};
use crate::path::WirePath;
use crate::words::Word;

/// One parameter of a filter.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ParamInfo {
    /// Its name.
    pub name: &'static str,
    /// Which values it takes.
    #[serde(flatten)]
    pub kind: ParamKind,
    /// The value it has when none is given, as text; `None` where it is then left out.
    pub default: Option<&'static str>,
    /// What the number counts: `px`, `bits`, `×`, or nothing.
    pub unit: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Its names in the Spanish dialect of the WebSocket, the usual one first; none where the English one
    /// serves.
    #[serde(skip)]
    pub spanish_names: &'static [&'static str],
    /// Title and summary in Spanish.
    pub spanish: Spanish,
}

/// Which values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamKind {
    /// A number.
    Number {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// A whole number.
    Integer {
        /// The least.
        min: u32,
        /// The greatest.
        max: u32,
    },
    /// One of several words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// Any text of 1 to this many characters.
    Text(usize),
    /// A colour: `#rrggbb`, `#rgb`, or one of [`Color::NAMES`].
    Color,
    /// Proportions: `16:9`, or a number.
    Aspect,
    /// A file's path.
    File,
}

impl ParamKind {
    /// Whether `text` is such a value.
    pub fn accepts(&self, text: &str) -> bool {
        match self {
            ParamKind::Number { min, max } => text.parse().is_ok_and(|v: f64| (*min..=*max).contains(&v)),
            ParamKind::Integer { min, max } => text.parse().is_ok_and(|v: u32| (*min..=*max).contains(&v)),
            ParamKind::Choice(words) => words.contains(&text),
            ParamKind::Switch => matches!(text, "true" | "false"),
            ParamKind::Text(longest) => (1..=*longest).contains(&text.chars().count()),
            ParamKind::Color => Color::parse(text).is_some(),
            ParamKind::Aspect => Aspect::parse(text).is_some(),
            ParamKind::File => !text.is_empty(),
        }
    }
}

impl ParamKind {
    /// What is said of a value that the parameter cannot have.
    pub(super) fn refuse(&self, filter: &'static str, param: &'static str, got: &str) -> FilterProblem {
        FilterProblem::BadValue { filter, param, expected: self.to_string(), got: got.to_owned() }
    }
}

/// The values in words: what goes after "must be".
impl fmt::Display for ParamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParamKind::Number { min, max } => write!(f, "{min}–{max}"),
            ParamKind::Integer { min, max } => write!(f, "a whole number {min}–{max}"),
            ParamKind::Choice(words) => match words {
                [rest @ .., last] if !rest.is_empty() => write!(f, "{} or {last}", rest.join(", ")),
                words => f.write_str(&words.concat()),
            },
            ParamKind::Switch => f.write_str("true or false"),
            ParamKind::Text(longest) => write!(f, "a text of 1–{longest} characters"),
            ParamKind::Color => {
                write!(f, "a colour (#rrggbb or {})", Color::NAMES.map(|(name, _)| name).join(", "))
            }
            ParamKind::Aspect => f.write_str("proportions such as 16:9 or 1.5, 1:100 at the narrowest"),
            ParamKind::File => f.write_str("the path of a file"),
        }
    }
}

/// The type and the range, as fields beside a parameter's others.
impl Serialize for ParamKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "type", rename_all = "lowercase")]
        enum Fields<'a> {
            Number { min: f64, max: f64 },
            Integer { min: u32, max: u32 },
            Choice { choices: &'a [&'a str] },
            Switch,
            Text { max_length: usize },
            Color,
            Aspect,
            File,
        }
        let fields = match *self {
            ParamKind::Number { min, max } => Fields::Number { min, max },
            ParamKind::Integer { min, max } => Fields::Integer { min, max },
            ParamKind::Choice(choices) => Fields::Choice { choices },
            ParamKind::Switch => Fields::Switch,
            ParamKind::Text(max_length) => Fields::Text { max_length },
            ParamKind::Color => Fields::Color,
            ParamKind::Aspect => Fields::Aspect,
            ParamKind::File => Fields::File,
        };
        fields.serialize(to)
    }
}

/// A value as TOML and JSON tell them apart. Displayed as it would be typed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A text or a word.
    Text(String),
    /// A number that is not whole.
    Number(f64),
    /// A whole number.
    Whole(i64),
    /// `true` or `false`.
    Switch(bool),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Text(text) => f.write_str(text),
            Scalar::Number(number) => number.fmt(f),
            Scalar::Whole(number) => number.fmt(f),
            Scalar::Switch(truth) => truth.fmt(f),
        }
    }
}

/// Every whole number up to here is exact in an `f32`, and has no other way of being written.
const LARGEST_WHOLE: f32 = (1 << 24) as f32;

impl From<f32> for Scalar {
    fn from(number: f32) -> Self {
        match number.fract() == 0.0 && number.abs() <= LARGEST_WHOLE {
            true => Scalar::Whole(number as i64),
            // By way of its digits: 0.05 stays 0.05, and does not become 0.0500000007.
            false => Scalar::Number(number.to_string().parse().unwrap_or(number.into())),
        }
    }
}

impl From<u32> for Scalar {
    fn from(number: u32) -> Self {
        Scalar::Whole(number.into())
    }
}

impl From<bool> for Scalar {
    fn from(truth: bool) -> Self {
        Scalar::Switch(truth)
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Scalar::Text(text)
    }
}

/// A Rust type that a parameter can have.
pub trait ParamValue: Sized {
    /// The value of a text that [`ParamKind::accepts`]; `None` for a text is a mistake in the table.
    fn read(text: &str) -> Option<Self>;
    /// What [`ParamValue::read`] makes the same value of, once displayed; `None` where it is left out.
    fn write(&self) -> Option<Scalar>;
    /// The path, if the value is one.
    fn file_mut(&mut self) -> Option<&mut WirePath> {
        None
    }
}

macro_rules! plain_value {
    ($($type:ty),+) => {$(
        impl ParamValue for $type {
            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
            fn write(&self) -> Option<Scalar> {
                Some(self.clone().into())
            }
        }
    )+};
}
plain_value!(f32, u32, bool, String);

impl<T: Word> ParamValue for T {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.word().to_owned().into())
    }
}

impl ParamValue for WirePath {
    fn read(text: &str) -> Option<Self> {
        Some(WirePath::from(text))
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.0.to_string_lossy().into_owned().into())
    }
    fn file_mut(&mut self) -> Option<&mut WirePath> {
        Some(self)
    }
}

impl ParamValue for Aspect {
    fn read(text: &str) -> Option<Self> {
        Aspect::parse(text)
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.to_string().into())
    }
}

impl ParamValue for Color {
    fn read(text: &str) -> Option<Self> {
        Color::parse(text)
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.to_string().into())
    }
}

impl<T: ParamValue> ParamValue for Option<T> {
    fn read(text: &str) -> Option<Self> {
        T::read(text).map(Some)
    }
    fn write(&self) -> Option<Scalar> {
        self.as_ref().and_then(T::write)
    }
    fn file_mut(&mut self) -> Option<&mut WirePath> {
        self.as_mut().and_then(T::file_mut)
    }
}

/// Proportions of a picture: width to height, each above 0, neither more than a hundred times the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Aspect {
    /// The share of the width.
    pub width: f64,
    /// The share of the height.
    pub height: f64,
}

impl Aspect {
    fn parse(text: &str) -> Option<Aspect> {
        let (width, height) = text.split_once(':').unwrap_or((text, "1"));
        let (width, height) = (width.trim().parse().ok()?, height.trim().parse().ok()?);
        let aspect = Aspect { width, height };
        let sensible = width > 0.0 && height > 0.0 && (0.01..=100.0).contains(&aspect.ratio());
        sensible.then_some(aspect)
    }

    /// Width divided by height.
    pub fn ratio(self) -> f64 {
        self.width / self.height
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.width, self.height)
    }
}

/// An opaque sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Color(pub [u8; 3]);

impl Color {
    /// The colours that have a name.
    pub const NAMES: [(&'static str, [u8; 3]); 6] = [
        ("white", [255, 255, 255]),
        ("black", [0, 0, 0]),
        ("gray", [128, 128, 128]),
        ("red", [255, 0, 0]),
        ("green", [0, 128, 0]),
        ("blue", [0, 0, 255]),
    ];

    /// White.
    pub const WHITE: Color = Color(Color::NAMES[0].1);
    /// Black.
    pub const BLACK: Color = Color(Color::NAMES[1].1);

    /// Its name, if it has one: the text of a default in the table.
    pub(super) const fn default_text(self) -> Option<&'static str> {
        let mut index = 0;
        while index < Color::NAMES.len() {
            let (name, [r, g, b]) = Color::NAMES[index];
            if r == self.0[0] && g == self.0[1] && b == self.0[2] {
                return Some(name);
            }
            index += 1;
        }
        None
    }

    fn parse(text: &str) -> Option<Color> {
        if let Some((_, rgb)) = Color::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Some(Color(*rgb));
        }
        let digits: Vec<u8> = text
            .strip_prefix('#')?
            .chars()
            .map(|c| c.to_digit(16).map(|d| d as u8))
            .collect::<Option<_>>()?;
        match digits[..] {
            [r, g, b] => Some(Color([r * 17, g * 17, b * 17])),
            [r1, r0, g1, g0, b1, b0] => Some(Color([r1 << 4 | r0, g1 << 4 | g0, b1 << 4 | b0])),
            _ => None,
        }
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

/// Arguments, each matched with its parameter and found acceptable.
pub(super) struct Values {
    filter: &'static FilterInfo,
    texts: Vec<Option<String>>,
}

impl Values {
    pub(super) fn assign(filter: &'static FilterInfo, args: &[Arg]) -> Result<Values, FilterError> {
        let mut texts: Vec<Option<String>> = vec![None; filter.params.len()];
        for arg in args {
            let fail = |problem| Err(FilterError { at: arg.at.clone(), problem });
            let index = match &arg.key {
                None => Some(0),
                Some(key) => {
                    filter.params.iter().position(|param| param.name.eq_ignore_ascii_case(key.trim()))
                }
            };
            let Some((index, param)) = index.and_then(|index| Some((index, filter.params.get(index)?)))
            else {
                let known: Vec<_> = filter.params.iter().map(|param| param.name).collect();
                let key = arg.key.clone().unwrap_or_default();
                let suggestion = nearest(&key, known.iter().copied());
                return fail(FilterProblem::UnknownParam { filter: filter.name, key, suggestion, known });
            };
            if texts[index].is_some() {
                return fail(FilterProblem::Twice { filter: filter.name, param: param.name });
            }
            // Only a text may begin or end with a space on purpose.
            let value = match param.kind {
                ParamKind::Text(_) | ParamKind::File => arg.value.as_str(),
                ParamKind::Number { .. }
                | ParamKind::Integer { .. }
                | ParamKind::Choice(_)
                | ParamKind::Switch
                | ParamKind::Color
                | ParamKind::Aspect => arg.value.trim(),
            };
            if !param.kind.accepts(value) {
                return fail(param.kind.refuse(filter.name, param.name, value));
            }
            texts[index] = Some(value.to_owned());
        }
        Ok(Values { filter, texts })
    }

    /// The value given for the parameter at `index`, or `default`.
    pub(super) fn take<T: ParamValue>(&self, index: usize, default: T) -> Result<T, FilterError> {
        let Some(text) = self.texts[index].as_deref() else { return Ok(default) };
        let param = &self.filter.params[index];
        let problem = || param.kind.refuse(self.filter.name, param.name, text);
        T::read(text).ok_or_else(|| FilterError { at: 0..0, problem: problem() })
    }
}
