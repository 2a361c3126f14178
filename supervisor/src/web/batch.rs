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
use crate::driver::Command;
use crate::engine::Ending;
use crate::plan::Plan;
use crate::report::model::{VerdictKind, rounded};
use crate::report::{Report, SharedStatistics, Timeline};
use crate::run_event::RunEvent;
use crate::verdict::WorkerId;

/// Workers that a snapshot tells of, the latest.
const WORKERS: usize = 1000;
/// Attempts that a snapshot tells of, the latest.
const ATTEMPTS: usize = 2000;

/// A batch.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) id: u64,
    /// What was asked for, with paths as they are shown.
    pub(super) order: BatchOrder,
    /// The recipe as messages have it.
    pub(super) recipe: Value,
    /// The only inputs that it is about, of those that its order names.
    pub(super) only: Option<HashSet<PathBuf>>,
    retry_of: Option<u64>,
    created: Timestamp,
    stage: Stage,
    /// What is wanted of its run, before and while there is one.
    pub(super) commands: (Sender<Command>, Receiver<Command>),
    progress: Option<Progress>,
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
struct Progress {
    plan: Arc<Plan>,
    statistics: SharedStatistics,
    clock: Instant,
    /// One for each job.
    letters: Vec<u8>,
    workers: VecDeque<Life>,
    attempts: VecDeque<Stretch>,
}

#[derive(Debug)]
struct Life {
    worker: WorkerId,
    pid: u32,
    from: Duration,
    ready: Option<Duration>,
    to: Option<Duration>,
    end: Option<String>,
}

#[derive(Debug)]
struct Stretch {
    worker: WorkerId,
    lane: Lane,
    attempt: Attempt,
    from: Duration,
    to: Option<Duration>,
    lost: bool,
}

