//! Filters: the one table that the command line, recipes, `supervisor filters`, the web form and the docs
//! are made from.
//!
//! [`table`] declares every filter once; `macros` makes of each row a typed struct, a variant of [`Filter`]
//! and a [`FilterInfo`]. [`param`] knows which values a parameter takes, [`value`] how they are read and
//! written, `points` is the curve through some, [`spec`] reads `blur:radius=5`, `shorthand` a value without a
//! name, [`geometry`] knows which size a filter makes of which, `check` which parameters contradict each
//! other.

#[macro_use]
mod macros;

mod check;
mod choices;
pub mod geometry;
pub mod param;
mod points;
mod shorthand;
pub mod spec;
mod table;
pub mod value;

use std::ops::Range;

use serde::Serialize;

use crate::template::TemplateError;
use crate::words::{did_you_mean, nearest};

pub use choices::{
    Anchor, Balance, CaptionEdge, CropAnchor, EdgeMethod, FlipDirection, Kernel, LightScale, OutputMedium,
    ResizeMode, ScaleOf, TextAlign,
};
pub use param::{ParamInfo, ParamKind};
pub use points::{CurvePoints, ToneCurve};
pub use table::*;
pub use value::{Aspect, Color, Place, Scalar};

/// What is known of a filter.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct FilterInfo {
    /// Its one English name.
    pub name: &'static str,
    /// Other names it answers to.
    pub aliases: &'static [&'static str],
    /// What it does, in a line.
    pub summary: &'static str,
    /// A specification that works, for `-f`.
    pub example: &'static str,
    /// What becomes of the frame.
    pub framing: Framing,
    /// Where its result is made.
    #[serde(skip)]
    pub memory: Storage,
    /// What becomes of the light.
    #[serde(skip)]
    pub light: Light,
    /// Title and summary in Spanish.
    pub spanish: Spanish,
    /// Its parameters; `NAME=VALUE` sets the first.
    #[serde(rename = "parameters")]
    pub params: &'static [ParamInfo],
}

/// What a filter does to the frame of a picture: the picture "before" that lies over one "after" has the
/// same frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Framing {
    /// Each pixel stays at its place.
    Kept,
    /// The size stays, the places change.
    Moved,
    /// The size changes.
    Resized,
}

/// What a filter does to the light of what it shows. An HDR gain map goes by ratios to that light, so it
/// stays true only where this is about the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// It is about what it was.
    Same,
    /// It becomes another, or hides what was there.
    Other,
}

/// Where a filter makes its result, which says how many pixels exist at once. What else a loop needs while
/// it runs, the worker knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// In the memory of its input.
    InPlace,
    /// Beside its input, at least for some kinds of pictures.
    Beside,
}

/// Texts of the table in Spanish.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spanish {
    /// What the page calls it.
    pub title: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
}

/// A parameter as somebody wrote it: a name (or none, for the first parameter) and a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// The parameter's name; `None` means the filter's first.
    pub key: Option<String>,
    /// As text, without the quotes that it was typed in.
    pub value: String,
    /// Where the value stands in the text it came from, in bytes.
    pub at: Range<usize>,
}

/// A mistake in a filter, and where it stands in the text it came from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{problem}")]
pub struct FilterError {
    /// Bytes of the text that the mistake is about.
    pub at: Range<usize>,
    /// What is wrong.
    pub problem: FilterProblem,
}

/// What can be wrong with a filter as written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum FilterProblem {
    /// No filter has that name.
    #[error(
        "there is no filter \"{name}\"{}; `supervisor filters` lists them all",
        did_you_mean(*.suggestion)
    )]
    UnknownFilter {
        /// The name as written.
        name: String,
        /// The nearest name there is.
        suggestion: Option<&'static str>,
    },
    /// The filter has no such parameter.
    #[error(
        "{filter}: there is no parameter \"{key}\"{}; it has {}",
        did_you_mean(*.suggestion),
        all_of(.known)
    )]
    UnknownParam {
        filter: &'static str,
        /// The parameter as written.
        key: String,
        /// The nearest name there is.
        suggestion: Option<&'static str>,
        /// Every name there is.
        known: Vec<&'static str>,
    },
    /// A parameter is given twice.
    #[error("{filter}: {param} is given twice")]
    Twice { filter: &'static str, param: &'static str },
    /// A value that its parameter cannot have.
    #[error("{filter}: {param} must be {expected}, got {}", crate::words::shown(.got))]
    BadValue {
        filter: &'static str,
        param: &'static str,
        /// The values it can have.
        expected: String,
        /// The value as written.
        got: String,
    },
    /// A text whose tokens are wrong.
    #[error("{filter}: {param}: {error}")]
    BadText { filter: &'static str, param: &'static str, error: TemplateError },
    /// Parameters that do not go together.
    #[error("{filter}: {reason}")]
    Combination {
        filter: &'static str,
        /// Why not.
        reason: String,
    },
    /// Not of the form `NAME`, `NAME=VALUE` or `NAME:key=value,key=value`.
    #[error("{0}")]
    Syntax(String),
}

