//! The checksum of an output's content.

use std::fs::File;
use std::io::{self, Read};

use crc32fast::Hasher;

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
