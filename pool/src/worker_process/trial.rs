//! Whether a worker can be started at all: starts one, waits until it is ready, and kills it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use engine::worker::WorkerId;
use engine::{Event, WorkerEvent};
use protocol::limits::Limits;
use protocol::message::WorkerConfig;
use protocol::sandbox::{SandboxMode, SandboxReport, SandboxRequest};
use recipe::Recipe;

use super::{Launch, WorkerReport, spawn};

/// The longest that the worker gets to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is in force in a worker of this program, or why there is none, in words.
pub fn try_worker(program: PathBuf) -> Result<SandboxReport, String> {
    let config = WorkerConfig {
        lanes: 1,
        recipe: Recipe::default(),
        fonts: Vec::new(),
        limits: Limits { max_pixels: 1, memory: 1 << 20, max_input_bytes: 1 },
        sandbox: SandboxRequest {
            mode: SandboxMode::Auto,
            readable: Vec::new(),
            writable: Vec::new(),
            memory: None,
        },
    };
    let (sender, reports) = crossbeam_channel::unbounded();
    let id = WorkerId { slot: 0, generation: 0 };
    let launch = Arc::new(Launch { program, config, staging: None, spare: None });
    let worker = spawn(&launch, id, &sender).map_err(|error| format!("cannot be started: {error}"))?;
    // Kept until the end: a worker that cannot be told anything any more leaves.
    let mut orders = None;
    loop {
        let Ok(report) = reports.recv_timeout(PATIENCE) else {
            worker.kill();
            return Err("does not answer".to_owned());
        };
        let problem = match report {
            WorkerReport::Event(Event::Worker { event, .. }) => match event {
                WorkerEvent::Ready { sandbox, .. } => {
                    worker.kill();
                    return Ok(sandbox);
                }
                WorkerEvent::Incompatible { reason } | WorkerEvent::Garbled { reason } => reason,
                WorkerEvent::Exited { last_words, .. } if last_words.is_empty() => {
                    "ended before it was ready".to_owned()
                }
                WorkerEvent::Exited { last_words, .. } => format!("ended before it was ready: {last_words}"),
                WorkerEvent::SpawnFailed { reason } | WorkerEvent::NoStaging { reason } => reason,
                WorkerEvent::Spawned { .. } | WorkerEvent::StreamEnded => continue,
            },
            WorkerReport::Connected(_, to_worker) => {
                orders.replace(to_worker);
                continue;
            }
            WorkerReport::Finished { .. } | WorkerReport::Event(_) => continue,
        };
        worker.kill();
        return Err(problem);
    }
}
