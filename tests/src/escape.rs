//! What a photo might try that has taken over its worker: each attempt is made, and it is told which were
//! not refused.
//!
//! Called by the fault worker from inside the decoder. An attempt counts as refused when the kernel answers
//! EPERM, EACCES or ENOSYS; those that would do harm are made with arguments that are wrong in a way the
//! kernel only finds once it has let the call through.

#![expect(unsafe_code, reason = "system calls that have no safe form are the subject")]

use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::{TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};

/// In the folder that is given to [`not_refused`], a file that no worker may read.
pub const SECRET: &str = "secret";
/// The input folder, in which there are files of these names for each attempt on them.
const INPUTS: &str = "in";
/// What may be read but neither changed nor moved.
pub const VICTIMS: [&str; 8] = ["write", "truncate", "rename", "remove", "chmod", "chown", "link", "times"];
/// A Unix socket that takes datagrams.
pub const SOCKET: &str = "socket";

/// The file that the test tries to create in the folder of everybody's temporary files. A test
/// that lets it be tried removes it: a worker that may create may not remove.
pub fn in_temporary(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    Path::new("/tmp").join(format!("escaped-{name}"))
}

/// The names of the attempts that succeeded, or failed for another reason than a refusal.
pub fn not_refused(folder: &Path, port: u16) -> Vec<&'static str> {
    let attempts = files(folder).into_iter().chain(talk(folder, port)).chain(processes()).chain(calls());
    attempts.filter(|(_, result)| !is_refusal(result)).map(|(name, _)| name).collect()
}

type EscapeAttempt = (&'static str, io::Result<()>);

fn is_refusal(result: &io::Result<()>) -> bool {
    let refusals = [libc::EPERM, libc::EACCES, libc::ENOSYS];
    matches!(result, Err(error) if error.raw_os_error().is_some_and(|errno| refusals.contains(&errno)))
}

fn files(folder: &Path) -> Vec<EscapeAttempt> {
    let input = |name: &str| folder.join(INPUTS).join(name);
    let read = |path: &Path| File::open(path).map(drop);
    let create = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path).map(drop);
    let change = |path: &Path| OpenOptions::new().write(true).open(path).map(drop);
    vec![
        ("read /etc/passwd", read(Path::new("/etc/passwd"))),
        ("read a neighbour of the inputs", read(&folder.join(SECRET))),
        ("read its memory", read(Path::new("/proc/self/mem"))),
        ("read its environment", read(Path::new("/proc/self/environ"))),
        ("read the memory map of process 1", read(Path::new("/proc/1/maps"))),
        ("list /", fs::read_dir("/").map(drop)),
        ("list the inputs", fs::read_dir(input("")).map(drop)),
        ("create beside the inputs", create(&folder.join("new"))),
        ("create among the inputs", create(&input("new"))),
        ("create among the outputs", create(&folder.join("out/new"))),
        ("create in the staging of all", create(&folder.join("out/.supervisor/staging/new"))),
        ("create in /tmp", create(&in_temporary(folder))),
        ("write an input", change(&input("write"))),
        ("write its memory", change(Path::new("/proc/self/mem"))),
        ("write /dev/null", change(Path::new("/dev/null"))),
        (
            "truncate an input",
            OpenOptions::new().write(true).truncate(true).open(input("truncate")).map(drop),
        ),
        ("rename an input", fs::rename(input("rename"), input("renamed"))),
        ("remove an input", fs::remove_file(input("remove"))),
        ("chmod an input", fs::set_permissions(input("chmod"), fs::Permissions::from_mode(0o777))),
        ("chown an input", std::os::unix::fs::chown(input("chown"), None, None)),
        ("link an input", fs::hard_link(input("link"), input("linked"))),
        ("make a symbolic link", symlink("/etc/passwd", input("symlink"))),
        ("make a folder", fs::create_dir(input("folder"))),
        ("set the times of an input", times(&input("times"))),
        ("change its folder", std::env::set_current_dir("/")),
    ]
}

fn times(path: &Path) -> io::Result<()> {
    File::open(path)?.set_modified(std::time::SystemTime::UNIX_EPOCH)
}

