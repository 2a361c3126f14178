//! A world without processes: a driver that makes up what workers do, in random order, in virtual time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::{ErrorKind, JobError, PerStage, Processed, Stage, StagedResult};
use protocol::sandbox::SandboxReport;

use crate::run_event::{AttemptChange, RunChange, RunEvent, WorkerChange};
use crate::verdict::Verdict;
use crate::worker::{WorkerEnd, WorkerId};
use crate::{Effect, Ending, Engine, Event, LaneEvent, Order, Policy, ProcessExit, WorkerEvent};

/// A pool that shares [`MEMORY`], and whose breaker does not stand in the way of bad luck.
pub(super) fn pool(slots: u16, lanes: u16) -> Policy {
    Policy { memory: MEMORY, breaker: usize::MAX, ..Policy::new(slots, lanes) }
}

/// What a job does to the worker that tries it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Nature {
    Good,
    Broken,
    Crashes,
    Hangs,
    /// Hangs so that SIGTERM does not help, as a stopped process does.
    Deaf,
    FlakyDisk,
    /// Needs this many bytes, and asks for them if they are more than it was given.
    Large(u64),
    /// Runs out of memory unless it has all of it; says so by its death, or by an answer.
    Hungry {
        dies: bool,
    },
    /// Runs out of memory whatever it has.
    Bomb,
}

impl Nature {
    /// Whether nothing comes of it but the end of its time.
    fn hangs(self) -> bool {
        match self {
            Nature::Hangs | Nature::Deaf => true,
            Nature::Good
            | Nature::Broken
            | Nature::Crashes
            | Nature::FlakyDisk
            | Nature::Large(_)
            | Nature::Hungry { .. }
            | Nature::Bomb => false,
        }
    }
}

/// The budget that the pools of the simulation share.
pub(super) const MEMORY: u64 = 8000;

struct LaneRun {
    lane: Lane,
    attempt: Attempt,
    memory: u64,
    asked: Option<u64>,
}

#[derive(Default)]
struct FakeWorker {
    ready: bool,
    running: Vec<LaneRun>,
    /// Set once it is dying: what is left to be told.
    dying: Option<(Option<ProcessExit>, bool)>,
    last_words: String,
    stopping: bool,
}

/// The engine and all that it believes to be there.
pub(super) struct World {
    pub(super) engine: Engine,
    now: Instant,
    rng: fastrand::Rng,
    natures: Vec<Nature>,
    workers: BTreeMap<WorkerId, FakeWorker>,
    pub(super) commits: Vec<JobId>,
    committed: HashMap<JobId, u32>,
    /// Jobs that some worker was given.
    pub(super) begun: HashSet<JobId>,
    pub(super) verdicts: HashMap<JobId, Verdict>,
    pub(super) ends: Vec<WorkerEnd>,
    /// Attempts that were called slow.
    pub(super) slow: Vec<Attempt>,
    /// One in this many steps kills a random worker from outside; 0 never.
    pub(super) kill_every: u32,
    /// One in this many steps calls off a random job; 0 never.
    pub(super) cancel_every: u32,
    /// One in this many steps begins or ends a pause; 0 never.
    pub(super) pause_every: u32,
    paused: bool,
    pub(super) cannot_start: bool,
}

impl World {
    pub(super) fn new(policy: Policy, natures: Vec<Nature>, seed: u64) -> Self {
        let mut world = Self {
            engine: Engine::new(policy),
            now: Instant::now(),
            rng: fastrand::Rng::with_seed(seed),
            natures,
            workers: BTreeMap::new(),
            commits: Vec::new(),
            committed: HashMap::new(),
            begun: HashSet::new(),
            verdicts: HashMap::new(),
            ends: Vec::new(),
            slow: Vec::new(),
            kill_every: 0,
            cancel_every: 0,
            pause_every: 0,
            paused: false,
            cannot_start: false,
        };
        for index in 0..world.natures.len() {
            world.tell(Event::Order(Order::Submit { job: JobId(index as u32), settled: None }));
        }
        world.tell(Event::Order(Order::Close));
        world
    }

