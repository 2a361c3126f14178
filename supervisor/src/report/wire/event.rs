//! What happens in a run, as it is told while it goes on: the JSON lines of `--progress json`, and the feed
//! of `supervisor serve`.
//!
//! Each line has `event`, `at_s` (seconds since the run's start) and `counts` (jobs with each verdict so
//! far), and by its event the fields of [`WireEvent`]. The JSON lines leave out `answered`: `settled`
//! follows, or the next attempt.

use std::time::Duration;

use engine::run_event::{AttemptChange, RunChange, RunEvent, WorkerChange};
use engine::verdict::Verdict;
use protocol::outcome::ErrorKind;
use protocol::sandbox::SandboxReport;
use serde::{Deserialize, Serialize};

use super::image::Image;
use super::verdict::Counts;
use super::worker::WorkerName;
use super::{rounded, seconds};
use crate::plan::{Action, Plan, PlannedJob};
use pool::escape::path_text;

/// An event with its time and what has come of the run so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Line {
    /// What happened.
    #[serde(flatten)]
    pub event: WireEvent,
    /// Seconds since the run's start.
    pub at_s: f64,
    /// Images with each verdict so far, this event included.
    pub counts: Counts,
}

/// What happens in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "lowercase")]
pub(crate) enum WireEvent {
    /// The plan is made.
    Started(Started),
    /// A worker came or went.
    Worker(WorkerNews),
    /// A lane was given an attempt.
    Assigned(AttemptName),
    /// The lane is free again; the result may still have to be published.
    Answered(AttemptName),
    /// An attempt takes unusually long.
    Slow(Slow),
    /// An attempt was lost with its worker.
    Lost(Lost),
    /// An image has its verdict.
    Settled(Box<Settled>),
    /// Nothing new starts, for good.
    Stopping(Stopping),
    /// Nothing new starts; only runs of `supervisor serve` pause. While something still runs, the state in a
    /// snapshot is `pausing`.
    Paused,
    /// It goes on.
    Resumed,
    /// The run is over.
    Finished(Finished),
}

/// A plan that is about to be run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Started {
    /// Images of the plan.
    pub images: u64,
    /// Bytes of those that will be processed.
    pub bytes: u64,
    /// What the plan warns of; in the feed only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<String>>,
}

/// A worker that came or went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WorkerNews {
    /// `slot.generation`.
    pub worker: WorkerName,
    /// What became of it.
    #[serde(flatten)]
    pub state: WorkerState,
}

/// What became of a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "lowercase")]
pub(crate) enum WorkerState {
    /// Its process exists.
    Spawned {
        /// The process id.
        pid: u32,
    },
    /// It is locked in and waits for work.
    Ready {
        /// What is in force in it.
        #[cfg_attr(test, schemars(with = "super::schema::SandboxShape"))]
        sandbox: SandboxReport,
    },
    /// It is gone.
    Gone {
        /// How it ended, in words; `stopped` if it left when asked to.
        end: String,
    },
}

/// Which attempt, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AttemptName {
    /// The image's place in the plan, from 0.
    pub job: u32,
    /// The image as the user knows it.
    pub input: String,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// `slot.generation`.
    pub worker: WorkerName,
    /// Which of the worker's lanes, from 0.
    pub lane: u16,
}

/// An attempt that takes unusually long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Slow {
    /// Which attempt.
    #[serde(flatten)]
    pub attempt: AttemptName,
    /// Seconds that it has taken so far.
    pub after_s: f64,
}

/// An attempt that was lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Lost {
    /// Which attempt.
    #[serde(flatten)]
    pub attempt: AttemptName,
    /// `crashed`, `timed-out` or `out-of-memory`.
    #[cfg_attr(test, schemars(with = "super::schema::ErrorKindName"))]
    pub kind: ErrorKind,
    /// What happened, in words.
    pub detail: String,
    /// Whether the image is tried again.
    pub retried: bool,
}

/// An image with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Settled {
    /// The image's place in the plan, from 0.
    pub job: u32,
    /// As in the report; `detail` says nothing of lost attempts, which `lost` did.
    #[serde(flatten)]
    pub image: Image,
    /// Bytes that the plan counted for it: 0 if there was nothing to do. They stop being left with this
    /// event, unless the verdict is `cancelled` or `not-run`.
    #[serde(default)]
    pub bytes_planned: u64,
    /// Pixels of the input, if it is `ok`, else 0.
    #[serde(default)]
    pub pixels: u64,
    /// Seconds to go from here on, if that is known; in the feed only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_s: Option<f64>,
    /// Where its files are; in the feed only.
    #[serde(flatten)]
    pub place: Option<ImagePlace>,
}

