//! Progress for programs: one JSON object per line on standard output, flushed line by line.
//!
//! Every line has `event`, `at_s` (seconds since the run's start) and `counts` (`ok`, `skipped`, `failed`, `quarantined`,
//! `cancelled`, `not_run`: jobs with that verdict so far), and by its event:
//!
//! | event | further fields |
//! |---|---|
//! | `started` | `images`, `bytes`: of the plan |
//! | `worker` | `worker` (`slot.generation`), `state`: `spawned` with `pid`, `ready` with `sandbox`, or `gone` with `end` |
//! | `assigned` | `job` (place in the plan, from 0), `input`, `attempt` (from 1), `worker`, `lane` |
//! | `slow` | the same, `after_s`: seconds that the attempt has taken so far |
//! | `lost` | the same, `kind` (`crashed`, `timed-out`, `out-of-memory`), `detail`, `retried` |
//! | `settled` | `job` and the fields of `images[]` in the report; a `detail` does not tell of lost attempts, which `lost` did |
//! | `stopping` | `kill`, `reason` |
//! | `paused`, `resumed` | only runs of `supervisor serve` pause |
//! | `finished` | `recovered`, `restarts`, `bytes_in`, `bytes_out`, `pixels` |
//!
//! Owns its stream. When the reader goes away the lines end without a word, and the run goes on.

use std::io::Write;
use std::time::Duration;

use protocol::job::Attempt;
use protocol::outcome::ErrorKind;
use protocol::sandbox::SandboxReport;
use serde::Serialize;

use crate::plan::Plan;
use crate::report::Snapshot;
use crate::report::build::path_text;
use crate::report::model::{Image, rounded};
use crate::report::snapshot::Counts;
use engine::run_event::{AttemptChange, RunChange, RunEvent, WorkerChange};
use engine::verdict::WorkerId;

/// One line as JSON. `supervisor serve` sends the same.
#[derive(Serialize)]
pub(crate) struct Line<'a> {
    #[serde(flatten)]
    body: Body<'a>,
    at_s: f64,
    counts: Counts,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Body<'a> {
    Started {
        images: u64,
        bytes: u64,
    },
    Worker {
        worker: String,
        #[serde(flatten)]
        state: WorkerState<'a>,
    },
    Assigned(Try),
    Answered(Try),
    Slow {
        #[serde(flatten)]
        attempt: Try,
        after_s: f64,
    },
    Lost {
        #[serde(flatten)]
        attempt: Try,
        kind: ErrorKind,
        detail: &'a str,
        retried: bool,
    },
    Settled {
        job: u32,
        #[serde(flatten)]
        image: Option<Image>,
    },
    Stopping {
        kill: bool,
        reason: &'a str,
    },
    Paused,
    Resumed,
    Finished {
        recovered: u64,
        restarts: u64,
        bytes_in: u64,
        bytes_out: u64,
        pixels: u64,
    },
}

#[derive(Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
enum WorkerState<'a> {
    Spawned { pid: u32 },
    Ready { sandbox: &'a SandboxReport },
    Gone { end: String },
}

#[derive(Serialize)]
struct Try {
    job: u32,
    input: Option<String>,
    attempt: u32,
    worker: String,
    lane: u16,
}

impl Try {
    fn new(plan: &Plan, attempt: Attempt, worker: WorkerId, lane: protocol::Lane) -> Self {
        Self {
            job: attempt.job.0,
            input: plan.jobs.get(attempt.job.index()).map(|job| path_text(&job.shown)),
            attempt: attempt.number,
            worker: worker.to_string(),
            lane: lane.0,
        }
    }
}

/// The lines.
#[derive(Debug)]
pub struct JsonLines<W> {
    /// `None` once the reader is gone.
    out: Option<W>,
}

impl<'a> Line<'a> {
    /// The first line.
    pub(crate) fn started(now: &Snapshot) -> Line<'a> {
        Line::new(Duration::ZERO, Body::Started { images: now.images, bytes: now.bytes_planned }, now)
    }

    /// The line of an event, which `now` has taken in already.
    pub(crate) fn of(at: Duration, event: &'a RunEvent, plan: &Plan, now: &Snapshot) -> Line<'a> {
        let worker = |worker: &WorkerId, state| Body::Worker { worker: worker.to_string(), state };
        let body = match event {
            RunEvent::Worker { worker: id, change } => match change {
                WorkerChange::Spawned { pid } => worker(id, WorkerState::Spawned { pid: *pid }),
                WorkerChange::Ready { sandbox } => worker(id, WorkerState::Ready { sandbox }),
                WorkerChange::Gone { end } => worker(id, WorkerState::Gone { end: end.to_string() }),
            },
            RunEvent::Attempt { worker, lane, attempt, change } => {
                let attempt = Try::new(plan, *attempt, *worker, *lane);
                match change {
                    AttemptChange::Assigned => Body::Assigned(attempt),
                    AttemptChange::Slow { after } => {
                        Body::Slow { attempt, after_s: rounded(after.as_secs_f64()) }
                    }
                    AttemptChange::Answered => Body::Answered(attempt),
                    AttemptChange::Lost { loss, retried } => Body::Lost {
                        attempt,
                        kind: loss.cause.kind(),
                        detail: &loss.detail,
                        retried: *retried,
                    },
                }
            }
            RunEvent::Settled { job, verdict, attempts, worker } => Body::Settled {
                job: job.0,
                image: plan
                    .jobs
                    .get(job.index())
                    .map(|planned| Image::new(planned, verdict, *attempts, *worker)),
            },
            RunEvent::Run(RunChange::Stopping { kill, reason }) => Body::Stopping { kill: *kill, reason },
            RunEvent::Run(RunChange::Paused) => Body::Paused,
            RunEvent::Run(RunChange::Resumed) => Body::Resumed,
        };
        Line::new(at, body, now)
    }

    /// The last line.
    pub(crate) fn finished(at: Duration, now: &Snapshot) -> Line<'a> {
        let Snapshot { recovered, restarts, bytes_in, bytes_out, pixels, .. } = *now;
        Line::new(at, Body::Finished { recovered, restarts, bytes_in, bytes_out, pixels }, now)
    }

    fn new(at: Duration, body: Body<'a>, now: &Snapshot) -> Line<'a> {
        Line { body, at_s: rounded(at.as_secs_f64()), counts: now.counts }
    }
}

impl<W: Write> JsonLines<W> {
    /// Writes the first line.
    pub(super) fn start(out: W, now: &Snapshot) -> Self {
        let mut lines = Self { out: Some(out) };
        lines.line(&Line::started(now));
        lines
    }

    pub(super) fn on_event(&mut self, at: Duration, event: &RunEvent, plan: &Plan, now: &Snapshot) {
        // `settled` follows, or the next attempt.
        if !matches!(event, RunEvent::Attempt { change: AttemptChange::Answered, .. }) {
            self.line(&Line::of(at, event, plan, now));
        }
    }

    pub(super) fn finish(&mut self, at: Duration, now: &Snapshot) {
        self.line(&Line::finished(at, now));
    }

    fn line(&mut self, line: &Line<'_>) {
        let Some(out) = &mut self.out else { return };
        let written = serde_json::to_vec(line).map_err(Into::into).and_then(|mut text| {
            text.push(b'\n');
            out.write_all(&text)?;
            out.flush()
        });
        if written.is_err() {
            self.out = None;
        }
    }
}
