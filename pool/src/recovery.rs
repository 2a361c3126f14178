//! Finishes what a killed run did half: a photo of which some results stand under their names while others
//! wait in staging. Where all files are there, the others get their names; else those that have theirs lose
//! them, and what stood there before comes back. Nothing outside of the output folder is touched: it may have
//! come from a stranger, with its journal. No state; runs once, under the lock, before the plan is made and
//! staging is swept.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tracing::{debug, info, warn};

use crate::escape::escape;
use crate::journal::{History, UnfinishedPhoto, UnfinishedResult};
use crate::output_folder::staging_of_all;
use crate::replace_file::HALF_WRITTEN;

/// Leaves no photo in the output folder half-published. Nothing that it cannot do is in the way of a run:
/// the plan then sees a photo with missing results, and makes it anew.
pub fn recover(history: &History, output: &Path, state: &Path) {
    let mut unfinished = history.unfinished(output);
    unfinished.retain(|photo| photo.0.iter().all(|result| is_inside(&result.output, output)));
    if unfinished.is_empty() {
        return;
    }
    let (mut files, mut beside) = (Vec::new(), Vec::new());
    gather(&staging_of_all(state), &mut files);
    for UnfinishedPhoto(results) in &unfinished {
        for folder in results.iter().filter_map(|result| result.output.parent()) {
            // Where staging is on another file system.
            let found = folder.read_dir().into_iter().flatten().flatten();
            let found = found.filter(|file| file.file_name().as_bytes().starts_with(HALF_WRITTEN.as_bytes()));
            beside.extend(found.map(|file| file.path()));
        }
    }
    files.extend(beside.iter().cloned());
    for UnfinishedPhoto(results) in unfinished {
        let done = match finish(&results, &files) {
            Some(missing) => missing.into_iter().try_for_each(|(file, to)| fs::rename(file, to)),
            None => take_back(&results, &files),
        };
        let outputs: Vec<String> = results.iter().map(|result| escape(&result.output)).collect();
        match done {
            Ok(()) => info!(?outputs, "a photo that a killed run had half-published is put right"),
            Err(error) => warn!(?outputs, %error, "a photo stays half-published"),
        }
    }
    for file in beside.iter().filter(|file| file.symlink_metadata().is_ok()) {
        if let Err(error) = fs::remove_file(file) {
            debug!(file = %escape(file), %error, "cannot be removed");
        }
    }
}

/// Whether a file is, or would be, below a folder, whichever links lead to it.
fn is_inside(file: &Path, folder: &Path) -> bool {
    let nearest = file.ancestors().skip(1).find(|folder| folder.symlink_metadata().is_ok());
    let real = nearest.and_then(|nearest| nearest.canonicalize().ok());
    real.zip(folder.canonicalize().ok()).is_some_and(|(real, folder)| real.starts_with(folder))
}

/// The files that have to get their names; `None` if one is gone or may not get its name.
fn finish<'a>(results: &'a [UnfinishedResult], files: &'a [PathBuf]) -> Option<Vec<(&'a Path, &'a Path)>> {
    let mut missing = Vec::new();
    for result in results.iter().filter(|result| !result.is(&result.output)) {
        let file = files.iter().find(|file| result.is(file))?;
        let is_free = result.output.symlink_metadata().is_err() || result.was(&result.output);
        missing.push(is_free.then_some((file.as_path(), result.output.as_path()))?);
    }
    Some(missing)
}

