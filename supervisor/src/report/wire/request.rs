//! What clients ask of `supervisor serve`. Alone of the wire it is not read by serde: `serve/asked.rs` reads
//! it field by field, so that a mistake is told in our own words, with its place and what was there instead
//! (`plan: on_conflict must be one of error, skip, …, got "x"`). A test holds what is read against these
//! types. Keys that are not known are passed over, so that a newer page can talk to an older server.

use recipe::words;
use recipe::words::Word;
use serde::{Serialize, Serializer};

use super::recipe::WireRecipe;
use super::verdict::VerdictKind;
#[cfg(test)]
use crate::plan::NameTemplate;
use crate::plan::OnConflict;
#[cfg(test)]
use pool::settings::{DEFAULT_RETRIES, DEFAULT_TIMEOUT};

/// Photos of a folder in one answer: the default, and the most.
pub(crate) const FEW_PICTURES: usize = 200;
pub(crate) const MOST_PICTURES: usize = 1000;
/// Jobs of a plan in one answer, likewise.
pub(crate) const SOME_JOBS: usize = 1000;
pub(crate) const MOST_JOBS: usize = 10_000;
/// Images of a batch in one answer, likewise.
pub(crate) const SOME_IMAGES: usize = 500;
pub(crate) const MOST_IMAGES: usize = 2000;

/// A request, by its `type` and without its `id`.
#[derive(Debug, Clone, PartialEq, Serialize, strum::VariantNames)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum Request {
    /// Begins the feed; answered with `hello`.
    Hello {
        /// The last `seq` seen.
        after: Option<u64>,
        /// The `epoch` in which it was seen.
        epoch: Option<String>,
    },
    /// Asks for the filter table; answered with `filters`.
    Filters,
    /// Asks what is in a folder; answered with `folders`.
    Folders {
        /// Which folder; without it, the roots.
        path: Option<String>,
    },
    /// Asks for the photos of a folder; answered with `pictures`.
    Pictures {
        /// Which folder.
        path: String,
        /// The first photo wanted, from 0.
        #[serde(default)]
        from: usize,
        /// How many.
        #[cfg_attr(test, serde(default = "few_pictures"))]
        #[cfg_attr(test, schemars(extend("most" = MOST_PICTURES)))]
        count: usize,
    },
    /// Checks a recipe; answered with `recipe`.
    Recipe {
        /// As TOML.
        toml: Option<String>,
        /// As JSON, instead.
        recipe: Option<WireRecipe>,
    },
    /// Asks what a batch would do; answered with `plan`.
    Plan {
        /// The batch.
        #[serde(flatten)]
        order: BatchOrder,
        /// The first image wanted, from 0.
        #[serde(default)]
        from: usize,
        /// How many.
        #[cfg_attr(test, serde(default = "some_jobs"))]
        #[cfg_attr(test, schemars(extend("most" = MOST_JOBS)))]
        count: usize,
    },
    /// Queues a batch; answered with `queued`.
    Process(BatchOrder),
    /// Starts nothing new; answered with `done`, as are the next three.
    Pause {
        /// Which batch.
        batch: u64,
    },
    /// Goes on.
    Resume {
        /// Which batch.
        batch: u64,
    },
    /// Finishes what runs, and starts nothing new for good.
    Stop {
        /// Which batch.
        batch: u64,
    },
    /// Kills what runs.
    StopNow {
        /// Which batch.
        batch: u64,
    },
    /// Makes a new batch of some images of one that has ended; answered with `queued`.
    Retry {
        /// Which batch.
        batch: u64,
        /// Which of its images.
        #[serde(default)]
        only: Only,
    },
    /// Asks for the snapshot; answered with `status`.
    Status,
    /// Asks for the images of a batch; answered with `images`.
    Images {
        /// Which batch.
        batch: u64,
        /// The first image wanted, from 0.
        #[serde(default)]
        from: usize,
        /// How many.
        #[cfg_attr(test, serde(default = "some_images"))]
        #[cfg_attr(test, schemars(extend("most" = MOST_IMAGES)))]
        count: usize,
        /// Which images; without it, all.
        only: Option<Only>,
    },
    /// Makes a folder, which may exist already; answered with `done`.
    MakeFolder {
        /// The folder.
        path: String,
    },
}

words! {
    /// Which images.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    #[derive(Default)]
    pub(crate) Only {
        /// Failed and quarantined ones.
        #[default]
        Failed = "failed",
        /// Those that a stopped batch cancelled or did not come to.
        Unfinished = "unfinished",
    }
}

impl Only {
    /// Whether an image with this verdict is one of them.
    pub(crate) fn includes(self, verdict: VerdictKind) -> bool {
        match self {
            Only::Failed => verdict.is_failure(),
            Only::Unfinished => verdict.is_unfinished(),
        }
    }
}

/// What a batch should do.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BatchOrder {
    /// Folders or files.
    pub inputs: Vec<String>,
    /// The folder for the results, made if need be.
    pub output: String,
    /// The recipe as JSON; without any recipe, files are only encoded again.
    pub recipe: Option<WireRecipe>,
    /// The recipe as TOML, instead.
    pub toml: Option<String>,
    /// Template of the results' names.
    #[cfg_attr(test, schemars(extend("default" = NameTemplate::default().to_string())))]
    pub name: Option<String>,
    /// What to do about files in the way.
    #[serde(default, serialize_with = "write_on_conflict")]
    #[cfg_attr(test, schemars(with = "Option<super::schema::OnConflictWord>"))]
    #[cfg_attr(test, schemars(extend("default" = OnConflict::default().word())))]
    pub on_conflict: Option<OnConflict>,
    /// Whether up-to-date results are made again.
    #[serde(default)]
    pub fresh: bool,
    /// Images at a time, up to the number of cores, which is the default.
    pub workers: Option<u16>,
    /// Seconds that an attempt may take.
    #[cfg_attr(test, schemars(extend("default" = DEFAULT_TIMEOUT.as_secs())))]
    pub timeout_s: Option<f64>,
    /// How often an image is tried again.
    #[cfg_attr(test, schemars(extend("default" = DEFAULT_RETRIES)))]
    pub retries: Option<u32>,
}

#[expect(clippy::ref_option, reason = "serde hands it over like this")]
fn write_on_conflict<S: Serializer>(choice: &Option<OnConflict>, target: S) -> Result<S::Ok, S::Error> {
    choice.map(Word::word).serialize(target)
}

#[cfg(test)]
fn few_pictures() -> usize {
    FEW_PICTURES
}

#[cfg(test)]
fn some_images() -> usize {
    SOME_IMAGES
}

#[cfg(test)]
fn some_jobs() -> usize {
    SOME_JOBS
}
