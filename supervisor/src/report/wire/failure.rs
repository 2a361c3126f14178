//! Each kind of trouble in words: what it means, and what the user can do about it.

use protocol::outcome::{ErrorKind, Stage};

/// What a kind of trouble means.
pub(crate) fn reason(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotAnImage => "is not an image",
        ErrorKind::Unsupported => "is an image of a kind that cannot be processed",
        ErrorKind::Truncated => "ends before the picture does",
        ErrorKind::Corrupt => "is damaged",
        ErrorKind::TooLarge => "is larger than the limits allow",
        ErrorKind::Unreadable => "cannot be read",
        ErrorKind::Vanished => "is not there any more",
        ErrorKind::BadParameter => "does not fit a filter's parameter",
        ErrorKind::WriteFailed => "has an output that cannot be written",
        ErrorKind::OutOfMemory => "needs more memory than there is for it",
        ErrorKind::Crashed => "makes the worker crash",
        ErrorKind::TimedOut => "takes longer than the timeout",
    }
}

/// What the user can do about a kind of trouble in this stage.
pub(crate) fn advice(kind: ErrorKind, stage: Option<Stage>) -> &'static str {
    match kind {
        // It is the result that is too large, for --max-bytes or for its format.
        ErrorKind::TooLarge if stage == Some(Stage::Encode) => {
            "Make it smaller with -f resize, raise --max-bytes if you set it, or choose another --format."
        }
        ErrorKind::NotAnImage => "Take it out of the inputs, or look at what it really is.",
        ErrorKind::Unsupported => "Convert it to JPEG, PNG or TIFF with the program that made it.",
        ErrorKind::Truncated => "Copy it again from the camera, card or backup: a part is missing.",
        ErrorKind::Corrupt => "Copy it again from the camera, card or backup.",
        ErrorKind::TooLarge => "If you trust the file, raise --max-pixels or --memory.",
        ErrorKind::Unreadable => "Check that it is a file, its permissions and its disk, and run again.",
        ErrorKind::Vanished => "Bring it back and run again; the photos that are done are skipped.",
        ErrorKind::BadParameter => "Change the parameter, or leave this photo out.",
        ErrorKind::WriteFailed => "Check the output folder's permissions and free space, and run again.",
        ErrorKind::OutOfMemory => "Raise --memory, or run with fewer --workers.",
        ErrorKind::Crashed => {
            "It was tried again, alone, and lost its worker each time: leave it out, and please report it."
        }
        ErrorKind::TimedOut => "Raise --timeout if it is worth the wait, or leave it out.",
    }
}

#[test]
fn the_reference_has_every_kind_of_trouble() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("\n## Kinds of trouble\n").unwrap();
    let (table, _) = table.split_once("\n\nPhotos that").unwrap();
    let kinds = table.lines().filter_map(|row| row.strip_prefix("| `")?.split_once('`'));
    assert_eq!(kinds.map(|(kind, _)| kind).collect::<Vec<_>>(), ErrorKind::ALL.map(ErrorKind::name));
}
