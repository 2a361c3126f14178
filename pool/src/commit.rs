//! Publishing: the finished staging files of a photo are written down in the journal, in one record, then get
//! their final names, each with one rename, which never replaces a file unless told to.
//!
//! Runs on an I/O thread of its own, so that a slow disk holds up neither the workers nor the driver. A file
//! that stands under its final name is complete, and in a run the journal knows it (a pool keeps none). The
//! thread takes what waits in one go, so that many small files share one wait for the disk. `place` gives the
//! names.

mod place;

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
use rustix::fs::{AtFlags, CWD, OFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;
use tracing::{Span, debug};

use crate::escape::escape;
use crate::journal::{FileState, GROUP, Journal, Modified, Written};
use crate::replace_file::HALF_WRITTEN;
use place::{Unplaced, place_all};
pub use place::{give_name, make_folders};

/// The longest that a photo waits for others to share that wait with, while there are some to come: the
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

/// What was made of one photo, to be published.
#[derive(Debug)]
pub(crate) struct Commit {
    /// The job that made it.
    pub(crate) job: JobId,
    /// What it was made from, as the plan saw it.
    pub(crate) input: (PathBuf, FileState),
    /// Its results: all of them are published, or none.
    pub(crate) results: Vec<ReadyResult>,
    /// Whether there is so much left to do that others are sure to follow soon.
    pub(crate) others_follow: bool,
}

/// One of the files to be made of a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedResult {
    /// The final name, absolute.
    pub output: PathBuf,
    /// The format to write.
    pub format: Format,
    /// What may be replaced there.
    pub replace: Replace,
}

/// One file to publish.
#[derive(Debug)]
pub(crate) struct ReadyResult {
    /// Where it is to stand, in which format it is and what it may replace.
    pub(crate) planned: PlannedResult,
    /// Where it stands now.
    pub(crate) staging: PathBuf,
    /// The time that it gets, unless that of its writing.
    pub(crate) modified: Option<Modified>,
    /// CRC-32 of it, by what the worker says.
    pub(crate) checksum: u32,
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
    /// Whether the results stand under their names.
    pub(crate) result: Result<(), JobError>,
}

/// The thread that publishes; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Publisher {
    orders: Sender<Commit>,
    thread: Thread,
}

impl Publisher {
    /// Starts the thread; what comes of each photo is received from the other end.
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

    /// Hands over what was made of one photo.
    pub(crate) fn publish(&self, commit: Commit) {
        let is_late = !commit.others_follow;
        // The thread lives as long as the sender.
        let _ = self.orders.send(commit);
        if is_late {
            self.thread.unpark();
        }
    }
}

/// A group: what waits and, if others are sure to follow, what comes in the next moment, which ends early
/// with a file that no others follow. Being woken for each of them would cost more than publishing it; to be
/// woken once too early costs a wait for the disk and nothing else.
fn gather(first: Commit, todo: &Receiver<Commit>, company: Duration) -> Vec<Commit> {
    let mut group: Vec<Commit> = iter::once(first).chain(todo.try_iter()).take(GROUP).collect();
    if group.len() < GROUP && group.iter().all(|commit| commit.others_follow) {
        thread::park_timeout(company);
        group.extend(todo.try_iter().take(GROUP - group.len()));
    }
    group
}

/// Writes a group down and renames it. What cannot be written down does not get its name either.
fn publish(mut group: Vec<Commit>, destination: &Destination) -> Vec<Committed> {
    let described = group.iter_mut().map(|commit| ready(commit, destination));
    let recorded = write_down(described.collect(), destination);
    let publish = |(commit, recorded): (Commit, io::Result<()>)| {
        let root = &destination.root;
        let placed = recorded.map_err(Unplaced::from).and_then(|()| place_all(&commit.results, root));
        if placed.is_err() {
            commit.results.iter().for_each(|result| remove(&result.staging));
        }
        Committed { job: commit.job, result: placed.map_err(|unplaced| refused(&unplaced, root)) }
    };
    group.into_iter().zip(recorded).map(publish).collect()
}

/// What cannot be removed now is swept at the end of the run.
fn remove(staging: &Path) {
    if let Err(error) = std::fs::remove_file(staging) {
        debug!(file = %escape(staging), %error, "cannot be removed");
    }
}

