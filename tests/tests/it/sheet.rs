//! `sheet`: every photo small, with its name, page by page, whole or not at all.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use image::RgbImage;
use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::{Pid, Signal, kill_process};
use supervisor_tests::executable;
use supervisor_tests::gate::reached;
use tempfile::TempDir;

/// Of A4 with 300 pixels per inch.
const PAGE: (u32, u32) = (2480, 3508);
/// Colours that JPEG leaves apart.
const COLORS: [[u8; 3]; 7] =
    [[200, 0, 0], [0, 160, 0], [0, 0, 200], [0, 0, 0], [200, 0, 200], [0, 160, 160], [160, 160, 0]];

fn sheet(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(executable("supervisor"));
    command.env("SUPERVISOR_WORKER", executable("worker")).current_dir(folder).arg("sheet");
    let output = command.args(arguments).args(["-j", "2"]).output().unwrap();
    assert!(output.stdout.is_empty(), "{:?}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A folder with `in/`, where seven photos are, one of each colour, portraits and landscapes.
fn photos() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    for (number, color) in COLORS.iter().enumerate() {
        let (width, height) = if number % 2 == 0 { (1200, 800) } else { (800, 1200) };
        let mut photo = format!("P6\n{width} {height}\n255\n").into_bytes();
        photo.extend(color.repeat(width * height));
        fs::write(dir.path().join(format!("in/photo {number}.ppm")), photo).unwrap();
    }
    dir
}

/// The names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

fn page(file: &Path) -> RgbImage {
    let page = image::open(file).unwrap().into_rgb8();
    assert_eq!(page.dimensions(), PAGE);
    page
}

/// Which of the colours is in the middle of a cell, for a grid of 2 by 2; `None` where there is paper.
fn color(page: &RgbImage, cell: u32) -> Option<usize> {
    let (x, y) = (PAGE.0 / 4 * (1 + cell % 2 * 2), PAGE.1 / 4 * (1 + cell / 2 * 2));
    let [r, g, b] = page.get_pixel(x, y).0;
    COLORS.iter().position(|color| color.iter().zip([r, g, b]).all(|(one, other)| one.abs_diff(other) < 12))
}

/// Dark pixels in the part of a page that is this high and begins here.
fn dark(page: &RgbImage, (left, right): (u32, u32), (top, bottom): (u32, u32)) -> usize {
    let places = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
    places.filter(|(x, y)| page.get_pixel(*x, *y).0.iter().all(|value| *value < 100)).count()
}

#[test]
fn photos_are_on_pages_in_their_order_with_their_names() {
    let dir = photos();
    assert_eq!(sheet(dir.path(), &["in", "-o", "all.jpg", "--grid", "2x2", "-q"]), (0, String::new()));
    assert_eq!(names(dir.path()), ["all-1.jpg", "all-2.jpg", "in"]);
    let pages = ["all-1.jpg", "all-2.jpg"].map(|name| page(&dir.path().join(name)));
    let found: Vec<_> = pages.iter().flat_map(|page| (0..4).map(|cell| color(page, cell))).collect();
    assert_eq!(found, [Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), None]);
    // Names are below the photos, and the number of the page is below all.
    for page in &pages {
        assert!(dark(page, (120, 1200), (1580, 1736)) > 200, "a name");
        assert!(dark(page, (1100, 1400), (3400, 3508)) > 50, "a number");
        assert_eq!(dark(page, (0, 2480), (0, 100)), 0, "a margin");
    }
    assert_eq!(dark(&pages[1], (1300, 2360), (1800, 3388)), 0, "an empty cell");

    // One page has the name that it was given, and no number.
    assert_eq!(sheet(dir.path(), &["in", "-o", "one.JPG", "-q"]), (0, String::new()));
    let one = page(&dir.path().join("one.JPG"));
    assert_eq!(dark(&one, (0, 2480), (3400, 3508)), 0);
    assert_eq!(names(dir.path()), ["all-1.jpg", "all-2.jpg", "in", "one.JPG"]);
}

#[test]
fn a_pdf_has_all_pages() {
    let dir = photos();
    assert_eq!(sheet(dir.path(), &["in", "-o", "all.pdf", "--grid", "2x2", "-q"]), (0, String::new()));
    let bytes = fs::read(dir.path().join("all.pdf")).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("%PDF-1.") && text.ends_with("%%EOF\n") && text.contains("/Count 2"));
    // What is in it is what would be there as JPEG.
    assert_eq!(sheet(dir.path(), &["in", "-o", "all.jpg", "--grid", "2x2", "-q"]).0, 0);
    for name in ["all-1.jpg", "all-2.jpg"] {
        let page = fs::read(dir.path().join(name)).unwrap();
        assert!(bytes.windows(page.len()).any(|part| part == page), "{name}");
    }
    assert_eq!(names(dir.path()), ["all-1.jpg", "all-2.jpg", "all.pdf", "in"]);
}

