//! Cancelling, shutting down, dropping: how jobs and pools end that are not let run.

use std::thread;
use std::time::Duration;

use pool::{JobFailure, Shutdown, SubmitError};

use super::world::PoolWorld;

#[test]
fn only_what_is_not_begun_can_be_cancelled() {
    let world = PoolWorld::new();
    let pool = world.builder().workers(1).build().unwrap();
    let (job, gate) = world.gated("gated");
    let begun = pool.submit(job).unwrap();
    let [called_off, last] = ["b", "c"].map(|name| pool.submit(world.good(name)).unwrap());
    let held = gate.reached();
    assert!(!called_off.is_running() && !called_off.is_done());
    assert!(!begun.cancel());
    assert!(begun.is_running() && !begun.is_done());
    assert_eq!(begun.try_result(), None);
    assert_eq!(begun.result_timeout(Duration::from_millis(1)), None);
    assert!(called_off.cancel());
    assert!(called_off.is_done() && !called_off.is_running());
    assert_eq!(called_off.result(), Err(JobFailure::Cancelled));
    drop(held);
    begun.result().unwrap();
    last.result().unwrap();
    assert!(called_off.cancel() && !begun.cancel() && !last.cancel());
    assert!(!world.has_output("b") && world.has_output("c"));
}

#[test]
fn after_a_shutdown_nothing_is_taken_and_everything_is_done() {
    let world = PoolWorld::new();
    let pool = world.pool();
    let handles: Vec<_> = (0..30).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    pool.shutdown(Shutdown::Finish);
    assert!(handles.iter().all(|handle| handle.is_done() && handle.result().is_ok()));
    assert_eq!(pool.submit(world.good("late")).unwrap_err(), SubmitError::ShutDown);
    assert_eq!(pool.map([world.good("late")]).next().unwrap(), Err(SubmitError::ShutDown.into()));
    world.assert_released();
    pool.shutdown(Shutdown::Kill);
    assert!(!handles[0].cancel());
}

#[test]
fn pending_jobs_can_be_cancelled_by_the_shutdown() {
    let world = PoolWorld::new();
    let pool = world.builder().workers(1).build().unwrap();
    let (job, gate) = world.gated("gated");
    let begun = pool.submit(job).unwrap();
    let pending: Vec<_> = (0..30).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    let held = gate.reached();
    pool.close(Shutdown::CancelPending);
    // They are told at once, while the other still runs.
    for handle in &pending {
        assert_eq!(handle.result(), Err(JobFailure::Cancelled));
    }
    assert!(begun.is_running());
    assert_eq!(pool.submit(world.good("late")).unwrap_err(), SubmitError::ShutDown);
    drop(held);
    pool.shutdown(Shutdown::Finish);
    begun.result().unwrap();
    assert!(world.has_output("gated"));
    world.assert_released();
}

#[test]
fn a_kill_waits_for_nobody() {
    let world = PoolWorld::new();
    let pool = world.pool();
    let handles = ["a", "b", "c"].map(|name| {
        let (job, gate) = world.gated(name);
        (pool.submit(job).unwrap(), gate)
    });
    let _held = [handles[0].1.reached(), handles[1].1.reached()];
    pool.shutdown(Shutdown::Kill);
    for (handle, _) in &handles {
        assert_eq!(handle.try_result(), Some(Err(JobFailure::Cancelled)));
    }
    world.assert_released();
}

#[test]
fn dropping_a_pool_cancels_what_is_not_begun_and_releases_everything() {
    let world = PoolWorld::new();
    let pool = world.builder().workers(1).build().unwrap();
    let (job, gate) = world.gated("gated");
    let begun = pool.submit(job).unwrap();
    let pending = pool.submit(world.good("pending")).unwrap();
    let held = gate.reached();
    let dropper = thread::spawn(move || drop(pool));
    assert_eq!(pending.result(), Err(JobFailure::Cancelled));
    assert!(!begun.is_done());
    drop(held);
    dropper.join().unwrap();
    begun.try_result().unwrap().unwrap();
    world.assert_released();
}

#[test]
fn a_closed_pool_ends_as_it_was_told_to() {
    let world = PoolWorld::new();
    let pool = world.pool();
    let handles: Vec<_> = (0..30).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    pool.close(Shutdown::Finish);
    drop(pool);
    assert!(handles.iter().all(|handle| handle.try_result().is_some_and(|result| result.is_ok())));
}

#[test]
fn a_pool_that_was_never_used_ends() {
    let world = PoolWorld::new();
    drop(world.pool());
    world.pool().shutdown(Shutdown::Finish);
    world.assert_released();
}
