//! What a run did: folded from its events while it goes on, told in full when it is over.
//!
//! [`wire`] is everything that is told of a run as data, [`fold`] adds up what events say, [`html`] draws,
//! [`sink`] shows progress. These take nothing from the files beside this one, and each only from those named
//! before it. Above them, [`build`] makes the report, [`write`](mod@write), [`csv`] and [`page`] put it into
//! the [`place`] where it goes, [`summary`] tells it to a person, and [`manifest`] lists its results for
//! `sha256sum`. The only threads are those of `sink`, which redraw the progress bar and write to slow
//! readers.
//!
//! May use `plan`.

pub(crate) mod fold;
pub(crate) mod html;
pub(crate) mod sink;
pub(crate) mod wire;

pub(crate) mod build;
pub(crate) mod csv;
pub(crate) mod manifest;
pub(crate) mod page;
pub(crate) mod place;
pub(crate) mod summary;
pub(crate) mod write;

pub(crate) use build::RunInfo;
pub(crate) use fold::{SharedStatistics, Statistics, Timeline};
pub(crate) use wire::Report;

#[cfg(test)]
pub(crate) mod tests;
