//! What `supervisor serve` answers to requests. Data only.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::ImagePlace;
use super::feed::Snapshot;
use super::image::Image;
use super::plan_answer::PlanAnswer;
use super::recipe::{SettingInfo, WireRecipe};
use super::verdict::VerdictKind;

/// An answer with the `id` of its request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Reply {
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
    /// That of the request, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
}

impl Reply {
    /// As it is sent.
    pub(crate) fn text(&self) -> String {
        // Nothing in it can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// An answer, by its `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Answer {
    /// To `hello`.
    Hello(HelloAnswer),
    /// To `filters`.
    Filters {
        /// The filter table, as in `supervisor filters --json`.
        #[cfg_attr(test, schemars(with = "Vec<super::schema::FilterShape>"))]
        filters: Vec<Value>,
    },
    /// To `folders`.
    Folders(Folder),
    /// To `pictures`.
    Pictures(Pictures),
    /// To `recipe`.
    Recipe(RecipeForms),
    /// To `plan`.
    Plan(PlanAnswer),
    /// To `process` and `retry`.
    Queued(Queued),
    /// To orders that say nothing back.
    Done(DoneAnswer),
    /// To `status`.
    Status(Snapshot),
    /// To `images`.
    Images(Images),
    /// To a mistake.
    Error(Mistake),
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct HelloAnswer {
    /// Version of the protocol.
    pub version: u32,
    /// Version of the program.
    pub program: String,
    /// Names this start of the server: numbers of events mean nothing in another.
    pub epoch: String,
    /// The number of the last event.
    pub seq: u64,
    /// Images that are worked on at a time, if a batch does not say otherwise.
    pub workers: u16,
    /// The folders that may be used.
    pub roots: Vec<RootName>,
    /// The output formats.
    pub formats: Vec<String>,
    /// The settings of an output.
    pub settings: Vec<SettingInfo>,
    /// What can be done about files in the way, the default first.
    pub on_conflict: Vec<String>,
    /// What an order may leave out.
    pub defaults: OrderDefaults,
    /// The largest sizes and numbers.
    pub limits: ServerLimits,
}

/// What an order may leave out, and what that is then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OrderDefaults {
    /// Template of the results' names.
    pub name: String,
    /// The recipe's quality.
    pub quality: NumberDefault,
    /// Seconds that an attempt may take.
    pub timeout_s: NumberDefault,
    /// How often an image is tried again.
    pub retries: NumberDefault,
}

/// A number that may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NumberDefault {
    /// What it is if left out.
    pub usual: f64,
    /// The smallest that it may be.
    pub least: f64,
    /// The largest that it may be.
    pub most: f64,
}

impl NumberDefault {
    /// A default with its bounds.
    pub(crate) fn new<T: Into<f64>>(usual: T, least: T, most: T) -> NumberDefault {
        NumberDefault { usual: usual.into(), least: least.into(), most: most.into() }
    }
}

/// A folder that may be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RootName {
    /// As paths of requests begin.
    pub path: String,
    /// The whole path.
    pub shown: String,
}

/// The largest sizes and numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ServerLimits {
    /// Bytes of a message to the server.
    pub message: u64,
    /// Bytes of an uploaded file.
    pub upload: u64,
    /// Pixels of a preview's edge.
    pub preview_edge: u32,
    /// Attempts that a snapshot tells of, the latest.
    pub attempts: usize,
}

/// A folder with its subfolders, or the roots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Folder {
    /// As in requests; null for the list of roots.
    pub path: Option<String>,
    /// The whole path.
    pub shown: Option<String>,
    /// The folder above, if it may be used.
    pub parent: Option<String>,
    /// Photos in the folder itself.
    pub pictures: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// Files that are no photos.
    pub other_files: u64,
    /// Folders in it.
    pub folders: Vec<Subfolder>,
}

/// A folder in a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Subfolder {
    /// Its name.
    pub name: String,
    /// As in requests.
    pub path: String,
    /// Photos in it, of its first 10,000 entries.
    pub pictures: u64,
    /// Folders in it.
    pub folders: u64,
}

/// Some of the photos of a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Pictures {
    /// The folder.
    pub path: String,
    /// The number of the first of these, from 0.
    pub from: usize,
    /// How many there are.
    pub total: usize,
    /// In the order of their names.
    pub pictures: Vec<PictureFile>,
}

/// A photo in a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PictureFile {
    /// Its name.
    pub name: String,
    /// As in requests.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Seconds since 1970.
    pub modified: u64,
}

/// A recipe in every form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RecipeForms {
    /// Every value filled in.
    pub recipe: WireRecipe,
    /// As `supervisor run --recipe` reads it.
    pub toml: String,
    /// On one line.
    pub text: String,
}

/// A batch that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Queued {
    /// Its number.
    pub batch: u64,
    /// How many run or wait before it.
    pub place: usize,
}

/// An order that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum DoneAnswer {
    /// About a batch.
    Batch {
        /// Its number.
        batch: u64,
    },
    /// About a folder, which exists now.
    Folder {
        /// As in requests.
        path: String,
    },
}

/// Some of the images of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Images {
    /// The batch.
    pub batch: u64,
    /// The number of the first of these, from 0.
    pub from: usize,
    /// How many there are of the kind that was asked for.
    pub total: usize,
    /// In the plan's order.
    pub images: Vec<ImageRow>,
}

/// An image of a batch, as far as it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ImageRow {
    /// Its place in the plan, from 0.
    pub job: usize,
    /// Where its files are.
    #[serde(flatten)]
    pub place: ImagePlace,
    /// As in the report; the verdict is null while there is none.
    #[serde(flatten)]
    pub image: Image<Option<VerdictKind>>,
}

/// The answer to a mistake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Mistake {
    /// For people: what happened, to which file, what to do.
    pub message: String,
    /// The request's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Where it is, if that is known.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub place: Option<MistakePlace>,
}

/// Where a mistake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum MistakePlace {
    /// In a filter of the recipe.
    Filter {
        /// The number of the filter, from 0.
        filter: usize,
    },
    /// In the TOML text.
    Text {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
}
