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

/// A batch of good photos that has been run once.
fn done(count: usize) -> TestRun {
    let batch = TestRun::new();
    batch.write_good(count);
    let run = batch.run();
    assert_eq!((run.code(), run.total("ok")), (0, count as u64), "{}", run.text());
    batch
}

/// Exit code, done and skipped.
fn outcome(run: &EndedRun) -> (i32, u64, u64) {
    (run.code(), run.total("ok"), run.total("skipped"))
}

/// Every file in the output folder but the run's own, with its content.
fn outputs(batch: &TestRun) -> BTreeMap<PathBuf, Vec<u8>> {
    batch.outputs().into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
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
    let batch = done(5);
    let before = outputs(&batch);
    let run = batch.run();
    assert_eq!(outcome(&run), (0, 0, 5), "{}", run.text());
    assert_eq!(run.image("good-002.ppm")["detail"], "up-to-date");
    assert_eq!(run.image("good-002.ppm")["attempts"], 0);
    assert_eq!(outputs(&batch), before);
}

#[test]
fn a_changed_input_is_done_again_alone() {
    let batch = done(5);
    touch(&batch.input("good-003.ppm"));
    batch.write("good-004.ppm", supervisor_tests::ppm(40, 40));
    let run = batch.run();
    assert_eq!(outcome(&run), (0, 2, 3), "{}", run.text());
    assert_eq!(run.verdict("good-003.ppm"), "ok");
    assert_eq!(image::open(batch.output("good-004.png")).unwrap().width(), 40);
    assert_eq!(outcome(&batch.run()), (0, 0, 5));
}

#[test]
fn other_settings_do_everything_again() {
    let batch = done(5).options(&["-f", "resize=16"]);
    assert_eq!(outcome(&batch.run()), (0, 5, 0));
    assert_eq!(image::open(batch.output("good-004.png")).unwrap().width(), 16);
    assert_eq!(outcome(&batch.run()), (0, 0, 5));
}

#[test]
fn an_output_that_is_missing_is_done_again() {
    let batch = done(5);
    fs::remove_file(batch.output("good-001.png")).unwrap();
    assert_eq!(outcome(&batch.run()), (0, 1, 4));
}

#[test]
fn an_output_that_somebody_changed_is_a_conflict_and_nothing_is_run() {
    let batch = done(3);
    fs::write(batch.output("good-001.png"), "edited by hand").unwrap();
    fs::remove_file(batch.output("good-002.png")).unwrap();
    let before = outputs(&batch);
    let run = batch.run();
    assert_eq!(run.code(), 2, "{}", run.text());
    assert!(run.text().contains("good-001.png"), "{}", run.text());
    assert_eq!(outputs(&batch), before, "nothing was run");

    let batch = batch.options(&["--on-conflict", "skip"]);
    assert_eq!(outcome(&batch.run()), (0, 1, 2));
    assert_eq!(fs::read(batch.output("good-001.png")).unwrap(), b"edited by hand");
}

#[test]
fn overwriting_does_not_redo_what_is_current() {
    let batch = done(3).options(&["--on-conflict", "overwrite"]);
    fs::write(batch.output("good-001.png"), "edited by hand").unwrap();
    assert_eq!(outcome(&batch.run()), (0, 1, 2));
    assert!(image::open(batch.output("good-001.png")).is_ok());
}

#[test]
fn unique_names_stay_the_same_from_run_to_run() {
    let batch = TestRun::new().options(&["--on-conflict", "unique"]);
    batch.write_good(2);
    batch.write("good-000.bmp", supervisor_tests::ppm(8, 8));
    assert_eq!(outcome(&batch.run()), (0, 3, 0));
    assert_eq!(outcome(&batch.run()), (0, 0, 3));
    touch(&batch.input("good-000.bmp"));
    assert_eq!(outcome(&batch.run()), (0, 1, 2));
    assert_eq!(outputs(&batch).len(), 3);
}

#[test]
fn names_made_from_the_content_are_known_again() {
    let batch = TestRun::new().options(&["--name", "{date}/{index}-{width}.{ext}"]);
    batch.write_good(3);
    assert_eq!(outcome(&batch.run()), (0, 3, 0));
    assert_eq!(outcome(&batch.run()), (0, 0, 3));
}

