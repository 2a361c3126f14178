//! `supervisor convert`: its options, and what they mean for one photo.

use std::path::{Path, PathBuf};

use clap::Args;
use pool::escape::escape;
use protocol::limits::Limits;
use recipe::recipe::Recipe;

use super::UsageError;
use super::limit_args::LimitArgs;
use super::named_files::check_apart;
use super::recipe_args::RecipeArgs;
use super::resolve::{absolute, report_target};
use super::tell_args::{ReportArgs, TellArgs};
use super::values::{FormatWord, word};
use crate::batch::convert::{Conversion, PhotoEnd};
use crate::batch::{FileTimes, RunSettings};
use crate::plan::{EndingError, NameTemplate, OnConflict, endings, output_names};
use crate::report::sink::ProgressMode;

const EXAMPLES: &str = "\
Examples:
  One photo, in the format that the name of the result ends in
    supervisor convert dawn.nef dawn.jpg -f resize:long_edge=2048

  In a pipe: nothing but the photo goes to standard output
    curl -s https://example.com/dawn.jpg | supervisor convert - - --format webp | ssh web 'cat >dawn.webp'

Exit codes are those of run.";

/// What stands for standard input and standard output.
const STREAM: &str = "-";

/// Only here the format has another default.
const FORMAT: &str = "Format of the result [default: the one that OUT ends in]";

/// The name that a result has before it goes to standard output.
const UNNAMED: &str = "photo";

/// Options of `convert`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, mut_arg("format", |format| format.help(FORMAT)))]
pub(crate) struct ConvertArgs {
    /// The photo; `-` is standard input
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// The result, a file whose ending says the format; `-` is standard output
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    #[arg(hide = true)]
    pub others: Vec<PathBuf>,
    #[command(flatten)]
    pub recipe_args: RecipeArgs,
    /// The time of the result's file: now, that of the photo's file, or when the photo was taken
    #[arg(long, value_name = "WHICH", default_value_t, value_parser = word::<FileTimes>())]
    pub times: FileTimes,
    /// When a file is where the result must go; unique adds a number to the name
    #[arg(long, value_name = "WHAT", default_value_t, value_parser = word::<OnConflict>())]
    pub on_conflict: OnConflict,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub report_args: ReportArgs,
    #[command(flatten)]
    pub tell: TellArgs,
}

impl ConvertArgs {
    /// The photo to convert, and how.
    pub(crate) fn conversion(self) -> Result<Conversion, UsageError> {
        if let Some(other) = self.others.first() {
            return Err(UsageError(format!(
                "convert takes one photo and the name of its result, and {} is one too many; for several \
                 photos: supervisor run PHOTO... -o FOLDER",
                escape(other)
            )));
        }
        let from = photo(&self.input)?;
        let to = result(&self.output)?;
        let mut asked = self.recipe_args.recipe()?;
        let name = self.name(&to)?;
        self.settle_format(&name, &mut asked.recipe)?;
        // For what a name tells of a recipe: the name itself stays as it was typed.
        self.recipe_args.names(&mut asked, Some(name.clone()), true)?;
        let recipe = asked.recipe;
        let folder = match &to {
            PhotoEnd::File(file) => file.parent().unwrap_or(file),
            PhotoEnd::Stream => Path::new(""),
        };
        let reports = &self.report_args.report;
        let written: Vec<_> = reports.iter().map(|path| ("--report", path.as_path())).collect();
        let read: Vec<_> = self.recipe_args.recipe.iter().map(|path| ("--recipe", path.as_path())).collect();
        check_apart(&written, &read)?;
        let reports = reports.iter().map(|path| report_target(path, folder));
        let settings = RunSettings {
            notes: self.recipe_args.notes(&recipe),
            recipe,
            names: vec![name],
            times: self.times,
            on_conflict: self.on_conflict,
            timeout: self.limits.timeout.0,
            retries: self.limits.retries,
            limits: Limits::new(self.limits.max_pixels.0, self.limits.memory.bytes()),
            sandbox: self.limits.sandbox,
            progress: ProgressMode::None,
            reports: reports.collect::<Result<_, _>>()?,
            recipe_file: self.recipe_args.recipe,
            quiet: self.tell.quiet_args.quiet,
            verbose: self.tell.verbose,
            ..RunSettings::new(Vec::new(), PathBuf::new())
        };
        Ok(Conversion { from, to, settings })
    }

