//! What must be there, by a manifest or by the journal. Reads files.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use pool::escape::escape;
use pool::journal::{Damage, History, RecordedContent};
use pool::not_there::{self, Sought};

use super::VerifySettings;
use crate::report::manifest::{self, Content, Listed, ManifestError};

/// What must be there.
#[derive(Debug)]
pub(super) struct Expected {
    /// The results, by their names below the folder.
    pub(super) results: BTreeMap<PathBuf, ExpectedContent>,
    /// The photos that they were made of, which may stand beside them.
    pub(super) photos: Vec<PathBuf>,
    /// What the user should know of the journal.
    pub(super) damage: Option<String>,
}

/// What a result must hold.
#[derive(Debug)]
pub(super) enum ExpectedContent {
    /// By a manifest.
    Listed(String),
    /// By the journal.
    Recorded(RecordedContent),
}

impl ExpectedContent {
    /// Whether a file holds it.
    pub(super) fn is_in(&self, path: &Path) -> io::Result<bool> {
        match self {
            ExpectedContent::Listed(_) if !path.symlink_metadata()?.is_file() => Ok(false),
            ExpectedContent::Listed(sha256) => Ok(Content::of(path)?.sha256 == *sha256),
            ExpectedContent::Recorded(content) => content.is_in(path),
        }
    }
}

/// Why nothing can be said of a folder.
#[derive(Debug, thiserror::Error)]
pub(super) enum VerifyError {
    /// It is none.
    #[error("{}: {}", escape(.path), not_there::why(.path, Sought::Folder, .error))]
    NoFolder {
        /// As given.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// No run has left word of its results.
    #[error(
        "there is no journal in {}, so nobody knows what must be in {}; say it with --manifest FILE, or \
         where the journal is with --state DIR",
        escape(.state),
        escape(.output)
    )]
    NoJournal {
        /// Where it was looked for.
        state: PathBuf,
        /// The folder.
        output: PathBuf,
    },
    /// The journal cannot be read.
    #[error("the journal in {}: {error}", escape(.state))]
    Journal {
        /// Where it is.
        state: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The journal says nothing.
    #[error("the journal in {} {damage}", escape(.state))]
    Useless {
        /// Where it is.
        state: PathBuf,
        /// Why.
        damage: Damage,
    },
    /// The manifest is of no use.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

impl Expected {
    /// By the manifest if there is one, else by the journal.
    pub(super) fn of(settings: &VerifySettings) -> Result<Expected, VerifyError> {
        let VerifySettings { output, manifest, state } = settings;
        let folder = output.read_dir().map(drop);
        folder.map_err(|error| VerifyError::NoFolder { path: output.clone(), error })?;
        let history =
            History::read(state).map_err(|error| VerifyError::Journal { state: state.clone(), error })?;
        match manifest {
            // The photos beside the results are no less the user's for the manifest.
            Some(manifest) => Expected::by_manifest(manifest, &history),
            None => Expected::by_journal(settings, &history),
        }
    }

    fn by_manifest(manifest: &Path, history: &History) -> Result<Expected, VerifyError> {
        let listed = manifest::read(manifest)?.into_iter();
        let results = listed.map(|Listed { name, sha256 }| (name, ExpectedContent::Listed(sha256))).collect();
        Ok(Expected { results, photos: photos(history), damage: None })
    }

    fn by_journal(settings: &VerifySettings, history: &History) -> Result<Expected, VerifyError> {
        let VerifySettings { output, state, .. } = settings;
        let recorded = history.contents();
        let results: BTreeMap<PathBuf, ExpectedContent> =
            recorded.map(|(name, content)| (name.to_owned(), ExpectedContent::Recorded(content))).collect();
        match history.damage() {
            Some(damage @ (Damage::OtherVersion | Damage::Foreign)) => {
                Err(VerifyError::Useless { state: state.clone(), damage })
            }
            damage @ (Some(Damage::Broken) | None) if !results.is_empty() => {
                let damage = damage.map(|damage| format!("the journal in {} {damage}", escape(state)));
                Ok(Expected { results, photos: photos(history), damage })
            }
            Some(Damage::Broken) | None => {
                Err(VerifyError::NoJournal { state: state.clone(), output: output.clone() })
            }
        }
    }
}

fn photos(history: &History) -> Vec<PathBuf> {
    history.inputs().map(Path::to_owned).collect()
}
