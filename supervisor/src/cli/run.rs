//! `supervisor run`: its options.

use std::path::PathBuf;

use clap::Args;
use recipe::Bounds;
use recipe::template::all_tokens;

use super::limit_args::LimitArgs;
use super::pool_args::PoolArgs;
use super::recipe_args::RecipeArgs;
use super::selection_args::SelectionArgs;
use super::tell_args::{ReportArgs, TellArgs};
use super::values::{whole, word};
use crate::batch::settings::START;
use crate::batch::{FileTimes, ThenCommand};
use crate::plan::{NameTemplate, OnConflict, SortBy};
use crate::report::sink::ProgressMode;

const EXAMPLES: &str = "\
Examples:
  Fit a wedding into 2048 pixels for the web
    supervisor run wedding/ -o web/ -f resize:long_edge=2048 --format jpeg --quality 90

  A studio's mark on every photo
    supervisor run shoot/ -o proofs/ -f resize=1200 -f \"watermark:text=© Estudio,opacity=0.5\"

  See what would be done, without doing it
    supervisor run shoot/ -o proofs/ --name '{date:%Y/%m}/{stem|slug}.{ext}' --dry-run

Exit codes:
  0         every photo ok or skipped
  1         some photos failed
  2         nothing was run: usage, no input, conflicting names
  3         no worker could be kept running
  75        stopped by something outside, such as a full disk
  130, 143  stopped by a signal";

/// What `--start` may be.
const INDEX: Bounds<u64> = Bounds { least: 0, most: 999_999_999, words: "0 to 999999999" };

/// What can stand in a name, as the table has it.
pub(super) fn name_help() -> String {
    format!(
        "Names of the results, of {}: {{index:04}} fills up, {{date:%Y-%m-%d}} is strftime, {{stem|slug}}, \
         |lower and |upper change a text, {{{{ is a brace [default: {}]",
        all_tokens(),
        NameTemplate::default()
    )
}

/// Options of `run`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArgs {
    /// Files and folders; folders are searched and mirrored below the output folder
    #[arg(required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// Read more input files from FILE, one a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub files_from: Option<PathBuf>,
    /// The names in --files-from end with a NUL byte instead of a newline
    #[arg(short = '0', requires = "files_from")]
    pub nul: bool,
    /// Mirror the files of --files-from below the output folder as they lie below DIR
    #[arg(long, value_name = "DIR", requires = "files_from")]
    pub base: Option<PathBuf>,
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// The folder that the results go into
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    #[command(flatten)]
    pub recipe_args: RecipeArgs,
    #[arg(long, value_name = "TEMPLATE", help = name_help())]
    pub name: Option<NameTemplate>,
    /// The {index} of the first photo
    #[arg(long, value_name = "N", default_value_t = START, value_parser = whole(INDEX))]
    pub start: u64,
    /// The order of the plan, by which {index} counts: date is when photos were taken, ties by name
    #[arg(long, value_name = "BY", default_value_t, value_parser = word::<SortBy>())]
    pub order: SortBy,
    /// The time of the results' files: now, that of the photo's file, or when the photo was taken
    #[arg(long, value_name = "WHICH", default_value_t, value_parser = word::<FileTimes>())]
    pub times: FileTimes,
    /// When a file is where a result must go; unique adds a number to the name
    #[arg(long, value_name = "WHAT", default_value_t, value_parser = word::<OnConflict>())]
    pub on_conflict: OnConflict,
    #[command(flatten)]
    pub pool: PoolArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Keep journal, staging, lock and report in DIR instead of OUTPUT/.supervisor
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Print every photo with the names of its results and run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Make every result again, also those that are up to date; results of earlier runs are replaced, other
    /// files stay conflicts
    #[arg(long)]
    pub fresh: bool,
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
    /// Write a manifest to FILE: SHA-256, size, pixels and source of every result, as sha256sum -c reads it
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// Start COMMAND once when the run is over; SUPERVISOR_OK, SUPERVISOR_FAILED and the like say how it went
    #[arg(long, value_name = "COMMAND")]
    pub then: Option<ThenCommand>,
    #[command(flatten)]
    pub tell: TellArgs,
}
