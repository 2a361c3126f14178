//! Photos of which a killed run gave some results their names and others not. Looks at what is in the
//! output folder; changes nothing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::content::content_is;
use super::history::History;
use super::record::FileState;

/// A photo whose results are not all where the journal says.
#[derive(Debug)]
pub(crate) struct UnfinishedPhoto(pub(crate) Vec<UnfinishedResult>);

/// One of its results.
#[derive(Debug)]
pub(crate) struct UnfinishedResult {
    /// Its name, absolute.
    pub(crate) output: PathBuf,
    /// The file as it was recorded.
    state: FileState,
    /// CRC-32 of its content.
    checksum: u32,
    /// The files of ours that stood there before, newest first.
    older: Vec<FileState>,
    /// Whether one of these looks the same.
    has_double: bool,
}

impl UnfinishedResult {
    /// Whether a file is this result.
    pub(crate) fn is(&self, file: &Path) -> bool {
        state_of(file) == Some(self.state) && content_is(file, self.checksum)
    }

    /// Whether a file is one that stood under its name before.
    pub(crate) fn was(&self, file: &Path) -> bool {
        state_of(file).is_some_and(|state| self.older.contains(&state))
    }
}

fn state_of(file: &Path) -> Option<FileState> {
    file.symlink_metadata().ok().filter(|metadata| metadata.is_file()).map(|found| FileState::of(&found))
}

impl History {
    /// Those of the last photos with several results that are not finished below `root`.
    pub(crate) fn unfinished(&self, root: &Path) -> Vec<UnfinishedPhoto> {
        if self.together.is_empty() {
            return Vec::new();
        }
        let names: HashMap<u32, &Path> =
            self.outputs().filter_map(|(name, mut entries)| Some((entries.next()?.0, name))).collect();
        let result = |index: u32| {
            let (name, entry) = (names.get(&index)?, self.entries.get(index as usize)?);
            let older = self.chain(entry.older).map(|(_, entry)| entry.state).collect();
            let (output, state, checksum) = (root.join(name), entry.state, entry.checksum);
            Some(UnfinishedResult { output, state, checksum, older, has_double: self.has_double(entry) })
        };
        // One whose results have newer records was finished by a later photo.
        let photo = |entries: &std::ops::Range<u32>| entries.clone().map(result).collect::<Option<Vec<_>>>();
        let stands = |result: &UnfinishedResult| match result.has_double {
            true => result.is(&result.output),
            false => state_of(&result.output) == Some(result.state),
        };
        let photos = self.together.iter().filter_map(photo);
        photos.filter(|results| !results.iter().all(stands)).map(UnfinishedPhoto).collect()
    }
}
