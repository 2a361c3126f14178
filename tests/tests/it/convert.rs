//! `convert`: one photo from a file or a pipe to a file or a pipe, whole or not at all, and nothing else.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use supervisor_tests::gate::{gated, reached};
use supervisor_tests::{TestRun, executable, ppm, until};
use tempfile::TempDir;

/// `supervisor convert` in a folder, with workers of this name.
fn command_with(worker: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(executable("supervisor"));
    command.env("SUPERVISOR_WORKER", executable(worker)).current_dir(folder).arg("convert").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    command_with("worker", folder, arguments)
}

/// Hands it this on standard input, and waits for its end.
fn fed(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    // One that takes nothing from there may have ended by now.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn convert(folder: &Path, arguments: &[&str]) -> (i32, String) {
    told(&fed(command(folder, arguments), b""))
}

/// The exit code, and what it said on standard error; standard output must be empty.
fn told(output: &Output) -> (i32, String) {
    assert!(output.stdout.is_empty(), "{:?}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A folder with a photo of 32 by 24 pixels, and one that ends too early.
fn photos() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.ppm"), ppm(32, 24)).unwrap();
    fs::write(dir.path().join("half.ppm"), &ppm(32, 24)[..900]).unwrap();
    dir
}

/// The names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_ending_of_the_result_says_the_format() {
    let dir = photos();
    for (name, options, format) in [
        ("a.jpg", &[][..], image::ImageFormat::Jpeg),
        ("a.png", &[], image::ImageFormat::Png),
        ("a {b}.webp", &["--format", "keep"], image::ImageFormat::WebP),
        ("no-ending", &["--format", "tiff"], image::ImageFormat::Tiff),
    ] {
        let (code, text) = convert(dir.path(), &[&["a.ppm", name, "-f", "resize=16"], options].concat());
        assert_eq!((code, text.as_str()), (0, ""), "{name}");
        let bytes = fs::read(dir.path().join(name)).unwrap();
        assert_eq!(image::guess_format(&bytes).unwrap(), format, "{name}");
        assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 16, "{name}");
    }
    let expected = ["a {b}.webp", "a.jpg", "a.png", "a.ppm", "half.ppm", "no-ending"];
    assert_eq!(names(dir.path()), expected, "and nothing beside them");
    // A recipe's format yields to what is typed, and does where nothing is.
    fs::write(dir.path().join("png.toml"), "[output]\nformat = \"png\"\n").unwrap();
    assert_eq!(convert(dir.path(), &["a.ppm", "b.jpg", "-r", "png.toml"]).0, 0);
    assert!(fs::read(dir.path().join("b.jpg")).unwrap().starts_with(b"\xff\xd8"));
    let piped = fed(command(dir.path(), &["a.ppm", "-", "-r", "png.toml"]), b"");
    assert!(piped.stdout.starts_with(b"\x89PNG"));
}

#[test]
fn it_joins_pipes() {
    let dir = photos();
    let photo = ppm(640, 480);
    let first = fed(command(dir.path(), &["-", "-", "--format", "png", "-f", "sepia"]), &photo);
    assert_eq!((first.status.code(), String::from_utf8_lossy(&first.stderr).as_ref()), (Some(0), ""));
    let second = fed(command(dir.path(), &["-", "-", "--format", "jpg", "-f", "resize=64"]), &first.stdout);
    let picture = image::load_from_memory_with_format(&second.stdout, image::ImageFormat::Jpeg).unwrap();
    assert_eq!((picture.width(), picture.height()), (64, 48));
    let (code, text) = told(&fed(command(dir.path(), &["-", "piped.webp"]), &second.stdout));
    assert_eq!((code, text.as_str()), (0, ""));
    assert_eq!(image::open(dir.path().join("piped.webp")).unwrap().width(), 64);
    assert_eq!(names(dir.path()), ["a.ppm", "half.ppm", "piped.webp"]);
}

