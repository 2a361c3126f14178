//! What is wanted of a run, and who hears what comes of it. Data only; `driver` acts on it.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::Sender;
use engine::Policy;
use engine::run_event::RunEvent;
use engine::verdict::Verdict;
use protocol::PlannedPhoto;
use protocol::job::JobId;
use protocol::outcome::{Probed, TakenAt};

use crate::commit::{Destination, PlannedResult};
use crate::journal::{FileState, Modified};
use crate::worker_process::Launch;

/// What the driver needs to know of a job.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum Work {
    /// Read, filter and write; then publish.
    Process {
        input: PathBuf,
        /// One for each output of the recipe, in that order.
        results: Vec<PlannedResult>,
        /// The input as the plan saw it.
        seen: FileState,
        /// The time that the output's file gets, unless that of its writing.
        modified: Option<Modified>,
        /// What is known of the photo without looking into it.
        planned: PlannedPhoto,
    },
    /// Only the header and what is said of the photo, in files beside it too; the answer comes to
    /// [`Observer::probed`].
    Probe { input: PathBuf, sidecars: Vec<PathBuf> },
    /// No photo: whether the files that the recipe names are of use.
    Check,
}

impl Work {
    /// The photo to read.
    pub(crate) fn input(&self) -> Option<&Path> {
        match self {
            Work::Process { input, .. } | Work::Probe { input, .. } => Some(input),
            Work::Check => None,
        }
    }
}

/// Something that is wanted of a run.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum Command {
    /// Do this; jobs are begun in the order in which they come.
    Submit {
        /// The job; each is submitted or settled once.
        job: JobId,
        /// What it is.
        work: Work,
    },
    /// Only count a job whose verdict is known.
    Settle { job: JobId, verdict: Verdict },
    /// Call off a job that no worker has begun; any other goes on.
    Cancel {
        job: JobId,
        /// Dropped as soon as that is decided: the job has been settled as cancelled by then, or will not be
        /// on this account.
        decided: Sender<Infallible>,
    },
    /// No more jobs will come: end when all are done. The same is meant when nobody is left who could send a
    /// command.
    Close,
    /// Start nothing new for now; what runs is finished.
    Pause,
    /// Go on after a pause.
    Resume,
    /// End early.
    Stop {
        /// Whether what runs is killed too.
        kill: bool,
        /// Why, for people.
        reason: String,
    },
}

/// Hears what comes of a run, on the driver's thread. What it does holds up the run, so it is brief.
pub trait Observer {
    /// A fact, with the time since the start.
    fn told(&mut self, at: Duration, event: &RunEvent);

    /// The answer to a [`Work::Probe`]; the job is settled just after it. An observer that never asks need
    /// not listen.
    fn probed(&mut self, _job: JobId, _probed: Probed) {}
}

impl<F: FnMut(Duration, &RunEvent)> Observer for F {
    fn told(&mut self, at: Duration, event: &RunEvent) {
        self(at, event);
    }
}

/// One run, as the driver needs it.
#[derive(Debug)]
pub struct RunOrder {
    /// How the pool behaves.
    pub policy: Policy,
    /// What workers are made from.
    pub launch: Launch,
    /// Where outputs go; without it there can be probes only.
    pub destination: Option<Destination>,
    /// If outputs' files get the times at which the photos were taken: what makes one of what a photo says.
    pub time_taken: Option<TimeTaken>,
}

/// The time of a clock that may not say in which time zone it was.
pub type TimeTaken = fn(&TakenAt) -> Option<Modified>;
