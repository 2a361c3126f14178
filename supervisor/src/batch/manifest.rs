//! The manifest of a run that came to its end: every result that stands, those of earlier runs that are up to
//! date too, by what is on the disk now.

use std::io;
use std::path::{Path, PathBuf};

use engine::verdict::SkipReason;
use pool::escape::escape;
use pool::journal::History;
use pool::probe::PhotoFiles;

use super::finished::may_stall;
use super::grounds::size_of_each;
use super::settings::RunSettings;
use crate::plan::{Action, Plan, PlannedJob};
use crate::report::Report;
use crate::report::manifest::{Content, ManifestEntry, write};
use crate::report::wire::{Image, VerdictKind};
use crate::report::write::{WriteError, write_to};

/// Why there is no manifest.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoManifest {
    /// The run has not made all that it was to make.
    #[error("the run did not come to its end, so there is no manifest of it")]
    NotComplete,
    /// A result cannot be read.
    #[error("no manifest was written: {}: {error}", escape(.result))]
    Result { result: PathBuf, error: io::Error },
    /// A result is not as it was made.
    #[error(
        "no manifest was written: {} was changed since it was made; remove it and run the same command again",
        escape(.0)
    )]
    Changed(PathBuf),
    /// The journal cannot be read.
    #[error("no manifest was written: the journal in {}: {error}", escape(.state))]
    Journal {
        /// Where it is.
        state: PathBuf,
        error: io::Error,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A manifest on its way to its file.
#[derive(Debug)]
pub(super) struct Manifest<'a> {
    path: &'a Path,
    entries: Vec<ManifestEntry>,
}

impl<'a> Manifest<'a> {
    /// What it will say. No other run may write to the output folder meanwhile.
    pub(super) fn make(
        path: &'a Path,
        settings: &RunSettings,
        plan: &Plan,
        report: &Report,
    ) -> Result<Manifest<'a>, NoManifest> {
        let history = History::read(&settings.state)
            .map_err(|error| NoManifest::Journal { state: settings.state.clone(), error })?;
        let mut entries = Vec::new();
        for (job, image) in plan.jobs.iter().zip(&report.images).filter(|(job, image)| stand(job, image)) {
            for (index, result) in job.action.outputs().into_iter().enumerate() {
                let name = result.strip_prefix(&settings.output).unwrap_or(result).to_owned();
                let content = as_made(&history, &name, result)?;
                let size = image.outputs.get(index).and_then(|output| output.width.zip(output.height));
                entries.push(ManifestEntry { name, content, size, source: job.shown.clone() });
            }
        }
        fill_in_sizes(settings, &mut entries);
        Ok(Manifest { path, entries })
    }

    /// Whether a reader may let it wait.
    pub(super) fn may_stall(&self) -> bool {
        may_stall(self.path)
    }

    /// Writes it.
    pub(super) fn write(&self) -> Result<(), NoManifest> {
        Ok(write_to(self.path, |out| write(out, &self.entries))?)
    }
}

/// What a result holds. It must be what was written down: a manifest vouches for no change by somebody else.
fn as_made(history: &History, name: &Path, result: &Path) -> Result<Content, NoManifest> {
    let unreadable = |error| NoManifest::Result { result: result.to_owned(), error };
    let is_as_made = history.content(name).map(|recorded| recorded.is_in(result)).transpose();
    match is_as_made.map_err(unreadable)? {
        Some(true) => Content::of(result).map_err(unreadable),
        Some(false) | None => Err(NoManifest::Changed(result.to_owned())),
    }
}

/// Whether the results of a photo are there: made by this run, or up to date.
fn stand(job: &PlannedJob, image: &Image) -> bool {
    let is_current = matches!(job.action, Action::Skip { reason: SkipReason::UpToDate { .. }, .. });
    is_current || image.verdict == VerdictKind::Ok
}

/// The sizes of those that earlier runs made. Where no worker can tell, as of formats that are only written,
/// there is none.
fn fill_in_sizes(settings: &RunSettings, entries: &mut [ManifestEntry]) {
    let unknown: Vec<&mut ManifestEntry> = entries.iter_mut().filter(|entry| entry.size.is_none()).collect();
    if unknown.is_empty() {
        return;
    }
    let file = |entry: &&mut ManifestEntry| PhotoFiles {
        input: settings.output.join(&entry.name),
        sidecars: Vec::new(),
    };
    let sizes = size_of_each(settings, unknown.iter().map(file).collect());
    unknown.into_iter().zip(sizes).for_each(|(entry, size)| entry.size = size);
}
