//! What is published, what is refused, and what an output may stand in the place of.

use recipe::format::Format;
use rustix::io::Errno;

use super::*;
use crate::file_identity::FileIdentity;
use crate::journal::{History, Origin, Proof, Settings};

fn commit(dir: &Path, replace: Replace) -> Commit {
    of_several(dir, &[("a/b/out.jpg", replace)])
}

/// A photo with these results, whose staging files are there.
fn of_several(dir: &Path, results: &[(&str, Replace)]) -> Commit {
    let placement = |(index, (name, replace)): (usize, &(&str, Replace))| {
        let staging = dir.join(if index == 0 { "staging".to_owned() } else { format!("staging-{index}") });
        std::fs::write(&staging, "new").unwrap();
        let planned = PlannedResult { output: dir.join(name), format: Format::Jpeg, replace: *replace };
        ReadyResult { planned, staging, modified: None, checksum: crc32fast::hash(b"new") }
    };
    let input = (PathBuf::from("/in/out.png"), FileState::default());
    let results = results.iter().enumerate().map(placement).collect();
    Commit { job: JobId(0), input, results, others_follow: false }
}

/// The first result of a photo.
fn only(commit: &mut Commit) -> &mut ReadyResult {
    &mut commit.results[0]
}

/// A destination without a journal.
fn folder(root: &Path) -> Destination {
    Destination { root: root.to_owned(), journal: None, is_elsewhere: false }
}

fn destination(root: &Path) -> Destination {
    let state = root.join("state");
    std::fs::create_dir_all(&state).unwrap();
    let history = History::read(&state).unwrap();
    let settings = Settings::of(&recipe::Recipe::default()).unwrap();
    let journal = Journal::open(&state, root, &history, settings).unwrap();
    Destination { root: root.to_owned(), journal: Some(journal), is_elsewhere: false }
}

/// Publishes one file and hands back what was made of it.
fn publish_one(commit: Commit, destination: &Destination) -> Result<(), JobError> {
    publish(vec![commit], destination).pop().unwrap().result
}

#[test]
fn folders_are_made_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    for destination in [folder(dir.path()), destination(dir.path())] {
        publish_one(commit(dir.path(), Replace::Anything), &destination).unwrap();
        assert_eq!(std::fs::read(dir.path().join("a/b/out.jpg")).unwrap(), b"new");
        assert!(!dir.path().join("staging").exists());
        std::fs::remove_dir_all(dir.path().join("a")).unwrap();
    }
}

#[test]
fn a_foreign_file_is_never_replaced_unless_told() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("a/b/out.jpg");
    std::fs::create_dir_all(output.parent().unwrap()).unwrap();
    std::fs::write(&output, "foreign").unwrap();
    let error = publish_one(commit(dir.path(), Replace::Nothing), &folder(dir.path())).unwrap_err();
    assert_eq!(error.kind, ErrorKind::WriteFailed);
    assert_eq!(std::fs::read(&output).unwrap(), b"foreign");
    assert!(!dir.path().join("staging").exists());
    publish_one(commit(dir.path(), Replace::Anything), &folder(dir.path())).unwrap();
    assert_eq!(std::fs::read(&output).unwrap(), b"new");
}

#[test]
fn an_output_of_ours_is_replaced_only_as_the_plan_saw_it() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("a/b/out.jpg");
    std::fs::create_dir_all(output.parent().unwrap()).unwrap();
    std::fs::write(&output, "ours").unwrap();
    let ours = Replace::Ours(FileState::of(&std::fs::metadata(&output).unwrap()));
    std::fs::write(&output, "retouched").unwrap();
    publish_one(commit(dir.path(), ours), &folder(dir.path())).unwrap_err();
    assert_eq!(std::fs::read(&output).unwrap(), b"retouched");
    let as_it_is = Replace::Ours(FileState::of(&std::fs::metadata(&output).unwrap()));
    publish_one(commit(dir.path(), as_it_is), &folder(dir.path())).unwrap();
    assert_eq!(std::fs::read(&output).unwrap(), b"new");
    std::fs::remove_file(&output).unwrap();
    publish_one(commit(dir.path(), as_it_is), &folder(dir.path())).unwrap();
    assert_eq!(std::fs::read(&output).unwrap(), b"new");
}