#[test]
fn what_it_cannot_do_is_refused_before_anything_runs() {
    let dir = photos();
    fs::create_dir(dir.path().join("folder")).unwrap();
    fs::write(dir.path().join("there.jpg"), "somebody's").unwrap();
    let two = "[[output]]\nname = \"web\"\n[[output]]\nname = \"print\"\n";
    fs::write(dir.path().join("two.toml"), two).unwrap();
    for (arguments, said) in [
        (&["a.ppm", "half.ppm", "b.jpg"][..], "b.jpg is one too many; for several photos: supervisor run"),
        (&["folder", "b.jpg"], "folder is a folder, and convert takes one photo"),
        (&["missing.jpg", "b.jpg"], "missing.jpg: there is no such file"),
        (&["a.ppm", "folder"], "folder: this is a folder; name the file"),
        (&["a.ppm", "b/"], "b/: this is a folder"),
        (&["a.ppm", "nowhere/b.jpg"], "nowhere/b.jpg: there is no folder"),
        (&["a.ppm", "there.jpg"], "there.jpg"),
        (&["a.ppm", "a.ppm", "--format", "keep"], "a.ppm: .ppm cannot be written; the name can end in .jpg"),
        (&["there.jpg", "there.jpg", "--on-conflict", "overwrite"], "is the photo itself"),
        (&["a.ppm", "b"], "b does not say the format; end the name in .jpg"),
        (&["a.ppm", "b.heic"], "b.heic: .heic cannot be written"),
        (&["a.ppm", "-"], "standard output has no ending that would say the format; add --format"),
        (&["a.ppm", "b.jpg", "--format", "png"], "b.jpg ends in .jpg, and --format is png; leave one"),
        (&["a.ppm", "b.png", "--max-bytes", "9k"], "--max-bytes goes with jpeg, webp and avif"),
        (
            &["a.ppm", "b.png", "--target-quality", "80"],
            "--target-quality goes with jpeg, webp and avif: a png",
        ),
        (&["a.ppm", "b.jpg", "--target-quality", "0"], "it must be a whole number, 1 to 100"),
        (&["a.ppm", "b.jpg", "--target-quality", "80", "--quality", "80"], "cannot be used with"),
        (&["a.ppm", "b.webp", "--target-quality", "80", "--lossless"], "lossless contradict each other"),
        (&["a.ppm", "b.avif", "--lossless"], "--lossless goes with jpeg, png, webp and tiff: an avif file"),
        (&["a.ppm", "b.jpg", "--effort", "slow"], "it must be one of fast, small"),
        (&["a.ppm", "b.jpg", "-r", "two.toml"], "several results of a photo (web, print)"),
        (&["a.ppm"], "required arguments were not provided"),
    ] {
        let (code, text) = convert(dir.path(), arguments);
        assert!(code == 2 && text.contains(said), "{arguments:?}: {code} {text}");
    }
    assert_eq!(names(dir.path()), ["a.ppm", "folder", "half.ppm", "there.jpg", "two.toml"]);
    assert_eq!(fs::read(dir.path().join("there.jpg")).unwrap(), b"somebody's");
}

#[test]
fn a_file_in_the_way_is_replaced_only_when_told() {
    let dir = photos();
    let there = dir.path().join("b.jpg");
    fs::write(&there, "older").unwrap();
    let with = |conflict: &str| convert(dir.path(), &["a.ppm", "b.jpg", "--on-conflict", conflict]);
    let (code, text) = with("error");
    let advice =
        "b.jpg is there already; give the result another name, or --on-conflict overwrite to replace it";
    assert!(code == 2 && text.contains(advice), "{text}");
    let (code, text) = with("skip");
    assert!(code == 0 && text.contains("b.jpg is there already; nothing was done"), "{text}");
    let (code, text) = with("unique");
    assert!(code == 0 && text.contains("b-1.jpg"), "{text}");
    assert_eq!(fs::read(&there).unwrap(), b"older");
    assert_eq!(with("overwrite"), (0, String::new()));
    assert_eq!(fs::read(&there).unwrap(), fs::read(dir.path().join("b-1.jpg")).unwrap());
}

#[test]
fn a_link_to_what_is_no_file_is_never_replaced() {
    let dir = photos();
    let link = dir.path().join("b.jpg");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    for conflict in ["error", "overwrite"] {
        let (code, text) = convert(dir.path(), &["a.ppm", "b.jpg", "--on-conflict", conflict]);
        assert!(code == 2 && text.contains("no file; - is standard output"), "{text}");
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("/dev/null"));
    }
}

