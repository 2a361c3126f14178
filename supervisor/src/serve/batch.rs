//! One batch as clients see it: where it is in its life, what its run's events add up to, and its part of a
//! snapshot.
//!
//! Data and folding only, without a lock; [`super::board`] owns all batches.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use jiff::Timestamp;

use crate::plan::Plan;
use crate::report::fold::timeline::Life;
use crate::report::wire::feed::{AttemptSpan, BatchEnding, BatchState, MAX_WORKERS, State, WorkerSpan};
use crate::report::wire::request::{BatchOrder, Only};
use crate::report::wire::{Family, RunNews, WireEvent, rounded, seconds};
use crate::report::{Report, SharedStatistics, Statistics, Timeline};
use pool::order::Command;

#[derive(Debug)]
pub(super) struct Batch {
    pub(super) id: u64,
    /// What was asked for, with paths as they are shown and the recipe as messages have it.
    pub(super) order: BatchOrder,
    /// The only inputs that it is about, of those that its order names.
    pub(super) only: Option<HashSet<PathBuf>>,
    retry_of: Option<u64>,
    created: Timestamp,
    stage: BatchStage,
    /// What is wanted of its run, before and while there is one.
    pub(super) commands: (Sender<Command>, Receiver<Command>),
    so_far: Option<SoFar>,
    pub(super) results: Option<Arc<Results>>,
    last_snapshot: OnceLock<Arc<str>>,
}

/// Where a batch is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BatchStage {
    Queued,
    Planning,
    Running,
    Paused,
    Stopping,
    Ended { ending: BatchEnding, message: Option<String> },
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

impl Results {
    /// The inputs of these images.
    pub(super) fn inputs_of(&self, only: Only) -> HashSet<PathBuf> {
        let images = self.report.images.iter().zip(&self.plan.jobs);
        images.filter(|(image, _)| only.includes(image.verdict)).map(|(_, job)| job.input.clone()).collect()
    }
}

/// How far its run is.
#[derive(Debug)]
struct SoFar {
    plan: Arc<Plan>,
    statistics: SharedStatistics,
    clock: Instant,
}

impl Batch {
    pub(super) fn new(id: u64, order: BatchOrder, retry: Option<(u64, Option<HashSet<PathBuf>>)>) -> Batch {
        let (retry_of, only) = retry.map_or((None, None), |(id, only)| (Some(id), only));
        Batch {
            id,
            order,
            only,
            retry_of,
            created: Timestamp::now(),
            stage: BatchStage::Queued,
            commands: unbounded(),
            so_far: None,
            results: None,
            last_snapshot: OnceLock::new(),
        }
    }

    pub(super) fn stage(&self) -> &BatchStage {
        &self.stage
    }

    pub(super) fn is_ended(&self) -> bool {
        matches!(self.stage, BatchStage::Ended { .. })
    }

    /// Its turn has come.
    pub(super) fn plan_begun(&mut self) {
        self.stage = BatchStage::Planning;
    }

    /// The plan is made.
    pub(super) fn started(&mut self, plan: Arc<Plan>, statistics: SharedStatistics) {
        self.stage = BatchStage::Running;
        self.so_far = Some(SoFar { plan, statistics, clock: Instant::now() });
    }

    /// Something happened in its run.
    pub(super) fn told(&mut self, at: Duration, event: &WireEvent) {
        if let Family::Run(news) = event.family() {
            self.stage = match news {
                RunNews::Paused => BatchStage::Paused,
                RunNews::Resumed => BatchStage::Running,
                RunNews::Stopping(_) => BatchStage::Stopping,
            };
        }
        if let Some(so_far) = &self.so_far {
            so_far.statistics.apply(at, event);
        }
    }

    /// It is over.
    pub(super) fn end(&mut self, ending: BatchEnding, message: Option<String>) {
        self.stage = BatchStage::Ended { ending, message };
    }

