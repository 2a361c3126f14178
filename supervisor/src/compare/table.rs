//! The arithmetic of the table: speed-up, efficiency, improvement, medians with their spread. Pure.

use serde::Serialize;

/// What one round of one mode measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Measurement {
    /// Seconds from starting the program to its end.
    pub wall_s: f64,
    /// Processor seconds of the program and its workers.
    pub cpu_s: f64,
    /// The most bytes of memory that the program and its workers held together.
    pub memory: u64,
    /// Seconds from starting the program until the first image was under way.
    pub startup_s: f64,
}

/// Several measurements of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    /// Half are below, half above.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl Spread {
    /// Of nothing, all zero.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(0.0);
        let last = sorted.len().saturating_sub(1);
        let median = (at(last / 2) + at(last - last / 2)) / 2.0;
        Spread { median, min: at(0), max: at(last) }
    }
}

/// What all modes have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Workload {
    /// Images that became `ok`.
    pub images: u64,
    /// Their pixels, in millions.
    pub megapixels: f64,
    /// Cores that there are for it.
    pub cores: usize,
    /// Seconds of the sequential mode.
    pub sequential_s: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ModeRow {
    /// `sequential`, `thread` or `process`.
    pub mode: String,
    /// Images that may be worked on at a time.
    pub workers: u16,
    /// Seconds.
    pub time_s: Spread,
    /// Images per second.
    pub images_per_s: f64,
    /// Millions of pixels per second.
    pub megapixels_per_s: f64,
    /// How many times as fast as sequentially.
    pub speedup: f64,
    /// Speed-up by the workers that can really run at the same time; 1 is ideal.
    pub efficiency: f64,
    /// Percent of the sequential time that is saved; negative if it takes longer.
    pub improvement_percent: f64,
    /// Processor seconds.
    pub cpu_s: Spread,
    /// Bytes.
    pub memory: Spread,
    /// Seconds until the first image was under way.
    pub startup_s: Spread,
    /// Each round.
    pub rounds: Vec<Measurement>,
}

impl ModeRow {
    /// Works a row out. What is compared are medians.
    pub(crate) fn new(mode: &str, workers: u16, rounds: Vec<Measurement>, work: &Workload) -> ModeRow {
        let spread = |of: fn(&Measurement) -> f64| Spread::of(rounds.iter().map(of));
        let time_s = spread(|round| round.wall_s);
        let speedup = ratio(work.sequential_s, time_s.median);
        ModeRow {
            mode: mode.to_owned(),
            workers,
            time_s,
            images_per_s: ratio(work.images as f64, time_s.median),
            megapixels_per_s: ratio(work.megapixels, time_s.median),
            speedup,
            efficiency: efficiency(speedup, workers, work.cores),
            improvement_percent: improvement(work.sequential_s, time_s.median),
            cpu_s: spread(|round| round.cpu_s),
            memory: spread(|round| round.memory as f64),
            startup_s: spread(|round| round.startup_s),
            rounds,
        }
    }
}

/// Speed-up by how many can really run at the same time.
pub(super) fn efficiency(speedup: f64, workers: u16, cores: usize) -> f64 {
    speedup / (f64::from(workers).min(cores as f64)).max(1.0)
}

/// Percent of `before` that `after` saves.
pub(super) fn improvement(before: f64, after: f64) -> f64 {
    ratio(before - after, before) * 100.0
}

/// `of` by `by`, 0 where there is nothing to divide by.
pub(super) fn ratio(of: f64, by: f64) -> f64 {
    if by > 0.0 { of / by } else { 0.0 }
}

/// A row of the original system's table: measured elsewhere, on other hardware, with Python; ten images of
/// 800×600.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct OriginalRow {
    /// As in its own table.
    pub mode: &'static str,
    pub workers: u16,
    /// Seconds.
    pub time_s: f64,
    /// How many times as fast as sequentially.
    pub speedup: f64,
    /// By six cores: its threads were twice its cores.
    pub efficiency: f64,
    /// Percent of the sequential time that is saved.
    pub improvement_percent: f64,
}

