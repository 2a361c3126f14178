//! The engine: the one place where the state of a run changes.
//!
//! [`Engine::handle`] takes an event and the time, and returns what to do. It does no I/O, reads no clock and
//! holds no thread: timers are deadlines in its state, and [`Engine::next_deadline`] bounds the driver's
//! wait. Everything that can go wrong with workers is therefore an ordinary, fast, deterministic test.
//!
//! `state` is what it knows, `policy` the numbers it decides by, `event` what goes in and out, `run_event`
//! what is told of the run, `verdict` the final word on a job, `worker` the name and the end of a worker.
//! `jobs` is how jobs come to their verdicts, `workers` how workers come and go, `loss` what the end of one
//! means, `memory` who gets how much of the `budget`, `ending` how job and run come to their end. Jobs and
//! workers do not know each other: this file matches them, and tells each what the other had.

mod budget;
mod ending;
mod event;
mod jobs;
mod loss;
mod memory;
mod policy;
pub mod run_event;
mod state;
#[cfg(test)]
mod tests;
pub mod verdict;
pub mod worker;
mod workers;

use std::time::Instant;

use protocol::job::Attempt;

pub use event::{Effect, Ending, Event, LaneEvent, Order, ProcessExit, WorkerEvent};
pub use policy::Policy;
pub use state::Engine;

use crate::run_event::{AttemptChange, RunChange, RunEvent, WorkerChange};
use crate::worker::WorkerId;
use jobs::KilledByOthers;
#[cfg(test)]
use state::JobCounts;
use state::{JobState, RunningAttempt, Seat, Slot, WorkerPhase};
use workers::LostAttempt;

