//! Texts in letters that the bundled font lacks: a font of the machine draws them, or nothing is run.

use std::fs;
use std::process::Command;

use supervisor_tests::TestRun;

/// DejaVu Sans with nothing in it but 山, which looks like an A.
fn font() -> Vec<u8> {
    let mut font = dejavu::sans::regular().to_vec();
    // One group of one character (format 12), for Unicode on Windows.
    let head = [0u16, 1, 3, 10, 0, 12, 12, 0].map(u16::to_be_bytes).concat();
    let table = [head, [28u32, 0, 1, '山'.into(), '山'.into(), 36].map(u32::to_be_bytes).concat()].concat();
    let entry = font.windows(4).position(|tag| tag == b"cmap").unwrap();
    let place = [font.len() as u32, table.len() as u32].map(u32::to_be_bytes).concat();
    font[entry + 8..entry + 16].copy_from_slice(&place);
    font.extend(table);
    font
}

/// The run's command, on a machine whose fonts are those in its own folder.
fn command(test: &TestRun) -> Command {
    let mut command = test.command();
    let home = test.folder.path().join("home");
    command.env("HOME", &home).env("XDG_DATA_HOME", &home).env("XDG_DATA_DIRS", home.join("nothing"));
    command
}

#[test]
fn letters_come_from_a_font_of_the_machine_or_nothing_is_run() {
    let test = TestRun::new().options(&["-f", "watermark:text=© 山,opacity=1,scale=1,margin=0,color=red"]);
    test.write("good.ppm", supervisor_tests::ppm(320, 240));
    let run = test.finish(command(&test).spawn().unwrap());
    assert_eq!(run.code(), 2, "{}", run.text());
    assert!(run.text().contains("no font here has 山; name one that has with font=FILE"), "{}", run.text());
    assert!(!test.output("").exists());

    let fonts = test.folder.path().join("home/fonts/truetype");
    fs::create_dir_all(&fonts).unwrap();
    fs::write(fonts.join("mountain.ttf"), font()).unwrap();
    let run = test.finish(command(&test).spawn().unwrap());
    assert_eq!(run.code(), 0, "{}", run.text());
    let marked = image::open(test.output("good.png")).unwrap().into_rgb8();
    // The sign is on the left, and the letter right of it.
    let red = |from: u32, to: u32| {
        marked.enumerate_pixels().any(|(x, _, pixel)| (from..to).contains(&x) && pixel.0 == [255, 0, 0])
    };
    assert!(red(0, 160) && red(160, 320));
}
