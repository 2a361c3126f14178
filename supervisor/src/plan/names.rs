//! Names of results: made from the templates, then settled against each other and against what is on the
//! disk.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use protocol::{ErrorKind, JobError, PhotoValues, ResultValues, Stage};
use recipe::filter::geometry::Size;
use recipe::format::{Format, UNSUPPORTED_EXTENSIONS};
use recipe::recipe::RecipeOutput;

use super::kinds::sniff;
use super::photos::ChosenPhoto;
use super::scan::{FoundInput, Scan};
use super::standing::{Standing, standing};
use super::taken::{Taken, folded};
use super::template::MAX_NAME;
use super::way_given::{NamedResult, left_out, renamed};
use super::{
    Action, Clash, ClashCosts, NameTemplate, OnConflict, PlanError, PlanRequest, PlannedJob, SortBy,
};
use engine::verdict::SkipReason;
use pool::commit::{PlannedResult, Replace};
use pool::escape::escape;
use pool::journal::{FileState, Origin};
use pool::output_folder::STATE_FOLDER;

/// A job on its way to the names of its results.
struct WantedNames<'a> {
    photo: &'a ChosenPhoto,
    /// The name below the output folder and the format for each output, or why there are none.
    names: Result<Vec<(PathBuf, Format)>, JobError>,
}

/// Photos with the names of their results.
pub(super) struct SettledNames {
    pub(super) jobs: Vec<PlannedJob>,
    /// Which of them gave way to other files, in words.
    pub(super) way_given: Vec<String>,
}

/// Settles the names of photos in their order.
pub(super) fn settle(
    request: &PlanRequest<'_>,
    scan: &Scan,
    photos: &[ChosenPhoto],
) -> Result<SettledNames, PlanError> {
    let wanted = photos.iter().map(|photo| WantedNames { photo, names: names_of(request, photo) });
    assign(request, scan, wanted.collect())
}

fn names_of(request: &PlanRequest<'_>, photo: &ChosenPhoto) -> Result<Vec<(PathBuf, Format)>, JobError> {
    let ChosenPhoto { found, planned, .. } = photo;
    found.state.as_ref().map_err(Clone::clone)?;
    let said = photo.said()?;
    let kept = kept_format(found)?;
    let name = |(output, template): (&RecipeOutput, &NameTemplate)| {
        let format = output.settings.format.unwrap_or(kept);
        let size = said.map(|said| {
            let filters = request.recipe.filters_of(output);
            filters.fold(Size::new(said.width, said.height), |size, filter| filter.output_size(size))
        });
        let (changes, output) = (&output.changes, output.name.as_deref());
        let photo = PhotoValues { input: &found.path, planned, said, output, format, size };
        (template.fill(&ResultValues::new(photo, changes)), format)
    };
    Ok(request.recipe.outputs.iter().zip(request.names).map(name).collect())
}

/// The format that an output has which keeps that of its photo. The content decides, not the extension; what
/// is no photo by its content gets as far as the worker, which says so. Only what is known to be of no use
/// here (`IMG.HEIC` beside its `IMG.JPG`) fails at once, before it can claim a name.
fn kept_format(found: &FoundInput) -> Result<Format, JobError> {
    let extension =
        found.path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase).unwrap_or_default();
    let promised = Format::from_extension(&extension);
    // Most cameras' raw photos are TIFF by their first bytes: here the name tells, while the worker looks at
    // the tags.
    let sniffed = sniff(&found.path).map(|format| match (format, promised) {
        (Format::Tiff, Some(Format::Raw)) => Format::Raw,
        (format, _) => format,
    });
    if sniffed.is_none() && UNSUPPORTED_EXTENSIONS.contains(&extension.as_str()) {
        let detail = format!("{extension} files cannot be decoded");
        return Err(JobError::new(Stage::Decode, ErrorKind::Unsupported, detail));
    }
    Ok(sniffed.or(promised).map_or(Format::Jpeg, |format| format.info().kept))
}

