//! The thread that keeps a worker's last words and waits for its end.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use crossbeam_channel::Sender;
use libc::SIGKILL;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::{Owned, WorkerReport};
use crate::oom_kills;
use engine::worker::WorkerId;
use engine::{ProcessExit, WorkerEvent};

/// How much of a worker's error output is kept, in bytes: a panic message with a short backtrace.
const LAST_WORDS: usize = 4096;

/// Waits for the end of the process and reports it.
pub(super) fn wait(mut child: Owned, server: &str, worker: WorkerId, reports: &Sender<WorkerReport>) {
    let last_words = child.0.stderr.take().map(read_tail).unwrap_or_default();
    let exit = child.0.wait().map_or(ProcessExit::Code(-1), exit_of);
    // A worker that died before it connected leaves the reader waiting for ever: connecting in its place
    // frees it. The server is gone if the worker did connect, and then this fails, which is as well.
    let _ = knock(server);
    let last_words = in_one_line(&String::from_utf8_lossy(&last_words));
    // Nobody listens any more when the run is over.
    let _ = reports.send(WorkerReport::Event(WorkerEvent::Exited { exit, last_words }.of(worker)));
}

/// Connects to a server of ipc-channel, by a socket of its kind, and hangs up. Its own `connect` keeps the
/// socket for ever when nobody is there, which would cost a descriptor for each worker.
fn knock(server: &str) -> rustix::io::Result<()> {
    let (family, kind) = (AddressFamily::UNIX, SocketType::SEQPACKET);
    let socket = rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, None)?;
    rustix::net::connect(&socket, &SocketAddrUnix::new(server)?)
}

fn exit_of(status: ExitStatus) -> ProcessExit {
    match (status.code(), status.signal()) {
        (Some(code), _) => ProcessExit::Code(code),
        (None, Some(SIGKILL)) if oom_kills::explain_one() => ProcessExit::OutOfMemory,
        (None, Some(signal)) => ProcessExit::Signal(signal),
        (None, None) => ProcessExit::Code(-1),
    }
}

/// The lines of what was said, without the hint that every panic ends with.
fn in_one_line(words: &str) -> String {
    let lines =
        words.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("note: run with"));
    lines.collect::<Vec<_>>().join(" ")
}

/// Reads to the end and keeps the last bytes.
fn read_tail(mut from: impl Read) -> Vec<u8> {
    let mut tail = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return tail,
            Ok(n) => tail.extend_from_slice(&chunk[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return tail,
        }
        if tail.len() > LAST_WORDS {
            tail.drain(..tail.len() - LAST_WORDS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_fits_on_a_line() {
        let words =
            "thread 'lane-0' panicked at a.rs:1:2:\nordered to panic\nnote: run with `RUST_BACKTRACE=1`\n\n";
        assert_eq!(in_one_line(words), "thread 'lane-0' panicked at a.rs:1:2: ordered to panic");
    }

    #[test]
    fn the_last_words_are_the_last() {
        let long: Vec<u8> = (0..10_000u32).map(|n| (n % 251) as u8).collect();
        assert_eq!(read_tail(&long[..]), &long[10_000 - LAST_WORDS..]);
        assert_eq!(read_tail(&b"short"[..]), b"short");
    }
}
