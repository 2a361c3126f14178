//! Publishing: a finished staging file is written down in the journal, then gets its final name with one rename, which never
//! replaces a file unless told to.
//!
//! Runs on a few I/O threads of its own, so that a slow disk holds up neither the workers nor the driver. A file that stands
//! under its final name is complete, and the journal knows it. Each thread takes what waits in one go, so that many small
//! files share one wait for the disk.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender};
use protocol::WirePath;
use protocol::format::Format;
use protocol::job::JobId;
use protocol::outcome::{ErrorKind, JobError, Stage};
use rustix::fs::{CWD, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::journal::{FileState, Journal, Written, checksum};

/// Threads that publish.
const THREADS: usize = 2;
/// Files that share one wait for the disk at the most.
const BATCH: usize = 64;

/// Where outputs go and are written down.
#[derive(Debug)]
pub struct Destination {
    /// The output folder. It is never made anew: if it is gone, so is whatever else belongs there.
    pub root: PathBuf,
    /// Its journal.
    pub journal: Journal,
}

/// One file to publish.
#[derive(Debug)]
pub struct Commit {
    /// The job it is the output of.
    pub job: JobId,
    /// What it was made from, as the plan saw it.
    pub input: (PathBuf, FileState),
    /// The format it is in.
    pub format: Format,
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

/// Starts the threads; they end when the returned sender is dropped. Without a destination nothing is written down.
pub fn start(destination: Option<Destination>) -> io::Result<(Sender<Commit>, Receiver<Committed>)> {
    let (orders, todo) = crossbeam_channel::unbounded::<Commit>();
    let (done, results) = crossbeam_channel::unbounded();
    let destination = destination.map(Arc::new);
    for n in 0..THREADS {
        let (todo, done, destination) = (todo.clone(), done.clone(), destination.clone());
        thread::Builder::new().name(format!("commit-{n}")).spawn(move || {
            for first in &todo {
                let batch: Vec<Commit> = [first].into_iter().chain(todo.try_iter().take(BATCH - 1)).collect();
                for committed in publish(batch, destination.as_deref()) {
                    if done.send(committed).is_err() {
                        return;
                    }
                }
            }
        })?;
    }
    Ok((orders, results))
}

/// Writes a batch down and renames it. What cannot be written down does not get its name either.
fn publish(batch: Vec<Commit>, destination: Option<&Destination>) -> Vec<Committed> {
    let recorded = match destination {
        Some(destination) => write_down(&batch, destination),
        None => vec![Ok(()); batch.len()],
    };
    let root = destination.map(|destination| destination.root.as_path());
    let publish = |(commit, recorded): (Commit, Result<(), JobError>)| {
        let result = recorded.and_then(|()| place(&commit, root).map_err(|error| refused(&error)));
        if result.is_err() {
            // Swept at the end of the run if it cannot be removed now.
            let _ = std::fs::remove_file(&commit.staging);
        }
        Committed { job: commit.job, result }
    };
    batch.into_iter().zip(recorded).map(publish).collect()
}

/// Writes a batch down; one answer for each.
fn write_down(batch: &[Commit], destination: &Destination) -> Vec<Result<(), JobError>> {
    let mut records = Vec::with_capacity(batch.len());
    let mut describe = |commit| describe(commit, &destination.root).map(|record| records.push(record));
    let described: Vec<io::Result<()>> = batch.iter().map(&mut describe).collect();
    let appended = destination.journal.append(records).map_err(|error| refused(&error));
    let answer = |described: io::Result<()>| described.map_err(|error| refused(&error)).and(appended.clone());
    described.into_iter().map(answer).collect()
}

/// The record of a staging file. A worker may have left anything in its place: links are not followed, pipes not waited for.
fn describe(commit: &Commit, root: &Path) -> io::Result<Written> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(&commit.staging)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("what the worker left is not a file"));
    }
    let (input, seen) = &commit.input;
    Ok(Written {
        output: WirePath(commit.output.strip_prefix(root).unwrap_or(&commit.output).to_owned()),
        input: WirePath(input.clone()),
        seen: *seen,
        format: commit.format,
        state: FileState::of(&metadata),
        checksum: checksum(&file)?,
    })
}

fn refused(error: &io::Error) -> JobError {
    let mut answer = JobError::io(Stage::Write, ErrorKind::WriteFailed, error);
    if error.kind() == io::ErrorKind::AlreadyExists {
        answer.detail =
            "a file has appeared in the output's place since the run began; it was left alone".to_owned();
    }
    answer
}

fn place(commit: &Commit, root: Option<&Path>) -> io::Result<()> {
    rename(commit).or_else(|error| {
        if error.kind() != io::ErrorKind::NotFound {
            return Err(error);
        }
        let folder = commit.output.parent().unwrap_or(Path::new("/"));
        match root.and_then(|root| Some((root, folder.strip_prefix(root).ok()?))) {
            Some((root, below)) => make_folders(root, below)?,
            None => std::fs::create_dir_all(folder)?,
        }
        rename(commit)
    })
}