fn assign(
    request: &PlanRequest<'_>,
    scan: &Scan,
    wanted: Vec<WantedNames<'_>>,
) -> Result<SettledNames, PlanError> {
    let (mut taken, mut clashes, mut way_given) = (Taken::default(), Clashes::default(), Vec::new());
    let mut jobs = Vec::with_capacity(wanted.len());
    let by_time = request.sort_by == SortBy::Date || request.names.iter().any(NameTemplate::says_time);
    for WantedNames { photo, names } in wanted {
        let found = &photo.found;
        let named = found.state.clone().and_then(|seen| {
            let names = named(request, scan, &mut taken, (found, seen), names?)?;
            Ok((seen, names))
        });
        let action = match named {
            Ok((seen, results)) => {
                for NamedResult { name, .. } in &results {
                    if let Some(other) = taken.claim(name, &found.shown) {
                        clashes.collide(request.output.join(name), [other, &found.shown], name);
                    }
                }
                let (action, skipped) = action(request, scan, photo, seen, &results, &mut clashes);
                way_given.extend(skipped);
                // One that is up to date has had its number before.
                if matches!(action, Action::Process { .. }) {
                    way_given.extend(renamed(request, scan, &taken, &found.shown, &results));
                }
                action
            }
            Err(error) => Action::Fail(error),
        };
        let action = match request.clash {
            ClashCosts::Plan => action,
            ClashCosts::Photo => clashes.of_this_photo().map_or(action, Action::Fail),
        };
        jobs.push(photo.job(action, by_time));
    }
    clashes.none().map(|()| SettledNames { jobs, way_given })
}

/// The names that an input's results get, unless one of them can have none.
fn named<'a>(
    request: &PlanRequest<'_>,
    scan: &Scan,
    taken: &mut Taken<'_>,
    (found, seen): (&'a FoundInput, FileState),
    names: Vec<(PathBuf, Format)>,
) -> Result<Vec<NamedResult<'a>>, JobError> {
    // In the plan only once the photo has all of them.
    let mut own: Vec<Vec<u8>> = Vec::new();
    let mut name = |(wanted, format): (PathBuf, Format)| {
        let origin = Origin { input: &found.path, seen, format };
        let name = match request.on_conflict {
            OnConflict::Unique => {
                let can_have =
                    |name: &Path| !own.contains(&folded(name)) && can_have(request, scan, name, &origin);
                taken
                    .own_name(&wanted, || request.history.made_of(&found.path), can_have)
                    .unwrap_or_else(|| taken.free_name(&wanted, can_have))
            }
            OnConflict::Error | OnConflict::Skip | OnConflict::Overwrite => wanted.clone(),
        };
        own.push(folded(&name));
        check(&name).map(|()| NamedResult { name, wanted, origin })
    };
    names.into_iter().map(&mut name).collect()
}

