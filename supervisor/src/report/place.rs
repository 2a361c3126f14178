//! Where a report or a manifest goes: a file is put in the place of an older one, a pipe or a device is
//! written into, and neither is taken for the other. No state.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use pool::escape::escape;
use pool::replace_file::replace_file;
use rustix::fs::{Access, OFlags};

use crate::console::{Patient, complain};

/// No chain of links is longer (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file, or nothing yet.
    File,
    /// A pipe, or a device that takes bytes as they come.
    Stream,
    /// What this process has open under a number, as `/dev/stdout` is.
    Open(u32),
}

/// Why nothing can be written there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoRoom {
    #[error("there is a folder of that name")]
    Folder,
    #[error("this is a disk, not a file")]
    Disk,
    #[error("this is a socket, not a file")]
    Socket,
    #[error("its folder: {0}")]
    ShutFolder(#[source] io::Error),
    /// Some folders let anybody in and take no file, as those of the kernel.
    #[error("its folder takes no files")]
    StrangeFolder,
    #[error(transparent)]
    Shut(io::Error),
}

impl Place {
    /// Where results are told.
    pub(crate) const STANDARD_OUTPUT: Place = Place::Open(1);

    pub(crate) fn of(path: &Path) -> Result<Place, NoRoom> {
        if let Some(number) = open_number(path) {
            return Ok(Place::Open(number));
        }
        let Ok(kind) = fs::metadata(path).map(|there| there.file_type()) else { return Ok(Place::File) };
        if kind.is_dir() {
            Err(NoRoom::Folder)
        } else if kind.is_block_device() {
            Err(NoRoom::Disk)
        } else if kind.is_socket() {
            Err(NoRoom::Socket)
        } else if kind.is_file() {
            Ok(Place::File)
        } else {
            Ok(Place::Stream)
        }
    }

    /// Whether a reader may let the writer wait.
    pub(crate) fn may_stall(self) -> bool {
        match self {
            Place::File => false,
            Place::Stream | Place::Open(_) => true,
        }
    }
}

/// The number of an open file that a name leads to, through `/dev/stdout`, `/dev/fd` or `/proc/self/fd`
/// (proc_pid_fd(5)).
fn open_number(path: &Path) -> Option<u32> {
    let numbers = fs::canonicalize("/proc/self/fd").ok()?;
    let mut path = std::path::absolute(path).ok()?;
    for _ in 0..MOST_LINKS {
        let folder = fs::canonicalize(path.parent()?).ok()?;
        if folder == numbers {
            let number = path.file_name()?.to_str()?.parse().ok()?;
            return path.symlink_metadata().is_ok().then_some(number);
        }
        path = folder.join(fs::read_link(&path).ok()?);
    }
    None
}

/// Whether something can be written there, as far as that can be told beforehand, or why not. Leaves nothing.
pub(crate) fn find_room(path: &Path) -> Result<Place, NoRoom> {
    let place = Place::of(path)?;
    match place {
        Place::File => {
            let folder = folder_of(path);
            rustix::fs::access(folder, Access::WRITE_OK).map_err(|error| NoRoom::ShutFolder(error.into()))?;
            tempfile::tempfile_in(folder).map_err(|_| NoRoom::StrangeFolder)?;
        }
        Place::Stream => {
            rustix::fs::access(path, Access::WRITE_OK).map_err(|error| NoRoom::Shut(error.into()))?;
        }
        Place::Open(number) => drop(open_again(number).map_err(NoRoom::Shut)?),
    }
    Ok(place)
}

/// The folder that a file stands in, or will.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes what `write` writes there. A file is written beside its name and renamed: a reader sees the old one
/// or the new one, never half of one. A pipe that nobody reads is waited for.
pub(super) fn put(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match Place::of(path).map_err(io::Error::other)? {
        Place::File => replace_file(path, write),
        Place::Stream => into(opened(path)?, write),
        Place::STANDARD_OUTPUT => into(io::stdout().lock(), write),
        Place::Open(2) => into(io::stderr().lock(), write),
        Place::Open(number) => into(open_again(number)?, write),
    }
}

/// Writes it in one go, however slow the other end is to take it.
fn into(out: impl Write + AsFd, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut text = Vec::new();
    write(&mut text)?;
    let mut out = Patient(out);
    out.write_all(&text)?;
    out.flush()
}

/// What was open under a number, opened once more, behind what was written to it by now.
fn open_again(number: u32) -> io::Result<File> {
    File::options().append(true).open(PathBuf::from(format!("/proc/self/fd/{number}")))
}

fn opened(path: &Path) -> io::Result<File> {
    let at_once = OFlags::NONBLOCK.bits().cast_signed();
    match File::options().write(true).custom_flags(at_once).open(path) {
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
            complain(&format!("{}: waiting for somebody to read from it", escape(path)));
            File::options().write(true).open(path)
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use rustix::fs::{CWD, mkfifoat};

    use super::*;

    #[test]
    fn pipes_and_devices_are_written_into_and_files_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        mkfifoat(CWD, path("pipe"), 0o600.into()).unwrap();
        symlink(path("pipe"), path("link")).unwrap();
        for name in ["pipe", "link"] {
            assert_eq!(find_room(&path(name)).unwrap(), Place::Stream);
            let pipe = path("pipe");
            let reader = std::thread::spawn(move || {
                let mut read = String::new();
                File::open(pipe).unwrap().read_to_string(&mut read).unwrap();
                read
            });
            put(&path(name), |out| out.write_all(b"told")).unwrap();
            assert_eq!(reader.join().unwrap(), "told");
            assert!(path("pipe").metadata().unwrap().file_type().is_fifo());
        }
        assert_eq!(Place::of(Path::new("/dev/null")).unwrap(), Place::Stream);
        put(Path::new("/dev/null"), |out| out.write_all(b"told")).unwrap();
        let full = put(Path::new("/dev/full"), |out| out.write_all(b"told")).unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        fs::write(path("file"), "old").unwrap();
        put(&path("file"), |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(path("file")).unwrap(), b"new");
    }

    #[test]
    fn what_is_open_is_known_by_its_number() {
        let dir = tempfile::tempdir().unwrap();
        let file = File::create(dir.path().join("file")).unwrap();
        let number = std::os::fd::AsRawFd::as_raw_fd(&file).cast_unsigned();
        let link = dir.path().join("link");
        symlink(format!("/dev/fd/{number}"), &link).unwrap();
        for path in [Path::new(&format!("/proc/self/fd/{number}")), &link] {
            assert_eq!(find_room(path).unwrap(), Place::Open(number));
            put(path, |out| out.write_all(b"told ")).unwrap();
        }
        assert_eq!(fs::read(dir.path().join("file")).unwrap(), b"told told ");
        assert_eq!(Place::of(Path::new("/dev/stdout")).unwrap(), Place::Open(1));
        assert_eq!(Place::of(Path::new("/dev/fd/9999")).unwrap(), Place::File);
        let closed = find_room(Path::new("/dev/fd/9999"));
        assert!(matches!(closed, Err(NoRoom::ShutFolder(_) | NoRoom::StrangeFolder)), "{closed:?}");
    }

    #[test]
    fn folders_and_sockets_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(find_room(dir.path()), Err(NoRoom::Folder)));
        let socket = dir.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(matches!(find_room(&socket), Err(NoRoom::Socket)));
        assert!(matches!(find_room(&dir.path().join("none/file")), Err(NoRoom::ShutFolder(_))));
    }
}
