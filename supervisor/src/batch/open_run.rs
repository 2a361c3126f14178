//! A run whose photos come while it goes on. Each group of them is planned as any run plans its photos, one
//! by one they join the plan, and what becomes of them is told and reported as ever.
//!
//! An [`OpenRun`] is shared by two threads: one plans and adds, the other drives the workers and hears what
//! happens. The plan is behind a mutex that both hold for moments, never across I/O.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender};
use engine::Ending;
use engine::run_event::RunEvent;
use engine::verdict::{SkipReason, Verdict};
use jiff::Timestamp;
use pool::driver;
use pool::journal::Settings;
use pool::lock::lock;
use pool::order::{Command, Observer, RunOrder};
use pool::output_folder::{Lock, OutputFolder};
use protocol::ErrorKind;
use protocol::job::JobId;
use protocol::sandbox::SandboxReport;

use super::finished::{may_stall, own_report, write_all};
use super::grounds::{Grounds, Notice, PlannedFrom, plan};
use super::prepared::{ordered, run_info};
use super::run_error::RunError;
use super::settings::RunSettings;
use crate::plan::passed_over::PassedOver;
use crate::plan::readable::readable;
use crate::plan::{Action, ClashCosts, LateHistory, Plan, PlanError, PlannedJob};
use crate::report::wire::WireEvent;
use crate::report::write::WriteError;
use crate::report::{Report, SharedStatistics, Timeline};

/// Results that somebody has taken away of which the journal still knows: for `verify`, and no more.
const GONE: usize = 1_000;

/// A run that is going on, and takes photos.
#[derive(Debug)]
pub(crate) struct OpenRun<'a> {
    settings: &'a RunSettings,
    noted: Settings,
    program: PathBuf,
    folder: OutputFolder,
    plan: Mutex<Plan>,
    statistics: SharedStatistics,
    commands: Sender<Command>,
    started: Timestamp,
    clock: Instant,
}

/// A run that is about to go on: what its driver needs.
#[derive(Debug)]
pub(crate) struct OpenRunOrder {
    order: RunOrder,
    obeyed: Receiver<Command>,
}

