//! The plan: one job per image, every output name settled before anything runs.
//!
//! `scan` finds the inputs, but for the `results` of earlier runs and what `fence` keeps out, and counts what
//! it passes over (`passed_over`); of these a `selection` may be wanted alone. `photos` has them looked at
//! and puts them in order, with the `sidecars` beside them. `template` makes names, `names` settles them
//! against each other (`taken`) and against what is in the output folder (`standing`, which asks the journal
//! whose it is; `late_history` reads it when it is asked), and `way_given` says who gave way to whom.
//! `readable` says what workers may read, `sums` counts what there is to do, `show` prints the plan for
//! `--dry-run`. Reads the disk, changes nothing.
//!
//! May use no other room.

mod fence;
mod kinds;
mod late_history;
mod names;
pub(crate) mod passed_over;
mod photos;
pub(crate) mod readable;
mod results;
pub(crate) mod room;
mod scan;
pub(crate) mod selection;
mod show;
pub(crate) mod sidecars;
mod standing;
mod sums;
mod taken;
mod template;
mod way_given;

#[cfg(test)]
mod edge_tests;
#[cfg(test)]
mod resume_tests;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::fs::FileType;
use std::io;
use std::iter;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use protocol::PlannedPhoto;
use protocol::outcome::{JobError, Probed};
use recipe::WirePath;
use recipe::recipe::Recipe;
use recipe::words;

use engine::verdict::SkipReason;
use pool::commit::PlannedResult;
use pool::escape::escape;
use pool::journal::{FileState, Settings};
use pool::not_there::{self, Sought};
use pool::probe::PhotoFiles;

use crate::units::amount;

pub(crate) use fence::Fence;
pub(crate) use late_history::LateHistory;
use names::SettledNames;
use passed_over::PassedOver;
pub(crate) use selection::Selection;
pub(crate) use show::show;
pub(crate) use sums::PlanSums;
pub(crate) use taken::numbered;
pub use template::NameTemplate;
pub(crate) use template::{EndingError, OutputNameError, endings, names_of_outputs, output_names};

/// Everything to do.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Plan {
    /// The names of the outputs of the recipe, none where there is only one.
    pub outputs: Vec<String>,
    /// The jobs; a `JobId` is an index into this list, which is in the order that was asked for.
    pub jobs: Vec<PlannedJob>,
    /// Files that were passed over.
    pub passed_over: PassedOver,
    /// What the user should know, such as a folder that loops back into itself.
    pub warnings: Vec<String>,
    /// What the user should know of photos whose results cannot have their names, each with what has it.
    pub way_given: Vec<String>,
}

impl Plan {
    /// All that the user should know; of much that is alike, the first.
    pub(crate) fn notes(&self) -> impl Iterator<Item = String> {
        let more = self.way_given.len().saturating_sub(LISTED);
        let more = (more > 0).then(|| format!("{} more gave way like that", amount(more, "photo")));
        self.warnings.iter().chain(self.way_given.iter().take(LISTED)).cloned().chain(more)
    }
}

/// One image and what the plan says about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlannedJob {
    /// The file to read, absolute.
    pub input: PathBuf,
    /// The input as the user knows it: as given, or below the folder as given.
    pub shown: PathBuf,
    /// Bytes of the input, 0 if unknown.
    pub bytes: u64,
    /// Whether its name or its place has the date of the file, since the photo says nothing of when it was
    /// taken.
    pub dated_by_file: bool,
    /// What to do.
    pub action: Action,
}

impl PlannedJob {
    /// The files that a worker reads for it.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let beside = match &self.action {
            Action::Process { planned, .. } => planned.sidecars.as_slice(),
            Action::Skip { .. } | Action::Fail(_) => &[],
        };
        iter::once(self.input.as_path()).chain(beside.iter().map(WirePath::as_path))
    }
}

/// What to do with an input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Process it and publish what becomes of it.
    Process {
        /// One for each output of the recipe, in that order.
        results: Vec<PlannedResult>,
        /// The input as it was found.
        seen: FileState,
        /// What is known of it without looking into it.
        planned: PlannedPhoto,
    },
    /// Nothing.
    Skip {
        /// The names that its results have or would have, in the order of the outputs.
        outputs: Vec<PathBuf>,
        /// Why.
        reason: SkipReason,
    },
    /// Nothing: it is already known that it cannot work.
    Fail(JobError),
}

