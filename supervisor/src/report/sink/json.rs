//! Progress for programs: one JSON object per line on standard output, flushed line by line;
//! [`crate::report::wire::event`] says what is in them. Owns its stream. When the reader goes away, or
//! nothing more can be written, the lines end and the run goes on.

use std::io::Write;
use std::time::Duration;

use crate::report::fold::Tally;
use crate::report::wire::{Line, WireEvent};

#[derive(Debug)]
pub(crate) struct JsonLines<W> {
    out: W,
    /// Until a line could not be written.
    goes_on: bool,
}

impl<W: Write> JsonLines<W> {
    /// Writes the first line.
    pub(super) fn start(out: W, now: &Tally) -> Self {
        let mut lines = Self { out, goes_on: true };
        lines.line(&now.started(None).line(Duration::ZERO, now.counts));
        lines
    }

    pub(super) fn on_event(&mut self, at: Duration, event: &WireEvent, now: &Tally) {
        // `settled` follows, or the next attempt.
        if !matches!(event, WireEvent::Answered(_)) {
            self.line(&event.clone().line(at, now.counts));
        }
    }

    pub(super) fn finish(&mut self, at: Duration, now: &Tally) {
        self.line(&now.finished().line(at, now.counts));
    }

    /// Its stream.
    pub(super) fn out(&self) -> &W {
        &self.out
    }

    fn line(&mut self, line: &Line) {
        if !self.goes_on {
            return;
        }
        let written = serde_json::to_vec(line).map_err(Into::into).and_then(|mut text| {
            text.push(b'\n');
            self.out.write_all(&text)?;
            self.out.flush()
        });
        self.goes_on = written.is_ok();
    }
}
