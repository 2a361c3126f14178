//! Recipes as messages have them, and as the command line's files do. A mistake comes with its place: the
//! filter, or line and column.

use recipe::filter::{Arg, Filter, ParamKind};
use recipe::recipe::{Output, Outputs, Recipe, RecipeOutput};
use serde_json::{Map, Value, json};

use super::messages::Problem;
use super::roots::Roots;
use crate::report::wire::answer::MistakePlace;

/// Reads a recipe in JSON; the files that it names become real paths.
pub(super) fn from_json(json: &Value, roots: &Roots) -> Result<Recipe, Problem> {
    let fields = json.as_object();
    let fields = fields.ok_or_else(|| Problem::new("a recipe is an object with filters and output"))?;
    let mut recipe = Recipe::default();
    for (key, value) in fields {
        match key.as_str() {
            "filters" => recipe.filters = read_filters(value)?,
            "name" => recipe.name = text(key, value)?,
            "description" => recipe.description = text(key, value)?,
            "output" => recipe.outputs.first.settings = read_settings(value).map_err(Problem::new)?,
            "outputs" => recipe.outputs = read_outputs(value)?,
            other => {
                return Err(Problem::new(format!(
                    "a recipe has name, description, filters and output or outputs, not {other:?}"
                )));
            }
        }
    }
    with_files(recipe, roots)
}

fn read_filters(json: &Value) -> Result<Vec<Filter>, Problem> {
    let filters = json.as_array().ok_or_else(|| Problem::new("filters is a list"))?;
    let read = |(index, filter)| {
        read_filter(filter)
            .map_err(|message| Problem { message, place: Some(MistakePlace::Filter { filter: index }) })
    };
    filters.iter().enumerate().map(read).collect()
}

fn read_filter(json: &Value) -> Result<Filter, String> {
    let (mut name, mut args) = (None, Vec::new());
    for (key, value) in entries(json, "a filter is an object with a name and its parameters")? {
        match key.as_str() {
            "name" => name = Some(value),
            _ => args.push(Arg { key: Some(key), value, at: 0..0 }),
        }
    }
    let name = name.ok_or("the filter has no name")?;
    Filter::build(&name, 0..0, &args).map_err(|error| error.to_string())
}

fn text(key: &str, json: &Value) -> Result<Option<String>, Problem> {
    match json {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(Problem::new(format!("{key} must be a text")))
        }
    }
}

fn read_settings(json: &Value) -> Result<Output, String> {
    let mut settings = Output::default();
    if !json.is_null() {
        for (key, value) in entries(json, "output is an object with settings, such as quality")? {
            settings.set(&key, &value).map_err(|error| error.to_string())?;
        }
    }
    Ok(settings)
}

/// Outputs with names, each with its settings and, if it has any, filters of its own.
fn read_outputs(json: &Value) -> Result<Outputs, Problem> {
    let outputs = json.as_array().ok_or_else(|| Problem::new("outputs is a list"))?;
    let outputs = outputs.iter().map(read_output).collect::<Result<Vec<_>, _>>()?;
    Outputs::together(outputs).map_err(|(_, error)| Problem::new(format!("outputs: {error}")))
}

fn read_output(json: &Value) -> Result<RecipeOutput, Problem> {
    let mut fields = json.as_object().cloned().ok_or_else(|| Problem::new("an output is an object"))?;
    let mut take = |key: &str| fields.remove(key).unwrap_or_default();
    let (name, path) = (text("name", &take("name"))?, text("path", &take("path"))?);
    // Which filter it is, is said in words: the place counts those that all outputs share.
    let filters = Some(take("filters")).filter(|filters| !filters.is_null());
    let filters = filters.map_or(Ok(Vec::new()), |filters| read_filters(&filters));
    let filters = filters.map_err(|problem| Problem::new(problem.message))?;
    let settings = read_settings(&fields.into()).map_err(Problem::new)?;
    Ok(RecipeOutput { name, path, filters, settings })
}

