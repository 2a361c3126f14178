//! What was told lately, numbered, for clients that follow. Pure; [`super::board`] has it behind its mutex.
//!
//! There is one ring for all clients, and each keeps its own place in it. So telling costs the same whoever
//! listens, a slow client holds up nobody, and one that was overtaken is noticed when it asks for more.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::report::wire::feed::{BatchNews, FeedEvent};

/// Events that are kept.
pub(super) const KEPT: usize = 8192;

/// An event, and the same as JSON: written once, whoever listens.
#[derive(Debug, PartialEq)]
pub(super) struct ToldEvent {
    pub(super) event: FeedEvent,
    text: String,
}

impl AsRef<str> for ToldEvent {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// The latest events. The first ever is number 1.
#[derive(Debug, Default)]
pub(super) struct Ring {
    events: VecDeque<Arc<ToldEvent>>,
    last: u64,
}

/// What a client has missed.
#[derive(Debug, PartialEq)]
pub(super) enum Missed {
    /// These events, the last of which has this number; none if it has them all.
    Events(Vec<Arc<ToldEvent>>, u64),
    /// More than is kept, or it speaks of numbers that never were: it needs a snapshot.
    TooMuch,
}

impl Ring {
    /// The number of the last event.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Adds an event of a batch.
    pub(super) fn push(&mut self, batch: u64, news: BatchNews) {
        self.last += 1;
        let event = FeedEvent { seq: self.last, batch, news };
        // Nothing in it can fail to be written.
        let text = serde_json::to_string(&event).unwrap_or_default();
        self.events.push_back(Arc::new(ToldEvent { event, text }));
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
        let events: Vec<Arc<ToldEvent>> = self.events.iter().skip(first).take(most).cloned().collect();
        let last = after + events.len() as u64;
        Missed::Events(events, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(count: u64) -> Ring {
        let mut ring = Ring::default();
        (0..count).for_each(|_| ring.push(7, BatchNews::Planning));
        ring
    }

    fn numbers(missed: Missed) -> Vec<u64> {
        match missed {
            Missed::Events(events, last) => {
                let numbers: Vec<u64> = events.iter().map(|told| told.event.seq).collect();
                assert!(numbers.last().is_none_or(|number| *number == last));
                numbers
            }
            Missed::TooMuch => panic!("too much"),
        }
    }

    #[test]
    fn each_client_goes_on_where_it_was() {
        let ring = ring(5);
        assert_eq!(numbers(ring.since(0, 100)), [1, 2, 3, 4, 5]);
        assert_eq!(numbers(ring.since(3, 100)), [4, 5]);
        assert_eq!(numbers(ring.since(1, 2)), [2, 3]);
        assert!(numbers(ring.since(5, 100)).is_empty());
    }

    #[test]
    fn who_was_overtaken_needs_a_snapshot() {
        let ring = ring(KEPT as u64 + 10);
        assert_eq!(ring.since(9, 1), Missed::TooMuch);
        assert_eq!(numbers(ring.since(10, 1)), [11]);
        assert_eq!(ring.since(ring.last() + 1, 1), Missed::TooMuch, "of another server");
        assert_eq!(ring.events.len(), KEPT);
    }
}
