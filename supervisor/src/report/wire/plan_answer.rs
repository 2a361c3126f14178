//! What a batch would do, or why it could not: the answer to `plan`. Data only.

use protocol::outcome::ErrorKind;
use serde::{Deserialize, Serialize};

/// What a batch would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PlanAnswer {
    /// Whether there is anything to run, and nothing in its way.
    pub ready: bool,
    /// Images of the plan.
    pub images: usize,
    /// Bytes of those that would be processed.
    pub bytes: u64,
    /// Images that would be processed.
    pub process: u64,
    /// Images that need nothing.
    pub skip: u64,
    /// Images that are known to fail.
    pub fail: u64,
    /// The number of the first of `jobs`, from 0.
    pub from: usize,
    /// What the plan warns of.
    pub warnings: Vec<String>,
    /// Why nothing could be run.
    pub problem: Option<PlanProblem>,
    /// Some of the images.
    pub jobs: Vec<PlanJob>,
}

/// One image of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PlanJob {
    /// Its place in the plan, from 0.
    pub job: usize,
    /// As in requests.
    pub input: String,
    /// Its size.
    pub bytes: u64,
    /// What would be done.
    #[serde(flatten)]
    pub action: PlanAction,
}

/// What would be done with an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "action", rename_all = "lowercase")]
pub(crate) enum PlanAction {
    /// A result would be made.
    Process {
        /// Where the result would be.
        output: String,
        /// Whether there is a file already.
        replaces: bool,
    },
    /// Nothing would be done.
    Skip {
        /// Where the result is.
        output: String,
        /// `up-to-date` or `exists`.
        reason: String,
    },
    /// It would fail.
    Fail {
        /// What kind of trouble.
        #[cfg_attr(test, schemars(with = "super::schema::ErrorKindName"))]
        kind: ErrorKind,
        /// In words.
        detail: String,
    },
}

/// Why nothing could be run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PlanProblem {
    /// What is in the way.
    pub kind: PlanProblemKind,
    /// In words.
    pub message: String,
    /// Which results; may be empty.
    pub rows: Vec<ClashRow>,
}

/// What is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PlanProblemKind {
    /// Several images would get one name.
    Collisions,
    /// Files that no run has made are where results must go.
    Conflicts,
    /// A result would replace an input.
    WouldReplaceInput,
    /// There is nothing to process.
    NoInput,
    /// The output folder cannot be used.
    Output,
}

/// A result that cannot have its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ClashRow {
    /// The name.
    pub output: String,
    /// The images that it is for.
    pub inputs: Vec<String>,
    /// In words.
    pub text: String,
}
