//! What workers are told about themselves: the part that a run, its probes and a pool have in common.

use std::path::PathBuf;

use protocol::limits::Limits;
use protocol::message::WorkerConfig;
use protocol::sandbox::{SandboxMode, SandboxRequest};
use protocol::{Filter, Recipe, WirePath};

/// Room for what a worker is besides its jobs, in bytes.
const WORKER_ITSELF: u64 = 1 << 30;

/// The settings that every worker gets.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Threads in each worker.
    pub lanes: u16,
    /// What is done with each picture.
    pub recipe: Recipe,
    /// What one job may use.
    pub limits: Limits,
    /// How much the sandbox is insisted on.
    pub sandbox: SandboxMode,
}

impl WorkerSettings {
    /// The configuration of workers that may read these folders and files, and the files that the recipe names. Where it may
    /// write is added for each worker.
    pub fn config(&self, readable: Vec<PathBuf>) -> WorkerConfig {
        let files = self.recipe.filters.iter().flat_map(Filter::files);
        // All that its attempts could be granted, and room for what the process is besides; the supervisor lowers it to what
        // they are really granted.
        let memory = self.limits.memory.saturating_add(WORKER_ITSELF);
        WorkerConfig {
            lanes: self.lanes,
            recipe: self.recipe.clone(),
            limits: self.limits,
            sandbox: SandboxRequest {
                mode: self.sandbox,
                readable: readable.into_iter().map(WirePath).chain(files).collect(),
                writable: Vec::new(),
                memory: Some(memory),
            },
        }
    }
}
