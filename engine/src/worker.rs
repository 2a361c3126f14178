//! Which worker, and how it ended. Data only.

use std::fmt;

/// Names a worker: the slot it sits in and its number among the slot's workers, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId {
    /// The permanent place in the pool.
    pub slot: u16,
    /// Counts the workers of the slot.
    pub generation: u32,
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot, self.generation)
    }
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerEnd {
    /// The run was over, or the worker had done its share and was replaced; it left when asked to.
    Stopped,
    /// It exited by itself with this code.
    Exited(i32),
    /// A signal that we did not send ended it.
    Signalled(i32),
    /// It was killed because an attempt took longer than the timeout.
    TimedOut,
    /// It was killed because it said what no worker says (garbage, or another version's protocol).
    Garbled,
    /// It was killed because the run was stopped for good.
    Killed,
    /// It never came so far as to be ready.
    NeverReady,
}

impl fmt::Display for WorkerEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkerEnd::Stopped => f.write_str("stopped"),
            WorkerEnd::Exited(code) => write!(f, "exit code {code}"),
            WorkerEnd::Signalled(signal) => write!(f, "signal {signal}"),
            WorkerEnd::TimedOut => f.write_str("timed out"),
            WorkerEnd::Garbled => f.write_str("garbled"),
            WorkerEnd::Killed => f.write_str("killed"),
            WorkerEnd::NeverReady => f.write_str("never ready"),
        }
    }
}
