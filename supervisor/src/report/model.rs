//! The report as data, version 1: exactly the fields that scripts rely on. Written by `run`, read back by `report`.

use jiff::Timestamp;
use protocol::outcome::{ErrorKind, PerStage, Stage};
use protocol::sandbox::SandboxReport;
use serde::{Deserialize, Serialize};

use super::snapshot::Counts;
use engine::verdict::Verdict;

/// The `version` of reports that this release writes.
pub const REPORT_VERSION: u32 = 1;

/// A whole report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`REPORT_VERSION`].
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
pub struct Run {
    /// The run's own name.
    pub id: String,
    /// UTC, RFC 3339.
    pub started: Timestamp,
    /// UTC, RFC 3339.
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
    pub sandbox: SandboxReport,
}

/// Sums over all images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
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
pub struct Speed {
    /// Seconds from start to end.
    pub wall_s: f64,
    /// `ok` images per second.
    pub images_per_s: f64,
    /// Megapixels of their inputs per second.
    pub megapixels_per_s: f64,
    /// Share of the time, 0–1, in which the lanes of the pool had an attempt.
    pub busy_fraction: f64,
    /// Seconds that the stages of `ok` images took, over all lanes.
    pub stage_s: PerStage<f64>,
}

/// Three decimals: nothing here is measured more exactly, and people read these files.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// One worker process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Worker {
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

/// One image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// As the user knows it; bytes that are not UTF-8 stand as `\xNN`.
    pub input: String,
    /// The file that stands there thanks to this run or an earlier one.
    pub output: Option<String>,
    /// The final word.
    pub verdict: VerdictKind,
    /// Where it went wrong, if the worker could say.
    pub stage: Option<Stage>,
    /// What kind of trouble.
    pub kind: Option<ErrorKind>,
    /// The trouble in words, the reason of a skip, or the warnings of an `ok` image.
    pub detail: Option<String>,
    /// Attempts made, lost ones included.
    pub attempts: u32,
    /// Who made the last attempt: `slot.generation`.
    pub worker: Option<String>,
    /// Pixels across of the output.
    pub width: Option<u32>,
    /// Pixels down of the output.
    pub height: Option<u32>,
    /// Bytes of the input.
    pub bytes_in: u64,
    /// Bytes of the output.
    pub bytes_out: Option<u64>,
    /// Milliseconds that each stage took.
    pub ms: Option<PerStage<f64>>,
}

/// A verdict without its circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// [`Verdict::Ok`].
    Ok,
    /// [`Verdict::Skipped`].
    Skipped,
    /// [`Verdict::Failed`].
    Failed,
    /// [`Verdict::Quarantined`].
    Quarantined,
    /// [`Verdict::Cancelled`].
    Cancelled,
    /// [`Verdict::NotRun`].
    NotRun,
}

impl VerdictKind {
    /// The kind of a verdict.
    pub fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Ok(_) => Self::Ok,
            Verdict::Skipped(_) => Self::Skipped,
            Verdict::Failed(_) => Self::Failed,
            Verdict::Quarantined(_) => Self::Quarantined,
            Verdict::Cancelled => Self::Cancelled,
            Verdict::NotRun => Self::NotRun,
        }
    }

    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Quarantined => "quarantined",
            Self::Cancelled => "cancelled",
            Self::NotRun => "not-run",
        }
    }

    /// Whether running again will not help.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Quarantined)
    }

    /// Whether a run that was stopped has left it for the next one.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Cancelled | Self::NotRun)
    }
}
