//! What a run stands on: before it has a plan, [`Grounds`] has found worker and fonts, holds the lock of an
//! output folder that is there, and knows what earlier runs did; [`Held`] owns the output folder and its
//! journal.

use std::io;
use std::path::{Path, PathBuf};

use pool::commit::Destination;
use pool::escape::escape;
use pool::fonts::fonts_for;
use pool::journal::{Journal, Settings};
use pool::order::RunOrder;
use pool::output_folder::{Lock, OutputFolder, OutputFolderError, state_folder};
use pool::pool_settings::PoolSettings;
use pool::probe::{self, PhotoFiles};
use pool::recovery::recover;
use pool::worker_process::{Launch, LocateError, locate_worker};
use protocol::message::WorkerConfig;
use protocol::outcome::Probed;
use protocol::sandbox::SandboxReport;
use protocol::{ErrorKind, FontFile, JobError, Stage};

use super::run_error::RunError;
use super::settings::RunSettings;
use super::times::{FileTimes, time_taken};
use crate::plan::readable::readable;
use crate::plan::{ClashCosts, LateHistory, Plan, PlanRequest, check_output};

/// Something that the user should know while a run is prepared.
#[derive(Debug)]
pub(crate) enum Notice<'a> {
    /// What is in force in a worker that looks at headers.
    Sandbox(&'a SandboxReport),
    /// The journal of earlier runs is damaged.
    Damage(String),
}

/// What there is before there is a plan.
#[derive(Debug)]
pub(super) struct Grounds {
    fonts: Vec<FontFile>,
    program: Result<PathBuf, LocateError>,
    lock: Lock,
    history: LateHistory,
    /// Results that are gone and not forgotten; all of them unless it says so.
    gone: Option<usize>,
    pub(super) noted: Settings,
}

/// What there is once the output folder is.
#[derive(Debug)]
pub(super) struct Held {
    fonts: Vec<FontFile>,
    pub(super) program: PathBuf,
    pub(super) folder: OutputFolder,
    destination: Destination,
}

/// The photos that a plan is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlannedFrom<'a> {
    /// Files and folders.
    pub(super) inputs: &'a [PathBuf],
    /// Files from a list.
    pub(super) listed: &'a [PathBuf],
    /// The folder that these are mirrored from.
    pub(super) base: Option<&'a Path>,
    /// What a name that cannot be had costs.
    pub(super) clash: ClashCosts,
}

impl Grounds {
    /// A dry run only looks, all others lock the output folder if it is there, or go on with the lock of the
    /// run before.
    pub(super) fn find(
        settings: &RunSettings,
        handed_on: Option<Lock>,
        tell: &mut dyn FnMut(Notice<'_>),
    ) -> Result<Grounds, RunError> {
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
            (false, false) => Lock::handed_on(handed_on, &settings.output, state)?,
        };
        let history = LateHistory::read(state).map_err(unusable(settings))?;
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
        let noted = Settings::of(&settings.recipe)?;
        Ok(Grounds { fonts, program, lock, history, gone: None, noted })
    }

