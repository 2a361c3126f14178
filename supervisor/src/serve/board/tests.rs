//! What the board tells of the times of a batch.

use super::*;
use crate::report::tests::{ok, plan, planned, settled};
use engine::verdict::Verdict;

fn board() -> (tempfile::TempDir, Board) {
    let folder = tempfile::tempdir().unwrap();
    let board = Board::new("1".into(), Arc::new(Roots::open_all(&[folder.path().to_owned()]).unwrap()));
    (folder, board)
}

#[test]
fn finished_ended_and_the_snapshot_tell_one_time() {
    let (_folder, board) = board();
    let (id, _) = board.queue(BatchOrder::default()).unwrap();
    let plan = Arc::new(Plan::default());
    board.started(id, &plan, &SharedStatistics::new(&plan));
    let mut state = board.lock();
    assert!(state.finish(id, Duration::from_secs(5)).is_some());
    state.end(id, BatchEnding::Complete, None);
    drop(state);
    let Missed::Events(events, _) = board.since(0, 9) else { panic!("all of them are kept") };
    let times = events.iter().filter_map(|told| match &told.event.news {
        BatchNews::Run(line) => Some(line.at_s),
        BatchNews::Ended(ended) => ended.sums.map(|sums| sums.at_s),
        BatchNews::Queued { .. } | BatchNews::Planning | BatchNews::Dropped => None,
    });
    assert_eq!(times.collect::<Vec<_>>(), [0.0, 5.0, 5.0], "started, finished, ended");
    assert_eq!(board.batch(id).unwrap().at_s, 5.0);
}

#[test]
fn each_verdict_tells_the_time_to_go_that_the_snapshot_does() {
    let (_folder, board) = board();
    let (id, _) = board.queue(BatchOrder::default()).unwrap();
    let plan = Arc::new(plan(vec![planned("a.jpg", 100), planned("b.jpg", 300), planned("c.jpg", 100)]));
    board.started(id, &plan, &SharedStatistics::new(&plan));
    let mut told = Vec::new();
    for (at, job, verdict) in [(1, 2, Verdict::Cancelled), (2, 0, ok(100)), (4, 1, ok(300))] {
        let (at, event) = (Duration::from_secs(at), settled(job, verdict, 1, None));
        board.told(id, at, &event);
        let Missed::Events(events, _) = board.since(board.last() - 1, 9) else { panic!("it is kept") };
        let BatchNews::Run(line) = &events[0].event.news else { panic!("it is of the run") };
        let WireEvent::Settled(settled) = &line.event else { panic!("it has settled an image") };
        assert_eq!(settled.eta_s, board.batch(id).unwrap().eta_s);
        told.push(settled.eta_s);
    }
    // The second holds three times as many bytes as the first, so it takes three times as long.
    assert_eq!(told, [None, Some(6.0), Some(0.0)]);
}
