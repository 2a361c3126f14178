//! What a run did: folded from its events while it goes on, told in full when it is over.
//!
//! [`statistics`] folds, [`snapshot`] is the small picture for progress, [`model`] is the report as data, [`build`] makes it,
//! [`write`](mod@write), [`csv`] and [`page`] put it into files, [`summary`] tells it to a person; [`timeline`] is what plots show.
//! Nothing here starts a thread.

pub mod build;
pub mod csv;
pub mod html;
pub mod model;
pub mod page;
pub mod sink;
pub mod snapshot;
pub mod statistics;
pub mod summary;
pub mod timeline;
pub mod write;

pub use build::RunInfo;
pub use model::Report;
pub use snapshot::Snapshot;
pub use statistics::{SharedStatistics, Statistics};
pub use timeline::Timeline;

#[cfg(test)]
pub(crate) mod tests;
