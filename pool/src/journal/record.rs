//! What the journal says. Data only.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use recipe::WirePath;
use recipe::format::Format;
use serde::{Deserialize, Serialize};

/// One entry of the journal. A variant's place is its number on the disk: new ones come last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Record {
    /// A run begins; what follows is its doing, up to the next of these.
    Run(RunRecord),
    /// The same as `Made`, by a release without engine revision: read, and never written.
    Written(WrittenBefore),
    /// The outputs recorded before this place in the file are on the disk, names and contents.
    Synced {
        /// Bytes from the start of the file.
        until: u64,
    },
    /// An output is complete and about to get its name.
    Made(Written),
    /// The outputs of one photo are complete and about to get their names: all of them, or none.
    MadeTogether(Vec<Written>),
}

/// What holds for all records of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunRecord {
    /// The boot it ran in.
    pub(super) boot: String,
    /// When it began, in seconds since 1970.
    pub(super) started: i64,
    /// What it did to its inputs.
    pub(super) settings: RecordedSettings,
}

/// A finished output and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its name below the output folder.
    pub output: WirePath,
    /// The absolute path of the image it was made from.
    pub input: WirePath,
    /// The input as the plan saw it.
    pub seen: FileState,
    /// What its content is, whatever its name says.
    pub format: Format,
    /// The output as it was written; a rename keeps this.
    pub state: FileState,
    /// When it was written, whatever time it was given afterwards.
    pub written_at: Modified,
    /// CRC-32 of its content.
    pub checksum: u32,
    /// Of the engine that made it: [`protocol::ENGINE_REVISION`] of that time.
    pub revision: u32,
}

/// [`Written`] as it was before there was an engine revision. The layout is frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WrittenBefore {
    output: WirePath,
    input: WirePath,
    seen: FileState,
    format: Format,
    state: FileState,
    checksum: u32,
}

impl From<WrittenBefore> for Written {
    fn from(before: WrittenBefore) -> Written {
        let WrittenBefore { output, input, seen, format, state, checksum } = before;
        let written_at = state.modified;
        Written { output, input, seen, format, state, written_at, checksum, revision: 0 }
    }
}

/// What tells two states of a file apart without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileState {
    /// As the file system counts them.
    pub bytes: u64,
    /// When its content last changed.
    pub modified: Modified,
}

/// A time in seconds and nanoseconds since 1970, as the file system keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Modified {
    /// Whole seconds, rounded down.
    pub seconds: i64,
    /// 0–999,999,999.
    pub nanoseconds: i32,
}

impl Modified {
    /// As an instant.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::new(self.seconds, self.nanoseconds).unwrap_or_default()
    }

    /// By the clock of this place.
    pub fn by_clock(self) -> DateTime {
        self.timestamp().to_zoned(TimeZone::system()).datetime()
    }
}

impl FileState {
    /// The state of a file.
    pub fn of(metadata: &Metadata) -> Self {
        let nanoseconds = i32::try_from(metadata.mtime_nsec()).unwrap_or_default();
        Self { bytes: metadata.len(), modified: Modified { seconds: metadata.mtime(), nanoseconds } }
    }
}

/// Everything beside input and engine that decides an output's bytes, as a run's record has it. Written out
/// rather than hashed: it stands in the journal once a run, and equal means equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordedSettings(pub(super) Vec<u8>);

impl RecordedSettings {
    /// Settings that no run has.
    pub(super) fn unknown() -> Self {
        Self(Vec::new())
    }
}
