//! The photos of a plan, in their order, with what is known of each. Has workers look at the photos where
//! something that only their content tells is asked for.

use std::path::Path;

use jiff::civil::DateTime;
use pool::escape::escape;
use pool::probe::PhotoFiles;
use protocol::outcome::Probed;
use protocol::{JobError, PlannedPhoto};
use recipe::WirePath;
use recipe::template::Template;

use super::scan::{FoundInput, Scan};
use super::{Action, NameTemplate, PlanRequest, PlannedJob, Probe, SortBy, sidecars};

/// An input, looked at as far as that is needed.
#[derive(Debug)]
pub(super) struct ChosenPhoto {
    pub(super) found: FoundInput,
    /// What is in it; nothing where nothing is asked that only the content tells.
    content: Option<Result<Probed, JobError>>,
    /// What is known without that.
    pub(super) planned: PlannedPhoto,
}

impl ChosenPhoto {
    /// What is in it.
    pub(super) fn said(&self) -> Result<Option<&Probed>, JobError> {
        self.content.as_ref().map(Result::as_ref).transpose().map_err(Clone::clone)
    }

    /// When it was taken, as it says itself.
    fn date(&self) -> Option<DateTime> {
        self.said().ok().flatten().and_then(|said| said.date)
    }

    /// The job, once it is known what to do.
    pub(super) fn job(&self, action: Action, by_time: bool) -> PlannedJob {
        let bytes = self.found.state.as_ref().map_or(0, |state| state.bytes);
        let FoundInput { path, shown, .. } = &self.found;
        let dated_by_file = by_time && self.date().is_none() && !action.outputs().is_empty();
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
    match request.sort_by {
        SortBy::Name => {}
        // Those of one moment stay in the order of their names.
        SortBy::Date => photos.sort_by_key(|photo| photo.date().unwrap_or(photo.planned.changed)),
    }
    // Numbers have the digits of the last one, so that they are in order by name as well.
    let last = request.start.saturating_add(photos.len() as u64).saturating_sub(1);
    let digits = last.to_string().len();
    photos.iter_mut().zip(request.start..).for_each(|(photo, index)| photo.planned.index = (index, digits));
    photos
}

fn looked_at(request: &PlanRequest<'_>, found: Vec<FoundInput>, probe: Probe<'_>) -> Vec<ChosenPhoto> {
    let is_asked = request.names.iter().any(NameTemplate::needs_probe)
        || request.selection.asks_marks()
        || request.sort_by == SortBy::Date;
    // Workers fill texts in: they look into the photo anyway.
    let is_asked_later = request.recipe.texts().any(Template::asks_photo);
    let good = found.iter().filter(|found| is_asked && found.state.is_ok());
    let files: Vec<PhotoFiles> = good
        .map(|found| PhotoFiles {
            input: found.path.clone(),
            sidecars: sidecars::beside(&found.path, request.fence),
        })
        .collect();
    let mut answers = if files.is_empty() { Vec::new() } else { probe(files) }.into_iter();
    let photo = |found: FoundInput| {
        let content = if is_asked && found.state.is_ok() { answers.next() } else { None };
        let beside = if is_asked_later { sidecars::beside(&found.path, request.fence) } else { Vec::new() };
        let planned = PlannedPhoto {
            dir: found.dir.clone().into(),
            changed: found.state.as_ref().map(|state| state.modified.by_clock()).unwrap_or_default(),
            sidecars: beside.into_iter().map(WirePath).collect(),
            ..PlannedPhoto::default()
        };
        ChosenPhoto { found, content, planned }
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
