//! A run that is over, and where its report goes. A [`FinishedRun`] owns the output folder; a [`ToldRun`] has
//! given it back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::plan::Plan;
use crate::report::place::Place;
use crate::report::write::{ReportFormat, WriteError, write_file};
use crate::report::{Report, Timeline};
use engine::Ending;
use pool::output_folder::OutputFolder;

/// A run that is over. It still holds its output folder.
#[derive(Debug)]
pub(crate) struct FinishedRun {
    /// How it ended.
    pub ending: Ending,
    /// What became of every image.
    pub report: Report,
    /// What every lane did when.
    pub timeline: Timeline,
    /// How long it took.
    pub wall: Duration,
    /// What was planned.
    pub plan: Arc<Plan>,
    pub(super) folder: OutputFolder,
}

impl FinishedRun {
    /// Writes the report to the files that were asked for, and into the run's own folder. Says where it
    /// stands now, and what could not be written.
    pub(crate) fn write_reports(&self, asked: &[(PathBuf, ReportFormat)]) -> (Vec<PathBuf>, Vec<WriteError>) {
        let files = asked.iter().filter(|(path, _)| !may_stall(path));
        write_all(&self.folder, files, &self.report, &self.timeline)
    }

    /// Whether its lock kept every other run out to the end.
    pub(crate) fn was_alone(&self) -> bool {
        self.folder.is_ours()
    }

    /// Gives the output folder back, so that other runs may have it, and keeps what is to be told.
    pub(crate) fn give_back(self) -> ToldRun {
        let FinishedRun { ending, report, timeline, .. } = self;
        ToldRun { ending, report, timeline }
    }
}

/// A run that is over and has given its output folder back: whoever is told of it may take any time.
#[derive(Debug)]
pub(crate) struct ToldRun {
    /// How it ended.
    pub ending: Ending,
    /// What became of every image.
    pub report: Report,
    timeline: Timeline,
}

impl ToldRun {
    /// Writes the report to pipes and devices, whose readers may let it wait.
    pub(crate) fn write_to_streams(
        &self,
        asked: &[(PathBuf, ReportFormat)],
    ) -> (Vec<PathBuf>, Vec<WriteError>) {
        write_each(asked.iter().filter(|(path, _)| may_stall(path)), &self.report, &self.timeline)
    }
}

/// Whether a report that goes there may have to wait.
pub(super) fn may_stall(path: &Path) -> bool {
    Place::of(path).is_ok_and(Place::may_stall)
}

/// Where the report of a run is, whatever else was asked for.
pub(super) fn own_report(folder: &OutputFolder) -> PathBuf {
    folder.state().join("report.json")
}

/// Writes a report where it was asked for, and into the run's own folder. Says where it stands now, and what
/// could not be written.
pub(super) fn write_all<'a>(
    folder: &OutputFolder,
    asked: impl Iterator<Item = &'a (PathBuf, ReportFormat)>,
    report: &Report,
    timeline: &Timeline,
) -> (Vec<PathBuf>, Vec<WriteError>) {
    let own = (own_report(folder), ReportFormat::Json);
    // Where the folder was taken away and made anew, it is another run's.
    let own = folder.is_nobody_elses().then_some(&own);
    let (mut written, mut not_written) = write_each(asked, report, timeline);
    let (of_folder, not_of_folder) = write_each(own.into_iter(), report, timeline);
    written.extend(of_folder);
    not_written.extend(not_of_folder);
    (written, not_written)
}

fn write_each<'a>(
    asked: impl Iterator<Item = &'a (PathBuf, ReportFormat)>,
    report: &Report,
    timeline: &Timeline,
) -> (Vec<PathBuf>, Vec<WriteError>) {
    let (mut written, mut not_written) = (Vec::new(), Vec::new());
    for (path, format) in asked {
        match write_file(path, *format, report, timeline) {
            Ok(()) => written.push(path.clone()),
            Err(error) => not_written.push(error),
        }
    }
    (written, not_written)
}
