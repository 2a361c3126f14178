//! [`ProcessPool`]: the pool as other programs use it, where every job has a handle.
//!
//! `builder` has the settings, `registry` the jobs that are under way and the thread that drives them, `cell`
//! the place where one answer is left and waited for, `handle`, `map` and `wait` the ways to wait.

mod builder;
mod cell;
mod handle;
mod job;
mod map;
mod registry;
mod wait;

use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;
use tracing::error;

use crate::lock::lock;
use crate::order::Command;
use registry::Registry;

pub use builder::{BuildError, Builder};
pub use handle::JobHandle;
pub use job::{Job, JobAnswer, JobFailure, SubmitError};
pub use map::Map;
pub use registry::Shutdown;
pub use wait::{AsCompleted, Until, Waited, as_completed, wait};

/// A pool of worker processes. It can be shared between threads by reference.
///
/// **Dropping** a pool that is still open cancels the jobs that no worker has begun and waits for those that
/// have, which the timeout bounds; a pool that was closed before ends as it was told to. Either way no worker
/// and no lock is left, and no handle waits for ever. Work that must be done is waited for, by its handles or
/// by [`ProcessPool::shutdown`].
#[derive(Debug)]
pub struct ProcessPool {
    registry: Arc<Registry>,
    commands: Sender<Command>,
    output: Option<PathBuf>,
    /// How many files its recipe makes of a photo.
    outputs: usize,
    /// How many jobs may run at a time.
    at_a_time: usize,
    /// The thread that drives the workers, until somebody has waited for its end.
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl ProcessPool {
    /// A pool with default settings, to be adjusted and then built.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Hands a job over; it runs as soon as a worker is free. Returns at once.
    pub fn submit<A: JobAnswer>(&self, job: Job<A>) -> Result<JobHandle<A>, SubmitError> {
        let work = job.work(self.output.as_deref(), self.outputs)?;
        let (id, cell) = self.registry.submit(&self.commands, work)?;
        let input = job.input().to_owned();
        Ok(JobHandle { id, input, cell, commands: self.commands.clone(), answer: PhantomData })
    }

    /// Submits jobs and gives their results in the same order. Jobs are taken from the iterator as results
    /// are taken from the map, some way ahead (32 for each job that may run at a time): the iterator may be
    /// endless, and memory stays bounded. Dropping the map cancels what it has submitted and no worker has
    /// begun.
    pub fn map<A: JobAnswer, I: IntoIterator<Item = Job<A>>>(&self, jobs: I) -> Map<'_, A, I::IntoIter> {
        Map::new(self, jobs.into_iter(), self.at_a_time * 32)
    }

    /// Takes no more jobs from here on, and returns at once. A later call may be stricter than an earlier
    /// one.
    pub fn close(&self, how: Shutdown) {
        self.registry.close(&self.commands, how);
    }

    /// [`ProcessPool::close`], and waits until every job is over and every worker is gone.
    pub fn shutdown(&self, how: Shutdown) {
        self.close(how);
        self.join();
    }

    /// The first caller waits for the thread, any other for the first.
    fn join(&self) {
        let mut thread = lock(&self.thread);
        if let Some(thread) = thread.take() {
            // If it panicked, its jobs say that the pool has failed.
            if thread.join().is_err() {
                error!("the thread of a pool has panicked");
            }
        }
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        if self.registry.is_open() {
            self.close(Shutdown::CancelPending);
        }
        self.join();
    }
}
