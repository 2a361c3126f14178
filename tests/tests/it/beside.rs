//! Results beside their photos, and state that is kept elsewhere: what earlier runs made is known, and
//! never taken for a photo.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use supervisor_tests::{TestRun, executable, ppm};

/// Runs in the input folder, and answers with exit code and words.
fn run_in(test: &TestRun, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(executable("supervisor"));
    command.env("SUPERVISOR_WORKER", executable("worker")).current_dir(test.input("")).arg("run");
    let output = command.args(["-j", "2"]).args(arguments).output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap_or(-1), text)
}

/// Names below a folder, without those of runs.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|name| name != ".supervisor") {
                if path.is_dir() { folders.push(path) } else { names.push(path) }
            }
        }
    }
    let below = |path: &PathBuf| path.strip_prefix(folder).unwrap().display().to_string();
    let mut names: Vec<String> = names.iter().map(below).collect();
    names.sort();
    names
}

#[test]
fn the_same_command_beside_the_photos_works_again_and_again() {
    let test = TestRun::new();
    test.write("a.ppm", supervisor_tests::ppm(32, 24));
    test.write("sub/b.ppm", supervisor_tests::ppm(32, 24));
    let web = [".", "-o", ".", "--name", "{dir}/{stem}_web.{ext}", "-f", "resize=16"];
    let expected = ["a.ppm", "a_web.png", "sub/b.ppm", "sub/b_web.png"];
    for (count, said) in [(1, "2 ok"), (2, "0 ok, 2 skipped"), (3, "0 ok, 2 skipped")] {
        let (code, text) = run_in(&test, &web);
        assert_eq!(
            (code, names(&test.input(""))),
            (0, expected.map(String::from).to_vec()),
            "{count}: {text}"
        );
        assert!(text.contains(said), "{count}: {text}");
    }
    // Another recipe beside it: its results are no photos to the first, nor the other way about.
    let mark = [".", "-o", ".", "--name", "{dir}/{stem}_mark.{ext}", "-f", "sepia"];
    for command in [&mark, &web, &mark, &web] {
        let (code, text) = run_in(&test, command);
        assert_eq!((code, names(&test.input("")).len()), (0, 6), "{text}");
    }
    // Nor to a run with another output folder, from above or from below.
    for input in [".", "sub"] {
        let (code, text) = run_in(&test, &[input, "-o", "../out", "--dry-run"]);
        let images = if input == "." { "2 images:" } else { "1 image:" };
        assert!(code == 0 && text.contains(images) && text.contains("results of earlier runs"), "{text}");
    }
    // Named one by one, as the shell does it.
    let (code, text) = run_in(&test, &[&["a.ppm", "a_web.png", "a_mark.png"], &web[1..]].concat());
    assert!(code == 0 && text.contains("1 image: 0 ok, 1 skipped"), "{text}");
    let (code, text) = run_in(&test, &[&["a_web.png"], &web[1..]].concat());
    assert!(code == 2 && text.contains("1 result of earlier runs"), "{text}");
}

#[test]
fn a_result_that_was_changed_since_is_left_out_by_name_and_never_replaced() {
    let test = TestRun::new();
    test.write("a.ppm", supervisor_tests::ppm(32, 24));
    let web = [".", "-o", ".", "--name", "{stem}_web.{ext}"];
    assert_eq!(run_in(&test, &web).0, 0);
    fs::copy(test.input("a.ppm"), test.input("a_web.png")).unwrap();
    let (code, text) = run_in(&test, &web);
    assert!(code == 2 && text.contains("a_web.png for ") && text.contains("--on-conflict"), "{text}");
    let (code, text) = run_in(&test, &[&web[..], &["--on-conflict", "skip"]].concat());
    assert!(code == 0 && text.contains("changed since; it was left out"), "{text}");
    assert_eq!(names(&test.input("")), ["a.ppm", "a_web.png"]);
}

#[test]
fn results_named_as_an_input_are_photos_like_any_other() {
    let test = TestRun::new();
    test.write("a.ppm", supervisor_tests::ppm(32, 24));
    assert_eq!(run_in(&test, &["a.ppm", "-o", "web"]).0, 0);
    let (code, text) = run_in(&test, &["web", "-o", "../small", "-f", "resize=8"]);
    assert!(code == 0 && text.contains("1 ok"), "{text}");
}

#[test]
fn what_lies_in_a_folder_of_results_is_counted() {
    let test = TestRun::new();
    for photo in ["a.ppm", "b.ppm", "sub/c.ppm"] {
        test.write(photo, ppm(32, 24));
    }
    // One folder of results in another.
    assert_eq!(run_in(&test, &["a.ppm", "b.ppm", "-o", "web"]).0, 0);
    assert_eq!(run_in(&test, &["sub/c.ppm", "-o", "web/small"]).0, 0);
    for (name, content) in
        [("own.ppm", ppm(9, 5)), ("small/own.JPG", vec![0; 9]), ("x.xcf", vec![0; 9]), ("notes", vec![0])]
    {
        fs::write(test.input("web").join(name), content).unwrap();
    }
    let run = test.run();
    assert_eq!((run.code(), run.total("images")), (0, 3), "{}", run.text());
    let said = "2 photos in it are no results by its journal: name them, or put them elsewhere";
    for said in [said, "3 results of earlier runs passed over", "2 photos in folders of results passed over"]
    {
        assert!(run.text().contains(said), "{}", run.text());
    }
    let counted = &run.report()["passed_over"];
    let counts = ["results", "among_results", "others"].map(|name| counted[name].as_u64().unwrap());
    assert_eq!(counts, [3, 2, 1], "{counted}");
    assert_eq!(run.report()["not_read"], serde_json::json!([{ "ending": "xcf", "count": 1 }]));
    // Named, it is a photo like any other.
    let (code, text) = run_in(&test, &["web/own.ppm", "-o", "../named"]);
    assert!(code == 0 && text.contains("1 ok"), "{text}");
}

