//! The command line: one file per subcommand. [`values`] reads and checks each value, and
//! [`resolve`] makes settings of what was typed; the other rooms know only those.
//!
//! May use `serve`, `compare`, `sheet`, `verify`, `watch`, `batch`, `report`, `plan`.

pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod convert;
#[cfg(test)]
mod default_tests;
#[cfg(test)]
mod docs_tests;
pub(crate) mod doctor;
pub(crate) mod filters;
mod limit_args;
mod log_file;
pub(crate) mod man;
mod metadata;
mod named_files;
mod pool_args;
mod recipe_args;
mod recipe_file;
pub(crate) mod recipes;
pub(crate) mod resolve;
pub(crate) mod run;
mod selection_args;
pub(crate) mod serve;
pub(crate) mod sheet;
mod tell_args;
mod values;
pub(crate) mod verify;
pub(crate) mod watch;

use std::path::{Path, PathBuf};

use pool::descriptors;
use pool::escape::{escape, escape_text};
use pool::memory::share_one_heap;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};

use crate::console::{complain, printed};
use crate::exit::Exit;
use crate::log::LogEnd;
use crate::{batch, log, signals};
use log_file::{LogProblem, check_log};

/// What was typed stands in what is said of it, where no letter of it may command the terminal.
fn printable(error: clap::Error) -> clap::Error {
    let words: Vec<String> = std::env::args_os().map(|word| escape(Path::new(&word))).collect();
    let command = words.get(1).cloned().unwrap_or_default();
    let said = if error.use_stderr() { Cli::try_parse_from(words).err().unwrap_or(error) } else { error };
    with_usage_of_help(said, &command)
}

/// clap's usage in a message has the options that were typed, as if they were needed.
fn with_usage_of_help(mut error: clap::Error, command: &str) -> clap::Error {
    let mut cli = Cli::command();
    cli.build();
    if let (Some(command), true) = (cli.find_subcommand_mut(command), error.get(ContextKind::Usage).is_some())
    {
        error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
    }
    error
}

/// Prints what is not a command: a mistake on standard error, help and version on standard output.
fn show(error: &clap::Error) -> Exit {
    let printed = printed(error.print());
    if error.use_stderr() { Exit::Usage } else { printed }
}

fn begin_log(command: &CliCommand) -> Result<Option<LogEnd>, LogProblem> {
    let Some(LogOptions { file, state, others }) = command.log() else { return Ok(None) };
    if let Some(file) = log::file(file) {
        check_log(&file, state, &others)?;
    }
    Ok(Some(log::begin(file)?))
}

/// Takes the command line apart and does what it says.
pub fn main() -> Exit {
    share_one_heap();
    let command = match Cli::try_parse() {
        Ok(Cli { command }) => command,
        Err(error) => return show(&printable(error)),
    };
    // Where files may not grow (`ulimit -f`), writing fails with an error that names its file.
    signals::ignore_large_files();
    descriptors::raise_limit();
    let _log = match begin_log(&command) {
        Ok(log) => log,
        Err(error) => {
            complain(&error);
            return Exit::Usage;
        }
    };
    match command {
        CliCommand::Run(args) => match resolve::run_settings(*args, true) {
            Ok(settings) => batch::run(&settings).unwrap_or_else(|error| {
                complain(&error);
                error.exit()
            }),
            Err(error) => error.tell(),
        },
        CliCommand::Convert(args) => match args.conversion() {
            Ok(conversion) => batch::convert::convert(conversion),
            Err(error) => error.tell(),
        },
        CliCommand::Compare(args) => crate::compare::compare(&args.settings()),
        CliCommand::Serve(args) => crate::serve::serve(&args.settings()),
        CliCommand::Watch(args) => match args.settings() {
            Ok(settings) => crate::watch::watch(&settings),
            Err(error) => error.tell(),
        },
        CliCommand::Verify(args) => crate::verify::verify(&args.settings()),
        CliCommand::Sheet(args) => match args.settings() {
            Ok(settings) => crate::sheet::sheet(settings),
            Err(error) => error.tell(),
        },
        CliCommand::Filters(args) => filters::filters(&args),
        CliCommand::Recipes(args) => recipes::recipes(&args).unwrap_or_else(|error| error.tell()),
        CliCommand::Doctor => doctor::doctor(),
        CliCommand::Completions(args) => completions::completions(&args),
        CliCommand::Man(args) => man::man(&args),
    }
}

