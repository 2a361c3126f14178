//! Workers that crash, hang, run out of memory and talk nonsense: the photo at fault is named, the others
//! are done.

use std::fs;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};
use supervisor_tests::{TestRun, until, workers_using};

fn with_order(order: &str, options: &[&str]) -> TestRun {
    let test = TestRun::new().with_fault_worker().options(options);
    test.write_good(12);
    test.write("poison.jpg", format!("FAULT:{order}"));
    test
}

fn expect_quarantined(order: &str, kind: &str, options: &[&str]) {
    let run = with_order(order, options).run();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_eq!(run.verdict("poison.jpg"), format!("quarantined {kind}"), "{}", run.report());
    assert_eq!(run.image("poison.jpg")["attempts"], 2);
    assert_eq!(run.total("ok"), 12);
    assert_eq!(run.total("recovered"), 0);
}

#[test]
fn a_panic_costs_one_image() {
    expect_quarantined("panic", "crashed", &[]);
}

#[test]
fn an_abort_costs_one_image() {
    expect_quarantined("abort", "crashed", &[]);
}

#[test]
fn a_quiet_exit_costs_one_image() {
    expect_quarantined("exit 0", "crashed", &[]);
}

#[test]
fn a_hang_costs_one_image() {
    expect_quarantined("hang", "timed-out", &["--timeout", "400ms"]);
}

#[test]
fn an_allocation_costs_one_image() {
    expect_quarantined("alloc", "out-of-memory", &[]);
}

#[test]
fn more_than_the_share_of_memory_is_had_alone() {
    // The first attempt has an eighth of the budget and some slack, the second all of it.
    let run = with_order("eat 600", &["--memory", "1G"]).run();
    assert_eq!(run.verdict("poison.jpg"), "failed corrupt", "{}", run.report());
    assert_eq!(run.image("poison.jpg")["attempts"], 2);
    assert_eq!(run.total("ok"), 12);
}

#[test]
fn large_photos_wait_for_each_other_and_what_never_fits_is_too_large() {
    let test = TestRun::new().options(&["--memory", "200M", "-f", "resize=100"]);
    test.write_good(12);
    for n in 0..6 {
        test.write(&format!("panorama-{n}.ppm"), supervisor_tests::ppm(5000, 3000));
    }
    test.write("wall.ppm", supervisor_tests::ppm(9000, 6000));
    let run = test.run();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_eq!(run.verdict("wall.ppm"), "failed too-large");
    assert_eq!((run.total("ok"), run.total("restarts")), (18, 0), "{}", run.text());
}

#[test]
fn a_stopped_worker_is_found_and_killed() {
    let test = with_order("hang", &["--timeout", "1s"]);
    let child = test.start();
    // Once the good ones are done, the one worker that is busy is busy with the poison.
    until("all good ones are done", || (0..12).all(|n| test.output(&format!("good-{n:03}.png")).exists()));
    let stopped = || {
        let workers = workers_using(test.folder.path()).into_iter().map(u32::cast_signed);
        workers.filter_map(Pid::from_raw).filter(|pid| kill_process(*pid, Signal::STOP).is_ok()).count()
    };
    until("a worker to stop", || stopped() > 0);
    let run = test.finish(child);
    assert_eq!(run.verdict("poison.jpg"), "quarantined timed-out", "{}", run.report());
    assert_eq!(run.total("ok"), 12, "{}", run.report());
}

/// A worker that greets as no worker of this release does.
fn stranger(test: &TestRun, greeting: &str) -> PathBuf {
    let script = test.folder.path().join("worker-of-another-kind");
    let worker = supervisor_tests::executable("fault-worker");
    fs::write(&script, format!("#!/bin/sh\nexec '{}' \"$@\" {greeting}\n", worker.display())).unwrap();
    make_executable(&script);
    script
}

#[test]
fn names_that_need_the_headers_need_a_worker() {
    for dry in [&["--dry-run"][..], &[]] {
        let test = TestRun::new().options(&["--name", "{width}.{ext}"]).options(dry);
        test.write_good(3);
        let missing = test.folder.path().join("missing");
        for (worker, words) in [(stranger(&test, "--old"), "\"9.9.9\""), (missing, "missing")] {
            let output = test.command().env("SUPERVISOR_WORKER", &worker).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(3), "{said}");
            assert!(said.contains(words), "{said}");
            assert!(!test.output(".").exists(), "nothing was begun");
        }
    }
}

