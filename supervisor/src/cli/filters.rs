//! `supervisor filters`: the filter table, for people and for programs. The docs page is made from it too.

use clap::Args;
use recipe::filter::{FILTERS, FilterInfo, ParamInfo};
use serde_json::json;

use super::values;
use crate::console::print;
use crate::exit::Exit;

/// Options of `filters`.
#[derive(Debug, Args)]
pub(crate) struct FiltersArgs {
    /// Only this filter
    #[arg(value_parser = values::filter_name(), hide_possible_values = true)]
    pub name: Option<&'static FilterInfo>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints all filters, or one.
pub(crate) fn filters(args: &FiltersArgs) -> Exit {
    let chosen: Vec<&FilterInfo> = args.name.map_or_else(|| FILTERS.iter().collect(), |info| vec![info]);
    if args.json {
        return print(&format!("{:#}\n", json!(chosen)));
    }
    let texts: Vec<String> = chosen.into_iter().map(as_text).collect();
    print(&texts.join("\n"))
}

fn as_text(info: &FilterInfo) -> String {
    let aliases = info.aliases.iter().map(|alias| format!(" ({alias})")).collect::<String>();
    let mut text = format!("{}{aliases}: {}\n", info.name, info.summary);
    for param in info.params {
        let default = param.default.map(|default| format!(" [{default}]")).unwrap_or_default();
        text += &format!("  {:<11} {}{default}  {}\n", param.name, range(param), param.summary);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The docs page.
    fn markdown() -> String {
        let mut page = String::from(
            "<!-- Made from recipe/src/filter/table.rs; filters.jpg by scripts/contact_sheet. -->\n\n\
             # Filters\n\n\
             ![Every filter on one photo](filters.jpg)\n\n\
             The photo is by Rachel Michetti, CC0.\n",
        );
        for info in FILTERS {
            let aliases = info.aliases.iter().map(|alias| format!(", also `{alias}`")).collect::<String>();
            let example = shell_word(info.example);
            page += &format!("\n## `{}`{aliases}\n\n{}\n\n    -f {example}\n", info.name, info.summary);
            if !info.params.is_empty() {
                page += "\n| parameter | values | default | meaning |\n|---|---|---|---|\n";
            }
            for param in info.params {
                let default = param.default.map(|default| format!("`{default}`")).unwrap_or_default();
                page += &format!("| `{}` | {} | {default} | {} |\n", param.name, range(param), param.summary);
            }
        }
        page
    }

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
        let blur = json!(recipe::filter::find("desenfoque").unwrap());
        assert_eq!(blur["parameters"][0]["max"], 250.0);
        assert_eq!(blur["parameters"][0]["type"], "number");
    }
}