impl Batch {
    pub(super) fn new(
        id: u64,
        order: BatchOrder,
        recipe: Value,
        retry: Option<(u64, HashSet<PathBuf>)>,
    ) -> Batch {
        let (retry_of, only) = retry.unzip();
        Batch {
            id,
            order,
            recipe,
            only,
            retry_of,
            created: Timestamp::now(),
            stage: Stage::Queued,
            commands: unbounded(),
            progress: None,
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
        self.progress = Some(Progress { plan, statistics, clock, letters, workers, attempts });
    }

    /// Something happened in its run.
    pub(super) fn told(&mut self, at: Duration, event: &RunEvent) {
        match event {
            RunEvent::Paused => self.stage = Stage::Paused,
            RunEvent::Resumed => self.stage = Stage::Running,
            RunEvent::Stopping { .. } => self.stage = Stage::Stopping,
            RunEvent::WorkerSpawned { .. }
            | RunEvent::WorkerReady { .. }
            | RunEvent::WorkerGone { .. }
            | RunEvent::Assigned { .. }
            | RunEvent::Slow { .. }
            | RunEvent::Answered { .. }
            | RunEvent::AttemptLost { .. }
            | RunEvent::Settled { .. } => {}
        }
        if let Some(progress) = &mut self.progress {
            progress.told(at, event);
        }
    }

    /// It is over.
    pub(super) fn end(&mut self, ending: Finale, message: Option<String>) {
        self.stage = Stage::Ended { ending, message };
    }

    /// Its plan and numbers, once there are some.
    pub(super) fn run(&self) -> Option<(&Arc<Plan>, &SharedStatistics)> {
        self.progress.as_ref().map(|progress| (&progress.plan, &progress.statistics))
    }

    /// Its part of a snapshot as JSON. Of an ended batch it is written once: many may be asked for while another batch runs.
    pub(super) fn snapshot_text(&self) -> Arc<str> {
        let write = || self.snapshot().to_string().into();
        if self.is_ended() { Arc::clone(self.last_snapshot.get_or_init(write)) } else { write() }
    }

    /// Its part of a snapshot.
    pub(super) fn snapshot(&self) -> Value {
        let BatchOrder { inputs, output, .. } = &self.order;
        let mut value = json!({
            "id": self.id, "created": self.created.as_second(), "inputs": inputs, "output": output, "recipe": self.recipe,
            "retry_of": self.retry_of, "state": self.state_name(), "ending": null, "message": null,
            "images": 0, "warnings": [], "workers": [], "attempts": [], "verdicts": "",
        });
        if let Stage::Ended { ending, message } = &self.stage {
            (value["ending"], value["message"]) = (ending.name().into(), message.clone().into());
        }
        if let Some(progress) = &self.progress {
            progress.describe(&mut value);
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

impl Progress {
    fn told(&mut self, at: Duration, event: &RunEvent) {
        self.statistics.apply(at, event);
        match event {
            RunEvent::WorkerSpawned { worker, pid } => {
                let (worker, pid) = (*worker, *pid);
                self.workers.push_back(Life { worker, pid, from: at, ready: None, to: None, end: None });
                if self.workers.len() > WORKERS {
                    self.workers.pop_front();
                }
            }
            RunEvent::WorkerReady { worker, .. } => {
                if let Some(life) = self.life(*worker) {
                    life.ready = Some(at);
                }
            }
            RunEvent::WorkerGone { worker, end } => {
                if let Some(life) = self.life(*worker) {
                    (life.to, life.end) = (Some(at), Some(end.to_string()));
                }
            }
            RunEvent::Assigned { worker, lane, attempt } => {
                let (worker, lane, attempt) = (*worker, *lane, *attempt);
                self.set(attempt, b'r');
                self.attempts.push_back(Stretch { worker, lane, attempt, from: at, to: None, lost: false });
                if self.attempts.len() > ATTEMPTS {
                    self.attempts.pop_front();
                }
            }
            RunEvent::Answered { worker, lane, attempt } => self.over(at, (*worker, *lane, *attempt), false),
            RunEvent::AttemptLost { worker, lane, attempt, .. } => {
                self.set(*attempt, b'.');
                self.over(at, (*worker, *lane, *attempt), true);
            }
            RunEvent::Settled { job, verdict, .. } => {
                if let Some(place) = self.letters.get_mut(job.index()) {
                    *place = letter(VerdictKind::of(verdict));
                }
            }
            RunEvent::Slow { .. } | RunEvent::Paused | RunEvent::Resumed | RunEvent::Stopping { .. } => {}
        }
    }

    fn life(&mut self, worker: WorkerId) -> Option<&mut Life> {
        self.workers.iter_mut().rev().find(|life| life.worker == worker)
    }

    fn set(&mut self, attempt: Attempt, letter: u8) {
        if let Some(place) = self.letters.get_mut(attempt.job.index()) {
            *place = letter;
        }
    }

    fn over(&mut self, at: Duration, which: (WorkerId, Lane, Attempt), lost: bool) {
        let mut latest = self.attempts.iter_mut().rev();
        if let Some(stretch) = latest.find(|known| (known.worker, known.lane, known.attempt) == which) {
            (stretch.to, stretch.lost) = (Some(at), lost);
        }
    }

    fn describe(&self, value: &mut Value) {
        let now = self.statistics.snapshot();
        let seconds = |time: Duration| rounded(time.as_secs_f64());
        let fields = json!({
            "images": now.images, "counts": now.counts, "running": now.running, "recovered": now.recovered,
            "restarts": now.restarts, "bytes_in": now.bytes_in, "bytes_out": now.bytes_out, "pixels": now.pixels,
            "bytes": now.bytes_planned, "bytes_left": now.bytes_left,
            "at_s": seconds(now.at), "now_s": seconds(self.clock.elapsed()),
            "images_per_s": rounded(now.images_per_s()), "eta_s": now.eta().map(seconds),
            "warnings": self.plan.warnings, "verdicts": String::from_utf8_lossy(&self.letters),
            "workers": self.workers.iter().map(|life| json!({
                "worker": life.worker.to_string(), "slot": life.worker.slot, "generation": life.worker.generation,
                "pid": life.pid, "from_s": seconds(life.from), "ready_s": life.ready.map(seconds),
                "to_s": life.to.map(seconds), "end": life.end,
            })).collect::<Vec<_>>(),
            "attempts": self.attempts.iter().map(|stretch| json!({
                "worker": stretch.worker.to_string(), "lane": stretch.lane.0, "job": stretch.attempt.job.0,
                "attempt": stretch.attempt.number, "from_s": seconds(stretch.from), "to_s": stretch.to.map(seconds),
                "lost": stretch.lost,
            })).collect::<Vec<_>>(),
        });
        if let (Value::Object(value), Value::Object(fields)) = (value, fields) {
            value.extend(fields);
        }
    }
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
