//! A worker like any other, except that a photo whose content is `FAULT:` and an order makes it break in
//! that way, and that it greets as asked: `--connect NAME --old` as a release of another protocol would,
//! `--connect NAME --babble` with nonsense.
//!
//! `panic`, `abort`, `exit N`, `hang`, `alloc` (more than there is), `eat N` (N MiB), `garbage` (nonsense on
//! every open socket), `kill-once PATH` (dies unless the file exists, which it makes first). `gate PATH`
//! opens a FIFO, waits until its other end is closed, and goes on with the photo in the lines that follow;
//! `pid` answers with the worker's process id; `escape PORT FOLDER` tries to break out (see
//! `supervisor_tests::escape`); `babble` answers with a megabyte. Anything else is decoded by the real
//! codecs.

use std::io::Write;
use std::os::fd::BorrowedFd;
use std::process::ExitCode;

use ipc_channel::ipc::{self, IpcSender};
use protocol::PROTOCOL_VERSION;
use protocol::message::{Hello, ToWorker};
use protocol::{ErrorKind, JobError, Stage};
use worker::codec::{Decoded, Source};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    let served = match words[..] {
        ["--connect", name] => worker::serve::serve(name, decode).map_err(|error| error.to_string()),
        ["--connect", name, "--old"] => greet_as_another_release(name),
        ["--connect", name, "--babble"] => greet_with_nonsense(name),
        _ => return ExitCode::from(2),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Says a hello that has the right layout and another version, and waits to be ended.
fn greet_as_another_release(name: &str) -> Result<(), String> {
    let server = IpcSender::<Hello>::connect(name.to_owned()).map_err(|error| error.to_string())?;
    let (to_worker, orders) = ipc::channel::<ToWorker>().map_err(|error| error.to_string())?;
    let (_answers, from_worker) = ipc::channel().map_err(|error| error.to_string())?;
    let hello = Hello { protocol: PROTOCOL_VERSION + 1, release: "9.9.9".to_owned(), to_worker, from_worker };
    server.send(hello).map_err(|error| error.to_string())?;
    drop(orders.recv());
    Ok(())
}

/// Says something that is no hello, and waits to be ended.
fn greet_with_nonsense(name: &str) -> Result<(), String> {
    let server = IpcSender::<String>::connect(name.to_owned()).map_err(|error| error.to_string())?;
    server.send("good morning".to_owned()).map_err(|error| error.to_string())?;
    loop {
        std::thread::park();
    }
}

fn decode(source: &Source<'_>) -> Result<Decoded, JobError> {
    let Some(order) = source.bytes.strip_prefix(b"FAULT:") else { return worker::codec::decode(source) };
    let (order, rest) = order.split_at(order.iter().position(|byte| *byte == b'\n').unwrap_or(order.len()));
    let order = String::from_utf8_lossy(order);
    let (word, argument) = order.trim().split_once(' ').unwrap_or((order.trim(), ""));
    match word {
        #[expect(clippy::panic, reason = "this is what was ordered")]
        "panic" => panic!("ordered to panic"),
        "abort" => std::process::abort(),
        "exit" => std::process::exit(argument.parse().unwrap_or(1)),
        "hang" => loop {
            std::thread::park();
        },
        "alloc" => drop(std::hint::black_box(vec![1u8; 1 << 46])),
        "eat" => {
            let mebibytes: usize = argument.parse().unwrap_or_default();
            drop(std::hint::black_box(vec![1u8; mebibytes << 20]));
        }
        "garbage" => speak_garbage(),
        "gate" => {
            let _ = std::fs::read(argument);
            return worker::codec::decode(&Source { bytes: rest.trim_ascii_start(), ..*source });
        }
        "pid" => return Err(answer(format!("pid {}", std::process::id()))),
        "escape" => return Err(escape(argument)),
        "babble" => return Err(answer("x".repeat(1 << 20))),
        "kill-once" if !std::path::Path::new(argument).exists() => std::process::abort(),
        _ => {}
    }
    Err(JobError::new(Stage::Decode, ErrorKind::Corrupt, format!("obeyed {word}")))
}

/// Tries to break out, and answers with what succeeded.
fn escape(argument: &str) -> JobError {
    let (port, folder) = argument.split_once(' ').unwrap_or_default();
    let held = supervisor_tests::escape::not_refused(folder.as_ref(), port.parse().unwrap_or_default());
    answer(format!("not refused: [{}]", held.join(", ")))
}

/// An answer of any length.
fn answer(detail: String) -> JobError {
    JobError { detail, ..JobError::new(Stage::Decode, ErrorKind::Corrupt, "") }
}

/// Sends nonsense on every socket this process has, the supervisor's among them.
fn speak_garbage() {
    for number in 3..64 {
        // SAFETY: the number may name a descriptor that is not open or not a socket; `send` then answers
        // EBADF or ENOTSOCK. Nothing is read, closed or kept.
        #[expect(unsafe_code, reason = "descriptors of ipc-channel cannot be had in a safe way")]
        let socket = unsafe { BorrowedFd::borrow_raw(number) };
        // Framed as ipc-channel frames a message (bytes in this packet, bytes in all), with content that is
        // none of ours.
        let mut message = 32u64.to_ne_bytes().to_vec();
        message.extend(16u64.to_ne_bytes());
        message.extend([0xFF; 16]);
        let _ = rustix::net::send(socket, &message, rustix::net::SendFlags::NOSIGNAL);
    }
}
