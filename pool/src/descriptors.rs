//! How many files this process may have open, and how many workers that is enough for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a worker takes while it lives and while it is started: its pipe, its channels with a socket for the
/// first contact, its handle, its memory's file.
const PER_WORKER: u64 = 10;
/// What everything else takes: standard streams, signals, journal, lock, reports, folders that are looked at.
const OTHERS: u64 = 24;
/// More than any number of workers needs.
const ENOUGH: u64 = 8192;

/// Asks for as many as the machine allows this user, if that is not enough already. Workers set limits of
/// their own.
pub fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if current.is_some_and(|current| current < wanted) {
        // Refused, it stays as it is.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}

/// How many of these workers there can be, at least one.
pub fn workers_that_fit(workers: u16) -> u16 {
    getrlimit(Resource::Nofile).current.map_or(workers, |most| that_fit(workers, most))
}

fn that_fit(workers: u16, most: u64) -> u16 {
    let fit = most.saturating_sub(OTHERS) / PER_WORKER;
    workers.min(u16::try_from(fit).unwrap_or(u16::MAX)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_descriptors_mean_few_workers() {
        let counts = [16, 32, 64, 256, 1024, 8192].map(|most| that_fit(256, most));
        assert_eq!(counts, [1, 1, 4, 23, 100, 256]);
        assert_eq!(that_fit(2, 1024), 2);
    }
}
