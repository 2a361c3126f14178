//! Why there is no comparison, and what that means for the exit code.

use std::io;
use std::path::PathBuf;

use crate::exit::Exit;
use crate::report::write::WriteError;

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompareError {
    /// A run did not end as it should.
    #[error("the run in {mode} mode ended with {}:\n{}", code.map_or("a \
        signal".to_owned(), |code| format!("exit code {code}")), as_ours(.said))]
    Run {
        mode: &'static str,
        /// Its exit code.
        code: Option<i32>,
        /// What it said on standard error.
        said: String,
    },
    /// A run said something that is not known.
    #[error("a line of a run could not be understood: {0}")]
    Garbled(String),
    /// There is nothing to compare.
    #[error("no image could be processed, so there is nothing to compare")]
    NoImage,
    /// A result has nowhere to go.
    #[error("--{option} {}: {what}", pool::escape::escape(.path))]
    NoRoom {
        option: &'static str,
        path: PathBuf,
        /// Why not.
        what: String,
    },
    /// A signal came.
    #[error("interrupted; nothing is left behind")]
    Signal(i32),
    /// The machine refuses what every run needs.
    #[error("cannot compare: {0}")]
    Io(#[from] io::Error),
    /// A result cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl CompareError {
    pub(super) fn exit(&self) -> Exit {
        match self {
            // As the run would have ended by itself.
            CompareError::Run { code: Some(2), .. } | CompareError::NoRoom { .. } => Exit::Usage,
            CompareError::Run { code: Some(75), .. } | CompareError::Write(_) => Exit::TryAgain,
            CompareError::Run { .. } | CompareError::Garbled(_) | CompareError::Io(_) => Exit::Pool,
            CompareError::NoImage => Exit::SomeFailed,
            CompareError::Signal(signal) => Exit::of_signal(*signal),
        }
    }
}

/// What a run said on standard error, without this program's name at the beginning, which is put there again.
pub(super) fn as_ours(said: &str) -> String {
    said.lines().map(|line| line.strip_prefix("supervisor: ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}