    /// The name of the result, below its folder.
    fn name(&self, to: &PhotoEnd) -> Result<NameTemplate, UsageError> {
        let wrong = |what: &dyn std::fmt::Display| UsageError(format!("{}: {what}", escape(&self.output)));
        let name = match to {
            PhotoEnd::Stream => UNNAMED.as_ref(),
            PhotoEnd::File(file) => {
                file.file_name().ok_or_else(|| wrong(&"it must be the name of a file"))?
            }
        };
        NameTemplate::of_file(name).map_err(|error| wrong(&error))
    }

    /// Puts the format into the recipe: the one that is asked for, that of the name's ending, or the recipe's
    /// own.
    fn settle_format(&self, name: &NameTemplate, recipe: &mut Recipe) -> Result<(), UsageError> {
        let names = output_names(recipe);
        let Some(only) = recipe.outputs.only_mut() else {
            return Err(UsageError(format!(
                "the recipe makes several results of a photo ({names}), and convert makes one; use \
                 supervisor run"
            )));
        };
        let asked = self.recipe_args.format;
        let (_, of_name) =
            name.clone().settle(asked.and_then(|FormatWord(format)| format)).map_err(|error| {
                let output = escape(&self.output);
                UsageError(match error {
                    EndingError::Contradiction { ending, format } => {
                        format!("{output} ends in .{ending}, and --format is {format}; leave one of them out")
                    }
                    EndingError::NotWritten { ending } => {
                        format!("{output}: .{ending} cannot be written; the name can end in {}", endings())
                    }
                })
            })?;
        only.settings.format = of_name.or(only.settings.format);
        if only.settings.format.is_none() && asked.is_none() {
            return Err(UsageError(no_format(&self.output)));
        }
        Ok(())
    }
}

fn no_format(output: &Path) -> String {
    match output == Path::new(STREAM) {
        true => "standard output has no ending that would say the format; add --format".to_owned(),
        false => format!(
            "{} does not say the format; end the name in {}, or add --format",
            escape(output),
            endings()
        ),
    }
}

/// Where the photo comes from.
fn photo(input: &Path) -> Result<PhotoEnd, UsageError> {
    match input {
        stream if stream == Path::new(STREAM) => Ok(PhotoEnd::Stream),
        folder if folder.is_dir() => Err(UsageError(format!(
            "{} is a folder, and convert takes one photo; for folders: supervisor run INPUT... -o FOLDER",
            escape(folder)
        ))),
        file => Ok(PhotoEnd::File(file.to_owned())),
    }
}

/// Where the result goes. Its folder must be there: one that is made by mistake is found late.
fn result(output: &Path) -> Result<PhotoEnd, UsageError> {
    if output == Path::new(STREAM) {
        return Ok(PhotoEnd::Stream);
    }
    let file = absolute("OUT", output)?;
    let wrong = |what: String| UsageError(format!("{}: {what}", escape(output)));
    if file.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(wrong("this is a folder; name the file that the result becomes".to_owned()));
    }
    // Such as /dev/stdout: to replace it would lose the photo to whoever reads there.
    let leads_elsewhere = file.is_symlink() && file.metadata().is_ok_and(|there| !there.is_file());
    if leads_elsewhere {
        return Err(wrong("this leads to something that is no file; - is standard output".to_owned()));
    }
    match file.parent() {
        Some(folder) if folder.is_dir() => Ok(PhotoEnd::File(file)),
        folder => Err(wrong(format!("there is no folder {}", escape(folder.unwrap_or(&file))))),
    }
}
