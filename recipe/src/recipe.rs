//! Recipes: an ordered list of filters with the output settings, in a TOML file.
//!
//! ```toml
//! [[filter]]
//! name = "resize"
//! width = 1200
//!
//! [[filter]]
//! name = "sepia"
//!
//! [output]
//! format = "jpeg"
//! quality = 85
//! ```

mod output;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::filter::{Arg, Filter, Scalar};
pub use output::{DPI, MIN_MAX_BYTES, Output, QUALITY, SettingError, output_format, output_formats};

/// Filters with the output settings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Recipe {
    /// Applied in this order.
    pub filters: Vec<Filter>,
    /// How the result is encoded.
    pub output: Output,
}

/// A mistake in a recipe, and where it stands. Displayed as `line:column: what`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct RecipeError {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// A mistake, before its place is turned into line and column.
struct PlacedMistake(Range<usize>, String);

type TomlEntry<'a> = (Spanned<std::borrow::Cow<'a, str>>, Spanned<DeValue<'a>>);

impl Recipe {
    /// Reads a recipe.
    pub fn parse(text: &str) -> Result<Recipe, RecipeError> {
        read(text).map_err(|PlacedMistake(at, message)| {
            let start = text.floor_char_boundary(at.start.min(text.len()));
            let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
            RecipeError {
                line: text[..start].matches('\n').count() + 1,
                column: text[line_start..start].chars().count() + 1,
                message,
            }
        })
    }

    /// Writes the recipe so that [`Recipe::parse`] reads the same one. Parameters that have no value are left
    /// out.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for filter in &self.filters {
            text += &format!("[[filter]]\nname = \"{}\"\n", filter.info().name);
            for (param, value) in filter.values() {
                text += &entry(param.name, &value);
            }
            text.push('\n');
        }
        text.push_str("[output]\n");
        self.output.values().iter().fold(text, |text, (name, value)| text + &entry(name, value))
    }
}

/// A line of TOML.
fn entry(key: &str, value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => format!("{key} = {}\n", quote(text)),
        Scalar::Number(_) | Scalar::Whole(_) | Scalar::Switch(_) => format!("{key} = {value}\n"),
    }
}

/// A TOML basic string.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted += &format!("\\U{:08X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

fn read(text: &str) -> Result<Recipe, PlacedMistake> {
    let document = DeTable::parse(text)
        .map_err(|error| PlacedMistake(error.span().unwrap_or(0..0), error.message().trim().to_owned()))?;
    let mut recipe = Recipe::default();
    for (key, value) in document.into_inner() {
        match key.get_ref().as_ref() {
            "filter" => recipe.filters = read_filters(value)?,
            "output" => recipe.output = read_output(value)?,
            other => {
                return Err(PlacedMistake(
                    key.span(),
                    format!("expected [[filter]] or [output], got {other}"),
                ));
            }
        }
    }
    Ok(recipe)
}

fn read_filters(value: Spanned<DeValue<'_>>) -> Result<Vec<Filter>, PlacedMistake> {
    let span = value.span();
    let DeValue::Array(entries) = value.into_inner() else {
        return Err(PlacedMistake(span, "filters are written as [[filter]], in double brackets".to_owned()));
    };
    entries.into_iter().map(read_filter).collect()
}

fn read_filter(entry: Spanned<DeValue<'_>>) -> Result<Filter, PlacedMistake> {
    let span = entry.span();
    let DeValue::Table(table) = entry.into_inner() else {
        return Err(PlacedMistake(span, "a filter is a table with a name and its parameters".to_owned()));
    };
    let (names, params): (Vec<TomlEntry<'_>>, Vec<TomlEntry<'_>>) =
        table.into_iter().partition(|(key, _)| key.get_ref().as_ref() == "name");
    let Some((_, name)) = names.into_iter().next() else {
        return Err(PlacedMistake(span, "the filter has no name".to_owned()));
    };
    let args = params
        .into_iter()
        .map(|(key, value)| {
            let at = value.span();
            Ok(Arg { key: Some(key.get_ref().to_string()), value: scalar(value)?, at })
        })
        .collect::<Result<Vec<_>, PlacedMistake>>()?;
    let at = name.span();
    Filter::build(&scalar(name)?, at.clone(), &args)
        .map_err(|error| PlacedMistake(error.at.clone(), error.to_string()))
}

