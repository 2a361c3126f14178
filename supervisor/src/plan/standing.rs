//! What stands where an output must go, and whose it is.

use std::fs;
use std::io;
use std::path::Path;

use super::PlanRequest;
use super::scan::Scan;
use pool::journal::{FileState, Origin, Proof};

/// What stands under an output's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    Nothing,
    /// This very output, with nothing to be done about it.
    Current {
        state: FileState,
        by_older_revision: bool,
    },
    /// An output of this input that will be made again.
    Stale(FileState),
    /// The output of another image of this run, which gets another name now.
    OfOther {
        state: FileState,
        input: &'a Path,
    },
    /// A file or a link of somebody else, or the result of an image that is not in this run.
    Foreign {
        /// That image, as far as it may be named.
        made_of: Option<&'a Path>,
    },
    /// One of the inputs, which is never replaced.
    Input,
    /// What cannot be replaced by a file, in words.
    Obstacle(&'static str),
}

/// What stands under `name` below the output folder, seen as the output of `origin`.
pub(super) fn standing<'a>(
    request: &PlanRequest<'a>,
    scan: &Scan,
    name: &Path,
    origin: &Origin<'_>,
) -> Standing<'a> {
    let path = request.output.join(name);
    let metadata = match fs::symlink_metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Standing::Obstacle("a file is where its folder must go");
        }
        Err(_) => return Standing::Nothing,
    };
    let file_type = metadata.file_type();
    let target = if file_type.is_symlink() { fs::metadata(&path).ok() } else { Some(metadata.clone()) };
    if scan.is_input(&path, target.as_ref()) {
        return Standing::Input;
    }
    if !file_type.is_file() && !file_type.is_symlink() {
        return Standing::Obstacle("something other than a file is there");
    }
    match request.history.judge(name, &path, &metadata, origin, request.settings) {
        Proof::Current { by_older_revision } => match request.fresh || request.refresh && by_older_revision {
            false => Standing::Current { state: FileState::of(&metadata), by_older_revision },
            true => Standing::Stale(FileState::of(&metadata)),
        },
        Proof::Stale => Standing::Stale(FileState::of(&metadata)),
        Proof::OfOther(input) if scan.is_in_run(input, fs::metadata(input).ok().as_ref()) => {
            Standing::OfOther { state: FileState::of(&metadata), input }
        }
        Proof::OfOther(input) => {
            Standing::Foreign { made_of: Some(input).filter(|input| request.fence.allows(input)) }
        }
        Proof::None => Standing::Foreign { made_of: None },
    }
}
