//! `supervisor compare`: its options.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  What do processes cost on these photos, and what are they worth?
    supervisor compare photos/ -f blur=5

  With the scaling curve, as a page and as pictures
    supervisor compare photos/ -f blur=5 --scaling --html compare.html --svg plots/";

/// Options of `compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompareArgs {
    /// Files and folders, as for `run`
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// A filter, as for `run`
    #[arg(short, long = "filter", value_name = "SPEC")]
    pub filters: Vec<String>,
    /// A recipe, as for `run`
    #[arg(short, long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// Worker processes, 1–256 [default: the cores this process may use]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: Option<u16>,
    /// Threads in thread mode, 1–256 [default: as many as workers]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// How often each mode is measured, 1–99; the median counts
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u16).range(1..=99))]
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
    /// Append a log to FILE, `-` for standard error; SUPERVISOR_LOG chooses its levels (see docs/logs.md)
    #[arg(long, value_name = "FILE|-")]
    pub log: Option<PathBuf>,
}
