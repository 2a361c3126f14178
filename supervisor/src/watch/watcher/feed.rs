//! From a file that has come to rest to its results: planned with others, handed to the workers, settled, and
//! moved away.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use engine::verdict::SkipReason;
use pool::escape::escape;
use pool::journal::FileState;

use super::{SHIFT_PHOTOS, Watcher, Working};
use crate::batch::RunError;
use crate::batch::open_run::OpenRun;
use crate::console::complain;
use crate::plan::{Action, PlannedJob, is_photo, sidecars};
use crate::units::amount;
use crate::watch::news::Became;
use crate::watch::originals::Moved;
use crate::watch::settle::Outcome;

/// Files that are planned together.
const GROUP: usize = 2_000;
/// Photos that are with the workers or wait for them.
const AT_A_TIME: usize = 256;

impl Watcher {
    /// Gives the workers what they can take.
    pub(super) fn hand_over(&mut self, run: &OpenRun<'_>) -> Result<(), RunError> {
        while self.working.len() < AT_A_TIME && run.photos() < SHIFT_PHOTOS {
            match self.planned.pop_front() {
                Some(job) => self.hand_over_one(run, job),
                None if self.files.has_ready() => self.plan(run)?,
                None => break,
            }
        }
        if self.up_to_date > 0 && !self.files.has_ready() {
            let photos = amount(std::mem::take(&mut self.up_to_date), "photo");
            let folder = escape(&self.typed);
            self.say(|| format!("{photos} of {folder}: the results are up to date"));
        }
        Ok(())
    }

    /// Settles what is to be done with files that have come to rest.
    fn plan(&mut self, run: &OpenRun<'_>) -> Result<(), RunError> {
        let taken = self.files.take(GROUP);
        let told = taken.iter().filter(|path| sidecars::is_one(path));
        told.for_each(|sidecar| self.files.told_by(Instant::now(), sidecar));
        let root = self.hot.root().to_owned();
        let is_photo = |path: &PathBuf| {
            let path = root.join(path);
            path.symlink_metadata().is_ok_and(|metadata| is_photo(&path, metadata.file_type()))
        };
        let (photos, others): (Vec<PathBuf>, Vec<PathBuf>) = taken.into_iter().partition(is_photo);
        others.iter().for_each(|path| self.files.ended(Instant::now(), path, Outcome::Done));
        let files: Vec<PathBuf> = photos.iter().map(|path| root.join(path)).collect();
        let mut unwanted: HashSet<PathBuf> = photos.into_iter().collect();
        let jobs = match files.is_empty() {
            true => Vec::new(),
            false => run.plan(&root, &files, &mut |_| {})?.jobs,
        };
        for mut job in jobs {
            let Some(path) = self.hot.below(&job.input).map(Path::to_owned) else { continue };
            unwanted.remove(&path);
            job.shown = self.typed.join(&path);
            if let Action::Skip { reason: SkipReason::UpToDate { .. }, .. } = &job.action {
                self.up_to_date += 1;
                self.done(&path);
            } else {
                self.planned.push_back(job);
            }
        }
        let outcome = if run.asks_marks() { Outcome::Unwanted } else { Outcome::Done };
        unwanted.iter().for_each(|path| self.files.ended(Instant::now(), path, outcome));
        Ok(())
    }

    fn hand_over_one(&mut self, run: &OpenRun<'_>, job: PlannedJob) {
        let Some(path) = self.hot.below(&job.input).map(Path::to_owned) else { return };
        let now = Instant::now();
        let state = self.hot.look_at(&path);
        let results: Vec<PathBuf> = job.action.outputs().into_iter().map(Path::to_owned).collect();
        let seen = match &job.action {
            Action::Process { seen, .. } => Some(*seen),
            Action::Skip { .. } | Action::Fail(_) => state,
        };
        let Some(state) = state.filter(|state| seen == Some(*state)) else {
            // It has changed since it was planned, or is gone.
            self.files.look(now, &path, state);
            return self.files.ended(now, &path, Outcome::Done);
        };
        // Whose results another photo is about to have is planned again once these are there.
        if results.iter().any(|result| self.expected.contains(result)) {
            return self.files.ended(now, &path, Outcome::Later(now + self.settle));
        }
        if matches!(job.action, Action::Process { .. }) {
            match read_to_its_end(&job.input, state) {
                Ok(true) => drop(self.said.remove(&path)),
                Ok(false) => return self.files.ended(now, &path, Outcome::Later(now + self.settle)),
                Err(error) => {
                    let photo = escape(&job.shown);
                    self.say_once(&path, || format!("{photo} cannot be read yet: {error}"));
                    return self.files.ended(now, &path, Outcome::Later(now + self.sweep));
                }
            }
        }
        self.expected.extend(results.iter().cloned());
        self.working.insert(path, Working { state, results });
        run.add(job);
    }

    /// A photo has its verdict.
    pub(super) fn settled(&mut self, input: &Path, became: Became) {
        let Some(path) = self.hot.below(input).map(Path::to_owned) else { return };
        let Some(Working { state, results }) = self.working.remove(&path) else { return };
        for result in &results {
            self.expected.remove(result);
        }
        match became {
            Became::Done => self.move_away(path, state),
            Became::NotDone => self.files.ended(Instant::now(), &path, Outcome::Done),
            Became::Gone => self.files.ended(Instant::now(), &path, Outcome::Gone),
        }
    }

    /// The results of a photo were there before.
    fn done(&mut self, path: &Path) {
        if let Some(state) = self.files.state(path) {
            self.move_away(path.to_owned(), state);
        }
    }

    fn move_away(&mut self, path: PathBuf, state: FileState) {
        match &self.originals {
            Some(originals) => originals.order(path, state),
            None => self.files.ended(Instant::now(), &path, Outcome::Done),
        }
    }

    /// What became of an original.
    pub(super) fn moved(&mut self, path: &Path, became: Moved) {
        let now = Instant::now();
        let outcome = match became {
            Moved::Away => Outcome::Gone,
            Moved::Changed => {
                self.files.look(now, path, self.hot.look_at(path));
                Outcome::Done
            }
            Moved::Stays(error) => {
                let photo = escape(&self.typed.join(path));
                complain(&format!("note: {photo} is done and cannot be moved: {error}"));
                Outcome::Done
            }
        };
        self.files.ended(now, path, outcome);
    }
}

/// Whether a file can be read to its end, and is as long as it was.
fn read_to_its_end(path: &Path, state: FileState) -> io::Result<bool> {
    let mut file = std::fs::File::open(path)?;
    let read = io::copy(&mut file, &mut io::sink())?;
    Ok(read == state.bytes && FileState::of(&file.metadata()?) == state)
}
