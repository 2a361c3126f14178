//! What a JSON schema says, as far as the wire needs it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Every named type.
pub(super) type Definitions = BTreeMap<String, DescribedShape>;

/// A type with what its doc comment says.
pub(super) struct DescribedShape {
    pub(super) text: String,
    pub(super) shape: Shape,
}

pub(super) enum Shape {
    Any,
    Flag,
    Number,
    Text,
    /// A text, a number, true or false.
    Scalar,
    /// One word only, by which variants are told apart.
    Tag(String),
    Words(Vec<WordShape>),
    Nullable(Box<Shape>),
    Named(String),
    List(Box<Shape>),
    /// Any other fields, each with such a value.
    Others(Box<Shape>),
    Fields(Vec<FieldShape>),
    Either(Vec<DescribedShape>),
    /// Several at a time: the fields of each.
    All(Vec<Shape>),
}

pub(super) struct WordShape {
    pub(super) name: String,
    pub(super) text: String,
}

pub(super) struct FieldShape {
    pub(super) name: String,
    /// Whether it may be left out.
    pub(super) optional: bool,
    /// What it is taken for then, if that is fixed.
    pub(super) default: Option<String>,
    /// The largest number, or number of items, if there is one.
    pub(super) most: Option<u64>,
    pub(super) is: DescribedShape,
}

pub(super) fn definitions<const N: usize>(sources: [&Map<String, Value>; N]) -> Definitions {
    let all = sources.into_iter().flatten();
    all.map(|(name, schema)| (name.clone(), described(schema))).collect()
}

fn described(schema: &Value) -> DescribedShape {
    let text = schema["description"].as_str().unwrap_or_default();
    DescribedShape { text: text.split_whitespace().collect::<Vec<_>>().join(" "), shape: shape(schema) }
}

fn shape(schema: &Value) -> Shape {
    let mut parts = Vec::new();
    if schema["properties"].is_object() {
        parts.push(Shape::Fields(fields(schema)));
    }
    if schema["additionalProperties"].is_object() {
        parts.push(Shape::Others(Box::new(shape(&schema["additionalProperties"]))));
    }
    if let Some(path) = schema["$ref"].as_str() {
        parts.push(Shape::Named(path.trim_start_matches("#/$defs/").to_owned()));
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(variants) = schema[key].as_array() {
            parts.push(one_of(variants));
        }
    }
    if parts.is_empty() {
        return simple(schema);
    }
    if parts.len() == 1 { parts.remove(0) } else { Shape::All(parts) }
}

fn one_of(variants: &[Value]) -> Shape {
    if let [variant, null] = variants
        && null["type"] == "null"
    {
        return Shape::Nullable(Box::new(shape(variant)));
    }
    let variants: Vec<DescribedShape> = variants.iter().map(described).collect();
    let word = |DescribedShape { text, shape }: &DescribedShape| {
        let Shape::Tag(name) = shape else { return None };
        Some(WordShape { name: name.clone(), text: text.clone() })
    };
    let words: Option<Vec<WordShape>> = variants.iter().map(word).collect();
    words.map_or(Shape::Either(variants), Shape::Words)
}

fn simple(schema: &Value) -> Shape {
    if let Some(word) = schema["const"].as_str() {
        return Shape::Tag(word.to_owned());
    }
    if let Some(words) = schema["enum"].as_array() {
        let words = words.iter().filter_map(Value::as_str);
        return Shape::Words(
            words.map(|name| WordShape { name: name.to_owned(), text: String::new() }).collect(),
        );
    }
    let basic = |name: &Value| match name.as_str() {
        None | Some("object") => Shape::Any,
        Some("boolean") => Shape::Flag,
        Some("integer" | "number") => Shape::Number,
        Some("string") => Shape::Text,
        Some("array") => Shape::List(Box::new(shape(&schema["items"]))),
        Some(other) => panic!("a type that is not known yet: {other}"),
    };
    match schema["type"].as_array().map(Vec::as_slice) {
        Some([name, null]) if null == "null" => Shape::Nullable(Box::new(basic(name))),
        Some([text, number, flag]) if [text, number, flag] == ["string", "number", "boolean"] => {
            Shape::Scalar
        }
        Some(names) => panic!("types that are not known yet: {names:?}"),
        None => basic(&schema["type"]),
    }
}

/// Those that are always there as they are declared, then the others.
fn fields(schema: &Value) -> Vec<FieldShape> {
    let properties = schema["properties"].as_object().unwrap();
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let field = |name: &str, optional| {
        let schema = &properties[name];
        let default = schema.get("default").filter(|value| !value.is_null());
        let default = default.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let most = schema["most"].as_u64();
        FieldShape { name: name.to_owned(), optional, default, most, is: described(schema) }
    };
    let others = properties.keys().filter(|name| !required.contains(&name.as_str()));
    let first = required.iter().filter(|name| properties.contains_key(**name));
    first.map(|name| field(name, false)).chain(others.map(|name| field(name, true))).collect()
}
