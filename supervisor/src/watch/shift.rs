//! One shift of a watch: a run whose photos come while it goes on, with what is said of it. The main thread
//! drives the workers here, and the watcher feeds them on a thread of its own.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use engine::Ending;
use engine::run_event::{RunChange, RunEvent, WorkerChange};
use pool::escape::escape;
use pool::output_folder::Lock;
use protocol::sandbox::{SandboxMode, SandboxReport};
use tracing::debug;

use super::news::{Became, News};
use super::rotation::rotate;
use super::stops::Stops;
use super::watcher::Watcher;
use super::{NoWatch, WatchSettings};
use crate::batch::grounds::Notice;
use crate::batch::open_run::{OpenRun, OpenRunOrder};
use crate::batch::{RunError, RunSettings, disturbed, out_of_room, pool_failed, tell_sandbox, tell_summary};
use crate::console::complain;
use crate::exit::Exit;
use crate::outlet::MOMENT;
use crate::report::sink::{Progress, ProgressMode};
use crate::report::write::WriteError;
use crate::report::{Report, Timeline};

/// Lines that wait for a reader who is slow, or asleep.
const LINES: usize = 50_000;

/// What comes after a shift.
#[derive(Debug)]
pub(super) enum ShiftEnd {
    /// Another one.
    Next,
    /// Nothing.
    Last(Exit),
}

/// What the user knows by now.
#[derive(Debug)]
pub(super) struct Told {
    sandbox: bool,
    begun: bool,
}

impl Told {
    pub(super) fn new(settings: &RunSettings) -> Told {
        // Told even under `--quiet`, unless the sandbox was switched off on purpose.
        Told { sandbox: settings.quiet && settings.sandbox == SandboxMode::Off, begun: false }
    }
}

/// Has photos done until the shift is over, and says how it went. Goes on with the lock of the shift before,
/// and leaves its own.
pub(super) fn shift(
    settings: &WatchSettings,
    watcher: &mut Watcher,
    stops: &Stops,
    told: &mut Told,
    lock: &mut Option<Lock>,
) -> Result<ShiftEnd, NoWatch> {
    let of_run = &settings.run;
    let (run, order) = OpenRun::begin(of_run, lock.take(), &mut |notice| match notice {
        Notice::Sandbox(sandbox) => tell_sandbox(of_run.sandbox, sandbox, &mut told.sandbox),
        Notice::Damage(text) => complain(&format!("note: {text}")),
    })?;
    *lock = Some(run.lock());
    if !std::mem::replace(&mut told.begun, true) && !of_run.quiet {
        let (hot, output) = (settings.run.inputs.first(), escape(&of_run.output));
        let hot = hot.map(|hot| escape(hot)).unwrap_or_default();
        complain(&format!("watching {hot}; results go to {output}"));
    }
    let shown = match (of_run.quiet, of_run.progress) {
        (true, ProgressMode::Auto) => ProgressMode::None,
        (_, mode) => mode,
    };
    let progress = Progress::choose(shown, io::stderr().is_terminal(), run.statistics(), Some(LINES));
    let mut progress = progress.map_err(RunError::from)?;
    let mut reports = Reports { run: &run, makes_way: true };
    stops.stop(run.commands());
    let ending = carry_out(&run, order, watcher, (&mut progress, &mut reports), &mut |sandbox| {
        tell_sandbox(of_run.sandbox, sandbox, &mut told.sandbox);
    });
    stops.stop_none();
    let ending = ending?;
    let (report, timeline) = run.report();
    progress.finish(Duration::try_from_secs_f64(report.speed.wall_s).unwrap_or_default(), run.statistics());
    let (written, not_written) = reports.write(&report, &timeline);
    not_written.iter().for_each(complain);
    let is_last = stops.are_asked() || !matches!(ending, Ending::Complete);
    if is_last {
        stops.end().map_err(RunError::from)?;
    }
    progress.drain(Some(MOMENT));
    if let Some(error) = progress.trouble() {
        complain(&format!("--progress json: lines are lost, cannot write to standard output: {error}"));
    }
    if is_last || report.totals.images > 0 {
        tell_summary(of_run, &report, &written, Some(MOMENT)).map_err(RunError::from)?;
    }
    Ok(match (is_last, end(&ending, &run, settings, stops)) {
        (_, Some(exit)) => ShiftEnd::Last(exit),
        (true, None) => ShiftEnd::Last(stops.exit()),
        (false, None) => ShiftEnd::Next,
    })
}

