//! What happened in a run, as sinks (progress, statistics, report) hear of it. Data only; facts, never orders.

use std::time::Duration;

use protocol::job::{Attempt, JobId, Lane};
use protocol::sandbox::SandboxReport;

use crate::verdict::{Loss, Verdict, WorkerEnd, WorkerId};

/// One fact about a run. Sinks are given it with the time since the run's start, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// A worker process exists.
    WorkerSpawned {
        /// The worker.
        worker: WorkerId,
        /// Its process id.
        pid: u32,
    },
    /// A worker is locked in and waits for work.
    WorkerReady {
        /// The worker.
        worker: WorkerId,
        /// What is in force in it.
        sandbox: SandboxReport,
    },
    /// A worker is gone.
    WorkerGone {
        /// The worker.
        worker: WorkerId,
        /// How it ended.
        end: WorkerEnd,
    },
    /// A lane was given an attempt.
    Assigned {
        /// The worker.
        worker: WorkerId,
        /// The lane.
        lane: Lane,
        /// The attempt.
        attempt: Attempt,
    },
    /// An attempt takes unusually long.
    Slow {
        /// The worker.
        worker: WorkerId,
        /// The lane.
        lane: Lane,
        /// The attempt.
        attempt: Attempt,
        /// How long it has been under way.
        after: Duration,
    },
    /// The lane has answered and waits for work again; the job may still have to be published.
    Answered {
        /// The worker.
        worker: WorkerId,
        /// The lane.
        lane: Lane,
        /// The attempt.
        attempt: Attempt,
    },
    /// The worker of an attempt was lost.
    AttemptLost {
        /// The worker.
        worker: WorkerId,
        /// The lane.
        lane: Lane,
        /// The attempt.
        attempt: Attempt,
        /// How.
        loss: Loss,
        /// Whether the job is tried again.
        retried: bool,
    },
    /// A job has its verdict.
    Settled {
        /// The job.
        job: JobId,
        /// The final word.
        verdict: Verdict,
        /// Attempts made, lost ones included; 0 if no worker ever saw it.
        attempts: u32,
        /// Who made the last attempt.
        worker: Option<WorkerId>,
    },
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
