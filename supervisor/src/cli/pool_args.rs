//! The options about the workers, of every command that does as `run` does.

use clap::Args;
use pool::descriptors::workers_that_fit;
use pool::settings::{Isolation, WORKERS, default_workers};

use super::values::{self, whole, word};
use crate::units::amount;

/// How many workers there are, and how long each stays.
#[derive(Debug, Args)]
pub(crate) struct PoolArgs {
    /// Worker processes (or threads) [default: the cores this process may use]
    #[arg(short = 'j', long, value_name = "N", value_parser = whole(WORKERS))]
    pub workers: Option<u16>,
    /// process: one process per worker; thread: one process with a thread per worker; sequential: one after
    /// another
    #[arg(long, value_name = "HOW", default_value_t, hide_possible_values = true)]
    #[arg(value_parser = word::<Isolation>())]
    pub isolation: Isolation,
    /// Replace a worker after about N photos per lane (exactly 1 if N is 1); 0 never
    #[arg(long, value_name = "N", default_value_t, value_parser = values::recycle_after)]
    pub recycle_after: u32,
}

impl PoolArgs {
    /// How many workers there will be; fewer than asked for is a note.
    pub(super) fn workers(&self, notes: &mut Vec<String>) -> u16 {
        let asked = self.workers.unwrap_or_else(default_workers);
        let workers = match self.isolation {
            Isolation::Process => workers_that_fit(asked),
            Isolation::Thread | Isolation::Sequential => asked,
        };
        if workers < asked {
            let enough = amount(workers, "worker");
            notes.push(format!("this process may open few files (ulimit -n), enough for {enough}"));
        }
        workers
    }
}
