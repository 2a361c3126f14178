//! `supervisor compare`: the same plan sequentially, in threads and in processes, side by side, and what a
//! crash costs in each.
//!
//! [`bench`] says what is measured when, [`round`] runs this program again and measures it, [`lines`] folds
//! what it says, [`table`] and [`amdahl`] do the arithmetic, [`blast`] is the crash, [`text`] and [`page`]
//! show it. Runs on the main thread, one child at a time: whatever else ran would be measured too. Owns a
//! temporary folder, which goes when it ends, by a signal too; what a kill left goes with the next
//! comparison.
//!
//! May use `batch`, `report`, `plan`.

mod amdahl;
mod bench;
mod blast;
mod error;
mod lines;
mod page;
mod round;
mod table;
mod text;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crossbeam_channel::Receiver;
use serde::Serialize;
use tracing::info;

use self::amdahl::Amdahl;
use self::bench::Bench;
use self::blast::{Blast, Python, python};
pub(crate) use self::error::CompareError;
use self::error::as_ours;
use self::round::{Mode, Round, Setup};
use self::table::{Measurement, ModeRow, OriginalRow, Spread, Workload, history};
use crate::console::{complain, print};
use crate::exit::Exit;
use crate::report::fold::timeline::Timeline;
use crate::report::place::find_room;
use crate::report::write::write_to;
use crate::scratch::Scratch;
use crate::signals;
use pool::memory::allowed_memory;
use pool::settings::Isolation;
use recipe::words::Word;

/// What is compared, and where the results go.
#[derive(Debug)]
pub(crate) struct CompareSettings {
    /// Files and folders.
    pub inputs: Vec<PathBuf>,
    /// Filters as `run` takes them.
    pub filters: Vec<String>,
    /// A file with a recipe.
    pub recipe: Option<PathBuf>,
    /// Worker processes.
    pub workers: u16,
    /// Threads in thread mode.
    pub threads: u16,
    /// How often each mode is measured.
    pub rounds: u16,
    /// Whether numbers of workers are compared too.
    pub scaling: bool,
    /// Where everything measured goes.
    pub json: Option<PathBuf>,
    /// Where the page goes.
    pub html: Option<PathBuf>,
    /// The folder for the plots.
    pub svg: Option<PathBuf>,
    /// The file that its runs log to.
    pub log: Option<PathBuf>,
}

/// How often each mode is measured, unless told otherwise.
pub(crate) const DEFAULT_ROUNDS: u16 = 3;

/// Everything that was measured: the JSON, version 1.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    /// Of this format.
    pub version: u32,
    /// The release of the program.
    pub release: &'static str,
    /// What it ran on.
    pub machine: Machine,
    /// Inputs, filters and recipe as they were typed.
    pub arguments: Vec<String>,
    /// Images of the plan.
    pub images: u64,
    /// Those that became `ok`.
    pub ok: u64,
    /// Millions of pixels of those.
    pub megapixels: f64,
    /// How often each was measured.
    pub rounds: u16,
    /// The first output that was not byte by byte the same in all modes; `null` if all were.
    pub difference: Option<String>,
    /// The table.
    pub modes: Vec<ModeRow>,
    /// The original's table.
    pub history: [OriginalRow; 3],
    /// A worker killed in the middle of the run, per mode.
    pub blast: Vec<Blast>,
    /// The same in Python, if it is there.
    pub python: Option<Python>,
    /// With more and more workers, if asked for.
    pub scaling: Option<ScalingCurve>,
    /// For the plots: a run in each mode without a kill and one with.
    #[serde(skip)]
    timelines: Vec<(String, Timeline, Timeline)>,
}

/// What it ran on.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    /// The processor's name.
    pub processor: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Bytes of memory that it may use.
    pub memory: u64,
    /// How many processes wanted to run in the minute before, on average: near 0 on a quiet machine.
    pub load_before: f64,
}

/// With more and more worker processes.
#[derive(Debug, Serialize)]
pub(crate) struct ScalingCurve {
    /// Each number of workers.
    pub steps: Vec<ScalingStep>,
    /// The law that fits those up to the number of cores.
    pub law: Option<Amdahl>,
}

