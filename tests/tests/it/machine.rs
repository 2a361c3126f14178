//! What machines and other programs do to a run: no folder for temporary files, limits of the shell, full
//! devices, somebody who kills workers.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};
use supervisor_tests::gate::gated;
use supervisor_tests::{TestRun, until, workers_using};

#[test]
fn without_the_usual_folder_for_temporary_files_another_is_found() {
    let test = TestRun::new();
    test.write_good(3);
    let run = test.finish(test.command().env("TMPDIR", "/nonexistent").spawn().unwrap());
    assert_eq!((run.code(), run.total("ok")), (0, 3), "{}", run.text());
    assert!(!run.text().contains("panicked"), "{}", run.text());
}

/// Everything that may usually be written to is read-only, but for the folders of the test.
#[test]
fn where_nothing_but_the_output_can_be_written_to_the_run_works_and_a_look_at_headers_says_why_not() {
    // Below the one that stays writable.
    let scratch = tempfile::tempdir_in("/dev/shm").unwrap();
    let test = TestRun::new_in(scratch.path());
    test.write_good(3);
    let script = "for folder in /tmp /var/tmp /dev/shm; do
            mount --bind $folder $folder && mount -o remount,bind,ro $folder || exit 99
        done
        mount --bind \"$SCRATCH\" \"$SCRATCH\" && mount -o remount,bind,rw \"$SCRATCH\" || exit 99
        unset TMPDIR XDG_RUNTIME_DIR; exec \"$0\" \"$@\"";
    let wrapper = ["unshare", "-m", "sh", "-c", script];
    let mut command = test.command_within(&wrapper);
    let run = test.finish(command.env("SCRATCH", scratch.path()).spawn().unwrap());
    if run.code() == 99 || run.text().contains("unshare") {
        return eprintln!("not tested, nothing can be mounted here: {}", run.text());
    }
    assert_eq!((run.code(), run.total("ok")), (0, 3), "{}", run.text());
    let look = TestRun::new_in(scratch.path()).options(&["--name", "{width}.{ext}", "--dry-run"]);
    look.write_good(1);
    let run = look.finish(look.command_within(&wrapper).env("SCRATCH", scratch.path()).spawn().unwrap());
    assert_eq!(run.code(), 3, "{}", run.text());
    assert!(run.text().contains("set TMPDIR") && !run.text().contains("panicked"), "{}", run.text());
}

/// Runs it in a shell that has set a limit.
fn limited(test: &TestRun, limit: &str) -> supervisor_tests::EndedRun {
    let script = format!("{limit} && exec \"$0\" \"$@\"");
    test.finish(test.command_within(&["sh", "-c", &script]).spawn().unwrap())
}

#[test]
fn files_that_may_not_grow_end_the_run_for_now() {
    let test = TestRun::new();
    test.write("large.ppm", supervisor_tests::ppm(700, 500));
    // Blocks of 512 bytes: the journal has room, the result has none.
    for (limit, sandbox) in [("ulimit -f 4", "auto"), ("ulimit -f 4", "off"), ("ulimit -f 0", "auto")] {
        let test = TestRun::new().options(&["--sandbox", sandbox, "--format", "tiff"]);
        test.write("large.ppm", supervisor_tests::ppm(700, 500));
        let run = limited(&test, limit);
        assert_eq!(run.code(), 75, "{limit}, {sandbox}: {}", run.text());
        assert!(run.text().contains("File too large"), "{limit}, {sandbox}: {}", run.text());
        assert!(!test.output("large.tiff").exists());
    }
}

#[test]
fn few_open_files_mean_few_workers_and_no_panic() {
    let test = TestRun::new();
    test.write_good(30);
    let run = limited(&test, "ulimit -n 36");
    assert_eq!((run.code(), run.total("ok")), (0, 30), "{}", run.text());
    assert!(run.text().contains("ulimit -n") && !run.text().contains("panicked"), "{}", run.text());
    assert_eq!(run.report()["run"]["workers"], 1);
}

