//! The small picture of a run under way: what progress shows and a late consumer starts from. Data and arithmetic only.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::model::VerdictKind;

/// How many jobs have which verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// The output stands.
    pub ok: u64,
    /// Nothing had to be done.
    pub skipped: u64,
    /// An error was the answer.
    pub failed: u64,
    /// All attempts were lost.
    pub quarantined: u64,
    /// Under way when the run was stopped for good.
    pub cancelled: u64,
    /// Their turn never came.
    pub not_run: u64,
}

impl Counts {
    /// Counts one more verdict.
    pub fn add(&mut self, kind: VerdictKind) {
        *match kind {
            VerdictKind::Ok => &mut self.ok,
            VerdictKind::Skipped => &mut self.skipped,
            VerdictKind::Failed => &mut self.failed,
            VerdictKind::Quarantined => &mut self.quarantined,
            VerdictKind::Cancelled => &mut self.cancelled,
            VerdictKind::NotRun => &mut self.not_run,
        } += 1;
    }

    /// Jobs with a verdict.
    pub fn settled(&self) -> u64 {
        self.each().iter().map(|(_, count)| count).sum()
    }

    /// Every verdict with its count, in the order in which they are told.
    pub fn each(&self) -> [(VerdictKind, u64); 6] {
        [
            (VerdictKind::Ok, self.ok),
            (VerdictKind::Skipped, self.skipped),
            (VerdictKind::Failed, self.failed),
            (VerdictKind::Quarantined, self.quarantined),
            (VerdictKind::Cancelled, self.cancelled),
            (VerdictKind::NotRun, self.not_run),
        ]
    }
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// Time from the run's start to the last event.
    pub at: Duration,
    /// Jobs of the plan.
    pub images: u64,
    /// Jobs with a verdict.
    pub counts: Counts,
    /// Attempts that a worker is busy with.
    pub running: u64,
    /// Jobs that are `ok` after a lost attempt.
    pub recovered: u64,
    /// Workers that took the place of a lost one.
    pub restarts: u64,
    /// Bytes of the inputs that became `ok`.
    pub bytes_in: u64,
    /// Bytes of their outputs.
    pub bytes_out: u64,
    /// Pixels of the inputs that became `ok`.
    pub pixels: u64,
    /// Bytes of all inputs that are to be processed.
    pub bytes_planned: u64,
    /// Bytes of those inputs that have no verdict yet, were cancelled or not run.
    pub bytes_left: u64,
    /// Pixels in those bytes, by the pixels per byte found so far; `None` until one image is `ok`.
    pub pixels_left: Option<u64>,
    /// Whether nothing new starts.
    pub stopping: bool,
}

impl Snapshot {
    /// Images that became `ok`, per second.
    pub fn images_per_s(&self) -> f64 {
        per_second(self.counts.ok as f64, self.at)
    }

    /// Megapixels of input that became `ok`, per second.
    pub fn megapixels_per_s(&self) -> f64 {
        per_second(self.pixels as f64 / 1e6, self.at)
    }

    /// Time to go, if the pixels that are left take as long as those that are done. `None` while that is unknown.
    pub fn eta(&self) -> Option<Duration> {
        let left = self.pixels_left?;
        if self.pixels == 0 {
            return None;
        }
        Duration::try_from_secs_f64(self.at.as_secs_f64() * left as f64 / self.pixels as f64).ok()
    }
}

/// `amount` per second, 0 if no time has passed.
pub fn per_second(amount: f64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { amount / time.as_secs_f64() }
}

/// Pixels and bytes of inputs whose names end alike: a megabyte of PNG holds other amounts than a megabyte of JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Density {
    /// Pixels found.
    pub(super) pixels: u64,
    /// Bytes in which they were found.
    pub(super) bytes: u64,
    /// Bytes still to be looked into.
    pub(super) left: u64,
}

/// Pixels in the bytes left: each kind of file by its own density, or by that of all while none of its kind is done.
pub(super) fn pixels_left(kinds: &[Density]) -> Option<u64> {
    let known = |sum: fn(&Density) -> u64| kinds.iter().map(sum).fold(0, u64::saturating_add);
    let (pixels, bytes) = (known(|kind| kind.pixels), known(|kind| kind.bytes));
    if bytes == 0 {
        return None;
    }
    let estimate = kinds.iter().fold(0.0, |total, kind| {
        let (pixels, bytes) = if kind.bytes == 0 { (pixels, bytes) } else { (kind.pixels, kind.bytes) };
        total + kind.left as f64 * (pixels as f64 / bytes as f64)
    });
    // `as` saturates: a worker that lies about its pixels spoils the estimate and nothing else.
    Some(estimate.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_file_is_weighed_by_its_own_density() {
        let jpeg = Density { pixels: 4000, bytes: 1000, left: 500 };
        let png = Density { pixels: 300, bytes: 1000, left: 10_000 };
        assert_eq!(pixels_left(&[jpeg, png]), Some(2000 + 3000));
        let unseen = Density { pixels: 0, bytes: 0, left: 100 };
        assert_eq!(pixels_left(&[jpeg, unseen]), Some(2000 + 400));
        assert_eq!(pixels_left(&[unseen]), None);
        assert_eq!(pixels_left(&[]), None);
    }

    #[test]
    fn the_time_to_go_is_that_of_the_pixels_to_go() {
        let at = Duration::from_secs(10);
        let half = Snapshot { at, pixels: 5_000_000, pixels_left: Some(15_000_000), ..Snapshot::default() };
        assert_eq!(half.eta(), Some(Duration::from_secs(30)));
        assert_eq!(half.megapixels_per_s(), 0.5);
        assert_eq!(Snapshot { pixels_left: None, ..half.clone() }.eta(), None);
        assert_eq!(Snapshot { pixels: 0, ..half }.eta(), None);
    }

    #[test]
    fn no_time_makes_no_infinite_speed() {
        assert_eq!(per_second(5.0, Duration::ZERO), 0.0);
        assert_eq!(per_second(5.0, Duration::from_secs(2)), 2.5);
    }
}
