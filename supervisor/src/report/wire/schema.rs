//! What the derive does not know of the wire: types of other crates and of recipes, described for the page
//! and the documentation.

use protocol::outcome::{ErrorKind, Stage};
use recipe::format::MetadataPolicy;
use recipe::metadata::{MetadataFamily, MetadataField};
use recipe::recipe::{Output, SettingKind};
use recipe::words::Word;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Number, Value, json};
use std::borrow::Cow;

use super::failure::reason;
use crate::plan::OnConflict;

/// [`ErrorKind`], by its table, with what is said of a file.
pub(crate) struct ErrorKindName;

impl JsonSchema for ErrorKindName {
    fn schema_name() -> Cow<'static, str> {
        "ErrorKind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kinds =
            ErrorKind::ALL.map(|kind| json_schema!({ "const": kind.word(), "description": reason(kind) }));
        json_schema!({ "oneOf": kinds })
    }
}

/// [`Stage`], by its table.
pub(crate) struct StageName;

impl JsonSchema for StageName {
    fn schema_name() -> Cow<'static, str> {
        "Stage".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Stage::ALL.map(Stage::word) })
    }
}

/// [`OnConflict`], by its words.
pub(crate) struct OnConflictWord;

impl JsonSchema for OnConflictWord {
    fn schema_name() -> Cow<'static, str> {
        "OnConflict".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": OnConflict::WORDS })
    }
}

/// [`Scalar`](recipe::filter::Scalar).
pub(crate) struct ScalarShape;

impl JsonSchema for ScalarShape {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

/// What each of [`Output::SETTINGS`] says, in their order.
const SETTINGS: [&str; Output::SETTINGS.len()] = [
    "The format.",
    "The quality, for JPEG, lossy WebP and AVIF.",
    "The size in bytes that a JPEG, WebP or AVIF file may have, from 1024; without it, there is no limit.",
    "The score of SSIMULACRA2 that a JPEG, WebP or AVIF file just reaches, in place of quality.",
    "Chroma subsampling of a JPEG.",
    "Whether a JPEG is seen coarsely before it is seen finely.",
    "What time is spent for smaller files.",
    "Whether nothing may be lost.",
    "Whether the photo's own file is the result where that is smaller and nothing but the encoding changes.",
    "What is done with the colour profile.",
    "Which metadata is carried along.",
    "How a raw photo becomes a picture.",
    "Stops by which the light of a raw photo that is developed is multiplied, from -5 to 5.",
    "What is done with an HDR gain map.",
    "The colour that transparency is laid over where the format has none.",
    "Pixels per inch; without it, what the photo says.",
];

/// What becomes of metadata, by the tables of policies, families and fields.
pub(crate) struct MetadataShape;

impl JsonSchema for MetadataShape {
    fn schema_name() -> Cow<'static, str> {
        "Metadata".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let policy = |text: &str| json!({ "enum": MetadataPolicy::WORDS, "description": text });
        let family = generator.subschema_for::<FamilyWord>();
        let mut table = metadata_table(&policy("What goes along."), &json!(family));
        table["description"] = "With what is changed in that.".into();
        json_schema!({
            "description": "What becomes of metadata.",
            "anyOf": [policy("What goes along, and nothing more."), table],
        })
    }
}

/// What can be said of metadata in more than a word. The schema of recipes has the same.
pub(crate) fn metadata_table(policy: &Value, family: &Value) -> Value {
    let field = |field: MetadataField| {
        (field.to_string(), json!({ "type": "string", "description": sentence(field.info().about) }))
    };
    let fields: Map<String, Value> = MetadataField::ALL.map(field).into_iter().collect();
    json!({
        "type": "object",
        "properties": {
            "policy": policy,
            "drop": {
                "type": "array",
                "items": family,
                "description": "Families that are left out of it.",
            },
            "set": {
                "type": "object",
                "properties": fields,
                "description": "What fields are then set to: texts with the tokens of names.",
            },
        },
    })
}

/// [`MetadataFamily`], by its table.
struct FamilyWord;

impl JsonSchema for FamilyWord {
    fn schema_name() -> Cow<'static, str> {
        "MetadataFamily".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = MetadataFamily::ALL.map(|family| {
            json_schema!({ "const": family.to_string(), "description": sentence(family.info().about) })
        });
        json_schema!({ "description": "What can be left out of metadata.", "oneOf": words })
    }
}

/// A line of a table as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

