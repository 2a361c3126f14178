//! What keeps a second run out of an output folder. Owns the open files and folders that it lies on.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::OutputFolderError;
use super::held::HeldLock;
use crate::file_identity::FileIdentity;

/// The file in a state folder that the lock lies on.
pub(super) const LOCK: &str = "lock";

/// Keeps every other run out of an output folder and out of its state, as far as they are there already, as
/// long as it or a clone of it is held.
#[derive(Debug, Default, Clone)]
pub struct Lock {
    /// The folder itself, since another run may keep its state elsewhere.
    output: Option<Arc<HeldLock>>,
    pub(super) state: Option<Arc<HeldLock>>,
    /// Whether others may write to the output folder, too.
    is_of_state_alone: bool,
}

impl Lock {
    /// For a run whose state nobody else knows: others may write to the output folder at the same time. What
    /// they make there is as any other program's.
    pub fn of_state_alone() -> Lock {
        Lock { is_of_state_alone: true, ..Lock::default() }
    }

    /// Locks what is there of them. Nothing is made on the disk yet.
    pub fn of_existing(output: &Path, state: &Path) -> Result<Lock, OutputFolderError> {
        let mut lock = Lock { output: lock_output(output)?, ..Lock::default() };
        match open_lock(&state.join(LOCK)) {
            Ok(file) => lock.state = Some(take_state(output, state, file)?),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(OutputFolderError::State { path: state.to_owned(), error }),
        }
        Ok(lock)
    }

    /// The lock of a run that has ended, for the next one on the same folders, so that none gets in between;
    /// a new one if it was taken away from it, or there was none.
    pub fn handed_on(lock: Option<Lock>, output: &Path, state: &Path) -> Result<Lock, OutputFolderError> {
        match lock.filter(|lock| lock.is_of(state)) {
            Some(lock) => Ok(lock),
            None => Lock::of_existing(output, state),
        }
    }

    /// Whether a run has used the state folder before.
    pub fn is_of_used(&self) -> bool {
        self.state.is_some()
    }

    /// Locks what has been made since. If there is a lock in the state folder now, another run was quicker.
    pub(super) fn complete(&mut self, output: &Path, state: &Path) -> Result<(), OutputFolderError> {
        if self.output.is_none() && !self.is_of_state_alone {
            self.output = lock_output(output)?;
        }
        if self.state.is_none() {
            let file = File::create_new(state.join(LOCK)).map_err(|error| match error {
                error if error.kind() == io::ErrorKind::AlreadyExists => {
                    OutputFolderError::busy(output, state)
                }
                error => OutputFolderError::State { path: state.to_owned(), error },
            })?;
            self.state = Some(take_state(output, state, file)?);
        }
        Ok(())
    }

    /// Whether what we hold is still the lock of this state folder. The open file keeps its number from being
    /// given to another.
    pub(super) fn is_of(&self, state: &Path) -> bool {
        let here = fs::symlink_metadata(state.join(LOCK)).ok();
        let held = self.state.as_ref().and_then(|held| held.metadata().ok());
        here.zip(held).is_some_and(|(here, held)| FileIdentity::of(&here) == FileIdentity::of(&held))
    }
}

/// A pipe in its place is not waited for, and no link leads elsewhere.
fn open_lock(lock: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits().cast_signed();
    File::options().write(true).custom_flags(flags).open(lock)
}

/// `None` if it is not there, or may not be listed: then its state alone is locked.
fn lock_output(output: &Path) -> Result<Option<Arc<HeldLock>>, OutputFolderError> {
    let failed = |error| OutputFolderError::Io { path: output.to_owned(), error };
    match rustix::fs::open(output, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(folder) => match HeldLock::take(folder.into()).map_err(failed)? {
            Some(held) => Ok(Some(Arc::new(held))),
            None => Err(OutputFolderError::Busy(output.to_owned())),
        },
        Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => Ok(None),
        Err(errno) => Err(failed(errno.into())),
    }
}

fn take_state(output: &Path, state: &Path, file: File) -> Result<Arc<HeldLock>, OutputFolderError> {
    let taken =
        HeldLock::take(file).map_err(|error| OutputFolderError::State { path: state.to_owned(), error })?;
    taken.map(Arc::new).ok_or_else(|| OutputFolderError::busy(output, state))
}
