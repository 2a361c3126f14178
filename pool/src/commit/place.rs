//! Names for the results of a photo: all of them get theirs, or none does. No state; runs on the commit
//! thread.
//!
//! Where there are several, an older file of the same name is kept aside until all of them stand, and goes
//! back if one cannot. After a kill in between, `recovery` does the one or the other.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use tracing::debug;

use super::{ReadyResult, Replace};
use crate::escape::escape;
use crate::journal::FileState;

/// What is put behind the name of a staging file for the older file in whose place it goes.
const OLDER: &str = ".older";

/// Where the older file waits.
pub(super) fn aside(staging: &Path) -> PathBuf {
    let mut name = OsString::from(staging);
    name.push(OLDER);
    name.into()
}

/// Why no result of a photo got its name.
#[derive(Debug)]
pub(super) struct Unplaced {
    /// The one of several results that could not.
    pub(super) output: Option<PathBuf>,
    pub(super) error: io::Error,
}

impl From<io::Error> for Unplaced {
    fn from(error: io::Error) -> Unplaced {
        Unplaced { output: None, error }
    }
}

/// Gives all results of a photo their names, or takes back what it did.
pub(super) fn place_all(results: &[ReadyResult], root: &Path) -> Result<(), Unplaced> {
    if let [only] = results {
        return Ok(place(only, root)?);
    }
    for (placed, result) in results.iter().enumerate() {
        if let Err(error) = keep_older(result).and_then(|()| place(result, root)) {
            put_older_back(result);
            results[..placed].iter().rev().for_each(take_back);
            return Err(Unplaced { output: Some(result.planned.output.clone()), error });
        }
    }
    results.iter().for_each(|result| remove(&aside(&result.staging)));
    Ok(())
}

/// Gives the file that may be replaced a second name; where the file system knows no second names, it loses
/// its own until the new one stands.
fn keep_older(result: &ReadyResult) -> io::Result<()> {
    let (output, aside) = (&result.planned.output, aside(&result.staging));
    if !may_replace(result) || output.symlink_metadata().is_err() {
        return Ok(());
    }
    std::fs::hard_link(output, &aside).or_else(|_| std::fs::rename(output, &aside))
}

fn put_older_back(result: &ReadyResult) {
    let aside = aside(&result.staging);
    if aside.symlink_metadata().is_ok() {
        said(&aside, std::fs::rename(&aside, &result.planned.output));
    }
}

/// Undoes what [`place`] did. What cannot be undone is known to the journal, and made again by the next run.
fn take_back(result: &ReadyResult) {
    said(&result.staging, std::fs::rename(&result.planned.output, &result.staging));
    put_older_back(result);
}

fn remove(file: &Path) {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        result => said(file, result),
    }
}

fn said(file: &Path, result: io::Result<()>) {
    if let Err(error) = result {
        debug!(file = %escape(file), %error, "cannot be put back");
    }
}

fn place(result: &ReadyResult, root: &Path) -> io::Result<()> {
    rename(result).or_else(|error| {
        let below = result.planned.output.parent().and_then(|folder| folder.strip_prefix(root).ok());
        match below {
            Some(below) if error.kind() == io::ErrorKind::NotFound => make_folders(root, below)?,
            Some(_) | None => return Err(error),
        }
        rename(result)
    })
}

/// Makes the folders below `root`, and never `root` itself: an output folder that was taken away is not made
/// again.
pub fn make_folders(root: &Path, below: &Path) -> io::Result<()> {
    let mut folder = root.to_owned();
    for name in below {
        folder.push(name);
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => result?,
        }
    }
    Ok(())
}

/// Whether what is under a result's name may be replaced.
fn may_replace(result: &ReadyResult) -> bool {
    match result.planned.replace {
        Replace::Nothing => false,
        // An hour may have passed. If it is gone, or is another one now, nothing may be replaced.
        Replace::Ours(state) => std::fs::symlink_metadata(&result.planned.output)
            .is_ok_and(|metadata| metadata.is_file() && FileState::of(&metadata) == state),
        Replace::Anything => true,
    }
}

fn rename(result: &ReadyResult) -> io::Result<()> {
    give_name(&result.staging, &result.planned.output, may_replace(result))
}

/// Gives a finished file its name on the same file system, by one rename, which replaces a file only if it
/// may.
pub fn give_name(staging: &Path, output: &Path, replaces: bool) -> io::Result<()> {
    if replaces {
        return std::fs::rename(staging, output);
    }
    match rustix::fs::renameat_with(CWD, staging, CWD, output, RenameFlags::NOREPLACE) {
        // Some file systems cannot; a hard link is as careful, in two steps.
        Err(Errno::INVAL | Errno::NOSYS) => link_then_unlink(staging, output),
        result => Ok(result?),
    }
}

pub(super) fn link_then_unlink(staging: &Path, output: &Path) -> io::Result<()> {
    std::fs::hard_link(staging, output)?;
    std::fs::remove_file(staging)
}
