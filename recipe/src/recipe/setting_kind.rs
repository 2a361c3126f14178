//! Which values each output setting takes, for those who describe recipes to others.

use super::output::{DPI, MIN_MAX_BYTES, Output, QUALITY, RAW_EXPOSURE, TARGET_QUALITY, output_formats};
use crate::Bounds;
use crate::format::{ColorPolicy, Effort, FORMATS, HdrPolicy, MetadataPolicy, RawPolicy, Subsampling};
use crate::words::Word;

/// Which values a setting takes.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingKind {
    /// One of these words.
    Words(Vec<&'static str>),
    /// A whole number within these bounds, both included.
    Whole {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A number within these bounds, both included.
    Number {
        /// The least.
        least: f32,
        /// The most.
        most: f32,
    },
    /// `true` or `false`.
    Switch,
    /// A colour: `#rrggbb`, `#rgb`, or one of [`crate::filter::Color::NAMES`].
    Color,
}

impl Output {
    /// Every setting with the values that it takes, in the order in which they are written.
    pub fn kinds() -> Vec<(&'static str, SettingKind)> {
        let words = |words: &[&'static str]| SettingKind::Words(words.to_vec());
        let percent =
            |bounds: Bounds<u8>| SettingKind::Whole { least: bounds.least.into(), most: bounds.most.into() };
        let kinds = [
            SettingKind::Words(format_words()),
            percent(QUALITY),
            SettingKind::Whole { least: MIN_MAX_BYTES, most: i64::MAX.cast_unsigned() },
            percent(TARGET_QUALITY),
            words(Subsampling::WORDS),
            SettingKind::Switch,
            words(Effort::WORDS),
            SettingKind::Switch,
            SettingKind::Switch,
            words(ColorPolicy::WORDS),
            words(MetadataPolicy::WORDS),
            words(RawPolicy::WORDS),
            SettingKind::Number { least: RAW_EXPOSURE.least, most: RAW_EXPOSURE.most },
            words(HdrPolicy::WORDS),
            SettingKind::Color,
            SettingKind::Whole { least: DPI.least.into(), most: DPI.most.into() },
        ];
        Output::SETTINGS.into_iter().zip(kinds).collect()
    }
}

/// What a format may be called: its name, or as its files end.
fn format_words() -> Vec<&'static str> {
    let mut words = output_formats();
    for ending in FORMATS.iter().filter(|info| info.encodes()).flat_map(|info| info.extensions) {
        if !words.contains(ending) {
            words.push(ending);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_setting_is_what_it_takes() {
        for (name, kind) in Output::kinds() {
            let takes = |value: &str| Output::default().set(name, value).is_ok();
            match kind {
                SettingKind::Words(words) => {
                    assert!(words.iter().all(|word| takes(word)) && !takes("nonsense"), "{name}");
                }
                SettingKind::Whole { least, most } => {
                    assert!(takes(&least.to_string()) && takes(&most.to_string()), "{name}");
                    assert!(!takes(&(least - 1).to_string()), "{name}");
                }
                SettingKind::Number { least, most } => {
                    assert!(takes(&least.to_string()) && takes(&most.to_string()) && takes("0.5"), "{name}");
                    assert!(!takes(&(most + 0.1).to_string()) && !takes("nan") && !takes("much"), "{name}");
                }
                SettingKind::Switch => assert!(takes("true") && takes("false") && !takes("yes"), "{name}"),
                SettingKind::Color => assert!(takes("#102030") && takes("red") && !takes("3"), "{name}"),
            }
        }
    }
}
