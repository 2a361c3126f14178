//! Texts on photos, with tokens for what these say, by the built program.

use std::fs;
use std::process::Command;

use supervisor_tests::xmp::{jpeg, packet};
use supervisor_tests::{EndedRun, TestRun, ppm};

const SAYS: &str = r#"tiff:Model="Z 6" aux:Lens="Z 50mm" dc:creator="Ana Núñez" dc:title="Sí"
    xmp:Rating="4" exif:DateTimeOriginal="2024-05-06T18:05:09""#;

/// A run that marks a photo, which has a sidecar, and the result.
fn marked(text: &str) -> (EndedRun, Vec<u8>) {
    let mark = format!("watermark:opacity=1,scale=0.2,text=\"{text}\"");
    let options = ["--start", "7", "--format", "png", "-f", "resize:width=400,enlarge=true", "-f", &mark];
    let test = TestRun::new().options(&options);
    test.write("Boda/IMG 7.JPG", jpeg(&packet(SAYS)));
    test.write("Boda/IMG 7.JPG.xmp", packet(r#"dc:title="¡Sí, quiero!""#));
    let run = test.run();
    let result = fs::read(test.output("Boda/IMG 7.png")).unwrap_or_default();
    (run, result)
}

#[test]
fn each_photo_has_the_text_that_it_says() {
    for (text, typed) in [
        ("© {date:%Y} {artist}", "© 2024 Ana Núñez"),
        ("{title|slug} {rating}", "si-quiero 4"),
        ("{camera|lower}, {lens}", "z 6, Z 50mm"),
        ("{index:04} {dir}/{stem}.{ext}", "0007 Boda/IMG 7.png"),
        ("{parent} {width}x{height} {time}", "Boda 400x300 180509"),
        ("{{{date:%Y-%m-%d_%H%M%S}}}", "{{2024-05-06_180509}}"),
    ] {
        let (run, result) = marked(text);
        assert_eq!((run.code(), run.total("ok")), (0, 1), "{}", run.text());
        assert!(run.image("IMG 7.JPG")["detail"].is_null(), "{}", run.text());
        assert!(result == marked(typed).1, "{text}");
    }
}

#[test]
fn a_single_photo_brings_its_sidecar_along() {
    let mark = "watermark:text={title}é,opacity=1,scale=1";
    let test = TestRun::new().options(&["-f", mark]);
    let photo = test.write("elsewhere/a.ppm", ppm(320, 240));
    test.write("elsewhere/a.xmp", packet(r#"dc:title="One""#));
    let marked = |title: &str| {
        let out = test.folder.path().join(title);
        let mut command = Command::new(supervisor_tests::executable("supervisor"));
        command.args(["run", "-f", &mark.replace("{title}", title), "-q", "-o"]).arg(&out).arg(&photo);
        assert!(command.status().unwrap().success(), "{title}");
        fs::read(out.join("a.png")).unwrap()
    };
    assert!(marked("{title}") == marked("One"));
}

#[test]
fn what_a_text_goes_without_is_a_warning() {
    let test = TestRun::new().options(&["-f", "watermark:text={artist}{title} {date:%Y}"]);
    test.write("a.ppm", ppm(320, 240));
    test.write("a.xmp", packet("dc:title=\"\u{10FFFD}!\""));
    let run = test.run();
    assert_eq!((run.code(), run.total("ok")), (0, 1), "{}", run.text());
    let detail = run.image("a.ppm")["detail"].as_str().unwrap().to_owned();
    for expected in ["{date} is that of the file", "{artist} is left out", "no font here has \u{10FFFD}"] {
        assert!(detail.contains(expected), "{detail}");
    }
}

#[test]
fn mistakes_in_texts_are_said_where_they_stand() {
    let refused = |test: TestRun, expected: &str| {
        test.write_good(1);
        let run = test.run();
        assert!(run.text().contains(expected), "{}", run.text());
        assert_eq!((run.code(), test.output("").exists()), (2, false), "{expected}");
    };
    for (text, expected) in [
        ("{artst}", "watermark: text: there is no {artst} (did you mean {artist}?); there are {dir}, {stem}"),
        ("{index:x}", "{index} is a number: only its digits may follow"),
        ("{stem", "{{ and }} are braces"),
        ("{output}", "watermark: {output} is the name of an output in the recipe"),
        ("{date:%Y\u{10FFFD}}", "no font here has \u{10FFFD}"),
    ] {
        refused(TestRun::new().options(&["-f", &format!("watermark:text={text}")]), expected);
    }
    let test = TestRun::new();
    let file = test.folder.path().join("mark.toml");
    fs::write(&file, "[[filter]]\nname = \"watermark\"\ntext = \"© {yaer}\"\n").unwrap();
    let test = test.options(&["-r", file.to_str().unwrap()]);
    refused(test, "mark.toml:3:8: watermark: text: there is no {yaer}; there are {dir}");
}
