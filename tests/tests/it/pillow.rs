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
    let batch = TestRun::new().options(options);
    let input = batch.input("");
    fs::create_dir_all(&input).unwrap();
    python(&["make", kind, &input.to_string_lossy()]);
    let run = batch.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    python(&["check", kind, &batch.input("").to_string_lossy(), &batch.output("").to_string_lossy()]);
}

fn python(arguments: &[&str]) {
    // Beside the folder of the executables.
    let python = executable("supervisor").parent().unwrap().with_file_name("venv").join("bin/python");
    assert!(python.is_file(), "{} is not there: run `scripts/setup --tests` first", python.display());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("pillow/check.py");
    let output = Command::new(python).arg("-B").arg(script).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{arguments:?}: {}", said.concat());
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
