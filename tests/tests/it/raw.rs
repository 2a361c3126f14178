//! Raw photos through the built programs: within the sandbox, on every kind of lane, under every policy.

use image::{ImageFormat, ImageResult};
use supervisor_tests::TestRun;

/// A DNG of 132×88 pixels that no preview is in.
const PHOTO: &[u8] = include_bytes!("../../../worker/tests/fixtures/raw/tiles.dng");

/// The same photo with a preview of this size, as cameras add one.
fn with_preview(photo: &[u8], width: u32, height: u32) -> ImageResult<Vec<u8>> {
    let preview = image::load_from_memory(&supervisor_tests::ppm(width, height))?;
    let mut file = std::io::Cursor::new(photo.to_vec());
    file.set_position(photo.len() as u64);
    preview.write_to(&mut file, ImageFormat::Jpeg)?;
    Ok(file.into_inner())
}

/// The same photo as a file of a camera that nobody knows: its tag `DNGVersion` is another one.
fn of_unknown_camera(photo: &[u8]) -> Option<Vec<u8>> {
    let mut file = photo.to_vec();
    let tag = file.windows(4).position(|entry| entry == [0x12, 0xC6, 1, 0])?;
    // Kept in order, as directories are sorted.
    file[tag] = 0x13;
    Some(file)
}

#[test]
fn a_raw_photo_becomes_a_jpeg_in_every_isolation() {
    for isolation in ["process", "thread", "sequential"] {
        let test = TestRun::new().options(&["--sandbox", "require", "--isolation", isolation]);
        for n in 0..6 {
            test.write(&format!("IMG_{n}.NEF"), PHOTO);
        }
        let run = test.run();
        assert_eq!((run.code(), run.total("restarts")), (0, 0), "{isolation}: {}", run.text());
        let file = std::fs::read(test.output("IMG_5.jpg")).unwrap();
        let picture = image::load_from_memory_with_format(&file, ImageFormat::Jpeg).unwrap();
        assert_eq!((picture.width(), picture.height()), (132, 88));
        assert!(file == std::fs::read(test.output("IMG_0.jpg")).unwrap(), "the same photo, the same bytes");
    }
}

#[test]
fn the_preview_is_taken_when_asked_for_and_when_nothing_else_is_to_be_had() {
    let test = TestRun::new();
    test.write("known.dng", with_preview(PHOTO, 60, 40).unwrap());
    test.write("unknown.dng", with_preview(&of_unknown_camera(PHOTO).unwrap(), 60, 40).unwrap());
    test.write("bare.dng", of_unknown_camera(PHOTO).unwrap());
    let run = test.run();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_eq!(
        (&run.image("/known.dng")["width"], &run.image("/unknown.dng")["width"]),
        (&132.into(), &60.into())
    );
    let detail = run.image("/unknown.dng")["detail"].as_str().unwrap_or_default();
    assert_eq!(
        detail,
        "the camera is not known: Acme Box 1; the embedded preview was taken; \
         the embedded preview has 60×40 pixels, the photo 148×104"
    );
    assert_eq!(run.verdict("bare.dng"), "failed unsupported");

    let test = TestRun::new().options(&["--raw", "embedded"]);
    test.write("known.dng", with_preview(PHOTO, 60, 40).unwrap());
    let run = test.run();
    let known = run.image("known.dng");
    assert_eq!((run.code(), &known["width"]), (0, &60.into()), "{}", run.text());
    assert_eq!(known["detail"], "the embedded preview has 60×40 pixels, the photo 132×88");
}

#[test]
fn a_photo_with_something_missing_fails_and_takes_no_worker_with_it() {
    let test = TestRun::new();
    for (n, end) in (8..PHOTO.len() - 8).step_by(PHOTO.len() / 20).enumerate() {
        test.write(&format!("cut-{n}.dng"), &PHOTO[..end]);
    }
    let run = test.run();
    assert_eq!(run.total("failed"), run.total("images"), "{}", run.text());
    assert_eq!(run.total("restarts"), 0, "{}", run.text());
}

#[test]
fn a_raw_photo_and_the_jpeg_beside_it_are_not_mixed_up() {
    let test = TestRun::new();
    test.write("IMG_1.NEF", PHOTO);
    test.write("IMG_1.jpg", with_preview(&[], 60, 40).unwrap());
    let run = test.run();
    assert_eq!(run.code(), 2, "{}", run.text());
    assert!(run.text().contains("would get the same name"), "{}", run.text());
    let run = test.options(&["--on-conflict", "unique"]).run();
    assert_eq!((run.code(), run.total("ok")), (0, 2), "{}", run.text());
}
