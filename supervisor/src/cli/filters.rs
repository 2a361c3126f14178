//! `supervisor filters`: the filter table, for people and for programs. The docs page is made from it too.

use std::fmt::Write;

use clap::Args;
use recipe::filter::{FILTERS, FilterInfo, ParamInfo, ParamKind, find, nearest};
use serde_json::{Value, json};

use crate::console::{complain, print};
use crate::exit::Exit;

/// Options of `filters`.
#[derive(Debug, Args)]
pub struct FiltersArgs {
    /// Only this filter
    pub name: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints all filters, or one.
pub fn filters(args: &FiltersArgs) -> Exit {
    let chosen: Vec<&FilterInfo> = match &args.name {
        None => FILTERS.iter().collect(),
        Some(name) => match find(name) {
            Some(info) => vec![info],
            None => {
                let hint = nearest(name, FILTERS.iter().map(|info| info.name));
                let hint = hint.map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
                complain(&format!("there is no filter {name:?}{hint}; `supervisor filters` lists them all"));
                return Exit::Usage;
            }
        },
    };
    if args.json {
        let list: Vec<Value> = chosen.into_iter().map(as_json).collect();
        return print(&format!("{:#}\n", Value::from(list)));
    }
    let texts: Vec<String> = chosen.into_iter().map(as_text).collect();
    print(&texts.join("\n"))
}

/// The whole table, as `--json` prints it.
pub(crate) fn all_as_json() -> Vec<Value> {
    FILTERS.iter().map(as_json).collect()
}

fn as_json(info: &FilterInfo) -> Value {
    let params: Vec<Value> = info.params.iter().map(param_as_json).collect();
    json!({
        "name": info.name, "aliases": info.aliases, "summary": info.summary, "example": info.example,
        "framing": info.framing, "spanish": info.spanish, "parameters": params,
    })
}

fn param_as_json(param: &ParamInfo) -> Value {
    let mut value = json!({
        "name": param.name, "default": param.default, "unit": param.unit, "summary": param.summary,
        "spanish": param.spanish,
    });
    match param.kind {
        ParamKind::Number { min, max } => {
            (value["type"], value["min"], value["max"]) = ("number".into(), min.into(), max.into())
        }
        ParamKind::Integer { min, max } => {
            (value["type"], value["min"], value["max"]) = ("integer".into(), min.into(), max.into());
        }
        ParamKind::Choice(words) => (value["type"], value["choices"]) = ("choice".into(), words.into()),
        ParamKind::Switch => value["type"] = "switch".into(),
        ParamKind::Text(max) => (value["type"], value["max_length"]) = ("text".into(), max.into()),
        ParamKind::Color => value["type"] = "color".into(),
        ParamKind::Aspect => value["type"] = "aspect".into(),
        ParamKind::File => value["type"] = "file".into(),
    }
    value
}

fn as_text(info: &FilterInfo) -> String {
    let aliases = info.aliases.iter().map(|alias| format!(" ({alias})")).collect::<String>();
    let mut text = format!("{}{aliases}: {}\n", info.name, info.summary);
    for param in info.params {
        let default = param.default.map(|default| format!(" [{default}]")).unwrap_or_default();
        let _ = writeln!(text, "  {:<11} {}{default}  {}", param.name, range(param), param.summary);
    }
    text + &format!("  for example: -f {}\n", shell_word(info.example))
}

fn range(param: &ParamInfo) -> String {
    let unit = if param.unit.is_empty() { String::new() } else { format!(" {}", param.unit) };
    format!("{}{unit}", param.kind)
}

fn shell_word(example: &str) -> String {
    if example.contains(' ') { format!("\"{example}\"") } else { example.to_owned() }
}

/// The docs page.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Filters\n\nMade from the table in `recipe/src/filter/table.rs`; do not edit.\n\n\
         ![Every filter on one photo](filters.jpg)\n\n\
         The sheet is made by `scripts/contact_sheet`; the photo is by Rachel Michetti, CC0.\n",
    );
    for info in FILTERS {
        let aliases = info.aliases.iter().map(|alias| format!(", also `{alias}`")).collect::<String>();
        let example = shell_word(info.example);
        let _ = write!(page, "\n## `{}`{aliases}\n\n{}\n\n    -f {example}\n\n", info.name, info.summary);
        page += "| parameter | values | default | |\n|---|---|---|---|\n";
        for param in info.params {
            let default = param.default.map(|default| format!("`{default}`")).unwrap_or_default();
            let _ = writeln!(page, "| `{}` | {} | {default} | {} |", param.name, range(param), param.summary);
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Run with `UPDATE_DOCS=1` to rewrite the page.
    #[test]
    fn the_docs_page_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/filters.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), markdown(), "run the tests with UPDATE_DOCS=1");
    }

    #[test]
    fn every_filter_is_in_the_json() {
        let blur = as_json(find("desenfoque").unwrap());
        assert_eq!(blur["parameters"][0]["max"], 250.0);
        assert_eq!(blur["parameters"][0]["type"], "number");
    }
}
