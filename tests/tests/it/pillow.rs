//! Colours, orientation, densities, TIFF and AVIF, held against Pillow with LittleCMS, libtiff and libavif:
//! none of their code is in the worker.
//!
//! `tests/pillow/check.py` makes the photos and compares the results; it runs in the Python that
//! `scripts/setup --tests` makes.

use std::fs;
use std::path::Path;
use std::process::Command;

use supervisor_tests::{TestRun, executable};

/// Makes photos of this kind, runs them with these options, and has the results checked.
fn hold(kind: &str, options: &[&str]) {
    let test = TestRun::new().options(options);
    let input = test.input("");
    fs::create_dir_all(&input).unwrap();
    python("pillow/check.py", &["make", kind, &input.to_string_lossy()]);
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    let folders = [test.input(""), test.output("")].map(|folder| folder.to_string_lossy().into_owned());
    python("pillow/check.py", &["check", kind, &folders[0], &folders[1]]);
}

/// Runs one of the programs beside the tests; returns what it printed.
pub(crate) fn python(script: &str, arguments: &[&str]) -> String {
    // Beside the folder of the executables.
    let python = executable("supervisor").parent().unwrap().with_file_name("venv").join("bin/python");
    assert!(python.is_file(), "{} is not there: run `scripts/setup --tests` first", python.display());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let output = Command::new(python).arg("-B").arg(path).args(arguments).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{script} {arguments:?}: {out}{err}");
    out
}

#[test]
fn colours_are_those_of_little_cms() {
    for format in ["png", "tiff", "webp"] {
        hold("colors", &["--format", format]);
    }
}

#[test]
fn all_orientations_come_out_the_same_in_every_format() {
    hold("orientation", &["--format", "png"]);
}

#[test]
fn a_density_survives_every_pair_of_formats() {
    for format in ["jpeg", "png", "tiff", "webp", "avif"] {
        hold("density", &["--format", format, "-f", "resize=32"]);
    }
}

#[test]
fn an_avif_is_read_by_others_with_all_that_it_carries() {
    hold("avif", &["--format", "avif", "--quality", "90", "--color", "keep"]);
}

#[test]
fn a_tiff_is_what_libtiff_says_it_is() {
    hold("tiff", &["--format", "png", "--color", "keep"]);
}

#[test]
fn others_see_the_transparency_of_a_tiff() {
    hold("transparency", &["--format", "tiff"]);
}