/// Makes the folders below `root`, and never `root` itself: an output folder that was taken away is not made again.
fn make_folders(root: &Path, below: &Path) -> io::Result<()> {
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
    use crate::journal::{History, Origin, Proof, Settings};

    fn commit(dir: &Path, replace: bool) -> Commit {
        let staging = dir.join("staging");
        std::fs::write(&staging, "new").unwrap();
        let input = (PathBuf::from("/in/out.png"), FileState::default());
        Commit {
            job: JobId(0),
            input,
            format: Format::Jpeg,
            staging,
            output: dir.join("a/b/out.jpg"),
            replace,
        }
    }

    fn destination(root: &Path) -> Destination {
        let state = root.join("state");
        std::fs::create_dir_all(&state).unwrap();
        let history = History::read(&state).unwrap();
        let settings = Settings::of(&protocol::Recipe::default()).unwrap();
        let journal = Journal::open(&state, root, &history, settings).unwrap();
        Destination { root: root.to_owned(), journal }
    }

    /// Publishes one file and hands back what was made of it.
    fn publish_one(commit: Commit, destination: Option<&Destination>) -> Result<(), JobError> {
        publish(vec![commit], destination).pop().unwrap().result
    }

    #[test]
    fn folders_are_made_and_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        for destination in [None, Some(destination(dir.path()))] {
            publish_one(commit(dir.path(), true), destination.as_ref()).unwrap();
            assert_eq!(std::fs::read(dir.path().join("a/b/out.jpg")).unwrap(), b"new");
            assert!(!dir.path().join("staging").exists());
            std::fs::remove_dir_all(dir.path().join("a")).unwrap();
        }
    }

    #[test]
    fn a_foreign_file_is_never_replaced_unless_told() {
        let dir = tempfile::tempdir().unwrap();
        let output = dir.path().join("a/b/out.jpg");
        std::fs::create_dir_all(output.parent().unwrap()).unwrap();
        std::fs::write(&output, "foreign").unwrap();
        let error = publish_one(commit(dir.path(), false), None).unwrap_err();
        assert_eq!(error.kind, ErrorKind::WriteFailed);
        assert_eq!(std::fs::read(&output).unwrap(), b"foreign");
        assert!(!dir.path().join("staging").exists());
        publish_one(commit(dir.path(), true), None).unwrap();
        assert_eq!(std::fs::read(&output).unwrap(), b"new");
    }

    #[test]
    fn what_is_published_is_known_to_the_journal() {
        let dir = tempfile::tempdir().unwrap();
        let commit = commit(dir.path(), false);
        let (input, output) = (commit.input.0.clone(), commit.output.clone());
        publish_one(commit, Some(&destination(dir.path()))).unwrap();
        let history = History::read(&dir.path().join("state")).unwrap();
        let origin = Origin { input: &input, seen: FileState::default(), format: Format::Jpeg };
        let settings = Settings::of(&protocol::Recipe::default()).unwrap();
        let metadata = std::fs::metadata(&output).unwrap();
        let proof = history.judge(Path::new("a/b/out.jpg"), &output, &metadata, &origin, &settings);
        assert_eq!(proof, Proof::Current);
    }

    #[test]
    fn an_output_folder_that_is_gone_is_not_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("out");
        std::fs::create_dir(&root).unwrap();
        let destination = destination(&root);
        let commit = Commit { output: root.join("a/out.jpg"), ..commit(dir.path(), false) };
        std::fs::remove_dir_all(&root).unwrap();
        let error = publish_one(commit, Some(&destination)).unwrap_err();
        assert_eq!(error.os_error, Some(Errno::NOENT.raw_os_error()));
        assert!(!root.exists());
    }

    #[test]
    fn what_cannot_be_written_down_is_not_published() {
        let dir = tempfile::tempdir().unwrap();
        let destination = destination(dir.path());
        std::fs::remove_file(dir.path().join("state/journal")).unwrap();
        let commit = commit(dir.path(), false);
        let output = commit.output.clone();
        let error = publish_one(commit, Some(&destination)).unwrap_err();
        assert_eq!(error.os_error, Some(Errno::NOENT.raw_os_error()));
        assert!(!output.exists() && !dir.path().join("staging").exists());
    }

    #[test]
    fn a_link_in_place_of_the_staging_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let commit = commit(dir.path(), false);
        std::fs::remove_file(&commit.staging).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &commit.staging).unwrap();
        let output = commit.output.clone();
        publish_one(commit, Some(&destination(dir.path()))).unwrap_err();
        assert!(output.symlink_metadata().is_err());
    }
}
