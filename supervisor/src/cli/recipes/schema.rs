//! `docs/recipe.schema.json`, for editors: made from the tables of filters and of output settings, so that it
//! says what [`Recipe`](recipe::Recipe) reads. With `UPDATE_DOCS=1` the test writes it anew. What it says
//! is tried on every recipe that comes with the program.

use recipe::Recipe;
use recipe::filter::{Color, FILTERS, FilterInfo, ParamInfo, ParamKind};
use recipe::format::MetadataPolicy;
use recipe::metadata::MetadataFamily;
use recipe::recipe::{Output, SettingKind};
use recipe::shipped::SHIPPED;
use recipe::words::Word;
use serde_json::{Map, Value, json};

use crate::report::wire::schema::{metadata_table, settings};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/recipe.schema.json");

fn schema() -> Value {
    let mut definitions = Map::new();
    for info in FILTERS {
        definitions.insert(info.name.to_owned(), filter(info));
    }
    let of_any = FILTERS.iter().map(|info| json!({ "$ref": format!("#/$defs/{}", info.name) }));
    definitions.insert(
        "filters".to_owned(),
        json!({
            "type": "array",
            "items": { "oneOf": of_any.collect::<Vec<_>>() },
        }),
    );
    definitions.insert("metadata".to_owned(), metadata());
    definitions.insert("output".to_owned(), output());
    let text = |description: &str| json!({ "type": "string", "description": description });
    let one_output = json!({ "$ref": "#/$defs/output" });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Recipe of supervisor",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "name": text("What it is called."),
            "description": text("What it is for, in a sentence."),
            "metadata": {
                "description": "What becomes of the metadata of every output that says nothing of it.",
                "$ref": "#/$defs/metadata",
            },
            "filter": {
                "description": "Filters, applied in this order before those of the outputs.",
                "$ref": "#/$defs/filters",
            },
            "output": {
                "description": "How results are made: one output, or several with names.",
                "oneOf": [one_output, { "type": "array", "minItems": 1, "items": one_output }],
            },
        },
        "$defs": definitions,
    })
}

fn filter(info: &FilterInfo) -> Value {
    let names: Vec<&str> = [info.name].iter().chain(info.aliases).copied().collect();
    let mut properties = Map::new();
    properties.insert("name".to_owned(), json!({ "enum": names }));
    for param in info.params {
        properties.insert(param.name.to_owned(), parameter(param));
    }
    json!({
        "type": "object",
        "description": info.summary,
        "additionalProperties": false,
        "required": ["name"],
        "properties": properties,
    })
}

