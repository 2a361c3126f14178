//! The same command again: what is done and current is skipped, what is not is done, what is not ours is left
//! alone.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};
use supervisor_tests::gate::gated;
use supervisor_tests::{EndedRun, TestRun, executable, until, workers_using};

/// Good photos that have been run once.
fn done(count: usize) -> TestRun {
    let test = TestRun::new();
    test.write_good(count);
    let run = test.run();
    assert_eq!((run.code(), run.total("ok")), (0, count as u64), "{}", run.text());
    test
}

/// Exit code, done and skipped.
fn outcome(run: &EndedRun) -> (i32, u64, u64) {
    (run.code(), run.total("ok"), run.total("skipped"))
}

/// Every file in the output folder but the run's own, with its content.
fn outputs(test: &TestRun) -> BTreeMap<PathBuf, Vec<u8>> {
    test.outputs().into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

fn touch(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(1000)).unwrap();
}

fn kill(child: &mut Child) {
    // It may have ended by itself; its id is its own until it is waited for.
    let _ = kill_process(Pid::from_child(child), Signal::KILL);
    child.wait().unwrap();
}

#[test]
fn what_is_current_is_skipped() {
    let test = done(5);
    let before = outputs(&test);
    let run = test.run();
    assert_eq!(outcome(&run), (0, 0, 5), "{}", run.text());
    assert_eq!(run.image("good-002.ppm")["detail"], "up-to-date");
    assert_eq!(run.image("good-002.ppm")["attempts"], 0);
    assert_eq!(outputs(&test), before);
}

#[test]
fn a_changed_input_is_done_again_alone() {
    let test = done(5);
    touch(&test.input("good-003.ppm"));
    test.write("good-004.ppm", supervisor_tests::ppm(40, 40));
    let run = test.run();
    assert_eq!(outcome(&run), (0, 2, 3), "{}", run.text());
    assert_eq!(run.verdict("good-003.ppm"), "ok");
    assert_eq!(image::open(test.output("good-004.png")).unwrap().width(), 40);
    assert_eq!(outcome(&test.run()), (0, 0, 5));
}

#[test]
fn other_settings_do_everything_again() {
    let test = done(5).options(&["-f", "resize=16"]);
    assert_eq!(outcome(&test.run()), (0, 5, 0));
    assert_eq!(image::open(test.output("good-004.png")).unwrap().width(), 16);
    assert_eq!(outcome(&test.run()), (0, 0, 5));
}

#[test]
fn an_output_that_is_missing_is_done_again() {
    let test = done(5);
    fs::remove_file(test.output("good-001.png")).unwrap();
    assert_eq!(outcome(&test.run()), (0, 1, 4));
}

#[test]
fn an_output_that_somebody_changed_is_a_conflict_and_nothing_is_run() {
    let test = done(3);
    fs::write(test.output("good-001.png"), "edited by hand").unwrap();
    fs::remove_file(test.output("good-002.png")).unwrap();
    let before = outputs(&test);
    let run = test.run();
    assert_eq!(run.code(), 2, "{}", run.text());
    assert!(run.text().contains("good-001.png"), "{}", run.text());
    assert_eq!(outputs(&test), before, "nothing was run");

    let test = test.options(&["--on-conflict", "skip"]);
    assert_eq!(outcome(&test.run()), (0, 1, 2));
    assert_eq!(fs::read(test.output("good-001.png")).unwrap(), b"edited by hand");
}

#[test]
fn overwriting_does_not_redo_what_is_current() {
    let test = done(3).options(&["--on-conflict", "overwrite"]);
    fs::write(test.output("good-001.png"), "edited by hand").unwrap();
    assert_eq!(outcome(&test.run()), (0, 1, 2));
    assert!(image::open(test.output("good-001.png")).is_ok());
}

#[test]
fn unique_names_stay_the_same_from_run_to_run() {
    let test = TestRun::new().options(&["--on-conflict", "unique"]);
    test.write_good(2);
    test.write("good-000.bmp", supervisor_tests::ppm(8, 8));
    assert_eq!(outcome(&test.run()), (0, 3, 0));
    assert_eq!(outcome(&test.run()), (0, 0, 3));
    touch(&test.input("good-000.bmp"));
    assert_eq!(outcome(&test.run()), (0, 1, 2));
    assert_eq!(outputs(&test).len(), 3);
}

#[test]
fn names_made_from_the_content_are_known_again() {
    let test = TestRun::new().options(&["--name", "{date}/{index}-{width}.{ext}"]);
    test.write_good(3);
    assert_eq!(outcome(&test.run()), (0, 3, 0));
    assert_eq!(outcome(&test.run()), (0, 0, 3));
}

#[test]
fn fresh_does_everything_again_but_nothing_to_the_files_of_others() {
    let test = done(3).options(&["--fresh"]);
    assert_eq!(outcome(&test.run()), (0, 3, 0));
    fs::write(test.output("good-001.png"), "edited by hand").unwrap();
    assert_eq!(test.run().code(), 2);
}

