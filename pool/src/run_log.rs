//! The log of a run: what the engine is told and what it orders become lines here, and nowhere else.
//!
//! Owns the spans of one run, its workers and its attempts; used on the driver's thread. Where nobody reads
//! the log, a line costs a look at a flag and nothing is formatted. Names and texts of strangers are escaped.

use std::collections::HashMap;

use engine::run_event::{AttemptChange, RunChange, RunEvent, WorkerChange};
use engine::verdict::Verdict;
use engine::worker::{WorkerEnd, WorkerId};
use engine::{Effect, Ending, Event, LaneEvent, WorkerEvent};
use protocol::job::{Attempt, JobId, Lane};
use recipe::words::Word;
use tracing::field::display;
use tracing::{Span, debug, error, error_span, info, warn};

use crate::escape::{escape, escape_text};
use crate::order::{RunOrder, Work};

/// The spans are errors to the log's filter: whatever level is wanted, its lines say where they belong.
#[derive(Debug)]
pub(crate) struct RunLog {
    run: Span,
    workers: HashMap<WorkerId, WorkerLog>,
    /// The last attempt of each job that has no verdict.
    attempts: HashMap<JobId, Span>,
}

#[derive(Debug)]
struct WorkerLog {
    span: Span,
    last_words: String,
}

impl RunLog {
    pub(crate) fn begin(order: &RunOrder) -> Self {
        let run = error_span!("run");
        let (slots, lanes, program) = (order.policy.slots, order.policy.lanes, &order.launch.program);
        info!(parent: &run, slots, lanes, program = %escape(program), "begins");
        Self { run, workers: HashMap::new(), attempts: HashMap::new() }
    }

    /// Whatever is logged within is of this run.
    pub(crate) fn in_scope<T>(&self, act: impl FnOnce() -> T) -> T {
        self.run.in_scope(act)
    }

    pub(crate) fn end(&self, ending: &Ending) {
        match ending {
            Ending::Complete => info!(parent: &self.run, "complete"),
            Ending::Stopped => info!(parent: &self.run, "stopped"),
            Ending::OutOfRoom(reason) => {
                error!(parent: &self.run, reason = %escape_text(reason), "nothing more can be written");
            }
            Ending::PoolFailed(reason) | Ending::Disturbed(reason) => {
                error!(parent: &self.run, reason = %escape_text(reason), "no worker can be kept");
            }
        }
    }

    /// The engine is told this. What it makes a fact of is logged as that.
    pub(crate) fn heard(&mut self, event: &Event, work: &HashMap<JobId, Work>) {
        match event {
            Event::Worker { worker, event } => self.heard_of_worker(*worker, event),
            Event::Lane { attempt, event, .. } => match event {
                LaneEvent::Ask { memory, more } => {
                    debug!(parent: self.attempt(*attempt), memory, more, "asks for memory");
                }
                LaneEvent::Finished { outcome: Ok(done), .. } => {
                    debug!(parent: self.attempt(*attempt), bytes = done.bytes_out(), "answered");
                }
                LaneEvent::Finished { outcome: Err(error), .. } => {
                    let error = error.to_string();
                    info!(parent: self.attempt(*attempt), error = %escape_text(&error), "answered");
                }
            },
            Event::Committed { job, result: Ok(()) } => {
                let attempt = self.attempts.get(job).zip(work.get(job));
                let Some((span, Work::Process { results, .. })) = attempt else { return };
                for result in results {
                    info!(parent: span, output = %escape(&result.output), "committed");
                }
            }
            // Its verdict says why.
            Event::Committed { result: Err(_), .. } => {}
            Event::Order(_) | Event::Tick => {}
        }
    }

    fn heard_of_worker(&mut self, id: WorkerId, event: &WorkerEvent) {
        match event {
            WorkerEvent::SpawnFailed { reason } => {
                warn!(parent: &self.run, worker = %id, reason = %escape_text(reason), "could not be spawned");
            }
            WorkerEvent::NoStaging { reason } => {
                let reason = escape_text(reason);
                error!(parent: &self.run, worker = %id, %reason, "has no staging folder");
            }
            WorkerEvent::Incompatible { reason } => {
                error!(parent: self.worker(id), reason = %escape_text(reason), "incompatible");
            }
            WorkerEvent::Garbled { reason } => {
                warn!(parent: self.worker(id), reason = %escape_text(reason), "garbled");
            }
            WorkerEvent::Exited { last_words, .. } => {
                if let Some(worker) = self.workers.get_mut(&id) {
                    worker.last_words.clone_from(last_words);
                }
            }
            WorkerEvent::Spawned { .. } | WorkerEvent::Ready { .. } | WorkerEvent::StreamEnded => {}
        }
    }

