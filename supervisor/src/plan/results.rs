//! Which files are results of earlier runs, by what journals say: those are no photos of the user's. What
//! lies in folders of results that are left out is counted. Reads journals, changes nothing.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use pool::journal::History;
use pool::output_folder::STATE_FOLDER;
use walkdir::WalkDir;

use super::{Fence, LateHistory, is_hidden, kinds, passed_over::PassedOver};

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
    /// Folders whose results are wanted as photos, since they or their folder were named.
    wanted: Vec<OutputRoot<History>>,
    /// Folders above files that were named.
    looked_at: HashSet<PathBuf>,
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
        Self { own, others: Vec::new(), wanted: Vec::new(), looked_at: HashSet::new() }
    }

    /// Looks at a folder that is about to be walked, by its real path. What is in it may be taken for photos
    /// unless it is a folder of results alone: then the answer is what is in there. One that was `named` is
    /// wanted as it is.
    pub(super) fn enter(&mut self, folder: &Path, named: bool, fence: &Fence) -> Option<PassedOver> {
        if !self.is_of_others(folder) {
            return None;
        }
        match history_of(folder, fence) {
            Some(history) if history.has_inputs_below(folder) => {
                self.others.push(OutputRoot { folder: folder.to_owned(), history });
                None
            }
            Some(history) if named => {
                self.wanted.push(OutputRoot { folder: folder.to_owned(), history });
                None
            }
            history => (!named).then(|| what_is_in(folder, history.unwrap_or_default(), fence)),
        }
    }

    /// Looks at the folders above a file that was named, by its real path: if it is a result, it is wanted.
    pub(super) fn look_above(&mut self, file: &Path, fence: &Fence) {
        for folder in file.ancestors().skip(1) {
            if !self.looked_at.insert(folder.to_owned()) {
                break;
            }
            if self.is_of_others(folder)
                && let Some(history) = history_of(folder, fence)
            {
                self.wanted.push(OutputRoot { folder: folder.to_owned(), history });
            }
        }
    }

    /// Whether another run than this one wrote to a folder.
    fn is_of_others(&self, folder: &Path) -> bool {
        folder.join(STATE_FOLDER).is_dir() && self.own.as_ref().is_none_or(|own| own.folder != folder)
    }

    /// Whether a photo is a result that is wanted as one.
    pub(super) fn is_wanted_result(&self, photo: &Path) -> bool {
        if self.wanted.is_empty() {
            return false;
        }
        let real = fs::canonicalize(photo).unwrap_or_else(|_| photo.to_owned());
        let knows = |root: &OutputRoot<History>| {
            real.strip_prefix(&root.folder).is_ok_and(|name| root.history.knows(name))
        };
        self.wanted.iter().any(knows)
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

/// What lies in a folder of results, by names alone. Folders of results within it have journals of their own.
fn what_is_in(folder: &Path, history: History, fence: &Fence) -> PassedOver {
    let mut counted = PassedOver::default();
    let mut roots = vec![OutputRoot { folder: folder.to_owned(), history }];
    let is_looked_at = |entry: &walkdir::DirEntry| {
        let is_left_alone = is_hidden(entry.file_name()) || kinds::is_of_storage(entry.file_name());
        entry.depth() == 0 || !entry.file_type().is_dir() || !is_left_alone
    };
    for entry in WalkDir::new(folder).into_iter().filter_entry(is_looked_at).filter_map(Result::ok) {
        let path = entry.path();
        if entry.file_type().is_dir() {
            let is_another = entry.depth() > 0 && path.join(STATE_FOLDER).is_dir();
            if let Some(history) = is_another.then(|| history_of(path, fence)).flatten() {
                roots.push(OutputRoot { folder: path.to_owned(), history });
            }
            continue;
        }
        let knows = |root: &OutputRoot<History>| {
            path.strip_prefix(&root.folder).is_ok_and(|name| root.history.knows(name))
        };
        if roots.iter().any(knows) {
            counted.results += 1;
        } else if is_hidden(entry.file_name()) {
            counted.others += 1;
        } else if kinds::has_photo_extension(path) {
            counted.among_results += 1;
        } else if kinds::is_other_image(path) {
            counted.not_read.add(path);
        } else {
            counted.others += 1;
        }
    }
    counted
}

fn history_of(folder: &Path, fence: &Fence) -> Option<History> {
    let state = folder.join(STATE_FOLDER);
    if fence.allows(&state) { History::read(&state).ok() } else { None }
}
