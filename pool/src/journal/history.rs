//! What the journal proves. Read once, before the plan is made; nothing is changed on the disk.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::fs::{self, Metadata};
use std::io;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use protocol::ENGINE_REVISION;
use recipe::WirePath;
use recipe::format::Format;

use super::content::content_is;
use super::file;
use super::frame::{self, FoundFrame, Frames, JournalKind};
use super::record::{FileState, Modified, Record, RecordedSettings, RunRecord, Written};
use super::settings::Settings;
use super::{FILE_NAME, GROUP, RecordedContent, boot_id};
use crate::file_identity::FileIdentity;

/// What is proved about a file that stands under an output's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof<'a> {
    /// We made it from this input as it is now, in this way, and it is as we wrote it.
    Current {
        /// Whether an older engine revision made it, which today's would do in another way.
        by_older_revision: bool,
    },
    /// We made it from this input, and it is as we wrote it; but the input or the settings have changed, or
    /// it was not completely on the disk when the power failed.
    Stale,
    /// We made it from this other image, and it is as we wrote it.
    OfOther(&'a Path),
    /// Nothing: somebody else made it or changed it.
    None,
}

/// What an output will be made from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Absolute.
    pub input: &'a Path,
    /// As the plan sees it.
    pub seen: FileState,
    /// The format to write.
    pub format: Format,
}

/// Why a journal, or a part of it, is of no use. Displayed as what follows "the journal".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Another version wrote it.
    #[error("was written by another version of this program")]
    OtherVersion,
    /// It is no journal at all.
    #[error("is not one of this program's")]
    Foreign,
    /// Something in the middle cannot be read.
    #[error("is damaged; some of its records are lost")]
    Broken,
}

/// The records of earlier runs.
#[derive(Debug, Default)]
pub struct History {
    boot: String,
    pub(super) runs: Vec<RunRecord>,
    pub(super) entries: Vec<OutputEntry>,
    /// The newest entry of each output.
    pub(super) newest: HashMap<PathBuf, u32>,
    /// The entries of each of the last photos of the last run that have several results: while these got
    /// their names, the run may have been killed.
    pub(super) together: VecDeque<Range<u32>>,
    /// Where the good part of the file ends.
    pub(super) end: u64,
    damage: Option<Damage>,
    /// The names of the outputs of each input, from when they are first asked for.
    pub(super) by_input: OnceCell<HashMap<PathBuf, Vec<PathBuf>>>,
    /// Entries whose outputs were compared with their checksums, and whether they are the same.
    compared: RefCell<HashMap<u32, bool>>,
}

/// One [`Written`], without the name of its output.
#[derive(Debug)]
pub(super) struct OutputEntry {
    /// Index into [`History::runs`].
    pub(super) run: u32,
    /// Whether a checkpoint saw it reach the disk.
    pub(super) synced: bool,
    pub(super) input: WirePath,
    pub(super) seen: FileState,
    pub(super) format: Format,
    pub(super) state: FileState,
    pub(super) written_at: Modified,
    pub(super) checksum: u32,
    pub(super) revision: u32,
    /// The entry before this one of the same output.
    pub(super) older: Option<u32>,
}

impl OutputEntry {
    pub(super) fn written(&self, output: &Path) -> Written {
        let OutputEntry { seen, format, state, written_at, checksum, revision, .. } = *self;
        let (output, input) = (WirePath(output.to_owned()), self.input.clone());
        Written { output, input, seen, format, state, written_at, checksum, revision }
    }
}

impl History {
    /// Reads the journal in a state folder; where there is none, there is no history.
    pub fn read(state_folder: &Path) -> io::Result<History> {
        History::find(state_folder).map(Option::unwrap_or_default)
    }

    /// Reads the journal in a state folder, if there is one.
    pub fn find(state_folder: &Path) -> io::Result<Option<History>> {
        let bytes = file::read(&state_folder.join(FILE_NAME))?;
        Ok(bytes.map(|bytes| History::from_bytes(&bytes, boot_id())))
    }

    /// The history in a journal's bytes, as it looks from this boot.
    pub(super) fn from_bytes(bytes: &[u8], boot: String) -> History {
        let mut history = History { boot, ..History::default() };
        match frame::kind(bytes) {
            JournalKind::Journal => history.take_in(bytes),
            JournalKind::OtherVersion => history.damage = Some(Damage::OtherVersion),
            JournalKind::Foreign => history.damage = Some(Damage::Foreign),
        }
        history
    }

