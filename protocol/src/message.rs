//! The messages between supervisor and worker.
//!
//! The worker connects to the one-shot server named on its command line and sends a [`Hello`] that carries
//! both ends of the conversation. From then on the supervisor sends [`ToWorker`] and the worker answers with
//! [`FromWorker`]. At most one attempt is under way per lane, and what is assigned is begun, so neither side
//! can ever fill the other's socket. Data only: no state, no thread.

use ipc_channel::ipc::{IpcReceiver, IpcSender};
use serde::{Deserialize, Serialize};

use crate::job::{Attempt, FontFile, Lane, Task};
use crate::limits::Limits;
use crate::outcome::{Done, JobError};
use crate::sandbox::{SandboxReport, SandboxRequest};
use recipe::recipe::Recipe;

/// The first message. Its layout is frozen, so that an executable of any other version can still be told by
/// name.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION) of the worker.
    pub protocol: u32,
    /// The worker's release, for people.
    pub release: String,
    /// Where the supervisor sends its orders.
    pub to_worker: IpcSender<ToWorker>,
    /// Where it reads the answers.
    pub from_worker: IpcReceiver<FromWorker>,
}

/// Everything a worker needs to know before its first job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerConfig {
    /// Threads that work on one attempt each.
    pub lanes: u16,
    /// What is done with each image.
    pub recipe: Recipe,
    /// Fonts for the letters of its texts that the bundled font may lack.
    pub fonts: Vec<FontFile>,
    /// What one job may use.
    pub limits: Limits,
    /// What the worker locks itself into.
    pub sandbox: SandboxRequest,
}

/// From the supervisor to a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum ToWorker {
    /// The answer to [`Hello`], exactly once.
    Configure(Box<WorkerConfig>),
    /// One attempt for a lane that has none.
    Assign {
        /// The lane that is to run it.
        lane: Lane,
        /// Which try of which job.
        attempt: Attempt,
        /// What to do.
        task: Task,
        /// Bytes of memory that the attempt may use without asking.
        memory: u64,
    },
    /// The answer to [`FromWorker::Ask`], when there is room.
    Grant {
        /// The lane that waits.
        lane: Lane,
        attempt: Attempt,
    },
    /// Exit; sent only while no attempt is under way.
    Stop,
}

/// From a worker to the supervisor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum FromWorker {
    /// Locked in, and every lane waits for work.
    Ready {
        /// What is really in force.
        sandbox: SandboxReport,
    },
    /// A lane knows from the header how much memory its attempt needs, more than it was given, and waits for
    /// a [`ToWorker::Grant`].
    Ask {
        lane: Lane,
        attempt: Attempt,
        /// Bytes that it needs in all, never more than the limit for one job.
        memory: u64,
        /// Whether this is for reading the file, and more will be asked for once its header is known.
        more: bool,
    },
    /// A lane is done with its attempt and waits for the next.
    Finished {
        lane: Lane,
        attempt: Attempt,
        /// What came of it.
        outcome: Result<Done, JobError>,
    },
}