#[test]
fn fresh_does_everything_again_but_nothing_to_the_files_of_others() {
    let batch = done(3).options(&["--fresh"]);
    assert_eq!(outcome(&batch.run()), (0, 3, 0));
    fs::write(batch.output("good-001.png"), "edited by hand").unwrap();
    assert_eq!(batch.run().code(), 2);
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
        let batch = TestRun::new().options(&["--fresh", "--color", color]);
        batch.write("noted.jpg", adobe_rgb_jpeg());
        assert_eq!(outcome(&batch.run()), (0, 1, 0));
        let before = outputs(&batch);
        let profile = before.values().any(|jpeg| jpeg.windows(11).any(|bytes| bytes == b"ICC_PROFILE"));
        assert!(profile, "the output has no profile to compare");
        let second = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let began = second();
        until("another second", || second() != began);
        assert_eq!(outcome(&batch.run()), (0, 1, 0));
        assert_eq!(outputs(&batch), before, "with --color {color}");
    }
}

#[test]
fn what_failed_is_tried_again() {
    let batch = TestRun::new();
    batch.write_good(2);
    batch.write("bad.jpg", "no picture at all");
    let run = batch.run();
    assert_eq!((run.code(), run.total("ok"), run.total("failed")), (1, 2, 1));
    batch.write("bad.jpg", supervisor_tests::ppm(8, 8));
    assert_eq!(outcome(&batch.run()), (0, 1, 2));
}

#[test]
fn a_dry_run_shows_what_would_be_skipped_and_changes_nothing() {
    let batch = done(2);
    touch(&batch.input("good-001.ppm"));
    let journal = fs::read(batch.output(".supervisor/journal")).unwrap();
    let output = batch.command().arg("--dry-run").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("(skipped: up-to-date)") && text.contains("(replaced)"), "{text}");
    assert_eq!(fs::read(batch.output(".supervisor/journal")).unwrap(), journal);
}

#[test]
fn a_dry_run_makes_no_output_folder() {
    let batch = TestRun::new();
    batch.write_good(1);
    assert_eq!(batch.command().arg("--dry-run").output().unwrap().status.code(), Some(0));
    assert!(!batch.output("").exists());
}

#[test]
fn an_output_folder_that_cannot_be_made_is_a_mistake() {
    let batch = TestRun::new();
    batch.write_good(1);
    let output = Command::new(executable("supervisor"))
        .args([OsStr::new("run"), batch.input("").as_os_str(), OsStr::new("-o"), OsStr::new("/proc/results")])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("cannot use /proc/results as output folder"), "{text}");
}

#[test]
fn two_runs_keep_out_of_each_others_way() {
    let batch = TestRun::new().with_fault_worker();
    batch.write_good(2);
    batch.write("hang.jpg", format!("FAULT:hang {}", "x".repeat(10_000)));
    let mut first = batch.start();
    until("a worker", || !workers_using(batch.folder.path()).is_empty());
    let second = batch.command().output().unwrap();
    let text = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(75), "{text}");
    assert!(text.contains("another run is writing to"), "{text}");
    // Looking is allowed.
    assert_eq!(batch.command().arg("--dry-run").output().unwrap().status.code(), Some(0));
    kill(&mut first);
}

#[test]
fn a_journal_of_another_version_is_set_aside() {
    let batch = done(2);
    fs::write(batch.output(".supervisor/journal"), "supervisor journal 99\nwho knows").unwrap();
    let run = batch.run();
    assert_eq!(run.code(), 2, "{}", run.text());
    assert!(run.text().contains("another version"), "{}", run.text());
    let batch = batch.options(&["--on-conflict", "overwrite"]);
    assert_eq!(outcome(&batch.run()), (0, 2, 0));
    let aside = fs::read(batch.output(".supervisor/journal.unreadable-1")).unwrap();
    assert_eq!(aside, b"supervisor journal 99\nwho knows");
    assert_eq!(outcome(&batch.run()), (0, 0, 2));
}

/// Whether the journal has grown to a length, or the run is over.
fn has_come_to(batch: &TestRun, child: &mut Child, length: u64) -> bool {
    journal_length(batch) >= length || child.try_wait().unwrap().is_some()
}

fn journal_length(batch: &TestRun) -> u64 {
    fs::metadata(batch.output(".supervisor/journal")).map_or(0, |journal| journal.len())
}

