//! The one final word on a job, and what can become of a worker. Data only.

use std::fmt;

use protocol::outcome::{ErrorKind, JobError, Processed};

/// The final word on a job. Each job ends with exactly one.
#[derive(Debug, Clone, PartialEq)]
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
        match self {
            Verdict::Ok(_) => "ok",
            Verdict::Skipped(_) => "skipped",
            Verdict::Failed(_) => "failed",
            Verdict::Quarantined(_) => "quarantined",
            Verdict::Cancelled => "cancelled",
            Verdict::NotRun => "not-run",
        }
    }
}

/// Why nothing had to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// The journal proves the output current.
    UpToDate {
        /// Whether another engine made it, which today's would do in another way.
        by_older_engine: bool,
    },
    /// A file stands there and `--on-conflict skip` was given.
    Exists,
}

impl SkipReason {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            SkipReason::UpToDate { by_older_engine: _ } => "up-to-date",
            SkipReason::Exists => "exists",
        }
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

/// Names a worker: the slot it sits in and its number among the slot's workers, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId {
    /// The permanent place in the pool.
    pub slot: u16,
    /// Counts the workers of the slot.
    pub generation: u32,
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot, self.generation)
    }
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerEnd {
    /// The run was over, or the worker had done its share and was replaced; it left when asked to.
    Stopped,
    /// It exited by itself with this code.
    Exited(i32),
    /// A signal that we did not send ended it.
    Signalled(i32),
    /// It was killed because an attempt took longer than the timeout.
    TimedOut,
    /// It was killed because it said what no worker says (garbage, or another version's protocol).
    Garbled,
    /// It was killed because the run was stopped for good.
    Killed,
    /// It never came so far as to be ready.
    NeverReady,
}

impl fmt::Display for WorkerEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkerEnd::Stopped => f.write_str("stopped"),
            WorkerEnd::Exited(code) => write!(f, "exit code {code}"),
            WorkerEnd::Signalled(signal) => write!(f, "signal {signal}"),
            WorkerEnd::TimedOut => f.write_str("timed out"),
            WorkerEnd::Garbled => f.write_str("garbled"),
            WorkerEnd::Killed => f.write_str("killed"),
            WorkerEnd::NeverReady => f.write_str("never ready"),
        }
    }
}
