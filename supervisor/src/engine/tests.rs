//! The engine in a world without processes: a driver that makes up what workers do, in random order, in virtual time.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::{Done, ErrorKind, JobError, Processed, Stage, Timings};
use protocol::sandbox::SandboxReport;

use super::{Effect, Ending, Engine, Event, Exit, Policy};
use crate::run_event::RunEvent;
use crate::verdict::{LossCause, SkipReason, Verdict, WorkerEnd, WorkerId};

/// What a job does to the worker that tries it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Nature {
    Good,
    Broken,
    Crashes,
    Hangs,
    FlakyDisk,
}

#[derive(Default)]
struct FakeWorker {
    ready: bool,
    running: Vec<(Lane, Attempt)>,
    /// Set once it is dying: what is left to be told.
    dying: Option<(Option<Exit>, bool)>,
    stopping: bool,
}

struct World {
    engine: Engine,
    now: Instant,
    rng: fastrand::Rng,
    natures: Vec<Nature>,
    workers: BTreeMap<WorkerId, FakeWorker>,
    commits: Vec<JobId>,
    committed: HashMap<JobId, u32>,
    verdicts: HashMap<JobId, Verdict>,
    ends: Vec<WorkerEnd>,
    /// One in this many steps kills a random worker from outside; 0 never.
    kill_every: u32,
    cannot_start: bool,
}

impl World {
    fn new(policy: Policy, natures: Vec<Nature>, seed: u64) -> Self {
        let mut world = Self {
            engine: Engine::new(policy),
            now: Instant::now(),
            rng: fastrand::Rng::with_seed(seed),
            natures,
            workers: BTreeMap::new(),
            commits: Vec::new(),
            committed: HashMap::new(),
            verdicts: HashMap::new(),
            ends: Vec::new(),
            kill_every: 0,
            cannot_start: false,
        };
        for index in 0..world.natures.len() {
            world.tell(Event::Submit { job: JobId(index as u32), settled: None });
        }
        world.tell(Event::Close);
        world
    }

    fn tell(&mut self, event: Event) {
        for effect in self.engine.handle(self.now, event) {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Spawn(id) => {
                self.workers.insert(id, FakeWorker::default());
            }
            Effect::Assign { worker, lane, attempt } => {
                let Some(worker) = self.workers.get_mut(&worker) else { panic!("assigned to nobody") };
                assert!(worker.running.iter().all(|(busy, _)| *busy != lane), "one attempt per lane");
                worker.running.push((lane, attempt));
            }
            Effect::StopWorker(id) => {
                let worker = self.workers.get_mut(&id).unwrap();
                assert!(worker.running.is_empty(), "asked to stop while busy");
                worker.stopping = true;
            }
            Effect::Kill(id) => self.die(id, Exit::Signal(9)),
            Effect::Commit(attempt) => self.commits.push(attempt.job),
            Effect::Discard(_) => {}
            Effect::Emit(RunEvent::Settled { job, verdict, .. }) => {
                assert!(self.verdicts.insert(job, verdict).is_none(), "job {job} has two verdicts");
            }
            Effect::Emit(RunEvent::WorkerGone { end, .. }) => self.ends.push(end),
            Effect::Emit(_) => {}
        }
    }

