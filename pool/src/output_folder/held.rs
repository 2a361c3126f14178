//! A lock that goes with its holder. Owns the open file or folder that it lies on.

use std::fs::{File, Metadata};
use std::io;

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use tracing::warn;

/// A lock on an open file or folder.
#[derive(Debug)]
pub(super) struct HeldLock(File);

impl Drop for HeldLock {
    fn drop(&mut self) {
        // Closing the file would be enough, had not every process that is just being started a copy of it
        // until it runs its program.
        if let Err(error) = rustix::fs::flock(&self.0, FlockOperation::Unlock) {
            warn!(%error, "an output folder cannot be unlocked");
        }
    }
}

impl HeldLock {
    /// `None` if another run has it.
    pub(super) fn take(file: File) -> io::Result<Option<HeldLock>> {
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(HeldLock(file))),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Of what is locked.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }

    /// As a process has it that is just being started.
    #[cfg(test)]
    pub(super) fn copy(&self) -> io::Result<File> {
        self.0.try_clone()
    }
}
