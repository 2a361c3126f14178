//! The options on what is told of a run and to whom, of every command that has any of them.

use std::path::PathBuf;

use clap::Args;

/// Where the report goes.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Write the report to PATH, .json, .csv or .html; may be given several times
    #[arg(long, value_name = "PATH")]
    pub report: Vec<PathBuf>,
}

/// Where the log goes.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Append a log to FILE, `-` for standard error; SUPERVISOR_LOG chooses its levels (see docs/logs.md)
    #[arg(long, value_name = "FILE|-")]
    pub log: Option<PathBuf>,
}

/// Less on the terminal.
#[derive(Debug, Args)]
pub(crate) struct QuietArgs {
    /// Print failures only
    #[arg(short, long)]
    pub quiet: bool,
}

/// What is told of a run beside its report.
#[derive(Debug, Args)]
pub(crate) struct TellArgs {
    #[command(flatten)]
    pub log_args: LogArgs,
    #[command(flatten)]
    pub quiet_args: QuietArgs,
    /// Also print the settings in force
    #[arg(short, long)]
    pub verbose: bool,
}
