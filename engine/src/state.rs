//! What the engine knows: jobs that are not settled yet, and the workers in their slots. Only the parts of
//! the engine change it.

use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::time::Instant;

use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::Processed;

use super::budget::Budget;
use super::event::{Effect, Ending, ProcessExit};
use super::policy::Policy;
use crate::run_event::RunEvent;
use crate::worker::WorkerId;

/// The state of a run.
#[derive(Debug)]
pub struct Engine {
    pub(super) policy: Policy,
    /// Jobs without a verdict.
    pub(super) jobs: HashMap<JobId, OpenJob>,
    pub(super) counts: JobCounts,
    /// Jobs in the state Queued, and some that were cancelled since.
    pub(super) queue: VecDeque<JobId>,
    /// How many of the queue were cancelled: taking each out at once would be a walk through the queue.
    pub(super) cancelled_in_queue: usize,
    pub(super) suspects: VecDeque<JobId>,
    pub(super) delayed: BinaryHeap<Delay>,
    pub(super) slots: Vec<Slot>,
    /// When workers were lost that no job can be blamed for, within the period.
    pub(super) unblamed: VecDeque<Instant>,
    /// Such losses since a worker was last ready.
    pub(super) unblamed_in_a_row: u32,
    /// Workers that others killed since a job was last answered, but for the first of each job.
    pub(super) killed_in_a_row: usize,
    /// `None` once a job was answered, or where an earlier run did some.
    pub(super) breaker: Option<Breaker>,
    /// Whether some worker may be due to be replaced.
    pub(super) some_due: bool,
    pub(super) budget: Budget,
    pub(super) chance: fastrand::Rng,
    pub(super) closed: bool,
    /// Whether nothing new starts, for now.
    pub(super) paused: bool,
    /// Why nothing new starts, once that is so.
    pub(super) stopping: Option<Ending>,
    pub(super) effects: Vec<Effect>,
}

impl Engine {
    /// An engine without jobs and workers.
    pub fn new(policy: Policy) -> Self {
        let slot = || Slot { next_generation: 0, place: Seat::Empty { not_before: None } };
        Self {
            slots: (0..policy.slots.max(1)).map(|_| slot()).collect(),
            budget: Budget::new(
                policy.memory,
                u64::from(policy.slots.max(1)) * u64::from(policy.lanes.max(1)),
            ),
            chance: fastrand::Rng::with_seed(policy.seed),
            some_due: false,
            breaker: Some(Breaker::default()),
            policy,
            jobs: HashMap::new(),
            counts: JobCounts::default(),
            queue: VecDeque::new(),
            cancelled_in_queue: 0,
            suspects: VecDeque::new(),
            delayed: BinaryHeap::new(),
            unblamed: VecDeque::new(),
            unblamed_in_a_row: 0,
            killed_in_a_row: 0,
            closed: false,
            paused: false,
            stopping: None,
            effects: Vec::new(),
        }
    }

    /// Has the sinks told.
    pub(super) fn emit(&mut self, event: RunEvent) {
        self.effects.push(Effect::Emit(event));
    }

    /// The worker of that name, if it still sits in its slot.
    pub(super) fn worker(&mut self, id: WorkerId) -> Option<&mut SlotWorker> {
        match self.slots.get_mut(usize::from(id.slot)).map(|slot| &mut slot.place) {
            Some(Seat::Taken(worker)) if worker.id == id => Some(worker),
            Some(Seat::Taken(_) | Seat::Empty { .. }) | None => None,
        }
    }

    /// Takes an answered attempt off its lane, and gives back the memory that it had. Says how much that was;
    /// `None` if the attempt was not there.
    pub(super) fn clear_lane(&mut self, worker: WorkerId, lane: Lane, attempt: Attempt) -> Option<u64> {
        let worker = self.worker(worker).filter(|worker| worker.is_running(lane, attempt))?;
        let running = worker.lanes.get_mut(usize::from(lane.0)).and_then(Option::take)?;
        self.budget.give_back(running.memory);
        self.budget.ended(attempt);
        Some(running.memory)
    }
}

