//! What a pool can be set to: how its lanes are spread, and the range of every number. Data only.

use std::time::Duration;

/// How lanes are spread over processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// A process per worker.
    Process,
    /// One process with a thread per worker.
    Thread,
    /// One process with one thread.
    Sequential,
}

impl Isolation {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Isolation::Process => "process",
            Isolation::Thread => "thread",
            Isolation::Sequential => "sequential",
        }
    }

    /// How many worker processes there are, with how many lanes each, where `workers` jobs may run at a time.
    pub fn shape(self, workers: u16) -> (u16, u16) {
        match self {
            Isolation::Process => (workers, 1),
            Isolation::Thread => (1, workers),
            Isolation::Sequential => (1, 1),
        }
    }
}

/// Jobs that may run at a time, at the most.
pub const MAX_WORKERS: u16 = 256;
/// Attempts after the first that is lost, at the most.
pub const MAX_RETRIES: u32 = 10;
/// The shortest `--timeout`.
pub const MIN_TIMEOUT: Duration = Duration::from_millis(1);
/// The longest `--timeout`.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 3600);
/// The least `--memory`, in bytes.
pub const MIN_MEMORY: u64 = 16 << 20;

/// One for each core that this process may use.
pub fn default_workers() -> u16 {
    u16::try_from(num_cpus::get()).unwrap_or(MAX_WORKERS).clamp(1, MAX_WORKERS)
}
