//! One batch as clients see it: where it is in its life, what its run's events add up to, and its part of a snapshot.
//!
//! Data and folding only, without a lock; [`super::board`] owns all batches.

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use jiff::Timestamp;
use protocol::job::{Attempt, Lane};
use serde_json::{Value, json};

use super::messages::BatchOrder;
use crate::plan::Plan;
use crate::report::model::{VerdictKind, rounded};
use crate::report::{Report, SharedStatistics, Timeline};
use engine::Ending;
use engine::run_event::{AttemptChange, RunChange, RunEvent, WorkerChange};
use engine::verdict::WorkerId;
use pool::driver::Command;

/// Workers that a snapshot tells of, the latest.
const WORKERS: usize = 1000;
/// Attempts that a snapshot tells of, the latest.
const ATTEMPTS: usize = 2000;

/// A batch.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) id: u64,
    /// What was asked for, with paths as they are shown and the recipe as messages have it.
    pub(super) order: BatchOrder,
    /// The only inputs that it is about, of those that its order names.
    pub(super) only: Option<HashSet<PathBuf>>,
    retry_of: Option<u64>,
    created: Timestamp,
    stage: Stage,
    /// What is wanted of its run, before and while there is one.
    pub(super) commands: (Sender<Command>, Receiver<Command>),
    so_far: Option<SoFar>,
    pub(super) results: Option<Arc<Results>>,
    last_snapshot: OnceLock<Arc<str>>,
}

/// Where a batch is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    Queued,
    Planning,
    Running,
    Paused,
    Stopping,
    Ended { ending: Finale, message: Option<String> },
}

/// How a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finale {
    Complete,
    Stopped,
    OutOfRoom,
    PoolFailed,
    /// Nothing was run.
    Refused,
}

/// What is there when a run is over.
#[derive(Debug)]
pub(super) struct Results {
    pub(super) report: Report,
    pub(super) timeline: Timeline,
    pub(super) plan: Arc<Plan>,
    /// The output folder, without links.
    pub(super) output: PathBuf,
}

/// How far its run is.
#[derive(Debug)]
struct SoFar {
    plan: Arc<Plan>,
    statistics: SharedStatistics,
    clock: Instant,
    /// One for each job.
    letters: Vec<u8>,
    workers: VecDeque<WorkerSpan>,
    attempts: VecDeque<AttemptSpan>,
}

#[derive(Debug)]
struct WorkerSpan {
    worker: WorkerId,
    pid: u32,
    from: Duration,
    ready: Option<Duration>,
    to: Option<Duration>,
    end: Option<String>,
}

#[derive(Debug)]
struct AttemptSpan {
    worker: WorkerId,
    lane: Lane,
    attempt: Attempt,
    from: Duration,
    to: Option<Duration>,
    lost: bool,
}

impl Batch {
    pub(super) fn new(id: u64, order: BatchOrder, retry: Option<(u64, HashSet<PathBuf>)>) -> Batch {
        let (retry_of, only) = retry.unzip();
        Batch {
            id,
            order,
            only,
            retry_of,
            created: Timestamp::now(),
            stage: Stage::Queued,
            commands: unbounded(),
            so_far: None,
            results: None,
            last_snapshot: OnceLock::new(),
        }
    }

    pub(super) fn stage(&self) -> &Stage {
        &self.stage
    }

    pub(super) fn is_ended(&self) -> bool {
        matches!(self.stage, Stage::Ended { .. })
    }

    /// Its turn has come.
    pub(super) fn plan_begun(&mut self) {
        self.stage = Stage::Planning;
    }

    /// The plan is made.
    pub(super) fn started(&mut self, plan: Arc<Plan>, statistics: SharedStatistics) {
        let letters = vec![b'.'; plan.jobs.len()];
        let (workers, attempts) = (VecDeque::new(), VecDeque::new());
        let clock = Instant::now();
        self.stage = Stage::Running;
        self.so_far = Some(SoFar { plan, statistics, clock, letters, workers, attempts });
    }

