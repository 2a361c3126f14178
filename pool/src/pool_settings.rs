//! What a pool of workers is made from: the part that a run, its probes and a pool used as a library have in
//! common.

use std::path::PathBuf;
use std::time::Duration;

use protocol::FontFile;
use protocol::limits::Limits;
use protocol::message::WorkerConfig;
use protocol::sandbox::{SandboxMode, SandboxRequest};
use recipe::{Filter, Recipe, WirePath};

use engine::Policy;

/// Room for what a worker is besides its jobs, in bytes.
const WORKER_ITSELF: u64 = 1 << 30;

/// The settings of a pool and of every worker in it.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// Threads in each worker.
    pub lanes: u16,
    /// What is done with each photo.
    pub recipe: Recipe,
    /// Fonts for the letters of its texts: see [`crate::fonts`].
    pub fonts: Vec<FontFile>,
    /// What one job may use; the memory is that of the whole pool.
    pub limits: Limits,
    /// How much the sandbox is insisted on.
    pub sandbox: SandboxMode,
    /// The longest that one attempt may take.
    pub timeout: Duration,
    /// Attempts after the first that is lost.
    pub retries: u32,
    /// Jobs after which a worker is replaced.
    pub recycle_after: Option<u32>,
}

impl PoolSettings {
    /// The configuration of workers that may read these folders and files, and the files that the recipe
    /// names. Where it may write is added for each worker.
    pub fn worker_config(&self, readable: Vec<PathBuf>) -> WorkerConfig {
        let files = self.recipe.all_filters().flat_map(Filter::files);
        let fonts = self.fonts.iter().map(|font| font.path.clone());
        // All that its attempts could be granted, and room for what the process is besides; the supervisor
        // lowers it to what they are really granted.
        let memory = self.limits.memory.saturating_add(WORKER_ITSELF);
        WorkerConfig {
            lanes: self.lanes,
            recipe: self.recipe.clone(),
            fonts: self.fonts.clone(),
            limits: self.limits,
            sandbox: SandboxRequest {
                mode: self.sandbox,
                readable: readable.into_iter().map(WirePath).chain(files).chain(fonts).collect(),
                writable: Vec::new(),
                memory: Some(memory),
            },
        }
    }

    /// How a pool with so many slots behaves.
    pub fn policy(&self, slots: u16) -> Policy {
        Policy {
            timeout: self.timeout,
            slow_after: self.timeout / 4,
            memory: self.limits.memory,
            seed: fastrand::u64(..),
            retries: self.retries,
            recycle_after: self.recycle_after,
            require_sandbox: self.sandbox == SandboxMode::Require,
            ..Policy::new(slots, self.lanes)
        }
    }
}
