//! What lasts: through restarts, kills and signals, and over folders that go and come.

use std::fs;

use crate::disk::{Disk, write_noise};
use rustix::process::Signal;
use serde_json::Value;
use supervisor_tests::gate::{gated, open_gate};
use supervisor_tests::{TestRun, executable, ppm, until, within};

use super::world::{command, put, start, verdicts, watch, watch_with_faults};

#[test]
fn what_was_done_stays_done_after_a_restart() {
    let test = TestRun::new();
    test.write_good(3);
    let first = watch(&test, &[]);
    until("all are done", || first.count("settled") == 3);
    assert_eq!(first.end().code, Some(0));
    let times = || test.outputs().iter().map(|path| path.metadata().unwrap().modified().unwrap()).collect();
    let before: Vec<_> = times();
    put(&test.input("new.ppm"), &ppm(8, 8));
    let again = watch(&test, &[]);
    again.settled("new.ppm", 1);
    let ended = again.end();
    assert_eq!(ended.events.iter().filter(|event| event["event"] == "settled").count(), 1);
    assert!(ended.text.contains("note: 3 photos of") && ended.text.contains("up to date"), "{}", ended.text);
    fs::remove_file(test.output("new.png")).unwrap();
    assert_eq!(times(), before);
    // A run takes over where a watch has ended.
    let run = test.run();
    assert_eq!((run.code(), run.total("ok"), run.total("skipped")), (0, 1, 3), "{}", run.text());
}

#[test]
fn one_that_is_killed_again_and_again_loses_nothing() {
    const PHOTOS: usize = 300;
    let test = TestRun::new();
    let done = test.folder.path().join("done");
    let moves = format!("--then-originals=move={}", done.display());
    let count = |folder: &std::path::Path| fs::read_dir(folder).map_or(0, Iterator::count);
    test.write_good(PHOTOS);
    let mut killed_midway = 0;
    for round in 1..10 {
        let watch = watch(&test, &[&moves]);
        let some = count(&done) + round * 7;
        until("some are moved away", || count(&done) >= some.min(PHOTOS));
        killed_midway += usize::from(count(&done) < PHOTOS);
        watch.kill();
    }
    assert!(killed_midway > 0, "no watch was killed in its middle");
    let last = watch(&test, &[&moves]);
    until("all are moved away", || count(&done) == PHOTOS && count(&test.input("")) == 0);
    until("it has begun", || last.count("started") == 1);
    let ended = last.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(test.outputs().len(), PHOTOS);
    test.outputs().iter().for_each(|path| drop(image::open(path).unwrap()));
}

#[test]
fn a_full_disk_ends_it_and_room_lets_it_go_on() {
    const PHOTOS: usize = 100;
    let test = TestRun::new();
    write_noise(&test, PHOTOS);
    let Some(disk) = Disk::mount(&test, "600k") else { return };
    let ended = watch(&test, &[]).ended();
    assert_eq!(ended.code, Some(75), "{}", ended.text);
    assert!(ended.text.contains("No space left on device"), "{}", ended.text);
    let finished = test.outputs().len();
    assert!(0 < finished && finished < PHOTOS);
    disk.remount("size=64m");
    let again = watch(&test, &[]);
    until("all are there", || test.outputs().len() == PHOTOS);
    let ended = again.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(ended.text.contains(&format!("note: {finished} photos of ")), "{}", ended.text);
    test.outputs().iter().for_each(|path| drop(image::open(path).unwrap()));
}

#[test]
fn the_first_signal_lets_what_runs_finish_and_is_no_failure() {
    let test = TestRun::new();
    let watch = watch_with_faults(&test, &["--report", &report(&test)]);
    put(&test.input("bad.ppm"), b"P6\n8 8\n255\n");
    watch.settled("bad.ppm", 1);
    put(&test.input("a.ppm"), &gated(&test.input(".gate")));
    until("a worker has it", || watch.count("assigned") == 2);
    watch.signal(Signal::INT);
    until("it says that it stops", || watch.count("stopping") == 1);
    open_gate(&test.input(".gate"));
    let ended = watch.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert_eq!(verdicts(&ended.events, "a.ppm"), ["ok"]);
    let report: Value = serde_json::from_slice(&fs::read(report(&test)).unwrap()).unwrap();
    assert_eq!((&report["totals"]["ok"], &report["totals"]["failed"]), (&1.into(), &1.into()));
}

