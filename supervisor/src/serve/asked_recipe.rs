//! A recipe in JSON as a client wrote it, taken apart; what it means is for [`super::recipes`]. `null` is as
//! good as left out. Pure.

use std::collections::BTreeMap;

use recipe::filter::Scalar;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::messages::Problem;
use crate::report::wire::answer::MistakePlace;
use crate::report::wire::recipe::{
    FilterValues, MetadataTable, MetadataValue, OutputSettings, OutputValues, WireRecipe,
};

/// What a recipe has.
const KEYS: [&str; 6] = ["name", "description", "metadata", "filters", "output", "outputs"];

/// The field `recipe` of a request.
pub(super) fn field(fields: &Fields<'_>) -> Result<Option<WireRecipe>, Problem> {
    fields.value("recipe").map(parse).transpose()
}

/// A recipe.
pub(super) fn parse(json: &Value) -> Result<WireRecipe, Problem> {
    let fields = json.as_object();
    let fields = fields.ok_or_else(|| Problem::new("a recipe is an object with filters and output"))?;
    let known = |key: &&String| KEYS.into_iter().any(|known| known == key.as_str());
    if let Some(other) = fields.keys().find(|key| !known(key)) {
        return Err(Problem::new(format!(
            "a recipe has name, description, metadata, filters and output or outputs, not {other:?}"
        )));
    }
    let recipe = Fields::new("recipe", fields);
    let output = recipe.value("output").map(|output| {
        let expected = || Problem::new("output is an object with settings, such as quality");
        settings_of(output.as_object().cloned().ok_or_else(expected)?)
    });
    let outputs = recipe.list("outputs")?.map(|outputs| outputs.iter().map(output_values).collect());
    let (output, outputs) = (output.transpose()?, outputs.transpose()?);
    if output.is_some() && outputs.is_some() {
        return Err(Problem::new("a recipe has output or outputs, not both"));
    }
    Ok(WireRecipe {
        name: recipe.text("name")?,
        description: recipe.text("description")?,
        metadata: recipe.value("metadata").map(metadata_value).transpose()?,
        filters: filters(&recipe)?,
        output,
        outputs,
    })
}

fn filters(fields: &Fields<'_>) -> Result<Vec<FilterValues>, Problem> {
    let filters = fields.list("filters")?.unwrap_or_default().iter().enumerate();
    let read = |(index, filter)| {
        filter_values(filter)
            .map_err(|message| Problem { message, place: Some(MistakePlace::Filter { filter: index }) })
    };
    filters.map(read).collect()
}

fn filter_values(json: &Value) -> Result<FilterValues, String> {
    let mut parameters = values(json, "a filter is an object with a name and its parameters")?;
    let name = parameters.remove("name").ok_or("the filter has no name")?;
    Ok(FilterValues { name: name.to_string(), parameters })
}

fn output_values(json: &Value) -> Result<OutputValues, Problem> {
    let mut settings = json.as_object().cloned().ok_or_else(|| Problem::new("an output is an object"))?;
    let own = ["name", "path", "filters"];
    let own = own.into_iter().filter_map(|key| settings.remove_entry(key)).collect();
    let own = Fields::new("outputs", &own);
    Ok(OutputValues {
        name: own.text("name")?,
        path: own.text("path")?,
        // Which filter it is, is said in words: the place counts those that all outputs share.
        filters: filters(&own).map_err(|problem| Problem::new(problem.message))?,
        settings: settings_of(settings)?,
    })
}

/// The settings that an object has.
fn settings_of(mut fields: Map<String, Value>) -> Result<OutputSettings, Problem> {
    let metadata = fields.remove("metadata").filter(|value| !value.is_null());
    let metadata = metadata.as_ref().map(metadata_value).transpose()?;
    let others = values(&fields.into(), "an output is an object").map_err(Problem::new)?;
    Ok(OutputSettings { metadata, others })
}

