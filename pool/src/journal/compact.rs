//! Writing the journal anew without what is out of date.

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