/// A job without a verdict.
#[derive(Debug)]
pub(super) struct OpenJob {
    pub(super) state: JobState,
    /// Attempts begun.
    pub(super) attempts: u32,
    /// Attempts lost that this job may be to blame for.
    pub(super) lost: u32,
    /// Answers that blamed the operating system and were worth another try.
    pub(super) io_errors: u32,
    /// It ran out of memory once: the next attempt gets the whole budget.
    pub(super) whole: bool,
    pub(super) last_worker: Option<WorkerId>,
}

/// Where a job is on its way. Only what other state does not say already.
#[derive(Debug)]
pub(super) enum JobState {
    /// In the queue of the innocent.
    Queued,
    /// In the queue of those that may have killed a worker: tried alone, on a fresh worker.
    Suspect,
    /// Waiting before it is queued again.
    Delayed,
    /// On a lane.
    Running,
    /// Its output is being published.
    Committing(Box<Processed>),
}

/// The signs that the workers are to blame, and not the jobs.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// Jobs that surely killed their workers, before any job was answered.
    pub(super) killers: HashSet<JobId>,
    /// Jobs that were put in front to see whether they do, too, once there were too many of these.
    pub(super) canaries: Option<Vec<JobId>>,
}

/// An attempt on a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunningAttempt {
    pub(super) attempt: Attempt,
    /// When it will be called slow; `None` once that is done.
    pub(super) slow: Option<Instant>,
    /// When its time is up; `None` while it waits for memory, which is not its own fault.
    pub(super) deadline: Option<Instant>,
    /// Bytes of the budget that it has.
    pub(super) memory: u64,
}

/// A permanent place in the pool.
#[derive(Debug)]
pub(super) struct Slot {
    /// Counts the workers that sat here.
    pub(super) next_generation: u32,
    pub(super) place: Seat,
}

/// Who sits in a slot.
#[derive(Debug)]
pub(super) enum Seat {
    /// Nobody, and nobody may before this instant.
    Empty { not_before: Option<Instant> },
    /// A worker, or what is left of one.
    Taken(SlotWorker),
}

/// A worker. It is gone only when its process and its stream have both ended.
#[derive(Debug)]
pub(super) struct SlotWorker {
    pub(super) id: WorkerId,
    pub(super) phase: WorkerPhase,
    pub(super) lanes: Vec<Option<RunningAttempt>>,
    /// Attempts given to it.
    pub(super) assigned: u32,
    /// Bytes of data memory that it had before its first attempt.
    pub(super) held_at_first: u64,
    /// Bytes of data memory that it may have, as last ordered.
    pub(super) memory_limit: u64,
    /// Set once it has done its share or keeps too much memory: it takes nothing more, and is replaced as
    /// soon as it is idle.
    pub(super) due: bool,
    pub(super) exit: Option<(ProcessExit, String)>,
    pub(super) stream_ended: bool,
}

/// How far a worker has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WorkerPhase {
    /// Spawned; to be ready by the deadline.
    Starting { deadline: Instant },
    /// Works or waits for work.
    Ready,
    /// Works, gets nothing new, and is asked to stop when it is idle.
    Retiring,
    /// Asked to stop; killed at the deadline.
    Stopping { deadline: Instant },
    /// Its stream has ended, so its process is about to end; killed at the deadline if not.
    HungUp { deadline: Instant },
    /// Sent SIGTERM for this reason; SIGKILL follows at the deadline.
    Terminated { reason: KillReason, deadline: Instant },
    /// Killed, for this reason.
    Killed(KillReason),
}

impl WorkerPhase {
    pub(super) fn is_starting(&self) -> bool {
        matches!(self, WorkerPhase::Starting { .. })
    }

    /// Whether it may have attempts under way and nothing stands against that.
    pub(super) fn works(&self) -> bool {
        matches!(self, WorkerPhase::Ready | WorkerPhase::Retiring)
    }