/// Where an image's files are, as paths of requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ImagePlace {
    /// The input, for thumbnails and previews.
    pub path: String,
    /// The first result, if it is there.
    pub result: Option<String>,
    /// Every result that is there.
    #[serde(default)]
    pub results: Vec<String>,
}

/// A run that is being stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Stopping {
    /// Whether what runs is killed as well.
    pub kill: bool,
    /// Why, for people.
    pub reason: String,
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Finished {
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
}

impl WireEvent {
    /// How an event is told. `None` if its job is not of this plan, which cannot be.
    pub(crate) fn of(event: &RunEvent, plan: &Plan) -> Option<WireEvent> {
        Some(match event {
            RunEvent::Worker { worker, change } => {
                let state = match change {
                    WorkerChange::Spawned { pid } => WorkerState::Spawned { pid: *pid },
                    WorkerChange::Ready { sandbox } => WorkerState::Ready { sandbox: sandbox.clone() },
                    WorkerChange::Gone { end } => WorkerState::Gone { end: end.to_string() },
                };
                WireEvent::Worker(WorkerNews { worker: WorkerName(*worker), state })
            }
            RunEvent::Attempt { worker, lane, attempt, change } => {
                let attempt = AttemptName {
                    job: attempt.job.0,
                    input: path_text(&plan.jobs.get(attempt.job.index())?.shown),
                    attempt: attempt.number,
                    worker: WorkerName(*worker),
                    lane: lane.0,
                };
                WireEvent::of_attempt(attempt, change)
            }
            RunEvent::Settled { job, verdict, attempts, worker } => {
                let planned = plan.jobs.get(job.index())?;
                WireEvent::Settled(Box::new(Settled {
                    job: job.0,
                    image: Image::new(&plan.outputs, planned, verdict, *attempts, *worker),
                    bytes_planned: bytes_planned(planned),
                    pixels: pixels(verdict),
                    eta_s: None,
                    place: None,
                }))
            }
            RunEvent::Run(change) => match change {
                RunChange::Stopping { kill, reason } => {
                    WireEvent::Stopping(Stopping { kill: *kill, reason: reason.clone() })
                }
                RunChange::Paused => WireEvent::Paused,
                RunChange::Resumed => WireEvent::Resumed,
            },
        })
    }

    fn of_attempt(attempt: AttemptName, change: &AttemptChange) -> WireEvent {
        match change {
            AttemptChange::Assigned => WireEvent::Assigned(attempt),
            AttemptChange::Answered => WireEvent::Answered(attempt),
            AttemptChange::Slow { after } => WireEvent::Slow(Slow { attempt, after_s: seconds(*after) }),
            AttemptChange::Lost { loss, retried } => WireEvent::Lost(Lost {
                attempt,
                kind: loss.cause.kind(),
                detail: loss.detail.clone(),
                retried: *retried,
            }),
        }
    }

    /// As a line, `at` after the run's start, with what has come of it since.
    pub(crate) fn line(self, at: Duration, counts: Counts) -> Line {
        Line { event: self, at_s: seconds(at), counts }
    }
}

impl Line {
    /// When, since the run's start.
    pub(crate) fn at(&self) -> Duration {
        Duration::try_from_secs_f64(rounded(self.at_s)).unwrap_or_default()
    }
}

/// Pixels of the input of a job that is `ok`.
fn pixels(verdict: &Verdict) -> u64 {
    match verdict {
        Verdict::Ok(processed) => processed.pixels,
        Verdict::Skipped(_)
        | Verdict::Failed(_)
        | Verdict::Quarantined(_)
        | Verdict::Cancelled
        | Verdict::NotRun => 0,
    }
}

/// Bytes of a job to be processed.
pub(crate) fn bytes_planned(job: &PlannedJob) -> u64 {
    match job.action {
        Action::Process { .. } => job.bytes,
        Action::Skip { .. } | Action::Fail(_) => 0,
    }
}
