//! One run as the command line knows it: what is said to whom before, during and after it, and the exit code.
//!
//! Runs on the main thread, which lives as long as the run. Owns the statistics and the progress sink. What
//! happens without a word is in `prepared`, which `supervisor serve` uses as well; signals arrive through a
//! thread of their own, in `stopping`.
//!
//! May use `report`, `plan`.

pub(crate) mod convert;
pub(crate) mod finished;
pub(crate) mod grounds;
mod manifest;
pub(crate) mod open_run;
pub(crate) mod prepared;
mod run_error;
pub(crate) mod settings;
pub(crate) mod stopping;
mod then;
pub(crate) mod times;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use protocol::sandbox::{SandboxMode, SandboxReport};
use recipe::words::Word;
use signal_hook::iterator::Handle;

use crate::console::{Patient, complain};
use crate::exit::Exit;
use crate::outlet::{MOMENT, Outlet};
use crate::plan::{self, Plan, PlannedJob};
use crate::report::place::Place;
use crate::report::sink::{Progress, ProgressMode};
use crate::report::summary::{self, sandbox_line, workers_with_lanes};
use crate::report::wire::failure::advice;
use crate::report::wire::image::{failure_line, warning_line};
use crate::report::wire::{VerdictKind, WireEvent};
use crate::report::{Report, SharedStatistics};
use crate::signals;
use crate::units::{Bytes, Count, DurationText, amount};
use engine::Ending;
use engine::run_event::{RunEvent, WorkerChange};
use finished::{FinishedRun, ToldRun};
use grounds::Notice;
use manifest::{Manifest, NoManifest};
use pool::escape::{escape, escape_text};
use pool::order::Command;
use prepared::Prepared;
use then::AfterRun;

pub(crate) use run_error::RunError;
pub(crate) use settings::RunSettings;
pub(crate) use then::ThenCommand;
pub(crate) use times::FileTimes;

/// Runs everything and says how it went.
pub(crate) fn run(settings: &RunSettings) -> Result<Exit, RunError> {
    let planned = PlannedRun::make(settings)?;
    if settings.dry_run {
        return show(settings, planned.plan());
    }
    let ended = planned.carry_out(settings)?.told(settings)?;
    tell_summary(settings, &ended.report, &ended.written, ended.patience)?;
    let exit = ended.exit(settings);
    let Some(then) = &settings.then else { return Ok(exit) };
    let (output, state) = (&settings.output, &settings.state);
    Ok(then.run(&AfterRun { output, state, progress: settings.progress, report: &ended.report, exit }))
}

/// Runs what was planned for somebody who makes something else of its results: they are answered, and nothing
/// but what failed is said.
pub(crate) fn run_aside(
    settings: &RunSettings,
    planned: PlannedRun,
) -> Result<(Exit, Vec<PathBuf>), RunError> {
    let results = |job: &PlannedJob| job.action.outputs().into_iter().map(Path::to_owned).collect::<Vec<_>>();
    let results: Vec<Vec<PathBuf>> = planned.plan().jobs.iter().map(results).collect();
    let ended = planned.carry_out(settings)?.told(settings)?;
    ended.tell_troubles(settings.quiet);
    let made = results.into_iter().zip(&ended.report.images);
    let made = made.filter(|(_, image)| image.verdict == VerdictKind::Ok).flat_map(|(results, _)| results);
    Ok((ended.exit(settings), made.collect()))
}

/// A run that has its plan.
#[derive(Debug)]
pub(crate) struct PlannedRun {
    prepared: Prepared,
    /// Whether the user knows of the sandbox by now.
    sandbox_told: bool,
}

/// What a dry run does.
fn show(settings: &RunSettings, plan: &Plan) -> Result<Exit, RunError> {
    let mut text = Vec::new();
    settings.notes.iter().try_for_each(|note| writeln!(text, "note: {note}"))?;
    let trouble = plan::room::trouble(&settings.output);
    trouble.iter().try_for_each(|trouble| writeln!(text, "note: {trouble}"))?;
    plan::show(plan, &mut text)?;
    Ok(crate::console::print(&String::from_utf8_lossy(&text)))
}

/// A run that is over; its reports are not written yet, and a signal is still only a request.
#[derive(Debug)]
struct Over {
    finished: FinishedRun,
    progress: Progress,
    listening: Handle,
}

/// A run of which everything is written.
#[derive(Debug)]
struct WrittenRun {
    ending: Ending,
    report: Report,
    /// The files of the report.
    written: Vec<PathBuf>,
    /// Whether everything was written that was asked for, and no other run came in between.
    is_sound: bool,
    /// How long a reader that takes nothing is waited for.
    patience: Option<Duration>,
    /// Whether the failures were told as they happened.
    failures_told: bool,
}

