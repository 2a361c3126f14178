//! One run from settings to exit code: plan, output folder, driver, report.
//!
//! Runs on the main thread, which lives as long as the run. Owns the statistics and the progress sink; signals arrive through
//! a thread of their own.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use jiff::Timestamp;
use protocol::job::JobId;
use protocol::outcome::Probed;
use protocol::sandbox::{SandboxMode, SandboxReport};
use protocol::{ErrorKind, JobError, Stage};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::cli::complain;
use crate::commit::Destination;
use crate::config::RunConfig;
use crate::driver::{self, Command, Order, Work};
use crate::engine::Ending;
use crate::escape::{escape, escape_text};
use crate::exit::Exit;
use crate::journal::{History, Journal, Settings};
use crate::output_folder::{Lock, OutputFolder, OutputFolderError, state_folder};
use crate::plan::{self, Action, Plan, PlanError, PlanRequest};
use crate::pool_settings::PoolSettings;
use crate::probe;
use crate::readable::readable;
use crate::report::summary::{self, sandbox_line};
use crate::report::write::{ReportFormat, WriteError, write_file};
use crate::report::{Report, RunInfo, SharedStatistics, Timeline};
use crate::run_event::RunEvent;
use crate::signals;
use crate::sink::{Progress, ProgressMode};
use crate::verdict::Verdict;
use crate::worker_process::{Launch, LocateError, locate_worker};

/// Why a run did not happen.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing can be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// No worker executable.
    #[error(transparent)]
    Worker(#[from] LocateError),
    /// The headers that the names depend on cannot be looked at, for this reason.
    #[error("{}", escape_text(.0))]
    Probe(String),
    /// The output folder cannot be used.
    #[error(transparent)]
    Output(#[from] OutputFolderError),
    /// The machine refuses what every run needs.
    #[error("cannot run: {0}")]
    Io(#[from] io::Error),
}

impl RunError {
    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            RunError::Plan(_) | RunError::Output(OutputFolderError::Busy(_)) => Exit::Usage,
            RunError::Worker(_) | RunError::Probe(_) | RunError::Io(_) => Exit::Pool,
            RunError::Output(OutputFolderError::Io { error, .. }) => {
                // Running again will not help as long as the folder is what it is.
                let stays =
                    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory);
                if stays { Exit::Usage } else { Exit::TryAgain }
            }
        }
    }
}

