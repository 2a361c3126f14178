//! Recipes as messages have them, and as the command line's files do. A mistake comes with its place: the
//! filter, or line and column.

use std::collections::BTreeMap;

use recipe::filter::{Arg, Filter, ParamKind, Scalar};
use recipe::metadata::{ChangeError, MetadataChanges, MetadataFamily, MetadataField};
use recipe::recipe::{Outputs, Recipe, RecipeOutput};

use super::messages::Problem;
use super::roots::Roots;
use crate::report::wire::answer::MistakePlace;
use crate::report::wire::recipe::{
    FilterValues, MetadataTable, MetadataValue, OutputSettings, OutputValues, WireRecipe,
};

/// What a recipe in JSON means; the files that it names become real paths.
pub(super) fn from_json(json: &WireRecipe, roots: &Roots) -> Result<Recipe, Problem> {
    let WireRecipe { name, description, metadata, filters, output, outputs } = json.clone();
    let outputs = match (output, outputs) {
        (_, Some(outputs)) => read_outputs(outputs, metadata.as_ref())?,
        (settings, None) => {
            let first = read_settings(settings.unwrap_or_default(), metadata.as_ref())?;
            Outputs { first, others: Vec::new() }
        }
    };
    let read = |(index, filter)| {
        let place = Some(MistakePlace::Filter { filter: index });
        read_filter(filter).map_err(|message| Problem { message, place })
    };
    let filters = filters.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
    with_files(Recipe { name, description, filters, outputs }, roots)
}

fn read_filter(FilterValues { name, parameters }: FilterValues) -> Result<Filter, String> {
    let arg = |(key, value): (String, Scalar)| Arg { key: Some(key), value: value.to_string(), at: 0..0 };
    let args: Vec<Arg> = parameters.into_iter().map(arg).collect();
    Filter::build(&name, 0..0, &args).map_err(|error| error.to_string())
}

/// An output with these settings; `usual` is said of its metadata where they say nothing of it.
fn read_settings(
    OutputSettings { metadata, others }: OutputSettings,
    usual: Option<&MetadataValue>,
) -> Result<RecipeOutput, Problem> {
    let mut output = RecipeOutput::default();
    for (key, value) in others {
        output.settings.set(&key, &value.to_string()).map_err(Problem::new)?;
    }
    let table = match metadata.as_ref().or(usual) {
        Some(MetadataValue::Word(word)) => {
            MetadataTable { policy: Some(word.clone()), ..MetadataTable::default() }
        }
        Some(MetadataValue::Table(table)) => table.clone(),
        None => MetadataTable::default(),
    };
    if let Some(policy) = table.policy {
        output.settings.set("metadata", &policy).map_err(Problem::new)?;
    }
    let changes = read_changes(table.drop, table.set);
    output.changes = changes.map_err(|error| Problem::new(format!("metadata: {error}")))?;
    Ok(output)
}

fn read_changes(drop: Vec<String>, set: BTreeMap<String, String>) -> Result<MetadataChanges, ChangeError> {
    let mut changes = MetadataChanges::default();
    for family in drop {
        changes.drop.insert(MetadataFamily::named(&family)?);
    }
    for (field, text) in set {
        let field = MetadataField::named(&field)?;
        if changes.set.insert(field, field.text(&text)?).is_some() {
            return Err(ChangeError::Twice(field));
        }
    }
    changes.check()?;
    Ok(changes)
}

/// Outputs with names, each with its settings and, if it has any, filters of its own.
fn read_outputs(outputs: Vec<OutputValues>, usual: Option<&MetadataValue>) -> Result<Outputs, Problem> {
    let read = |OutputValues { name, path, filters, settings }| {
        // Which filter it is, is said in words: the place counts those that all outputs share.
        let filters = filters.into_iter().map(read_filter).collect::<Result<_, _>>();
        let filters = filters.map_err(Problem::new)?;
        Ok(RecipeOutput { name, path, filters, ..read_settings(settings, usual)? })
    };
    let outputs = outputs.into_iter().map(read).collect::<Result<_, Problem>>()?;
    Outputs::together(outputs).map_err(|(_, error)| Problem::new(format!("outputs: {error}")))
}

/// Reads a recipe in TOML; the files that it names become real paths.
pub(super) fn from_toml(toml: &str, roots: &Roots) -> Result<Recipe, Problem> {
    let recipe = Recipe::parse(toml).map_err(|error| Problem {
        place: Some(MistakePlace::Text { line: error.line, column: error.column }),
        message: error.message,
    })?;
    with_files(recipe, roots)
}