#[test]
fn a_supervisor_that_is_killed_again_and_again_loses_nothing() {
    // Several times as many as are published in one go.
    const IMAGES: usize = 400;
    let expected = done(IMAGES);
    let batch = TestRun::new().with_fault_worker();
    batch.write_good(IMAGES);
    // One of two workers waits here with a photo, so no run gets to its end, however late it is killed.
    batch.write("good-000.ppm", gated(&batch.input(".gate")));
    let published =
        || fs::read_dir(batch.output("")).map_or(0, |folder| folder.flatten().count().saturating_sub(1));
    let mut killed_midway = 0;
    for round in 0..25u64 {
        // Some at the very beginning, some at every stage of publishing.
        let point = journal_length(&batch) + round * 97 % 1000;
        let mut child = batch.start();
        until("a point to kill at", || journal_length(&batch) >= point || published() == IMAGES - 1);
        kill(&mut child);
        killed_midway += usize::from((1..IMAGES).contains(&published()));
    }
    assert!(killed_midway > 0, "no run was killed in its middle");
    until("the last workers are gone", || workers_using(batch.folder.path()).is_empty());
    batch.write_good(1);
    let run = batch.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    assert_eq!(run.total("ok") + run.total("skipped"), IMAGES as u64);
    let content = |batch: &TestRun| -> Vec<Vec<u8>> { outputs(batch).into_values().collect() };
    assert_eq!(content(&batch), content(&expected));
    assert_eq!(outcome(&batch.run()), (0, 0, IMAGES as u64));
    let mut state: Vec<_> = fs::read_dir(batch.output(".supervisor"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    state.sort();
    assert_eq!(state, ["journal", "lock", "report.json"]);
}

#[test]
fn a_supervisor_that_is_killed_while_it_replaces_loses_nothing() {
    const IMAGES: usize = 400;
    let batch = done(IMAGES);
    let mut killed_midway = 0;
    for round in 0..12u64 {
        // Each time with another recipe, so that everything has to be replaced, and only a part is.
        let resize = format!("resize={}", 8 + round);
        let mut command = batch.command();
        let mut child = command.args(["-f", &resize]).spawn().unwrap();
        let before = journal_length(&batch);
        until("a point to kill at", || has_come_to(&batch, &mut child, before + 300 + round * 577));
        kill(&mut child);
        let files = batch.outputs();
        assert_eq!(files.len(), IMAGES);
        let now = files.iter().filter(|path| image::open(path).unwrap().width() == 8 + round as u32).count();
        killed_midway += usize::from(now > 0 && now < IMAGES);
    }
    assert!(killed_midway > 0, "every run was too quick or too slow to be killed among its replacements");
    until("the last workers are gone", || workers_using(batch.folder.path()).is_empty());
    let run = batch.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    assert_eq!(run.total("ok") + run.total("skipped"), IMAGES as u64);
    for path in batch.outputs() {
        assert_eq!(image::open(path).unwrap().width(), 32);
    }
}

/// The command of the batch, run as if the machine had been started anew since. `None` where that cannot be
/// feigned.
fn after_a_restart(batch: &TestRun, boot: &str) -> Option<Command> {
    let id = batch.folder.path().join("boot_id");
    fs::write(&id, boot).unwrap();
    let feign = "mount --bind \"$0\" /proc/sys/kernel/random/boot_id";
    let script = format!("{feign} && exec \"$@\"");
    let feigned = batch.command_within(&["unshare", "--mount", "sh", "-c", &script, id.to_str().unwrap()]);
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
    let batch = done(4);
    // As lost writes leave it: names without their content, or with other content of the same size and time.
    let cut = batch.output("good-001.png");
    let spoilt = batch.output("good-002.png");
    let foreign = batch.output("good-003.png");
    let modified = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    for (path, length) in [(&cut, 0), (&spoilt, fs::metadata(&spoilt).unwrap().len())] {
        let time = modified(path);
        fs::write(path, vec![0; length as usize]).unwrap();
        fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    let Some(mut command) = after_a_restart(&batch, "00000000-0000-0000-0000-000000000001") else { return };
    let run = batch.finish(command.spawn().unwrap());
    assert_eq!(outcome(&run), (0, 2, 2), "{}", run.text());
    for path in [&cut, &spoilt, &foreign] {
        assert!(image::open(path).is_ok());
    }
    // Whatever no power cut explains stays somebody else's.
    fs::write(&foreign, vec![0; 100_000]).unwrap();
    let Some(mut command) = after_a_restart(&batch, "00000000-0000-0000-0000-000000000002") else { return };
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::metadata(&foreign).unwrap().len(), 100_000);
}
