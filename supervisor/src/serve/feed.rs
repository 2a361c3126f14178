//! What was told lately, numbered, for clients that follow. Pure; [`super::board`] has it behind its mutex.
//!
//! There is one ring for all clients, and each keeps its own place in it. So telling costs the same whoever listens, a slow client holds up
//! nobody, and one that was overtaken is noticed when it asks for more.

use std::collections::VecDeque;
use std::sync::Arc;

/// Events that are kept.
pub(super) const KEPT: usize = 8192;

/// The latest events as JSON. The first ever is number 1.
#[derive(Debug, Default)]
pub(super) struct Ring {
    events: VecDeque<Arc<str>>,
    last: u64,
}

/// What a client has missed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missed {
    /// These events, the last of which has this number; none if it has them all.
    Events(Vec<Arc<str>>, u64),
    /// More than is kept, or it speaks of numbers that never were: it needs a snapshot.
    TooMuch,
}

impl Ring {
    /// The number of the last event.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Adds an event, written when its number is known.
    pub(super) fn push(&mut self, write: impl FnOnce(u64) -> String) {
        self.last += 1;
        self.events.push_back(write(self.last).into());
        if self.events.len() > KEPT {
            self.events.pop_front();
        }
    }

    /// What came after number `after`, but no more than `most` events.
    pub(super) fn since(&self, after: u64, most: usize) -> Missed {
        let Some(behind) = self.last.checked_sub(after) else { return Missed::TooMuch };
        let Some(first) =
            usize::try_from(behind).ok().and_then(|behind| self.events.len().checked_sub(behind))
        else {
            return Missed::TooMuch;
        };
        let events: Vec<Arc<str>> = self.events.iter().skip(first).take(most).cloned().collect();
        let last = after + events.len() as u64;
        Missed::Events(events, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(count: u64) -> Ring {
        let mut ring = Ring::default();
        (0..count).for_each(|_| ring.push(|seq| seq.to_string()));
        ring
    }

    fn texts(missed: Missed) -> Vec<String> {
        match missed {
            Missed::Events(events, last) => {
                let texts: Vec<String> = events.iter().map(|event| event.to_string()).collect();
                assert!(texts.last().is_none_or(|text| *text == last.to_string()));
                texts
            }
            Missed::TooMuch => panic!("too much"),
        }
    }

    #[test]
    fn each_client_goes_on_where_it_was() {
        let ring = ring(5);
        assert_eq!(texts(ring.since(0, 100)), ["1", "2", "3", "4", "5"]);
        assert_eq!(texts(ring.since(3, 100)), ["4", "5"]);
        assert_eq!(texts(ring.since(1, 2)), ["2", "3"]);
        assert!(texts(ring.since(5, 100)).is_empty());
    }

    #[test]
    fn who_was_overtaken_needs_a_snapshot() {
        let ring = ring(KEPT as u64 + 10);
        assert_eq!(ring.since(9, 1), Missed::TooMuch);
        assert_eq!(texts(ring.since(10, 1)), ["11"]);
        assert_eq!(ring.since(ring.last() + 1, 1), Missed::TooMuch, "of another server");
        assert_eq!(ring.events.len(), KEPT);
    }
}