    fn take_in(&mut self, bytes: &[u8]) {
        let mut frames = Frames::new(bytes);
        // Where each entry of the present boot that no checkpoint covers yet stands in the file.
        let mut unsynced: Vec<(u64, usize)> = Vec::new();
        for FoundFrame { at, record, after_damage } in frames.by_ref() {
            if after_damage {
                self.damage = Some(Damage::Broken);
                // The beginning of a run may be among what is lost, so what follows proves no more than whose
                // the outputs are.
                let started = self.runs.last().map_or(0, |run| run.started);
                self.runs.push(RunRecord {
                    boot: String::new(),
                    started,
                    settings: RecordedSettings::unknown(),
                });
                unsynced.clear();
            }
            match record {
                Some(Record::Run(run)) => {
                    // What no checkpoint of its own boot covers, none of a later boot does.
                    if self.runs.last().is_some_and(|last| last.boot != run.boot) || run.boot.is_empty() {
                        unsynced.clear();
                    }
                    self.runs.push(run);
                    self.together.clear();
                }
                Some(Record::Written(written)) => {
                    unsynced.push((at as u64, self.entries.len()));
                    self.add(written.into());
                }
                Some(Record::Made(written)) => {
                    unsynced.push((at as u64, self.entries.len()));
                    self.add(written);
                }
                Some(Record::MadeTogether(results)) => {
                    let from = self.entries.len();
                    for written in results {
                        unsynced.push((at as u64, self.entries.len()));
                        self.add(written);
                    }
                    self.note_together(from as u32..self.entries.len() as u32);
                }
                Some(Record::Synced { until }) => unsynced.retain(|(at, index)| {
                    if *at < until
                        && let Some(entry) = self.entries.get_mut(*index)
                    {
                        entry.synced = true;
                    }
                    *at >= until
                }),
                // Intact, and of no meaning to this version.
                None => {}
            }
        }
        self.end = frames.end as u64;
        if frames.gave_up() {
            self.damage = Some(Damage::Broken);
        }
    }

    fn add(&mut self, written: Written) {
        let Written { output, input, seen, format, state, written_at, checksum, revision } = written;
        // No run has made what lies elsewhere; a stranger's journal may say so.
        if !output.0.components().all(|part| matches!(part, Component::Normal(_))) {
            return;
        }
        // A record without a run before it cannot be judged.
        let Some(run) = self.runs.len().checked_sub(1) else { return };
        let index = self.entries.len() as u32;
        let older = self.newest.insert(output.0, index);
        let (run, synced) = (run as u32, false);
        self.entries.push(OutputEntry {
            run,
            synced,
            input,
            seen,
            format,
            state,
            written_at,
            checksum,
            revision,
            older,
        });
    }

    fn note_together(&mut self, entries: Range<u32>) {
        if self.together.len() == GROUP {
            self.together.pop_front();
        }
        self.together.push_back(entries);
    }

    /// What is wrong with the journal, if anything is.
    pub fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// Whether so many records are out of date that writing the journal anew pays.
    pub(super) fn is_wasteful(&self) -> bool {
        self.entries.len() > 2 * self.newest.len() + 1000
            || self.runs.len() > self.newest.len() + 1000
            || self.compared_doubles()
    }

    /// Whether results had to be read to tell them from older ones that look the same: as long as both
    /// records are there, each run has to.
    pub(super) fn compared_doubles(&self) -> bool {
        let compared = self.compared.borrow();
        let mut entries = compared.keys().filter_map(|index| self.entries.get(*index as usize));
        entries.any(|entry| self.reached_disk(entry) && self.has_double(entry))
    }

    /// The names of all outputs, with what is recorded of each, newest first.
    pub(super) fn outputs(&self) -> impl Iterator<Item = (&Path, impl Iterator<Item = (u32, &OutputEntry)>)> {
        self.newest.iter().map(|(name, newest)| (name.as_path(), self.chain(Some(*newest))))
    }

    pub(super) fn chain(&self, newest: Option<u32>) -> impl Iterator<Item = (u32, &OutputEntry)> {
        let entry = |index: u32| Some((index, self.entries.get(index as usize)?));
        std::iter::successors(newest.and_then(entry), move |(_, entry_now)| entry_now.older.and_then(entry))
    }

    /// Whether some run made, or was about to make, an output of this name.
    pub fn knows(&self, name: &Path) -> bool {
        self.newest.contains_key(name)
    }

    /// Whether the file that stands at `path` under the output name `name` is as a run left it.
    pub fn is_as_made(&self, name: &Path, path: &Path, metadata: &Metadata) -> bool {
        let newest = self.newest.get(name).copied();
        self.chain(newest).any(|(index, _)| self.intactness(index, path, metadata).is_some())
    }

    /// Every output, with what it held when it was last written.
    pub fn contents(&self) -> impl Iterator<Item = (&Path, RecordedContent)> {
        self.newest.keys().filter_map(|name| Some((name.as_path(), self.content(name)?)))
    }

    /// What this output held when it was last written.
    pub fn content(&self, name: &Path) -> Option<RecordedContent> {
        let OutputEntry { state, checksum, .. } = self.entries.get(*self.newest.get(name)? as usize)?;
        Some(RecordedContent { bytes: state.bytes, checksum: *checksum })
    }

    /// Every photo that something was made of.
    pub fn inputs(&self) -> impl Iterator<Item = &Path> {
        self.entries.iter().map(|entry| entry.input.as_path())
    }

    /// Whether outputs were made of photos below this folder, whatever else there is.
    pub fn has_inputs_below(&self, folder: &Path) -> bool {
        self.entries.iter().any(|entry| entry.input.as_path().starts_with(folder))
    }