fn take_back(results: &[UnfinishedResult], files: &[PathBuf]) -> io::Result<()> {
    for result in results {
        let stands = result.is(&result.output);
        match files.iter().find(|file| result.was(file)) {
            Some(older) if stands || result.output.symlink_metadata().is_err() => {
                fs::rename(older, &result.output)?;
            }
            Some(_) | None if stands => fs::remove_file(&result.output)?,
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// Every file below a folder.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => gather(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            Ok(_) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use protocol::ENGINE_REVISION;
    use recipe::format::Format;
    use recipe::{Recipe, WirePath};

    use super::*;
    use crate::journal::{FileState, Journal, Settings, Written};
    use crate::output_folder::state_folder;

    const NAMES: [&str; 2] = ["web/a.jpg", "print/a.jpg"];

    /// An output folder, as a run leaves it that was killed between two renames.
    struct Killed(tempfile::TempDir);

    impl Killed {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            for folder in ["web", "print", ".supervisor/staging/1-a/0.0"] {
                fs::create_dir_all(dir.path().join(folder)).unwrap();
            }
            Self(dir)
        }

        fn output(&self, index: usize) -> PathBuf {
            self.0.path().join(NAMES[index])
        }

        /// One that had its first result in place, and not yet its second.
        fn midway() -> Killed {
            let killed = Killed::new();
            write(&killed.output(0), "first");
            write(&killed.staging("0.1.1"), "second");
            killed.write_down(vec![
                killed.record(0, &killed.output(0)),
                killed.record(1, &killed.staging("0.1.1")),
            ]);
            killed
        }

        fn staging(&self, name: &str) -> PathBuf {
            self.0.path().join(".supervisor/staging/1-a/0.0").join(name)
        }

        /// What the journal would say of a file, if it were a result of this name.
        fn record(&self, index: usize, file: &Path) -> Written {
            let content = fs::read(file).unwrap();
            Written {
                output: WirePath(NAMES[index].into()),
                input: WirePath("/in/a.jpg".into()),
                seen: FileState::default(),
                format: Format::Jpeg,
                state: FileState::of(&file.metadata().unwrap()),
                written_at: FileState::of(&file.metadata().unwrap()).modified,
                checksum: crc32fast::hash(&content),
                revision: ENGINE_REVISION,
            }
        }

        fn write_down(&self, results: Vec<Written>) {
            let (root, state) = (self.0.path(), state_folder(self.0.path()));
            let history = History::read(&state).unwrap();
            let settings = Settings::of(&Recipe::default()).unwrap();
            let journal = Journal::open(&state, root, &history, settings).unwrap();
            journal.append(vec![results]).unwrap();
        }

        fn recover(&self) -> [Option<String>; 2] {
            let state = state_folder(self.0.path());
            recover(&History::read(&state).unwrap(), self.0.path(), &state);
            [0, 1].map(|index| fs::read_to_string(self.output(index)).ok())
        }
    }

    /// With a time of its own: two files written at once may have the same.
    fn write(file: &Path, content: &str) {
        fs::write(file, content).unwrap();
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(content.len() as u64);
        fs::File::options().write(true).open(file).unwrap().set_modified(time).unwrap();
    }

    fn texts(texts: [&str; 2]) -> [Option<String>; 2] {
        texts.map(|text| (!text.is_empty()).then(|| text.to_owned()))
    }

    #[test]
    fn the_missing_results_of_a_photo_get_their_names() {
        let killed = Killed::midway();
        assert_eq!(killed.recover(), texts(["first", "second"]));
    }

    #[test]
    fn where_a_result_is_gone_the_others_are_taken_back() {
        let killed = Killed::new();
        write(&killed.output(0), "older one");
        killed.write_down(vec![killed.record(0, &killed.output(0))]);
        fs::rename(killed.output(0), killed.staging("0.1.0.older")).unwrap();
        write(&killed.output(0), "first");
        write(&killed.staging("0.1.1"), "second");
        killed.write_down(vec![
            killed.record(0, &killed.output(0)),
            killed.record(1, &killed.staging("0.1.1")),
        ]);
        write(&killed.staging("0.1.1"), "other");
        assert_eq!(killed.recover(), texts(["older one", ""]));
    }

    #[test]
    fn without_an_older_file_nothing_stands_there_again() {
        let killed = Killed::midway();
        fs::remove_file(killed.staging("0.1.1")).unwrap();
        assert_eq!(killed.recover(), texts(["", ""]));
    }

    #[test]
    fn what_somebody_else_put_there_is_left_alone() {
        let killed = Killed::midway();
        write(&killed.output(1), "foreign");
        assert_eq!(killed.recover(), texts(["", "foreign"]));
        write(&killed.output(0), "changed since");
        assert_eq!(killed.recover(), texts(["changed since", "foreign"]));
    }

    #[test]
    fn nothing_outside_of_the_folder_is_made_or_removed_whatever_its_journal_says() {
        let outside = tempfile::tempdir().unwrap();
        let file = outside.path().join("a.jpg");
        let upwards = Path::new("..").join(file.strip_prefix(outside.path().parent().unwrap()).unwrap());
        for name in [file.clone(), upwards, "link/a.jpg".into()] {
            let killed = Killed::new();
            std::os::unix::fs::symlink(outside.path(), killed.0.path().join("link")).unwrap();
            write(&killed.output(0), "first");
            write(&killed.staging("0.1.1"), "second");
            let second = Written { output: WirePath(name), ..killed.record(1, &killed.staging("0.1.1")) };
            killed.write_down(vec![killed.record(0, &killed.output(0)), second]);
            killed.recover();
            assert!(!file.exists(), "a staged file was put there");
            // As if that had been done, and the other result were gone.
            write(&file, "second");
            fs::remove_file(killed.output(0)).unwrap();
            killed.recover();
            fs::remove_file(&file).expect("nobody removed it");
        }
    }

    #[test]
    fn what_was_staged_on_another_file_system_is_found_and_swept() {
        let killed = Killed::new();
        write(&killed.output(0), "first");
        let beside = killed.output(1).with_file_name(".half-written-0000abcd");
        write(&beside, "second");
        let left = killed.output(0).with_file_name(".half-written-0000abcd.older");
        write(&left, "what was there before");
        killed.write_down(vec![killed.record(0, &killed.output(0)), killed.record(1, &beside)]);
        assert_eq!(killed.recover(), texts(["first", "second"]));
        assert!(!beside.exists() && !left.exists());
    }
}
