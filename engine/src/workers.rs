//! How workers come and go: spawning, deadlines, retiring, losses, and whether the pool as a whole can go on.

use std::time::Instant;

use protocol::job::{Attempt, Lane};
use protocol::sandbox::SandboxReport;

use super::event::{Effect, Ending, ProcessExit};
use super::loss::{Blame, how_it_ended, in_words, is_expected, is_killed_by_others, judge};
use super::policy::backoff;
use super::state::{Engine, KillReason, RunningAttempt, Seat, SlotWorker, WorkerPhase};
use crate::run_event::{AttemptChange, RunEvent, WorkerChange};
use crate::verdict::Loss;
use crate::worker::{WorkerEnd, WorkerId};

/// An attempt that was on a lane of a worker that is gone.
#[derive(Debug)]
pub(super) struct LostAttempt {
    pub(super) lane: Lane,
    pub(super) attempt: Attempt,
    pub(super) loss: Loss,
    pub(super) blame: Blame,
}

impl Engine {
    /// Puts workers into empty slots as long as there is more work than workers for it.
    pub(super) fn fill_slots(&mut self, now: Instant) {
        if self.stopping.is_some() || self.paused {
            return;
        }
        let lanes = usize::from(self.policy.lanes.max(1));
        let queued = self.queue.len() - self.cancelled_in_queue;
        let waiting = queued.div_ceil(lanes) + self.suspects.len();
        if waiting == 0 {
            return;
        }
        let coming = self.slots.iter().filter(|slot| match &slot.place {
            Seat::Taken(worker) => worker.phase.is_starting(),
            Seat::Empty { .. } => false,
        });
        let mut wanted = waiting.saturating_sub(coming.count());
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            let Seat::Empty { not_before } = slot.place else { continue };
            if wanted == 0 || not_before.is_some_and(|instant| instant > now) {
                continue;
            }
            wanted -= 1;
            let id = WorkerId { slot: index as u16, generation: slot.next_generation };
            slot.next_generation += 1;
            let deadline = now + self.policy.start_timeout;
            slot.place = Seat::Taken(SlotWorker::new(id, self.policy.lanes.max(1), deadline));
            self.effects.push(Effect::Spawn(id));
        }
    }

    pub(super) fn worker_ready(&mut self, id: WorkerId, sandbox: SandboxReport, held: u64) {
        let required = self.policy.require_sandbox;
        let Some(worker) = self.worker(id) else { return };
        if worker.phase.works() {
            return self.garbled(id, "it was ready twice".to_owned());
        }
        if !worker.phase.is_starting() {
            return;
        }
        worker.phase = WorkerPhase::Ready;
        worker.held_at_first = held;
        self.unblamed_in_a_row = 0;
        let missing = sandbox.missing.join(", ");
        self.emit(RunEvent::Worker { worker: id, change: WorkerChange::Ready { sandbox } });
        if required && !missing.is_empty() {
            self.end(Ending::PoolFailed(format!(
                "the sandbox is required, and this machine lacks: {missing}"
            )));
        }
    }

    pub(super) fn spawn_failed(&mut self, now: Instant, id: WorkerId, reason: String) {
        if self.worker(id).is_some() {
            self.vacate(id, None);
            self.count_unblamed(now, id, &format!("it could not be started: {reason}"));
        }
    }

    pub(super) fn no_staging(&mut self, id: WorkerId, reason: String) {
        if self.worker(id).is_some() {
            self.vacate(id, None);
            self.end(Ending::OutOfRoom(reason));
        }
    }

    pub(super) fn incompatible(&mut self, id: WorkerId, reason: String) {
        if self.worker(id).is_some() {
            self.kill(id, KillReason::Garbled(reason.clone()));
            self.end(Ending::PoolFailed(reason));
        }
    }

    pub(super) fn garbled(&mut self, id: WorkerId, reason: String) {
        self.kill(id, KillReason::Garbled(reason));
    }

    /// Like [`Self::exited`], answers with the attempts that are lost if the worker is now gone.
    pub(super) fn stream_ended(&mut self, now: Instant, id: WorkerId) -> Vec<LostAttempt> {
        let deadline = now + self.policy.grace;
        let Some(worker) = self.worker(id) else { return Vec::new() };
        worker.stream_ended = true;
        if worker.phase.works() {
            worker.phase = WorkerPhase::HungUp { deadline };
        }
        self.bury(now, id)
    }

    pub(super) fn exited(
        &mut self,
        now: Instant,
        id: WorkerId,
        exit: ProcessExit,
        last_words: String,
    ) -> Vec<LostAttempt> {
        let Some(worker) = self.worker(id) else { return Vec::new() };
        worker.exit = Some((exit, last_words));
        self.bury(now, id)
    }

    /// Settles what is left of a worker once both its process and its stream have ended.
    fn bury(&mut self, now: Instant, id: WorkerId) -> Vec<LostAttempt> {
        let Some(worker) = self.worker(id) else { return Vec::new() };
        let (Some((exit, last_words)), true) = (worker.exit.clone(), worker.stream_ended) else {
            return Vec::new();
        };
        let phase = worker.phase.clone();
        let running: Vec<(Lane, RunningAttempt)> = worker.running().collect();
        for (_, lost) in &running {
            // While its worker is still known, and with it the folder that holds the file.
            self.effects.push(Effect::Discard(lost.attempt));
            self.budget.give_back(lost.memory);
            self.budget.ended(lost.attempt);
        }
        self.budget.forget(id);
        let end = how_it_ended(&phase, exit);
        self.vacate(id, Some(end));
        if running.is_empty() && !is_expected(&phase) && self.stopping.is_none() {
            let detail = in_words(&phase, exit, &last_words);
            if is_killed_by_others(&phase, exit) {
                self.count_killed(now, id, &detail, false);
            } else {
                self.count_unblamed(now, id, &detail);
            }
        }
        let lost = |(lane, lost): &(Lane, RunningAttempt)| {
            let (loss, blame) = judge(&phase, exit, &last_words, *lane, running.len());
            LostAttempt { lane: *lane, attempt: lost.attempt, loss, blame }
        };
        running.iter().map(lost).collect()
    }

    /// Empties the worker's slot.
    fn vacate(&mut self, id: WorkerId, end: Option<WorkerEnd>) {
        if let Some(slot) = self.slots.get_mut(usize::from(id.slot)) {
            slot.place = Seat::Empty { not_before: None };
        }
        if let Some(end) = end {
            self.emit(RunEvent::Worker { worker: id, change: WorkerChange::Gone { end } });
        }
    }

    /// A worker was lost that no job can be blamed for: wait before the next, and give up when it happens too
    /// often.
    fn count_unblamed(&mut self, now: Instant, id: WorkerId, what: &str) {
        let within = self.unblamed_within_period(now);
        self.unblamed_in_a_row += 1;
        let (period, in_a_row) = (self.policy.period, self.unblamed_in_a_row as usize);
        if within > self.policy.intensity || in_a_row > self.policy.intensity {
            // Workers that hang while they start are lost more slowly than the period goes by.
            let times = if within > self.policy.intensity {
                format!("{within} workers were lost within {} s", period.as_secs())
            } else {
                format!("{in_a_row} workers in a row were lost")
            };
            self.end(Ending::PoolFailed(format!("{times} without an image to blame; the last one: {what}")));
            return;
        }
        self.wait_before_the_next(now, id, self.unblamed_in_a_row);
    }

    /// Somebody else killed a worker, which no job can be blamed for: give up for now when it goes on.
    /// `often`: it has happened to the workers of one job too often.
    pub(super) fn count_killed(&mut self, now: Instant, id: WorkerId, what: &str, often: bool) {
        let within = self.unblamed_within_period(now);
        self.killed_in_a_row += 1;
        if often || within.max(self.killed_in_a_row) > self.policy.intensity {
            let reason = format!("workers are killed from outside again and again; the last time: {what}");
            return self.end(Ending::Disturbed(reason));
        }
        self.wait_before_the_next(now, id, self.killed_in_a_row as u32);
    }

    /// Counts a loss that no job can be blamed for: how many there were within the period, with this one.
    fn unblamed_within_period(&mut self, now: Instant) -> usize {
        let period = self.policy.period;
        while self.unblamed.front().is_some_and(|instant| now.saturating_duration_since(*instant) > period) {
            self.unblamed.pop_front();
        }
        self.unblamed.push_back(now);
        self.unblamed.len()
    }

    fn wait_before_the_next(&mut self, now: Instant, id: WorkerId, in_a_row: u32) {
        let delay = backoff(in_a_row, &mut self.chance);
        if let Some(slot) = self.slots.get_mut(usize::from(id.slot)) {
            slot.place = Seat::Empty { not_before: Some(now + delay) };
        }
    }

    pub(super) fn worker_deadline(&mut self, now: Instant, slot: usize) {
        let Seat::Taken(worker) = &self.slots[slot].place else { return };
        let id = worker.id;
        if worker.phase.works() {
            self.attempt_deadlines(now, id);
        } else if let Some(reason) = worker.phase.overdue(now) {
            self.kill(id, reason);
        }
    }

    /// Calls attempts slow, and ends the worker of one whose time is up: TERM first, KILL after the grace.
    fn attempt_deadlines(&mut self, now: Instant, id: WorkerId) {
        let deadline = now + self.policy.grace;
        let Some(worker) = self.worker(id) else { return };
        let is_past = |instant: Option<Instant>| instant.is_some_and(|instant| instant <= now);
        let late = worker.running().find(|(_, running)| is_past(running.deadline)).map(|(lane, _)| lane);
        let slow: Vec<(Lane, Attempt)> = worker
            .running()
            .filter(|(_, running)| is_past(running.slow))
            .map(|(lane, running)| (lane, running.attempt))
            .collect();
        for (lane, _) in &slow {
            if let Some(running) = worker.running_mut(*lane) {
                running.slow = None;
            }
        }
        if let Some(lane) = late {
            worker.phase = WorkerPhase::Terminated { reason: KillReason::TimedOut(lane), deadline };
            if worker.exit.is_none() {
                self.effects.push(Effect::Terminate(id));
            }
        }
        let after = self.policy.slow_after;
        for (lane, attempt) in slow {
            self.emit(RunEvent::Attempt { worker: id, lane, attempt, change: AttemptChange::Slow { after } });
        }
    }

    /// Asks an idle worker to leave when there is nothing more for it to do.
    pub(super) fn stop_if_done(&mut self, now: Instant, slot: usize) {
        let over = self.stopping.is_some() || (self.closed && self.jobs.is_empty());
        let deadline = now + self.policy.grace;
        let Seat::Taken(worker) = &mut self.slots[slot].place else { return };
        let leaves = worker.phase == WorkerPhase::Retiring || (worker.phase == WorkerPhase::Ready && over);
        if leaves && worker.is_idle() && worker.is_alive() {
            worker.phase = WorkerPhase::Stopping { deadline };
            let id = worker.id;
            self.effects.push(Effect::StopWorker(id));
        } else if over && worker.phase.is_starting() {
            let id = worker.id;
            self.kill(id, KillReason::RunStopped);
        }
    }

    pub(super) fn kill_everyone(&mut self) {
        for slot in 0..self.slots.len() {
            if let Seat::Taken(worker) = &self.slots[slot].place {
                let id = worker.id;
                self.kill(id, KillReason::RunStopped);
            }
        }
    }

    /// Kills a worker. The first reason stands.
    fn kill(&mut self, id: WorkerId, reason: KillReason) {
        let Some(worker) = self.worker(id) else { return };
        if matches!(worker.phase, WorkerPhase::Killed(_)) {
            return;
        }
        worker.phase = WorkerPhase::Killed(reason);
        if worker.exit.is_none() {
            self.effects.push(Effect::Kill(id));
        }
    }
}
