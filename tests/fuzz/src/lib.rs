//! What the fuzz targets share: one image through the whole way of a job, as a worker does it, and one mark.

use std::cell::RefCell;
use std::path::PathBuf;

use protocol::limits::Limits;
use protocol::{ErrorKind, PlannedPhoto, StagingFile, Task};
use recipe::filter::Watermark;
use recipe::{Format, Recipe};
use worker::process::{Allowance, Processor};

/// Small enough for thousands of images a second, large enough for every path in the code.
const LIMITS: Limits = Limits { max_pixels: 1 << 18, memory: 32 << 20, max_input_bytes: 1 << 20 };

/// A lane with its files; each fuzzing process has one.
struct Lane {
    processor: Processor,
    input: PathBuf,
    staging: PathBuf,
    _folder: tempfile::TempDir,
}

thread_local! {
    static LANE: RefCell<Option<Lane>> = const { RefCell::new(None) };
}

/// Puts the bytes through read, decode, filter, encode and write, if they claim to be of this format. The
/// answer may be any error that an image can be blamed for; a panic, a crash, too much memory or too much
/// time is the finding.
pub fn image(format: Format, bytes: &[u8]) {
    if Format::sniff(bytes) != Some(format) {
        return;
    }
    LANE.with_borrow_mut(|lane| {
        let lane = lane.get_or_insert_with(start);
        std::fs::write(&lane.input, bytes).expect("the input is written");
        let formats = [Format::Jpeg, Format::Png, Format::Webp, Format::Tiff, Format::Avif];
        let task = Task::Process {
            input: lane.input.as_path().into(),
            staging: vec![StagingFile {
                path: lane.staging.as_path().into(),
                format: formats[bytes.len() % formats.len()],
            }],
            planned: PlannedPhoto::default(),
        };
        let allowance = Allowance::new(LIMITS.memory, &|_, _| Ok(()));
        let outcome = lane.processor.run(&task, &allowance);
        let probe = Task::Probe { input: lane.input.as_path().into(), sidecars: Vec::new() };
        let _ = lane.processor.run(&probe, &allowance);
        let _ = std::fs::remove_file(&lane.staging);
        if let Err(error) = outcome {
            let unlikely = [ErrorKind::Vanished, ErrorKind::Unreadable, ErrorKind::WriteFailed];
            assert!(!unlikely.contains(&error.kind), "no image is to blame for this: {error}");
        }
    });
}

/// Puts a drawing on a small photo, if it claims to be one. It may be refused.
pub fn mark(bytes: &[u8]) {
    if !bytes.trim_ascii_start().starts_with(b"<") {
        return;
    }
    LANE.with_borrow_mut(|lane| {
        let lane = lane.get_or_insert_with(start);
        let drawing = lane.input.with_file_name("drawing.svg");
        std::fs::write(&drawing, bytes).expect("the drawing is written");
        let photo = [b"P5 60 40 255\n".as_slice(), &[90; 2400]].concat();
        std::fs::write(&lane.input, photo).expect("the input is written");
        let filter = Watermark { image: Some(drawing.into()), scale: 0.5, ..Watermark::default() };
        let recipe = Recipe::new(vec![filter.into()], Default::default());
        let mut processor = Processor::new(&recipe, &[], LIMITS, worker::codec::decode);
        let task = Task::Process {
            input: lane.input.as_path().into(),
            staging: vec![StagingFile { path: lane.staging.as_path().into(), format: Format::Png }],
            planned: PlannedPhoto::default(),
        };
        let _ = processor.run(&task, &Allowance::new(LIMITS.memory, &|_, _| Ok(())));
        let _ = std::fs::remove_file(&lane.staging);
    });
}

fn start() -> Lane {
    // As in a worker: a panic that is caught is an answer; libFuzzer would end the process.
    let end = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !worker::panics::are_caught() {
            end(panic);
        }
    }));
    // Files in memory, where there is such a place.
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let folder = folder.expect("a temporary folder");
    let recipe = "[[filter]]\nname = \"resize\"\nwidth = 40\nheight = 40\n";
    let recipe = Recipe::parse(recipe).unwrap_or_default();
    let processor = Processor::new(&recipe, &[], LIMITS, worker::codec::decode);
    let (input, staging) = (folder.path().join("input"), folder.path().join("staging"));
    Lane { processor, input, staging, _folder: folder }
}