    /// The engine orders this, before it is carried out.
    pub(crate) fn ordered(&mut self, effect: &Effect, work: &HashMap<JobId, Work>) {
        match effect {
            Effect::Emit(event) => self.told(event, work),
            Effect::Grant { attempt, .. } => debug!(parent: self.attempt(*attempt), "is granted memory"),
            Effect::StopWorker(worker) => debug!(parent: self.worker(*worker), "is asked to leave"),
            Effect::Terminate(worker) => warn!(parent: self.worker(*worker), "is terminated"),
            Effect::Kill(worker) => warn!(parent: self.worker(*worker), "is killed"),
            Effect::LimitMemory { worker, bytes } => {
                debug!(parent: self.worker(*worker), bytes, "has its memory limited");
            }
            Effect::Spawn(_) | Effect::Assign { .. } | Effect::Commit { .. } | Effect::Discard(_) => {}
        }
    }

    fn told(&mut self, event: &RunEvent, work: &HashMap<JobId, Work>) {
        match event {
            RunEvent::Worker { worker, change } => self.worker_changed(*worker, change),
            RunEvent::Attempt { worker, lane, attempt, change } => match change {
                AttemptChange::Assigned => self.assigned(*worker, *lane, *attempt, work.get(&attempt.job)),
                AttemptChange::Slow { after } => {
                    warn!(parent: self.attempt(*attempt), ?after, "takes unusually long");
                }
                AttemptChange::Lost { loss, retried } => {
                    let (span, cause) = (self.attempt(*attempt), loss.cause.kind().word());
                    warn!(parent: span, cause, detail = %escape_text(&loss.detail), retried, "lost");
                }
                AttemptChange::Answered => {}
            },
            RunEvent::Settled { job, verdict, .. } => self.settled(*job, verdict),
            RunEvent::Run(RunChange::Paused) => info!(parent: &self.run, "paused"),
            RunEvent::Run(RunChange::Resumed) => info!(parent: &self.run, "resumed"),
            RunEvent::Run(RunChange::Stopping { kill, reason }) => {
                warn!(parent: &self.run, kill, reason = %escape_text(reason), "stopping");
            }
        }
    }

    fn worker_changed(&mut self, worker: WorkerId, change: &WorkerChange) {
        match change {
            WorkerChange::Spawned { pid } => {
                let span = error_span!(parent: &self.run, "worker", id = %worker, pid);
                info!(parent: &span, "spawned");
                self.workers.insert(worker, WorkerLog { span, last_words: String::new() });
            }
            WorkerChange::Ready { .. } => info!(parent: self.worker(worker), "ready"),
            WorkerChange::Gone { end } => self.gone(worker, end),
        }
    }

    fn assigned(&mut self, worker: WorkerId, lane: Lane, attempt: Attempt, work: Option<&Work>) {
        let input = || work.and_then(Work::input).map(|input| display(escape(input)));
        let span = error_span!(
            parent: self.worker(worker),
            "attempt",
            job = %attempt.job,
            number = attempt.number,
            input = input()
        );
        info!(parent: &span, lane = lane.0, "assigned");
        self.attempts.insert(attempt.job, span);
    }

    fn gone(&mut self, id: WorkerId, end: &WorkerEnd) {
        let Some(WorkerLog { span, last_words }) = self.workers.remove(&id) else { return };
        match end {
            WorkerEnd::Stopped => info!(parent: &span, %end, "gone"),
            WorkerEnd::Exited(_)
            | WorkerEnd::Signalled(_)
            | WorkerEnd::TimedOut
            | WorkerEnd::Garbled
            | WorkerEnd::Killed
            | WorkerEnd::NeverReady => {
                warn!(parent: &span, %end, last_words = %escape_text(&last_words), "gone");
            }
        }
    }

    fn settled(&mut self, job: JobId, verdict: &Verdict) {
        let span = self.attempts.remove(&job);
        let span = span.unwrap_or_else(|| error_span!(parent: &self.run, "job", id = %job));
        let verdict_name = verdict.name();
        match verdict {
            Verdict::Ok(_) | Verdict::Skipped(_) => debug!(parent: &span, "{verdict_name}"),
            Verdict::Cancelled | Verdict::NotRun => info!(parent: &span, "{verdict_name}"),
            Verdict::Failed(error) => {
                warn!(parent: &span, error = %escape_text(&error.to_string()), "{verdict_name}");
            }
            Verdict::Quarantined(loss) => {
                error!(parent: &span, cause = loss.cause.kind().word(), "{verdict_name}");
            }
        }
    }

    fn worker(&self, id: WorkerId) -> &Span {
        self.workers.get(&id).map_or(&self.run, |worker| &worker.span)
    }

    fn attempt(&self, attempt: Attempt) -> &Span {
        self.attempts.get(&attempt.job).unwrap_or(&self.run)
    }
}
