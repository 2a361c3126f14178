//! The density, wherever in a photo it is stated: every result says the same in every place that it has, by
//! ExifTool. `tests/metadata/densities.py` makes the photos and looks at the results.

use std::fs;

use supervisor_tests::TestRun;

use crate::pillow::python;

fn hold(formats: &[&str], options: &[&str], check: &[&str]) {
    for format in formats {
        let test = TestRun::new().options(&[options, &["--format", *format]].concat());
        let folder = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
        fs::create_dir_all(test.input("")).unwrap();
        python("metadata/densities.py", &["make", &folder(test.input(""))]);
        let run = test.run();
        assert_eq!(run.code(), 0, "{format}: {}", run.text());
        python("metadata/densities.py", &[&["check", &folder(test.output(""))], check].concat());
        // One of several is taken with a word, unless another was asked for.
        for (photo, several) in [("own-exif-photoshop-xmp-jpg.jpg", true), ("own-tif.tif", false)] {
            let detail = run.image(photo)["detail"].as_str().unwrap_or_default().to_owned();
            let is_said = detail.contains("300 × 200 pixels per inch and also 149.86 × 299.72");
            assert_eq!(is_said, several && check.is_empty(), "{format}: {photo}: {detail}");
        }
        // Only where there is no place for it, the shape of the pixels is lost, and named.
        let lost = !["jpeg", "png", "tiff"].contains(format) && check.is_empty();
        for photo in ["shape-jpg.jpg", "shape-png.png", "shape-tif.tif"] {
            let detail = run.image(photo)["detail"].as_str().unwrap_or_default().to_owned();
            assert_eq!(detail.contains("not square"), lost, "{format}: {photo}: {detail}");
        }
    }
}

#[test]
fn one_density_comes_out_wherever_it_was_stated() {
    hold(&["jpeg", "png", "tiff", "webp", "avif"], &["-f", "resize=64"], &[]);
}

#[test]
fn one_that_is_asked_for_contradicts_nothing() {
    // AVIF states it as WebP does, and is slow to write.
    hold(&["jpeg", "png", "tiff", "webp"], &["--dpi", "250"], &["250"]);
}