/// Runs everything and says how it went.
pub fn run(config: &RunConfig) -> Result<Exit, RunError> {
    // Even to who wants to hear of failures only, unless it was switched off on purpose.
    let mut sandbox_told = config.quiet && config.sandbox == SandboxMode::Off;
    // What was typed wrong is said before what is installed wrong, and a dry run that asks no worker needs none.
    let located = locate_worker();
    let mut trouble = None;
    let mut probe = |paths: &[PathBuf]| {
        let ready = &mut |sandbox: &SandboxReport| tell_sandbox(config.sandbox, sandbox, &mut sandbox_told);
        let probed = match &located {
            Ok(program) => probe_inputs(config, program, paths, ready),
            Err(error) => Err(error.to_string()),
        };
        probed.unwrap_or_else(|reason| {
            let answer = JobError::new(Stage::Read, ErrorKind::Crashed, &reason);
            trouble = Some(reason);
            vec![Err(answer); paths.len()]
        })
    };
    // Before the plan is made, so that it stays true. A dry run only looks.
    let lock = if config.dry_run { None } else { Lock::of_used(&config.output)? };
    let unusable = |error| OutputFolderError::Io { path: config.output.clone(), error };
    let history = History::read(&state_folder(&config.output)).map_err(unusable)?;
    if let Some(damage) = history.damage() {
        let output = escape(&config.output);
        complain(&format!(
            "note: the journal in {output} {damage}; it is set aside, and outputs that it does not prove are taken for somebody else's"
        ));
    }
    let settings = Settings::of(&config.recipe)?;
    let request = PlanRequest {
        inputs: &config.inputs,
        listed: &config.listed,
        output: &config.output,
        recipe: &config.recipe,
        name: &config.name,
        on_conflict: config.on_conflict,
        history: &history,
        settings: &settings,
        fresh: config.fresh,
    };
    let plan = Plan::make(&request, &mut probe)?;
    if let Some(reason) = trouble {
        return Err(RunError::Probe(reason));
    }
    if config.dry_run {
        let mut text = Vec::new();
        plan::show(&plan, &mut text)?;
        return Ok(crate::cli::print(&String::from_utf8_lossy(&text)));
    }
    let program = located?;
    announce(config, &plan);
    let (commands, obeyed) = crossbeam_channel::unbounded();
    let signals = obey_signals(commands.clone())?;
    let folder = OutputFolder::open(&config.output, lock)?;
    let journal = Journal::open(folder.state(), &config.output, &history, settings).map_err(unusable)?;
    drop(history);
    let destination = Destination { root: config.output.clone(), journal: Some(journal) };
    let started = Timestamp::now();
    let clock = Instant::now();
    let statistics = SharedStatistics::new(&plan);
    let shown = match (config.quiet, config.progress) {
        (true, ProgressMode::Auto) => ProgressMode::None,
        (_, mode) => mode,
    };
    let mut progress = Progress::choose(shown, io::stderr().is_terminal(), &statistics);
    let order = order(config, &plan, &program, &folder, destination);
    submit(&plan, &commands);
    let ending = driver::drive(order, &obeyed, &mut |at: Duration, event: &RunEvent| {
        statistics.apply(at, event);
        progress.on_event(at, event, &plan, &statistics);
        if let RunEvent::WorkerReady { sandbox, .. } = event {
            tell_sandbox(config.sandbox, sandbox, &mut sandbox_told);
        }
    })?;
    let wall = clock.elapsed();
    progress.finish(wall, &statistics);
    signals.close();
    let info = RunInfo {
        id: format!("{}-{}", started.as_second(), std::process::id()),
        started,
        command: std::env::args_os().map(|word| escape(Path::new(&word))).collect(),
        isolation: config.isolation.name().to_owned(),
        workers: config.slots,
        lanes: config.lanes,
        cores: num_cpus::get(),
    };
    let report = statistics.with(|statistics| Report::build(&info, &plan, statistics, wall));
    let timeline = statistics.with(|statistics| statistics.timeline(wall));
    let written = write_reports(config, &report, &timeline, &folder);
    tell_summary(config, &report, &written)?;
    Ok(exit_of(config, &ending, &report))
}

/// What the user should know before it begins.
fn announce(config: &RunConfig, plan: &Plan) {
    for warning in &plan.warnings {
        complain(&format!("note: {warning}"));
    }
    if config.verbose {
        let RunConfig { slots, lanes, isolation, timeout, limits, .. } = config;
        complain(&format!(
            "{} images, {} other files passed over; {slots} workers with {lanes} lanes each ({}), timeout {timeout:?}, at most {} pixels and {} MiB an image",
            plan.jobs.len(),
            plan.ignored,
            isolation.name(),
            limits.max_pixels,
            limits.memory >> 20,
        ));
    }
}

/// Whatever part of the sandbox is missing is said once; it is never done without in silence.
fn tell_sandbox(mode: SandboxMode, sandbox: &SandboxReport, told: &mut bool) {
    let incomplete = !sandbox.missing.is_empty() || mode == SandboxMode::Off;
    if incomplete && !std::mem::replace(told, true) {
        complain(&format!("sandbox: {}", sandbox_line(sandbox)));
    }
}

fn settings(config: &RunConfig) -> PoolSettings {
    let RunConfig { lanes, limits, sandbox, timeout, retries, recycle_after, .. } = *config;
    let recipe = config.recipe.clone();
    PoolSettings { lanes, recipe, limits, sandbox, timeout, retries, recycle_after }
}

/// No more slots than there are jobs.
fn slots(config: &RunConfig, jobs: usize) -> u16 {
    config.slots.min(u16::try_from(jobs).unwrap_or(u16::MAX)).max(1)
}

fn order(
    config: &RunConfig,
    plan: &Plan,
    program: &Path,
    folder: &OutputFolder,
    destination: Destination,
) -> Order {
    let to_do = || plan.jobs.iter().filter(|job| matches!(job.action, Action::Process { .. }));
    let readable = readable(&config.inputs, to_do().map(|job| job.input.as_path()));
    let settings = settings(config);
    Order {
        policy: settings.policy(slots(config, to_do().count())),
        launch: Launch {
            program: program.to_owned(),
            config: settings.worker_config(readable),
            staging: Some(folder.staging()),
        },
        destination: Some(destination),
    }
}

