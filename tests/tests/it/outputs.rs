//! Several results of each photo, from one recipe: all of them are published or none, and a photo is up to
//! date only if all of them stand.

use std::fs;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};
use supervisor_tests::{EndedRun, TestRun, ppm, until};

const DELIVERY: &str = "\
name = \"delivery\"
[[filter]]
name = \"sepia\"

[[output]]
name = \"web\"
format = \"jpeg\"
[[output.filter]]
name = \"resize\"
long_edge = 16

[[output]]
name = \"print\"
format = \"tiff\"

[[output]]
name = \"thumb\"
path = \"thumbs/{stem|upper}-{width}x{height}\"
format = \"webp\"
[[output.filter]]
name = \"resize\"
long_edge = 8
";

/// A run whose photos become three results each.
fn delivery(recipe: &str) -> TestRun {
    let test = TestRun::new();
    let file = test.folder.path().join("delivery.toml");
    fs::write(&file, recipe).unwrap();
    test.options(&["-r", file.to_str().unwrap()])
}

/// Exit code, done and skipped.
fn outcome(run: &EndedRun) -> (i32, u64, u64) {
    (run.code(), run.total("ok"), run.total("skipped"))
}

fn results(test: &TestRun) -> [PathBuf; 3] {
    ["web/good-000.jpg", "print/good-000.tiff", "thumbs/GOOD-000-8x6.webp"].map(|name| test.output(name))
}

#[test]
fn a_photo_becomes_all_its_results_and_is_one_image() {
    let test = delivery(DELIVERY);
    test.write_good(4);
    let run = test.run();
    assert_eq!(outcome(&run), (0, 4, 0), "{}", run.text());
    let sizes = results(&test).map(|file| image::image_dimensions(file).unwrap());
    assert_eq!(sizes, [(16, 12), (32, 24), (8, 6)]);

    let image = run.image("good-000.ppm");
    assert_eq!(image["output"], results(&test)[0].to_str().unwrap());
    let outputs = image["outputs"].as_array().unwrap();
    let column = |key: &str| outputs.iter().map(|output| output[key].clone()).collect::<Vec<_>>();
    assert_eq!(column("name"), ["web", "print", "thumb"]);
    assert_eq!(column("format"), ["jpeg", "tiff", "webp"]);
    assert_eq!(column("width"), [16, 32, 8]);
    let bytes = results(&test).map(|file| file.metadata().unwrap().len());
    assert_eq!(column("bytes"), bytes);
    assert_eq!(image["bytes_out"], bytes.iter().sum::<u64>());
    let report = run.report();
    assert_eq!((&report["totals"]["images"], &report["run"]["format"]), (&4.into(), &().into()));
    assert_eq!(report["run"]["outputs"][2]["path"], "thumbs/{stem|upper}-{width}x{height}.{ext}");
}

#[test]
fn outputs_that_only_some_photos_make_alike_are_numbered_where_that_is_asked_for() {
    let outputs = ["{stem}", "{stem}.png"]
        .map(|path| format!("[[output]]\nname = \"{}\"\npath = \"{path}\"\n", path.len()));
    let test = delivery(&outputs.concat());
    test.write_good(1);
    let run = test.run();
    assert!(run.code() == 2 && run.text().contains("good-000.ppm, twice: good-000.png"), "{}", run.text());
    for expected in [(0, 1, 0), (0, 0, 1)] {
        let run = delivery_again(&test, "unique");
        assert_eq!(outcome(&run), expected, "{}", run.text());
        let there = ["good-000.png", "good-000-1.png"].map(|name| test.output(name).exists());
        assert_eq!(there, [true, true]);
    }
}

#[test]
fn it_is_up_to_date_only_if_all_of_them_stand() {
    let test = delivery(DELIVERY);
    test.write_good(3);
    assert_eq!(outcome(&test.run()), (0, 3, 0));
    assert_eq!(outcome(&test.run()), (0, 0, 3));
    fs::remove_file(&results(&test)[1]).unwrap();
    let run = test.run();
    assert_eq!(outcome(&run), (0, 1, 2), "{}", run.text());
    assert!(results(&test).iter().all(|file| file.exists()));
    // Another setting of one of them, and all are made again.
    fs::write(test.folder.path().join("delivery.toml"), DELIVERY.replace("long_edge = 8", "long_edge = 9"))
        .unwrap();
    assert_eq!(outcome(&test.run()), (0, 3, 0));
}