impl Action {
    /// The names that its results have or would have, in the order of the outputs; none where there can be
    /// none.
    pub(crate) fn outputs(&self) -> Vec<&Path> {
        match self {
            Action::Process { results, .. } => results.iter().map(|result| result.output.as_path()).collect(),
            Action::Skip { outputs, .. } => outputs.iter().map(PathBuf::as_path).collect(),
            Action::Fail(_) => Vec::new(),
        }
    }

    /// Whether a result is left as an older engine revision made it.
    pub(crate) fn is_by_older_revision(&self) -> bool {
        matches!(self, Action::Skip { reason: SkipReason::UpToDate { by_older_revision: true }, .. })
    }
}

words! {
    /// What is done when a file is where an output must go.
    #[derive(Default)]
    pub(crate) OnConflict {
        /// Nothing is run.
        #[default]
        Error = "error",
        /// The image is skipped.
        Skip = "skip",
        /// The file is replaced.
        Overwrite = "overwrite",
        /// The output gets a number.
        Unique = "unique",
    }
}

words! {
    /// What photos are put in order by.
    #[derive(Default)]
    pub(crate) SortBy {
        /// That of the inputs and, within a folder, of names.
        #[default]
        Name = "name",
        /// When they were taken, and those of one moment by name.
        Date = "date",
    }
}

/// What a name costs that a result cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ClashCosts {
    /// Everything: nothing is run.
    #[default]
    Plan,
    /// The photo, which fails.
    Photo,
}

/// Has photos looked at, for names and orders that need what is in them. One answer for each, in the same
/// order.
pub(crate) type Probe<'a> = &'a mut dyn FnMut(Vec<PhotoFiles>) -> Vec<Result<Probed, JobError>>;

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlanRequest<'a> {
    /// Files and folders.
    pub inputs: &'a [PathBuf],
    /// Files from a list: one that is missing fails alone.
    pub listed: &'a [PathBuf],
    /// The folder that those of the list are mirrored from, absolute.
    pub base: Option<&'a Path>,
    /// Which photos are wanted.
    pub selection: &'a Selection,
    /// The output folder, absolute.
    pub output: &'a Path,
    /// The filters decide about sizes, the output settings about formats.
    pub recipe: &'a Recipe,
    /// How outputs are named.
    pub names: &'a [NameTemplate],
    /// The number of the first photo.
    pub start: u64,
    /// What the photos are put in order by.
    pub sort_by: SortBy,
    /// What is done about files that stand in the way.
    pub on_conflict: OnConflict,
    /// What a name that a result cannot have keeps from being run.
    pub clash: ClashCosts,
    /// What earlier runs did.
    pub history: &'a LateHistory,
    /// What this run does to its inputs.
    pub settings: &'a Settings,
    /// Whether outputs that are up to date are made again.
    pub fresh: bool,
    /// Whether those are made again that an older engine revision made.
    pub refresh: bool,
    /// Where the state of runs on the output folder lives, absolute.
    pub state: &'a Path,
    /// What it may not leave.
    pub fence: &'a Fence,
}

/// Why nothing can be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    /// An input that was named is not there.
    #[error("{}: {}", escape(.path), not_there::why(.path, Sought::Any, .error))]
    NoSuchInput {
        /// As given.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file of the list lies outside the folder that they are mirrored from.
    #[error("{} does not lie below --base {}", escape(.path), escape(.base))]
    OutsideBase {
        /// As given.
        path: PathBuf,
        /// The folder.
        base: PathBuf,
    },
    /// Nothing to do.
    #[error("no photos found in {looked_at}{}{}", passed_over.after_semicolon(), for_results(passed_over))]
    NoInput {
        /// Where.
        looked_at: String,
        /// Files that were passed over.
        passed_over: PassedOver,
    },
    /// The output folder is a file, or would stand in one.
    #[error("{}: the output must be a folder, and a file of that name exists", escape(.0))]
    OutputIsFile(PathBuf),
    /// Results that would have the same name, even if only on a file system that ignores case.
    #[error(
        "several results would get the same name:\n{}\n\
         Use --name, or path in a recipe, to tell them apart, or --on-conflict unique to number them.",
        list(.0)
    )]
    Collisions(Vec<Clash>),
    /// Files stand where outputs must go.
    #[error(
        "files stand where outputs must go:\n{}\n\
         Use --on-conflict skip, overwrite or unique, or choose another output folder.",
        list(.0)
    )]
    Conflicts(Vec<Clash>),
    /// An output would replace an input.
    #[error(
        "these outputs would replace an input, which is never done:\n{}\n\
         Choose another output folder or --name.",
        list(.0)
    )]
    WouldReplaceInput(Vec<Clash>),
}

