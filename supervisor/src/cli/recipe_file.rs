//! A recipe by the name that was typed, which is that of a file or of one that comes with the program: how
//! much of a file is read, and how mistakes in it are shown.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use pool::escape::{escape, escape_text};
use pool::not_there::{self, Sought};
use recipe::Recipe;
use recipe::recipe::{RecipeError, RecipePart};
use recipe::shipped::{self, SHIPPED, ShippedRecipe};
use recipe::words::did_you_mean_this;

use crate::cli::UsageError;

/// Bytes that a recipe may have: what is longer is another file, or has no end.
const MOST_BYTES: u64 = 1 << 20;
/// Characters of a line that is shown.
const MOST_SHOWN: usize = 160;

/// A recipe as text, by the name that was typed. It is read once: it may be a pipe.
#[derive(Debug)]
pub(super) struct RecipeFile {
    path: PathBuf,
    text: String,
}

impl RecipeFile {
    /// Reads it.
    pub(super) fn read(path: &Path) -> Result<RecipeFile, UsageError> {
        Ok(RecipeFile { path: path.to_owned(), text: text(path)? })
    }

    /// One that comes with the program.
    pub(super) fn shipped(shipped: &ShippedRecipe) -> RecipeFile {
        RecipeFile { path: shipped.name.into(), text: shipped.text.to_owned() }
    }

    /// The text as it stands.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The folder that it stands in.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.path.parent()
    }

    /// What it means.
    pub(super) fn recipe(&self) -> Result<Recipe, UsageError> {
        Recipe::parse(&self.text).map_err(|error| self.placed(&error))
    }

    /// A mistake in a part of it; `None` if that is not where the part comes from.
    pub(super) fn mistake(&self, part: RecipePart, problem: &str) -> Option<UsageError> {
        part.mistake(&self.text, problem.to_owned()).map(|error| self.placed(&error))
    }

    fn placed(&self, error: &RecipeError) -> UsageError {
        let shown = shown(&self.text, error.line, error.column);
        UsageError(format!("{}:{error}{shown}", escape(&self.path)))
    }
}

/// A mistake in a part of a recipe: with its place, if it comes from the file.
pub(super) fn mistake(file: Option<&RecipeFile>, part: Option<RecipePart>, problem: &str) -> UsageError {
    let placed = file.zip(part).and_then(|(file, part)| file.mistake(part, problem));
    placed.unwrap_or_else(|| UsageError(problem.to_owned()))
}

/// The text of this name. A file that is there comes before what the program has itself.
fn text(path: &Path) -> Result<String, UsageError> {
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
