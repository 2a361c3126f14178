//! Memory admission: the one budget that all running attempts draw on. Pure; owned by the engine.
//!
//! An attempt starts with a *share*, enough for an ordinary photo. A worker that needs more asks and waits
//! until the rest of the budget leaves room: first for the file, if that alone is more, then for all that the
//! header says the image needs. Whoever asked first is served first, and nothing new starts meanwhile, so
//! one huge panorama waits its turn or runs alone, and is never starved by small images.
//!
//! Nobody can wait for ever: a lane that has got its file and will ask again is the only one of its kind
//! (`reading`), it goes to the head of the line, and all others that hold memory run and end. What a waiting
//! lane has of its share is not counted, at most a quarter of the budget for all of them.

use std::collections::VecDeque;

use protocol::job::{Attempt, Lane};

use crate::worker::WorkerId;

/// A lane that waits for memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) worker: WorkerId,
    pub(super) lane: Lane,
    pub(super) attempt: Attempt,
    /// Bytes that the attempt needs in all.
    pub(super) bytes: u64,
    /// Bytes among them that it has and keeps while it waits.
    pub(super) kept: u64,
    /// Whether it will ask again.
    pub(super) more: bool,
}

/// Bytes given out, and who waits for some.
#[derive(Debug)]
pub(super) struct Budget {
    total: u64,
    share: u64,
    used: u64,
    waiting: VecDeque<Ask>,
    /// The one attempt that has got its file and will ask for more.
    reading: Option<Attempt>,
}

impl Budget {
    /// A budget of `total` bytes for so many lanes. A quarter of it is for shares.
    pub(super) fn new(total: u64, lanes: u64) -> Self {
        Self { total, share: total / 4 / lanes.max(1), used: 0, waiting: VecDeque::new(), reading: None }
    }

    /// All there is.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// What an attempt may use without asking.
    pub(super) fn share(&self) -> u64 {
        self.share
    }

    /// What an attempt that is to start now may use: its share, or for a `whole` one everything. `None` if it
    /// must wait.
    pub(super) fn start(&mut self, whole: bool) -> Option<u64> {
        let bytes = if whole { self.total } else { self.share };
        (self.waiting.is_empty() && self.fits(bytes)).then(|| {
            self.used += bytes;
            bytes
        })
    }

    /// Puts a lane in line; a lane that is reading goes to the front. What it does not keep must have been
    /// given back before.
    pub(super) fn ask(&mut self, ask: Ask) {
        if self.reading == Some(ask.attempt) {
            self.waiting.push_front(ask);
        } else {
            self.waiting.push_back(ask);
        }
    }

    /// The next in line, once there is room for it; its bytes are given out.
    pub(super) fn grant(&mut self) -> Option<Ask> {
        let Ask { attempt, bytes, kept, more, .. } = *self.waiting.front()?;
        let its_turn = self.reading.is_none_or(|reading| reading == attempt);
        if !its_turn || !self.fits(bytes - kept) {
            return None;
        }
        self.used += bytes - kept;
        self.reading = more.then_some(attempt);
        self.waiting.pop_front()
    }

    /// An attempt is over: it will not ask again.
    pub(super) fn ended(&mut self, attempt: Attempt) {
        self.reading = self.reading.filter(|reading| *reading != attempt);
    }

    /// Takes back what an attempt had.
    pub(super) fn give_back(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// Takes a worker that is gone out of the line.
    pub(super) fn forget(&mut self, worker: WorkerId) {
        self.waiting.retain(|ask| ask.worker != worker);
    }

    /// Bytes given out, for the invariants.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    fn fits(&self, bytes: u64) -> bool {
        self.used.saturating_add(bytes) <= self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::job::JobId;

    fn ask(bytes: u64) -> Ask {
        let worker = WorkerId { slot: 0, generation: 0 };
        let attempt = Attempt { job: JobId(bytes as u32), number: 1 };
        Ask { worker, lane: Lane(0), attempt, bytes, kept: 0, more: false }
    }

    #[test]
    fn the_first_in_line_is_served_first_and_nothing_starts_meanwhile() {
        let mut budget = Budget::new(800, 2);
        assert_eq!((budget.start(false), budget.start(false)), (Some(100), Some(100)));
        budget.give_back(100);
        budget.ask(ask(750));
        budget.ask(ask(10));
        assert_eq!(budget.grant(), None, "the other attempt still has its share");
        assert_eq!(budget.start(false), None);
        budget.give_back(100);
        assert_eq!(budget.grant(), Some(ask(750)));
        assert_eq!(budget.grant(), Some(ask(10)));
        assert_eq!(budget.used(), 760);
        assert_eq!(budget.start(false), None, "too little is left");
    }

    #[test]
    fn files_that_are_read_stay_counted_and_nobody_waits_for_ever() {
        let mut budget = Budget::new(800, 2);
        let file = |job: u32| Ask { attempt: Attempt { job: JobId(job), number: 1 }, more: true, ..ask(300) };
        let whole = |job: u32| Ask { bytes: 700, kept: 300, more: false, ..file(job) };
        budget.ask(file(1));
        budget.ask(file(2));
        assert_eq!(budget.grant(), Some(file(1)));
        assert_eq!(budget.grant(), None, "one file at a time, although there is room");
        budget.ask(whole(1));
        assert_eq!(budget.grant(), Some(whole(1)), "before the one that asked earlier");
        assert_eq!((budget.used(), budget.grant()), (700, None));
        budget.give_back(700);
        assert_eq!(budget.grant(), Some(file(2)));
        budget.ended(file(2).attempt);
        budget.ask(file(3));
        assert_eq!(budget.grant(), Some(file(3)), "the one before it ended without asking again");
    }

    #[test]
    fn a_whole_one_runs_alone() {
        let mut budget = Budget::new(800, 2);
        assert_eq!(budget.start(false), Some(100));
        assert_eq!(budget.start(true), None);
        budget.give_back(100);
        assert_eq!(budget.start(true), Some(800));
        assert_eq!(budget.start(false), None);
    }
}
