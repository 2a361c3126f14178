//! Output names: made from the template, then settled against each other and against what stands on the disk.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use protocol::outcome::Probed;
use protocol::{ErrorKind, JobError, Stage};
use recipe::filter::geometry::Size;
use recipe::format::{Format, UNSUPPORTED_EXTENSIONS};

use super::scan::{FoundInput, Scan, sniff};
use super::standing::{Standing, standing};
use super::taken::{Taken, folded};
use super::{Action, Clash, Field, OnConflict, PlanError, PlanRequest, PlannedJob, Probe};
use engine::verdict::SkipReason;
use pool::commit::Replace;
use pool::escape::escape;
use pool::journal::{FileState, Modified, Origin};
use pool::output_folder::STATE_FOLDER;

/// The longest name that the usual file systems allow, in bytes.
const MAX_NAME: usize = 255;

/// A job on its way to its name.
struct WantedName<'a> {
    found: &'a FoundInput,
    /// The name below the output folder and the format, or why there is none.
    name: Result<(PathBuf, Format), JobError>,
}

pub(super) fn settle(
    request: &PlanRequest<'_>,
    scan: &Scan,
    probe: Probe<'_>,
) -> Result<Vec<PlannedJob>, PlanError> {
    let probed = probe_if_needed(request, scan, probe);
    let digits = scan.found.len().to_string().len();
    let wanted: Vec<WantedName<'_>> = scan
        .found
        .iter()
        .zip(probed)
        .zip(1..)
        .map(|((found, probed), index)| WantedName {
            found,
            name: name_of(request, found, probed, &format!("{index:0digits$}")),
        })
        .collect();
    assign(request, scan, wanted)
}

/// One answer per input; `None` where the template asks nothing that only the content tells.
fn probe_if_needed(
    request: &PlanRequest<'_>,
    scan: &Scan,
    probe: Probe<'_>,
) -> Vec<Option<Result<Probed, JobError>>> {
    if !request.name.needs_probe() {
        return vec![None; scan.found.len()];
    }
    let good = scan.found.iter().filter(|found| found.state.is_ok());
    let paths: Vec<PathBuf> = good.map(|found| found.path.clone()).collect();
    let mut answers = probe(&paths).into_iter();
    let answer = |found: &FoundInput| found.state.is_ok().then(|| answers.next()).flatten();
    scan.found.iter().map(answer).collect()
}

fn name_of(
    request: &PlanRequest<'_>,
    found: &FoundInput,
    probed: Option<Result<Probed, JobError>>,
    index: &str,
) -> Result<(PathBuf, Format), JobError> {
    let state = found.state.as_ref().map_err(Clone::clone)?;
    let probed = probed.transpose()?;
    let format = output_format(request, found)?;
    let size = probed.as_ref().map(|probed| {
        let size = Size::new(probed.width, probed.height);
        let recipe = request.recipe;
        recipe.filters_of(&recipe.outputs.first).fold(size, |size, filter| filter.output_size(size))
    });
    let name = request.name.fill(|field| match field {
        Field::Dir => found.dir.clone().into_os_string(),
        Field::Stem => found.path.file_stem().unwrap_or_default().to_owned(),
        Field::Ext => extension(&found.path, format),
        Field::Index => index.into(),
        Field::Parent => found.path.parent().and_then(Path::file_name).unwrap_or_default().to_owned(),
        Field::Date => {
            probed.as_ref().and_then(|probed| probed.date.clone()).unwrap_or_else(|| day_of(state)).into()
        }
        Field::Width => size.map_or(0, |size| size.width).to_string().into(),
        Field::Height => size.map_or(0, |size| size.height).to_string().into(),
        Field::Camera => {
            let camera = probed.as_ref().and_then(|probed| probed.camera.as_deref()).map(str::trim);
            visible(camera.filter(|camera| !camera.is_empty()).unwrap_or("unknown")).into()
        }
    });
    Ok((name, format))
}

/// What a photo says of itself, as a part of a name: it hides nothing, and no other system takes a part of
/// it for a folder.
fn visible(text: &str) -> String {
    let text = text.replace(|c: char| c.is_control() || matches!(c, '/' | '\\'), "_");
    match text.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => text,
    }
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
    Ok(request.recipe.outputs.first.settings.format.unwrap_or_else(kept))
}

/// The input's own extension if it names the output's format, else the usual one.
fn extension(input: &Path, format: Format) -> OsString {
    let own = input.extension().filter(|own| own.to_str().and_then(Format::from_extension) == Some(format));
    own.map_or_else(|| format.info().extensions[0].into(), OsStr::to_owned)
}

fn day_of(state: &FileState) -> String {
    let Modified { seconds, nanoseconds } = state.modified;
    let time = jiff::Timestamp::new(seconds, nanoseconds).unwrap_or_default();
    time.to_zoned(TimeZone::system()).date().to_string()
}

fn assign(
    request: &PlanRequest<'_>,
    scan: &Scan,
    wanted: Vec<WantedName<'_>>,
) -> Result<Vec<PlannedJob>, PlanError> {
    let (mut taken, mut clashes) = (Taken::default(), Clashes::default());
    let mut jobs = Vec::with_capacity(wanted.len());
    for WantedName { found, name } in wanted {
        let action = match named(request, scan, &mut taken, found, name) {
            Ok((name, origin)) => {
                if let Some(other) = taken.claim(&name, &found.shown) {
                    clashes.collide(request.output.join(&name), [other, &found.shown], &name);
                }
                action(request, scan, found, &name, origin, &mut clashes)
            }
            Err(error) => Action::Fail(error),
        };
        jobs.push(found.planned(action));
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