/// An output that cannot have its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    /// The name, absolute.
    pub output: PathBuf,
    /// The inputs that it is for.
    pub inputs: Vec<PathBuf>,
    /// In words, on one line.
    pub text: String,
}

/// What to do where nothing but results was found.
fn for_results(passed_over: &PassedOver) -> &'static str {
    if passed_over.results == 0 {
        return "";
    }
    "; results are never processed again into the folder that they are in: choose another --output"
}

/// How many lines of a list are shown.
const LISTED: usize = 10;

fn list(lines: &[Clash]) -> String {
    let mut text =
        lines.iter().take(LISTED).map(|line| format!("  {}", line.text)).collect::<Vec<_>>().join("\n");
    if lines.len() > LISTED {
        text += &format!("\n  and {} more", lines.len() - LISTED);
    }
    text
}

/// Whether a name begins with a dot: such files are left alone.
pub(crate) fn is_hidden(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b".")
}

/// Whether files and folders of this name are nobody's results: hidden ones, and what storage keeps for
/// itself.
pub(crate) fn is_left_alone(name: &OsStr) -> bool {
    is_hidden(name) || kinds::is_of_storage(name)
}

/// Whether a file that was found is a photo, by its extension or by what it begins with.
pub(crate) fn is_photo(path: &Path, file_type: FileType) -> bool {
    kinds::is_wanted(path, file_type)
}

/// Whether a name is that of a photo, by its extension.
pub(crate) fn is_photo_name(path: &Path) -> bool {
    kinds::has_photo_extension(path)
}

/// The output folder, or the nearest above it that exists, must be a folder.
pub(crate) fn check_output(output: &Path) -> Result<(), PlanError> {
    let nearest = output.ancestors().find_map(|path| Some((path, path.metadata().ok()?)));
    match nearest {
        Some((path, metadata)) if !metadata.is_dir() => Err(PlanError::OutputIsFile(path.to_owned())),
        Some(_) | None => Ok(()),
    }
}

/// The names and places whose dates are not those of the photos.
fn dated_by_file(jobs: &[PlannedJob]) -> Option<String> {
    match jobs.iter().filter(|job| job.dated_by_file).count() {
        0 => None,
        1 => Some(
            "1 photo does not say when it was taken, or gives an impossible date; the date of its file counts"
                .to_owned(),
        ),
        n => Some(format!(
            "{n} photos do not say when they were taken, or give an impossible date; the dates of their \
             files count"
        )),
    }
}

impl Plan {
    /// Settles what to do with every input.
    pub(crate) fn make(request: &PlanRequest<'_>, probe: Probe<'_>) -> Result<Plan, PlanError> {
        let mut scan = scan::Scan::make(request)?;
        let photos = photos::photos(request, &mut scan, probe);
        if photos.is_empty() {
            let places = request.inputs.iter().chain(request.listed).map(|path| escape(path));
            let looked_at = match places.take(3).collect::<Vec<_>>() {
                places if places.is_empty() => "an empty list of files".to_owned(),
                places => places.join(", "),
            };
            return Err(PlanError::NoInput { looked_at, passed_over: scan.passed_over });
        }
        let SettledNames { jobs, way_given } = names::settle(request, &scan, &photos)?;
        let mut warnings = scan.warnings;
        warnings.extend(photos::unread_sidecars(&photos));
        warnings.extend(dated_by_file(&jobs));
        let outputs = request.recipe.outputs.iter().filter_map(|output| output.name.clone()).collect();
        let mut plan = Plan { outputs, jobs, passed_over: scan.passed_over, warnings, way_given };
        request.fence.close(&mut plan, request.output);
        Ok(plan)
    }
}