#[test]
fn stricter_limits_of_the_machine_are_not_missing() {
    let test = TestRun::new();
    test.write_good(2);
    let run = limited(&test, "ulimit -c 0 && ulimit -n 900 && ulimit -f 100000 && ulimit -d 4000000");
    assert_eq!((run.code(), run.total("ok")), (0, 2), "{}", run.text());
    let sandbox = &run.report()["run"]["sandbox"];
    assert_eq!(sandbox["rlimits"], true, "{sandbox}");
    assert!(!sandbox["missing"].to_string().contains("rlimits"), "{sandbox}");
}

#[test]
fn a_plan_that_cannot_be_written_is_said() {
    let test = TestRun::new().options(&["--dry-run"]);
    test.write_good(2);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = test.command().stdout(Stdio::from(full)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert!(said.contains("cannot write to standard output: No space left on device"), "{said}");
}

/// As a daemon that watches memory, or an impatient administrator.
#[test]
fn workers_that_somebody_kills_again_and_again_end_the_run_for_now_and_quarantine_no_photo() {
    let test = TestRun::new().with_fault_worker();
    for n in 0..100 {
        test.write(&format!("slow-{n:03}.jpg"), "FAULT:hang");
    }
    let mut child = test.start();
    until("the run ends", || {
        let workers = workers_using(test.folder.path()).into_iter().map(u32::cast_signed);
        for worker in workers.filter_map(Pid::from_raw) {
            let _ = kill_process(worker, Signal::KILL);
        }
        child.try_wait().unwrap().is_some()
    });
    let run = test.finish(child);
    assert_eq!(run.code(), 75, "{}", run.text());
    assert!(run.text().contains("killed from outside again and again"), "{}", run.text());
    assert_eq!(run.total("quarantined") + run.total("failed"), 0, "{}", run.report()["totals"]);
}

/// A photo that holds its worker up until somebody who has the gate open lets go of it.
fn write_gated(test: &TestRun, gate: &str) {
    test.write("photo.jpg", gated(&test.input(gate)));
}

/// Opens the gate, if a worker stands there.
fn open(test: &TestRun, gate: &str) -> Option<fs::File> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    fs::OpenOptions::new().write(true).custom_flags(flags).open(test.input(gate)).ok()
}

/// Waits until a worker stands at the gate, and keeps it there.
fn hold(test: &TestRun, gate: &str) -> fs::File {
    let mut held = None;
    until("a worker at the gate", || {
        held = open(test, gate);
        held.is_some()
    });
    held.unwrap()
}

#[test]
fn a_worker_that_is_killed_once_costs_nothing_but_an_attempt() {
    let test = TestRun::new().with_fault_worker();
    write_gated(&test, ".gate");
    let mut child = test.start();
    let held = hold(&test, ".gate");
    let workers = workers_using(test.folder.path()).into_iter().map(u32::cast_signed);
    let killed = workers.filter_map(Pid::from_raw).filter(|pid| kill_process(*pid, Signal::KILL).is_ok());
    assert_eq!(killed.count(), 1);
    drop(held);
    until("the next one is let through", || {
        drop(open(&test, ".gate"));
        child.try_wait().unwrap().is_some()
    });
    let run = test.finish(child);
    assert_eq!((run.code(), run.total("ok"), run.total("recovered")), (0, 1, 1), "{}", run.text());
}

#[test]
fn a_run_whose_output_folder_was_taken_away_leaves_its_successor_alone() {
    let test = TestRun::new().with_fault_worker();
    let staged = || fs::read_dir(test.output(".supervisor/staging")).map_or(0, |entries| entries.count());
    write_gated(&test, ".first");
    let first = test.start();
    let first_held = hold(&test, ".first");
    fs::remove_dir_all(test.output("")).unwrap();
    write_gated(&test, ".second");
    let second = test.start();
    let second_held = hold(&test, ".second");
    // The first ends while the second is under way.
    drop(first_held);
    let output = first.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(staged(), 1, "the second's staging folder");
    assert!(!test.output(".supervisor/report.json").exists(), "the first's report has no place there");
    drop(second_held);
    let run = test.finish(second);
    assert_eq!((run.code(), run.total("ok")), (0, 1), "{}", run.text());
}
