//! Programs that do not outlive the one that started them, however that ends.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::Signal;

/// Has the kernel kill what this command starts as soon as the thread that starts it is gone.
pub fn end_with_us(command: &mut Command) {
    let parent = rustix::process::getpid();
    let prepare = move || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have died before the signal was set; nobody would send it any more.
        if rustix::process::getppid() != Some(parent) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe functions may run. `prepare` makes two system
    // calls (prctl and getppid) and neither allocates nor takes a lock; its error is built from a kind,
    // without allocation.
    #[expect(unsafe_code, reason = "the only way to run code in the child before exec")]
    unsafe {
        command.pre_exec(prepare);
    }
}
