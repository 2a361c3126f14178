//! Words about a photo, by the built program: what is left out of metadata and what is
//! written into it. ExifTool, none of whose code is in the worker, makes the photos and reads the results.

use std::fs;
use std::path::Path;
use std::process::Command;

use supervisor_tests::xmp::{jpeg, packet};
use supervisor_tests::{TestRun, executable, ppm};

use crate::pillow::python;

#[test]
fn each_family_takes_exactly_its_tags_out() {
    python("metadata/words.py", &["drop", &executable("supervisor").to_string_lossy()]);
}

#[test]
fn each_field_is_set_in_every_place_that_it_has_and_no_other_is() {
    python("metadata/words.py", &["set", &executable("supervisor").to_string_lossy()]);
}

/// A photo that says who made it, what it is called and when it was taken.
fn photo() -> Vec<u8> {
    jpeg(&packet(r#"dc:creator="Ana" dc:title="Boda" exif:DateTimeOriginal="2024-05-06T18:05:09""#))
}

/// How often a text is in a file.
fn count(file: &Path, text: &str) -> usize {
    let bytes = fs::read(file).unwrap();
    bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
}

#[test]
fn a_token_is_what_the_result_will_have() {
    let batch = TestRun::new().options(&[
        "--set",
        "artist={artist|upper} y Eva",
        "--set",
        "copyright=© {date:%Y} {artist}",
        "--set",
        "caption={title}, {index:03}",
        "--name",
        "{artist|slug}/{title}",
    ]);
    batch.write("a.jpg", photo());
    let run = batch.run();
    assert_eq!((run.code(), run.total("ok")), (0, 1), "{}", run.text());
    let result = batch.output("ana-y-eva/Boda.jpg");
    // In EXIF, IPTC and XMP.
    for text in ["ANA y Eva", "© 2024 ANA y Eva", "Boda, 001"] {
        let times = count(&result, text);
        assert!(times >= 3, "{text}: {times}");
    }
    let settings = run.report()["run"]["outputs"][0]["settings"].to_string();
    assert!(settings.contains("set=copyright=© {date:%Y} {artist}"), "{settings}");
}

#[test]
fn each_output_says_what_its_recipe_says_and_the_command_line_has_the_last_word() {
    let batch = TestRun::new();
    let recipe = batch.folder.path().join("press.toml");
    let text = r#"
        [metadata]
        policy = "strip"
        set = { artist = "Studio", credit = "{artist} / {output}" }
        [[output]]
        name = "web"
        [[output]]
        name = "print"
        [output.metadata]
        drop = ["people"]
        [output.metadata.set]
        city = "Lima"
    "#;
    fs::write(&recipe, text).unwrap();
    batch.write("a.jpg", photo());
    let run = |options: &[&str]| {
        let mut command = batch.command();
        command.arg("-r").arg(&recipe).args(options);
        let run = batch.finish(command.spawn().unwrap());
        assert_eq!(run.code(), 0, "{}", run.text());
        let (web, print) = (batch.output("web/a.jpg"), batch.output("print/a.jpg"));
        let has =
            |file: &Path, texts: &[&str]| texts.iter().map(|text| count(file, text) > 0).collect::<Vec<_>>();
        let texts = ["Studio / web", "Eva / web", "Lima", "Boda"];
        (run.total("skipped"), has(&web, &texts), has(&print, &texts))
    };
    let first = run(&[]);
    assert_eq!(first, (0, vec![true, false, false, false], vec![false, false, true, true]));
    assert_eq!(run(&[]).0, 1);
    let changed = run(&["--set", "artist=Eva"]);
    assert_eq!(changed, (0, vec![false, true, false, false], vec![false, false, true, true]));
    assert_eq!(run(&["--set", "artist=Eva"]).0, 1);
}

#[test]
fn what_a_photo_does_not_say_is_named() {
    let batch = TestRun::new().options(&["--set", "caption={title} {date:%Y}", "--set", "credit=é"]);
    batch.write("a.ppm", ppm(32, 24));
    let run = batch.run();
    assert_eq!((run.code(), run.total("ok")), (0, 1), "{}", run.text());
    let detail = run.image("a.ppm")["detail"].as_str().unwrap().to_owned();
    let expected =
        "caption: the photo does not say all that the text asks for: {title} is left out, {date} is";
    assert!(detail.contains(expected), "{detail}");
}

#[test]
fn a_text_that_takes_its_field_out_is_named() {
    let batch = TestRun::new().options(&["--set", "caption={lens}", "--set", "keywords={parent},{lens}"]);
    let batch = batch.options(&["--set", "title=", "--set", "city={lens|slug}"]);
    batch.write("a.jpg", jpeg(&packet(r#"dc:title="Boda" dc:description="Los dos""#)));
    let run = batch.run();
    assert_eq!((run.code(), run.total("ok")), (0, 1), "{}", run.text());
    let detail = run.image("a.jpg")["detail"].as_str().unwrap().to_owned();
    let gone = |field: &str, text: &str| {
        format!(
            "{field} is taken out, since nothing is left of the text that it is set to, \"{text}\": \
             {{lens}} is left out"
        )
    };
    let part = "keywords: the photo does not say all that the text asks for: {lens} is left out";
    assert_eq!(detail, [&gone("caption", "{lens}"), part, &gone("city", "{lens|slug}")].join("; "));
    assert_eq!((count(&batch.output("a.jpg"), "Los dos"), count(&batch.output("a.jpg"), "Boda")), (0, 0));
}

#[test]
fn one_photo_is_converted_with_words_too() {
    let batch = TestRun::new();
    let (photo, result) = (batch.write("a.jpg", photo()), batch.folder.path().join("b.webp"));
    let mut command = Command::new(executable("supervisor"));
    command.arg("convert").arg(photo).arg(&result).args(["--set", "artist=Eva", "--drop", "gps", "-q"]);
    assert!(command.status().unwrap().success());
    assert!(count(&result, "Eva") > 0 && count(&result, "Ana") == 0);
}

#[test]
fn mistakes_in_what_is_set_are_said_with_what_there_is() {
    for (set, expected) in [
        (
            &["artst=Ana"][..],
            "there is no field \"artst\" (did you mean \"artist\"?); there are artist, copyright",
        ),
        (&["artist"], "a field is set with FIELD=TEXT"),
        (&["title={titel}"], "title: there is no {titel} (did you mean {title}?); there are {dir}"),
        (&["title={artist}", "artist={title}"], "--set: artist and title need each other"),
        (&["city=Lima", "city=Cusco"], "--set: city is set twice"),
        (&["credit={output}"], "credit: {output} is the name of an output in the recipe"),
    ] {
        let options: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
        let batch = TestRun::new().options(&options);
        batch.write_good(1);
        let run = batch.run();
        assert!(run.text().contains(expected), "{}", run.text());
        assert_eq!((run.code(), batch.output("").exists()), (2, false), "{set:?}");
    }
}

#[test]
fn mistakes_in_what_is_left_out_are_said_with_what_there_is() {
    for (list, expected) in [
        (
            "seriel",
            "no \"seriel\" that could be left out (did you mean \"serial\"?); there are gps, location",
        ),
        ("gps,", "there is no \"\" that could be left out; there are gps"),
    ] {
        let batch = TestRun::new().options(&["--drop", list]);
        batch.write_good(1);
        let run = batch.run();
        assert!(run.text().contains(expected), "{}", run.text());
        assert_eq!((run.code(), batch.output("").exists()), (2, false), "{list}");
    }
}

#[test]
fn what_is_left_out_makes_results_stale() {
    let batch = TestRun::new();
    batch.write("a.ppm", ppm(32, 24));
    let run = |drop: &[&str]| {
        let run = batch.finish(batch.command().args(drop).spawn().unwrap());
        (run.code(), run.total("ok"), run.total("skipped"))
    };
    assert_eq!(run(&["--drop", "gps,serial"]), (0, 1, 0));
    assert_eq!(run(&["--drop", "serial", "--drop", "gps"]), (0, 0, 1));
    assert_eq!(run(&["--drop", "gps"]), (0, 1, 0));
    assert_eq!(run(&[]), (0, 1, 0));
    assert!(fs::exists(batch.output("a.png")).unwrap());
}