/// Every setting of an output, with what it says and its default; `of_kind` describes its values. The schema
/// of recipes has the same.
pub(crate) fn settings(of_kind: impl Fn(&str, SettingKind) -> Value) -> Map<String, Value> {
    let usual = Output::default().values();
    let described = |((name, kind), text): ((&'static str, SettingKind), &str)| {
        let mut schema = of_kind(name, kind);
        schema["description"] = text.into();
        if let Some((_, value)) = usual.iter().find(|(known, _)| *known == name) {
            schema["default"] = json!(value);
        }
        (name.to_owned(), schema)
    };
    Output::kinds().into_iter().zip(SETTINGS).map(described).collect()
}

/// The settings of an output, by their table.
pub(crate) struct OutputSettingsShape;

impl JsonSchema for OutputSettingsShape {
    fn schema_name() -> Cow<'static, str> {
        "OutputSettings".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let metadata = generator.subschema_for::<MetadataShape>();
        let properties = settings(|name, kind| match kind {
            SettingKind::Words(_) if name == "metadata" => json!(metadata),
            SettingKind::Words(words) => json!({ "type": "string", "enum": words }),
            SettingKind::Whole { most, .. } if most > u32::MAX.into() => json!({ "type": "integer" }),
            SettingKind::Whole { most, .. } => json!({ "type": "integer", "most": most }),
            SettingKind::Number { .. } => json!({ "type": "number" }),
            SettingKind::Switch => json!({ "type": "boolean" }),
            SettingKind::Color => json!({ "type": "string" }),
        });
        json_schema!({
            "type": "object",
            "description": "The settings of an output.",
            "properties": properties,
        })
    }
}

// As `recipe::filter::FilterInfo` and what it is made of; a test holds them together.
/// A filter as `supervisor filters --json` has it.
#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FilterInfo")]
pub(crate) struct FilterShape {
    /// Its one English name.
    name: String,
    /// Other names it answers to.
    aliases: Vec<String>,
    /// What it does, in a line.
    summary: String,
    /// A specification that works, for `-f`.
    example: String,
    /// What becomes of the frame.
    framing: FramingWord,
    /// In Spanish.
    spanish: Texts,
    /// Its parameters; `NAME=VALUE` sets the first.
    parameters: Vec<Parameter>,
}

/// What becomes of the frame.
#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Framing")]
enum FramingWord {
    /// Each pixel stays at its place.
    Kept,
    /// The size stays, the places change.
    Moved,
    /// The size changes.
    Resized,
}

/// What the page calls a filter or a parameter, and what it does.
#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Texts {
    /// What the page calls it.
    title: String,
    /// What it does, in a line.
    summary: String,
}

/// A parameter of a filter.
#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parameter {
    /// As it is typed.
    name: String,
    /// Which values it takes.
    #[serde(rename = "type")]
    kind: ParameterType,
    /// The value it has when none is given; null where it is then left out.
    default: Option<String>,
    /// What a number counts: `px`, `bits`, `×`, or nothing.
    unit: String,
    /// What it does, in a line.
    summary: String,
    /// In Spanish.
    spanish: Texts,
    /// The smallest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    min: Option<Number>,
    /// The largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    max: Option<Number>,
    /// The words to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    choices: Option<Vec<String>>,
    /// Most characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "usize")]
    max_length: Option<usize>,
}

/// Which values a parameter takes.
#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ParameterType {
    /// A number within bounds.
    Number,
    /// A whole number within bounds.
    Integer,
    /// One of several words.
    Choice,
    /// `true` or `false`.
    Switch,
    /// Any text.
    Text,
    /// A colour.
    Color,
    /// Proportions.
    Aspect,
    /// Points of a curve, from left to right.
    Points,
    /// A place in the picture.
    Place,
    /// A file's path.
    File,
}

/// A number for each stage, by their table.
pub(crate) struct Stages;

impl JsonSchema for Stages {
    fn schema_name() -> Cow<'static, str> {
        "Stages".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Stage::ALL.map(Stage::word);
        let numbers: Map<String, Value> =
            names.map(|name| (name.to_owned(), json!({ "type": "number" }))).into_iter().collect();
        json_schema!({
            "type": "object",
            "description": "A number for each stage.",
            "properties": numbers,
            "required": names,
        })
    }
}

// As `protocol::sandbox::SandboxReport`; a test holds the two together.
/// What is in force in a worker.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SandboxShape {
    /// The Landlock ABI in force, if any.
    pub(crate) landlock: Option<u32>,
    /// Whether the system-call filter is in force.
    pub(crate) seccomp: bool,
    /// Whether the resource limits are in force.
    pub(crate) rlimits: bool,
    /// What was asked for and could not be had, in words.
    pub(crate) missing: Vec<String>,
}

#[test]
fn the_sandbox_is_described_as_it_is() {
    let report = protocol::sandbox::SandboxReport { landlock: Some(3), ..Default::default() };
    let SandboxShape { landlock, seccomp, rlimits, missing } =
        serde_json::from_value(serde_json::to_value(report).unwrap()).unwrap();
    assert_eq!((landlock, seccomp, rlimits, missing.len()), (Some(3), false, false, 0));
}

#[test]
fn the_stages_are_described_as_they_are() {
    let told = serde_json::to_value(protocol::outcome::PerStage::<f64>::default()).unwrap();
    let told: Vec<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
    let mut described = Stage::ALL.map(Stage::word);
    described.sort_unstable();
    assert_eq!(told, described);
}

#[test]
fn the_filters_are_described_as_they_are() {
    let told = serde_json::to_value(recipe::filter::FILTERS).unwrap();
    let described: Vec<FilterShape> = serde_json::from_value(told.clone()).unwrap();
    assert_eq!(serde_json::to_value(described).unwrap(), told);
}
