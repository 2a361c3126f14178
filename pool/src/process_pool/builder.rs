//! How a pool is set up. Defaults and ranges are those of [`crate::settings`].

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use protocol::limits::Limits;
use protocol::sandbox::SandboxMode;
use recipe::Recipe;

use super::ProcessPool;
use super::registry::{self, Registry};
use crate::commit::Destination;
use crate::fonts::{MissingLetters, fonts_for};
use crate::order::RunOrder;
use crate::output_folder::{Lock, OutputFolder, OutputFolderError, state_folder};
use crate::pool_settings::PoolSettings;
use crate::recipe_files::{RecipeFileError, resolve_files};
use crate::settings::{
    DEFAULT_MAX_PIXELS, DEFAULT_RETRIES, DEFAULT_TIMEOUT, Isolation, JOBS_PER_WORKER, MAX_PIXELS, MEMORY,
    MemoryBudget, RETRIES, TIMEOUT, WORKERS, default_workers,
};
use crate::worker_process::{Launch, LocateError, locate_worker};

/// Settings of a [`ProcessPool`]; made by [`ProcessPool::builder`].
#[derive(Debug, Clone)]
pub struct Builder {
    workers: u16,
    isolation: Isolation,
    inputs: Vec<PathBuf>,
    output: Option<PathBuf>,
    recipe: Recipe,
    timeout: Duration,
    retries: u32,
    max_pixels: u64,
    memory: Option<u64>,
    jobs_per_worker: Option<u32>,
    sandbox: SandboxMode,
    worker_program: Option<PathBuf>,
}

