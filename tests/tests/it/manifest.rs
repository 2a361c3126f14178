//! `--manifest` and `verify`: what was delivered can be checked wherever it is copied to.

use std::fs;
use std::path::Path;
use std::process::Command;

use supervisor_tests::{TestRun, executable, ppm};

/// `verify` of a folder: its code and what it said.
fn verify(folder: &Path, options: &[&str]) -> (i32, String) {
    let mut command = Command::new(executable("supervisor"));
    let output = command.arg("verify").arg(folder).args(options).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code().unwrap_or(-1), text)
}

/// Three photos in two folders, whose names need care.
fn photos() -> (TestRun, String) {
    let test = TestRun::new();
    test.write("a.ppm", ppm(32, 24));
    test.write("sub/b \\ c.ppm", ppm(24, 32));
    test.write("new\nline.ppm", ppm(16, 16));
    let manifest = test.folder.path().join("SHA256SUMS").to_str().unwrap().to_owned();
    let test = test.options(&["--manifest", &manifest]);
    (test, manifest)
}

/// Copies a folder as somebody would who delivers it, without what is hidden.
fn deliver(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true if entry.file_name() == ".supervisor" => {}
            true => deliver(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[test]
fn sha256sum_reads_the_manifest_and_a_resumed_run_writes_the_same() {
    let (test, manifest) = photos();
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    let text = fs::read_to_string(&manifest).unwrap();
    let bytes = fs::metadata(test.output("a.png")).unwrap().len();
    let source = test.input("a.ppm");
    let comment = format!("\n# {bytes} bytes, 32x24, of {}\n", source.display());
    assert!(text.starts_with("# supervisor manifest 1") && text.contains(&comment), "{text}");
    assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 3, "{text}");
    let mut check = Command::new("sha256sum");
    match check.args(["--strict", "-c", &manifest]).current_dir(test.output("")).output() {
        Ok(checked) => {
            let said = String::from_utf8_lossy(&checked.stdout).into_owned();
            assert!(checked.status.success() && said.matches(": OK").count() == 3, "{checked:?}");
        }
        Err(error) => eprintln!("not tested: sha256sum: {error}"),
    }
    // Nothing is made again, and the sizes are known all the same.
    let again = test.run();
    assert_eq!(again.total("skipped"), 3, "{}", again.text());
    assert_eq!(fs::read_to_string(&manifest).unwrap(), text);
}

#[test]
fn what_is_missing_changed_or_foreign_is_named() {
    let (test, manifest) = photos();
    assert_eq!(test.run().code(), 0);
    let out = test.output("");
    let there = test.folder.path().join("there");
    deliver(&out, &there);
    fs::write(there.join(".DS_Store"), "left alone").unwrap();
    let by_manifest = |folder: &Path| verify(folder, &["--manifest", &manifest]);
    assert_eq!(by_manifest(&there), (0, "3 results: 3 as they were made\n".to_owned()));
    assert_eq!(verify(&out, &[]), (0, "3 results: 3 as they were made\n".to_owned()));
    let (code, text) = verify(&there, &[]);
    assert!(code == 2 && text.contains("there is no journal in") && text.contains("--manifest"), "{text}");

    for folder in [&out, &there] {
        fs::remove_file(folder.join("sub/b \\ c.png")).unwrap();
        fs::write(folder.join("notes.txt"), "somebody's").unwrap();
        // As long as before, and of the same time.
        let changed = folder.join("a.png");
        let time = fs::metadata(&changed).unwrap().modified().unwrap();
        let mut bytes = fs::read(&changed).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&changed, bytes).unwrap();
        fs::File::options().write(true).open(&changed).unwrap().set_modified(time).unwrap();
    }
    let expected = "changed: a.png\nforeign: notes.txt\nmissing: sub/b \\ c.png\n\
                    3 results: 1 as they were made, 1 missing, 1 changed, 1 foreign\n";
    assert_eq!(by_manifest(&there), (1, expected.to_owned()));
    assert_eq!(verify(&out, &[]), (1, expected.to_owned()));
}

