//! One run from settings to report, without a word to anybody: what the command line and `supervisor serve`
//! have in common.
//!
//! [`Prepared`] has its plan and holds the lock of an output folder that is there; [`Begun`] owns the output
//! folder and its journal; [`FinishedRun`] has the report. [`Begun::carry_out`] must run on a thread that
//! lives as long as the run.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use jiff::Timestamp;
use protocol::job::JobId;
use protocol::message::WorkerConfig;
use protocol::outcome::Probed;
use protocol::sandbox::SandboxReport;
use protocol::{ErrorKind, FontFile, JobError, Stage};
use recipe::words::Word;
use tracing::info;

use crate::batch::run_error::RunError;
use crate::batch::settings::RunSettings;
use crate::batch::times::{FileTimes, time_taken};
use crate::plan::readable::readable;
use crate::plan::{Action, Plan, PlanRequest, PlannedJob, check_output};
use crate::report::write::{ReportFormat, WriteError, write_file};
use crate::report::{Report, RunInfo, SharedStatistics, Timeline};
use engine::Ending;
use engine::verdict::Verdict;
use pool::commit::Destination;
use pool::driver;
use pool::escape::{escape, path_text};
use pool::fonts::fonts_for;
use pool::journal::{History, Journal, Settings};
use pool::order::{Command, Observer, RunOrder, Work};
use pool::output_folder::{Lock, OutputFolder, OutputFolderError, state_folder};
use pool::pool_settings::PoolSettings;
use pool::probe::{self, PhotoFiles};
use pool::recovery::recover;
use pool::worker_process::{Launch, LocateError, locate_worker};

/// Something that the user should know while a run is prepared.
#[derive(Debug)]
pub(crate) enum Notice<'a> {
    /// What is in force in a worker that looks at headers.
    Sandbox(&'a SandboxReport),
    /// The journal of earlier runs is damaged.
    Damage(String),
}

/// A run that has its plan.
#[derive(Debug)]
pub(crate) struct Prepared {
    plan: Plan,
    fonts: Vec<FontFile>,
    program: Result<PathBuf, LocateError>,
    lock: Lock,
    history: History,
    settings: Settings,
}

/// A run that has its output folder.
#[derive(Debug)]
pub(crate) struct Begun {
    plan: Arc<Plan>,
    fonts: Vec<FontFile>,
    program: PathBuf,
    folder: OutputFolder,
    destination: Destination,
}

/// A run that is over. It still holds its output folder.
#[derive(Debug)]
pub(crate) struct FinishedRun {
    /// How it ended.
    pub ending: Ending,
    /// What became of every image.
    pub report: Report,
    /// What every lane did when.
    pub timeline: Timeline,
    /// How long it took.
    pub wall: Duration,
    /// What was planned.
    pub plan: Arc<Plan>,
    folder: OutputFolder,
}

