//! The times of results' files: as they were asked for, kept by later runs, and known to the journal.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use supervisor_tests::{EndedRun, TestRun, ppm};

/// Seconds since 1970 of the photo's file, with a part of one.
const OF_FILE: Duration = Duration::new(1_234_567_890, 123_456_000);

/// When the photo was taken, if its clock was five hours behind: `date -ud '2024-02-29 17:30:15' +%s`.
const IN_ZONE: Duration = Duration::from_secs(1_709_227_815);

/// A TIFF of one grey pixel that says when it was taken.
fn dated(date: &str) -> Vec<u8> {
    let short = |tag: u16, value: u16| {
        [&tag.to_le_bytes()[..], &[3, 0, 1, 0, 0, 0], &value.to_le_bytes(), &[0, 0]].concat()
    };
    let long = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let entries = [
        short(256, 1),
        short(257, 1),
        short(258, 8),
        short(259, 1),
        short(262, 1),
        long(273, 4, 1, 8),
        short(277, 1),
        short(278, 1),
        long(279, 4, 1, 1),
        long(306, 2, date.len() as u32 + 1, 10),
    ];
    let place = 10 + date.len() as u32 + 1;
    let head = [b"II*\0", &place.to_le_bytes()[..], &[77, 0]].concat();
    [&head[..], date.as_bytes(), &[0], &(entries.len() as u16).to_le_bytes(), &entries.concat(), &[0; 4]]
        .concat()
}

fn two_photos() -> TestRun {
    let test = TestRun::new().options(&["--format", "png"]);
    for photo in [test.write("dated.tif", dated("2024:02:29 12:30:15")), test.write("plain.ppm", ppm(9, 5))] {
        File::options().write(true).open(photo).unwrap().set_modified(UNIX_EPOCH + OF_FILE).unwrap();
    }
    test
}

fn run(test: &TestRun, options: &[&str]) -> EndedRun {
    test.finish(test.command().args(options).spawn().unwrap())
}

fn time(path: &Path) -> Duration {
    fs::metadata(path).unwrap().modified().unwrap().duration_since(UNIX_EPOCH).unwrap()
}

#[test]
fn now_is_when_it_was_written() {
    let (test, before) = (two_photos(), SystemTime::now() - Duration::from_secs(2));
    assert_eq!(test.run().code(), 0);
    assert!(time(&test.output("plain.png")) >= before.duration_since(UNIX_EPOCH).unwrap());
}

#[test]
fn the_photo_s_file_lends_its_time_and_other_times_encode_nothing() {
    let test = two_photos();
    assert_eq!(run(&test, &["--times", "input"]).code(), 0);
    for name in ["dated.png", "plain.png"] {
        assert_eq!(time(&test.output(name)), OF_FILE, "{name}");
    }
    for times in ["input", "now", "taken"] {
        let again = run(&test, &["--times", times]);
        assert_eq!((again.code(), again.total("skipped")), (0, 2), "{times}: {}", again.text());
        assert_eq!(time(&test.output("plain.png")), OF_FILE, "{times}");
    }
    // What is changed is still a conflict.
    fs::write(test.output("plain.png"), "retouched").unwrap();
    assert_eq!(test.run().code(), 2);
}

#[test]
fn the_time_of_the_photo_is_in_the_zone_of_the_machine_unless_it_says_one() {
    let test = two_photos();
    let run = test.command().args(["--times", "taken"]).env("TZ", "XXX+5").spawn().unwrap();
    let run = test.finish(run);
    assert_eq!(run.code(), 0, "{}", run.text());
    assert_eq!(time(&test.output("dated.png")), IN_ZONE);
    assert!(run.image("dated.tif")["detail"].is_null());
    assert_eq!(time(&test.output("plain.png")), OF_FILE);
    assert!(run.image("plain.ppm")["detail"].as_str().unwrap().contains("does not say when it was taken"));
    assert_eq!(run.report()["run"]["outputs"][0]["settings"][0], "times=taken");
}

