//! Where a job's answer is left for whoever waits for it.
//!
//! One cell per job, shared by its handle and, until the job is done, by the pool's thread, which alone
//! writes to it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use crossbeam_channel::Sender;
use protocol::outcome::Done;

use super::job::JobFailure;
use crate::lock::lock;

/// The cell of one job.
#[derive(Debug, Default)]
pub(super) struct Cell {
    state: Mutex<CellState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct CellState {
    progress: JobProgress,
    /// Those that wait for the end, each with the number under which it wants to hear of it. Those that have
    /// gone away meanwhile are left out.
    watchers: Vec<(usize, Weak<Sender<usize>>)>,
}

/// How far a job has come.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum JobProgress {
    /// No worker has begun it.
    #[default]
    Waiting,
    /// A worker has begun it.
    Begun,
    /// It is over.
    Done(Result<Done, JobFailure>),
}

impl Cell {
    pub(super) fn progress(&self) -> JobProgress {
        self.lock().progress.clone()
    }

    /// A worker has begun the job.
    pub(super) fn begin(&self) {
        self.lock().progress = JobProgress::Begun;
    }

    /// The job is over.
    pub(super) fn finish(&self, outcome: Result<Done, JobFailure>) {
        let mut state = self.lock();
        state.progress = JobProgress::Done(outcome);
        let watchers = std::mem::take(&mut state.watchers);
        drop(state);
        self.changed.notify_all();
        for (number, watcher) in watchers {
            if let Some(watcher) = watcher.upgrade() {
                // The receiver may have gone away just now.
                let _ = watcher.send(number);
            }
        }
    }

    /// Waits for the end, or the deadline if there is one.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Option<Result<Done, JobFailure>> {
        let mut state = self.lock();
        loop {
            if let JobProgress::Done(outcome) = &state.progress {
                return Some(outcome.clone());
            }
            state = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return None,
                Some(left) => {
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Sends the number to the watcher when the job is over, at once if it is.
    pub(super) fn watch(&self, number: usize, watcher: &Arc<Sender<usize>>) {
        let mut state = self.lock();
        match state.progress {
            JobProgress::Done(_) => drop(watcher.send(number)),
            JobProgress::Waiting | JobProgress::Begun => {
                state.watchers.retain(|(_, watcher)| watcher.strong_count() > 0);
                state.watchers.push((number, Arc::downgrade(watcher)));
            }
        }
    }

    /// A panic elsewhere leaves nothing half done in here.
    fn lock(&self) -> MutexGuard<'_, CellState> {
        lock(&self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_gone_away_is_forgotten() {
        let cell = Cell::default();
        for number in 0..1000 {
            let (sender, _receiver) = crossbeam_channel::unbounded();
            cell.watch(number, &Arc::new(sender));
        }
        assert_eq!(cell.lock().watchers.len(), 1);
        let (sender, receiver) = crossbeam_channel::unbounded();
        let sender = Arc::new(sender);
        cell.watch(7, &sender);
        cell.finish(Err(JobFailure::Cancelled));
        cell.watch(8, &sender);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [7, 8]);
    }
}
