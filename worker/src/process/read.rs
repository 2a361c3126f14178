//! The file of a job, read whole into memory that was asked for. No state.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use protocol::limits::Limits;
use protocol::{ErrorKind, JobError, Stage};
use recipe::Format;
use rustix::fs::OFlags;

use super::Allowance;

/// Reads a whole file into `bytes`.
pub(super) fn read(
    path: &Path,
    limits: &Limits,
    allowance: &Allowance<'_>,
    bytes: &mut Vec<u8>,
) -> Result<(), JobError> {
    let fail = |kind, detail: &str| JobError::new(Stage::Read, kind, detail);
    // Without blocking, since opening a FIFO waits for somebody to write into it; for a file it changes
    // nothing.
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let file =
        OpenOptions::new().read(true).custom_flags(nonblocking).open(path).map_err(|e| unreadable(&e))?;
    let metadata = file.metadata().map_err(|e| unreadable(&e))?;
    let kind = metadata.file_type();
    if !kind.is_file() {
        let what = match () {
            () if kind.is_dir() => "a folder",
            () if kind.is_fifo() => "a FIFO",
            () => "a device",
        };
        return Err(fail(ErrorKind::NotAnImage, &format!("is {what}, not a file")));
    }
    let length = metadata.len();
    if length == 0 {
        return Err(fail(ErrorKind::NotAnImage, "the file is empty"));
    }
    let limit = limits.max_input_bytes.min(limits.memory);
    if length > limit {
        return Err(fail(ErrorKind::TooLarge, &format!("the file has {length} bytes; the limit is {limit}")));
    }
    allowance.need(length, true)?;
    read_exactly(&file, length, bytes)?;
    let times = Format::sniff(bytes).map_or(1, |format| format.info().copies);
    if times > 1 {
        let needed = length.saturating_mul(times);
        if needed > limits.memory {
            let limit = limits.memory;
            let detail =
                format!("reading it needs {needed} bytes of memory; the limit is {limit} (--memory)");
            return Err(fail(ErrorKind::TooLarge, &detail));
        }
        allowance.need(needed, true)?;
    }
    Ok(())
}

fn read_exactly(file: &File, length: u64, bytes: &mut Vec<u8>) -> Result<(), JobError> {
    let out_of_memory = || {
        JobError::new(
            Stage::Read,
            ErrorKind::OutOfMemory,
            format!("no memory for the {length} bytes of the file"),
        )
    };
    bytes.clear();
    bytes
        .try_reserve_exact(usize::try_from(length).map_err(|_| out_of_memory())?)
        .map_err(|_| out_of_memory())?;
    let got = file.take(length).read_to_end(bytes).map_err(|e| unreadable(&e))? as u64;
    if got < length {
        let detail = format!("the file shrank from {length} to {got} bytes while it was read");
        return Err(JobError::new(Stage::Read, ErrorKind::Truncated, detail));
    }
    Ok(())
}

fn unreadable(error: &io::Error) -> JobError {
    let gone = error.kind() == io::ErrorKind::NotFound;
    let kind = if gone { ErrorKind::Vanished } else { ErrorKind::Unreadable };
    JobError::io(Stage::Read, kind, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_shrinks_is_truncated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short");
        std::fs::write(&path, b"12345").unwrap();
        let error = read_exactly(&File::open(path).unwrap(), 9, &mut Vec::new()).unwrap_err();
        assert_eq!((error.stage, error.kind), (Stage::Read, ErrorKind::Truncated));
    }
}
