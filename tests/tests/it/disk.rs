//! Disks that fill up, are read-only or go away: code 75, what is finished stays, nothing is half-written,
//! and the same command goes on afterwards.
//!
//! Small disks are mounted, which needs root; where that is not permitted, those tests say so and pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use supervisor_tests::{TestRun, executable, until};

/// A small disk over an output folder; unmounted when it is dropped.
pub(super) struct Disk(PathBuf);

impl Disk {
    pub(super) fn mount(test: &TestRun, size: &str) -> Option<Disk> {
        let folder = test.output("");
        fs::create_dir(&folder).unwrap();
        let options = format!("size={size},mode=755");
        match command("mount", &["-t", "tmpfs", "-o", &options, "tmpfs"], &folder) {
            Ok(()) => Some(Disk(folder)),
            Err(reason) => {
                eprintln!("not tested, a small disk cannot be mounted here: {reason}");
                None
            }
        }
    }

    /// Just after a run the kernel may still be letting go of its files; then it says that the disk is busy.
    pub(super) fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        until("the disk is remounted", || match command("mount", &["-o", &options], &self.0) {
            Ok(()) => true,
            Err(reason) => {
                assert!(reason.contains("busy"), "{reason}");
                false
            }
        });
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = command("umount", &["-l"], &self.0);
    }
}

fn command(program: &str, arguments: &[&str], folder: &Path) -> Result<(), String> {
    let output = Command::new(program).args(arguments).arg(folder).output().map_err(|e| e.to_string())?;
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(words) }
}