#[test]
fn what_waits_is_published_together_but_not_without_end() {
    let dir = tempfile::tempdir().unwrap();
    let (orders, todo) = crossbeam_channel::unbounded();
    for _ in 0..GROUP + 10 {
        orders.send(commit(dir.path(), Replace::Nothing)).unwrap();
    }
    let next = || gather(todo.recv().unwrap(), &todo, Duration::ZERO).len();
    assert_eq!((next(), next()), (GROUP, 10));
}

#[test]
fn whoever_waits_for_company_waits_no_longer_than_for_the_last() {
    let dir = tempfile::tempdir().unwrap();
    let hour = Duration::from_secs(3600);
    std::fs::create_dir(dir.path().join("last")).unwrap();
    let (publisher, results) = Publisher::start_with(destination(dir.path()), hour).unwrap();
    publisher.publish(Commit { others_follow: true, ..commit(dir.path(), Replace::Anything) });
    let last = of_several(&dir.path().join("last"), &[("last.jpg", Replace::Anything)]);
    // So that it waits by now.
    while !publisher.orders.is_empty() {
        thread::park_timeout(Duration::from_millis(1));
    }
    publisher.publish(Commit { job: JobId(1), ..last });
    let published = || results.recv_timeout(hour / 60).unwrap().job;
    assert_eq!([published(), published()], [JobId(0), JobId(1)]);
}

#[test]
fn what_is_published_is_known_to_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let mut commit = commit(dir.path(), Replace::Nothing);
    let output = only(&mut commit).planned.output.clone();
    publish_one(commit, &destination(dir.path())).unwrap();
    is_known(dir.path(), &output);
}

/// November 2023.
const NOW: Modified = Modified { seconds: 1_700_000_000, nanoseconds: 0 };
/// September 2001.
const LONG_AGO: Modified = Modified { seconds: 1_000_000_000, nanoseconds: 123_456_000 };

#[test]
fn a_time_that_is_given_is_that_of_the_record() {
    for is_elsewhere in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let destination = Destination { is_elsewhere, ..destination(dir.path()) };
        let mut commit = commit(dir.path(), Replace::Nothing);
        only(&mut commit).modified = Some(LONG_AGO);
        let output = only(&mut commit).planned.output.clone();
        publish_one(commit, &destination).unwrap();
        assert_eq!(FileState::of(&std::fs::metadata(&output).unwrap()).modified, LONG_AGO);
        is_known(dir.path(), &output);
    }
}

/// What the next run finds after a kill between the record and the name of a new result, which is as long as
/// the old one and has the same given time: the old file, and what is proved of it.
fn after_a_kill(
    dir: &Path,
    written_at: Modified,
    replace: impl Fn(FileState) -> Replace,
) -> (String, Origin<'static>, History) {
    let destination = destination(dir);
    let output = dir.join("out.jpg");
    let results = |replace: Replace| {
        let mut commit = of_several(dir, &[("out.jpg", replace)]);
        only(&mut commit).modified = Some(LONG_AGO);
        commit
    };
    publish_one(results(Replace::Nothing), &destination).unwrap();
    let there = FileState::of(&std::fs::metadata(&output).unwrap());
    let mut second = results(replace(there));
    std::fs::write(&only(&mut second).staging, "NEW").unwrap();
    set_time(&only(&mut second).staging, written_at).unwrap();
    only(&mut second).checksum = crc32fast::hash(b"NEW");
    second.input.1.bytes = 1;
    let recorded = ready(&mut second, &destination).unwrap();
    assert_eq!(recorded[0].state, there, "only the content tells them apart");
    write_down(vec![Ok(recorded)], &destination).pop().unwrap().unwrap();
    let origin = Origin { input: Path::new("/in/out.png"), seen: FileState::default(), format: Format::Jpeg };
    let content = std::fs::read_to_string(output).unwrap();
    (content, origin, History::read(&dir.join("state")).unwrap())
}

