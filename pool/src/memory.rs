//! How much memory this process may use, which is what the machine has or what its cgroup allows, and how it
//! keeps what it does not use.

use std::fs;

use crate::cgroup::memory_files;

/// Bytes; the least of the machine's memory and the limits of every cgroup (version 2 or 1) that this process
/// is in.
pub fn allowed_memory() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text)).unwrap_or(1 << 30);
    let limits = memory_files("memory.max", "memory.limit_in_bytes");
    limits.filter_map(|limit| limit.trim().parse().ok()).fold(machine, u64::min)
}

/// Has all threads of this process take their memory from one heap. glibc gives each thread one of its own,
/// up to eight for each core, and each keeps the most that was ever taken from it: in a program whose threads
/// come and go that grows for days. For programs whose threads wait more than they allocate.
pub fn share_one_heap() {
    // SAFETY: it only sets a number of the allocator, under the allocator's own lock.
    #[cfg(target_env = "gnu")]
    #[expect(unsafe_code, reason = "there is no safe way to it")]
    let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

/// `MemTotal:  24576000 kB`.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_total() {
        assert_eq!(total("MemTotal:       24576 kB\nMemFree: 1 kB\n"), Some(24576 * 1024));
        assert!(allowed_memory() > 16 << 20);
    }
}
