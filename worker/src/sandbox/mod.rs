//! The lock that a worker puts on itself before the first input byte: what is asked for, and what is really
//! in force.
//!
//! Owns nothing but the report; runs on the worker's main thread, in two steps around the start of the lanes.
//! Each part is tried after it was put in force: the report says what was seen to be refused, not what the
//! kernel was asked to refuse. `heap` is no part of the lock, and stands here because only here may stand
//! what needs `unsafe`.

mod filesystem;
mod heap;
mod process;
mod system_calls;

use protocol::sandbox::{SandboxMode, SandboxReport, SandboxRequest};

pub(crate) use heap::keep_buffers;
pub(crate) use process::{Inherited, inherited};

/// A sandbox that is entered but not yet sealed: threads can still be started.
#[derive(Debug)]
pub(crate) struct Sandbox {
    mode: SandboxMode,
    report: SandboxReport,
}

impl Sandbox {
    /// Takes everything away that the calling thread, and those it starts from now on, can do without. What
    /// the kernel does not offer is named in the report; whether that is good enough is for the supervisor to
    /// say.
    pub(crate) fn enter(request: &SandboxRequest, lanes: u16, inherited: Inherited) -> Sandbox {
        let mut report = SandboxReport::default();
        // Whoever started us may limit files as well, whether or not a sandbox was asked for.
        report.missing.extend(process::make_large_files_an_error().err());
        match request.mode {
            SandboxMode::Off => {}
            SandboxMode::Require | SandboxMode::Auto => {
                report.missing.extend(inherited.err());
                report.missing.extend(process::gain_no_privileges().err());
                let missing = process::limit_resources(request.memory, lanes);
                report.rlimits = missing.is_empty();
                report.missing.extend(missing);
                match filesystem::restrict(&request.readable, &request.writable) {
                    Ok(in_force) => {
                        report.landlock = in_force.abi;
                        report.missing.extend(in_force.missing);
                    }
                    Err(error) => report.missing.push(format!("landlock: {error}")),
                }
            }
        }
        Sandbox { mode: request.mode, report }
    }

    /// Closes the sandbox for every thread of the process: none can be started any more.
    pub(crate) fn seal(mut self) -> SandboxReport {
        match self.mode {
            SandboxMode::Off => {}
            SandboxMode::Require | SandboxMode::Auto => match system_calls::restrict() {
                Ok(()) => self.report.seccomp = true,
                Err(error) => self.report.missing.push(format!("seccomp: {error}")),
            },
        }
        self.report
    }
}
