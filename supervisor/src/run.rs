//! One run from settings to exit code: plan, output folder, driver, report.
//!
//! Runs on the main thread, which lives as long as the run. Owns the statistics and the progress sink; signals arrive through
//! a thread of their own.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use crossbeam_channel::Receiver;
use jiff::Timestamp;
use protocol::job::JobId;
use protocol::message::WorkerConfig;
use protocol::outcome::Probed;
use protocol::sandbox::{SandboxMode, SandboxReport, SandboxRequest};
use protocol::{ErrorKind, Filter, JobError, Stage, WirePath};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::cli::complain;
use crate::config::RunConfig;
use crate::driver::{self, Order, StopRequest, Work};
use crate::engine::{Ending, Policy};
use crate::escape::{escape, escape_text};
use crate::exit::Exit;
use crate::output_folder::{OutputFolder, OutputFolderError};
use crate::plan::{self, Action, Plan, PlanError, PlanRequest};
use crate::probe;
use crate::report::summary::{self, sandbox_line};
use crate::report::write::{ReportFormat, WriteError, write_file};
use crate::report::{Report, RunInfo, SharedStatistics};
use crate::run_event::RunEvent;
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
            RunError::Worker(_) | RunError::Io(_) => Exit::Pool,
            RunError::Output(OutputFolderError::Io { .. }) => Exit::TryAgain,
        }
    }
}

/// Runs everything and says how it went.
pub fn run(config: &RunConfig) -> Result<Exit, RunError> {
    // What was typed wrong is said before what is installed wrong, and a dry run that asks no worker needs none.
    let located = locate_worker();
    let mut probe = |paths: &[PathBuf]| match &located {
        Ok(program) => probe_inputs(config, program, paths),
        Err(error) => {
            let answer = JobError::new(Stage::Read, ErrorKind::Crashed, error);
            vec![Err(answer); paths.len()]
        }
    };
    let request = PlanRequest {
        inputs: &config.inputs,
        listed: &config.listed,
        output: &config.output,
        recipe: &config.recipe,
        name: &config.name,
        on_conflict: config.on_conflict,
    };
    let plan = Plan::make(&request, &mut probe)?;
    if config.dry_run {
        let mut text = Vec::new();
        plan::show(&plan, &mut text)?;
        return Ok(crate::cli::print(&String::from_utf8_lossy(&text)));
    }
    let program = located?;
    announce(config, &plan);
    let (signals, stops) = listen_for_signals()?;
    let folder = OutputFolder::open(&config.output)?;
    let started = Timestamp::now();
    let clock = Instant::now();
    let statistics = SharedStatistics::new(&plan);
    let shown = match (config.quiet, config.progress) {
        (true, ProgressMode::Auto) => ProgressMode::None,
        (_, mode) => mode,
    };
    let mut progress = Progress::choose(shown, io::stderr().is_terminal(), &statistics);
    let mut sandbox_told = config.quiet;
    let order = order(config, &plan, &program, &folder);
    let driven = driver::drive(order, &stops, &mut |at, event| {
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
    let written = write_reports(config, &report, &folder);
    tell_summary(config, &report, &written)?;
    Ok(exit_of(&driven.ending, &report))
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

fn worker_config(config: &RunConfig, readable: Vec<WirePath>, writable: Vec<WirePath>) -> WorkerConfig {
    WorkerConfig {
        lanes: config.lanes,
        recipe: config.recipe.clone(),
        limits: config.limits,
        sandbox: SandboxRequest {
            mode: config.sandbox,
            readable,
            writable,
            // Room for what the process is besides its jobs.
            memory: Some(
                config.limits.memory.saturating_mul(u64::from(config.lanes)).saturating_add(256 << 20),
            ),
        },
    }
}

/// The folders that the inputs stand in, each once, and the files that filters read.
fn readable<'a>(config: &RunConfig, inputs: impl Iterator<Item = &'a Path>) -> Vec<WirePath> {
    let mut folders: Vec<PathBuf> = inputs.filter_map(|input| std::fs::canonicalize(input).ok()).collect();
    for folder in &mut folders {
        folder.pop();
    }
    folders.sort_unstable();
    folders.dedup();
    // A folder that is given whole makes those below it needless.
    let mut kept: Vec<PathBuf> = Vec::new();
    for folder in folders {
        if !kept.last().is_some_and(|last| folder.starts_with(last)) {
            kept.push(folder);
        }
    }
    let files = config.recipe.filters.iter().flat_map(Filter::files);
    kept.into_iter().map(WirePath).chain(files).collect()
}

fn policy(config: &RunConfig, jobs: usize) -> Policy {
    let slots = config.slots.min(u16::try_from(jobs).unwrap_or(u16::MAX)).max(1);
    Policy {
        timeout: config.timeout,
        retries: config.retries,
        recycle_after: config.recycle_after,
        require_sandbox: config.sandbox == SandboxMode::Require,
        ..Policy::new(slots, config.lanes)
    }
}

fn order(config: &RunConfig, plan: &Plan, program: &Path, folder: &OutputFolder) -> Order {
    let mut work = Vec::new();
    let mut settled = Vec::new();
    for (id, job) in (0..).map(JobId).zip(&plan.jobs) {
        match &job.action {
            Action::Process { output, format, replace } => {
                let (input, output) = (job.input.clone(), output.clone());
                let (format, replace) = (*format, *replace);
                work.push((job.bytes, id, Work::Process { input, output, format, replace }));
            }
            Action::Skip { reason, .. } => settled.push((id, Verdict::Skipped(*reason))),
            Action::Fail(error) => settled.push((id, Verdict::Failed(error.clone()))),
        }
    }
    // The largest first: a large one started last would leave the other lanes idle at the end.
    work.sort_by_key(|(bytes, id, _)| (std::cmp::Reverse(*bytes), *id));
    let inputs = plan.jobs.iter().filter(|job| matches!(job.action, Action::Process { .. }));
    let readable = readable(config, inputs.map(|job| job.input.as_path()));
    Order {
        policy: policy(config, work.len()),
        launch: Launch {
            program: program.to_owned(),
            config: worker_config(config, readable, vec![WirePath(folder.staging())]),
        },
        staging: folder.staging(),
        work: work.into_iter().map(|(_, id, work)| (id, work)).collect(),
        settled,
    }
}

fn probe_inputs(config: &RunConfig, program: &Path, paths: &[PathBuf]) -> Vec<Result<Probed, JobError>> {
    let readable = readable(config, paths.iter().map(PathBuf::as_path));
    let launch = Launch { program: program.to_owned(), config: worker_config(config, readable, Vec::new()) };
    probe::probe(launch, policy(config, paths.len()), paths)
}

/// The first signal lets what runs finish, the second kills it. The handle ends the listening thread.
fn listen_for_signals() -> io::Result<(signal_hook::iterator::Handle, Receiver<StopRequest>)> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let handle = signals.handle();
    let (sender, stops) = crossbeam_channel::unbounded();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            FIRST_SIGNAL.get_or_init(|| signal);
            let name = if signal == SIGINT { "interrupted" } else { "asked to end" };
            if sender.send(StopRequest { kill: count > 0, reason: name.to_owned() }).is_err() {
                break;
            }
        }
    })?;
    Ok((handle, stops))
}

