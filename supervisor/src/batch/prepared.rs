//! One run from settings to report, without a word to anybody: what the command line and `supervisor serve`
//! have in common.
//!
//! [`Prepared`] has its plan and holds the lock of an output folder that is there; [`Begun`] owns the output
//! folder and its journal; a [`FinishedRun`] has the report. [`Begun::carry_out`] must run on a thread that
//! lives as long as the run.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender};
use jiff::Timestamp;
use protocol::job::JobId;
use protocol::sandbox::SandboxReport;
use recipe::words::Word;
use tracing::info;

use crate::batch::finished::FinishedRun;
use crate::batch::grounds::{Grounds, Held, Notice, slots};
use crate::batch::run_error::RunError;
use crate::batch::settings::RunSettings;
use crate::batch::times::FileTimes;
use crate::plan::readable::readable;
use crate::plan::{Action, Plan, PlannedJob};
use crate::report::{Report, RunInfo, SharedStatistics};
use engine::verdict::Verdict;
use pool::driver;
use pool::escape::{escape, path_text};
use pool::order::{Command, Observer, Work};

/// A run that has its plan.
#[derive(Debug)]
pub(crate) struct Prepared {
    plan: Plan,
    grounds: Grounds,
}

/// A run that has its output folder.
#[derive(Debug)]
pub(crate) struct Begun {
    plan: Arc<Plan>,
    held: Held,
}

impl Prepared {
    /// Settles what to do. A dry run only looks, all others lock the output folder if it is there.
    pub(crate) fn make(
        settings: &RunSettings,
        tell: &mut dyn FnMut(Notice<'_>),
    ) -> Result<Prepared, RunError> {
        let grounds = Grounds::find(settings, None, tell)?;
        let plan = grounds.plan(settings, tell)?;
        info!(images = plan.jobs.len(), output = %escape(&settings.output), "planned");
        grounds.check_files(settings, &mut |sandbox: &SandboxReport| tell(Notice::Sandbox(sandbox)))?;
        Ok(Prepared { plan, grounds })
    }

    /// What will be done.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The plan, to leave some of it out.
    pub(crate) fn plan_mut(&mut self) -> &mut Plan {
        &mut self.plan
    }

    /// Makes the output folder if need be, and takes hold of it.
    pub(crate) fn begin(self, settings: &RunSettings) -> Result<Begun, RunError> {
        Ok(Begun { plan: Arc::new(self.plan), held: self.grounds.hold(settings)? })
    }
}

impl Begun {
    /// What will be done.
    pub(crate) fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Does it. `command` is how it was asked for, word by word. Orders the whole plan through the channel of
    /// commands; whoever has a copy of its sender can stop the run, or let it pause. The `observer` is told
    /// what happens, and it is the observer that tells the `statistics`.
    pub(crate) fn carry_out(
        self,
        settings: &RunSettings,
        command: Vec<String>,
        (commands, obeyed): (&Sender<Command>, &Receiver<Command>),
        statistics: &SharedStatistics,
        observer: &mut dyn Observer,
    ) -> Result<FinishedRun, RunError> {
        let Begun { plan, held } = self;
        let started = Timestamp::now();
        let clock = Instant::now();
        let to_do = || plan.jobs.iter().filter(|job| matches!(job.action, Action::Process { .. }));
        let readable = readable(&settings.inputs, to_do().flat_map(PlannedJob::files), &settings.fence);
        let (order, folder) = held.order(settings, slots(settings, to_do().count()), readable);
        submit(&plan, settings.times, commands);
        let ending = driver::drive(order, obeyed, observer)?;
        let wall = clock.elapsed();
        let info = run_info(settings, started, command);
        let (report, timeline) = statistics
            .with(|statistics| (Report::build(&info, &plan, statistics, wall), statistics.timeline(wall)));
        Ok(FinishedRun { ending, report, timeline, wall, plan, folder })
    }
}

/// What the report says of a run's settings, `started` then.
pub(super) fn run_info(settings: &RunSettings, started: Timestamp, command: Vec<String>) -> RunInfo {
    let (slots, lanes) = settings.shape();
    let (filters, outputs) = settings.told();
    RunInfo {
        id: format!("{}-{}", started.as_second(), std::process::id()),
        started,
        command,
        isolation: settings.isolation.word().to_owned(),
        workers: slots,
        lanes,
        cores: num_cpus::get(),
        recipe: settings.recipe_file.as_deref().map(path_text),
        filters,
        outputs,
    }
}

/// Orders the whole plan.
fn submit(plan: &Plan, times: FileTimes, commands: &Sender<Command>) {
    let mut jobs: Vec<(JobId, &PlannedJob)> = (0..).map(JobId).zip(&plan.jobs).collect();
    // The largest first: a large one started last would leave the other lanes idle at the end. What needs no
    // worker comes before them.
    jobs.sort_by_key(|(id, job)| {
        let is_work = matches!(job.action, Action::Process { .. });
        (is_work, is_work.then_some(Reverse(job.bytes)), *id)
    });
    let ordered = jobs.into_iter().map(|(id, job)| ordered(id, job, times));
    for command in ordered.chain([Command::Close]) {
        // The receiver lives as long as the run.
        let _ = commands.send(command);
    }
}

/// A job as the driver gets it.
pub(super) fn ordered(id: JobId, job: &PlannedJob, times: FileTimes) -> Command {
    match &job.action {
        Action::Process { results, seen, planned } => {
            let (input, results, seen) = (job.input.clone(), results.clone(), *seen);
            let planned = planned.clone();
            let modified = match times {
                FileTimes::Now => None,
                // Where a photo says nothing of it, its file does.
                FileTimes::Input | FileTimes::Taken => Some(seen.modified),
            };
            Command::Submit { job: id, work: Work::Process { input, results, seen, modified, planned } }
        }
        Action::Skip { reason, .. } => Command::Settle { job: id, verdict: Verdict::Skipped(*reason) },
        Action::Fail(error) => Command::Settle { job: id, verdict: Verdict::Failed(error.clone()) },
    }
}
