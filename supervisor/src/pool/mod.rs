//! Worker processes for programs of your own: what Python's `concurrent.futures` gives, over the engine and the workers of
//! `supervisor run`.
//!
//! A [`ProcessPool`] takes [`Job`]s and gives a [`JobHandle`] for each. Jobs run in worker processes, locked into a sandbox. A
//! picture that crashes its worker, hangs or eats memory becomes an error in its own handle; the worker is replaced, and all other
//! jobs go on. A pool that cannot go on at all (worker of another version, workers that die without a picture to blame or on each
//! of the first ten pictures and three from the end, disk full) gives every handle the reason.
//!
//! ```no_run
//! use supervisor::pool::{Job, ProcessPool};
//!
//! let pool = ProcessPool::builder().inputs("photos").build()?;
//! let photo = pool.submit(Job::probe("photos/cat.jpg"))?;
//! let header = photo.result()?;
//! println!("{} by {}", header.width, header.height);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Results in the order of submission, from as many pictures as there may be, with a bounded number under way:
//!
//! ```no_run
//! use std::time::Duration;
//! use supervisor::pool::{Job, ProcessPool, Recipe};
//!
//! let pool = ProcessPool::builder()
//!     .inputs("photos")
//!     .output("web")
//!     .recipe(Recipe { filters: vec!["resize=1200".parse()?, "sepia".parse()?], ..Recipe::default() })
//!     .timeout(Duration::from_secs(20))
//!     .build()?;
//! let names = (0..1000).map(|n| format!("{n}.jpg"));
//! for result in pool.map(names.map(|name| Job::process(format!("photos/{name}"), name))) {
//!     match result {
//!         Ok(done) => println!("{} bytes", done.bytes_out),
//!         Err(failure) => println!("{failure}"),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Results as they come:
//!
//! ```no_run
//! # use supervisor::pool::{as_completed, Job, ProcessPool, SubmitError};
//! # let pool = ProcessPool::builder().inputs("photos").build()?;
//! let handles: Vec<_> =
//!     ["photos/a.jpg", "photos/b.jpg"].map(|name| pool.submit(Job::probe(name))).into_iter().collect::<Result<_, SubmitError>>()?;
//! for handle in as_completed(handles) {
//!     println!("{}: {:?}", handle.input().display(), handle.result());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | Python | here |
//! |---|---|
//! | `ProcessPoolExecutor(max_workers, max_tasks_per_child)` | [`ProcessPool::builder`] |
//! | `submit`, `map` | [`ProcessPool::submit`], [`ProcessPool::map`] |
//! | `Future.result(timeout)` | [`JobHandle::result`], [`JobHandle::result_timeout`], [`JobHandle::try_result`] |
//! | `Future.cancel`, `running`, `done` | [`JobHandle::cancel`], [`JobHandle::is_running`], [`JobHandle::is_done`] |
//! | `as_completed`, `wait` | [`as_completed`], [`wait`] |
//! | `shutdown(wait, cancel_futures)` | [`ProcessPool::shutdown`], [`ProcessPool::close`] with a [`Shutdown`] |
//! | `BrokenProcessPool` for every future when a worker dies | does not happen; see [`JobFailure::Quarantined`] |
//! | no timeout for a job | [`Builder::timeout`] |
//! | `with` waits for all jobs | dropping the pool cancels what has not begun, see [`ProcessPool`] |

mod builder;
mod cell;
mod handle;
mod job;
mod map;
mod registry;
mod wait;

use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;

pub use builder::{BuildError, Builder};
pub use handle::JobHandle;
pub use job::{Answer, Job, JobFailure, SubmitError};
pub use map::Map;
pub use registry::Shutdown;
pub use wait::{AsCompleted, Until, Waited, as_completed, wait};

pub use crate::config::Isolation;
pub use crate::verdict::{Loss, LossCause};
pub use protocol::outcome::{Probed, Processed};
pub use protocol::sandbox::SandboxMode;
pub use protocol::{ErrorKind, Filter, Format, JobError, Recipe, Stage};

use crate::driver::Command;
use registry::Registry;

/// A pool of worker processes. It can be shared between threads by reference.
///
/// **Dropping** a pool that is still open cancels the jobs that no worker has begun and waits for those that have, which the
/// timeout bounds; a pool that was closed before ends as it was told to. Either way no worker and no lock is left, and no
/// handle waits for ever. Work that must be done is waited for, by its handles or by [`ProcessPool::shutdown`].
#[derive(Debug)]
pub struct ProcessPool {
    registry: Arc<Registry>,
    commands: Sender<Command>,
    output: Option<PathBuf>,
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
    pub fn submit<A: Answer>(&self, job: Job<A>) -> Result<JobHandle<A>, SubmitError> {
        let work = job.work(self.output.as_deref())?;
        let (id, cell) = self.registry.submit(&self.commands, work)?;
        let input = job.input().to_owned();
        Ok(JobHandle { id, input, cell, commands: self.commands.clone(), answer: PhantomData })
    }

    /// Submits jobs and gives their results in the same order. Jobs are taken from the iterator as results are taken from the
    /// map, some way ahead (32 for each job that may run at a time): the iterator may be endless, and memory stays bounded. Dropping the
    /// map cancels what it has submitted and no worker has begun.
    pub fn map<A: Answer, I: IntoIterator<Item = Job<A>>>(&self, jobs: I) -> Map<'_, A, I::IntoIter> {
        Map::new(self, jobs.into_iter(), self.at_a_time * 32)
    }

    /// Takes no more jobs from here on, and returns at once. A later call may be stricter than an earlier one.
    pub fn close(&self, how: Shutdown) {
        self.registry.close(&self.commands, how);
    }

    /// [`ProcessPool::close`], and waits until every job is over and every worker is gone.
    pub fn shutdown(&self, how: Shutdown) {
        self.close(how);
        self.join();
    }

    /// Whoever comes second waits for the first, who waits for the thread.
    fn join(&self) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // If it panicked, its jobs say that the pool has failed.
            let _ = thread.join();
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
