//! What a run did: folded from its events while it goes on, told in full when it is over.
//!
//! [`wire`] is everything that is told of a run as data, [`fold`] adds up what events say, [`html`] draws,
//! [`sink`] shows progress. These take nothing from the files beside this one, and each only from those named
//! before it. Above them, [`build`] makes the report, [`write`](mod@write), [`csv`] and [`page`] put it into
//! files, [`summary`] tells it to a person. Nothing here starts a thread.
//!
//! May use `plan`.

pub mod fold;
pub mod html;
pub mod sink;
pub mod wire;

pub mod build;
pub mod csv;
pub mod page;
pub mod summary;
pub mod write;

pub use build::RunInfo;
pub use fold::{SharedStatistics, Statistics, Tally, Timeline};
pub use wire::Report;

#[cfg(test)]
pub(crate) mod tests;