/// Why there can be no further shift, with the exit code.
fn end(ending: &Ending, run: &OpenRun<'_>, settings: &WatchSettings, stops: &Stops) -> Option<Exit> {
    let output = &settings.run.output;
    match ending {
        Ending::Complete if !run.is_alone() && output.is_dir() => {
            complain(&format!(
                "the lock of the output folder {} was removed, so another run may have written there too; \
                 run the same command again",
                escape(output)
            ));
            Some(Exit::TryAgain)
        }
        Ending::Complete => None,
        Ending::Stopped => Some(stops.exit()),
        Ending::OutOfRoom(reason) => Some(out_of_room(output, reason)),
        Ending::PoolFailed(reason) => Some(pool_failed(reason)),
        Ending::Disturbed(reason) => Some(disturbed(reason)),
    }
}

/// Drives the workers here, with the watcher beside.
fn carry_out(
    run: &OpenRun<'_>,
    order: OpenRunOrder,
    watcher: &mut Watcher,
    (progress, reports): (&mut Progress, &mut Reports<'_>),
    ready: &mut dyn FnMut(&SandboxReport),
) -> Result<Ending, NoWatch> {
    let (news, heard): (Sender<News>, Receiver<News>) = unbounded();
    thread::scope(|scope| -> Result<Ending, NoWatch> {
        let watching = thread::Builder::new().name("watch".to_owned()).spawn_scoped(scope, || {
            let watched = watcher.work(run, &heard, &mut || reports.write_now());
            if watched.is_err() {
                run.stop();
            }
            watched
        });
        let watching = watching.map_err(RunError::from)?;
        let ending = {
            let news = news;
            let mut observer = |at: Duration, event: &RunEvent| {
                // Told first: whoever hears of a verdict may look at what it adds up to.
                if let Some(told) = run.told(event) {
                    run.statistics().apply(at, &told);
                    progress.on_event(at, &told, run.statistics());
                }
                match event {
                    RunEvent::Worker { change: WorkerChange::Ready { sandbox }, .. } => ready(sandbox),
                    RunEvent::Settled { job, verdict, .. } => {
                        let became = Became::of(verdict);
                        let told = run.settled(*job).map(|input| News::Settled { input, became });
                        // The watcher may have failed, which ends the shift.
                        told.into_iter().for_each(|told| drop(news.send(told)));
                    }
                    RunEvent::Run(RunChange::Stopping { .. }) => drop(news.send(News::Stopping)),
                    RunEvent::Worker { .. } | RunEvent::Attempt { .. } | RunEvent::Run(_) => {}
                }
            };
            run.carry_out(order, &mut observer)
        };
        let watched = watching.join().unwrap_or_else(|_| {
            Err(io::Error::other("the thread that watches the folder has panicked").into())
        });
        watched?;
        Ok(ending.map_err(RunError::from)?)
    })
}

/// The report of a shift, which is written again and again while it goes on.
struct Reports<'a> {
    run: &'a OpenRun<'a>,
    /// Whether that of an earlier shift, or run, still stands under its name.
    makes_way: bool,
}

impl Reports<'_> {
    /// What cannot be written now is said at the end, if it still cannot.
    fn write_now(&mut self) {
        let (report, timeline) = self.run.report();
        for error in self.write(&report, &timeline).1 {
            debug!(%error, "no report for now");
        }
    }

    /// Where it stands now, and what could not be written. There is none without photos.
    fn write(&mut self, report: &Report, timeline: &Timeline) -> (Vec<PathBuf>, Vec<WriteError>) {
        if report.totals.images == 0 {
            return (Vec::new(), Vec::new());
        }
        if std::mem::replace(&mut self.makes_way, false) {
            self.run.report_files().for_each(|file| rotate(&file));
        }
        self.run.write_report(report, timeline)
    }
}
