//! Publishing: a finished staging file is written down in the journal, then gets its final name with one
//! rename, which never replaces a file unless told to.
//!
//! Runs on an I/O thread of its own, so that a slow disk holds up neither the workers nor the driver. A file
//! that stands under its final name is complete, and in a run the journal knows it (a pool keeps none). The
//! thread takes what waits in one go, so that many small files share one wait for the disk.

use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::thread::{self, Thread};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use protocol::job::JobId;
use protocol::outcome::{ErrorKind, JobError, Stage};
use recipe::WirePath;
use recipe::format::Format;
use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use tracing::{Span, debug};

use crate::escape::escape;
use crate::journal::{FileState, Journal, Written};

/// Files that share one wait for the disk at the most.
const BATCH: usize = 64;
/// How long a file waits at the most for others to share that wait with, while there are some to come: the
/// disk's journal takes processor time, too, with each wait.
const COMPANY: Duration = Duration::from_millis(50);

/// Where outputs go and are written down.
#[derive(Debug)]
pub struct Destination {
    /// The output folder. It is never made anew: if it is gone, so is whatever else belongs there.
    pub root: PathBuf,
    /// Its journal; without one nothing is written down.
    pub journal: Option<Journal>,
}

/// One file to publish.
#[derive(Debug)]
pub(crate) struct Commit {
    /// The job it is the output of.
    pub(crate) job: JobId,
    /// What it was made from, as the plan saw it.
    pub(crate) input: (PathBuf, FileState),
    /// The format it is in.
    pub(crate) format: Format,
    /// Where it stands now.
    pub(crate) staging: PathBuf,
    /// CRC-32 of it, by what the worker says.
    pub(crate) checksum: u32,
    /// Where it is to stand.
    pub(crate) output: PathBuf,
    /// What it may replace.
    pub(crate) replace: Replace,
    /// Whether there is so much left to do that others are sure to follow soon.
    pub(crate) others_follow: bool,
}

/// What an output may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// Nothing.
    Nothing,
    /// An output of ours, if it is still as the plan saw it.
    Ours(FileState),
    /// Whatever file stands there.
    Anything,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) job: JobId,
    /// Whether the output stands under its name.
    pub(crate) result: Result<(), JobError>,
}

/// The thread that publishes; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Publisher {
    orders: Sender<Commit>,
    thread: Thread,
}

impl Publisher {
    /// Starts the thread; what comes of each file is received from the other end.
    pub(crate) fn start(destination: Destination) -> io::Result<(Self, Receiver<Committed>)> {
        // Without a journal there is no wait for the disk to share.
        let company = if destination.journal.is_some() { COMPANY } else { Duration::ZERO };
        Self::start_with(destination, company)
    }

    fn start_with(destination: Destination, company: Duration) -> io::Result<(Self, Receiver<Committed>)> {
        let (orders, todo) = crossbeam_channel::unbounded::<Commit>();
        let (done, results) = crossbeam_channel::unbounded();
        let span = Span::current();
        let thread = thread::Builder::new().name("commit".to_owned()).spawn(move || {
            let _lines_are_of = span.enter();
            for first in &todo {
                for committed in publish(gather(first, &todo, company), &destination) {
                    if done.send(committed).is_err() {
                        return;
                    }
                }
            }
        })?;
        Ok((Self { orders, thread: thread.thread().clone() }, results))
    }

    /// Hands over one file.
    pub(crate) fn publish(&self, commit: Commit) {
        let is_late = !commit.others_follow;
        // The thread lives as long as the sender.
        let _ = self.orders.send(commit);
        if is_late {
            self.thread.unpark();
        }
    }
}

/// A batch: what waits and, if others are sure to follow, what comes in the next moment, which ends early
/// with a file that no others follow. Being woken for each of them would cost more than publishing it; to be
/// woken once too early costs a wait for the disk and nothing else.
fn gather(first: Commit, todo: &Receiver<Commit>, company: Duration) -> Vec<Commit> {
    let mut batch: Vec<Commit> = iter::once(first).chain(todo.try_iter()).take(BATCH).collect();
    if batch.len() < BATCH && batch.iter().all(|commit| commit.others_follow) {
        thread::park_timeout(company);
        batch.extend(todo.try_iter().take(BATCH - batch.len()));
    }
    batch
}

