//! Whole recipes on small pictures.

use super::*;
use crate::image::{Channels, Samples};

fn pipeline(specs: &[&str]) -> Pipeline {
    let filters = specs.iter().map(|spec| spec.parse().unwrap()).collect();
    let recipe = Recipe { filters, ..Recipe::default() };
    let limits = Limits { max_pixels: 10_000, memory: 1 << 30, max_input_bytes: 1 << 30 };
    let missing = || JobError::new(protocol::Stage::Read, ErrorKind::Vanished, "no such file");
    let files = Files { bytes: &|_| Err(missing()), picture: &|_| Err(missing()) };
    Pipeline::new(&recipe, &limits, &files)
}

fn grey() -> Picture {
    let size = Size { width: 40, height: 30 };
    Picture {
        size,
        channels: Channels::Grey,
        samples: Samples::U8((0..1200).map(|n| (n % 256) as u8).collect()),
    }
}

#[test]
fn neighbours_become_one_pass() {
    assert_eq!(pipeline(&["brightness=1.2", "contrast=1.1", "blur=2", "posterize=4"]).steps.len(), 3);
    assert_eq!(pipeline(&[]).run(grey()).unwrap(), grey());
}

#[test]
fn all_filters_in_a_row() {
    let mut all = pipeline(&[
        "resize=20",
        "blur=1",
        "brightness",
        "contrast",
        "sepia",
        "posterize",
        "watermark:text=x",
        "edges",
    ]);
    let result = all.run(grey()).unwrap();
    assert_eq!(result.size, all.output_size(grey().size));
    assert_eq!(result.channels, Channels::Grey);
}

#[test]
fn limits_and_mistakes_are_answered() {
    let error = pipeline(&["resize:width=5000,enlarge=true"]).run(grey()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
    let error = pipeline(&["watermark:image=mark.png"]).run(grey()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadParameter);
    assert!(error.detail.contains("no such file"), "{}", error.detail);
}
