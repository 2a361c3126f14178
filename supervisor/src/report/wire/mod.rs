//! One wire: everything that is told of a run, as data. All but requests can be read back, too: those are
//! read by hand, in `serve/asked.rs`.
//!
//! [`event`] is what happens in a run and [`family`] how it is read, [`feed`] what `supervisor serve` tells
//! of its batches, [`answer`] what it answers to each [`request`] ([`plan_answer`] to `plan`), [`http`] to
//! requests without a WebSocket, [`recipe`] a recipe, [`report`] the report, [`image`] one image of any of
//! them, [`verdict`] and [`worker`] how those two are told. [`failure`] has each kind of trouble in words;
//! `schema` describes for documents what their derive does not know. JSON lines, the WebSocket, the report,
//! `compare` and the Spanish dialect all go through these types. The page's types and the lists of
//! `docs/websocket.md` are made from them. Data and conversions only.

pub(crate) mod answer;
#[cfg(test)]
pub(crate) mod docs;
pub(crate) mod event;
pub(crate) mod failure;
pub(crate) mod family;
pub(crate) mod feed;
pub(crate) mod http;
pub(crate) mod image;
pub(crate) mod plan_answer;
pub(crate) mod recipe;
pub(crate) mod report;
pub(crate) mod request;
#[cfg(test)]
pub(crate) mod schema;
pub(crate) mod verdict;
pub(crate) mod worker;

use std::time::Duration;

pub(crate) use event::{Line, WireEvent};
pub(crate) use family::{AttemptNews, Family, RunNews};
pub(crate) use image::Image;
pub(crate) use report::Report;
pub(crate) use verdict::{Counts, VerdictKind};
pub(crate) use worker::WorkerName;

/// Three decimals: nothing here is measured more exactly, and people read these numbers.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// A time as it is told.
pub(crate) fn seconds(time: Duration) -> f64 {
    rounded(time.as_secs_f64())
}
