//! Where the sockets of the first contact between supervisor and workers are made: where temporary files
//! go, or wherever else there is room. ipc-channel panics where it finds none.
//!
//! State: the folder that was chosen in place of the usual one, for good, since it is the process's.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use tracing::warn;

use crate::escape::escape;

/// The longest path of a folder in which a socket can still have a name (unix(7): 108 bytes in all).
const LONGEST: usize = 80;

/// Sees to it that sockets can be made; `spare` is a folder to fall back on. The error says what to do.
pub(super) fn ensure(spare: Option<&Path>) -> io::Result<()> {
    // ipc-channel panics at a name that is no text, too.
    let named = tempfile::env::temp_dir();
    let named = named.to_str().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "its name is no text"));
    let Err(error) = named.and_then(|_| tempfile::tempdir()).map(drop) else { return Ok(()) };
    // Whatever else is wrong, such as too many open files, is so everywhere.
    let is_the_folder = matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
    );
    let usual = ["/tmp", "/var/tmp", "/dev/shm"].map(PathBuf::from);
    let of_user = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let others = usual.into_iter().chain(of_user).chain(spare.map(Path::to_owned));
    let chosen = if is_the_folder { first_with_room(others) } else { None };
    match chosen.map(|folder| tempfile::env::override_temp_dir(&folder).map(|()| folder)) {
        Some(Ok(folder)) => {
            warn!(folder = %escape(&folder), %error, "takes the place of the folder for temporary files");
            Ok(())
        }
        // Chosen once already, and gone since.
        Some(Err(_)) | None => Err(no_room(&error)),
    }
}

fn no_room(error: &io::Error) -> io::Error {
    let folder = escape(&tempfile::env::temp_dir());
    let said = format!(
        "there is no room for a socket in {folder}: {error}; set TMPDIR to a folder that can be written to"
    );
    io::Error::new(error.kind(), said)
}

/// The first folder in which a socket can be made, under a name that is short enough.
fn first_with_room(folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    folders.filter_map(|folder| short(&folder)).find(|folder| {
        let trial = tempfile::tempdir_in(folder);
        trial.and_then(|trial| UnixListener::bind(trial.path().join("socket"))).is_ok()
    })
}

/// The folder itself, or a shorter way to it: by a descriptor of ours, which stays open, as others see it.
fn short(folder: &Path) -> Option<PathBuf> {
    if folder.as_os_str().len() <= LONGEST && folder.to_str().is_some() {
        return Some(folder.to_owned());
    }
    let open = File::open(folder).ok()?;
    let way = format!("/proc/{}/fd/{}", std::process::id(), open.as_raw_fd());
    // For as long as the process lives: there is at most one such folder.
    std::mem::forget(open);
    Some(PathBuf::from(way))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_find_room_wherever_there_is_some() {
        let dir = tempfile::tempdir().unwrap();
        let (missing, file) = (dir.path().join("missing"), dir.path().join("file"));
        std::fs::write(&file, "").unwrap();
        let deep = dir.path().join("d".repeat(100)).join("e".repeat(100));
        std::fs::create_dir_all(&deep).unwrap();
        let room = |folders: &[&Path]| first_with_room(folders.iter().map(|folder| folder.to_path_buf()));
        assert_eq!(room(&[&missing, &file]), None);
        assert_eq!(room(&[&missing, dir.path()]), Some(dir.path().to_owned()));
        let way = room(&[&missing, &deep]).unwrap();
        assert!(way.as_os_str().len() <= LONGEST, "{}", way.display());
        assert_eq!(std::fs::canonicalize(way).unwrap(), std::fs::canonicalize(&deep).unwrap());
        assert_eq!(std::fs::read_dir(&deep).unwrap().count(), 0, "the trial leaves nothing");
    }
}
