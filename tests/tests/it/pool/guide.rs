//! The program that the guide shows.

use std::fs;
use std::process::Command;

use supervisor_tests::executable;
use supervisor_tests::xmp::{jpeg, packet};

#[test]
fn the_program_of_the_guide_makes_a_result() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("holiday")).unwrap();
    fs::write(dir.path().join("holiday/beach.jpg"), jpeg(&packet(""))).unwrap();
    let mut program = Command::new(executable("examples/guide"));
    let output = program.current_dir(dir.path()).env("SUPERVISOR_WORKER", executable("worker")).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(image::open(dir.path().join("web/beach.jpg")).unwrap().width(), 32);
}
