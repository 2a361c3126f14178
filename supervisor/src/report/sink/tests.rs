//! What the sinks write, event by event.

use std::io::{self, Write};
use std::time::Duration;

use protocol::outcome::{ErrorKind, JobError, Stage};
use protocol::sandbox::SandboxReport;
use serde_json::Value;

use super::bar::BarSink;
use super::json::JsonLines;
use super::plain::Plain;
use super::{ProgressMode, notice};
use crate::plan::Plan;
use crate::report::fold::SharedStatistics;
use crate::report::tests::{
    answered, assigned, gone, lost, ok, plan, planned, ready, settled, spawned, worker,
};
use crate::report::wire::WireEvent;
use engine::run_event::{RunChange, RunEvent};
use engine::verdict::Verdict;
use engine::worker::WorkerEnd;

fn failed() -> Verdict {
    Verdict::Failed(JobError::new(Stage::Decode, ErrorKind::Corrupt, "bad \u{1b}[31mmarker"))
}

/// Two jobs: one fails after three seconds, one is lost once and recovers after twelve.
fn run() -> (Plan, Vec<(u64, RunEvent)>) {
    let (first, second) = (worker(0, 0), worker(0, 1));
    let ready = ready(first, SandboxReport::default());
    let events = vec![
        (0, spawned(first, 7)),
        (0, ready),
        (0, assigned(first, 0, 1)),
        (3, answered(first, 0, 1)),
        (3, settled(0, failed(), 1, Some(first))),
        (3, assigned(first, 1, 1)),
        (6, lost(first, 1, 1, true)),
        (6, gone(first, WorkerEnd::Signalled(9))),
        (7, spawned(second, 8)),
        (7, assigned(second, 1, 2)),
        (12, answered(second, 1, 2)),
        (12, settled(1, ok(1_000_000), 2, Some(second))),
        (12, RunEvent::Run(RunChange::Stopping { kill: false, reason: "INT".to_owned() })),
    ];
    (plan(vec![planned("a\u{1b}.jpg", 1_000_000), planned("b.jpg", 1_000_000)]), events)
}

#[test]
fn a_bar_needs_a_terminal_and_everything_else_is_as_asked() {
    let settle = |mode: ProgressMode| (mode.settle(true), mode.settle(false));
    assert_eq!(settle(ProgressMode::Auto), (ProgressMode::Bar, ProgressMode::Plain));
    assert_eq!(settle(ProgressMode::Bar), (ProgressMode::Bar, ProgressMode::Plain));
    for mode in [ProgressMode::Plain, ProgressMode::Json, ProgressMode::None] {
        assert_eq!(settle(mode), (mode, mode));
    }
}

#[test]
fn the_bar_is_where_the_fold_is() {
    let (plan, events) = run();
    let statistics = SharedStatistics::new(&plan);
    let mut bar = BarSink::new(statistics.clone());
    for (at, event) in events {
        let event = WireEvent::of(&event, &plan).unwrap();
        statistics.apply(Duration::from_secs(at), &event);
        // What was settled before the bar was there counts too.
        if at > 3 {
            bar.on_event(&event, &statistics);
        }
    }
    assert_eq!((bar.position(), statistics.snapshot().counts.done()), (2, 2));
}

#[test]
fn what_is_left_for_the_next_run_is_not_done() {
    let plan =
        plan(vec![planned("a.jpg", 1_000_000), planned("b.jpg", 1_000_000), planned("c.jpg", 1_000_000)]);
    let statistics = SharedStatistics::new(&plan);
    let mut bar = BarSink::new(statistics.clone());
    let mut out = Vec::new();
    let mut plain = Plain::new(&mut out);
    for (job, verdict) in [(0, ok(1_000_000)), (1, Verdict::Cancelled), (2, Verdict::NotRun)] {
        let event = WireEvent::of(&settled(job, verdict, 1, None), &plan).unwrap();
        statistics.apply(Duration::from_secs(1), &event);
        bar.on_event(&event, &statistics);
    }
    plain.finish(&statistics.snapshot());
    assert_eq!(bar.position(), 1);
    assert!(String::from_utf8(out).unwrap().starts_with("1/3 images"), "one of three");
}

