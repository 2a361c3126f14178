//! Folders for temporary files that not even a kill leaves for good: each is locked as long as its program
//! lives, and the next one to start removes those that nobody has locked. The kernel unlocks what a dead
//! program held.

use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use pool::escape::escape;
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use tempfile::TempDir;

use crate::signals;

/// One folder. It goes with its owner.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes one whose name begins so, and removes what programs that are gone have left of these.
    pub(crate) fn make(prefix: &str) -> io::Result<Scratch> {
        let parent = std::env::temp_dir();
        Scratch::make_in(&parent, prefix).map_err(|error| {
            let why = error.kind();
            io::Error::new(why, format!("no temporary folder in {} (TMPDIR): {why}", escape(&parent)))
        })
    }

    /// The same in this folder.
    pub(crate) fn make_in(parent: &Path, prefix: &str) -> io::Result<Scratch> {
        sweep(parent, prefix);
        loop {
            let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?;
            let lock = match File::open(folder.path()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                lock => lock?,
            };
            // Where nothing can be locked, nothing is swept either.
            let _ = flock(&lock, FlockOperation::LockExclusive);
            // Before it was locked, it looked like one that was left.
            if folder.path().is_dir() {
                return Ok(Scratch { folder, _lock: lock });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Has it removed before a signal ends the program.
    pub(crate) fn goes_with_a_signal(self) -> io::Result<Scratch> {
        let folder = self.path().to_owned();
        signals::clean_up_first(move || drop(fs::remove_dir_all(&folder)))?;
        Ok(self)
    }
}

/// What cannot be removed, or looked at, is in nobody's way.
fn sweep(parent: &Path, prefix: &str) {
    let me = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_ours = entry.metadata().is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == me);
        if !is_ours || !entry.file_name().as_bytes().starts_with(prefix.as_bytes()) {
            continue;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let Ok(folder) = rustix::fs::open(entry.path(), flags, Mode::empty()) else { continue };
        if flock(&folder, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_program_left_goes_and_what_is_in_use_stays() {
        let dir = tempfile::tempdir().unwrap();
        let (left, other) = (dir.path().join("some-left"), dir.path().join("other"));
        fs::create_dir_all(left.join("in/it")).unwrap();
        fs::create_dir(&other).unwrap();
        let one = Scratch::make_in(dir.path(), "some-").unwrap();
        assert!(!left.exists() && other.exists());
        fs::write(one.path().join("file"), "in use").unwrap();
        let two = Scratch::make_in(dir.path(), "some-").unwrap();
        assert!(one.path().join("file").exists() && two.path() != one.path());
        drop((one, two));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "each goes with its owner");
    }
}
