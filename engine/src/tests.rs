//! The engine in a world without processes: `world` makes up what workers do, `storms` does it many thousand
//! times, `breaker` is about runs in which every image kills its worker.

mod breaker;
mod storms;
mod world;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::{ErrorKind, JobError, Stage};
use protocol::sandbox::SandboxReport;

use super::{Effect, Ending, Engine, Event, LaneEvent, Order, Policy, ProcessExit, WorkerEvent};
use crate::run_event::{AttemptChange, RunEvent};
use crate::verdict::{LossCause, SkipReason, Verdict};
use crate::worker::{WorkerEnd, WorkerId};
use world::{MEMORY, Nature, World, done, natures, pool};

proptest! {
    /// Whatever the order of events, exactly the guilty are blamed: in processes, in threads, one after
    /// another.
    #[test]
    fn exactly_the_guilty_are_blamed(
        natures in natures(), slots in 1u16..5, lanes in 1u16..5, retries in 0u32..3,
        recycle in prop::option::of(1u32..5), pauses in prop_oneof![Just(0), 1u32..30], seed: u64,
    ) {
        let policy = Policy { retries, recycle_after: recycle, ..pool(slots, lanes) };
        let mut world = World::new(policy, natures.clone(), seed);
        world.pause_every = pauses;
        prop_assert_eq!(world.run(), Ending::Complete);
        for (job, nature) in (0..).zip(natures) {
            let expected: &[&str] = match nature {
                Nature::Good | Nature::Large(_) => &["ok"],
                Nature::Hungry { .. } => if retries > 0 { &["ok"] } else { &["ok", "failed", "quarantined"] },
                // Its first attempt may be lost to a neighbour instead.
                Nature::FlakyDisk => if retries > 0 { &["ok"] } else { &["ok", "failed"] },
                Nature::Broken => &["failed"],
                Nature::Crashes | Nature::Hangs | Nature::Deaf | Nature::Bomb => &["quarantined"],
            };
            let verdict = world.verdict(job);
            prop_assert!(expected.contains(&verdict), "job {}, {:?}: {}", job, nature, verdict);
        }
    }

    /// Killing workers at random loses no job: each still ends with one verdict, and the good ones are done.
    #[test]
    fn random_kills_lose_no_job(natures in natures(), slots in 1u16..5, lanes in 1u16..3, seed: u64) {
        let policy = Policy { intensity: usize::MAX, ..pool(slots, lanes) };
        let mut world = World::new(policy, natures.clone(), seed);
        world.kill_every = 10;
        prop_assert_eq!(world.run(), Ending::Complete);
        for (job, nature) in (0..).zip(natures) {
            if nature == Nature::Good {
                prop_assert_eq!(world.verdict(job), "ok");
            }
        }
    }

    /// Jobs that are called off are neither lost nor done, and the others get what they would have got.
    #[test]
    fn cancelled_jobs_are_never_begun(
        natures in natures(), slots in 1u16..5, lanes in 1u16..3, often in 1u32..20, seed: u64,
    ) {
        let mut world = World::new(pool(slots, lanes), natures.clone(), seed);
        world.cancel_every = often;
        prop_assert_eq!(world.run(), Ending::Complete);
        for (job, nature) in (0..).zip(natures) {
            let expected = match nature {
                Nature::Good | Nature::FlakyDisk | Nature::Large(_) | Nature::Hungry { .. } => "ok",
                Nature::Broken => "failed",
                Nature::Crashes | Nature::Hangs | Nature::Deaf | Nature::Bomb => "quarantined",
            };
            let begun = world.begun.contains(&JobId(job));
            prop_assert_eq!(world.verdict(job), if begun { expected } else { "cancelled" });
        }
    }

    /// A stop at any moment ends the run, with a verdict for each job and nothing started afterwards.
    #[test]
    fn a_stop_ends_the_run(
        natures in natures(), slots in 1u16..5, after in 0usize..80,
        pauses in prop_oneof![Just(0), 1u32..10], kill: bool, seed: u64,
    ) {
        let mut world = World::new(pool(slots, 1), natures, seed);
        world.pause_every = pauses;
        for _ in 0..after {
            world.step();
        }
        world.tell(Event::Order(Order::Stop { kill, reason: "signal".to_owned() }));
        prop_assert_eq!(world.run(), Ending::Stopped);
    }
}

/// What runs is finished during a pause, its workers stay, and nothing else happens until it is over.
#[test]
fn during_a_pause_nothing_starts_and_nobody_leaves() {
    let mut world = World::new(pool(2, 1), vec![Nature::Good; 20], 1);
    while world.begun.len() < 5 {
        world.step();
    }
    world.tell(Event::Order(Order::Pause));
    for _ in 0..200 {
        world.step();
    }
    assert_eq!((world.begun.len(), world.verdicts.len(), world.ends.len()), (5, 5, 0));
    assert_eq!(world.engine.next_deadline(), None, "nothing to wait for but a command");
    world.tell(Event::Order(Order::Resume));
    assert_eq!(world.run(), Ending::Complete);
    assert!(world.ends.iter().all(|end| *end == WorkerEnd::Stopped) && world.ends.len() == 2);
}