    /// Why we ended it, or are about to.
    pub(super) fn kill_reason(&self) -> Option<&KillReason> {
        match self {
            WorkerPhase::Terminated { reason, .. } | WorkerPhase::Killed(reason) => Some(reason),
            WorkerPhase::Starting { .. }
            | WorkerPhase::Ready
            | WorkerPhase::Retiring
            | WorkerPhase::Stopping { .. }
            | WorkerPhase::HungUp { .. } => None,
        }
    }

    /// Until when the phase may last, and why the worker is killed then.
    pub(super) fn limit(&self) -> Option<(Instant, KillReason)> {
        match self {
            WorkerPhase::Starting { deadline } => Some((*deadline, KillReason::NeverReady)),
            WorkerPhase::Stopping { deadline } => Some((*deadline, KillReason::Lingered)),
            WorkerPhase::HungUp { deadline } => {
                Some((*deadline, KillReason::Garbled("it closed its channel".to_owned())))
            }
            WorkerPhase::Terminated { reason, deadline } => Some((*deadline, reason.clone())),
            WorkerPhase::Ready | WorkerPhase::Retiring | WorkerPhase::Killed(_) => None,
        }
    }

    /// Why it must be killed now, if its time is up.
    pub(super) fn overdue(&self, now: Instant) -> Option<KillReason> {
        self.limit().filter(|(deadline, _)| *deadline <= now).map(|(_, reason)| reason)
    }
}

/// Why a worker was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KillReason {
    /// The attempt on this lane took too long.
    TimedOut(Lane),
    /// It said what no worker says.
    Garbled(String),
    /// It was not ready in time.
    NeverReady,
    /// It did not leave when asked to.
    Lingered,
    /// The run was stopped for good.
    RunStopped,
}

impl SlotWorker {
    pub(super) fn new(id: WorkerId, lanes: u16, deadline: Instant) -> Self {
        Self {
            id,
            phase: WorkerPhase::Starting { deadline },
            lanes: vec![None; usize::from(lanes)],
            assigned: 0,
            held_at_first: 0,
            memory_limit: 0,
            due: false,
            exit: None,
            stream_ended: false,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.lanes.iter().all(Option::is_none)
    }

    /// Whether it waits for its very first attempt.
    pub(super) fn is_fresh(&self) -> bool {
        self.assigned == 0
    }

    /// Whether orders still reach it.
    pub(super) fn is_alive(&self) -> bool {
        self.exit.is_none() && !self.stream_ended
    }

    pub(super) fn free_lane(&self) -> Option<Lane> {
        self.lanes.iter().position(Option::is_none).and_then(|i| u16::try_from(i).ok()).map(Lane)
    }

    pub(super) fn is_running(&self, lane: Lane, attempt: Attempt) -> bool {
        self.lanes.get(usize::from(lane.0)).is_some_and(|l| l.is_some_and(|r| r.attempt == attempt))
    }

    /// The attempt on a lane, to be changed.
    pub(super) fn running_mut(&mut self, lane: Lane) -> Option<&mut RunningAttempt> {
        self.lanes.get_mut(usize::from(lane.0))?.as_mut()
    }

    /// The attempts on its lanes.
    pub(super) fn running(&self) -> impl Iterator<Item = (Lane, RunningAttempt)> + '_ {
        (0..).map(Lane).zip(&self.lanes).filter_map(|(lane, running)| Some((lane, (*running)?)))
    }

    /// When something must be done about it although it says nothing.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.phase.works() {
            return self.running().flat_map(|(_, running)| [running.slow, running.deadline]).flatten().min();
        }
        self.phase.limit().map(|(deadline, _)| deadline)
    }
}

/// How many jobs are where. They always add up to the total.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct JobCounts {
    /// Jobs submitted.
    pub(super) total: u64,
    /// Jobs without a verdict.
    pub(super) open: u64,
    /// Jobs with one.
    pub(super) settled: u64,
}

/// A job to be queued again at an instant; the order of a heap is by time, then by job.
pub(super) type Delay = std::cmp::Reverse<(Instant, JobId)>;
