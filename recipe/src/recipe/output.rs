//! The output settings of a recipe: which there are, how each is read and written, what is said of mistakes.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Bounds;
use crate::filter::{Color, ParamKind, Scalar};
use crate::format::{
    ColorPolicy, Effort, FORMATS, Format, HdrPolicy, MetadataPolicy, RawPolicy, Subsampling,
};
use crate::words::{Word, did_you_mean, nearest, one_of};

/// The least that [`Output::max_bytes`] may be: below, headers and colour profile alone take the room.
pub const MIN_MAX_BYTES: u64 = 1024;

/// What [`Output::quality`] may be.
pub const QUALITY: Bounds<u8> = Bounds { least: 1, most: 100, words: "1 to 100" };

/// What [`Output::dpi`] may be.
pub const DPI: Bounds<u16> = Bounds { least: 1, most: u16::MAX, words: "1 to 65535" };

/// What [`Output::target_quality`] may be.
pub const TARGET_QUALITY: Bounds<u8> = Bounds { least: 1, most: 100, words: "1 to 100" };

/// What [`Output::raw_exposure`] may be.
pub const RAW_EXPOSURE: Bounds<f32> = Bounds { least: -5.0, most: 5.0, words: "-5 to 5" };

/// The word for the format that each input has itself.
const KEEP: &str = "keep";

/// How results are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The format; `None` keeps each input's own.
    pub format: Option<Format>,
    /// Within [`QUALITY`], for JPEG, lossy WebP and AVIF.
    pub quality: u8,
    /// The largest that a file may become, in bytes; the quality is lowered as far as that takes.
    pub max_bytes: Option<u64>,
    /// The score by SSIMULACRA2, within [`TARGET_QUALITY`], that the quality is chosen for.
    pub target_quality: Option<u8>,
    /// Chroma subsampling of a JPEG.
    pub subsampling: Subsampling,
    /// Whether a JPEG is stored so that all of it is seen coarsely before it is seen finely.
    pub progressive: bool,
    /// What time is spent for smaller files.
    pub effort: Effort,
    /// Whether nothing may be lost.
    pub lossless: bool,
    /// Whether the photo's own file is the result where that is smaller and nothing else was asked for.
    pub keep_smaller: bool,
    /// What is done with the embedded colour profile.
    pub color: ColorPolicy,
    /// Which metadata is carried along.
    pub metadata: MetadataPolicy,
    /// How a raw photo becomes a picture.
    pub raw: RawPolicy,
    /// Stops by which the light of a raw photo that is developed is multiplied, within [`RAW_EXPOSURE`].
    pub raw_exposure: f32,
    /// What is done with an HDR gain map.
    pub hdr: HdrPolicy,
    /// What transparency is laid over where the format has none.
    pub background: Color,
    /// Pixels per inch, within [`DPI`]; `None` leaves what the photo says.
    pub dpi: Option<u16>,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            format: None,
            quality: 85,
            max_bytes: None,
            target_quality: None,
            subsampling: Subsampling::default(),
            progressive: false,
            effort: Effort::default(),
            lossless: false,
            keep_smaller: false,
            color: ColorPolicy::default(),
            metadata: MetadataPolicy::default(),
            raw: RawPolicy::default(),
            raw_exposure: 0.0,
            hdr: HdrPolicy::default(),
            background: Color::WHITE,
            dpi: None,
        }
    }
}

impl Output {
    /// The settings by name, in the order in which they are written.
    pub const SETTINGS: [&str; 16] = [
        "format",
        "quality",
        "max_bytes",
        "target_quality",
        "subsampling",
        "progressive",
        "effort",
        "lossless",
        "keep_smaller",
        "color",
        "metadata",
        "raw",
        "raw_exposure",
        "hdr",
        "background",
        "dpi",
    ];

    /// Takes a setting as it was written.
    pub fn set(&mut self, setting: &str, value: &str) -> Result<(), SettingError> {
        match setting {
            "format" => self.format = output_format(value).ok_or_else(|| bad_format(value))?,
            "quality" => self.quality = within(setting, value, QUALITY)?,
            "target_quality" => self.target_quality = Some(within(setting, value, TARGET_QUALITY)?),
            "max_bytes" => {
                let expected = format!("a whole number from {MIN_MAX_BYTES}");
                self.max_bytes = Some(number(setting, value, MIN_MAX_BYTES..=u64::MAX, &expected)?);
            }
            "subsampling" => self.subsampling = word(setting, value)?,
            "progressive" => self.progressive = switch(setting, value)?,
            "effort" => self.effort = word(setting, value)?,
            "lossless" => self.lossless = switch(setting, value)?,
            "keep_smaller" => self.keep_smaller = switch(setting, value)?,
            "color" => self.color = word(setting, value)?,
            "metadata" => self.metadata = word(setting, value)?,
            "raw" => self.raw = word(setting, value)?,
            "raw_exposure" => {
                let Bounds { least, most, .. } = RAW_EXPOSURE;
                let expected = format!("a number {least} to {most}");
                self.raw_exposure = number(setting, value, least..=most, &expected)?;
            }
            "hdr" => self.hdr = word(setting, value)?,
            "background" => {
                let expected = ParamKind::Color.to_string();
                self.background = Color::parse(value).ok_or_else(|| bad(setting, &expected, value))?;
            }
            "dpi" => self.dpi = Some(within(setting, value, DPI)?),
            other => return Err(SettingError::Unknown { setting: other.to_owned() }),
        }
        Ok(())
    }