/// Batch image processing that survives damaged photos.
///
/// Every photo of a folder goes through the same filters, one worker process per core. A photo that
/// crashes or hangs its worker, or makes it run out of memory, is named in the report, and all others are
/// done as if nothing had happened.
#[derive(Debug, Parser)]
#[command(name = "supervisor", version, propagate_version = true, mut_subcommands = values::with_numbers)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: CliCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum CliCommand {
    /// Process photos: files and folders, through filters, into a folder
    Run(Box<run::RunArgs>),
    /// Process whatever photos come into a folder, for as long as it runs
    Watch(Box<watch::WatchArgs>),
    /// Convert one photo, from a file or standard input to a file or standard output
    Convert(Box<convert::ConvertArgs>),
    /// The same work sequentially, in threads and in processes, and what a crash costs in each
    Compare(Box<compare::CompareArgs>),
    /// A web page for all of this, and a WebSocket, on this machine only
    Serve(serve::ServeArgs),
    /// Say which results in a folder are missing, changed or foreign
    Verify(verify::VerifyArgs),
    /// Put photos on a contact sheet, small and with their names, as JPEG or PDF
    Sheet(Box<sheet::SheetArgs>),
    /// List the filters with their parameters
    Filters(filters::FiltersArgs),
    /// List the recipes that come with the program; show, check or export any
    Recipes(recipes::RecipesArgs),
    /// Say what this machine offers: cores, memory, sandbox, formats, the worker
    Doctor,
    /// Print shell completions
    Completions(completions::CompletionsArgs),
    /// Print a man page
    Man(man::ManArgs),
}

/// Where the log goes, and where it must not.
struct LogOptions<'a> {
    /// `--log`.
    file: Option<&'a Path>,
    /// `--state`.
    state: Option<&'a Path>,
    /// Files that are written when all is over.
    others: Vec<&'a Path>,
}

impl CliCommand {
    /// Options about the log, of what runs anything; nothing else writes a log.
    fn log(&self) -> Option<LogOptions<'_>> {
        let (log_args, state, others) = match self {
            CliCommand::Run(args) => (
                &args.tell.log_args,
                args.state.as_deref(),
                args.report_args.report.iter().chain(&args.manifest).map(PathBuf::as_path).collect(),
            ),
            CliCommand::Watch(args) => {
                let reports = args.report_args.report.iter().map(PathBuf::as_path);
                (&args.tell.log_args, args.state.as_deref(), reports.collect())
            }
            CliCommand::Convert(args) => {
                (&args.tell.log_args, None, args.report_args.report.iter().map(PathBuf::as_path).collect())
            }
            CliCommand::Compare(args) => (
                &args.log_args,
                None,
                [&args.json, &args.html].into_iter().flatten().map(PathBuf::as_path).collect(),
            ),
            CliCommand::Serve(args) => (&args.log_args, None, Vec::new()),
            CliCommand::Sheet(args) => (&args.log_args, None, vec![args.output.as_path()]),
            CliCommand::Verify(_)
            | CliCommand::Filters(_)
            | CliCommand::Recipes(_)
            | CliCommand::Doctor
            | CliCommand::Completions(_)
            | CliCommand::Man(_) => return None,
        };
        Some(LogOptions { file: log_args.log.as_deref(), state, others })
    }
}

/// A mistake in what was typed that a value alone does not show, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(String);

impl UsageError {
    /// Says it as any other mistake on the command line is said.
    pub(crate) fn tell(&self) -> Exit {
        // Nobody is left to be told that standard error is closed.
        let text: String = self.0.lines().map(|line| escape_text(line) + "\n").collect();
        let _ = clap::Error::raw(ErrorKind::ValueValidation, text).print();
        Exit::Usage
    }
}
