//! Large pools and long queues, as fast as the engine goes: what workers do is answered at once, in a
//! shuffled order.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use protocol::job::{Attempt, JobId};
use protocol::sandbox::SandboxReport;

use super::world::done;
use crate::run_event::RunEvent;
use crate::verdict::Verdict;
use crate::worker::WorkerId;
use crate::{Effect, Ending, Engine, Event, LaneEvent, Order, Policy, ProcessExit, WorkerEvent};

/// What comes of a storm.
#[derive(Debug, Default, PartialEq)]
struct StormCounts {
    ok: u32,
    quarantined: u32,
    others: u32,
    spawned: u32,
}

/// Runs so many good jobs. `fate` says of each attempt whether it kills its worker.
fn storm(
    policy: Policy,
    jobs: u32,
    seed: u64,
    fate: impl Fn(&mut fastrand::Rng, Attempt) -> bool,
) -> StormCounts {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut engine = Engine::new(policy);
    let mut now = Instant::now();
    let mut tally = StormCounts::default();
    let submit = |n| Event::Order(Order::Submit { job: JobId(n), settled: None });
    let mut coming: VecDeque<Event> = (0..jobs).map(submit).chain([Event::Order(Order::Close)]).collect();
    while engine.ending().is_none() {
        let event = coming.pop_front().unwrap_or(Event::Tick);
        if event == Event::Tick {
            now = engine.next_deadline().unwrap();
        }
        now += Duration::from_micros(chance.u64(0..200));
        for effect in engine.handle(now, event) {
            let next: &[Event] = match effect {
                Effect::Spawn(worker) => {
                    tally.spawned += 1;
                    &[WorkerEvent::Ready { sandbox: SandboxReport::default(), held: 0 }.of(worker)]
                }
                Effect::Assign { worker, lane, attempt, .. } if !fate(&mut chance, attempt) => {
                    &[LaneEvent::Finished { outcome: Ok(done()), held: 0 }.of(worker, lane, attempt)]
                }
                Effect::Assign { worker, .. } => &gone(worker, ProcessExit::Signal(11)),
                Effect::StopWorker(worker) => &gone(worker, ProcessExit::Code(0)),
                Effect::Kill(worker) | Effect::Terminate(worker) => &gone(worker, ProcessExit::Signal(9)),
                Effect::Commit { attempt, .. } => &[Event::Committed { job: attempt.job, result: Ok(()) }],
                Effect::Emit(RunEvent::Settled { verdict, .. }) => {
                    match verdict {
                        Verdict::Ok(_) => tally.ok += 1,
                        Verdict::Quarantined(_) => tally.quarantined += 1,
                        Verdict::Skipped(_) | Verdict::Failed(_) | Verdict::Cancelled | Verdict::NotRun => {
                            tally.others += 1;
                        }
                    }
                    &[]
                }
                Effect::Discard(_) | Effect::Grant { .. } | Effect::LimitMemory { .. } | Effect::Emit(_) => {
                    &[]
                }
            };
            coming.extend(next.iter().cloned());
            // The newest changes place with one of those that came shortly before.
            let (last, back) = (coming.len().saturating_sub(1), chance.usize(..64).min(coming.len() / 2));
            if back > 0 && !matches!(coming[last - back], Event::Order(_)) {
                coming.swap(last, last - back);
            }
        }
    }
    assert_eq!(engine.ending(), Some(Ending::Complete));
    assert_eq!(tally.ok + tally.quarantined + tally.others, jobs, "one verdict a job");
    tally
}

fn gone(worker: WorkerId, exit: ProcessExit) -> [Event; 2] {
    [WorkerEvent::StreamEnded.of(worker), WorkerEvent::Exited { exit, last_words: String::new() }.of(worker)]
}

#[test]
fn ten_thousand_jobs_on_256_slots_with_a_crash_in_every_hundred() {
    let tally = storm(Policy::new(256, 1), 10_000, 5, |chance, _| chance.u32(..100) == 0);
    assert_eq!(tally.others, 0);
    // Lost twice in a row by bad luck: one in ten thousand.
    assert!(tally.quarantined < 10 && tally.spawned > 300, "{tally:?}");
}

#[test]
fn a_storm_in_which_every_first_attempt_crashes_costs_no_job() {
    let policy = Policy { breaker: usize::MAX, ..Policy::new(64, 1) };
    let tally = storm(policy, 5000, 6, |_, attempt| attempt.number == 1);
    assert_eq!((tally.ok, tally.quarantined), (5000, 0));
}

#[test]
#[ignore = "scripts/test --all: it takes as long as all the others"]
fn a_million_jobs_on_256_slots() {
    let tally = storm(Policy::new(256, 1), 1_000_000, 7, |chance, _| chance.u32(..1000) == 0);
    assert_eq!(tally.others, 0);
}
