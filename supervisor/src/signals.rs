//! The signals that ask the program to end: which those are, and threads that wait for them.
//!
//! While somebody listens they are requests. Before and after they end the program: at once, or once what it
//! would leave is cleaned up. Which of these holds is kept for the whole process.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;

/// Whether they are requests.
static ARE_REQUESTS: AtomicBool = AtomicBool::new(false);
/// Whether something is cleaned up before one ends the program.
static IS_CLEANED_UP: AtomicBool = AtomicBool::new(false);
/// Whether one ends the program in the instant in which it comes.
static AT_ONCE: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Calls `told` with each signal as it comes, on a thread of its own, until that says no or the handle is
/// closed.
pub(crate) fn listen(told: impl FnMut(i32) -> bool + Send + 'static) -> io::Result<Handle> {
    let handle = each(told)?;
    ARE_REQUESTS.store(true, Ordering::SeqCst);
    AT_ONCE.store(false, Ordering::SeqCst);
    Ok(handle)
}

/// Has these signals end the program as if it had never listened, once nobody listens any more; what is
/// cleaned up first stays so.
pub(crate) fn end_at_once() -> io::Result<()> {
    ARE_REQUESTS.store(false, Ordering::SeqCst);
    if IS_CLEANED_UP.load(Ordering::SeqCst) {
        return Ok(());
    }
    for signal in ending() {
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&AT_ONCE))?;
    }
    AT_ONCE.store(true, Ordering::SeqCst);
    Ok(())
}

/// Has `clean_up` called, on a thread of its own, before one of these signals ends the program, whenever they
/// are no requests.
pub(crate) fn clean_up_first(clean_up: impl Fn() + Send + 'static) -> io::Result<()> {
    IS_CLEANED_UP.store(true, Ordering::SeqCst);
    each(move |signal| {
        if !ARE_REQUESTS.load(Ordering::SeqCst) {
            clean_up();
            // Does not come back.
            let _ = emulate_default_handler(signal);
        }
        true
    })?;
    Ok(())
}

fn each(mut told: impl FnMut(i32) -> bool + Send + 'static) -> io::Result<Handle> {
    let mut signals = Signals::new(ending())?;
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

fn ending() -> impl Iterator<Item = i32> {
    [SIGINT, SIGTERM].into_iter().chain(hangup())
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
