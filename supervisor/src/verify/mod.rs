//! Whether the results in a folder are as a run left them, by its journal or by a manifest: on the disk that
//! they were made on, or wherever they were copied to. Reads the disk, changes nothing.
//!
//! May use `batch`, `report`, `plan`.

mod expected;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use pool::escape::escape;
use walkdir::{DirEntry, WalkDir};

use crate::console::{complain, print};
use crate::exit::Exit;
use crate::plan::is_left_alone;
use crate::report::manifest::is_manifest;
use crate::units::amount;
use expected::Expected;

/// What to look at.
#[derive(Debug)]
pub(crate) struct VerifySettings {
    /// The folder with the results.
    pub output: PathBuf,
    /// The manifest that says what must be there; without one the journal does.
    pub manifest: Option<PathBuf>,
    /// Where that journal is.
    pub state: PathBuf,
}

/// Something that is not as a run left it.
#[derive(Debug)]
enum Finding {
    /// A result is not there.
    Missing,
    /// A result is another one now, or cannot be read.
    Changed(Option<io::Error>),
    /// A file is there that is no result.
    Foreign,
    /// A folder cannot be looked into.
    Unreadable(io::Error),
}

/// Says what is missing, changed or foreign.
pub(crate) fn verify(settings: &VerifySettings) -> Exit {
    let expected = match Expected::of(settings) {
        Ok(expected) => expected,
        Err(error) => {
            complain(&error);
            return Exit::Usage;
        }
    };
    if let Some(damage) = &expected.damage {
        complain(&format!("note: {damage}"));
    }
    let mut findings = of_results(settings, &expected);
    findings.extend(of_others(settings, &expected));
    findings.sort_by(|(one, _), (other, _)| one.cmp(other));
    let printed = print(&told(&expected, &findings));
    if findings.is_empty() { printed } else { Exit::SomeFailed }
}

/// What is wrong with the results that must be there.
fn of_results(settings: &VerifySettings, expected: &Expected) -> Vec<(PathBuf, Finding)> {
    let finding = |(name, content): (&PathBuf, &expected::ExpectedContent)| {
        let found = match content.is_in(&settings.output.join(name)) {
            Ok(true) => return None,
            Ok(false) => Finding::Changed(None),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Finding::Missing
            }
            Err(error) => Finding::Changed(Some(error)),
        };
        Some((name.clone(), found))
    };
    expected.results.iter().filter_map(finding).collect()
}

/// The files that are no results. Hidden ones are left alone, as everywhere.
fn of_others(settings: &VerifySettings, expected: &Expected) -> Vec<(PathBuf, Finding)> {
    let root = &settings.output;
    let real = root.canonicalize().unwrap_or_else(|_| root.clone());
    let photos: HashSet<&Path> = expected.photos.iter().map(PathBuf::as_path).collect();
    let is_wanted = |entry: &DirEntry| entry.depth() == 0 || !is_left_alone(entry.file_name());
    let mut findings = Vec::new();
    for entry in WalkDir::new(root).into_iter().filter_entry(is_wanted) {
        let (name, finding) = match entry {
            Ok(entry) if entry.file_type().is_dir() => continue,
            Ok(entry) => (entry.into_path(), Finding::Foreign),
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                (path, Finding::Unreadable(error.into_io_error().unwrap_or(io::ErrorKind::Other.into())))
            }
        };
        let below = name.strip_prefix(root).unwrap_or(&name);
        let is_known =
            expected.results.contains_key(below) || photos.contains(&*real.join(below)) || is_manifest(&name);
        if !(matches!(finding, Finding::Foreign) && is_known) {
            findings.push((below.to_owned(), finding));
        }
    }
    findings
}

/// A line for each finding, and how many of each there are.
fn told(expected: &Expected, findings: &[(PathBuf, Finding)]) -> String {
    let (mut missing, mut changed, mut foreign, mut unreadable) = (0, 0, 0, 0);
    let mut text = String::new();
    for (name, finding) in findings {
        let name = escape(name);
        text += &match finding {
            Finding::Missing => {
                missing += 1;
                format!("missing: {name}\n")
            }
            Finding::Changed(why) => {
                changed += 1;
                let why = why.as_ref().map(|error| format!(" (it cannot be read: {error})"));
                format!("changed: {name}{}\n", why.unwrap_or_default())
            }
            Finding::Foreign => {
                foreign += 1;
                format!("foreign: {name}\n")
            }
            Finding::Unreadable(error) => {
                unreadable += 1;
                format!("unreadable: {name} ({error})\n")
            }
        };
    }
    let results = expected.results.len();
    text += &format!("{}: {} as they were made", amount(results, "result"), results - missing - changed);
    let counts =
        [(missing, "missing"), (changed, "changed"), (foreign, "foreign"), (unreadable, "unreadable")];
    for (count, word) in counts.into_iter().filter(|(count, _)| *count > 0) {
        text += &format!(", {count} {word}");
    }
    text + "\n"
}
