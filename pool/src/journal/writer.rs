//! How a run adds to the journal.
//!
//! Owns the open file. [`Journal::append`] is called by the commit thread; a thread of its own makes
//! checkpoints. The one lock orders the records in the file and is held while a few hundred bytes are handed
//! to the kernel, never while the disk is waited for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rustix::fs::OFlags;
use rustix::io::Errno;
use tracing::{Span, debug, error, warn};

use super::compact::compacted;
use super::file::MOST_BYTES;
use super::frame::{self, HEADER};
use super::history::{Damage, History};
use super::record::{Record, RunRecord, Written};
use super::settings::Settings;
use super::{FILE_NAME, boot_id};
use crate::escape::escape;
use crate::lock::lock;
use crate::replace_file::replace_file;

/// The time between checkpoints: the most work that a power cut can cost, beside what is under way.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(5);

/// Bytes that are left for what is noted beside results.
const RESERVE: u64 = 1 << 20;

/// The journal of an output folder while a run writes to it. The caller holds the folder's lock.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    /// Ends the checkpoints when it is dropped.
    _stop: Sender<()>,
}

#[derive(Debug)]
struct Shared {
    file: File,
    /// Any file of the file system that outputs go to.
    root: File,
    state: Mutex<WriterState>,
}

#[derive(Debug)]
struct WriterState {
    /// Bytes of whole records in the file.
    length: u64,
    /// Bytes that the last checkpoint covered.
    synced: u64,
    /// Why nothing more is written, once that is so.
    closed: Option<Closed>,
}

#[derive(Debug, Clone, Copy)]
enum Closed {
    /// The run is over.
    Over,
    /// A write or a sync failed with this number.
    Failed(i32),
}

impl Journal {
    /// Opens the journal in `state_folder`, which stands in the output folder `root`, to go on after
    /// `history`, and notes that a run begins, with what the plan has proved the hard way. A torn end is cut
    /// off; what cannot be read is renamed, never deleted.
    pub fn open(
        state_folder: &Path,
        root: &Path,
        history: &History,
        settings: Settings,
    ) -> io::Result<Journal> {
        let path = state_folder.join(FILE_NAME);
        let mut length = history.end;
        if let Some(damage) = history.damage() {
            warn!(journal = %escape(&path), "the journal {damage}");
        }
        match history.damage() {
            None if history.is_wasteful() => {
                length = rewrite(&path, root, history)?;
                debug!(journal = %escape(&path), before = history.end, after = length, "compacted");
            }
            None => {}
            Some(Damage::Broken) => {
                // The damaged one keeps its name until the new one takes it: whatever happens in between,
                // there is a journal.
                keep_copy(&path)?;
                length = rewrite(&path, root, history)?;
            }
            Some(Damage::OtherVersion | Damage::Foreign) => set_aside(&path)?,
        }
        let no_link = OFlags::NOFOLLOW.bits().cast_signed();
        let mut file = OpenOptions::new().append(true).create(true).custom_flags(no_link).open(&path)?;
        file.set_len(length)?;
        let mut beginning = Vec::new();
        if length == 0 {
            beginning.extend(HEADER);
        }
        let proved = history.proved_by_content(&settings);
        let first_checkpoint = match history.awaits_checkpoint() || !proved.is_empty() {
            true => Duration::ZERO,
            false => CHECKPOINT_EVERY,
        };
        let (started, settings) = (seconds_since_1970(), settings.into_record());
        frame::push(&mut beginning, &Record::Run(RunRecord { boot: boot_id(), started, settings }))?;
        for written in proved {
            frame::push(&mut beginning, &Record::Made(written))?;
        }
        file.write_all(&beginning)?;
        file.sync_data()?;
        // So that the journal's own name, and its folder's, outlast a power cut.
        File::open(state_folder)?.sync_all()?;
        let root = File::open(root)?;
        root.sync_all()?;

        length += beginning.len() as u64;
        let state = Mutex::new(WriterState { length, synced: 0, closed: None });
        let shared = Arc::new(Shared { file, root, state });
        let (stop, stopped) = crossbeam_channel::bounded(0);
        let (checkpoints, span) = (Arc::clone(&shared), Span::current());
        thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || span.in_scope(|| checkpoints.make_checkpoints(&stopped, first_checkpoint)))?;
        Ok(Journal { shared, _stop: stop })
    }

    /// Writes down what was made of each of these photos; it is on the disk when this returns. After an error
    /// nothing more is taken.
    pub fn append(&self, photos: Vec<Vec<Written>>) -> io::Result<()> {
        let mut frames = Vec::new();
        for results in photos {
            let record = match <[Written; 1]>::try_from(results) {
                Ok([only]) => Record::Made(only),
                Err(results) => Record::MadeTogether(results),
            };
            frame::push(&mut frames, &record)?;
        }
        let length = self.shared.state().length;
        if length + frames.len() as u64 > MOST_BYTES - RESERVE {
            let full = "its journal has 1 GiB, some four million results, and takes no more: choose another \
                        output folder";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, full));
        }
        self.shared.append(&frames)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // A checkpoint may be waiting for a slow disk; the run does not wait for it, and it writes nothing
        // afterwards.
        self.shared.state().closed.get_or_insert(Closed::Over);
    }
}