#[test]
fn plain_lines_come_every_five_seconds_and_for_each_failure() {
    let (plan, events) = run();
    let statistics = SharedStatistics::new(&plan);
    let mut out = Vec::new();
    let mut plain = Plain::new(&mut out);
    for (at, event) in events {
        let at = Duration::from_secs(at);
        let event = WireEvent::of(&event, &plan).unwrap();
        statistics.apply(at, &event);
        plain.on_event(at, &event, &statistics);
    }
    plain.finish(&statistics.snapshot());
    let expected = "\
failed: in/a\\u{1b}.jpg: is damaged (bad \\u{1b}[31mmarker)
1/2 images · 1.0/2.0 MB · 0.0 img/s · 1 failed
1/2 images · 1.0/2.0 MB · 0.0 img/s · 1 failed · 1 restart
stopping (INT): what runs is finished, nothing new starts
2/2 images · 2.0/2.0 MB · 0.1 img/s · 1 failed · 1 restart · stopping
";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn only_failures_and_stops_are_announced() {
    let (plan, events) = run();
    let told: Vec<String> =
        events.iter().filter_map(|(_, event)| notice(&WireEvent::of(event, &plan)?)).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    let cancelled = WireEvent::of(&settled(1, Verdict::Cancelled, 1, None), &plan).unwrap();
    assert_eq!(notice(&cancelled), None);
}

#[test]
fn json_lines_parse_and_carry_counts() {
    let (plan, events) = run();
    let statistics = SharedStatistics::new(&plan);
    let mut out = Vec::new();
    let mut lines = JsonLines::start(&mut out, &statistics.snapshot());
    for (at, event) in events {
        let at = Duration::from_secs(at);
        let event = WireEvent::of(&event, &plan).unwrap();
        statistics.apply(at, &event);
        lines.on_event(at, &event, &statistics.snapshot());
    }
    lines.finish(Duration::from_secs(13), &statistics.snapshot());
    let lines: Vec<Value> =
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    let expected = "started worker worker assigned settled assigned lost worker worker assigned settled \
        stopping finished";
    assert_eq!(events.join(" "), expected);
    assert!(lines.iter().all(|line| line["at_s"].is_number() && line["counts"]["not_run"] == 0));
    assert_eq!((&lines[0]["images"], &lines[0]["bytes"]), (&2.into(), &2_000_000.into()));
    assert_eq!((&lines[1]["state"], &lines[1]["pid"]), (&"spawned".into(), &7.into()));
    assert_eq!((&lines[2]["state"], &lines[2]["sandbox"]["seccomp"]), (&"ready".into(), &false.into()));
    assert_eq!((&lines[3]["job"], &lines[3]["lane"]), (&0.into(), &0.into()));
    assert_eq!((&lines[4]["kind"], &lines[4]["counts"]["failed"]), (&"corrupt".into(), &1.into()));
    assert_eq!(lines[4]["input"], "in/a\u{1b}.jpg", "exact: a program reads it");
    assert_eq!((&lines[6]["kind"], &lines[6]["retried"]), (&"crashed".into(), &true.into()));
    assert_eq!((&lines[7]["state"], &lines[7]["end"]), (&"gone".into(), &"signal 9".into()));
    assert_eq!((&lines[10]["verdict"], &lines[10]["output"]), (&"ok".into(), &"/out/b.jpg".into()));
    assert_eq!((&lines[12]["recovered"], &lines[12]["restarts"]), (&1.into(), &1.into()));
    assert_eq!((&lines[12]["at_s"], &lines[12]["counts"]["ok"]), (&13.0.into(), &1.into()));
}

/// A pipe whose reader leaves after some lines.
struct Leaving<'a> {
    lines: usize,
    written: &'a mut Vec<u8>,
    attempts: &'a mut usize,
}

impl Write for Leaving<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.attempts += 1;
        if self.lines == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.lines -= 1;
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_leaves_ends_the_lines_quietly() {
    let (plan, events) = run();
    let now = SharedStatistics::new(&plan).snapshot();
    let (mut written, mut attempts) = (Vec::new(), 0);
    let out = Leaving { lines: 2, written: &mut written, attempts: &mut attempts };
    let mut lines = JsonLines::start(out, &now);
    for (at, event) in events {
        lines.on_event(Duration::from_secs(at), &WireEvent::of(&event, &plan).unwrap(), &now);
    }
    lines.finish(Duration::from_secs(1), &now);
    assert_eq!(String::from_utf8(written).unwrap().lines().count(), 2);
    assert_eq!(attempts, 3, "after the first refusal nothing more is tried");
}