/// A JPEG whose camera says Adobe RGB in the only way that cameras have for it, so that the profile is made
/// and not copied.
fn adobe_rgb_jpeg() -> Vec<u8> {
    // EXIF 2.32: a directory with nothing but a pointer to another, in which the tag ColorSpace is 2.
    const EXIF: &[u8] = b"Exif\0\0II*\0\x08\0\0\0\
        \x01\0\x69\x87\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0\
        \x01\0\x01\xa0\x03\0\x01\0\0\0\x02\0\0\0\0\0\0\0";
    let picture = image::load_from_memory(&supervisor_tests::ppm(32, 24)).unwrap();
    let mut jpeg = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let mut jpeg = jpeg.into_inner();
    let segment = [b"\xff\xe1", &(EXIF.len() as u16 + 2).to_be_bytes()[..], EXIF].concat();
    jpeg.splice(2..2, segment);
    jpeg
}

#[test]
fn the_same_photo_becomes_the_same_bytes_at_any_time() {
    for color in ["srgb", "keep"] {
        let test = TestRun::new().options(&["--fresh", "--color", color]);
        test.write("noted.jpg", adobe_rgb_jpeg());
        assert_eq!(outcome(&test.run()), (0, 1, 0));
        let before = outputs(&test);
        let profile = before.values().any(|jpeg| jpeg.windows(11).any(|bytes| bytes == b"ICC_PROFILE"));
        assert!(profile, "the output has no profile to compare");
        let second = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let began = second();
        until("another second", || second() != began);
        assert_eq!(outcome(&test.run()), (0, 1, 0));
        assert_eq!(outputs(&test), before, "with --color {color}");
    }
}

#[test]
fn what_failed_is_tried_again() {
    let test = TestRun::new();
    test.write_good(2);
    test.write("bad.jpg", "no picture at all");
    let run = test.run();
    assert_eq!((run.code(), run.total("ok"), run.total("failed")), (1, 2, 1));
    test.write("bad.jpg", supervisor_tests::ppm(8, 8));
    assert_eq!(outcome(&test.run()), (0, 1, 2));
}

#[test]
fn a_dry_run_shows_what_would_be_skipped_and_changes_nothing() {
    let test = done(2);
    touch(&test.input("good-001.ppm"));
    let journal = fs::read(test.output(".supervisor/journal")).unwrap();
    let output = test.command().arg("--dry-run").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("(skipped: up-to-date)") && text.contains("(replaced)"), "{text}");
    assert_eq!(fs::read(test.output(".supervisor/journal")).unwrap(), journal);
}

#[test]
fn a_dry_run_makes_no_output_folder() {
    let test = TestRun::new();
    test.write_good(1);
    assert_eq!(test.command().arg("--dry-run").output().unwrap().status.code(), Some(0));
    assert!(!test.output("").exists());
}

#[test]
fn an_output_folder_that_cannot_be_made_is_a_mistake() {
    let test = TestRun::new();
    test.write_good(1);
    let output = Command::new(executable("supervisor"))
        .args([OsStr::new("run"), test.input("").as_os_str(), OsStr::new("-o"), OsStr::new("/proc/results")])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("cannot use /proc/results as output folder"), "{text}");
}

#[test]
fn two_runs_keep_out_of_each_others_way() {
    let test = TestRun::new().with_fault_worker();
    test.write_good(2);
    test.write("hang.jpg", format!("FAULT:hang {}", "x".repeat(10_000)));
    let mut first = test.start();
    // A result that comes while the dry run looks would be nobody's to it.
    until("both results", || ["good-000.png", "good-001.png"].iter().all(|name| test.output(name).exists()));
    let second = test.command().output().unwrap();
    let text = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(75), "{text}");
    assert!(text.contains("another run is writing to"), "{text}");
    // Looking is allowed.
    assert_eq!(test.command().arg("--dry-run").output().unwrap().status.code(), Some(0));
    kill(&mut first);
}

#[test]
fn a_journal_of_another_version_is_set_aside() {
    let test = done(2);
    fs::write(test.output(".supervisor/journal"), "supervisor journal 99\nwho knows").unwrap();
    let run = test.run();
    assert_eq!(run.code(), 2, "{}", run.text());
    assert!(run.text().contains("another version"), "{}", run.text());
    let test = test.options(&["--on-conflict", "overwrite"]);
    assert_eq!(outcome(&test.run()), (0, 2, 0));
    let aside = fs::read(test.output(".supervisor/journal.unreadable-1")).unwrap();
    assert_eq!(aside, b"supervisor journal 99\nwho knows");
    assert_eq!(outcome(&test.run()), (0, 0, 2));
}

/// Whether the journal has grown to a length, or the run is over.
fn has_come_to(test: &TestRun, child: &mut Child, length: u64) -> bool {
    journal_length(test) >= length || child.try_wait().unwrap().is_some()
}

