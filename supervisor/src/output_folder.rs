//! The output folder while a run uses it: the lock that keeps a second run out, and the staging folder.
//!
//! Owns `OUTPUT/.supervisor/` from [`OutputFolder::open`] until it is dropped. What an earlier run left in staging when it
//! was killed is swept first: with the lock held, nobody else can be using it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use rustix::io::Errno;

/// The folder inside the output folder that holds the run's own state.
pub const STATE_FOLDER: &str = ".supervisor";

/// Why an output folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OutputFolderError {
    /// Another run has it.
    #[error("another run is writing to {}; wait for it to end, or choose another output folder", .0.display())]
    Busy(PathBuf),
    /// The file system said no.
    #[error("cannot use {} as output folder: {error}", .path.display())]
    Io {
        /// The output folder.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

/// A locked output folder.
#[derive(Debug)]
pub struct OutputFolder {
    state: PathBuf,
    lock: File,
}

impl OutputFolder {
    /// Makes the folder if need be, locks it and clears its staging folder.
    pub fn open(output: &Path) -> Result<Self, OutputFolderError> {
        let io_error = |error| OutputFolderError::Io { path: output.to_owned(), error };
        let state = output.join(STATE_FOLDER);
        fs::create_dir_all(&state).map_err(io_error)?;
        let lock = File::create(state.join("lock")).map_err(io_error)?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(OutputFolderError::Busy(output.to_owned())),
            Err(errno) => return Err(io_error(errno.into())),
        }
        let folder = Self { state, lock };
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

    fn sweep(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.staging()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        // What cannot be removed now is swept by the next run.
        let _ = self.sweep();
        // Closing the file would be enough, had not every process that is just being started a copy of it until it runs its program.
        let _ = rustix::fs::flock(&self.lock, FlockOperation::Unlock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_goes_with_the_run_even_if_a_child_holds_a_copy_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let folder = OutputFolder::open(dir.path()).unwrap();
        let _copy = folder.lock.try_clone().unwrap();
        drop(folder);
        OutputFolder::open(dir.path()).unwrap();
    }

    #[test]
    fn a_second_run_is_kept_out_and_stale_files_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let first = OutputFolder::open(dir.path()).unwrap();
        fs::write(first.staging().join("0.1"), "half").unwrap();
        assert!(matches!(OutputFolder::open(dir.path()), Err(OutputFolderError::Busy(_))));
        // As if it had been killed: the lock goes, the file stays.
        let staging = first.staging();
        drop(first);
        fs::create_dir(&staging).unwrap();
        fs::write(staging.join("0.1"), "half").unwrap();
        let second = OutputFolder::open(dir.path()).unwrap();
        assert_eq!(fs::read_dir(second.staging()).unwrap().count(), 0);
    }
}
