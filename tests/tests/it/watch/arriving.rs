//! Files that come into the folder: slowly, by a rename, many at once, broken, replaced, or gone again.

use std::fs::{self, File};
use std::io::Write;

use supervisor_tests::gate::{gated, open_gate};
use supervisor_tests::xmp::packet;
use supervisor_tests::{TestRun, ppm, until};

use super::world::{put, verdicts, watch, watch_with_faults};

#[test]
fn a_file_that_is_being_written_is_left_alone() {
    let test = TestRun::new();
    let watch = watch(&test, &["--settle", "1s"]);
    let photo = ppm(600, 400);
    let mut slow = File::create(test.input("slow.ppm")).unwrap();
    let (most, rest) = photo.split_at(photo.len() - 100_000);
    slow.write_all(most).unwrap();
    put(&test.input("other.ppm"), &ppm(8, 8));
    let mut rest = rest.chunks(10);
    until("a photo that came later is done", || {
        slow.write_all(rest.next().unwrap_or_default()).unwrap();
        !watch.verdicts("other.ppm").is_empty()
    });
    rest.for_each(|bytes| slow.write_all(bytes).unwrap());
    drop(slow);
    assert_eq!(watch.settled("slow.ppm", 1), ["ok"]);
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(verdicts(&ended.events, "slow.ppm"), ["ok"]);
    assert_eq!(image::open(test.output("slow.png")).unwrap().width(), 600);
}

#[test]
fn files_come_by_a_rename_in_folders_and_under_names_of_their_own() {
    let test = TestRun::new();
    test.write_good(2);
    let watch = watch(&test, &["-f", "resize=16"]);
    assert_eq!(watch.settled("good-000.ppm", 1), ["ok"]);
    // An upload under another name until it is whole.
    fs::write(test.input("a.ppm.part"), ppm(32, 24)).unwrap();
    put(&test.input("b.ppm"), &ppm(32, 24));
    watch.settled("b.ppm", 1);
    fs::rename(test.input("a.ppm.part"), test.input("a.ppm")).unwrap();
    watch.settled("a.ppm", 1);
    // A folder with photos in it, as it is.
    let day = test.folder.path().join("day");
    fs::create_dir_all(day.join("one")).unwrap();
    fs::write(day.join("one/c.ppm"), ppm(32, 24)).unwrap();
    fs::rename(&day, test.input("day")).unwrap();
    watch.settled("day/one/c.ppm", 1);
    fs::write(test.input("day/d.ppm"), ppm(32, 24)).unwrap();
    watch.settled("day/d.ppm", 1);
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    for name in ["good-000", "good-001", "a", "b", "day/one/c", "day/d"] {
        assert_eq!(verdicts(&ended.events, &format!("{name}.ppm")), ["ok"], "{name}");
        assert_eq!(image::open(test.output(&format!("{name}.png"))).unwrap().width(), 16);
    }
    assert!(!test.output("a.ppm.png").exists());
}

#[test]
fn a_photo_that_was_not_wanted_is_taken_once_its_sidecar_wants_it() {
    let test = TestRun::new();
    let watch = watch(&test, &["--rating", "3"]);
    let sidecar = |stars: u8| packet(&format!("xmp:Rating='{stars}'"));
    put(&test.input("a.ppm"), &ppm(32, 24));
    put(&test.input("a.xmp"), sidecar(1).as_bytes());
    put(&test.input("b.ppm.xmp"), sidecar(5).as_bytes());
    put(&test.input("b.ppm"), &ppm(32, 24));
    // It came to rest after the first, which had its turn before it or beside it.
    assert_eq!(watch.settled("b.ppm", 1), ["ok"]);
    assert_eq!(watch.verdicts("a.ppm"), Vec::<String>::new());
    put(&test.input("a.xmp"), sidecar(4).as_bytes());
    assert_eq!(watch.settled("a.ppm", 1), ["ok"]);
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(verdicts(&ended.events, ".ppm"), ["ok", "ok"]);
}

