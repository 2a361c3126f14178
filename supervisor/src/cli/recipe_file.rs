//! A recipe by the name that was typed, which is that of a file or of one that comes with the program: how
//! much of a file is read, and how mistakes in it are shown.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use pool::escape::{escape, escape_text};
use pool::not_there::{self, Sought};
use recipe::Recipe;
use recipe::shipped::{self, SHIPPED};
use recipe::words::did_you_mean_this;

use crate::cli::UsageError;

/// Bytes that a recipe may have: what is longer is another file, or has no end.
const MOST_BYTES: u64 = 1 << 20;
/// Characters of a line that is shown.
const MOST_SHOWN: usize = 160;

/// The recipe of this name.
pub(super) fn read(path: &Path) -> Result<Recipe, UsageError> {
    parse(path, &text(path)?)
}

/// Its text. A file that is there comes before what the program has itself.
pub(super) fn text(path: &Path) -> Result<String, UsageError> {
    let problem = |what: &dyn std::fmt::Display| UsageError(format!("recipe {}: {what}", escape(path)));
    let name = path.to_str().unwrap_or_default();
    let bytes = match (bytes(path), shipped::find(name)) {
        (Ok(bytes), _) => bytes,
        // A folder of photos may be called like what is made of them.
        (Err(error), Some(shipped))
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) =>
        {
            return Ok(shipped.text.to_owned());
        }
        (Err(error), None) if error.kind() == io::ErrorKind::NotFound => {
            return Err(problem(&no_recipe(path, name, &error)));
        }
        (Err(error), _) => return Err(problem(&error)),
    };
    if bytes.len() as u64 > MOST_BYTES {
        return Err(problem(&"it is larger than 1 MiB; a recipe is a short text in TOML"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        let (line, column) = (before.matches('\n').count() + 1, last_line(&before).chars().count() + 1);
        let what = "this is not UTF-8: save the recipe as text in UTF-8";
        UsageError(format!("{}:{line}:{column}: {what}", escape(path)))
    })
}

/// What a text means that was read by this name.
pub(super) fn parse(path: &Path, text: &str) -> Result<Recipe, UsageError> {
    Recipe::parse(text).map_err(|error| {
        let shown = shown(text, error.line, error.column);
        UsageError(format!("{}:{error}{shown}", escape(path)))
    })
}

/// What is said of a recipe that is not there. A name without a folder or an ending may be meant for one that
/// comes with the program.
fn no_recipe(path: &Path, name: &str, error: &io::Error) -> String {
    let no_file = not_there::why(path, Sought::File, error);
    if name.contains(['/', '.']) {
        return no_file;
    }
    if let Some(meant) = shipped::meant(name) {
        let shown = format!("\"{meant}\", which comes with the program");
        return format!("there is no such file{}", did_you_mean_this(Some(shown)));
    }
    let names: Vec<&str> = SHIPPED.iter().map(|shipped| shipped.name).collect();
    format!("{no_file}; those that come with the program are {}", names.join(", "))
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