/// Brings the staging files of a photo to where they are renamed from, and gives them their time; their
/// records.
fn ready(commit: &mut Commit, destination: &Destination) -> io::Result<Vec<Written>> {
    let root = &destination.root;
    let Commit { input: (input, seen), results, .. } = commit;
    let written = |result: &mut ReadyResult| {
        if destination.is_elsewhere {
            bring_beside(result, root)?;
        }
        let written_at = state_of(&result.staging)?.modified;
        if let Some(time) = result.modified {
            set_time(&result.staging, time)?;
        }
        let state = state_of(&result.staging)?;
        tell_apart(result, state, written_at)?;
        let PlannedResult { output, format, replace: _ } = &result.planned;
        Ok(Written {
            output: WirePath(output.strip_prefix(root).unwrap_or(output).to_owned()),
            input: WirePath(input.clone()),
            seen: *seen,
            format: *format,
            state,
            written_at,
            checksum: result.checksum,
            revision: ENGINE_REVISION,
        })
    };
    results.iter_mut().map(written).collect()
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

/// Gives a file that will be replaced another time if only its content tells it from the new one, as can be
/// when both have a time that they were given: after a kill, the new one's record would be believed of it. Of
/// a file of ours the journal knows both contents, and compares. It keeps that time where the new one then
/// cannot have its name: the record is there.
fn tell_apart(result: &ReadyResult, state: FileState, written_at: Modified) -> io::Result<()> {
    let PlannedResult { output, replace, format: _ } = &result.planned;
    let may_be_strange = match replace {
        Replace::Nothing | Replace::Ours(_) => false,
        Replace::Anything => true,
    };
    let looks_alike = || {
        let there = std::fs::symlink_metadata(output);
        there.is_ok_and(|there| there.is_file() && FileState::of(&there) == state)
    };
    if result.modified.is_none() || !may_be_strange {
        return Ok(());
    }
    let Modified { seconds, nanoseconds } = written_at;
    // Some file systems round a time, to two seconds at most: how it is then, a look tells.
    for later in [0, 2] {
        if !looks_alike() {
            break;
        }
        let time = Modified { seconds: seconds + later, nanoseconds };
        match set_time(output, time) {
            // Its owner alone may do that, while others may replace it.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                make_ours(output, &result.staging)?;
                set_time(output, time)?;
            }
            set => set?,
        }
    }
    Ok(())
}

/// Puts a copy of a file in its own place.
fn make_ours(file: &Path, staging: &Path) -> io::Result<()> {
    let copy = place::aside(staging);
    let placed = std::fs::copy(file, &copy).and_then(|_| std::fs::rename(&copy, file));
    placed.inspect_err(|_| remove(&copy))
}

/// Copies a staging file beside its name, to be given the same time, and goes on with the copy: what is
/// written down is how that file system sees it. What a killed run left of this is removed first.
fn bring_beside(result: &mut ReadyResult, root: &Path) -> io::Result<()> {
    let output = &result.planned.output;
    let folder = output.parent().unwrap_or(root);
    if let Ok(below) = folder.strip_prefix(root) {
        make_folders(root, below)?;
    }
    let mut from = open_file(&result.staging)?;
    let name = output.file_name().unwrap_or_default().as_encoded_bytes();
    let beside = folder.join(format!("{HALF_WRITTEN}{:08x}", crc32fast::hash(name)));
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut copy = File::create_new(&beside)?;
    let original = std::mem::replace(&mut result.staging, beside);
    io::copy(&mut from, &mut copy)?;
    result.modified = result.modified.or(Some(FileState::of(&from.metadata()?).modified));
    remove(&original);
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

/// Writes down what is ready of a group; one answer for each photo.
fn write_down(described: Vec<io::Result<Vec<Written>>>, destination: &Destination) -> Vec<io::Result<()>> {
    let photos = described.iter().filter_map(|records| records.as_ref().ok()).cloned().collect();
    let refused = destination.journal.as_ref().and_then(|journal| journal.append(photos).err());
    let appended = || refused.as_ref().map_or(Ok(()), |error| Err(again(error)));
    described.into_iter().map(|records| records.and_then(|_| appended())).collect()
}

/// The same error once more.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

fn refused(Unplaced { output, error }: &Unplaced, root: &Path) -> JobError {
    let mut answer = JobError::io(Stage::Write, ErrorKind::WriteFailed, error);
    if error.kind() == io::ErrorKind::FileTooLarge {
        // A journal that is full says so in words of its own.
        answer.os_error = Some(Errno::FBIG.raw_os_error());
    }
    if error.kind() == io::ErrorKind::AlreadyExists {
        answer.detail =
            "a file has appeared in the output's place, or was changed, since the run began; it was \
                left alone"
                .to_owned();
    }
    if let Some(output) = output {
        answer.detail = format!("{}: {}", escape(output.strip_prefix(root).unwrap_or(output)), answer.detail);
    }
    answer
}

#[cfg(test)]
mod tests;