impl Prepared {
    /// Settles what to do. A dry run only looks, all others lock the output folder if it is there.
    pub(crate) fn make(
        settings: &RunSettings,
        tell: &mut dyn FnMut(Notice<'_>),
    ) -> Result<Prepared, RunError> {
        // What was typed wrong is said before what is installed wrong, and a dry run that asks no worker
        // needs none.
        let fonts = fonts_for(&settings.recipe)?;
        let program = locate_worker();
        check_state(settings).map_err(unusable(settings))?;
        check_output(&settings.output)?;
        let state = &settings.state;
        // Before the plan is made, so that it stays true.
        let lock = match (settings.dry_run, settings.leaves_output_open) {
            (true, _) => Lock::default(),
            (false, true) => Lock::of_state_alone(),
            (false, false) => Lock::of_existing(&settings.output, state)?,
        };
        let history = History::read(state).map_err(unusable(settings))?;
        if lock.is_of_used() {
            recover(&history, &settings.output, state);
        }
        if let Some(damage) = history.damage() {
            let state = escape(state);
            tell(Notice::Damage(format!(
                "the journal in {state} {damage}; it is set aside, and outputs that it does not prove are \
                 taken for somebody else's"
            )));
        }
        let mut trouble = None;
        let mut probe = |photos: Vec<PhotoFiles>| {
            let asked = photos.len();
            let ready = &mut |sandbox: &SandboxReport| tell(Notice::Sandbox(sandbox));
            let probed = match &program {
                Ok(program) => probe_inputs(settings, program, photos, ready),
                Err(error) => Err(error.to_string()),
            };
            probed.unwrap_or_else(|reason| {
                let answer = JobError::new(Stage::Read, ErrorKind::Crashed, &reason);
                trouble = Some(reason);
                vec![Err(answer); asked]
            })
        };
        let noted = Settings::of(&settings.recipe)?;
        let plan = Plan::make(&request(settings, &history, &noted), &mut probe)?;
        info!(images = plan.jobs.len(), output = %escape(&settings.output), "planned");
        if trouble.is_none() && settings.recipe.all_filters().any(|filter| !filter.files().is_empty()) {
            let ready = &mut |sandbox: &SandboxReport| tell(Notice::Sandbox(sandbox));
            check_files(settings, &fonts, program.as_deref().map_err(ToString::to_string), ready)?;
        }
        match trouble {
            Some(reason) => Err(RunError::Probe(reason)),
            None => Ok(Prepared { plan, fonts, program, lock, history, settings: noted }),
        }
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
        let program = self.program?;
        let folder = OutputFolder::open(&settings.output, &settings.state, self.lock)?;
        let journal = Journal::open(folder.state(), &settings.output, &self.history, self.settings);
        let journal = Some(journal.map_err(unusable(settings))?);
        let destination =
            Destination { root: settings.output.clone(), journal, is_elsewhere: folder.is_elsewhere() };
        Ok(Begun { plan: Arc::new(self.plan), fonts: self.fonts, program, folder, destination })
    }
}

impl Begun {
    /// What will be done.
    pub(crate) fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Does it. `command` is how it was asked for, word by word. Orders the whole plan through `commands`;
    /// whoever has a copy of that sender can stop the run, or let it pause. The `observer` is told what
    /// happens, and it is the observer that tells the `statistics`.
    pub(crate) fn carry_out(
        self,
        settings: &RunSettings,
        command: Vec<String>,
        commands: &Sender<Command>,
        obeyed: &Receiver<Command>,
        statistics: &SharedStatistics,
        observer: &mut dyn Observer,
    ) -> Result<FinishedRun, RunError> {
        let Begun { plan, fonts, program, folder, destination } = self;
        let started = Timestamp::now();
        let clock = Instant::now();
        let order = order(settings, &plan, fonts, &program, &folder, destination);
        submit(&plan, settings.times, commands);
        let ending = driver::drive(order, obeyed, observer)?;
        let wall = clock.elapsed();
        let (slots, lanes) = settings.shape();
        let (filters, outputs) = settings.told();
        let info = RunInfo {
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
        };
        let (report, timeline) = statistics
            .with(|statistics| (Report::build(&info, &plan, statistics, wall), statistics.timeline(wall)));
        Ok(FinishedRun { ending, report, timeline, wall, plan, folder })
    }
}

impl FinishedRun {
    /// Writes the report where it was asked for, and into the run's own folder. Says where it stands now, and
    /// what could not be written.
    pub(crate) fn write_reports(&self, asked: &[(PathBuf, ReportFormat)]) -> (Vec<PathBuf>, Vec<WriteError>) {
        let own = (self.folder.state().join("report.json"), ReportFormat::Json);
        // Where the folder was taken away and made anew, it is another run's.
        let own = self.folder.is_nobody_elses().then_some(&own);
        let (mut written, mut not_written) = (Vec::new(), Vec::new());
        for (path, format) in asked.iter().chain(own) {
            match write_file(path, *format, &self.report, &self.timeline) {
                Ok(()) => written.push(path.clone()),
                Err(error) => not_written.push(error),
            }
        }
        (written, not_written)
    }

    /// Whether its lock kept every other run out to the end.
    pub(crate) fn was_alone(&self) -> bool {
        self.folder.is_ours()
    }

    /// Gives the output folder back, and keeps what is told of the run.
    pub(crate) fn told(self) -> (Ending, Report) {
        (self.ending, self.report)
    }
}

/// The folder of the state is where it seems to be.
fn check_state(settings: &RunSettings) -> io::Result<()> {
    let state = &settings.state;
    if state.symlink_metadata().is_ok() && !settings.fence.allows(state) {
        return Err(io::Error::other("it is a link that leads out of the folders that may be used"));
    }
    if *state == state_folder(&settings.output) && state.is_symlink() {
        // It may have come with the folder, and lead to anything that is the user's.
        let what = "it is a link; remove it, or name the folder that it leads to with --state";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
    }
    Ok(())
}

fn unusable(settings: &RunSettings) -> impl Fn(io::Error) -> OutputFolderError + '_ {
    |error| OutputFolderError::State { path: settings.state.clone(), error }
}

fn pool_settings(settings: &RunSettings) -> PoolSettings {
    let (_, lanes) = settings.shape();
    let RunSettings { limits, sandbox, timeout, retries, recycle_after, .. } = *settings;
    let recipe = settings.recipe.clone();
    PoolSettings { lanes, recipe, fonts: Vec::new(), limits, sandbox, timeout, retries, recycle_after }
}

/// No more slots than there are jobs.
fn slots(settings: &RunSettings, jobs: usize) -> u16 {
    let (slots, _) = settings.shape();
    slots.min(u16::try_from(jobs).unwrap_or(u16::MAX)).max(1)
}

