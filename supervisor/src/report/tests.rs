//! Event sequences made by hand and at random, and what statistics, report files and summary make of them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::{ErrorKind, JobError, PerStage, Processed, Stage};
use protocol::sandbox::SandboxReport;
use serde_json::Value;

use super::wire::{VerdictKind, WireEvent};
use super::write::{ReportFormat, write_file};
use super::{Report, RunInfo, Statistics, Timeline, summary};
use crate::plan::{Action, Plan, PlannedJob};
use engine::run_event::{AttemptChange, RunChange, RunEvent, WorkerChange};
use engine::verdict::{Loss, LossCause, SkipReason, Verdict, WorkerEnd, WorkerId};

const MS: Duration = Duration::from_millis(1);

pub(crate) fn planned(name: &str, bytes: u64) -> PlannedJob {
    let action = Action::Process {
        output: PathBuf::from("/out").join(name),
        format: recipe::Format::Jpeg,
        replace: pool::commit::Replace::Nothing,
        seen: pool::journal::FileState::default(),
    };
    PlannedJob {
        input: PathBuf::from("/in").join(name),
        shown: PathBuf::from("in").join(name),
        bytes,
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
        width: 40,
        height: 30,
        pixels: 4_000_000,
        bytes_in,
        bytes_out: 500,
        checksum: 0,
        timings,
        warnings: Vec::new(),
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
    jobs[4].action = Action::Skip { output: PathBuf::from("/out/e.jpg"), reason: SkipReason::UpToDate };
    let plan = plan(jobs);
    let mut warned = ok(1000);
    if let Verdict::Ok(processed) = &mut warned {
        processed.warnings = vec!["3 frames left out".to_owned(), "no profile".to_owned()];
    }
    let (first, second, third) = (worker(0, 0), worker(0, 1), worker(1, 0));
    let truncated = JobError::new(Stage::Decode, ErrorKind::Truncated, "no end marker");
    let events = [
        (0, settled(4, Verdict::Skipped(SkipReason::UpToDate), 0, None)),
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

#[test]
fn a_hand_made_run_adds_up_exactly() {
    let report = eventful_report();
    let (totals, counts) = (report.totals, report.totals.counts);
    assert_eq!((totals.images, counts.settled()), (7, 7));
    assert_eq!(
        (counts.ok, counts.skipped, counts.failed, counts.quarantined, counts.cancelled, counts.not_run),
        (2, 1, 1, 1, 1, 1)
    );
    // Slot 1's worker was recycled: that is no restart.
    assert_eq!((totals.restarts, totals.recovered), (1, 1));
    assert_eq!((totals.bytes_in, totals.bytes_out, totals.pixels), (2000, 1000, 8_000_000));
    // 50 + 60 + 30 + 10 ms busy, of 2 slots × 200 ms.
    assert_eq!(report.speed.busy_fraction, 0.375);
    assert_eq!((report.speed.images_per_s, report.speed.megapixels_per_s), (10.0, 40.0));
    assert_eq!(report.speed.stage_s.decode, 0.04);
    let workers: Vec<_> = report
        .workers
        .iter()
        .map(|w| (w.slot, w.generation, w.pid, w.jobs, w.busy_s, w.end.as_deref()))
        .collect();
    assert_eq!(
        workers,
        [
            (0, 0, 11, 1, 0.05, Some("signal 9")),
            (0, 1, 13, 2, 0.04, None),
            (1, 0, 12, 1, 0.06, Some("stopped")),
            (1, 1, 14, 0, 0.0, None),
        ]
    );
    assert_eq!(report.run.sandbox, sandbox(None, &["landlock"]), "the weakest worker counts");
}

#[test]
fn a_snapshot_under_way_knows_what_runs_and_what_is_left() {
    let plan = plan(vec![planned("a.jpg", 1000), planned("b.jpg", 3000), planned("c.jpg", 500)]);
    let mut statistics = Statistics::new(&plan);
    let id = worker(0, 0);
    apply(&mut statistics, &plan, MS, &spawned(id, 1));
    apply(&mut statistics, &plan, MS, &assigned(id, 0, 1));
    let before = statistics.snapshot();
    assert_eq!((before.running, before.bytes_left, before.pixels_left), (1, 4500, None));
    apply(&mut statistics, &plan, 1000 * MS, &answered(id, 0, 1));
    apply(&mut statistics, &plan, 1000 * MS, &settled(0, ok(1000), 1, Some(id)));
    apply(&mut statistics, &plan, 1000 * MS, &settled(0, Verdict::NotRun, 1, Some(id)));
    let now = statistics.snapshot();
    assert_eq!((now.running, now.bytes_planned, now.bytes_left), (0, 4500, 3500));
    assert_eq!((now.counts.settled(), now.counts.ok), (1, 1), "a second verdict changes nothing");
    assert_eq!(now.pixels_left, Some(14_000_000));
    assert_eq!(now.eta(), Some(Duration::from_millis(3500)));
}

#[test]
fn a_job_without_a_verdict_is_reported_as_not_run() {
    let plan = plan(vec![planned("a.jpg", 10)]);
    let report = Report::build(&info(), &plan, &Statistics::new(&plan), Duration::ZERO);
    assert_eq!((report.totals.images, report.totals.counts.not_run), (1, 1));
    assert_eq!(report.images[0].verdict, VerdictKind::NotRun);
    assert_eq!(report.speed.images_per_s, 0.0);
}

#[test]
fn the_json_report_has_the_promised_fields_and_reads_back() {
    let report = eventful_report();
    let mut text = Vec::new();
    ReportFormat::Json.write(&mut text, &report, &Timeline::default()).unwrap();
    assert_eq!(serde_json::from_slice::<Report>(&text).unwrap(), report);

    let json: Value = serde_json::from_slice(&text).unwrap();
    let fields = |value: &Value| {
        let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(json["version"], 1);
    assert_eq!(fields(&json), "images run speed totals version workers");
    assert_eq!(fields(&json["run"]), "command cores finished id isolation lanes sandbox started workers");
    assert_eq!(fields(&json["run"]["sandbox"]), "landlock missing rlimits seccomp");
    assert_eq!(json["run"]["started"], "2026-03-01T10:00:00Z");
    assert_eq!(json["run"]["finished"], "2026-03-01T10:00:00.2Z");
    assert_eq!(
        fields(&json["totals"]),
        "bytes_in bytes_out cancelled failed images not_run ok pixels quarantined recovered restarts skipped"
    );
    assert_eq!(fields(&json["speed"]), "busy_fraction images_per_s megapixels_per_s stage_s wall_s");
    assert_eq!(fields(&json["speed"]["stage_s"]), "decode encode filter read write");
    assert_eq!(fields(&json["workers"][0]), "busy_s end generation jobs pid slot");
    let image = "attempts bytes_in bytes_out detail height input kind ms output stage verdict width worker";
    assert!(json["images"].as_array().unwrap().iter().all(|each| fields(each) == image));

    let words: Vec<&str> =
        json["images"].as_array().unwrap().iter().map(|image| image["verdict"].as_str().unwrap()).collect();
    assert_eq!(words, ["ok", "failed", "ok", "quarantined", "skipped", "cancelled", "not-run"]);
    let [first, failed, warned, quarantined, skipped] = [0, 1, 2, 3, 4].map(|index| &json["images"][index]);
    assert_eq!((&first["worker"], &first["attempts"]), (&"0.1".into(), &2.into()));
    let recovered = "recovered after a lost attempt: signal 9";
    assert_eq!((&first["output"], &first["detail"]), (&"/out/a.jpg".into(), &recovered.into()));
    assert_eq!(first["ms"]["encode"], 10.5);
    assert_eq!((&failed["stage"], &failed["kind"]), (&"decode".into(), &"truncated".into()));
    assert_eq!((&failed["output"], &failed["ms"]), (&Value::Null, &Value::Null));
    assert_eq!(warned["detail"], "3 frames left out; no profile");
    assert_eq!((&quarantined["stage"], &quarantined["kind"]), (&Value::Null, &"timed-out".into()));
    assert_eq!((&skipped["detail"], &skipped["output"]), (&"up-to-date".into(), &"/out/e.jpg".into()));
}

#[test]
fn verdicts_have_one_name_everywhere() {
    let failed = Verdict::Failed(JobError::new(Stage::Read, ErrorKind::Vanished, ""));
    let lost = Verdict::Quarantined(loss(LossCause::Crashed));
    let skipped = Verdict::Skipped(SkipReason::Exists);
    for verdict in [ok(1), skipped, failed, lost, Verdict::Cancelled, Verdict::NotRun] {
        let kind = VerdictKind::of(&verdict);
        assert_eq!(kind.name(), verdict.name());
        assert_eq!(serde_json::to_value(kind).unwrap(), verdict.name());
    }
}

#[test]
fn the_csv_report_reads_back_and_holds_no_formula() {
    let mut report = eventful_report();
    report.images[0].input = "=cmd|' /C calc'!A0".to_owned();
    report.images[1].detail = Some("two\nlines, \"quoted\"".to_owned());
    let mut text = Vec::new();
    ReportFormat::Csv.write(&mut text, &report, &Timeline::default()).unwrap();
    let mut table = csv::Reader::from_reader(text.as_slice());
    let header: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header.len(), 17);
    let column = |name: &str| header.iter().position(|each| each == name).unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 7);
    assert_eq!(&rows[0][column("input")], "'=cmd|' /C calc'!A0");
    assert_eq!((&rows[0][column("verdict")], &rows[0][column("encode_ms")]), ("ok", "10.5"));
    assert_eq!((&rows[0][column("bytes_out")], &rows[0][column("width")]), ("500", "40"));
    assert_eq!(&rows[1][column("detail")], "two\\u{a}lines, \"quoted\"");
    assert_eq!((&rows[1][column("bytes_out")], &rows[1][column("kind")]), ("", "truncated"));
    assert_eq!(&rows[6][column("verdict")], "not-run");
}

#[test]
fn the_summary_tells_the_run_and_ends_with_the_failures() {
    let mut text = Vec::new();
    summary::write(&mut text, &eventful_report(), Some("out/report.json".as_ref())).unwrap();
    let expected = "\
7 images: 2 ok, 1 skipped, 1 failed, 1 quarantined, 1 cancelled, 1 not-run
1 worker restart, 1 image recovered after a lost attempt
stopped before the end: the same command goes on where this one stopped
0.2 s · 10.0 images/s · 40.0 MP/s · 0.0 MB in · 0.0 MB out
lanes busy 38 % of the time: read 0.0 s, decode 0.0 s, filter 0.1 s, encode 0.0 s, write 0.0 s
sandbox: system-call filter, resource limits; missing: landlock
report: out/report.json

2 warnings:
  in/a.jpg: recovered after a lost attempt: signal 9
  in/c.gif: 3 frames left out; no profile

2 failures:
  in/b.jpg: ends before the picture does (no end marker)
    Copy it again from the camera, card or backup: a part is missing.
  in/d.jpg: takes longer than the timeout (signal 9)
    Raise --timeout if it is worth the wait, or leave it out.
";
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}

#[test]
fn a_summary_lists_twenty_failures_and_no_hostile_byte() {
    let mut jobs: Vec<PlannedJob> = (0..23).map(|index| planned(&format!("{index}.jpg"), 1)).collect();
    jobs[0].shown = PathBuf::from(OsStr::from_bytes(b"in/\x1b[2J\xff\n0 failures.jpg"));
    let plan = plan(jobs);
    let mut statistics = Statistics::new(&plan);
    for job in 0..23 {
        let error = JobError::new(Stage::Read, ErrorKind::Corrupt, "\u{1b}]0;title\u{7}");
        apply(&mut statistics, &plan, MS, &settled(job, Verdict::Failed(error), 1, None));
    }
    let report = Report::build(&info(), &plan, &statistics, MS);
    let mut text = Vec::new();
    summary::write_failures(&mut text, &report).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(text.contains("\\xFF"), "{text}");
    assert_eq!(text.matches("is damaged").count(), 20);
    assert!(text.ends_with("  and 3 more: see the report\n"), "{text}");
}

#[test]
fn without_failures_the_quiet_summary_is_empty() {
    let plan = plan(vec![planned("a.jpg", 1)]);
    let mut statistics = Statistics::new(&plan);
    apply(&mut statistics, &plan, MS, &settled(0, ok(1), 1, None));
    let mut text = Vec::new();
    summary::write_failures(&mut text, &Report::build(&info(), &plan, &statistics, MS)).unwrap();
    assert_eq!(text, b"");
}

#[test]
fn report_files_replace_and_leave_nothing_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.JSON");
    std::fs::write(&path, "old").unwrap();
    let format = ReportFormat::of(&path).unwrap();
    assert_eq!(format, ReportFormat::Json);
    let report = eventful_report();
    write_file(&path, format, &report, &Timeline::default()).unwrap();
    assert_eq!(serde_json::from_slice::<Report>(&std::fs::read(&path).unwrap()).unwrap(), report);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let missing = folder.path().join("no/r.csv");
    let error = write_file(&missing, ReportFormat::Csv, &report, &Timeline::default()).unwrap_err();
    assert!(error.to_string().contains("no/r.csv"), "{error}");
    assert_eq!(ReportFormat::of("report".as_ref()), None);
    assert_eq!(ReportFormat::of("report.txt".as_ref()), None);
}

/// How one job goes: attempts lost, then its verdict.
fn fate() -> impl Strategy<Value = (u32, Verdict)> {
    let verdict = prop_oneof![
        (1u64..10_000).prop_map(ok),
        Just(Verdict::Skipped(SkipReason::Exists)),
        Just(Verdict::Failed(JobError::new(Stage::Read, ErrorKind::Vanished, "gone"))),
        Just(Verdict::Quarantined(loss(LossCause::Crashed))),
        Just(Verdict::Cancelled),
        Just(Verdict::NotRun),
    ];
    (0u32..3, verdict)
}

proptest! {
    #[test]
    fn the_counts_add_up_at_every_step(
        fates in proptest::collection::vec(fate(), 0..40),
        stopped_after in 0usize..400,
    ) {
        let names = (0..fates.len()).map(|index| planned(&format!("{index}.jpg"), 100));
        let plan = plan(names.collect());
        let mut events = vec![spawned(worker(0, 0), 1)];
        let (mut generation, mut expected_recovered) = (0, 0);
        for (job, (losses, verdict)) in fates.iter().enumerate() {
            let job = job as u32;
            for number in 1..=*losses {
                let id = worker(0, generation);
                events.extend([assigned(id, job, number), lost(id, job, number, true)]);
                events.push(gone(id, WorkerEnd::Exited(1)));
                generation += 1;
                events.push(spawned(worker(0, generation), 1));
            }
            let id = worker(0, generation);
            events.extend([assigned(id, job, losses + 1), answered(id, job, losses + 1)]);
            events.push(settled(job, verdict.clone(), losses + 1, Some(id)));
            expected_recovered += u64::from(*losses > 0 && matches!(verdict, Verdict::Ok(_)));
        }
        let mut statistics = Statistics::new(&plan);
        let whole = events.len() <= stopped_after;
        for (step, event) in events.iter().take(stopped_after).enumerate() {
            apply(&mut statistics, &plan, step as u32 * MS, event);
            let now = statistics.snapshot();
            prop_assert!(now.counts.settled() <= now.images && now.running <= 1);
            let untouched = now.counts.cancelled + now.counts.not_run;
            prop_assert_eq!(now.bytes_left, 100 * (now.images - now.counts.settled() + untouched));
        }
        let report = Report::build(&info(), &plan, &statistics, events.len() as u32 * MS);
        prop_assert_eq!(report.totals.counts.settled(), fates.len() as u64);
        let listed = |kind| report.images.iter().filter(|image| image.verdict == kind).count() as u64;
        prop_assert_eq!(listed(VerdictKind::Ok), report.totals.counts.ok);
        prop_assert_eq!(listed(VerdictKind::NotRun), report.totals.counts.not_run);
        prop_assert!((0.0..=1.0).contains(&report.speed.busy_fraction));
        if whole {
            prop_assert_eq!(report.totals.restarts, u64::from(generation));
            prop_assert_eq!(report.totals.recovered, expected_recovered);
        }
    }
}

#[test]
fn the_page_tells_the_run_and_no_name_becomes_markup() {
    let (plan, statistics) = eventful();
    let mut report = eventful_report();
    report.images[0].input = "in/<script>alert(1)</script>.jpg".to_owned();
    report.images[1].detail = Some("<b>\u{202E}".to_owned());
    let timeline = statistics.timeline(200 * MS);
    let mut text = Vec::new();
    ReportFormat::Html.write(&mut text, &report, &timeline).unwrap();
    let page = String::from_utf8(text).unwrap();
    assert!(page.contains("2 of 7 images ok, 1 skipped") && page.contains("2 failed"), "{page}");
    assert!(page.contains("in/&lt;script&gt;alert(1)") && !page.contains("<script"), "{page}");
    assert!(page.contains("&lt;b&gt;\\u{202e}") && !page.contains('\u{202E}'), "{page}");
    for heading in
        ["Verdicts", "Failures", "Where the time went", "Lanes over time", "Throughput", "Slowest images"]
    {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(page.contains("class=\"lost\"") && page.contains("class=\"restart\""), "the crash is seen");
    assert!(!page.contains("src=") && !page.contains("href="), "nothing is fetched");
    assert_eq!(plan.jobs.len(), 7);

    let without = Timeline::default();
    let mut text = Vec::new();
    ReportFormat::Html.write(&mut text, &report, &without).unwrap();
    assert!(!String::from_utf8(text).unwrap().contains("Lanes over time"));
}

#[test]
fn the_lanes_of_a_hand_made_run_are_busy_as_its_report_says() {
    let (_, statistics) = eventful();
    let timeline = statistics.timeline(200 * MS);
    let first = timeline.time_of((0, 0));
    assert_eq!((first.busy, first.idle, first.absent), (90 * MS, 90 * MS, 20 * MS));
    let second = timeline.time_of((1, 0));
    assert_eq!((second.busy, second.idle, second.absent), (60 * MS, 130 * MS, 10 * MS));
    assert_eq!(timeline.done.counts.iter().sum::<u64>(), 2);
}
