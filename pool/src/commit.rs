//! Publishing: a finished staging file is written down in the journal, then gets its final name with one
//! rename, which never replaces a file unless told to.
//!
//! Runs on an I/O thread of its own, so that a slow disk holds up neither the workers nor the driver. A file
//! that stands under its final name is complete, and in a run the journal knows it (a pool keeps none). The
//! thread takes what waits in one go, so that many small files share one wait for the disk.

use std::fs::File;
use std::io;
use std::iter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::{self, Thread};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use protocol::ENGINE_REVISION;
use protocol::job::JobId;
use protocol::outcome::{ErrorKind, JobError, Stage};
use recipe::WirePath;
use recipe::format::Format;
use rustix::fs::{AtFlags, CWD, OFlags, RenameFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;
use tracing::{Span, debug};

use crate::escape::escape;
use crate::journal::{FileState, Journal, Modified, Written};
use crate::replace_file::HALF_WRITTEN;

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
    /// Whether files have to be copied from staging into the folder before they can be renamed.
    pub is_elsewhere: bool,
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
    /// The time that it gets, unless that of its writing.
    pub(crate) modified: Option<Modified>,
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
fn publish(mut batch: Vec<Commit>, destination: &Destination) -> Vec<Committed> {
    let described =
        batch.iter_mut().map(|commit| ready(commit, destination).map_err(|error| refused(&error)));
    let recorded = write_down(described.collect(), destination);
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

/// Brings a staging file to where it is renamed from, and gives it its time; its record.
fn ready(commit: &mut Commit, destination: &Destination) -> io::Result<Written> {
    let root = &destination.root;
    if destination.is_elsewhere {
        bring_beside(commit, root)?;
    }
    let written_at = state_of(&commit.staging)?.modified;
    if let Some(time) = commit.modified {
        set_time(&commit.staging, time)?;
    }
    let state = state_of(&commit.staging)?;
    make_way(commit, state)?;
    let (input, seen) = &commit.input;
    Ok(Written {
        output: WirePath(commit.output.strip_prefix(root).unwrap_or(&commit.output).to_owned()),
        input: WirePath(input.clone()),
        seen: *seen,
        format: commit.format,
        state,
        written_at,
        checksum: commit.checksum,
        revision: ENGINE_REVISION,
    })
}

/// A worker may have left anything in the place of its file, and links are not followed.
fn state_of(staging: &Path) -> io::Result<FileState> {
    let metadata = std::fs::symlink_metadata(staging)?;
    match metadata.is_file() {
        true => Ok(FileState::of(&metadata)),
        false => Err(io::Error::other("what the worker left is not a file")),
    }
}

fn set_time(staging: &Path, Modified { seconds, nanoseconds }: Modified) -> io::Result<()> {
    let last_access = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    let last_modification = Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() };
    let times = Timestamps { last_access, last_modification };
    Ok(rustix::fs::utimensat(CWD, staging, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Removes a file that may be replaced if only its content tells it from the new one, as can be when both
/// have a time that they were given: after a kill, the new one's record would be believed of it.
fn make_way(commit: &Commit, state: FileState) -> io::Result<()> {
    let stands = std::fs::symlink_metadata(&commit.output).is_ok_and(|it| FileState::of(&it) == state);
    if commit.modified.is_some() && stands && may_replace(commit) {
        std::fs::remove_file(&commit.output)?;
    }
    Ok(())
}

/// Copies a staging file beside its name, to be given the same time, and goes on with the copy: what is
/// written down is how that file system sees it. What a killed run left of this is removed first.
fn bring_beside(commit: &mut Commit, root: &Path) -> io::Result<()> {
    let folder = commit.output.parent().unwrap_or(root);
    if let Ok(below) = folder.strip_prefix(root) {
        make_folders(root, below)?;
    }
    let mut from = open_file(&commit.staging)?;
    let name = commit.output.file_name().unwrap_or_default().as_encoded_bytes();
    let beside = folder.join(format!("{HALF_WRITTEN}{:08x}", crc32fast::hash(name)));
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut copy = File::create_new(&beside)?;
    let original = std::mem::replace(&mut commit.staging, beside);
    io::copy(&mut from, &mut copy)?;
    commit.modified = commit.modified.or(Some(FileState::of(&from.metadata()?).modified));
    // Swept at the end of the run if it cannot be removed now.
    if let Err(error) = std::fs::remove_file(&original) {
        debug!(file = %escape(&original), %error, "cannot be removed");
    }
    Ok(())
}

/// A worker may have left anything in the place of its file, and links are not followed.
fn open_file(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("what the worker left is not a file")),
    }
}

/// Writes a batch down, as far as it can be described; one answer for each.
fn write_down(
    described: Vec<Result<Written, JobError>>,
    destination: &Destination,
) -> Vec<Result<(), JobError>> {
    let records = described.iter().filter_map(|record| record.as_ref().ok()).cloned().collect();
    let journal = destination.journal.as_ref();
    let appended = journal.map_or(Ok(()), |journal| journal.append(records)).map_err(|error| refused(&error));
    described.into_iter().map(|record| record.and_then(|_| appended.clone())).collect()
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

/// Whether what stands under the output's name may be replaced.
fn may_replace(Commit { output, replace, .. }: &Commit) -> bool {
    match replace {
        Replace::Nothing => false,
        // An hour may have passed. If it is gone, or is another one now, nothing may be replaced.
        Replace::Ours(state) => std::fs::symlink_metadata(output)
            .is_ok_and(|metadata| metadata.is_file() && FileState::of(&metadata) == *state),
        Replace::Anything => true,
    }
}

fn rename(commit: &Commit) -> io::Result<()> {
    let Commit { staging, output, .. } = commit;
    if may_replace(commit) {
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
mod tests;
