//! Odd words on the command line, and streams, folders and variables that are not as usual: what is said, and
//! which code it ends with.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::{Pid, Signal, kill_process};
use supervisor_tests::{TestRun, executable};

/// No folder has such a name.
const LONG: &str = concat!(
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
);

fn supervisor(arguments: &[&str]) -> Command {
    let mut command = Command::new(executable("supervisor"));
    command.env("SUPERVISOR_WORKER", executable("worker")).args(arguments);
    command
}

/// Its exit code, and what it said on standard error.
fn said(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn full_device() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

#[test]
fn what_cannot_be_printed_is_said_and_no_success() {
    for arguments in [&["--help"][..], &["run", "--help"], &["--version"], &["man"], &["filters"]] {
        let full = full_device();
        let (code, error) = said(supervisor(arguments).stdout(full));
        assert_eq!((code, error.lines().count()), (75, 1), "{arguments:?}: {error}");
        assert!(error.starts_with("supervisor: cannot write to standard output: "), "{error}");
    }
}

#[test]
fn lines_for_programs_that_are_lost_are_said() {
    let test = TestRun::new().options(&["--progress", "json"]);
    test.write_good(3);
    let (code, error) = said(test.command().stdout(full_device()));
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("supervisor: --progress json: lines are lost, cannot write"), "{error}");
    assert!(error.contains("3 images: 3 ok"), "the run goes on: {error}");
    let mut command = test.command();
    command.arg("--fresh");
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let run = test.finish(child);
    assert!(
        run.code() == 0 && !run.text().contains("lost"),
        "a reader that goes is no trouble: {}",
        run.text()
    );
}

#[test]
fn mistakes_name_the_option_and_what_it_wants() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir(here.join("in")).unwrap();
    fs::write(here.join("in/a.ppm"), supervisor_tests::ppm(4, 4)).unwrap();
    fs::write(here.join("file"), "").unwrap();
    fs::write(here.join("list"), "x".repeat(5000)).unwrap();
    let compared = ["compare", "in", "--json", "c.json", "--html", "./c.json"];
    for (arguments, expected) in [
        (
            &["run", "in", "-o", "file"][..],
            "file: the output must be a folder, and a file of that name exists",
        ),
        (&["run", "in", "-o", LONG], "File name too long"),
        (
            &["run", "in", "-o", "out", "--timeout", "-1"],
            "'-1' for '--timeout <DUR>': it must be 1 ms to 24 h",
        ),
        (&["run", "in", "-o", "out", "--label", ""], "a value is required for '--label <NAME>'"),
        (&["run", "in", "-o", "out", "-f", "blur="], "radius must be 0–250, got nothing"),
        (&["run", "--files-from", "list", "-o", "out"], "--files-from list: name 1 is longer than any path"),
        (
            &["run", "in", "-o", "out", "--log", "r.json", "--report", "r.json"],
            "another option writes this file",
        ),
        (&["watch", "file", "-o", "out"], "file is a file, and what is watched is a folder"),
        (&["serve", "--port", "70000"], "'70000' for '--port <N>': it must be a whole number, 0 to 65535"),
        (&["serve", "--port", "-1"], "'-1' for '--port <N>': it must be a whole number, 0 to 65535"),
        (&compared, "--html ./c.json: --json goes there"),
    ] {
        let (code, error) = said(supervisor(arguments).current_dir(here));
        assert!(code == 2 && error.contains(expected), "{arguments:?}: {code}: {error}");
    }
    assert!(!here.join("out").exists() && !here.join("c.json").exists());
}

#[test]
fn a_comparison_says_each_line_once() {
    let test = TestRun::new();
    let run =
        said(supervisor(&["compare", test.input("").to_str().unwrap()]).current_dir(test.folder.path()));
    assert_eq!(run.0, 2, "{}", run.1);
    assert!(run.1.contains("no photos found") && !run.1.contains("supervisor: no"), "{}", run.1);
}