fn talk(folder: &Path, port: u16) -> Vec<EscapeAttempt> {
    let socket = folder.join(SOCKET);
    let abstract_name = SocketAddr::from_abstract_name(b"nobody");
    let local = ("127.0.0.1", port);
    vec![
        ("connect by TCP", TcpStream::connect(local).map(drop)),
        ("listen by TCP", std::net::TcpListener::bind("127.0.0.1:0").map(drop)),
        ("send by UDP", UdpSocket::bind("127.0.0.1:0").and_then(|udp| udp.send_to(b"x", local)).map(drop)),
        ("connect to a Unix socket", UnixStream::connect(&socket).map(drop)),
        (
            "connect to an abstract socket",
            abstract_name.and_then(|name| UnixStream::connect_addr(&name)).map(drop),
        ),
        ("send through a pair", UnixDatagram::pair().and_then(|(a, _)| a.send_to(b"x", &socket)).map(drop)),
        (
            "make a netlink socket",
            call(libc::SYS_socket, [libc::AF_NETLINK as usize, libc::SOCK_RAW as usize, 0, 0, 0]),
        ),
        (
            "make a raw socket",
            call(libc::SYS_socket, [libc::AF_PACKET as usize, libc::SOCK_RAW as usize, 0, 0, 0]),
        ),
    ]
}

fn processes() -> Vec<EscapeAttempt> {
    vec![
        ("start a thread", std::thread::Builder::new().spawn(|| ()).map(|thread| drop(thread.join()))),
        ("fork", fork()),
        ("start a program", std::process::Command::new("/bin/true").status().map(drop)),
        ("run a file in memory", memory_file()),
        ("signal its parent", kill(std::os::unix::process::parent_id().cast_signed())),
        ("signal process 1", kill(1)),
        ("signal its group", kill(0)),
        ("signal another thread group", call(libc::SYS_tgkill, [1, 1, 0, 0, 0])),
        ("make memory to run", map_executable()),
    ]
}

fn fork() -> io::Result<()> {
    // SAFETY: the child does nothing but end, without running anything that the parent's other threads may
    // hold locks of.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: see above.
        0 => unsafe { libc::_exit(0) },
        _ => Ok(()),
    }
}

/// A file that never was on a disk; executing it is `execveat`, which is tried among [`calls`].
fn memory_file() -> io::Result<()> {
    Ok(rustix::fs::memfd_create("escape", rustix::fs::MemfdFlags::empty()).map(drop)?)
}

