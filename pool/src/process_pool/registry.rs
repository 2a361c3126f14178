//! The jobs of a pool that are not over, and the thread that drives them.
//!
//! [`Registry`] sits behind one mutex, held for moments only: whoever submits adds to it, the pool's thread
//! takes out what is over. Nothing is kept of a finished job, so a pool that has done a million is no larger
//! than a new one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use protocol::job::JobId;
use protocol::outcome::{Done, Probed};

use super::cell::Cell;
use super::job::{JobFailure, SubmitError};
use crate::driver::drive;
use crate::lock::lock;
use crate::order::{Command, Observer, RunOrder, Work};
use crate::output_folder::OutputFolder;
use engine::Ending;
use engine::run_event::{AttemptChange, RunChange, RunEvent};
use engine::verdict::Verdict;

/// What the owner of the pool and its thread share.
#[derive(Debug)]
pub(super) struct Registry(Mutex<RegistryState>);

#[derive(Debug)]
struct RegistryState {
    jobs: HashMap<JobId, Arc<Cell>>,
    next: u32,
    phase: PoolPhase,
}

/// Whether a pool takes jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum PoolPhase {
    Open,
    /// No new jobs; those it has are done.
    Closed,
    /// Jobs that have not begun are called off.
    Stopped,
    /// It cannot go on, for this reason.
    Failed(String),
}

/// How a pool is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// Every job that was submitted is done first.
    Finish,
    /// Jobs that no worker has begun are cancelled, those that have begun are finished, and a retry is not
    /// made.
    CancelPending,
    /// Workers are killed, and every job that is not over is cancelled.
    Kill,
}

impl Registry {
    pub(super) fn new() -> Self {
        Self(Mutex::new(RegistryState { jobs: HashMap::new(), next: 0, phase: PoolPhase::Open }))
    }

    /// Takes a job, unless the pool takes no more. The command is sent with the lock held: whoever comes
    /// after a shutdown is told.
    pub(super) fn submit(
        &self,
        commands: &Sender<Command>,
        mut work: Work,
    ) -> Result<(JobId, Arc<Cell>), SubmitError> {
        let mut state = self.lock();
        match &state.phase {
            PoolPhase::Open => {}
            PoolPhase::Closed | PoolPhase::Stopped => return Err(SubmitError::ShutDown),
            PoolPhase::Failed(reason) => return Err(SubmitError::PoolFailed(reason.clone())),
        }
        let job = state.unused_id();
        if let Work::Process { planned, .. } = &mut work {
            planned.index = (u64::from(job.0) + 1, 1);
        }
        let cell = Arc::new(Cell::default());
        state.jobs.insert(job, Arc::clone(&cell));
        // While the pool is open its thread listens.
        let _ = commands.send(Command::Submit { job, work });
        Ok((job, cell))
    }

    /// Takes no more jobs from here on.
    pub(super) fn close(&self, commands: &Sender<Command>, how: Shutdown) {
        let mut state = self.lock();
        let (phase, command) = match how {
            Shutdown::Finish => (PoolPhase::Closed, Command::Close),
            Shutdown::CancelPending => (PoolPhase::Stopped, stop(false)),
            Shutdown::Kill => (PoolPhase::Stopped, stop(true)),
        };
        match state.phase {
            PoolPhase::Open | PoolPhase::Closed => state.phase = phase,
            PoolPhase::Stopped | PoolPhase::Failed(_) => {}
        }
        // If the thread has ended, so has everything that could be stopped.
        let _ = commands.send(command);
    }

    pub(super) fn is_open(&self) -> bool {
        self.lock().phase == PoolPhase::Open
    }

    /// The pool cannot go on.
    fn fail(&self, reason: &str) {
        let mut state = self.lock();
        match state.phase {
            PoolPhase::Open | PoolPhase::Closed => state.phase = PoolPhase::Failed(reason.to_owned()),
            PoolPhase::Stopped | PoolPhase::Failed(_) => {}
        }
    }

    /// The cell of a job that is not over.
    fn cell(&self, job: JobId) -> Option<Arc<Cell>> {
        self.lock().jobs.get(&job).cloned()
    }

    /// The job is over: nothing is kept of it here.
    fn settle(&self, job: JobId, outcome: Result<Done, Unsuccessful>) {
        let mut state = self.lock();
        let Some(cell) = state.jobs.remove(&job) else { return };
        let outcome = outcome.map_err(|unsuccessful| match unsuccessful {
            Unsuccessful::Itself(failure) => failure,
            Unsuccessful::Pool => state.phase.failure(),
        });
        drop(state);
        cell.finish(outcome);
    }

