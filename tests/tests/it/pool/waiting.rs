//! Waiting for answers: in order of completion, in order of submission, for some of them.

use std::time::Duration;

use pool::{Job, JobHandle, Processed, Shutdown, Until, as_completed, wait};
use supervisor_tests::ppm;

use super::world::PoolWorld;

#[test]
fn results_come_in_the_order_of_completion() {
    let world = PoolWorld::new();
    let pool = world.pool();
    let (slow, gate) = world.gated("slow");
    let slow = pool.submit(slow).unwrap();
    let quick: Vec<_> = (0..5).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    let mut held = Some(gate.reached());
    let mut handles = vec![slow];
    handles.extend(quick);
    let mut completed = as_completed(handles);
    assert_eq!(completed.len(), 6);
    let mut names = Vec::new();
    while let Some(handle) = completed.next() {
        assert!(handle.is_done());
        names.push(handle.input().file_stem().unwrap().to_owned());
        if completed.len() == 1 {
            held.take();
        }
    }
    assert_eq!(names.len(), 6);
    assert_eq!(names[5], "slow");
    assert_eq!(as_completed(Vec::<JobHandle<Processed>>::new()).count(), 0);
}

#[test]
fn waiting_ends_when_it_was_asked_to() {
    let world = PoolWorld::new();
    let pool = world.pool();
    let (slow, gate) = world.gated("slow");
    let slow = pool.submit(slow).unwrap();
    let held = gate.reached();
    let good = pool.submit(world.good("a")).unwrap();
    let waited = wait([slow, good], None, Until::FirstCompleted);
    assert_eq!((waited.done.len(), waited.pending.len()), (1, 1));
    // What is over already counts at once.
    let mut handles = waited.done;
    handles.extend(waited.pending);
    let waited = wait(handles, None, Until::FirstCompleted);
    assert_eq!((waited.done.len(), waited.pending.len()), (1, 1));
    let waited = wait(waited.pending, Some(Duration::from_millis(1)), Until::AllCompleted);
    assert_eq!((waited.done.len(), waited.pending.len()), (0, 1));
    let mut handles = waited.pending;
    handles.push(pool.submit(world.fault("broken", "nothing")).unwrap());
    handles.push(pool.submit(world.good("b")).unwrap());
    let waited = wait(handles, None, Until::FirstFailed);
    assert!(waited.done.iter().any(|handle| handle.result().is_err()));
    assert!(waited.pending.iter().any(|handle| handle.input().ends_with("slow.ppm")));
    drop(held);
    let waited = wait(waited.pending, None, Until::FirstFailed);
    assert!(waited.pending.is_empty());
    assert!(waited.done.iter().all(|handle| handle.result().is_ok()));
}

#[test]
fn being_cancelled_is_no_failure_to_wait_for() {
    let world = PoolWorld::new();
    let pool = world.builder().workers(1).build().unwrap();
    let (slow, gate) = world.gated("slow");
    let slow = pool.submit(slow).unwrap();
    let called_off = pool.submit(world.good("a")).unwrap();
    let many: Vec<_> = (0..30).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    let held = gate.reached();
    assert!(called_off.cancel());
    // Were it a failure, the waiting would be over before any of the many is done.
    drop(held);
    let waited = wait([called_off, slow].into_iter().chain(many), None, Until::FirstFailed);
    assert_eq!((waited.done.len(), waited.pending.len()), (32, 0));
}

#[test]
fn a_map_keeps_the_order_and_runs_only_a_little_ahead() {
    let world = PoolWorld::new();
    let pool = world.pool();
    let paths = [1, 2, 3, 4, 5].map(|n| world.write(&format!("{n}.ppm"), ppm(n, 1)));
    let mut taken = 0;
    let endless = paths.iter().cycle().inspect(|_| taken += 1).map(Job::probe);
    let widths: Vec<u32> = pool.map(endless).take(500).map(|header| header.unwrap().width).collect();
    let expected: Vec<u32> = (1..=5).cycle().take(500).collect();
    assert_eq!(widths, expected);
    assert!(taken <= 500 + 64, "{taken}");
}

#[test]
fn dropping_a_map_cancels_what_is_not_begun() {
    let world = PoolWorld::new();
    let pool = world.builder().workers(1).build().unwrap();
    let (slow, gate) = world.gated("slow");
    let map = pool.map([slow, world.good("a"), world.good("b")]);
    let held = gate.reached();
    drop(map);
    // Commands are obeyed in their order: with this one decided, so are those of the map.
    assert!(pool.submit(world.good("c")).unwrap().cancel());
    drop(held);
    pool.shutdown(Shutdown::Finish);
    assert!(world.has_output("slow") && !world.has_output("a") && !world.has_output("b"));
}