/// Photos whose outputs are some ten kilobytes each.
pub(super) fn write_noise(test: &TestRun, count: usize) {
    let mut seed = 1u32;
    for n in 0..count {
        let mut file = b"P6\n64 64\n255\n".to_vec();
        file.extend(
            std::iter::repeat_with(|| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .take(64 * 64 * 3),
        );
        test.write(&format!("noise-{n:03}.ppm"), file);
    }
}

/// The outputs that stand there; each must be a whole image.
fn whole_outputs(test: &TestRun) -> u64 {
    let files = test.outputs();
    for path in &files {
        assert!(image::open(path).is_ok(), "{} is not whole", path.display());
    }
    files.len() as u64
}

#[test]
fn a_full_disk_ends_the_run_and_room_lets_it_go_on() {
    let test = TestRun::new();
    write_noise(&test, 200);
    let Some(disk) = Disk::mount(&test, "600k") else { return };
    let run = test.run();
    assert_eq!(run.code(), 75, "{}", run.text());
    assert!(run.text().contains("No space left on device"), "{}", run.text());
    assert_eq!(run.total("failed") + run.total("quarantined"), 0, "{}", run.report()["totals"]);
    assert!(run.total("cancelled") > 0 && run.total("not_run") > 0, "{}", run.report()["totals"]);
    let finished = run.total("ok");
    assert!(finished > 0);
    assert_eq!(whole_outputs(&test), finished);

    // Nothing has changed: nothing more can be done, and nothing is lost.
    let again = test.run();
    assert_eq!((again.code(), again.total("skipped")), (75, finished), "{}", again.text());
    assert_eq!(whole_outputs(&test), finished + again.total("ok"));

    disk.remount("size=64m");
    let rest = test.run();
    assert_eq!((rest.code(), rest.total("ok") + rest.total("skipped")), (0, 200), "{}", rest.text());
    assert!(rest.total("skipped") >= finished);
    assert_eq!(whole_outputs(&test), 200);
}

#[test]
fn a_disk_that_is_full_at_the_beginning_is_said() {
    let test = TestRun::new();
    test.write_good(3);
    let Some(_disk) = Disk::mount(&test, "16k") else { return };
    let _ = fs::write(test.output("full"), vec![1; 64 << 10]);
    let look = test.command().arg("--dry-run").output().unwrap();
    let words = String::from_utf8_lossy(&look.stdout);
    assert!(look.status.success() && words.contains("note: there is no room left"), "{words}");
    let run = test.run();
    assert_eq!(run.code(), 75, "{}", run.text());
    assert!(run.text().contains("No space left on device"), "{}", run.text());
    assert!(!test.output("good-000.png").exists());
}

#[test]
fn a_read_only_disk_is_said_and_what_is_finished_stays() {
    let test = TestRun::new();
    test.write_good(3);
    let Some(disk) = Disk::mount(&test, "4m") else { return };
    assert_eq!(test.run().code(), 0);
    disk.remount("ro");
    test.write("new.ppm", supervisor_tests::ppm(8, 8));
    let run = test.run();
    assert_eq!(run.code(), 75, "{}", run.text());
    assert!(run.text().contains("Read-only file system"), "{}", run.text());
    // Looking needs no room and no lock.
    let look = test.command().arg("--dry-run").output().unwrap();
    assert_eq!(look.status.code(), Some(0));
    let words = String::from_utf8_lossy(&look.stdout);
    assert!(words.contains("note: the file system is read-only"), "{words}");
    assert_eq!(whole_outputs(&test), 3);
    disk.remount("rw");
    let run = test.run();
    assert_eq!((run.code(), run.total("ok"), run.total("skipped")), (0, 1, 3), "{}", run.text());
}

#[test]
fn an_output_folder_that_is_taken_away_is_not_made_again() {
    let test = TestRun::new().options(&["-f", "blur=20"]);
    write_noise(&test, 300);
    let aside = test.folder.path().join("aside");
    let child = test.start();
    until("an output", || test.output("noise-000.png").exists());
    fs::rename(test.output(""), &aside).unwrap();
    let run = test.finish(child);
    assert_eq!(run.code(), 75, "{}", run.text());
    assert!(run.text().contains("is gone"), "{}", run.text());
    assert!(!test.output("").exists());
    assert_eq!(run.total("failed"), 0);
    assert!(run.total("not_run") > 0, "{}", run.report()["totals"]);
    let finished = run.total("ok");

    fs::rename(&aside, test.output("")).unwrap();
    assert_eq!(whole_outputs(&test), finished);
    let run = test.run();
    assert_eq!((run.code(), run.total("ok") + run.total("skipped")), (0, 300), "{}", run.text());
    assert_eq!(run.total("skipped"), finished);
}

#[test]
fn workers_that_find_no_output_folder_any_more_are_no_fault_of_the_pool() {
    let test = TestRun::new().with_fault_worker();
    test.write_good(1);
    for n in 0..60 {
        test.write(&format!("poison-{n:02}.jpg"), "FAULT:abort");
    }
    let child = test.start();
    until("an output", || test.output("good-000.png").exists());
    fs::rename(test.output(""), test.folder.path().join("aside")).unwrap();
    let run = test.finish(child);
    assert_eq!(run.code(), 75, "{}", run.text());
    assert!(run.text().contains("is gone"), "{}", run.text());
    assert!(run.total("not_run") > 0, "{}", run.report()["totals"]);
}

#[test]
fn a_full_disk_takes_no_part_of_a_converted_photo() {
    let test = TestRun::new();
    write_noise(&test, 1);
    let Some(disk) = Disk::mount(&test, "64k") else { return };
    let _ = fs::write(test.output("full"), vec![1; 48 << 10]);
    let convert = || {
        let mut command = Command::new(executable("supervisor"));
        command.env("SUPERVISOR_WORKER", executable("worker")).arg("convert");
        let output = command.arg(test.input("noise-000.ppm")).arg(test.output("a.png")).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = convert();
    assert!(code == Some(75) && text.contains("No space left on device"), "{text}");
    let left: Vec<_> =
        fs::read_dir(test.output("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["full"]);
    disk.remount("size=1m");
    assert_eq!(convert(), (Some(0), String::new()));
    assert!(image::open(test.output("a.png")).is_ok());
}
