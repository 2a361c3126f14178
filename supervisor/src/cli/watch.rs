//! `supervisor watch`: its options.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use pool::escape::escape;
use recipe::Bounds;

use super::UsageError;
use super::limit_args::LimitArgs;
use super::pool_args::PoolArgs;
use super::recipe_args::RecipeArgs;
use super::resolve::{absolute, run_settings};
use super::run::{RunArgs, name_help};
use super::selection_args::SelectionArgs;
use super::tell_args::{ReportArgs, TellArgs};
use super::values::{span, word};
use crate::batch::FileTimes;
use crate::batch::settings::START;
use crate::plan::{NameTemplate, OnConflict, SortBy};
use crate::report::place::Place;
use crate::report::sink::ProgressMode;
use crate::units::DurationText;
use crate::watch::WatchSettings;

const EXAMPLES: &str = "\
Examples:
  Whatever is put into a folder becomes 2048 pixels for the web
    supervisor watch inbox/ -o web/ -f resize:long_edge=2048 --format jpeg

  The same, with originals that are done going to an archive
    supervisor watch inbox/ -o web/ -r web-gallery --then-originals move=archive/

Exit codes:
  0         ended by a signal, which lets what runs finish
  2         nothing was watched: usage, folders that lie in each other
  3         no worker could be kept running
  75        stopped by something outside, such as a full disk
  130, 143  stopped by a second signal, which kills what runs";

/// The time between two looks at a file unless told otherwise.
const DEFAULT_SETTLE: DurationText = DurationText(Duration::from_secs(2));
/// The time between two looks at a file.
const SETTLE: Bounds<Duration> =
    Bounds { least: Duration::from_millis(1), most: Duration::from_secs(3600), words: "1 ms to 1 h" };

/// The time between two looks at everything unless told otherwise.
const DEFAULT_SWEEP: DurationText = DurationText(Duration::from_secs(30));
/// The time between two looks at everything.
const SWEEP: Bounds<Duration> =
    Bounds { least: Duration::from_millis(10), most: Duration::from_secs(24 * 3600), words: "10 ms to 24 h" };

/// Options of `watch`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WatchArgs {
    /// The folder that photos come into, mirrored below the output folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The folder that the results go into
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// A file is taken once two looks at it, so far apart, saw the same size and time
    #[arg(long, value_name = "DUR", default_value_t = DEFAULT_SETTLE, value_parser = span(SETTLE))]
    pub settle: DurationText,
    /// How often everything is looked at, where the file system does not say what has come (NFS, SMB)
    #[arg(long, value_name = "DUR", default_value_t = DEFAULT_SWEEP, value_parser = span(SWEEP))]
    pub sweep: DurationText,
    /// What becomes of a photo's file once its results are there: keep, or move=DIR, which replaces nothing
    #[arg(long, value_name = "WHAT", default_value = "keep", value_parser = originals)]
    pub then_originals: ThenOriginals,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub recipe_args: RecipeArgs,
    #[arg(long, value_name = "TEMPLATE", help = name_help())]
    pub name: Option<NameTemplate>,
    /// The time of the results' files: now, that of the photo's file, or when the photo was taken
    #[arg(long, value_name = "WHICH", default_value_t, value_parser = word::<FileTimes>())]
    pub times: FileTimes,
    /// When a file is where a result must go: error fails that photo alone, unique adds a number to the name
    #[arg(long, value_name = "WHAT", default_value_t, value_parser = word::<OnConflict>())]
    pub on_conflict: OnConflict,
    #[command(flatten)]
    pub pool: PoolArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Keep journal, staging, lock and report in DIR instead of OUTPUT/.supervisor
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Make those results again that are up to date and were made by an older version of the filters and
    /// codecs
    #[arg(long)]
    pub refresh: bool,
    /// auto, bar, plain, json (lines on standard output) or none
    #[arg(long, value_name = "KIND", default_value_t, hide_possible_values = true)]
    #[arg(value_parser = word::<ProgressMode>())]
    pub progress: ProgressMode,
    #[command(flatten)]
    pub report_args: ReportArgs,
    #[command(flatten)]
    pub tell: TellArgs,
}

/// What becomes of originals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ThenOriginals {
    /// They stay.
    Keep,
    /// They go into this folder.
    Move(PathBuf),
}

fn originals(text: &str) -> Result<ThenOriginals, String> {
    match text.split_once('=') {
        None if text == "keep" => Ok(ThenOriginals::Keep),
        Some(("move", folder)) if !folder.is_empty() => Ok(ThenOriginals::Move(folder.into())),
        None | Some(_) => Err("it must be keep or move=DIR".to_owned()),
    }
}

impl WatchArgs {
    /// The settings that were asked for.
    pub(crate) fn settings(self) -> Result<WatchSettings, UsageError> {
        let originals = match &self.then_originals {
            ThenOriginals::Keep => None,
            ThenOriginals::Move(folder) => Some(absolute("--then-originals", folder)?),
        };
        check_folder(&self.folder)?;
        let (settle, sweep) = (self.settle.0, self.sweep.0);
        let run = run_settings(self.into_run(), false)?;
        run.reports.iter().try_for_each(|(path, _)| check_report(path))?;
        Ok(WatchSettings { run, settle, sweep, originals })
    }

    /// As for a run over what is in the folder.
    fn into_run(self) -> RunArgs {
        RunArgs {
            inputs: vec![self.folder],
            files_from: None,
            nul: false,
            base: None,
            selection: self.selection,
            output: self.output,
            recipe_args: self.recipe_args,
            name: self.name,
            start: START,
            order: SortBy::default(),
            times: self.times,
            on_conflict: self.on_conflict,
            pool: self.pool,
            limits: self.limits,
            state: self.state,
            dry_run: false,
            fresh: false,
            refresh: self.refresh,
            progress: self.progress,
            report_args: self.report_args,
            manifest: None,
            then: None,
            tell: self.tell,
        }
    }
}

/// A pipe has one end, and its reader may be gone: nothing in a watch may wait for one.
fn check_report(path: &Path) -> Result<(), UsageError> {
    match Place::of(path).is_ok_and(Place::may_stall) {
        true => Err(UsageError(format!(
            "--report {}: this is a pipe or a device, and the report of a watch is written again and again; \
             name a file",
            escape(path)
        ))),
        false => Ok(()),
    }
}

fn check_folder(folder: &Path) -> Result<(), UsageError> {
    match folder.is_file() {
        true => Err(UsageError(format!(
            "{} is a file, and what is watched is a folder; for one photo: supervisor convert IN OUT",
            escape(folder)
        ))),
        false => Ok(()),
    }
}
