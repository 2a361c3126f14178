//! Why a run did not happen, and the exit code for it. No state.

use std::io;

use crate::exit::Exit;
use crate::plan::PlanError;
use pool::escape::escape_text;
use pool::fonts::MissingLetters;
use pool::output_folder::OutputFolderError;
use pool::worker_process::LocateError;

/// Why a run did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// Nothing can be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// No font has some letters of a text.
    #[error(transparent)]
    Letters(#[from] MissingLetters),
    /// No worker executable.
    #[error(transparent)]
    Worker(#[from] LocateError),
    /// The headers that the names depend on cannot be looked at, for this reason.
    #[error("{}", escape_text(.0))]
    Probe(String),
    /// A file that a filter reads is of no use, for this reason.
    #[error("{}; nothing was run", escape_text(.0))]
    RecipeFile(String),
    /// The output folder cannot be used.
    #[error(transparent)]
    Output(#[from] OutputFolderError),
    /// The machine refuses what every run needs.
    #[error("cannot run: {0}")]
    Io(#[from] io::Error),
}

impl RunError {
    /// The exit code for it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            RunError::Plan(_) | RunError::RecipeFile(_) | RunError::Letters(_) => Exit::Usage,
            RunError::Output(OutputFolderError::Busy(_) | OutputFolderError::StateBusy(_)) => Exit::TryAgain,
            RunError::Worker(_) | RunError::Probe(_) | RunError::Io(_) => Exit::Pool,
            RunError::Output(
                OutputFolderError::Io { error, .. } | OutputFolderError::State { error, .. },
            ) => {
                // Running again will not help as long as the folder is what it is.
                let stays = matches!(
                    error.kind(),
                    io::ErrorKind::NotFound
                        | io::ErrorKind::NotADirectory
                        | io::ErrorKind::PermissionDenied
                        | io::ErrorKind::AlreadyExists
                        | io::ErrorKind::InvalidFilename
                        | io::ErrorKind::InvalidInput
                );
                if stays { Exit::Usage } else { Exit::TryAgain }
            }
        }
    }
}
