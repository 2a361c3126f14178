//! The parts of `docs/reference.md` that the code knows: the tokens of names, and the kinds of trouble.

use protocol::outcome::ErrorKind;
use recipe::template::TOKENS;
use recipe::words::Word;

use super::super::failure::{advice, reason};
use super::wrap::wrapped;

const END: &str = "<!-- end -->\n";

/// The page with its parts made anew.
pub(super) fn filled(page: &str) -> String {
    let page = replaced(page, "<!-- made from recipe/template -->\n", &tokens());
    replaced(&page, "<!-- made from report/wire/failure -->\n", &troubles())
}

/// The page with this between the mark and the end that follows it.
fn replaced(page: &str, mark: &str, part: &str) -> String {
    let (before, rest) = page.split_once(mark).unwrap_or_else(|| panic!("{mark} is missing"));
    let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("{mark} has no end"));
    [before, mark, part, END, after].concat()
}

fn tokens() -> String {
    let mut table = "\n| token | what it becomes | for example |\n|---|---|---|\n".to_owned();
    for info in TOKENS {
        let example = info.example.replace('|', "\\|");
        table += &format!("| `{{{}}}` | {} | `{example}`: `{}` |\n", info.name, info.about, info.becomes);
    }
    table + "\n"
}

fn troubles() -> String {
    let item = |kind: ErrorKind| {
        let text = format!("{}. {}", reason(kind), with_code(advice(kind, None)));
        wrapped(&format!("- `{}`: ", kind.word()), "  ", &text)
    };
    format!("\n{}\n", ErrorKind::ALL.map(item).concat())
}

/// The text with its options as code.
fn with_code(text: &str) -> String {
    let word = |word: &str| {
        let option = word.trim_end_matches([',', '.']);
        let rest = &word[option.len()..];
        if option.starts_with("--") { format!("`{option}`{rest}") } else { word.to_owned() }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
