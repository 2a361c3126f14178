//! Report files that cannot be written, and a lock that somebody removes.

use std::fs;

use supervisor_tests::{TestRun, until, workers_using};

#[test]
fn a_report_that_has_nowhere_to_go_is_said_before_anything_runs() {
    let test = TestRun::new();
    test.write_good(1);
    let folder = test.folder.path().join("folder.json");
    fs::create_dir(&folder).unwrap();
    for target in [folder.to_str().unwrap(), "/proc/x.json"] {
        let mut command = test.command();
        command.arg("--report").arg(target);
        let run = test.finish(command.spawn().unwrap());
        assert_eq!(run.code(), 2, "{}", run.text());
        assert!(run.text().contains(target), "{}", run.text());
        assert!(!test.output("").exists(), "nothing was begun");
    }
}

#[test]
fn a_run_that_needed_no_worker_says_nothing_of_a_sandbox() {
    let test = TestRun::new();
    test.write_good(1);
    let page = test.folder.path().join("page.html");
    let run = || {
        let mut command = test.command();
        command.arg("--report").arg(&page);
        let run = test.finish(command.spawn().unwrap());
        (run.text().contains("sandbox: "), fs::read_to_string(&page).unwrap().contains("sandbox"))
    };
    assert_eq!((run(), run()), ((true, true), (false, false)));
}

#[test]
fn settings_in_force_are_told_as_they_are_typed() {
    let test = TestRun::new().options(&["-v", "--timeout", "1.5m", "--memory", "2G"]);
    test.write_good(1);
    let told = test.run().text();
    assert!(told.contains("timeout 90s, at most 300M pixels and 2.0 GiB an image"), "{told}");
}

/// One whose photo takes long enough to do something meanwhile.
fn long() -> TestRun {
    let test = TestRun::new().options(&["-f", "blur=60"]);
    test.write("large.ppm", supervisor_tests::ppm(1600, 1200));
    test
}

#[test]
fn a_report_that_cannot_be_written_in_the_end_is_no_success() {
    let test = long();
    let taken = test.folder.path().join("taken.json");
    let mut command = test.command();
    let child = command.arg("--report").arg(&taken).spawn().unwrap();
    until("a worker", || !workers_using(test.folder.path()).is_empty());
    fs::create_dir(&taken).unwrap();
    let run = test.finish(child);
    assert_eq!((run.code(), run.total("ok")), (75, 1), "{}", run.text());
    assert!(run.text().contains("cannot write the report"), "{}", run.text());
}

#[test]
fn a_lock_that_somebody_removes_is_told_and_the_report_is_written() {
    let test = long();
    let child = test.start();
    until("a worker", || !workers_using(test.folder.path()).is_empty());
    fs::remove_file(test.output(".supervisor/lock")).unwrap();
    let run = test.finish(child);
    assert_eq!((run.code(), run.total("ok")), (75, 1), "{}", run.text());
    assert!(run.text().contains("the lock of the output folder"), "{}", run.text());
    assert!(test.output(".supervisor/report.json").exists());
}