impl Shared {
    fn append(&self, frames: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        match state.closed {
            None => {}
            Some(Closed::Over) => return Err(io::Error::other("the journal is closed")),
            Some(Closed::Failed(errno)) => return Err(io::Error::from_raw_os_error(errno)),
        }
        if let Err(error) = self.write(frames) {
            // Half a record at the end is cut off when it is read; this only saves the reader the trouble.
            if let Err(error) = self.file.set_len(state.length) {
                debug!(%error, "half a record stays at the end of the journal");
            }
            return Err(fail(&mut state, &error));
        }
        state.length += frames.len() as u64;
        drop(state);
        self.file.sync_data().map_err(|error| fail(&mut self.state(), &error))
    }

    fn write(&self, frames: &[u8]) -> io::Result<()> {
        // Writing to a file that was deleted works as well as ever, and proves nothing to anybody.
        if self.file.metadata()?.nlink() == 0 {
            return Err(Errno::NOENT.into());
        }
        (&self.file).write_all(frames)
    }

    fn make_checkpoints(&self, stopped: &Receiver<()>, first: Duration) {
        let mut wait = first;
        while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            wait = CHECKPOINT_EVERY;
            if let Err(error) = self.checkpoint() {
                // The run was over before the disk was done: nobody needs this checkpoint.
                if matches!(self.state().closed, Some(Closed::Over)) {
                    return;
                }
                error!(%error, "no checkpoint can be made in the journal");
                // The next commit is told.
                fail(&mut self.state(), &error);
                return;
            }
        }
    }

    /// Has everything that is recorded so far brought to the disk, and writes down that it is there.
    fn checkpoint(&self) -> io::Result<()> {
        let until = {
            let state = self.state();
            if state.closed.is_some() || state.length == state.synced {
                return Ok(());
            }
            state.length
        };
        rustix::fs::syncfs(&self.root)?;
        let mut frames = Vec::new();
        frame::push(&mut frames, &Record::Synced { until })?;
        self.append(&frames)?;
        let mut state = self.state();
        // Where nothing came between, the checkpoint's own record needs no checkpoint.
        let alone = state.length == until + frames.len() as u64;
        state.synced = if alone { state.length } else { until };
        debug!(until, "checkpoint");
        Ok(())
    }

    /// The numbers stay usable if a thread died with them in hand.
    fn state(&self) -> MutexGuard<'_, WriterState> {
        lock(&self.state)
    }
}

/// Notes the first failure: what the kernel could not write once, it may have thrown away.
fn fail(state: &mut WriterState, error: &io::Error) -> io::Error {
    let errno = error.raw_os_error().unwrap_or(Errno::IO.raw_os_error());
    let Closed::Failed(errno) = *state.closed.get_or_insert(Closed::Failed(errno)) else {
        return io::Error::from_raw_os_error(errno);
    };
    io::Error::from_raw_os_error(errno)
}

/// Puts a journal without dead weight in the place of the old one; its length.
fn rewrite(path: &Path, root: &Path, history: &History) -> io::Result<u64> {
    let bytes = compacted(history, root)?;
    replace_file(path, |out| out.write_all(&bytes))?;
    Ok(bytes.len() as u64)
}

/// Renames a journal that cannot be gone on with to the first free `journal.unreadable-N`.
fn set_aside(path: &Path) -> io::Result<()> {
    free_name(path).map_or(Ok(()), |free| fs::rename(path, free))
}

/// Gives a damaged journal such a name too, as a second one where the file system can, else to a copy.
fn keep_copy(path: &Path) -> io::Result<()> {
    let Some(free) = free_name(path) else { return Ok(()) };
    fs::hard_link(path, &free).or_else(|_| fs::copy(path, &free).map(drop))
}

fn free_name(path: &Path) -> Option<PathBuf> {
    let name = |number: u32| path.with_file_name(format!("{FILE_NAME}.unreadable-{number}"));
    (1..).map(name).find(|name| fs::symlink_metadata(name).is_err())
}

/// 0 where the clock stands before 1970.
fn seconds_since_1970() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use recipe::Recipe;

    use super::*;

    #[test]
    fn nothing_is_written_that_the_next_run_could_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings::of(&Recipe::default()).unwrap();
        let journal = Journal::open(dir.path(), dir.path(), &History::default(), settings).unwrap();
        journal.append(vec![Vec::new()]).unwrap();
        let length = journal.shared.state().length;
        journal.shared.state().length = MOST_BYTES - RESERVE;
        let error = journal.append(vec![Vec::new()]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert!(error.to_string().contains("choose another output folder"), "{error}");
        // It is not broken by that.
        journal.shared.state().length = length;
        journal.append(vec![Vec::new()]).unwrap();
    }
}
