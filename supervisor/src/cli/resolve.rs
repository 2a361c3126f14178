//! What was typed for `run` becomes its settings: lists and recipes are read, files are looked for.

mod recipe_file;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use pool::descriptors::workers_that_fit;
use pool::escape::{escape, escape_text};
use pool::output_folder::state_folder;
use pool::recipe_files::{RecipeFileError, resolve_files};
use pool::settings::{Isolation, default_workers};
use protocol::limits::Limits;
use recipe::filter::Watermark;
use recipe::recipe::Recipe;
use recipe::{Filter, Format};

use super::UsageError;
use super::run::RunArgs;
use super::values::{FilterSpec, FormatWord};
use crate::batch::RunSettings;
use crate::plan::{
    Fence, NameTemplate, OutputNameError, Selection, is_photo_name, names_of_outputs, output_names,
};
use crate::report::write::{ReportFormat, find_room};
use crate::units::amount;

/// The settings that were asked for.
pub(crate) fn run_settings(args: RunArgs) -> Result<RunSettings, UsageError> {
    let mut recipe = recipe(&args)?;
    check_output(&args)?;
    let names = names(&args, &mut recipe)?;
    let mut notes = notes(&args, &recipe);
    let workers = workers(&args, &mut notes);
    let listed = args.files_from.as_deref().map_or(Ok(Vec::new()), |file| read_list(file, args.nul))?;
    let base = args.base.as_deref().map(base_folder).transpose()?;
    let reports = args.report.iter().map(|path| report_target(path, &args.output));
    let reports = reports.collect::<Result<_, _>>()?;
    let output = absolute("--output", &args.output)?;
    let state = args.state.as_deref().map(|state| absolute("--state", state)).transpose()?;
    let state = state.unwrap_or_else(|| state_folder(&output));
    let selection = Selection {
        include: args.include,
        exclude: args.exclude,
        newer_than: args.newer_than,
        rating: args.rating,
        labels: args.label,
        picked: args.pick,
    };
    Ok(RunSettings {
        inputs: args.inputs,
        listed,
        base,
        selection,
        output,
        state,
        recipe,
        recipe_file: args.recipe,
        names,
        times: args.times,
        start: args.start,
        order: args.order,
        on_conflict: args.on_conflict,
        workers,
        isolation: args.isolation,
        timeout: args.timeout.0,
        retries: args.retries,
        limits: Limits::new(args.max_pixels.0, args.memory.bytes()),
        recycle_after: Some(args.recycle_after).filter(|jobs| *jobs > 0),
        sandbox: args.sandbox,
        dry_run: args.dry_run,
        fresh: args.fresh,
        refresh: args.refresh,
        fence: Fence::default(),
        progress: args.progress,
        reports,
        quiet: args.quiet,
        verbose: args.verbose,
        notes,
    })
}

/// A name for the results of each output.
fn names(args: &RunArgs, recipe: &mut Recipe) -> Result<Vec<NameTemplate>, UsageError> {
    names_of_outputs(recipe, args.name.clone()).map_err(|error| match error {
        OutputNameError::Several(_) | OutputNameError::Given(_) => UsageError(format!("--name: {error}")),
        OutputNameError::Size { problem, .. } if args.max_bytes.is_some() => {
            UsageError(format!("--max-bytes {problem}"))
        }
        OutputNameError::Nameless { .. } => UsageError(error.to_string()),
        OutputNameError::Path { .. } | OutputNameError::Size { .. } => {
            UsageError(of_recipe(args, &error.to_string()))
        }
    })
}

/// How many workers there will be; fewer than asked for is a note.
fn workers(args: &RunArgs, notes: &mut Vec<String>) -> u16 {
    let asked = args.workers.unwrap_or_else(default_workers);
    let workers = match args.isolation {
        Isolation::Process => workers_that_fit(asked),
        Isolation::Thread | Isolation::Sequential => asked,
    };
    if workers < asked {
        let enough = amount(workers, "worker");
        notes.push(format!("this process may open few files (ulimit -n), enough for {enough}"));
    }
    workers
}

