//! Whether results could be written at all, for `--dry-run`, which writes none. Reads the disk.

use std::path::Path;

use rustix::fs::{StatVfs, StatVfsMountFlags, statvfs};

use pool::escape::escape;

/// Why nothing could be written to an output folder, or to the folder that it would be made in.
pub(crate) fn trouble(output: &Path) -> Option<String> {
    let nearest = output.ancestors().find(|path| path.exists())?;
    let said = in_words(&statvfs(nearest).ok()?)?;
    Some(format!("{said} {}: nothing could be written", escape(nearest)))
}

fn in_words(system: &StatVfs) -> Option<&'static str> {
    let has_room = |all: u64, free: u64| all == 0 || free > 0;
    if system.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Some("the file system is read-only that holds");
    }
    // Some have no fixed number of files, and say 0 of 0.
    let is_full = !has_room(system.f_blocks, system.f_bavail) || !has_room(system.f_files, system.f_favail);
    is_full.then_some("there is no room left on the device that holds")
}
