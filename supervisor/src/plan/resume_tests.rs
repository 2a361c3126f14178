//! The plan's rules for outputs that earlier runs left.

use std::os::unix::ffi::OsStrExt;

use super::tests::{PLAIN, TestFolder, TestRequest};
use super::*;
use pool::commit::Replace;
use pool::journal::{History, Journal, Written};

/// What a run would leave: outputs with the input's name in them, and a journal that knows them.
fn do_all(folder: &TestFolder, template: &str, on_conflict: OnConflict) {
    do_by(folder, template, on_conflict, |_| protocol::ENGINE_REVISION);
}

/// The same by engines of these revisions.
fn do_by(folder: &TestFolder, template: &str, on_conflict: OnConflict, revision: impl Fn(&Path) -> u32) {
    let plan = folder.plan(template, on_conflict).unwrap();
    let (state, root) = (folder.path("state"), folder.path("out"));
    std::fs::create_dir_all(&state).unwrap();
    std::fs::create_dir_all(&root).unwrap();
    let history = History::read(&state).unwrap();
    let settings = Settings::of(&Recipe::default()).unwrap();
    let journal = Journal::open(&state, &root, &history, settings).unwrap();
    for job in &plan.jobs {
        let Action::Process { results, seen, .. } = &job.action else { continue };
        let PlannedResult { output, format, replace: _ } = &results[0];
        std::fs::write(output, job.input.as_os_str().as_bytes()).unwrap();
        let state = FileState::of(&std::fs::metadata(output).unwrap());
        let revision = revision(output);
        let output = output.strip_prefix(&root).unwrap().into();
        let (input, seen, format) = (job.input.clone().into(), *seen, *format);
        let written_at = state.modified;
        let written = Written { output, input, seen, format, state, written_at, checksum: 0, revision };
        journal.append(vec![vec![written]]).unwrap();
    }
}

/// For each job whether it replaces a file.
fn replaced(plan: &Plan) -> Vec<bool> {
    let replaces = |job: &PlannedJob| match &job.action {
        Action::Process { results, .. } => results[0].replace != Replace::Nothing,
        Action::Skip { .. } | Action::Fail(_) => false,
    };
    plan.jobs.iter().map(replaces).collect()
}

#[test]
fn a_photo_keeps_its_number_whatever_comes_before_it() {
    let folder = TestFolder::new(&["b.ppm"]);
    do_all(&folder, PLAIN, OnConflict::Unique);
    folder.write("b.bmp", "P6\n1 1\n255\nabc");
    assert_eq!(folder.names(PLAIN, OnConflict::Unique), ["b-1.png", "up-to-date"]);
    do_all(&folder, PLAIN, OnConflict::Unique);
    folder.write("b.aaa", "P6\n1 1\n255\nabc");
    folder.write("c.ppm", "P6\n1 1\n255\nabc");
    let names = folder.names(PLAIN, OnConflict::Unique);
    assert_eq!(names, ["b-2.png", "up-to-date", "up-to-date", "c.png"]);
}

#[test]
fn what_is_up_to_date_is_skipped_and_what_is_not_is_replaced() {
    let folder = TestFolder::new(&["a.ppm", "b.ppm"]);
    do_all(&folder, PLAIN, OnConflict::Error);
    for on_conflict in [OnConflict::Error, OnConflict::Skip, OnConflict::Overwrite, OnConflict::Unique] {
        assert_eq!(folder.names(PLAIN, on_conflict), ["up-to-date", "up-to-date"], "{on_conflict:?}");
    }
    folder.write("a.ppm", "P6\n1 1\n255\nabc and more");
    for on_conflict in [OnConflict::Error, OnConflict::Skip, OnConflict::Overwrite, OnConflict::Unique] {
        assert_eq!(folder.names(PLAIN, on_conflict), ["a.png", "up-to-date"], "{on_conflict:?}");
        assert_eq!(replaced(&folder.plan(PLAIN, on_conflict).unwrap()), [true, false]);
    }
    std::fs::remove_file(folder.path("out/b.png")).unwrap();
    assert_eq!(folder.names(PLAIN, OnConflict::Error), ["a.png", "b.png"]);
}

#[test]
fn fresh_makes_ours_again_and_leaves_others_alone() {
    let folder = TestFolder::new(&["a.ppm", "b.ppm"]);
    do_all(&folder, PLAIN, OnConflict::Error);
    let inputs = [folder.path("in")];
    let plan = || folder.make(&inputs, &[], TestRequest { fresh: true, ..TestRequest::default() });
    assert_eq!(replaced(&plan().unwrap()), [true, true]);
    std::fs::write(folder.path("out/b.png"), "edited").unwrap();
    assert!(matches!(plan(), Err(PlanError::Conflicts(lines)) if lines.len() == 1));
}

