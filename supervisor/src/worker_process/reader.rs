//! The thread that reads one worker's channel: handshake first, then every message until the channel ends.
//!
//! It blocks on this worker alone, so a worker that says nonsense harms nobody else.

use crossbeam_channel::Sender;
use ipc_channel::IpcError;
use ipc_channel::ipc::IpcOneShotServer;
use protocol::message::{FromWorker, Hello, PROTOCOL_VERSION, ToWorker};

use super::{Launch, Report};
use crate::engine::Event;
use crate::verdict::WorkerId;

/// Reads until the worker's channel ends; the last report is `StreamEnded`.
pub(super) fn read(
    server: IpcOneShotServer<Hello>,
    launch: &Launch,
    worker: WorkerId,
    reports: &Sender<Report>,
) {
    let report = |event| {
        // Nobody listens any more when the run is over.
        let _ = reports.send(Report::Event(event));
    };
    if let Err(trouble) = converse(server, launch, worker, reports) {
        match trouble {
            Trouble::Ended => {}
            Trouble::Garbled(reason) => report(Event::Garbled { worker, reason }),
            Trouble::Incompatible(reason) => report(Event::Incompatible { worker, reason }),
        }
    }
    report(Event::StreamEnded { worker });
}

enum Trouble {
    Ended,
    Garbled(String),
    Incompatible(String),
}

fn converse(
    server: IpcOneShotServer<Hello>,
    launch: &Launch,
    worker: WorkerId,
    reports: &Sender<Report>,
) -> Result<(), Trouble> {
    let (_hello_channel, hello) = server.accept().map_err(|_| Trouble::Ended)?;
    if hello.protocol != PROTOCOL_VERSION {
        return Err(Trouble::Incompatible(format!(
            "the worker {} is of release {:?} and speaks protocol {}, this supervisor {PROTOCOL_VERSION}; install both from the same build",
            launch.program.display(),
            hello.release,
            hello.protocol,
        )));
    }
    let configure = ToWorker::Configure(Box::new(launch.config.clone()));
    hello.to_worker.send(configure).map_err(|_| Trouble::Ended)?;
    reports.send(Report::Connected(worker, hello.to_worker)).map_err(|_| Trouble::Ended)?;
    loop {
        let event = match hello.from_worker.recv() {
            Ok(FromWorker::Ready { sandbox }) => Event::Ready { worker, sandbox },
            Ok(FromWorker::Started { lane, attempt }) => Event::Started { worker, lane, attempt },
            Ok(FromWorker::Finished { lane, attempt, outcome }) => {
                Event::Finished { worker, lane, attempt, outcome }
            }
            Err(IpcError::Disconnected) => return Ok(()),
            Err(error) => {
                return Err(Trouble::Garbled(format!("its message could not be understood ({error})")));
            }
        };
        reports.send(Report::Event(event)).map_err(|_| Trouble::Ended)?;
    }
}
