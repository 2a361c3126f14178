//! What a worker answers about an attempt.

use std::fmt;
use std::time::Duration;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use recipe::format::Format;
use recipe::path::WirePath;
use recipe::words;
use recipe::words::Word;

words! {
    /// Where in a job something happened.
    #[derive(PartialOrd, Ord)]
    pub Stage {
        /// The file is read.
        Read = "read",
        /// Its bytes become pixels.
        Decode = "decode",
        /// The filters run.
        Filter = "filter",
        /// The pixels become bytes.
        Encode = "encode",
        /// The staging file is written, or published.
        Write = "write",
    }
}

words! {
    /// Why a job has no output.
    #[derive(PartialOrd, Ord)]
    pub ErrorKind {
        /// The content is no image format known to anyone here.
        NotAnImage = "not-an-image",
        /// An image, of a kind that cannot be processed.
        Unsupported = "unsupported",
        /// The data ends before the picture does.
        Truncated = "truncated",
        /// The data contradicts its format.
        Corrupt = "corrupt",
        /// More pixels, bytes or memory than the limits allow.
        TooLarge = "too-large",
        /// The file cannot be opened or read.
        Unreadable = "unreadable",
        /// The file was there when the plan was made and is not any more.
        Vanished = "vanished",
        /// A filter's parameter cannot be applied to this image.
        BadParameter = "bad-parameter",
        /// The output cannot be written.
        WriteFailed = "write-failed",
        /// The worker ran out of memory.
        OutOfMemory = "out-of-memory",
        /// The worker died.
        Crashed = "crashed",
        /// The worker took longer than the timeout.
        TimedOut = "timed-out",
    }
}

/// An error that the worker answers: the worker itself is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind} while in stage {}: {detail}", stage.word())]
pub struct JobError {
    /// Where it happened.
    pub stage: Stage,
    /// What kind of trouble it is.
    pub kind: ErrorKind,
    /// What happened, for a person: a lowercase fragment without the file's name, at most [`MAX_DETAIL`]
    /// bytes.
    pub detail: String,
    /// The operating system's error number, where one is behind it: it decides about retries and full disks.
    pub os_error: Option<i32>,
}

/// Longest [`JobError::detail`] in bytes. Decoders quote what they read, and that is the file author's to
/// choose.
pub const MAX_DETAIL: usize = 400;

impl JobError {
    /// An error without an operating system error behind it.
    pub fn new(stage: Stage, kind: ErrorKind, detail: impl fmt::Display) -> Self {
        let mut detail = detail.to_string();
        let end = detail.floor_char_boundary(MAX_DETAIL);
        detail.truncate(end);
        Self { stage, kind, detail, os_error: None }
    }

    /// An error of the operating system.
    pub fn io(stage: Stage, kind: ErrorKind, error: &std::io::Error) -> Self {
        Self { os_error: error.raw_os_error(), ..Self::new(stage, kind, error) }
    }
}

/// A value for each stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PerStage<T> {
    /// [`Stage::Read`].
    pub read: T,
    /// [`Stage::Decode`].
    pub decode: T,
    /// [`Stage::Filter`].
    pub filter: T,
    /// [`Stage::Encode`].
    pub encode: T,
    /// [`Stage::Write`].
    pub write: T,
}

impl<T: Copy> PerStage<T> {
    /// The value of one stage.
    pub fn of(&self, stage: Stage) -> T {
        match stage {
            Stage::Read => self.read,
            Stage::Decode => self.decode,
            Stage::Filter => self.filter,
            Stage::Encode => self.encode,
            Stage::Write => self.write,
        }
    }

    /// The value of one stage, to be set.
    pub fn of_mut(&mut self, stage: Stage) -> &mut T {
        match stage {
            Stage::Read => &mut self.read,
            Stage::Decode => &mut self.decode,
            Stage::Filter => &mut self.filter,
            Stage::Encode => &mut self.encode,
            Stage::Write => &mut self.write,
        }
    }

    /// The same for each stage.
    pub fn map<U>(&self, each: impl Fn(T) -> U) -> PerStage<U> {
        PerStage {
            read: each(self.read),
            decode: each(self.decode),
            filter: each(self.filter),
            encode: each(self.encode),
            write: each(self.write),
        }
    }
}

/// What the header of an image says, and its metadata: EXIF, XMP and IPTC, and sidecars that were named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// The format found in the content.
    pub format: Format,
    /// Pixels across, with the image upright.
    pub width: u32,
    /// Pixels down, with the image upright.
    pub height: u32,
    /// The camera's model.
    pub camera: Option<String>,
    /// The lens.
    pub lens: Option<String>,
    /// When the photo was taken, by the camera's clock.
    pub date: Option<DateTime>,
    /// Who made it.
    pub artist: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// Its stars, 0 to 5, or -1 if it was rejected.
    pub rating: Option<i8>,
    /// The name of its colour label.
    pub label: Option<String>,
    /// Whether a program marked it as one to keep.
    pub picked: bool,
    /// Sidecars that could not be read; what they may say is not in here.
    pub unread: Vec<WirePath>,
}

/// A result, waiting in its staging file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedResult {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bytes of the file.
    pub bytes: u64,
    /// CRC-32 (that of zip and PNG) of these bytes as they were encoded. A worker that lies about it harms
    /// its own result only, which would be made again after a power cut.
    pub checksum: u32,
    /// The quality, where it was chosen for this picture.
    pub chosen: Option<ChosenQuality>,
}

/// A quality that was chosen for one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenQuality {
    /// What the encoder was asked for, 1–100.
    pub quality: u8,
    /// How like the result is to the picture: hundredths of the score that SSIMULACRA2 gives, if measured.
    pub score: Option<i32>,
}

/// What was made of an input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Processed {
    /// One for each output of the recipe, in that order.
    pub results: Vec<StagedResult>,
    /// Pixels of the input.
    pub pixels: u64,
    /// Bytes of the input file.
    pub bytes_in: u64,
    /// Where the time went.
    pub timings: PerStage<Duration>,
    /// What the user should know although it worked, such as frames left out.
    pub warnings: Vec<String>,
    /// When the photo was taken, if it says so.
    pub taken: Option<TakenAt>,
}

/// When a photo was taken, as it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenAt {
    /// By the clock of the camera.
    pub at: DateTime,
    /// Minutes that the clock was ahead of UTC, if that is said.
    pub offset: Option<i16>,
}

impl Processed {
    /// Bytes of all results.
    pub fn bytes_out(&self) -> u64 {
        self.results.iter().map(|result| result.bytes).sum()
    }
}

/// The answer to a [`crate::Task`] that worked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Done {
    /// To [`crate::Task::Process`].
    Processed(Processed),
    /// To [`crate::Task::Probe`].
    Probed(Box<Probed>),
    /// To [`crate::Task::Check`]: they are.
    Checked,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_detail_is_cut_between_characters() {
        let error = JobError::new(Stage::Decode, ErrorKind::Corrupt, "é".repeat(5000));
        assert!(error.detail.len() <= MAX_DETAIL);
        assert!(error.detail.chars().all(|c| c == 'é'));
    }
}
