//! A wedding as a studio has it: photos of two cameras through the shipped recipe, killed on the way.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::imageops;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use supervisor_tests::{TestRun, ppm, until, workers_using};

/// Photos of the day.
const PHOTOS: usize = 60;
/// Where their results go.
const FOLDERS: [&str; 3] = ["album", "web", "preview"];
/// The cameras: their folder, make, model and serial number.
const CAMERAS: [[&str; 4]; 2] = [
    ["one", "NIKON CORPORATION", "NIKON Z 6_2", "6012345"],
    ["two", "Canon", "Canon EOS R6", "083021001234"],
];

fn exiftool(arguments: &[&str]) -> String {
    let output = Command::new("exiftool").args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{error} (scripts/setup --tests installs exiftool)");
    String::from_utf8(output.stdout).unwrap()
}

/// When a photo was taken: the two cameras take turns.
fn taken(number: usize) -> String {
    format!(
        "2024:05:{:02} {:02}:{:02}:{:02}",
        4 + number / 100,
        10 + number / 20 % 12,
        number % 60,
        number % 7
    )
}

/// The photos of the day, with what their cameras say of themselves.
fn shoot(test: &TestRun) {
    // Dark enough for a white mark to be seen.
    let drawn = TestRun::new().options(&["--format", "jpeg", "--quality", "95", "-f", "brightness=0.4"]);
    for (number, (width, height)) in [(2400, 1600), (1600, 2400)].into_iter().enumerate() {
        drawn.write(&format!("{number}.ppm"), ppm(width, height));
    }
    assert_eq!(drawn.run().code(), 0);
    let shots: Vec<Vec<u8>> = drawn.outputs().iter().map(|path| fs::read(path).unwrap()).collect();
    let mut orders = String::new();
    for number in 0..PHOTOS {
        let [folder, make, model, serial] = CAMERAS[number % 2];
        let path = test.write(&format!("{folder}/IMG_{number:04}.jpg"), &shots[number / 2 % 2]);
        let taken = taken(number);
        for tag in [
            format!("Make={make}"),
            format!("Model={model}"),
            format!("EXIF:SerialNumber={serial}"),
            format!("DateTimeOriginal={taken}"),
            "GPSLatitude=-12.05".to_owned(),
            "GPSLatitudeRef=S".to_owned(),
            "GPSLongitude=77.04".to_owned(),
            "GPSLongitudeRef=W".to_owned(),
        ] {
            orders += &format!("-{tag}\n");
        }
        orders += &format!("-overwrite_original\n{}\n-execute\n", path.display());
    }
    let list = test.folder.path().join("orders");
    fs::write(&list, orders).unwrap();
    exiftool(&["-q", "-@", list.to_str().unwrap()]);
}

/// The results that stand, folder by folder.
fn results(test: &TestRun) -> [Vec<PathBuf>; 3] {
    FOLDERS.map(|folder| {
        let of_cameras = CAMERAS.iter().map(|[camera, ..]| test.output(folder).join(camera));
        let files = of_cameras.flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
        let mut files: Vec<PathBuf> = files.map(|file| file.path()).collect();
        files.sort();
        files
    })
}

/// What a result says of itself, by exiftool.
fn tags(folder: &Path) -> Vec<Value> {
    let told = exiftool(&["-json", "-r", "-n", "-G", folder.to_str().unwrap()]);
    serde_json::from_str(&told).unwrap()
}

fn number_of(said: &Value) -> usize {
    let name = said["File:FileName"].as_str().unwrap();
    name.strip_prefix("IMG_").unwrap().strip_suffix(".jpg").unwrap().parse().unwrap()
}

#[test]
fn a_wedding_that_is_killed_three_times_is_delivered_whole() {
    let test = TestRun::new().options(&["-r", "wedding", "--set", "artist=Ana Núñez"]);
    shoot(&test);
    for round in 1..=3 {
        let mut child = test.start();
        let some = round * PHOTOS / 4;
        until("a part is there", || results(&test)[2].len() >= some);
        assert!(child.try_wait().unwrap().is_none(), "it was over before it was killed");
        kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
        child.wait().unwrap();
        until("its workers are gone", || workers_using(test.folder.path()).is_empty());
        // Whatever has its name is whole.
        results(&test).iter().flatten().for_each(|file| drop(image::open(file).unwrap()));
    }
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    assert!(run.total("skipped") >= (PHOTOS / 2) as u64, "what was done before is kept");
    assert_eq!(run.total("ok") + run.total("skipped"), PHOTOS as u64);
    let there = results(&test);
    assert_eq!(there.each_ref().map(Vec::len), [PHOTOS; 3]);
    for (folder, edge) in there.iter().zip([2400, 2048, 640]) {
        for file in folder {
            let picture = image::open(file).unwrap();
            assert_eq!(picture.width().max(picture.height()), edge, "{}", file.display());
        }
    }
    check_watermark(&there);
    check_tags(&test);
    let again = test.run();
    assert_eq!((again.code(), again.total("skipped")), (0, PHOTOS as u64), "{}", again.text());
}

/// In the corner where the name of the photographer stands, and there alone, the web has another picture than
/// the album.
fn check_watermark([album, web, _]: &[Vec<PathBuf>; 3]) {
    for (album, web) in album.iter().zip(web).take(2) {
        let [album, web] = [album, web].map(|file| image::open(file).unwrap().to_luma8());
        let (width, height) = web.dimensions();
        let album = imageops::resize(&album, width, height, imageops::FilterType::Triangle);
        let far = |x: u32, y: u32| {
            let corner = |picture| imageops::crop_imm(picture, x, y, width / 4, height / 4).to_image();
            let (album, web) = (corner(&album), corner(&web));
            album.iter().zip(web.iter()).map(|(one, other)| one.abs_diff(*other)).max().unwrap()
        };
        let (marked, plain) = (far(width - width / 4, height - height / 4), far(0, 0));
        assert!(marked > 50 && plain < 20, "{marked} levels in the corner, {plain} elsewhere");
    }
}

/// The album keeps everything, the web neither place nor serial number, and the preview who made it alone.
fn check_tags(test: &TestRun) {
    for folder in FOLDERS {
        let (all, kept) = (folder == "album", folder != "preview");
        let said = tags(&test.output(folder));
        assert_eq!(said.len(), PHOTOS);
        for said in said {
            let number = number_of(&said);
            let [_, _, model, serial] = CAMERAS[number % 2];
            let taken = taken(number);
            let expected = [
                ("EXIF:Artist", Some("Ana Núñez")),
                ("XMP:Creator", Some("Ana Núñez")),
                ("IPTC:By-line", Some("Ana Núñez")),
                ("EXIF:Model", kept.then_some(model)),
                ("EXIF:DateTimeOriginal", kept.then_some(&*taken)),
                ("EXIF:SerialNumber", all.then_some(serial)),
            ];
            for (tag, expected) in expected {
                let value = said.get(tag).map(|value| value.to_string().replace('"', ""));
                assert_eq!(value.as_deref(), expected, "{folder} {number} {tag}: {said}");
            }
            assert_eq!(said.get("EXIF:GPSLatitude").is_some(), all, "{folder} {number}: {said}");
        }
    }
}
