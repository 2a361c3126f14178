//! What one killed worker costs: in each mode, and in Python's `ProcessPoolExecutor`, which has no answer to
//! it.

use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use pool::worker_process::end_with_us;
use recipe::words::Word;

use super::round::{Mode, Round};

/// The same experiment for Python; see its own head.
const SCRIPT: &str = include_str!("blast_pool.py");
/// Seconds of the whole Python experiment, about: its jobs only wait, so that waiting longer shows nothing
/// more.
const PYTHON_S: f64 = 5.0;

/// A run in one mode with a worker killed in the middle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Blast {
    /// `sequential`, `thread` or `process`.
    pub mode: String,
    /// Images that might be worked on at a time.
    pub workers: u16,
    /// Whether the worker was still there to be killed.
    pub killed: bool,
    /// Images that have no output because of it.
    pub lost: u64,
    /// Images that had to be begun again.
    pub redone: u64,
    /// Seconds in which nothing at all was worked on.
    pub stood_still_s: f64,
    /// Seconds until a new worker in its place had an image; `null` if there was none left for it.
    pub replaced_s: Option<f64>,
    /// Seconds that the run took longer than the mode's median; noise if it is small.
    pub extra_s: f64,
}

impl Blast {
    /// What a round with a kill cost, where the same run has `ok` images and takes `usual_s` seconds
    /// without.
    pub(super) fn new(mode: Mode, round: &Round, ok: u64, usual_s: f64) -> Blast {
        Blast {
            mode: mode.isolation.word().to_owned(),
            workers: mode.workers,
            killed: round.killed,
            lost: ok.saturating_sub(round.counts.ok),
            redone: round.redone,
            stood_still_s: round.after.stood_still.unwrap_or_default().as_secs_f64(),
            replaced_s: round.after.replaced.map(|time| time.as_secs_f64()),
            extra_s: round.sample.wall_s - usual_s,
        }
    }
}

/// The same in Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Python {
    /// Its version.
    pub python: String,
    /// Jobs that were submitted.
    pub jobs: u64,
    /// Jobs that were done.
    pub done: u64,
    /// Jobs that failed.
    pub failed: u64,
    /// The exception that they failed with.
    pub error: Option<String>,
}

/// Runs the experiment with `python3`; `None` where there is none.
pub(super) fn python(images: u64, workers: u16, sequential_s: f64) -> Option<Python> {
    let each =
        (sequential_s / images.max(1) as f64).min(PYTHON_S * f64::from(workers) / images.max(1) as f64);
    let mut command = Command::new("python3");
    command.args(["-c", SCRIPT]).args([images.to_string(), workers.to_string(), format!("{each:.6}")]);
    end_with_us(&mut command);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_executor_fails_what_it_has_not_done() {
        // Where there is no Python, there is nothing to compare with.
        let Some(python) = python(12, 2, 3.0) else { return };
        assert_eq!((python.jobs, python.done + python.failed), (12, 12));
        assert!(python.failed >= 1, "{python:?}");
        assert_eq!(python.error.as_deref(), Some("BrokenProcessPool"));
    }
}
