//! What the thread that drives the workers tells the one that feeds them. Data only.

use std::path::PathBuf;

use engine::verdict::Verdict;
use protocol::ErrorKind;

/// What the watcher hears of the workers.
#[derive(Debug)]
pub(super) enum News {
    /// A photo has its verdict.
    Settled {
        /// Its file, absolute.
        input: PathBuf,
        /// What that means for the file.
        became: Became,
    },
    /// Nothing new is begun any more.
    Stopping,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Became {
    /// Its results are there.
    Done,
    /// They are not, and will not be as long as it stays as it is.
    NotDone,
    /// It was taken away.
    Gone,
}

impl Became {
    /// What a verdict means for the file.
    pub(super) fn of(verdict: &Verdict) -> Became {
        match verdict {
            Verdict::Ok(_) => Became::Done,
            Verdict::Failed(error) if error.kind == ErrorKind::Vanished => Became::Gone,
            Verdict::Failed(_)
            | Verdict::Quarantined(_)
            | Verdict::Skipped(_)
            | Verdict::Cancelled
            | Verdict::NotRun => Became::NotDone,
        }
    }
}