/// Why there is no pool.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum BuildError {
    /// A setting is out of its range.
    #[error("{setting} must be {range}")]
    OutOfRange {
        /// The builder's method.
        setting: &'static str,
        /// What it takes.
        range: &'static str,
    },
    /// Nobody said where the photos are.
    #[error("the workers may not read anything: name the folders that the photos are in")]
    NoInputs,
    /// A folder of photos is not there.
    #[error("cannot read from {}: {error}", crate::escape::escape(.path))]
    Inputs {
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// A filter of the recipe has a value out of its range, or parameters that contradict each other.
    #[error(transparent)]
    Filter(#[from] recipe::filter::FilterProblem),
    /// A file that the recipe names cannot be used.
    #[error(transparent)]
    Recipe(#[from] RecipeFileError),
    /// No font has some letters of a text.
    #[error(transparent)]
    Letters(#[from] MissingLetters),
    /// No worker executable.
    #[error(transparent)]
    Worker(#[from] LocateError),
    /// The output folder cannot be used.
    #[error(transparent)]
    Output(#[from] OutputFolderError),
    /// The machine refuses a thread.
    #[error("cannot start the pool's thread: {0}")]
    Thread(#[source] io::Error),
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            workers: default_workers(),
            isolation: Isolation::default(),
            inputs: Vec::new(),
            output: None,
            recipe: Recipe::default(),
            timeout: DEFAULT_TIMEOUT,
            retries: DEFAULT_RETRIES,
            max_pixels: DEFAULT_MAX_PIXELS,
            memory: None,
            jobs_per_worker: None,
            sandbox: SandboxMode::default(),
            worker_program: None,
        }
    }

    /// Adds a folder, or a file, that the workers may read; they can read nothing else. Required: at least
    /// one. `/` opens everything.
    pub fn inputs(mut self, path: impl Into<PathBuf>) -> Self {
        self.inputs.push(path.into());
        self
    }

    /// The folder for outputs, made if need be. The pool locks it against other pools and runs, and stages
    /// its files inside. Without one, the pool can only probe.
    pub fn output(mut self, folder: impl Into<PathBuf>) -> Self {
        self.output = Some(folder.into());
        self
    }

    /// How many jobs may run at a time, within [`WORKERS`]. Unless given: [`default_workers`]. A worker is
    /// started when there is work for it.
    pub fn workers(mut self, workers: u16) -> Self {
        self.workers = workers;
        self
    }

    /// How they are spread over processes. Unless given: a process each, so that a crash costs one job one
    /// attempt.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// What is done with each photo. Unless given: nothing but writing it anew, upright and in sRGB.
    pub fn recipe(mut self, recipe: Recipe) -> Self {
        self.recipe = recipe;
        self
    }

    /// The longest that one attempt may take before its worker is killed, within [`TIMEOUT`]. Unless given:
    /// [`DEFAULT_TIMEOUT`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a job is tried again, alone and on a fresh worker, after its worker was lost, within
    /// [`RETRIES`]. Unless given: [`DEFAULT_RETRIES`].
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// The largest photo that is decoded, in pixels. Unless given: [`DEFAULT_MAX_PIXELS`].
    pub fn max_pixels(mut self, pixels: u64) -> Self {
        self.max_pixels = pixels;
        self
    }

    /// Bytes of memory that all running jobs share, within [`MEMORY`]; a job that needs all of it runs alone.
    /// Unless given: the default [`MemoryBudget`].
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// A worker is replaced after about this many jobs (up to a tenth more, so that not all go together),
    /// within [`JOBS_PER_WORKER`]. Unless given: never.
    pub fn jobs_per_worker(mut self, jobs: u32) -> Self {
        self.jobs_per_worker = Some(jobs);
        self
    }

    /// How much the sandbox is insisted on. Unless given: what the kernel offers is used.
    pub fn sandbox(mut self, mode: SandboxMode) -> Self {
        self.sandbox = mode;
        self
    }

    /// The worker executable, from the same build as this library. Unless given: `worker` beside this
    /// program, or what the environment variable `SUPERVISOR_WORKER` names.
    pub fn worker_program(mut self, program: impl Into<PathBuf>) -> Self {
        self.worker_program = Some(program.into());
        self
    }

    /// Makes the pool. Its workers start with the first jobs.
    pub fn build(self) -> Result<ProcessPool, BuildError> {
        self.check()?;
        let program = match &self.worker_program {
            Some(program) if program.is_file() => program.clone(),
            Some(program) => return Err(LocateError::Missing(program.clone()).into()),
            None => locate_worker()?,
        };
        let readable = self.readable()?;
        let output = self.output.as_deref().map(absolute).transpose()?;
        let folder = output.as_deref().map(open_folder).transpose()?;
        // Without outputs there are no staging files.
        let staging = folder.as_ref().map(OutputFolder::staging);
        let spare = folder.as_ref().map(|folder| folder.state().to_owned());
        let (slots, lanes) = self.isolation.shape(self.workers);
        let settings = self.settings(lanes)?;
        let order = RunOrder {
            policy: settings.policy(slots),
            launch: Launch { program, config: settings.worker_config(readable), staging, spare },
            // Which jobs there will be, only the caller knows: going on where a pool stopped is the caller's
            // to do.
            destination: output.clone().map(|root| Destination { root, journal: None, is_elsewhere: false }),
            time_taken: None,
        };
        let (commands, obeyed) = crossbeam_channel::unbounded();
        let registry = Arc::new(Registry::new());
        let shared = Arc::clone(&registry);
        let thread = thread::Builder::new()
            .name("pool".to_owned())
            .spawn(move || registry::run(order, folder, &obeyed, shared))
            .map_err(BuildError::Thread)?;
        Ok(ProcessPool {
            registry,
            commands,
            output,
            outputs: self.recipe.outputs.count(),
            at_a_time: usize::from(slots) * usize::from(lanes),
            thread: Mutex::new(Some(thread)),
        })
    }

    fn check(&self) -> Result<(), BuildError> {
        let checks = [
            ("workers", WORKERS.holds(self.workers), WORKERS.words),
            ("timeout", TIMEOUT.holds(self.timeout), TIMEOUT.words),
            ("retries", RETRIES.holds(self.retries), RETRIES.words),
            ("max_pixels", MAX_PIXELS.holds(self.max_pixels), MAX_PIXELS.words),
            ("memory", self.memory.is_none_or(|bytes| MEMORY.holds(bytes)), MEMORY.words),
            (
                "jobs_per_worker",
                self.jobs_per_worker.is_none_or(|jobs| JOBS_PER_WORKER.holds(jobs)),
                JOBS_PER_WORKER.words,
            ),
        ];
        for (setting, holds, range) in checks {
            if !holds {
                return Err(BuildError::OutOfRange { setting, range });
            }
        }
        Ok(self.recipe.all_filters().try_for_each(recipe::Filter::check)?)
    }

    /// The sandbox goes by what files really are, not by what links call them.
    fn readable(&self) -> Result<Vec<PathBuf>, BuildError> {
        if self.inputs.is_empty() {
            return Err(BuildError::NoInputs);
        }
        let canonical = |path: &PathBuf| {
            std::fs::canonicalize(path).map_err(|error| BuildError::Inputs { path: path.clone(), error })
        };
        self.inputs.iter().map(canonical).collect()
    }

    fn settings(&self, lanes: u16) -> Result<PoolSettings, BuildError> {
        let memory = self.memory.unwrap_or_else(|| MemoryBudget::default().bytes().max(MEMORY.least));
        let mut recipe = self.recipe.clone();
        resolve_files(&mut recipe, None)?;
        let fonts = fonts_for(&recipe)?;
        Ok(PoolSettings {
            lanes,
            recipe,
            fonts,
            limits: Limits::new(self.max_pixels, memory),
            sandbox: self.sandbox,
            timeout: self.timeout,
            retries: self.retries,
            recycle_after: self.jobs_per_worker,
        })
    }
}

fn open_folder(output: &Path) -> Result<OutputFolder, OutputFolderError> {
    let state = state_folder(output);
    let lock = Lock::of_existing(output, &state)?;
    OutputFolder::open(output, &state, lock)
}

fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path).map_err(|error| OutputFolderError::Io { path: path.to_owned(), error }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        let message = |builder: Builder| builder.inputs("/").build().unwrap_err().to_string();
        let builder = ProcessPool::builder;
        assert_eq!(message(builder().workers(0)), "workers must be 1 to 256");
        assert_eq!(message(builder().workers(257)), "workers must be 1 to 256");
        assert_eq!(message(builder().timeout(Duration::ZERO)), "timeout must be 1 ms to 24 h");
        assert_eq!(message(builder().retries(11)), "retries must be 0 to 10");
        assert_eq!(message(builder().max_pixels(0)), "max_pixels must be at least 1");
        assert_eq!(message(builder().memory(1)), "memory must be at least 16 MiB");
        assert_eq!(message(builder().jobs_per_worker(0)), "jobs_per_worker must be 1 to 1000000");
        let unsized_resize = recipe::filter::Resize::default().into();
        let recipe = Recipe::new(vec![unsized_resize], Default::default());
        assert!(message(builder().recipe(recipe)).starts_with("resize: say how large"));
        assert!(message(builder().worker_program("/nowhere/worker")).contains("/nowhere/worker"));
    }

    #[test]
    fn inputs_must_be_named_and_be_there() {
        let builder = || ProcessPool::builder().worker_program("/bin/sh");
        assert!(matches!(builder().build(), Err(BuildError::NoInputs)));
        let error = builder().inputs("/nowhere/photos").build().unwrap_err();
        assert!(error.to_string().starts_with("cannot read from /nowhere/photos"), "{error}");
    }
}