fn with_files(mut recipe: Recipe, roots: &Roots) -> Result<Recipe, Problem> {
    let shared = recipe.filters.len();
    for (index, filter) in recipe.all_filters_mut().enumerate() {
        let name = filter.info().name;
        for (param, file) in filter.files_mut() {
            let real = file.as_path().to_str().map(|asked| roots.resolve(asked));
            let found = real.unwrap_or_else(|| roots.resolve("\0")).map_err(|error| error.to_string());
            let is_file = found.and_then(|path| match path.is_file() {
                true => Ok(path),
                false => Err(format!("{}: it is not a file", roots.shown(&path))),
            });
            file.0 = is_file.map_err(|problem| Problem {
                message: format!("{name}: {param} {problem}"),
                place: (index < shared).then_some(MistakePlace::Filter { filter: index }),
            })?;
        }
    }
    Ok(recipe)
}

/// The recipe as JSON, every parameter that has a value filled in.
pub(super) fn to_json(recipe: &Recipe, roots: &Roots) -> WireRecipe {
    let filters = |filters: &[Filter]| filters.iter().map(|filter| filter_to_json(filter, roots)).collect();
    let values = |output: &RecipeOutput| OutputValues {
        name: output.name.clone(),
        path: output.path.clone(),
        filters: filters(&output.filters),
        settings: settings_to_json(output),
    };
    let is_plain =
        |only: &&RecipeOutput| only.name.is_none() && only.path.is_none() && only.filters.is_empty();
    let plain = recipe.outputs.only().filter(is_plain);
    WireRecipe {
        name: recipe.name.clone(),
        description: recipe.description.clone(),
        filters: filters(&recipe.filters),
        metadata: None,
        output: plain.map(settings_to_json),
        outputs: plain.is_none().then(|| recipe.outputs.iter().map(values).collect()),
    }
}

