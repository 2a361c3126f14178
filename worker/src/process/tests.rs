//! Whole jobs in this process: upright results, limits, memory that is asked for; `profiles` has the colours.

mod backgrounds;
mod densities;
mod gain_maps;
mod kept;
mod losses;
mod makers_notes;
mod old_picture;
mod outputs;
mod profiles;
mod texts;
mod times;

use std::path::PathBuf;

use image::metadata::Orientation;
use recipe::filter::geometry::Size;
use recipe::format::MetadataPolicy;
use recipe::recipe::Output;
use tempfile::TempDir;

use super::*;
use crate::density::{LengthUnit, PixelDensity};
use crate::image::{Channels, Metadata, Picture, Samples};

const LIMITS: Limits =
    Limits { max_pixels: Limits::MAX_PIXELS, memory: 4 << 30, max_input_bytes: Limits::MAX_INPUT_BYTES };

fn processor(output: Output, limits: Limits) -> Processor {
    Processor::new(&Recipe::new(Vec::new(), output), &[], limits, codec::decode)
}

/// All the memory that a job may ask for.
fn everything() -> Allowance<'static> {
    Allowance::new(u64::MAX, &|_, _| Ok(()))
}

/// A job with one result.
fn task(input: PathBuf, staging: PathBuf, format: Format) -> Task {
    let staging = vec![StagingFile { path: staging.into(), format }];
    Task::Process { input: input.into(), staging, planned: PlannedPhoto::default() }
}

fn decoded(bytes: &[u8]) -> Decoded {
    let admit = |_: &Header| Ok(Wanted::ALL);
    codec::decode(&Source { bytes, memory: 1 << 20, raw: RawPolicy::Develop, admit: &admit }).unwrap()
}

/// Runs one job on a file that is already there, and gives its result with the encoded bytes.
fn run(input: PathBuf, format: Format, output: Output) -> Result<(Processed, Vec<u8>), JobError> {
    run_recipe(input, format, &Recipe::new(Vec::new(), output))
}

fn run_recipe(input: PathBuf, format: Format, recipe: &Recipe) -> Result<(Processed, Vec<u8>), JobError> {
    let folder = TempDir::new().unwrap();
    let staging = folder.path().join("staged");
    let task = task(input, staging.clone(), format);
    match Processor::new(recipe, &[], LIMITS, codec::decode).run(&task, &everything())? {
        Done::Processed(processed) => Ok((processed, std::fs::read(staging).unwrap())),
        done @ (Done::Probed(_) | Done::Checked) => panic!("{done:?}"),
    }
}

#[test]
fn files_of_a_recipe_are_checked_without_a_photo() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("look.cube");
    let check = |content: &str| {
        std::fs::write(&file, content).unwrap();
        let filters = vec![format!("lut={}", file.display()).parse().unwrap(), "blur".parse().unwrap()];
        let recipe = Recipe::new(filters, Output::default());
        Processor::new(&recipe, &[], LIMITS, codec::decode).run(&Task::Check, &everything())
    };
    assert!(matches!(check("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n"), Ok(Done::Checked)));
    let error = check("this is no table").unwrap_err();
    assert!(error.detail.starts_with(&format!("lut: {}: ", file.display())), "{error}");
    std::fs::remove_file(&file).unwrap();
    let recipe = Recipe::new(vec!["blur".parse().unwrap()], Output::default());
    let done = Processor::new(&recipe, &[], LIMITS, codec::decode).run(&Task::Check, &everything());
    assert!(matches!(done, Ok(Done::Checked)));
}

fn run_bytes(bytes: &[u8], format: Format, output: Output) -> Result<(Processed, Vec<u8>), JobError> {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input");
    std::fs::write(&input, bytes).unwrap();
    run(input, format, output)
}

fn read_error(path: PathBuf) -> ErrorKind {
    let error = run(path, Format::Png, Output::default()).unwrap_err();
    assert_eq!(error.stage, Stage::Read);
    error.kind
}

const UPRIGHT: Size = Size { width: 48, height: 32 };

/// The level of the upright test picture at a place; no two sides of it are alike.
fn level(x: u32, y: u32) -> u8 {
    (x * 3 + y * 2) as u8
}

/// The test picture as a camera stores it under an orientation. CIPA DC-008 says on which side of the upright
/// picture the stored row 0 and the stored column 0 lie.
fn stored(orientation: u16) -> Picture {
    let swapped = orientation >= 5;
    let (width, height) =
        if swapped { (UPRIGHT.height, UPRIGHT.width) } else { (UPRIGHT.width, UPRIGHT.height) };
    let samples = (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
    let samples = samples.map(|(row, column)| {
        let (along_x, along_y) = if swapped { (row, column) } else { (column, row) };
        let from_right = matches!(orientation, 2 | 3 | 6 | 7);
        let from_bottom = matches!(orientation, 3 | 4 | 7 | 8);
        let x = if from_right { UPRIGHT.width - 1 - along_x } else { along_x };
        let y = if from_bottom { UPRIGHT.height - 1 - along_y } else { along_y };
        level(x, y)
    });
    Picture {
        size: Size { width, height },
        channels: Channels::Grey,
        samples: Samples::U8(samples.collect()),
    }
}

fn exif(orientation: u16) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend(orientation.to_le_bytes());
    block.extend([0; 6]);
    block
}

