//! Takes down what happens in a run. Pure.
//!
//! A [`Recorder`] stays small however many images there are: past [`MAX_SPANS`] neighbouring spans are
//! joined, past [`MAX_BUCKETS`](super::timeline::MAX_BUCKETS) the counts of images share wider buckets. Sums
//! stay exact, only the drawing gets coarser. The latest [`MAX_ATTEMPTS`] attempts are kept one by one. What
//! grows with the run is one [`Life`] for each worker.
//!
//! Two rules live here. An attempt is over when it is answered or lost, its worker is gone, its lane has the
//! next one or its job its verdict, whichever comes first. A worker is a restart if the one before it in its
//! slot was not asked to leave.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use engine::worker::WorkerId;

use super::timeline::{Buckets, LanePlace, Life, Span, Timeline};
use crate::report::wire::event::AttemptName;
use crate::report::wire::feed::{AttemptSpan, MAX_ATTEMPTS};
use crate::report::wire::worker::was_asked;
use crate::report::wire::{WorkerName, seconds};

/// Spans that are kept, over all lanes.
const MAX_SPANS: usize = 20_000;

/// Takes down what happens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder {
    open: BTreeMap<LanePlace, Open>,
    spans: BTreeMap<LanePlace, Vec<Span>>,
    count: usize,
    attempts: u64,
    /// The latest, in the order in which they began.
    latest: VecDeque<AttemptSpan>,
    lives: Vec<Life>,
    /// Where in `lives` each worker is.
    places: HashMap<WorkerId, usize>,
    /// Slots whose last worker ended without having been asked to.
    broken: BTreeSet<u16>,
    made_ok: Buckets,
}

/// An attempt under way.
#[derive(Debug, Clone, Copy)]
struct Open {
    worker: WorkerId,
    job: u32,
    number: u32,
    from: Duration,
}

impl Recorder {
    /// A worker process is there. Says whether it is a restart.
    pub(crate) fn spawned(&mut self, at: Duration, worker: WorkerId, pid: u32) -> bool {
        let restart = self.broken.contains(&worker.slot);
        self.places.insert(worker, self.lives.len());
        self.lives.push(Life {
            worker,
            pid,
            from: at,
            ready: None,
            to: None,
            end: None,
            restart,
            attempts: 0,
            busy: Duration::ZERO,
        });
        restart
    }

    /// It is locked in.
    pub(crate) fn ready(&mut self, at: Duration, worker: WorkerId) {
        if let Some(life) = self.life(worker) {
            life.ready = Some(at);
        }
    }

    /// It is gone, and what it had under way is lost, unless it was asked to go: then that has been answered.
    pub(crate) fn gone(&mut self, at: Duration, worker: WorkerId, end: &str) {
        let asked = was_asked(end);
        let places: Vec<LanePlace> =
            self.open.iter().filter(|(_, open)| open.worker == worker).map(|(place, _)| *place).collect();
        for place in places {
            self.close(at, place, !asked);
        }
        if asked {
            self.broken.remove(&worker.slot);
        } else {
            self.broken.insert(worker.slot);
        }
        if let Some(life) = self.life(worker) {
            (life.to, life.end) = (Some(at), Some(end.to_owned()));
        }
    }

    /// A lane has an attempt. If it had one before, that one is over.
    pub(crate) fn busy(&mut self, at: Duration, attempt: &AttemptName) {
        let place = place(attempt);
        self.close(at, place, false);
        let worker = attempt.worker.0;
        self.open.insert(place, Open { worker, job: attempt.job, number: attempt.attempt, from: at });
        self.latest.push_back(AttemptSpan {
            worker: attempt.worker,
            lane: attempt.lane,
            job: attempt.job,
            attempt: attempt.attempt,
            from_s: seconds(at),
            to_s: None,
            lost: false,
        });
        if self.latest.len() > MAX_ATTEMPTS {
            self.latest.pop_front();
        }
        if let Some(life) = self.life(worker) {
            life.attempts += 1;
        }
    }

    /// An attempt was answered, or lost.
    pub(crate) fn idle(&mut self, at: Duration, attempt: &AttemptName, lost: bool) {
        let place = place(attempt);
        if self.open.get(&place).is_some_and(|open| open.worker == attempt.worker.0) {
            self.close(at, place, lost);
        }
    }

