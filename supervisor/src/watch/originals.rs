//! Originals that are done go to a folder of their own: by a rename, or across file systems by a copy that is
//! on the disk before the original goes. No file is replaced there; a name that is taken gets a number. An
//! original that has changed meanwhile stays where it is.
//!
//! Owns a thread, so that a slow disk holds up nothing else, and the scratch folder for copies.

use std::fs::{self, File, FileTimes, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};
use pool::commit::{give_name, make_folders};
use pool::journal::FileState;
use tracing::debug;

use crate::plan::numbered;
use crate::scratch::Scratch;

/// How the name of the scratch folder begins.
const SCRATCH: &str = ".supervisor-originals-";

/// An original that is done.
#[derive(Debug)]
struct Original {
    /// Below the hot folder.
    path: PathBuf,
    /// As it was when it was taken.
    state: FileState,
}

/// What became of an original.
#[derive(Debug)]
pub(super) enum Moved {
    /// It is not there any more.
    Away,
    /// It has changed since, and stays.
    Changed,
    /// It could not be moved, and stays.
    Stays(io::Error),
}

/// The thread that moves them.
#[derive(Debug)]
pub(super) struct Originals {
    orders: Sender<Original>,
    moved: Receiver<(PathBuf, Moved)>,
    thread: JoinHandle<()>,
}

impl Originals {
    /// Moves originals from below one folder to below the other, which is there.
    pub(super) fn start(from: PathBuf, to: PathBuf) -> io::Result<Originals> {
        let (orders, todo) = unbounded::<Original>();
        let (done, moved) = unbounded();
        let mut mover = Mover { from, to, scratch: None };
        let thread = thread::Builder::new().name("originals".to_owned()).spawn(move || {
            for Original { path, state } in todo {
                let moved = mover.move_away(&path, state).unwrap_or_else(|error| {
                    // It may be on a disk that comes back as another one.
                    mover.scratch = None;
                    Moved::Stays(error)
                });
                // Nobody who hears it any more is no reason to leave the others.
                let _ = done.send((path, moved));
            }
        })?;
        Ok(Originals { orders, moved, thread })
    }

    /// Has one moved; its path is below the hot folder.
    pub(super) fn order(&self, path: PathBuf, state: FileState) {
        // The thread lives as long as the sender.
        let _ = self.orders.send(Original { path, state });
    }

    /// What became of them.
    pub(super) fn moved(&self) -> &Receiver<(PathBuf, Moved)> {
        &self.moved
    }

    /// Waits until all are moved; what became of those that nobody has heard of.
    pub(super) fn finish(self) -> Vec<(PathBuf, Moved)> {
        drop(self.orders);
        if self.thread.join().is_err() {
            debug!("the thread that moves originals has panicked");
        }
        self.moved.try_iter().collect()
    }
}

#[derive(Debug)]
struct Mover {
    from: PathBuf,
    to: PathBuf,
    scratch: Option<Scratch>,
}

impl Mover {
    fn move_away(&mut self, path: &Path, state: FileState) -> io::Result<Moved> {
        let (from, to) = (self.from.join(path), self.to.join(path));
        match there(&from)? {
            None => return Ok(Moved::Away),
            Some(metadata) if FileState::of(&metadata) != state => return Ok(Moved::Changed),
            Some(_) => {}
        }
        make_folders(&self.to, path.parent().unwrap_or(Path::new("")))?;
        let given = match give_free_name(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                return self.copy_away(&from, &to, state);
            }
            given => given?,
        };
        // Whoever put another one in its place at the very moment gets it back.
        let is_it = there(&given)?.is_some_and(|metadata| FileState::of(&metadata) == state);
        if !is_it && give_name(&given, &from, false).is_ok() {
            return Ok(Moved::Changed);
        }
        Ok(Moved::Away)
    }

    fn copy_away(&mut self, from: &Path, to: &Path, state: FileState) -> io::Result<Moved> {
        let scratch = match self.scratch.take() {
            Some(scratch) => scratch,
            None => Scratch::make_in(&self.to, SCRATCH)?,
        };
        let copy = self.scratch.insert(scratch).path().join("original");
        let mut original = File::open(from)?;
        let mut file = File::create(&copy)?;
        io::copy(&mut original, &mut file)?;
        let metadata = original.metadata()?;
        file.set_permissions(metadata.permissions())?;
        file.set_times(FileTimes::new().set_modified(metadata.modified()?))?;
        file.sync_all()?;
        if FileState::of(&metadata) != state || FileState::of(&file.metadata()?).bytes != state.bytes {
            return Ok(Moved::Changed);
        }
        // A kill between the copy's name and the end of the original leaves both.
        if !is_same(&file.metadata()?, &copy, to)? {
            give_free_name(&copy, to)?;
            File::open(to.parent().unwrap_or(&self.to))?.sync_all()?;
        }
        match there(from)? {
            Some(metadata) if FileState::of(&metadata) != state => Ok(Moved::Changed),
            Some(_) => fs::remove_file(from).map(|()| Moved::Away),
            None => Ok(Moved::Away),
        }
    }
}

fn there(path: &Path) -> io::Result<Option<Metadata>> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        metadata => metadata.map(Some),
    }
}

