//! What each lane of a run did when, and how fast images became `ok`: the data behind the plots.
//! [`super::recorder`] takes it down. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::worker::WorkerId;

use crate::report::wire::feed::WorkerSpan;
use crate::report::wire::{WorkerName, seconds};

/// Buckets of images done that are kept.
pub(super) const MAX_BUCKETS: usize = 512;
/// What a bucket covers at first.
const FIRST_BUCKET: Duration = Duration::from_millis(10);

/// A place where one attempt can run at a time: slot and lane.
pub(crate) type LanePlace = (u16, u16);

/// A stretch of work of one lane; after coarsening, of several attempts with the gaps between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Since the run's start.
    pub from: Duration,
    /// Since the run's start.
    pub to: Duration,
    /// How long there was an attempt; less than the stretch if it has gaps.
    pub busy: Duration,
    /// Whether an attempt in it was lost.
    pub lost: bool,
}

/// One worker's time in its slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    pub worker: WorkerId,
    /// Its process id.
    pub pid: u32,
    /// When its process was there.
    pub from: Duration,
    /// When it was locked in and waited for work.
    pub ready: Option<Duration>,
    /// When it was gone; `None` if that was not seen.
    pub to: Option<Duration>,
    /// How it ended, in words.
    pub end: Option<String>,
    /// Whether it took the place of a lost one.
    pub restart: bool,
    /// Attempts that it was given.
    pub attempts: u64,
    /// How long it had one, summed over its lanes.
    pub busy: Duration,
}

impl Life {
    /// As a snapshot tells of it.
    pub(crate) fn told(&self) -> WorkerSpan {
        WorkerSpan {
            worker: WorkerName(self.worker),
            slot: self.worker.slot,
            generation: self.worker.generation,
            pid: self.pid,
            from_s: seconds(self.from),
            ready_s: self.ready.map(seconds),
            to_s: self.to.map(seconds),
            end: self.end.clone(),
        }
    }
}

/// What became of a lane's time. The three add up to the run's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LaneTime {
    /// There was an attempt.
    pub busy: Duration,
    /// There was a worker without an attempt.
    pub idle: Duration,
    /// There was no worker.
    pub absent: Duration,
}

/// How many images became `ok` in which stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Buckets {
    /// What each covers.
    pub width: Duration,
    /// Images, from the run's start on.
    pub counts: Vec<u64>,
}

impl Default for Buckets {
    fn default() -> Self {
        Self { width: FIRST_BUCKET, counts: Vec::new() }
    }
}

impl Buckets {
    pub(super) fn add(&mut self, at: Duration) {
        while self.index(at) >= MAX_BUCKETS {
            self.widen();
        }
        let index = self.index(at);
        if self.counts.len() <= index {
            self.counts.resize(index + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
    }

    fn index(&self, at: Duration) -> usize {
        usize::try_from(at.as_nanos() / self.width.as_nanos().max(1)).unwrap_or(usize::MAX)
    }

    fn widen(&mut self) {
        self.counts = self.counts.chunks(2).map(|pair| pair.iter().sum()).collect();
        self.width *= 2;
    }

    /// The same counts in at most `most` buckets.
    pub(crate) fn at_most(&self, most: usize) -> Buckets {
        let mut coarse = self.clone();
        while coarse.counts.len() > most.max(1) {
            coarse.widen();
        }
        coarse
    }
}

/// What each lane did when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Timeline {
    /// How long the run took.
    pub wall: Duration,
    /// The work of each lane that ever had any, in order.
    pub lanes: BTreeMap<LanePlace, Vec<Span>>,
    /// Every worker, in the order in which they came.
    pub lives: Vec<Life>,
    /// When images became `ok`.
    pub made_ok: Buckets,
}

impl Timeline {
    /// What became of the time of one lane.
    pub(crate) fn time_of(&self, place: LanePlace) -> LaneTime {
        let spans = self.lanes.get(&place).map(Vec::as_slice).unwrap_or_default();
        let busy = spans.iter().map(|span| span.busy).sum::<Duration>().min(self.wall);
        let lives = self.lives.iter().filter(|life| life.worker.slot == place.0);
        let alive = lives.map(|life| life.to.unwrap_or(self.wall).min(self.wall).saturating_sub(life.from));
        let alive = alive.sum::<Duration>().min(self.wall).max(busy);
        LaneTime { busy, idle: alive - busy, absent: self.wall - alive }
    }
}
