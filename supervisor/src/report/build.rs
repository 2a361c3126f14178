//! Makes the report from the plan and what its run added up to. Pure.

use std::collections::HashSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};
use protocol::ErrorKind;

use super::fold::Statistics;
use super::fold::snapshot::per_second;
use super::fold::timeline::Life;
use super::wire::report::{
    NotRead, PassedOverCounts, REPORT_VERSION, Report, Run, RunOutput, Speed, Totals, Worker,
};
use super::wire::{Image, VerdictKind, rounded, seconds};
use crate::plan::Plan;
use crate::plan::passed_over::PassedOver;
use crate::plan::selection::Unwanted;

/// How a run was set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunInfo {
    /// The run's own name.
    pub id: String,
    /// When it began.
    pub started: Timestamp,
    /// What was typed, word by word.
    pub command: Vec<String>,
    /// `process`, `thread` or `sequential`.
    pub isolation: String,
    /// Slots of the pool.
    pub workers: u16,
    /// Lanes of each worker.
    pub lanes: u16,
    /// Cores that the supervisor may use.
    pub cores: usize,
    /// The recipe's file, if there was one.
    pub recipe: Option<String>,
    /// Every filter with its values, as far as all outputs share them.
    pub filters: Vec<String>,
    /// What is made of each photo.
    pub outputs: Vec<RunOutput>,
}

impl Report {
    /// The report of a run that took `wall`. A job that nobody gave a verdict is counted as `not-run`.
    pub(crate) fn build(info: &RunInfo, plan: &Plan, statistics: &Statistics, wall: Duration) -> Report {
        let images: Vec<Image> =
            (0..plan.jobs.len()).filter_map(|index| statistics.image(plan, index)).collect();
        let not_read = not_read(plan, &images);
        let snapshot = statistics.snapshot();
        let mut counts = snapshot.counts;
        counts.not_run += snapshot.images.saturating_sub(counts.settled());

        let mut workers: Vec<&Life> = statistics.recorder().lives().iter().collect();
        workers.sort_by_key(|life| life.worker);
        let busy: Duration = workers.iter().map(|life| life.busy).sum();
        // Slots that never had a worker, since there were fewer images, were not idle: they were not there.
        let slots: HashSet<u16> = workers.iter().map(|life| life.worker.slot).collect();
        let lanes = slots.len() as f64 * f64::from(info.lanes);
        let busy_fraction = if lanes > 0.0 { per_second(busy.as_secs_f64() / lanes, wall) } else { 0.0 };
        let only = if let [only] = info.outputs.as_slice() { Some(only) } else { None };
        Report {
            version: REPORT_VERSION,
            run: Run {
                id: info.id.clone(),
                started: to_milliseconds(info.started),
                finished: to_milliseconds(later(info.started, wall)),
                command: info.command.clone(),
                isolation: info.isolation.clone(),
                workers: info.workers,
                lanes: info.lanes,
                cores: info.cores,
                recipe: info.recipe.clone(),
                filters: info.filters.clone(),
                format: only.map(|only| only.format.clone()),
                quality: only.and_then(|only| only.quality),
                outputs: info.outputs.clone(),
                sandbox: statistics.sandbox(),
            },
            totals: Totals {
                images: snapshot.images,
                counts,
                recovered: snapshot.recovered,
                restarts: snapshot.restarts,
                bytes_in: snapshot.bytes_in,
                bytes_out: snapshot.bytes_out,
                pixels: snapshot.pixels,
                older_engine: plan.jobs.iter().filter(|job| job.action.is_by_older_revision()).count() as u64,
            },
            speed: Speed {
                wall_s: seconds(wall),
                images_per_s: rounded(per_second(counts.ok as f64, wall)),
                megapixels_per_s: rounded(per_second(snapshot.pixels as f64 / 1e6, wall)),
                busy_fraction: rounded(busy_fraction.min(1.0)),
                stage_s: statistics.stages(),
            },
            workers: workers.into_iter().map(worker).collect(),
            images,
            passed_over: passed_over(&plan.passed_over),
            not_read,
        }
    }
}

fn passed_over(plan: &PassedOver) -> PassedOverCounts {
    let unwanted = |reason| plan.unwanted(reason);
    PassedOverCounts {
        others: plan.others,
        results: plan.results,
        among_results: plan.among_results,
        excluded: unwanted(Unwanted::Excluded),
        not_included: unwanted(Unwanted::NotIncluded),
        older: unwanted(Unwanted::Older),
        rating: unwanted(Unwanted::Rating),
        label: unwanted(Unwanted::Label),
        not_picked: unwanted(Unwanted::NotPicked),
    }
}

/// What cannot be read, by its ending: images whose verdict says so, and what the plan passed over.
fn not_read(plan: &Plan, images: &[Image]) -> Vec<NotRead> {
    let mut endings = plan.passed_over.not_read.clone();
    for (job, image) in plan.jobs.iter().zip(images) {
        if image.verdict == VerdictKind::Failed && image.kind == Some(ErrorKind::Unsupported) {
            endings.add(&job.shown);
        }
    }
    endings.0.into_iter().map(|(ending, count)| NotRead { ending, count }).collect()
}

fn worker(life: &Life) -> Worker {
    Worker {
        slot: life.worker.slot,
        generation: life.worker.generation,
        pid: life.pid,
        jobs: life.attempts,
        busy_s: seconds(life.busy),
        end: life.end.clone(),
    }
}

fn later(start: Timestamp, wall: Duration) -> Timestamp {
    // Only a clock at the end of time makes this fail; the report matters more than its last date.
    SignedDuration::try_from(wall).ok().and_then(|wall| start.checked_add(wall).ok()).unwrap_or(start)
}

fn to_milliseconds(time: Timestamp) -> Timestamp {
    time.round(TimestampRound::new().smallest(Unit::Millisecond)).unwrap_or(time)
}
