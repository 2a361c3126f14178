//! The output folder while a run uses it: the locks that keep a second run out, and the staging folder.
//!
//! Owns the state folder, `OUTPUT/.supervisor/` unless another was asked for, from [`OutputFolder::open`]
//! until it is dropped. What an earlier run left in staging when it was killed is swept first: with the
//! lock held, nobody else can be using it. If the folder is taken away and a successor makes it anew, it is
//! the successor's: each run has a staging folder of a name of its own, and before anything else is touched
//! the lock is compared.

mod held;
mod lock;

use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tracing::{debug, warn};

use crate::escape::escape;
use crate::replace_file::HALF_WRITTEN;
use lock::LOCK;

pub use lock::Lock;

/// The folder inside the output folder that holds the run's own state.
pub const STATE_FOLDER: &str = ".supervisor";
/// How the names of folders for sockets begin.
const TEMPORARY: &str = ".tmp";
/// The folder in it in which each run has its staging folder.
const STAGING: &str = "staging";

/// Why an output folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum OutputFolderError {
    /// Another run has it.
    #[error("another run is writing to {}; wait for it to end, or choose another output folder", escape(.0))]
    Busy(PathBuf),
    /// Another run has its state, and may write elsewhere.
    #[error("another run keeps its state in {}; wait for it to end, or choose another folder for the state",
        escape(.0))]
    StateBusy(PathBuf),
    /// The file system said no.
    #[error("cannot use {} as output folder: {error}", escape(.path))]
    Io {
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// The file system said no to the folder for state.
    #[error("cannot keep the state of the run in {}: {error}", escape(.path))]
    State {
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

impl OutputFolderError {
    /// Another run has the lock in the state folder.
    fn busy(output: &Path, state: &Path) -> OutputFolderError {
        match state.starts_with(output) {
            true => OutputFolderError::Busy(output.to_owned()),
            false => OutputFolderError::StateBusy(state.to_owned()),
        }
    }
}

/// Where the state of the runs on an output folder lives, unless another folder is asked for.
pub fn state_folder(output: &Path) -> PathBuf {
    output.join(STATE_FOLDER)
}

/// The folder in a state folder in which each run has its staging folder.
pub(crate) fn staging_of_all(state: &Path) -> PathBuf {
    state.join(STAGING)
}

/// A locked output folder.
#[derive(Debug)]
pub struct OutputFolder {
    state: PathBuf,
    /// For this run alone.
    staging: PathBuf,
    /// Whether a file cannot simply be renamed from staging into the output folder.
    is_elsewhere: bool,
    lock: Lock,
}

impl OutputFolder {
    /// Makes output and state folder if need be, locks them as far as `lock` does not already, and clears
    /// staging.
    pub fn open(output: &Path, state: &Path, mut lock: Lock) -> Result<Self, OutputFolderError> {
        let of_output = |error| OutputFolderError::Io { path: output.to_owned(), error };
        let of_state = |error| OutputFolderError::State { path: state.to_owned(), error };
        fs::create_dir_all(output).map_err(of_output)?;
        fs::create_dir_all(state).map_err(of_state)?;
        let is_used = lock.is_of_used();
        lock.complete(output, state)?;
        let state = state.to_owned();
        let of_all = staging_of_all(&state);
        if !is_used && !state.ends_with(STATE_FOLDER) && of_all.symlink_metadata().is_ok() {
            let whose = format!("there is a {STAGING} in it that no run has left");
            return Err(of_state(io::Error::new(io::ErrorKind::AlreadyExists, whose)));
        }
        if is_used {
            remove_all(&of_all).map_err(of_state)?;
            remove_half_written(&state).map_err(of_state)?;
        }
        let staging = of_all.join(format!("{}-{:016x}", std::process::id(), fastrand::u64(..)));
        fs::create_dir_all(&staging).map_err(of_state)?;
        let is_elsewhere = !state.starts_with(output) && !can_rename(&staging, output).map_err(of_output)?;
        Ok(Self { state, staging, is_elsewhere, lock })
    }

    /// What keeps others out, for a run that comes right after this one.
    pub fn lock(&self) -> Lock {
        self.lock.clone()
    }

    /// Where the run's state lives.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Where workers write.
    pub fn staging(&self) -> PathBuf {
        self.staging.clone()
    }

    /// Whether results have to be copied from staging into the output folder before they can be renamed.
    pub fn is_elsewhere(&self) -> bool {
        self.is_elsewhere
    }

    /// Whether the state folder is still the one that this run opened. If it was taken away, another run may
    /// have made it anew.
    pub fn is_ours(&self) -> bool {
        self.lock.is_of(&self.state)
    }

    /// Whether nobody else has taken the state folder: it is there, with our lock or with none, since
    /// somebody removed that.
    pub fn is_nobody_elses(&self) -> bool {
        let is_free = || fs::symlink_metadata(self.state.join(LOCK)).is_err();
        self.is_ours() || self.state.is_dir() && is_free()
    }
}

/// Removes what was to take the place of the journal or the report, and was only half-written, and sockets.
fn remove_half_written(state: &Path) -> io::Result<()> {
    for entry in fs::read_dir(state)? {
        let entry = entry?;
        if entry.file_name().as_bytes().starts_with(TEMPORARY.as_bytes()) {
            remove_all(&entry.path())?;
        } else if entry.file_name().as_bytes().starts_with(HALF_WRITTEN.as_bytes()) {
            // One that cannot be removed is in nobody's way.
            if let Err(error) = fs::remove_file(entry.path()) {
                debug!(file = %escape(&entry.path()), %error, "cannot be removed");
            }
        }
    }
    Ok(())
}

/// Removes a folder with everything in it, if there is one.
fn remove_all(folder: &Path) -> io::Result<()> {
    let mut tries = 0;
    loop {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            // A worker of a killed run was just about to write; its own end is under way.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty && tries < 100 => tries += 1,
            result => return result,
        }
    }
}

/// Tries whether files can be renamed from one folder into the other: the same file system may be mounted
/// in two places, between which they cannot.
fn can_rename(from: &Path, to: &Path) -> io::Result<bool> {
    let probe = tempfile::Builder::new().prefix(HALF_WRITTEN).make_in(from, |path| File::create_new(path))?;
    let name = to.join(probe.path().file_name().unwrap_or_default());
    match fs::rename(probe.path(), &name) {
        Ok(()) => fs::remove_file(name).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Ok(false),
        Err(error) => Err(error),
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        // What cannot be removed now is swept by the next run.
        let mut swept = remove_all(&self.staging);
        if self.is_ours() {
            // A worker without a sandbox may have left something in the folder of all.
            swept = swept.and_then(|()| remove_all(&staging_of_all(&self.state)));
            swept = swept.and_then(|()| remove_half_written(&self.state));
        } else if self.is_nobody_elses() {
            // Only if it is empty: a successor may just be about to come.
            let _ = fs::remove_dir(staging_of_all(&self.state));
        }
        if let Err(error) = swept {
            warn!(folder = %escape(&self.state), %error, "cannot be swept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(output: &Path) -> Result<OutputFolder, OutputFolderError> {
        OutputFolder::open(output, &state_folder(output), Lock::default())
    }

    fn lock(output: &Path) -> Result<Lock, OutputFolderError> {
        Lock::of_existing(output, &state_folder(output))
    }

    #[test]
    fn the_lock_goes_with_the_run_even_if_a_child_holds_a_copy_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let folder = open(dir.path()).unwrap();
        let _copy = folder.lock.state.as_ref().unwrap().copy().unwrap();
        drop(folder);
        assert!(lock(dir.path()).unwrap().is_of_used());
    }

    #[test]
    fn a_lock_that_is_handed_on_lets_nobody_in_between() {
        let dir = tempfile::tempdir().unwrap();
        let (output, state) = (dir.path().join("out"), dir.path().join("out/.supervisor"));
        let first = open(&output).unwrap();
        let kept = first.lock();
        drop(first);
        assert!(matches!(lock(&output), Err(OutputFolderError::Busy(_))));
        let handed_on = Lock::handed_on(Some(kept), &output, &state).unwrap();
        let second = OutputFolder::open(&output, &state, handed_on).unwrap();
        assert!(second.is_ours() && matches!(lock(&output), Err(OutputFolderError::Busy(_))));
        // One that proves nothing any more is not kept.
        let kept = second.lock();
        drop(second);
        fs::remove_dir_all(&output).unwrap();
        let other = open(&output).unwrap();
        let error = Lock::handed_on(Some(kept), &output, &state).unwrap_err();
        assert!(matches!(error, OutputFolderError::Busy(_)), "{error}");
        drop(other);
    }

    #[test]
    fn a_second_run_is_kept_out_and_stale_files_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path()).unwrap();
        fs::write(first.staging().join("0.1"), "half").unwrap();
        assert!(matches!(lock(dir.path()), Err(OutputFolderError::Busy(_))));
        // A run that was planned before the first one began.
        assert!(matches!(open(dir.path()), Err(OutputFolderError::Busy(_))));
        // As if it had been killed: the lock goes, the file stays.
        let staging = first.staging();
        drop(first);
        fs::create_dir_all(&staging).unwrap();
        fs::write(staging.join("0.1"), "half").unwrap();
        fs::write(state_folder(dir.path()).join(".half-written-abc"), "half").unwrap();
        let lock = lock(dir.path()).unwrap();
        let second = OutputFolder::open(dir.path(), &state_folder(dir.path()), lock).unwrap();
        assert!(second.staging() != staging && !staging.exists());
        assert_eq!(fs::read_dir(second.state()).unwrap().count(), 2, "lock and staging");
    }

    #[test]
    fn a_second_run_is_kept_out_whatever_folder_its_state_is_in() {
        let dir = tempfile::tempdir().unwrap();
        let [output, one, two] = ["out", "one", "two"].map(|name| dir.path().join(name));
        let first = OutputFolder::open(&output, &one, Lock::default()).unwrap();
        let planned = Lock::of_existing(&output, &two).unwrap_err();
        let begun = OutputFolder::open(&output, &two, Lock::default()).unwrap_err();
        for error in [planned, begun] {
            assert!(matches!(&error, OutputFolderError::Busy(path) if *path == output), "{error}");
        }
        let error = Lock::of_existing(&dir.path().join("other"), &one).unwrap_err();
        assert!(matches!(&error, OutputFolderError::StateBusy(path) if *path == one), "{error}");
        drop(first);
        assert!(OutputFolder::open(&output, &two, Lock::default()).is_ok());
    }

    #[test]
    fn a_run_whose_folder_was_taken_away_touches_nothing_of_its_successor() {
        let dir = tempfile::tempdir().unwrap();
        let output = dir.path().join("out");
        let first = open(&output).unwrap();
        fs::remove_dir_all(&output).unwrap();
        let second = open(&output).unwrap();
        fs::write(second.staging().join("0.1"), "half").unwrap();
        fs::write(second.state().join(".half-written-abc"), "half").unwrap();
        assert!(!first.is_ours() && !first.is_nobody_elses() && second.is_ours());
        drop(first);
        assert!(second.staging().join("0.1").exists() && second.state().join(".half-written-abc").exists());
        drop(second);
        assert!(!state_folder(&output).join(STAGING).exists());
    }

    #[test]
    fn a_run_whose_lock_was_removed_cleans_up_behind_itself() {
        let dir = tempfile::tempdir().unwrap();
        let folder = open(dir.path()).unwrap();
        fs::remove_file(folder.state().join(LOCK)).unwrap();
        assert!(!folder.is_ours() && folder.is_nobody_elses());
        drop(folder);
        assert!(!state_folder(dir.path()).join(STAGING).exists());
        let gone = open(&dir.path().join("gone")).unwrap();
        fs::remove_dir_all(dir.path().join("gone")).unwrap();
        assert!(!gone.is_nobody_elses());
    }

    #[test]
    fn another_folder_for_state_is_used_unless_somebody_stages_there_too() {
        let dir = tempfile::tempdir().unwrap();
        let (output, state) = (dir.path().join("out"), dir.path().join("state"));
        fs::create_dir_all(state.join("staging/of/somebody")).unwrap();
        let error = OutputFolder::open(&output, &state, Lock::default()).unwrap_err();
        assert!(error.to_string().contains("staging in it that no run has left"), "{error}");
        assert!(state.join("staging/of/somebody").exists());
        let other = dir.path().join("other");
        let folder = OutputFolder::open(&output, &other, Lock::default()).unwrap();
        assert!(other.join(LOCK).exists() && !state_folder(&output).exists() && !folder.is_elsewhere());
        assert_eq!(fs::read_dir(&output).unwrap().count(), 0, "the trial leaves nothing");
    }
}
