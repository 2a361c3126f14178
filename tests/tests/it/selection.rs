//! Which photos are taken, by the built program.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use serde_json::json;
use supervisor_tests::xmp::{jpeg, packet};
use supervisor_tests::{TestRun, ppm};

/// The results of a run that ends well, in order.
fn made(test: &TestRun, arguments: &[&str]) -> Vec<String> {
    let _ = fs::remove_dir_all(test.output(""));
    let output = test.command().args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments:?}: {text} {}", String::from_utf8_lossy(&output.stderr));
    let mut found: Vec<String> = Vec::new();
    let mut folders = vec![test.output("")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(test.output("")).unwrap().display().to_string();
            if path.is_file() {
                found.push(name);
            } else if name != ".supervisor" {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What the report of the last run counts as passed over, without what is nothing.
fn passed_over(test: &TestRun) -> serde_json::Value {
    let report = fs::read(test.folder.path().join("report.json")).unwrap();
    let mut report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let counts = report["passed_over"].as_object_mut().unwrap();
    counts.retain(|_, count| *count != 0);
    counts.clone().into()
}

#[test]
fn paths_are_included_and_excluded() {
    let test = TestRun::new();
    for name in ["a.ppm", "b.PPM", "day/a.ppm", "day/proofs/c.ppm", "x_bad.ppm"] {
        test.write(name, ppm(32, 24));
    }
    test.write("notes.txt", "words");
    assert_eq!(made(&test, &["--include", "day"]), ["day/a.png", "day/proofs/c.png"]);
    assert_eq!(passed_over(&test), json!({ "others": 1, "not_included": 3 }));
    assert_eq!(
        made(&test, &["--exclude", "proofs", "--exclude", "*_bad.*"]),
        ["a.png", "b.png", "day/a.png"]
    );
    assert_eq!(passed_over(&test), json!({ "others": 1, "excluded": 2 }));
    assert_eq!(
        made(&test, &["--include", "*.ppm", "--include", "z*", "--exclude", "/day"]),
        ["a.png", "b.png", "x_bad.png"]
    );
    let output = test.command().args(["--include", "*.nef"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(text.contains("no photos found") && text.contains("5 not included"), "{text}");
    let output = test.command().args(["--include", "*.{ppm,jpg}"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("give the option once for each"), "{text}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn only_what_is_newer() {
    let test = TestRun::new();
    let hour = Duration::from_secs(3600);
    for (name, age) in [("new", hour), ("days", 50 * hour), ("old", 100_000 * hour)] {
        let path = test.write(&format!("{name}.ppm"), ppm(32, 24));
        File::options().append(true).open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
    }
    let days = test.input("days.ppm").to_str().unwrap().to_owned();
    for (than, expected) in [
        ("3d", &["days.png", "new.png"][..]),
        ("12h", &["new.png"]),
        ("2000-01-01", &["days.png", "new.png", "old.png"]),
        ("2020-01-01T12:00", &["days.png", "new.png"]),
        // The file itself is not newer than itself.
        (&days, &["new.png"]),
    ] {
        assert_eq!(made(&test, &["--newer-than", than]), expected, "{than}");
    }
    assert_eq!(passed_over(&test), json!({ "older": 2 }));
    for wrong in ["yesterday", "-3d", "3", "2024-13-01"] {
        let output = test.command().arg(format!("--newer-than={wrong}")).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains("it must be a date such as 2024-05-06"), "{wrong}: {text}");
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn stars_labels_and_picks_choose() {
    let test = TestRun::new();
    let says = |name: &str, attributes: &str| test.write(name, jpeg(&packet(attributes)));
    says("five.jpg", r#"xmp:Rating="5" xmp:Label="Red""#);
    says("three.jpg", r#"xmp:Rating="3" xmpDM:pick="1""#);
    says("rejected.jpg", r#"xmp:Rating="-1" xmpDM:pick="-1" xmp:Label="Green""#);
    test.write("beside.ppm", ppm(32, 24));
    test.write("beside.xmp", packet(r#"xmp:Rating="4" photomechanic:Tagged="True" xmp:Label="Verde""#));
    test.write("none.ppm", ppm(32, 24));
    for (arguments, expected, count) in [
        (&["--rating", "4"][..], &["beside.png", "five.jpg"][..], json!({ "rating": 3 })),
        (&["--rating", "0"], &["beside.png", "five.jpg", "none.png", "three.jpg"], json!({ "rating": 1 })),
        (&["--label", "red", "--label", "Verde"], &["beside.png", "five.jpg"], json!({ "label": 3 })),
        (&["--pick"], &["beside.png", "three.jpg"], json!({ "not_picked": 3 })),
        (&["--pick", "--rating", "4"], &["beside.png"], json!({ "rating": 3, "not_picked": 1 })),
    ] {
        assert_eq!(made(&test, arguments), expected, "{arguments:?}");
        let mut expected = count;
        // The sidecar is no photo.
        expected["others"] = json!(1);
        assert_eq!(passed_over(&test), expected, "{arguments:?}");
    }
    let run = test.command().args(["--fresh", "--rating", "4"]).output().unwrap();
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(text.contains("photos passed over: 3 with fewer stars"), "{text}");
    let output = test.command().args(["--rating", "6"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_photo_that_is_passed_over_keeps_its_place_and_its_result() {
    let test = TestRun::new().options(&["--name", "{index}"]);
    test.write("a.ppm", ppm(32, 24));
    test.write("b.ppm", ppm(16, 24));
    assert_eq!(test.run().code(), 0);
    let result = fs::read(test.output("1.png")).unwrap();
    // The first place would be that of the other now.
    let output = test.command().args(["--exclude", "a.*"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(fs::read(test.output("1.png")).unwrap(), result);
    let onto = ["--exclude", "a.*", "--name", "a.ppm.png", "--on-conflict", "overwrite", "-o"];
    fs::rename(test.input("a.ppm"), test.input("a.ppm.png")).unwrap();
    let mut command = std::process::Command::new(supervisor_tests::executable("supervisor"));
    command.env("SUPERVISOR_WORKER", supervisor_tests::executable("worker")).arg("run").arg(test.input(""));
    let output = command.args(onto).arg(test.input("")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("would replace an input"), "{text}");
}

#[test]
fn a_list_is_mirrored_from_its_base() {
    let test = TestRun::new();
    for name in ["cards/1/IMG.ppm", "cards/2/IMG.ppm", "other/x.ppm"] {
        test.write(name, ppm(32, 24));
    }
    let list = test.folder.path().join("list");
    let run = |names: &[&str], arguments: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| test.input(name).display().to_string()).collect();
        fs::write(&list, names.join("\n")).unwrap();
        let mut command = std::process::Command::new(supervisor_tests::executable("supervisor"));
        command.env("SUPERVISOR_WORKER", supervisor_tests::executable("worker"));
        command.arg("run").arg("--files-from").arg(&list).arg("-o").arg(test.output(""));
        let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap(), text + &String::from_utf8_lossy(&output.stderr))
    };
    let base = test.input("cards").display().to_string();
    let both = ["cards/1/IMG.ppm", "cards/2/../2/IMG.ppm"];
    let (code, text) = run(&both, &["--base", &base]);
    assert_eq!(code, 0, "{text}");
    assert!(test.output("1/IMG.png").is_file() && test.output("2/IMG.png").is_file());
    let (code, text) = run(&both, &["--base", &base, "--exclude", "2/*", "--fresh"]);
    assert!(code == 0 && text.contains("1 image: 1 ok") && text.contains("1 excluded"), "{text}");
    let (code, text) = run(&["cards/1/IMG.ppm", "other/x.ppm"], &["--base", &base]);
    assert!(code == 2 && text.contains("x.ppm does not lie below --base"), "{text}");
    let (code, text) = run(&["cards/1/IMG.ppm", "cards/../other/x.ppm"], &["--base", &base]);
    assert!(code == 2 && text.contains("does not lie below --base"), "{text}");
    let (code, text) = run(&both, &["--base", "/nowhere"]);
    assert!(code == 2 && text.contains("it must be a folder that is there"), "{text}");
    fs::write(&list, "a.jpg\0b.jpg\0").unwrap();
    let mut command = test.command();
    let output = command.arg("--files-from").arg(&list).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && text.contains("add -0"), "{text}");
}
