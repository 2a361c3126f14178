//! Looking at headers before the run, for names such as `{width}`: the same engine and the same workers, another question.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::job::JobId;
use protocol::outcome::Probed;
use protocol::{ErrorKind, JobError, Stage};

use crate::driver::{Command, Observer, Order, Work, drive};
use crate::engine::Policy;
use crate::run_event::RunEvent;
use crate::verdict::Verdict;
use crate::worker_process::Launch;

/// One answer per path, in the same order. A header that kills its worker costs only its own image.
pub fn probe(launch: Launch, policy: Policy, paths: &[PathBuf]) -> Vec<Result<Probed, JobError>> {
    let (sender, commands) = crossbeam_channel::unbounded();
    for (job, path) in (0..).map(JobId).zip(paths) {
        // The receiver is here.
        let _ = sender.send(Command::Submit { job, work: Work::Probe { input: path.clone() } });
    }
    drop(sender);
    let unasked = || JobError::new(Stage::Read, ErrorKind::Crashed, "its header could not be looked at");
    let mut answers = Answers(paths.iter().map(|_| Err(unasked())).collect());
    let order = Order { policy, launch, staging: Path::new("/").to_owned(), destination: None };
    if let Err(error) = drive(order, &commands, &mut answers) {
        fail_all(&mut answers.0, &error);
    }
    answers.0
}

struct Answers(Vec<Result<Probed, JobError>>);

impl Answers {
    fn set(&mut self, job: JobId, answer: Result<Probed, JobError>) {
        if let Some(place) = self.0.get_mut(job.index()) {
            *place = answer;
        }
    }
}

impl Observer for Answers {
    fn told(&mut self, _at: Duration, event: &RunEvent) {
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

fn fail_all(answers: &mut [Result<Probed, JobError>], error: &io::Error) {
    for answer in answers {
        *answer = Err(JobError::io(Stage::Read, ErrorKind::Unreadable, error));
    }
}
