//! What event sequences add up to.

use std::time::Duration;

use proptest::prelude::*;
use protocol::outcome::{ErrorKind, JobError, Stage};

use super::*;
use crate::report::wire::VerdictKind;

#[test]
fn a_hand_made_run_adds_up_exactly() {
    let report = eventful_report();
    let (totals, counts) = (report.totals, report.totals.counts);
    assert_eq!((totals.images, counts.settled()), (7, 7));
    assert_eq!(
        (counts.ok, counts.skipped, counts.failed, counts.quarantined, counts.cancelled, counts.not_run),
        (2, 1, 1, 1, 1, 1)
    );
    // Slot 1's worker was recycled: that is no restart.
    assert_eq!((totals.restarts, totals.recovered), (1, 1));
    assert_eq!((totals.bytes_in, totals.bytes_out, totals.pixels), (2000, 1000, 8_000_000));
    // 50 + 60 + 30 + 10 ms busy, of 2 slots × 200 ms.
    assert_eq!(report.speed.busy_fraction, 0.375);
    assert_eq!((report.speed.images_per_s, report.speed.megapixels_per_s), (10.0, 40.0));
    assert_eq!(report.speed.stage_s.decode, 0.04);
    let workers: Vec<_> = report
        .workers
        .iter()
        .map(|w| (w.slot, w.generation, w.pid, w.jobs, w.busy_s, w.end.as_deref()))
        .collect();
    assert_eq!(
        workers,
        [
            (0, 0, 11, 1, 0.05, Some("signal 9")),
            (0, 1, 13, 2, 0.04, None),
            (1, 0, 12, 1, 0.06, Some("stopped")),
            (1, 1, 14, 0, 0.0, None),
        ]
    );
    assert_eq!(report.run.sandbox, sandbox(None, &["landlock"]), "the weakest worker counts");
}

#[test]
fn a_snapshot_under_way_knows_what_runs_and_what_is_left() {
    let plan = plan(vec![planned("a.jpg", 1000), planned("b.jpg", 3000), planned("c.jpg", 500)]);
    let mut statistics = Statistics::new(&plan);
    let id = worker(0, 0);
    apply(&mut statistics, &plan, MS, &spawned(id, 1));
    apply(&mut statistics, &plan, MS, &assigned(id, 0, 1));
    let before = statistics.snapshot();
    assert_eq!((before.running, before.bytes_left, before.pixels_left), (1, 4500, None));
    apply(&mut statistics, &plan, 1000 * MS, &answered(id, 0, 1));
    apply(&mut statistics, &plan, 1000 * MS, &settled(0, ok(1000), 1, Some(id)));
    apply(&mut statistics, &plan, 1000 * MS, &settled(0, Verdict::NotRun, 1, Some(id)));
    let now = statistics.snapshot();
    assert_eq!((now.running, now.bytes_planned, now.bytes_left), (0, 4500, 3500));
    assert_eq!((now.counts.settled(), now.counts.ok), (1, 1), "a second verdict changes nothing");
    assert_eq!(now.pixels_left, Some(14_000_000));
    assert_eq!(now.eta(), Some(Duration::from_millis(3500)));
}

#[test]
fn a_job_without_a_verdict_is_reported_as_not_run() {
    let plan = plan(vec![planned("a.jpg", 10)]);
    let report = Report::build(&info(), &plan, &Statistics::new(&plan), Duration::ZERO);
    assert_eq!((report.totals.images, report.totals.counts.not_run), (1, 1));
    assert_eq!(report.images[0].verdict, VerdictKind::NotRun);
    assert_eq!(report.speed.images_per_s, 0.0);
}

