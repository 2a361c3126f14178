//! Publishing: a finished staging file gets its final name with one rename, and never replaces a file unless told to.
//!
//! Runs on a few I/O threads of its own, so that a slow disk holds up neither the workers nor the driver. A file that stands
//! under its final name is complete; nothing here waits for the disk, so a power cut may lose the last seconds' outputs.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use crossbeam_channel::{Receiver, Sender};
use protocol::job::JobId;
use protocol::outcome::{ErrorKind, JobError, Stage};
use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;

/// Threads that publish.
const THREADS: usize = 2;

/// One file to publish.
#[derive(Debug)]
pub struct Commit {
    /// The job it is the output of.
    pub job: JobId,
    /// Where it stands now.
    pub staging: PathBuf,
    /// Where it is to stand.
    pub output: PathBuf,
    /// Whether it may replace a file.
    pub replace: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Committed {
    /// The job.
    pub job: JobId,
    /// Whether the output stands under its name.
    pub result: Result<(), JobError>,
}

/// Starts the threads; they end when the returned sender is dropped.
pub fn start() -> io::Result<(Sender<Commit>, Receiver<Committed>)> {
    let (orders, todo) = crossbeam_channel::unbounded::<Commit>();
    let (done, results) = crossbeam_channel::unbounded();
    for n in 0..THREADS {
        let (todo, done) = (todo.clone(), done.clone());
        thread::Builder::new().name(format!("commit-{n}")).spawn(move || {
            for commit in todo {
                let result = publish(&commit);
                if done.send(Committed { job: commit.job, result }).is_err() {
                    break;
                }
            }
        })?;
    }
    Ok((orders, results))
}

fn publish(commit: &Commit) -> Result<(), JobError> {
    let renamed = rename(commit).or_else(|error| {
        if error.kind() != io::ErrorKind::NotFound {
            return Err(error);
        }
        commit.output.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        rename(commit)
    });
    renamed.map_err(|error| {
        // Swept at the end of the run if it cannot be removed now.
        let _ = std::fs::remove_file(&commit.staging);
        let mut answer = JobError::io(Stage::Write, ErrorKind::WriteFailed, &error);
        if error.kind() == io::ErrorKind::AlreadyExists {
            answer.detail =
                "a file has appeared in the output's place since the run began; it was left alone".to_owned();
        }
        answer
    })
}

fn rename(commit: &Commit) -> io::Result<()> {
    let Commit { staging, output, replace, .. } = commit;
    if *replace {
        return std::fs::rename(staging, output);
    }
    match rustix::fs::renameat_with(CWD, staging, CWD, output, RenameFlags::NOREPLACE) {
        // Some file systems cannot; a hard link is as careful, in two steps.
        Err(Errno::INVAL | Errno::NOSYS) => link_then_unlink(staging, output),
        result => Ok(result?),
    }
}

fn link_then_unlink(staging: &Path, output: &Path) -> io::Result<()> {
    std::fs::hard_link(staging, output)?;
    std::fs::remove_file(staging)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(dir: &Path, replace: bool) -> Commit {
        let staging = dir.join("staging");
        std::fs::write(&staging, "new").unwrap();
        Commit { job: JobId(0), staging, output: dir.join("a/b/out.jpg"), replace }
    }

    #[test]
    fn folders_are_made_and_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let commit = commit(dir.path(), false);
        publish(&commit).unwrap();
        assert_eq!(std::fs::read(&commit.output).unwrap(), b"new");
        assert!(!commit.staging.exists());
    }

    #[test]
    fn a_foreign_file_is_never_replaced_unless_told() {
        let dir = tempfile::tempdir().unwrap();
        let careful = commit(dir.path(), false);
        std::fs::create_dir_all(careful.output.parent().unwrap()).unwrap();
        std::fs::write(&careful.output, "foreign").unwrap();
        let error = publish(&careful).unwrap_err();
        assert_eq!(error.kind, ErrorKind::WriteFailed);
        assert_eq!(std::fs::read(&careful.output).unwrap(), b"foreign");
        assert!(!careful.staging.exists());
        publish(&commit(dir.path(), true)).unwrap();
        assert_eq!(std::fs::read(&careful.output).unwrap(), b"new");
    }
}
