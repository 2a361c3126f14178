//! The most that one job may use.

use serde::{Deserialize, Serialize};

/// The limits that a worker holds every job to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Pixels of the decoded picture, and of any picture a filter makes.
    pub max_pixels: u64,
    /// Bytes of memory that one job may need, by the worker's own estimate from the header: the budget of the
    /// whole pool, since a job that needs all of it may run alone.
    pub memory: u64,
    /// Bytes of the input file.
    pub max_input_bytes: u64,
}

impl Limits {
    /// Limits of pixels and of memory in bytes; a file may be as large as the memory, but no larger than any
    /// photograph.
    pub fn new(max_pixels: u64, memory: u64) -> Self {
        Self { max_pixels, memory, max_input_bytes: Self::MAX_INPUT_BYTES.min(memory) }
    }

    /// Pixels of one image unless told otherwise.
    pub const MAX_PIXELS: u64 = 300_000_000;
    /// No photograph is larger than this; reading more would only fill memory.
    pub const MAX_INPUT_BYTES: u64 = 4 << 30;
}
