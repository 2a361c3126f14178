//! How values are read from the command line: each reader checks its range and says what it takes, and shells
//! are offered the words.

use std::fmt;
use std::time::Duration;

use clap::builder::{PossibleValue, Str, TypedValueParser};
use clap::{Arg, Command};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use pool::escape::escape_text;
use pool::settings::{JOBS_PER_WORKER, MAX_PIXELS, MEMORY, MemoryBudget, TIMEOUT};
use recipe::Bounds;
use recipe::filter::{Color, FILTERS, Filter, FilterError, FilterInfo, ParamKind, find, meant_filter};
use recipe::format::{Format, UNSUPPORTED_EXTENSIONS};
use recipe::metadata::{ChangeError, FieldText, MetadataFamily, MetadataField};
use recipe::recipe::{MIN_MAX_BYTES, output_format, output_formats};
use recipe::words::{Word, did_you_mean, one_of};

use crate::units::{self, Count, DurationText};

/// What options call their values that are numbers.
const NUMBERS: [&str; 4] = ["N", "SIZE", "SIZE|PCT", "DUR"];

/// A reader of values of which some can be offered; whether others are accepted is for `read` to say.
#[derive(Debug)]
pub(super) struct Offering<T> {
    offers: fn() -> Vec<&'static str>,
    read: fn(&str) -> Result<T, String>,
}

impl<T> Clone for Offering<T> {
    fn clone(&self) -> Self {
        Self { offers: self.offers, read: self.read }
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Offering<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<T, clap::Error> {
        let read = self.read;
        (move |text: &str| read(text)).parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.offers)().into_iter().map(PossibleValue::new)))
    }
}

/// Takes a number below zero for a wrong value of its option, and not for another option.
pub(super) fn with_numbers(command: Command) -> Command {
    let is_number = |names: &[Str]| names.iter().any(|name| NUMBERS.contains(&name.as_str()));
    command.mut_args(|option| {
        let takes_one = option.get_value_names().is_some_and(is_number);
        option.allow_negative_numbers(takes_one)
    })
}

/// One of the words of an enum.
pub(super) fn word<T: Word + Clone + Send + Sync + 'static>() -> Offering<T> {
    let read = |text: &str| text.parse().map_err(|_| format!("it must be {}", one_of(T::WORDS)));
    Offering { offers: || T::WORDS.to_vec(), read }
}

/// An output format, or `None` for `keep`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FormatWord(pub Option<Format>);

/// An output format.
pub(super) fn format() -> Offering<FormatWord> {
    let read = |text: &str| {
        output_format(text).map(FormatWord).ok_or_else(|| {
            let is_known = UNSUPPORTED_EXTENSIONS.contains(&text) || Format::from_extension(text).is_some();
            let hint = if is_known { "; this version does not write it" } else { "" };
            format!("it must be {}{hint}", one_of(&output_formats()))
        })
    };
    Offering { offers: output_formats, read }
}

/// A filter as it was typed, and what that means.
#[derive(Debug, Clone)]
pub(crate) struct FilterSpec {
    /// As it was typed.
    pub text: String,
    /// What it means; its files are still named relative to the user's folder.
    pub filter: Filter,
}

/// A filter with its parameters: names are offered, and what follows them is free.
pub(super) fn filter() -> Offering<FilterSpec> {
    let read = |text: &str| match text.parse() {
        Ok(filter) => Ok(FilterSpec { text: text.to_owned(), filter }),
        Err(error) => Err(pointed_at(text, &error)),
    };
    Offering { offers: filter_names, read }
}

/// The mistake, with a caret below the place in the specification.
fn pointed_at(spec: &str, error: &FilterError) -> String {
    let shown_width = |range| spec.get(range).map_or(0, |text| escape_text(text).chars().count());
    let caret =
        " ".repeat(shown_width(0..error.at.start)) + &"^".repeat(shown_width(error.at.clone()).max(1));
    format!("{error}\n  -f {}\n     {caret}", escape_text(spec))
}

/// The name of a filter.
pub(super) fn filter_name() -> Offering<&'static FilterInfo> {
    let read = |text: &str| {
        find(text).ok_or_else(|| {
            let hint = meant_filter(text);
            format!("there is no such filter{}; `supervisor filters` lists them all", did_you_mean(hint))
        })
    };
    Offering { offers: filter_names, read }
}

fn filter_names() -> Vec<&'static str> {
    FILTERS.iter().map(|info| info.name).collect()
}

