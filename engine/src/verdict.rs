//! The one final word on a job. Data only.

use protocol::outcome::{ErrorKind, JobError, Processed};

/// The final word on a job. Each job ends with exactly one.
#[derive(Debug, Clone, PartialEq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Verdict {
    /// Its results stand under their final names.
    Ok(Box<Processed>),
    /// Nothing had to be done.
    Skipped(SkipReason),
    /// The worker, the plan or the commit answered with an error.
    Failed(JobError),
    /// All attempts were lost.
    Quarantined(Loss),
    /// It was under way when the run was stopped for good, or was called off before it was begun.
    Cancelled,
    /// Its turn never came.
    NotRun,
}

impl Verdict {
    /// The word in reports.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// Why nothing had to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum SkipReason {
    /// The journal proves the output current.
    UpToDate {
        /// Whether an older engine revision made it, which today's would do in another way.
        by_older_revision: bool,
    },
    /// A file stands there and `--on-conflict skip` was given.
    Exists,
    /// The photo was taken away before its turn, where photos come and go.
    Vanished,
}

impl SkipReason {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// How an attempt was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// What happened to the worker.
    pub cause: LossCause,
    /// For people: the signal or exit code, and the worker's last words if it had any.
    pub detail: String,
}

/// What happened to the worker whose attempt was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LossCause {
    /// It died, or said what no worker says.
    Crashed,
    /// Somebody else killed it, for whatever reason. No job is quarantined for that.
    KilledByOthers,
    /// It took longer than the timeout and was killed.
    TimedOut,
    /// It ran out of memory.
    OutOfMemory,
}

impl LossCause {
    /// The kind of trouble in reports.
    pub fn kind(self) -> ErrorKind {
        match self {
            LossCause::Crashed | LossCause::KilledByOthers => ErrorKind::Crashed,
            LossCause::TimedOut => ErrorKind::TimedOut,
            LossCause::OutOfMemory => ErrorKind::OutOfMemory,
        }
    }
}
