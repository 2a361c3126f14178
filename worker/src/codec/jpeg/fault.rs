//! Why a scan of a JPEG is not whole. No state.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes end before the units do.
    Ended,
    /// A marker comes before all units have.
    Missing,
    /// More units come than the picture has.
    Surplus,
    /// Bits that are no code, or a code that cannot stand there.
    BadCode,
    /// A restart marker is not where it must be, or more than one of them is not the one whose turn it is.
    Restart,
    /// Not understood: nothing can be said.
    Unknown,
    /// No memory to find out.
    NoMemory,
}