/// A family of metadata.
pub(super) fn family() -> Offering<MetadataFamily> {
    let read = |text: &str| MetadataFamily::named(text).map_err(|error| error.to_string());
    Offering { offers: || MetadataFamily::WORDS.to_vec(), read }
}

/// What a field of metadata is set to: the fields are offered, and what follows them is free.
pub(super) fn field_text() -> Offering<FieldText> {
    let read = |text: &str| text.parse().map_err(|error: ChangeError| error.to_string());
    Offering { offers: || MetadataField::WORDS.to_vec(), read }
}

/// A colour: those with a name are offered.
pub(super) fn color() -> Offering<Color> {
    let read = |text: &str| Color::parse(text).ok_or_else(|| format!("it must be {}", ParamKind::Color));
    Offering { offers: || Color::NAMES.map(|(name, _)| name).to_vec(), read }
}

/// A whole number within `bounds`.
pub(super) fn whole<T>(bounds: Bounds<T>) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync
where
    T: std::str::FromStr + PartialOrd + Copy + fmt::Debug + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| bounds.holds(*number));
        number.ok_or_else(|| format!("it must be a whole number, {}", bounds.words))
    }
}

/// A number within `bounds`.
pub(super) fn number(bounds: Bounds<f32>) -> impl Fn(&str) -> Result<f32, String> + Clone + Send + Sync {
    move |text| {
        let number = text.parse().ok().filter(|number| bounds.holds(*number));
        number.ok_or_else(|| format!("it must be a number, {}", bounds.words))
    }
}

/// After how many jobs a worker is replaced; 0 stands for never.
pub(super) fn recycle_after(text: &str) -> Result<u32, String> {
    let jobs = text.parse().ok().filter(|jobs| *jobs == 0 || JOBS_PER_WORKER.holds(*jobs));
    jobs.ok_or_else(|| format!("it must be a whole number, 0 to {}", JOBS_PER_WORKER.most))
}

/// The longest that an image may take.
pub(super) fn timeout(text: &str) -> Result<DurationText, String> {
    span(TIMEOUT)(text)
}

/// A duration within `bounds`.
pub(super) fn span(
    bounds: Bounds<Duration>,
) -> impl Fn(&str) -> Result<DurationText, String> + Clone + Send + Sync {
    move |text| {
        let span = units::duration(text).filter(|span| bounds.holds(*span));
        span.map(DurationText).ok_or_else(|| format!("it must be {}, such as 90s or 2m", bounds.words))
    }
}

/// The largest photo.
pub(super) fn max_pixels(text: &str) -> Result<Count, String> {
    let pixels = units::count(text).filter(|pixels| MAX_PIXELS.holds(*pixels));
    pixels.map(Count).ok_or_else(|| "it must be a number of pixels, such as 300M".to_owned())
}

/// Bytes, or a share of what there is.
pub(super) fn memory(text: &str) -> Result<MemoryBudget, String> {
    let percent = units::percent(text).filter(|percent| *percent > 0.0 && *percent <= 100.0);
    let memory = percent.map(MemoryBudget::Percent).or_else(|| units::bytes(text).map(MemoryBudget::Bytes));
    let enough = memory.filter(|memory| MEMORY.holds(memory.bytes()));
    enough.ok_or_else(|| format!("it must be {}, such as 4G, or 1% to 100%", MEMORY.words))
}

/// The time after which a file must have been changed: a date, how long ago, or the time of a file.
pub(super) fn newer_than(text: &str) -> Result<Timestamp, String> {
    let here = |time: DateTime| TimeZone::system().to_timestamp(time).ok();
    let date = || text.parse::<Timestamp>().ok().or_else(|| here(text.parse().ok()?));
    let ago = || {
        let span = text.parse::<Span>().ok().filter(|span| span.is_positive())?;
        Some(Zoned::now().checked_sub(span).ok()?.timestamp())
    };
    let of_file = || Timestamp::try_from(std::fs::metadata(text).ok()?.modified().ok()?).ok();
    date().or_else(ago).or_else(of_file).ok_or_else(|| {
        "it must be a date such as 2024-05-06 or 2024-05-06T18:00, how long ago such as 3d or 12h, or a file \
         that is there"
            .to_owned()
    })
}

/// The largest that a file may become, in bytes.
pub(super) fn max_bytes(text: &str) -> Result<u64, String> {
    let bytes = units::bytes(text).filter(|bytes| *bytes >= MIN_MAX_BYTES);
    bytes.ok_or_else(|| format!("it must be at least {}k, such as 500k or 2M", MIN_MAX_BYTES >> 10))
}