#[test]
fn a_file_in_the_way_of_one_is_in_the_way_of_all() {
    let test = delivery(DELIVERY);
    test.write_good(2);
    let foreign = &results(&test)[2];
    fs::create_dir_all(foreign.parent().unwrap()).unwrap();
    fs::write(foreign, "somebody's").unwrap();
    let run = test.finish(test.start());
    assert_eq!(run.code(), 2, "{}", run.text());
    assert!(run.text().contains("GOOD-000-8x6.webp for"), "{}", run.text());
    let run = delivery_again(&test, "skip");
    assert_eq!(outcome(&run), (0, 1, 1), "{}", run.text());
    assert!(!results(&test)[0].exists() && !results(&test)[1].exists());
    assert_eq!(outcome(&delivery_again(&test, "overwrite")), (0, 1, 1));
    assert!(results(&test).iter().all(|file| image::open(file).is_ok()));
}

fn delivery_again(test: &TestRun, on_conflict: &str) -> EndedRun {
    let child = test.command().args(["--on-conflict", on_conflict]).spawn().unwrap();
    test.finish(child)
}

#[test]
fn what_fails_in_one_output_leaves_none_of_the_photo() {
    let test = delivery(&DELIVERY.replace("format = \"tiff\"", "format = \"jpeg\"\nmax_bytes = 3000"));
    test.write("small.ppm", ppm(32, 24));
    test.write("large.ppm", ppm(900, 900));
    let run = test.run();
    assert_eq!(run.verdict("large.ppm"), "failed too-large", "{}", run.text());
    assert_eq!((run.code(), run.verdict("small.ppm")), (1, "ok".to_owned()));
    let large = run.image("large.ppm");
    assert!(large["detail"].as_str().unwrap().starts_with("output print: "), "{large}");
    assert!(large["outputs"].as_array().unwrap().is_empty());
    assert!(!test.output("web/large.jpg").exists());
    assert!(test.output("web/small.jpg").exists() && test.output("print/small.jpg").exists());
}

#[test]
fn two_results_in_one_place_are_refused() {
    let recipe = DELIVERY
        .replace("thumbs/{stem|upper}-{width}x{height}", "web/{dir}/{stem}.jpg")
        .replace("webp", "jpeg");
    let test = delivery(&recipe);
    test.write_good(1);
    let run = test.finish(test.start());
    assert_eq!(run.code(), 2, "{}", run.text());
    assert!(
        run.text().contains("delivery.toml:18:8: output web and output thumb would both write"),
        "{}",
        run.text()
    );
    assert!(!test.folder.path().join("out").exists());
    // What only a photo makes alike.
    fs::write(test.folder.path().join("delivery.toml"), recipe.replace("{stem}.jpg", "GOOD-000.jpg"))
        .unwrap();
    fs::rename(test.input("good-000.ppm"), test.input("GOOD-000.ppm")).unwrap();
    let run = test.finish(test.start());
    assert!(run.text().contains("twice: web/GOOD-000.jpg"), "{}", run.text());
}

#[test]
fn a_worker_that_dies_leaves_none_of_the_results() {
    // Names without sizes, so that no worker looks at the photo before.
    let test = delivery(&DELIVERY.replace("-{width}x{height}", "")).with_fault_worker();
    test.write_good(2);
    test.write("bad.jpg", "FAULT:abort");
    let run = test.run();
    assert_eq!(run.verdict("bad.jpg"), "quarantined crashed", "{}", run.text());
    assert!(!test.output("web/bad.jpg").exists());
    assert_eq!(run.total("ok"), 2);
}

#[test]
fn a_delivery_that_is_killed_again_and_again_has_all_results_of_each_photo() {
    const PHOTOS: usize = 200;
    let test = TestRun::new().options(&["-r", "wedding", "--set", "artist=Ana"]);
    test.write_good(PHOTOS);
    let results = || {
        let folders = ["album", "web", "preview"].map(|name| test.output(name));
        folders.map(|folder| fs::read_dir(folder).map_or(Vec::new(), |files| files.flatten().collect()))
    };
    let mut killed_midway = 0;
    for round in 1..=3 {
        let mut child = test.start();
        let some = round * PHOTOS / 4;
        until("a part is there", || results()[2].len() >= some || child.try_wait().unwrap().is_some());
        let _ = kill_process(Pid::from_child(&child), Signal::KILL);
        child.wait().unwrap();
        let there = results();
        killed_midway += usize::from(there[2].len() < PHOTOS);
        there.iter().flatten().for_each(|file| drop(image::open(file.path()).unwrap()));
    }
    assert!(killed_midway > 0, "no run was killed in its middle");
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    assert_eq!(run.total("ok") + run.total("skipped"), PHOTOS as u64);
    let there = results();
    assert_eq!(there.each_ref().map(Vec::len), [PHOTOS; 3]);
    there.iter().flatten().for_each(|file| drop(image::open(file.path()).unwrap()));
    assert_eq!(outcome(&test.run()), (0, 0, PHOTOS as u64));
}