/// Writes a batch down and renames it. What cannot be written down does not get its name either.
fn publish(batch: Vec<Commit>, destination: &Destination) -> Vec<Committed> {
    let recorded = write_down(&batch, destination);
    let publish = |(commit, recorded): (Commit, Result<(), JobError>)| {
        let place = || place(&commit, &destination.root).map_err(|error| refused(&error));
        let result = recorded.and_then(|()| place());
        if result.is_err() {
            // Swept at the end of the run if it cannot be removed now.
            if let Err(error) = std::fs::remove_file(&commit.staging) {
                debug!(file = %escape(&commit.staging), %error, "cannot be removed");
            }
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
    let journal = destination.journal.as_ref();
    let appended = journal.map_or(Ok(()), |journal| journal.append(records)).map_err(|error| refused(&error));
    let answer = |described: io::Result<()>| described.map_err(|error| refused(&error)).and(appended.clone());
    described.into_iter().map(answer).collect()
}

/// The record of a staging file. A worker may have left anything in its place, and links are not followed.
fn describe(commit: &Commit, root: &Path) -> io::Result<Written> {
    let metadata = std::fs::symlink_metadata(&commit.staging)?;
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
        checksum: commit.checksum,
    })
}

fn refused(error: &io::Error) -> JobError {
    let mut answer = JobError::io(Stage::Write, ErrorKind::WriteFailed, error);
    if error.kind() == io::ErrorKind::AlreadyExists {
        answer.detail =
            "a file has appeared in the output's place, or was changed, since the run began; it was \
                left alone"
                .to_owned();
    }
    answer
}

fn place(commit: &Commit, root: &Path) -> io::Result<()> {
    rename(commit).or_else(|error| {
        let below = commit.output.parent().and_then(|folder| folder.strip_prefix(root).ok());
        match below {
            Some(below) if error.kind() == io::ErrorKind::NotFound => make_folders(root, below)?,
            Some(_) | None => return Err(error),
        }
        rename(commit)
    })
}