impl<'a> OpenRun<'a> {
    /// Takes hold of the output folder, or keeps it by the lock of the run before. Workers may read what is
    /// in the folders of the settings' inputs.
    pub(crate) fn begin(
        settings: &'a RunSettings,
        handed_on: Option<Lock>,
        tell: &mut dyn FnMut(Notice<'_>),
    ) -> Result<(OpenRun<'a>, OpenRunOrder), RunError> {
        let mut grounds = Grounds::find(settings, handed_on, tell)?;
        grounds.forget_gone(GONE);
        grounds.check_files(settings, &mut |sandbox: &SandboxReport| tell(Notice::Sandbox(sandbox)))?;
        let noted = grounds.noted.clone();
        let held = grounds.hold(settings)?;
        let program = held.program.clone();
        let (slots, _) = settings.shape();
        let readable = readable(&settings.inputs, std::iter::empty(), &settings.fence);
        let (mut order, folder) = held.order(settings, slots, readable);
        // Bad photos may come in any order and for weeks.
        order.policy.breaker = usize::MAX;
        let (commands, obeyed) = crossbeam_channel::unbounded();
        let outputs = settings.recipe.outputs.iter().filter_map(|output| output.name.clone()).collect();
        let plan = Plan { outputs, ..Plan::default() };
        let statistics = SharedStatistics::new(&plan);
        let plan = Mutex::new(plan);
        let (started, clock) = (Timestamp::now(), Instant::now());
        let run = OpenRun { settings, noted, program, folder, plan, statistics, commands, started, clock };
        Ok((run, OpenRunOrder { order, obeyed }))
    }

    /// Has the workers do what is added, until the run is closed or stopped. Returns on the thread that they
    /// depend on.
    pub(crate) fn carry_out(&self, order: OpenRunOrder, observer: &mut dyn Observer) -> io::Result<Ending> {
        driver::drive(order.order, &order.obeyed, observer)
    }

    /// Settles what to do with these files below `base`. Nothing is added yet; what was passed over is
    /// counted.
    pub(crate) fn plan(
        &self,
        base: &Path,
        files: &[PathBuf],
        tell: &mut dyn FnMut(Notice<'_>),
    ) -> Result<Plan, RunError> {
        let history = LateHistory::of(&self.settings.state);
        let from = PlannedFrom { inputs: &[], listed: files, base: Some(base), clash: ClashCosts::Photo };
        let planned = plan(self.settings, from, (&history, &self.noted), Ok(&self.program), tell);
        if let Some(error) = history.trouble() {
            return Err(super::grounds::unusable(self.settings)(error).into());
        }
        let plan = match planned {
            // None of them is wanted.
            Err(RunError::Plan(PlanError::NoInput { passed_over, .. })) => {
                Plan { passed_over, ..Plan::default() }
            }
            planned => planned?,
        };
        self.pass_over(&plan.passed_over);
        Ok(plan)
    }

    /// Counts what is no job.
    pub(crate) fn pass_over(&self, files: &PassedOver) {
        self.planned().passed_over.add_all(files);
    }

    /// Whether it decides by what photos say of themselves, or sidecars say of them, which photos are wanted.
    pub(crate) fn asks_marks(&self) -> bool {
        self.settings.selection.asks_marks()
    }

    /// Has a photo done.
    pub(crate) fn add(&self, job: PlannedJob) {
        let mut plan = self.planned();
        let id = JobId(u32::try_from(plan.jobs.len()).unwrap_or(u32::MAX));
        let order = ordered(id, &job, self.settings.times);
        self.statistics.add(&job);
        plan.jobs.push(job);
        drop(plan);
        self.order(order);
    }

    /// How many photos there are so far.
    pub(crate) fn photos(&self) -> usize {
        self.planned().jobs.len()
    }

    /// What its driver hears.
    pub(crate) fn commands(&self) -> &Sender<Command> {
        &self.commands
    }

    /// No more photos will come.
    pub(crate) fn close(&self) {
        self.order(Command::Close);
    }

    /// Nothing new is begun, for a reason that is known elsewhere.
    pub(crate) fn stop(&self) {
        self.order(Command::Stop { kill: false, reason: "it cannot go on".to_owned() });
    }

    fn order(&self, command: Command) {
        // Once the driver has ended, there is nothing to be done about what comes too late.
        let _ = self.commands.send(command);
    }

    /// What its events add up to.
    pub(crate) fn statistics(&self) -> &SharedStatistics {
        &self.statistics
    }

    /// How an event is told. A photo that was taken away is no failure: photos come and go.
    pub(crate) fn told(&self, event: &RunEvent) -> Option<WireEvent> {
        let plan = self.planned();
        let RunEvent::Settled { job, verdict: Verdict::Failed(error), attempts, worker } = event else {
            return WireEvent::of(event, &plan);
        };
        if error.kind != ErrorKind::Vanished {
            return WireEvent::of(event, &plan);
        }
        let verdict = Verdict::Skipped(SkipReason::Vanished);
        let (job, attempts, worker) = (*job, *attempts, *worker);
        WireEvent::of(&RunEvent::Settled { job, verdict, attempts, worker }, &plan)
    }

    /// The photo of a job that has been told to be settled. From here on its place in the plan is kept, and
    /// what only its worker needed is not: there may be very many.
    pub(crate) fn settled(&self, job: JobId) -> Option<PathBuf> {
        let mut plan = self.planned();
        let job = plan.jobs.get_mut(job.index())?;
        job.action = Action::Skip { outputs: Vec::new(), reason: SkipReason::Exists };
        Some(std::mem::take(&mut job.input))
    }

    /// What has become of the photos so far.
    pub(crate) fn report(&self) -> (Report, Timeline) {
        let wall = self.clock.elapsed();
        let command = std::env::args_os().map(|word| pool::escape::escape(Path::new(&word))).collect();
        let info = run_info(self.settings, self.started, command);
        let plan = self.planned();
        self.statistics
            .with(|statistics| (Report::build(&info, &plan, statistics, wall), statistics.timeline(wall)))
    }

    /// Writes a report where it was asked for, and into the run's own folder. A pipe that is there by now is
    /// not waited for.
    pub(crate) fn write_report(
        &self,
        report: &Report,
        timeline: &Timeline,
    ) -> (Vec<PathBuf>, Vec<WriteError>) {
        let files = self.settings.reports.iter().filter(|(path, _)| !may_stall(path));
        write_all(&self.folder, files, report, timeline)
    }

    /// Every file of its report.
    pub(crate) fn report_files(&self) -> impl Iterator<Item = PathBuf> {
        let asked = self.settings.reports.iter().map(|(path, _)| path.clone());
        asked.chain([own_report(&self.folder)])
    }

    /// What keeps every other run out, for one that begins when this one is over.
    pub(crate) fn lock(&self) -> Lock {
        self.folder.lock()
    }

    /// Whether its lock keeps every other run out.
    pub(crate) fn is_alone(&self) -> bool {
        self.folder.is_ours()
    }

    fn planned(&self) -> MutexGuard<'_, Plan> {
        lock(&self.plan)
    }
}
