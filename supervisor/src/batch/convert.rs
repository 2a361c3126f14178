//! One photo: a run over it alone, with no trace of its own. A run reads files and writes files; what comes
//! through standard input is a file of the run's scratch folder first, and what goes to standard output is
//! there last, so that it is written once it is whole.
//!
//! Owns that folder, which stands beside the result, on its disk, or among temporary files where there is
//! none. Several at once may write to one folder.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use pool::escape::escape;
use pool::output_folder::OutputFolderError;

use super::settings::RunSettings;
use super::{PlannedRun, RunError};
use crate::console::{Patient, complain};
use crate::exit::Exit;
use crate::plan::{Clash, PlanError};
use crate::report::wire::Image;
use crate::scratch::Scratch;

/// How the names of scratch folders begin.
const SCRATCH: &str = ".supervisor-convert-";

/// Where a photo comes from, or goes to.
#[derive(Debug)]
pub(crate) enum PhotoEnd {
    /// Standard input, or standard output.
    Stream,
    /// A file; that of a result by its absolute name.
    File(PathBuf),
}

/// A photo to be converted.
#[derive(Debug)]
pub(crate) struct Conversion {
    /// Where it comes from.
    pub from: PhotoEnd,
    /// Where the result goes.
    pub to: PhotoEnd,
    /// The rest, as for any run; its inputs and folders are known only here.
    pub settings: RunSettings,
}

/// Why it was not converted.
#[derive(Debug, thiserror::Error)]
enum NotConverted {
    /// Standard input cannot be read to its end, or not be kept.
    #[error("standard input cannot be kept in {}: {error}", escape(.folder))]
    Input {
        /// The scratch folder.
        folder: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The run did not happen.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl NotConverted {
    fn exit(&self) -> Exit {
        match self {
            NotConverted::Input { error, .. } if error.kind() == io::ErrorKind::IsADirectory => Exit::Usage,
            NotConverted::Input { .. } => Exit::TryAgain,
            NotConverted::Run(error) => error.exit(),
        }
    }
}

/// Converts it, and says what there is to say of it.
pub(crate) fn convert(conversion: Conversion) -> Exit {
    converted(conversion).unwrap_or_else(|error| {
        match &error {
            NotConverted::Run(RunError::Plan(error)) => complain(&of_one_photo(error)),
            NotConverted::Run(_) | NotConverted::Input { .. } => complain(&error),
        }
        error.exit()
    })
}

/// Why there is no plan, where there is one photo and the name of its result.
fn of_one_photo(error: &PlanError) -> String {
    let first = |clashes: &[Clash]| clashes.first().map(|clash| clash.output.clone()).unwrap_or_default();
    match error {
        PlanError::WouldReplaceInput(clashes) => {
            let output = escape(&first(clashes));
            format!("{output} is the photo itself, which is never replaced; choose another name")
        }
        PlanError::Conflicts(clashes) => {
            let output = first(clashes);
            let is_file = output.symlink_metadata().is_ok_and(|there| there.is_file() || there.is_symlink());
            let (output, name) = (escape(&output), "give the result another name");
            match is_file {
                true => {
                    format!("{output} is there already; {name}, or --on-conflict overwrite to replace it")
                }
                false => format!("{output} is there already, and is no file; {name}"),
            }
        }
        PlanError::NoSuchInput { .. }
        | PlanError::OutsideBase { .. }
        | PlanError::NoInput { .. }
        | PlanError::OutputIsFile(_)
        | PlanError::Collisions(_) => error.to_string(),
    }
}

fn converted(Conversion { from, to, mut settings }: Conversion) -> Result<Exit, NotConverted> {
    let scratch = scratch(&to)?.goes_with_a_signal().map_err(RunError::Io)?;
    settings.state = scratch.path().join("state");
    settings.leaves_output_open = true;
    settings.output = match &to {
        PhotoEnd::File(file) => folder(file).to_owned(),
        PhotoEnd::Stream => scratch.path().join("result"),
    };
    settings.inputs = vec![match &from {
        PhotoEnd::File(file) => file.clone(),
        PhotoEnd::Stream => spool(&scratch)
            .map_err(|error| NotConverted::Input { folder: scratch.path().to_owned(), error })?,
    }];
    let mut planned = PlannedRun::make(&settings)?;
    // Said at the end, when it is so.
    planned.prepared.plan_mut().way_given.clear();
    if matches!(from, PhotoEnd::Stream) {
        planned.prepared.plan_mut().jobs.iter_mut().for_each(|job| job.shown = "standard input".into());
    }
    let results = planned.plan().jobs.iter().flat_map(|job| job.action.outputs());
    let result = results.map(Path::to_owned).next();
    let mut over = planned.carry_out(&settings)?;
    if matches!(to, PhotoEnd::Stream) {
        over.finished.report.images.iter_mut().for_each(goes_to_a_stream);
    }
    let ended = over.told(&settings)?;
    ended.tell_troubles(settings.quiet);
    let exit = ended.exit(&settings);
    match (to, result) {
        (PhotoEnd::Stream, Some(result)) if exit == Exit::Success => return Ok(send(&result)),
        (PhotoEnd::File(file), Some(result)) if exit == Exit::Success && file != result => {
            complain(&format!("note: the result is {}", escape(&result)));
        }
        (PhotoEnd::Stream | PhotoEnd::File(_), _) => {}
    }
    Ok(exit)
}

/// The folder that a file stands in.
fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new("/"))
}

fn scratch(to: &PhotoEnd) -> Result<Scratch, RunError> {
    let (made, parent) = match to {
        PhotoEnd::File(file) => (Scratch::make_in(folder(file), SCRATCH), folder(file).to_owned()),
        PhotoEnd::Stream => (Scratch::make(SCRATCH), std::env::temp_dir()),
    };
    made.map_err(|error| OutputFolderError::Io { path: parent, error }.into())
}

/// Takes in standard input to its end. Its name is what `{stem}` says in texts.
fn spool(scratch: &Scratch) -> io::Result<PathBuf> {
    let path = scratch.path().join("stdin");
    io::copy(&mut io::stdin().lock(), &mut File::create_new(&path)?)?;
    Ok(path)
}

fn goes_to_a_stream(image: &mut Image) {
    let files = image.outputs.iter_mut().map(|output| &mut output.output).chain(&mut image.output);
    files.for_each(|file| *file = "standard output".to_owned());
}

/// Writes the finished photo to standard output.
fn send(photo: &Path) -> Exit {
    let mut out = Patient(io::stdout().lock());
    let sent = File::open(photo).and_then(|mut photo| io::copy(&mut photo, &mut out));
    match sent.and_then(|_| out.flush()) {
        Ok(()) => Exit::Success,
        Err(error) => {
            complain(&format!("cannot write the photo to standard output: {error}"));
            Exit::TryAgain
        }
    }
}
