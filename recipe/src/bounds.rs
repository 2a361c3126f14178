//! From where to where a number may go.

/// From where to where a number may go.
#[derive(Debug, Clone, Copy)]
pub struct Bounds<T> {
    /// The smallest value allowed.
    pub least: T,
    /// The largest value allowed.
    pub most: T,
    /// Both in words, which follow "must be".
    pub words: &'static str,
}

impl<T: PartialOrd> Bounds<T> {
    /// Whether `value` is within.
    pub fn holds(&self, value: T) -> bool {
        self.least <= value && value <= self.most
    }
}