impl Engine {
    /// Takes in what happened and says what to do, in this order.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Effect> {
        match event {
            Event::Order(order) => self.obey(order),
            Event::Worker { worker, event } => self.worker_event(now, worker, event),
            Event::Lane { worker, lane, attempt, event: LaneEvent::Ask { memory, more } } => {
                if !self.ask(worker, lane, attempt, memory, more) {
                    self.garbled(worker, "it asked for memory that it could not have".to_owned());
                }
            }
            Event::Lane { worker, lane, attempt, event: LaneEvent::Finished { outcome, held } } => {
                match self.clear_lane(worker, lane, attempt) {
                    Some(had) => {
                        let change = AttemptChange::Answered;
                        self.emit(RunEvent::Attempt { worker, lane, attempt, change });
                        self.answered(now, attempt, outcome, had);
                    }
                    None => self.garbled(worker, "it finished an attempt that it was not given".to_owned()),
                }
                self.check_growth(worker, held);
            }
            Event::Committed { job, result } => self.committed(job, result),
            Event::Tick => {}
        }
        self.pass_deadlines(now);
        self.dispatch(now);
        #[cfg(debug_assertions)]
        self.check(now);
        std::mem::take(&mut self.effects)
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Submit { job, settled } => self.submit(job, settled),
            Order::Cancel { job } => self.cancel(job),
            Order::Close => self.closed = true,
            Order::Pause => self.pause(true),
            Order::Resume => self.pause(false),
            Order::Stop { kill, reason } => self.stop(kill, reason),
        }
    }

    fn worker_event(&mut self, now: Instant, worker: WorkerId, event: WorkerEvent) {
        match event {
            WorkerEvent::Spawned { pid } => {
                self.emit(RunEvent::Worker { worker, change: WorkerChange::Spawned { pid } });
            }
            WorkerEvent::SpawnFailed { reason } => self.spawn_failed(now, worker, reason),
            WorkerEvent::NoStaging { reason } => self.no_staging(worker, reason),
            WorkerEvent::Ready { sandbox, held } => self.worker_ready(worker, sandbox, held),
            WorkerEvent::Incompatible { reason } => self.incompatible(worker, reason),
            WorkerEvent::Garbled { reason } => self.garbled(worker, reason),
            WorkerEvent::StreamEnded => {
                let lost = self.stream_ended(now, worker);
                self.lose_all(now, worker, lost);
            }
            WorkerEvent::Exited { exit, last_words } => {
                let lost = self.exited(now, worker, exit, last_words);
                self.lose_all(now, worker, lost);
            }
        }
    }

    /// What becomes of the attempts of a worker that is gone; where that is nothing to do with their jobs, it
    /// is the pool that may have to end.
    fn lose_all(&mut self, now: Instant, worker: WorkerId, lost: Vec<LostAttempt>) {
        for LostAttempt { lane, attempt, loss, blame } in lost {
            if let Some(KilledByOthers { detail, often }) = self.lose(worker, lane, attempt, loss, blame) {
                self.count_killed(now, worker, &detail, often);
            }
        }
    }

    /// Begins or ends a pause. A run that is being stopped has nothing to pause.
    fn pause(&mut self, pause: bool) {
        if self.stopping.is_none() && self.paused != pause {
            self.paused = pause;
            self.emit(RunEvent::Run(if pause { RunChange::Paused } else { RunChange::Resumed }));
        }
    }

    fn stop(&mut self, kill: bool, reason: String) {
        self.emit(RunEvent::Run(RunChange::Stopping { kill, reason }));
        self.end(Ending::Stopped);
        if kill {
            self.kill_everyone();
        }
    }

    /// When [`Event::Tick`] must come if nothing else does.
    pub fn next_deadline(&self) -> Option<Instant> {
        let delayed = self.delayed.peek().map(|delay| delay.0.0);
        let slots = self.slots.iter().filter_map(|slot| match &slot.place {
            Seat::Empty { not_before } => *not_before,
            Seat::Taken(worker) => worker.deadline(),
        });
        slots.chain(delayed).min()
    }

    /// How many jobs there are, and how many have their verdict.
    #[cfg(test)]
    fn counts(&self) -> JobCounts {
        self.counts
    }

    /// How the run ended, once every job has its verdict and every worker is gone.
    pub fn ending(&self) -> Option<Ending> {
        let empty = self.slots.iter().all(|slot| matches!(slot.place, Seat::Empty { .. }));
        let over = empty && self.jobs.is_empty() && (self.closed || self.stopping.is_some());
        over.then(|| self.stopping.clone().unwrap_or(Ending::Complete))
    }

    /// Queues what has waited long enough and acts on workers that let a deadline pass.
    fn pass_deadlines(&mut self, now: Instant) {
        while self.delayed.peek().is_some_and(|delay| delay.0.0 <= now) {
            let Some(std::cmp::Reverse((_, id))) = self.delayed.pop() else { break };
            if let Some(job) = self.jobs.get_mut(&id).filter(|job| matches!(job.state, JobState::Delayed)) {
                job.state = JobState::Queued;
                self.queue.push_front(id);
            }
        }
        for slot in 0..self.slots.len() {
            if let Seat::Empty { not_before } = &mut self.slots[slot].place {
                *not_before = not_before.filter(|instant| *instant > now);
            }
            self.worker_deadline(now, slot);
        }
    }

    /// Matches jobs and workers: gives out memory, fills free lanes, asks workers to stop that have nothing
    /// more to do, fills empty slots.
    fn dispatch(&mut self, now: Instant) {
        // During a pause workers stay, so none makes room for another.
        if !self.paused {
            self.retire_for_suspects();
            self.retire_due();
        }
        self.grant(now);
        if !self.paused && (!self.queue.is_empty() || !self.suspects.is_empty()) {
            for slot in 0..self.slots.len() {
                while self.assign_one(now, slot) {}
            }
        }
        for slot in 0..self.slots.len() {
            self.stop_if_done(now, slot);
        }
        self.fill_slots(now);
    }

    /// A suspect needs a fresh worker for itself. If none is there or on its way, one that has worked makes
    /// room.
    fn retire_for_suspects(&mut self) {
        if self.suspects.is_empty() {
            return;
        }
        let workers = || {
            self.slots.iter().filter_map(|slot| match &slot.place {
                Seat::Taken(worker) => Some(worker),
                Seat::Empty { .. } => None,
            })
        };
        let vacant = self.slots.iter().filter(|slot| matches!(slot.place, Seat::Empty { .. })).count();
        let coming = workers().filter(|worker| worker.phase != WorkerPhase::Ready || worker.is_fresh());
        if self.suspects.len() <= coming.count() + vacant {
            return;
        }
        let victim = workers()
            .filter(|worker| worker.phase == WorkerPhase::Ready && !worker.is_fresh())
            .min_by_key(|worker| worker.running().count())
            .map(|worker| worker.id);
        if let Some(worker) = victim.and_then(|id| self.worker(id)) {
            worker.phase = WorkerPhase::Retiring;
        }
    }

    /// Replaces a worker that is due and idle, one at a time: while another is on its way out or in, it
    /// waits.
    fn retire_due(&mut self) {
        if !self.some_due {
            return;
        }
        let (mut due, mut some_due) = (None, false);
        for slot in &self.slots {
            let Seat::Taken(worker) = &slot.place else { continue };
            // One that retires with a suspect may take as long as it likes.
            if !worker.phase.works() {
                return;
            }
            if worker.phase == WorkerPhase::Ready && worker.due {
                some_due = true;
                due = due.or(worker.is_idle().then_some(worker.id));
            }
        }
        self.some_due = some_due;
        if let Some(worker) = due.and_then(|id| self.worker(id)) {
            worker.phase = WorkerPhase::Retiring;
        }
    }

    /// Gives one lane of the slot's worker something to do; false if there is no such lane or nothing for it.
    fn assign_one(&mut self, now: Instant, slot: usize) -> bool {
        let Some(Slot { place: Seat::Taken(worker), .. }) = self.slots.get_mut(slot) else { return false };
        if worker.phase != WorkerPhase::Ready || !worker.is_alive() || worker.due {
            return false;
        }
        let Some(lane) = worker.free_lane() else { return false };
        let suspect = self.suspects.front().filter(|_| worker.is_fresh());
        // A suspect that needs all the memory holds up everyone else, or it would never find it free.
        let is_whole = |id| self.jobs.get(id).is_some_and(|job| job.whole);
        let whole = self.suspects.front().is_some_and(is_whole);
        let Some(id) = suspect.or(self.queue.front().filter(|_| !whole)).copied() else { return false };
        let Some(memory) = self.budget.start(whole) else { return false };
        let is_suspect = suspect.is_some();
        if is_suspect {
            self.suspects.pop_front();
        } else {
            self.queue.pop_front();
        }
        let Some(job) = self.jobs.get_mut(&id) else {
            self.cancelled_in_queue = self.cancelled_in_queue.saturating_sub(1);
            self.budget.give_back(memory);
            return true;
        };
        if is_suspect {
            // Alone: the worker takes nothing else from here on.
            worker.phase = WorkerPhase::Retiring;
        }
        job.attempts += 1;
        job.state = JobState::Running;
        job.last_worker = Some(worker.id);
        let attempt = Attempt { job: id, number: job.attempts };
        worker.assigned += 1;
        let lanes = u32::from(self.policy.lanes);
        let limit = self.policy.jobs_per_worker(worker.id.slot, worker.id.generation);
        if limit.is_some_and(|jobs| worker.assigned >= jobs.max(1).saturating_mul(lanes)) {
            worker.due = true;
            self.some_due = true;
        }
        if let Some(place) = worker.lanes.get_mut(usize::from(lane.0)) {
            let (slow, deadline) = (Some(now + self.policy.slow_after), Some(now + self.policy.timeout));
            *place = Some(RunningAttempt { attempt, slow, deadline, memory });
        }
        let worker = worker.id;
        self.limit_memory(worker);
        self.effects.push(Effect::Assign { worker, lane, attempt, memory });
        self.emit(RunEvent::Attempt { worker, lane, attempt, change: AttemptChange::Assigned });
        true
    }

    /// The invariants that can be looked up without walking over every job.
    #[cfg(debug_assertions)]
    fn check(&self, now: Instant) {
        assert_eq!(self.counts.total, self.counts.open + self.counts.settled, "the counts add up");
        assert_eq!(self.counts.open, self.jobs.len() as u64, "every open job is known");
        assert!(self.cancelled_in_queue <= self.queue.len(), "the cancelled in the queue are in the queue");
        let rests = self.stopping.is_some() || self.paused;
        for effect in &self.effects {
            assert!(
                !(rests && matches!(effect, Effect::Spawn(_) | Effect::Assign { .. })),
                "started after a stop or during a pause"
            );
        }
        // Walking over a large pool after every event would make a test of a million jobs a matter of
        // minutes.
        if self.slots.len() > 16 && !self.counts.settled.is_multiple_of(64) {
            return;
        }
        assert!(
            self.next_deadline().is_none_or(|deadline| deadline > now),
            "a deadline that is past was left"
        );
        let mut used = 0;
        for slot in &self.slots {
            let Seat::Taken(worker) = &slot.place else { continue };
            for (_, running) in worker.running() {
                used += running.memory;
                let job = self.jobs.get(&running.attempt.job);
                assert!(
                    job.is_some_and(|job| matches!(job.state, JobState::Running)),
                    "a job on a lane is running"
                );
            }
        }
        assert_eq!(used, self.budget.used(), "what the lanes have is what the budget gave");
        assert!(used <= self.budget.total(), "nobody has more memory than there is");
    }
}
