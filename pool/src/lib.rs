//! Worker processes for programs of your own: what Python's `concurrent.futures` gives, over the engine and
//! the workers of `supervisor run`.
//!
//! A [`ProcessPool`] takes [`Job`]s and gives a [`JobHandle`] for each. Jobs run in worker processes, locked
//! into a sandbox. A photo that crashes its worker, hangs or eats memory becomes an error in its own
//! handle; the worker is replaced, and all other jobs go on. A pool that cannot go on at all (worker of
//! another version, workers that die without a photo to blame or on each of the first ten photos and
//! three from the end, disk full) gives every handle the reason.
//!
//! ```no_run
//! use pool::{Job, ProcessPool};
//!
//! let pool = ProcessPool::builder().inputs("photos").build()?;
//! let photo = pool.submit(Job::probe("photos/cat.jpg"))?;
//! let header = photo.result()?;
//! println!("{} by {}", header.width, header.height);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is done with each photo is a [`Recipe`]. Results come in the order of submission, from as many
//! photos as there may be, with a bounded number under way:
//!
//! ```no_run
//! use std::time::Duration;
//! use pool::recipe::filter::{Resize, Sepia};
//! use pool::{Job, ProcessPool, Recipe};
//!
//! let small = Resize { long_edge: Some(1200), ..Resize::default() };
//! // Or from text, as on the command line: "sepia=0.5".parse()?
//! let filters = vec![small.into(), Sepia { strength: 0.5 }.into()];
//! let recipe = Recipe::new(filters, Default::default());
//! let pool = ProcessPool::builder()
//!     .inputs("photos")
//!     .output("web")
//!     .recipe(recipe)
//!     .timeout(Duration::from_secs(20))
//!     .build()?;
//! let names = (0..1000).map(|n| format!("{n}.jpg"));
//! for result in pool.map(names.map(|name| Job::process(format!("photos/{name}"), name))) {
//!     match result {
//!         Ok(done) => println!("{} bytes", done.bytes_out()),
//!         Err(failure) => println!("{failure}"),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Results as they come:
//!
//! ```no_run
//! # use pool::{as_completed, Job, ProcessPool, SubmitError};
//! # let pool = ProcessPool::builder().inputs("photos").build()?;
//! let handles = ["photos/a.jpg", "photos/b.jpg"].map(|name| pool.submit(Job::probe(name)));
//! let handles: Vec<_> = handles.into_iter().collect::<Result<_, SubmitError>>()?;
//! for handle in as_completed(handles) {
//!     println!("{}: {:?}", handle.input().display(), handle.result());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All that a program needs is here: the parts of a recipe in [`mod@recipe`], defaults and ranges in
//! [`settings`], everything else below. The hidden modules are the supervisor's own, and change with it.
//!
//! The workers are the executable `worker` of the same build (`cargo build -p worker`), beside the program or
//! named in `SUPERVISOR_WORKER`. What a pool does is logged to the program's `tracing` subscriber, if it has
//! one.
//!
//! What Python calls it, and what it is here:
//!
//! - `ProcessPoolExecutor(max_workers, max_tasks_per_child)`: [`ProcessPool::builder`]
//! - `submit`, `map`: [`ProcessPool::submit`], [`ProcessPool::map`]
//! - `Future.result(timeout)`: [`JobHandle::result`], [`JobHandle::result_timeout`],
//!   [`JobHandle::try_result`]
//! - `Future.cancel`, `running`, `done`: [`JobHandle::cancel`], [`JobHandle::is_running`],
//!   [`JobHandle::is_done`]
//! - `as_completed`, `wait`: [`as_completed`], [`wait`]
//! - `shutdown(wait, cancel_futures)`: [`ProcessPool::shutdown`], [`ProcessPool::close`] with a
//!   [`Shutdown`]
//! - `BrokenProcessPool` for every future when a worker dies: does not happen; see
//!   [`JobFailure::Quarantined`]
//! - no timeout for a job: [`Builder::timeout`]
//! - `with` waits for all jobs: dropping the pool cancels what has not begun, see [`ProcessPool`]

mod cgroup;
// Those that are hidden are public only because the supervisor, which needs them, is another crate.
#[doc(hidden)]
pub mod commit;
#[doc(hidden)]
pub mod descriptors;
#[doc(hidden)]
pub mod driver;
#[doc(hidden)]
pub mod escape;
#[doc(hidden)]
pub mod file_identity;
#[doc(hidden)]
pub mod fonts;
#[doc(hidden)]
pub mod journal;
#[doc(hidden)]
pub mod lock;
#[doc(hidden)]
pub mod memory;
#[doc(hidden)]
pub mod not_there;
mod oom_kills;
#[doc(hidden)]
pub mod order;
#[doc(hidden)]
pub mod output_folder;
#[doc(hidden)]
pub mod pool_settings;
#[doc(hidden)]
pub mod probe;
mod process_pool;
#[doc(hidden)]
pub mod recipe_files;
#[doc(hidden)]
pub mod recovery;
#[doc(hidden)]
pub mod replace_file;
mod run_log;
pub mod settings;
#[doc(hidden)]
pub mod worker_process;

pub use engine::verdict::{Loss, LossCause};
pub use fonts::MissingLetters;
pub use output_folder::OutputFolderError;
pub use process_pool::{
    AsCompleted, BuildError, Builder, Job, JobAnswer, JobFailure, JobHandle, Map, ProcessPool, Shutdown,
    SubmitError, Until, Waited, as_completed, wait,
};
pub use protocol::outcome::{PerStage, Probed, Processed, StagedResult, TakenAt};
pub use protocol::sandbox::SandboxMode;
pub use protocol::{ErrorKind, JobError, Stage};
pub use recipe::{self, Filter, Format, Recipe};
pub use recipe_files::RecipeFileError;
pub use settings::Isolation;
pub use worker_process::LocateError;
