//! Makes the report from the plan and what its run added up to. Pure.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};

use super::model::{Image, REPORT_VERSION, Report, Run, Speed, Totals, VerdictKind, Worker, rounded};
use super::snapshot::per_second;
use super::statistics::Statistics;
use crate::plan::{Action, Plan, PlannedJob};
use engine::verdict::{Verdict, WorkerId};

/// How a run was set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
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
}

impl Report {
    /// The report of a run that took `wall`. A job that nobody gave a verdict is counted as `not-run`.
    pub fn build(info: &RunInfo, plan: &Plan, statistics: &Statistics, wall: Duration) -> Report {
        let images: Vec<Image> =
            plan.jobs.iter().enumerate().map(|(index, job)| planned_image(job, index, statistics)).collect();
        let snapshot = statistics.snapshot();
        let mut counts = snapshot.counts;
        counts.not_run += snapshot.images.saturating_sub(counts.settled());

        let busy: Duration = statistics.workers().map(|(_, worker)| worker.busy).sum();
        // Slots that never had a worker, since there were fewer images, were not idle: they were not there.
        let slots: HashSet<u16> = statistics.workers().map(|(id, _)| id.slot).collect();
        let lanes = slots.len() as f64 * f64::from(info.lanes);
        let busy_fraction = if lanes > 0.0 { per_second(busy.as_secs_f64() / lanes, wall) } else { 0.0 };
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
            },
            speed: Speed {
                wall_s: rounded(wall.as_secs_f64()),
                images_per_s: rounded(per_second(counts.ok as f64, wall)),
                megapixels_per_s: rounded(per_second(snapshot.pixels as f64 / 1e6, wall)),
                busy_fraction: rounded(busy_fraction.min(1.0)),
                stage_s: statistics.stages().map(|spent| rounded(spent.as_secs_f64())),
            },
            workers: statistics
                .workers()
                .map(|(id, worker)| Worker {
                    slot: id.slot,
                    generation: id.generation,
                    pid: worker.pid,
                    jobs: worker.jobs,
                    busy_s: rounded(worker.busy.as_secs_f64()),
                    end: worker.end.as_ref().map(ToString::to_string),
                })
                .collect(),
            images,
        }
    }
}

/// What is known of a job while the run goes on; as long as there is no verdict, that stands as `not-run`.
pub(crate) fn image_so_far(plan: &Plan, index: usize, statistics: &Statistics) -> Option<Image> {
    Some(planned_image(plan.jobs.get(index)?, index, statistics))
}

/// The verdict of a job, if it has one.
pub(crate) fn verdict_so_far(index: usize, statistics: &Statistics) -> Option<VerdictKind> {
    statistics.job(index)?.verdict.as_ref().map(VerdictKind::of)
}

fn planned_image(job: &PlannedJob, index: usize, statistics: &Statistics) -> Image {
    let record = statistics.job(index);
    let verdict = record.and_then(|record| record.verdict.as_ref()).unwrap_or(&Verdict::NotRun);
    let attempts = record.map_or(0, |record| record.attempts);
    let mut image = Image::new(job, verdict, attempts, record.and_then(|record| record.worker));
    if let (Verdict::Ok(_), Some(loss)) = (verdict, record.and_then(|record| record.lost.as_ref())) {
        let recovered = format!("recovered after a lost attempt: {}", loss.detail);
        image.detail = Some(image.detail.map_or(recovered.clone(), |other| format!("{other}; {recovered}")));
    }
    image
}

impl Image {
    /// What the report says of one job.
    pub fn new(job: &PlannedJob, verdict: &Verdict, attempts: u32, worker: Option<WorkerId>) -> Image {
        let output = match &job.action {
            Action::Process { output, .. } | Action::Skip { output, .. } => Some(path_text(output)),
            Action::Fail(_) => None,
        };
        let image = Image {
            input: path_text(&job.shown),
            output: None,
            verdict: VerdictKind::of(verdict),
            stage: None,
            kind: None,
            detail: None,
            attempts,
            worker: worker.map(|worker| worker.to_string()),
            width: None,
            height: None,
            bytes_in: job.bytes,
            bytes_out: None,
            ms: None,
        };
        match verdict {
            Verdict::Ok(processed) => Image {
                output,
                detail: (!processed.warnings.is_empty()).then(|| processed.warnings.join("; ")),
                width: Some(processed.width),
                height: Some(processed.height),
                bytes_in: processed.bytes_in,
                bytes_out: Some(processed.bytes_out),
                ms: Some(processed.timings.map(|spent| rounded(spent.as_secs_f64() * 1e3))),
                ..image
            },
            Verdict::Skipped(reason) => Image { output, detail: Some(reason.name().to_owned()), ..image },
            Verdict::Failed(error) => Image {
                stage: Some(error.stage),
                kind: Some(error.kind),
                detail: Some(error.detail.clone()),
                ..image
            },
            Verdict::Quarantined(loss) => {
                Image { kind: Some(loss.cause.kind()), detail: Some(loss.detail.clone()), ..image }
            }
            Verdict::Cancelled | Verdict::NotRun => image,
        }
    }
}

/// A path as text: bytes that are not UTF-8 stand as `\xNN`, everything else as it is.
pub fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    text
}

fn later(start: Timestamp, wall: Duration) -> Timestamp {
    // Only a clock at the end of time makes this fail; the report matters more than its last date.
    SignedDuration::try_from(wall).ok().and_then(|wall| start.checked_add(wall).ok()).unwrap_or(start)
}

fn to_milliseconds(time: Timestamp) -> Timestamp {
    time.round(TimestampRound::new().smallest(Unit::Millisecond)).unwrap_or(time)
}