#[test]
fn what_an_older_revision_made_is_kept_and_made_again_when_asked() {
    let folder = TestFolder::new(&["a.ppm", "b.ppm"]);
    do_by(&folder, PLAIN, OnConflict::Error, |output| if output.ends_with("a.png") { 0 } else { 99 });
    let inputs = [folder.path("in")];
    let plan =
        |refresh| folder.make(&inputs, &[], TestRequest { refresh, ..TestRequest::default() }).unwrap();
    let by_older: Vec<bool> = plan(false).jobs.iter().map(|job| job.action.is_by_older_revision()).collect();
    assert_eq!(by_older, [true, false]);
    assert_eq!(folder.names(PLAIN, OnConflict::Error), ["up-to-date", "up-to-date"]);
    assert_eq!(replaced(&plan(true)), [true, false]);
}

#[test]
fn an_output_that_was_changed_is_a_conflict() {
    let folder = TestFolder::new(&["a.ppm"]);
    do_all(&folder, PLAIN, OnConflict::Error);
    std::fs::write(folder.path("out/a.png"), "edited").unwrap();
    assert!(matches!(folder.plan(PLAIN, OnConflict::Error), Err(PlanError::Conflicts(_))));
    assert_eq!(folder.names(PLAIN, OnConflict::Skip), ["exists"]);
    assert_eq!(folder.names(PLAIN, OnConflict::Unique), ["a-1.png"]);
    assert_eq!(replaced(&folder.plan(PLAIN, OnConflict::Overwrite).unwrap()), [true]);
}

#[test]
fn numbers_that_move_on_replace_what_this_run_makes_again() {
    let folder = TestFolder::new(&["b.ppm", "c.ppm"]);
    let numbered = "{index}.{ext}";
    do_all(&folder, numbered, OnConflict::Error);
    folder.write("a.ppm", "P6\n1 1\n255\nabc");
    assert_eq!(folder.names(numbered, OnConflict::Error), ["1.png", "2.png", "3.png"]);
    assert_eq!(replaced(&folder.plan(numbered, OnConflict::Error).unwrap()), [true, true, false]);
}

#[test]
fn the_output_of_an_image_that_is_not_in_this_run_is_a_conflict() {
    let folder = TestFolder::new(&["card1/a.ppm", "card2/a.ppm"]);
    let flat = "{stem}.{ext}";
    let twins = |card: &str| [folder.path("in").join(card)];
    let plan = |card: &str| {
        let request = TestRequest { template: flat, ..TestRequest::default() };
        folder.make(&twins(card), &[], request)
    };
    std::fs::rename(folder.path("in/card2"), folder.path("card2")).unwrap();
    do_all(&folder, flat, OnConflict::Error);
    std::fs::rename(folder.path("card2"), folder.path("in/card2")).unwrap();
    assert!(matches!(plan("card1").unwrap().jobs[0].action, Action::Skip { .. }));
    assert!(matches!(plan("card2"), Err(PlanError::Conflicts(_))));
}

#[test]
fn numbered_twins_keep_their_numbers() {
    let folder = TestFolder::new(&["a.bmp", "a.ppm"]);
    std::fs::create_dir_all(folder.path("out")).unwrap();
    std::fs::write(folder.path("out/a.png"), "foreign").unwrap();
    let names = folder.names(PLAIN, OnConflict::Unique);
    assert_eq!(names, ["a-1.png", "a-2.png"]);
    do_all(&folder, PLAIN, OnConflict::Unique);
    assert_eq!(folder.names(PLAIN, OnConflict::Unique), ["up-to-date", "up-to-date"]);
    folder.write("a.bmp", "P6\n1 1\n255\nabc and more");
    assert_eq!(folder.names(PLAIN, OnConflict::Unique), ["a-1.png", "up-to-date"]);
}

#[test]
fn results_that_are_named_are_photos_again_and_said_to_be_results() {
    let folder = TestFolder::new(&["a.ppm", "day/b.ppm"]);
    std::fs::create_dir_all(folder.path("out/day")).unwrap();
    do_all(&folder, PLAIN, OnConflict::Error);
    std::fs::rename(folder.path("state"), folder.path("out/.supervisor")).unwrap();
    std::fs::write(folder.path("out/mine.png"), "a photo").unwrap();
    let plan = |inputs: &[PathBuf], listed: &[PathBuf]| {
        let request = TestRequest { output: "again", ..TestRequest::default() };
        let plan = folder.make(inputs, listed, request).unwrap();
        (plan.jobs.len(), plan.warnings)
    };
    let one = |path: &str| {
        let path = escape(&folder.path(path));
        vec![format!(
            "{path} is a result of an earlier run; it is processed again, since it or its folder was named"
        )]
    };
    let [all, day, file, mine] =
        ["out", "out/day", "out/a.png", "out/mine.png"].map(|name| folder.path(name));
    let both = format!(
        "{} and 1 more are results of earlier runs; they are processed again, since they or their folders \
         were named",
        escape(&file)
    );
    assert_eq!(plan(std::slice::from_ref(&all), &[]), (3, vec![both]));
    assert_eq!(plan(&[day], &[]), (1, one("out/day/b.png")));
    assert_eq!(plan(std::slice::from_ref(&file), &[]), (1, one("out/a.png")));
    assert_eq!(plan(&[], &[file]), (1, one("out/a.png")));
    assert_eq!(plan(&[mine], &[]), (1, vec![]));
    assert_eq!(plan(&[folder.path("in")], &[]), (2, vec![]));
}
