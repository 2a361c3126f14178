//! What a hot folder's files go through, from the first look to the last: looked at, planned, handed to the
//! workers, and moved away.
//!
//! A [`Watcher`] lives as long as the watch; during a shift it is used by that shift's thread `watch`, which
//! may read files and wait for slow disks. Owns what is known of files. What happens from there on is in
//! `feed`.

mod feed;

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, at, bounded, never, select};
use pool::escape::escape;
use pool::file_identity::FileIdentity;
use pool::journal::FileState;
use tracing::debug;

use super::WatchSettings;
use super::hints::{Hint, Hints};
use super::news::News;
use super::originals::{Moved, Originals};
use super::places::Places;
use super::settle::Settling;
use super::sweep::{HotFolder, Seen, is_of_interest};
use crate::batch::RunError;
use crate::batch::open_run::OpenRun;
use crate::console::complain;
use crate::plan::PlannedJob;

/// Hints that wait; what is more is looked at with everything.
const HINTS: usize = 4_096;
/// Photos of a shift. Each takes some 1.6 kB until its end, for the report, and what was taken once the
/// allocator keeps.
const SHIFT_PHOTOS: usize = 2_000;
/// The longest that a shift with photos takes.
const SHIFT_TIME: Duration = Duration::from_secs(24 * 3600);
/// The time between two reports while nothing is left to do.
const REPORT_EVERY: Duration = Duration::from_secs(10);
/// The same while there is something.
const REPORT_AT_LEAST_EVERY: Duration = Duration::from_secs(120);
/// The longest that nothing is done where nothing happens.
const WAIT: Duration = Duration::from_secs(3600);
/// Files of which it is remembered that something was said.
const SAID: usize = 1_000;
/// Stands for the hot folder among these.
const FOLDER: &str = "";
/// Stands for the hints.
const OF_HINTS: &str = "/";

/// What is known of a hot folder.
#[derive(Debug)]
pub(super) struct Watcher {
    hot: HotFolder,
    typed: PathBuf,
    quiet: bool,
    settle: Duration,
    sweep: Duration,
    files: Settling,
    /// Where there are any.
    hints: Option<Hints>,
    hinted: Receiver<Hint>,
    originals: Option<Originals>,
    next_sweep: Instant,
    /// Planned, and not with the workers yet.
    planned: VecDeque<PlannedJob>,
    /// With the workers: by their inputs, as they were when they were handed over.
    working: HashMap<PathBuf, Working>,
    /// The results that these will have.
    expected: HashSet<PathBuf>,
    /// Photos whose results were there before, which has not been said yet.
    up_to_date: u64,
    /// What has been said already of some files, or of the folder itself.
    said: HashSet<PathBuf>,
    /// As the folder was when the shift began, with workers that may read it.
    identity: Option<FileIdentity>,
    /// Whether it is another one now, under the same name.
    is_another: bool,
}

#[derive(Debug)]
struct Working {
    state: FileState,
    results: Vec<PathBuf>,
}

/// How far a shift is.
#[derive(Debug)]
struct ShiftState {
    begun: Instant,
    reported: Option<Instant>,
    /// Whether something has happened since.
    has_news: bool,
    /// Whether nothing new is handed over.
    is_stopping: bool,
}

impl Watcher {
    pub(super) fn new(settings: &WatchSettings, places: Places) -> io::Result<Watcher> {
        let (sender, hinted) = bounded(HINTS);
        let hints = Hints::start(sender)
            .inspect_err(|error| complain(&format!("note: {error}; {}", every(settings.sweep))))
            .ok();
        let to = settings.originals.clone();
        let originals = to.map(|to| Originals::start(places.hot.clone(), to)).transpose()?;
        Ok(Watcher {
            hot: HotFolder::new(places.hot, places.apart),
            typed: places.typed,
            quiet: settings.run.quiet,
            settle: settings.settle,
            sweep: settings.sweep,
            files: Settling::new(settings.settle),
            hinted: if hints.is_some() { hinted } else { never() },
            hints,
            originals,
            next_sweep: Instant::now(),
            planned: VecDeque::new(),
            working: HashMap::new(),
            expected: HashSet::new(),
            up_to_date: 0,
            said: HashSet::new(),
            identity: None,
            is_another: false,
        })
    }

    /// Has photos done until the shift is over. `news` comes from the thread that drives the workers, and
    /// ends with it.
    pub(super) fn work(
        &mut self,
        run: &OpenRun<'_>,
        news: &Receiver<News>,
        report: &mut dyn FnMut(),
    ) -> Result<(), RunError> {
        (self.identity, self.is_another) = (self.hot.identity(), false);
        let (begun, reported) = (Instant::now(), None);
        let mut shift = ShiftState { begun, reported, has_news: false, is_stopping: false };
        let moved = self.originals.as_ref().map_or_else(never, |originals| originals.moved().clone());
        let mut hints = self.hinted.clone();
        loop {
            if !shift.is_stopping {
                self.look();
                if !self.is_long_enough(run, &shift) {
                    self.hand_over(run)?;
                } else if self.working.is_empty() {
                    run.close();
                    shift.is_stopping = true;
                }
            }
            if shift.is_report_due(self.is_idle(), Instant::now()) {
                report();
                (shift.reported, shift.has_news) = (Some(Instant::now()), false);
            }
            let timeout = at(self.next_look(&shift));
            select! {
                recv(news) -> heard => match heard {
                    Ok(News::Settled { input, became }) => {
                        shift.has_news = true;
                        self.settled(&input, became);
                    }
                    Ok(News::Stopping) => shift.is_stopping = true,
                    Err(_) => return Ok(()),
                },
                recv(hints) -> hint => match hint {
                    Ok(hint) => self.hinted(&hint),
                    Err(_) => hints = never(),
                },
                recv(moved) -> original => {
                    if let Ok((path, became)) = original {
                        self.moved(&path, became);
                    }
                }
                recv(timeout) -> _ => {}
            }
        }
    }

