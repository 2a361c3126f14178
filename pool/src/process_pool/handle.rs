//! The handle of a submitted job.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};
use protocol::job::JobId;
use protocol::outcome::Done;

use super::cell::{Cell, JobProgress};
use super::job::{JobAnswer, JobFailure, unasked};
use crate::order::Command;

/// A job that was submitted. Dropping the handle changes nothing for the job.
#[derive(Debug)]
pub struct JobHandle<A> {
    pub(super) id: JobId,
    pub(super) input: PathBuf,
    pub(super) cell: Arc<Cell>,
    pub(super) commands: Sender<Command>,
    pub(super) answer: PhantomData<fn() -> A>,
}

impl<A: JobAnswer> JobHandle<A> {
    /// Waits until the job is over. Every call gives the same answer.
    pub fn result(&self) -> Result<A, JobFailure> {
        // Without a deadline there is always an answer.
        self.cell.wait(None).map_or(Err(JobFailure::Cancelled), answer)
    }

    /// Waits at most this long; `None` if the job is not over by then.
    pub fn result_timeout(&self, timeout: Duration) -> Option<Result<A, JobFailure>> {
        self.cell.wait(Instant::now().checked_add(timeout)).map(answer)
    }

    /// The answer, if there is one already.
    pub fn try_result(&self) -> Option<Result<A, JobFailure>> {
        self.result_timeout(Duration::ZERO)
    }
}

impl<A> JobHandle<A> {
    /// The photo as it was named.
    pub fn input(&self) -> &Path {
        &self.input
    }

    /// Calls the job off unless a worker has begun it; a retry does not count as not begun. Says whether the
    /// job is cancelled, by this or an earlier call or by a shutdown.
    pub fn cancel(&self) -> bool {
        let (decided, decision) = bounded(0);
        // If the pool has ended, the job is over, too.
        let _ = self.commands.send(Command::Cancel { job: self.id, decided });
        let _ = decision.recv();
        self.cell.progress() == JobProgress::Done(Err(JobFailure::Cancelled))
    }

    /// Calls the job off without waiting for what comes of it.
    pub(super) fn call_off(&self) {
        // If the pool has ended, the job is over, too.
        let _ = self.commands.send(Command::Cancel { job: self.id, decided: bounded(0).0 });
    }

    /// Whether a worker has begun the job and it is not over. Where an attempt is lost, it stays so until the
    /// last.
    pub fn is_running(&self) -> bool {
        self.cell.progress() == JobProgress::Begun
    }

    /// Whether the job is over, well or not.
    pub fn is_done(&self) -> bool {
        matches!(self.cell.progress(), JobProgress::Done(_))
    }

    /// Whether the job is over with an error of its own; being cancelled is none.
    pub(super) fn has_failed(&self) -> bool {
        match self.cell.progress() {
            JobProgress::Done(Err(failure)) => failure != JobFailure::Cancelled,
            JobProgress::Done(Ok(_)) | JobProgress::Waiting | JobProgress::Begun => false,
        }
    }
}

fn answer<A: JobAnswer>(outcome: Result<Done, JobFailure>) -> Result<A, JobFailure> {
    A::of(outcome?).ok_or_else(unasked)
}
