//! What the engine is told, and what it wants done. Data only: no state, no thread.

#![allow(missing_docs, reason = "fields whose names say it all need no sentence")]

use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::{JobError, Processed};
use protocol::sandbox::SandboxReport;

use crate::run_event::RunEvent;
use crate::verdict::Verdict;
use crate::worker::WorkerId;

/// Something that happened. Events about a worker that is not in its slot any more change nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Somebody wants something of the run.
    Order(Order),
    /// Something has become of a worker, or of the attempt to make one.
    Worker { worker: WorkerId, event: WorkerEvent },
    /// A lane has said something of its attempt.
    Lane { worker: WorkerId, lane: Lane, attempt: Attempt, event: LaneEvent },
    /// A commit that was ordered is done, or could not be done.
    Committed {
        job: JobId,
        /// The error, if the results do not stand under their names.
        result: Result<(), JobError>,
    },
    /// A deadline may have passed.
    Tick,
}

/// What is wanted of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// A job joins the queue, or only the count if its verdict is known already.
    Submit {
        /// The job; each is submitted once.
        job: JobId,
        /// The verdict of a job that needs no work.
        settled: Option<Verdict>,
    },
    /// Nobody wants this job any more: it ends as cancelled if no worker has begun it, and goes on otherwise.
    Cancel { job: JobId },
    /// No more jobs will come.
    Close,
    /// Nothing new starts, for now. Workers stay, and what runs is finished.
    Pause,
    /// Go on after a pause.
    Resume,
    /// The run shall end.
    Stop {
        /// Whether what runs is killed too.
        kill: bool,
        /// Why, for people.
        reason: String,
    },
}

/// What has become of a worker.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkerEvent {
    /// The process exists.
    Spawned { pid: u32 },
    /// The process could not be made.
    SpawnFailed { reason: String },
    /// Its staging folder could not be made, so nothing can be written to the output folder.
    NoStaging { reason: String },
    /// The worker has locked itself in and waits.
    Ready {
        /// What is in force in it.
        sandbox: SandboxReport,
        /// Bytes of data memory that it has before its first job.
        held: u64,
    },
    /// The worker speaks another version of the protocol.
    Incompatible {
        /// Who it says it is.
        reason: String,
    },
    /// The worker said what no worker says.
    Garbled {
        /// What was wrong with it.
        reason: String,
    },
    /// Nothing more will come from the worker's channel.
    StreamEnded,
    /// The process is gone.
    Exited {
        exit: ProcessExit,
        /// The last it wrote to its error output.
        last_words: String,
    },
}

impl WorkerEvent {
    /// The event that this has become of a worker.
    pub fn of(self, worker: WorkerId) -> Event {
        Event::Worker { worker, event: self }
    }
}

/// What a lane says of its attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum LaneEvent {
    /// It needs more memory than the attempt was given, and waits for it.
    Ask {
        /// Bytes that it needs in all.
        memory: u64,
        /// Whether it is for the file, and more will be asked for once its header is known.
        more: bool,
    },
    /// It has answered.
    Finished {
        outcome: Result<Processed, JobError>,
        /// Bytes of data memory that the worker has now.
        held: u64,
    },
}

impl LaneEvent {
    /// The event that a lane says this of its attempt.
    pub fn of(self, worker: WorkerId, lane: Lane, attempt: Attempt) -> Event {
        Event::Lane { worker, lane, attempt, event: self }
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessExit {
    /// By itself.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// By the kernel's SIGKILL, because memory ran out.
    OutOfMemory,
}

/// Something that the driver must do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Make a worker process.
    Spawn(WorkerId),
    /// Hand an attempt to a lane.
    Assign {
        worker: WorkerId,
        lane: Lane,
        attempt: Attempt,
        /// Bytes of memory that it may use without asking.
        memory: u64,
    },
    /// Tell a lane that it may use what its attempt asked for.
    Grant { worker: WorkerId, lane: Lane, attempt: Attempt },
    /// Let a worker have so many bytes of data memory and no more.
    LimitMemory { worker: WorkerId, bytes: u64 },
    /// Ask a worker without work to exit.
    StopWorker(WorkerId),
    /// Ask the worker's process to end, with SIGTERM.
    Terminate(WorkerId),
    /// Kill a worker.
    Kill(WorkerId),
    /// Publish the staging files of an attempt, all of them or none.
    Commit {
        attempt: Attempt,
        /// CRC-32 of each file, by what the worker says.
        checksums: Vec<u32>,
    },
    /// Remove the staging files of this attempt, if there are any.
    Discard(Attempt),
    /// Tell the sinks.
    Emit(RunEvent),
}

/// How a run ended, once [`super::Engine::ending`] has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Every job has a verdict of its own.
    Complete,
    /// Somebody stopped it.
    Stopped,
    /// Nothing more could be written to the output folder.
    OutOfRoom(String),
    /// No worker could be kept running.
    PoolFailed(String),
    /// Somebody else killed the workers again and again.
    Disturbed(String),
}
