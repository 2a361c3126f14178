//! One fold: what the events of a run add up to. Takes in [`WireEvent`](super::wire::WireEvent)s, so that a
//! run that is read from its lines counts as one that runs here does; `supervisor/assets/batches.js` is the
//! same for the page, held to the same recorded runs.
//!
//! [`statistics`] counts, [`recorder`] takes down what each lane did when, for the [`timeline`],
//! [`pixels_per_byte`] guesses how much is left, [`snapshot`] is the little that progress shows. Nothing here
//! starts a thread.

mod pixels_per_byte;
pub(crate) mod recorder;
pub(crate) mod snapshot;
pub(crate) mod statistics;
pub(crate) mod timeline;

pub(crate) use snapshot::Tally;
pub(crate) use statistics::{SharedStatistics, Statistics};
pub(crate) use timeline::Timeline;
