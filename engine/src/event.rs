//! What the engine is told, and what it wants done. Data only.

#![allow(missing_docs, reason = "fields whose names say it all need no sentence")]

use protocol::job::{Attempt, JobId, Lane};
use protocol::outcome::{JobError, Processed};
use protocol::sandbox::SandboxReport;

use crate::run_event::RunEvent;
use crate::verdict::{Verdict, WorkerId};

/// Something that happened. Events about a worker that is not in its slot any more change nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
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
    /// The process exists.
    Spawned { worker: WorkerId, pid: u32 },
    /// The process could not be made.
    SpawnFailed {
        /// The worker that there is not.
        worker: WorkerId,
        reason: String,
    },
    /// Its staging folder could not be made, so nothing can be written to the output folder.
    NoStaging {
        /// The worker that there is not.
        worker: WorkerId,
        reason: String,
    },
    /// The worker has locked itself in and waits.
    Ready {
        worker: WorkerId,
        /// What is in force in it.
        sandbox: SandboxReport,
        /// Bytes of data memory that it has before its first job.
        held: u64,
    },
    /// The worker speaks another version of the protocol.
    Incompatible {
        worker: WorkerId,
        /// Who it says it is.
        reason: String,
    },
    /// A lane needs more memory than its attempt was given, and waits for it.
    Ask {
        worker: WorkerId,
        lane: Lane,
        attempt: Attempt,
        /// Bytes that it needs in all.
        memory: u64,
        /// Whether it is for the file, and more will be asked for once its header is known.
        more: bool,
    },
    /// A lane has answered.
    Finished {
        worker: WorkerId,
        lane: Lane,
        attempt: Attempt,
        outcome: Result<Processed, JobError>,
        /// Bytes of data memory that the worker has now.
        held: u64,
    },
    /// The worker said what no worker says.
    Garbled {
        worker: WorkerId,
        /// What was wrong with it.
        reason: String,
    },
    /// Nothing more will come from the worker's channel.
    StreamEnded { worker: WorkerId },
    /// The process is gone.
    Exited {
        worker: WorkerId,
        exit: ProcessExit,
        /// The last it wrote to its error output.
        last_words: String,
    },
    /// A commit that was ordered is done, or could not be done.
    Committed {
        job: JobId,
        /// The error, if the results do not stand under their names.
        result: Result<(), JobError>,
    },
    /// Nothing new is to start, for now. Workers stay, and what runs is finished.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Somebody wants the run to end.
    Stop {
        /// Whether what runs is killed too.
        kill: bool,
        /// Why, for people.
        reason: String,
    },
    /// A deadline may have passed.
    Tick,
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

/// Something that the driver is to do.
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
