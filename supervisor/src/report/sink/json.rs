//! Progress for programs: one JSON object per line on standard output, flushed line by line;
//! [`crate::report::wire::event`] says what is in them. Owns its stream. When the reader goes away the lines
//! end without a word, and the run goes on.

use std::io::Write;
use std::time::Duration;

use crate::report::fold::Tally;
use crate::report::wire::{Line, WireEvent};

#[derive(Debug)]
pub(crate) struct JsonLines<W> {
    /// `None` once the reader is gone.
    out: Option<W>,
}

impl<W: Write> JsonLines<W> {
    /// Writes the first line.
    pub(super) fn start(out: W, now: &Tally) -> Self {
        let mut lines = Self { out: Some(out) };
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

    /// Its stream, as long as somebody reads it.
    pub(super) fn out(&self) -> Option<&W> {
        self.out.as_ref()
    }

    fn line(&mut self, line: &Line) {
        let Some(out) = &mut self.out else { return };
        let written = serde_json::to_vec(line).map_err(Into::into).and_then(|mut text| {
            text.push(b'\n');
            out.write_all(&text)?;
            out.flush()
        });
        if written.is_err() {
            self.out = None;
        }
    }
}
