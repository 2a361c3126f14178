//! Each kind of trouble in words: what it means, and what the user can do about it. The summary, the HTML
//! report and the reference say these. (The page has words of its own, in two languages: where these name an
//! option, it names a button.)

use protocol::outcome::{ErrorKind, Stage};

/// What is said of a kind of trouble.
struct Words {
    /// What it means, after "the photo".
    reason: &'static str,
    /// What the user can do.
    advice: &'static str,
}

fn words(kind: ErrorKind) -> Words {
    let (reason, advice) = match kind {
        ErrorKind::NotAnImage => {
            ("is not an image", "Take it out of the inputs, or look at what it really is.")
        }
        ErrorKind::Unsupported => (
            "is an image of a kind that cannot be processed",
            "Convert it to JPEG, PNG or TIFF with the program that made it.",
        ),
        ErrorKind::Truncated => (
            "ends before the picture does",
            "Copy it again from the camera, card or backup: a part is missing.",
        ),
        ErrorKind::Corrupt => ("is damaged", "Copy it again from the camera, card or backup."),
        ErrorKind::TooLarge => {
            ("is larger than the limits allow", "If you trust the file, raise --max-pixels or --memory.")
        }
        ErrorKind::Unreadable => {
            ("cannot be read", "Check that it is a file, its permissions and its disk, and run again.")
        }
        ErrorKind::Vanished => {
            ("is not there", "Bring it back and run again; the photos that are done are skipped.")
        }
        ErrorKind::BadParameter => {
            ("does not fit a parameter", "Change the parameter, or leave this photo out.")
        }
        ErrorKind::WriteFailed => (
            "has a result that cannot be written",
            "Check the output folder's permissions, its free space, and what stands there already \
             (--on-conflict), and run again.",
        ),
        ErrorKind::OutOfMemory => {
            ("needs more memory than there is for it", "Raise --memory, or run with fewer --workers.")
        }
        ErrorKind::Crashed => (
            "makes the worker crash",
            "It was tried again, alone, and lost its worker each time: leave it out, and please report it.",
        ),
        ErrorKind::TimedOut => {
            ("takes longer than the timeout", "Raise --timeout if it is worth the wait, or leave it out.")
        }
    };
    Words { reason, advice }
}

/// What a kind of trouble means.
pub(crate) fn reason(kind: ErrorKind) -> &'static str {
    words(kind).reason
}

/// What the user can do about a kind of trouble in this stage.
pub(crate) fn advice(kind: ErrorKind, stage: Option<Stage>) -> &'static str {
    match (kind, stage) {
        // It is the result that is too large, for --max-bytes or for its format.
        (ErrorKind::TooLarge, Some(Stage::Encode)) => {
            "Make it smaller with -f resize, raise --max-bytes if you set it, or choose another --format."
        }
        // Nothing but --lossless asks for what an encoder may be unable to do.
        (ErrorKind::BadParameter, Some(Stage::Encode)) => {
            "Leave out --lossless, or this photo, or crop it so that it is made of whole blocks."
        }
        (kind, _) => words(kind).advice,
    }
}
