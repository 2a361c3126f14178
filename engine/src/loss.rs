//! What the end of a worker means: for itself, and for the attempts on its lanes. Pure.

use libc::SIGKILL;
use protocol::job::Lane;

use super::event::ProcessExit;
use super::state::{KillReason, WorkerPhase};
use crate::verdict::{Loss, LossCause};
use crate::worker::WorkerEnd;

/// What Rust's allocator says before it aborts the process.
const OUT_OF_MEMORY: &str = "memory allocation of";

/// How surely a job can be blamed for the loss of the worker it ran on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// It was alone, or is known to be the one.
    Certain,
    /// It is one of several.
    Shared,
    /// Another is known to be the one, or nobody is.
    None,
}

/// Whether a worker that ended in this phase, with nothing to do, ended because we wanted it to.
pub(super) fn is_expected(phase: &WorkerPhase) -> bool {
    match phase.kill_reason() {
        Some(KillReason::RunStopped | KillReason::Lingered | KillReason::TimedOut(_)) => true,
        Some(KillReason::Garbled(_) | KillReason::NeverReady) => false,
        None => matches!(phase, WorkerPhase::Stopping { .. }),
    }
}

pub(super) fn how_it_ended(phase: &WorkerPhase, exit: ProcessExit) -> WorkerEnd {
    match phase {
        WorkerPhase::Starting { .. } => WorkerEnd::NeverReady,
        WorkerPhase::Stopping { .. } if exit == ProcessExit::Code(0) => WorkerEnd::Stopped,
        WorkerPhase::Ready
        | WorkerPhase::Retiring
        | WorkerPhase::Stopping { .. }
        | WorkerPhase::HungUp { .. } => match exit {
            ProcessExit::Code(code) => WorkerEnd::Exited(code),
            ProcessExit::Signal(signal) => WorkerEnd::Signalled(signal),
            ProcessExit::OutOfMemory => WorkerEnd::Signalled(SIGKILL),
        },
        WorkerPhase::Terminated { reason, .. } | WorkerPhase::Killed(reason) => match reason {
            KillReason::NeverReady => WorkerEnd::NeverReady,
            KillReason::Garbled(_) => match exit {
                ProcessExit::Code(code) => WorkerEnd::Exited(code),
                ProcessExit::Signal(signal) if signal != SIGKILL => WorkerEnd::Signalled(signal),
                ProcessExit::Signal(_) | ProcessExit::OutOfMemory => WorkerEnd::Garbled,
            },
            KillReason::TimedOut(_) => WorkerEnd::TimedOut,
            KillReason::Lingered | KillReason::RunStopped => WorkerEnd::Killed,
        },
    }
}

/// Whether neither we nor the kernel killed it.
pub(super) fn is_killed_by_others(phase: &WorkerPhase, exit: ProcessExit) -> bool {
    exit == ProcessExit::Signal(SIGKILL) && phase.kill_reason().is_none()
}

/// What the loss of the worker means for the attempt on one of its `busy` lanes.
pub(super) fn judge(
    phase: &WorkerPhase,
    exit: ProcessExit,
    last_words: &str,
    lane: Lane,
    busy: usize,
) -> (Loss, Blame) {
    let detail = in_words(phase, exit, last_words);
    let crashed = |detail| Loss { cause: LossCause::Crashed, detail };
    match phase.kill_reason() {
        Some(KillReason::TimedOut(late)) if *late == lane => {
            let detail = "no answer within the time allowed".to_owned();
            return (Loss { cause: LossCause::TimedOut, detail }, Blame::Certain);
        }
        Some(KillReason::TimedOut(_)) => {
            let detail = "its worker was killed because of another image".to_owned();
            return (crashed(detail), Blame::None);
        }
        Some(KillReason::RunStopped | KillReason::Lingered | KillReason::NeverReady) => {
            return (crashed(detail), Blame::None);
        }
        Some(KillReason::Garbled(_)) | None => {}
    }
    let cause = if exit == ProcessExit::OutOfMemory || last_words.contains(OUT_OF_MEMORY) {
        LossCause::OutOfMemory
    } else if is_killed_by_others(phase, exit) {
        LossCause::KilledByOthers
    } else {
        LossCause::Crashed
    };
    (Loss { cause, detail }, if busy == 1 { Blame::Certain } else { Blame::Shared })
}

/// What happened to a worker, for people.
pub(super) fn in_words(phase: &WorkerPhase, exit: ProcessExit, last_words: &str) -> String {
    let ended = match exit {
        ProcessExit::Code(code) => format!("the worker exited with code {code}"),
        ProcessExit::OutOfMemory => "the kernel killed the worker because memory ran out".to_owned(),
        ProcessExit::Signal(SIGKILL) if phase.kill_reason().is_none() => {
            "the worker was killed by somebody else (signal 9)".to_owned()
        }
        ProcessExit::Signal(signal) => format!("the worker was ended by signal {signal}"),
    };
    let what = match phase.kill_reason() {
        Some(KillReason::Garbled(reason)) if exit == ProcessExit::Signal(SIGKILL) => {
            format!("the worker was killed because {reason}")
        }
        Some(KillReason::NeverReady) => "the worker was never ready".to_owned(),
        Some(
            KillReason::Garbled(_) | KillReason::TimedOut(_) | KillReason::Lingered | KillReason::RunStopped,
        )
        | None => ended,
    };
    match last_words.trim() {
        "" => what,
        words => format!("{what}; its last words: {words}"),
    }
}
