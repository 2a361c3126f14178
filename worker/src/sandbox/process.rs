//! What the process may be and use: no privileges to gain, no descriptors of others, resources within limits.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that a process has whatever it is for: standard input, output and error output.
const STANDARD: usize = 3;
/// Descriptors for the channels, with room for the two that a large message takes.
const CHANNELS: u64 = 16;
/// Descriptors that a lane has open at once, with room to spare: its input or its staging file.
const PER_LANE: u64 = 4;

/// Whether the process began with the standard descriptors alone; if not, what there was, in words.
pub(crate) type Inherited = Result<(), String>;

/// Looks at the descriptors that the process began with, so it must be called before any is opened. One that
/// leads to a file or a socket of somebody else would be a way around everything below.
pub(crate) fn inherited() -> Inherited {
    // The open folder itself is among them.
    let count =
        std::fs::read_dir("/proc/self/fd").map_err(|e| format!("descriptors: /proc/self/fd: {e}"))?.count();
    match count.saturating_sub(STANDARD + 1) {
        0 => Ok(()),
        more => Err(format!("descriptors: {more} inherited")),
    }
}

/// Nothing that is executed from now on, by this thread or one it starts, can gain privileges.
pub(super) fn gain_no_privileges() -> Result<(), String> {
    let set = rustix::thread::set_no_new_privs(true).and_then(|()| rustix::thread::no_new_privs());
    match set {
        Ok(true) => Ok(()),
        Ok(false) => Err("no-new-privileges: not in force although set".to_owned()),
        Err(error) => Err(format!("no-new-privileges: {error}")),
    }
}

/// No core files of other people's photos, no more descriptors than the lanes need, no more data memory than
/// given, and no file larger than that: an output is made in memory before it is written. Where the machine
/// allows less already, that stays. The answer is what could not be set, each in words; the others are.
pub(super) fn limit_resources(memory: Option<u64>, lanes: u16) -> Vec<String> {
    let descriptors = CHANNELS + PER_LANE * u64::from(lanes);
    let limits = [
        (Resource::Core, "core files", Some(0)),
        (Resource::Nofile, "descriptors", Some(descriptors)),
        (Resource::Fsize, "size of files", memory),
        (Resource::Data, "memory", memory),
    ];
    let limits = limits.into_iter().filter_map(|(resource, name, most)| Some((resource, name, most?)));
    let set = limits.map(|(resource, name, most)| {
        let most = getrlimit(resource).maximum.map_or(most, |stricter| stricter.min(most));
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limit).map_err(|error| format!("rlimits: {name}: {error}"))
    });
    set.filter_map(Result::err).collect()
}

/// Without its signal, a file that grows too large is an error of `write` and not the end of the process.
pub(super) fn make_large_files_an_error() -> Result<(), String> {
    // SAFETY: SIG_IGN is a valid disposition for SIGXFSZ, and no handler of ours or the standard library's is
    // replaced.
    #[expect(unsafe_code, reason = "dispositions of signals cannot be set in a safe way")]
    let before = unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    match before {
        libc::SIG_ERR => Err("the signal of files that grow too large cannot be ignored".to_owned()),
        _ => Ok(()),
    }
}
