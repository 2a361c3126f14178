//! The report as data, version 1: exactly the fields that scripts rely on. Written by `run`.

use jiff::Timestamp;
use protocol::outcome::PerStage;
use protocol::sandbox::SandboxReport;
use serde::{Deserialize, Serialize};

use super::image::Image;
use super::verdict::Counts;

/// The `version` of reports that this release writes.
pub(crate) const REPORT_VERSION: u32 = 1;

/// A whole report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Report {
    /// Of the report: 1.
    pub version: u32,
    /// Which run, and how it was set up.
    pub run: Run,
    /// Sums over all images.
    pub totals: Totals,
    /// How fast it went.
    pub speed: Speed,
    /// Every worker there was, by slot and generation.
    pub workers: Vec<Worker>,
    /// Every image, in the plan's order.
    pub images: Vec<Image>,
}

/// Which run, and how it was set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Run {
    /// The run's own name.
    pub id: String,
    /// UTC, RFC 3339.
    #[cfg_attr(test, schemars(with = "String"))]
    pub started: Timestamp,
    /// UTC, RFC 3339.
    #[cfg_attr(test, schemars(with = "String"))]
    pub finished: Timestamp,
    /// What was typed, word by word.
    pub command: Vec<String>,
    /// `process`, `thread` or `sequential`.
    pub isolation: String,
    /// Slots of the pool.
    pub workers: u16,
    /// Lanes of each worker.
    pub lanes: u16,
    /// Cores that the supervisor might use.
    pub cores: usize,
    /// What was in force in every worker; the weakest counts.
    #[cfg_attr(test, schemars(with = "super::schema::SandboxShape"))]
    pub sandbox: SandboxReport,
}

/// Sums over all images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Totals {
    /// Images of the plan: the sum of the six verdicts.
    pub images: u64,
    /// The six verdicts.
    #[serde(flatten)]
    pub counts: Counts,
    /// `ok` after a lost attempt.
    pub recovered: u64,
    /// Workers that took the place of a lost one.
    pub restarts: u64,
    /// Bytes of the inputs that became `ok`.
    pub bytes_in: u64,
    /// Bytes of their outputs.
    pub bytes_out: u64,
    /// Pixels of the inputs that became `ok`.
    pub pixels: u64,
}

/// How fast it went.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Speed {
    /// Seconds from start to end.
    pub wall_s: f64,
    /// `ok` images per second.
    pub images_per_s: f64,
    /// Megapixels of their inputs per second.
    pub megapixels_per_s: f64,
    /// Share of the time, 0–1, in which the lanes of the pool had an attempt.
    pub busy_fraction: f64,
    /// Seconds that the stages of `ok` images took, over all lanes.
    #[cfg_attr(test, schemars(with = "super::schema::Stages"))]
    pub stage_s: PerStage<f64>,
}

/// One worker process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Worker {
    /// Its place in the pool.
    pub slot: u16,
    /// Its number in that place, from 0.
    pub generation: u32,
    /// Its process id.
    pub pid: u32,
    /// Attempts that it was given.
    pub jobs: u64,
    /// Seconds in which it had an attempt, summed over its lanes.
    pub busy_s: f64,
    /// How it ended, in words; `null` if that was not seen.
    pub end: Option<String>,
}
