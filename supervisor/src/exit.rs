//! Exit codes: promises to scripts.

use std::process::ExitCode;

use signal_hook::consts::{SIGINT, SIGTERM};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every image is `ok` or `skipped`.
    Success,
    /// Finished, and some images failed or are quarantined: running again will not help them.
    SomeFailed,
    /// Nothing was run: usage, an unreadable recipe, no input, a collision of names or a conflict.
    Usage,
    /// The pool could not run.
    Pool,
    /// Stopped by something outside, worth running again: disk full, output folder gone or in use.
    TryAgain,
    /// Stopped by a signal.
    Signal(u8),
}

impl Exit {
    /// Stopped by this signal. One that is not from the keyboard counts as TERM.
    pub(crate) fn of_signal(signal: i32) -> Exit {
        Exit::Signal(u8::try_from(if signal == SIGINT { SIGINT } else { SIGTERM }).unwrap_or(0))
    }

    /// 0 to 3 and 75 as documented, or 128 and the number of the signal.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::SomeFailed => 1,
            Exit::Usage => 2,
            Exit::Pool => 3,
            Exit::TryAgain => 75,
            // As the shell reports a process that the signal ended.
            Exit::Signal(number) => number.saturating_add(128),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
