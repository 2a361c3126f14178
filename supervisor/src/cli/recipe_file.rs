//! The file of a recipe: how much of it is read, and how its mistakes are shown.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use pool::escape::{escape, escape_text};
use recipe::Recipe;

use crate::cli::UsageError;

/// Bytes that a recipe may have: what is longer is another file, or has no end.
const MOST_BYTES: u64 = 1 << 20;
/// Characters of a line that is shown.
const MOST_SHOWN: usize = 160;

/// The recipe in this file.
pub(super) fn read(path: &Path) -> Result<Recipe, UsageError> {
    let problem = |what: &dyn std::fmt::Display| UsageError(format!("recipe {}: {what}", escape(path)));
    let bytes = bytes(path).map_err(|error| problem(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(problem(&"it is larger than 1 MiB; a recipe is a short text in TOML"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        let (line, column) = (before.matches('\n').count() + 1, last_line(&before).chars().count() + 1);
        let what = "this is not UTF-8: save the recipe as text in UTF-8";
        UsageError(format!("{}:{line}:{column}: {what}", escape(path)))
    })?;
    Recipe::parse(&text).map_err(|error| {
        let shown = shown(&text, error.line, error.column);
        UsageError(format!("{}:{error}{shown}", escape(path)))
    })
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or_default()
}

/// The line with a mark below the column; nothing of a line that is too long to be looked at.
fn shown(text: &str, line: usize, column: usize) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    if line.chars().count() > MOST_SHOWN {
        return String::new();
    }
    let before: String = line.chars().take(column.saturating_sub(1)).collect();
    let caret = " ".repeat(escape_text(&before).chars().count());
    format!("\n  {}\n  {caret}^", escape_text(line))
}
