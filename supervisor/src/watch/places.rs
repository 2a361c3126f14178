//! Which folders a watch has, and whether they are where they can be: what comes out of one must never come
//! in again. Looks at the disk; makes the folder for originals.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pool::escape::escape;

use super::WatchSettings;

/// The folders of a watch.
#[derive(Debug)]
pub(super) struct Places {
    /// The real path of the hot folder.
    pub(super) hot: PathBuf,
    /// The same as it was typed.
    pub(super) typed: PathBuf,
    /// What is apart from it, wherever it lies.
    pub(super) apart: Vec<PathBuf>,
}

/// A folder that is where it must not be.
#[derive(Debug, thiserror::Error)]
pub(super) enum MisplacedFolder {
    /// There is no such folder to watch.
    #[error("{}: {error}; what is watched must be a folder that is there", escape(.folder))]
    NoFolder {
        /// As typed.
        folder: PathBuf,
        error: io::Error,
    },
    /// Results or originals would come in again.
    #[error("{} lies inside {what}, {}; choose another one", escape(.hot), escape(.other))]
    Inside {
        hot: PathBuf,
        /// What it lies in.
        what: &'static str,
        /// Its name.
        other: PathBuf,
    },
    /// Results and originals would mix.
    #[error("--then-originals move={}: originals and results need folders that lie apart", escape(.0))]
    Mixed(PathBuf),
    /// The folder for originals cannot be made.
    #[error("--then-originals move={}: {error}", escape(.folder))]
    Originals { folder: PathBuf, error: io::Error },
}

impl Places {
    /// Checks them.
    pub(super) fn check(settings: &WatchSettings) -> Result<Places, MisplacedFolder> {
        let typed = settings.run.inputs.first().cloned().unwrap_or_default();
        let missing = |error| MisplacedFolder::NoFolder { folder: typed.clone(), error };
        let hot = typed.canonicalize().map_err(missing)?;
        fs::read_dir(&hot).map_err(missing)?;
        let (output, state) = (real(&settings.run.output), real(&settings.run.state));
        let inside = |what, other: &Path| {
            let (hot, other) = (typed.clone(), other.to_owned());
            Err(MisplacedFolder::Inside { hot, what, other })
        };
        if hot.starts_with(&output) {
            return inside("the output folder", &settings.run.output);
        }
        if hot.starts_with(&state) {
            return inside("the folder for state", &settings.run.state);
        }
        let mut apart = vec![output.clone(), state.clone()];
        if let Some(folder) = &settings.originals {
            let originals = real(folder);
            if hot.starts_with(&originals) {
                return inside("the folder for originals", folder);
            }
            let mixes = |other: &Path| originals.starts_with(other) || other.starts_with(&originals);
            if mixes(&output) || mixes(&state) {
                return Err(MisplacedFolder::Mixed(folder.clone()));
            }
            fs::create_dir_all(folder)
                .map_err(|error| MisplacedFolder::Originals { folder: folder.clone(), error })?;
            apart.push(originals);
        }
        Ok(Places { hot, typed, apart })
    }
}

/// The real path of a folder of which the last part may still have to be made.
fn real(folder: &Path) -> PathBuf {
    let standing = folder.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    match standing.and_then(|(above, real)| Some(real.join(folder.strip_prefix(above).ok()?))) {
        Some(real) => real.components().collect(),
        None => folder.to_owned(),
    }
}