fn settings_to_json(output: &RecipeOutput) -> OutputSettings {
    let values = output.settings.values().into_iter().filter(|(name, _)| *name != "metadata");
    let policy = output.settings.metadata.to_string();
    let MetadataChanges { drop, set } = &output.changes;
    let metadata = match output.changes.is_empty() {
        true => MetadataValue::Word(policy),
        false => MetadataValue::Table(MetadataTable {
            policy: Some(policy),
            drop: drop.iter().map(ToString::to_string).collect(),
            set: set.iter().map(|(field, text)| (field.to_string(), text.to_string())).collect(),
        }),
    };
    OutputSettings {
        metadata: Some(metadata),
        others: values.map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

fn filter_to_json(filter: &Filter, roots: &Roots) -> FilterValues {
    let value = |kind: ParamKind, value: Scalar| match kind {
        ParamKind::File => Scalar::Text(roots.shown(value.to_string().as_ref())),
        ParamKind::Number { .. }
        | ParamKind::Integer { .. }
        | ParamKind::Choice(_)
        | ParamKind::Switch
        | ParamKind::Text(_)
        | ParamKind::Color
        | ParamKind::Aspect
        | ParamKind::Points
        | ParamKind::Place => value,
    };
    let values = filter.values().into_iter();
    let parameters = values.map(|(param, given)| (param.name.to_owned(), value(param.kind, given))).collect();
    FilterValues { name: filter.info().name.to_owned(), parameters }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::asked_recipe::parse;
    use serde_json::{Value, json};

    /// As it comes in a message.
    fn read(json: &Value, roots: &Roots) -> Result<Recipe, Problem> {
        from_json(&parse(json)?, roots)
    }

    fn written(recipe: &Recipe, roots: &Roots) -> Value {
        serde_json::to_value(to_json(recipe, roots)).unwrap()
    }

    fn roots() -> (tempfile::TempDir, Roots) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("look.cube"), "").unwrap();
        let roots = Roots::open_all(&[dir.path().to_owned()]).unwrap();
        (dir, roots)
    }

    #[test]
    fn json_and_toml_say_the_same() {
        let (_dir, roots) = roots();
        let json = json!({
            "filters": [
                {"name": "desenfoque", "radius": 2.5},
                {"name": "watermark", "text": "© \"A\"\n\\ \u{7f}", "tile": true, "opacity": null},
                {"name": "crop", "aspect": "16:9"},
            ],
            "output": {"format": "webp", "quality": 70},
        });
        let recipe = read(&json, &roots).unwrap();
        assert_eq!(from_toml(&recipe.to_toml(), &roots).unwrap(), recipe);
        let back = written(&recipe, &roots);
        assert_eq!(read(&back, &roots).unwrap(), recipe);
        assert_eq!(
            (&back["filters"][0]["name"], &back["filters"][0]["radius"]),
            (&"blur".into(), &2.5.into())
        );
        assert_eq!(back["filters"][1]["tile"], true);
        assert_eq!((&back["output"]["quality"], &back["output"]["color"]), (&70.into(), &"srgb".into()));
        assert_eq!(read(&json!({}), &roots).unwrap(), Recipe::default());
    }

    #[test]
    fn several_outputs_come_back_as_they_went() {
        let (_dir, roots) = roots();
        let json = json!({
            "name": "delivery",
            "filters": [{"name": "sepia"}],
            "outputs": [
                {"name": "web", "filters": [{"name": "resize", "long_edge": 2048}], "quality": 82},
                {"name": "print", "path": "{output}-{stem}", "format": "tiff"},
            ],
        });
        let recipe = read(&json, &roots).unwrap();
        assert_eq!(recipe.outputs.count(), 2);
        assert_eq!(read(&written(&recipe, &roots), &roots).unwrap(), recipe);
        assert_eq!(from_toml(&recipe.to_toml(), &roots).unwrap(), recipe);
        let error = |outputs: Value| read(&json!({ "outputs": outputs }), &roots).unwrap_err().message;
        assert!(error(json!([{}, {}])).contains("each needs a name"));
        assert!(error(json!([])).contains("makes nothing"));
        assert!(error(json!([{"name": "a", "filters": [{"name": "blr"}]}])).contains("blr"));
    }

    #[test]
    fn what_becomes_of_metadata_comes_back_as_it_went() {
        let (_dir, roots) = roots();
        let table = json!({
            "policy": "keep", "drop": ["gps", "serial"],
            "set": {"artist": "Ana", "copyright": "© {date:%Y} {artist}"},
        });
        for json in [json!({"output": {"metadata": table}}), json!({"metadata": table})] {
            let recipe = read(&json, &roots).unwrap();
            let back = written(&recipe, &roots);
            assert_eq!((&back["output"]["metadata"], back.get("metadata")), (&table, None));
            assert_eq!(read(&back, &roots).unwrap(), recipe);
            assert_eq!(from_toml(&recipe.to_toml(), &roots).unwrap(), recipe);
        }
        let outputs = json!([{"name": "a"}, {"name": "b", "metadata": "strip"}]);
        let back = written(&read(&json!({"metadata": table, "outputs": outputs}), &roots).unwrap(), &roots);
        assert_eq!(
            (&back["outputs"][0]["metadata"], &back["outputs"][1]["metadata"]),
            (&table, &"strip".into())
        );
        let error = |table: Value| read(&json!({"output": {"metadata": table}}), &roots).unwrap_err().message;
        assert!(error(json!({"drop": ["gpz"]})).starts_with("metadata: there is no \"gpz\""));
        assert!(
            error(json!({"set": {"title": "{artist}", "artist": "{title}"}})).contains("need each other")
        );
        assert!(error(json!({"policy": "none"})).contains("metadata must be one of keep"));
    }

    #[test]
    fn mistakes_say_where_they_are() {
        let (_dir, roots) = roots();
        let error = |json: Value| read(&json, &roots).unwrap_err();
        let two = |second: Value| error(json!({"filters": [{"name": "sepia", "strength": 1}, second]}));
        let blur = two(json!({"name": "blur", "radius": 900}));
        assert_eq!(
            blur,
            Problem {
                message: "blur: radius must be 0–250, got 900".into(),
                place: Some(MistakePlace::Filter { filter: 1 })
            }
        );
        let unknown = two(json!({"name": "blr"}));
        assert_eq!(unknown.place, Some(MistakePlace::Filter { filter: 1 }));
        assert_eq!(error(json!({"output": {"quality": 0}})).place, None);
        let toml = from_toml("[[filter]]\nname = \"blur\"\nradius = 900\n", &roots).unwrap_err();
        assert_eq!(toml.place, Some(MistakePlace::Text { line: 3, column: 10 }));
    }

    #[test]
    fn files_are_below_the_roots() {
        let (dir, roots) = roots();
        let lut = |file: &str| read(&json!({"filters": [{"name": "lut", "file": file}]}), &roots);
        let recipe = lut("look.cube").unwrap();
        let real = std::fs::canonicalize(dir.path().join("look.cube")).unwrap();
        assert_eq!(recipe.filters[0].files()[0].as_path(), real);
        assert!(written(&recipe, &roots)["filters"][0]["file"].as_str().unwrap().ends_with("/look.cube"));
        for file in ["/etc/passwd", "../x.cube", "missing.cube", "."] {
            let error = lut(file).unwrap_err();
            assert!(
                error.message.starts_with("lut: file ")
                    && error.place == Some(MistakePlace::Filter { filter: 0 }),
                "{error:?}"
            );
        }
    }
}