/// A time zone as the machine keeps them (RFC 8536): one kind of time, and what holds for ever.
fn zone(rule: &str) -> Vec<u8> {
    let counts = [0u32, 0, 0, 0, 1, 4].map(u32::to_be_bytes).concat();
    let half = [&b"TZif2"[..], &[0; 15], &counts, &(-18_000i32).to_be_bytes(), &[0, 0], b"XXX\0"].concat();
    [&half[..], &half, b"\n", rule.as_bytes(), b"\n"].concat()
}

#[test]
fn a_zone_that_has_a_name_is_looked_up() {
    let test = two_photos();
    let zones = test.folder.path().join("zones");
    fs::create_dir_all(zones.join("Here")).unwrap();
    fs::write(zones.join("Here/There"), zone("XXX5")).unwrap();
    let mut command = test.command();
    command.args(["--times", "taken"]).env("TZDIR", &zones).env("TZ", "Here/There");
    assert_eq!(test.finish(command.spawn().unwrap()).code(), 0);
    assert_eq!(time(&test.output("dated.png")), IN_ZONE);
}

#[test]
fn results_of_the_same_size_and_time_are_told_apart() {
    let test = two_photos();
    let density = |path: &Path| {
        let png = fs::read(path).unwrap();
        let at = png.windows(4).position(|window| window == b"pHYs").unwrap();
        u32::from_be_bytes(png[at + 4..at + 8].try_into().unwrap())
    };
    let result = test.output("plain.png");
    for (dpi, expected) in [("72", 2835), ("300", 11_811), ("72", 2835)] {
        let options = ["--times", "input", "--dpi", dpi];
        let first = run(&test, &options);
        assert_eq!((first.code(), first.total("ok"), density(&result)), (0, 2, expected), "{}", first.text());
        assert_eq!(time(&result), OF_FILE);
        let again = run(&test, &options);
        assert_eq!((again.code(), again.total("skipped")), (0, 2), "{}", again.text());
    }
}

#[test]
fn what_is_no_date_for_names_is_none_for_times() {
    let test = TestRun::new().options(&["--format", "png"]);
    let noted = "note: 6 photos do not say when they were taken, or give an impossible date";
    let none = ["0000:00:00 00:00:00", "9999:12:31 00:00:00", "9999:01:01 00:00:00", "2024:02:30 12:00:00"];
    let dates = none.into_iter().chain(["2024:13:01 12:00:00", "    :  :     :  :  ", "2024:02:29 12:30:15"]);
    for (number, date) in dates.enumerate() {
        let photo = test.write(&format!("{number}.tif"), dated(date));
        File::options().write(true).open(photo).unwrap().set_modified(UNIX_EPOCH + OF_FILE).unwrap();
    }
    let options = ["--times", "taken", "--name", "{date}-{stem}"];
    let run = test.finish(test.command().args(options).env("TZ", "XXX+5").spawn().unwrap());
    assert_eq!(run.code(), 0, "{}", run.text());
    assert!(run.text().contains(noted), "{}", run.text());
    for number in 0..6 {
        let photo = format!("{number}.tif");
        let detail = run.image(&photo)["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with("it does not say when it was taken"), "{photo}: {detail}");
        assert_eq!(time(&test.output(&format!("2009-02-13-{number}.png"))), OF_FILE, "{photo}");
    }
    assert!(run.image("6.tif")["detail"].is_null());
    assert_eq!(time(&test.output("2024-02-29-6.png")), IN_ZONE);
    // Where a date is asked for in no name, but for the order.
    let options = ["--order", "date", "--name", "{index}-{stem}", "--dry-run"];
    let look = test.command().args(options).output().unwrap();
    let words = String::from_utf8_lossy(&look.stdout);
    assert!(words.contains(noted) && words.contains("7-6.png\n"), "{words}");
}
