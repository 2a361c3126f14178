//! The thread that reads one worker's channel: handshake first, then every message until the channel ends.
//!
//! It blocks on this worker alone, so a worker that says nonsense harms nobody else.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crossbeam_channel::Sender;
use ipc_channel::IpcError;
use ipc_channel::ipc::IpcOneShotServer;
use protocol::PROTOCOL_VERSION;
use protocol::message::{FromWorker, Hello, ToWorker, WorkerConfig};
use tracing::debug;

use super::{Launch, WorkerReport};
use engine::worker::WorkerId;
use engine::{LaneEvent, WorkerEvent};

/// Reads one worker's channel.
pub(super) struct Reader {
    pub(super) worker: WorkerId,
    pub(super) pid: u32,
    pub(super) launch: Arc<Launch>,
    pub(super) reports: Sender<WorkerReport>,
}

impl Reader {
    /// Reads until the channel ends, having told the worker its `config`; the last report is `StreamEnded`.
    pub(super) fn read(self, server: IpcOneShotServer<Hello>, config: WorkerConfig) {
        let farewell = Farewell { worker: self.worker, reports: &self.reports };
        if let Err(trouble) = self.converse(server, config) {
            match trouble {
                Trouble::Ended => {}
                Trouble::Garbled(reason) => farewell.report(WorkerEvent::Garbled { reason }),
                Trouble::Incompatible(reason) => farewell.report(WorkerEvent::Incompatible { reason }),
            }
        }
    }

    fn converse(&self, server: IpcOneShotServer<Hello>, config: WorkerConfig) -> Result<(), Trouble> {
        let worker = self.worker;
        let garbled = |what: &str, error: IpcError| match error {
            IpcError::Disconnected => Trouble::Ended,
            error @ (IpcError::SerializationError(_) | IpcError::Io(_)) => {
                debug!(%worker, %error, "{what} could not be understood");
                Trouble::Garbled(format!("{what} could not be understood"))
            }
        };
        let (_hello_channel, hello) = server.accept().map_err(|error| garbled("its greeting", error))?;
        if hello.protocol != PROTOCOL_VERSION {
            return Err(Trouble::Incompatible(format!(
                "the worker {} is of release {:?} and speaks protocol {}, this supervisor \
                 {PROTOCOL_VERSION}; install both from the same build",
                self.launch.program.display(),
                hello.release,
                hello.protocol,
            )));
        }
        let configure = ToWorker::Configure(Box::new(config));
        hello.to_worker.send(configure).map_err(|_| Trouble::Ended)?;
        self.report(WorkerReport::Connected(worker, hello.to_worker))?;
        let memory = HeldMemory::of(self.pid);
        loop {
            let message = hello.from_worker.recv().map_err(|error| garbled("its message", error))?;
            self.report(match message {
                FromWorker::Ready { sandbox } => {
                    WorkerReport::Event(WorkerEvent::Ready { sandbox, held: memory.held() }.of(worker))
                }
                FromWorker::Ask { lane, attempt, memory, more } => {
                    WorkerReport::Event(LaneEvent::Ask { memory, more }.of(worker, lane, attempt))
                }
                FromWorker::Finished { lane, attempt, outcome } => {
                    WorkerReport::Finished { worker, lane, attempt, outcome, held: memory.held() }
                }
            })?;
        }
    }

    /// Nobody listens any more when the run is over.
    fn report(&self, report: WorkerReport) -> Result<(), Trouble> {
        self.reports.send(report).map_err(|_| Trouble::Ended)
    }
}

/// Reports the end of the stream however the reader ends: ipc-channel asserts what a hostile worker can make
/// false, and a panic here must cost that worker only, not leave the engine waiting for ever.
struct Farewell<'a> {
    worker: WorkerId,
    reports: &'a Sender<WorkerReport>,
}

impl Farewell<'_> {
    fn report(&self, event: WorkerEvent) {
        // Nobody listens any more when the run is over.
        let _ = self.reports.send(WorkerReport::Event(event.of(self.worker)));
    }
}

impl Drop for Farewell<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let reason = "its message was framed in a way that no worker frames one".to_owned();
            self.report(WorkerEvent::Garbled { reason });
        }
        self.report(WorkerEvent::StreamEnded);
    }
}

enum Trouble {
    Ended,
    Garbled(String),
    Incompatible(String),
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