/// Gives a file this name on the same file system, or the first with a number that is free; the name.
fn give_free_name(file: &Path, name: &Path) -> io::Result<PathBuf> {
    let mut number = 0;
    loop {
        let name = numbered(name, number);
        match give_name(file, &name, false) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            given => return given.map(|()| name),
        }
    }
}

/// Whether the file that stands there is the same as a copy.
fn is_same(state: &Metadata, copy: &Path, other: &Path) -> io::Result<bool> {
    let Some(there) = there(other)?.filter(Metadata::is_file) else { return Ok(false) };
    if FileState::of(&there) != FileState::of(state) {
        return Ok(false);
    }
    let (mut one, mut two) = (File::open(copy)?, File::open(other)?);
    let (mut left, mut right) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let read = one.read(&mut left)?;
        let (Some(left), Some(right)) = (left.get(..read), right.get_mut(..read)) else { return Ok(false) };
        match two.read_exact(right) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            result => result?,
        }
        if left != right || read == 0 {
            return Ok(left == right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folders(tempfile::TempDir, Mover);

    impl Folders {
        /// A hot folder, and one for originals, which may be on another file system.
        fn new(to: &Path) -> Folders {
            let dir = tempfile::tempdir().unwrap();
            let from = dir.path().join("hot");
            fs::create_dir_all(from.join("day")).unwrap();
            Folders(dir, Mover { from, to: to.to_owned(), scratch: None })
        }

        fn write(&self, name: &str, text: &str) -> FileState {
            let path = self.1.from.join(name);
            fs::write(&path, text).unwrap();
            FileState::of(&path.metadata().unwrap())
        }

        fn move_away(&mut self, name: &str, state: FileState) -> String {
            let moved = self.1.move_away(Path::new(name), state);
            match moved.unwrap() {
                Moved::Away => "away".to_owned(),
                Moved::Changed => "changed".to_owned(),
                Moved::Stays(error) => error.to_string(),
            }
        }
    }

    /// Folders on this file system and, where there is one, on another.
    fn places() -> Vec<tempfile::TempDir> {
        let [here, other] = [std::env::temp_dir(), "/dev/shm".into()].map(tempfile::tempdir_in);
        [here, other].into_iter().flatten().collect()
    }

    #[test]
    fn originals_keep_their_folder_and_replace_nothing() {
        for place in places() {
            let mut folders = Folders::new(place.path());
            for text in ["first", "second", "third"] {
                let state = folders.write("day/a.jpg", text);
                assert_eq!(folders.move_away("day/a.jpg", state), "away");
                assert!(!folders.1.from.join("day/a.jpg").exists());
            }
            for (name, text) in [("a.jpg", "first"), ("a-1.jpg", "second"), ("a-2.jpg", "third")] {
                assert_eq!(fs::read_to_string(place.path().join("day").join(name)).unwrap(), text);
            }
        }
    }

    #[test]
    fn one_that_changed_stays_and_one_that_is_gone_is_gone() {
        for place in places() {
            let mut folders = Folders::new(place.path());
            let state = folders.write("a.jpg", "first");
            folders.write("a.jpg", "longer than that");
            assert_eq!(folders.move_away("a.jpg", state), "changed");
            assert!(folders.1.from.join("a.jpg").exists());
            fs::remove_file(folders.1.from.join("a.jpg")).unwrap();
            assert_eq!(folders.move_away("a.jpg", state), "away");
        }
    }

    #[test]
    fn a_copy_that_a_killed_program_made_is_not_made_again() {
        let place = tempfile::tempdir().unwrap();
        let mut folders = Folders::new(place.path());
        let state = folders.write("a.jpg", "first");
        let (from, to) = (folders.1.from.join("a.jpg"), place.path().join("a.jpg"));
        fs::copy(&from, &to).unwrap();
        let modified = from.metadata().unwrap().modified().unwrap();
        File::options().write(true).open(&to).unwrap().set_modified(modified).unwrap();
        assert!(matches!(folders.1.copy_away(&from, &to, state).unwrap(), Moved::Away));
        assert!(!from.exists() && !place.path().join("a-1.jpg").exists());
        // One with another content of the same size and time is another one.
        let state = folders.write("a.jpg", "other");
        let modified = from.metadata().unwrap().modified().unwrap();
        File::options().write(true).open(&to).unwrap().set_modified(modified).unwrap();
        assert!(matches!(folders.1.copy_away(&from, &to, state).unwrap(), Moved::Away));
        assert_eq!(fs::read_to_string(place.path().join("a-1.jpg")).unwrap(), "other");
    }

    #[test]
    fn what_cannot_be_moved_stays() {
        let place = tempfile::tempdir().unwrap();
        let folders = Folders::new(&place.path().join("gone"));
        let state = folders.write("day/a.jpg", "first");
        let Folders(_dir, mover) = folders;
        let from = mover.from.clone();
        let originals = Originals::start(mover.from, mover.to).unwrap();
        originals.order("day/a.jpg".into(), state);
        let moved = originals.finish();
        assert!(matches!(moved.as_slice(), [(_, Moved::Stays(_))]), "{moved:?}");
        assert!(from.join("day/a.jpg").exists());
        assert!(!place.path().join("gone").exists(), "a folder that was taken away is not made again");
    }
}
