//! When a file in a hot folder may be taken: once two looks at it, some time apart, saw the same size and
//! time. Pure: whoever looks at files tells what was seen and when.
//!
//! A file is known as long as it is there. So what was done stays done until the file changes, be it a photo,
//! a broken one or something else, and what is kept is as much as there are files.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pool::journal::FileState;

use crate::plan::sidecars;

/// The files of a hot folder, by their paths below it.
#[derive(Debug)]
pub(super) struct Settling {
    /// The time between two looks.
    settle: Duration,
    files: HashMap<PathBuf, KnownFile>,
    /// When to look again at what; some may be out of date.
    due: BTreeSet<(Instant, PathBuf)>,
    /// What may be taken, in this order; some may be out of date.
    ready: VecDeque<PathBuf>,
    /// Photos that were not wanted for what is said of them: those in [`Phase::Unwanted`].
    unwanted: BTreeSet<PathBuf>,
    /// Counts the looks at everything.
    sweep: u64,
}

#[derive(Debug)]
struct KnownFile {
    /// As it was seen last, or as it was taken.
    state: FileState,
    phase: Phase,
    /// The last look at everything that saw it, or the one under way when it was seen otherwise.
    sweep: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It may still be written to: to be looked at again then.
    Looked { due: Instant },
    /// It has come to rest.
    Ready,
    /// Somebody works on it; how it has been seen since.
    Taken { now: Option<FileState> },
    /// Nothing more is to be done about it.
    Done,
    /// The same, as long as nothing else is said of it: it was not wanted.
    Unwanted,
}

/// What became of a file that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has its verdict, or is no photo.
    Done,
    /// It is a photo that is not wanted for what is said of it, in itself or beside it.
    Unwanted,
    /// It is not there any more.
    Gone,
    /// It could not be taken after all: to be looked at again then.
    Later(Instant),
}

impl Settling {
    pub(super) fn new(settle: Duration) -> Self {
        let (files, due, ready) = (HashMap::new(), BTreeSet::new(), VecDeque::new());
        Self { settle, files, due, ready, unwanted: BTreeSet::new(), sweep: 0 }
    }

    /// A file was looked at; without a state it is not there.
    pub(super) fn look(&mut self, now: Instant, path: &Path, state: Option<FileState>) {
        // Nothing has been written to an empty one yet.
        let state = state.filter(|state| state.bytes > 0);
        let later = now + self.settle;
        let Some(file) = self.files.get_mut(path) else {
            if let Some(state) = state {
                let file = KnownFile { state, phase: Phase::Done, sweep: self.sweep };
                self.files.insert(path.to_owned(), file);
                self.wait(path, later);
            }
            return;
        };
        file.sweep = self.sweep;
        if let Phase::Taken { now } = &mut file.phase {
            *now = state;
            return;
        }
        let Some(state) = state else { return self.forget(path) };
        if file.state != state {
            file.state = state;
            return self.wait(path, later);
        }
        match file.phase {
            Phase::Looked { due } if due <= now => {
                file.phase = Phase::Ready;
                self.ready.push_back(path.to_owned());
            }
            // Where it was not looked at in time, it still has to be.
            Phase::Looked { due } => drop(self.due.insert((due, path.to_owned()))),
            Phase::Ready | Phase::Taken { .. } | Phase::Done | Phase::Unwanted => {}
        }
    }

    fn wait(&mut self, path: &Path, due: Instant) {
        if let Some(file) = self.files.get_mut(path) {
            file.phase = Phase::Looked { due };
            self.due.insert((due, path.to_owned()));
            self.unwanted.remove(path);
        }
    }

    fn forget(&mut self, path: &Path) {
        self.files.remove(path);
        self.unwanted.remove(path);
    }

    /// When a file is next to be looked at.
    pub(super) fn next_look(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// The next file that is to be looked at now.
    pub(super) fn due(&mut self, now: Instant) -> Option<PathBuf> {
        while self.next_look().is_some_and(|due| due <= now) {
            let (due, path) = self.due.pop_first()?;
            if self.files.get(&path).is_some_and(|file| file.phase == Phase::Looked { due }) {
                return Some(path);
            }
        }
        None
    }

    /// Takes files that have come to rest, at most so many.
    pub(super) fn take(&mut self, most: usize) -> Vec<PathBuf> {
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some(path) = self.ready.pop_front()
        {
            if let Some(file) = self.files.get_mut(&path)
                && file.phase == Phase::Ready
            {
                file.phase = Phase::Taken { now: Some(file.state) };
                taken.push(path);
            }
        }
        taken
    }

    /// A file as it was when it was taken, or as it was seen last.
    pub(super) fn state(&self, path: &Path) -> Option<FileState> {
        self.files.get(path).map(|file| file.state)
    }

    /// Whether some file has come to rest that nobody has taken.
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// What became of a file that was taken.
    pub(super) fn ended(&mut self, now: Instant, path: &Path, outcome: Outcome) {
        let later = now + self.settle;
        let Some(file) = self.files.get_mut(path) else { return };
        let Phase::Taken { now: seen } = file.phase else { return };
        let changed = seen.is_some_and(|seen| seen != file.state);
        match (outcome, seen) {
            (_, Some(seen)) if changed => {
                file.state = seen;
                self.wait(path, later);
            }
            (Outcome::Gone, _) | (_, None) => self.forget(path),
            (Outcome::Done, Some(_)) => file.phase = Phase::Done,
            (Outcome::Unwanted, Some(_)) => {
                file.phase = Phase::Unwanted;
                self.unwanted.insert(path.to_owned());
            }
            (Outcome::Later(due), Some(_)) => self.wait(path, due),
        }
    }

    /// A sidecar has come to rest: photos of it that were not wanted are looked at again, for what it says
    /// may be new.
    pub(super) fn told_by(&mut self, now: Instant, sidecar: &Path) {
        // Whatever it may be of begins like it.
        let first = sidecar.with_extension("");
        let begins_so = |photo: &&PathBuf| {
            photo.as_os_str().as_encoded_bytes().starts_with(first.as_os_str().as_encoded_bytes())
        };
        let candidates = self.unwanted.range(first.clone()..).take_while(begins_so);
        let photos: Vec<PathBuf> =
            candidates.filter(|photo| sidecars::is_of(sidecar, photo)).cloned().collect();
        photos.iter().for_each(|photo| self.wait(photo, now + self.settle));
    }

    /// A look at everything begins.
    pub(super) fn begin_sweep(&mut self) {
        self.sweep += 1;
    }

    /// A look at everything has ended: what it did not see is gone, but for what lies where nobody could
    /// look.
    pub(super) fn end_sweep(&mut self, now: Instant, unseen: &[PathBuf]) {
        let is_gone = |path: &Path, file: &KnownFile| {
            file.sweep < self.sweep && !unseen.iter().any(|folder| path.starts_with(folder))
        };
        let files = self.files.iter().filter(|(path, file)| is_gone(path, file));
        let gone: Vec<PathBuf> = files.map(|(path, _)| path.clone()).collect();
        gone.iter().for_each(|path| self.look(now, path, None));
    }

    /// How many files are known.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }
}

#[cfg(test)]
mod tests;