/// Orders the whole plan.
fn submit(plan: &Plan, commands: &Sender<Command>) {
    let mut work = Vec::new();
    let order = |command| {
        // The receiver lives as long as the run.
        let _ = commands.send(command);
    };
    for (id, job) in (0..).map(JobId).zip(&plan.jobs) {
        match &job.action {
            Action::Process { output, format, replace, seen } => {
                let (input, output) = (job.input.clone(), output.clone());
                let (format, replace, seen) = (*format, *replace, *seen);
                work.push((job.bytes, id, Work::Process { input, output, format, replace, seen }));
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

fn probe_inputs(
    config: &RunConfig,
    program: &Path,
    paths: &[PathBuf],
    ready: &mut dyn FnMut(&SandboxReport),
) -> Result<Vec<Result<Probed, JobError>>, String> {
    let readable = readable(&config.inputs, paths.iter().map(PathBuf::as_path));
    let settings = settings(config);
    let config_of_each = settings.worker_config(readable);
    let launch = Launch { program: program.to_owned(), config: config_of_each, staging: None };
    probe::probe(launch, settings.policy(slots(config, paths.len())), paths, ready)
}

/// The first signal lets what runs finish, the second kills it. The handle ends the listening thread.
fn obey_signals(commands: Sender<Command>) -> io::Result<signal_hook::iterator::Handle> {
    let mut kill = false;
    signals::listen(move |signal| {
        FIRST_SIGNAL.get_or_init(|| signal);
        let reason = if signal == SIGINT { "interrupted" } else { "asked to end" };
        commands
            .send(Command::Stop { kill: std::mem::replace(&mut kill, true), reason: reason.to_owned() })
            .is_ok()
    })
}

/// Which signal came first decides the exit code.
static FIRST_SIGNAL: std::sync::OnceLock<i32> = std::sync::OnceLock::new();

/// Writes the report where it was asked for, and into the run's own folder. What cannot be written is said, and does not
/// change what became of the images.
fn write_reports(
    config: &RunConfig,
    report: &Report,
    timeline: &Timeline,
    folder: &OutputFolder,
) -> Vec<PathBuf> {
    let own = (folder.state().join("report.json"), ReportFormat::Json);
    let mut written = Vec::new();
    for (path, format) in config.reports.iter().chain([&own]) {
        let result: Result<(), WriteError> = write_file(path, *format, report, timeline);
        match result {
            Ok(()) => written.push(path.clone()),
            Err(error) => complain(&error),
        }
    }
    written
}

/// The summary goes to standard output, unless JSON lines are there already.
fn tell_summary(config: &RunConfig, report: &Report, written: &[PathBuf]) -> io::Result<()> {
    let mut text = Vec::new();
    if config.quiet {
        summary::write_failures(&mut text, report)?;
    } else {
        summary::write(&mut text, report, written.first().map(PathBuf::as_path))?;
    }
    match config.progress {
        ProgressMode::Json => drop(io::stderr().lock().write_all(&text)),
        ProgressMode::Auto | ProgressMode::Bar | ProgressMode::Plain | ProgressMode::None => {
            crate::cli::print(&String::from_utf8_lossy(&text));
        }
    }
    Ok(())
}

fn exit_of(config: &RunConfig, ending: &Ending, report: &Report) -> Exit {
    match ending {
        Ending::Complete => {
            let counts = &report.totals.counts;
            if counts.failed + counts.quarantined > 0 { Exit::SomeFailed } else { Exit::Success }
        }
        Ending::Stopped => Exit::of_signal(FIRST_SIGNAL.get().copied().unwrap_or(SIGTERM)),
        Ending::OutOfRoom(reason) => {
            let output = escape(&config.output);
            complain(&match config.output.is_dir() {
                true => format!(
                    "nothing more can be written to {output} ({}); put that right and run the same command again",
                    escape_text(reason)
                ),
                false => format!(
                    "the output folder {output} is gone; bring it back and run the same command again"
                ),
            });
            Exit::TryAgain
        }
        Ending::PoolFailed(reason) => {
            complain(&escape_text(reason));
            Exit::Pool
        }
    }
}