fn photo(format: Format, orientation: u16) -> Vec<u8> {
    let metadata = Metadata { exif: Some(exif(orientation)), ..Metadata::default() };
    let output = Output { quality: 100, ..Output::default() };
    codec::encode(stored(orientation), format, &output, &metadata, false, &mut Vec::new()).unwrap()
}

#[test]
fn all_eight_orientations_come_out_upright_with_the_tag_reset() {
    let expected: Vec<u8> =
        (0..UPRIGHT.height).flat_map(|y| (0..UPRIGHT.width).map(move |x| level(x, y))).collect();
    for format in [Format::Jpeg, Format::Png] {
        for orientation in 1..=8 {
            let (processed, file) =
                run_bytes(&photo(format, orientation), Format::Png, Output::default()).unwrap();
            let result = processed.results[0];
            assert_eq!((result.width, result.height), (UPRIGHT.width, UPRIGHT.height));
            let decoded = decoded(&file);
            let Samples::U8(samples) = decoded.picture.samples else { panic!("depth") };
            let worst = samples.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
            // JPEG rounds; the other is exact.
            let bound = if format == Format::Jpeg { 2 } else { 0 };
            assert!(worst <= Some(bound), "{format} with orientation {orientation}: {worst:?}");
            assert_eq!(decoded.metadata.exif, Some(exif(1)));
        }
    }
}

#[test]
fn a_probe_sees_the_image_upright() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input");
    std::fs::write(&input, photo(Format::Jpeg, 6)).unwrap();
    let probed = processor(Output::default(), LIMITS)
        .run(&Task::Probe { input: input.into(), sidecars: Vec::new() }, &everything())
        .unwrap();
    let Done::Probed(probed) = probed else { panic!("{probed:?}") };
    assert_eq!((probed.format, probed.width, probed.height), (Format::Jpeg, UPRIGHT.width, UPRIGHT.height));
    assert_eq!((probed.camera, probed.date), (None, None));
}

#[test]
fn what_is_no_file_of_an_image_is_refused_while_reading() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("empty"), b"").unwrap();
    std::os::unix::fs::symlink(path("loop"), path("loop")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, path("fifo"), rustix::fs::Mode::RUSR).unwrap();
    assert_eq!(read_error(folder.path().to_owned()), ErrorKind::NotAnImage);
    assert_eq!(read_error(path("fifo")), ErrorKind::NotAnImage);
    assert_eq!(read_error(path("empty")), ErrorKind::NotAnImage);
    assert_eq!(read_error(path("loop")), ErrorKind::Unreadable);
    assert_eq!(read_error(path("gone")), ErrorKind::Vanished);
}

#[test]
fn a_link_to_a_photo_is_a_photo() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("real"), photo(Format::Png, 1)).unwrap();
    std::os::unix::fs::symlink(path("real"), path("link")).unwrap();
    assert!(run(path("link"), Format::Png, Output::default()).is_ok());
}

#[test]
fn the_limits_hold() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input");
    let bytes = photo(Format::Png, 1);
    std::fs::write(&input, &bytes).unwrap();
    let pixels = UPRIGHT.pixels();
    let exact = Limits { max_pixels: pixels, max_input_bytes: bytes.len() as u64, ..LIMITS };
    let outcome = |limits: Limits, name: &str| {
        let task = task(input.clone(), folder.path().join(name), Format::Png);
        processor(Output::default(), limits)
            .run(&task, &everything())
            .map(|_| ())
            .map_err(|error| (error.stage, error.kind))
    };
    assert_eq!(outcome(exact, "a"), Ok(()));
    let fewer_pixels = Limits { max_pixels: pixels - 1, ..exact };
    assert_eq!(outcome(fewer_pixels, "b"), Err((Stage::Decode, ErrorKind::TooLarge)));
    let fewer_bytes = Limits { max_input_bytes: bytes.len() as u64 - 1, ..exact };
    assert_eq!(outcome(fewer_bytes, "c"), Err((Stage::Read, ErrorKind::TooLarge)));
    let less_memory = Limits { memory: pixels * 2, ..exact };
    assert_eq!(outcome(less_memory, "d"), Err((Stage::Decode, ErrorKind::TooLarge)));
}

#[test]
fn a_header_of_a_whole_wall_is_too_large() {
    let mut jpeg = photo(Format::Jpeg, 1);
    let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    let error = run_bytes(&jpeg, Format::Png, Output::default()).unwrap_err();
    assert_eq!((error.stage, error.kind), (Stage::Decode, ErrorKind::TooLarge));
}