    /// A job has its verdict.
    pub(crate) fn settled(&mut self, at: Duration, job: u32) {
        let place = self.open.iter().find(|(_, open)| open.job == job).map(|(place, _)| *place);
        if let Some(place) = place {
            self.close(at, place, false);
        }
    }

    fn close(&mut self, at: Duration, place: LanePlace, lost: bool) {
        let Some(Open { worker, job, number, from }) = self.open.remove(&place) else { return };
        let to = at.max(from);
        let name = WorkerName(worker);
        let mut latest = self.latest.iter_mut().rev();
        if let Some(span) = latest.find(|span| (span.worker, span.job, span.attempt) == (name, job, number)) {
            (span.to_s, span.lost) = (Some(seconds(at)), lost);
        }
        if let Some(life) = self.life(worker) {
            life.busy += to - from;
        }
        self.spans.entry(place).or_default().push(Span { from, to, busy: to - from, lost });
        self.count += 1;
        self.attempts += 1;
        if self.count > MAX_SPANS {
            self.coarsen();
        }
    }

    fn life(&mut self, worker: WorkerId) -> Option<&mut Life> {
        self.places.get(&worker).and_then(|place| self.lives.get_mut(*place))
    }

    /// Attempts under way.
    pub(crate) fn running(&self) -> u64 {
        self.open.len() as u64
    }

    /// Every worker so far, in the order in which they came.
    pub(crate) fn lives(&self) -> &[Life] {
        &self.lives
    }

    /// The latest attempts, in the order in which they began.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &AttemptSpan> {
        self.latest.iter()
    }

    /// How long attempts took so far, on average; nothing if none is over.
    pub(crate) fn mean_attempt(&self) -> Duration {
        let busy: Duration = self.spans.values().flatten().map(|span| span.busy).sum();
        busy / u32::try_from(self.attempts).unwrap_or(u32::MAX).max(1)
    }

    /// An image is `ok`.
    pub(crate) fn made_ok(&mut self, at: Duration) {
        self.made_ok.add(at);
    }

    fn coarsen(&mut self) {
        for spans in self.spans.values_mut() {
            *spans = spans.chunks(2).filter_map(|pair| pair.iter().copied().reduce(joined)).collect();
        }
        self.count = self.spans.values().map(Vec::len).sum();
    }

    /// What was taken down until `wall`, the end of the run.
    pub(crate) fn timeline(&self, wall: Duration) -> Timeline {
        let mut all = self.clone();
        for place in self.open.keys() {
            all.close(wall, *place, false);
        }
        let Recorder { spans, lives, made_ok, .. } = all;
        Timeline { wall, lanes: spans, lives, made_ok }
    }
}

fn place(attempt: &AttemptName) -> LanePlace {
    (attempt.worker.0.slot, attempt.lane)
}

fn joined(one: Span, next: Span) -> Span {
    Span { from: one.from, to: next.to, busy: one.busy + next.busy, lost: one.lost || next.lost }
}

#[cfg(test)]
mod tests {
    use super::super::timeline::{LaneTime, MAX_BUCKETS};
    use super::*;
    use proptest::prelude::*;

    const MS: Duration = Duration::from_millis(1);

    fn worker(slot: u16, generation: u32) -> WorkerId {
        WorkerId { slot, generation }
    }

    fn attempt(worker: WorkerId, lane: u16) -> AttemptName {
        AttemptName { job: 0, input: String::new(), attempt: 1, worker: WorkerName(worker), lane }
    }

    #[test]
    fn busy_idle_and_absent_time_add_up_to_the_wall_time() {
        let mut recorder = Recorder::default();
        assert!(!recorder.spawned(2 * MS, worker(0, 0), 7));
        recorder.busy(10 * MS, &attempt(worker(0, 0), 0));
        recorder.busy(30 * MS, &attempt(worker(0, 0), 0));
        recorder.gone(45 * MS, worker(0, 0), "signal 9");
        assert!(recorder.spawned(50 * MS, worker(0, 1), 8));
        recorder.busy(55 * MS, &attempt(worker(0, 1), 0));
        recorder.idle(90 * MS, &attempt(worker(0, 1), 0), false);
        let timeline = recorder.timeline(100 * MS);
        let expected = LaneTime { busy: 70 * MS, idle: 23 * MS, absent: 7 * MS };
        assert_eq!(timeline.time_of((0, 0)), expected);
        let lost: Vec<bool> = timeline.lanes[&(0, 0)].iter().map(|span| span.lost).collect();
        assert_eq!(lost, [false, true, false]);
        let [before, after] = timeline.lives.as_slice() else { panic!("two workers") };
        assert_eq!((before.attempts, before.busy, before.end.as_deref()), (2, 35 * MS, Some("signal 9")));
        assert_eq!((after.from, after.to, after.restart), (50 * MS, None, true));
    }