fn report(test: &TestRun) -> String {
    test.folder.path().join("report.json").display().to_string()
}

#[test]
fn the_second_signal_kills_what_runs() {
    let test = TestRun::new();
    let watch = watch_with_faults(&test, &[]);
    put(&test.input("a.jpg"), b"FAULT:hang");
    until("a worker has it", || watch.count("assigned") == 1);
    watch.signal(Signal::TERM);
    until("the first one is heard", || watch.count("stopping") == 1);
    watch.signal(Signal::TERM);
    let ended = watch.ended();
    assert_eq!(ended.code, Some(143), "{}", ended.text);
}

#[test]
fn a_signal_ends_one_that_waits() {
    let test = TestRun::new();
    let watch = watch(&test, &["--sweep", "1h"]);
    until("it has begun", || watch.count("started") == 1);
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(ended.text.contains("watching ") && ended.text.contains("0 images: 0 ok"), "{}", ended.text);
}

#[test]
fn a_folder_that_is_taken_away_is_waited_for() {
    let test = TestRun::new();
    let watch = watch(&test, &["--report", &report(&test)]);
    put(&test.input("a.ppm"), &ppm(8, 8));
    watch.settled("a.ppm", 1);
    fs::rename(test.input(""), test.folder.path().join("away")).unwrap();
    put(&test.folder.path().join("new/b.ppm"), &ppm(8, 8));
    fs::rename(test.folder.path().join("new"), test.input("")).unwrap();
    // Workers may read another folder in its place only if they begin anew.
    assert_eq!(watch.settled("b.ppm", 1), ["ok"]);
    assert_eq!(watch.count("started"), 2);
    assert_eq!(watch.end().code, Some(0));
    let inputs = |name: &str| {
        let report = fs::read(test.folder.path().join(name)).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        let images = report["images"].as_array().unwrap().clone();
        images.iter().map(|image| image["input"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // Each shift has a report of its own, and older ones are kept.
    assert!(inputs("report.json").concat().ends_with("b.ppm"));
    assert!(inputs("report.1.json").concat().ends_with("a.ppm"));
    assert!(test.output(".supervisor/report.1.json").exists());
}

/// What glibc sets aside for the heap of a thread, at a multiple of its size.
const HEAP: u64 = 64 << 20;

/// Heaps of single threads in a process: what is used, and behind it what is set aside.
fn heaps_of_threads(pid: u32) -> usize {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let address = |text: &str| u64::from_str_radix(text, 16).unwrap();
    let mappings = maps.lines().map(|line| {
        let (range, rest) = line.split_once(' ').unwrap();
        let (start, end) = range.split_once('-').unwrap();
        (address(start), address(end), &rest[..4])
    });
    let mappings: Vec<_> = mappings.collect();
    let is_heap = |pair: &[(u64, u64, &str)]| {
        let [(start, end, used), (next, last, spare)] = pair else { unreachable!() };
        (*used, *spare, end) == ("rw-p", "---p", next) && start % HEAP == 0 && *last >= start + HEAP
    };
    mappings.windows(2).filter(|pair| is_heap(pair)).count()
}

#[test]
fn its_threads_leave_no_heaps_behind() {
    let test = TestRun::new();
    let watch = watch(&test, &[]);
    put(&test.input("a.ppm"), &ppm(8, 8));
    watch.settled("a.ppm", 1);
    assert_eq!(heaps_of_threads(watch.pid()), 0);
    assert_eq!(watch.end().code, Some(0));
}

#[test]
fn a_folder_of_which_nothing_is_heard_is_looked_at() {
    let test = TestRun::new();
    // No hints at all, as on a file system without them.
    let without = executable("without");
    let command = within(&[without.to_str().unwrap(), "inotify"], &command(&test, &[]));
    let watch = start(&test, command);
    put(&test.input("day/a.ppm"), &ppm(8, 8));
    assert_eq!(watch.settled("a.ppm", 1), ["ok"]);
    let ended = watch.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(ended.text.contains("everything is looked at every 100ms"), "{}", ended.text);
}
