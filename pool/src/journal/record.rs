//! What the journal says. Data only.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;

use protocol::PROTOCOL_VERSION;
use recipe::format::Format;
use recipe::{Filter, Recipe, WirePath};
use serde::{Deserialize, Serialize};

use super::encoding;

/// One entry of the journal. A variant's place is its number on the disk: new ones come last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Record {
    /// A run begins; what follows is its doing, up to the next of these.
    Run(RunRecord),
    /// An output is complete and about to get its name.
    Written(Written),
    /// The outputs recorded before this place in the file are on the disk, names and contents.
    Synced {
        /// Bytes from the start of the file.
        until: u64,
    },
}

/// What holds for all records of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunRecord {
    /// The boot it ran in.
    pub(super) boot: String,
    /// When it began, in seconds since 1970.
    pub(super) started: i64,
    /// What it did to its inputs.
    pub(super) settings: Settings,
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
    /// CRC-32 of its content.
    pub checksum: u32,
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

impl FileState {
    /// The state of a file.
    pub fn of(metadata: &Metadata) -> Self {
        let nanoseconds = i32::try_from(metadata.mtime_nsec()).unwrap_or_default();
        Self { bytes: metadata.len(), modified: Modified { seconds: metadata.mtime(), nanoseconds } }
    }
}

/// Everything beside the input that decides an output's bytes. Written out rather than hashed: it stands in
/// the journal once a run, and equal means equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings(Vec<u8>);

impl Settings {
    /// Settings that no run has.
    pub(super) fn unknown() -> Self {
        Self(Vec::new())
    }

    /// The settings of a run with this recipe. The format is left out, since each output has its own; files
    /// that the recipe names count with size and time.
    pub fn of(recipe: &Recipe) -> io::Result<Self> {
        let files = recipe.filters.iter().flat_map(Filter::files);
        let files: Vec<Option<FileState>> = files.map(|file| state_of(&file)).collect();
        let mut recipe = recipe.clone();
        recipe.output.format = None;
        encoding::encode(&(env!("CARGO_PKG_VERSION"), PROTOCOL_VERSION, recipe, files)).map(Self)
    }
}

/// The state of a file that a filter reads; `None` if it cannot be looked at.
fn state_of(file: &WirePath) -> Option<FileState> {
    std::fs::metadata(file.as_path()).ok().map(|metadata| FileState::of(&metadata))
}