impl PlannedRun {
    /// Settles what to do.
    pub(crate) fn make(settings: &RunSettings) -> Result<PlannedRun, RunError> {
        // Told even under `--quiet`, unless the sandbox was switched off on purpose.
        let mut sandbox_told = settings.quiet && settings.sandbox == SandboxMode::Off;
        let prepared = Prepared::make(settings, &mut |notice| match notice {
            Notice::Sandbox(sandbox) => tell_sandbox(settings.sandbox, sandbox, &mut sandbox_told),
            Notice::Damage(text) => complain(&format!("note: {text}")),
        })?;
        Ok(PlannedRun { prepared, sandbox_told })
    }

    /// What will be done.
    pub(crate) fn plan(&self) -> &Plan {
        self.prepared.plan()
    }

    /// Carries it out.
    fn carry_out(self, settings: &RunSettings) -> Result<Over, RunError> {
        let PlannedRun { prepared, mut sandbox_told } = self;
        announce(settings, prepared.plan());
        // From here on a signal is a request, and no longer the end: the output folder is about to be used.
        let (commands, obeyed) = crossbeam_channel::unbounded();
        let listening = stopping::on_signals({
            let commands = commands.clone();
            move |reason, kill| commands.send(Command::Stop { kill, reason: reason.to_owned() }).is_ok()
        })?;
        let begun = prepared.begin(settings)?;
        let plan = Arc::clone(begun.plan());
        let statistics = SharedStatistics::new(&plan);
        let shown = match (settings.quiet, settings.progress) {
            (true, ProgressMode::Auto) => ProgressMode::None,
            (_, mode) => mode,
        };
        let mut progress = Progress::choose(shown, io::stderr().is_terminal(), &statistics, None)?;
        let command = std::env::args_os().map(|word| escape(Path::new(&word))).collect();
        let mut observer = |at: Duration, event: &RunEvent| {
            if let Some(told) = WireEvent::of(event, &plan) {
                statistics.apply(at, &told);
                progress.on_event(at, &told, &statistics);
            }
            if let RunEvent::Worker { change: WorkerChange::Ready { sandbox }, .. } = event {
                tell_sandbox(settings.sandbox, sandbox, &mut sandbox_told);
            }
        };
        let finished =
            begun.carry_out(settings, command, (&commands, &obeyed), &statistics, &mut observer)?;
        progress.finish(finished.wall, &statistics);
        Ok(Over { finished, progress, listening })
    }
}

impl Over {
    /// Writes the reports, and says what is wrong with them.
    fn told(self, settings: &RunSettings) -> Result<WrittenRun, RunError> {
        let Over { finished, progress, listening } = self;
        let (mut written, mut not_written) = finished.write_reports(&settings.reports);
        let was_alone = finished.was_alone();
        // All is done but the telling, and a reader may stall: from here on a signal is the end again.
        signals::end_at_once()?;
        listening.close();
        let manifest = settings.manifest.as_deref().map(|path| manifest_of(&finished, settings, path));
        let late = manifest.transpose().and_then(|manifest| match manifest {
            Some(to_file) if !to_file.may_stall() => to_file.write().map(|()| None),
            late => Ok(late),
        });
        // Readers may take any time, and other runs may have the output folder meanwhile.
        let told = finished.give_back();
        let (to_streams, not_to_streams) = told.write_to_streams(&settings.reports);
        written.extend(to_streams);
        not_written.extend(not_to_streams);
        let no_manifest = late.and_then(|late| late.map_or(Ok(()), |manifest| manifest.write())).err();
        let ToldRun { ending, report, .. } = told;
        let patience = match ending {
            Ending::Stopped => Some(MOMENT),
            Ending::Complete | Ending::OutOfRoom(_) | Ending::PoolFailed(_) | Ending::Disturbed(_) => None,
        };
        progress.drain(patience);
        if let Some(error) = progress.trouble() {
            complain(&format!("--progress json: lines are lost, cannot write to standard output: {error}"));
        }
        not_written.iter().for_each(complain);
        no_manifest.iter().for_each(complain);
        if !was_alone && settings.output.is_dir() {
            complain(&format!(
                "the lock of the output folder {} was removed during the run, so another run may have \
                 written there too; run the same command again",
                escape(&settings.output)
            ));
        }
        let is_sound = was_alone && not_written.is_empty() && no_manifest.is_none();
        let failures_told = progress.tells_failures();
        Ok(WrittenRun { ending, report, written, is_sound, patience, failures_told })
    }
}

/// The manifest of a run that has made all that it was to make.
fn manifest_of<'a>(
    finished: &FinishedRun,
    settings: &RunSettings,
    path: &'a Path,
) -> Result<Manifest<'a>, NoManifest> {
    match finished.ending {
        Ending::Complete => Manifest::make(path, settings, &finished.plan, &finished.report),
        Ending::Stopped | Ending::OutOfRoom(_) | Ending::PoolFailed(_) | Ending::Disturbed(_) => {
            Err(NoManifest::NotComplete)
        }
    }
}