fn journal_length(test: &TestRun) -> u64 {
    fs::metadata(test.output(".supervisor/journal")).map_or(0, |journal| journal.len())
}

#[test]
fn a_supervisor_that_is_killed_again_and_again_loses_nothing() {
    // Several times as many as are published in one go.
    const IMAGES: usize = 400;
    let expected = done(IMAGES);
    let test = TestRun::new().with_fault_worker();
    test.write_good(IMAGES);
    // One of two workers waits here with a photo, so no run gets to its end, however late it is killed.
    test.write("good-000.ppm", gated(&test.input(".gate")));
    let published =
        || fs::read_dir(test.output("")).map_or(0, |folder| folder.flatten().count().saturating_sub(1));
    let mut killed_midway = 0;
    for round in 0..25u64 {
        // Some at the very beginning, some at every stage of publishing.
        let point = journal_length(&test) + round * 97 % 1000;
        let mut child = test.start();
        until("a point to kill at", || journal_length(&test) >= point || published() == IMAGES - 1);
        kill(&mut child);
        killed_midway += usize::from((1..IMAGES).contains(&published()));
    }
    assert!(killed_midway > 0, "no run was killed in its middle");
    until("the last workers are gone", || workers_using(test.folder.path()).is_empty());
    test.write_good(1);
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    assert_eq!(run.total("ok") + run.total("skipped"), IMAGES as u64);
    let content = |test: &TestRun| -> Vec<Vec<u8>> { outputs(test).into_values().collect() };
    assert_eq!(content(&test), content(&expected));
    assert_eq!(outcome(&test.run()), (0, 0, IMAGES as u64));
    let mut state: Vec<_> = fs::read_dir(test.output(".supervisor"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    state.sort();
    assert_eq!(state, ["journal", "lock", "report.json"]);
}

#[test]
fn a_supervisor_that_is_killed_while_it_replaces_loses_nothing() {
    const IMAGES: usize = 400;
    let test = done(IMAGES);
    let mut killed_midway = 0;
    for round in 0..12u64 {
        // Each time with another recipe, so that everything has to be replaced, and only a part is.
        let resize = format!("resize={}", 8 + round);
        let mut command = test.command();
        let mut child = command.args(["-f", &resize]).spawn().unwrap();
        let before = journal_length(&test);
        until("a point to kill at", || has_come_to(&test, &mut child, before + 300 + round * 577));
        kill(&mut child);
        let files = test.outputs();
        assert_eq!(files.len(), IMAGES);
        let now = files.iter().filter(|path| image::open(path).unwrap().width() == 8 + round as u32).count();
        killed_midway += usize::from(now > 0 && now < IMAGES);
    }
    assert!(killed_midway > 0, "every run was too quick or too slow to be killed among its replacements");
    until("the last workers are gone", || workers_using(test.folder.path()).is_empty());
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    assert_eq!(run.total("ok") + run.total("skipped"), IMAGES as u64);
    for path in test.outputs() {
        assert_eq!(image::open(path).unwrap().width(), 32);
    }
}

/// The command, run as if the machine had been started anew since. `None` where that cannot be feigned.
fn after_a_restart(test: &TestRun, boot: &str) -> Option<Command> {
    let id = test.folder.path().join("boot_id");
    fs::write(&id, boot).unwrap();
    let feign = "mount --bind \"$0\" /proc/sys/kernel/random/boot_id";
    let script = format!("{feign} && exec \"$@\"");
    let feigned = test.command_within(&["unshare", "--mount", "sh", "-c", &script, id.to_str().unwrap()]);
    let tried = Command::new("unshare").args(["--mount", "sh", "-c", feign]).arg(&id).output();
    match tried {
        Ok(tried) if tried.status.success() => Some(feigned),
        _ => {
            eprintln!("not tested, a restart of the machine cannot be feigned here");
            None
        }
    }
}

#[test]
fn after_a_power_cut_what_was_lost_is_done_again() {
    let test = done(4);
    // As lost writes leave it: names without their content, or with other content of the same size and time.
    let cut = test.output("good-001.png");
    let spoilt = test.output("good-002.png");
    let foreign = test.output("good-003.png");
    let modified = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    for (path, length) in [(&cut, 0), (&spoilt, fs::metadata(&spoilt).unwrap().len())] {
        let time = modified(path);
        fs::write(path, vec![0; length as usize]).unwrap();
        fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    let Some(mut command) = after_a_restart(&test, "00000000-0000-0000-0000-000000000001") else { return };
    let run = test.finish(command.spawn().unwrap());
    assert_eq!(outcome(&run), (0, 2, 2), "{}", run.text());
    for path in [&cut, &spoilt, &foreign] {
        assert!(image::open(path).is_ok());
    }
    // Whatever no power cut explains stays somebody else's.
    fs::write(&foreign, vec![0; 100_000]).unwrap();
    let Some(mut command) = after_a_restart(&test, "00000000-0000-0000-0000-000000000002") else { return };
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::metadata(&foreign).unwrap().len(), 100_000);
}
