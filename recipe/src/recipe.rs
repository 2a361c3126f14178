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
use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::filter::{Arg, Filter, ParamKind, nearest};
use crate::format::{ColorPolicy, FORMATS, Format, MetadataPolicy, RawPolicy, Subsampling};

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
    /// What contradicts itself in these settings, in words for the user; `None` if nothing does.
    pub fn contradiction(&self) -> Option<String> {
        let format = self.format.filter(|format| self.max_bytes.is_some() && !format.info().has_quality)?;
        Some(format!(
            "--max-bytes goes with jpeg, webp and avif: a {format} file loses nothing, so its size cannot be chosen"
        ))
    }
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
struct Mistake(Range<usize>, String);

type TomlEntry<'a> = (Spanned<std::borrow::Cow<'a, str>>, Spanned<DeValue<'a>>);

impl Recipe {
    /// Reads a recipe.
    pub fn parse(text: &str) -> Result<Recipe, RecipeError> {
        read(text).map_err(|Mistake(at, message)| {
            let start = text.floor_char_boundary(at.start.min(text.len()));
            let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
            RecipeError {
                line: text[..start].matches('\n').count() + 1,
                column: text[line_start..start].chars().count() + 1,
                message,
            }
        })
    }

    /// Writes the recipe so that [`Recipe::parse`] reads the same one. Parameters that have no value are left out.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for filter in &self.filters {
            text += &format!("[[filter]]\nname = \"{}\"\n", filter.info().name);
            for (param, value) in filter.values() {
                let value = match param.kind {
                    ParamKind::Number { .. } | ParamKind::Integer { .. } | ParamKind::Switch => value,
                    ParamKind::Choice(_)
                    | ParamKind::Text(_)
                    | ParamKind::Color
                    | ParamKind::Aspect
                    | ParamKind::File => quote(&value),
                };
                text += &format!("{} = {value}\n", param.name);
            }
            text.push('\n');
        }
        let Output { format, quality, max_bytes, subsampling, color, metadata, raw } = self.output;
        let format = format.map_or("keep", |format| format.info().name);
        let max_bytes = max_bytes.map(|bytes| format!("max_bytes = {bytes}\n")).unwrap_or_default();
        text += &format!(
            "[output]\nformat = \"{format}\"\nquality = {quality}\n{max_bytes}subsampling = \"{}\"\ncolor = \"{}\"\nmetadata = \"{}\"\nraw = \"{}\"\n",
            word(SUBSAMPLINGS, subsampling),
            word(COLORS, color),
            word(METADATA, metadata),
            word(RAWS, raw),
        );
        text
    }
}

/// The least that [`Output::max_bytes`] may be: below, headers and colour profile alone take the room.
pub const MIN_MAX_BYTES: u64 = 1024;

/// The words of [`Subsampling`].
pub const SUBSAMPLINGS: &[(&str, Subsampling)] =
    &[("444", Subsampling::S444), ("422", Subsampling::S422), ("420", Subsampling::S420)];
/// The words of [`ColorPolicy`].
pub const COLORS: &[(&str, ColorPolicy)] = &[("srgb", ColorPolicy::Srgb), ("keep", ColorPolicy::Keep)];
/// The words of [`MetadataPolicy`].
pub const METADATA: &[(&str, MetadataPolicy)] = &[
    ("keep", MetadataPolicy::Keep),
    ("copyright", MetadataPolicy::Copyright),
    ("strip", MetadataPolicy::Strip),
];
/// The words of [`RawPolicy`].
pub const RAWS: &[(&str, RawPolicy)] = &[("develop", RawPolicy::Develop), ("embedded", RawPolicy::Embedded)];

/// The words of an output format: `keep` and every format that can be written.
pub fn output_formats() -> Vec<(&'static str, Option<Format>)> {
    let formats = FORMATS.iter().filter(|info| info.encodes).map(|info| (info.name, Some(info.format)));
    std::iter::once(("keep", None)).chain(formats).collect()
}

fn word<T: PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, v)| *v == value).map_or("", |(word, _)| word)
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

fn read(text: &str) -> Result<Recipe, Mistake> {
    let document = DeTable::parse(text)
        .map_err(|error| Mistake(error.span().unwrap_or(0..0), error.message().trim().to_owned()))?;
    let mut recipe = Recipe::default();
    for (key, value) in document.into_inner() {
        match key.get_ref().as_ref() {
            "filter" => recipe.filters = read_filters(value)?,
            "output" => recipe.output = read_output(value)?,
            other => {
                return Err(Mistake(key.span(), format!("expected [[filter]] or [output], got {other}")));
            }
        }
    }
    Ok(recipe)
}

