//! Event sequences made by hand, from which the tests of this room start: [`folded`] adds them up,
//! [`written`] makes files and summaries of them.

mod folded;
mod recorded;
mod written;

use std::path::PathBuf;
use std::time::Duration;

use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::{ErrorKind, JobError, PerStage, Processed, Stage, StagedResult};
use protocol::sandbox::SandboxReport;

use super::wire::WireEvent;
use super::wire::report::RunOutput;
use super::{Report, RunInfo, Statistics};
use crate::plan::{Action, Plan, PlannedJob};
use engine::run_event::{AttemptChange, RunChange, RunEvent, WorkerChange};
use engine::verdict::{Loss, LossCause, SkipReason, Verdict};
use engine::worker::{WorkerEnd, WorkerId};

const MS: Duration = Duration::from_millis(1);

pub(crate) fn planned(name: &str, bytes: u64) -> PlannedJob {
    let result = pool::commit::PlannedResult {
        output: PathBuf::from("/out").join(name),
        format: recipe::Format::Jpeg,
        replace: pool::commit::Replace::Nothing,
    };
    let (seen, planned) = Default::default();
    let action = Action::Process { results: vec![result], seen, planned };
    PlannedJob {
        input: PathBuf::from("/in").join(name),
        shown: PathBuf::from("in").join(name),
        bytes,
        dated_by_file: false,
        action,
    }
}

pub(crate) fn plan(jobs: Vec<PlannedJob>) -> Plan {
    Plan { jobs, ..Plan::default() }
}

pub(crate) fn worker(slot: u16, generation: u32) -> WorkerId {
    WorkerId { slot, generation }
}

pub(crate) fn ok(bytes_in: u64) -> Verdict {
    let timings = PerStage {
        read: MS,
        decode: 20 * MS,
        filter: 30 * MS,
        encode: Duration::from_micros(10_500),
        write: 2 * MS,
    };
    Verdict::Ok(Box::new(Processed {
        results: vec![StagedResult { width: 40, height: 30, bytes: 500, checksum: 0, chosen: None }],
        pixels: 4_000_000,
        bytes_in,
        timings,
        warnings: Vec::new(),
        taken: None,
    }))
}

pub(crate) fn loss(cause: LossCause) -> Loss {
    Loss { cause, detail: "signal 9".to_owned() }
}

pub(crate) fn settled(job: u32, verdict: Verdict, attempts: u32, by: Option<WorkerId>) -> RunEvent {
    RunEvent::Settled { job: JobId(job), verdict, attempts, worker: by }
}

fn attempt(worker: WorkerId, job: u32, number: u32, change: AttemptChange) -> RunEvent {
    RunEvent::Attempt { worker, lane: Lane(0), attempt: Attempt { job: JobId(job), number }, change }
}

pub(crate) fn spawned(worker: WorkerId, pid: u32) -> RunEvent {
    RunEvent::Worker { worker, change: WorkerChange::Spawned { pid } }
}

pub(crate) fn ready(worker: WorkerId, sandbox: SandboxReport) -> RunEvent {
    RunEvent::Worker { worker, change: WorkerChange::Ready { sandbox } }
}

pub(crate) fn gone(worker: WorkerId, end: WorkerEnd) -> RunEvent {
    RunEvent::Worker { worker, change: WorkerChange::Gone { end } }
}

pub(crate) fn assigned(by: WorkerId, job: u32, number: u32) -> RunEvent {
    attempt(by, job, number, AttemptChange::Assigned)
}

pub(crate) fn answered(by: WorkerId, job: u32, number: u32) -> RunEvent {
    attempt(by, job, number, AttemptChange::Answered)
}

pub(crate) fn lost(by: WorkerId, job: u32, number: u32, retried: bool) -> RunEvent {
    attempt(by, job, number, AttemptChange::Lost { loss: loss(LossCause::Crashed), retried })
}

