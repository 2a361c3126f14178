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
//!
//! Several outputs are written as `[[output]]`, each with a `name`, `[[output.filter]]`s of its own and
//! settings. What `[metadata]` says holds for every output that says nothing of its metadata.

mod metadata;
mod not_toml;
mod output;
mod outputs;
mod part;
mod setting_kind;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::filter::{Arg, Filter, Scalar};
use crate::metadata::fields_in;
use crate::template::Template;
use crate::words::{did_you_mean_this, nearest};
use metadata::{MetadataSetting, metadata_tables, read_metadata};
use output::no_setting;
pub use output::{
    Contradiction, DPI, MIN_MAX_BYTES, Output, QUALITY, RAW_EXPOSURE, SettingError, TARGET_QUALITY,
    format_word, output_format, output_formats,
};
pub use outputs::{Outputs, OutputsError, RecipeOutput};
pub use part::RecipePart;
pub use setting_kind::SettingKind;

/// Filters with the outputs that are made.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Recipe {
    /// What the recipe is called.
    pub name: Option<String>,
    /// What it is for, in a sentence.
    pub description: Option<String>,
    /// Applied in this order, before those of the outputs.
    pub filters: Vec<Filter>,
    /// What becomes of each photo.
    pub outputs: Outputs,
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

impl PlacedMistake {
    fn in_text(self, text: &str) -> RecipeError {
        let PlacedMistake(at, message) = self;
        let start = text.floor_char_boundary(at.start.min(text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        RecipeError {
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            message,
        }
    }
}

/// Editors on Windows begin a text with a byte order mark, which is in no column.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

type TomlEntry<'a> = (Spanned<std::borrow::Cow<'a, str>>, Spanned<DeValue<'a>>);

impl Recipe {
    /// Reads a recipe.
    pub fn parse(text: &str) -> Result<Recipe, RecipeError> {
        let text = without_mark(text);
        read(text).map_err(|mistake| mistake.in_text(text))
    }

    /// With one output, which has these settings.
    pub fn new(filters: Vec<Filter>, settings: Output) -> Recipe {
        let first = RecipeOutput { settings, ..RecipeOutput::default() };
        Recipe { filters, outputs: Outputs { first, others: Vec::new() }, ..Recipe::default() }
    }

    /// Every filter, those that all outputs share first, then those of each output.
    pub fn all_filters(&self) -> impl Iterator<Item = &Filter> {
        self.filters.iter().chain(self.outputs.iter().flat_map(|output| &output.filters))
    }

    /// As [`Recipe::all_filters`], to be changed.
    pub fn all_filters_mut(&mut self) -> impl Iterator<Item = &mut Filter> {
        let own = self.outputs.iter_mut().flat_map(|output| &mut output.filters);
        self.filters.iter_mut().chain(own)
    }

    /// Every text with tokens: those of filters, and those that metadata is set to.
    pub fn texts(&self) -> impl Iterator<Item = &Template> {
        let set = self.outputs.iter().flat_map(|output| output.changes.set.values());
        self.all_filters().flat_map(Filter::texts).chain(set)
    }

    /// Whether a text is another one for another output of the same photo.
    pub fn differs_by_output(&self, text: &Template) -> bool {
        let is_set = |field| self.outputs.iter().any(|output| output.changes.set.contains_key(&field));
        text.differs_by_output() || self.outputs.count() > 1 && fields_in(text).any(is_set)
    }

    /// The filters that one of its outputs goes through, in order.
    pub fn filters_of<'a>(&'a self, output: &'a RecipeOutput) -> impl Iterator<Item = &'a Filter> {
        self.filters.iter().chain(&output.filters)
    }

    /// Writes the recipe so that [`Recipe::parse`] reads the same one. Parameters that have no value are left
    /// out.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let words = [("name", &self.name), ("description", &self.description)];
        let words = words.into_iter().filter_map(|(key, word)| Some((key, word.as_deref()?)));
        words.for_each(|(key, word)| text += &entry(key, &Scalar::Text(word.to_owned())));
        if !text.is_empty() {
            text.push('\n');
        }
        for filter in &self.filters {
            text += &(filter_table("filter", filter) + "\n");
        }
        let is_list = self.outputs.count() > 1;
        let outputs = self.outputs.iter().map(|output| output_table(output, is_list));
        text + &outputs.collect::<Vec<_>>().join("\n")
    }
}

fn filter_table(key: &str, filter: &Filter) -> String {
    let values = filter.values().into_iter().map(|(param, value)| entry(param.name, &value));
    format!("[[{key}]]\nname = \"{}\"\n{}", filter.info().name, values.collect::<String>())
}

fn output_table(output: &RecipeOutput, is_list: bool) -> String {
    let words = [("name", &output.name), ("path", &output.path)];
    let words = words.into_iter().filter_map(|(key, word)| Some((key, Scalar::Text(word.clone()?))));
    let has_table = !output.changes.is_empty();
    let settings = output.settings.values().into_iter();
    let settings = settings.filter(|(name, _)| !(has_table && *name == "metadata"));
    let values: String = words.chain(settings).map(|(name, value)| entry(name, &value)).collect();
    let filters =
        output.filters.iter().map(|filter| "\n".to_owned() + &filter_table("output.filter", filter));
    let head = if is_list { "[[output]]" } else { "[output]" };
    format!("{head}\n{values}{}{}", metadata_tables(output), filters.collect::<String>())
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
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        let message = not_toml::what_is_wrong(text, &at, error.message());
        PlacedMistake(at, message)
    })?;
    let mut recipe = Recipe::default();
    let (metadata, entries): (Vec<TomlEntry<'_>>, Vec<TomlEntry<'_>>) =
        document.into_inner().into_iter().partition(|(key, _)| key.get_ref().as_ref() == "metadata");
    let metadata = metadata.into_iter().next().map(|(_, value)| read_metadata(value));
    let metadata = metadata.transpose()?.unwrap_or_default();
    metadata.clone().put_into(&mut recipe.outputs.first);
    for (key, value) in entries {
        match key.get_ref().as_ref() {
            "name" => recipe.name = Some(scalar(value)?),
            "description" => recipe.description = Some(scalar(value)?),
            "filter" => recipe.filters = read_filters(value)?,
            "output" => recipe.outputs = read_outputs(value, &metadata)?,
            other => {
                let known = "name, description, metadata, [[filter]], [output] or [[output]]";
                let message = format!("expected {known}, got {other}{}", key_meant(other));
                return Err(PlacedMistake(key.span(), message));
            }
        }
    }
    Ok(recipe)
}

