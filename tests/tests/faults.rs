//! Workers that crash, hang, run out of memory and talk nonsense: the picture at fault is named, the others are done.

use std::fs;
use std::path::PathBuf;

use supervisor_tests::Batch;

fn batch_with(order: &str, options: &[&str]) -> Batch {
    let batch = Batch::new().with_fault_worker().options(options);
    batch.write_good(12);
    batch.write("poison.jpg", format!("FAULT:{order}"));
    batch
}

fn expect_quarantined(order: &str, kind: &str, options: &[&str]) {
    let run = batch_with(order, options).run();
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
fn garbage_on_the_channel_costs_one_image() {
    let run = batch_with("garbage", &[]).run();
    assert_eq!(run.verdict("poison.jpg"), "quarantined crashed", "{}", run.report());
    assert_eq!(run.total("ok"), 12);
}

#[test]
fn an_error_that_is_answered_is_not_retried() {
    let run = batch_with("nothing", &[]).run();
    assert_eq!(run.verdict("poison.jpg"), "failed corrupt");
    assert_eq!(run.image("poison.jpg")["attempts"], 1);
    assert_eq!(run.total("restarts"), 0);
}

#[test]
fn in_threads_the_innocent_recover_and_the_guilty_is_named() {
    let run = batch_with("abort", &["--isolation", "thread"]).run();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_eq!(run.verdict("poison.jpg"), "quarantined crashed");
    assert_eq!(run.total("ok"), 12);
}

#[test]
fn one_after_another_works_too() {
    let run = batch_with("abort", &["--isolation", "sequential"]).run();
    assert_eq!(run.verdict("poison.jpg"), "quarantined crashed");
    assert_eq!(run.total("ok"), 12);
    assert_eq!(run.report()["run"]["workers"], 1);
}

#[test]
fn a_hundred_poison_pictures_do_not_stop_a_run() {
    let batch = Batch::new().with_fault_worker();
    batch.write_good(50);
    for n in 0..100 {
        batch.write(&format!("poison-{n:03}.jpg"), "FAULT:abort");
    }
    // With few descriptors, of which none may be lost with a worker.
    let mut command = batch.command_within(&["sh", "-c", "ulimit -n 100 && exec \"$0\" \"$@\""]);
    let run = batch.finish(command.spawn().unwrap());
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_eq!((run.total("ok"), run.total("quarantined")), (50, 100));
    // What is left to do now are the poison pictures alone.
    let run = batch.run();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_eq!((run.total("skipped"), run.total("quarantined")), (50, 100));
}

#[test]
fn a_worker_that_cannot_start_ends_the_run_with_its_last_words() {
    let batch = Batch::new();
    batch.write_good(3);
    let script = batch.folder.path().join("broken-worker");
    fs::write(&script, "#!/bin/sh\necho libfancy.so is missing >&2\nexit 127\n").unwrap();
    make_executable(&script);
    let child = batch.command().env("SUPERVISOR_WORKER", &script).spawn().unwrap();
    let run = batch.finish(child);
    assert_eq!(run.code(), 3, "{}", run.text());
    assert!(run.text().contains("libfancy.so is missing"), "{}", run.text());
    assert_eq!(run.total("not_run"), 3);
}

#[test]
fn a_missing_worker_is_said_plainly() {
    let batch = Batch::new();
    batch.write_good(1);
    let child = batch.command().env("SUPERVISOR_WORKER", PathBuf::from("/nowhere/worker")).spawn().unwrap();
    let run = batch.finish(child);
    assert_eq!(run.code(), 3, "{}", run.text());
    assert!(run.text().contains("/nowhere/worker"), "{}", run.text());
}

fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    assert!(fs::set_permissions(path, fs::Permissions::from_mode(0o755)).is_ok());
}
