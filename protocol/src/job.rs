//! The work: which image, which attempt, on which lane.

use std::fmt;

use serde::{Deserialize, Serialize};

use recipe::format::Format;
use recipe::path::WirePath;

use crate::photo::PlannedPhoto;

/// A job's place in the plan, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobId(pub u32);

impl JobId {
    /// The id as an index into a plan's list of jobs.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One try of a job. `number` counts from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// The job being tried.
    pub job: JobId,
    /// Which try this is, from 1.
    pub number: u32,
}

/// One executing thread inside a worker, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lane(pub u16);

/// A font that texts are drawn with: one face of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FontFile {
    /// The file.
    pub path: WirePath,
    /// Which of the faces that it may hold, from 0.
    pub face: u32,
}

/// One of the files that are made of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagingFile {
    /// The file to create and fill; the supervisor publishes it under its final name.
    pub path: WirePath,
    /// The format to encode, settled by the plan.
    pub format: Format,
}

/// What a worker is asked to do with one input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Task {
    /// The whole way: read, decode, filter, encode, write to the staging files.
    Process {
        /// The image to read.
        input: WirePath,
        /// One for each output of the recipe, in that order.
        staging: Vec<StagingFile>,
        /// What is known of it without looking into it.
        planned: PlannedPhoto,
    },
    /// Only the header and the metadata: what the plan needs for names such as `{width}` or `{camera}`, and
    /// for choosing photos by their stars.
    Probe {
        /// The image to look at.
        input: WirePath,
        /// Files with XMP that belong to it, the one first that is believed first.
        sidecars: Vec<WirePath>,
    },
    /// Whether the files that the recipe names, which were read before any image, are of use.
    Check,
}