fn order(
    settings: &RunSettings,
    plan: &Plan,
    fonts: Vec<FontFile>,
    program: &Path,
    folder: &OutputFolder,
    destination: Destination,
) -> RunOrder {
    let to_do = || plan.jobs.iter().filter(|job| matches!(job.action, Action::Process { .. }));
    let readable = readable(&settings.inputs, to_do().flat_map(PlannedJob::files), &settings.fence);
    let pool = PoolSettings { fonts, ..pool_settings(settings) };
    RunOrder {
        policy: pool.policy(slots(settings, to_do().count())),
        launch: Launch {
            program: program.to_owned(),
            config: pool.worker_config(readable),
            staging: Some(folder.staging()),
            spare: Some(folder.state().to_owned()),
        },
        destination: Some(destination),
        time_taken: match settings.times {
            FileTimes::Now | FileTimes::Input => None,
            FileTimes::Taken => Some(time_taken),
        },
    }
}

/// Orders the whole plan.
fn submit(plan: &Plan, times: FileTimes, commands: &Sender<Command>) {
    let mut work = Vec::new();
    let order = |command| {
        // The receiver lives as long as the run.
        let _ = commands.send(command);
    };
    for (id, job) in (0..).map(JobId).zip(&plan.jobs) {
        match &job.action {
            Action::Process { results, seen, planned } => {
                let (input, results, seen) = (job.input.clone(), results.clone(), *seen);
                let planned = planned.clone();
                let modified = match times {
                    FileTimes::Now => None,
                    // Where a photo says nothing of it, its file does.
                    FileTimes::Input | FileTimes::Taken => Some(seen.modified),
                };
                work.push((job.bytes, id, Work::Process { input, results, seen, modified, planned }));
            }
            Action::Skip { reason, .. } => {
                order(Command::Settle { job: id, verdict: Verdict::Skipped(*reason) });
            }
            Action::Fail(error) => {
                order(Command::Settle { job: id, verdict: Verdict::Failed(error.clone()) });
            }
        }
    }
    // The largest first: a large one started last would leave the other lanes idle at the end.
    work.sort_by_key(|(bytes, id, _)| (std::cmp::Reverse(*bytes), *id));
    for (_, job, work) in work {
        order(Command::Submit { job, work });
    }
    order(Command::Close);
}

fn request<'a>(settings: &'a RunSettings, history: &'a History, noted: &'a Settings) -> PlanRequest<'a> {
    PlanRequest {
        inputs: &settings.inputs,
        listed: &settings.listed,
        base: settings.base.as_deref(),
        selection: &settings.selection,
        output: &settings.output,
        recipe: &settings.recipe,
        names: &settings.names,
        start: settings.start,
        sort_by: settings.sort_by,
        on_conflict: settings.on_conflict,
        history,
        settings: noted,
        fresh: settings.fresh,
        refresh: settings.refresh,
        state: &settings.state,
        fence: &settings.fence,
    }
}

/// For workers that write nothing.
fn looks_only(program: &Path, config: WorkerConfig) -> Launch {
    Launch { program: program.to_owned(), config, staging: None, spare: None }
}

/// Whether the files that the recipe names are of use.
fn check_files(
    settings: &RunSettings,
    fonts: &[FontFile],
    program: Result<&Path, String>,
    ready: &mut dyn FnMut(&SandboxReport),
) -> Result<(), RunError> {
    let pool = PoolSettings { fonts: fonts.to_vec(), ..pool_settings(settings) };
    let launch = looks_only(program.map_err(RunError::Probe)?, pool.worker_config(Vec::new()));
    let answer = probe::check(launch, pool.policy(1), ready).map_err(RunError::Probe)?;
    answer.map_err(|error| RunError::RecipeFile(error.detail))
}

/// The size of each of these files as far as workers can tell. Nobody is told of their sandbox again.
pub(super) fn size_of_each(settings: &RunSettings, files: Vec<PhotoFiles>) -> Vec<Option<(u32, u32)>> {
    let count = files.len();
    let program = locate_worker().map_err(|error| error.to_string());
    let probed = program.and_then(|program| probe_inputs(settings, &program, files, &mut |_| {}));
    let size = |probed: Result<Probed, JobError>| probed.ok().map(|probed| (probed.width, probed.height));
    probed.map_or_else(|_| vec![None; count], |probed| probed.into_iter().map(size).collect())
}

fn probe_inputs(
    settings: &RunSettings,
    program: &Path,
    photos: Vec<PhotoFiles>,
    ready: &mut dyn FnMut(&SandboxReport),
) -> Result<Vec<Result<Probed, JobError>>, String> {
    let files = photos.iter().flat_map(|photo| [&photo.input].into_iter().chain(&photo.sidecars));
    let readable = readable(&settings.inputs, files.map(PathBuf::as_path), &settings.fence);
    let pool = pool_settings(settings);
    let launch = looks_only(program, pool.worker_config(readable));
    let slots = slots(settings, photos.len());
    probe::probe(launch, pool.policy(slots), photos, ready)
}
