//! The last word: on a job, and on the run as a whole.

use protocol::job::JobId;

use super::event::Ending;
use super::state::{Engine, JobState, OpenJob, Seat};
use crate::run_event::{RunChange, RunEvent};
use crate::verdict::Verdict;

impl Engine {
    /// Gives a job its one verdict.
    pub(super) fn settle(&mut self, id: JobId, verdict: Verdict) {
        let Some(job) = self.jobs.remove(&id) else { return };
        self.counts.open -= 1;
        self.counts.settled += 1;
        self.emit(RunEvent::Settled { job: id, verdict, attempts: job.attempts, worker: job.last_worker });
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
