//! Names from what photos say, by the built program.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use supervisor_tests::xmp::{jpeg, packet};
use supervisor_tests::{TestRun, executable, ppm};

const SAYS: &str = r#"tiff:Model="Z 6" aux:Lens="Z 50mm f/1.8 S" dc:creator="Ana Núñez"
    dc:title="¡Sí, quiero!" xmp:Rating="4" exif:DateTimeOriginal="2024-05-06T18:05:09""#;

#[test]
fn every_token_becomes_what_the_photo_says() {
    let test = TestRun::new().options(&["--start", "7", "-f", "resize=16", "--name"]);
    test.write("Día 1/IMG 7.JPG", jpeg(&packet(SAYS)));
    for (token, expected) in [
        ("{dir}/{stem}", "Día 1/IMG 7.JPG"),
        ("{dir|slug}/{stem|slug}.{ext|lower}", "dia-1/img-7.jpg"),
        ("{parent|upper}_{stem|lower}", "DÍA 1_img 7.JPG"),
        ("{index:04}", "0007.JPG"),
        ("{date}", "2024-05-06.JPG"),
        ("{date:%Y/%m}/{date:%d}_{time}", "2024/05/06_180509.JPG"),
        ("{time:%Hh%M}", "18h05.JPG"),
        ("{camera}", "Z 6.JPG"),
        ("{lens}", "Z 50mm f_1.8 S.JPG"),
        ("{artist|upper}", "ANA NÚÑEZ.JPG"),
        ("{title|slug}", "si-quiero.JPG"),
        ("{rating}-{width}x{height:03}", "4-16x012.JPG"),
        ("{{{index}}}", "{7}.JPG"),
    ] {
        let output = test.command().args([token, "--fresh", "--on-conflict", "overwrite"]).output().unwrap();
        assert!(output.status.success(), "{token}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(test.output(expected).is_file(), "{token}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn sidecars_say_what_their_photos_do_not() {
    let test = TestRun::new().options(&["--dry-run", "--name", "{rating}_{title}_{stem}"]);
    test.write("a.ppm", ppm(32, 24));
    test.write("a.xmp", packet(r#"dc:title="Both" xmp:Rating="1""#));
    test.write("a.ppm.xmp", packet(r#"xmp:Rating="5""#));
    test.write("b.jpg", jpeg(&packet(SAYS)));
    test.write("b.XMP", packet(r#"dc:title="Beside""#));
    test.write("c.ppm", ppm(32, 24));
    test.write("c.xmp", "<broken");
    let text = test.run().text();
    for expected in ["/5_Both_a.png\n", "/4_Beside_b.jpg\n", "/0_unknown_c.png\n"] {
        assert!(text.contains(expected), "{text}");
    }
    assert!(text.contains("c.xmp cannot be read as XMP and was left out of account"), "{text}");
}

#[test]
fn the_plan_is_in_the_order_of_what_was_taken_and_says_where_a_date_is_the_files() {
    let options = ["--dry-run", "--order", "date", "--start", "99", "--name", "{index}_{date:%Y}"];
    let test = TestRun::new().options(&options);
    let taken = |time: &str| packet(&format!(r#"exif:DateTimeOriginal="{time}""#));
    test.write("a.jpg", jpeg(&taken("2024-05-06T18:05:09")));
    test.write("b.jpg", jpeg(&taken("2024-05-06T18:05:08")));
    test.write("c.jpg", jpeg(&taken("2024-05-06T18:05:08")));
    let file = test.write("d.ppm", ppm(32, 24));
    let year_2001 = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().append(true).open(file).unwrap().set_modified(year_2001).unwrap();
    let text = test.run().text();
    let lines: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(" -> ")).collect();
    let names = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let shown: Vec<String> =
        lines.iter().map(|(input, output)| format!("{} {}", names(input), names(output))).collect();
    let expected = [
        "d.ppm 099_2001.png (the file's date)",
        "b.jpg 100_2024.jpg",
        "c.jpg 101_2024.jpg",
        "a.jpg 102_2024.jpg",
    ];
    assert_eq!(shown, expected, "{text}");
    assert!(text.contains("note: 1 photo does not say when it was taken"), "{text}");
}

#[test]
fn the_date_of_a_file_is_that_of_the_place() {
    // A zone by its name, as containers have it, and by its rule, which needs no files of the machine's.
    let has_zones = Path::new("/usr/share/zoneinfo/America/Lima").exists();
    for zone in ["<-05>5", "America/Lima"].into_iter().take(if has_zones { 2 } else { 1 }) {
        let test = TestRun::new().options(&["--dry-run", "--name", "{date}_{time}"]);
        let file = test.write("a.ppm", ppm(32, 24));
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::options().append(true).open(file).unwrap().set_modified(time).unwrap();
        let output = test.command().env("TZ", zone).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("/2001-09-08_204640.png (the file's date)"), "{zone}: {text}");
    }
}

#[test]
fn a_title_of_5000_letters_fails_no_photo() {
    let test = TestRun::new().options(&["--name", "{title}", "--on-conflict", "unique"]);
    for name in ["a", "b"] {
        test.write(&format!("{name}.ppm"), ppm(32, 24));
        test.write(&format!("{name}.xmp"), packet(&format!("dc:title='{}'", "é".repeat(5000))));
    }
    let run = test.run();
    assert_eq!((run.code(), run.total("ok")), (0, 2), "{}", run.text());
    assert!(test.output(&format!("{}.png", "é".repeat(125))).is_file());
    assert!(test.output(&format!("{}-1.png", "é".repeat(124))).is_file());
}

/// Photos that cannot have the names of their results are told, each with what has the name.
#[test]
fn whoever_gives_way_is_named_with_whom_it_gives_way_to() {
    let run = |test: &TestRun, inputs: &[&str], conflict: &str| {
        let mut command = Command::new(executable("supervisor"));
        command.env("SUPERVISOR_WORKER", executable("worker")).current_dir(test.folder.path());
        let output = command.arg("run").args(inputs).args(["-o", "out", "--on-conflict", conflict]).output();
        let output = output.unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let test = TestRun::new();
    let folder = test.folder.path().to_str().unwrap().to_owned();
    test.write("a.bmp", ppm(32, 24));
    test.write("a.ppm", ppm(32, 24));
    let (code, told) = run(&test, &["in"], "unique");
    let expected = "note: the result of in/a.ppm is called a-1.png: a.png is that of in/a.bmp\n";
    assert!(code == Some(0) && told.contains(expected), "{told}");
    let (code, told) = run(&test, &["in"], "unique");
    assert!(code == Some(0) && !told.contains("note:"), "{told}");

    // Another card has a photo of that name.
    std::fs::create_dir(test.folder.path().join("card")).unwrap();
    std::fs::write(test.folder.path().join("card/a.ppm"), ppm(32, 24)).unwrap();
    let there = format!("{folder}/out/a.png is there already, made of {folder}/in/a.bmp\n");
    let (code, told) = run(&test, &["card"], "skip");
    assert!(code == Some(0) && told.contains(&format!("note: card/a.ppm is left out: {there}")), "{told}");
    let (code, told) = run(&test, &["card"], "error");
    let expected = format!("{folder}/out/a.png for card/a.ppm (made of {folder}/in/a.bmp)\n");
    assert!(code == Some(2) && told.contains(&expected), "{told}");
    let (code, told) = run(&test, &["card"], "unique");
    let expected = format!("note: the result of card/a.ppm is called a-2.png: {there}");
    assert!(code == Some(0) && told.contains(&expected), "{told}");

    // A file that no run made, and a result that is to be processed again.
    std::fs::remove_dir_all(test.folder.path().join("out/.supervisor")).unwrap();
    let (code, told) = run(&test, &["card"], "skip");
    assert!(code == Some(0) && told.contains("out/a.png is there already\n"), "{told}");
    assert_eq!(run(&test, &["card"], "overwrite").0, Some(0));
    let (code, told) = run(&test, &["out/a.png"], "error");
    let expected = "no photos found in out/a.png; passed over: 1 result of earlier runs; results are never \
                    processed again into the folder that they are in: choose another --output\n";
    assert!(code == Some(2) && told.contains(expected), "{told}");
}

#[test]
fn mistakes_are_said_before_anything_runs() {
    for (name, expected) in [
        ("{stm}", "there is no {stm} (did you mean {stem}?)"),
        ("{index:x}", "{index} is a number: only its digits may follow, as in {index:04}"),
        ("{date:%Q}", "{date} takes a format of strftime"),
        ("{title|sllug}", "there is no |sllug (did you mean |slug?); there are |slug, |lower, |upper"),
        ("{output}", "there is none here that has one"),
        ("{stem", "{{ and }} are braces"),
    ] {
        let test = TestRun::new().options(&["--name", name]);
        test.write_good(1);
        let run = test.run();
        assert!(run.text().contains(expected), "{}", run.text());
        assert_eq!((run.code(), test.output("").exists()), (2, false), "{name}");
    }
}
