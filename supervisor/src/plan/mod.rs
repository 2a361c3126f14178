//! The plan: one job per image, every output name settled before anything runs. Data and pure rules, plus the scan.

use std::path::PathBuf;

use protocol::format::Format;
use protocol::outcome::JobError;

use crate::verdict::SkipReason;

/// Everything that is to be done.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The jobs; a `JobId` is an index into this list, which is in the order of the inputs and, within a folder, of names.
    pub jobs: Vec<PlannedJob>,
    /// Files in the folders that are no pictures and were passed over.
    pub ignored: u64,
    /// What the user should know, such as a folder that loops back into itself.
    pub warnings: Vec<String>,
}

/// One image and what the plan says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedJob {
    /// The file to read, absolute.
    pub input: PathBuf,
    /// The input as the user knows it: as given, or below the folder as given.
    pub shown: PathBuf,
    /// Bytes of the input, 0 if unknown.
    pub bytes: u64,
    /// What is to be done.
    pub action: Action,
}

/// What is to be done with an input.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Process it and publish it under this absolute name.
    Process {
        /// The final name, absolute.
        output: PathBuf,
        /// The format to write.
        format: Format,
        /// Whether a file that stands there may be replaced.
        replace: bool,
    },
    /// Nothing.
    Skip {
        /// The name it has or would have.
        output: PathBuf,
        /// Why.
        reason: SkipReason,
    },
    /// Nothing: it is already known that it cannot work.
    Fail(JobError),
}
