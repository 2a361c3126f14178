//! What docs and page say of tokens, held against their table.

use recipe::template::TOKENS;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference.md");
const START: &str = "<!-- made from recipe/template -->\n";
const END: &str = "<!-- end -->\n";

/// The table of the reference.
fn table() -> String {
    let mut table = "\n| token | what it becomes | for example |\n|---|---|---|\n".to_owned();
    for info in TOKENS {
        let example = info.example.replace('|', "\\|");
        table += &format!("| `{{{}}}` | {} | `{example}`: `{}` |\n", info.name, info.about, info.becomes);
    }
    table + "\n"
}

/// Run with `UPDATE_DOCS=1` to rewrite the table.
#[test]
fn the_table_of_tokens_in_the_reference_is_current() {
    let page = std::fs::read_to_string(REFERENCE).unwrap();
    let (before, rest) = page.split_once(START).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(REFERENCE, [before, START, &table(), END, after].concat()).unwrap();
    } else {
        assert_eq!(found, table(), "run the tests with UPDATE_DOCS=1");
    }
}

#[test]
fn the_page_names_every_token_that_can_stand_there() {
    let texts = include_str!("../../../assets/texts.js");
    let (_, help) = texts.split_once("name_help: [").unwrap();
    let (help, _) = help.split_once("],").unwrap();
    for info in TOKENS.iter().filter(|info| info.name != "output") {
        assert_eq!(help.matches(&format!("{{{}", info.name)).count(), 2, "{}", info.name);
    }
}
