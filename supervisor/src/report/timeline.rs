//! What each lane of a run did when, and how fast images were done: the data behind the plots. Pure.
//!
//! A [`Recorder`] is told what happens and stays small however many images there are: past [`MAX_SPANS`] neighbouring spans are
//! joined, past [`MAX_BUCKETS`] the counts of images share wider buckets. Sums stay exact, only the picture gets coarser. What grows with
//! the run is one [`Life`] for each worker. It also is who says which worker is a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use engine::verdict::WorkerId;

/// Spans that are kept, over all lanes.
const MAX_SPANS: usize = 20_000;
/// Buckets of images done that are kept.
const MAX_BUCKETS: usize = 512;
/// What a bucket covers at first.
const FIRST_BUCKET: Duration = Duration::from_millis(10);

/// A place where one attempt can run at a time: slot and lane.
pub type Place = (u16, u16);

/// A stretch of work of one lane; after coarsening, of several attempts with the gaps between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Since the run's start.
    pub from: Duration,
    /// Since the run's start.
    pub to: Duration,
    /// How long there was an attempt; less than the stretch if it has gaps.
    pub busy: Duration,
    /// Whether an attempt in it was lost.
    pub lost: bool,
}

/// One worker's time in its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// Which worker.
    pub worker: WorkerId,
    /// When its process was there.
    pub from: Duration,
    /// When it was gone; `None` if that was not seen.
    pub to: Option<Duration>,
    /// Whether it took the place of a lost one.
    pub restart: bool,
}

/// What became of a lane's time. The three add up to the run's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaneTime {
    /// There was an attempt.
    pub busy: Duration,
    /// There was a worker without an attempt.
    pub idle: Duration,
    /// There was no worker.
    pub absent: Duration,
}

/// Takes down what happens.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    open: BTreeMap<Place, Duration>,
    spans: BTreeMap<Place, Vec<Span>>,
    count: usize,
    attempts: u64,
    lives: Vec<Life>,
    /// Slots whose last worker ended without having been asked to.
    broken: BTreeSet<u16>,
    done: Buckets,
}

/// How many images were done in which stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// What each covers.
    pub width: Duration,
    /// Images, from the run's start on.
    pub counts: Vec<u64>,
}

impl Default for Buckets {
    fn default() -> Self {
        Self { width: FIRST_BUCKET, counts: Vec::new() }
    }
}