    /// When there is something to be done even if nothing happens.
    fn next_look(&self, shift: &ShiftState) -> Instant {
        let now = Instant::now();
        let looks = self.files.next_look().into_iter().chain([self.next_sweep]);
        let looks = looks.filter(|_| !shift.is_stopping);
        let end = [shift.begun + SHIFT_TIME].into_iter().filter(|end| *end > now);
        let report = shift.has_news.then(|| shift.next_report(self.is_idle()));
        looks.chain(end).chain(report).fold(now + WAIT, Instant::min)
    }

    /// Whether a shift takes nothing more.
    fn is_long_enough(&self, run: &OpenRun<'_>, shift: &ShiftState) -> bool {
        let photos = run.photos();
        let is_long = photos > 0 && shift.begun.elapsed() >= SHIFT_TIME;
        photos >= SHIFT_PHOTOS || is_long || self.is_another
    }

    /// Whether nothing is to be done but to wait.
    fn is_idle(&self) -> bool {
        self.working.is_empty() && self.planned.is_empty() && !self.files.has_ready()
    }

    fn look(&mut self) {
        if Instant::now() >= self.next_sweep {
            self.look_at_all();
        }
        let now = Instant::now();
        while let Some(path) = self.files.due(now) {
            self.files.look(now, &path, self.hot.look_at(&path));
        }
    }

    /// Looks at everything.
    fn look_at_all(&mut self) {
        let (now, root) = (Instant::now(), self.hot.root().to_owned());
        self.is_another |= self.hot.identity().is_some_and(|identity| self.identity != Some(identity));
        self.files.begin_sweep();
        match self.look_below(&root) {
            Ok(unseen) => {
                self.files.end_sweep(now, &unseen);
                if self.said.remove(Path::new(FOLDER)) {
                    complain(&format!("note: {} can be looked at again", escape(&self.typed)));
                }
            }
            Err(error) => {
                let folder = escape(&self.typed);
                self.say_once(Path::new(FOLDER), || format!("{folder} cannot be looked at now: {error}"));
            }
        }
        debug!(files = self.files.len(), "looked at everything");
        self.next_sweep = Instant::now() + self.sweep;
    }

    fn look_below(&mut self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let (now, files, hints) = (Instant::now(), &mut self.files, &self.hints);
        let mut no_hints = None;
        let unseen = self.hot.look_at_all(folder, &mut |seen| match seen {
            Seen::Folder(path) => {
                let added = hints.as_ref().map_or(Ok(()), |hints| hints.add(path));
                if let Err(error) = added
                    && error.kind() != io::ErrorKind::NotFound
                {
                    no_hints = Some(error);
                }
            }
            Seen::File(path, state) => files.look(now, path, Some(state)),
        });
        if let Some(error) = no_hints {
            let every = every(self.sweep);
            let what = "the kernel gives no hints of some folders";
            self.say_once(Path::new(OF_HINTS), || format!("{what}: {error}; {every}"));
        }
        unseen
    }

    fn hinted(&mut self, hint: &Hint) {
        match hint {
            Hint::File(path) => {
                let is_of_interest = path.file_name().is_some_and(is_of_interest);
                if let Some(path) = self.hot.below(path).filter(|_| is_of_interest) {
                    self.files.look(Instant::now(), path, self.hot.look_at(path));
                }
            }
            // What cannot be looked at now is looked at with everything.
            Hint::Folder(path) => drop(self.look_below(path)),
            Hint::Anything => self.next_sweep = Instant::now(),
        }
    }

    /// Says something of a file, or of the folder, unless that has been said.
    fn say_once(&mut self, of: &Path, what: impl FnOnce() -> String) {
        if self.said.len() >= SAID {
            self.said.clear();
        }
        if self.said.insert(of.to_owned()) {
            self.say(what);
        }
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if !self.quiet {
            complain(&format!("note: {}", what()));
        }
    }

    /// Waits until all originals are moved; those that stay, and why.
    pub(super) fn finish(self) -> Vec<(PathBuf, io::Error)> {
        let moved = self.originals.map(Originals::finish).unwrap_or_default();
        let stays = |(path, moved): (PathBuf, Moved)| match moved {
            Moved::Stays(error) => Some((self.typed.join(path), error)),
            Moved::Away | Moved::Changed => None,
        };
        moved.into_iter().filter_map(stays).collect()
    }
}

impl ShiftState {
    fn next_report(&self, is_idle: bool) -> Instant {
        let every = if is_idle { REPORT_EVERY } else { REPORT_AT_LEAST_EVERY };
        self.reported.map_or(if is_idle { self.begun } else { self.begun + every }, |last| last + every)
    }

    fn is_report_due(&self, is_idle: bool, now: Instant) -> bool {
        self.has_news && now >= self.next_report(is_idle)
    }
}

/// Says how often everything is looked at.
fn every(sweep: Duration) -> String {
    format!("everything is looked at every {sweep:?}")
}
