//! Recipes as messages have them, and as the command line's files do. Both are read by the same parser: JSON is written down as TOML first.

use std::ops::Range;

use recipe::filter::{Filter, ParamKind};
use recipe::recipe::Recipe;
use serde_json::{Map, Value, json};

use super::messages::{Place, Problem};
use super::roots::Roots;

/// Reads a recipe in JSON; the files that it names become real paths.
pub(super) fn from_json(json: &Value, roots: &Roots) -> Result<Recipe, Problem> {
    let (toml, filters) = to_text(json)?;
    let recipe = Recipe::parse(&toml).map_err(|error| {
        let place = filters.iter().position(|lines| lines.contains(&error.line));
        Problem { message: error.message, place: place.map(Place::Filter) }
    })?;
    with_files(recipe, roots)
}

/// Reads a recipe in TOML; the files that it names become real paths.
pub(super) fn from_toml(toml: &str, roots: &Roots) -> Result<Recipe, Problem> {
    let recipe = Recipe::parse(toml).map_err(|error| Problem {
        place: Some(Place::Text { line: error.line, column: error.column }),
        message: error.message,
    })?;
    with_files(recipe, roots)
}

fn with_files(mut recipe: Recipe, roots: &Roots) -> Result<Recipe, Problem> {
    for (index, filter) in recipe.filters.iter_mut().enumerate() {
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
                place: Some(Place::Filter(index)),
            })?;
        }
    }
    Ok(recipe)
}

/// The recipe as JSON, every parameter that has a value filled in.
pub(super) fn to_json(recipe: &Recipe, roots: &Roots) -> Value {
    let output = recipe.to_toml();
    // The settings are the last table of the text, one `key = value` a line.
    let settings = output.rsplit_once("[output]\n").map_or("", |(_, settings)| settings);
    let settings = settings.lines().filter_map(|line| line.split_once(" = "));
    let output: Map<String, Value> = settings
        .map(|(key, value)| (key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
        .collect();
    let filters: Vec<Value> = recipe.filters.iter().map(|filter| filter_to_json(filter, roots)).collect();
    json!({ "filters": filters, "output": output })
}

fn filter_to_json(filter: &Filter, roots: &Roots) -> Value {
    let mut fields = Map::from_iter([("name".to_owned(), filter.info().name.into())]);
    for (param, text) in filter.values() {
        let value = match param.kind {
            ParamKind::Number { .. } | ParamKind::Integer { .. } | ParamKind::Switch => {
                serde_json::from_str(&text).unwrap_or_else(|_| text.into())
            }
            ParamKind::File => roots.shown(text.as_ref()).into(),
            ParamKind::Choice(_) | ParamKind::Text(_) | ParamKind::Color | ParamKind::Aspect => text.into(),
        };
        fields.insert(param.name.to_owned(), value);
    }
    fields.into()
}

/// The JSON as TOML, and the lines of each filter in it, counted from 1.
fn to_text(json: &Value) -> Result<(String, Vec<Range<usize>>), Problem> {
    let wrong = |message: &str| Problem::new(message);
    let fields = json.as_object().ok_or_else(|| wrong("a recipe is an object with filters and output"))?;
    if let Some(other) = fields.keys().find(|key| !["filters", "output"].contains(&key.as_str())) {
        return Err(Problem::new(format!("a recipe has filters and output, not {other:?}")));
    }
    let (mut text, mut line, mut lines) = (String::new(), 1, Vec::new());
    let filters =
        fields.get("filters").map_or(Some(&[][..]), |filters| filters.as_array().map(Vec::as_slice));
    for (index, filter) in filters.ok_or_else(|| wrong("filters is a list"))?.iter().enumerate() {
        let at = Some(Place::Filter(index));
        let table = table(filter).map_err(|message| Problem { message, place: at })?;
        let count = 1 + table.lines().count();
        lines.push(line..line + count);
        line += count;
        text += &format!("[[filter]]\n{table}");
    }
    if let Some(output) = fields.get("output").filter(|output| !output.is_null()) {
        text += &format!("[output]\n{}", table(output).map_err(Problem::new)?);
    }
    Ok((text, lines))
}

/// The entries of a table. A text is written the same in JSON and in TOML, but for one character.
fn table(json: &Value) -> Result<String, String> {
    let fields = json.as_object().ok_or("a filter is an object with a name and its parameters")?;
    let mut text = String::new();
    for (key, value) in fields {
        match value {
            Value::Null => continue,
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            Value::Array(_) | Value::Object(_) => {
                return Err(format!("{key:?} must be a text, a number, true or false"));
            }
        }
        text += &format!("{} = {value}\n", Value::from(key.as_str())).replace('\u{7f}', "\\u007f");
    }
    Ok(text)
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
    fn mistakes_say_where_they_are() {
        let (_dir, roots) = roots();
        let error = |json: Value| from_json(&json, &roots).unwrap_err();
        let two = |second: Value| error(json!({"filters": [{"name": "sepia", "strength": 1}, second]}));
        let blur = two(json!({"name": "blur", "radius": 900}));
        assert_eq!(
            blur,
            Problem {
                message: "blur: radius must be 0–250, got 900".into(), place: Some(Place::Filter(1))
            }
        );
        for second in
            [json!({"radius": 3}), json!(3), json!({"name": "blur", "radius": [1]}), json!({"name": "blr"})]
        {
            assert_eq!(two(second.clone()).place, Some(Place::Filter(1)), "{second}");
        }
        assert_eq!(error(json!({"output": {"quality": 0}})).place, None);
        assert!(error(json!({"chain": []})).message.contains("chain"));
        let toml = from_toml("[[filter]]\nname = \"blur\"\nradius = 900\n", &roots).unwrap_err();
        assert_eq!(toml.place, Some(Place::Text { line: 3, column: 10 }));
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
                error.message.starts_with("lut: file ") && error.place == Some(Place::Filter(0)),
                "{error:?}"
            );
        }
    }
}
