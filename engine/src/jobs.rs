//! How jobs come to their verdicts: answers, lost attempts, retries, commits, stops.

use std::cmp::Reverse;
use std::time::Instant;

use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::{ErrorKind, JobError, Processed, Stage};

use super::budget::Ask;
use super::policy::{backoff, is_out_of_room, is_passing};
use super::state::{Breaker, JobState, OpenJob, Seat};
use super::{Effect, Ending, Engine};
use crate::run_event::{AttemptChange, RunChange, RunEvent};
use crate::verdict::{Loss, LossCause, SkipReason, Verdict};
use crate::worker::WorkerId;

/// Jobs that are tried out of their turn before the breaker trips.
const CANARIES: usize = 3;

impl Engine {
    pub(super) fn submit(&mut self, id: JobId, settled: Option<Verdict>) {
        self.counts.total += 1;
        self.counts.open += 1;
        let job = OpenJob {
            state: JobState::Queued,
            attempts: 0,
            lost: 0,
            io_errors: 0,
            whole: false,
            last_worker: None,
        };
        self.jobs.insert(id, job);
        // What an earlier run made shows as well as an answer that it is not the workers: what is left may be
        // poison alone.
        if matches!(settled, Some(Verdict::Skipped(SkipReason::UpToDate { .. }))) {
            self.breaker = None;
        }
        let verdict = settled.or_else(|| self.stopping.is_some().then_some(Verdict::NotRun));
        match verdict {
            Some(verdict) => self.settle(id, verdict),
            None => self.queue.push_back(id),
        }
    }

    /// Takes a job out of the queue that was never begun. Whatever a worker has seen may have left traces,
    /// and goes on.
    pub(super) fn cancel(&mut self, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        if job.attempts > 0 || !matches!(job.state, JobState::Queued) {
            return;
        }
        self.settle(id, Verdict::Cancelled);
        self.cancelled_in_queue += 1;
        if self.cancelled_in_queue * 2 > self.queue.len() {
            self.queue.retain(|id| self.jobs.contains_key(id));
            self.cancelled_in_queue = 0;
        }
    }

    /// Gives a job its one verdict.
    fn settle(&mut self, id: JobId, verdict: Verdict) {
        let Some(job) = self.jobs.remove(&id) else { return };
        self.counts.open -= 1;
        self.counts.settled += 1;
        self.emit(RunEvent::Settled { job: id, verdict, attempts: job.attempts, worker: job.last_worker });
    }

    /// An attempt needs more memory than it has, and waits in line. `more` says that this is for the file,
    /// and that it will ask again once it knows the image.
    pub(super) fn ask(&mut self, id: WorkerId, lane: Lane, attempt: Attempt, bytes: u64, more: bool) {
        let (total, share) = (self.budget.total(), self.budget.share());
        let Some(worker) = self.worker(id) else { return };
        let waits = worker.running_mut(lane).filter(|running| running.attempt == attempt);
        let Some(running) = waits.filter(|running| running.deadline.is_some() && bytes <= total) else {
            return self.garbled(id, "it asked for memory that it could not have".to_owned());
        };
        if bytes <= running.memory {
            return self.effects.push(Effect::Grant { worker: id, lane, attempt });
        }
        // A file that was asked for is there and stays charged; a share is given back, or the first in line
        // might wait for ever.
        let kept = if running.memory > share { running.memory } else { 0 };
        let had = std::mem::replace(&mut running.memory, kept);
        // The wait is not its own fault: its time starts anew with the grant.
        (running.slow, running.deadline) = (None, None);
        self.budget.give_back(had - kept);
        self.budget.ask(Ask { worker: id, lane, attempt, bytes, kept, more });
    }

    /// Serves the lanes that wait for memory, as far as there is some.
    pub(super) fn grant(&mut self, now: Instant) {
        let (slow, deadline) = (now + self.policy.slow_after, now + self.policy.timeout);
        while let Some(Ask { worker: id, lane, attempt, bytes, .. }) = self.budget.grant() {
            let running = self.worker(id).and_then(|worker| worker.running_mut(lane));
            match running.filter(|running| running.attempt == attempt) {
                Some(running) => {
                    (running.slow, running.deadline) = (Some(slow), Some(deadline));
                    running.memory = bytes;
                    self.limit_memory(id);
                    self.effects.push(Effect::Grant { worker: id, lane, attempt });
                }
                None => {
                    self.budget.give_back(bytes);
                    self.budget.ended(attempt);
                }
            }
        }
    }

    pub(super) fn finished(
        &mut self,
        now: Instant,
        worker: WorkerId,
        lane: Lane,
        attempt: Attempt,
        outcome: Result<Processed, JobError>,
    ) {
        let Some(known) = self.worker(worker) else { return };
        let had = known.running_mut(lane).map_or(0, |running| running.memory);
        if !self.clear_lane(worker, lane, attempt) {
            return self.garbled(worker, "it finished an attempt that it was not given".to_owned());
        }
        self.breaker = None;
        self.killed_in_a_row = 0;
        self.emit(RunEvent::Attempt { worker, lane, attempt, change: AttemptChange::Answered });
        let id = attempt.job;
        match outcome {
            Ok(processed) => {
                if let Some(job) = self.jobs.get_mut(&id) {
                    let checksums = processed.results.iter().map(|result| result.checksum).collect();
                    job.state = JobState::Committing(Box::new(processed));
                    self.effects.push(Effect::Commit { attempt, checksums });
                }
            }
            Err(error) => {
                self.effects.push(Effect::Discard(attempt));
                self.answered_with_error(now, id, error, had);
            }
        }
    }

