//! Sinks: who is told what happens in a run, while it happens.
//!
//! One [`Progress`] per run, chosen once. It owns its output stream (the bar and the plain lines go to
//! standard error, JSON lines to standard output) and is called on the thread that drives the run, after the
//! statistics have taken the event in. A sink never fails a run nor holds it up: lines wait for their reader
//! in an [`Outlet`], and what cannot be written is dropped.

mod bar;
mod json;
mod plain;
mod status;

use std::io;
use std::time::Duration;

use recipe::words;

use crate::console::Patient;
use crate::outlet::Outlet;
use crate::report::fold::SharedStatistics;
use crate::report::wire::event::{Settled, Stopping};
use crate::report::wire::image::failure_line;
use crate::report::wire::{AttemptNews, Family, RunNews, WireEvent};
use pool::escape::escape_text;

words! {
    /// What `--progress` asks for.
    #[derive(Default)]
    pub(crate) ProgressMode {
        /// The bar on a terminal, else plain lines.
        #[default]
        Auto = "auto",
        /// A bar. Without a terminal there is none to draw, so plain lines take its place.
        Bar = "bar",
        /// A line every few seconds and one for each failure.
        Plain = "plain",
        /// One JSON object per event, on standard output.
        Json = "json",
        /// Nothing.
        None = "none",
    }
}

impl ProgressMode {
    /// What is really shown, given whether standard error is a terminal: never `Auto`.
    fn settle(self, is_terminal: bool) -> ProgressMode {
        match self {
            ProgressMode::Auto | ProgressMode::Bar if is_terminal => ProgressMode::Bar,
            ProgressMode::Auto | ProgressMode::Bar => ProgressMode::Plain,
            ProgressMode::Plain | ProgressMode::Json | ProgressMode::None => self,
        }
    }
}

/// The one sink that shows a person or a script how far the run is.
#[derive(Debug)]
pub(crate) enum Progress {
    /// See [`ProgressMode::Bar`].
    Bar(bar::BarSink),
    /// See [`ProgressMode::Plain`].
    Plain(plain::Plain<Outlet>),
    /// See [`ProgressMode::Json`].
    Json(json::JsonLines<Outlet>),
    /// Shows nothing.
    None,
}

impl Progress {
    /// Chooses the sink and starts it. `is_terminal`: whether standard error is one; `most`: the lines that
    /// may wait for a slow reader, without which they all may.
    pub(crate) fn choose(
        mode: ProgressMode,
        is_terminal: bool,
        statistics: &SharedStatistics,
        most: Option<usize>,
    ) -> io::Result<Progress> {
        Ok(match mode.settle(is_terminal) {
            ProgressMode::Bar => Progress::Bar(bar::BarSink::new(statistics.clone())),
            ProgressMode::Auto | ProgressMode::Plain => {
                Progress::Plain(plain::Plain::new(Outlet::open("lines", Patient(io::stderr()), most)?))
            }
            ProgressMode::Json => {
                let out = Outlet::open("lines", Patient(io::stdout()), most)?;
                Progress::Json(json::JsonLines::start(out, &statistics.snapshot()))
            }
            ProgressMode::None => Progress::None,
        })
    }

    /// Tells of one event, which `statistics` has taken in already.
    pub(crate) fn on_event(&mut self, at: Duration, event: &WireEvent, statistics: &SharedStatistics) {
        match self {
            Progress::Bar(bar) => bar.on_event(event, statistics),
            Progress::Plain(plain) => plain.on_event(at, event, statistics),
            Progress::Json(lines) => lines.on_event(at, event, &statistics.snapshot()),
            Progress::None => {}
        }
    }

    /// The run is over after `at`: a bar is cleared away, the others write their last line.
    pub(crate) fn finish(&mut self, at: Duration, statistics: &SharedStatistics) {
        match self {
            Progress::Bar(bar) => bar.finish(),
            Progress::Plain(plain) => plain.finish(&statistics.snapshot()),
            Progress::Json(lines) => lines.finish(at, &statistics.snapshot()),
            Progress::None => {}
        }
    }

    /// Waits until the lines are read, or nobody reads them; see [`Outlet::drain`].
    pub(crate) fn drain(&self, patience: Option<Duration>) {
        match self {
            Progress::Plain(plain) => plain.out().drain(patience),
            Progress::Json(lines) => lines.out().drain(patience),
            Progress::Bar(_) | Progress::None => {}
        }
    }

    /// Whether a person sees each failure as it happens.
    pub(crate) fn tells_failures(&self) -> bool {
        match self {
            Progress::Bar(_) | Progress::Plain(_) => true,
            Progress::Json(_) | Progress::None => false,
        }
    }

    /// Why lines for programs are lost, unless that is because the program has gone.
    pub(crate) fn trouble(&self) -> Option<&io::Error> {
        match self {
            Progress::Json(lines) => lines.out().trouble(),
            Progress::Plain(_) | Progress::Bar(_) | Progress::None => None,
        }
    }
}

/// What the bar and the plain lines say of an event at once: a failure, a slow image, or that the run is
/// being stopped.
fn notice(event: &WireEvent) -> Option<String> {
    if let Family::Settled(Settled { image, .. }) = event.family() {
        let verdict = image.verdict;
        return verdict.is_failure().then(|| format!("{}: {}", verdict.name(), failure_line(image)));
    }
    if let Family::Run(RunNews::Stopping(Stopping { kill, reason })) = event.family() {
        let what = if *kill { "what runs is killed" } else { "what runs is finished, nothing new starts" };
        return Some(format!("stopping ({}): {what}", escape_text(reason)));
    }
    if let Family::Attempt(attempt, AttemptNews::Slow(slow)) = event.family() {
        let name = escape_text(&attempt.input);
        return Some(format!("slow: {name} has taken {:.1} s so far", slow.after_s));
    }
    None
}

#[cfg(test)]
mod tests;