#[test]
fn a_photo_that_cannot_be_converted_leaves_nothing() {
    let dir = photos();
    fs::write(dir.path().join("b.jpg"), "older").unwrap();
    let overwrite = ["half.ppm", "b.jpg", "--on-conflict", "overwrite"];
    let (code, text) = convert(dir.path(), &overwrite);
    assert!(code == 1 && text.contains("half.ppm: ends before the picture does"), "{text}");
    assert_eq!(fs::read(dir.path().join("b.jpg")).unwrap(), b"older");
    let (code, text) = told(&fed(command(dir.path(), &["-", "-", "--format", "jpeg"]), b"just words"));
    assert!(code == 1 && text.contains("standard input: is not an image"), "{text}");
    let (code, text) = convert(dir.path(), &["-", "c.jpg"]);
    assert!(code == 1 && text.contains("the file is empty"), "{text}");
    // Limits and the sandbox are those of a run, and so is what a crash costs.
    let (code, text) = convert(dir.path(), &["a.ppm", "c.jpg", "--max-pixels", "700"]);
    assert!(code == 1 && text.contains("larger than the limits allow"), "{text}");
    fs::write(dir.path().join("bad.jpg"), "FAULT:abort").unwrap();
    let (code, text) = told(&fed(command_with("fault-worker", dir.path(), &["bad.jpg", "c.jpg"]), b""));
    assert!(code == 1 && text.contains("makes the worker crash"), "{text}");
    let mut without = command(dir.path(), &["a.ppm", "c.jpg"]);
    without.env("SUPERVISOR_WORKER", "/no/such/worker");
    let (code, text) = told(&fed(without, b""));
    assert!(code == 3 && text.contains("is no file"), "{text}");
    assert_eq!(names(dir.path()), ["a.ppm", "b.jpg", "bad.jpg", "half.ppm"]);
}

#[test]
fn the_report_says_where_the_photo_came_from_and_went() {
    let dir = photos();
    let arguments = ["-", "-", "--format", "png", "--report", "report.json"];
    assert!(fed(command(dir.path(), &arguments), &ppm(8, 8)).status.success());
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("report.json")).unwrap()).unwrap();
    let image = &report["images"][0];
    assert_eq!((&image["input"], &image["output"]), (&"standard input".into(), &"standard output".into()));
    assert_eq!((&image["outputs"][0]["output"], &image["width"]), (&"standard output".into(), &8.into()));
}

#[test]
fn standard_output_that_takes_no_photo_is_worth_another_try() {
    let dir = photos();
    let mut full = command(dir.path(), &["a.ppm", "-", "--format", "png"]);
    full.stdout(fs::File::options().write(true).open("/dev/full").unwrap());
    let (code, text) = told(&fed(full, b""));
    assert!(code == 75 && text.contains("standard output: No space left"), "{text}");
}

#[test]
fn a_name_in_no_known_letters_is_as_good_as_any() {
    let dir = photos();
    let name = OsStr::from_bytes(b"caf\xE9 {a}.jpg");
    let mut named = command(dir.path(), &["a.ppm"]);
    named.arg(name);
    assert_eq!(told(&fed(named, b"")), (0, String::new()));
    assert!(fs::read(dir.path().join(name)).unwrap().starts_with(b"\xFF\xD8"));
    let mut bare = command(dir.path(), &["a.ppm"]);
    bare.arg(OsStr::from_bytes(b"\xE9.heic"));
    assert!(told(&fed(bare, b"")).1.contains("cannot be written"));
}

/// The folders that conversions keep their own files in.
fn scratch_folders(dir: &Path) -> Vec<String> {
    names(dir).into_iter().filter(|name| name.starts_with(".supervisor-convert-")).collect()
}

