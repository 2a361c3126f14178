//! Statistics: what a run's events add up to.
//!
//! Owns the numbers of one run: a record per job, a record per worker, and sums that are kept up to date, so that a snapshot
//! costs the same for ten jobs and for a million. [`SharedStatistics`] puts them behind one mutex; whoever reads takes a
//! [`Snapshot`] and lets go before any I/O. Runs on whichever thread the events arrive on.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use protocol::job::Lane;
use protocol::outcome::{Processed, Stage, Timings};
use protocol::sandbox::SandboxReport;

use super::model::VerdictKind;
use super::snapshot::{Density, Snapshot, pixels_left};
use super::timeline::{Recorder, Timeline};
use crate::plan::{Action, Plan};
use engine::run_event::{AttemptChange, RunChange, RunEvent, WorkerChange};
use engine::verdict::{Loss, Verdict, WorkerEnd, WorkerId};
use pool::lock::lock;

/// What is known of one job.
#[derive(Debug, Default)]
pub(super) struct JobRecord {
    /// Bytes to be processed; 0 where nothing is to be done.
    planned: u64,
    /// Index into the kinds of files.
    kind: u32,
    /// How the last attempt whose worker was lost was lost.
    pub(super) lost: Option<Loss>,
    pub(super) attempts: u32,
    pub(super) worker: Option<WorkerId>,
    pub(super) verdict: Option<Verdict>,
}

/// What is known of one worker.
#[derive(Debug, Default)]
pub(super) struct WorkerRecord {
    pub(super) pid: u32,
    pub(super) jobs: u64,
    pub(super) busy: Duration,
    pub(super) end: Option<WorkerEnd>,
}

/// What a run's events add up to.
#[derive(Debug)]
pub struct Statistics {
    jobs: Vec<JobRecord>,
    kinds: Vec<Density>,
    workers: BTreeMap<WorkerId, WorkerRecord>,
    /// Since when each busy lane is busy.
    busy: HashMap<(WorkerId, Lane), Duration>,
    sandbox: Option<SandboxReport>,
    stages: Timings,
    recorder: Recorder,
    totals: Snapshot,
}

impl Statistics {
    /// Nothing has happened yet.
    pub fn new(plan: &Plan) -> Self {
        let mut indices: HashMap<OsString, u32> = HashMap::new();
        let mut kinds: Vec<Density> = Vec::new();
        let mut totals = Snapshot { images: plan.jobs.len() as u64, ..Snapshot::default() };
        let mut jobs = Vec::with_capacity(plan.jobs.len());
        for job in &plan.jobs {
            let planned = match job.action {
                Action::Process { .. } => job.bytes,
                Action::Skip { .. } | Action::Fail(_) => 0,
            };
            let extension = job.input.extension().unwrap_or_default().to_ascii_lowercase();
            let kind = *indices.entry(extension).or_insert_with(|| {
                kinds.push(Density::default());
                (kinds.len() - 1) as u32
            });
            if let Some(density) = kinds.get_mut(kind as usize) {
                density.left = density.left.saturating_add(planned);
            }
            totals.bytes_planned = totals.bytes_planned.saturating_add(planned);
            jobs.push(JobRecord { planned, kind, ..JobRecord::default() });
        }
        totals.bytes_left = totals.bytes_planned;
        Self {
            jobs,
            kinds,
            workers: BTreeMap::new(),
            busy: HashMap::new(),
            sandbox: None,
            stages: Timings::default(),
            recorder: Recorder::default(),
            totals,
        }
    }

    /// Takes in one fact, `at` after the run's start.
    pub fn apply(&mut self, at: Duration, event: &RunEvent) {
        self.totals.at = self.totals.at.max(at);
        match event {
            RunEvent::Worker { worker, change: WorkerChange::Spawned { pid } } => {
                self.workers.insert(*worker, WorkerRecord { pid: *pid, ..WorkerRecord::default() });
                self.totals.restarts += u64::from(self.recorder.spawned(at, *worker));
            }
            RunEvent::Worker { change: WorkerChange::Ready { sandbox }, .. } => {
                self.sandbox = Some(match self.sandbox.take() {
                    Some(known) => weaker(known, sandbox),
                    None => sandbox.clone(),
                });
            }
            RunEvent::Worker { worker, change: WorkerChange::Gone { end } } => {
                if let Some(record) = self.workers.get_mut(worker) {
                    record.end = Some(end.clone());
                }
                let busy: Vec<Lane> =
                    self.busy.keys().filter(|(id, _)| id == worker).map(|(_, lane)| *lane).collect();
                for lane in busy {
                    self.lane_idle(at, *worker, lane, true);
                }
                self.recorder.gone(at, *worker, *end == WorkerEnd::Stopped);
            }
            RunEvent::Attempt { worker, lane, change: AttemptChange::Assigned, .. } => {
                if let Some(record) = self.workers.get_mut(worker) {
                    record.jobs += 1;
                }
                self.busy.insert((*worker, *lane), at);
                self.recorder.busy(at, (worker.slot, lane.0));
            }
            RunEvent::Attempt { worker, lane, change: AttemptChange::Answered, .. } => {
                self.lane_idle(at, *worker, *lane, false)
            }
            RunEvent::Attempt { worker, lane, attempt, change: AttemptChange::Lost { loss, .. } } => {
                self.lane_idle(at, *worker, *lane, true);
                if let Some(record) = self.jobs.get_mut(attempt.job.index()) {
                    record.lost = Some(loss.clone());
                }
            }
            RunEvent::Settled { job, verdict, attempts, worker } => {
                self.settle(at, job.index(), verdict, *attempts, *worker);
            }
            RunEvent::Attempt { change: AttemptChange::Slow { .. }, .. } => {}
            RunEvent::Run(RunChange::Stopping { .. }) => self.totals.stopping = true,
            RunEvent::Run(RunChange::Paused | RunChange::Resumed) => {}
        }
    }