fn read_filters(value: Spanned<DeValue<'_>>) -> Result<Vec<Filter>, Mistake> {
    let span = value.span();
    let DeValue::Array(entries) = value.into_inner() else {
        return Err(Mistake(span, "filters are written as [[filter]], in double brackets".to_owned()));
    };
    entries.into_iter().map(read_filter).collect()
}

fn read_filter(entry: Spanned<DeValue<'_>>) -> Result<Filter, Mistake> {
    let span = entry.span();
    let DeValue::Table(table) = entry.into_inner() else {
        return Err(Mistake(span, "a filter is a table with a name and its parameters".to_owned()));
    };
    let (names, params): (Vec<TomlEntry<'_>>, Vec<TomlEntry<'_>>) =
        table.into_iter().partition(|(key, _)| key.get_ref().as_ref() == "name");
    let Some((_, name)) = names.into_iter().next() else {
        return Err(Mistake(span, "the filter has no name".to_owned()));
    };
    let args = params
        .into_iter()
        .map(|(key, value)| {
            let at = value.span();
            Ok(Arg { key: Some(key.get_ref().to_string()), value: scalar(value)?, at })
        })
        .collect::<Result<Vec<_>, Mistake>>()?;
    let at = name.span();
    Filter::build(&scalar(name)?, at.clone(), &args)
        .map_err(|error| Mistake(error.at.clone(), error.to_string()))
}

fn read_output(value: Spanned<DeValue<'_>>) -> Result<Output, Mistake> {
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        return Err(Mistake(span, "the output settings are written as [output]".to_owned()));
    };
    let mut output = Output::default();
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "format" => output.format = choose(value, "format", &output_formats())?,
            "quality" => output.quality = quality(value)?,
            "max_bytes" => output.max_bytes = Some(max_bytes(value)?),
            "subsampling" => output.subsampling = choose(value, "subsampling", SUBSAMPLINGS)?,
            "color" => output.color = choose(value, "color", COLORS)?,
            "metadata" => output.metadata = choose(value, "metadata", METADATA)?,
            "raw" => output.raw = choose(value, "raw", RAWS)?,
            other => {
                let known = ["format", "quality", "max_bytes", "subsampling", "color", "metadata", "raw"];
                let hint = nearest(other, known.into_iter()).map(|k| format!("; did you mean \"{k}\"?"));
                let hint = hint.unwrap_or_default();
                let message =
                    format!("output: there is no setting \"{other}\"{hint}; it has {}", known.join(", "));
                return Err(Mistake(key.span(), message));
            }
        }
    }
    Ok(output)
}

fn choose<T: Copy>(
    value: Spanned<DeValue<'_>>,
    setting: &str,
    words: &[(&'static str, T)],
) -> Result<T, Mistake> {
    let at = value.span();
    let text = scalar(value)?;
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let expected = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        Mistake(at, format!("output: {setting} must be one of {expected}, got {text}"))
    })
}

fn quality(value: Spanned<DeValue<'_>>) -> Result<u8, Mistake> {
    let at = value.span();
    let text = scalar(value)?;
    let valid = text.parse().ok().filter(|quality| (1..=100).contains(quality));
    valid.ok_or_else(|| Mistake(at, format!("output: quality must be a whole number 1–100, got {text}")))
}

fn max_bytes(value: Spanned<DeValue<'_>>) -> Result<u64, Mistake> {
    let at = value.span();
    let text = scalar(value)?;
    let valid = text.parse().ok().filter(|bytes| *bytes >= MIN_MAX_BYTES);
    valid.ok_or_else(|| {
        Mistake(at, format!("output: max_bytes must be a whole number from {MIN_MAX_BYTES}, got {text}"))
    })
}

/// The text of a string, number or boolean, as it would stand on the command line.
fn scalar(value: Spanned<DeValue<'_>>) -> Result<String, Mistake> {
    let span = value.span();
    match value.into_inner() {
        DeValue::String(text) => Ok(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(|number| number.to_string())
            .map_err(|_| Mistake(span, "the number is too large".to_owned())),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Ok(truth.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            Err(Mistake(span, "expected a text, a number, true or false".to_owned()))
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