#[test]
fn a_photo_that_is_replaced_is_done_again() {
    let test = TestRun::new();
    let watch = watch(&test, &[]);
    put(&test.input("a.ppm"), &ppm(32, 24));
    watch.settled("a.ppm", 1);
    put(&test.input("a.ppm"), &ppm(48, 24));
    assert_eq!(watch.settled("a.ppm", 2), ["ok", "ok"]);
    assert_eq!(image::open(test.output("a.png")).unwrap().width(), 48);
    // One that is replaced while it is worked on, too.
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
}

#[test]
fn a_photo_that_changes_while_it_is_worked_on_is_done_again() {
    let test = TestRun::new();
    let watch = watch_with_faults(&test, &[]);
    put(&test.input("a.ppm"), &gated(&test.input(".gate")));
    until("a worker has it", || watch.count("assigned") == 1);
    put(&test.input("a.ppm"), &ppm(48, 24));
    open_gate(&test.input(".gate"));
    assert_eq!(watch.settled("a.ppm", 2), ["ok", "ok"]);
    assert_eq!(image::open(test.output("a.png")).unwrap().width(), 48);
    assert_eq!(watch.end().code, Some(0));
}

#[test]
fn a_photo_that_vanishes_is_no_failure() {
    let test = TestRun::new();
    let watch = watch_with_faults(&test, &["-j", "1"]);
    put(&test.input("first.ppm"), &gated(&test.input(".gate")));
    until("the only worker has it", || watch.count("assigned") == 1);
    put(&test.input("second.ppm"), &ppm(8, 8));
    put(&test.input("third.ppm"), &ppm(8, 8));
    // Both wait for the worker, or for their second look.
    fs::remove_file(test.input("second.ppm")).unwrap();
    open_gate(&test.input(".gate"));
    assert_eq!(watch.settled("third.ppm", 1), ["ok"]);
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(verdicts(&ended.events, "second.ppm").iter().all(|verdict| verdict == "skipped"));
    assert!(!test.output("second.png").exists());
    let last = ended.events.last().unwrap();
    assert_eq!((&last["event"], &last["counts"]["failed"]), (&"finished".into(), &0.into()));
}

#[test]
fn a_photo_that_vanishes_before_its_turn_is_skipped() {
    let test = TestRun::new();
    let watch = watch_with_faults(&test, &["-j", "1", "--retries", "0"]);
    put(&test.input("first.ppm"), &gated(&test.input(".gate")));
    until("the only worker has it", || watch.count("assigned") == 1);
    let again = gated(&test.input(".other"));
    put(&test.input("second.ppm"), &again);
    put(&test.input("third.ppm"), &again);
    open_gate(&test.input(".gate"));
    until("the worker has the next one", || watch.count("assigned") == 2);
    // It waits for the worker by now: whatever comes to rest together is handed over together.
    let [second, third] = ["second.ppm", "third.ppm"].map(|name| test.input(name));
    fs::remove_file(&second).unwrap();
    fs::remove_file(&third).unwrap();
    open_gate(&test.input(".other"));
    until("both are settled or gone", || {
        watch.verdicts("second.ppm").len() + watch.verdicts("third.ppm").len() >= 1
    });
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    let all = [verdicts(&ended.events, "second.ppm"), verdicts(&ended.events, "third.ppm")].concat();
    assert!(all.iter().all(|verdict| ["ok", "skipped"].contains(&verdict.as_str())), "{all:?}");
}

#[test]
fn thousands_at_once_are_all_done() {
    const PHOTOS: usize = 3_000;
    let test = TestRun::new();
    let watch = watch(&test, &[]);
    let day = test.folder.path().join("day");
    fs::create_dir(&day).unwrap();
    (0..PHOTOS).for_each(|n| fs::write(day.join(format!("{n}.ppm")), ppm(8, 8)).unwrap());
    fs::rename(&day, test.input("day")).unwrap();
    until("all are done", || watch.count("settled") == PHOTOS);
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(fs::read_dir(test.output("day")).unwrap().count(), PHOTOS);
    // In two shifts, each with counts of its own.
    let finished = ended.events.iter().filter(|event| event["event"] == "finished");
    let ok: Vec<u64> = finished.map(|event| event["counts"]["ok"].as_u64().unwrap()).collect();
    assert_eq!(ok, [2_000, 1_000]);
}