/// Which signal came first decides the exit code.
static FIRST_SIGNAL: std::sync::OnceLock<i32> = std::sync::OnceLock::new();

/// Writes the report where it was asked for, and into the run's own folder. What cannot be written is said, and does not
/// change what became of the images.
fn write_reports(config: &RunConfig, report: &Report, folder: &OutputFolder) -> Vec<PathBuf> {
    let own = (folder.state().join("report.json"), ReportFormat::Json);
    let mut written = Vec::new();
    for (path, format) in config.reports.iter().chain([&own]) {
        let result: Result<(), WriteError> = write_file(path, *format, report);
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

fn exit_of(ending: &Ending, report: &Report) -> Exit {
    match ending {
        Ending::Complete => {
            let counts = &report.totals.counts;
            if counts.failed + counts.quarantined > 0 { Exit::SomeFailed } else { Exit::Success }
        }
        Ending::Stopped => {
            let signal = FIRST_SIGNAL.get().copied().unwrap_or(SIGTERM);
            Exit::Signal(u8::try_from(if signal == SIGINT { SIGINT } else { SIGTERM }).unwrap_or(0))
        }
        Ending::OutOfRoom(reason) => {
            complain(&format!(
                "nothing more can be written to the output folder ({}); make room and run the same command again",
                escape_text(reason)
            ));
            Exit::TryAgain
        }
        Ending::PoolFailed(reason) => {
            complain(&escape_text(reason));
            Exit::Pool
        }
    }
}