    /// Settles what to do.
    pub(super) fn plan(
        &self,
        settings: &RunSettings,
        tell: &mut dyn FnMut(Notice<'_>),
    ) -> Result<Plan, RunError> {
        let RunSettings { inputs, listed, base, .. } = settings;
        let base = base.as_deref();
        let from = PlannedFrom { inputs, listed, base, clash: ClashCosts::Plan };
        let program = self.program.as_deref().map_err(ToString::to_string);
        plan(settings, from, (&self.history, &self.noted), program, tell)
    }

    /// Whether the files that the recipe names are of use.
    pub(super) fn check_files(
        &self,
        settings: &RunSettings,
        ready: &mut dyn FnMut(&SandboxReport),
    ) -> Result<(), RunError> {
        if settings.recipe.all_filters().all(|filter| filter.files().is_empty()) {
            return Ok(());
        }
        let pool = PoolSettings { fonts: self.fonts.clone(), ..pool_settings(settings) };
        let program = self.program.as_deref().map_err(|error| RunError::Probe(error.to_string()))?;
        let launch = looks_only(program, pool.worker_config(Vec::new()));
        let answer = probe::check(launch, pool.policy(1), ready).map_err(RunError::Probe)?;
        answer.map_err(|error| RunError::RecipeFile(error.detail))
    }

    /// Of results that are gone, only so many are to be remembered.
    pub(super) fn forget_gone(&mut self, but: usize) {
        self.gone = Some(but);
    }

    /// Makes the output folder if need be, and takes hold of it.
    pub(super) fn hold(self, settings: &RunSettings) -> Result<Held, RunError> {
        let Grounds { fonts, program, lock, history, gone, noted } = self;
        let program = program?;
        let mut history = history.into_history();
        if let Some(keep) = gone {
            history.forget_gone(&settings.output, keep);
        }
        let folder = OutputFolder::open(&settings.output, &settings.state, lock)?;
        let journal = Journal::open(folder.state(), &settings.output, &history, noted);
        let journal = Some(journal.map_err(unusable(settings))?);
        let destination =
            Destination { root: settings.output.clone(), journal, is_elsewhere: folder.is_elsewhere() };
        Ok(Held { fonts, program, folder, destination })
    }
}

impl Held {
    /// What the driver needs for so many slots whose workers may read this; the folder stays here.
    pub(super) fn order(
        self,
        settings: &RunSettings,
        slots: u16,
        readable: Vec<PathBuf>,
    ) -> (RunOrder, OutputFolder) {
        let Held { fonts, program, folder, destination } = self;
        let pool = PoolSettings { fonts, ..pool_settings(settings) };
        let order = RunOrder {
            policy: pool.policy(slots),
            launch: Launch {
                program,
                config: pool.worker_config(readable),
                staging: Some(folder.staging()),
                spare: Some(folder.state().to_owned()),
            },
            destination: Some(destination),
            time_taken: match settings.times {
                FileTimes::Now | FileTimes::Input => None,
                FileTimes::Taken => Some(time_taken),
            },
        };
        (order, folder)
    }
}

/// Settles what to do with photos, by what earlier runs did and what this one notes of its settings.
pub(super) fn plan(
    settings: &RunSettings,
    from: PlannedFrom<'_>,
    (history, noted): (&LateHistory, &Settings),
    program: Result<&Path, String>,
    tell: &mut dyn FnMut(Notice<'_>),
) -> Result<Plan, RunError> {
    let mut trouble = None;
    let mut probe = |photos: Vec<PhotoFiles>| {
        let asked = photos.len();
        let ready = &mut |sandbox: &SandboxReport| tell(Notice::Sandbox(sandbox));
        let probed = match &program {
            Ok(program) => probe_inputs(settings, program, photos, ready),
            Err(error) => Err(error.clone()),
        };
        probed.unwrap_or_else(|reason| {
            let answer = JobError::new(Stage::Read, ErrorKind::Crashed, &reason);
            trouble = Some(reason);
            vec![Err(answer); asked]
        })
    };
    let request = PlanRequest {
        inputs: from.inputs,
        listed: from.listed,
        base: from.base,
        selection: &settings.selection,
        output: &settings.output,
        recipe: &settings.recipe,
        names: &settings.names,
        start: settings.start,
        sort_by: settings.sort_by,
        on_conflict: settings.on_conflict,
        clash: from.clash,
        history,
        settings: noted,
        fresh: settings.fresh,
        refresh: settings.refresh,
        state: &settings.state,
        fence: &settings.fence,
    };
    let plan = Plan::make(&request, &mut probe)?;
    trouble.map_or(Ok(plan), |reason| Err(RunError::Probe(reason)))
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
    // Originals are only read: journal and report have no business among them.
    let is_state = |input: &PathBuf| input.is_dir() && input.canonicalize().ok() == state.canonicalize().ok();
    if settings.inputs.iter().any(is_state) {
        let what = "it is a folder of photos; name another one with --state";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
    }
    Ok(())
}

pub(super) fn unusable(settings: &RunSettings) -> impl Fn(io::Error) -> OutputFolderError + '_ {
    |error| OutputFolderError::State { path: settings.state.clone(), error }
}

fn pool_settings(settings: &RunSettings) -> PoolSettings {
    let (_, lanes) = settings.shape();
    let RunSettings { limits, sandbox, timeout, retries, recycle_after, .. } = *settings;
    let recipe = settings.recipe.clone();
    PoolSettings { lanes, recipe, fonts: Vec::new(), limits, sandbox, timeout, retries, recycle_after }
}

/// No more slots than there are jobs.
pub(super) fn slots(settings: &RunSettings, jobs: usize) -> u16 {
    let (slots, _) = settings.shape();
    slots.min(u16::try_from(jobs).unwrap_or(u16::MAX)).max(1)
}

/// For workers that write nothing.
fn looks_only(program: &Path, config: WorkerConfig) -> Launch {
    Launch { program: program.to_owned(), config, staging: None, spare: None }
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
