//! Output names: made from the template, then settled against each other and against what stands on the disk.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use protocol::{ErrorKind, JobError, Stage};
use recipe::filter::geometry::Size;
use recipe::format::{Format, UNSUPPORTED_EXTENSIONS};
use recipe::template::TokenNumber;

use super::photos::ChosenPhoto;
use super::scan::{FoundInput, Scan, sniff};
use super::standing::{Standing, standing};
use super::taken::{Taken, folded};
use super::template::MAX_NAME;
use super::values::NameValues;
use super::{Action, Clash, OnConflict, PlanError, PlanRequest, PlannedJob};
use engine::verdict::SkipReason;
use pool::commit::Replace;
use pool::escape::escape;
use pool::journal::Origin;
use pool::output_folder::STATE_FOLDER;

/// A job on its way to its name.
struct WantedName<'a> {
    photo: &'a ChosenPhoto,
    /// The name below the output folder and the format, or why there is none.
    name: Result<(PathBuf, Format), JobError>,
}

/// Settles the names of photos in their order.
pub(super) fn settle(
    request: &PlanRequest<'_>,
    scan: &Scan,
    photos: &[ChosenPhoto],
) -> Result<Vec<PlannedJob>, PlanError> {
    // Of all, so that they are in order by name as well.
    let last = request.start.saturating_add(photos.len() as u64).saturating_sub(1);
    let digits = last.to_string().len();
    let wanted = photos.iter().zip(request.start..).map(|(photo, index)| WantedName {
        photo,
        name: name_of(request, photo, TokenNumber { value: index.cast_signed(), digits }),
    });
    assign(request, scan, wanted.collect())
}

fn name_of(
    request: &PlanRequest<'_>,
    photo: &ChosenPhoto,
    index: TokenNumber,
) -> Result<(PathBuf, Format), JobError> {
    let found = &photo.found;
    found.state.as_ref().map_err(Clone::clone)?;
    let said = photo.said()?;
    let format = output_format(request, found)?;
    let size = said.map(|said| {
        let size = Size::new(said.width, said.height);
        request.recipe.filters.iter().fold(size, |size, filter| filter.output_size(size))
    });
    let values = NameValues { found, said, taken: photo.taken.at, format, size, index };
    Ok((request.name.fill(&values), format))
}

/// The content decides, not the extension; what is no photo by its content gets as far as the worker, which
/// says so. Only what is known to be of no use here (`IMG.HEIC` beside its `IMG.JPG`) fails at once, before
/// it can claim a name.
fn output_format(request: &PlanRequest<'_>, found: &FoundInput) -> Result<Format, JobError> {
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
    let kept = || sniffed.or(promised).map_or(Format::Jpeg, |format| format.info().kept);
    Ok(request.recipe.output.format.unwrap_or_else(kept))
}

fn assign(
    request: &PlanRequest<'_>,
    scan: &Scan,
    wanted: Vec<WantedName<'_>>,
) -> Result<Vec<PlannedJob>, PlanError> {
    let (mut taken, mut clashes) = (Taken::default(), Clashes::default());
    let mut jobs = Vec::with_capacity(wanted.len());
    for WantedName { photo, name } in wanted {
        let found = &photo.found;
        let action = match named(request, scan, &mut taken, found, name) {
            Ok((name, origin)) => {
                if let Some(other) = taken.claim(&name, &found.shown) {
                    clashes.collide(request.output.join(&name), [other, &found.shown], &name);
                }
                action(request, scan, found, &name, origin, &mut clashes)
            }
            Err(error) => Action::Fail(error),
        };
        jobs.push(photo.planned(action, request.name.says_time()));
    }
    clashes.none().map(|()| jobs)
}

/// The name that an input's output gets, unless it can have none.
fn named<'a>(
    request: &PlanRequest<'_>,
    scan: &Scan,
    taken: &mut Taken<'_>,
    found: &'a FoundInput,
    name: Result<(PathBuf, Format), JobError>,
) -> Result<(PathBuf, Origin<'a>), JobError> {
    let seen = found.state.clone()?;
    let (name, format) = name?;
    let origin = Origin { input: &found.path, seen, format };
    let name = match request.on_conflict {
        OnConflict::Unique => taken.free_name(name, |name| can_have(request, scan, name, &origin)),
        OnConflict::Error | OnConflict::Skip | OnConflict::Overwrite => name,
    };
    check(&name).map(|()| (name, origin))
}

/// What is done about an input whose output has this name, given what stands there.
fn action(
    request: &PlanRequest<'_>,
    scan: &Scan,
    found: &FoundInput,
    name: &Path,
    origin: Origin<'_>,
    clashes: &mut Clashes,
) -> Action {
    let output = request.output.join(name);
    let clash = |what: &str| {
        let text = format!("{} for {}{what}", escape(&output), escape(&found.shown));
        Clash { output: output.clone(), inputs: vec![found.shown.clone()], text }
    };
    let (mut replace, mut skip) = (Replace::Nothing, None);
    match (standing(request, scan, name, &origin), request.on_conflict) {
        (Standing::Nothing, _) => {}
        (Standing::Current { by_older_engine }, _) => skip = Some(SkipReason::UpToDate { by_older_engine }),
        (Standing::Stale(_) | Standing::OfOther(_) | Standing::Foreign, OnConflict::Overwrite) => {
            replace = Replace::Anything;
        }
        (Standing::Stale(state) | Standing::OfOther(state), _) => replace = Replace::Ours(state),
        (Standing::Foreign, OnConflict::Skip) => skip = Some(SkipReason::Exists),
        (Standing::Foreign, OnConflict::Error | OnConflict::Unique) => clashes.conflicts.push(clash("")),
        (Standing::Input, _) => clashes.onto_inputs.push(clash("")),
        (Standing::Obstacle(what), _) => clashes.conflicts.push(clash(&format!(" ({what})"))),
    }
    let Origin { seen, format, .. } = origin;
    match skip {
        Some(reason) => Action::Skip { output, reason },
        None => Action::Process { output, format, replace, seen },
    }
}

/// What keeps a plan from being run.
#[derive(Default)]
struct Clashes {
    collisions: Vec<Clash>,
    conflicts: Vec<Clash>,
    onto_inputs: Vec<Clash>,
}

impl Clashes {
    fn collide(&mut self, output: PathBuf, inputs: [&Path; 2], name: &Path) {
        let [other, own] = inputs.map(escape);
        let text = format!("{other} and {own}: {}", escape(name));
        self.collisions.push(Clash { output, inputs: inputs.map(Path::to_owned).into(), text });
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