    /// What is proved about the file that stands at `path` under the output name `name`.
    pub fn judge(
        &self,
        name: &Path,
        path: &Path,
        metadata: &Metadata,
        origin: &Origin<'_>,
        settings: &Settings,
    ) -> Proof<'_> {
        let newest = self.newest.get(name).copied();
        let found = self.chain(newest).find_map(|(index, _)| self.intactness(index, path, metadata));
        match found {
            None => Proof::None,
            Some((entry, _)) if !is_same_input(entry, origin) => Proof::OfOther(entry.input.as_path()),
            Some((entry, Intactness::Whole)) if self.is_as_asked(entry, origin, settings) => {
                Proof::Current { by_older_revision: entry.revision < ENGINE_REVISION }
            }
            Some((_, Intactness::Whole | Intactness::Lost)) => Proof::Stale,
        }
    }

    fn is_as_asked(&self, entry: &OutputEntry, origin: &Origin<'_>, settings: &Settings) -> bool {
        let run = self.runs.get(entry.run as usize);
        entry.seen == origin.seen
            && entry.format == origin.format
            && run.is_some_and(|run| settings.are(&run.settings))
    }

    fn reached_disk(&self, entry: &OutputEntry) -> bool {
        let is_of_this_boot = |run: &RunRecord| run.boot == self.boot && !self.boot.is_empty();
        entry.synced || self.runs.get(entry.run as usize).is_some_and(is_of_this_boot)
    }

    /// Whether an older file of the same name looks the same, as can be where times are given: only the
    /// content tells which of them a killed run has left.
    pub(super) fn has_double(&self, entry: &OutputEntry) -> bool {
        let is_double = |older: &OutputEntry| older.state == entry.state && older.checksum != entry.checksum;
        self.chain(entry.older).any(|(_, older)| is_double(older))
    }

    /// Whether the file is the one of this entry; `None` if it is not.
    pub(super) fn intactness(
        &self,
        index: u32,
        path: &Path,
        metadata: &Metadata,
    ) -> Option<(&OutputEntry, Intactness)> {
        if !metadata.is_file() {
            return None;
        }
        let entry = self.entries.get(index as usize)?;
        let run = self.runs.get(entry.run as usize)?;
        let state = FileState::of(metadata);
        let same_content =
            || *self.compared.borrow_mut().entry(index).or_insert_with(|| content_is(path, entry.checksum));
        if self.reached_disk(entry) {
            let is_it = state == entry.state && (!self.has_double(entry) || same_content());
            return is_it.then_some((entry, Intactness::Whole));
        }
        if state == entry.state && same_content() {
            return Some((entry, Intactness::Whole));
        }
        // A power cut can leave it shorter, never longer, with the time that it was given or one from while
        // it was written. A second of grace: file systems take their time from a coarser clock.
        let while_written =
            run.started.saturating_sub(1) <= state.modified.seconds && state.modified <= entry.written_at;
        let explained =
            state.bytes <= entry.state.bytes && (while_written || state.modified == entry.state.modified);
        explained.then_some((entry, Intactness::Lost))
    }

    /// The records that were proved by content and hold under these settings: written down anew, they need
    /// not be again.
    pub(super) fn proved_by_content(&self, settings: &Settings) -> Vec<Written> {
        let compared = self.compared.borrow();
        if compared.is_empty() {
            return Vec::new();
        }
        let holds = |index: u32, entry: &OutputEntry| {
            let run = self.runs.get(entry.run as usize);
            compared.get(&index) == Some(&true)
                && !self.reached_disk(entry)
                && run.is_some_and(|run| settings.are(&run.settings))
        };
        let mut proved = Vec::new();
        for (name, mut entries) in self.outputs() {
            proved.extend(
                entries.find(|(index, entry)| holds(*index, entry)).map(|(_, entry)| entry.written(name)),
            );
        }
        proved
    }

    /// Whether outputs of the present boot wait for a checkpoint.
    pub(super) fn awaits_checkpoint(&self) -> bool {
        let of_this_boot = |run: &RunRecord| run.boot == self.boot;
        let waits = |entry: &OutputEntry| {
            !entry.synced && self.runs.get(entry.run as usize).is_some_and(of_this_boot)
        };
        self.entries.iter().any(waits)
    }
}

/// How much of an output is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intactness {
    /// All of it.
    Whole,
    /// Its name and perhaps a part: the power failed before the rest was on the disk.
    Lost,
}

/// Whether an entry's input is this one: by its path, by another path to the same file, or moved with its
/// folder (nothing is at the old place, and name, size and time are the same).
fn is_same_input(entry: &OutputEntry, origin: &Origin<'_>) -> bool {
    let recorded = entry.input.as_path();
    if recorded == origin.input {
        return true;
    }
    match fs::metadata(recorded) {
        Ok(there) => FileIdentity::at(origin.input) == Some(FileIdentity::of(&there)),
        Err(error) => {
            error.kind() == io::ErrorKind::NotFound
                && entry.seen == origin.seen
                && recorded.file_name() == origin.input.file_name()
        }
    }
}