#[test]
fn a_bad_photo_costs_its_cell_and_is_named() {
    let dir = photos();
    let whole = fs::read(dir.path().join("in/photo 0.ppm")).unwrap();
    fs::write(dir.path().join("in/photo 0.ppm"), &whole[..9999]).unwrap();
    let (code, text) = sheet(dir.path(), &["in", "-o", "all.jpg", "--grid", "2x4", "-q"]);
    assert!(code == 1 && text.contains("in/photo 0.ppm: ends before the picture does"), "{text}");
    assert!(dir.path().join("all.jpg").exists());
    fs::create_dir(dir.path().join("bad")).unwrap();
    fs::write(dir.path().join("bad/a.jpg"), "words").unwrap();
    let (code, text) = sheet(dir.path(), &["bad", "-o", "none.jpg", "-q"]);
    assert!(code == 1 && text.contains("is not an image"), "{text}");
    assert_eq!(names(dir.path()), ["all.jpg", "bad", "in"]);
}

#[test]
fn it_says_what_it_wrote_and_each_failure_once() {
    let dir = photos();
    fs::write(dir.path().join("in/words.jpg"), "just some words").unwrap();
    let mut command = Command::new(executable("supervisor"));
    command.env("SUPERVISOR_WORKER", executable("worker")).current_dir(dir.path());
    let output = command.args(["sheet", "in", "-o", "all.jpg", "--grid", "2x2"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let folder = dir.path().to_str().unwrap();
    let expected =
        format!("7 photos on 2 pages, 1 left out\nsheet: {folder}/all-1.jpg\nsheet: {folder}/all-2.jpg\n");
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(told.matches("words.jpg: is not an image").count(), 1, "{told}");
    assert!(told.contains("words.jpg: Take it out of the inputs"), "{told}");
}

#[test]
fn nothing_is_replaced_unless_told_and_photos_never_are() {
    let dir = photos();
    fs::write(dir.path().join("all-2.jpg"), "somebody's").unwrap();
    let two_pages = ["in", "-o", "all.jpg", "--grid", "2x2", "-q"];
    let (code, text) = sheet(dir.path(), &two_pages);
    assert!(code == 2 && text.contains("all-2.jpg is there already; --on-conflict overwrite"), "{text}");
    assert_eq!(names(dir.path()), ["all-2.jpg", "in"]);
    let overwrite = [&two_pages[..], &["--on-conflict", "overwrite"]].concat();
    assert_eq!(sheet(dir.path(), &overwrite), (0, String::new()));
    page(&dir.path().join("all-2.jpg"));
    fs::copy(dir.path().join("all-2.jpg"), dir.path().join("in/all.jpg")).unwrap();
    let onto = ["in", "-o", "in/all.jpg", "--on-conflict", "overwrite"];
    let (code, text) = sheet(dir.path(), &onto);
    assert!(code == 2 && text.contains("all.jpg is one of the photos, which are never replaced"), "{text}");
}

#[test]
fn what_cannot_be_is_refused_before_anything_runs() {
    let dir = photos();
    fs::create_dir(dir.path().join("empty")).unwrap();
    fs::create_dir(dir.path().join("folder.jpg")).unwrap();
    for (arguments, said) in [
        (&["in", "-o", "all.png"][..], "the name must end in .jpg or .pdf"),
        (&["in", "-o", "all"], "the name must end in .jpg or .pdf"),
        (&["in", "-o", "folder.jpg"], "there is a folder of that name"),
        (&["in", "-o", "none/all.jpg"], "there is no folder"),
        (&["in", "-o", "all.jpg", "--grid", "5"], "it must be COLUMNSxROWS, such as 4x5"),
        (&["empty", "-o", "all.jpg"], "no photos found in empty"),
        (&["none", "-o", "all.jpg"], "none: there is no such file or folder"),
    ] {
        let (code, text) = sheet(dir.path(), arguments);
        assert!(code == 2 && text.contains(said), "{arguments:?}: {code} {text}");
    }
    assert_eq!(names(dir.path()), ["empty", "folder.jpg", "in"]);
}

/// Every page is a run of its own, with workers of its own.
#[test]
fn a_signal_while_pages_are_made_ends_it_as_any_run_and_leaves_nothing() {
    let dir = photos();
    let gate = dir.path().join(".gate");
    mkfifoat(CWD, &gate, Mode::RUSR | Mode::WUSR).unwrap();
    // A worker for the first page waits at the gate.
    let waits = format!(
        "#!/bin/sh\nfor page in '{0}'/.supervisor-sheet-*/state-1; do\n\
         test -d \"$page\" && cat '{0}/.gate'\ndone\nexec '{1}' \"$@\"\n",
        dir.path().display(),
        executable("worker").display()
    );
    let program = dir.path().join("waits");
    fs::write(&program, waits).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(executable("supervisor"));
    command.env("SUPERVISOR_WORKER", &program).current_dir(dir.path());
    command.args(["sheet", "in", "-o", "all.jpg", "--grid", "2x2", "-q"]).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let held = reached(&gate).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    drop(held);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(names(dir.path()), [".gate", "in", "waits"]);
}