/// What the user should know before it begins.
fn announce(settings: &RunSettings, plan: &Plan) {
    for note in settings.notes.iter().cloned().chain(plan.notes()) {
        complain(&format!("note: {note}"));
    }
    if settings.verbose {
        let photos = amount(plan.jobs.len(), "image");
        tell_settings(settings, &format!("{photos}{}", plan.passed_over.after_semicolon()));
    }
}

/// Says which settings are in force for these photos.
pub(crate) fn tell_settings(settings: &RunSettings, photos: &str) {
    let RunSettings { isolation, timeout, limits, .. } = settings;
    let (slots, lanes) = settings.shape();
    complain(&format!(
        "{photos}; {} ({}), timeout {}, at most {} pixels and {} an image",
        workers_with_lanes(slots, lanes),
        isolation.word(),
        DurationText(*timeout),
        Count(limits.max_pixels),
        Bytes(limits.memory),
    ));
    let (filters, outputs) = settings.told();
    let filters = if filters.is_empty() { "none".to_owned() } else { filters.join(" → ") };
    complain(&format!("filters: {}", escape_text(&filters)));
    for output in outputs {
        complain(&format!("results: {}", escape_text(&output.in_words())));
    }
}

/// Whatever part of the sandbox is missing is said once; it is never done without in silence.
pub(crate) fn tell_sandbox(mode: SandboxMode, sandbox: &SandboxReport, told: &mut bool) {
    let incomplete = !sandbox.missing.is_empty() || mode == SandboxMode::Off;
    if incomplete && !std::mem::replace(told, true) {
        complain(&format!("sandbox: {}", sandbox_line(sandbox)));
    }
}

/// The summary goes to standard output, unless JSON lines or a report are there already.
pub(crate) fn tell_summary(
    settings: &RunSettings,
    report: &Report,
    written: &[PathBuf],
    patience: Option<Duration>,
) -> io::Result<()> {
    let mut text = Vec::new();
    if settings.quiet {
        summary::write_failures(&mut text, report)?;
    } else {
        summary::write(&mut text, report, written)?;
    }
    let is_there = |path: &Path| Place::of(path).is_ok_and(|place| place == Place::STANDARD_OUTPUT);
    let is_taken = settings.reports.iter().any(|(path, _)| is_there(path));
    if is_taken || settings.progress == ProgressMode::Json {
        let mut out = Outlet::open("summary", Patient(io::stderr()), None)?;
        out.write_all(&text)?;
        out.drain(patience);
    } else {
        crate::console::print(&String::from_utf8_lossy(&text));
    }
    Ok(())
}

impl WrittenRun {
    /// Says on standard error what failed and why, and what else there is to say, where standard output is
    /// for something else.
    fn tell_troubles(&self, quiet: bool) {
        for image in &self.report.images {
            if image.verdict.is_failure() {
                let advice = image.kind.map(|kind| advice(kind, image.stage));
                match advice.filter(|_| self.failures_told) {
                    Some(advice) => complain(&format!("{}: {advice}", escape_text(&image.input))),
                    None => {
                        complain(&failure_line(image));
                        advice.iter().for_each(complain);
                    }
                }
            } else if image.has_warnings() && !quiet {
                complain(&format!("note: {}", warning_line(image)));
            } else if image.verdict == VerdictKind::Skipped && !quiet {
                let output = image.output.as_deref().unwrap_or_default();
                complain(&format!("note: {output} is there already; nothing was done"));
            }
        }
    }

    /// The exit code, with a word on what ended it before its time.
    fn exit(&self, settings: &RunSettings) -> Exit {
        match &self.ending {
            Ending::Complete if !self.is_sound => Exit::TryAgain,
            Ending::Complete => {
                let failures = self.report.totals.counts.failures();
                if failures > 0 { Exit::SomeFailed } else { Exit::Success }
            }
            Ending::Stopped => stopping::exit(),
            Ending::OutOfRoom(reason) => out_of_room(&settings.output, reason),
            Ending::PoolFailed(reason) => pool_failed(reason),
            Ending::Disturbed(reason) => disturbed(reason),
        }
    }
}

/// Says that nothing more can be written, and where.
pub(crate) fn out_of_room(output: &Path, reason: &str) -> Exit {
    let folder = escape(output);
    complain(&match output.is_dir() {
        true => format!(
            "nothing more can be written to {folder} ({}); put that right and run the same command again",
            escape_text(reason)
        ),
        false => format!("the output folder {folder} is gone; bring it back and run the same command again"),
    });
    Exit::TryAgain
}

/// Says why no worker can be kept running.
pub(crate) fn pool_failed(reason: &str) -> Exit {
    complain(&escape_text(reason));
    Exit::Pool
}

/// Says what keeps killing workers.
pub(crate) fn disturbed(reason: &str) -> Exit {
    complain(&format!("{}; run the same command again", escape_text(reason)));
    Exit::TryAgain
}