    fn lane_idle(&mut self, at: Duration, worker: WorkerId, lane: Lane, lost: bool) {
        let since = self.busy.remove(&(worker, lane));
        if since.is_some() {
            self.recorder.idle(at, (worker.slot, lane.0), lost);
        }
        if let (Some(since), Some(record)) = (since, self.workers.get_mut(&worker)) {
            record.busy += at.saturating_sub(since);
        }
    }

    fn settle(
        &mut self,
        at: Duration,
        index: usize,
        verdict: &Verdict,
        attempts: u32,
        worker: Option<WorkerId>,
    ) {
        // A job has one verdict; taking in a second would break the sums.
        let Some(record) = self.jobs.get_mut(index).filter(|record| record.verdict.is_none()) else { return };
        record.attempts = attempts;
        record.worker = worker;
        record.verdict = Some(verdict.clone());
        let (planned, kind, lost) = (record.planned, record.kind, record.lost.is_some());

        self.totals.counts.add(VerdictKind::of(verdict));
        match verdict {
            Verdict::Ok(_) | Verdict::Skipped(_) | Verdict::Failed(_) | Verdict::Quarantined(_) => {
                self.totals.bytes_left = self.totals.bytes_left.saturating_sub(planned);
            }
            Verdict::Cancelled | Verdict::NotRun => {}
        }
        let density = self.kinds.get_mut(kind as usize);
        if let Verdict::Ok(processed) = verdict {
            self.totals.recovered += u64::from(lost);
            if let Some(density) = density {
                density.left = density.left.saturating_sub(planned);
                density.pixels = density.pixels.saturating_add(processed.pixels);
                density.bytes = density.bytes.saturating_add(processed.bytes_in);
            }
            self.add_processed(processed);
            self.recorder.done(at);
        } else if let Some(density) = density {
            density.left = density.left.saturating_sub(planned);
        }
    }

    /// Saturating: the numbers come from a worker, which parses what strangers made.
    fn add_processed(&mut self, processed: &Processed) {
        let totals = &mut self.totals;
        totals.bytes_in = totals.bytes_in.saturating_add(processed.bytes_in);
        totals.bytes_out = totals.bytes_out.saturating_add(processed.bytes_out);
        totals.pixels = totals.pixels.saturating_add(processed.pixels);
        for stage in Stage::ALL {
            let sum = self.stages.of_mut(stage);
            *sum = sum.saturating_add(processed.timings.of(stage));
        }
    }

    /// How far the run is.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            running: self.busy.len() as u64,
            pixels_left: pixels_left(&self.kinds),
            ..self.totals.clone()
        }
    }

    /// What each lane did when, of a run that took `wall`.
    pub fn timeline(&self, wall: Duration) -> Timeline {
        self.recorder.timeline(wall)
    }

    /// The record of the job at a place in the plan.
    pub(super) fn job(&self, index: usize) -> Option<&JobRecord> {
        self.jobs.get(index)
    }

    /// Every worker there was, by slot and generation.
    pub(super) fn workers(&self) -> impl Iterator<Item = (WorkerId, &WorkerRecord)> {
        self.workers.iter().map(|(id, record)| (*id, record))
    }

    /// Seconds of `ok` images per stage, over all lanes.
    pub(super) fn stages(&self) -> &Timings {
        &self.stages
    }

    /// What is in force in every worker that was ever ready.
    pub(super) fn sandbox(&self) -> SandboxReport {
        self.sandbox.clone().unwrap_or_default()
    }
}

/// What two workers have in common: a chain is as strong as its weakest link.
fn weaker(mut known: SandboxReport, other: &SandboxReport) -> SandboxReport {
    known.landlock = known.landlock.min(other.landlock);
    known.seccomp &= other.seccomp;
    known.rlimits &= other.rlimits;
    for missing in &other.missing {
        if !known.missing.contains(missing) {
            known.missing.push(missing.clone());
        }
    }
    known
}

/// The statistics behind the one mutex that the bar, the report and the web read. Clones share them.
#[derive(Debug, Clone)]
pub struct SharedStatistics(Arc<Mutex<Statistics>>);

impl SharedStatistics {
    /// Nothing has happened yet.
    pub fn new(plan: &Plan) -> Self {
        Self(Arc::new(Mutex::new(Statistics::new(plan))))
    }

    /// Takes in one fact.
    pub fn apply(&self, at: Duration, event: &RunEvent) {
        self.lock().apply(at, event);
    }

    /// How far the run is. The lock is let go before this returns.
    pub fn snapshot(&self) -> Snapshot {
        self.lock().snapshot()
    }

    /// Calls `read` under the lock; it must not do I/O.
    pub fn with<T>(&self, read: impl FnOnce(&Statistics) -> T) -> T {
        read(&self.lock())
    }

    /// Numbers stay usable if a thread died with them in hand.
    fn lock(&self) -> MutexGuard<'_, Statistics> {
        lock(&self.0)
    }
}
