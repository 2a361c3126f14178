//! How results are encoded: `--target-quality`, `--progressive`, `--effort`, `--lossless`, `--keep-smaller`.
//! What they do to a picture is tried in the worker and, by Pillow, in `tests/pillow/settings.py`.

use std::fs;

use supervisor_tests::TestRun;

use crate::pillow::python;

/// Has photos made, runs them with these options, and has the results compared.
fn hold(what: &str, options: &[&str]) {
    let test = TestRun::new().options(options);
    let folders = [test.input(""), test.output("")].map(|folder| folder.to_string_lossy().into_owned());
    fs::create_dir_all(&folders[0]).unwrap();
    python("pillow/settings.py", &["make", &folders[0]]);
    let run = test.run();
    assert_eq!((run.code(), run.total("ok")), (0, 16), "{}", run.text());
    python("pillow/settings.py", &[what, &folders[0], &folders[1]]);
}

#[test]
fn pillow_sees_jpegs_turned_without_loss() {
    hold("blocks", &["--lossless"]);
    // The same without asking, since nothing but metadata is to change.
    hold("blocks", &["--drop", "gps"]);
}

#[test]
fn pillow_sees_several_scans_and_webp_without_loss() {
    hold("scans", &["--progressive"]);
    hold("scans", &["--effort", "small", "--quality", "70"]);
    hold("pixels", &["--lossless", "--format", "webp"]);
}

#[test]
fn the_report_has_the_quality_that_was_chosen_and_what_it_scores() {
    let test = TestRun::new().options(&["--format", "webp", "--target-quality", "70"]);
    test.write_good(2);
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    let output = &run.image("good-000.ppm")["outputs"][0];
    assert!((1..=100).contains(&output["quality"].as_u64().unwrap()), "{output}");
    assert!(output["score"].as_f64().unwrap() >= 70.0, "{output}");
    let report = run.report();
    assert_eq!(report["run"]["outputs"][0]["settings"][0], "target_quality=70");
    assert_eq!(report["run"]["outputs"][0]["quality"], serde_json::Value::Null);
    // The same command has nothing to do, another score has.
    assert_eq!(test.run().total("skipped"), 2);
}

#[test]
fn what_cannot_be_without_loss_fails_and_each_output_has_its_own_settings() {
    let test = TestRun::new();
    let recipe = test.folder.path().join("two.toml");
    let text = "[[output]]\nname = \"web\"\nformat = \"webp\"\nlossless = true\neffort = \"small\"\n\
                [[output]]\nname = \"mail\"\nformat = \"jpeg\"\nprogressive = true\ntarget_quality = 60\n\
                [[output]]\nname = \"web-png\"\nformat = \"png\"\neffort = \"small\"\n";
    fs::write(&recipe, text).unwrap();
    let test = test.options(&["-r", recipe.to_str().unwrap()]);
    test.write_good(1);
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    let photo = image::open(test.input("good-000.ppm")).unwrap().into_rgb8();
    for lossless in ["web/good-000.webp", "web-png/good-000.png"] {
        assert_eq!(image::open(test.output(lossless)).unwrap().into_rgb8(), photo, "{lossless}");
    }

    let test = TestRun::new().options(&["--lossless", "--format", "jpeg"]);
    test.write_good(1);
    let run = test.run();
    assert_eq!(run.code(), 1, "{}", run.text());
    let image = run.image("good-000.ppm");
    assert_eq!((&image["kind"], &image["stage"]), (&"bad-parameter".into(), &"encode".into()), "{image}");
    assert!(image["detail"].as_str().unwrap().contains("it is a pnm (--lossless)"), "{image}");
    assert!(run.text().contains("Leave out --lossless"), "{}", run.text());
}

#[test]
fn a_photo_s_own_file_is_kept_where_it_is_smaller() {
    let test = TestRun::new().options(&["--keep-smaller", "--quality", "95"]);
    let photo = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 3, y as u8 * 5, 77]));
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 20).encode_image(&photo).unwrap();
    test.write("small.jpg", &jpeg);
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    assert_eq!(fs::read(test.output("small.jpg")).unwrap(), jpeg);
    let image = run.image("small.jpg");
    assert!(image["detail"].as_str().unwrap().starts_with("kept as it was"), "{image}");
    assert_eq!(image["bytes_out"], jpeg.len());
}