#[test]
fn verdicts_have_one_name_everywhere() {
    let failed = Verdict::Failed(JobError::new(Stage::Read, ErrorKind::Vanished, ""));
    let lost = Verdict::Quarantined(loss(LossCause::Crashed));
    let skipped = Verdict::Skipped(SkipReason::Exists);
    for verdict in [ok(1), skipped, failed, lost, Verdict::Cancelled, Verdict::NotRun] {
        let kind = VerdictKind::of(&verdict);
        assert_eq!(kind.name(), verdict.name());
        assert_eq!(serde_json::to_value(kind).unwrap(), verdict.name());
    }
}

/// How one job goes: attempts lost, then its verdict.
fn fate() -> impl Strategy<Value = (u32, Verdict)> {
    let verdict = prop_oneof![
        (1u64..10_000).prop_map(ok),
        Just(Verdict::Skipped(SkipReason::Exists)),
        Just(Verdict::Failed(JobError::new(Stage::Read, ErrorKind::Vanished, "gone"))),
        Just(Verdict::Quarantined(loss(LossCause::Crashed))),
        Just(Verdict::Cancelled),
        Just(Verdict::NotRun),
    ];
    (0u32..3, verdict)
}

proptest! {
    #[test]
    fn the_counts_add_up_at_every_step(
        fates in proptest::collection::vec(fate(), 0..40),
        stopped_after in 0usize..400,
    ) {
        let names = (0..fates.len()).map(|index| planned(&format!("{index}.jpg"), 100));
        let plan = plan(names.collect());
        let mut events = vec![spawned(worker(0, 0), 1)];
        let (mut generation, mut expected_recovered) = (0, 0);
        for (job, (losses, verdict)) in fates.iter().enumerate() {
            let job = job as u32;
            for number in 1..=*losses {
                let id = worker(0, generation);
                events.extend([assigned(id, job, number), lost(id, job, number, true)]);
                events.push(gone(id, WorkerEnd::Exited(1)));
                generation += 1;
                events.push(spawned(worker(0, generation), 1));
            }
            let id = worker(0, generation);
            events.extend([assigned(id, job, losses + 1), answered(id, job, losses + 1)]);
            events.push(settled(job, verdict.clone(), losses + 1, Some(id)));
            expected_recovered += u64::from(*losses > 0 && matches!(verdict, Verdict::Ok(_)));
        }
        let mut statistics = Statistics::new(&plan);
        let whole = events.len() <= stopped_after;
        for (step, event) in events.iter().take(stopped_after).enumerate() {
            apply(&mut statistics, &plan, step as u32 * MS, event);
            let now = statistics.snapshot();
            prop_assert!(now.counts.settled() <= now.images && now.running <= 1);
            let untouched = now.counts.cancelled + now.counts.not_run;
            prop_assert_eq!(now.bytes_left, 100 * (now.images - now.counts.settled() + untouched));
        }
        let report = Report::build(&info(), &plan, &statistics, events.len() as u32 * MS);
        prop_assert_eq!(report.totals.counts.settled(), fates.len() as u64);
        let listed = |kind| report.images.iter().filter(|image| image.verdict == kind).count() as u64;
        prop_assert_eq!(listed(VerdictKind::Ok), report.totals.counts.ok);
        prop_assert_eq!(listed(VerdictKind::NotRun), report.totals.counts.not_run);
        prop_assert!((0.0..=1.0).contains(&report.speed.busy_fraction));
        if whole {
            prop_assert_eq!(report.totals.restarts, u64::from(generation));
            prop_assert_eq!(report.totals.recovered, expected_recovered);
        }
    }
}

#[test]
fn the_lanes_of_a_hand_made_run_are_busy_as_its_report_says() {
    let (_, statistics) = eventful();
    let timeline = statistics.timeline(200 * MS);
    let first = timeline.time_of((0, 0));
    assert_eq!((first.busy, first.idle, first.absent), (90 * MS, 90 * MS, 20 * MS));
    let second = timeline.time_of((1, 0));
    assert_eq!((second.busy, second.idle, second.absent), (60 * MS, 130 * MS, 10 * MS));
    assert_eq!(timeline.made_ok.counts.iter().sum::<u64>(), 2);
}