/// What an object says, each value as it would be typed; `null` is as good as left out.
fn entries(json: &Value, expected: &str) -> Result<Vec<(String, String)>, String> {
    let fields = json.as_object().ok_or(expected)?;
    let given = fields.iter().filter(|(_, value)| !value.is_null());
    given
        .map(|(key, value)| match value {
            Value::String(text) => Ok((key.clone(), text.clone())),
            Value::Bool(_) | Value::Number(_) => Ok((key.clone(), value.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                Err(format!("{key:?} must be a text, a number, true or false"))
            }
        })
        .collect()
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
pub(super) fn to_json(recipe: &Recipe, roots: &Roots) -> Value {
    let filters = |filters: &[Filter]| {
        let filters = filters.iter().map(|filter| filter_to_json(filter, roots));
        Value::from(filters.collect::<Vec<_>>())
    };
    let settings = |output: &RecipeOutput| {
        let values =
            output.settings.values().into_iter().map(|(name, value)| (name.to_owned(), json!(value)));
        values.collect::<Map<String, Value>>()
    };
    let mut fields = Map::new();
    let mut say = |key: &str, text: &Option<String>| {
        if let Some(text) = text {
            fields.insert(key.to_owned(), text.clone().into());
        }
    };
    say("name", &recipe.name);
    say("description", &recipe.description);
    fields.insert("filters".to_owned(), filters(&recipe.filters));
    let is_plain =
        |only: &&RecipeOutput| only.name.is_none() && only.path.is_none() && only.filters.is_empty();
    match recipe.outputs.only().filter(is_plain) {
        Some(only) => fields.insert("output".to_owned(), settings(only).into()),
        None => {
            let output = |output: &RecipeOutput| {
                let mut fields = settings(output);
                fields.insert("name".to_owned(), output.name.clone().into());
                fields.insert("path".to_owned(), output.path.clone().into());
                fields.insert("filters".to_owned(), filters(&output.filters));
                Value::from(fields)
            };
            let outputs = recipe.outputs.iter().map(output);
            fields.insert("outputs".to_owned(), outputs.collect::<Vec<_>>().into())
        }
    };
    fields.into()
}

fn filter_to_json(filter: &Filter, roots: &Roots) -> Value {
    let mut fields = Map::from_iter([("name".to_owned(), filter.info().name.into())]);
    for (param, value) in filter.values() {
        let value = match param.kind {
            ParamKind::File => roots.shown(value.to_string().as_ref()).into(),
            ParamKind::Number { .. }
            | ParamKind::Integer { .. }
            | ParamKind::Choice(_)
            | ParamKind::Switch
            | ParamKind::Text(_)
            | ParamKind::Color
            | ParamKind::Aspect => json!(value),
        };
        fields.insert(param.name.to_owned(), value);
    }
    fields.into()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let recipe = from_json(&json, &roots).unwrap();
        assert_eq!(from_toml(&recipe.to_toml(), &roots).unwrap(), recipe);
        let back = to_json(&recipe, &roots);
        assert_eq!(from_json(&back, &roots).unwrap(), recipe);
        assert_eq!(
            (&back["filters"][0]["name"], &back["filters"][0]["radius"]),
            (&"blur".into(), &2.5.into())
        );
        assert_eq!(back["filters"][1]["tile"], true);
        assert_eq!((&back["output"]["quality"], &back["output"]["color"]), (&70.into(), &"srgb".into()));
        assert_eq!(from_json(&json!({}), &roots).unwrap(), Recipe::default());
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
        let recipe = from_json(&json, &roots).unwrap();
        assert_eq!(recipe.outputs.count(), 2);
        assert_eq!(from_json(&to_json(&recipe, &roots), &roots).unwrap(), recipe);
        assert_eq!(from_toml(&recipe.to_toml(), &roots).unwrap(), recipe);
        let error = |outputs: Value| from_json(&json!({ "outputs": outputs }), &roots).unwrap_err().message;
        assert!(error(json!([{}, {}])).contains("each needs a name"));
        assert!(error(json!([])).contains("makes nothing"));
        assert!(error(json!([{"name": 3}])).contains("name must be a text"));
        assert!(error(json!([{"name": "a", "filters": [{"name": "blr"}]}])).contains("blr"));
    }

    #[test]
    fn mistakes_say_where_they_are() {
        let (_dir, roots) = roots();
        let error = |json: Value| from_json(&json, &roots).unwrap_err();
        let two = |second: Value| error(json!({"filters": [{"name": "sepia", "strength": 1}, second]}));
        let blur = two(json!({"name": "blur", "radius": 900}));
        assert_eq!(
            blur,
            Problem {
                message: "blur: radius must be 0–250, got 900".into(),
                place: Some(MistakePlace::Filter { filter: 1 })
            }
        );
        for second in
            [json!({"radius": 3}), json!(3), json!({"name": "blur", "radius": [1]}), json!({"name": "blr"})]
        {
            assert_eq!(two(second.clone()).place, Some(MistakePlace::Filter { filter: 1 }), "{second}");
        }
        assert_eq!(error(json!({"output": {"quality": 0}})).place, None);
        assert_eq!(
            error(json!({"output": []})).message,
            "output is an object with settings, such as quality"
        );
        assert!(error(json!({"chain": []})).message.contains("chain"));
        let toml = from_toml("[[filter]]\nname = \"blur\"\nradius = 900\n", &roots).unwrap_err();
        assert_eq!(toml.place, Some(MistakePlace::Text { line: 3, column: 10 }));
    }

    #[test]
    fn files_are_below_the_roots() {
        let (dir, roots) = roots();
        let lut = |file: &str| from_json(&json!({"filters": [{"name": "lut", "file": file}]}), &roots);
        let recipe = lut("look.cube").unwrap();
        let real = std::fs::canonicalize(dir.path().join("look.cube")).unwrap();
        assert_eq!(recipe.filters[0].files()[0].as_path(), real);
        assert!(to_json(&recipe, &roots)["filters"][0]["file"].as_str().unwrap().ends_with("/look.cube"));
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
