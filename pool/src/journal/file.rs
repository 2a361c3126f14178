//! The journal's file, as it is read: whole, and only where it is one. No state.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

/// Bytes that a journal may have: some four million results. Nobody writes a longer one, so that whoever
/// comes next can read it.
pub(super) const MOST_BYTES: u64 = 1 << 30;

/// Why what is there cannot be read as a journal.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum NoJournal {
    #[error("its journal is a link; remove it, or choose another --state")]
    Link,
    #[error("its journal is not a file; remove it, or choose another --state")]
    NotAFile,
    #[error("its journal is larger than 1 GiB; choose another --state, or another output folder")]
    TooLarge,
}

impl From<NoJournal> for io::Error {
    fn from(problem: NoJournal) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidInput, problem)
    }
}

/// What is in a journal's file, if there is one.
pub(super) fn read(journal: &Path) -> io::Result<Option<Vec<u8>>> {
    // A pipe in its place is not waited for, and no link leads elsewhere.
    let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits().cast_signed();
    let file = match File::options().read(true).custom_flags(flags).open(journal) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Err(NoJournal::Link.into());
        }
        file => file?,
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(NoJournal::NotAFile.into());
    }
    if metadata.len() > MOST_BYTES {
        return Err(NoJournal::TooLarge.into());
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_journal_is_named_by_its_kind() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let said = |name: &str| read(&path(name)).unwrap_err().to_string();
        assert_eq!(read(&path("none")).unwrap(), None);
        std::fs::write(path("short"), "journal").unwrap();
        assert_eq!(read(&path("short")).unwrap().unwrap(), b"journal");
        std::os::unix::fs::symlink(path("short"), path("link")).unwrap();
        assert!(said("link").contains("is a link"));
        std::fs::create_dir(path("folder")).unwrap();
        assert!(said("folder").contains("is not a file"));
        // A sparse file, which takes no room.
        File::create(path("long")).unwrap().set_len(MOST_BYTES + 1).unwrap();
        assert!(said("long").contains("larger than 1 GiB"));
    }
}
