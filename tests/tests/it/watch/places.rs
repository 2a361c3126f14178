//! Where the folders of a watch may be, and what is refused before anything runs.

use std::fs::{self, File};
use std::thread;

use rustix::fs::{CWD, FlockOperation, Mode, flock, mkfifoat};
use supervisor_tests::{TestRun, ppm, until};

use super::world::{command, put, verdicts, watch};

/// The code, and what was said, of a watch that is not to begin.
fn refused(test: &TestRun, options: &[&str]) -> String {
    let output = command(test, options).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{options:?}: {text}");
    assert!(!test.output("").exists(), "{options:?}");
    text
}

#[test]
fn results_that_would_come_in_again_are_refused() {
    let test = TestRun::new();
    test.write("day/a.ppm", ppm(8, 8));
    let folder = |name: &str| test.folder.path().join(name).display().to_string();
    let moves = |name: &str| format!("--then-originals=move={}", folder(name));
    for output in [folder("in"), folder(""), folder("in/../in/.")] {
        let text = refused(&test, &["-o", &output]);
        assert!(text.contains("lies inside the output folder"), "{text}");
    }
    assert!(refused(&test, &["--state", &folder("")]).contains("lies inside the folder for state"));
    assert!(refused(&test, &[&moves("in")]).contains("lies inside the folder for originals"));
    assert!(refused(&test, &[&moves("")]).contains("lies inside the folder for originals"));
    assert!(refused(&test, &[&moves("out/originals")]).contains("folders that lie apart"));
    std::os::unix::fs::symlink(test.input(""), test.folder.path().join("link")).unwrap();
    assert!(refused(&test, &["-o", &folder("link")]).contains("lies inside the output folder"));
    assert!(!test.input(".supervisor").exists());
}

#[test]
fn what_a_watch_cannot_do_is_said_before_it_begins() {
    let test = TestRun::new();
    fs::write(test.input("a.ppm"), ppm(8, 8)).unwrap();
    let pipe = test.folder.path().join("pipe.json");
    mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
    for (options, expected) in [
        (&["--name", "{index:04}.{ext}"][..], "{index} counts the photos of one run"),
        (&["--then-originals", "delete"], "it must be keep or move=DIR"),
        (&["--settle", "0s"], "it must be 1 ms to 1 h"),
        (&["--dry-run"], "unexpected argument '--dry-run'"),
        (&["-f", "lut=none.cube"], "none.cube"),
        (&["--report", pipe.to_str().unwrap()], "pipe.json: this is a pipe or a device"),
    ] {
        let text = refused(&test, options);
        assert!(text.contains(expected), "{options:?}: {text}");
    }
    fs::remove_dir_all(test.input("")).unwrap();
    assert!(refused(&test, &[]).contains("what is watched must be a folder that is there"));
}

#[test]
fn results_and_originals_inside_the_folder_are_left_out() {
    let test = TestRun::new();
    let [output, done] = ["in/results", "in/done"].map(|name| test.folder.path().join(name));
    let moves = format!("--then-originals=move={}", done.display());
    let watch = watch(&test, &["-o", output.to_str().unwrap(), &moves]);
    put(&test.input("a.ppm"), &ppm(8, 8));
    watch.settled("a.ppm", 1);
    put(&test.input("b.ppm"), &ppm(8, 8));
    watch.settled("b.ppm", 1);
    // What somebody puts there by hand is no photo to come in, either.
    put(&output.join("c.ppm"), &ppm(8, 8));
    put(&test.input("d.ppm"), &ppm(8, 8));
    watch.settled("d.ppm", 1);
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(ended.events.iter().filter(|event| event["event"] == "settled").count(), 3);
    assert_eq!(verdicts(&ended.events, "c.ppm"), Vec::<String>::new());
    assert!(done.join("a.ppm").exists() && output.join("a.png").exists());
}

#[test]
fn only_one_watch_has_an_output_folder() {
    let test = TestRun::new();
    let first = watch(&test, &[]);
    put(&test.input("a.ppm"), &ppm(8, 8));
    first.settled("a.ppm", 1);
    let second = command(&test, &[]).output().unwrap();
    let text = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(75), "{text}");
    assert!(text.contains("another run is writing to"), "{text}");
    assert_eq!(test.command().output().unwrap().status.code(), Some(75), "nor a run beside it");
    assert_eq!(first.end().code, Some(0));
}

#[test]
fn no_run_gets_in_between_two_shifts() {
    let test = TestRun::new();
    let watch = watch(&test, &[]);
    put(&test.input("0.ppm"), &ppm(8, 8));
    watch.settled("0.ppm", 1);
    let output = File::open(test.output("")).unwrap();
    let waiting = thread::spawn(move || flock(&output, FlockOperation::LockExclusive).unwrap());
    for round in 1..5 {
        // A folder in the place of another one begins a shift.
        let [new, away] = ["new", "away"].map(|name| test.folder.path().join(format!("{name}-{round}")));
        put(&new.join(format!("{round}.ppm")), &ppm(8, 8));
        fs::rename(test.input(""), away).unwrap();
        fs::rename(new, test.input("")).unwrap();
        until("its photo is done", || test.output(&format!("{round}.png")).exists() || waiting.is_finished());
        assert!(!waiting.is_finished(), "somebody else got the output folder after shift {round}");
    }
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(ended.events.iter().filter(|event| event["event"] == "started").count(), 5);
    waiting.join().unwrap();
}

#[test]
fn what_is_not_wanted_is_left_alone() {
    let test = TestRun::new();
    let watch = watch(&test, &["--include", "*.ppm", "--exclude", "proofs"]);
    put(&test.input("proofs/a.ppm"), &ppm(8, 8));
    put(&test.input("b.bmp"), &ppm(8, 8));
    put(&test.input("c.ppm"), &ppm(8, 8));
    assert_eq!(watch.settled("c.ppm", 1), ["ok"]);
    put(&test.input("d.ppm"), &ppm(8, 8));
    assert_eq!(watch.settled("d.ppm", 1), ["ok"]);
    let ended = watch.end();
    let settled = ended.events.iter().filter(|event| event["event"] == "settled").count();
    assert_eq!((ended.code, settled), (Some(0), 2), "{}", ended.text);
}