#[test]
fn a_pool_that_cannot_start_gives_up() {
    let mut world = World::new(pool(2, 1), vec![Nature::Good; 100], 1);
    world.cannot_start = true;
    let Ending::PoolFailed(reason) = world.run() else { panic!("it went on") };
    assert!(reason.contains("exited with code 127"), "{reason}");
    assert!(world.verdicts.values().all(|verdict| *verdict == Verdict::NotRun));
}

#[test]
fn a_pool_whose_workers_hang_while_they_start_gives_up_too() {
    let (mut engine, mut now) = (Engine::new(pool(2, 1)), Instant::now());
    let mut effects = engine.handle(now, Event::Order(Order::Submit { job: JobId(0), settled: None }));
    for _ in 0..1000 {
        let killed: Vec<WorkerId> = effects.iter().filter_map(killed).collect();
        effects.clear();
        for worker in killed {
            effects.extend(engine.handle(now, WorkerEvent::StreamEnded.of(worker)));
            let (exit, last_words) = (ProcessExit::Signal(9), String::new());
            effects.extend(engine.handle(now, WorkerEvent::Exited { exit, last_words }.of(worker)));
        }
        if let Some(ending) = engine.ending() {
            let Ending::PoolFailed(reason) = ending else { panic!("{ending:?}") };
            return assert!(reason.contains("never ready"), "{reason}");
        }
        now = engine.next_deadline().unwrap_or(now);
        effects.extend(engine.handle(now, Event::Tick));
    }
    panic!("it goes on for ever");
}

fn killed(effect: &Effect) -> Option<WorkerId> {
    if let Effect::Kill(worker) = effect { Some(*worker) } else { None }
}

#[test]
fn a_worker_takes_one_job_where_one_is_its_share_even_if_another_hangs() {
    let natures = [vec![Nature::Hangs], vec![Nature::Good; 40]].concat();
    let mut world = World::new(Policy { recycle_after: Some(1), retries: 0, ..pool(2, 1) }, natures, 2);
    assert_eq!(world.run(), Ending::Complete);
    assert_eq!(world.ends.len(), 41);
}

#[test]
fn a_hundred_poison_images_do_not_stop_a_run() {
    let natures = (0..200).map(|n| if n % 2 == 0 { Nature::Crashes } else { Nature::Good }).collect();
    let mut world = World::new(pool(2, 1), natures, 7);
    assert_eq!(world.run(), Ending::Complete);
    assert_eq!(world.verdicts.values().filter(|verdict| verdict.name() == "quarantined").count(), 100);
}

#[test]
fn an_open_engine_without_jobs_keeps_its_workers_and_waits_for_nothing() {
    let mut engine = Engine::new(pool(2, 1));
    let now = Instant::now();
    let worker = WorkerId { slot: 0, generation: 0 };
    engine.handle(now, Event::Order(Order::Submit { job: JobId(0), settled: None }));
    engine.handle(now, WorkerEvent::Ready { sandbox: SandboxReport::default(), held: 0 }.of(worker));
    let attempt = Attempt { job: JobId(0), number: 1 };
    engine.handle(now, LaneEvent::Finished { outcome: Ok(done()), held: 0 }.of(worker, Lane(0), attempt));
    let effects = engine.handle(now, Event::Committed { job: JobId(0), result: Ok(()) });
    assert!(!effects.contains(&Effect::StopWorker(worker)));
    assert_eq!((engine.ending(), engine.next_deadline()), (None, None));
    // The idle worker dies. Nobody is spawned without work, and the end of the backoff is no reason to wake
    // up twice.
    engine.handle(now, WorkerEvent::StreamEnded.of(worker));
    engine.handle(
        now,
        WorkerEvent::Exited { exit: ProcessExit::Signal(9), last_words: String::new() }.of(worker),
    );
    let deadline = engine.next_deadline().unwrap();
    assert_eq!(engine.handle(deadline, Event::Tick), []);
    assert_eq!((engine.ending(), engine.next_deadline()), (None, None));
    let effects = engine.handle(deadline, Event::Order(Order::Submit { job: JobId(1), settled: None }));
    assert_eq!(effects, [Effect::Spawn(WorkerId { slot: 0, generation: 1 })]);
}

