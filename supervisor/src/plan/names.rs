//! Output names: made from the template, then settled against each other and against what stands on the disk.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use protocol::filter::geometry::Size;
use protocol::format::Format;
use protocol::outcome::Probed;
use protocol::{ErrorKind, JobError, Stage};
use unicode_normalization::UnicodeNormalization;

use super::scan::{Facts, Found, Scan, sniff};
use super::{Action, Field, OnConflict, PlanError, PlanRequest, PlannedJob, Probe};
use crate::escape::escape;
use crate::verdict::SkipReason;

/// The longest name that the usual file systems allow, in bytes.
const MAX_NAME: usize = 255;

/// A job on its way to its name.
struct Wanted<'a> {
    found: &'a Found,
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
    let wanted: Vec<Wanted<'_>> = scan
        .found
        .iter()
        .zip(probed)
        .zip(1..)
        .map(|((found, probed), index)| Wanted {
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
    let good = scan.found.iter().filter(|found| found.facts.is_ok());
    let paths: Vec<PathBuf> = good.map(|found| found.path.clone()).collect();
    let mut answers = probe(&paths).into_iter();
    let answer = |found: &Found| found.facts.is_ok().then(|| answers.next()).flatten();
    scan.found.iter().map(answer).collect()
}

fn name_of(
    request: &PlanRequest<'_>,
    found: &Found,
    probed: Option<Result<Probed, JobError>>,
    index: &str,
) -> Result<(PathBuf, Format), JobError> {
    let facts = found.facts.as_ref().map_err(Clone::clone)?;
    let probed = probed.transpose()?;
    let format = output_format(request, found);
    let size = probed.as_ref().map(|probed| {
        let size = Size::new(probed.width, probed.height);
        request.recipe.filters.iter().fold(size, |size, filter| filter.output_size(size))
    });
    let name = request.name.fill(|field| match field {
        Field::Dir => found.dir.clone().into_os_string(),
        Field::Stem => found.path.file_stem().unwrap_or_default().to_owned(),
        Field::Ext => extension(&found.path, format),
        Field::Index => index.into(),
        Field::Parent => found.path.parent().and_then(Path::file_name).unwrap_or_default().to_owned(),
        Field::Date => {
            probed.as_ref().and_then(|probed| probed.date.clone()).unwrap_or_else(|| day_of(facts)).into()
        }
        Field::Width => size.map_or(0, |size| size.width).to_string().into(),
        Field::Height => size.map_or(0, |size| size.height).to_string().into(),
        Field::Camera => {
            let camera = probed.as_ref().and_then(|probed| probed.camera.as_deref()).map(str::trim);
            camera.filter(|camera| !camera.is_empty()).unwrap_or("unknown").into()
        }
    });
    let too_long = name.components().any(|component| component.as_os_str().len() > MAX_NAME);
    if too_long {
        let detail = format!("the output's name would be longer than {MAX_NAME} bytes");
        return Err(JobError::new(Stage::Write, ErrorKind::WriteFailed, detail));
    }
    Ok((name, format))
}

/// The content decides, not the extension; what is no picture by its content gets as far as the worker, which says so.
fn output_format(request: &PlanRequest<'_>, found: &Found) -> Format {
    request.recipe.output.format.unwrap_or_else(|| {
        let by_name = || found.path.extension().and_then(OsStr::to_str).and_then(Format::from_extension);
        sniff(&found.path).or_else(by_name).map_or(Format::Jpeg, Format::kept)
    })
}

/// The input's own extension if it names the output's format, else the usual one.
fn extension(input: &Path, format: Format) -> OsString {
    let own = input.extension().filter(|own| own.to_str().and_then(Format::from_extension) == Some(format));
    own.map_or_else(|| format.info().extensions[0].into(), OsStr::to_owned)
}

fn day_of(facts: &Facts) -> String {
    let time = jiff::Timestamp::try_from(facts.modified).unwrap_or_default();
    time.to_zoned(TimeZone::system()).date().to_string()
}

/// What a name is on a file system that ignores case and ways to write accents.
fn folded(name: &Path) -> Vec<u8> {
    let mut key = Vec::new();
    for chunk in name.as_os_str().as_bytes().utf8_chunks() {
        key.extend(chunk.valid().nfc().flat_map(char::to_lowercase).collect::<String>().bytes());
        key.extend(chunk.invalid());
    }
    key
}

fn assign(
    request: &PlanRequest<'_>,
    scan: &Scan,
    wanted: Vec<Wanted<'_>>,
) -> Result<Vec<PlannedJob>, PlanError> {
    let mut taken: HashMap<Vec<u8>, &Path> = HashMap::new();
    let (mut collisions, mut conflicts, mut onto_inputs) = (Vec::new(), Vec::new(), Vec::new());
    let mut jobs = Vec::with_capacity(wanted.len());
    for Wanted { found, name } in wanted {
        let action = match name {
            Err(error) => Action::Fail(error),
            Ok((name, format)) => {
                let name = match request.on_conflict {
                    OnConflict::Unique => free_name(request.output, name, |key| taken.contains_key(key)),
                    OnConflict::Error | OnConflict::Skip | OnConflict::Overwrite => name,
                };
                if let Some(other) = taken.insert(folded(&name), &found.shown) {
                    let (one, two) = (escape(other), escape(&found.shown));
                    collisions.push(format!("{one} and {two}: {}", escape(&name)));
                }
                let output = request.output.join(&name);
                let line = || format!("{} for {}", escape(&output), escape(&found.shown));
                let existing = fs::metadata(&output).ok();
                let is_input = existing.as_ref().is_some_and(|file| scan.contains((file.dev(), file.ino())));
                let is_there = existing.is_some() || output.is_symlink();
                let replaceable = existing.as_ref().is_some_and(fs::Metadata::is_file) || output.is_symlink();
                match (is_there, request.on_conflict) {
                    (true, OnConflict::Skip) => Action::Skip { output, reason: SkipReason::Exists },
                    _ if is_input => {
                        onto_inputs.push(line());
                        Action::Process { output, format, replace: false }
                    }
                    (true, OnConflict::Overwrite) if replaceable => {
                        Action::Process { output, format, replace: true }
                    }
                    (true, OnConflict::Error | OnConflict::Unique | OnConflict::Overwrite) => {
                        conflicts.push(line());
                        Action::Process { output, format, replace: false }
                    }
                    (false, _) => Action::Process { output, format, replace: false },
                }
            }
        };
        let bytes = found.facts.as_ref().map_or(0, |facts| facts.bytes);
        jobs.push(PlannedJob { input: found.path.clone(), shown: found.shown.clone(), bytes, action });
    }
    match (collisions.is_empty(), onto_inputs.is_empty(), conflicts.is_empty()) {
        (true, true, true) => Ok(jobs),
        (false, _, _) => Err(PlanError::Collisions(collisions)),
        (true, false, _) => Err(PlanError::WouldReplaceInput(onto_inputs)),
        (true, true, false) => Err(PlanError::Conflicts(conflicts)),
    }
}

/// The name itself, or with the first number that makes it free in the plan and on the disk.
fn free_name(output: &Path, name: PathBuf, is_taken: impl Fn(&[u8]) -> bool) -> PathBuf {
    let is_free = |name: &Path| !is_taken(&folded(name)) && fs::symlink_metadata(output.join(name)).is_err();
    let mut candidate = name.clone();
    let mut number = 0u32;
    while !is_free(&candidate) {
        number += 1;
        let mut file = name.file_stem().unwrap_or_default().to_owned();
        file.push(format!("-{number}"));
        if let Some(extension) = name.extension() {
            file.push(".");
            file.push(extension);
        }
        candidate = name.with_file_name(file);
    }
    candidate
}