/// What is done about an input whose results have these names, given what is there. It is skipped if
/// nothing has to be done for any of them, and as a whole: its results belong together. If it is because of
/// somebody else's file, that is said.
fn action(
    request: &PlanRequest<'_>,
    scan: &Scan,
    photo: &ChosenPhoto,
    seen: FileState,
    results: &[NamedResult<'_>],
    clashes: &mut Clashes,
) -> (Action, Option<String>) {
    let ChosenPhoto { found, planned: known, .. } = photo;
    let (mut planned, mut current, mut exists) = (Vec::new(), Vec::new(), None);
    for NamedResult { name, origin, .. } in results {
        let output = request.output.join(name);
        let clash = |what: String| {
            let text = format!("{} for {}{what}", escape(&output), escape(&found.shown));
            Clash { output: output.clone(), inputs: vec![found.shown.clone()], text }
        };
        let mut replace = Replace::Nothing;
        match (standing(request, scan, name, origin), request.on_conflict) {
            (Standing::Nothing, _) => {}
            (Standing::Current { state, by_older_revision }, _) => {
                current.push(by_older_revision);
                replace = Replace::Ours(state);
            }
            (
                Standing::Stale(_) | Standing::OfOther { .. } | Standing::Foreign { .. },
                OnConflict::Overwrite,
            ) => replace = Replace::Anything,
            (Standing::Stale(state) | Standing::OfOther { state, .. }, _) => replace = Replace::Ours(state),
            (Standing::Foreign { made_of }, OnConflict::Skip) => {
                exists.get_or_insert_with(|| left_out(&found.shown, &output, made_of));
            }
            (Standing::Foreign { made_of }, OnConflict::Error | OnConflict::Unique) => {
                clashes.conflicts.push(clash(match made_of {
                    Some(other) => format!(" (made of {})", escape(other)),
                    None if request.history.knows(name) => " (not as a run left it)".to_owned(),
                    None => String::new(),
                }));
            }
            (Standing::Input, _) => clashes.onto_inputs.push(clash(String::new())),
            (Standing::Obstacle(what), _) => clashes.conflicts.push(clash(format!(" ({what})"))),
        }
        planned.push(PlannedResult { output, format: origin.format, replace });
    }
    let reason = match current.len() == results.len() {
        true => Some(SkipReason::UpToDate { by_older_revision: current.contains(&true) }),
        false => exists.is_some().then_some(SkipReason::Exists),
    };
    let action = match reason {
        Some(reason) => {
            Action::Skip { outputs: planned.into_iter().map(|result| result.output).collect(), reason }
        }
        None => Action::Process { results: planned, seen, planned: known.clone() },
    };
    (action, exists)
}

/// What keeps a plan, or a photo, from being run.
#[derive(Default)]
struct Clashes {
    collisions: Vec<Clash>,
    conflicts: Vec<Clash>,
    onto_inputs: Vec<Clash>,
}

impl Clashes {
    fn collide(&mut self, output: PathBuf, inputs: [&Path; 2], name: &Path) {
        let [other, own] = inputs.map(escape);
        let whose = if other == own { format!("{own}, twice") } else { format!("{other} and {own}") };
        let text = format!("{whose}: {}", escape(name));
        self.collisions.push(Clash { output, inputs: inputs.map(Path::to_owned).into(), text });
    }

    /// Takes those of the photo that was looked at last, to be told as its own failure.
    fn of_this_photo(&mut self) -> Option<JobError> {
        let Clashes { collisions, conflicts, onto_inputs } = std::mem::take(self);
        let told = [
            ("two results would get the same name", collisions),
            ("the result would replace a photo, which is never done", onto_inputs),
            ("a file stands where the result must go", conflicts),
        ];
        let first = |(what, clashes): (_, Vec<Clash>)| Some((what, clashes.into_iter().next()?));
        let (what, clash) = told.into_iter().find_map(first)?;
        Some(JobError::new(Stage::Write, ErrorKind::WriteFailed, format!("{what}: {}", clash.text)))
    }

    /// Of several kinds, the first is told.
    fn none(self) -> Result<(), PlanError> {
        let Clashes { collisions, conflicts, onto_inputs } = self;
        match (collisions.is_empty(), onto_inputs.is_empty(), conflicts.is_empty()) {
            (true, true, true) => Ok(()),
            (false, _, _) => Err(PlanError::Collisions(collisions)),
            (true, false, _) => Err(PlanError::WouldReplaceInput(onto_inputs)),
            (true, true, false) => Err(PlanError::Conflicts(conflicts)),
        }
    }
}

/// Whether an output that is to have a name of its own can have this one: nothing stands there, or what we
/// made of the same input.
fn can_have(request: &PlanRequest<'_>, scan: &Scan, name: &Path, origin: &Origin<'_>) -> bool {
    // Any error counts as free: one that is not `NotFound` would be met by every name, and is better told by
    // the job that has it.
    fs::symlink_metadata(request.output.join(name)).is_err()
        || matches!(standing(request, scan, name, origin), Standing::Current { .. } | Standing::Stale(_))
}

/// Whether a name can be written at all, and stays out of the run's own folder (a camera may call itself
/// anything).
fn check(name: &Path) -> Result<(), JobError> {
    let fail = |detail: String| Err(JobError::new(Stage::Write, ErrorKind::WriteFailed, detail));
    if name.components().any(|component| component.as_os_str().len() > MAX_NAME) {
        return fail(format!("the output's name would be longer than {MAX_NAME} bytes"));
    }
    let first = name.components().next().map(|first| folded(first.as_ref()));
    if first.is_some_and(|first| first == STATE_FOLDER.as_bytes()) {
        return fail(format!("the output would stand in {STATE_FOLDER}, which is the run's own folder"));
    }
    Ok(())
}