/// Signal 0 asks for permission and sends nothing.
fn kill(pid: i32) -> io::Result<()> {
    // SAFETY: no memory is involved.
    if unsafe { libc::kill(pid, 0) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn map_executable() -> io::Result<()> {
    let (all, kind) =
        (libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a fresh anonymous mapping touches no memory that exists; it is never used.
    let map = unsafe { libc::mmap(std::ptr::null_mut(), 4096, all, kind, -1, 0) };
    if map == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Calls with arguments that no kernel obeys: null for addresses, -1 for descriptors.
fn calls() -> Vec<EscapeAttempt> {
    const NONE: usize = usize::MAX;
    let own = std::io::stdin().as_raw_fd() as usize;
    let table: &[(&'static str, libc::c_long, [usize; 5])] = &[
        ("execve", libc::SYS_execve, [0; 5]),
        ("execveat", libc::SYS_execveat, [NONE, 0, 0, 0, 0]),
        ("clone3", libc::SYS_clone3, [0; 5]),
        ("unshare", libc::SYS_unshare, [libc::CLONE_NEWUSER as usize, 0, 0, 0, 0]),
        ("setns", libc::SYS_setns, [NONE, 0, 0, 0, 0]),
        ("ptrace", libc::SYS_ptrace, [libc::PTRACE_PEEKDATA as usize, 0, 0, 0, 0]),
        ("process_vm_readv", libc::SYS_process_vm_readv, [1, 0, 0, 0, 0]),
        ("process_vm_writev", libc::SYS_process_vm_writev, [1, 0, 0, 0, 0]),
        ("pidfd_open", libc::SYS_pidfd_open, [1, 0, 0, 0, 0]),
        ("pidfd_getfd", libc::SYS_pidfd_getfd, [NONE, 0, 0, 0, 0]),
        ("kcmp", libc::SYS_kcmp, [NONE, NONE, 0, 0, 0]),
        ("io_uring_setup", libc::SYS_io_uring_setup, [0; 5]),
        ("bpf", libc::SYS_bpf, [0; 5]),
        ("userfaultfd", libc::SYS_userfaultfd, [NONE, 0, 0, 0, 0]),
        ("perf_event_open", libc::SYS_perf_event_open, [0; 5]),
        ("keyctl", libc::SYS_keyctl, [0; 5]),
        ("add_key", libc::SYS_add_key, [0; 5]),
        ("mount", libc::SYS_mount, [0; 5]),
        ("umount", libc::SYS_umount2, [0; 5]),
        ("pivot_root", libc::SYS_pivot_root, [0; 5]),
        ("chroot", libc::SYS_chroot, [0; 5]),
        ("open_tree", libc::SYS_open_tree, [NONE, 0, 0, 0, 0]),
        ("open_by_handle_at", libc::SYS_open_by_handle_at, [NONE, 0, 0, 0, 0]),
        ("openat2", libc::SYS_openat2, [NONE, 0, 0, 0, 0]),
        ("getdents64", libc::SYS_getdents64, [NONE, 0, 0, 0, 0]),
        ("inotify_init1", libc::SYS_inotify_init1, [0; 5]),
        ("fanotify_init", libc::SYS_fanotify_init, [0; 5]),
        ("ioctl", libc::SYS_ioctl, [own, libc::TIOCSTI as usize, 0, 0, 0]),
        ("fcntl F_DUPFD", libc::SYS_fcntl, [NONE, libc::F_DUPFD as usize, 0, 0, 0]),
        ("setsockopt", libc::SYS_setsockopt, [NONE, 0, 0, 0, 0]),
        ("bind", libc::SYS_bind, [NONE, 0, 0, 0, 0]),
        ("accept4", libc::SYS_accept4, [NONE, 0, 0, 0, 0]),
        ("sendto an address", libc::SYS_sendto, [NONE, 0, 0, 0, 8]),
        ("prctl PR_SET_DUMPABLE", libc::SYS_prctl, [libc::PR_SET_DUMPABLE as usize, 1, 0, 0, 0]),
        (
            "prctl PR_SET_PDEATHSIG",
            libc::SYS_prctl,
            [libc::PR_SET_PDEATHSIG as usize, libc::SIGKILL as usize, 0, 0, 0],
        ),
        ("prlimit", libc::SYS_prlimit64, [0, libc::RLIMIT_CORE as usize, 0, 0, 0]),
        ("setuid", libc::SYS_setuid, [NONE, 0, 0, 0, 0]),
        ("capset", libc::SYS_capset, [0; 5]),
        ("personality", libc::SYS_personality, [0xFFFF_FFFF, 0, 0, 0, 0]),
        ("setpriority", libc::SYS_setpriority, [0; 5]),
        ("sched_setaffinity", libc::SYS_sched_setaffinity, [0; 5]),
        ("mprotect for execution", libc::SYS_mprotect, [0, 0, libc::PROT_EXEC as usize, 0, 0]),
        ("memfd_secret", libc::SYS_memfd_secret, [NONE, 0, 0, 0, 0]),
        ("landlock_create_ruleset", libc::SYS_landlock_create_ruleset, [0, 0, 1, 0, 0]),
        ("seccomp", libc::SYS_seccomp, [NONE, 0, 0, 0, 0]),
        ("syslog", libc::SYS_syslog, [NONE, 0, 0, 0, 0]),
        ("quotactl", libc::SYS_quotactl, [0; 5]),
        ("swapon", libc::SYS_swapon, [0; 5]),
        ("setxattr", libc::SYS_setxattr, [0; 5]),
    ];
    table.iter().map(|(name, number, arguments)| (*name, call(*number, *arguments))).collect()
}

fn call(number: libc::c_long, [a, b, c, d, e]: [usize; 5]) -> io::Result<()> {
    // SAFETY: addresses are null and lengths 0, so no memory of this process is read or written.
    if unsafe { libc::syscall(number, a, b, c, d, e, 0usize) } == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
