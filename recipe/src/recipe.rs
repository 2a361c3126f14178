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

use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::filter::{Arg, Filter, Scalar, nearest};
use crate::format::{ColorPolicy, FORMATS, Format, MetadataPolicy, RawPolicy, Subsampling};
use crate::words::{Word, one_of};

/// Filters with the output settings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Recipe {
    /// Applied in this order.
    pub filters: Vec<Filter>,
    /// How the result is encoded.
    pub output: Output,
}

/// How results are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The format; `None` keeps each input's own.
    pub format: Option<Format>,
    /// 1–100, for JPEG, lossy WebP and AVIF.
    pub quality: u8,
    /// The largest that a file may become, in bytes; the quality is lowered as far as that takes.
    pub max_bytes: Option<u64>,
    /// Chroma subsampling of a JPEG.
    pub subsampling: Subsampling,
    /// What is done with the embedded colour profile.
    pub color: ColorPolicy,
    /// Which metadata is carried along.
    pub metadata: MetadataPolicy,
    /// How a raw photo becomes a picture.
    pub raw: RawPolicy,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            format: None,
            quality: 85,
            max_bytes: None,
            subsampling: Subsampling::default(),
            color: ColorPolicy::default(),
            metadata: MetadataPolicy::default(),
            raw: RawPolicy::default(),
        }
    }
}

impl Output {
    /// The settings by name, in the order in which they are written.
    pub const SETTINGS: [&str; 7] =
        ["format", "quality", "max_bytes", "subsampling", "color", "metadata", "raw"];

    /// Takes a setting as it was written.
    pub fn set(&mut self, setting: &str, value: &str) -> Result<(), SettingError> {
        match setting {
            "format" => self.format = output_format(value).ok_or_else(|| bad_format(value))?,
            "quality" => self.quality = number(setting, value, 1..=100, "a whole number 1–100")?,
            "max_bytes" => {
                let expected = format!("a whole number from {MIN_MAX_BYTES}");
                self.max_bytes = Some(number(setting, value, MIN_MAX_BYTES..=u64::MAX, &expected)?);
            }
            "subsampling" => self.subsampling = word(setting, value)?,
            "color" => self.color = word(setting, value)?,
            "metadata" => self.metadata = word(setting, value)?,
            "raw" => self.raw = word(setting, value)?,
            other => return Err(SettingError::Unknown { setting: other.to_owned() }),
        }
        Ok(())
    }

    /// Every setting that has a value: what [`Output::set`] makes the same of, once displayed.
    pub fn values(&self) -> Vec<(&'static str, Scalar)> {
        let Output { format, quality, max_bytes, subsampling, color, metadata, raw } = *self;
        let text = |word: &str| Some(Scalar::Text(word.to_owned()));
        let values = [
            text(format.map_or(KEEP, |format| format.info().name)),
            Some(Scalar::from(u32::from(quality))),
            max_bytes.map(|bytes| Scalar::Whole(i64::try_from(bytes).unwrap_or(i64::MAX))),
            text(subsampling.word()),
            text(color.word()),
            text(metadata.word()),
            text(raw.word()),
        ];
        Output::SETTINGS.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// Why [`Output::max_bytes`] contradicts the format, in words that follow the setting's name; `None` if
    /// it does not.
    pub fn contradiction(&self) -> Option<String> {
        let format = self.format.filter(|format| self.max_bytes.is_some() && !format.info().has_quality)?;
        Some(format!(
            "goes with jpeg, webp and avif: a {format} file loses nothing, so its size cannot be chosen"
        ))
    }
}

/// A mistake in an output setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no such setting.
    #[error(
        "output: there is no setting \"{setting}\"{}; it has {}",
        meant(.setting),
        Output::SETTINGS.join(", ")
    )]
    Unknown {
        /// The name as written.
        setting: String,
    },
    /// A value that it cannot have.
    #[error("output: {setting} must be {expected}, got {got}")]
    BadValue {
        /// The setting.
        setting: String,
        /// The values it can have.
        expected: String,
        /// The value as written.
        got: String,
    },
}

fn meant(setting: &str) -> String {
    let near = nearest(setting, Output::SETTINGS.into_iter());
    near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default()
}

fn bad(setting: &str, expected: &str, got: &str) -> SettingError {
    SettingError::BadValue { setting: setting.to_owned(), expected: expected.to_owned(), got: got.to_owned() }
}

fn bad_format(got: &str) -> SettingError {
    bad("format", &one_of(&output_formats()), got)
}

fn word<T: Word>(setting: &str, value: &str) -> Result<T, SettingError> {
    value.parse().map_err(|_| bad(setting, &one_of(T::WORDS), value))
}

fn number<T: FromStr + PartialOrd>(
    setting: &str,
    value: &str,
    range: RangeInclusive<T>,
    expected: &str,
) -> Result<T, SettingError> {
    let number = value.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| bad(setting, expected, value))
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

/// The least that [`Output::max_bytes`] may be: below, headers and colour profile alone take the room.
pub const MIN_MAX_BYTES: u64 = 1024;

/// The word for the format that each input has itself.
const KEEP: &str = "keep";

/// The words of an output format: `keep` and every format that can be written.
pub fn output_formats() -> Vec<&'static str> {
    let formats = FORMATS.iter().filter(|info| info.encodes).map(|info| info.name);
    std::iter::once(KEEP).chain(formats).collect()
}

/// The output format of that word, or of an extension such as `jpg`, in any case; `Some(None)` for `keep`.
pub fn output_format(word: &str) -> Option<Option<Format>> {
    if word.eq_ignore_ascii_case(KEEP) {
        return Some(None);
    }
    let of_name = FORMATS.iter().find(|info| info.name.eq_ignore_ascii_case(word)).map(|info| info.format);
    of_name.or_else(|| Format::from_extension(word)).filter(|format| format.info().encodes).map(Some)
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
                ..Output::default()
            },
        };
        assert_eq!(Recipe::parse(&recipe.to_toml()), Ok(recipe));
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
