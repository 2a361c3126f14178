//! The signals that ask the program to end: which those are, and a thread that waits for them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals};

/// Calls `told` with each signal as it comes, on a thread of its own, until that says no or the handle is
/// closed.
pub(crate) fn listen(mut told: impl FnMut(i32) -> bool + Send + 'static) -> io::Result<Handle> {
    let mut signals = Signals::new([SIGINT, SIGTERM].into_iter().chain(hangup()))?;
    let handle = signals.handle();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            if !told(signal) {
                break;
            }
        }
    })?;
    Ok(handle)
}

/// Has these signals end the program as if it had never listened, once nobody listens any more.
pub(crate) fn end_at_once() -> io::Result<()> {
    for signal in [SIGINT, SIGTERM].into_iter().chain(hangup()) {
        signal_hook::flag::register_conditional_default(signal, Arc::new(AtomicBool::new(true)))?;
    }
    Ok(())
}

/// Whoever started us with `nohup` wants the run to outlive the terminal.
fn hangup() -> Option<i32> {
    (!is_ignored(SIGHUP)).then_some(SIGHUP)
}

/// Has a file that grows beyond what is allowed be an error of the call that writes, and not the end of the
/// program.
pub(crate) fn ignore_large_files() {
    // The flag is of no interest; that there is a handler at all is what counts. Programs that we start begin
    // without it.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

/// Whether a signal was ignored when this process began, by the mask in `/proc/self/status`
/// (proc_pid_status(5)).
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