#[test]
fn cancelled_jobs_leave_the_queue_and_call_for_no_worker() {
    let mut engine = Engine::new(pool(4, 1));
    let now = Instant::now();
    engine.handle(now, Event::Order(Order::Submit { job: JobId(0), settled: None }));
    for job in (1..1000).map(JobId) {
        engine.handle(now, Event::Order(Order::Submit { job, settled: None }));
    }
    let spawned = engine.slots.iter().filter(|slot| slot.next_generation > 0).count();
    assert_eq!(spawned, 4);
    for job in (0..1000).map(JobId) {
        engine.handle(now, Event::Order(Order::Cancel { job }));
    }
    assert!(engine.queue.is_empty() && engine.jobs.is_empty());
    // One that stands in the queue although it was cancelled counts for nothing.
    for job in (1000..1003).map(JobId) {
        engine.handle(now, Event::Order(Order::Submit { job, settled: None }));
    }
    engine.handle(now, Event::Order(Order::Cancel { job: JobId(1001) }));
    assert_eq!((engine.queue.len(), engine.cancelled_in_queue), (3, 1));
    for (slot, job) in [(0, JobId(1000)), (1, JobId(1002))] {
        let worker = WorkerId { slot, generation: 0 };
        let effects =
            engine.handle(now, WorkerEvent::Ready { sandbox: SandboxReport::default(), held: 0 }.of(worker));
        let (attempt, memory) = (Attempt { job, number: 1 }, MEMORY / 4 / 4);
        assert!(effects.contains(&Effect::Assign { worker, lane: Lane(0), attempt, memory }), "{effects:?}");
    }
    assert_eq!((engine.queue.len(), engine.cancelled_in_queue), (0, 0));
}

#[test]
fn an_old_worker_changes_nothing() {
    let mut world = World::new(pool(1, 1), vec![Nature::Good; 2], 3);
    let old = WorkerId { slot: 0, generation: 7 };
    let attempt = Attempt { job: JobId(0), number: 1 };
    let before = world.engine.counts();
    world.tell(LaneEvent::Finished { outcome: Ok(done()), held: 0 }.of(old, Lane(0), attempt));
    world.tell(WorkerEvent::Exited { exit: ProcessExit::Code(0), last_words: String::new() }.of(old));
    assert_eq!(world.engine.counts(), before);
    assert!(world.commits.is_empty());
    assert_eq!(world.run(), Ending::Complete);
}

