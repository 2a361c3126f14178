//! The report as data, version 1: exactly the fields that scripts rely on. One for each run.

use jiff::Timestamp;
use protocol::outcome::PerStage;
use protocol::sandbox::SandboxReport;
use serde::{Deserialize, Serialize};

use super::image::Image;
use super::verdict::Counts;
use crate::plan::selection::Unwanted;

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
    /// Files that were passed over, by reason.
    #[serde(default)]
    pub passed_over: PassedOverCounts,
    /// Photos and pictures of kinds that cannot be read, among the images and beside them, by their ending.
    #[serde(default)]
    pub not_read: Vec<NotRead>,
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
    /// The recipe's file; `null` where there was none.
    #[serde(default)]
    pub recipe: Option<String>,
    /// Every filter with all its values, in the order in which they were applied; with several outputs, those
    /// that they share.
    #[serde(default)]
    pub filters: Vec<String>,
    /// The format of the results, `keep` for that of each photo; `null` with several outputs.
    #[serde(default)]
    pub format: Option<String>,
    /// Their quality; `null` where the format has none, and with several outputs.
    #[serde(default)]
    pub quality: Option<u8>,
    /// What was made of each photo.
    #[serde(default)]
    pub outputs: Vec<RunOutput>,
    /// What was in force in every worker; the weakest counts.
    #[cfg_attr(test, schemars(with = "super::schema::SandboxShape"))]
    pub sandbox: SandboxReport,
}

/// One of the files that were made of each photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RunOutput {
    /// Its name in the recipe; `null` where there is only one.
    pub name: Option<String>,
    /// The template of the files' names.
    pub path: String,
    /// Filters of this output alone, after those of the run.
    #[serde(default)]
    pub filters: Vec<String>,
    /// The format, `keep` for that of each photo.
    pub format: String,
    /// The quality; `null` where the format has none, where nothing is lost, and where it is chosen for each
    /// photo.
    pub quality: Option<u8>,
    /// Every other setting that is not as by default, as `NAME=VALUE`.
    pub settings: Vec<String>,
}

impl RunOutput {
    /// In one line: `web/{stem}.{ext}: jpeg, quality 85, max_bytes=2000`.
    pub(crate) fn in_words(&self) -> String {
        let quality = self.quality.map(|quality| format!("quality {quality}"));
        let words = [self.format.clone()].into_iter().chain(quality).chain(self.settings.iter().cloned());
        let filters = (!self.filters.is_empty()).then(|| format!("filters {}", self.filters.join(" → ")));
        format!("{}: {}", self.path, words.chain(filters).collect::<Vec<_>>().join(", "))
    }
}

/// Files that were found and are no images of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PassedOverCounts {
    /// No photos, hidden files, and photos in folders of results whose journal cannot be read.
    pub others: u64,
    /// Results of earlier runs.
    pub results: u64,
    /// Photos that are no results, in folders of results, which were left out.
    #[serde(default)]
    pub among_results: u64,
    /// Photos that `--exclude` named.
    #[serde(default)]
    pub excluded: u64,
    /// Photos that `--include` did not name.
    #[serde(default)]
    pub not_included: u64,
    /// Photos that were not changed since `--newer-than`.
    #[serde(default)]
    pub older: u64,
    /// Photos with fewer stars than `--rating`.
    #[serde(default)]
    pub rating: u64,
    /// Photos with another label than `--label`, or none.
    #[serde(default)]
    pub label: u64,
    /// Photos that were not picked, with `--pick`.
    #[serde(default)]
    pub not_picked: u64,
}

impl PassedOverCounts {
    /// Photos that were not asked for, by reason.
    pub(crate) fn unwanted(&self) -> [(Unwanted, u64); 6] {
        [
            (Unwanted::Excluded, self.excluded),
            (Unwanted::NotIncluded, self.not_included),
            (Unwanted::Older, self.older),
            (Unwanted::Rating, self.rating),
            (Unwanted::Label, self.label),
            (Unwanted::NotPicked, self.not_picked),
        ]
    }
}

/// Files of a kind that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NotRead {
    /// The ending of their names in lowercase, without a dot.
    pub ending: String,
    /// How many there are.
    pub count: u64,
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
    /// Of the skipped, results that an older engine revision made; `--refresh` makes them anew.
    #[serde(default)]
    pub older_engine: u64,
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
