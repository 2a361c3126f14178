//! The hot folder: whatever photos come into a folder are done, for weeks on end.
//!
//! A watch is a row of *shifts*, each a run whose photos come while it goes on (`batch/open_run.rs`): it
//! holds the output folder, keeps its workers warm, and ends with a report, after two thousand photos or a
//! day. The next one begins as any run does, by the journal, which is made small again on that occasion. So
//! nothing grows with the weeks.
//!
//! `settle` says when a file may be taken, `sweep` looks at everything and `hints` hears from the kernel what
//! to look at sooner. `watcher` acts on both: it has files planned and done, on a thread of its own, while
//! the main thread drives the workers (`shift`). `originals` moves away what is done, `rotation` keeps older
//! reports, `places` keeps results, originals and photos apart, `stops` hears signals.
//!
//! May use `batch`, `report`, `plan`.

mod hints;
mod news;
mod originals;
mod places;
mod rotation;
mod settle;
mod shift;
mod stops;
mod sweep;
mod watcher;

use std::path::PathBuf;
use std::time::Duration;

use pool::escape::escape;

use crate::batch::{RunError, RunSettings, tell_settings};
use crate::console::complain;
use crate::exit::Exit;
use places::{MisplacedFolder, Places};
use shift::{ShiftEnd, Told};
use stops::Stops;
use watcher::Watcher;

/// What is wanted.
#[derive(Debug)]
pub(crate) struct WatchSettings {
    /// As for any run; the hot folder is its only input.
    pub run: RunSettings,
    /// The time between two looks at a file.
    pub settle: Duration,
    /// The time between two looks at everything.
    pub sweep: Duration,
    /// The folder that originals go to, absolute.
    pub originals: Option<PathBuf>,
}

/// Why there is no watch, or no more.
#[derive(Debug, thiserror::Error)]
enum NoWatch {
    /// A folder is where it must not be.
    #[error(transparent)]
    Place(#[from] MisplacedFolder),
    /// A shift did not happen.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl NoWatch {
    fn exit(&self) -> Exit {
        match self {
            NoWatch::Place(_) => Exit::Usage,
            NoWatch::Run(error) => error.exit(),
        }
    }
}

/// Watches until a signal ends it.
pub(crate) fn watch(settings: &WatchSettings) -> Exit {
    watched(settings).unwrap_or_else(|error| {
        complain(&error);
        error.exit()
    })
}

fn watched(settings: &WatchSettings) -> Result<Exit, NoWatch> {
    let places = Places::check(settings)?;
    let stops = Stops::listen().map_err(RunError::from)?;
    let mut watcher = Watcher::new(settings, places).map_err(RunError::from)?;
    let mut told = Told::new(&settings.run);
    if !settings.run.quiet {
        settings.run.notes.iter().for_each(|note| complain(&format!("note: {note}")));
    }
    if settings.run.verbose {
        tell_settings(&settings.run, "photos as they come");
    }
    // Held all the time: a run that got in between two shifts would be the end of the watch.
    let mut lock = None;
    let exit = loop {
        match shift::shift(settings, &mut watcher, &stops, &mut told, &mut lock)? {
            ShiftEnd::Next => {}
            ShiftEnd::Last(exit) => break exit,
        }
    };
    for (path, why) in watcher.finish() {
        complain(&format!("note: {} stays in the hot folder: {why}", escape(&path)));
    }
    Ok(exit)
}
