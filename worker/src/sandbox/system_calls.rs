//! Seccomp: the system calls that decoding, filtering, encoding and talking to the supervisor need. All
//! others fail with EPERM.
//!
//! The list was measured: `strace` on every format, filter and task, on panics, aborts, refused memory and
//! messages too large for one packet; beside each group stands what it is for. `tests/tests/it/sandbox.rs`
//! holds it to all of them.

use std::collections::BTreeMap;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

/// Allowed whatever the arguments. No way to start a thread or a program, to make a socket to anywhere, to
/// signal another process, to list a folder, or to change a file's name, owner or mode.
const ALLOWED: &[libc::c_long] = &[
    // Memory; `mmap` and `mprotect` below.
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    // Files that are open; `openat` below. The standard library asks for a file's size (`statx`) and place
    // (`lseek`) before it reads it whole.
    libc::SYS_close,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_statx,
    // Messages on the channels to the supervisor; `sendto` and `socketpair` below.
    libc::SYS_sendmsg,
    libc::SYS_recvmsg,
    libc::SYS_recvfrom,
    // Waiting, time, chance: between main thread and lanes, in locks, and for the seeds of hash tables. A
    // call that a stop signal interrupted goes on by `restart_syscall`.
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_restart_syscall,
    libc::SYS_getrandom,
    // The end, and the way there: panics, aborts and overflown stacks say what happened, then signal their
    // own process (`tgkill` below).
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// What matters among the flags of `openat`.
const OPEN_FLAGS: i32 = libc::O_ACCMODE | libc::O_CREAT | libc::O_EXCL | libc::O_TRUNC;
/// A staging file is made, never opened: without Landlock too, no file that exists can be written to.
const CREATE: i32 = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;

/// Restricts every thread of the process, and tries whether it does.
pub(super) fn restrict() -> Result<(), String> {
    let program = filter().map_err(|error| error.to_string())?;
    apply_filter_all_threads(&program).map_err(|error| error.to_string())?;
    match rustix::net::socket(AddressFamily::UNIX, SocketType::DGRAM, None) {
        Err(Errno::PERM) => Ok(()),
        Ok(_) | Err(_) => Err("in force by its own account, but a socket can be made".to_owned()),
    }
}

fn filter() -> Result<BpfProgram, BackendError> {
    let target: TargetArch = std::env::consts::ARCH.try_into()?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // To read or to create; which files, Landlock says.
    rules
        .insert(libc::SYS_openat, vec![flags(2, OPEN_FLAGS, libc::O_RDONLY)?, flags(2, OPEN_FLAGS, CREATE)?]);
    // No memory that code could be written into and run from.
    rules.insert(libc::SYS_mmap, vec![flags(2, libc::PROT_EXEC, 0)?]);
    rules.insert(libc::SYS_mprotect, vec![flags(2, libc::PROT_EXEC, 0)?]);
    // The standard library asks whether a descriptor is open before it closes it, in debug builds.
    rules.insert(libc::SYS_fcntl, vec![equal(&[(1, libc::F_GETFD)])?]);
    // A message too large for one packet travels through a fresh pair of sockets. Pairs of another type could
    // send to any address; these lead nowhere but here. `sendto` likewise takes no address.
    let channel = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    rules.insert(libc::SYS_socketpair, vec![equal(&[(0, libc::AF_UNIX), (1, channel)])?]);
    rules.insert(libc::SYS_sendto, vec![SeccompRule::new(vec![no_address(4)?])?]);
    rules.insert(libc::SYS_getsockopt, vec![equal(&[(1, libc::SOL_SOCKET), (2, libc::SO_SNDBUF)])?]);
    // `abort` signals its own thread; the process is the first argument.
    let own = std::process::id().cast_signed();
    rules.insert(libc::SYS_tgkill, vec![equal(&[(0, own), (2, libc::SIGABRT)])?]);
    let refuse = SeccompAction::Errno(libc::EPERM.cast_unsigned());
    SeccompFilter::new(rules, refuse, SeccompAction::Allow, target)?.try_into()
}

/// The flags in argument `index` that `mask` names are exactly `value`.
fn flags(index: u8, mask: i32, value: i32) -> Result<SeccompRule, BackendError> {
    let same = SeccompCmpOp::MaskedEq(u64::from(mask.cast_unsigned()));
    SeccompRule::new(vec![condition(index, same, value)?])
}

/// Each of these arguments has its value.
fn equal(arguments: &[(u8, i32)]) -> Result<SeccompRule, BackendError> {
    let conditions = arguments.iter().map(|(index, value)| condition(*index, SeccompCmpOp::Eq, *value));
    SeccompRule::new(conditions.collect::<Result<_, _>>()?)
}

fn condition(index: u8, comparison: SeccompCmpOp, value: i32) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, comparison, u64::from(value.cast_unsigned()))
}

/// The pointer in argument `index` is null.
fn no_address(index: u8) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)
}
