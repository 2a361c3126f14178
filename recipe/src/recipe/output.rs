//! The output settings of a recipe: which there are, how each is read and written, what is said of mistakes.

use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Bounds;
use crate::filter::{Color, ParamKind, Scalar};
use crate::format::{ColorPolicy, FORMATS, Format, HdrPolicy, MetadataPolicy, RawPolicy, Subsampling};
use crate::words::{Word, nearest, one_of};

/// The least that [`Output::max_bytes`] may be: below, headers and colour profile alone take the room.
pub const MIN_MAX_BYTES: u64 = 1024;

/// What [`Output::quality`] may be.
pub const QUALITY: Bounds<u8> = Bounds { least: 1, most: 100, words: "1 to 100" };

/// What [`Output::dpi`] may be.
pub const DPI: Bounds<u16> = Bounds { least: 1, most: u16::MAX, words: "1 to 65535" };

/// The word for the format that each input has itself.
const KEEP: &str = "keep";

/// How results are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The format; `None` keeps each input's own.
    pub format: Option<Format>,
    /// Within [`QUALITY`], for JPEG, lossy WebP and AVIF.
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
            subsampling: Subsampling::default(),
            color: ColorPolicy::default(),
            metadata: MetadataPolicy::default(),
            raw: RawPolicy::default(),
            hdr: HdrPolicy::default(),
            background: Color::WHITE,
            dpi: None,
        }
    }
}

impl Output {
    /// The settings by name, in the order in which they are written.
    pub const SETTINGS: [&str; 10] = [
        "format",
        "quality",
        "max_bytes",
        "subsampling",
        "color",
        "metadata",
        "raw",
        "hdr",
        "background",
        "dpi",
    ];

    /// Takes a setting as it was written.
    pub fn set(&mut self, setting: &str, value: &str) -> Result<(), SettingError> {
        match setting {
            "format" => self.format = output_format(value).ok_or_else(|| bad_format(value))?,
            "quality" => {
                let Bounds { least, most, .. } = QUALITY;
                let expected = format!("a whole number {least}–{most}");
                self.quality = number(setting, value, least..=most, &expected)?;
            }
            "max_bytes" => {
                let expected = format!("a whole number from {MIN_MAX_BYTES}");
                self.max_bytes = Some(number(setting, value, MIN_MAX_BYTES..=u64::MAX, &expected)?);
            }
            "subsampling" => self.subsampling = word(setting, value)?,
            "color" => self.color = word(setting, value)?,
            "metadata" => self.metadata = word(setting, value)?,
            "raw" => self.raw = word(setting, value)?,
            "hdr" => self.hdr = word(setting, value)?,
            "background" => {
                let expected = ParamKind::Color.to_string();
                self.background = Color::parse(value).ok_or_else(|| bad(setting, &expected, value))?;
            }
            "dpi" => {
                let Bounds { least, most, .. } = DPI;
                let expected = format!("a whole number {least}–{most}");
                self.dpi = Some(number(setting, value, least..=most, &expected)?);
            }
            other => return Err(SettingError::Unknown { setting: other.to_owned() }),
        }
        Ok(())
    }

    /// Every setting that has a value, as [`Output::set`] would take it, once displayed.
    pub fn values(&self) -> Vec<(&'static str, Scalar)> {
        let Output { format, quality, max_bytes, subsampling, color, metadata, raw, hdr, background, dpi } =
            *self;
        let text = |word: &str| Some(Scalar::Text(word.to_owned()));
        let values = [
            text(format_word(format)),
            Some(Scalar::from(u32::from(quality))),
            max_bytes.map(|bytes| Scalar::Whole(i64::try_from(bytes).unwrap_or(i64::MAX))),
            text(subsampling.word()),
            text(color.word()),
            text(metadata.word()),
            text(raw.word()),
            text(hdr.word()),
            Some(Scalar::Text(background.in_words())),
            dpi.map(|dpi| Scalar::from(u32::from(dpi))),
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
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
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
    #[error("output: {setting} must be {expected}, got {}", crate::words::shown(.got))]
    BadValue {
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
