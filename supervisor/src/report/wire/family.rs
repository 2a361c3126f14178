//! Events by family, as the engine has them. On the wire they are flat, each with a word of its own; who
//! reads them names the families that concern it, and passes over the others whole.

use super::event::{AttemptName, Lost, Settled, Slow, Started, Stopping, WireEvent, WorkerNews};

/// What an event is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Family<'a> {
    /// The plan is made.
    Started(&'a Started),
    /// A worker came or went.
    Worker(&'a WorkerNews),
    /// An attempt went on.
    Attempt(&'a AttemptName, AttemptNews<'a>),
    /// An image has its verdict.
    Settled(&'a Settled),
    /// The run as a whole changed.
    Run(RunNews<'a>),
    /// The run is over; the sums told are what the events before add up to.
    Finished,
}

/// What happened to an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AttemptNews<'a> {
    Assigned,
    Answered,
    Slow(&'a Slow),
    Lost(&'a Lost),
}

/// What happened to a run as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RunNews<'a> {
    Stopping(&'a Stopping),
    Paused,
    Resumed,
}

impl WireEvent {
    /// The event, by its family.
    pub(crate) fn family(&self) -> Family<'_> {
        match self {
            WireEvent::Started(started) => Family::Started(started),
            WireEvent::Worker(news) => Family::Worker(news),
            WireEvent::Assigned(attempt) => Family::Attempt(attempt, AttemptNews::Assigned),
            WireEvent::Answered(attempt) => Family::Attempt(attempt, AttemptNews::Answered),
            WireEvent::Slow(slow) => Family::Attempt(&slow.attempt, AttemptNews::Slow(slow)),
            WireEvent::Lost(lost) => Family::Attempt(&lost.attempt, AttemptNews::Lost(lost)),
            WireEvent::Settled(settled) => Family::Settled(settled),
            WireEvent::Stopping(stopping) => Family::Run(RunNews::Stopping(stopping)),
            WireEvent::Paused => Family::Run(RunNews::Paused),
            WireEvent::Resumed => Family::Run(RunNews::Resumed),
            WireEvent::Finished(_) => Family::Finished,
        }
    }
}
