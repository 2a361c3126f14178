//! `without landlock|seccomp|inotify PROGRAM ARGUMENT...`: runs a program as if the kernel did not have one
//! of these.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let calls: &[libc::c_long] = match arguments.next().as_deref().and_then(|word| word.to_str()) {
        Some("landlock") => &[libc::SYS_landlock_create_ruleset],
        Some("seccomp") => &[libc::SYS_seccomp],
        Some("inotify") => &[libc::SYS_inotify_init1],
        Some(_) | None => return ExitCode::from(2),
    };
    let Some(program) = arguments.next() else { return ExitCode::from(2) };
    if deny(calls).is_err() {
        return ExitCode::from(2);
    }
    let _ = Command::new(program).args(arguments).exec();
    ExitCode::from(2)
}

fn deny(calls: &[libc::c_long]) -> Result<(), seccompiler::Error> {
    let rules: BTreeMap<i64, Vec<_>> = calls.iter().map(|call| (*call, Vec::new())).collect();
    let absent = SeccompAction::Errno(libc::ENOSYS.cast_unsigned());
    let target = std::env::consts::ARCH.try_into().map_err(seccompiler::Error::Backend)?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, absent, target)
        .map_err(seccompiler::Error::Backend)?;
    let program: BpfProgram = filter.try_into().map_err(seccompiler::Error::Backend)?;
    apply_filter(&program)
}