fn absolute(option: &str, path: &Path) -> Result<PathBuf, UsageError> {
    std::path::absolute(path).map_err(|error| UsageError(format!("{option} {}: {error}", escape(path))))
}

/// Results go into a folder: a file's name for one photo, or standard output, is refused with the right way.
fn check_output(args: &RunArgs) -> Result<(), UsageError> {
    let output = &args.output;
    if output == Path::new("-") {
        return Err(UsageError(
            "--output -: results go into a folder, and not to standard output; for a single photo: \
             supervisor run PHOTO -o FOLDER --name NAME, then read FOLDER/NAME (./- is a folder of that name)"
                .to_owned(),
        ));
    }
    let of_one_file = args.files_from.is_none() && matches!(args.inputs.as_slice(), [one] if one.is_file());
    if of_one_file && is_photo_name(output) && !output.is_dir() {
        let folder =
            output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = output.file_name().unwrap_or_default();
        return Err(UsageError(format!(
            "--output {}: results go into a folder, and this is the name of a photo; write -o {} --name {}",
            escape(output),
            escape(folder),
            escape(Path::new(name)),
        )));
    }
    Ok(())
}

/// Options that were given and change nothing.
fn notes(args: &RunArgs, recipe: &Recipe) -> Vec<String> {
    let Some(format) = recipe.outputs.only().and_then(|only| only.settings.format) else { return Vec::new() };
    let is_transparent = format.info().written.is_some_and(|written| written.transparency);
    let useless = [
        ("--quality", args.quality.is_some() && !format.info().has_quality),
        ("--subsampling", args.subsampling.is_some() && format != Format::Jpeg),
        ("--background", args.background.is_some() && is_transparent),
    ];
    let useless = useless.into_iter().filter(|(_, useless)| *useless);
    useless.map(|(option, _)| format!("{option} changes nothing in a {format} file")).collect()
}

/// `watermark=logo.png` means the image, and would write its name on every photo, be it there or not.
fn check_words(filter: &FilterSpec) -> Result<(), UsageError> {
    let is_short = filter.text.find('=') < filter.text.find(':').or(Some(usize::MAX));
    let Filter::Watermark(Watermark { text: Some(text), .. }) = &filter.filter else { return Ok(()) };
    let text = text.to_string();
    if is_short && is_photo_name(Path::new(&text)) {
        let text = escape_text(&text);
        return Err(UsageError(format!(
            "watermark: {text} is the name of an image; write watermark:image={text}, or \
             watermark:text={text} for these very words"
        )));
    }
    Ok(())
}

/// Whether two paths are one, though neither may be there yet.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((std::path::absolute(one), std::path::absolute(other)), (Ok(one), Ok(other)) if one == other)
}

/// Hours of work must not end with a report that has nowhere to go. The output folder itself may still have
/// to be made.
fn report_target(path: &Path, output: &Path) -> Result<(PathBuf, ReportFormat), UsageError> {
    match ReportFormat::of(path) {
        Some(format) => {
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            match find_room(path) {
                Err(error) if folder.exists() || !is_same(folder, output) => {
                    Err(UsageError(format!("--report {}: {error}", escape(path))))
                }
                Ok(()) | Err(_) => Ok((path.to_owned(), format)),
            }
        }
        None => {
            Err(UsageError(format!("--report {}: the name must end in .json, .csv or .html", escape(path))))
        }
    }
}

/// The folder that a list's files are mirrored from.
fn base_folder(base: &Path) -> Result<PathBuf, UsageError> {
    let wrong = |what: &dyn std::fmt::Display| UsageError(format!("--base {}: {what}", escape(base)));
    if !base.is_dir() {
        return Err(wrong(&"it must be a folder that is there"));
    }
    std::path::absolute(base).map_err(|error| wrong(&error))
}

