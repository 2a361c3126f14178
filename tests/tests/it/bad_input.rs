//! Damaged, hostile and odd inputs: each gets its verdict, and the others are done.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use image::ImageFormat;
use rustix::fs::{Mode, OFlags};
use supervisor_tests::TestRun;

#[test]
fn each_bad_input_gets_its_verdict() {
    let encoded = |format: ImageFormat| {
        let picture = image::load_from_memory(&supervisor_tests::ppm(160, 120)).unwrap();
        let mut file = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    };
    let test = TestRun::new();
    test.write_good(5);
    test.write("empty.jpg", "");
    test.write("renamed.jpg", "just some words");
    for (name, format) in [("cut.jpg", ImageFormat::Jpeg), ("cut.png", ImageFormat::Png)] {
        let whole = encoded(format);
        test.write(name, &whole[..whole.len() / 2]);
    }
    // A JPEG whose header promises 65,535 × 65,535 pixels.
    let mut huge = encoded(ImageFormat::Jpeg);
    let frame = huge.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    huge[frame + 5..frame + 9].fill(0xFF);
    test.write("huge.jpg", huge);
    symlink("self.jpg", test.input("self.jpg")).unwrap();
    symlink("nowhere", test.input("gone.jpg")).unwrap();
    std::fs::create_dir(test.input("folder.jpg")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, test.input("pipe.jpg"), 0o600.into()).unwrap();
    std::fs::write(test.input("").join(OsStr::from_bytes(b"caf\xE9.ppm")), supervisor_tests::ppm(8, 8))
        .unwrap();
    std::fs::write(test.input(&format!("{}.ppm", "x".repeat(251))), supervisor_tests::ppm(8, 8)).unwrap();

    let run = test.run();
    assert_eq!(run.code(), 1, "{}", run.text());
    for (name, verdict) in [
        ("empty.jpg", "failed not-an-image"),
        ("renamed.jpg", "failed not-an-image"),
        ("cut.jpg", "failed truncated"),
        ("cut.png", "failed truncated"),
        ("huge.jpg", "failed too-large"),
        ("self.jpg", "failed unreadable"),
        ("gone.jpg", "failed vanished"),
        ("pipe.jpg", "failed not-an-image"),
        ("caf\\xE9.ppm", "ok"),
    ] {
        assert_eq!(run.verdict(name), verdict, "{name}");
    }
    // The folder is no image, whatever its name.
    assert_eq!(run.total("images"), 7 + 8, "{}", run.text());
    assert_eq!((run.total("ok"), run.total("restarts")), (7, 0), "{}", run.text());
    let output = image::open(test.output("good-000.png")).unwrap();
    assert_eq!((output.width(), output.height()), (32, 24));
}

#[test]
fn a_file_of_a_filter_that_is_of_no_use_is_said_before_anything_runs() {
    for (filter, name) in [("lut=", "look.cube"), ("watermark:image=", "logo.png")] {
        let test = TestRun::new();
        test.write_good(3);
        let file = test.folder.path().join(name);
        std::fs::write(&file, "no such thing").unwrap();
        let test = test.options(&["-f", &format!("{filter}{}", file.display())]);
        let run = test.run();
        assert_eq!(run.code(), 2, "{}", run.text());
        assert!(run.text().contains(name) && run.text().contains("nothing was run"), "{}", run.text());
        assert!(!test.output("").exists());
    }
}

/// Folders of photos may have been worked on before, by whomever.
#[test]
fn a_journal_among_the_photos_holds_nothing_up() {
    let test = TestRun::new();
    for name in ["pipe", "zeros", "maze"] {
        test.write(&format!("{name}/a.ppm"), supervisor_tests::ppm(8, 8));
        std::fs::create_dir(test.input(&format!("{name}/.supervisor"))).unwrap();
    }
    let journal = |name: &str| test.input(&format!("{name}/.supervisor/journal"));
    rustix::fs::mkfifoat(rustix::fs::CWD, journal("pipe"), 0o600.into()).unwrap();
    symlink("/dev/zero", journal("zeros")).unwrap();
    std::fs::write(
        journal("maze"),
        [b"supervisor journal 1\n", &[0, 0, 0x80, 0].repeat(6 << 20)[..]].concat(),
    )
    .unwrap();
    for name in ["pipe", "zeros", "maze"] {
        let mut command = test.command();
        command.arg(test.input(name)).args(["--on-conflict", "unique", "--exclude", "good*"]);
        let run = test.finish(command.spawn().unwrap());
        assert_eq!(
            (run.code(), run.verdict(&format!("{name}/a.ppm"))),
            (0, "ok".to_owned()),
            "{}",
            run.text()
        );
    }
}

/// Folders in each other, to a path that is longer than any may be (PATH_MAX), made step by step.
fn make_too_deep(folder: &Path) {
    let step = "x".repeat(200);
    let mut folder = rustix::fs::open(folder, OFlags::DIRECTORY, Mode::empty()).unwrap();
    for _ in 0..25 {
        rustix::fs::mkdirat(&folder, &step, 0o700.into()).unwrap();
        folder = rustix::fs::openat(&folder, &step, OFlags::DIRECTORY, Mode::empty()).unwrap();
    }
}

#[test]
fn what_cannot_be_looked_into_in_a_folder_of_results_is_named() {
    let test = TestRun::new();
    test.write_good(1);
    fs::create_dir_all(test.input("web/.supervisor")).unwrap();
    make_too_deep(&test.input("web"));
    let run = test.run();
    assert_eq!((run.code(), run.total("ok"), run.total("failed")), (0, 1, 0), "{}", run.text());
    assert!(run.text().contains("cannot be looked into: File name too long"), "{}", run.text());
}

#[test]
fn a_folder_too_deep_to_be_looked_into_is_named() {
    let test = TestRun::new();
    test.write_good(1);
    make_too_deep(&test.input(""));
    let run = test.run();
    assert_eq!((run.code(), run.total("ok"), run.total("failed")), (1, 1, 1), "{}", run.text());
    assert!(run.text().contains("File name too long"), "{}", run.text());
}