#[test]
fn an_empty_variable_is_as_none_and_a_program_that_is_no_worker_is_told() {
    let (code, error) = said(supervisor(&["doctor"]).env("SUPERVISOR_WORKER", ""));
    assert_eq!(code, 0, "{error}");
    let stranger = supervisor(&["doctor"]).env("SUPERVISOR_WORKER", "/bin/true").output().unwrap();
    let text = String::from_utf8(stranger.stdout).unwrap();
    assert_eq!(stranger.status.code(), Some(3), "{text}");
    assert!(text.ends_with("worker:   ended before it was ready\n"), "{text}");
}

#[test]
fn a_missing_folder_for_temporary_files_is_named() {
    let test = TestRun::new();
    test.write_good(1);
    let photos = test.input("").to_str().unwrap().to_owned();
    for arguments in [&["compare", &photos][..], &["serve", "--port", "0", "--root", &photos]] {
        let (code, error) = said(supervisor(arguments).env("TMPDIR", "/nowhere"));
        assert!(code == 2 || code == 3, "{error}");
        assert!(error.contains("no temporary folder in /nowhere (TMPDIR): entity not found"), "{error}");
    }
    let mut command = test.command();
    command.env("TMPDIR", "/nowhere");
    assert_eq!(test.finish(command.spawn().unwrap()).code(), 0, "a run needs none");
}

#[test]
fn state_that_is_a_link_or_a_pipe_is_refused_and_not_followed() {
    let test = TestRun::new();
    test.write_good(1);
    let elsewhere = test.folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::create_dir(test.output("")).unwrap();
    symlink(&elsewhere, test.output(".supervisor")).unwrap();
    let linked = test.run();
    assert_eq!(linked.code(), 2, "{}", linked.text());
    assert!(linked.text().contains(".supervisor: it is a link; remove it"), "{}", linked.text());
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    let mut named = test.command();
    named.arg("--state").arg(&elsewhere);
    assert_eq!(named.output().unwrap().status.code(), Some(0), "a folder that was named may be anywhere");
    fs::remove_file(test.output(".supervisor")).unwrap();
    fs::create_dir(test.output(".supervisor")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, test.output(".supervisor/journal"), 0o600.into()).unwrap();
    let (code, error) = said(&mut test.command());
    assert!(code == 2 && error.contains("its journal is not a file"), "{code}: {error}");
}

/// What a pipe of this name gives to a reader, on a thread of its own.
fn read(pipe: &Path) -> JoinHandle<String> {
    let pipe = pipe.to_owned();
    std::thread::spawn(move || fs::read_to_string(pipe).unwrap())
}

#[test]
fn reports_are_written_into_pipes_and_devices() {
    let test = TestRun::new();
    test.write_good(2);
    let path = |name: &str| test.folder.path().join(name);
    let pipes = ["pipe.json", "pipe.csv", "sums"].map(path);
    let readers = pipes.each_ref().map(|pipe| {
        mkfifoat(CWD, pipe, Mode::RUSR | Mode::WUSR).unwrap();
        read(pipe)
    });
    symlink("/dev/null", path("null.html")).unwrap();
    let mut command = test.command();
    command.arg("--report").arg(&pipes[0]).arg("--report").arg(&pipes[1]).arg("--manifest").arg(&pipes[2]);
    command.arg("--report").arg(path("null.html"));
    let run = test.finish(command.spawn().unwrap());
    assert_eq!(run.code(), 0, "{}", run.text());
    let [json, csv, sums] = readers.map(|reader| reader.join().unwrap());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["totals"]["ok"], csv.lines().count()), (&2.into(), 3));
    assert_eq!(sums.lines().filter(|line| line.ends_with("good-000.png")).count(), 1, "{sums}");
    assert!(pipes.iter().all(|pipe| pipe.metadata().unwrap().file_type().is_fifo()));
    assert!(path("null.html").symlink_metadata().unwrap().file_type().is_symlink());

    // Where standard output goes, behind what is there by now.
    let out = File::options().create(true).append(true).open(path("said")).unwrap();
    let mut command = test.command();
    command.arg("--manifest").arg("/dev/stdout").stdout(out);
    assert_eq!(command.status().unwrap().code(), Some(0));
    let told = fs::read_to_string(path("said")).unwrap();
    assert!(told.contains("good-001.png") && told.contains("2 images"), "{told}");
    assert!(Path::new("/dev/stdout").symlink_metadata().unwrap().file_type().is_symlink());

    let mut command = test.command();
    command.arg("--fresh").arg("--manifest").arg("/dev/full");
    let (code, error) = said(&mut command);
    assert!(code == 75 && error.contains("/dev/full: No space left"), "{code}: {error}");
}