    pub(super) fn tell(&mut self, event: Event) {
        for effect in self.engine.handle(self.now, event) {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Spawn(id) => {
                assert!(!self.paused, "spawned during a pause");
                self.workers.insert(id, FakeWorker::default());
            }
            Effect::Assign { worker, lane, attempt, memory } => {
                let Some(worker) = self.workers.get_mut(&worker) else { panic!("assigned to nobody") };
                assert!(!self.verdicts.contains_key(&attempt.job), "assigned after its verdict");
                assert!(!self.paused, "assigned during a pause");
                self.begun.insert(attempt.job);
                assert!(worker.running.iter().all(|run| run.lane != lane), "one attempt per lane");
                worker.running.push(LaneRun { lane, attempt, memory, asked: None });
                assert!(self.memory_in_use() <= MEMORY, "more memory than there is");
            }
            Effect::Grant { worker, attempt, .. } => {
                let running = &mut self.workers.get_mut(&worker).unwrap().running;
                let run = running.iter_mut().find(|run| run.attempt == attempt).unwrap();
                run.memory = run.asked.take().unwrap();
                assert!(self.memory_in_use() <= MEMORY, "more memory than there is");
            }
            Effect::StopWorker(id) => {
                let worker = self.workers.get_mut(&id).unwrap();
                assert!(worker.running.is_empty(), "asked to stop while busy");
                worker.stopping = true;
            }
            Effect::Terminate(id) => {
                let deaf = |run: &LaneRun| self.natures[run.attempt.job.index()] == Nature::Deaf;
                if !self.workers.get(&id).is_some_and(|worker| worker.running.iter().any(deaf)) {
                    self.die(id, ProcessExit::Signal(15));
                }
            }
            Effect::Kill(id) => self.die(id, ProcessExit::Signal(9)),
            Effect::Commit { attempt, .. } => self.commits.push(attempt.job),
            Effect::Discard(_) | Effect::LimitMemory { .. } => {}
            Effect::Emit(RunEvent::Settled { job, verdict, .. }) => {
                assert!(self.verdicts.insert(job, verdict).is_none(), "job {job} has two verdicts");
            }
            Effect::Emit(RunEvent::Worker { change: WorkerChange::Gone { end }, .. }) => self.ends.push(end),
            Effect::Emit(RunEvent::Run(RunChange::Paused)) => self.paused = true,
            Effect::Emit(RunEvent::Run(RunChange::Resumed)) => self.paused = false,
            Effect::Emit(RunEvent::Attempt { attempt, change: AttemptChange::Slow { .. }, .. }) => {
                self.slow.push(attempt);
            }
            Effect::Emit(_) => {}
        }
    }

