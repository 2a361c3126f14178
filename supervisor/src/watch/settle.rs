//! When a file in a hot folder may be taken: once two looks at it, some time apart, saw the same size and
//! time. Pure: whoever looks at files tells what was seen and when.
//!
//! A file is known as long as it is there. So what was done stays done until the file changes, be it a photo,
//! a broken one or something else, and what is kept is as much as there are files.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pool::journal::FileState;

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
}

/// What became of a file that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has its verdict, or is no photo.
    Done,
    /// It is not there any more.
    Gone,
    /// It could not be taken after all: to be looked at again then.
    Later(Instant),
}

impl Settling {
    pub(super) fn new(settle: Duration) -> Self {
        let (files, due, ready) = (HashMap::new(), BTreeSet::new(), VecDeque::new());
        Self { settle, files, due, ready, sweep: 0 }
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
        let Some(state) = state else {
            self.files.remove(path);
            return;
        };
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
            Phase::Ready | Phase::Taken { .. } | Phase::Done => {}
        }
    }

    fn wait(&mut self, path: &Path, due: Instant) {
        if let Some(file) = self.files.get_mut(path) {
            file.phase = Phase::Looked { due };
            self.due.insert((due, path.to_owned()));
        }
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
            (Outcome::Gone, _) | (_, None) => drop(self.files.remove(path)),
            (Outcome::Done, Some(_)) => file.phase = Phase::Done,
            (Outcome::Later(due), Some(_)) => self.wait(path, due),
        }
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SETTLE: Duration = Duration::from_secs(2);
    const SECOND: Duration = Duration::from_secs(1);

    fn state(bytes: u64) -> Option<FileState> {
        Some(FileState { bytes, ..FileState::default() })
    }

    fn photo() -> PathBuf {
        PathBuf::from("a.jpg")
    }

    /// A folder with one file that has come to rest, and when it did.
    fn rested() -> (Settling, Instant) {
        let (mut files, start) = (Settling::new(SETTLE), Instant::now());
        files.look(start, &photo(), state(5));
        assert_eq!(files.next_look(), Some(start + SETTLE));
        assert_eq!((files.due(start + SECOND), files.take(9)), (None, Vec::new()));
        let now = start + SETTLE;
        assert_eq!(files.due(now), Some(photo()));
        files.look(now, &photo(), state(5));
        (files, now)
    }

    #[test]
    fn a_file_is_taken_once_two_looks_saw_the_same() {
        let (mut files, now) = rested();
        assert!(files.has_ready());
        assert_eq!((files.take(9), files.take(9)), (vec![photo()], Vec::new()));
        files.ended(now, &photo(), Outcome::Done);
        files.look(now + SECOND, &photo(), state(5));
        assert_eq!((files.next_look(), files.take(9)), (None, Vec::new()));
        // A broken photo is tried again when it changes.
        files.look(now + SECOND, &photo(), state(6));
        assert_eq!(files.next_look(), Some(now + SECOND + SETTLE));
    }

    #[test]
    fn a_file_that_grows_waits_and_an_empty_one_is_none() {
        let (mut files, start) = (Settling::new(SETTLE), Instant::now());
        files.look(start, &photo(), state(0));
        assert_eq!(files.len(), 0);
        for second in 1..10 {
            let now = start + second * SECOND;
            files.look(now, &photo(), state(second.into()));
            assert!(!files.has_ready());
            // By a hint, with nothing new: too early.
            files.look(now, &photo(), state(second.into()));
        }
        let now = start + 11 * SECOND;
        assert_eq!(files.due(now), Some(photo()), "once, whatever was due before");
        assert_eq!(files.due(now), None);
        files.look(now, &photo(), state(9));
        assert!(files.has_ready());
        files.look(now, &photo(), state(10));
        assert_eq!(files.take(9), Vec::<PathBuf>::new(), "it changed before it was taken");
    }

    #[test]
    fn a_file_that_changes_while_it_is_worked_on_is_looked_at_again() {
        let (mut files, now) = rested();
        files.take(9);
        files.look(now, &photo(), state(7));
        files.ended(now, &photo(), Outcome::Done);
        assert_eq!(files.next_look(), Some(now + SETTLE));
        let (mut files, now) = rested();
        files.take(9);
        files.look(now, &photo(), None);
        files.ended(now, &photo(), Outcome::Done);
        assert_eq!(files.len(), 0, "it vanished meanwhile");
    }

    #[test]
    fn what_could_not_be_taken_comes_again() {
        let (mut files, now) = rested();
        assert_eq!(files.take(9), [photo()]);
        files.ended(now, &photo(), Outcome::Later(now + 30 * SECOND));
        assert_eq!(files.next_look(), Some(now + 30 * SECOND));
        assert_eq!(files.due(now + 30 * SECOND), Some(photo()));
        files.look(now + 30 * SECOND, &photo(), state(5));
        assert_eq!(files.take(9), [photo()]);
        files.ended(now, &photo(), Outcome::Gone);
        assert_eq!(files.len(), 0);
    }

    #[test]
    fn what_a_sweep_does_not_see_is_forgotten() {
        let (mut files, now) = rested();
        files.look(now, Path::new("out of sight/b.jpg"), state(5));
        for forgotten in [false, true] {
            files.begin_sweep();
            let unseen = if forgotten { Vec::new() } else { vec![PathBuf::from("out of sight")] };
            files.look(now, &photo(), state(5));
            files.end_sweep(now, &unseen);
            assert_eq!(files.len(), if forgotten { 1 } else { 2 });
        }
    }

    /// What may happen to one file, or be done about it.
    #[derive(Debug, Clone)]
    enum Step {
        Wait(u64),
        Write(u64),
        Remove,
        Hint,
        Sweep,
        Take,
        End,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (1u64..3000).prop_map(Step::Wait),
            (0u64..4).prop_map(Step::Write),
            Just(Step::Remove),
            Just(Step::Hint),
            Just(Step::Sweep),
            Just(Step::Take),
            Just(Step::End),
        ];
        proptest::collection::vec(step, 0..100)
    }

    proptest! {
        #[test]
        fn whatever_happens_a_file_is_taken_at_rest_and_once(steps in steps()) {
            let (mut files, mut now) = (Settling::new(SETTLE), Instant::now());
            let mut there: Option<u64> = None;
            // What the looks since the last change saw, and when the first of them was.
            let mut rest: Option<(u64, Instant)> = None;
            let (mut busy, mut done) = (None, None);
            for step in steps {
                let mut looked = false;
                match step {
                    Step::Wait(ms) => now += Duration::from_millis(ms),
                    Step::Write(bytes) => there = Some(bytes),
                    Step::Remove => there = None,
                    Step::Hint => looked = true,
                    Step::Sweep => {
                        files.begin_sweep();
                        looked = there.is_some();
                        if looked {
                            files.look(now, &photo(), there.and_then(state));
                        }
                        files.end_sweep(now, &[]);
                        looked = true;
                    }
                    Step::Take => {
                        if let Some(path) = files.due(now) {
                            files.look(now, &path, there.and_then(state));
                            looked = true;
                        }
                    }
                    Step::End => if let Some(state) = busy.take() {
                        files.ended(now, &photo(), Outcome::Done);
                        done = Some(state);
                    },
                }
                if looked {
                    files.look(now, &photo(), there.and_then(state));
                    match (there.filter(|bytes| *bytes > 0), rest) {
                        (Some(bytes), Some((seen, _))) if bytes == seen => {}
                        (Some(bytes), _) => (rest, done) = (Some((bytes, now)), None),
                        (None, _) => (rest, done) = (None, None),
                    }
                }
                if !files.take(1).is_empty() {
                    prop_assert!(busy.is_none());
                    let (state, since) = rest.unwrap();
                    prop_assert!(now >= since + SETTLE, "too early");
                    prop_assert!(done != Some(state), "twice");
                    busy = Some(state);
                }
                prop_assert!(files.len() <= 1);
            }
            // Whatever happened, a file that stays as it is gets its turn.
            if busy.take().is_some() {
                files.ended(now, &photo(), Outcome::Done);
            }
            files.look(now, &photo(), state(77));
            now += SETTLE;
            prop_assert_eq!(files.due(now), Some(photo()));
            files.look(now, &photo(), state(77));
            prop_assert_eq!(files.take(1), [photo()]);
        }
    }
}
