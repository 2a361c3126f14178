//! The lock that a worker puts on itself before the first input byte: what is asked for, and what is really in force.
//!
//! Owns nothing but the report; runs on the worker's main thread, in two steps around the start of the lanes.

mod filesystem;
mod system_calls;

use protocol::sandbox::{SandboxMode, SandboxReport, SandboxRequest};
use rustix::process::{Resource, Rlimit, setrlimit};

/// A sandbox that is entered but not yet sealed: threads can still be started.
#[derive(Debug)]
pub(crate) struct Sandbox {
    mode: SandboxMode,
    report: SandboxReport,
}

impl Sandbox {
    /// Takes everything away that the calling thread, and those it starts from now on, can do without. What the kernel does not
    /// offer is named in the report; whether that is good enough is for the supervisor to say.
    pub(crate) fn enter(request: &SandboxRequest) -> Sandbox {
        let mut report = SandboxReport::default();
        match request.mode {
            SandboxMode::Off => {}
            SandboxMode::Require | SandboxMode::Auto => {
                match limit_resources(request.memory) {
                    Ok(()) => report.rlimits = true,
                    Err(error) => report.missing.push(format!("rlimits: {error}")),
                }
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

/// No core files of other people's photos; no more data memory than given.
fn limit_resources(memory: Option<u64>) -> rustix::io::Result<()> {
    let exactly = |amount| Rlimit { current: Some(amount), maximum: Some(amount) };
    setrlimit(Resource::Core, exactly(0))?;
    match memory {
        Some(bytes) => setrlimit(Resource::Data, exactly(bytes)),
        None => Ok(()),
    }
}
