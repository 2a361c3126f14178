//! The little that is known of a run under way: what progress shows and a late consumer starts from. Data and
//! arithmetic only.

use std::time::Duration;

use crate::report::wire::event::{Finished, Started};
use crate::report::wire::{Counts, WireEvent};

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Tally {
    /// Time from the run's start to the last event.
    pub at: Duration,
    /// Jobs of the plan.
    pub images: u64,
    /// Jobs with a verdict.
    pub counts: Counts,
    /// Attempts begun.
    pub attempts: u64,
    /// Attempts that a worker is busy with.
    pub running: u64,
    /// Attempts lost that are made again.
    pub redone: u64,
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
    /// Bytes of all inputs to be processed.
    pub bytes_planned: u64,
    /// Planned bytes of the inputs that nothing has become of: without a verdict yet, cancelled or not run.
    pub bytes_left: u64,
    /// Pixels in those bytes, by the pixels per byte found so far; `None` until one image is `ok`.
    pub pixels_left: Option<u64>,
    /// Whether nothing new starts.
    pub stopping: bool,
}

impl Tally {
    /// Images that became `ok`, per second.
    pub(crate) fn images_per_s(&self) -> f64 {
        per_second(self.counts.ok as f64, self.at)
    }

    /// Time to go, if the pixels that are left take as long as those that are done. `None` while that is
    /// unknown.
    pub(crate) fn eta(&self) -> Option<Duration> {
        let left = self.pixels_left?;
        if self.pixels == 0 {
            return None;
        }
        Duration::try_from_secs_f64(self.at.as_secs_f64() * left as f64 / self.pixels as f64).ok()
    }
}

impl Tally {
    /// The first event of a run, told before anything has happened.
    pub(crate) fn started(&self, warnings: Option<Vec<String>>) -> WireEvent {
        WireEvent::Started(Started { images: self.images, bytes: self.bytes_planned, warnings })
    }

    /// The last event of a run.
    pub(crate) fn finished(&self) -> WireEvent {
        let Tally { recovered, restarts, bytes_in, bytes_out, pixels, .. } = *self;
        WireEvent::Finished(Finished { recovered, restarts, bytes_in, bytes_out, pixels })
    }
}

/// `amount` per second, 0 if no time has passed.
pub(crate) fn per_second(amount: f64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { amount / time.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_to_go_is_that_of_the_pixels_to_go() {
        let at = Duration::from_secs(10);
        let half = Tally { at, pixels: 5_000_000, pixels_left: Some(15_000_000), ..Tally::default() };
        assert_eq!(half.eta(), Some(Duration::from_secs(30)));
        assert_eq!(Tally { pixels_left: None, ..half.clone() }.eta(), None);
        assert_eq!(Tally { pixels: 0, ..half }.eta(), None);
    }

    #[test]
    fn no_time_makes_no_infinite_speed() {
        assert_eq!(per_second(5.0, Duration::ZERO), 0.0);
        assert_eq!(per_second(5.0, Duration::from_secs(2)), 2.5);
    }
}