    #[test]
    fn who_takes_the_place_of_one_that_was_asked_to_go_is_no_restart() {
        let mut recorder = Recorder::default();
        let mut restarts = Vec::new();
        for (generation, asked) in (0..).zip([true, false, true, false]) {
            let id = worker(0, generation);
            restarts.push(recorder.spawned(MS, id, 1));
            recorder.busy(2 * MS, &attempt(id, 0));
            recorder.gone(3 * MS, id, if asked { "stopped" } else { "signal 9" });
        }
        assert_eq!(restarts, [false, false, true, false]);
        assert!(!recorder.spawned(MS, worker(1, 0), 1), "each slot by itself");
        let lost: Vec<bool> = recorder.timeline(4 * MS).lanes[&(0, 0)].iter().map(|span| span.lost).collect();
        assert_eq!(lost, [false, true, false, true]);
    }

    #[test]
    fn a_long_run_is_coarsened_and_loses_no_time() {
        let mut recorder = Recorder::default();
        recorder.spawned(Duration::ZERO, worker(0, 0), 1);
        let attempt = attempt(worker(0, 0), 0);
        for n in 0..50_000 {
            recorder.busy(n * 10 * MS, &attempt);
            recorder.idle((n * 10 + 7) * MS, &attempt, n == 123);
            recorder.made_ok((n * 10 + 7) * MS);
        }
        let timeline = recorder.timeline(500_000 * MS);
        let spans = &timeline.lanes[&(0, 0)];
        assert!(spans.len() <= MAX_SPANS && spans.len() >= MAX_SPANS / 4, "{}", spans.len());
        assert_eq!(timeline.time_of((0, 0)).busy, 350_000 * MS);
        assert_eq!(spans.iter().filter(|span| span.lost).count(), 1);
        assert!(timeline.made_ok.counts.len() <= MAX_BUCKETS);
        assert_eq!(timeline.made_ok.counts.iter().sum::<u64>(), 50_000);
        let coarse = timeline.made_ok.at_most(60);
        assert!(coarse.counts.len() <= 60 && coarse.counts.iter().sum::<u64>() == 50_000);
    }

    proptest! {
        #[test]
        fn whatever_happens_the_times_add_up(steps in proptest::collection::vec((0u8..5, 0u64..50), 0..200)) {
            let (mut recorder, mut at, mut generation) = (Recorder::default(), Duration::ZERO, None::<u32>);
            for (what, pause) in steps {
                at += Duration::from_millis(pause);
                match (what, generation) {
                    (0, None) => {
                        generation = Some(recorder.lives.len() as u32);
                        recorder.spawned(at, worker(0, recorder.lives.len() as u32), 1);
                    }
                    (1 | 2, Some(number)) => recorder.busy(at, &attempt(worker(0, number), u16::from(what))),
                    (3, Some(number)) => recorder.idle(at, &attempt(worker(0, number), 1), false),
                    (4, Some(number)) => {
                        recorder.gone(at, worker(0, number), "signal 9");
                        generation = None;
                    }
                    _ => {}
                }
            }
            let timeline = recorder.timeline(at);
            for lane in [1, 2] {
                let time = timeline.time_of((0, lane));
                prop_assert_eq!(time.busy + time.idle + time.absent, at);
                let spans = timeline.lanes.get(&(0, lane)).cloned().unwrap_or_default();
                prop_assert!(spans.windows(2).all(|pair| pair[0].to <= pair[1].from));
                prop_assert_eq!(spans.iter().map(|span| span.busy).sum::<Duration>(), time.busy);
            }
        }
    }
}
