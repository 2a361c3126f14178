//! The journal: what earlier runs finished, so that the same command goes on where it stopped.
//!
//! `OUTPUT/.supervisor/journal` is an append-only file. `record` is what it says, `settings` what a run did
//! to its inputs (`before` as older releases wrote that), `encoding` both in bytes, `frame` how records lie
//! on the disk, `file` how that is read, `history` what they prove when they are read, `by_input` what was
//! made of a photo, `unfinished` what a killed run did half, `writer` how a run adds to them, `compact` how
//! the file is kept small.
//!
//! **A record goes before its output.** The commit thread writes down what a staging file holds, waits until
//! the record is on the disk, and then renames. So whatever stands under an output's name is known, at
//! whichever instant the supervisor is killed or the power fails: nothing, an older output of ours, or the
//! new one. A record alone proves nothing; only a file that is as recorded does.
//!
//! **After a power cut** the newest outputs may be empty or cut short although their names and records are
//! there. Which they can be is known from the boot that each run notes and from the checkpoints; these are
//! compared with their recorded checksum before they count as done.

mod before;
mod by_input;
mod compact;
mod content;
#[cfg(test)]
mod damage_tests;
mod encoding;
mod file;
mod frame;
mod history;
mod record;
mod settings;
#[cfg(test)]
mod tests;
mod unfinished;
#[cfg(test)]
mod upgrade_tests;
mod writer;

pub use content::RecordedContent;
pub use history::{Damage, History, Origin, Proof};
pub use record::{FileState, Modified, Written};
pub use settings::Settings;
pub(crate) use unfinished::{UnfinishedPhoto, UnfinishedResult};
pub use writer::Journal;

/// The most photos that are written down at a time: they share one wait for the disk.
pub(crate) const GROUP: usize = 64;

/// The journal's name in the state folder.
const FILE_NAME: &str = "journal";

/// Names this start of the machine; empty where that cannot be known, which equals no other.
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}
