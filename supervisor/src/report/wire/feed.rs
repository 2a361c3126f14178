//! What `supervisor serve` tells of its batches: the snapshot that a client starts from, and the events after
//! it.

use serde::{Deserialize, Serialize};

use super::event::Line;
use super::recipe::WireRecipe;
use super::verdict::Counts;
use super::worker::WorkerName;

/// Attempts that a snapshot tells of, the latest.
pub(crate) const MAX_ATTEMPTS: usize = 2000;
/// Workers that a snapshot tells of, the latest.
pub(crate) const MAX_WORKERS: usize = 1000;

/// A message of the feed.
// What is sent is written by `Joined`; this is how tests read it.
#[cfg(test)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Feed {
    /// Everything that is known; it replaces what was known before.
    Snapshot(Snapshot),
    /// What happened since.
    Events {
        /// The number of the last event contained.
        seq: u64,
        /// In order.
        events: Vec<FeedEvent>,
    },
}

/// All batches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Snapshot {
    /// The number of the last event contained.
    pub seq: u64,
    /// Oldest first.
    pub batches: Vec<BatchState>,
}

/// A message made of batches or events that are texts already: each is written once, however many clients
/// there are.
pub(crate) enum Joined<'a, T> {
    Snapshot(&'a [T]),
    Events(&'a [T]),
}

impl<T: AsRef<str>> Joined<'_, T> {
    /// The message as it is sent.
    pub(crate) fn text(&self, seq: u64) -> String {
        let (kind, list, texts) = match self {
            Joined::Snapshot(texts) => ("snapshot", "batches", texts),
            Joined::Events(texts) => ("events", "events", texts),
        };
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        format!("{{\"type\":\"{kind}\",\"seq\":{seq},\"{list}\":[{}]}}", texts.join(","))
    }
}

/// Something happened to a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FeedEvent {
    /// Counts events, from 1, one by one.
    pub seq: u64,
    /// Which batch.
    pub batch: u64,
    /// What happened.
    #[serde(flatten)]
    pub news: BatchNews,
}

/// What happens to a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "lowercase")]
pub(crate) enum BatchNews {
    /// It waits for its turn.
    Queued {
        /// The whole batch, as in a snapshot.
        state: Box<BatchState>,
    },
    /// Its turn has come.
    Planning,
    /// The last of a batch; its report is there now, unless it was refused.
    Ended(Ended),
    /// An old batch was forgotten.
    Dropped,
    /// An event of its run.
    #[serde(untagged)]
    Run(Box<Line>),
}

/// A batch that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Ended {
    /// How it ended.
    pub ending: BatchEnding,
    /// Why, if there is more to say.
    pub message: Option<String>,
    /// Sums of its run; none if it was not run.
    #[serde(flatten)]
    pub sums: Option<Sums>,
}

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Sums {
    /// Images of the plan.
    pub images: u64,
    /// Seconds from the run's start to its last event.
    pub at_s: f64,
    /// Images with each verdict.
    pub counts: Counts,
}

/// How a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BatchEnding {
    /// Every image has its verdict.
    Complete,
    /// It was stopped.
    Stopped,
    /// Nothing more could be written.
    OutOfRoom,
    /// No worker could be kept.
    PoolFailed,
    /// Nothing was run; the message says why.
    Refused,
}

/// Where a batch is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It waits for its turn.
    Queued,
    /// Its plan is being made.
    Planning,
    /// It runs.
    Running,
    /// Paused, and something still runs.
    Pausing,
    /// Nothing new starts until it is resumed.
    Paused,
    /// Nothing new starts, for good.
    Stopping,
    /// It is over.
    Ended,
}

/// A batch in a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BatchState {
    /// Its number.
    pub id: u64,
    /// Where it is in its life.
    pub state: State,
    /// When it was ordered, in seconds since 1970.
    pub created: i64,
    /// What it is about, as paths of requests.
    pub inputs: Vec<String>,
    /// The folder of its results.
    pub output: String,
    /// The recipe with every value filled in.
    pub recipe: Option<WireRecipe>,
    /// The batch whose images it makes again.
    pub retry_of: Option<u64>,
    /// How it ended, once it has.
    pub ending: Option<BatchEnding>,
    /// Why it ended, if there is more to say.
    pub message: Option<String>,
    /// What the plan warns of.
    pub warnings: Vec<String>,
    /// Images of the plan.
    pub images: u64,
    /// Images with each verdict.
    pub counts: Counts,
    /// Attempts under way.
    pub running: u64,
    /// Images that are `ok` after a lost attempt.
    pub recovered: u64,
    /// Workers that took the place of a lost one.
    pub restarts: u64,
    /// Bytes of the inputs that became `ok`.
    pub bytes_in: u64,
    /// Bytes of their outputs.
    pub bytes_out: u64,
    /// Pixels of the inputs that became `ok`.
    pub pixels: u64,
    /// Bytes of all inputs that will be processed.
    pub bytes: u64,
    /// Bytes of those of them that have no verdict yet, were cancelled or not run.
    pub bytes_left: u64,
    /// Seconds from the run's start to its last event.
    pub at_s: f64,
    /// The same to this snapshot.
    pub now_s: f64,
    /// Images that became `ok`, per second of the run.
    pub images_per_s: f64,
    /// Seconds to go, if that is known.
    pub eta_s: Option<f64>,
    /// A letter for each image in the plan's order: `.` waits, `r` runs, `o` ok, `s` skipped, `f` failed, `q`
    /// quarantined, `c` cancelled, `n` not run.
    pub verdicts: String,
    /// The latest workers.
    #[cfg_attr(test, schemars(extend("most" = MAX_WORKERS)))]
    pub workers: Vec<WorkerSpan>,
    /// The latest attempts.
    #[cfg_attr(test, schemars(extend("most" = MAX_ATTEMPTS)))]
    pub attempts: Vec<AttemptSpan>,
}

/// A worker's time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WorkerSpan {
    /// `slot.generation`.
    pub worker: WorkerName,
    /// Its place in the pool.
    pub slot: u16,
    /// Its number in that place, from 0.
    pub generation: u32,
    /// Its process id.
    pub pid: u32,
    /// When its process was there.
    pub from_s: f64,
    /// When it waited for work.
    pub ready_s: Option<f64>,
    /// When it was gone.
    pub to_s: Option<f64>,
    /// How it ended, in words; `stopped` if it left when asked to.
    pub end: Option<String>,
}

/// An attempt's time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AttemptSpan {
    /// `slot.generation`.
    pub worker: WorkerName,
    /// Which of the worker's lanes, from 0.
    pub lane: u16,
    /// The image's place in the plan, from 0.
    pub job: u32,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// When it began.
    pub from_s: f64,
    /// When it was over.
    pub to_s: Option<f64>,
    /// Whether it was lost with its worker.
    pub lost: bool,
}