/// The original's three rows.
pub(super) fn history() -> [OriginalRow; 3] {
    const SEQUENTIAL_S: f64 = 22.4;
    const CORES: usize = 6;
    [("sequential", 1, SEQUENTIAL_S), ("thread", 12, 8.7), ("process", 6, 4.2)].map(
        |(mode, workers, time_s)| {
            let speedup = ratio(SEQUENTIAL_S, time_s);
            OriginalRow {
                mode,
                workers,
                time_s,
                speedup,
                efficiency: efficiency(speedup, workers, CORES),
                improvement_percent: improvement(SEQUENTIAL_S, time_s),
            }
        },
    )
}

/// The order of `count` setups in a round: each round begins with another, so that none always has the cooler
/// machine.
pub(super) fn rotated(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |place| (place + round) % count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(wall_s: f64) -> Measurement {
        Measurement { wall_s, cpu_s: wall_s * 2.0, memory: 100, startup_s: 0.01 }
    }

    #[test]
    fn a_hand_made_comparison() {
        let work = Workload { images: 10, megapixels: 40.0, cores: 4, sequential_s: 20.0 };
        let row = ModeRow::new("process", 8, [6.0, 4.0, 5.0].map(sample).to_vec(), &work);
        assert_eq!(row.time_s, Spread { median: 5.0, min: 4.0, max: 6.0 });
        assert_eq!((row.images_per_s, row.megapixels_per_s), (2.0, 8.0));
        // Eight workers on four cores: at best four times as fast.
        assert_eq!((row.speedup, row.efficiency, row.improvement_percent), (4.0, 1.0, 75.0));
        assert_eq!((row.cpu_s.median, row.memory.median, row.startup_s.median), (10.0, 100.0, 0.01));
        let two = ModeRow::new("process", 2, vec![sample(16.0)], &work);
        assert_eq!((two.speedup, two.efficiency, two.improvement_percent), (1.25, 0.625, 20.0));
        let slower = ModeRow::new("thread", 4, vec![sample(25.0)], &work);
        assert_eq!((slower.speedup, slower.efficiency, slower.improvement_percent), (0.8, 0.2, -25.0));
    }

    #[test]
    fn sequential_is_its_own_measure() {
        let work = Workload { images: 3, megapixels: 1.0, cores: 2, sequential_s: 7.0 };
        let row = ModeRow::new("sequential", 1, [7.5, 7.0, 6.0].map(sample).to_vec(), &work);
        assert_eq!((row.speedup, row.efficiency, row.improvement_percent), (1.0, 1.0, 0.0));
    }

    #[test]
    fn medians() {
        assert_eq!(Spread::of([3.0, 1.0]), Spread { median: 2.0, min: 1.0, max: 3.0 });
        assert_eq!(Spread::of([4.0, 1.0, 3.0, 2.0]).median, 2.5);
        assert_eq!(Spread::of([5.0]), Spread { median: 5.0, min: 5.0, max: 5.0 });
        assert_eq!(Spread::of([]).median, 0.0);
    }

    #[test]
    fn nothing_divided_by_nothing_is_no_nonsense() {
        let work = Workload { images: 0, megapixels: 0.0, cores: 1, sequential_s: 0.0 };
        let row = ModeRow::new("process", 1, Vec::new(), &work);
        assert_eq!((row.speedup, row.images_per_s, row.improvement_percent), (0.0, 0.0, 0.0));
    }

    #[test]
    fn the_original_as_it_said_itself() {
        let shown = history()
            .map(|row| format!("{:.2} {:.2} {:.1}", row.speedup, row.efficiency, row.improvement_percent));
        assert_eq!(shown, ["1.00 1.00 0.0", "2.57 0.43 61.2", "5.33 0.89 81.2"]);
    }

    #[test]
    fn each_mode_begins_once() {
        let orders: Vec<Vec<usize>> = (0..3).map(|round| rotated(3, round).collect()).collect();
        assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [2, 0, 1]]);
    }
}