#[test]
fn another_release_and_a_stranger_are_named() {
    for (greeting, words) in [
        ("--old", "is of release \"9.9.9\" and speaks protocol"),
        ("--babble", "its greeting could not be understood"),
    ] {
        let test = TestRun::new();
        test.write_good(3);
        let child = test.command().env("SUPERVISOR_WORKER", stranger(&test, greeting)).spawn().unwrap();
        let run = test.finish(child);
        assert_eq!(run.code(), 3, "{}", run.text());
        assert!(run.text().contains(words), "{}", run.text());
        assert_eq!(run.total("not_run"), 3);
    }
}

#[test]
fn when_every_image_kills_its_worker_it_is_not_the_images() {
    let test = TestRun::new().with_fault_worker();
    for n in 0..40 {
        test.write(&format!("poison-{n:02}.jpg"), "FAULT:abort");
    }
    let run = test.run();
    assert_eq!(run.code(), 3, "{}", run.text());
    assert!(run.text().contains("so it is hardly the images"), "{}", run.text());
    assert!(run.total("not_run") >= 20, "{}", run.text());
}

#[test]
fn garbage_on_the_channel_costs_one_image() {
    let run = with_order("garbage", &[]).run();
    assert_eq!(run.verdict("poison.jpg"), "quarantined crashed", "{}", run.report());
    assert_eq!(run.total("ok"), 12);
}

#[test]
fn an_error_that_is_answered_is_not_retried() {
    let run = with_order("nothing", &[]).run();
    assert_eq!(run.verdict("poison.jpg"), "failed corrupt");
    assert_eq!(run.image("poison.jpg")["attempts"], 1);
    assert_eq!(run.total("restarts"), 0);
}

#[test]
fn in_threads_the_innocent_recover_and_the_guilty_is_named() {
    let run = with_order("abort", &["--isolation", "thread"]).run();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_eq!(run.verdict("poison.jpg"), "quarantined crashed");
    assert_eq!(run.total("ok"), 12);
}

#[test]
fn one_after_another_works_too() {
    let run = with_order("abort", &["--isolation", "sequential"]).run();
    assert_eq!(run.verdict("poison.jpg"), "quarantined crashed");
    assert_eq!(run.total("ok"), 12);
    assert_eq!(run.report()["run"]["workers"], 1);
}

#[test]
fn a_hundred_poison_photos_do_not_stop_a_run() {
    let test = TestRun::new().with_fault_worker();
    test.write_good(50);
    for n in 0..100 {
        test.write(&format!("poison-{n:03}.jpg"), "FAULT:abort");
    }
    // With few descriptors, of which none may be lost with a worker.
    let mut command = test.command_within(&["sh", "-c", "ulimit -n 100 && exec \"$0\" \"$@\""]);
    let run = test.finish(command.spawn().unwrap());
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_eq!((run.total("ok"), run.total("quarantined")), (50, 100));
    // What is left to do now are the poison photos alone.
    let run = test.run();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_eq!((run.total("skipped"), run.total("quarantined")), (50, 100));
}

#[test]
fn a_worker_that_cannot_start_ends_the_run_with_its_last_words() {
    let test = TestRun::new();
    test.write_good(3);
    let script = test.folder.path().join("broken-worker");
    fs::write(&script, "#!/bin/sh\necho libfancy.so is missing >&2\nexit 127\n").unwrap();
    make_executable(&script);
    let child = test.command().env("SUPERVISOR_WORKER", &script).spawn().unwrap();
    let run = test.finish(child);
    assert_eq!(run.code(), 3, "{}", run.text());
    assert!(run.text().contains("libfancy.so is missing"), "{}", run.text());
    assert_eq!(run.total("not_run"), 3);
}

#[test]
fn a_missing_worker_is_said_plainly() {
    let test = TestRun::new();
    test.write_good(1);
    let child = test.command().env("SUPERVISOR_WORKER", PathBuf::from("/nowhere/worker")).spawn().unwrap();
    let run = test.finish(child);
    assert_eq!(run.code(), 3, "{}", run.text());
    assert!(run.text().contains("/nowhere/worker"), "{}", run.text());
}

fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    assert!(fs::set_permissions(path, fs::Permissions::from_mode(0o755)).is_ok());
}
