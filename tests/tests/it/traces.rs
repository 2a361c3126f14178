//! Whatever a photo carries: after chains of filters nothing in the result speaks of the old picture, by
//! ExifTool and Pillow, none of whose code is in the worker. What goes along, `docs/what-survives.md` says.
//!
//! The programs in `tests/metadata/` make the photos and look at the results.

use std::fs;

use supervisor_tests::{TestRun, executable};

use crate::pillow::python;

/// What chains are made of. All leave the face in the photos bright, and the rest dark.
const FILTERS: [&str; 16] = [
    "resize=150",
    "resize:width=90,height=90,mode=fill",
    "resize:width=200,height=120,mode=stretch,enlarge=true",
    "crop:width=120,height=100",
    "crop:aspect=1,anchor=top-left",
    "crop:x=20,y=30,width=110,height=90",
    "rotate=90",
    "rotate=180",
    "rotate=270",
    "flip=horizontal",
    "flip=vertical",
    "blur=1",
    "pad:width=260,height=260,color=black",
    "border:width=12,color=black",
    "grayscale",
    TILT,
];
const TILT: &str = "rotate:angle=9,color=black";
const FORMATS: [&str; 6] = ["keep", "jpeg", "png", "webp", "tiff", "avif"];

/// Numbers that look random, the same each time (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        all[(self.0 >> 20) as usize % all.len()]
    }
}

/// Runs ten chains over photos of every format that carry everything.
fn ten_chains(first: u64) {
    for seed in first..first + 10 {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ seed << 32);
        let length = dice.one_of(&["1", "2", "3", "4"]).parse().unwrap();
        let chain: Vec<&str> = (0..length).map(|_| dice.one_of(&FILTERS)).collect();
        let mut options = vec!["--format", dice.one_of(&FORMATS)];
        options.extend(chain.iter().flat_map(|filter| ["-f", filter]));
        let test = TestRun::new().options(&options);
        let folder = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
        fs::create_dir_all(test.input("")).unwrap();
        python("metadata/traces.py", &["make", &folder(test.input(""))]);
        let run = test.run();
        assert_eq!(run.code(), 0, "{options:?}: {}", run.text());
        let mut check = vec!["check".to_owned(), folder(test.output(""))];
        check.extend(chain.contains(&TILT).then(|| "tilted".to_owned()));
        let check: Vec<&str> = check.iter().map(String::as_str).collect();
        eprintln!("{options:?}");
        python("metadata/traces.py", &check);
    }
}

#[test]
fn no_trace_of_the_old_picture_is_left_by_the_first_ten_chains() {
    ten_chains(0);
}

#[test]
fn no_trace_of_the_old_picture_is_left_by_the_next_ten() {
    ten_chains(10);
}

#[test]
fn no_trace_of_the_old_picture_is_left_by_ten_more() {
    ten_chains(20);
}

#[test]
fn no_trace_of_the_old_picture_is_left_by_the_last_ten() {
    ten_chains(30);
}

#[test]
fn previews_in_the_notes_of_makers_go_with_an_edit_and_are_named() {
    let test = TestRun::new().options(&["-f", "blur=2"]);
    let folder = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
    fs::create_dir_all(test.input("")).unwrap();
    python("metadata/traces.py", &["make", &folder(test.input(""))]);
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    for maker in ["nikon.jpg", "casio.jpg", "olympus.jpg", "sony.jpg"] {
        let detail = run.image(maker)["detail"].as_str().unwrap_or_default().to_owned();
        assert!(
            detail.contains("the camera's own preview of the photo as it was before"),
            "{maker}: {detail}"
        );
    }
    python("metadata/traces.py", &["check", &folder(test.output(""))]);
}

/// Run with `UPDATE_DOCS=1` to rewrite the page.
#[test]
fn the_page_of_what_survives_is_current() {
    let supervisor = executable("supervisor");
    let page = python("metadata/survives.py", &[&supervisor.to_string_lossy()]);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/what-survives.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, page).unwrap();
    } else {
        let current = fs::read_to_string(path).unwrap();
        assert!(
            current == page,
            "docs/what-survives.md is out of date: UPDATE_DOCS=1 writes it anew\n{page}"
        );
    }
}