fn read_list(file: &Path, nul: bool) -> Result<Vec<PathBuf>, UsageError> {
    let mut content = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().read_to_end(&mut content).map(drop)
    } else {
        fs::read(file).map(|bytes| content = bytes)
    };
    read.map_err(|error| UsageError(format!("--files-from {}: {error}", escape(file))))?;
    if !nul && content.contains(&0) {
        return Err(UsageError(format!(
            "--files-from {}: the names end with NUL bytes, as find -print0 writes them; add -0",
            escape(file)
        )));
    }
    // Editors on Windows begin a text with a byte order mark.
    let content = content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&content);
    let names = content.split(|byte| *byte == if nul { 0 } else { b'\n' });
    let names = names.map(|name| if nul { name } else { name.strip_suffix(b"\r").unwrap_or(name) });
    Ok(names.filter(|name| !name.is_empty()).map(|name| OsString::from_vec(name.to_vec()).into()).collect())
}

/// The recipe file first, then `-f`, then the options that name an output setting.
fn recipe(args: &RunArgs) -> Result<Recipe, UsageError> {
    let problem = |error: RecipeFileError| UsageError(error.to_string());
    let mut recipe = args.recipe.as_deref().map_or(Ok(Recipe::default()), recipe_file::read)?;
    resolve_files(&mut recipe, args.recipe.as_deref().and_then(Path::parent)).map_err(problem)?;
    args.filters.iter().try_for_each(check_words)?;
    let filters = args.filters.iter().map(|spec| spec.filter.clone()).collect();
    let mut typed = Recipe { filters, ..Recipe::default() };
    resolve_files(&mut typed, None).map_err(problem)?;
    if recipe.outputs.only().is_some_and(|only| only.filters.is_empty()) {
        recipe.filters.extend(typed.filters);
    } else {
        recipe.outputs.iter_mut().for_each(|output| output.filters.extend_from_slice(&typed.filters));
    }
    if let Some(raw) = args.raw {
        recipe.outputs.iter_mut().for_each(|output| output.settings.raw = raw);
    }
    set_output(args, &mut recipe)?;
    Ok(recipe)
}

/// The options that name an output setting: they are for the only output.
fn set_output(args: &RunArgs, recipe: &mut Recipe) -> Result<(), UsageError> {
    let given = [
        ("--format", args.format.is_some()),
        ("--quality", args.quality.is_some()),
        ("--max-bytes", args.max_bytes.is_some()),
        ("--subsampling", args.subsampling.is_some()),
        ("--color", args.color.is_some()),
        ("--metadata", args.metadata.is_some()),
        ("--hdr", args.hdr.is_some()),
        ("--background", args.background.is_some()),
        ("--dpi", args.dpi.is_some()),
    ];
    let names = output_names(recipe);
    let Some(only) = recipe.outputs.only_mut() else {
        let Some((option, _)) = given.into_iter().find(|(_, given)| *given) else { return Ok(()) };
        return Err(UsageError(format!(
            "{option}: the recipe has several outputs ({names}); write it into the one that it is for"
        )));
    };
    let output = &mut only.settings;
    if let Some(FormatWord(format)) = args.format {
        output.format = format;
    }
    output.quality = args.quality.unwrap_or(output.quality);
    output.max_bytes = args.max_bytes.or(output.max_bytes);
    output.subsampling = args.subsampling.unwrap_or(output.subsampling);
    output.color = args.color.unwrap_or(output.color);
    output.metadata = args.metadata.unwrap_or(output.metadata);
    output.hdr = args.hdr.unwrap_or(output.hdr);
    output.background = args.background.unwrap_or(output.background);
    output.dpi = args.dpi.or(output.dpi);
    Ok(())
}

/// What is wrong with something in the recipe's file.
fn of_recipe(args: &RunArgs, problem: &str) -> String {
    let file = args.recipe.as_deref().map(|file| format!("{}: ", escape(file))).unwrap_or_default();
    format!("{file}{problem}")
}

#[cfg(test)]
mod tests;
