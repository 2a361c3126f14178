//! Signals that end this program: the first lets what runs finish, the second kills it. Which came first decides the exit code.

use std::io;
use std::sync::OnceLock;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use crate::exit::Exit;

/// Which signal came first.
static FIRST: OnceLock<i32> = OnceLock::new();

/// Tells `stop`, on a thread of its own, of every signal: its name for people, and whether what runs is to be killed. The thread ends when `stop`
/// answers false or the handle is closed.
pub fn listen(mut stop: impl FnMut(&'static str, bool) -> bool + Send + 'static) -> io::Result<Handle> {
    // Whoever started us with `nohup` wants the run to outlive the terminal.
    let hangup = if is_ignored(SIGHUP) { &[][..] } else { &[SIGHUP] };
    let mut signals = Signals::new([SIGINT, SIGTERM].iter().chain(hangup))?;
    let handle = signals.handle();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            FIRST.get_or_init(|| signal);
            let name = if signal == SIGINT { "interrupted" } else { "asked to end" };
            if !stop(name, count > 0) {
                break;
            }
        }
    })?;
    Ok(handle)
}

/// The exit code of a program that a signal ended.
pub fn exit() -> Exit {
    let signal = FIRST.get().copied().unwrap_or(SIGTERM);
    Exit::Signal(u8::try_from(if signal == SIGINT { SIGINT } else { SIGTERM }).unwrap_or(0))
}

/// Whether a signal was ignored when this process began, by the mask in `/proc/self/status` (proc_pid_status(5)).
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