fn read_output(value: Spanned<DeValue<'_>>) -> Result<Output, PlacedMistake> {
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        return Err(PlacedMistake(span, "the output settings are written as [output]".to_owned()));
    };
    let mut output = Output::default();
    for (key, value) in table {
        let (of_key, of_value) = (key.span(), value.span());
        let set = output.set(key.get_ref().as_ref(), &scalar(value)?);
        set.map_err(|error| {
            let at = match error {
                SettingError::Unknown { .. } => of_key,
                SettingError::BadValue { .. } => of_value,
            };
            PlacedMistake(at, error.to_string())
        })?;
    }
    Ok(output)
}

/// The text of a string, number or boolean, as it would stand on the command line.
fn scalar(value: Spanned<DeValue<'_>>) -> Result<String, PlacedMistake> {
    let span = value.span();
    match value.into_inner() {
        DeValue::String(text) => Ok(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(|number| number.to_string())
            .map_err(|_| PlacedMistake(span, "the number is too large".to_owned())),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Ok(truth.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            Err(PlacedMistake(span, "expected a text, a number, true or false".to_owned()))
        }
    }
}

impl fmt::Display for Recipe {
    /// The filters in one line, as they would be given with `-f`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, filter) in self.filters.iter().enumerate() {
            if index > 0 {
                f.write_str(" → ")?;
            }
            write!(f, "{filter}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Color;
    use crate::format::{Format, RawPolicy};
    use proptest::prelude::*;

    #[test]
    fn a_recipe_reads_back_as_it_was_written() {
        let recipe = Recipe {
            filters: ["resize:width=1200,kernel=mitchell", "sepia=0.5", "watermark=A \"b\"\\\tc\u{7f}é"]
                .map(|spec| spec.parse().unwrap())
                .to_vec(),
            output: Output {
                format: Some(Format::Webp),
                quality: 3,
                max_bytes: Some(500_000),
                raw: RawPolicy::Embedded,
                background: Color([1, 2, 3]),
                dpi: Some(300),
                ..Output::default()
            },
        };
        assert_eq!(Recipe::parse(&recipe.to_toml()), Ok(recipe));
    }

    /// As it was written for an earlier release (commit 115e345).
    #[test]
    fn a_recipe_for_an_earlier_release_means_the_same() {
        let recipe = Recipe::parse(include_str!("recipe/recorded.toml")).unwrap();
        let filters = [
            "resize:long_edge=2048,kernel=mitchell",
            "levels:black=0.05,gamma=1.1",
            "watermark:text=\"© Ana, \\\"Luis\\\"\",opacity=0.5,anchor=top-left,color=#102030",
            "crop=16:9",
        ];
        assert_eq!(recipe.filters, filters.map(|spec| spec.parse().unwrap()));
        let values = recipe.output.values().into_iter().map(|(name, value)| format!("{name}={value}"));
        let written: Vec<String> = values.collect();
        let expected = "format=jpeg quality=82 max_bytes=500000 subsampling=444 color=srgb \
                        metadata=copyright raw=embedded";
        let missing = expected.split(' ').find(|value| !written.iter().any(|written| written == value));
        assert_eq!(missing, None, "{written:?}");
    }

    #[test]
    fn mistakes_say_where_they_are() {
        let error = |text: &str| Recipe::parse(text).unwrap_err().to_string();
        assert_eq!(
            error("[[filter]]\nname = \"blur\"\nradius = 900\n"),
            "3:10: blur: radius must be 0–250, got 900"
        );
        assert!(
            error("[[filter]]\nname = \"blurr\"\n")
                .starts_with("2:8: there is no filter \"blurr\"; did you mean")
        );
        assert!(
            error("[output]\nqualty = 9\n")
                .starts_with("2:1: output: there is no setting \"qualty\"; did you mean")
        );
        assert!(error("[output]\nquality = 0\n").starts_with("2:11: output: quality must be"));
        assert!(
            error("[output]\nmax_bytes = 9\n")
                .starts_with("2:13: output: max_bytes must be a whole number from")
        );
        assert!(error("[output\n").starts_with("1:"));
        assert!(error("[[filter]]\nradius = 3\n").contains("has no name"));
    }

    #[test]
    fn numbers_may_be_written_in_any_toml_way() {
        let recipe = Recipe::parse("[[filter]]\nname = \"posterize\"\nbits = 0x4\n").unwrap();
        assert_eq!(recipe.to_string(), "posterize:bits=4");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "([\\[\\]a-z=\"\n .0-9é]|filter|name|output)*") {
            let _ = Recipe::parse(&text);
        }
    }
}