/// One number of workers.
#[derive(Debug, Serialize)]
pub(crate) struct ScalingStep {
    /// How many.
    pub workers: u16,
    /// Seconds.
    pub time_s: Spread,
    /// How many times as fast as one.
    pub speedup: f64,
    /// Speed-up by the workers that can really run at the same time.
    pub efficiency: f64,
}

/// Compares, and says how it went.
pub(crate) fn compare(settings: &CompareSettings) -> Exit {
    let failed = |error: CompareError| {
        complain(&error);
        error.exit()
    };
    let comparison = match check_targets(settings).and_then(|()| measure(settings)) {
        Ok(comparison) => comparison,
        Err(error) => return failed(error),
    };
    // First of all: what was measured is not lost with a file that cannot be written.
    let printed = print(&text::table(&comparison));
    if let Some(name) = &comparison.difference {
        complain(&format!("the outputs of the modes are not the same: {name}"));
    }
    if let Err(error) = write_files(settings, &comparison) {
        return failed(error);
    }
    let is_whole = comparison.difference.is_none() && comparison.ok == comparison.images;
    if is_whole { printed } else { Exit::SomeFailed }
}

fn measure(settings: &CompareSettings) -> Result<Comparison, CompareError> {
    let signals = listen()?;
    let machine = Machine::this();
    let scratch = Scratch::make("supervisor-compare-")?;
    let program = std::env::current_exe()?;
    let setup = Setup {
        program,
        what: what(settings),
        scratch: scratch.path().to_owned(),
        log: settings.log.clone(),
    };
    let CompareSettings { workers, threads, rounds, scaling, .. } = *settings;
    let modes = [(Isolation::Sequential, 1), (Isolation::Thread, threads), (Isolation::Process, workers)]
        .map(|(isolation, workers)| Mode { isolation, workers });

    let first = warm_up(&setup, workers, &signals)?;
    let reference = first.output.clone();
    let mut bench = Bench { setup: &setup, signals: &signals, reference, difference: None };
    let EachMode { rows, blasts, timelines, sequential_s } =
        measure_each(&mut bench, &modes, rounds, &first, machine.cores)?;
    let scaling = if scaling { Some(bench.scale(workers, rounds, machine.cores)?) } else { None };
    let difference = bench.difference;
    tell("killing a worker of a ProcessPoolExecutor");
    let python = python(first.images, workers, sequential_s);
    if let Ok(signal) = signals.try_recv() {
        return Err(CompareError::Signal(signal));
    }
    let words = setup.what.iter().map(|word| pool::escape::escape(Path::new(word)));
    Ok(Comparison {
        version: 1,
        release: env!("CARGO_PKG_VERSION"),
        machine,
        arguments: words.collect(),
        images: first.images,
        ok: first.counts.ok,
        megapixels: first.megapixels(),
        rounds,
        difference,
        modes: rows,
        history: history(),
        blast: blasts,
        python,
        scaling,
        timelines,
    })
}

/// Not counted: it brings inputs and programs into the page cache, and its outputs are what the others must
/// equal.
fn warm_up(setup: &Setup, workers: u16, signals: &Receiver<i32>) -> Result<Round, CompareError> {
    tell("warming up");
    let process = Mode { isolation: Isolation::Process, workers };
    let first = setup.run(process, "reference", false, signals)?;
    if !first.said.is_empty() {
        complain(&as_ours(&first.said));
    }
    if first.counts.ok == 0 {
        return Err(CompareError::NoImage);
    }
    Ok(first)
}

/// What the modes have shown, one after the other.
struct EachMode {
    rows: Vec<ModeRow>,
    blasts: Vec<Blast>,
    timelines: Vec<(String, Timeline, Timeline)>,
    /// The median of the first.
    sequential_s: f64,
}

