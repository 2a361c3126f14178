//! The log of a run from the outside: what is in it, where it goes, and that it never costs the run anything.

use std::fs;
use std::path::Path;
use std::process::Command;

use supervisor_tests::{EndedRun, TestRun, executable, within};

/// What a terminal would obey, and what would look like another line.
const HOSTILE: &str = "a\u{1b}[2J\u{202e}\nb.jpg";
const ESCAPED: &str = "a\\u{1b}[2J\\u{202e}\\u{a}b.jpg";

fn crash() -> TestRun {
    let test = TestRun::new().with_fault_worker();
    test.write_good(3);
    test.write(HOSTILE, "FAULT:abort");
    test
}

fn run(test: &TestRun, log: &Path, levels: &str) -> EndedRun {
    let mut command = test.command();
    command.arg("--log").arg(log).env("SUPERVISOR_LOG", levels);
    test.finish(command.spawn().unwrap())
}

#[test]
fn a_crash_is_logged_with_worker_attempt_and_input() {
    let test = crash();
    let log = test.folder.path().join("log");
    let run = run(&test, &log, "");
    assert_eq!(run.code(), 1, "{}", run.text());
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text:?}");
    let attempt = |line: &&str| {
        line.contains(" WARN run:worker{id=")
            && line.contains(" pid=")
            && line.contains("}:attempt{job=")
            && line.contains(ESCAPED)
            && line.contains(": lost cause=\"crashed\" detail=")
    };
    let lost: Vec<&str> = text.lines().filter(attempt).collect();
    assert_eq!(lost.len(), 2, "{text}");
    assert!(lost[0].contains(" number=1 ") && lost[0].ends_with(" retried=true"), "{text}");
    assert!(lost[1].contains(" number=2 ") && lost[1].ends_with(" retried=false"), "{text}");
    let gone = |line: &&str| line.contains(": gone end=signal 6 ");
    assert_eq!(text.lines().filter(gone).count(), 2, "{text}");
    assert_eq!(text.lines().filter(|line| line.contains(": committed output=")).count(), 3, "{text}");
    assert!(text.lines().all(|line| line.starts_with("20") && line.contains("Z ")), "{text}");

    // A second run goes on in the same file.
    assert_eq!(self::run(&test, &log, "").code(), 1);
    let both = fs::read_to_string(&log).unwrap();
    assert!(both.starts_with(&text) && both.len() > text.len(), "{both}");
}

#[test]
fn levels_leave_out_lines_and_never_where_the_others_belong() {
    let test = crash();
    let log = test.folder.path().join("log");
    run(&test, &log, "warn");
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains(" INFO ") && text.contains(" WARN run:worker{id="), "{text}");
    run(&test, &log, "warn,pool=debug");
    let more = fs::read_to_string(&log).unwrap();
    assert!(more.contains("DEBUG run:worker{id=") && !more.contains(" INFO supervisor"), "{more}");
    let wrong = run(&test, &log, "loud");
    assert!(
        wrong.code() == 2 && wrong.text().contains("SUPERVISOR_LOG=loud: say error, warn"),
        "{}",
        wrong.text()
    );
}

#[test]
fn a_comma_too_many_changes_nothing_and_who_writes_no_log_reads_no_levels() {
    let test = crash();
    let log = test.folder.path().join("log");
    run(&test, &log, "warn,");
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains(" WARN run:worker{id=") && !text.contains(" INFO "), "{text}");
    for command in [&["filters"][..], &["doctor"], &["man"], &["completions", "bash"]] {
        let mut command = within(&[executable("supervisor").to_str().unwrap()], &{
            let mut words = Command::new(command[0]);
            words.args(&command[1..]);
            words
        });
        let output = command.env("SUPERVISOR_LOG", "loud").output().unwrap();
        assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_log_is_added_to_no_photo_and_no_journal() {
    let test = TestRun::new();
    test.write_good(1);
    assert_eq!(test.run().code(), 0);
    for file in [test.input("good-000.ppm"), test.output(".supervisor/journal")] {
        let before = fs::read(&file).unwrap();
        let run = run(&test, &file, "");
        assert_eq!(run.code(), 2, "{}", run.text());
        assert!(run.text().contains("a log needs a file of its own"), "{}", run.text());
        assert!(fs::read(&file).unwrap() == before, "{} is as it was", file.display());
    }
}

#[test]
fn without_being_asked_for_there_is_none() {
    let test = crash();
    let run = test.run();
    assert!(!run.text().contains("run:worker{"), "{}", run.text());
    let mut command = test.command();
    let asked = test.finish(command.env("SUPERVISOR_LOG", "info").spawn().unwrap());
    let said = String::from_utf8_lossy(&asked.output.stderr).into_owned();
    assert!(said.contains(" INFO run:worker{id="), "{said}");
    assert!(!String::from_utf8_lossy(&asked.output.stdout).contains("run:worker{"));
}

#[test]
fn a_log_that_cannot_be_opened_is_a_mistake_in_what_was_typed() {
    let test = crash();
    let run = run(&test, Path::new("/nonexistent/x"), "");
    assert_eq!(run.code(), 2, "{}", run.text());
    assert!(run.text().contains("--log /nonexistent/x: No such file"), "{}", run.text());
    assert!(!test.output("").exists(), "nothing was begun");
}

#[test]
fn a_log_that_cannot_be_written_costs_nothing_else() {
    let test = TestRun::new();
    test.write_good(3);
    let run = run(&test, Path::new("/dev/full"), "debug");
    assert_eq!((run.code(), run.total("ok")), (0, 3), "{}", run.text());
    assert!(!run.text().contains("No space left"), "{}", run.text());
}
