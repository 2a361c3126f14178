//! Progress as lines, for logs: one every few seconds of the run, one for each failure as it happens, one at
//! the end. Owns its stream and the time of its last line; goes by the events' own times and reads no clock.

use std::io::Write;
use std::time::Duration;

use super::notice;
use super::status::status_line;
use crate::report::fold::{SharedStatistics, Tally};
use crate::report::wire::WireEvent;
use crate::units::amount;

const INTERVAL: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Plain<W> {
    out: W,
    last: Duration,
}

impl<W: Write> Plain<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, last: Duration::ZERO }
    }

    pub(super) fn on_event(&mut self, at: Duration, event: &WireEvent, statistics: &SharedStatistics) {
        if let Some(text) = notice(event) {
            self.line(&text);
        }
        if at.saturating_sub(self.last) >= INTERVAL {
            self.last = at;
            self.status(&statistics.snapshot());
        }
    }

    pub(super) fn finish(&mut self, now: &Tally) {
        self.status(now);
    }

    pub(super) fn out(&self) -> &W {
        &self.out
    }

    fn status(&mut self, now: &Tally) {
        self.line(&format!("{}/{} · {}", now.counts.done(), amount(now.images, "image"), status_line(now)));
    }

    fn line(&mut self, text: &str) {
        // Progress that nobody can read is no reason to end a run.
        let _ = self.out.write_all(format!("{text}\n").as_bytes()).and_then(|()| self.out.flush());
    }
}
