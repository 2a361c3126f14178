//! Looking at headers before the run, for names such as `{width}`: the same engine and the same workers,
//! another question.

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

/// One answer per path, in the same order. A header that kills its worker costs only its own image; a pool
/// that cannot run at all is the error, in words. `ready` is told what is in force in each worker.
pub fn probe(
    launch: Launch,
    policy: Policy,
    paths: &[PathBuf],
    ready: &mut dyn FnMut(&SandboxReport),
) -> Result<Vec<Result<Probed, JobError>>, String> {
    let (sender, commands) = crossbeam_channel::unbounded();
    for (job, path) in (0..).map(JobId).zip(paths) {
        // The receiver is here.
        let _ = sender.send(Command::Submit { job, work: Work::Probe { input: path.clone() } });
    }
    drop(sender);
    let unanswered = || JobError::new(Stage::Read, ErrorKind::Crashed, "its header could not be looked at");
    let mut answers = Answers { answers: paths.iter().map(|_| Err(unanswered())).collect(), ready };
    match drive(RunOrder { policy, launch, destination: None }, &commands, &mut answers) {
        Ok(Ending::PoolFailed(reason) | Ending::OutOfRoom(reason)) => Err(reason),
        Ok(Ending::Complete | Ending::Stopped) => Ok(answers.answers),
        Err(error) => Err(error.to_string()),
    }
}

struct Answers<'a> {
    answers: Vec<Result<Probed, JobError>>,
    ready: &'a mut dyn FnMut(&SandboxReport),
}

impl Answers<'_> {
    fn set(&mut self, job: JobId, answer: Result<Probed, JobError>) {
        if let Some(place) = self.answers.get_mut(job.index()) {
            *place = answer;
        }
    }
}

impl Observer for Answers<'_> {
    fn told(&mut self, _at: Duration, event: &RunEvent) {
        if let RunEvent::Worker { change: WorkerChange::Ready { sandbox }, .. } = event {
            (self.ready)(sandbox);
        }
        let RunEvent::Settled { job, verdict, .. } = event else { return };
        match verdict {
            Verdict::Failed(error) => self.set(*job, Err(error.clone())),
            Verdict::Quarantined(loss) => {
                self.set(*job, Err(JobError::new(Stage::Read, loss.cause.kind(), &loss.detail)));
            }
            Verdict::Ok(_) | Verdict::Skipped(_) | Verdict::Cancelled | Verdict::NotRun => {}
        }
    }

    fn probed(&mut self, job: JobId, probed: Probed) {
        self.set(job, Ok(probed));
    }
}
