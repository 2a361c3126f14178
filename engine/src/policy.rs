//! The numbers that the engine decides by, and the arithmetic of delays. Pure.

use std::time::Duration;

/// How a pool behaves. All durations are measured from the event that starts them.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Permanent places for workers, at least 1.
    pub slots: u16,
    /// Executing threads in each worker, at least 1.
    pub lanes: u16,
    /// The longest that one attempt may take, from its assignment.
    pub timeout: Duration,
    /// From its assignment until an attempt is called slow.
    pub slow_after: Duration,
    /// Bytes of memory that all running attempts share.
    pub memory: u64,
    /// How many more attempts a job gets after it lost one.
    pub retries: u32,
    /// A worker is replaced after about this many jobs; `None` keeps it.
    pub recycle_after: Option<u32>,
    /// Whether a worker without the whole sandbox ends the run.
    pub require_sandbox: bool,
    /// The longest from spawning a worker until it is ready.
    pub start_timeout: Duration,
    /// The time between asking a worker to stop and killing it.
    pub grace: Duration,
    /// Restart intensity: how many workers may be lost within [`Policy::period`] that no job can be blamed
    /// for. As many may be killed by others, one after the other, without an answer in between, and as often
    /// may that happen to the workers of one job.
    pub intensity: usize,
    /// See [`Policy::intensity`].
    pub period: Duration,
    /// How many different jobs may kill their workers before any job was ever answered, in this run or an
    /// earlier one: then it is not the jobs. Three from the end of the queue are tried first, to be sure.
    pub breaker: usize,
    /// Where the random part of delays starts from.
    pub seed: u64,
}

impl Policy {
    /// [`Policy::timeout`] unless told otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(120);
    /// [`Policy::retries`] unless told otherwise.
    pub const RETRIES: u32 = 1;

    /// The defaults for a pool of this shape.
    pub fn new(slots: u16, lanes: u16) -> Self {
        Self {
            slots,
            lanes,
            timeout: Self::TIMEOUT,
            slow_after: Self::TIMEOUT / 4,
            memory: u64::MAX,
            retries: Self::RETRIES,
            recycle_after: None,
            require_sandbox: false,
            start_timeout: Duration::from_secs(20),
            grace: Duration::from_secs(2),
            intensity: usize::from(slots).max(3) * 2,
            period: Duration::from_secs(10),
            breaker: 10,
            seed: 0,
        }
    }

    /// After how many jobs the worker in `slot` is replaced: spread over a tenth, so that workers that
    /// started together are not replaced together.
    pub(super) fn jobs_per_worker(&self, slot: u16, generation: u32) -> Option<u32> {
        self.recycle_after.map(|jobs| {
            let spread = jobs / 10 + 1;
            jobs + u32::from(slot).wrapping_mul(7).wrapping_add(generation.wrapping_mul(3)) % spread
        })
    }
}

/// The delay before the `n`th repetition (from 1): 50 ms, doubled each time, at most 5 s. The second half
/// of it is left to chance, so that what failed together does not come back together.
pub(super) fn backoff(n: u32, chance: &mut fastrand::Rng) -> Duration {
    let doublings = n.saturating_sub(1).min(7);
    let longest = (Duration::from_millis(50) * (1 << doublings)).min(Duration::from_secs(5));
    longest.mul_f64(0.5 + chance.f64() / 2.0)
}

/// Whether an operating system error may be gone a moment later, so that reading again is worth it.
pub(super) fn is_passing(os_error: i32) -> bool {
    let passing = [
        libc::EIO,
        libc::EAGAIN,
        libc::EINTR,
        libc::ETIMEDOUT,
        libc::ESTALE,
        libc::EMFILE,
        libc::ENFILE,
        libc::ENOMEM,
        libc::EBUSY,
        libc::ECONNRESET,
        libc::EHOSTDOWN,
    ];
    passing.contains(&os_error)
}

/// Whether an operating system error while writing means that nothing more can be written to the output
/// folder: it is full, read-only, closed to us, broken or gone. Taken so of every error but those that one
/// output's own name or size explains.
pub(super) fn is_out_of_room(os_error: i32) -> bool {
    let of_one_output = [
        libc::EEXIST,
        libc::EISDIR,
        libc::ENOTDIR,
        libc::ENOTEMPTY,
        libc::ENAMETOOLONG,
        libc::ELOOP,
        libc::EINVAL,
        libc::EILSEQ,
        libc::EXDEV,
    ];
    !of_one_output.contains(&os_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_is_capped_and_is_partly_left_to_chance() {
        let mut chance = fastrand::Rng::with_seed(1);
        for (n, longest) in [(1, 50), (3, 200), (40, 5000)] {
            let longest = Duration::from_millis(longest);
            let delays: Vec<_> = (0..100).map(|_| backoff(n, &mut chance)).collect();
            assert!(delays.iter().all(|delay| (longest / 2..=longest).contains(delay)), "{delays:?}");
            assert!(delays.iter().any(|delay| *delay != delays[0]));
        }
    }

    #[test]
    fn a_name_too_long_is_no_full_disk() {
        assert!(!is_out_of_room(libc::ENAMETOOLONG));
        // `EFBIG` is the limit that the shell set (`ulimit -f`): photos are smaller than any file system's.
        for errno in [libc::ENOSPC, libc::EDQUOT, libc::EROFS, libc::EIO, libc::ENOENT, libc::EFBIG] {
            assert!(is_out_of_room(errno), "{errno}");
        }
    }

    #[test]
    fn recycling_is_spread() {
        let policy = Policy { recycle_after: Some(100), ..Policy::new(8, 1) };
        let limits: Vec<_> = (0..8).filter_map(|slot| policy.jobs_per_worker(slot, 0)).collect();
        assert!(limits.iter().all(|limit| (100..=110).contains(limit)));
        assert!(limits.iter().any(|limit| *limit != limits[0]));
    }
}