    /// An error that a worker answers is final, unless the operating system may do better the next time, or
    /// the attempt had (`had`) less memory than there is.
    fn answered_with_error(&mut self, now: Instant, id: JobId, error: JobError, had: u64) {
        let short = error.kind == ErrorKind::OutOfMemory && had < self.budget.total();
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let may_retry = self.stopping.is_none() && self.policy.retries > 0;
        if may_retry && short && !job.whole {
            job.whole = true;
            job.state = JobState::Suspect;
            self.suspects.push_back(id);
        } else if may_retry && error.os_error.is_some_and(is_passing) && job.io_errors < self.policy.retries {
            job.io_errors += 1;
            job.state = JobState::Delayed;
            self.delayed.push(Reverse((now + backoff(job.io_errors, &mut self.chance), id)));
        } else {
            self.fail(id, error);
        }
    }

    /// An image that only found the disk full is none the worse for it: it was under way when the run had to
    /// stop.
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

    /// The worker of an attempt is gone. `blame` says how surely this job is the reason. A worker that others
    /// killed costs its job an attempt, since memory that it took may be why; from the second on it costs the
    /// pool.
    pub(super) fn lose(
        &mut self,
        now: Instant,
        worker: WorkerId,
        lane: Lane,
        attempt: Attempt,
        loss: Loss,
        blame: Blame,
    ) {
        let id = attempt.job;
        let stopping = self.stopping.is_some();
        let Some(job) = self.jobs.get_mut(&id) else { return };
        // One that ran out of memory may be well with all of it, so it gets that before it is quarantined.
        let short = loss.cause == LossCause::OutOfMemory && !job.whole && self.policy.retries > 0;
        job.whole |= short;
        let spent = match blame {
            Blame::Certain => {
                job.lost += 1;
                job.lost > self.policy.retries && !short
            }
            Blame::Shared => {
                job.lost += 1;
                false
            }
            Blame::None => false,
        };
        let often = job.lost as usize > self.policy.intensity.saturating_add(self.policy.retries as usize);
        let disturbed = spent && loss.cause == LossCause::KilledByOthers;
        let spent = spent && !disturbed;
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
        let change = AttemptChange::Lost { loss: loss.clone(), retried };
        self.emit(RunEvent::Attempt { worker, lane, attempt, change });
        self.count_killer(id, &loss, blame);
        if spent {
            self.settle(id, Verdict::Quarantined(loss));
        } else if stopping {
            self.settle(id, Verdict::Cancelled);
        } else if disturbed {
            self.count_killed(now, worker, &loss.detail, often);
        }
    }

    /// The breaker: when one job after the other kills its worker and none was ever answered, it is hardly
    /// the jobs. To be sure, some from the end of the queue, the smallest, are tried before it is believed.
    fn count_killer(&mut self, id: JobId, loss: &Loss, blame: Blame) {
        let Some(Breaker { killers, canaries }) = &mut self.breaker else { return };
        match (blame, loss.cause) {
            (Blame::Certain, LossCause::Crashed | LossCause::OutOfMemory) => drop(killers.insert(id)),
            // What takes too long is slow, whatever else it is; what others kill is theirs; suspects count
            // once they have been tried alone.
            (Blame::Certain, LossCause::TimedOut | LossCause::KilledByOthers)
            | (Blame::Shared | Blame::None, _) => return,
        }
        if killers.len() < self.policy.breaker || self.stopping.is_some() {
            return;
        }
        let canaries = canaries.get_or_insert_with(|| {
            let waiting = self.queue.iter().rev().filter(|id| self.jobs.contains_key(id));
            let canaries: Vec<JobId> = waiting.take(CANARIES).copied().collect();
            self.queue.retain(|id| !canaries.contains(id));
            canaries.iter().for_each(|id| self.queue.push_front(*id));
            canaries
        });
        // One that is gone without an answer was cancelled meanwhile, or took too long: it speaks for nobody.
        if canaries.iter().all(|canary| killers.contains(canary) || !self.jobs.contains_key(canary)) {
            let count = killers.len();
            self.end(Ending::PoolFailed(format!(
                "the first {count} images all lost their workers, so it is hardly the images; the last time: \
                 {}",
                loss.detail
            )));
        }
    }

    /// Begins or ends a pause. A run that is being stopped has nothing to pause.
    pub(super) fn pause(&mut self, pause: bool) {
        if self.stopping.is_none() && self.paused != pause {
            self.paused = pause;
            self.emit(RunEvent::Run(if pause { RunChange::Paused } else { RunChange::Resumed }));
        }
    }

    pub(super) fn stop(&mut self, kill: bool, reason: String) {
        self.emit(RunEvent::Run(RunChange::Stopping { kill, reason }));
        self.end(Ending::Stopped);
        if kill {
            self.kill_everyone();
        }
    }

    /// From here on nothing starts. The first reason stands.
    pub(super) fn end(&mut self, ending: Ending) {
        if self.stopping.is_none() {
            match &ending {
                Ending::OutOfRoom(reason) | Ending::PoolFailed(reason) | Ending::Disturbed(reason) => {
                    self.emit(RunEvent::Run(RunChange::Stopping { kill: false, reason: reason.clone() }));
                }
                Ending::Stopped | Ending::Complete => {}
            }
            self.stopping = Some(ending);
        }
        self.queue.clear();
        self.cancelled_in_queue = 0;
        self.suspects.clear();
        self.delayed.clear();
        let waiting = |job: &OpenJob| match job.state {
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
            if let Seat::Empty { not_before } = &mut slot.place {
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