    /// The thread is about to end: whatever is left will not be done.
    fn end(&self) {
        let mut state = self.lock();
        if state.phase == PoolPhase::Open || (state.phase == PoolPhase::Closed && !state.jobs.is_empty()) {
            state.phase = PoolPhase::Failed("its thread has ended".to_owned());
        }
        let failure = state.phase.failure();
        let left = std::mem::take(&mut state.jobs);
        drop(state);
        left.into_values().for_each(|cell| cell.finish(Err(failure.clone())));
    }

    /// A panic elsewhere leaves nothing half done in here.
    fn lock(&self) -> MutexGuard<'_, RegistryState> {
        lock(&self.0)
    }
}

impl RegistryState {
    /// Ids are used again after four thousand million jobs; by then the early ones are over.
    fn unused_id(&mut self) -> JobId {
        loop {
            let id = JobId(self.next);
            self.next = self.next.wrapping_add(1);
            if !self.jobs.contains_key(&id) {
                return id;
            }
        }
    }
}

impl PoolPhase {
    /// What a job is told that was not done because of the pool.
    fn failure(&self) -> JobFailure {
        match self {
            PoolPhase::Open | PoolPhase::Closed | PoolPhase::Stopped => JobFailure::Cancelled,
            PoolPhase::Failed(reason) => JobFailure::PoolFailed(reason.clone()),
        }
    }
}

fn stop(kill: bool) -> Command {
    Command::Stop { kill, reason: "the pool is being shut down".to_owned() }
}

/// Why a job has no answer.
enum Unsuccessful {
    /// It is its own fault.
    Itself(JobFailure),
    /// The pool was stopped, or called it off.
    Pool,
}

/// The life of a pool's thread: drives until the pool is shut down or cannot go on. All workers are gone when
/// it returns, and so is the hold on the output folder.
pub(super) fn run(
    order: RunOrder,
    folder: Option<OutputFolder>,
    commands: &Receiver<Command>,
    registry: Arc<Registry>,
) {
    let mut resolver = Resolver { registry, probed: None };
    match drive(order, commands, &mut resolver) {
        Ok(Ending::Complete | Ending::Stopped) => {}
        Ok(Ending::OutOfRoom(reason) | Ending::PoolFailed(reason) | Ending::Disturbed(reason)) => {
            resolver.registry.fail(&reason);
        }
        Err(error) => resolver.registry.fail(&error.to_string()),
    }
    drop(folder);
}

/// Leaves answers where they are waited for. However the thread ends, nobody is left waiting.
struct Resolver {
    registry: Arc<Registry>,
    /// The answer of the job that is about to be settled.
    probed: Option<(JobId, Probed)>,
}

impl Observer for Resolver {
    fn told(&mut self, _at: Duration, event: &RunEvent) {
        match event {
            RunEvent::Attempt { attempt, change: AttemptChange::Assigned, .. } => {
                if let Some(cell) = self.registry.cell(attempt.job) {
                    cell.begin();
                }
            }
            RunEvent::Settled { job, verdict, .. } => {
                let outcome = self.outcome(*job, verdict);
                self.registry.settle(*job, outcome);
            }
            // Says nothing new if it was we who stopped it.
            RunEvent::Run(RunChange::Stopping { reason, .. }) => self.registry.fail(reason),
            RunEvent::Worker { .. } | RunEvent::Attempt { .. } | RunEvent::Run(_) => {}
        }
    }

    fn probed(&mut self, job: JobId, probed: Probed) {
        self.probed = Some((job, probed));
    }
}

impl Resolver {
    fn outcome(&mut self, job: JobId, verdict: &Verdict) -> Result<Done, Unsuccessful> {
        match verdict {
            Verdict::Ok(processed) => Ok(match self.probed.take_if(|(id, _)| *id == job) {
                Some((_, probed)) => Done::Probed(Box::new(probed)),
                None => Done::Processed((**processed).clone()),
            }),
            Verdict::Failed(error) => Err(Unsuccessful::Itself(JobFailure::Failed(error.clone()))),
            Verdict::Quarantined(loss) => Err(Unsuccessful::Itself(JobFailure::Quarantined(loss.clone()))),
            Verdict::Skipped(_) | Verdict::Cancelled | Verdict::NotRun => Err(Unsuccessful::Pool),
        }
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.registry.end();
    }
}