#[test]
fn a_full_disk_stops_the_run() {
    let mut world = World::new(pool(1, 1), vec![Nature::Good; 10], 3);
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
fn a_staging_folder_that_cannot_be_made_is_no_fault_of_the_pool() {
    let mut engine = Engine::new(pool(1, 1));
    let now = Instant::now();
    let worker = WorkerId { slot: 0, generation: 0 };
    assert_eq!(
        engine.handle(now, Event::Order(Order::Submit { job: JobId(0), settled: None })),
        [Effect::Spawn(worker)]
    );
    engine.handle(now, WorkerEvent::NoStaging { reason: "gone".to_owned() }.of(worker));
    assert_eq!(engine.ending(), Some(Ending::OutOfRoom("gone".to_owned())));
    assert_eq!(engine.counts().settled, 1);
}

#[test]
fn settled_jobs_only_count() {
    let mut engine = Engine::new(pool(4, 1));
    let settled = Some(Verdict::Skipped(SkipReason::Exists));
    let effects = engine.handle(Instant::now(), Event::Order(Order::Submit { job: JobId(0), settled }));
    assert_eq!(effects.len(), 1);
    engine.handle(Instant::now(), Event::Order(Order::Close));
    assert_eq!(engine.ending(), Some(Ending::Complete));
    assert_eq!(engine.counts().settled, 1);
}

#[test]
fn memory_is_named_by_the_last_words() {
    let mut world = World::new(Policy { retries: 0, ..pool(1, 1) }, vec![Nature::Good], 3);
    let worker = WorkerId { slot: 0, generation: 0 };
    world.tell(WorkerEvent::Ready { sandbox: SandboxReport::default(), held: 0 }.of(worker));
    let last_words = "memory allocation of 800000000 bytes failed".to_owned();
    world.tell(WorkerEvent::Exited { exit: ProcessExit::Signal(6), last_words }.of(worker));
    world.tell(WorkerEvent::StreamEnded.of(worker));
    let Verdict::Quarantined(loss) = &world.verdicts[&JobId(0)] else { panic!("not blamed") };
    assert_eq!(loss.cause, LossCause::OutOfMemory);
    assert_eq!(world.ends, [WorkerEnd::Signalled(6)]);
}

/// A pool of one with a worker that is ready and has been given its first job.
fn busy_pool(policy: Policy) -> (Engine, Instant, WorkerId, Attempt) {
    let (mut engine, now) = (Engine::new(policy), Instant::now());
    let (worker, job) = (WorkerId { slot: 0, generation: 0 }, JobId(0));
    engine.handle(now, Event::Order(Order::Submit { job, settled: None }));
    engine.handle(now, WorkerEvent::Ready { sandbox: SandboxReport::default(), held: 0 }.of(worker));
    (engine, now, worker, Attempt { job, number: 1 })
}

#[test]
fn an_attempt_is_called_slow_once_then_terminated_then_killed() {
    let policy = pool(1, 1);
    let (slow_after, timeout, grace) = (policy.slow_after, policy.timeout, policy.grace);
    let (mut engine, now, worker, attempt) = busy_pool(policy);
    assert_eq!(engine.next_deadline(), Some(now + slow_after));
    let change = AttemptChange::Slow { after: slow_after };
    let slow = RunEvent::Attempt { worker, lane: Lane(0), attempt, change };
    assert_eq!(engine.handle(now + slow_after, Event::Tick), [Effect::Emit(slow)]);
    assert_eq!(engine.next_deadline(), Some(now + timeout));
    assert_eq!(engine.handle(now + timeout, Event::Tick), [Effect::Terminate(worker)]);
    assert_eq!(engine.handle(now + timeout + grace - Duration::from_millis(1), Event::Tick), []);
    assert_eq!(engine.handle(now + timeout + grace, Event::Tick), [Effect::Kill(worker)]);
    assert_eq!(engine.next_deadline(), None, "nothing is left but to wait for its end");
}

#[test]
fn the_time_that_an_attempt_waits_for_memory_is_not_its_own() {
    let policy = pool(2, 1);
    let (timeout, later) = (policy.timeout, policy.timeout - Duration::from_secs(1));
    let (mut engine, now, worker, attempt) = busy_pool(policy);
    let (lane, other) = (Lane(0), WorkerId { slot: 1, generation: 0 });
    engine.handle(now, Event::Order(Order::Submit { job: JobId(1), settled: None }));
    engine.handle(now, WorkerEvent::Ready { sandbox: SandboxReport::default(), held: 0 }.of(other));
    assert_eq!(
        engine.handle(now, LaneEvent::Ask { memory: MEMORY, more: false }.of(worker, lane, attempt)),
        []
    );
    let neighbour = Attempt { job: JobId(1), number: 1 };
    let finished = LaneEvent::Finished { outcome: Ok(done()), held: 0 }.of(other, lane, neighbour);
    let effects = engine.handle(now + later, finished);
    assert!(effects.contains(&Effect::Grant { worker, lane, attempt }), "{effects:?}");
    let effects = engine.handle(now + later + later, Event::Tick);
    assert!(!effects.contains(&Effect::Terminate(worker)), "{effects:?}");
    assert_eq!(engine.handle(now + later + timeout, Event::Tick), [Effect::Terminate(worker)]);
}

#[test]
fn memory_that_there_is_not_is_asked_for_by_no_worker() {
    let (mut engine, now, worker, attempt) = busy_pool(pool(1, 1));
    let ask = LaneEvent::Ask { memory: MEMORY + 1, more: false }.of(worker, Lane(0), attempt);
    assert_eq!(engine.handle(now, ask), [Effect::Kill(worker)]);
}

#[test]
fn a_worker_that_keeps_too_much_memory_is_replaced_before_its_next_job() {
    let (mut engine, now, worker, attempt) = busy_pool(pool(1, 1));
    engine.handle(now, Event::Order(Order::Submit { job: JobId(1), settled: None }));
    let (lane, outcome) = (Lane(0), Ok(done()));
    let effects =
        engine.handle(now, LaneEvent::Finished { outcome, held: 1 << 30 }.of(worker, lane, attempt));
    assert!(effects.contains(&Effect::StopWorker(worker)), "{effects:?}");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Assign { .. })), "{effects:?}");
}

#[test]
fn workers_are_replaced_one_at_a_time() {
    let mut engine = Engine::new(Policy { recycle_after: Some(1), ..pool(3, 1) });
    let now = Instant::now();
    for job in (0..9).map(JobId) {
        engine.handle(now, Event::Order(Order::Submit { job, settled: None }));
    }
    let workers = (0..3).map(|slot| WorkerId { slot, generation: 0 });
    let mut effects = Vec::new();
    for worker in workers.clone() {
        effects.extend(
            engine.handle(now, WorkerEvent::Ready { sandbox: SandboxReport::default(), held: 0 }.of(worker)),
        );
    }
    for worker in workers {
        let attempt = Attempt { job: JobId(worker.slot.into()), number: 1 };
        let (lane, outcome) = (Lane(0), Ok(done()));
        effects
            .extend(engine.handle(now, LaneEvent::Finished { outcome, held: 0 }.of(worker, lane, attempt)));
    }
    let stopped = effects.iter().filter(|effect| matches!(effect, Effect::StopWorker(_))).count();
    assert_eq!(stopped, 1, "{effects:?}");
}
