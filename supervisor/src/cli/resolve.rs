//! What was typed for `run` becomes its settings: lists and recipes are read, files are looked for.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use pool::escape::escape;
use pool::not_there::{self, Sought};
use pool::output_folder::state_folder;
use protocol::limits::Limits;

use super::UsageError;
use super::named_files::{NamedFile, check_apart};
use super::run::RunArgs;
use crate::batch::RunSettings;
use crate::plan::{Fence, is_photo_name};
use crate::report::manifest;
use crate::report::place::{Place, find_room, folder_of};
use crate::report::write::ReportFormat;

/// Bytes of a path (PATH_MAX); no file's name is longer.
const LONGEST_NAME: usize = 4096;

/// The settings that were asked for. With `may_count`, names may have the number of the photo.
pub(crate) fn run_settings(args: RunArgs, may_count: bool) -> Result<RunSettings, UsageError> {
    let mut asked = args.recipe_args.recipe()?;
    check_output(&args)?;
    let names = args.recipe_args.names(&mut asked, args.name.clone(), may_count)?;
    let recipe = asked.recipe;
    let mut notes = args.recipe_args.notes(&recipe);
    let workers = args.pool.workers(&mut notes);
    let listed = args.files_from.as_deref().map_or(Ok(Vec::new()), |file| read_list(file, args.nul))?;
    let base = args.base.as_deref().map(base_folder).transpose()?;
    let reports = args.report_args.report.iter().map(|path| report_target(path, &args.output));
    let reports = reports.collect::<Result<_, _>>()?;
    check_written(&args)?;
    let manifest = args.manifest.as_deref().map(|path| manifest_target(path, &args.output)).transpose()?;
    let output = absolute("--output", &args.output)?;
    let state = args.state.as_deref().map(|state| absolute("--state", state)).transpose()?;
    let state = state.unwrap_or_else(|| state_folder(&output));
    Ok(RunSettings {
        inputs: args.inputs,
        listed,
        base,
        selection: args.selection.selection(),
        output,
        state,
        leaves_output_open: false,
        recipe,
        recipe_file: args.recipe_args.recipe,
        names,
        times: args.times,
        start: args.start,
        sort_by: args.order,
        on_conflict: args.on_conflict,
        workers,
        isolation: args.pool.isolation,
        timeout: args.limits.timeout.0,
        retries: args.limits.retries,
        limits: Limits::new(args.limits.max_pixels.0, args.limits.memory.bytes()),
        recycle_after: Some(args.pool.recycle_after).filter(|jobs| *jobs > 0),
        sandbox: args.limits.sandbox,
        dry_run: args.dry_run,
        fresh: args.fresh,
        refresh: args.refresh,
        fence: Fence::default(),
        progress: args.progress,
        reports,
        manifest,
        then: args.then,
        quiet: args.tell.quiet_args.quiet,
        verbose: args.tell.verbose,
        notes,
    })
}

pub(super) fn absolute(option: &str, path: &Path) -> Result<PathBuf, UsageError> {
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

/// That what is written when all is over has a file for each, and takes the place of nothing that is read.
fn check_written(args: &RunArgs) -> Result<(), UsageError> {
    let reports = args.report_args.report.iter().map(|path| ("--report", path.as_path()));
    let manifest = args.manifest.iter().map(|path| ("--manifest", path.as_path()));
    let recipe = args.recipe_args.recipe.iter().map(|path| ("--recipe", path.as_path()));
    let list = args.files_from.iter().map(|path| ("--files-from", path.as_path()));
    let written: Vec<NamedFile<'_>> = reports.chain(manifest).collect();
    check_apart(&written, &recipe.chain(list).collect::<Vec<_>>())
}

/// Whether two paths are one, though neither may be there yet.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((std::path::absolute(one), std::path::absolute(other)), (Ok(one), Ok(other)) if one == other)
}

/// Hours of work must not end with a file that has nowhere to go. The output folder itself may still have to
/// be made.
fn check_room(option: &str, path: &Path, output: &Path) -> Result<(), UsageError> {
    let folder = folder_of(path);
    match find_room(path) {
        Err(error) if folder.exists() || !is_same(folder, output) => {
            Err(UsageError(format!("{option} {}: {error}", escape(path))))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Where a report goes, and in which format. Pipes and devices have no endings, and programs read from them.
pub(super) fn report_target(path: &Path, output: &Path) -> Result<(PathBuf, ReportFormat), UsageError> {
    let wrong = || format!("--report {}: the name must end in .json, .csv or .html", escape(path));
    let is_stream = path.extension().is_none() && Place::of(path).is_ok_and(Place::may_stall);
    let usual = is_stream.then_some(ReportFormat::Json);
    let format = ReportFormat::of(path).or(usual).ok_or_else(|| UsageError(wrong()))?;
    check_room("--report", path, output)?;
    Ok((path.to_owned(), format))
}

/// Where the manifest goes.
fn manifest_target(path: &Path, output: &Path) -> Result<PathBuf, UsageError> {
    let wrong = |what: &str| Err(UsageError(format!("--manifest {}: {what}", escape(path))));
    if Place::of(path).is_ok_and(Place::may_stall) {
        return check_room("--manifest", path, output).map(|()| path.to_owned());
    }
    match manifest::check_place(path) {
        Err(problem) => wrong(&problem.to_string()),
        Ok(()) if is_photo_name(path) => wrong("this is the name of a photo"),
        Ok(()) => check_room("--manifest", path, output).map(|()| path.to_owned()),
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
    read.map_err(|error| {
        let problem = not_there::why(file, Sought::File, &error);
        UsageError(format!("--files-from {}: {problem}", escape(file)))
    })?;
    let content = if nul { content } else { from_utf16(&content).unwrap_or(content) };
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
    let names: Vec<&[u8]> = names.collect();
    if let Some(index) = names.iter().position(|name| name.len() > LONGEST_NAME) {
        let (file, number) = (escape(file), index + 1);
        return Err(UsageError(format!(
            "--files-from {file}: name {number} is longer than any path: is this a list?"
        )));
    }
    let names = names.into_iter();
    Ok(names.filter(|name| !name.is_empty()).map(|name| OsString::from_vec(name.to_vec()).into()).collect())
}

/// A list that begins with the byte order mark of UTF-16, in which Windows' shells write, as UTF-8.
fn from_utf16(content: &[u8]) -> Option<Vec<u8>> {
    let (unit, rest): (fn([u8; 2]) -> u16, _) = match content {
        [0xFF, 0xFE, rest @ ..] => (u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return None,
    };
    let units: Vec<u16> = rest.as_chunks().0.iter().map(|bytes| unit(*bytes)).collect();
    String::from_utf16(&units).ok().map(String::into_bytes)
}

#[cfg(test)]
mod tests;