    /// Something happened in its run.
    pub(super) fn told(&mut self, at: Duration, event: &RunEvent) {
        match event {
            RunEvent::Run(RunChange::Paused) => self.stage = Stage::Paused,
            RunEvent::Run(RunChange::Resumed) => self.stage = Stage::Running,
            RunEvent::Run(RunChange::Stopping { .. }) => self.stage = Stage::Stopping,
            RunEvent::Worker { .. } | RunEvent::Attempt { .. } | RunEvent::Settled { .. } => {}
        }
        if let Some(so_far) = &mut self.so_far {
            so_far.told(at, event);
        }
    }

    /// It is over.
    pub(super) fn end(&mut self, ending: Finale, message: Option<String>) {
        self.stage = Stage::Ended { ending, message };
    }

    /// Its plan and numbers, once there are some.
    pub(super) fn run(&self) -> Option<(&Arc<Plan>, &SharedStatistics)> {
        self.so_far.as_ref().map(|so_far| (&so_far.plan, &so_far.statistics))
    }

    /// Its part of a snapshot as JSON. Of an ended batch it is written once: many may be asked for while another batch runs.
    pub(super) fn snapshot_text(&self) -> Arc<str> {
        let write = || self.snapshot().to_string().into();
        if self.is_ended() { Arc::clone(self.last_snapshot.get_or_init(write)) } else { write() }
    }

    /// Its part of a snapshot.
    pub(super) fn snapshot(&self) -> Value {
        let BatchOrder { inputs, output, recipe, .. } = &self.order;
        let so_far = self.so_far.as_ref();
        // Before there is a run, nothing has happened yet.
        let now = so_far.map(|so_far| so_far.statistics.snapshot()).unwrap_or_default();
        let elapsed = so_far.map_or(Duration::ZERO, |so_far| so_far.clock.elapsed());
        let mut value = json!({
            "id": self.id, "created": self.created.as_second(), "inputs": inputs, "output": output, "recipe": recipe,
            "retry_of": self.retry_of, "state": self.state_name(), "ending": null, "message": null,
            "images": now.images, "counts": now.counts, "running": now.running, "recovered": now.recovered,
            "restarts": now.restarts, "bytes_in": now.bytes_in, "bytes_out": now.bytes_out, "pixels": now.pixels,
            "bytes": now.bytes_planned, "bytes_left": now.bytes_left,
            "at_s": seconds(now.at), "now_s": seconds(elapsed),
            "images_per_s": rounded(now.images_per_s()), "eta_s": now.eta().map(seconds),
            "warnings": [], "workers": [], "attempts": [], "verdicts": "",
        });
        if let Stage::Ended { ending, message } = &self.stage {
            (value["ending"], value["message"]) = (ending.name().into(), message.clone().into());
        }
        if let Some(so_far) = so_far {
            so_far.describe(&mut value);
        }
        value
    }

    fn state_name(&self) -> &'static str {
        let runs = || self.run().is_some_and(|(_, statistics)| statistics.snapshot().running > 0);
        match self.stage {
            Stage::Queued => "queued",
            Stage::Planning => "planning",
            Stage::Running => "running",
            Stage::Paused if runs() => "pausing",
            Stage::Paused => "paused",
            Stage::Stopping => "stopping",
            Stage::Ended { .. } => "ended",
        }
    }
}

impl Finale {
    /// Of the run's ending, with the reason if it is somebody's concern.
    pub(super) fn of(ending: Ending) -> (Finale, Option<String>) {
        match ending {
            Ending::Complete => (Finale::Complete, None),
            Ending::Stopped => (Finale::Stopped, None),
            Ending::OutOfRoom(reason) => (Finale::OutOfRoom, Some(reason)),
            Ending::PoolFailed(reason) => (Finale::PoolFailed, Some(reason)),
        }
    }

    /// The word in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Finale::Complete => "complete",
            Finale::Stopped => "stopped",
            Finale::OutOfRoom => "out-of-room",
            Finale::PoolFailed => "pool-failed",
            Finale::Refused => "refused",
        }
    }
}

