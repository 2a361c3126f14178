//! Looking at headers before the run, for names such as `{width}`: the same engine and the same workers, another question.

use std::io;
use std::path::PathBuf;

use protocol::job::JobId;
use protocol::outcome::Probed;
use protocol::{ErrorKind, JobError, Stage};

use crate::driver::{Order, Work, drive};
use crate::engine::Policy;
use crate::run_event::RunEvent;
use crate::verdict::Verdict;
use crate::worker_process::Launch;

/// One answer per path, in the same order. A header that kills its worker costs only its own image.
pub fn probe(launch: Launch, policy: Policy, paths: &[PathBuf]) -> Vec<Result<Probed, JobError>> {
    let unasked = || JobError::new(Stage::Read, ErrorKind::Crashed, "its header could not be looked at");
    let mut answers: Vec<Result<Probed, JobError>> = paths.iter().map(|_| Err(unasked())).collect();
    let work =
        (0..).map(JobId).zip(paths).map(|(id, path)| (id, Work::Probe { input: path.clone() })).collect();
    let order = Order { policy, launch, work, settled: Vec::new() };
    let driven = drive(order, &crossbeam_channel::never(), &mut |_, event| {
        if let RunEvent::Settled { job, verdict, .. } = event
            && let Some(answer) = answers.get_mut(job.index())
        {
            match verdict {
                Verdict::Failed(error) => *answer = Err(error.clone()),
                Verdict::Quarantined(loss) => {
                    *answer = Err(JobError::new(Stage::Read, loss.cause.kind(), &loss.detail));
                }
                Verdict::Ok(_) | Verdict::Skipped(_) | Verdict::Cancelled | Verdict::NotRun => {}
            }
        }
    });
    match driven {
        Ok(driven) => {
            for (id, probed) in driven.probed {
                if let Some(answer) = answers.get_mut(id.index()) {
                    *answer = Ok(probed);
                }
            }
        }
        Err(error) => fail_all(&mut answers, &error),
    }
    answers
}

fn fail_all(answers: &mut [Result<Probed, JobError>], error: &io::Error) {
    for answer in answers {
        *answer = Err(JobError::io(Stage::Read, ErrorKind::Unreadable, error));
    }
}