#[test]
fn a_signal_while_the_photo_comes_or_goes_leaves_nothing() {
    let dir = photos();
    for signal in [Signal::INT, Signal::TERM] {
        let mut child = command(dir.path(), &["-", "b.jpg"]).spawn().unwrap();
        let held = child.stdin.take();
        let kept =
            || scratch_folders(dir.path()).iter().any(|name| dir.path().join(name).join("stdin").exists());
        until("it takes in standard input", kept);
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait_with_output().unwrap().status.signal(), Some(signal.as_raw()));
        drop(held);
        assert_eq!(names(dir.path()), ["a.ppm", "half.ppm"]);
    }
    // A photo that no pipe holds, which nobody takes.
    fs::write(dir.path().join("large.ppm"), ppm(900, 900)).unwrap();
    let mut sending = command(dir.path(), &["large.ppm", "-", "--format", "tiff"]);
    let mut child = sending.env("TMPDIR", dir.path()).spawn().unwrap();
    let is_made = |name: &String| dir.path().join(name).join("result/photo").exists();
    until("it is made", || scratch_folders(dir.path()).iter().any(is_made));
    until("a signal ends it", || {
        let _ = kill_process(Pid::from_child(&child), Signal::TERM);
        child.try_wait().unwrap().is_some()
    });
    assert_eq!(scratch_folders(dir.path()), Vec::<String>::new());
}

/// Starts a conversion of a photo at which the worker waits.
fn waiting(dir: &Path, gate: &Path) -> Child {
    fs::write(dir.join("slow.jpg"), gated(gate)).unwrap();
    // A sealed worker could not open the gate beside its photo.
    command_with("fault-worker", dir, &["slow.jpg", "slow.png", "--sandbox", "off"]).spawn().unwrap()
}

#[test]
fn a_kill_leaves_no_part_of_a_photo_and_the_next_one_cleans_up() {
    let dir = photos();
    let gate = dir.path().join(".gate");
    let mut child = waiting(dir.path(), &gate);
    let held = reached(&gate).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(held);
    let left: Vec<String> = names(dir.path()).into_iter().filter(|name| name.starts_with(".super")).collect();
    assert_eq!(left.len(), 1, "the kill came too late: {left:?}");
    assert!(!dir.path().join("slow.png").exists());
    until("what it left is swept", || {
        let (code, text) = convert(dir.path(), &["a.ppm", "a.png", "--on-conflict", "overwrite"]);
        assert_eq!((code, text.as_str()), (0, ""));
        !dir.path().join(&left[0]).exists()
    });
}

#[test]
fn the_first_signal_lets_the_photo_be_finished_and_the_second_does_not() {
    let dir = photos();
    let gate = dir.path().join(".gate");
    let child = waiting(dir.path(), &gate);
    let held = reached(&gate).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    drop(held);
    let (code, text) = told(&child.wait_with_output().unwrap());
    // It may have been finished before the signal was seen.
    assert!([0, 143].contains(&code) && image::open(dir.path().join("slow.png")).is_ok(), "{code} {text}");

    fs::remove_file(dir.path().join("slow.png")).unwrap();
    fs::remove_file(&gate).unwrap();
    let mut child = waiting(dir.path(), &gate);
    let _held = reached(&gate).unwrap();
    until("a second signal ends it", || {
        // Two that come at once may count as one.
        let _ = kill_process(Pid::from_child(&child), Signal::TERM);
        child.try_wait().unwrap().is_some()
    });
    // One that comes when all is over but the telling ends it at once.
    let status = child.wait().unwrap();
    assert!(status.code() == Some(143) || status.signal() == Some(Signal::TERM.as_raw()), "{status}");
    assert!(!dir.path().join("slow.png").exists());
}

#[test]
fn several_write_to_one_folder_at_once_and_beside_a_run() {
    let test = TestRun::new().with_fault_worker();
    let gate = test.input(".gate");
    test.write("slow.ppm", gated(&gate));
    let run = test.start();
    let held = reached(&gate).unwrap();
    let out = test.output("");
    fs::write(out.join("a.ppm"), ppm(64, 48)).unwrap();
    let names: Vec<String> = (0..8).map(|n| format!("b{n}.webp")).collect();
    let children: Vec<Child> =
        names.iter().map(|name| command(&out, &["a.ppm", name]).spawn().unwrap()).collect();
    for child in children {
        let (code, text) = told(&child.wait_with_output().unwrap());
        assert_eq!((code, text.as_str()), (0, ""));
    }
    assert!(names.iter().all(|name| image::open(out.join(name)).is_ok()));
    drop(held);
    assert_eq!(test.finish(run).code(), 0);
}
