//! What a run did: folded from its events while it goes on, told in full when it is over.
//!
//! [`statistics`] folds, [`snapshot`] is the small picture for progress, [`model`] is the report as data, [`build`] makes it,
//! [`write`](mod@write) and [`csv`] put it into files, [`summary`] tells it to a person. Nothing here starts a thread.

pub mod build;
pub mod csv;
pub mod model;
pub mod snapshot;
pub mod statistics;
pub mod summary;
pub mod write;

pub use build::RunInfo;
pub use model::Report;
pub use snapshot::Snapshot;
pub use statistics::{SharedStatistics, Statistics};

#[cfg(test)]
pub(crate) mod tests;