/// Makes the folders below `root`, and never `root` itself: an output folder that was taken away is not made
/// again.
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
    let may_replace = match replace {
        Replace::Nothing => false,
        // An hour may have passed. If it is gone, or is another one now, nothing may be replaced.
        Replace::Ours(state) => std::fs::symlink_metadata(output)
            .is_ok_and(|metadata| metadata.is_file() && FileState::of(&metadata) == *state),
        Replace::Anything => true,
    };
    if may_replace {
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

    fn commit(dir: &Path, replace: Replace) -> Commit {
        let staging = dir.join("staging");
        std::fs::write(&staging, "new").unwrap();
        let input = (PathBuf::from("/in/out.png"), FileState::default());
        Commit {
            job: JobId(0),
            input,
            format: Format::Jpeg,
            staging,
            checksum: 0,
            others_follow: false,
            output: dir.join("a/b/out.jpg"),
            replace,
        }
    }

    /// A destination without a journal.
    fn folder(root: &Path) -> Destination {
        Destination { root: root.to_owned(), journal: None }
    }

    fn destination(root: &Path) -> Destination {
        let state = root.join("state");
        std::fs::create_dir_all(&state).unwrap();
        let history = History::read(&state).unwrap();
        let settings = Settings::of(&recipe::Recipe::default()).unwrap();
        let journal = Journal::open(&state, root, &history, settings).unwrap();
        Destination { root: root.to_owned(), journal: Some(journal) }
    }

    /// Publishes one file and hands back what was made of it.
    fn publish_one(commit: Commit, destination: &Destination) -> Result<(), JobError> {
        publish(vec![commit], destination).pop().unwrap().result
    }

    #[test]
    fn folders_are_made_and_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        for destination in [folder(dir.path()), destination(dir.path())] {
            publish_one(commit(dir.path(), Replace::Anything), &destination).unwrap();
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
        let error = publish_one(commit(dir.path(), Replace::Nothing), &folder(dir.path())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::WriteFailed);
        assert_eq!(std::fs::read(&output).unwrap(), b"foreign");
        assert!(!dir.path().join("staging").exists());
        publish_one(commit(dir.path(), Replace::Anything), &folder(dir.path())).unwrap();
        assert_eq!(std::fs::read(&output).unwrap(), b"new");
    }

    #[test]
    fn an_output_of_ours_is_replaced_only_as_the_plan_saw_it() {
        let dir = tempfile::tempdir().unwrap();
        let output = dir.path().join("a/b/out.jpg");
        std::fs::create_dir_all(output.parent().unwrap()).unwrap();
        std::fs::write(&output, "ours").unwrap();
        let ours = Replace::Ours(FileState::of(&std::fs::metadata(&output).unwrap()));
        std::fs::write(&output, "retouched").unwrap();
        publish_one(commit(dir.path(), ours), &folder(dir.path())).unwrap_err();
        assert_eq!(std::fs::read(&output).unwrap(), b"retouched");
        let as_it_is = Replace::Ours(FileState::of(&std::fs::metadata(&output).unwrap()));
        publish_one(commit(dir.path(), as_it_is), &folder(dir.path())).unwrap();
        assert_eq!(std::fs::read(&output).unwrap(), b"new");
        std::fs::remove_file(&output).unwrap();
        publish_one(commit(dir.path(), as_it_is), &folder(dir.path())).unwrap();
        assert_eq!(std::fs::read(&output).unwrap(), b"new");
    }

    #[test]
    fn what_waits_is_published_together_but_not_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let (orders, todo) = crossbeam_channel::unbounded();
        for _ in 0..BATCH + 10 {
            orders.send(commit(dir.path(), Replace::Nothing)).unwrap();
        }
        let next = || gather(todo.recv().unwrap(), &todo, Duration::ZERO).len();
        assert_eq!((next(), next()), (BATCH, 10));
    }

    #[test]
    fn whoever_waits_for_company_waits_no_longer_than_for_the_last() {
        let dir = tempfile::tempdir().unwrap();
        let hour = Duration::from_secs(3600);
        let (publisher, results) = Publisher::start_with(destination(dir.path()), hour).unwrap();
        publisher.publish(Commit { others_follow: true, ..commit(dir.path(), Replace::Anything) });
        let other = Commit {
            job: JobId(1),
            output: dir.path().join("last.jpg"),
            ..commit(dir.path(), Replace::Anything)
        };
        let staging = dir.path().join("staging of the last");
        std::fs::write(&staging, "new").unwrap();
        // So that it waits by now.
        while !publisher.orders.is_empty() {
            thread::park_timeout(Duration::from_millis(1));
        }
        publisher.publish(Commit { staging, ..other });
        let published = || results.recv_timeout(hour / 60).unwrap().job;
        assert_eq!([published(), published()], [JobId(0), JobId(1)]);
    }

    #[test]
    fn what_is_published_is_known_to_the_journal() {
        let dir = tempfile::tempdir().unwrap();
        let commit = commit(dir.path(), Replace::Nothing);
        let (input, output) = (commit.input.0.clone(), commit.output.clone());
        publish_one(commit, &destination(dir.path())).unwrap();
        let history = History::read(&dir.path().join("state")).unwrap();
        let origin = Origin { input: &input, seen: FileState::default(), format: Format::Jpeg };
        let settings = Settings::of(&recipe::Recipe::default()).unwrap();
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
        let commit = Commit { output: root.join("a/out.jpg"), ..commit(dir.path(), Replace::Nothing) };
        std::fs::remove_dir_all(&root).unwrap();
        let error = publish_one(commit, &destination).unwrap_err();
        assert_eq!(error.os_error, Some(Errno::NOENT.raw_os_error()));
        assert!(!root.exists());
    }

    #[test]
    fn what_cannot_be_written_down_is_not_published() {
        let dir = tempfile::tempdir().unwrap();
        let destination = destination(dir.path());
        std::fs::remove_file(dir.path().join("state/journal")).unwrap();
        let commit = commit(dir.path(), Replace::Nothing);
        let output = commit.output.clone();
        let error = publish_one(commit, &destination).unwrap_err();
        assert_eq!(error.os_error, Some(Errno::NOENT.raw_os_error()));
        assert!(!output.exists() && !dir.path().join("staging").exists());
    }

    #[test]
    fn a_link_in_place_of_the_staging_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let commit = commit(dir.path(), Replace::Nothing);
        std::fs::remove_file(&commit.staging).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &commit.staging).unwrap();
        let output = commit.output.clone();
        publish_one(commit, &destination(dir.path())).unwrap_err();
        assert!(output.symlink_metadata().is_err());
    }
}
