//! Hints that something has happened in a hot folder, where the file system gives them: the kernel's inotify.
//! They only make things quicker: whatever a hint says is looked at, and everything is looked at anyway every
//! now and then.
//!
//! Owns the one inotify descriptor, shared by whoever adds folders and a thread that waits for events. That
//! thread ends with the program.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use crossbeam_channel::Sender;
use pool::lock::lock;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

/// Bytes of events that are read at a time.
const EVENTS: usize = 64 << 10;

/// What may have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hint {
    /// Something about a file; absolute.
    File(PathBuf),
    /// A folder has come; absolute.
    Folder(PathBuf),
    /// More than could be kept.
    Anything,
}

/// Folders that hints come from.
#[derive(Debug)]
pub(super) struct Hints {
    inotify: Arc<OwnedFd>,
    folders: Arc<Mutex<HashMap<i32, PathBuf>>>,
}

impl Hints {
    /// From now on hints go to `told`.
    pub(super) fn start(told: Sender<Hint>) -> io::Result<Hints> {
        let inotify = Arc::new(inotify::init(CreateFlags::CLOEXEC)?);
        let folders = Arc::new(Mutex::new(HashMap::new()));
        let hints = Hints { inotify: Arc::clone(&inotify), folders: Arc::clone(&folders) };
        thread::Builder::new().name("hints".to_owned()).spawn(move || listen(&inotify, &folders, &told))?;
        Ok(hints)
    }

    /// Hints of what happens in this folder from now on, too. Once more is no more.
    pub(super) fn add(&self, folder: &Path) -> io::Result<()> {
        let wanted = WatchFlags::CLOSE_WRITE
            | WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::MOVED_FROM
            | WatchFlags::DELETE
            | WatchFlags::ATTRIB
            | WatchFlags::ONLYDIR
            | WatchFlags::DONT_FOLLOW;
        let number = inotify::add_watch(&self.inotify, folder, wanted)?;
        // What happened in between is seen by whoever looks at the folder now.
        lock(&self.folders).insert(number, folder.to_owned());
        Ok(())
    }
}

fn listen(inotify: &OwnedFd, folders: &Mutex<HashMap<i32, PathBuf>>, told: &Sender<Hint>) {
    let mut buffer = vec![MaybeUninit::uninit(); EVENTS];
    let mut events = Reader::new(inotify, &mut buffer);
    loop {
        let hint = match events.next() {
            Ok(event) => {
                let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
                hint(event.wd(), event.events(), name, &mut lock(folders))
            }
            Err(Errno::INTR) => None,
            // Looking at everything every now and then has to do.
            Err(_) => return,
        };
        if let Some(hint) = hint
            && told.send(hint).is_err()
        {
            return;
        }
    }
}

/// What an event about something in a folder hints at.
fn hint(
    number: i32,
    events: ReadFlags,
    name: Option<&OsStr>,
    folders: &mut HashMap<i32, PathBuf>,
) -> Option<Hint> {
    if events.contains(ReadFlags::QUEUE_OVERFLOW) {
        return Some(Hint::Anything);
    }
    if events.contains(ReadFlags::IGNORED) {
        folders.remove(&number);
        return None;
    }
    let path = folders.get(&number)?.join(name?);
    match events.contains(ReadFlags::ISDIR) {
        true if events.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO) => Some(Hint::Folder(path)),
        // A folder that has gone took its files along.
        true if events.intersects(ReadFlags::MOVED_FROM) => Some(Hint::Anything),
        true => None,
        false => Some(Hint::File(path)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    #[test]
    fn files_and_folders_that_come_are_hinted_at() {
        let dir = tempfile::tempdir().unwrap();
        let (sender, hints) = crossbeam_channel::unbounded();
        let folders = Hints::start(sender).unwrap();
        folders.add(dir.path()).unwrap();
        folders.add(dir.path()).unwrap();
        assert_eq!(lock(&folders.folders).len(), 1);
        let next = || hints.recv_timeout(Duration::from_secs(60)).unwrap();
        let [a, b, day] = ["a.jpg", "b.jpg", "day"].map(|name| dir.path().join(name));
        fs::write(&a, "x").unwrap();
        assert_eq!(next(), Hint::File(a.clone()));
        fs::rename(&a, &b).unwrap();
        while next() != Hint::File(b.clone()) {}
        fs::create_dir(&day).unwrap();
        assert_eq!(next(), Hint::Folder(day.clone()));
        folders.add(&day).unwrap();
        fs::remove_dir(&day).unwrap();
        fs::remove_file(&b).unwrap();
        assert_eq!(next(), Hint::File(b));
        assert_eq!(lock(&folders.folders).len(), 1, "nothing is kept of a folder that is gone");
        assert!(folders.add(&day).is_err());
    }

    #[test]
    fn what_is_lost_or_moved_away_may_be_anything() {
        let mut folders = HashMap::from([(7, PathBuf::from("/hot"))]);
        let mut hint = |number, events, name| hint(number, events, name, &mut folders);
        let name = Some(OsStr::new("x"));
        assert_eq!(hint(-1, ReadFlags::QUEUE_OVERFLOW, None), Some(Hint::Anything));
        assert_eq!(hint(7, ReadFlags::MOVED_FROM | ReadFlags::ISDIR, name), Some(Hint::Anything));
        assert_eq!(hint(7, ReadFlags::DELETE | ReadFlags::ISDIR, name), None);
        assert_eq!(hint(8, ReadFlags::CREATE, name), None);
        assert_eq!(hint(7, ReadFlags::IGNORED, None), None);
        assert_eq!(hint(7, ReadFlags::CREATE, name), None, "it is forgotten");
    }
}