impl Buckets {
    fn add(&mut self, at: Duration) {
        while self.index(at) >= MAX_BUCKETS {
            self.widen();
        }
        let index = self.index(at);
        if self.counts.len() <= index {
            self.counts.resize(index + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
    }

    fn index(&self, at: Duration) -> usize {
        usize::try_from(at.as_nanos() / self.width.as_nanos().max(1)).unwrap_or(usize::MAX)
    }

    fn widen(&mut self) {
        self.counts = self.counts.chunks(2).map(|pair| pair.iter().sum()).collect();
        self.width *= 2;
    }

    /// The same counts in at most `most` buckets.
    pub fn at_most(&self, most: usize) -> Buckets {
        let mut coarse = self.clone();
        while coarse.counts.len() > most.max(1) {
            coarse.widen();
        }
        coarse
    }
}

impl Recorder {
    /// A worker process is there. Says whether it is a restart: one that left when asked to is replaced, not restarted.
    pub fn spawned(&mut self, at: Duration, worker: WorkerId) -> bool {
        let restart = self.broken.contains(&worker.slot);
        self.lives.push(Life { worker, from: at, to: None, restart });
        restart
    }

    /// It is gone, and what it had under way is lost, unless it was `asked` to go: then that has been answered.
    pub fn gone(&mut self, at: Duration, worker: WorkerId, asked: bool) {
        let lanes: Vec<u16> =
            self.open.keys().filter(|(slot, _)| *slot == worker.slot).map(|(_, lane)| *lane).collect();
        for lane in lanes {
            self.idle(at, (worker.slot, lane), !asked);
        }
        if asked {
            self.broken.remove(&worker.slot);
        } else {
            self.broken.insert(worker.slot);
        }
        if let Some(life) = self.lives.iter_mut().rev().find(|life| life.worker == worker) {
            life.to = Some(at);
        }
    }

    /// A lane has an attempt. If it had one before, that one is over.
    pub fn busy(&mut self, at: Duration, place: Place) {
        self.idle(at, place, false);
        self.open.insert(place, at);
    }

    /// A lane's attempt is over, one way or another.
    pub fn idle(&mut self, at: Duration, place: Place, lost: bool) {
        let Some(from) = self.open.remove(&place) else { return };
        let to = at.max(from);
        self.spans.entry(place).or_default().push(Span { from, to, busy: to - from, lost });
        self.count += 1;
        self.attempts += 1;
        if self.count > MAX_SPANS {
            self.coarsen();
        }
    }

    /// How long attempts took so far, on average; nothing if none is over.
    pub fn mean_attempt(&self) -> Duration {
        let busy: Duration = self.spans.values().flatten().map(|span| span.busy).sum();
        busy / u32::try_from(self.attempts).unwrap_or(u32::MAX).max(1)
    }

    /// An image is done.
    pub fn done(&mut self, at: Duration) {
        self.done.add(at);
    }

    fn coarsen(&mut self) {
        for spans in self.spans.values_mut() {
            *spans = spans.chunks(2).filter_map(|pair| pair.iter().copied().reduce(joined)).collect();
        }
        self.count = self.spans.values().map(Vec::len).sum();
    }

    /// What was taken down until `wall`, the end of the run.
    pub fn timeline(&self, wall: Duration) -> Timeline {
        let mut all = self.clone();
        for place in self.open.keys() {
            all.idle(wall, *place, false);
        }
        let Recorder { spans, lives, done, .. } = all;
        Timeline { wall, lanes: spans, lives, done }
    }
}

fn joined(one: Span, next: Span) -> Span {
    Span { from: one.from, to: next.to, busy: one.busy + next.busy, lost: one.lost || next.lost }
}

/// What each lane did when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// How long the run took.
    pub wall: Duration,
    /// The work of each lane that ever had any, in order.
    pub lanes: BTreeMap<Place, Vec<Span>>,
    /// Every worker, in the order in which they came.
    pub lives: Vec<Life>,
    /// When images were done.
    pub done: Buckets,
}

impl Timeline {
    /// What became of the time of one lane.
    pub fn time_of(&self, place: Place) -> LaneTime {
        let spans = self.lanes.get(&place).map(Vec::as_slice).unwrap_or_default();
        let busy = spans.iter().map(|span| span.busy).sum::<Duration>().min(self.wall);
        let lives = self.lives.iter().filter(|life| life.worker.slot == place.0);
        let alive = lives.map(|life| life.to.unwrap_or(self.wall).min(self.wall).saturating_sub(life.from));
        let alive = alive.sum::<Duration>().min(self.wall).max(busy);
        LaneTime { busy, idle: alive - busy, absent: self.wall - alive }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: Duration = Duration::from_millis(1);

    fn worker(slot: u16, generation: u32) -> WorkerId {
        WorkerId { slot, generation }
    }

    #[test]
    fn busy_idle_and_absent_time_add_up_to_the_wall_time() {
        let mut recorder = Recorder::default();
        assert!(!recorder.spawned(2 * MS, worker(0, 0)));
        recorder.busy(10 * MS, (0, 0));
        recorder.busy(30 * MS, (0, 0));
        recorder.gone(45 * MS, worker(0, 0), false);
        assert!(recorder.spawned(50 * MS, worker(0, 1)));
        recorder.busy(55 * MS, (0, 0));
        recorder.idle(90 * MS, (0, 0), false);
        let timeline = recorder.timeline(100 * MS);
        let expected = LaneTime { busy: 70 * MS, idle: 23 * MS, absent: 7 * MS };
        assert_eq!(timeline.time_of((0, 0)), expected);
        let lost: Vec<bool> = timeline.lanes[&(0, 0)].iter().map(|span| span.lost).collect();
        assert_eq!(lost, [false, true, false]);
        assert_eq!(timeline.lives[1], Life { worker: worker(0, 1), from: 50 * MS, to: None, restart: true });
    }

    #[test]
    fn who_takes_the_place_of_one_that_was_asked_to_go_is_no_restart() {
        let mut recorder = Recorder::default();
        let mut restarts = Vec::new();
        for (generation, asked) in (0..).zip([true, false, true, false]) {
            restarts.push(recorder.spawned(MS, worker(0, generation)));
            recorder.busy(2 * MS, (0, 0));
            recorder.gone(3 * MS, worker(0, generation), asked);
        }
        assert_eq!(restarts, [false, false, true, false]);
        assert!(!recorder.spawned(MS, worker(1, 0)), "each slot by itself");
        let lost: Vec<bool> = recorder.timeline(4 * MS).lanes[&(0, 0)].iter().map(|span| span.lost).collect();
        assert_eq!(lost, [false, true, false, true]);
    }

    #[test]
    fn a_long_run_is_coarsened_and_loses_no_time() {
        let mut recorder = Recorder::default();
        recorder.spawned(Duration::ZERO, worker(0, 0));
        for n in 0..50_000 {
            recorder.busy(n * 10 * MS, (0, 0));
            recorder.idle((n * 10 + 7) * MS, (0, 0), n == 123);
            recorder.done((n * 10 + 7) * MS);
        }
        let timeline = recorder.timeline(500_000 * MS);
        let spans = &timeline.lanes[&(0, 0)];
        assert!(spans.len() <= MAX_SPANS && spans.len() >= MAX_SPANS / 4, "{}", spans.len());
        assert_eq!(timeline.time_of((0, 0)).busy, 350_000 * MS);
        assert_eq!(spans.iter().filter(|span| span.lost).count(), 1);
        assert!(timeline.done.counts.len() <= MAX_BUCKETS);
        assert_eq!(timeline.done.counts.iter().sum::<u64>(), 50_000);
        let coarse = timeline.done.at_most(60);
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
                        recorder.spawned(at, worker(0, recorder.lives.len() as u32));
                    }
                    (1 | 2, Some(_)) => recorder.busy(at, (0, u16::from(what))),
                    (3, Some(_)) => recorder.idle(at, (0, 1), false),
                    (4, Some(number)) => {
                        recorder.gone(at, worker(0, number), false);
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
