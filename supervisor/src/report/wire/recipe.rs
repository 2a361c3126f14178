//! Recipes as JSON: in requests, in answers and in snapshots, and which settings an output has.
//! `serve/asked.rs` reads those of clients, `serve/recipes.rs` says what they mean. Data only.

use std::collections::BTreeMap;

use recipe::filter::Scalar;
use recipe::recipe::{Output, SettingKind};
use serde::{Deserialize, Serialize};

/// A recipe as JSON, like one in TOML.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Recipe"))]
pub(crate) struct WireRecipe {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What becomes of the metadata of every output that says nothing of it. In answers each says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<super::schema::MetadataShape>"))]
    pub metadata: Option<MetadataValue>,
    /// Applied in this order, before those of the outputs.
    #[serde(default)]
    pub filters: Vec<FilterValues>,
    /// How results are encoded, where each photo becomes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<super::schema::OutputSettingsShape>"))]
    pub output: Option<OutputSettings>,
    /// Instead: the results that each photo becomes. A recipe is answered like this if it has several, or one
    /// with a name, a path or filters of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<OutputValues>>,
}

/// A filter with its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FilterValues {
    /// Which filter.
    pub name: String,
    /// Its parameters.
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, super::schema::ScalarShape>"))]
    pub parameters: BTreeMap<String, Scalar>,
}

/// The settings of an output, by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct OutputSettings {
    /// What becomes of its metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataValue>,
    /// All others.
    #[serde(flatten)]
    pub others: BTreeMap<String, Scalar>,
}

/// What becomes of metadata: a word, or more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum MetadataValue {
    /// The policy alone.
    Word(String),
    /// With what is changed.
    Table(MetadataTable),
}

/// The policy for metadata, and what is changed in what it leaves.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct MetadataTable {
    /// What goes along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// What of it is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
    /// What fields are then set to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
}

/// One of several outputs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OutputValues {
    /// What it is called; with several outputs each has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Template of its files' names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its own filters, after those that all outputs share.
    #[serde(default)]
    pub filters: Vec<FilterValues>,
    /// How it is encoded.
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "super::schema::OutputSettingsShape"))]
    pub settings: OutputSettings,
}

/// A setting of an output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SettingInfo {
    /// As it is typed.
    pub name: String,
    /// Which values it takes.
    #[serde(rename = "type")]
    pub kind: SettingType,
    /// The value it has when none is given; null where it is then left out.
    pub default: Option<String>,
    /// The words to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<String>>,
    /// The smallest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

/// Which values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum SettingType {
    /// One of several words.
    Choice,
    /// A whole number within bounds.
    Integer,
    /// A number within bounds.
    Number,
    /// True or false.
    Switch,
    /// A colour.
    Color,
}

/// A bound from here on is told as none: not every client can write such a number.
const ENDLESS: i64 = 1 << 53;

impl SettingInfo {
    /// Every setting, by the table of them.
    pub(crate) fn all() -> Vec<SettingInfo> {
        let usual = Output::default().values();
        let info = |(name, kind): (&'static str, SettingKind)| {
            let default = usual.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
            let (kind, choices, min, max) = match kind {
                SettingKind::Words(words) => (SettingType::Choice, Some(words), None, None),
                SettingKind::Whole { least, most } => {
                    let bound = |number: u64| i64::try_from(number).ok().filter(|number| *number < ENDLESS);
                    (SettingType::Integer, None, bound(least), bound(most))
                }
                SettingKind::Number { least, most } => {
                    (SettingType::Number, None, Some(least as i64), Some(most as i64))
                }
                SettingKind::Switch => (SettingType::Switch, None, None, None),
                SettingKind::Color => (SettingType::Color, None, None, None),
            };
            let choices = choices.map(|words| words.into_iter().map(str::to_owned).collect());
            SettingInfo { name: name.to_owned(), kind, default, choices, min, max }
        };
        Output::kinds().into_iter().map(info).collect()
    }
}
