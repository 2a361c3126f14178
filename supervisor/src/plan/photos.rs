//! The photos of a plan, in their order, with what is known of each. Looks for sidecars on the disk, and has
//! workers look at the photos where something that only their content tells is asked for.

use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pool::escape::escape;
use pool::journal::{FileState, Modified};
use pool::probe::PhotoFiles;
use protocol::JobError;
use protocol::outcome::Probed;
use recipe::WirePath;

use super::scan::{FoundInput, Scan};
use super::{Action, Fence, NameTemplate, PlanOrder, PlanRequest, PlannedJob, Probe};

/// An input, looked at as far as that is needed.
#[derive(Debug)]
pub(super) struct ChosenPhoto<'a> {
    pub(super) found: &'a FoundInput,
    /// What is in it; nothing where nothing is asked that only the content tells.
    content: Option<Result<Probed, JobError>>,
    pub(super) taken: TakenAt,
}

/// When a photo was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct TakenAt {
    pub(super) at: DateTime,
    /// Whether that is when the file was last changed, since the photo says nothing.
    pub(super) by_file: bool,
}

impl ChosenPhoto<'_> {
    /// What is in it.
    pub(super) fn said(&self) -> Result<Option<&Probed>, JobError> {
        self.content.as_ref().map(Result::as_ref).transpose().map_err(Clone::clone)
    }

    /// The job, once it is known what is to be done.
    pub(super) fn planned(&self, action: Action, by_time: bool) -> PlannedJob {
        let bytes = self.found.state.as_ref().map_or(0, |state| state.bytes);
        let FoundInput { path, shown, .. } = self.found;
        let dated_by_file = by_time && self.taken.by_file && !action.outputs().is_empty();
        PlannedJob { input: path.clone(), shown: shown.clone(), bytes, dated_by_file, action }
    }
}

/// All photos that were found, in the order of the plan.
pub(super) fn photos<'a>(
    request: &PlanRequest<'_>,
    scan: &'a Scan,
    probe: Probe<'_>,
) -> Vec<ChosenPhoto<'a>> {
    let mut photos = looked_at(request, scan, probe);
    match request.order {
        PlanOrder::Name => {}
        // Those of one moment stay in the order of their names.
        PlanOrder::Date => photos.sort_by_key(|photo| photo.taken.at),
    }
    photos
}

fn looked_at<'a>(request: &PlanRequest<'_>, scan: &'a Scan, probe: Probe<'_>) -> Vec<ChosenPhoto<'a>> {
    let is_asked = request.names.iter().any(NameTemplate::needs_probe) || request.order == PlanOrder::Date;
    let good = scan.found.iter().filter(|found| is_asked && found.state.is_ok());
    let files: Vec<PhotoFiles> = good.map(|found| files(&found.path, request.fence)).collect();
    let mut answers = if files.is_empty() { Vec::new() } else { probe(files) }.into_iter();
    let photo = |found: &'a FoundInput| {
        let content = if found.state.is_ok() { answers.next() } else { None };
        let taken =
            taken(found.state.as_ref().ok(), content.as_ref().and_then(|content| content.as_ref().ok()));
        ChosenPhoto { found, content, taken }
    };
    scan.found.iter().map(photo).collect()
}

/// Sidecars that could not be read, in words.
pub(super) fn unread_sidecars(photos: &[ChosenPhoto<'_>]) -> Option<String> {
    let said = photos.iter().filter_map(|photo| photo.said().ok().flatten());
    let unread: Vec<&Path> = said.flat_map(|said| &said.unread).map(WirePath::as_path).collect();
    let first = escape(unread.first()?);
    Some(match unread.len() {
        1 => format!("{first} cannot be read as XMP and was left out of account"),
        n => format!("{first} and {} more cannot be read as XMP and were left out of account", n - 1),
    })
}

fn taken(state: Option<&FileState>, said: Option<&Probed>) -> TakenAt {
    match said.and_then(|said| said.date) {
        Some(at) => TakenAt { at, by_file: false },
        None => TakenAt { at: state.map(changed).unwrap_or_default(), by_file: true },
    }
}

/// When a file was last changed, by the clock of this place.
fn changed(state: &FileState) -> DateTime {
    let Modified { seconds, nanoseconds } = state.modified;
    let time = jiff::Timestamp::new(seconds, nanoseconds).unwrap_or_default();
    time.to_zoned(TimeZone::system()).datetime()
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