/// All rounds of each mode, then each with a kill.
fn measure_each(
    bench: &mut Bench<'_>,
    modes: &[Mode],
    rounds: u16,
    first: &Round,
    cores: usize,
) -> Result<EachMode, CompareError> {
    let measured = bench.measure(modes, rounds)?;
    let sequential_s =
        measured.first().map_or(0.0, |rounds| Spread::of(rounds.iter().map(|r| r.sample.wall_s)).median);
    let ok = first.counts.ok;
    let work = Workload { images: ok, megapixels: first.megapixels(), cores, sequential_s };
    let (mut rows, mut blasts, mut timelines) = (Vec::new(), Vec::new(), Vec::new());
    for (mode, rounds) in modes.iter().zip(measured) {
        let samples: Vec<Measurement> = rounds.iter().map(|round| round.sample).collect();
        let row = ModeRow::new(mode.isolation.word(), mode.workers, samples, &work);
        tell(&format!("killing a worker in {} mode", mode.isolation.word()));
        let killed = bench.blast(*mode)?;
        blasts.push(Blast::new(*mode, &killed, ok, row.time_s.median));
        let usual = rounds.into_iter().next_back().map(|round| round.timeline).unwrap_or_default();
        timelines.push((row.mode.clone(), usual, killed.timeline));
        rows.push(row);
    }
    Ok(EachMode { rows, blasts, timelines, sequential_s })
}

/// Inputs, filters and recipe, as `run` takes them.
fn what(settings: &CompareSettings) -> Vec<OsString> {
    let mut words: Vec<OsString> = Vec::new();
    for filter in &settings.filters {
        words.extend(["--filter".into(), filter.into()]);
    }
    if let Some(recipe) = &settings.recipe {
        words.extend(["--recipe".into(), recipe.into()]);
    }
    words.push("--".into());
    words.extend(settings.inputs.iter().map(|input| input.clone().into_os_string()));
    words
}

/// The signals that end a comparison, each sent on as it comes.
fn listen() -> io::Result<Receiver<i32>> {
    let (sender, receiver) = crossbeam_channel::unbounded();
    signals::listen(move |signal| sender.send(signal).is_ok())?;
    Ok(receiver)
}

/// How far it is, on standard error.
fn tell(what: &str) {
    info!("{what}");
    // Where it cannot be read, nobody waits for it.
    let _ = writeln!(io::stderr().lock(), "{what}");
}

/// Minutes of measuring must not end with a file that has nowhere to go, or in the place of another.
fn check_targets(settings: &CompareSettings) -> Result<(), CompareError> {
    let no_room = |option, path: &Path, what| CompareError::NoRoom { option, path: path.to_owned(), what };
    for (option, path) in [("json", &settings.json), ("html", &settings.html)] {
        let Some(path) = path else { continue };
        let ends_so = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(option));
        if !ends_so && path.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
            let what = format!("there is a file of that name, which does not end in .{option}");
            return Err(no_room(option, path, what));
        }
        find_room(path).map_err(|what| no_room(option, path, what.to_string()))?;
    }
    if let (Some(json), Some(html)) = (&settings.json, &settings.html)
        && std::path::absolute(json).ok() == std::path::absolute(html).ok()
    {
        return Err(no_room("html", html, "--json goes there".to_owned()));
    }
    if let Some(folder) = &settings.svg {
        fs::create_dir_all(folder).map_err(|error| no_room("svg", folder, error.to_string()))?;
    }
    Ok(())
}

fn write_files(settings: &CompareSettings, comparison: &Comparison) -> Result<(), CompareError> {
    if let Some(path) = &settings.json {
        write_to(path, |out| {
            serde_json::to_writer_pretty(&mut *out, comparison)?;
            out.write_all(b"\n")
        })?;
    }
    if let Some(path) = &settings.html {
        write_to(path, |out| out.write_all(page::page(comparison).as_bytes()))?;
    }
    if let Some(folder) = &settings.svg {
        for (name, plot) in page::plots(comparison) {
            write_to(&folder.join(format!("{name}.svg")), |out| out.write_all(plot.file().as_bytes()))?;
        }
    }
    Ok(())
}

impl Machine {
    fn this() -> Machine {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let name = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Machine {
            processor: name.map_or("unknown processor", |(_, name)| name.trim()).to_owned(),
            cores: num_cpus::get(),
            memory: allowed_memory(),
            load_before: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0),
        }
    }
}
