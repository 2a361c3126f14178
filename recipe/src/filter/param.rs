//! Parameters: which kinds there are, which values each takes, and what is said of a wrong one.

use std::fmt;

use serde::{Serialize, Serializer};

use super::points::CurvePoints;
use super::value::{Aspect, Color, ParamValue, Place};
use super::{Arg, FilterError, FilterInfo, FilterProblem, Spanish};
use crate::template::Template;
use crate::words::nearest;

/// One parameter of a filter.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ParamInfo {
    /// As it is typed: English, lowercase.
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
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum ParamKind {
    /// A number within these bounds, both included.
    Number { min: f64, max: f64 },
    /// A whole number within these bounds, both included.
    Integer { min: u32, max: u32 },
    /// One of several words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// A text of 1 to this many characters, in which tokens may stand.
    Text(usize),
    /// A colour: `#rrggbb`, `#rgb`, or one of [`Color::NAMES`].
    Color,
    /// Proportions: `16:9`, or a number.
    Aspect,
    /// Points of a curve: `0:0 0.5:0.75 1:1`.
    Points,
    /// A place in the picture, `X:Y` in shares of its edges.
    Place,
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
            // As it is written anew.
            ParamKind::Text(longest) => text
                .parse::<Template>()
                .is_ok_and(|text| (1..=*longest).contains(&text.to_string().chars().count())),
            ParamKind::Color => Color::parse(text).is_some(),
            ParamKind::Aspect => Aspect::parse(text).is_some(),
            ParamKind::Points => CurvePoints::parse(text).is_some(),
            ParamKind::Place => Place::parse(text).is_some(),
            ParamKind::File => !text.is_empty(),
        }
    }
}

impl ParamKind {
    /// What is said of a value that the parameter cannot have.
    pub(super) fn refuse(&self, filter: &'static str, param: &'static str, got: &str) -> FilterProblem {
        if let (ParamKind::Text(_), Err(error)) = (self, got.parse::<Template>()) {
            return FilterProblem::BadText { filter, param, error };
        }
        FilterProblem::BadValue { filter, param, expected: self.to_string(), got: got.to_owned() }
    }
}

/// The values in words: what goes after "must be".
impl fmt::Display for ParamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Behind a minus, a dash reads as another one.
            ParamKind::Number { min, max } if *min < 0.0 => write!(f, "{min} to {max}"),
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
            ParamKind::Points => {
                f.write_str("2–32 points IN:OUT of 0–1 from left to right, such as 0:0 0.5:0.75 1:1")
            }
            ParamKind::Place => f.write_str("a place X:Y, each 0–1 from the top left, such as 0.1:0.05"),
            ParamKind::File => f.write_str("the path of a file"),
        }
    }
}

/// The type and the range, as fields beside a parameter's others.
impl Serialize for ParamKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "type", rename_all = "lowercase")]
        enum Shown<'a> {
            Number { min: f64, max: f64 },
            Integer { min: u32, max: u32 },
            Choice { choices: &'a [&'a str] },
            Switch,
            Text { max_length: usize },
            Color,
            Aspect,
            Points,
            Place,
            File,
        }
        let fields = match *self {
            ParamKind::Number { min, max } => Shown::Number { min, max },
            ParamKind::Integer { min, max } => Shown::Integer { min, max },
            ParamKind::Choice(choices) => Shown::Choice { choices },
            ParamKind::Switch => Shown::Switch,
            ParamKind::Text(max_length) => Shown::Text { max_length },
            ParamKind::Color => Shown::Color,
            ParamKind::Aspect => Shown::Aspect,
            ParamKind::Points => Shown::Points,
            ParamKind::Place => Shown::Place,
            ParamKind::File => Shown::File,
        };
        fields.serialize(to)
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
                | ParamKind::Aspect
                | ParamKind::Points
                | ParamKind::Place => arg.value.trim(),
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