#[test]
fn with_its_state_elsewhere_a_delivery_holds_results_alone() {
    let test = TestRun::new();
    test.write_good(3);
    let state = test.folder.path().join("state");
    let test = test.options(&["--state", state.to_str().unwrap()]);
    let run = test.run();
    assert_eq!((run.code(), run.total("ok")), (0, 3), "{}", run.text());
    assert_eq!(names(&test.output("")), ["good-000.png", "good-001.png", "good-002.png"]);
    assert!(!test.output(".supervisor").exists());
    let mut kept: Vec<_> = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    kept.sort();
    assert_eq!(kept, ["journal", "lock", "report.json"]);
    let run = test.run();
    assert_eq!((run.code(), run.total("skipped")), (0, 3), "{}", run.text());
}

/// Another file system than that of temporary folders, if there is one.
fn elsewhere() -> Option<tempfile::TempDir> {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    let here = device(&std::env::temp_dir());
    let folders = ["/dev/shm", "/run", "/var/tmp", env!("CARGO_TARGET_TMPDIR")].map(Path::new);
    let other = folders.into_iter().find(|folder| device(folder).is_some() && device(folder) != here)?;
    tempfile::tempdir_in(other).ok()
}

#[test]
fn state_on_another_file_system_changes_nothing_about_the_results() {
    let Some(elsewhere) = elsewhere() else {
        return eprintln!("not tested: there is no other file system here");
    };
    let test = TestRun::new();
    test.write("deep/er/a.ppm", supervisor_tests::ppm(32, 24));
    test.write_good(3);
    let test = test.options(&["--state", elsewhere.path().join("state").to_str().unwrap()]);
    let run = test.run();
    assert_eq!((run.code(), run.total("ok")), (0, 4), "{}", run.text());
    let expected = ["deep/er/a.png", "good-000.png", "good-001.png", "good-002.png"];
    assert_eq!(names(&test.output("")), expected, "and nothing half-written");
    assert!(image::open(test.output("deep/er/a.png")).is_ok());
    let run = test.run();
    assert_eq!((run.code(), run.total("skipped")), (0, 4), "{}", run.text());
    // A stale one is replaced, a foreign one is not.
    test.write("good-001.ppm", supervisor_tests::ppm(40, 24));
    assert_eq!(test.run().total("ok"), 1);
    fs::write(test.output("good-002.png"), "by hand").unwrap();
    assert_eq!(test.run().code(), 2);
    fs::remove_file(test.output("good-002.png")).unwrap();
    symlink("good-001.png", test.output("good-002.png")).unwrap();
    assert_eq!(test.run().code(), 2);
}

#[test]
fn kinds_that_cannot_be_read_are_counted_by_their_endings() {
    let test = TestRun::new();
    test.write_good(1);
    for name in ["a.HIF", "b.hif", "c.psd", "drawing.xcf", "notes.txt"] {
        test.write(name, b"\0\0\0\x18ftypheix\0\0\0\0".as_slice());
    }
    let run = test.run();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert!(run.text().contains("cannot be read: 2 .hif, 1 .psd, 1 .xcf"), "{}", run.text());
    let endings = serde_json::json!([
        { "ending": "hif", "count": 2 }, { "ending": "psd", "count": 1 }, { "ending": "xcf", "count": 1 }
    ]);
    assert_eq!(run.report()["not_read"], endings);
    let passed_over = &run.report()["passed_over"];
    assert_eq!((&passed_over["others"], &passed_over["results"]), (&1.into(), &0.into()));
    assert_eq!(run.verdict("a.HIF"), "failed unsupported");
}

#[test]
fn a_folder_of_photos_takes_no_state() {
    let test = TestRun::new();
    let photo = test.write("a.ppm", ppm(9, 5));
    let folder = photo.parent().unwrap().to_owned();
    let test = test.options(&["--state", folder.to_str().unwrap()]);
    let output = test.command().output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && text.contains("it is a folder of photos"), "{text}");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}

#[test]
fn a_file_where_the_state_is_to_go_is_named_and_not_the_output_folder() {
    let test = TestRun::new();
    let photo = test.write("a.ppm", ppm(9, 5));
    let test = test.options(&["--state", photo.to_str().unwrap()]);
    let output = test.command().output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains(&format!("cannot keep the state of the run in {}", photo.display())), "{text}");
    assert!(!test.output("").exists());
}
