//! `supervisor sheet`: its options.

use std::path::{Path, PathBuf};

use clap::Args;
use pool::escape::escape;
use pool::settings::{WORKERS, default_workers};
use protocol::limits::Limits;
use recipe::words;

use super::UsageError;
use super::limit_args::LimitArgs;
use super::resolve::absolute;
use super::tell_args::{LogArgs, QuietArgs};
use super::values::{whole, word};
use crate::batch::RunSettings;
use crate::plan::NameTemplate;
use crate::sheet::{Grid, SheetKind, SheetSettings};

const EXAMPLES: &str = "\
Examples:
  All photos of a day on pages of twenty
    supervisor sheet day1/ -o day1.pdf

  Larger ones, as pictures: choice-1.jpg, choice-2.jpg and so on
    supervisor sheet best/ -o choice.jpg --grid 2x3

Exit codes are those of run.";

words! {
    /// What is done about a file in the sheet's place.
    #[derive(Default)]
    pub(crate) OnSheetConflict {
        /// Nothing is run.
        #[default]
        Error = "error",
        /// It is replaced.
        Overwrite = "overwrite",
    }
}

/// Options of `sheet`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SheetArgs {
    /// Files and folders, as for `run`
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// The sheet, FILE.jpg or FILE.pdf; several pages become FILE-1.jpg, FILE-2.jpg and so on, or one PDF
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Photos across and down a page, COLUMNSxROWS
    #[arg(long, value_name = "CxR", default_value_t)]
    pub grid: Grid,
    /// When a file stands where the sheet must go
    #[arg(long, value_name = "WHAT", default_value_t, value_parser = word::<OnSheetConflict>())]
    pub on_conflict: OnSheetConflict,
    /// Worker processes [default: the cores this process may use]
    #[arg(short = 'j', long, value_name = "N", value_parser = whole(WORKERS))]
    pub workers: Option<u16>,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub log_args: LogArgs,
    #[command(flatten)]
    pub quiet_args: QuietArgs,
}

impl SheetArgs {
    /// The settings that were asked for.
    pub(crate) fn settings(self) -> Result<SheetSettings, UsageError> {
        let kind = kind(&self.output)?;
        let file = absolute("--output", &self.output)?;
        let wrong = |what: String| UsageError(format!("--output {}: {what}", escape(&self.output)));
        if file.is_dir() {
            return Err(wrong("there is a folder of that name".to_owned()));
        }
        if let Some(folder) = file.parent().filter(|folder| !folder.is_dir()) {
            return Err(wrong(format!("there is no folder {}", escape(folder))));
        }
        let LimitArgs { timeout, retries, max_pixels, memory, sandbox } = self.limits;
        let name: NameTemplate = "{index:08}.png".parse().map_err(|error| UsageError(format!("{error}")))?;
        let run = RunSettings {
            names: vec![name],
            workers: pool::descriptors::workers_that_fit(self.workers.unwrap_or_else(default_workers)),
            timeout: timeout.0,
            retries,
            limits: Limits::new(max_pixels.0, memory.bytes()),
            sandbox,
            quiet: self.quiet_args.quiet,
            ..RunSettings::new(self.inputs, PathBuf::new())
        };
        let replaces = self.on_conflict == OnSheetConflict::Overwrite;
        Ok(SheetSettings { file, kind, grid: self.grid, replaces, run })
    }
}

/// What the name says that the sheet is.
fn kind(output: &Path) -> Result<SheetKind, UsageError> {
    let ending = output.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("jpg" | "jpeg") => Ok(SheetKind::Jpeg),
        Some("pdf") => Ok(SheetKind::Pdf),
        Some(_) | None => {
            Err(UsageError(format!("--output {}: the name must end in .jpg or .pdf", escape(output))))
        }
    }
}
