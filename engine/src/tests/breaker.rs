//! The breaker: a pool that kills whatever it is given is told from images that kill their workers.

use std::time::Instant;

use protocol::job::JobId;
use protocol::sandbox::SandboxReport;

use super::world::{Nature, World, pool};
use crate::verdict::{LossCause, SkipReason, Verdict};
use crate::worker::{WorkerEnd, WorkerId};
use crate::{Ending, Engine, Event, Order, Policy, ProcessExit, WorkerEvent};

#[test]
fn one_poison_image_among_many_threads_is_not_the_pool() {
    let natures = [vec![Nature::Crashes], vec![Nature::Good; 40]].concat();
    let mut world = World::new(Policy { breaker: 10, ..pool(1, 16) }, natures, 1);
    assert_eq!(world.run(), Ending::Complete, "sixteen suspects are one killer");
}

#[test]
fn a_breaker_waits_for_its_canaries_however_many_die_meanwhile() {
    let natures = [vec![Nature::Crashes; 20], vec![Nature::Good; 4]].concat();
    let mut world = World::new(Policy { breaker: 10, ..pool(16, 1) }, natures, 1);
    assert_eq!(world.run(), Ending::Complete);
    assert_eq!(world.verdicts.values().filter(|verdict| verdict.name() == "ok").count(), 4);
}

#[test]
fn canaries_that_are_called_off_speak_for_nobody() {
    let mut engine = Engine::new(Policy { breaker: 1, retries: 1, ..pool(1, 1) });
    let now = Instant::now();
    for job in (0..3).map(JobId) {
        engine.handle(now, Event::Order(Order::Submit { job, settled: None }));
    }
    let dies = |engine: &mut Engine, generation| {
        let worker = WorkerId { slot: 0, generation };
        let now = engine.next_deadline().unwrap_or(now);
        engine.handle(now, Event::Tick);
        engine.handle(now, WorkerEvent::Ready { sandbox: SandboxReport::default(), held: 0 }.of(worker));
        engine.handle(now, WorkerEvent::StreamEnded.of(worker));
        engine.handle(
            now,
            WorkerEvent::Exited { exit: ProcessExit::Signal(6), last_words: String::new() }.of(worker),
        );
    };
    dies(&mut engine, 0);
    assert_eq!(engine.ending(), None, "two wait to be tried");
    engine.handle(now, Event::Order(Order::Cancel { job: JobId(1) }));
    engine.handle(now, Event::Order(Order::Cancel { job: JobId(2) }));
    dies(&mut engine, 1);
    assert!(matches!(engine.ending(), Some(Ending::PoolFailed(_))), "{:?}", engine.ending());
}

#[test]
fn a_breaker_tries_the_smallest_before_it_trips() {
    let natures = [vec![Nature::Crashes; 12], vec![Nature::Good; 4]].concat();
    let mut world = World::new(Policy { breaker: 10, ..pool(2, 1) }, natures, 1);
    assert_eq!(world.run(), Ending::Complete);
    assert_eq!(world.verdicts.values().filter(|verdict| verdict.name() == "ok").count(), 4);
}

#[test]
fn ten_images_in_a_row_that_kill_their_workers_are_not_to_blame() {
    let mut world = World::new(Policy { breaker: 10, ..pool(2, 1) }, vec![Nature::Crashes; 40], 1);
    let Ending::PoolFailed(reason) = world.run() else { panic!("it went on") };
    // Ten, the one that the other worker has just then, and three from the end of the queue.
    assert!(reason.contains("the first 14 images all lost their workers"), "{reason}");
    assert!(world.verdicts.values().any(|verdict| *verdict == Verdict::NotRun));
}

#[test]
fn one_answer_keeps_the_breaker_from_tripping() {
    let natures = [Nature::Broken].into_iter().chain(vec![Nature::Crashes; 40]).collect();
    let mut world = World::new(Policy { breaker: 10, ..pool(1, 1) }, natures, 1);
    assert_eq!(world.run(), Ending::Complete);
    assert_eq!(world.verdicts.values().filter(|verdict| verdict.name() == "quarantined").count(), 40);
}

#[test]
fn what_an_earlier_run_did_keeps_the_breaker_from_tripping() {
    for (reason, trips) in
        [(SkipReason::Exists, true), (SkipReason::UpToDate { by_older_revision: false }, false)]
    {
        let mut engine = Engine::new(Policy { breaker: 1, retries: 1, ..pool(1, 1) });
        let (now, worker) = (Instant::now(), WorkerId { slot: 0, generation: 0 });
        engine.handle(
            now,
            Event::Order(Order::Submit { job: JobId(0), settled: Some(Verdict::Skipped(reason)) }),
        );
        engine.handle(now, Event::Order(Order::Submit { job: JobId(1), settled: None }));
        engine.handle(now, WorkerEvent::Ready { sandbox: SandboxReport::default(), held: 0 }.of(worker));
        engine.handle(now, WorkerEvent::StreamEnded.of(worker));
        engine.handle(
            now,
            WorkerEvent::Exited { exit: ProcessExit::Signal(6), last_words: String::new() }.of(worker),
        );
        assert_eq!(matches!(engine.ending(), Some(Ending::PoolFailed(_))), trips, "{reason:?}");
    }
}

/// Workers that somebody kills as soon as they have begun, as an impatient administrator or a daemon does
/// that watches memory.
#[test]
fn workers_killed_from_outside_again_and_again_end_the_run_and_quarantine_nothing() {
    let mut world = World::new(pool(2, 1), vec![Nature::Hangs; 100], 3);
    let ending = loop {
        if let Some(ending) = world.engine.ending() {
            break ending;
        }
        let busy: Vec<WorkerId> = world.busy();
        busy.into_iter().for_each(|id| world.die(id, ProcessExit::Signal(9)));
        world.step();
    };
    let Ending::Disturbed(reason) = ending else { panic!("{ending:?}") };
    assert!(reason.contains("killed by somebody else"), "{reason}");
    let count = |name| world.verdicts.values().filter(|verdict| verdict.name() == name).count();
    assert_eq!(count("cancelled") + count("not-run"), 100);
    assert!(count("not-run") > 90, "it gives up soon");
}

#[test]
fn what_the_kernel_kills_for_memory_is_the_photos_and_gets_all_of_it_before_it_is_given_up() {
    let mut world = World::new(pool(2, 1), vec![Nature::Hangs], 4);
    while world.engine.ending().is_none() {
        world.busy().into_iter().for_each(|id| world.die(id, ProcessExit::OutOfMemory));
        world.step();
    }
    assert_eq!(world.engine.ending(), Some(Ending::Complete));
    let Some(Verdict::Quarantined(loss)) = world.verdicts.get(&JobId(0)) else {
        panic!("{:?}", world.verdicts)
    };
    assert_eq!(loss.cause, LossCause::OutOfMemory);
    assert_eq!(world.ends, [WorkerEnd::Signalled(9), WorkerEnd::Signalled(9)]);
}
