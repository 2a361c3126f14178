//! What is asked of workers before the run: headers, for names such as `{width}`, and whether the recipe's
//! files are of use. The same engine and the same workers, another question.

use std::path::PathBuf;
use std::time::Duration;

use protocol::job::JobId;
use protocol::outcome::Probed;
use protocol::sandbox::SandboxReport;
use protocol::{ErrorKind, JobError, Stage};

use crate::driver::drive;
use crate::order::{Command, Observer, RunOrder, Work};
use crate::worker_process::Launch;
use engine::run_event::{RunEvent, WorkerChange};
use engine::verdict::Verdict;
use engine::{Ending, Policy};

/// A photo to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoFiles {
    /// The photo.
    pub input: PathBuf,
    /// Files with XMP that belong to it, the one first that is believed first.
    pub sidecars: Vec<PathBuf>,
}

/// One answer per photo, in the same order. A header that kills its worker costs only its own image; a pool
/// that cannot run at all is the error, in words. `ready` is told what is in force in each worker.
pub fn probe(
    launch: Launch,
    policy: Policy,
    photos: Vec<PhotoFiles>,
    ready: &mut dyn FnMut(&SandboxReport),
) -> Result<Vec<Result<Probed, JobError>>, String> {
    let work = |PhotoFiles { input, sidecars }| Work::Probe { input, sidecars };
    let work = photos.into_iter().map(work).collect();
    let answers = ask(launch, policy, work, ready)?;
    Ok(answers.into_iter().map(|answer| answer.and_then(|probed| probed.ok_or_else(unanswered))).collect())
}

/// Whether the files that the recipe names are of use, asked of a worker, which alone may read them. The
/// outer error says why there is no worker, in words.
pub fn check(
    launch: Launch,
    policy: Policy,
    ready: &mut dyn FnMut(&SandboxReport),
) -> Result<Result<(), JobError>, String> {
    let answers = ask(launch, policy, vec![Work::Check], ready)?;
    Ok(answers.into_iter().try_for_each(|answer| answer.map(drop)))
}

/// One answer for each, with the header if there is one.
fn ask(
    launch: Launch,
    policy: Policy,
    work: Vec<Work>,
    ready: &mut dyn FnMut(&SandboxReport),
) -> Result<Vec<Result<Option<Probed>, JobError>>, String> {
    let (sender, commands) = crossbeam_channel::unbounded();
    let answers = work.iter().map(|_| Err(unanswered())).collect();
    for (job, work) in (0..).map(JobId).zip(work) {
        // The receiver is here.
        let _ = sender.send(Command::Submit { job, work });
    }
    drop(sender);
    let mut answers = Answers { answers, probed: None, ready };
    match drive(RunOrder { policy, launch, destination: None, time_taken: None }, &commands, &mut answers) {
        Ok(Ending::PoolFailed(reason) | Ending::OutOfRoom(reason) | Ending::Disturbed(reason)) => Err(reason),
        Ok(Ending::Complete | Ending::Stopped) => Ok(answers.answers),
        Err(error) => Err(error.to_string()),
    }
}

fn unanswered() -> JobError {
    JobError::new(Stage::Read, ErrorKind::Crashed, "its header could not be looked at")
}

struct Answers<'a> {
    answers: Vec<Result<Option<Probed>, JobError>>,
    /// The header of the job that is settled next.
    probed: Option<Probed>,
    ready: &'a mut dyn FnMut(&SandboxReport),
}

impl Observer for Answers<'_> {
    fn told(&mut self, _at: Duration, event: &RunEvent) {
        if let RunEvent::Worker { change: WorkerChange::Ready { sandbox }, .. } = event {
            (self.ready)(sandbox);
        }
        let RunEvent::Settled { job, verdict, .. } = event else { return };
        let answer = match verdict {
            Verdict::Ok(_) => Ok(self.probed.take()),
            Verdict::Failed(error) => Err(error.clone()),
            Verdict::Quarantined(loss) => Err(JobError::new(Stage::Read, loss.cause.kind(), &loss.detail)),
            Verdict::Skipped(_) | Verdict::Cancelled | Verdict::NotRun => Err(unanswered()),
        };
        if let Some(place) = self.answers.get_mut(job.index()) {
            *place = answer;
        }
    }

    fn probed(&mut self, _job: JobId, probed: Probed) {
        self.probed = Some(probed);
    }
}
