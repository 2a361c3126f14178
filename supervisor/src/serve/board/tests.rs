use super::*;

#[test]
fn finished_ended_and_the_snapshot_tell_one_time() {
    let folder = tempfile::tempdir().unwrap();
    let board = Board::new("1".into(), Arc::new(Roots::open_all(&[folder.path().to_owned()]).unwrap()));
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