/// What becomes of metadata: the word of a policy, or more.
fn metadata_value(json: &Value) -> Result<MetadataValue, Problem> {
    let fields = match json {
        Value::String(word) => return Ok(MetadataValue::Word(word.clone())),
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            return Err(Problem::new("metadata is a word, or an object with policy, drop and set"));
        }
    };
    if let Some(other) = fields.keys().find(|key| !["policy", "drop", "set"].contains(&key.as_str())) {
        return Err(Problem::new(format!("metadata has policy, drop and set, not {other:?}")));
    }
    let table = Fields::new("metadata", fields);
    let set = table.value("set").map(|set| values(set, "set is an object with a text for each field"));
    let set = set.transpose().map_err(|message| table.problem(&message))?.unwrap_or_default();
    Ok(MetadataValue::Table(MetadataTable {
        policy: table.text("policy")?,
        drop: table.texts("drop")?.unwrap_or_default(),
        set: set.into_iter().map(|(field, text)| (field, text.to_string())).collect(),
    }))
}

/// What an object says.
fn values(json: &Value, expected: &str) -> Result<BTreeMap<String, Scalar>, String> {
    scalars(json.as_object().ok_or(expected)?)
}

/// Texts, numbers and switches by name.
pub(super) fn scalars(fields: &Map<String, Value>) -> Result<BTreeMap<String, Scalar>, String> {
    let given = fields.iter().filter(|(_, value)| !value.is_null());
    let read = |(key, value): (&String, &Value)| {
        let wrong = |_| format!("{key:?} must be a text, a number, true or false");
        Ok((key.clone(), Scalar::deserialize(value).map_err(wrong)?))
    };
    given.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_recipe_is_read_as_it_is_written() {
        let json = json!({
            "name": "delivery", "description": "for Ana", "metadata": "copyright",
            "filters": [{"name": "blur", "radius": 2.5}, {"name": "watermark", "tile": true, "text": "A"}],
            "outputs": [{"name": "web", "path": "{stem}", "filters": [{"name": "sepia"}], "quality": 82,
                "metadata": {"policy": "keep", "drop": ["gps"], "set": {"artist": "Ana"}}}],
        });
        let recipe = parse(&json).unwrap();
        assert_eq!(serde_json::to_value(&recipe).unwrap(), json);
        assert_eq!(serde_json::from_value::<WireRecipe>(json).unwrap(), recipe);
        let nulls = json!({
            "name": null, "filters": null, "outputs": null, "output": {"quality": null, "dpi": 300},
        });
        let recipe = parse(&nulls).unwrap();
        assert_eq!(serde_json::to_value(recipe).unwrap(), json!({"filters": [], "output": {"dpi": 300}}));
    }

    #[test]
    fn mistakes_are_told_in_plain_words() {
        let error = |json: Value| parse(&json).unwrap_err();
        let second = |filter: Value| error(json!({"filters": [{"name": "sepia"}, filter]}));
        for (filter, expected) in [
            (json!({"radius": 3}), "the filter has no name"),
            (json!(3), "a filter is an object with a name and its parameters"),
            (json!({"name": "blur", "radius": [1]}), "\"radius\" must be a text, a number, true or false"),
        ] {
            let place = Some(MistakePlace::Filter { filter: 1 });
            assert_eq!(second(filter), Problem { message: expected.into(), place });
        }
        for (json, expected) in [
            (json!([]), "a recipe is an object with filters and output"),
            (
                json!({"chain": []}),
                "a recipe has name, description, metadata, filters and output or outputs, not \"chain\"",
            ),
            (json!({"filters": {}}), "recipe: filters must be a list, got {}"),
            (json!({"output": []}), "output is an object with settings, such as quality"),
            (json!({"outputs": [3]}), "an output is an object"),
            (json!({"outputs": [{"name": 3}]}), "outputs: name must be a text, got 3"),
            (json!({"outputs": [{"filters": [3]}]}), "a filter is an object with a name and its parameters"),
            (json!({"output": {}, "outputs": []}), "a recipe has output or outputs, not both"),
            (json!({"metadata": 3}), "metadata is a word, or an object with policy, drop and set"),
            (json!({"output": {"metadata": {"x": 3}}}), "metadata has policy, drop and set, not \"x\""),
            (
                json!({"output": {"metadata": {"drop": "gps"}}}),
                "metadata: drop must be a list of texts, got \"gps\"",
            ),
            (
                json!({"outputs": [{"metadata": {"set": "x"}}]}),
                "metadata: set is an object with a text for each field",
            ),
        ] {
            assert_eq!(error(json), Problem::new(expected));
        }
    }
}
