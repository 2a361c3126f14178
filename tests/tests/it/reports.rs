//! Report files that cannot be written, and a lock that somebody removes.

use std::fs;

use supervisor_tests::{TestRun, until, workers_using};

#[test]
fn a_report_that_has_nowhere_to_go_is_said_before_anything_runs() {
    let batch = TestRun::new();
    batch.write_good(1);
    let folder = batch.folder.path().join("folder.json");
    fs::create_dir(&folder).unwrap();
    for target in [folder.to_str().unwrap(), "/proc/x.json"] {
        let mut command = batch.command();
        command.arg("--report").arg(target);
        let run = batch.finish(command.spawn().unwrap());
        assert_eq!(run.code(), 2, "{}", run.text());
        assert!(run.text().contains(target), "{}", run.text());
        assert!(!batch.output("").exists(), "nothing was begun");
    }
}

/// A batch whose photo takes long enough to do something meanwhile.
fn long() -> TestRun {
    let batch = TestRun::new().options(&["-f", "blur=60"]);
    batch.write("large.ppm", supervisor_tests::ppm(1600, 1200));
    batch
}

#[test]
fn a_report_that_cannot_be_written_in_the_end_is_no_success() {
    let batch = long();
    let taken = batch.folder.path().join("taken.json");
    let mut command = batch.command();
    let child = command.arg("--report").arg(&taken).spawn().unwrap();
    until("a worker", || !workers_using(batch.folder.path()).is_empty());
    fs::create_dir(&taken).unwrap();
    let run = batch.finish(child);
    assert_eq!((run.code(), run.total("ok")), (75, 1), "{}", run.text());
    assert!(run.text().contains("cannot write the report"), "{}", run.text());
}

#[test]
fn a_lock_that_somebody_removes_is_told_and_the_report_is_written() {
    let batch = long();
    let child = batch.start();
    until("a worker", || !workers_using(batch.folder.path()).is_empty());
    fs::remove_file(batch.output(".supervisor/lock")).unwrap();
    let run = batch.finish(child);
    assert_eq!((run.code(), run.total("ok")), (75, 1), "{}", run.text());
    assert!(run.text().contains("the lock of the output folder"), "{}", run.text());
    assert!(batch.output(".supervisor/report.json").exists());
}