#[test]
fn a_broken_photo_is_tried_again_when_it_changes_and_not_before() {
    let test = TestRun::new();
    let watch = watch(&test, &[]);
    put(&test.input("a.ppm"), &ppm(32, 24)[..500]);
    put(&test.input("notes.txt"), b"no photo");
    assert_eq!(watch.settled("a.ppm", 1), ["failed"]);
    // Time for some looks at everything.
    for n in 0..5 {
        put(&test.input(&format!("other-{n}.ppm")), &ppm(8, 8));
        watch.settled(&format!("other-{n}.ppm"), 1);
    }
    assert_eq!(watch.verdicts("a.ppm"), ["failed"]);
    put(&test.input("a.ppm"), &ppm(32, 24));
    assert_eq!(watch.settled("a.ppm", 2), ["failed", "ok"]);
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(verdicts(&ended.events, "notes.txt"), Vec::<String>::new());
}

#[test]
fn all_results_of_a_photo_are_there_and_its_warnings_too() {
    const RECIPE: &str = r#"
        [[output]]
        name = "web"
        format = "jpeg"
        [[output.filter]]
        name = "resize"
        width = 8
        [[output]]
        name = "print"
        format = "png"
    "#;
    let test = TestRun::new();
    let recipe = test.folder.path().join("two.toml");
    fs::write(&recipe, RECIPE).unwrap();
    let watch = watch(&test, &["-r", recipe.to_str().unwrap(), "--times", "taken"]);
    for width in [16, 24] {
        put(&test.input("day/a.ppm"), &ppm(width, 8));
        watch.settled("a.ppm", if width == 16 { 1 } else { 2 });
        assert_eq!(image::open(test.output("web/day/a.jpg")).unwrap().width(), 8);
        assert_eq!(image::open(test.output("print/day/a.png")).unwrap().width(), width);
    }
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    let settled = ended.events.iter().find(|event| event["event"] == "settled").unwrap();
    assert_eq!(settled["outputs"].as_array().unwrap().len(), 2);
    assert!(settled["detail"].as_str().unwrap().contains("does not say when it was taken"), "{settled}");
}

#[test]
fn a_result_that_cannot_have_its_name_costs_its_photo_alone() {
    let test = TestRun::new();
    fs::create_dir(test.output("")).unwrap();
    fs::write(test.output("a.png"), "somebody else's").unwrap();
    let watch = watch(&test, &[]);
    put(&test.input("a.ppm"), &ppm(8, 8));
    put(&test.input("b.ppm"), &ppm(8, 8));
    assert_eq!(
        (watch.settled("a.ppm", 1), watch.settled("b.ppm", 1)),
        (vec!["failed".into()], vec!["ok".into()])
    );
    // Another photo of the same name, while the watch goes on.
    put(&test.input("b.bmp"), &ppm(16, 8));
    assert_eq!(watch.settled("b.bmp", 1), ["failed"]);
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(fs::read(test.output("a.png")).unwrap(), b"somebody else's");
    assert_eq!(image::open(test.output("b.png")).unwrap().width(), 8);
    let watch = super::world::watch(&test, &["--on-conflict", "unique"]);
    assert_eq!(
        (watch.settled("a.ppm", 1), watch.settled("b.bmp", 1)),
        (vec!["ok".into()], vec!["ok".into()])
    );
    assert_eq!(watch.end().code, Some(0));
    assert!(test.output("a-1.png").exists());
    assert_eq!(image::open(test.output("b-1.png")).unwrap().width(), 16);
}