    pub(super) fn die(&mut self, id: WorkerId, exit: ProcessExit) {
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.dying.get_or_insert((Some(exit), true));
        }
    }

    /// The workers that have something to do.
    pub(super) fn busy(&self) -> Vec<WorkerId> {
        self.workers.iter().filter(|(_, worker)| !worker.running.is_empty()).map(|(id, _)| *id).collect()
    }

    fn memory_in_use(&self) -> u64 {
        let runs = self.workers.values().filter(|worker| worker.dying.is_none()).flat_map(|w| &w.running);
        runs.filter(|run| run.asked.is_none()).map(|run| run.memory).sum()
    }

    /// One thing happens, chosen at random among those that can.
    pub(super) fn step(&mut self) {
        self.now += Duration::from_millis(self.rng.u64(0..20));
        if self.kill_every > 0 && self.rng.u32(0..self.kill_every) == 0 {
            let ids: Vec<_> = self.workers.keys().copied().collect();
            if let Some(id) = self.rng.choice(ids) {
                self.die(id, ProcessExit::Signal(9));
            }
        }
        if self.cancel_every > 0 && !self.natures.is_empty() && self.rng.u32(0..self.cancel_every) == 0 {
            self.cancel_one();
        }
        if self.pause_every > 0 && self.rng.u32(0..self.pause_every) == 0 {
            let order = if self.rng.bool() { Order::Pause } else { Order::Resume };
            self.tell(Event::Order(order));
        }
        if !self.commits.is_empty() && self.rng.bool() {
            let job = self.commits.swap_remove(self.rng.usize(0..self.commits.len()));
            *self.committed.entry(job).or_default() += 1;
            return self.tell(Event::Committed { job, result: Ok(()) });
        }
        let ids: Vec<_> = self.workers.keys().copied().collect();
        match self.rng.choice(ids) {
            Some(id) => self.worker_step(id),
            None => self.wait(),
        }
    }

    /// Calls off some job: one that nobody has begun ends at once, and nothing changes for any other.
    fn cancel_one(&mut self) {
        let job = JobId(self.rng.u32(0..self.natures.len() as u32));
        let before = self.verdicts.get(&job).cloned();
        self.tell(Event::Order(Order::Cancel { job }));
        let expected = if self.begun.contains(&job) { before } else { before.or(Some(Verdict::Cancelled)) };
        assert_eq!(self.verdicts.get(&job), expected.as_ref());
    }

    fn worker_step(&mut self, id: WorkerId) {
        let pick = self.rng.usize(..);
        let first = self.rng.bool();
        let Some(worker) = self.workers.get_mut(&id) else { return };
        if worker.dying.is_some() {
            self.dying_step(id, first);
        } else if worker.stopping {
            self.die(id, ProcessExit::Code(0));
        } else if !worker.ready && self.cannot_start {
            self.die(id, ProcessExit::Code(127));
        } else if !worker.ready {
            worker.ready = true;
            self.tell(WorkerEvent::Ready { sandbox: SandboxReport::default(), held: 0 }.of(id));
        } else if worker.running.is_empty() {
            self.wait();
        } else {
            let index = pick % worker.running.len();
            self.job_step(id, index);
        }
    }

    /// Tells one of the two ends of a worker, which may come in either order, or forgets it after both.
    fn dying_step(&mut self, id: WorkerId, exit_first: bool) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        let Some((exit, stream)) = &mut worker.dying else { return };
        if (exit_first || !*stream)
            && let Some(exit) = exit.take()
        {
            let last_words = worker.last_words.clone();
            return self.tell(WorkerEvent::Exited { exit, last_words }.of(id));
        }
        if std::mem::take(stream) {
            return self.tell(WorkerEvent::StreamEnded.of(id));
        }
        if exit.is_none() {
            self.workers.remove(&id);
        }
    }

    /// What a worker does with the attempt at `index` of those it runs, as the nature of its job has it.
    fn job_step(&mut self, id: WorkerId, index: usize) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        let run = &mut worker.running[index];
        let (lane, attempt, memory) = (run.lane, run.attempt, run.memory);
        if run.asked.is_some() {
            return self.wait();
        }
        let out_of_memory = "memory allocation of 800000000 bytes failed";
        let outcome = match self.natures[attempt.job.index()] {
            Nature::Good => Ok(done()),
            Nature::Broken => Err(JobError::new(Stage::Decode, ErrorKind::Truncated, "it ends early")),
            Nature::FlakyDisk if attempt.number == 1 => {
                let error = std::io::Error::from_raw_os_error(5);
                Err(JobError::io(Stage::Read, ErrorKind::Unreadable, &error))
            }
            Nature::FlakyDisk => Ok(done()),
            Nature::Crashes => return self.die(id, ProcessExit::Signal(11)),
            Nature::Hangs | Nature::Deaf => return self.wait(),
            Nature::Large(bytes) if bytes > memory => {
                // Some ask for their file first.
                let more = memory <= MEMORY / 8 && bytes / 2 > memory;
                let bytes = if more { bytes / 2 } else { bytes };
                run.asked = Some(bytes);
                return self.tell(LaneEvent::Ask { memory: bytes, more }.of(id, lane, attempt));
            }
            Nature::Large(_) => Ok(done()),
            Nature::Hungry { .. } if memory == MEMORY => Ok(done()),
            Nature::Hungry { dies: false } => {
                Err(JobError::new(Stage::Decode, ErrorKind::OutOfMemory, out_of_memory))
            }
            Nature::Hungry { dies: true } | Nature::Bomb => {
                worker.last_words = out_of_memory.to_owned();
                return self.die(id, ProcessExit::Signal(6));
            }
        };
        worker.running.swap_remove(index);
        self.tell(LaneEvent::Finished { outcome, held: 0 }.of(id, lane, attempt));
    }

    /// Nothing happens until the next deadline, unless somebody would have answered by then.
    fn wait(&mut self) {
        let natures = &self.natures;
        let hangs = |run: &LaneRun| run.asked.is_some() || natures[run.attempt.job.index()].hangs();
        // Who is starting or dying would have gone on by then.
        let idle = |worker: &FakeWorker| worker.ready && worker.dying.is_none();
        let all_hang = self.workers.values().all(|worker| idle(worker) && worker.running.iter().all(hangs));
        if let Some(deadline) = self.engine.next_deadline().filter(|_| all_hang) {
            self.now = self.now.max(deadline);
        }
        self.tell(Event::Tick);
    }

    pub(super) fn run(&mut self) -> Ending {
        for _ in 0..200_000 {
            if let Some(ending) = self.engine.ending() {
                assert_eq!(self.verdicts.len(), self.natures.len(), "each job has a verdict");
                assert!(self.committed.values().all(|commits| *commits == 1), "one commit a job");
                let ok = self.verdicts.values().filter(|verdict| matches!(verdict, Verdict::Ok(_))).count();
                assert_eq!(ok, self.committed.len(), "ok means committed");
                return ending;
            }
            self.step();
        }
        panic!("no end: {:#?}", self.engine);
    }

    pub(super) fn verdict(&self, job: u32) -> &'static str {
        self.verdicts[&JobId(job)].name()
    }
}

pub(super) fn done() -> Processed {
    Processed {
        results: vec![StagedResult { width: 1, height: 1, bytes: 1, checksum: 1, chosen: None }],
        pixels: 1,
        bytes_in: 1,
        timings: PerStage::default(),
        warnings: Vec::new(),
        taken: None,
    }
}

pub(super) fn natures() -> impl Strategy<Value = Vec<Nature>> {
    let nature = prop_oneof![
        6 => Just(Nature::Good),
        1 => Just(Nature::Broken),
        1 => Just(Nature::Crashes),
        1 => Just(Nature::Hangs),
        1 => Just(Nature::Deaf),
        1 => Just(Nature::FlakyDisk),
        2 => (0..=MEMORY).prop_map(Nature::Large),
        1 => prop::bool::ANY.prop_map(|dies| Nature::Hungry { dies }),
        1 => Just(Nature::Bomb),
    ];
    prop::collection::vec(nature, 0..60)
}