fn info() -> RunInfo {
    RunInfo {
        id: "r1".to_owned(),
        started: "2026-03-01T10:00:00Z".parse().unwrap(),
        command: vec!["supervisor".to_owned(), "run".to_owned()],
        isolation: "process".to_owned(),
        workers: 2,
        lanes: 1,
        cores: 2,
        recipe: Some("web.toml".to_owned()),
        filters: vec!["blur:radius=5".to_owned()],
        outputs: vec![RunOutput {
            name: None,
            path: "{dir}/{stem}.{ext}".to_owned(),
            filters: Vec::new(),
            format: "jpeg".to_owned(),
            quality: Some(85),
            settings: vec!["metadata=strip".to_owned()],
        }],
    }
}

fn sandbox(landlock: Option<u32>, missing: &[&str]) -> SandboxReport {
    let missing = missing.iter().map(ToString::to_string).collect();
    SandboxReport { landlock, seccomp: true, rlimits: true, missing }
}

fn apply(statistics: &mut Statistics, plan: &Plan, at: Duration, event: &RunEvent) {
    statistics.apply(at, &WireEvent::of(event, plan).unwrap());
}

/// Seven jobs with every verdict, a crash in slot 0, a recycled worker in slot 1.
fn eventful() -> (Plan, Statistics) {
    let mut jobs: Vec<PlannedJob> = ["a.jpg", "b.jpg", "c.gif", "d.jpg", "e.jpg", "f.jpg", "g.jpg"]
        .map(|name| planned(name, 1000))
        .into();
    let up_to_date = SkipReason::UpToDate { by_older_revision: true };
    jobs[4].action = Action::Skip { outputs: vec![PathBuf::from("/out/e.jpg")], reason: up_to_date };
    let plan = plan(jobs);
    let mut warned = ok(1000);
    if let Verdict::Ok(processed) = &mut warned {
        processed.warnings = vec!["3 frames left out".to_owned(), "no profile".to_owned()];
    }
    let (first, second, third) = (worker(0, 0), worker(0, 1), worker(1, 0));
    let truncated = JobError::new(Stage::Decode, ErrorKind::Truncated, "no end marker");
    let events = [
        (0, settled(4, Verdict::Skipped(SkipReason::UpToDate { by_older_revision: true }), 0, None)),
        (0, spawned(first, 11)),
        (0, spawned(third, 12)),
        (1, ready(first, sandbox(Some(5), &[]))),
        (1, ready(third, sandbox(None, &["landlock"]))),
        (10, assigned(first, 0, 1)),
        (10, assigned(third, 1, 1)),
        (60, lost(first, 0, 1, true)),
        (60, gone(first, WorkerEnd::Signalled(9))),
        (70, answered(third, 1, 1)),
        (70, settled(1, Verdict::Failed(truncated), 1, Some(third))),
        (70, gone(third, WorkerEnd::Stopped)),
        (80, spawned(second, 13)),
        (80, spawned(worker(1, 1), 14)),
        (90, assigned(second, 0, 2)),
        (120, answered(second, 0, 2)),
        (121, settled(0, ok(1000), 2, Some(second))),
        (121, assigned(second, 2, 1)),
        (131, answered(second, 2, 1)),
        (131, settled(2, warned, 1, Some(second))),
        (140, settled(3, Verdict::Quarantined(loss(LossCause::TimedOut)), 2, Some(first))),
        (150, RunEvent::Run(RunChange::Stopping { kill: true, reason: "INT".to_owned() })),
        (200, settled(5, Verdict::Cancelled, 1, Some(second))),
        (200, settled(6, Verdict::NotRun, 0, None)),
    ];
    let mut statistics = Statistics::new(&plan);
    for (at, event) in events {
        apply(&mut statistics, &plan, at * MS, &event);
    }
    (plan, statistics)
}

fn eventful_report() -> Report {
    let (plan, statistics) = eventful();
    Report::build(&info(), &plan, &statistics, 200 * MS)
}
