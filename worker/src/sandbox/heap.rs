//! How the worker's heap treats the buffers of pictures. Set once, by the main thread, before there is
//! another.
//!
//! It confines nothing: it stands in the sandbox because only there may stand what needs `unsafe`.

/// Bytes that may stay with the process between two pictures; half of what the supervisor grants beside an
/// estimate.
#[cfg(target_env = "gnu")]
const KEPT: libc::c_int = 128 << 20;

/// Keeps the memory of one picture for the next: by default each large buffer is fetched from the kernel and
/// given back, and touching so much fresh memory costs as much as a filter. Whatever is kept counts in what
/// the worker says it holds, and the supervisor replaces a worker that holds too much.
pub(crate) fn keep_buffers() {
    #[cfg(target_env = "gnu")]
    // No mapping of its own for a large buffer, and one heap for all lanes, since only the first grows beyond
    // 64 MiB.
    for (parameter, value) in [(libc::M_MMAP_MAX, 0), (libc::M_TRIM_THRESHOLD, KEPT), (libc::M_ARENA_MAX, 1)]
    {
        // SAFETY: `mallopt` changes a number inside the allocator under its own lock, and takes any value.
        #[expect(unsafe_code, reason = "the allocator has no safe interface")]
        // A parameter that is refused changes nothing but speed.
        let _ = unsafe { libc::mallopt(parameter, value) };
    }
}
