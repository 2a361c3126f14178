//! Which files are results of earlier runs, by what journals say: those are no photos of the user's. Reads
//! journals, changes nothing.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use pool::journal::History;
use pool::output_folder::STATE_FOLDER;

use super::{Fence, LateHistory};

/// A folder that runs wrote to.
#[derive(Debug)]
struct OutputRoot<H> {
    /// Its real path.
    folder: PathBuf,
    history: H,
}

/// The results that are known so far.
#[derive(Debug)]
pub(super) struct KnownResults<'a> {
    /// The output folder of this run, if it is there.
    own: Option<OutputRoot<&'a LateHistory>>,
    /// Folders on the way in which runs put results beside photos.
    others: Vec<OutputRoot<History>>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileOrigin {
    /// No result.
    Users,
    /// A result, as a run left it.
    Made,
    /// What was a result, and was changed since.
    Changed,
}

impl<'a> KnownResults<'a> {
    /// With the journal of this run's own output folder.
    pub(super) fn of(output: &Path, history: &'a LateHistory) -> Self {
        let own = fs::canonicalize(output).ok().map(|folder| OutputRoot { folder, history });
        Self { own, others: Vec::new() }
    }

    /// Looks at a folder that is about to be walked, by its real path. Whether what is in it may be taken for
    /// photos: not in a folder of results alone. One that was `named` is wanted as it is.
    pub(super) fn enter(&mut self, folder: &Path, named: bool, fence: &Fence) -> bool {
        let state = folder.join(STATE_FOLDER);
        if !state.is_dir() || self.own.as_ref().is_some_and(|own| own.folder == folder) {
            return true;
        }
        let history = if fence.allows(&state) { History::read(&state).ok() } else { None };
        match history.filter(|history| history.has_inputs_below(folder)) {
            Some(history) => {
                self.others.push(OutputRoot { folder: folder.to_owned(), history });
                true
            }
            None => named,
        }
    }

    /// Whether a file is a result, by its path without links.
    pub(super) fn origin(&self, path: &Path, metadata: &Metadata) -> FileOrigin {
        let own = self.own.iter().filter(|own| path.starts_with(&own.folder));
        // It may not have been read yet, and need not be for a file that lies elsewhere.
        let own = own.map(|own| (&own.folder, &**own.history));
        let others = self.others.iter().map(|other| (&other.folder, &other.history));
        for (folder, history) in own.chain(others) {
            if let Ok(name) = path.strip_prefix(folder)
                && history.knows(name)
            {
                let is_as_made = history.is_as_made(name, path, metadata);
                return if is_as_made { FileOrigin::Made } else { FileOrigin::Changed };
            }
        }
        FileOrigin::Users
    }
}
