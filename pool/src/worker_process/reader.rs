//! The thread that reads one worker's channel: handshake first, then every message until the channel ends.
//!
//! It blocks on this worker alone, so a worker that says nonsense harms nobody else.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crossbeam_channel::Sender;
use ipc_channel::IpcError;
use ipc_channel::ipc::IpcOneShotServer;
use protocol::PROTOCOL_VERSION;
use protocol::message::{FromWorker, Hello, ToWorker, WorkerConfig};

use super::{Launch, WorkerReport};
use engine::Event;
use engine::verdict::WorkerId;

/// Reads until the worker's channel ends; the last report is `StreamEnded`.
pub(super) fn read(
    server: IpcOneShotServer<Hello>,
    launch: &Launch,
    config: WorkerConfig,
    worker: WorkerId,
    pid: u32,
    reports: &Sender<WorkerReport>,
) {
    let farewell = Farewell { worker, reports };
    if let Err(trouble) = converse(server, launch, config, worker, pid, reports) {
        match trouble {
            Trouble::Ended => {}
            Trouble::Garbled(reason) => farewell.report(Event::Garbled { worker, reason }),
            Trouble::Incompatible(reason) => farewell.report(Event::Incompatible { worker, reason }),
        }
    }
}

/// Reports the end of the stream however the reader ends: ipc-channel asserts what a hostile worker can make
/// false, and a panic here must cost that worker only, not leave the engine waiting for ever.
struct Farewell<'a> {
    worker: WorkerId,
    reports: &'a Sender<WorkerReport>,
}

impl Farewell<'_> {
    fn report(&self, event: Event) {
        // Nobody listens any more when the run is over.
        let _ = self.reports.send(WorkerReport::Event(event));
    }
}

impl Drop for Farewell<'_> {
    fn drop(&mut self) {
        let worker = self.worker;
        if std::thread::panicking() {
            let reason = "its message was framed in a way that no worker frames one".to_owned();
            self.report(Event::Garbled { worker, reason });
        }
        self.report(Event::StreamEnded { worker });
    }
}

enum Trouble {
    Ended,
    Garbled(String),
    Incompatible(String),
}

fn converse(
    server: IpcOneShotServer<Hello>,
    launch: &Launch,
    config: WorkerConfig,
    worker: WorkerId,
    pid: u32,
    reports: &Sender<WorkerReport>,
) -> Result<(), Trouble> {
    let (_hello_channel, hello) = server.accept().map_err(|error| match error {
        IpcError::Disconnected => Trouble::Ended,
        error @ (IpcError::SerializationError(_) | IpcError::Io(_)) => {
            Trouble::Garbled(format!("its greeting could not be understood ({error})"))
        }
    })?;
    if hello.protocol != PROTOCOL_VERSION {
        return Err(Trouble::Incompatible(format!(
            "the worker {} is of release {:?} and speaks protocol {}, this supervisor \
                {PROTOCOL_VERSION}; install both from the same build",
            launch.program.display(),
            hello.release,
            hello.protocol,
        )));
    }
    let configure = ToWorker::Configure(Box::new(config));
    hello.to_worker.send(configure).map_err(|_| Trouble::Ended)?;
    reports.send(WorkerReport::Connected(worker, hello.to_worker)).map_err(|_| Trouble::Ended)?;
    let memory = HeldMemory::of(pid);
    loop {
        let report = match hello.from_worker.recv() {
            Ok(FromWorker::Ready { sandbox }) => {
                WorkerReport::Event(Event::Ready { worker, sandbox, held: memory.held() })
            }
            Ok(FromWorker::Ask { lane, attempt, memory, more }) => {
                WorkerReport::Event(Event::Ask { worker, lane, attempt, memory, more })
            }
            Ok(FromWorker::Finished { lane, attempt, outcome }) => {
                WorkerReport::Finished { worker, lane, attempt, outcome, held: memory.held() }
            }
            Err(IpcError::Disconnected) => return Ok(()),
            Err(error) => {
                return Err(Trouble::Garbled(format!("its message could not be understood ({error})")));
            }
        };
        reports.send(report).map_err(|_| Trouble::Ended)?;
    }
}

/// What a worker holds in memory. It is looked up here rather than reported by the worker, whose word is not
/// to be taken for it.
struct HeldMemory {
    /// Open for as long as the worker is read from, not opened anew for each answer as procfs would;
    /// `None` where the process was gone before.
    statm: Option<File>,
    page: u64,
}

impl HeldMemory {
    fn of(pid: u32) -> Self {
        Self { statm: File::open(format!("/proc/{pid}/statm")).ok(), page: rustix::param::page_size() as u64 }
    }

    /// Bytes of data memory, as `RLIMIT_DATA` counts them, and stacks; 0 for a process that is gone.
    fn held(&self) -> u64 {
        let mut line = [0; 128];
        let read = self.statm.as_ref().and_then(|statm| statm.read_at(&mut line, 0).ok()).unwrap_or(0);
        // The sixth field, in pages (proc_pid_statm(5)).
        let field = line[..read].split(|byte| *byte == b' ').nth(5);
        let pages = field.and_then(|field| std::str::from_utf8(field).ok()?.trim().parse::<u64>().ok());
        pages.unwrap_or(0).saturating_mul(self.page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_holds_is_seen_again_and_again() {
        let memory = HeldMemory::of(std::process::id());
        // So much, mapped and never touched, that what other tests of this process do meanwhile does not
        // matter.
        let more = std::hint::black_box(Vec::<u8>::with_capacity(4 << 30));
        let with = memory.held();
        drop(more);
        assert!(with >= 4 << 30 && (1..with).contains(&memory.held()));
        assert_eq!(HeldMemory { statm: None, page: 4096 }.held(), 0);
    }
}
