//! Reports in their formats. Written when everything is over, on the thread that ran it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::fold::Timeline;
use super::wire::Report;
use super::{csv, page, place};

/// What a report file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    /// Everything, for programs.
    Json,
    /// One row per image, for spreadsheets.
    Csv,
    /// One self-contained page with plots, for people.
    Html,
}

impl ReportFormat {
    /// The format that a file's name asks for by its ending; `None` if there is none of that name.
    pub(crate) fn of(path: &Path) -> Option<ReportFormat> {
        let ending = path.extension()?;
        let known = [("json", ReportFormat::Json), ("csv", ReportFormat::Csv), ("html", ReportFormat::Html)];
        known.into_iter().find(|(name, _)| ending.eq_ignore_ascii_case(name)).map(|(_, format)| format)
    }

    /// Writes a report in this format. `timeline` is for the plots; without lanes there are none.
    pub(crate) fn write(self, out: &mut dyn Write, report: &Report, timeline: &Timeline) -> io::Result<()> {
        match self {
            ReportFormat::Json => {
                serde_json::to_writer_pretty(&mut *out, report)?;
                out.write_all(b"\n")
            }
            ReportFormat::Csv => csv::write(out, report),
            ReportFormat::Html => out.write_all(page::page(report, timeline).as_bytes()),
        }
    }
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report {}: {error}", pool::escape::escape(path))]
pub(crate) struct WriteError {
    /// Where it was to go.
    pub path: PathBuf,
    /// What happened.
    #[source]
    pub error: io::Error,
}

/// Writes a report to its place.
pub(crate) fn write_file(
    path: &Path,
    format: ReportFormat,
    report: &Report,
    timeline: &Timeline,
) -> Result<(), WriteError> {
    write_to(path, |out| format.write(out, report, timeline))
}

/// The same for whatever `write` writes.
pub(crate) fn write_to(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    place::put(path, write).map_err(|error| WriteError { path: path.to_owned(), error })
}
