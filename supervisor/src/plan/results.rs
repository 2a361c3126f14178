//! Which files are results of earlier runs, by what journals say: those are no photos of the user's. What
//! lies in folders of results that are left out is counted. Reads journals, changes nothing.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use pool::escape::escape;
use pool::journal::{Damage, History};
use pool::output_folder::STATE_FOLDER;
use walkdir::WalkDir;

use super::{Fence, LateHistory, is_hidden, kinds, passed_over::PassedOver};
use crate::units::amount;

/// A folder that runs wrote to.
#[derive(Debug)]
struct OutputRoot<H> {
    /// Its real path.
    folder: PathBuf,
    history: H,
    /// Why its history is not all of it.
    trouble: Option<NoJournal>,
}

impl OutputRoot<History> {
    /// With what the journal in it says.
    fn read(folder: &Path, fence: &Fence) -> Self {
        let state = folder.join(STATE_FOLDER);
        let (history, trouble) = match fence.allows(&state).then(|| History::find(&state)) {
            None => (History::default(), Some(NoJournal::Outside)),
            Some(Ok(None)) => (History::default(), Some(NoJournal::Missing)),
            Some(Err(error)) => (History::default(), Some(NoJournal::Unreadable(error))),
            Some(Ok(Some(history))) => {
                let damage = history.damage();
                (history, damage.map(NoJournal::Damaged))
            }
        };
        Self { folder: folder.to_owned(), history, trouble }
    }

    fn knows(&self, file: &Path) -> bool {
        file.strip_prefix(&self.folder).is_ok_and(|name| self.history.knows(name))
    }
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

/// Why a journal does not tell results from other files. Displayed as what follows "the journal".
#[derive(Debug, thiserror::Error)]
enum NoJournal {
    #[error("is not there")]
    Missing,
    #[error("lies outside the folders that may be used")]
    Outside,
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    #[error("{0}")]
    Damaged(Damage),
}

/// What lies in a folder of results that is left out.
#[derive(Debug, Default)]
pub(super) struct LeftFolder {
    /// Its files, each under one count.
    pub(super) counted: PassedOver,
    /// Photos of which nobody knows whether they are results; they are among the other files.
    unclear: u64,
    /// Why that is so.
    troubles: Vec<String>,
    /// What nobody could look at, and why.
    unseen: Vec<String>,
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
        let own = fs::canonicalize(output).ok().map(|folder| OutputRoot { folder, history, trouble: None });
        Self { own, others: Vec::new(), wanted: Vec::new(), looked_at: HashSet::new() }
    }

    /// Looks at a folder that is about to be walked, by its real path. What is in it may be taken for photos
    /// unless it is a folder of results alone: then the answer is what is in there. One that was `named` is
    /// wanted as it is.
    pub(super) fn enter(&mut self, folder: &Path, named: bool, fence: &Fence) -> Option<LeftFolder> {
        if !self.is_of_others(folder) {
            return None;
        }
        let root = OutputRoot::read(folder, fence);
        if root.history.has_inputs_below(folder) {
            self.others.push(root);
        } else if named {
            self.wanted.push(root);
        } else {
            return Some(what_is_in(root, fence));
        }
        None
    }

    /// Looks at the folders above a file that was named, by its real path: if it is a result, it is wanted.
    pub(super) fn look_above(&mut self, file: &Path, fence: &Fence) {
        for folder in file.ancestors().skip(1) {
            if !self.looked_at.insert(folder.to_owned()) {
                break;
            }
            if self.is_of_others(folder) {
                self.wanted.push(OutputRoot::read(folder, fence));
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
        self.wanted.iter().any(|root| root.knows(&real))
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
fn what_is_in(root: OutputRoot<History>, fence: &Fence) -> LeftFolder {
    let folder = root.folder.clone();
    let (mut left, mut roots) = (LeftFolder::default(), vec![root]);
    let is_looked_at = |entry: &walkdir::DirEntry| {
        let is_left_alone = is_hidden(entry.file_name()) || kinds::is_of_storage(entry.file_name());
        entry.depth() == 0 || !entry.file_type().is_dir() || !is_left_alone
    };
    for entry in WalkDir::new(&folder).into_iter().filter_entry(is_looked_at) {
        match entry {
            Ok(entry) if !entry.file_type().is_dir() => left.count(entry.path(), &roots),
            Ok(entry) => {
                let is_another = entry.depth() > 0 && entry.path().join(STATE_FOLDER).is_dir();
                roots.extend(is_another.then(|| OutputRoot::read(entry.path(), fence)));
            }
            Err(error) => {
                let path = escape(error.path().unwrap_or(&folder));
                let why = error.io_error().map_or_else(|| error.to_string(), io::Error::to_string);
                left.unseen.push(format!("{path} cannot be looked into: {why}"));
            }
        }
    }
    let trouble = |root: &OutputRoot<History>| {
        root.trouble.as_ref().map(|trouble| format!("the journal in {} {trouble}", escape(&root.folder)))
    };
    left.troubles = roots.iter().filter_map(trouble).collect();
    left
}

impl LeftFolder {
    fn count(&mut self, path: &Path, roots: &[OutputRoot<History>]) {
        let mut above = roots.iter().filter(|root| path.starts_with(&root.folder));
        let (is_photo, counted) = (kinds::has_photo_extension(path), &mut self.counted);
        if above.clone().any(|root| root.knows(path)) {
            counted.results += 1;
        } else if is_hidden(path.file_name().unwrap_or_default()) {
            counted.others += 1;
        } else if is_photo && above.any(|root| root.trouble.is_some()) {
            counted.others += 1;
            self.unclear += 1;
        } else if is_photo {
            counted.among_results += 1;
        } else if kinds::is_other_image(path) {
            counted.not_read.add(path);
        } else {
            counted.others += 1;
        }
    }

    /// That it was left out, and what the user should know of what is in it.
    pub(super) fn in_words(&self, folder: &Path) -> String {
        let LeftFolder { counted, unclear, troubles, unseen } = self;
        let folder = escape(folder);
        let mut text =
            format!("{folder} was left out: it has a {STATE_FOLDER}, so an earlier run wrote there");
        text += &match counted.among_results {
            0 => String::new(),
            1 => "; 1 photo in it is no result by its journal: name it, or put it elsewhere, to have it \
                  processed"
                .to_owned(),
            n => format!(
                "; {n} photos in it are no results by its journal: name them, or put them elsewhere, to have \
                 them processed"
            ),
        };
        if *unclear > 0 {
            let photos = amount(*unclear, "photo");
            text += &format!("; of {photos} in it nobody knows whether results: {}", troubles.join(", "));
        }
        text += &unseen.first().map(|first| format!("; {first}")).unwrap_or_default();
        if unseen.len() > 1 {
            text += &format!(", nor can {} more", unseen.len() - 1);
        }
        text
    }
}
