//! How jobs come to their verdicts: answers, lost attempts, retries, commits, stops.

use std::cmp::Reverse;
use std::time::Instant;

use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::{Done, ErrorKind, JobError, Stage};

use super::policy::{backoff, is_out_of_room, is_passing};
use super::state::{Job, JobState, Place};
use super::{Effect, Ending, Engine};
use crate::run_event::RunEvent;
use crate::verdict::{Loss, Verdict, WorkerId};

impl Engine {
    pub(super) fn submit(&mut self, id: JobId, settled: Option<Verdict>) {
        self.counts.total += 1;
        self.counts.open += 1;
        let job = Job { state: JobState::Queued, attempts: 0, lost: 0, io_errors: 0, last_worker: None };
        self.jobs.insert(id, job);
        let verdict = settled.or_else(|| self.stopping.is_some().then_some(Verdict::NotRun));
        match verdict {
            Some(verdict) => self.settle(id, verdict),
            None => self.queue.push_back(id),
        }
    }

    /// Gives a job its one verdict.
    fn settle(&mut self, id: JobId, verdict: Verdict) {
        let Some(job) = self.jobs.remove(&id) else { return };
        self.counts.open -= 1;
        self.counts.settled += 1;
        self.emit(RunEvent::Settled { job: id, verdict, attempts: job.attempts, worker: job.last_worker });
    }

    pub(super) fn started(&mut self, worker: WorkerId, lane: Lane, attempt: Attempt) {
        let Some(known) = self.worker(worker) else { return };
        if !known.is_running(lane, attempt) {
            self.garbled(worker, "it started an attempt that it was not given".to_owned());
        }
    }

    pub(super) fn finished(
        &mut self,
        now: Instant,
        worker: WorkerId,
        lane: Lane,
        attempt: Attempt,
        outcome: Result<Done, JobError>,
    ) {
        if self.worker(worker).is_none() {
            return;
        }
        if !self.clear_lane(worker, lane, attempt) {
            return self.garbled(worker, "it finished an attempt that it was not given".to_owned());
        }
        self.emit(RunEvent::Answered { worker, lane, attempt });
        let id = attempt.job;
        match outcome {
            Ok(Done::Processed(processed)) => {
                if let Some(job) = self.jobs.get_mut(&id) {
                    job.state = JobState::Committing(Box::new(processed));
                    self.effects.push(Effect::Commit(attempt));
                }
            }
            Ok(Done::Probed(_)) => {
                self.effects.push(Effect::Discard(attempt));
                self.settle(id, Verdict::Failed(unasked()));
                self.garbled(worker, "it probed a picture that it was to process".to_owned());
            }
            Err(error) => {
                self.effects.push(Effect::Discard(attempt));
                self.answered_with_error(now, id, error);
            }
        }
    }

    /// An error that a worker answers is final, unless the operating system may do better the next time.
    fn answered_with_error(&mut self, now: Instant, id: JobId, error: JobError) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let again = error.os_error.is_some_and(is_passing) && job.io_errors < self.policy.retries;
        if again && self.stopping.is_none() {
            job.io_errors += 1;
            job.state = JobState::Delayed;
            self.delayed.push(Reverse((now + backoff(job.io_errors), id)));
        } else {
            self.fail(id, error);
        }
    }

    /// An image that only found the disk full is none the worse for it: it was under way when the run had to stop.
    fn fail(&mut self, id: JobId, error: JobError) {
        if error.stage == Stage::Write && error.os_error.is_some_and(is_out_of_room) {
            self.end(Ending::OutOfRoom(error.detail));
            self.settle(id, Verdict::Cancelled);
        } else {
            self.settle(id, Verdict::Failed(error));
        }
    }

    pub(super) fn committed(&mut self, id: JobId, result: Result<(), JobError>) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let JobState::Committing(processed) = &job.state else { return };
        match result {
            Ok(()) => {
                let processed = processed.clone();
                self.settle(id, Verdict::Ok(processed));
            }
            Err(error) => self.fail(id, error),
        }
    }

    /// The worker of an attempt is gone. `certain` says whether this job alone can be to blame.
    pub(super) fn lose(&mut self, worker: WorkerId, lane: Lane, attempt: Attempt, loss: Loss, blame: Blame) {
        self.effects.push(Effect::Discard(attempt));
        let id = attempt.job;
        let stopping = self.stopping.is_some();
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let spent = match blame {
            Blame::Certain => {
                job.lost += 1;
                job.lost > self.policy.retries
            }
            Blame::Shared => {
                job.lost += 1;
                false
            }
            Blame::None => false,
        };
        let retried = !spent && !stopping;
        if retried {
            job.state = match blame {
                Blame::Certain | Blame::Shared => JobState::Suspect,
                Blame::None => JobState::Queued,
            };
            match blame {
                Blame::Certain | Blame::Shared => self.suspects.push_back(id),
                Blame::None => self.queue.push_front(id),
            }
        }
        self.emit(RunEvent::AttemptLost { worker, lane, attempt, loss: loss.clone(), retried });
        if spent {
            self.settle(id, Verdict::Quarantined(loss));
        } else if stopping {
            self.settle(id, Verdict::Cancelled);
        }
    }

    pub(super) fn stop(&mut self, kill: bool, reason: String) {
        self.emit(RunEvent::Stopping { kill, reason });
        self.end(Ending::Stopped);
        if kill {
            self.kill_everyone();
        }
    }

    /// From here on nothing starts. The first reason stands.
    pub(super) fn end(&mut self, ending: Ending) {
        if self.stopping.is_none() {
            match &ending {
                Ending::OutOfRoom(reason) | Ending::PoolFailed(reason) => {
                    self.emit(RunEvent::Stopping { kill: false, reason: reason.clone() });
                }
                Ending::Stopped | Ending::Complete => {}
            }
            self.stopping = Some(ending);
        }
        self.queue.clear();
        self.suspects.clear();
        self.delayed.clear();
        let waiting = |job: &Job| match job.state {
            JobState::Queued | JobState::Suspect | JobState::Delayed => true,
            JobState::Running | JobState::Committing(_) => false,
        };
        let mut unstarted: Vec<JobId> =
            self.jobs.iter().filter(|(_, job)| waiting(job)).map(|(id, _)| *id).collect();
        unstarted.sort_unstable();
        for id in unstarted {
            let tried = self.jobs.get(&id).is_some_and(|job| job.attempts > 0);
            self.settle(id, if tried { Verdict::Cancelled } else { Verdict::NotRun });
        }
        for slot in &mut self.slots {
            if let Place::Empty { not_before } = &mut slot.place {
                *not_before = None;
            }
        }
    }
}

/// How surely a job can be blamed for the loss of the worker it ran on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// It was alone, or is known to be the one.
    Certain,
    /// It is one of several.
    Shared,
    /// Another is known to be the one, or nobody is.
    None,
}

fn unasked() -> JobError {
    JobError::new(Stage::Read, ErrorKind::Crashed, "the worker answered a question that was not asked")
}
