//! `supervisor compare`: its options.

use std::path::PathBuf;

use clap::Args;
use pool::settings::{WORKERS, default_workers};
use recipe::Bounds;

use super::tell_args::LogArgs;
use super::values::{self, FilterSpec, whole};
use crate::compare::{CompareSettings, DEFAULT_ROUNDS};

const EXAMPLES: &str = "\
Examples:
  What do processes cost on these photos, and what are they worth?
    supervisor compare photos/ -f blur=5

  With the scaling curve, as a page and as pictures
    supervisor compare photos/ -f blur=5 --scaling --html compare.html --svg plots/";

const ROUNDS: Bounds<u16> = Bounds { least: 1, most: 99, words: "1 to 99" };

/// Options of `compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompareArgs {
    /// Files and folders, as for `run`
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// A filter, as for `run`
    #[arg(short, long = "filter", value_name = "SPEC", hide_possible_values = true)]
    #[arg(value_parser = values::filter())]
    pub filters: Vec<FilterSpec>,
    /// A recipe, as for `run`
    #[arg(short, long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// Worker processes, 1–256 [default: the cores this process may use]
    #[arg(short = 'j', long, value_name = "N", value_parser = whole(WORKERS))]
    pub workers: Option<u16>,
    /// Threads in thread mode, 1–256 [default: as many as workers]
    #[arg(long, value_name = "N", value_parser = whole(WORKERS))]
    pub threads: Option<u16>,
    /// How often each mode is measured, 1–99; the median counts
    #[arg(long, value_name = "N", default_value_t = DEFAULT_ROUNDS, value_parser = whole(ROUNDS))]
    pub rounds: u16,
    /// Also measure 1, 2, … workers, and fit Amdahl's law
    #[arg(long)]
    pub scaling: bool,
    /// Write everything measured to FILE
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write a page with plots to FILE
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write the plots as SVG files into DIR
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,
    #[command(flatten)]
    pub log_args: LogArgs,
}

impl CompareArgs {
    /// The settings that were asked for.
    pub(crate) fn settings(self) -> CompareSettings {
        let workers = self.workers.unwrap_or_else(default_workers);
        CompareSettings {
            inputs: self.inputs,
            filters: self.filters.into_iter().map(|spec| spec.text).collect(),
            recipe: self.recipe,
            workers,
            threads: self.threads.unwrap_or(workers),
            rounds: self.rounds,
            scaling: self.scaling,
            json: self.json,
            html: self.html,
            svg: self.svg,
            log: crate::log::file(self.log_args.log.as_deref()),
        }
    }
}