fn all_of(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The row of the filter that answers to `name`, in any case, English or Spanish.
pub fn find(name: &str) -> Option<&'static FilterInfo> {
    let name = name.trim().to_lowercase();
    FILTERS.iter().find(|info| info.name == name || info.aliases.contains(&name.as_str()))
}

/// What other programs call a filter, and what it is called here.
const CALLED_ELSEWHERE: &[(&str, &str)] = &[
    ("autocontrast", "autolevels"),
    ("auto-contrast", "autolevels"),
    ("bw", "grayscale"),
    ("black-and-white", "grayscale"),
    ("desaturate", "grayscale"),
    ("equalize", "autolevels"),
    ("logo", "watermark"),
    ("mat", "frame"),
    ("mirror", "flip"),
    ("normalize", "autolevels"),
    ("normalise", "autolevels"),
    ("polaroid", "frame"),
    ("scale", "resize"),
    ("text", "watermark"),
    ("thumbnail", "resize"),
    ("unsharp", "sharpen"),
];

/// The name of the filter that was probably meant: a Spanish one only where no English one is near.
pub fn meant_filter(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    let elsewhere = CALLED_ELSEWHERE.iter().find(|(other, _)| *other == name).map(|(_, here)| *here);
    let english = || nearest(&name, FILTERS.iter().map(|info| info.name));
    let spanish = || nearest(&name, FILTERS.iter().flat_map(|info| info.aliases).copied());
    elsewhere.or_else(english).or_else(spanish)
}

impl Filter {
    /// Builds a filter from a name and its arguments. `at` is where the name stands in the text both came
    /// from.
    pub fn build(name: &str, at: Range<usize>, args: &[Arg]) -> Result<Filter, FilterError> {
        let Some(info) = find(name) else {
            let suggestion = meant_filter(name);
            let problem = FilterProblem::UnknownFilter { name: name.to_owned(), suggestion };
            return Err(FilterError { at, problem });
        };
        let args: Vec<Arg> = args.iter().flat_map(|arg| shorthand::written_out(info, arg)).collect();
        let values = param::Values::assign(info, &args)?;
        let filter = Filter::from_values(info.name, &values)?;
        filter.together().map_err(|problem| FilterError { at, problem })?;
        Ok(filter)
    }

    /// Whether every value is in its range and the parameters go together. A filter read from text has
    /// passed; one made in Rust has not yet.
    pub fn check(&self) -> Result<(), FilterProblem> {
        for (param, value) in self.values() {
            let text = value.to_string();
            if !param.kind.accepts(&text) {
                return Err(param.kind.refuse(self.info().name, param.name, &text));
            }
        }
        self.together()
    }