#[test]
fn a_kill_between_record_and_name_leaves_the_old_file_which_is_not_taken_for_the_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let (content, origin, history) = after_a_kill(dir.path(), NOW, Replace::Ours);
    assert_eq!(content, "new", "the old one is whole");
    let (name, path) = (Path::new("out.jpg"), dir.path().join("out.jpg"));
    let settings = Settings::of(&recipe::Recipe::default()).unwrap();
    let judged = |bytes: u64| {
        let origin = Origin { seen: FileState { bytes, ..FileState::default() }, ..origin };
        let metadata = std::fs::metadata(&path).unwrap();
        history.judge(name, &path, &metadata, &origin, &settings)
    };
    assert_eq!(judged(1), Proof::Stale, "made of the photo as it was before");
    assert_eq!(judged(0), Proof::Current { by_older_revision: false });
    std::fs::rename(dir.path().join("staging"), &path).unwrap();
    let again = History::read(&dir.path().join("state")).unwrap();
    let origin = Origin { seen: FileState { bytes: 1, ..FileState::default() }, ..origin };
    let proof = again.judge(name, &path, &std::fs::metadata(&path).unwrap(), &origin, &settings);
    assert_eq!(proof, Proof::Current { by_older_revision: false });
}

#[test]
fn a_strange_file_that_looks_like_the_new_one_gets_another_time_first() {
    // The time of writing is no other where it is the one that is given.
    for written_at in [NOW, LONG_AGO] {
        let dir = tempfile::tempdir().unwrap();
        let (content, ..) = after_a_kill(dir.path(), written_at, |_| Replace::Anything);
        assert_eq!(content, "new", "the old one is whole");
        let state = FileState::of(&std::fs::metadata(dir.path().join("out.jpg")).unwrap());
        assert_ne!(state.modified, LONG_AGO);
    }
}

#[test]
fn a_file_that_only_its_owner_may_give_a_time_is_replaced_by_its_copy() {
    let dir = tempfile::tempdir().unwrap();
    let (file, staging) = (dir.path().join("out.jpg"), dir.path().join("staging"));
    std::fs::write(&file, "strange").unwrap();
    let before = FileIdentity::at(&file);
    make_ours(&file, &staging).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "strange");
    assert!(before != FileIdentity::at(&file), "another file");
    assert!(make_ours(&dir.path().join("gone"), &staging).is_err());
    assert_eq!(dir.path().read_dir().unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn what_was_staged_elsewhere_is_copied_with_its_time_and_as_careful() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = || Destination { is_elsewhere: true, ..destination(dir.path()) };
    let folder = dir.path().join("a/b");
    std::fs::create_dir_all(&folder).unwrap();
    let mut first = commit(dir.path(), Replace::Nothing);
    let ReadyResult { staging, planned, .. } = only(&mut first);
    let (staging, output) = (staging.clone(), planned.output.clone());
    let long_ago = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().write(true).open(&staging).unwrap().set_modified(long_ago).unwrap();
    // As if a run had been killed while it copied.
    let half = folder.join(format!("{HALF_WRITTEN}{:08x}", crc32fast::hash(b"out.jpg")));
    std::fs::write(&half, "half of it").unwrap();
    publish_one(first, &elsewhere()).unwrap();
    assert_eq!(std::fs::read(&output).unwrap(), b"new");
    assert_eq!(std::fs::metadata(&output).unwrap().modified().unwrap(), long_ago);
    assert!(!staging.exists() && !half.exists());
    is_known(dir.path(), &output);

    let error = publish_one(commit(dir.path(), Replace::Nothing), &elsewhere()).unwrap_err();
    assert!(error.detail.contains("left alone") && !half.exists(), "{error}");
    let linked = commit(dir.path(), Replace::Anything);
    std::fs::remove_file(&staging).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &staging).unwrap();
    assert!(publish_one(linked, &elsewhere()).is_err());
    assert_eq!(std::fs::read(&output).unwrap(), b"new");
}