#[test]
fn a_manifest_vouches_for_no_change_that_somebody_made() {
    let (test, manifest) = photos();
    assert_eq!(test.run().code(), 0);
    let changed = test.output("a.png");
    let time = fs::metadata(&changed).unwrap().modified().unwrap();
    let mut bytes = fs::read(&changed).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&changed, bytes).unwrap();
    fs::File::options().write(true).open(&changed).unwrap().set_modified(time).unwrap();
    let before = fs::read(&manifest).unwrap();
    let again = test.run();
    assert_ne!(again.code(), 0);
    assert!(again.text().contains("a.png was changed since it was made"), "{}", again.text());
    assert_eq!(fs::read(&manifest).unwrap(), before);
}

#[test]
fn photos_beside_their_results_are_nobody_foreign_and_state_may_be_elsewhere() {
    let test = TestRun::new();
    test.write("a.ppm", ppm(32, 24));
    let state = test.folder.path().join("state");
    let mut command = Command::new(executable("supervisor"));
    command.env("SUPERVISOR_WORKER", executable("worker")).current_dir(test.input(""));
    let command = command.args(["run", ".", "-o", ".", "--name", "{stem}_web.{ext}", "--state"]).arg(&state);
    assert!(command.output().unwrap().status.success());
    let state = state.to_str().unwrap();
    assert_eq!(verify(&test.input(""), &["--state", state]).0, 0);
    assert_eq!(verify(&test.input(""), &[]).0, 2);
    fs::write(test.input("new.ppm"), ppm(8, 8)).unwrap();
    let (code, text) = verify(&test.input(""), &["--state", state]);
    assert!(code == 1 && text.starts_with("foreign: new.ppm\n"), "{text}");
}

#[test]
fn every_result_of_a_photo_is_listed_and_none_of_one_that_failed() {
    let (test, manifest) = photos();
    let output = |name: &str, format: &str| format!("[[output]]\nname = {name:?}\nformat = {format:?}\n");
    let recipe = output("web", "webp") + &output("print", "tiff");
    fs::write(test.folder.path().join("two.toml"), recipe).unwrap();
    test.write("words.jpg", "just some words");
    let recipe = test.folder.path().join("two.toml");
    let test = test.options(&["-r", recipe.to_str().unwrap()]);
    assert_eq!(test.run().code(), 1);
    let text = fs::read_to_string(&manifest).unwrap();
    assert!(text.contains("  web/a.webp\n") && text.contains("  print/a.tiff\n"), "{text}");
    assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 6, "{text}");
    assert_eq!(verify(&test.output(""), &["--manifest", &manifest]).0, 0);
}

#[test]
fn a_manifest_replaces_nothing_but_a_manifest_and_is_written_of_whole_runs() {
    let test = TestRun::new();
    test.write("a.ppm", ppm(32, 24));
    let with = |file: &str| {
        let output = test.command().arg("--manifest").arg(test.folder.path().join(file)).output().unwrap();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    fs::write(test.folder.path().join("list"), "somebody's").unwrap();
    for (file, said) in [
        ("list", "this file holds something else"),
        ("new.jpg", "this is the name of a photo"),
        ("out/.supervisor/sums", "runs keep their own files"),
        ("no/folder/sums", "No such file"),
    ] {
        let (code, text) = with(file);
        assert!(code == 2 && text.contains(said), "{file}: {text}");
    }
    assert!(!test.output("").exists());
    // In the output folder itself, it is no foreign file.
    assert_eq!(with("out/SHA256SUMS").0, 0);
    assert_eq!(verify(&test.output(""), &[]).0, 0);

    // Every photo kills its worker, which ends the run early.
    let poisoned = TestRun::new().with_fault_worker();
    for n in 0..40 {
        poisoned.write(&format!("poison-{n:02}.jpg"), "FAULT:abort");
    }
    let sums = poisoned.folder.path().join("sums");
    let run = poisoned.options(&["--manifest", sums.to_str().unwrap()]).run();
    assert!(run.code() == 3 && run.text().contains("there is no manifest of it"), "{}", run.text());
}

#[test]
fn a_manifest_that_means_nothing_is_code_2() {
    let dir = tempfile::tempdir().unwrap();
    let sums = dir.path().join("sums");
    fs::write(&sums, "what\n").unwrap();
    let (code, text) = verify(dir.path(), &["--manifest", sums.to_str().unwrap()]);
    assert!(code == 2 && text.contains("sums:1: expected a SHA-256"), "{text}");
    let (code, text) = verify(&dir.path().join("none"), &["--manifest", sums.to_str().unwrap()]);
    assert!(code == 2 && text.contains("none: there is no such folder"), "{text}");
}
