//! What becomes of originals that are done.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use supervisor_tests::{TestRun, ppm, until};

use super::world::{put, verdicts, watch};

/// A folder on another file system than these tests' own, if there is one.
fn elsewhere(test: &TestRun) -> Option<tempfile::TempDir> {
    let device = |path: &Path| path.metadata().ok().map(|metadata| metadata.dev());
    let other = ["/dev/shm", "/tmp", "/var/tmp"].map(PathBuf::from);
    let other =
        other.into_iter().find(|path| device(path).is_some_and(|it| Some(it) != device(test.folder.path())));
    let folder = other.and_then(|path| tempfile::tempdir_in(path).ok());
    if folder.is_none() {
        eprintln!("not tested, there is no other file system here");
    }
    folder
}

#[test]
fn originals_that_are_done_move_and_others_stay() {
    let test = TestRun::new();
    let done = test.folder.path().join("done");
    let watch = watch(&test, &[&format!("--then-originals=move={}", done.display())]);
    put(&test.input("day/a.ppm"), &ppm(32, 24));
    put(&test.input("bad.ppm"), b"P6\n8 8\n255\n");
    put(&test.input("notes.txt"), b"words");
    until("it is moved", || done.join("day/a.ppm").exists());
    assert_eq!(watch.settled("bad.ppm", 1), ["failed"]);
    // The same name again: nothing is replaced there.
    put(&test.input("day/a.ppm"), &ppm(48, 24));
    until("it is moved, too", || done.join("day/a-1.ppm").exists());
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(fs::read(done.join("day/a.ppm")).unwrap(), ppm(32, 24));
    assert_eq!(fs::read(done.join("day/a-1.ppm")).unwrap(), ppm(48, 24));
    assert!(!test.input("day/a.ppm").exists());
    assert!(test.input("bad.ppm").exists() && test.input("notes.txt").exists());
    assert_eq!(image::open(test.output("day/a.png")).unwrap().width(), 48);
}

#[test]
fn originals_and_results_may_go_to_other_file_systems() {
    let test = TestRun::new();
    let Some(other) = elsewhere(&test) else { return };
    let (output, done) = (other.path().join("out"), other.path().join("done"));
    let moves = format!("--then-originals=move={}", done.display());
    let watch = watch(&test, &["-o", output.to_str().unwrap(), &moves]);
    put(&test.input("a.ppm"), &ppm(32, 24));
    fs::set_permissions(test.input("a.ppm"), fs::Permissions::from_mode(0o640)).unwrap();
    let before = test.input("a.ppm").metadata().unwrap();
    until("it is moved", || done.join("a.ppm").exists() && !test.input("a.ppm").exists());
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(verdicts(&ended.events, "a.ppm"), ["ok"]);
    let after = done.join("a.ppm").metadata().unwrap();
    assert_eq!(after.modified().unwrap(), before.modified().unwrap());
    assert_eq!((after.mode(), after.len()), (before.mode(), before.len()));
    assert_eq!(fs::read_dir(&done).unwrap().count(), 1, "nothing is left beside it");
    assert_eq!(image::open(output.join("a.png")).unwrap().width(), 32);
}

#[test]
fn state_may_be_on_another_file_system() {
    let test = TestRun::new();
    let Some(other) = elsewhere(&test) else { return };
    let state = other.path().join("state");
    let watch = watch(&test, &["--state", state.to_str().unwrap()]);
    put(&test.input("a.ppm"), &ppm(32, 24));
    assert_eq!(watch.settled("a.ppm", 1), ["ok"]);
    assert_eq!(watch.end().code, Some(0));
    assert!(state.join("journal").exists() && !test.output(".supervisor").exists());
    assert!(image::open(test.output("a.png")).is_ok());
}

#[test]
fn an_original_that_cannot_be_moved_stays_and_is_done() {
    let test = TestRun::new();
    let done = test.folder.path().join("done");
    fs::create_dir(&done).unwrap();
    let moves = format!("--then-originals=move={}", done.display());
    let watch = watch(&test, &[&moves]);
    // A file where a folder would have to be.
    fs::write(done.join("day"), "in the way").unwrap();
    put(&test.input("day/a.ppm"), &ppm(32, 24));
    watch.settled("a.ppm", 1);
    put(&test.input("b.ppm"), &ppm(32, 24));
    until("the other one is moved", || done.join("b.ppm").exists());
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(ended.text.contains("day/a.ppm is done and cannot be moved"), "{}", ended.text);
    assert!(test.input("day/a.ppm").exists());
    assert_eq!(verdicts(&ended.events, "day/a.ppm"), ["ok"]);
}