/// What was probably meant by a key at the top, as it is written; that of something in an output is told with
/// its place.
fn key_meant(key: &str) -> String {
    let tables = [("filter", "[[filter]]"), ("output", "[output]"), ("metadata", "[metadata]")];
    let words = ["name", "description"].into_iter().chain(tables.map(|(key, _)| key));
    let near = nearest(key, words).map(|near| {
        let table = tables.into_iter().find(|(key, _)| *key == near);
        table.map_or(near, |(_, table)| table).to_owned()
    });
    let of_output = || OUTPUT_KEYS.into_iter().chain(Output::SETTINGS);
    let in_output = || nearest(key, of_output()).map(|near| format!("{near} in [output]"));
    did_you_mean_this(near.or_else(in_output))
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

/// `[output]` is the only one, `[[output]]` one of a list. `metadata` is what holds unless they say more.
fn read_outputs(value: Spanned<DeValue<'_>>, metadata: &MetadataSetting) -> Result<Outputs, PlacedMistake> {
    let span = value.span();
    let entries: Vec<Spanned<DeValue<'_>>> = match value.into_inner() {
        DeValue::Array(entries) => entries.into_iter().collect(),
        only @ (DeValue::Table(_)
        | DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)) => vec![Spanned::new(span.clone(), only)],
    };
    let spans: Vec<Range<usize>> = entries.iter().map(Spanned::span).collect();
    let read = |entry| read_output(entry, metadata.clone());
    let outputs = entries.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Outputs::together(outputs).map_err(|(index, error)| {
        PlacedMistake(spans.get(index).unwrap_or(&span).clone(), format!("output: {error}"))
    })
}

/// What an output has beside its settings.
const OUTPUT_KEYS: [&str; 3] = ["name", "path", "filter"];

fn read_output(
    value: Spanned<DeValue<'_>>,
    metadata: MetadataSetting,
) -> Result<RecipeOutput, PlacedMistake> {
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        return Err(PlacedMistake(span, "output settings are written as [output] or [[output]]".to_owned()));
    };
    let mut output = RecipeOutput::default();
    metadata.put_into(&mut output);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "name" => output.name = Some(scalar(value)?),
            "path" => output.path = Some(read_path(value)?),
            "filter" => output.filters = read_filters(value)?,
            "metadata" => read_metadata(value)?.put_into(&mut output),
            setting => {
                let (of_key, of_value) = (key.span(), value.span());
                output.settings.set(setting, &scalar(value)?).map_err(|error| match error {
                    SettingError::Unknown { setting } => {
                        PlacedMistake(of_key, no_setting(&setting, &OUTPUT_KEYS))
                    }
                    SettingError::BadValue { .. } => PlacedMistake(of_value, error.to_string()),
                })?;
            }
        }
    }
    Ok(output)
}

/// A template of names; what an output's names may be is looked at once its format is known.
fn read_path(value: Spanned<DeValue<'_>>) -> Result<String, PlacedMistake> {
    let span = value.span();
    let text = scalar(value)?;
    match text.parse::<Template>() {
        Ok(_) => Ok(text),
        Err(error) => Err(PlacedMistake(span, format!("output: path: {error}"))),
    }
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
mod tests;
