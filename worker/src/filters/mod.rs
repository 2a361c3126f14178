//! The filters: one file each, on every depth and every kind of channels. No state; run on a lane's thread.
//!
//! `pipeline` calls them in the recipe's order; `points` holds those that look at one sample at a time.

pub(crate) mod blur;
pub(crate) mod edges;
pub(crate) mod points;
pub(crate) mod resize;
pub(crate) mod sepia;
mod stamp;
#[cfg(test)]
mod testing;
pub(crate) mod watermark;

use protocol::{ErrorKind, JobError, Stage};

/// An error of the filter stage.
pub(crate) fn fail(kind: ErrorKind, detail: impl std::fmt::Display) -> JobError {
    JobError::new(Stage::Filter, kind, detail)
}

/// Rec. 601 luma of one pixel; the weights are those of JPEG and of the original system.
pub(crate) fn luma(red: f32, green: f32, blue: f32) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}
