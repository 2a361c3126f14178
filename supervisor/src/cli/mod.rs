//! The command line: one file per subcommand. [`values`] reads and checks each value, and
//! [`resolve`] makes settings of what was typed; the other rooms know only those.
//!
//! May use `serve`, `compare`, `batch`, `report`, `plan`.

pub mod compare;
pub mod completions;
#[cfg(test)]
mod default_tests;
pub mod doctor;
pub mod filters;
pub mod man;
pub mod resolve;
pub mod run;
pub mod serve;
mod values;

use std::path::Path;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::exit::Exit;

/// Batch image processing that survives damaged pictures.
///
/// Every photo of a folder goes through the same filters, one worker process per core. A picture that
/// crashes, hangs or overfeeds its worker is named in the report, and the rest of the batch is not touched by
/// it.
#[derive(Debug, Parser)]
#[command(name = "supervisor", version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: CliCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Process pictures: files and folders, through filters, into a folder
    Run(Box<run::RunArgs>),
    /// The same work sequentially, in threads and in processes, and what a crash costs in each
    Compare(Box<compare::CompareArgs>),
    /// A web page for all of this, and a WebSocket, on this machine only
    Serve(serve::ServeArgs),
    /// List the filters with their parameters
    Filters(filters::FiltersArgs),
    /// Say what this machine offers: cores, memory, sandbox, formats, the worker
    Doctor,
    /// Print shell completions
    Completions(completions::CompletionsArgs),
    /// Print a man page
    Man(man::ManArgs),
}

impl CliCommand {
    /// `--log`, for what runs anything.
    pub fn log(&self) -> Option<&Path> {
        match self {
            CliCommand::Run(args) => args.log.as_deref(),
            CliCommand::Compare(args) => args.log.as_deref(),
            CliCommand::Serve(args) => args.log.as_deref(),
            CliCommand::Filters(_) | CliCommand::Doctor | CliCommand::Completions(_) | CliCommand::Man(_) => {
                None
            }
        }
    }
}

/// A mistake in what was typed that a value alone does not show, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

impl UsageError {
    /// Says it as any other mistake on the command line is said.
    pub fn tell(&self) -> Exit {
        // Nobody is left to be told that standard error is closed.
        let _ = clap::Error::raw(ErrorKind::ValueValidation, format!("{self}\n")).print();
        Exit::Usage
    }
}