    /// Every setting that has a value, as [`Output::set`] would take it, once displayed.
    pub fn values(&self) -> Vec<(&'static str, Scalar)> {
        let Output { format, quality, max_bytes, target_quality, subsampling, .. } = *self;
        let Output { progressive, effort, lossless, keep_smaller, .. } = *self;
        let Output { color, metadata, raw, raw_exposure, hdr, background, dpi, .. } = *self;
        let text = |word: &str| Some(Scalar::Text(word.to_owned()));
        let values = [
            text(format_word(format)),
            Some(Scalar::from(u32::from(quality))),
            max_bytes.map(|bytes| Scalar::Whole(i64::try_from(bytes).unwrap_or(i64::MAX))),
            target_quality.map(|quality| Scalar::from(u32::from(quality))),
            text(subsampling.word()),
            Some(Scalar::Switch(progressive)),
            text(effort.word()),
            Some(Scalar::Switch(lossless)),
            Some(Scalar::Switch(keep_smaller)),
            text(color.word()),
            text(metadata.word()),
            text(raw.word()),
            Some(Scalar::from(raw_exposure)),
            text(hdr.word()),
            Some(Scalar::Text(background.in_words())),
            dpi.map(|dpi| Scalar::from(u32::from(dpi))),
        ];
        Output::SETTINGS.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The settings that contradict each other or the format, if any do.
    pub fn contradiction(&self) -> Option<Contradiction> {
        let name = self.format.map(|format| format.info().name).unwrap_or_default();
        let has_quality = self.format.is_none_or(|format| format.info().has_quality);
        let can_keep_all =
            self.format.is_none_or(|format| format.info().written.is_some_and(|written| written.lossless));
        let has_target = self.target_quality.is_some();
        let article = if name.starts_with('a') { "an" } else { "a" };
        let (setting, problem) = if self.max_bytes.is_some() && !has_quality {
            let why = "loses nothing, so its size cannot be chosen";
            ("max_bytes", format!("goes with jpeg, webp and avif: {article} {name} file {why}"))
        } else if has_target && !has_quality {
            ("target_quality", format!("goes with jpeg, webp and avif: {article} {name} file loses nothing"))
        } else if has_target && self.lossless {
            ("target_quality", "and lossless contradict each other: without loss there is one quality".into())
        } else if has_target && self.quality != Output::default().quality {
            ("target_quality", "and quality are two ways to say the same: choose one".into())
        } else if self.lossless && !can_keep_all {
            let why = "file always loses something here";
            ("lossless", format!("goes with jpeg, png, webp and tiff: {article} {name} {why}"))
        } else {
            return None;
        };
        Some(Contradiction { setting, problem })
    }
}

/// A setting that contradicts another, or the format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} {problem}")]
pub struct Contradiction {
    /// Its name.
    pub setting: &'static str,
    /// Why, in words that follow the name.
    pub problem: String,
}

/// A mistake in an output setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum SettingError {
    /// There is no such setting.
    #[error("{}", no_setting(.setting, &[]))]
    Unknown {
        /// The name as written.
        setting: String,
    },
    /// A value that it cannot have.
    #[error("output: {setting} must be {expected}, got {}", crate::words::shown(.got))]
    BadValue {
        setting: String,
        /// The values it can have.
        expected: String,
        /// The value as written.
        got: String,
    },
}

/// What is said of a setting that there is not; an output has these keys `beside` its settings.
pub(super) fn no_setting(setting: &str, beside: &[&'static str]) -> String {
    let known = [beside, &Output::SETTINGS].concat();
    let meant = did_you_mean(nearest(setting, known.iter().copied()));
    format!("output: there is no setting \"{setting}\"{meant}; it has {}", known.join(", "))
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

fn switch(setting: &str, value: &str) -> Result<bool, SettingError> {
    value.parse().map_err(|_| bad(setting, "true or false", value))
}

fn within<T: FromStr + PartialOrd + Display>(
    setting: &str,
    value: &str,
    bounds: Bounds<T>,
) -> Result<T, SettingError> {
    let Bounds { least, most, .. } = bounds;
    let expected = format!("a whole number {least}–{most}");
    number(setting, value, least..=most, &expected)
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

/// The words of an output format: `keep` and every format that can be written.
pub fn output_formats() -> Vec<&'static str> {
    let formats = FORMATS.iter().filter(|info| info.encodes()).map(|info| info.name);
    std::iter::once(KEEP).chain(formats).collect()
}

/// The word of an output format; without one, it is `keep`.
pub fn format_word(format: Option<Format>) -> &'static str {
    format.map_or(KEEP, |format| format.info().name)
}

/// The output format of that word, or of an extension such as `jpg`, in any case; `Some(None)` for `keep`.
pub fn output_format(word: &str) -> Option<Option<Format>> {
    if word.eq_ignore_ascii_case(KEEP) {
        return Some(None);
    }
    let of_name = FORMATS.iter().find(|info| info.name.eq_ignore_ascii_case(word)).map(|info| info.format);
    of_name.or_else(|| Format::from_extension(word)).filter(|format| format.info().encodes()).map(Some)
}
