//! Statistics: what a run's events add up to.
//!
//! Owns the numbers of one run: a record per job, what the lanes did, and sums that are kept up to date, so
//! that a snapshot costs the same for ten jobs and for a million. [`SharedStatistics`] puts them behind one
//! mutex; a reader takes a [`Tally`] and lets go before any I/O. Runs on the thread on which the events
//! arrive.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::verdict::Verdict;
use pool::lock::lock;
use protocol::outcome::{PerStage, Stage};
use protocol::sandbox::SandboxReport;

use super::pixels_per_byte::FileKinds;
use super::recorder::Recorder;
use super::snapshot::Tally;
use super::timeline::Timeline;
use crate::plan::{Plan, PlannedJob};
use crate::report::wire::event::{AttemptName, Settled, Started, WorkerNews, WorkerState, bytes_planned};
use crate::report::wire::{AttemptNews, Family, Image, RunNews, VerdictKind, WireEvent, rounded};

/// What is known of one job.
#[derive(Debug, Clone, Default)]
struct JobRecord {
    /// Whether it is under way.
    running: bool,
    /// How the last attempt whose worker was lost was lost.
    lost: Option<String>,
    /// As it was told, once it has its verdict.
    image: Option<Image>,
}

/// What a run's events add up to.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    jobs: Vec<JobRecord>,
    kinds: FileKinds,
    sandbox: Option<SandboxReport>,
    /// Milliseconds of `ok` images, over all lanes.
    stages_ms: PerStage<f64>,
    recorder: Recorder,
    totals: Tally,
}

