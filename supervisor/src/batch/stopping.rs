//! What signals mean to work under way: the first lets what runs finish, the second kills it. Which came
//! first decides the exit code; it is kept for the whole process.

use std::io;
use std::sync::OnceLock;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Handle;

use crate::exit::Exit;
use crate::signals;

/// Which signal came first.
static FIRST: OnceLock<i32> = OnceLock::new();

/// Tells `stop` of every signal, on a thread of its own: why, for people, and whether to kill what runs. The
/// thread ends when `stop` answers false or the handle is closed.
pub(crate) fn on_signals(
    mut stop: impl FnMut(&'static str, bool) -> bool + Send + 'static,
) -> io::Result<Handle> {
    let mut kill = false;
    signals::listen(move |signal| {
        FIRST.get_or_init(|| signal);
        let reason = if signal == SIGINT { "interrupted" } else { "asked to end" };
        stop(reason, std::mem::replace(&mut kill, true))
    })
}

/// The exit code of a program that a signal ended.
pub(crate) fn exit() -> Exit {
    Exit::of_signal(FIRST.get().copied().unwrap_or(SIGTERM))
}