    fn together(&self) -> Result<(), FilterProblem> {
        let filter = self.info().name;
        self.check_together().map_err(|reason| FilterProblem::Combination { filter, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(spec: &str) -> String {
        spec.parse::<Filter>().unwrap_err().to_string()
    }

    #[test]
    fn mistakes_name_filter_parameter_and_range() {
        assert_eq!(message("blur:radius=900"), "blur: radius must be 0–250, got 900");
        assert_eq!(message("blur=900"), "blur: radius must be 0–250, got 900");
        assert_eq!(message("posterize=2.5"), "posterize: bits must be a whole number 1–8, got 2.5");
        assert_eq!(message("edges=prewitt"), "edges: method must be sobel or laplacian, got prewitt");
        assert_eq!(message("blur=NaN"), "blur: radius must be 0–250, got NaN");
        assert_eq!(message("exposure=11"), "exposure: ev must be -10 to 10, got 11");
    }

    #[test]
    fn a_text_takes_tokens_and_says_which_there_are() {
        let text = |spec: &str| {
            let filter: Filter = spec.parse().unwrap();
            filter.texts().next().unwrap().to_string()
        };
        assert_eq!(text("watermark=© {date:%Y} {artist|upper}"), "© {date:%Y} {artist|upper}");
        assert_eq!(text("watermark={{artist}}"), "{{artist}}");
        let error = message("watermark:text=© {artst}");
        let expected = "watermark: text: there is no {artst} (did you mean {artist}?); there are {dir}, ";
        assert!(error.starts_with(expected), "{error}");
        assert!(message("watermark:text=a {").contains("{{ and }} are braces"));
        let long = "é".repeat(200);
        assert_eq!(text(&format!("watermark={long}")), long);
        assert!(message(&format!("watermark={long}a")).contains("text must be a text of 1–200 characters"));
        assert!(message("watermark:text=").contains("1–200 characters"));
    }

    #[test]
    fn names_are_suggested_in_both_languages() {
        assert!(message("blurr=3").contains("did you mean \"blur\"?"));
        assert!(message("desenfoqe").contains("did you mean \"desenfoque\"?"));
        assert!(message("blur:raduis=3").contains("did you mean \"radius\"?"));
        assert_eq!("Desenfoque=3".parse::<Filter>(), "blur=3".parse::<Filter>());
    }

    #[test]
    fn what_is_suggested_is_what_was_meant_or_nothing() {
        for (written, meant) in [
            ("normalize", Some("autolevels")),
            ("thumbnail", Some("resize")),
            ("bw", Some("grayscale")),
            ("gray", Some("grayscale")),
            ("sharp", Some("sharpen")),
            ("Contrst", Some("contrast")),
            ("contactsheet", None),
            ("xyz", None),
        ] {
            assert_eq!(meant_filter(written), meant, "{written}");
        }
        for (_, here) in CALLED_ELSEWHERE {
            assert!(find(here).is_some(), "{here}");
        }
    }

    #[test]
    fn parameters_that_do_not_go_together_are_refused() {
        assert!(message("resize").starts_with("resize: say how large"));
        assert!(message("resize:width=3,long_edge=4").contains("exclude"));
        assert!(message("resize:width=3,mode=fill").contains("needs both"));
        assert!(message("watermark").contains("text or image"));
        assert!(message("blur:radius=1,radius=2").contains("twice"));
        assert!(message("levels:black=0.5,white=0.5").contains("less than white"));
        assert!(message("lut").contains("file"));
        assert!(message("crop").contains("aspect"));
        assert!(message("crop:aspect=1:1,width=3").contains("excludes"));
        assert!(message("pad").contains("aspect"));
        assert!(message("watermark:image=a.png,font=a.ttf").contains("font"));
        assert!(message("crop=0:3").contains("proportions"));
        assert!(message("invert=3").ends_with("it has none"));
    }

    #[test]
    fn every_example_parses_and_every_default_is_in_range() {
        for info in FILTERS {
            let filter: Filter = info.example.parse().unwrap();
            assert_eq!(filter.info().name, info.name);
            for param in info.params {
                if let Some(default) = param.default {
                    assert!(param.kind.accepts(default), "{}: {} = {default}", info.name, param.name);
                }
            }
        }
    }

    #[test]
    fn a_struct_has_the_defaults_that_help_and_text_have() {
        let resize = Resize { long_edge: Some(160), ..Resize::default() };
        assert_eq!("resize:long_edge=160".parse(), Ok(Filter::from(resize)));
        let made = [Blur::default().into(), Rotate::default().into(), Vignette::default().into()];
        assert_eq!(["blur", "rotate", "vignette"].map(|spec| spec.parse::<Filter>().unwrap()), made);
        for info in FILTERS {
            let Ok(filter) = info.name.parse::<Filter>() else { continue };
            let written: Vec<_> = filter.values().into_iter().map(|(_, value)| value.to_string()).collect();
            let defaults = info.params.iter().filter_map(|param| param.default);
            let named_colors = |text: &str| match text {
                "white" => "#ffffff".to_owned(),
                "black" => "#000000".to_owned(),
                "navy" => "#000080".to_owned(),
                other => other.to_owned(),
            };
            assert_eq!(written, defaults.map(named_colors).collect::<Vec<_>>(), "{}", info.name);
        }
    }

    #[test]
    fn a_struct_is_checked_as_its_text_would_be() {
        let check = |filter: Filter| filter.check().map_err(|problem| problem.to_string());
        assert_eq!(check(Blur { radius: 900.0, ..Blur::default() }.into()), Err(message("blur=900")));
        assert_eq!(check(Blur { radius: f32::NAN, ..Blur::default() }.into()), Err(message("blur=NaN")));
        assert_eq!(check(Resize::default().into()), Err(message("resize")));
        for info in FILTERS {
            assert_eq!(check(info.example.parse().unwrap()), Ok(()));
        }
    }

    #[test]
    fn files_are_found_wherever_they_are() {
        let files = |spec: &str| spec.parse::<Filter>().unwrap().files();
        assert_eq!(files("watermark:text=a,font=/f.ttf"), [crate::WirePath::from("/f.ttf")]);
        assert_eq!(files("lut=look.cube"), [crate::WirePath::from("look.cube")]);
        assert_eq!(files("blur"), []);
    }

    #[test]
    fn no_name_is_taken_twice() {
        let mut names: Vec<_> = FILTERS.iter().flat_map(|i| i.aliases.iter().chain([&i.name])).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
