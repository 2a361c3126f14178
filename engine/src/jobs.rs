//! How jobs come to their verdicts: answers, lost attempts, retries, commits.

use std::cmp::Reverse;
use std::time::Instant;

use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::{ErrorKind, JobError, Processed, Stage};

use super::event::{Effect, Ending};
use super::loss::Blame;
use super::policy::{backoff, is_out_of_room, is_passing};
use super::state::{Breaker, Engine, JobState, OpenJob};
use crate::run_event::{AttemptChange, RunEvent};
use crate::verdict::{Loss, LossCause, SkipReason, Verdict};
use crate::worker::WorkerId;

/// The worker of a job was killed by others once too often to be that job's affair.
#[derive(Debug)]
pub(super) struct KilledByOthers {
    /// What happened, for people.
    pub(super) detail: String,
    /// Whether it has happened to the workers of this one job too often.
    pub(super) often: bool,
}

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

    /// A lane has answered. `had`: bytes of memory that the attempt had.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        attempt: Attempt,
        outcome: Result<Processed, JobError>,
        had: u64,
    ) {
        self.breaker = None;
        self.killed_in_a_row = 0;
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
    /// pool, which is the answer then.
    pub(super) fn lose(
        &mut self,
        worker: WorkerId,
        lane: Lane,
        attempt: Attempt,
        loss: Loss,
        blame: Blame,
    ) -> Option<KilledByOthers> {
        let id = attempt.job;
        let stopping = self.stopping.is_some();
        let job = self.jobs.get_mut(&id)?;
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
            return Some(KilledByOthers { detail: loss.detail, often });
        }
        None
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
}
