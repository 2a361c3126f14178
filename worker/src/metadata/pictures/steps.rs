//! What bounds the time that a search for pictures takes: starts that overlap lead over the same bytes
//! again and again. A count of one search.

use std::cell::Cell;

/// How many parts of pictures are still looked at, wherever these begin. By chance, or in a picture, there
/// are fewer than there are bytes: what has more was made to take time, and counts as a picture from there
/// on.
pub(super) struct Steps(Cell<usize>);

impl Steps {
    pub(super) fn of(bytes: &[u8]) -> Steps {
        /// As many as a short picture may take.
        const LEAST: usize = 4096;
        Steps(Cell::new(LEAST + bytes.len()))
    }

    /// Takes one, if there is one.
    pub(super) fn take(&self) -> bool {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }

    pub(super) fn are_spent(&self) -> bool {
        self.0.get() == 0
    }
}
