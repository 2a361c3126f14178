//! `compare` from the outside: its table and files, what a kill costs, and that it leaves nothing behind.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use supervisor_tests::{TestRun, executable, ppm, until, within, workers_using};

/// `count` photos that take a while each, and a folder for temporary files.
fn photos(count: usize) -> TestRun {
    let test = TestRun::new();
    fs::create_dir(test.folder.path().join("tmp")).unwrap();
    for n in 0..count {
        test.write(&format!("{n:02}.ppm"), ppm(800, 600));
    }
    test
}

fn command(test: &TestRun, options: &[&str]) -> Command {
    let mut command = Command::new(executable("supervisor"));
    command
        .env("SUPERVISOR_WORKER", executable("worker"))
        .env("TMPDIR", test.folder.path().join("tmp"))
        .current_dir(test.folder.path())
        .args(["compare", "in", "-j", "2"])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn assert_nothing_is_left(test: &TestRun) {
    let left: Vec<_> = fs::read_dir(test.folder.path().join("tmp")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(workers_using(test.folder.path()), Vec::<u32>::new());
}

fn is_going_on(test: &TestRun) -> bool {
    let Some(Ok(scratch)) = fs::read_dir(test.folder.path().join("tmp")).unwrap().next() else {
        return false;
    };
    scratch.path().join("reference/.supervisor/staging").exists()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn three_modes_are_compared_and_a_kill_costs_no_image() {
    let test = photos(12);
    let options = ["-f", "blur=10", "--rounds", "1", "--scaling", "--threads", "3"];
    let files = ["--json", "c.json", "--html", "c.html", "--svg", "plots"];
    let output = command(&test, &options).args(files).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("outputs equal byte by byte"),
        "{}",
        said(&output)
    );
    assert_nothing_is_left(&test);

    let result = json(&test.folder.path().join("c.json"));
    assert_eq!(
        (&result["images"], &result["ok"], &result["difference"]),
        (&12.into(), &12.into(), &Value::Null)
    );
    let modes = result["modes"].as_array().unwrap();
    let shapes: Vec<_> =
        modes.iter().map(|row| (row["mode"].as_str().unwrap(), row["workers"].as_u64().unwrap())).collect();
    assert_eq!(shapes, [("sequential", 1), ("thread", 3), ("process", 2)]);
    for row in modes {
        let number = |value: &Value| value.as_f64().unwrap();
        let time = number(&row["time_s"]["median"]);
        let sequential = number(&modes[0]["time_s"]["median"]);
        assert!((number(&row["speedup"]) - sequential / time).abs() < 1e-9, "{row}");
        assert!(number(&row["cpu_s"]["median"]) > 0.0 && number(&row["memory"]["median"]) > 1e6, "{row}");
        assert!(number(&row["startup_s"]["median"]) < time, "{row}");
    }
    for blast in result["blast"].as_array().unwrap() {
        assert_eq!((&blast["killed"], &blast["lost"]), (&true.into(), &0.into()), "{blast}");
    }
    assert_eq!(result["scaling"]["steps"].as_array().unwrap().len(), 2);
    let page = fs::read_to_string(test.folder.path().join("c.html")).unwrap();
    assert!(
        page.contains("<h2>Scaling</h2>") && page.contains("measured elsewhere") && !page.contains("<script")
    );
    let mut plots: Vec<_> = fs::read_dir(test.folder.path().join("plots"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    plots.sort();
    let expected = [
        "blast-process",
        "blast-sequential",
        "blast-thread",
        "lanes-process",
        "lanes-sequential",
        "lanes-thread",
        "scaling",
        "time",
    ];
    assert_eq!(plots, expected.map(|name| format!("{name}.svg")));
}

#[test]
fn a_signal_ends_it_and_nothing_is_left_behind() {
    let test = photos(40);
    let child = command(&test, &["-f", "blur=60"]).spawn().unwrap();
    until("a run is going on", || is_going_on(&test));
    assert_eq!(kill_process(Pid::from_child(&child), Signal::TERM), Ok(()));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{}", said(&output));
    assert_nothing_is_left(&test);
}

#[test]
fn a_kill_leaves_nothing_at_work_and_the_next_one_cleans_up() {
    let test = photos(40);
    let mut child = command(&test, &["-f", "blur=60"]).spawn().unwrap();
    until("workers are at work", || !workers_using(test.folder.path()).is_empty());
    let workers = workers_using(test.folder.path());
    child.kill().unwrap();
    child.wait().unwrap();
    let is_at_work = |name: &str, pid: &str| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.starts_with(name) && !status.contains("State:\tZ")
    };
    until("no worker is left", || !workers.iter().any(|pid| is_at_work("Name:\tworker", &pid.to_string())));
    until("no run is left", || {
        let runs = fs::read_dir("/proc").unwrap().flatten().filter(|process| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&*test.folder.path().to_string_lossy())
        });
        runs.count() == 0
    });
    let report = fs::read_dir(test.folder.path().join("tmp")).unwrap().flatten().next().unwrap();
    assert!(
        !report.path().join("reference/.supervisor/report.json").exists(),
        "the run was killed, and did not end by itself"
    );
    fs::write(test.input("00.ppm"), "no picture").unwrap();
    for n in 1..40 {
        fs::remove_file(test.input(&format!("{n:02}.ppm"))).unwrap();
    }
    assert_eq!(command(&test, &[]).output().unwrap().status.code(), Some(1));
    assert_nothing_is_left(&test);
}

#[test]
fn what_run_does_not_accept_is_said_with_its_code() {
    let test = photos(1);
    let output = command(&test, &["-f", "blur=900"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("radius must be 0–250"), "{}", said(&output));
    assert_nothing_is_left(&test);
    fs::write(test.input("00.ppm"), "no picture").unwrap();
    let output = command(&test, &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("nothing to compare"), "{}", said(&output));
    assert_nothing_is_left(&test);
}

#[test]
fn a_file_that_has_nowhere_to_go_is_said_before_anything_is_measured() {
    let test = photos(1);
    fs::write(test.folder.path().join("file"), "").unwrap();
    fs::create_dir(test.folder.path().join("folder.json")).unwrap();
    for file in [
        ["--json", "nowhere/c.json"],
        ["--html", "nowhere/c.html"],
        ["--svg", "file/plots"],
        ["--json", "folder.json"],
        ["--json", "/proc/c.json"],
        ["--json", "in/00.ppm"],
        ["--html", "in/00.ppm"],
    ] {
        let output = command(&test, &file).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(
            said(&output).contains(file[1]) && !said(&output).contains("warming up"),
            "{}",
            said(&output)
        );
    }
    assert_eq!(fs::read(test.input("00.ppm")).unwrap(), ppm(800, 600), "the photo is as it was");
    // What comes in between costs the file, and not what was measured.
    let child = command(&test, &["--rounds", "1", "--json", "taken.json"]).spawn().unwrap();
    until("a run is going on", || is_going_on(&test));
    fs::create_dir(test.folder.path().join("taken.json")).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", said(&output));
    assert!(said(&output).contains("outputs equal byte by byte") && said(&output).contains("taken.json"));
    assert_nothing_is_left(&test);
}

#[test]
fn a_run_writes_its_report_as_a_page() {
    let mut test = TestRun::new();
    test.write_good(3);
    test.write("<b>.jpg", "no picture");
    let page = test.folder.path().join("report.html");
    test = test.options(&["--report", page.to_str().unwrap()]);
    let run = test.run();
    assert_eq!(run.code(), 1, "{}", run.text());
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("3 of 4 images ok") && page.contains("Lanes over time"), "{page}");
    assert!(page.contains("&lt;b&gt;.jpg") && !page.contains("<b>"), "{page}");
}

#[test]
fn who_was_started_to_outlive_the_terminal_does() {
    let test = photos(4);
    let mut command = within(&["nohup"], &command(&test, &["-f", "blur=20", "--rounds", "1"]));
    let child = command.current_dir(test.folder.path()).spawn().unwrap();
    until("a run is going on", || is_going_on(&test));
    assert_eq!(kill_process(Pid::from_child(&child), Signal::HUP), Ok(()));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_nothing_is_left(&test);
}