impl Statistics {
    /// Nothing has happened yet.
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut statistics = Self::default();
        plan.jobs.iter().for_each(|job| statistics.add(job));
        statistics
    }

    /// The plan has one job more.
    fn add(&mut self, job: &PlannedJob) {
        self.kinds.add(job);
        self.jobs.push(JobRecord::default());
        let (totals, bytes) = (&mut self.totals, bytes_planned(job));
        totals.images += 1;
        totals.bytes_planned = totals.bytes_planned.saturating_add(bytes);
        totals.bytes_left = totals.bytes_left.saturating_add(bytes);
    }

    fn begin(&mut self, images: usize, bytes: u64) {
        self.jobs = vec![JobRecord::default(); images];
        self.totals.images = images as u64;
        (self.totals.bytes_planned, self.totals.bytes_left) = (bytes, bytes);
    }

    /// Takes in one fact, `at` after the run's start.
    pub(crate) fn apply(&mut self, at: Duration, event: &WireEvent) {
        self.totals.at = self.totals.at.max(at);
        match event.family() {
            Family::Started(started) => self.begin_as_told(started),
            Family::Worker(news) => self.worker_changed(at, news),
            Family::Attempt(attempt, news) => self.attempt_changed(at, attempt, news),
            Family::Settled(settled) => self.settle(at, settled),
            Family::Run(news) => self.totals.stopping |= matches!(news, RunNews::Stopping(_)),
            Family::Finished => {}
        }
    }

    /// With the plan at hand this was known before.
    fn begin_as_told(&mut self, started: &Started) {
        if self.jobs.is_empty() {
            self.begin(usize::try_from(started.images).unwrap_or_default(), started.bytes);
        }
    }

    fn worker_changed(&mut self, at: Duration, news: &WorkerNews) {
        let worker = news.worker.0;
        match &news.state {
            WorkerState::Spawned { pid } => {
                self.totals.restarts += u64::from(self.recorder.spawned(at, worker, *pid));
            }
            WorkerState::Ready { sandbox } => {
                self.recorder.ready(at, worker);
                self.sandbox = Some(match self.sandbox.take() {
                    Some(known) => weaker(known, sandbox),
                    None => sandbox.clone(),
                });
            }
            WorkerState::Gone { end } => self.recorder.gone(at, worker, end),
        }
    }

    fn attempt_changed(&mut self, at: Duration, attempt: &AttemptName, news: AttemptNews<'_>) {
        let record = self.jobs.get_mut(attempt.job as usize);
        match news {
            AttemptNews::Assigned => {
                self.totals.attempts += 1;
                self.recorder.busy(at, attempt);
                if let Some(record) = record {
                    record.running = true;
                }
            }
            AttemptNews::Answered => self.recorder.idle(at, attempt, false),
            AttemptNews::Lost(lost) => {
                self.totals.redone += u64::from(lost.retried);
                self.recorder.idle(at, attempt, true);
                if let Some(record) = record {
                    (record.running, record.lost) = (false, Some(lost.detail.clone()));
                }
            }
            // It counts when it is over.
            AttemptNews::Slow(_) => {}
        }
    }

    fn settle(&mut self, at: Duration, settled: &Settled) {
        let Settled { image, bytes_planned, pixels, .. } = settled;
        self.recorder.settled(at, settled.job);
        let index = settled.job as usize;
        // A job has one verdict; taking in a second would break the sums.
        let Some(record) = self.jobs.get_mut(index).filter(|record| record.image.is_none()) else { return };
        (record.running, record.image) = (false, Some(image.clone()));
        let was_lost = record.lost.is_some();

        let totals = &mut self.totals;
        totals.counts.add(image.verdict);
        if !image.verdict.is_unfinished() {
            totals.bytes_left = totals.bytes_left.saturating_sub(*bytes_planned);
        }
        let is_ok = image.verdict == VerdictKind::Ok;
        self.kinds.settled(index, *bytes_planned, is_ok.then_some((*pixels, image.bytes_in)));
        if is_ok {
            totals.recovered += u64::from(was_lost);
            // Saturating: the numbers come from a worker, which parses what strangers made.
            totals.bytes_in = totals.bytes_in.saturating_add(image.bytes_in);
            totals.bytes_out = totals.bytes_out.saturating_add(image.bytes_out.unwrap_or(0));
            totals.pixels = totals.pixels.saturating_add(*pixels);
            if let Some(ms) = image.ms {
                for stage in Stage::ALL {
                    *self.stages_ms.of_mut(stage) += ms.of(stage);
                }
            }
            self.recorder.made_ok(at);
        }
    }

    /// How far the run is.
    pub(crate) fn snapshot(&self) -> Tally {
        Tally {
            running: self.recorder.running(),
            pixels_left: self.kinds.pixels_left(),
            ..self.totals.clone()
        }
    }

    /// What each lane did when, of a run that took `wall`.
    pub(crate) fn timeline(&self, wall: Duration) -> Timeline {
        self.recorder.timeline(wall)
    }

    /// Workers and attempts so far.
    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// A letter for each image: `.` waits, `r` runs, else its verdict's.
    pub(crate) fn verdicts(&self) -> String {
        let letter = |record: &JobRecord| match (&record.image, record.running) {
            (Some(image), _) => image.verdict.letter(),
            (None, true) => 'r',
            (None, false) => '.',
        };
        self.jobs.iter().map(letter).collect()
    }

    /// The verdict of a job, if it has one.
    pub(crate) fn verdict(&self, index: usize) -> Option<VerdictKind> {
        Some(self.jobs.get(index)?.image.as_ref()?.verdict)
    }

    /// What is known of a job of the plan; as long as it has no verdict, it says `not-run`.
    pub(crate) fn image(&self, plan: &Plan, index: usize) -> Option<Image> {
        let record = self.jobs.get(index);
        let Some(image) = record.and_then(|record| record.image.clone()) else {
            return Some(Image::new(&plan.outputs, plan.jobs.get(index)?, &Verdict::NotRun, 0, None));
        };
        match record.and_then(|record| record.lost.as_ref()) {
            Some(lost) if image.verdict == VerdictKind::Ok => {
                let recovered = format!("recovered after a lost attempt: {lost}");
                let detail = image.detail.map_or(recovered.clone(), |other| format!("{other}; {recovered}"));
                Some(Image { detail: Some(detail), ..image })
            }
            Some(_) | None => Some(image),
        }
    }

    /// Seconds of `ok` images per stage, over all lanes.
    pub(crate) fn stages(&self) -> PerStage<f64> {
        self.stages_ms.map(|ms| rounded(ms / 1e3))
    }

    /// What is in force in every worker that was ever ready.
    pub(crate) fn sandbox(&self) -> SandboxReport {
        self.sandbox.clone().unwrap_or_default()
    }
}

/// What two workers have in common: the weaker of each part.
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
pub(crate) struct SharedStatistics(Arc<Mutex<Statistics>>);

impl SharedStatistics {
    /// Nothing has happened yet.
    pub(crate) fn new(plan: &Plan) -> Self {
        Self(Arc::new(Mutex::new(Statistics::new(plan))))
    }

    /// The plan has one job more.
    pub(crate) fn add(&self, job: &PlannedJob) {
        lock(&self.0).add(job);
    }

    /// Takes in one fact.
    pub(crate) fn apply(&self, at: Duration, event: &WireEvent) {
        lock(&self.0).apply(at, event);
    }

    /// How far the run is. The lock is let go before this returns.
    pub(crate) fn snapshot(&self) -> Tally {
        lock(&self.0).snapshot()
    }

    /// Calls `read` under the lock; it must not do I/O.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Statistics) -> T) -> T {
        read(&lock(&self.0))
    }
}
