//! Writing the journal anew without what is out of date, or is not wanted any more.

use std::io;
use std::path::Path;

use super::frame::{self, HEADER};
use super::history::{History, OutputEntry};
use super::record::Record;

/// The bytes of a journal that proves the same about what is below `root` now. Of each output one record
/// is kept: the one that its file matches, else the newest.
pub(super) fn compacted(history: &History, root: &Path) -> io::Result<Vec<u8>> {
    let mut kept: Vec<(&Path, u32, &OutputEntry)> = Vec::new();
    for (name, entries) in history.outputs() {
        let path = root.join(name);
        let metadata = path.symlink_metadata().ok();
        let entries: Vec<_> = entries.collect();
        let matching = entries.iter().find(|(index, _)| {
            metadata.as_ref().is_some_and(|metadata| history.intactness(*index, &path, metadata).is_some())
        });
        kept.extend(matching.or(entries.first()).map(|(index, entry)| (name, *index, *entry)));
    }
    // As they were written; within a run, those that a checkpoint covers come before it.
    kept.sort_unstable_by_key(|(_, index, entry)| (entry.run, !entry.synced, *index));

    let mut bytes = HEADER.to_vec();
    for of_run in kept.chunk_by(|(_, _, a), (_, _, b)| a.run == b.run) {
        let run = of_run.first().and_then(|(_, _, entry)| history.runs.get(entry.run as usize));
        let Some(run) = run else { continue };
        frame::push(&mut bytes, &Record::Run(run.clone()))?;
        let synced = of_run.partition_point(|(_, _, entry)| entry.synced);
        let (synced, unsynced) = of_run.split_at(synced);
        for (name, _, entry) in synced {
            frame::push(&mut bytes, &Record::Made(entry.written(name)))?;
        }
        if !synced.is_empty() {
            let until = bytes.len() as u64;
            frame::push(&mut bytes, &Record::Synced { until })?;
        }
        for (name, _, entry) in unsynced {
            frame::push(&mut bytes, &Record::Made(entry.written(name)))?;
        }
    }
    Ok(bytes)
}

impl History {
    /// Forgets results below `root` that are gone, but for so many, the newest: where results are taken away
    /// as they come, what is kept of them would grow for ever.
    pub fn forget_gone(&mut self, root: &Path, keep: usize) {
        if self.newest.len() <= 2 * keep {
            return;
        }
        let is_gone = |name: &Path| root.join(name).symlink_metadata().is_err();
        let mut gone: Vec<u32> =
            self.newest.iter().filter(|(name, _)| is_gone(name)).map(|(_, newest)| *newest).collect();
        gone.sort_unstable();
        gone.truncate(gone.len().saturating_sub(keep));
        self.newest.retain(|_, newest| gone.binary_search(newest).is_err());
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MadeOutput, NOW, journal, read, run, state, written};
    use super::*;

    #[test]
    fn of_results_that_are_gone_the_newest_are_remembered() {
        let folder = MadeOutput(tempfile::tempdir().unwrap());
        let root = folder.0.path();
        let results = (0..20).map(|n| written(&format!("{n}.jpg"), "/in/a", state(10, NOW)));
        let bytes = journal(&[run("b")].into_iter().chain(results).collect::<Vec<_>>());
        folder.put("0.jpg", state(10, NOW));
        folder.put("7.jpg", state(10, NOW));
        let known = |history: &History| {
            (0..20).filter(|n| history.knows(Path::new(&format!("{n}.jpg")))).collect::<Vec<_>>()
        };
        let mut history = read(&bytes, "b");
        history.forget_gone(root, 10);
        assert_eq!(known(&history).len(), 20, "so few are no burden");
        history.forget_gone(root, 3);
        assert_eq!(known(&history), [0, 7, 17, 18, 19]);
        let compact = compacted(&history, root).unwrap();
        assert!(compact.len() < bytes.len() / 2);
        assert_eq!(known(&read(&compact, "b")), [0, 7, 17, 18, 19]);
    }
}
