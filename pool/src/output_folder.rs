//! The output folder while a run uses it: the lock that keeps a second run out, and the staging folder.
//!
//! Owns `OUTPUT/.supervisor/` from [`OutputFolder::open`] until it is dropped. What an earlier run left in
//! staging when it was killed is swept first: with the lock held, nobody else can be using it.

use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use tracing::{debug, warn};

use crate::escape::escape;
use crate::replace_file::HALF_WRITTEN;

/// The folder inside the output folder that holds the run's own state.
pub const STATE_FOLDER: &str = ".supervisor";
/// The file in it that the lock lies on.
const LOCK: &str = "lock";

/// Why an output folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum OutputFolderError {
    /// Another run has it.
    #[error("another run is writing to {}; wait for it to end, or choose another output folder", escape(.0))]
    Busy(PathBuf),
    /// The file system said no.
    #[error("cannot use {} as output folder: {error}", escape(.path))]
    Io {
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

/// Keeps every other run out of an output folder, as long as it is held.
#[derive(Debug)]
pub struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file would be enough, had not every process that is just being started a copy of it
        // until it runs its program.
        if let Err(error) = rustix::fs::flock(&self.0, FlockOperation::Unlock) {
            warn!(%error, "an output folder cannot be unlocked");
        }
    }
}

impl Lock {
    /// Locks an output folder that a run has used before; `None` where none has, since then nothing is made
    /// on the disk yet.
    pub fn of_used(output: &Path) -> Result<Option<Lock>, OutputFolderError> {
        let file = File::options().write(true).open(state_folder(output).join(LOCK));
        match file {
            Ok(file) => Lock::take(output, file).map(Some),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(error) => Err(OutputFolderError::Io { path: output.to_owned(), error }),
        }
    }

    /// Locks one that no run had used when its plan was made. If there is a lock now, another run was
    /// quicker.
    fn of_new(output: &Path) -> Result<Lock, OutputFolderError> {
        match File::create_new(state_folder(output).join(LOCK)) {
            Ok(file) => Lock::take(output, file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(OutputFolderError::Busy(output.to_owned()))
            }
            Err(error) => Err(OutputFolderError::Io { path: output.to_owned(), error }),
        }
    }

    fn take(output: &Path, file: File) -> Result<Lock, OutputFolderError> {
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Lock(file)),
            Err(Errno::WOULDBLOCK) => Err(OutputFolderError::Busy(output.to_owned())),
            Err(errno) => Err(OutputFolderError::Io { path: output.to_owned(), error: errno.into() }),
        }
    }
}

/// Where the state of the runs on an output folder lives.
pub fn state_folder(output: &Path) -> PathBuf {
    output.join(STATE_FOLDER)
}

/// A locked output folder.
#[derive(Debug)]
pub struct OutputFolder {
    state: PathBuf,
    _lock: Lock,
}

impl OutputFolder {
    /// Makes the folder if need be, locks it unless `lock` does already, and clears its staging folder.
    pub fn open(output: &Path, lock: Option<Lock>) -> Result<Self, OutputFolderError> {
        let io_error = |error| OutputFolderError::Io { path: output.to_owned(), error };
        let state = state_folder(output);
        fs::create_dir_all(&state).map_err(io_error)?;
        let lock = lock.map_or_else(|| Lock::of_new(output), Ok)?;
        let folder = Self { state, _lock: lock };
        folder.sweep().map_err(io_error)?;
        fs::create_dir(folder.staging()).map_err(io_error)?;
        Ok(folder)
    }

    /// Where the run's state lives.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Where workers write.
    pub fn staging(&self) -> PathBuf {
        self.state.join("staging")
    }

    /// Removes what earlier runs left half-written: staging, and what was to take the place of the journal or
    /// the report.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.state)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.as_bytes().starts_with(HALF_WRITTEN.as_bytes()) {
                // One that cannot be removed is in nobody's way.
                if let Err(error) = fs::remove_file(entry.path()) {
                    debug!(file = %escape(&entry.path()), %error, "cannot be removed");
                }
            }
        }
        let mut tries = 0;
        loop {
            match fs::remove_dir_all(self.staging()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                // A worker of a killed run was just about to write; its own end is under way.
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty && tries < 100 => tries += 1,
                result => return result,
            }
        }
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        // What cannot be removed now is swept by the next run.
        if let Err(error) = self.sweep() {
            warn!(folder = %escape(&self.state), %error, "cannot be swept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_goes_with_the_run_even_if_a_child_holds_a_copy_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let folder = OutputFolder::open(dir.path(), None).unwrap();
        let _copy = folder._lock.0.try_clone().unwrap();
        drop(folder);
        assert!(Lock::of_used(dir.path()).unwrap().is_some());
    }

    #[test]
    fn a_second_run_is_kept_out_and_stale_files_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let first = OutputFolder::open(dir.path(), None).unwrap();
        fs::write(first.staging().join("0.1"), "half").unwrap();
        assert!(matches!(Lock::of_used(dir.path()), Err(OutputFolderError::Busy(_))));
        // A run that was planned before the first one began.
        assert!(matches!(OutputFolder::open(dir.path(), None), Err(OutputFolderError::Busy(_))));
        // As if it had been killed: the lock goes, the file stays.
        let staging = first.staging();
        drop(first);
        fs::create_dir(&staging).unwrap();
        fs::write(staging.join("0.1"), "half").unwrap();
        fs::write(state_folder(dir.path()).join(".half-written-abc"), "half").unwrap();
        let lock = Lock::of_used(dir.path()).unwrap();
        let second = OutputFolder::open(dir.path(), lock).unwrap();
        assert_eq!(fs::read_dir(second.staging()).unwrap().count(), 0);
        assert_eq!(fs::read_dir(second.state()).unwrap().count(), 2, "lock and staging");
    }
}