fn is_known(root: &Path, output: &Path) {
    let input = Path::new("/in/out.png");
    let history = History::read(&root.join("state")).unwrap();
    let origin = Origin { input, seen: FileState::default(), format: Format::Jpeg };
    let settings = Settings::of(&recipe::Recipe::default()).unwrap();
    let metadata = std::fs::metadata(output).unwrap();
    let proof = history.judge(Path::new("a/b/out.jpg"), output, &metadata, &origin, &settings);
    assert_eq!(proof, Proof::Current { by_older_revision: false });
}

#[test]
fn an_output_folder_that_is_gone_is_not_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("out");
    std::fs::create_dir(&root).unwrap();
    let destination = destination(&root);
    let mut commit = commit(dir.path(), Replace::Nothing);
    only(&mut commit).planned.output = root.join("a/out.jpg");
    std::fs::remove_dir_all(&root).unwrap();
    let error = publish_one(commit, &destination).unwrap_err();
    assert_eq!(error.os_error, Some(Errno::NOENT.raw_os_error()));
    assert!(!root.exists());
}

#[test]
fn what_cannot_be_written_down_is_not_published() {
    let dir = tempfile::tempdir().unwrap();
    let destination = destination(dir.path());
    std::fs::remove_file(dir.path().join("state/journal")).unwrap();
    let mut commit = commit(dir.path(), Replace::Nothing);
    let output = only(&mut commit).planned.output.clone();
    let error = publish_one(commit, &destination).unwrap_err();
    assert_eq!(error.os_error, Some(Errno::NOENT.raw_os_error()));
    assert!(!output.exists() && !dir.path().join("staging").exists());
}

#[test]
fn a_link_in_place_of_the_staging_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut commit = commit(dir.path(), Replace::Nothing);
    let ReadyResult { staging, planned, .. } = only(&mut commit);
    std::fs::remove_file(&*staging).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &*staging).unwrap();
    let output = planned.output.clone();
    publish_one(commit, &destination(dir.path())).unwrap_err();
    assert!(output.symlink_metadata().is_err());
}

const THREE: [&str; 3] = ["web/a.jpg", "print/a.jpg", "small/a.jpg"];

fn contents(dir: &Path) -> [Option<String>; 3] {
    THREE.map(|name| std::fs::read_to_string(dir.join(name)).ok())
}

#[test]
fn the_results_of_a_photo_are_published_together() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("print")).unwrap();
    std::fs::write(dir.path().join("print/a.jpg"), "older").unwrap();
    let photo = of_several(dir.path(), &THREE.map(|name| (name, Replace::Anything)));
    publish_one(photo, &destination(dir.path())).unwrap();
    assert_eq!(contents(dir.path()), [(); 3].map(|()| Some("new".to_owned())));
    let left: Vec<_> = dir.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "three folders and the state: {left:?}");
}

#[test]
fn when_one_result_cannot_have_its_name_none_has_it_and_older_ones_stay() {
    for is_elsewhere in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let foreign = dir.path().join(THREE[2]);
        for (name, content) in [(THREE[0], "older"), (THREE[2], "foreign")] {
            std::fs::create_dir(dir.path().join(name).parent().unwrap()).unwrap();
            std::fs::write(dir.path().join(name), content).unwrap();
        }
        let ours = Replace::Ours(FileState::of(&dir.path().join(THREE[0]).metadata().unwrap()));
        let results = [(THREE[0], ours), (THREE[1], Replace::Nothing), (THREE[2], Replace::Nothing)];
        let photo = of_several(dir.path(), &results);
        let destination = Destination { is_elsewhere, ..destination(dir.path()) };
        let error = publish_one(photo, &destination).unwrap_err();
        assert!(error.detail.contains("left alone") && error.detail.starts_with(THREE[2]), "{error}");
        let expected = [Some("older".to_owned()), None, Some("foreign".to_owned())];
        assert_eq!(contents(dir.path()), expected);
        let folder = |name: &str| dir.path().join(name).parent().unwrap().read_dir().unwrap().count();
        assert_eq!(THREE.map(folder), [1, 0, 1], "nothing is left beside them");
        assert!(foreign.exists());
    }
}