impl SoFar {
    fn told(&mut self, at: Duration, event: &RunEvent) {
        self.statistics.apply(at, event);
        match event {
            RunEvent::Worker { worker, change: WorkerChange::Spawned { pid } } => {
                let (worker, pid) = (*worker, *pid);
                self.workers.push_back(WorkerSpan {
                    worker,
                    pid,
                    from: at,
                    ready: None,
                    to: None,
                    end: None,
                });
                if self.workers.len() > WORKERS {
                    self.workers.pop_front();
                }
            }
            RunEvent::Worker { worker, change: WorkerChange::Ready { .. } } => {
                if let Some(span) = self.worker(*worker) {
                    span.ready = Some(at);
                }
            }
            RunEvent::Worker { worker, change: WorkerChange::Gone { end } } => {
                if let Some(span) = self.worker(*worker) {
                    (span.to, span.end) = (Some(at), Some(end.to_string()));
                }
            }
            RunEvent::Attempt { worker, lane, attempt, change: AttemptChange::Assigned } => {
                let (worker, lane, attempt) = (*worker, *lane, *attempt);
                self.set(attempt, b'r');
                self.attempts.push_back(AttemptSpan {
                    worker,
                    lane,
                    attempt,
                    from: at,
                    to: None,
                    lost: false,
                });
                if self.attempts.len() > ATTEMPTS {
                    self.attempts.pop_front();
                }
            }
            RunEvent::Attempt { worker, lane, attempt, change: AttemptChange::Answered } => {
                self.over(at, (*worker, *lane, *attempt), false)
            }
            RunEvent::Attempt { worker, lane, attempt, change: AttemptChange::Lost { .. } } => {
                self.set(*attempt, b'.');
                self.over(at, (*worker, *lane, *attempt), true);
            }
            RunEvent::Settled { job, verdict, .. } => {
                if let Some(place) = self.letters.get_mut(job.index()) {
                    *place = letter(VerdictKind::of(verdict));
                }
            }
            RunEvent::Attempt { change: AttemptChange::Slow { .. }, .. } | RunEvent::Run(_) => {}
        }
    }

    fn worker(&mut self, worker: WorkerId) -> Option<&mut WorkerSpan> {
        self.workers.iter_mut().rev().find(|span| span.worker == worker)
    }

    fn set(&mut self, attempt: Attempt, letter: u8) {
        if let Some(place) = self.letters.get_mut(attempt.job.index()) {
            *place = letter;
        }
    }

    fn over(&mut self, at: Duration, which: (WorkerId, Lane, Attempt), lost: bool) {
        let mut latest = self.attempts.iter_mut().rev();
        if let Some(span) = latest.find(|known| (known.worker, known.lane, known.attempt) == which) {
            (span.to, span.lost) = (Some(at), lost);
        }
    }

    fn describe(&self, value: &mut Value) {
        let fields = json!({
            "warnings": self.plan.warnings, "verdicts": String::from_utf8_lossy(&self.letters),
            "workers": self.workers.iter().map(|span| json!({
                "worker": span.worker.to_string(), "slot": span.worker.slot, "generation": span.worker.generation,
                "pid": span.pid, "from_s": seconds(span.from), "ready_s": span.ready.map(seconds),
                "to_s": span.to.map(seconds), "end": span.end,
            })).collect::<Vec<_>>(),
            "attempts": self.attempts.iter().map(|span| json!({
                "worker": span.worker.to_string(), "lane": span.lane.0, "job": span.attempt.job.0,
                "attempt": span.attempt.number, "from_s": seconds(span.from), "to_s": span.to.map(seconds),
                "lost": span.lost,
            })).collect::<Vec<_>>(),
        });
        if let (Value::Object(value), Value::Object(fields)) = (value, fields) {
            value.extend(fields);
        }
    }
}

fn seconds(time: Duration) -> f64 {
    rounded(time.as_secs_f64())
}

/// One character for each verdict, so that ten thousand images are ten thousand bytes.
fn letter(verdict: VerdictKind) -> u8 {
    match verdict {
        VerdictKind::Ok => b'o',
        VerdictKind::Skipped => b's',
        VerdictKind::Failed => b'f',
        VerdictKind::Quarantined => b'q',
        VerdictKind::Cancelled => b'c',
        VerdictKind::NotRun => b'n',
    }
}