#[test]
fn a_stream_without_an_ending_gets_the_report_as_json_and_nothing_else() {
    let test = TestRun::new();
    test.write_good(2);
    test.write("words.jpg", "just some words");
    let mut command = test.command();
    let output = command.args(["--report", "/dev/stdout", "--progress", "none"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["totals"]["ok"], output.status.code()), (&2.into(), Some(1)));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("3 images: 2 ok, 1 failed") && told.contains("words.jpg"), "{told}");

    let pipe = test.folder.path().join("pipe");
    mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    let output = test.command().arg("--report").arg(&pipe).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&reader.join().unwrap()).unwrap();
    assert_eq!((&json["totals"]["skipped"], output.status.code()), (&2.into(), Some(1)));
    assert!(String::from_utf8_lossy(&output.stdout).contains("3 images"), "the summary is where it was");
}

#[test]
fn a_pipe_that_nobody_reads_is_waited_for_until_a_signal() {
    let test = TestRun::new();
    test.write_good(1);
    let pipe = test.folder.path().join("pipe.json");
    mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
    let mut command = test.command();
    let mut child = command.arg("--report").arg(&pipe).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.contains("pipe.json: waiting for somebody to read from it")));
    assert!(test.output("good-000.png").exists());
    // The output folder is not kept from others for that.
    let other = test.run();
    assert_eq!((other.code(), other.total("skipped")), (0, 1), "{}", other.text());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(Signal::INT.as_raw()));
}

#[test]
fn what_a_report_would_take_the_place_of_is_refused_before_anything_runs() {
    let test = TestRun::new();
    test.write_good(1);
    let here = test.folder.path();
    fs::write(here.join("a.json"), "").unwrap();
    fs::hard_link(here.join("a.json"), here.join("hard.json")).unwrap();
    symlink(here.join("a.json"), here.join("soft")).unwrap();
    fs::write(here.join("recipe.json"), "[[filter]]\nname = \"sepia\"\n").unwrap();
    let _socket = UnixListener::bind(here.join("socket.json")).unwrap();
    for (options, expected) in [
        (&["--report", "a.json", "--manifest", "a.json"][..], "--manifest a.json: --report goes there"),
        (&["--report", "a.json", "--manifest", "hard.json"], "hard.json: --report goes there"),
        (&["--report", "a.json", "--manifest", "soft"], "soft: --report goes there"),
        (&["--report", "new.json", "--report", "./new.json"], "./new.json: --report goes there"),
        (&["-r", "recipe.json", "--report", "recipe.json"], "recipe.json: --recipe is read from there"),
        (&["--report", "socket.json"], "socket.json: this is a socket, not a file"),
        (&["--report", "report"], "the name must end in .json, .csv or .html"),
        (&["--report", "/dev/null.txt"], "the name must end in .json, .csv or .html"),
    ] {
        let (code, error) =
            said(supervisor(&[&["run", "in", "-o", "out"], options].concat()).current_dir(here));
        assert!(code == 2 && error.contains(expected), "{options:?}: {code}: {error}");
    }
    assert!(!here.join("out").exists());
}
