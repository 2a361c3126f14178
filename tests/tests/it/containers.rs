//! What files of formats other than JPEG hold beside their picture: it is in the result, by ExifTool, or the
//! report names it. `tests/metadata/containers.py` makes the photos and looks at the results.

use std::fs;

use supervisor_tests::TestRun;

use crate::pillow::python;

const BEHIND: &str = "data behind the picture, of a kind that is not known, was left out";
const SECOND: &str = "further images that the file held were left out";
const FRAMES: &str = "animation: only the first";

/// What is said of each photo; nothing of those where all goes along.
const SAID: [(&str, Option<&str>); 20] = [
    ("behind-png.png", Some(BEHIND)),
    ("second-png.png", Some(SECOND)),
    ("parts-png.png", Some("parts of the file that cannot go along were left out (oFFs, sCAL)")),
    ("packed-png.png", None),
    ("frames-png.png", Some(FRAMES)),
    ("behind-webp.webp", Some(BEHIND)),
    ("second-webp.webp", Some(SECOND)),
    ("parts-webp.webp", Some("parts of the file that cannot go along were left out (abcd)")),
    ("frames-webp.webp", Some(FRAMES)),
    ("said-gif.gif", None),
    ("behind-gif.gif", Some(BEHIND)),
    ("second-gif.gif", Some(SECOND)),
    ("parts-gif.gif", Some("parts of the file that cannot go along were left out (fractint001)")),
    ("frames-gif.gif", Some(FRAMES)),
    ("behind-bmp.bmp", Some(BEHIND)),
    ("said-ppm.ppm", None),
    ("second-ppm.ppm", Some(SECOND)),
    ("behind-qoi.qoi", Some(BEHIND)),
    ("said-hdr.hdr", None),
    ("behind-hdr.hdr", Some(BEHIND)),
];

#[test]
fn what_a_file_holds_beside_its_picture_goes_along_or_is_named() {
    for format in ["jpeg", "png"] {
        let test = TestRun::new().options(&["--format", format, "-f", "blur=1"]);
        let folder = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
        fs::create_dir_all(test.input("")).unwrap();
        python("metadata/containers.py", &["make", &folder(test.input(""))]);
        let run = test.run();
        assert_eq!((run.code(), run.total("ok")), (0, SAID.len() as u64), "{format}: {}", run.text());
        for (photo, said) in SAID {
            let detail = run.image(photo)["detail"].as_str().map(str::to_owned);
            match said {
                Some(words) => assert!(detail.is_some_and(|d| d.contains(words)), "{format}: {photo}"),
                None => assert_eq!(detail, None, "{format}: {photo}"),
            }
        }
        python("metadata/containers.py", &["check", format, &folder(test.output(""))]);
    }
}
