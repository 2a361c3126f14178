//! What a pool can be set to: every default and every range, for command line, page and builder alike.

use std::fmt;
use std::time::Duration;

use engine::Policy;
use protocol::limits::Limits;
use recipe::Bounds;
use recipe::words;

use crate::memory::allowed_memory;

words! {
    /// How lanes are spread over processes.
    #[derive(Default)]
    pub Isolation {
        /// A process per worker.
        #[default]
        Process = "process",
        /// One process with a thread per worker.
        Thread = "thread",
        /// One process with one thread.
        Sequential = "sequential",
    }
}

impl Isolation {
    /// How many worker processes there are, with how many lanes each, where `workers` jobs may run at a time.
    pub fn shape(self, workers: u16) -> (u16, u16) {
        match self {
            Isolation::Process => (workers, 1),
            Isolation::Thread => (1, workers),
            Isolation::Sequential => (1, 1),
        }
    }
}

/// Jobs that may run at a time.
pub const WORKERS: Bounds<u16> = Bounds { least: 1, most: 256, words: "1 to 256" };

/// One for each core that this process may use.
pub fn default_workers() -> u16 {
    u16::try_from(num_cpus::get()).unwrap_or(WORKERS.most).clamp(WORKERS.least, WORKERS.most)
}

/// Attempts after the first that is lost, unless told otherwise.
pub const DEFAULT_RETRIES: u32 = Policy::RETRIES;
/// Attempts after the first that is lost.
pub const RETRIES: Bounds<u32> = Bounds { least: 0, most: 10, words: "0 to 10" };

/// The longest that one attempt may take, unless told otherwise.
pub const DEFAULT_TIMEOUT: Duration = Policy::TIMEOUT;
/// The longest that one attempt may take.
pub const TIMEOUT: Bounds<Duration> =
    Bounds { least: Duration::from_millis(1), most: Duration::from_secs(24 * 3600), words: "1 ms to 24 h" };

/// The largest photo in pixels, unless told otherwise.
pub const DEFAULT_MAX_PIXELS: u64 = Limits::MAX_PIXELS;
/// Pixels of the largest photo.
pub const MAX_PIXELS: Bounds<u64> = Bounds { least: 1, most: u64::MAX, words: "at least 1" };

/// Jobs after which a worker is replaced; unless told otherwise, it never is.
pub const JOBS_PER_WORKER: Bounds<u32> = Bounds { least: 1, most: 1_000_000, words: "1 to 1000000" };

/// Bytes that all running jobs share.
pub const MEMORY: Bounds<u64> = Bounds { least: 16 << 20, most: u64::MAX, words: "at least 16 MiB" };

/// What all running jobs share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MemoryBudget {
    /// So many bytes.
    Bytes(u64),
    /// So many hundredths of what the machine or the cgroup allows.
    Percent(f64),
}

impl MemoryBudget {
    /// In bytes, on this machine.
    pub fn bytes(self) -> u64 {
        match self {
            MemoryBudget::Bytes(bytes) => bytes,
            MemoryBudget::Percent(percent) => (allowed_memory() as f64 * (percent / 100.0)) as u64,
        }
    }
}

impl Default for MemoryBudget {
    fn default() -> Self {
        MemoryBudget::Percent(70.0)
    }
}

impl fmt::Display for MemoryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MemoryBudget::Bytes(bytes) => write!(f, "{bytes}"),
            MemoryBudget::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}
