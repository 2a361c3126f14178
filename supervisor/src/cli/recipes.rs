//! `supervisor recipes`: lists those that come with the program, shows, checks and exports any.

#[cfg(test)]
mod schema;

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use pool::escape::{escape, escape_text};
use pool::not_there::{self, Sought};
use pool::recipe_files::resolve_files;
use recipe::recipe::{RecipeOutput, format_word};
use recipe::shipped::SHIPPED;
use recipe::{Filter, Recipe};

use super::UsageError;
use super::recipe_file::{RecipeFile, mistake};
use crate::console::print;
use crate::exit::Exit;
use crate::plan::names_of_outputs;

const EXAMPLES: &str = "\
Examples:
  Which recipes come with the program
    supervisor recipes

  Use one as it is
    supervisor run wedding/ -o delivery/ -r wedding

  Make it your own
    supervisor recipes wedding --export my-wedding.toml

  Is it in order? A mistake is code 2, with line and column
    supervisor recipes my-wedding.toml --check";

/// Options of `recipes`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RecipesArgs {
    /// Show this recipe: one that comes with the program, or a file
    #[arg(value_name = "NAME|FILE")]
    pub recipe: Option<PathBuf>,
    /// Only check it, and say in a line what it makes
    #[arg(long, requires = "recipe", conflicts_with = "export")]
    pub check: bool,
    /// Write it to FILE, which must not be there yet
    #[arg(long, value_name = "FILE", requires = "recipe")]
    pub export: Option<PathBuf>,
}

/// Lists them all, or does what is asked for with one.
pub(crate) fn recipes(args: &RecipesArgs) -> Result<Exit, UsageError> {
    let Some(named) = args.recipe.as_deref() else { return Ok(print(&list()?)) };
    let file = RecipeFile::read(named)?;
    let recipe = file.recipe()?;
    check(&file, recipe.clone())?;
    if args.check {
        return Ok(print(&format!("{}: {}\n", escape(named), makes(&recipe))));
    }
    let Some(copy) = &args.export else { return Ok(print(file.text())) };
    let written = File::create_new(copy).and_then(|mut copy| copy.write_all(file.text().as_bytes()));
    written.map_err(|error| {
        let problem = match error.kind() == io::ErrorKind::AlreadyExists {
            true => "there is a file of that name already".to_owned(),
            false => not_there::why(copy, Sought::File, &error),
        };
        UsageError(format!("--export {}: {problem}", escape(copy)))
    })?;
    Ok(Exit::Success)
}

/// What a run would say before it begins.
fn check(file: &RecipeFile, mut recipe: Recipe) -> Result<(), UsageError> {
    resolve_files(&mut recipe, file.folder())
        .map_err(|error| mistake(Some(file), Some(error.part()), &error.to_string()))?;
    names_of_outputs(&mut recipe, None)
        .map(drop)
        .map_err(|error| mistake(Some(file), error.part(), &error.to_string()))
}

/// A line for each that comes with the program.
fn list() -> Result<String, UsageError> {
    let mut text = String::new();
    for shipped in SHIPPED {
        let recipe = RecipeFile::shipped(shipped).recipe()?;
        let description = recipe.description.as_deref().unwrap_or_default();
        text += &format!("{}: {description}\n  {}\n", shipped.name, makes(&recipe));
    }
    Ok(text)
}

/// What becomes of a photo, in a line: the filters by their names, and the formats.
fn makes(recipe: &Recipe) -> String {
    let name = |filter: &Filter| filter.info().name;
    let shared = recipe.filters.iter().map(name).collect::<Vec<_>>().join(" → ");
    let shared = (!shared.is_empty()).then_some(shared);
    let output = |output: &RecipeOutput| {
        let own = output.filters.iter().map(name).chain([format_word(output.settings.format)]);
        let steps = own.collect::<Vec<_>>().join(" → ");
        match &output.name {
            Some(name) => format!("{name}: {steps}"),
            None => steps,
        }
    };
    let outputs = recipe.outputs.iter().map(output).collect::<Vec<_>>().join("; ");
    let between = if recipe.outputs.count() > 1 { ", then " } else { " → " };
    escape_text(&shared.into_iter().chain([outputs]).collect::<Vec<_>>().join(between))
}
