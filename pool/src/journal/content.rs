//! The checksum of an output's content.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crc32fast::Hasher;
use rustix::fs::OFlags;

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// CRC-32 (that of zip and PNG) of everything from the file's position on. It finds what a lost write leaves,
/// not a forger.
pub(super) fn checksum(mut file: &File) -> io::Result<u32> {
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize()),
            Ok(length) => hasher.update(buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether a file has this checksum.
pub(super) fn content_is(path: &Path, expected: u32) -> bool {
    let file = File::options().read(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path);
    file.and_then(|file| checksum(&file)).is_ok_and(|sum| sum == expected)
}

/// What an output held when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedContent {
    pub(super) bytes: u64,
    pub(super) checksum: u32,
}

impl RecordedContent {
    /// Whether a file holds the same, whatever its time. What is no file, such as a link, does not.
    pub fn is_in(&self, path: &Path) -> io::Result<bool> {
        let there = path.symlink_metadata()?;
        if !there.is_file() || there.len() != self.bytes {
            return Ok(false);
        }
        let nofollow = OFlags::NOFOLLOW.bits().cast_signed();
        let file = File::options().read(true).custom_flags(nofollow).open(path)?;
        Ok(checksum(&file)? == self.checksum)
    }
}