    fn die(&mut self, id: WorkerId, exit: Exit) {
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.dying.get_or_insert((Some(exit), true));
        }
    }

    /// One thing happens, chosen at random among those that can.
    fn step(&mut self) {
        self.now += Duration::from_millis(self.rng.u64(0..20));
        if self.kill_every > 0 && self.rng.u32(0..self.kill_every) == 0 {
            let ids: Vec<_> = self.workers.keys().copied().collect();
            if let Some(id) = self.rng.choice(ids) {
                self.die(id, Exit::Signal(9));
            }
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

    fn worker_step(&mut self, id: WorkerId) {
        let pick = self.rng.usize(..);
        let first = self.rng.bool();
        let cannot_start = self.cannot_start;
        let Some(worker) = self.workers.get_mut(&id) else { return };
        if let Some((exit, stream)) = &mut worker.dying {
            // Both ends must be told, in either order.
            if (first || !*stream)
                && let Some(exit) = exit.take()
            {
                return self.tell(Event::Exited { worker: id, exit, last_words: String::new() });
            }
            if std::mem::take(stream) {
                return self.tell(Event::StreamEnded { worker: id });
            }
            if exit.is_none() {
                self.workers.remove(&id);
            }
        } else if worker.stopping {
            self.die(id, Exit::Code(0));
        } else if !worker.ready && cannot_start {
            self.die(id, Exit::Code(127));
        } else if !worker.ready {
            worker.ready = true;
            self.tell(Event::Ready { worker: id, sandbox: SandboxReport::default() });
        } else if worker.running.is_empty() {
            self.wait();
        } else {
            let index = pick % worker.running.len();
            let (lane, attempt) = worker.running[index];
            let outcome = match self.natures[attempt.job.index()] {
                Nature::Good => Ok(done()),
                Nature::Broken => Err(JobError::new(Stage::Decode, ErrorKind::Truncated, "it ends early")),
                Nature::FlakyDisk if attempt.number == 1 => {
                    let error = std::io::Error::from_raw_os_error(5);
                    Err(JobError::io(Stage::Read, ErrorKind::Unreadable, &error))
                }
                Nature::FlakyDisk => Ok(done()),
                Nature::Crashes => return self.die(id, Exit::Signal(11)),
                Nature::Hangs => return self.wait(),
            };
            worker.running.swap_remove(index);
            self.tell(Event::Finished { worker: id, lane, attempt, outcome });
        }
    }

    /// Nothing happens until the next deadline, unless somebody would have answered by then.
    fn wait(&mut self) {
        let natures = &self.natures;
        let hangs = |(_, attempt): &(Lane, Attempt)| natures[attempt.job.index()] == Nature::Hangs;
        let all_hang = self.workers.values().all(|worker| worker.running.iter().all(hangs));
        if let Some(deadline) = self.engine.next_deadline().filter(|_| all_hang) {
            self.now = self.now.max(deadline);
        }
        self.tell(Event::Tick);
    }

    fn run(&mut self) -> Ending {
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

    fn verdict(&self, job: u32) -> &'static str {
        self.verdicts[&JobId(job)].name()
    }
}

fn done() -> Done {
    Done::Processed(Processed {
        width: 1,
        height: 1,
        pixels: 1,
        bytes_in: 1,
        bytes_out: 1,
        timings: Timings::default(),
        warnings: Vec::new(),
    })
}

fn natures() -> impl Strategy<Value = Vec<Nature>> {
    let nature = prop_oneof![
        6 => Just(Nature::Good),
        1 => Just(Nature::Broken),
        1 => Just(Nature::Crashes),
        1 => Just(Nature::Hangs),
        1 => Just(Nature::FlakyDisk),
    ];
    prop::collection::vec(nature, 0..60)
}

proptest! {
    /// Whatever the order of events, exactly the guilty are blamed: in processes, in threads, one after another.
    #[test]
    fn exactly_the_guilty_are_blamed(
        natures in natures(), slots in 1u16..5, lanes in 1u16..5, retries in 0u32..3, recycle in prop::option::of(1u32..5), seed: u64,
    ) {
        let policy = Policy { retries, recycle_after: recycle, ..Policy::new(slots, lanes) };
        let mut world = World::new(policy, natures.clone(), seed);
        prop_assert_eq!(world.run(), Ending::Complete);
        for (job, nature) in (0..).zip(natures) {
            let expected: &[&str] = match nature {
                Nature::Good => &["ok"],
                // Its first attempt may be lost to a neighbour instead.
                Nature::FlakyDisk => if retries > 0 { &["ok"] } else { &["ok", "failed"] },
                Nature::Broken => &["failed"],
                Nature::Crashes | Nature::Hangs => &["quarantined"],
            };
            prop_assert!(expected.contains(&world.verdict(job)), "job {}, {:?}: {}", job, nature, world.verdict(job));
        }
    }

    /// Killing workers at random loses no job: each still ends with one verdict, and the good ones never `failed`.
    #[test]
    fn random_kills_lose_no_job(natures in natures(), slots in 1u16..5, lanes in 1u16..3, seed: u64) {
        let policy = Policy { intensity: usize::MAX, ..Policy::new(slots, lanes) };
        let mut world = World::new(policy, natures.clone(), seed);
        world.kill_every = 10;
        prop_assert_eq!(world.run(), Ending::Complete);
        for (job, nature) in (0..).zip(natures) {
            if nature == Nature::Good {
                prop_assert!(["ok", "quarantined"].contains(&world.verdict(job)));
            }
        }
    }

    /// A stop at any moment ends the run, with a verdict for each job and nothing started afterwards.
    #[test]
    fn a_stop_ends_the_run(natures in natures(), slots in 1u16..5, after in 0usize..80, kill: bool, seed: u64) {
        let mut world = World::new(Policy::new(slots, 1), natures, seed);
        for _ in 0..after {
            world.step();
        }
        world.tell(Event::Stop { kill, reason: "signal".to_owned() });
        prop_assert_eq!(world.run(), Ending::Stopped);
    }
}

#[test]
fn a_pool_that_cannot_start_gives_up() {
    let mut world = World::new(Policy::new(2, 1), vec![Nature::Good; 100], 1);
    world.cannot_start = true;
    let Ending::PoolFailed(reason) = world.run() else { panic!("it went on") };
    assert!(reason.contains("exited with code 127"), "{reason}");
    assert!(world.verdicts.values().all(|verdict| *verdict == Verdict::NotRun));
}

#[test]
fn a_hundred_poison_pictures_do_not_stop_a_run() {
    let natures = (0..200).map(|n| if n % 2 == 0 { Nature::Crashes } else { Nature::Good }).collect();
    let mut world = World::new(Policy::new(2, 1), natures, 7);
    assert_eq!(world.run(), Ending::Complete);
    assert_eq!(world.verdicts.values().filter(|verdict| verdict.name() == "quarantined").count(), 100);
}

#[test]
fn an_old_worker_changes_nothing() {
    let mut world = World::new(Policy::new(1, 1), vec![Nature::Good; 2], 3);
    let old = WorkerId { slot: 0, generation: 7 };
    let attempt = Attempt { job: JobId(0), number: 1 };
    let before = world.engine.counts();
    world.tell(Event::Finished { worker: old, lane: Lane(0), attempt, outcome: Ok(done()) });
    world.tell(Event::Exited { worker: old, exit: Exit::Code(0), last_words: String::new() });
    assert_eq!(world.engine.counts(), before);
    assert!(world.commits.is_empty());
    assert_eq!(world.run(), Ending::Complete);
}

#[test]
fn a_full_disk_stops_the_run() {
    let mut world = World::new(Policy::new(1, 1), vec![Nature::Good; 10], 3);
    while world.commits.is_empty() {
        world.step();
    }
    let job = world.commits.remove(0);
    let error = JobError::io(Stage::Write, ErrorKind::WriteFailed, &std::io::Error::from_raw_os_error(28));
    world.tell(Event::Committed { job, result: Err(error) });
    assert!(matches!(world.run(), Ending::OutOfRoom(_)));
    assert_eq!(world.verdict(job.0), "cancelled", "the image is none the worse for it");
}

#[test]
fn settled_jobs_only_count() {
    let mut engine = Engine::new(Policy::new(4, 1));
    let settled = Some(Verdict::Skipped(SkipReason::Exists));
    let effects = engine.handle(Instant::now(), Event::Submit { job: JobId(0), settled });
    assert_eq!(effects.len(), 1);
    engine.handle(Instant::now(), Event::Close);
    assert_eq!(engine.ending(), Some(Ending::Complete));
    assert_eq!(engine.counts().settled, 1);
}

#[test]
fn memory_is_named_by_the_last_words() {
    let mut world = World::new(Policy { retries: 0, ..Policy::new(1, 1) }, vec![Nature::Good], 3);
    let worker = WorkerId { slot: 0, generation: 0 };
    world.tell(Event::Ready { worker, sandbox: SandboxReport::default() });
    let last_words = "memory allocation of 800000000 bytes failed".to_owned();
    world.tell(Event::Exited { worker, exit: Exit::Signal(6), last_words });
    world.tell(Event::StreamEnded { worker });
    let Verdict::Quarantined(loss) = &world.verdicts[&JobId(0)] else { panic!("not blamed") };
    assert_eq!(loss.cause, LossCause::OutOfMemory);
    assert_eq!(world.ends, [WorkerEnd::Signalled(6)]);
}
