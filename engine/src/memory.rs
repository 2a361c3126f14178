//! Who gets how much of the budget, and what their processes may have for it.

use std::time::Instant;

use protocol::job::{Attempt, Lane};

use super::budget::Ask;
use super::event::Effect;
use super::state::Engine;
use crate::worker::WorkerId;

/// Bytes of data memory that a worker may have beyond what is accounted for: stacks, the allocator's reserve,
/// small tables.
const SLACK: u64 = 256 << 20;

impl Engine {
    /// An attempt needs more memory than it has, and waits in line. `more` says that this is for the file,
    /// and that it will ask again once it knows the image. False if it can never have so much, or may not ask
    /// now.
    pub(super) fn ask(&mut self, id: WorkerId, lane: Lane, attempt: Attempt, bytes: u64, more: bool) -> bool {
        let (total, share) = (self.budget.total(), self.budget.share());
        let running = self.worker(id).and_then(|worker| worker.running_mut(lane));
        let waits = running.filter(|running| running.attempt == attempt);
        let Some(running) = waits.filter(|running| running.deadline.is_some() && bytes <= total) else {
            return false;
        };
        if bytes <= running.memory {
            self.effects.push(Effect::Grant { worker: id, lane, attempt });
            return true;
        }
        // A file that was asked for is there and stays charged; a share is given back, or the first in line
        // might wait for ever.
        let kept = if running.memory > share { running.memory } else { 0 };
        let had = std::mem::replace(&mut running.memory, kept);
        // The wait is not its own fault: its time starts anew with the grant.
        (running.slow, running.deadline) = (None, None);
        self.budget.give_back(had - kept);
        self.budget.ask(Ask { worker: id, lane, attempt, bytes, kept, more });
        true
    }

    /// Serves the lanes that wait for memory, as far as there is some.
    pub(super) fn grant(&mut self, now: Instant) {
        let (slow, deadline) = (now + self.policy.slow_after, now + self.policy.timeout);
        while let Some(Ask { worker: id, lane, attempt, bytes, .. }) = self.budget.grant() {
            let running = self.worker(id).and_then(|worker| worker.running_mut(lane));
            match running.filter(|running| running.attempt == attempt) {
                Some(running) => {
                    (running.slow, running.deadline) = (Some(slow), Some(deadline));
                    running.memory = bytes;
                    self.limit_memory(id);
                    self.effects.push(Effect::Grant { worker: id, lane, attempt });
                }
                None => {
                    self.budget.give_back(bytes);
                    self.budget.ended(attempt);
                }
            }
        }
    }

    /// Orders how much memory a worker may have, where that has changed: what it had when it was ready, what
    /// its attempts were given, and some slack for what an estimate from a header cannot know.
    pub(super) fn limit_memory(&mut self, id: WorkerId) {
        let shares = self.budget.share().saturating_mul(self.policy.lanes.max(1).into());
        let Some(worker) = self.worker(id) else { return };
        let given: u64 = worker.running().map(|(_, running)| running.memory).sum();
        let bytes = worker.held_at_first.saturating_add(SLACK).saturating_add(given.max(shares));
        if std::mem::replace(&mut worker.memory_limit, bytes) != bytes {
            self.effects.push(Effect::LimitMemory { worker: id, bytes });
        }
    }

    /// A worker that keeps so much between attempts that the next might not get its share must be replaced.
    pub(super) fn check_growth(&mut self, id: WorkerId, held: u64) {
        let shares = self.budget.share().saturating_mul(self.policy.lanes.max(1).into());
        let Some(worker) = self.worker(id) else { return };
        let may_keep = worker.held_at_first.saturating_add(SLACK.saturating_add(shares) / 2);
        if worker.is_idle() && held > may_keep {
            worker.due = true;
            self.some_due = true;
        }
    }
}
