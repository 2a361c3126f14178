//! The photos of a plan, in their order, with what is known of each. Looks for sidecars on the disk, and has
//! workers look at the photos where something that only their content tells is asked for.

use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pool::escape::escape;
use pool::journal::FileState;
use pool::probe::PhotoFiles;
use protocol::JobError;
use protocol::outcome::Probed;
use recipe::WirePath;

use super::scan::{FoundInput, Scan, changed};
use super::{Action, Fence, NameTemplate, PlanOrder, PlanRequest, PlannedJob, Probe};

/// An input, looked at as far as that is needed.
#[derive(Debug)]
pub(super) struct ChosenPhoto {
    pub(super) found: FoundInput,
    /// What is in it; nothing where nothing is asked that only the content tells.
    content: Option<Result<Probed, JobError>>,
    pub(super) taken: PhotoDate,
}

/// When a photo was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct PhotoDate {
    pub(super) at: DateTime,
    /// Whether that is when the file was last changed, since the photo says nothing.
    pub(super) by_file: bool,
}

impl ChosenPhoto {
    /// What is in it.
    pub(super) fn said(&self) -> Result<Option<&Probed>, JobError> {
        self.content.as_ref().map(Result::as_ref).transpose().map_err(Clone::clone)
    }

    /// The job, once it is known what is to be done.
    pub(super) fn planned(&self, action: Action, by_time: bool) -> PlannedJob {
        let bytes = self.found.state.as_ref().map_or(0, |state| state.bytes);
        let FoundInput { path, shown, .. } = &self.found;
        let dated_by_file = by_time && self.taken.by_file && !action.outputs().is_empty();
        PlannedJob { input: path.clone(), shown: shown.clone(), bytes, dated_by_file, action }
    }
}

/// The photos that were found and are wanted, in the order of the plan.
pub(super) fn photos(request: &PlanRequest<'_>, scan: &mut Scan, probe: Probe<'_>) -> Vec<ChosenPhoto> {
    let mut photos = looked_at(request, std::mem::take(&mut scan.found), probe);
    photos.retain(|photo| {
        // Of one that cannot be looked at, nobody knows: it is among the failures.
        let said = photo.said().ok().flatten();
        let reason = said.and_then(|said| request.selection.against_marks(said));
        reason.inspect(|reason| scan.pass_over(&photo.found.path, *reason)).is_none()
    });
    match request.order {
        PlanOrder::Name => {}
        // Those of one moment stay in the order of their names.
        PlanOrder::Date => photos.sort_by_key(|photo| photo.taken.at),
    }
    photos
}

fn looked_at(request: &PlanRequest<'_>, found: Vec<FoundInput>, probe: Probe<'_>) -> Vec<ChosenPhoto> {
    let is_asked = request.names.iter().any(NameTemplate::needs_probe)
        || request.selection.needs_probe()
        || request.order == PlanOrder::Date;
    let good = found.iter().filter(|found| is_asked && found.state.is_ok());
    let files: Vec<PhotoFiles> = good.map(|found| files(&found.path, request.fence)).collect();
    let mut answers = if files.is_empty() { Vec::new() } else { probe(files) }.into_iter();
    let photo = |found: FoundInput| {
        let content = if found.state.is_ok() { answers.next() } else { None };
        let said = content.as_ref().and_then(|content| content.as_ref().ok());
        let taken = taken(found.state.as_ref().ok(), said);
        ChosenPhoto { found, content, taken }
    };
    found.into_iter().map(photo).collect()
}

/// Sidecars that could not be read, in words.
pub(super) fn unread_sidecars(photos: &[ChosenPhoto]) -> Option<String> {
    let said = photos.iter().filter_map(|photo| photo.said().ok().flatten());
    let unread: Vec<&Path> = said.flat_map(|said| &said.unread).map(WirePath::as_path).collect();
    let first = escape(unread.first()?);
    Some(match unread.len() {
        1 => format!("{first} cannot be read as XMP and was left out of account"),
        n => format!("{first} and {} more cannot be read as XMP and were left out of account", n - 1),
    })
}

fn taken(state: Option<&FileState>, said: Option<&Probed>) -> PhotoDate {
    match said.and_then(|said| said.date) {
        Some(at) => PhotoDate { at, by_file: false },
        None => PhotoDate { at: state.map(by_clock).unwrap_or_default(), by_file: true },
    }
}

/// When a file was last changed, by the clock of this place.
fn by_clock(state: &FileState) -> DateTime {
    changed(state).to_zoned(TimeZone::system()).datetime()
}

/// A photo with the files beside it that have its XMP: `photo.jpg.xmp`, which is its alone, and `photo.xmp`.
fn files(photo: &Path, fence: &Fence) -> PhotoFiles {
    let with_ending = |ending: &str| {
        let mut name = photo.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        PathBuf::from(name)
    };
    let beside = ["xmp", "XMP"].map(with_ending).into_iter();
    let beside = beside.chain(["xmp", "XMP"].map(|ending| photo.with_extension(ending)));
    let sidecars = beside.filter(|path| path.is_file() && fence.allows(path)).collect();
    PhotoFiles { input: photo.to_owned(), sidecars }
}
