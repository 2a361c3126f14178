//! Whether the kernel killed a worker because memory ran out, by its own count for the cgroup: a SIGKILL
//! looks the same whoever sent it.
//!
//! State: the kills that were accounted for so far, one number for the process, since the cgroup is the
//! process's. Asked by the threads that wait for workers.

use std::fs;
use std::sync::Mutex;

use crate::cgroup::memory_files;
use crate::lock::lock;

/// The kernel's count, as far as its kills are explained; `None` until the first worker is started.
static EXPLAINED: Mutex<Option<u64>> = Mutex::new(None);

/// Begins to count, if that is not done yet; called before a worker is started.
pub(crate) fn watch() {
    lock(&EXPLAINED).get_or_insert_with(count);
}

/// Whether a worker that has just ended by SIGKILL is one of those that the kernel counts. Each kill explains
/// one.
pub(crate) fn explain_one() -> bool {
    take_one(lock(&EXPLAINED).get_or_insert_with(count), count())
}

fn take_one(explained: &mut u64, now: u64) -> bool {
    let is_one = now > *explained;
    *explained += u64::from(is_one);
    is_one
}

/// Kills for want of memory so far: in the nearest cgroup that counts, on the way up from this process's own,
/// else on the whole machine; 0 where neither is told.
fn count() -> u64 {
    let of_group = memory_files("memory.events", "memory.oom_control").find_map(|text| kills(&text));
    let of_machine = || kills(&fs::read_to_string("/proc/vmstat").ok()?);
    of_group.or_else(of_machine).unwrap_or(0)
}

/// The line `oom_kill N`, which all of these files have.
fn kills(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_count_is_found_in_each_of_its_files() {
        assert_eq!(kills("low 0\nhigh 3\nmax 5\noom 2\noom_kill 1\noom_group_kill 0\n"), Some(1));
        assert_eq!(kills("oom_kill_disable 0\nunder_oom 0\noom_kill 7\n"), Some(7));
        assert_eq!(kills("nr_free_pages 9\n"), None);
    }

    #[test]
    fn a_kill_explains_one_end_and_no_second() {
        let mut explained = 5;
        let answers = [5, 6, 6, 8, 8, 8].map(|now| take_one(&mut explained, now));
        assert_eq!(answers, [false, true, false, true, true, false]);
    }
}
