//! What happened in a run, as sinks (progress, statistics, report) hear of it. Data only; facts, never
//! orders.
//!
//! Nested by family, so that a listener names the families it cares about and passes over the others whole.

use std::time::Duration;

use protocol::job::{Attempt, JobId, Lane};
use protocol::sandbox::SandboxReport;

use crate::verdict::{Loss, Verdict};
use crate::worker::{WorkerEnd, WorkerId};

/// One fact about a run. Sinks are given it with the time since the run's start, in order.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum RunEvent {
    /// A worker came or went.
    Worker {
        /// Its slot, and its number among the slot's workers.
        worker: WorkerId,
        /// What happened to it.
        change: WorkerChange,
    },
    /// An attempt went on.
    Attempt {
        /// Whose attempt it is.
        worker: WorkerId,
        /// The thread of that worker that makes it.
        lane: Lane,
        /// The job, and which try of it this is.
        attempt: Attempt,
        /// What happened to it.
        change: AttemptChange,
    },
    /// A job has its verdict.
    Settled {
        job: JobId,
        verdict: Verdict,
        /// Attempts made, lost ones included; 0 if no worker ever saw it.
        attempts: u32,
        /// Who made the last attempt.
        worker: Option<WorkerId>,
    },
    /// The run as a whole changed.
    Run(RunChange),
}

/// What happens to a worker.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum WorkerChange {
    /// Its process exists.
    Spawned { pid: u32 },
    /// It is locked in and waits for work.
    Ready {
        /// What is in force in it.
        sandbox: SandboxReport,
    },
    /// It is gone.
    Gone {
        /// How it ended.
        end: WorkerEnd,
    },
}

/// What happens to an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptChange {
    /// The lane was given it.
    Assigned,
    /// It takes unusually long.
    Slow {
        /// How long it has been under way.
        after: Duration,
    },
    /// The lane has answered and waits for work again; the job may still have to be published.
    Answered,
    /// Its worker was lost.
    Lost {
        /// How.
        loss: Loss,
        /// Whether the job is tried again.
        retried: bool,
    },
}

/// What happens to a run as a whole.
#[derive(Debug, Clone, PartialEq)]
pub enum RunChange {
    /// Nothing new starts until the run is resumed; what runs is finished.
    Paused,
    /// It goes on.
    Resumed,
    /// A signal arrived, nothing can be written any more, or no worker can be kept: nothing new starts.
    Stopping {
        /// Whether what runs is killed as well.
        kill: bool,
        /// Why, for people.
        reason: String,
    },
}
