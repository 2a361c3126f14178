//! The thread that reads one worker's channel: handshake first, then every message until the channel ends.
//!
//! It blocks on this worker alone, so a worker that says nonsense harms nobody else.

use crossbeam_channel::Sender;
use ipc_channel::IpcError;
use ipc_channel::ipc::IpcOneShotServer;
use protocol::message::{FromWorker, Hello, PROTOCOL_VERSION, ToWorker, WorkerConfig};

use super::{Launch, Report};
use crate::engine::Event;
use crate::verdict::WorkerId;

/// Reads until the worker's channel ends; the last report is `StreamEnded`.
pub(super) fn read(
    server: IpcOneShotServer<Hello>,
    launch: &Launch,
    config: WorkerConfig,
    worker: WorkerId,
    pid: u32,
    reports: &Sender<Report>,
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

/// Reports the end of the stream however the reader ends: ipc-channel asserts what a hostile worker can make false, and a
/// panic here must cost that worker only, not leave the engine waiting for ever.
struct Farewell<'a> {
    worker: WorkerId,
    reports: &'a Sender<Report>,
}

impl Farewell<'_> {
    fn report(&self, event: Event) {
        // Nobody listens any more when the run is over.
        let _ = self.reports.send(Report::Event(event));
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
    reports: &Sender<Report>,
) -> Result<(), Trouble> {
    let (_hello_channel, hello) = server.accept().map_err(|error| match error {
        IpcError::Disconnected => Trouble::Ended,
        other => Trouble::Garbled(format!("its greeting could not be understood ({other})")),
    })?;
    if hello.protocol != PROTOCOL_VERSION {
        return Err(Trouble::Incompatible(format!(
            "the worker {} is of release {:?} and speaks protocol {}, this supervisor {PROTOCOL_VERSION}; install both from the same build",
            launch.program.display(),
            hello.release,
            hello.protocol,
        )));
    }
    let configure = ToWorker::Configure(Box::new(config));
    hello.to_worker.send(configure).map_err(|_| Trouble::Ended)?;
    reports.send(Report::Connected(worker, hello.to_worker)).map_err(|_| Trouble::Ended)?;
    loop {
        let event = match hello.from_worker.recv() {
            Ok(FromWorker::Ready { sandbox }) => Event::Ready { worker, sandbox, held: held(pid) },
            Ok(FromWorker::Ask { lane, attempt, memory }) => Event::Ask { worker, lane, attempt, memory },
            Ok(FromWorker::Finished { lane, attempt, outcome }) => {
                Event::Finished { worker, lane, attempt, outcome, held: held(pid) }
            }
            Err(IpcError::Disconnected) => return Ok(()),
            Err(error) => {
                return Err(Trouble::Garbled(format!("its message could not be understood ({error})")));
            }
        };
        reports.send(Report::Event(event)).map_err(|_| Trouble::Ended)?;
    }
}

/// Bytes of data memory that a process has, as `RLIMIT_DATA` counts them and its stacks; 0 for one that is gone. It is read
/// here rather than reported by the worker, whose word is not to be taken for it.
fn held(pid: u32) -> u64 {
    // The sixth field, in pages (proc_pid_statm(5)).
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(5).and_then(|field| field.parse().ok()).unwrap_or(0);
    pages.saturating_mul(rustix::param::page_size() as u64)
}
