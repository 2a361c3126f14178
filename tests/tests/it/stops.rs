//! Signals to the supervisor, kills of workers and of the supervisor itself.

use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use supervisor_tests::{TestRun, until, workers_using};

/// One whose last photos never end, so that a run is certainly going on.
fn endless() -> TestRun {
    let test = TestRun::new().with_fault_worker();
    test.write_good(6);
    for n in 0..4 {
        // The largest start first.
        test.write(&format!("hang-{n}.jpg"), format!("FAULT:hang {}", "x".repeat(10_000)));
    }
    test
}

fn signal(child: &Child, signal: Signal) {
    assert_eq!(kill_process(Pid::from_child(child), signal), Ok(()));
}

#[test]
fn the_second_signal_kills_what_runs() {
    let test = endless();
    let child = test.start();
    until("two workers", || workers_using(test.folder.path()).len() == 2);
    signal(&child, Signal::INT);
    signal(&child, Signal::TERM);
    let run = test.finish(child);
    // Signals that come together have no order.
    assert!([130, 143].contains(&run.code()), "{}", run.text());
    assert_eq!(run.total("quarantined") + run.total("failed"), 0);
    assert!(run.total("not_run") > 0);
}

#[test]
fn a_reader_that_stalls_holds_up_neither_the_run_nor_its_end() {
    let json: &[&str] = &["--progress", "json"];
    for (options, levels) in
        [(json, "off"), (&["--log", "-"], "trace"), (&["--log", "-", "--progress", "json"], "trace")]
    {
        let test = TestRun::new().with_fault_worker().options(options);
        test.write_good(500);
        test.write("hang.jpg", format!("FAULT:hang {}", "x".repeat(10_000)));
        let mut child = test.command().env("SUPERVISOR_LOG", levels).spawn().unwrap();
        // Far more lines than a pipe holds, which nobody reads.
        until("all but one are made", || test.output("").exists() && test.outputs().len() == 500);
        signal(&child, Signal::INT);
        signal(&child, Signal::TERM);
        until("it ends", || child.try_wait().unwrap().is_some());
        let run = test.finish(child);
        // Signals that come together have no order.
        assert!([130, 143].contains(&run.code()), "{options:?}: {}", run.text());
        assert_eq!(run.total("ok"), 500, "{options:?}");
    }
}

#[test]
fn the_lines_of_a_run_wait_for_a_slow_reader_or_a_signal() {
    let test = TestRun::new().options(&["--progress", "json"]);
    test.write_good(500);
    let own = test.output(".supervisor/report.json");
    let slow = test.start();
    until("the report is there", || own.exists());
    let run = test.finish(slow);
    let lines = String::from_utf8(run.output.stdout.clone()).unwrap();
    assert_eq!(run.code(), 0, "{}", run.text());
    assert_eq!(lines.lines().filter(|line| line.contains("\"event\":\"settled\"")).count(), 500);
    assert!(lines.lines().last().unwrap().contains("\"event\":\"finished\""));

    let test = TestRun::new().options(&["--progress", "json"]);
    test.write_good(500);
    let own = test.output(".supervisor/report.json");
    let mut never = test.start();
    until("all is done", || own.exists() && !test.output(".supervisor/staging").exists());
    until("a signal ends it", || {
        // One at the very change of hands may be lost.
        let _ = kill_process(Pid::from_child(&never), Signal::TERM);
        never.try_wait().unwrap().is_some()
    });
    assert_eq!(test.finish(never).total("ok"), 500);
}

#[test]
fn the_first_signal_lets_what_runs_finish() {
    let test = TestRun::new();
    test.write_good(2000);
    let child = test.start();
    until("an output", || {
        test.output("good-000.ppm").with_extension("png").exists() || test.output("").exists()
    });
    signal(&child, Signal::TERM);
    let run = test.finish(child);
    // It may have been done already on a fast machine.
    assert!([0, 143].contains(&run.code()), "{}", run.text());
    assert_eq!(run.total("cancelled") + run.total("failed") + run.total("quarantined"), 0);
    assert_eq!(run.total("ok") + run.total("not_run"), 2000);
}

#[test]
fn no_worker_outlives_a_killed_supervisor() {
    let test = endless();
    let mut child = test.start();
    until("two workers", || workers_using(test.folder.path()).len() == 2);
    let workers = workers_using(test.folder.path());
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    until("no worker is left", || {
        workers.iter().all(|pid| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            // A zombie waits only for its new parent to notice.
            !status.contains("fault-worker") || status.contains("State:\tZ")
        })
    });
    // What it left half-written is swept by the next run.
    for n in 0..4 {
        std::fs::remove_file(test.input(&format!("hang-{n}.jpg"))).unwrap();
    }
    let again = test.options(&["--on-conflict", "overwrite"]);
    let run = again.run();
    assert_eq!((run.code(), run.total("ok")), (0, 6), "{}", run.text());
}

#[test]
fn killed_workers_cost_no_image() {
    let test = TestRun::new().options(&["-f", "blur=60", "--retries", "10"]);
    for n in 0..12 {
        test.write(&format!("large-{n}.ppm"), supervisor_tests::ppm(1200, 900));
    }
    let child = test.start();
    let mut killed = 0;
    until("six workers are killed, or the run is over", || {
        let workers = workers_using(test.folder.path());
        let pids = workers.iter().filter_map(|pid| Pid::from_raw(pid.cast_signed()));
        killed += pids.filter(|pid| kill_process(*pid, Signal::KILL).is_ok()).count();
        killed >= 6 || workers.is_empty() && test.folder.path().join("report.json").exists()
    });
    let run = test.finish(child);
    assert_eq!(run.code(), 0, "{}", run.text());
    assert_eq!(run.total("ok"), 12);
    assert!(run.total("restarts") > 0, "{}", run.report()["totals"]);
}