#[test]
fn a_staging_file_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("input"), photo(Format::Png, 1)).unwrap();
    std::fs::write(path("staged"), b"foreign").unwrap();
    let task = task(path("input"), path("staged"), Format::Png);
    let error = processor(Output::default(), LIMITS).run(&task, &everything()).unwrap_err();
    assert_eq!((error.stage, error.kind), (Stage::Write, ErrorKind::WriteFailed));
    assert_eq!(error.os_error, Some(rustix::io::Errno::EXIST.raw_os_error()));
    assert_eq!(std::fs::read(path("staged")).unwrap(), b"foreign");
}

#[test]
fn more_memory_is_asked_for_before_it_is_taken() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("a.pgm");
    let picture = [&b"P5\n300 200\n255\n"[..], &[7; 300 * 200]].concat();
    std::fs::write(&input, &picture).unwrap();
    let task = |name: &str| task(input.clone(), folder.path().join(name), Format::Png);
    let asked = std::cell::RefCell::new(Vec::new());
    let ask = |bytes, more| {
        asked.borrow_mut().push((bytes, more));
        Ok(())
    };
    let mut processor = processor(Output::default(), LIMITS);
    processor.run(&task("little"), &Allowance::new(1000, &ask)).unwrap();
    // Once for the file, once for the picture.
    let needed = asked.borrow()[1].0;
    assert_eq!(*asked.borrow(), [(picture.len() as u64, true), (needed, false)]);
    assert!(needed > 300 * 200 * 2);
    processor.run(&task("enough"), &Allowance::new(needed, &ask)).unwrap();
    assert_eq!(asked.borrow().len(), 2);
    let refused = |_, _| Err(JobError::new(Stage::Decode, ErrorKind::OutOfMemory, "no"));
    let error = processor.run(&task("refused"), &Allowance::new(needed - 1, &refused)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::OutOfMemory);
    assert!(!folder.path().join("refused").exists());
}

#[test]
fn a_webp_without_loss_stays_so_and_another_format_does_not_become_one() {
    let picture =
        Picture { samples: Samples::U8((0..2304).map(|i| (i * 7 % 251) as u8).collect()), ..stored(1) };
    let picture = Picture { size: Size { width: 32, height: 24 }, channels: Channels::Rgb, ..picture };
    let file = |format| {
        codec::encode(
            picture.clone(),
            format,
            &Output::default(),
            &Metadata::default(),
            true,
            &mut Vec::new(),
        )
        .unwrap()
    };
    let result = |format| {
        let (_, file) = run_bytes(&file(format), Format::Webp, Output::default()).unwrap();
        decoded(&file)
    };
    assert_eq!(result(Format::Webp).picture, picture);
    assert!(!result(Format::Png).header.lossless_webp);
}

#[test]
fn the_tags_of_a_tiff_are_paid_for() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("a.tiff");
    let file = photo(Format::Tiff, 1);
    std::fs::write(&input, &file).unwrap();
    let asked = std::cell::RefCell::new(Vec::new());
    let ask = |bytes, more| {
        asked.borrow_mut().push((bytes, more));
        Ok(())
    };
    let length = file.len() as u64;
    let probe = |limits| {
        let task = Task::Probe { input: input.clone().into(), sidecars: Vec::new() };
        processor(Output::default(), limits).run(&task, &Allowance::new(10, &ask))
    };
    probe(LIMITS).unwrap();
    assert_eq!(*asked.borrow(), [(length, true), (2 * length, true)]);
    let error = probe(Limits { memory: 2 * length - 1, ..LIMITS }).unwrap_err();
    assert_eq!((error.stage, error.kind), (Stage::Read, ErrorKind::TooLarge));
}

#[test]
fn a_raw_photo_is_paid_for_three_times() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("a.orf");
    std::fs::write(&input, b"IIRO\x08\0\0\0\0\0").unwrap();
    let asked = std::cell::RefCell::new(Vec::new());
    let ask = |bytes, more| {
        asked.borrow_mut().push((bytes, more));
        Ok(())
    };
    let task = Task::Probe { input: input.into(), sidecars: Vec::new() };
    processor(Output::default(), LIMITS).run(&task, &Allowance::new(0, &ask)).unwrap_err();
    assert_eq!(*asked.borrow(), [(10, true), (30, true)]);
}

#[test]
fn light_is_exposed_before_it_is_cut_to_what_a_screen_shows() {
    let file = |light: f32| {
        let mut file = Vec::new();
        image::codecs::hdr::HdrEncoder::new(&mut file).encode(&[image::Rgb([light; 3])], 1, 1).unwrap();
        file
    };
    let made = |light: f32, filters: &[&str]| {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("input");
        std::fs::write(&input, file(light)).unwrap();
        let filters = filters.iter().map(|spec| spec.parse().unwrap()).collect();
        let recipe = Recipe::new(filters, Output::default());
        decoded(&run_recipe(input, Format::Png, &recipe).unwrap().1).picture
    };
    assert_eq!(made(8.0, &["exposure=-1", "exposure=-2", "invert"]), made(1.0, &["invert"]));
    // Where something stands before it, it works on what the screen shows.
    assert_ne!(made(8.0, &["flip", "exposure=-3"]), made(1.0, &["flip"]));
}