    /// Its plan and numbers, once there are some.
    pub(super) fn run(&self) -> Option<(&Arc<Plan>, &SharedStatistics)> {
        self.so_far.as_ref().map(|so_far| (&so_far.plan, &so_far.statistics))
    }

    /// Its part of a snapshot as JSON. Of an ended batch it is written once: many may be asked for while
    /// another batch runs.
    pub(super) fn snapshot_text(&self) -> Arc<str> {
        // Nothing in it can fail to be written.
        let write = || serde_json::to_string(&self.snapshot()).unwrap_or_default().into();
        if self.is_ended() { Arc::clone(self.last_snapshot.get_or_init(write)) } else { write() }
    }

    /// Its part of a snapshot.
    pub(super) fn snapshot(&self) -> BatchState {
        let BatchOrder { inputs, output, recipe, .. } = self.order.clone();
        let so_far = self.so_far.as_ref();
        // Before there is a run, nothing has happened yet.
        let now = so_far.map(|so_far| so_far.statistics.snapshot()).unwrap_or_default();
        let elapsed = so_far.map_or(Duration::ZERO, |so_far| so_far.clock.elapsed());
        let (ending, message) = match &self.stage {
            BatchStage::Ended { ending, message } => (Some(*ending), message.clone()),
            BatchStage::Queued
            | BatchStage::Planning
            | BatchStage::Running
            | BatchStage::Paused
            | BatchStage::Stopping => (None, None),
        };
        let lanes = so_far.map(|so_far| so_far.statistics.with(lanes));
        let (verdicts, workers, attempts) = lanes.unwrap_or_default();
        BatchState {
            id: self.id,
            state: self.state(now.running),
            created: self.created.as_second(),
            inputs,
            output,
            recipe,
            retry_of: self.retry_of,
            ending,
            message,
            warnings: so_far.map(|so_far| so_far.plan.notes().collect()).unwrap_or_default(),
            images: now.images,
            counts: now.counts,
            running: now.running,
            recovered: now.recovered,
            restarts: now.restarts,
            bytes_in: now.bytes_in,
            bytes_out: now.bytes_out,
            pixels: now.pixels,
            bytes: now.bytes_planned,
            bytes_left: now.bytes_left,
            at_s: seconds(now.at),
            now_s: seconds(elapsed),
            images_per_s: rounded(now.images_per_s()),
            eta_s: now.eta().map(seconds),
            verdicts,
            workers,
            attempts,
        }
    }

    fn state(&self, running: u64) -> State {
        match self.stage {
            BatchStage::Queued => State::Queued,
            BatchStage::Planning => State::Planning,
            BatchStage::Running => State::Running,
            BatchStage::Paused if running > 0 => State::Pausing,
            BatchStage::Paused => State::Paused,
            BatchStage::Stopping => State::Stopping,
            BatchStage::Ended { .. } => State::Ended,
        }
    }
}

/// Verdicts, workers and attempts as a snapshot tells of them.
fn lanes(statistics: &Statistics) -> (String, Vec<WorkerSpan>, Vec<AttemptSpan>) {
    let recorder = statistics.recorder();
    let lives = recorder.lives();
    let latest = lives.iter().skip(lives.len().saturating_sub(MAX_WORKERS));
    (statistics.verdicts(), latest.map(Life::told).collect(), recorder.latest().cloned().collect())
}

/// How a batch ends whose run ended so, with the reason if it is somebody's concern.
pub(super) fn ending_of(ending: engine::Ending) -> (BatchEnding, Option<String>) {
    match ending {
        engine::Ending::Complete => (BatchEnding::Complete, None),
        engine::Ending::Stopped => (BatchEnding::Stopped, None),
        engine::Ending::OutOfRoom(reason) => (BatchEnding::OutOfRoom, Some(reason)),
        engine::Ending::PoolFailed(reason) | engine::Ending::Disturbed(reason) => {
            (BatchEnding::PoolFailed, Some(reason))
        }
    }
}
