//! Signals to the supervisor, kills of workers and of the supervisor itself.

use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use supervisor_tests::{TestRun, until, workers_using};

/// A batch whose last photos never end, so that a run is certainly going on.
fn endless() -> TestRun {
    let batch = TestRun::new().with_fault_worker();
    batch.write_good(6);
    for n in 0..4 {
        // The largest start first.
        batch.write(&format!("hang-{n}.jpg"), format!("FAULT:hang {}", "x".repeat(10_000)));
    }
    batch
}

fn signal(child: &Child, signal: Signal) {
    assert_eq!(kill_process(Pid::from_child(child), signal), Ok(()));
}

#[test]
fn the_second_signal_kills_what_runs() {
    let batch = endless();
    let child = batch.start();
    until("two workers", || workers_using(batch.folder.path()).len() == 2);
    signal(&child, Signal::INT);
    signal(&child, Signal::TERM);
    let run = batch.finish(child);
    assert_eq!(run.code(), 130, "{}", run.text());
    assert_eq!(run.total("quarantined") + run.total("failed"), 0);
    assert!(run.total("not_run") > 0);
}

#[test]
fn the_first_signal_lets_what_runs_finish() {
    let batch = TestRun::new();
    batch.write_good(2000);
    let child = batch.start();
    until("an output", || {
        batch.output("good-000.ppm").with_extension("png").exists() || batch.output("").exists()
    });
    signal(&child, Signal::TERM);
    let run = batch.finish(child);
    // It may have been done already on a fast machine.
    assert!([0, 143].contains(&run.code()), "{}", run.text());
    assert_eq!(run.total("cancelled") + run.total("failed") + run.total("quarantined"), 0);
    assert_eq!(run.total("ok") + run.total("not_run"), 2000);
}

#[test]
fn no_worker_outlives_a_killed_supervisor() {
    let batch = endless();
    let mut child = batch.start();
    until("two workers", || workers_using(batch.folder.path()).len() == 2);
    let workers = workers_using(batch.folder.path());
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
        std::fs::remove_file(batch.input(&format!("hang-{n}.jpg"))).unwrap();
    }
    let again = batch.options(&["--on-conflict", "overwrite"]);
    let run = again.run();
    assert_eq!((run.code(), run.total("ok")), (0, 6), "{}", run.text());
}

#[test]
fn killed_workers_cost_no_image() {
    let batch = TestRun::new().options(&["-f", "blur=60", "--retries", "10"]);
    for n in 0..12 {
        batch.write(&format!("large-{n}.ppm"), supervisor_tests::ppm(1200, 900));
    }
    let child = batch.start();
    let mut killed = 0;
    until("six workers are killed, or the run is over", || {
        let workers = workers_using(batch.folder.path());
        let pids = workers.iter().filter_map(|pid| Pid::from_raw(pid.cast_signed()));
        killed += pids.filter(|pid| kill_process(*pid, Signal::KILL).is_ok()).count();
        killed >= 6 || workers.is_empty() && batch.folder.path().join("report.json").exists()
    });
    let run = batch.finish(child);
    assert_eq!(run.code(), 0, "{}", run.text());
    assert_eq!(run.total("ok"), 12);
    assert!(run.total("restarts") > 0, "{}", run.report()["totals"]);
}