fn parameter(param: &ParamInfo) -> Value {
    let mut schema = match param.kind {
        ParamKind::Number { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
        ParamKind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        ParamKind::Choice(words) => json!({ "enum": words }),
        ParamKind::Switch => json!({ "type": "boolean" }),
        ParamKind::Text(longest) => json!({ "type": "string", "minLength": 1, "maxLength": longest }),
        ParamKind::Color => color(),
        ParamKind::Aspect => json!({ "type": ["string", "number"] }),
        ParamKind::Points | ParamKind::Place => json!({ "type": "string", "minLength": 1 }),
        ParamKind::File => json!({ "type": "string", "minLength": 1 }),
    };
    let unit = if param.unit.is_empty() { String::new() } else { format!(" ({})", param.unit) };
    schema["description"] = format!("{}{unit}", param.summary).into();
    if let Some(default) = param.default {
        schema["default"] = serde_json::from_str(default).unwrap_or_else(|_| default.into());
    }
    schema
}

fn color() -> Value {
    let names = Color::NAMES.map(|(name, _)| name).join("|");
    json!({ "type": "string", "pattern": format!("^(#[0-9a-fA-F]{{3}}|#[0-9a-fA-F]{{6}}|{names})$") })
}

fn metadata() -> Value {
    let policy = json!({ "enum": MetadataPolicy::WORDS, "description": "What goes along." });
    let mut table = metadata_table(&policy, &json!({ "enum": MetadataFamily::WORDS }));
    table["additionalProperties"] = false.into();
    table["properties"]["set"]["additionalProperties"] = false.into();
    json!({ "oneOf": [policy, table] })
}

fn output() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let mut properties = settings(|name, kind| match kind {
        SettingKind::Words(_) if name == "metadata" => json!({ "$ref": "#/$defs/metadata" }),
        SettingKind::Words(words) => json!({ "enum": words }),
        SettingKind::Whole { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        SettingKind::Number { least, most } => json!({ "type": "number", "minimum": least, "maximum": most }),
        SettingKind::Switch => json!({ "type": "boolean" }),
        SettingKind::Color => color(),
    });
    properties.insert("name".to_owned(), text("What it is called; each of several outputs needs a name."));
    properties.insert("path".to_owned(), text("Template of the names of its files."));
    let filters = "Its own filters, after those that all outputs share.";
    properties.insert("filter".to_owned(), json!({ "description": filters, "$ref": "#/$defs/filters" }));
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// Whether a value is as a part of the schema says; only the words that are used above have a meaning here.
fn holds(root: &Value, schema: &Value, value: &Value) -> bool {
    let words = schema.as_object().unwrap();
    words.iter().all(|(word, says)| match (word.as_str(), value) {
        ("$ref", _) => {
            holds(root, root.pointer(says.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(), value)
        }
        ("type", _) => is_of_type(says, value),
        ("enum", _) => says.as_array().unwrap().contains(value),
        ("oneOf", _) => says.as_array().unwrap().iter().filter(|one| holds(root, one, value)).count() == 1,
        ("minimum", Value::Number(number)) => number.as_f64() >= says.as_f64(),
        ("maximum", Value::Number(number)) => number.as_f64() <= says.as_f64(),
        ("minLength", Value::String(text)) => text.chars().count() as u64 >= says.as_u64().unwrap(),
        ("maxLength", Value::String(text)) => text.chars().count() as u64 <= says.as_u64().unwrap(),
        ("pattern", Value::String(text)) => Color::parse(text).is_some(),
        ("minItems", Value::Array(items)) => items.len() as u64 >= says.as_u64().unwrap(),
        ("items", Value::Array(items)) => items.iter().all(|item| holds(root, says, item)),
        ("required", Value::Object(fields)) => {
            says.as_array().unwrap().iter().all(|name| fields.contains_key(name.as_str().unwrap()))
        }
        ("properties", Value::Object(fields)) => says
            .as_object()
            .unwrap()
            .iter()
            .all(|(name, schema)| fields.get(name).is_none_or(|field| holds(root, schema, field))),
        ("additionalProperties", Value::Object(fields)) => {
            assert_eq!(says, false);
            fields.keys().all(|name| words["properties"].get(name).is_some())
        }
        ("$schema" | "$defs" | "title" | "description" | "default", _) => true,
        // Of a value of another type, these say nothing.
        ("minimum" | "maximum" | "minLength" | "maxLength" | "pattern" | "minItems", _) => true,
        ("items" | "required" | "properties" | "additionalProperties", _) => true,
        (other, _) => panic!("{other} is not understood here"),
    })
}

fn is_of_type(says: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        other => panic!("{other} is no type"),
    };
    says.as_array().map_or_else(|| is(says), |types| types.iter().any(is))
}

fn is_valid(toml: &str) -> bool {
    let schema = schema();
    holds(&schema, &schema, &toml::from_str(toml).unwrap())
}

#[test]
fn the_schema_is_current() {
    let made = format!("{:#}\n", schema());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(FILE, made).unwrap();
        return;
    }
    let found = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(found == made, "docs/recipe.schema.json is stale: run the tests with UPDATE_DOCS=1");
}

#[test]
fn every_recipe_that_there_is_is_as_the_schema_says() {
    for shipped in SHIPPED {
        assert!(is_valid(shipped.text), "{}", shipped.name);
        assert!(is_valid(&Recipe::parse(shipped.text).unwrap().to_toml()), "{}", shipped.name);
    }
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide.md")).unwrap();
    let blocks = guide.split("\n```toml\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    assert!(blocks.clone().count() >= 2 && blocks.clone().all(is_valid), "a recipe of the guide");
    // Every filter, with all the values that it has by itself.
    let filters = FILTERS.iter().filter_map(|info| info.example.parse().ok()).collect();
    let all = Recipe::new(filters, {
        let (dpi, max_bytes, target_quality) = (Some(300), Some(5000), Some(80));
        Output { dpi, max_bytes, target_quality, ..Output::default() }
    });
    assert!(all.filters.len() > 20 && is_valid(&all.to_toml()), "{}", all.to_toml());
}

#[test]
fn the_schema_and_the_reader_refuse_the_same() {
    for (toml, is_good) in [
        ("", true),
        ("[[filter]]\nname = \"desenfoque\"\nradius = 2.5\n", true),
        ("[[filter]]\nname = \"crop\"\naspect = 1.5\n", true),
        ("[[output]]\nname = \"web\"\nformat = \"jpg\"\n[[output.filter]]\nname = \"sepia\"\n", true),
        ("[output]\nbackground = \"#fff\"\n", true),
        ("metadata = \"strip\"\n[output]\nmetadata = \"copyright\"\n", true),
        ("[metadata]\npolicy = \"keep\"\ndrop = [\"gps\"]\n[metadata.set]\nartist = \"A\"\n", true),
        ("[output.metadata.set]\ntitle = \"{stem}\"\n", true),
        ("[metadata]\ndrop = \"gps\"\n", false),
        ("[output.metadata]\ndrop = [\"everything\"]\n", false),
        ("[output.metadata.set]\ntitel = \"{stem}\"\n", false),
        ("title = \"web\"\n", false),
        ("output = []\n", false),
        ("[filter]\nname = \"blur\"\n", false),
        ("[[filter]]\nradius = 3\n", false),
        ("[[filter]]\nname = \"blr\"\n", false),
        ("[[filter]]\nname = \"blur\"\nradius = 900\n", false),
        ("[[filter]]\nname = \"blur\"\nradios = 3\n", false),
        ("[[filter]]\nname = \"resize\"\nwidth = 1.5\n", false),
        ("[[filter]]\nname = \"watermark\"\ntext = \"\"\n", false),
        ("[output]\nlossless = true\neffort = \"small\"\n", true),
        ("[output]\nlossless = 3\n", false),
        ("[output]\nquality = 0\n", false),
        ("[output]\nformat = \"heic\"\n", false),
        ("[output]\nbackground = \"mauve-ish\"\n", false),
        ("[[output]]\nname = 3\n[[output.filter]]\nname = \"blr\"\n", false),
    ] {
        assert_eq!((is_valid(toml), Recipe::parse(toml).is_ok()), (is_good, is_good), "{toml}");
    }
}
