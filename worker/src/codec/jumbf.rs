//! JUMBF boxes (ISO/IEC 19566-5): what one holds, which its first box says. No state.

/// What is said of those that hold something else than content credentials.
pub(super) const OTHER: &str = "JUMBF data";
/// Bytes that tell.
pub(super) const HEAD: usize = 29;

/// Whether the content of a box is content credentials (C2PA, section 11.1), by the kind that its description
/// says, or by its label.
pub(super) fn is_credentials(content: &[u8]) -> bool {
    const KIND: &[u8] = b"c2pa\0\x11\0\x10\x80\0\0\xAA\0\x38\x9B\x71";
    // A length in front, and what is there of the description behind the kind.
    content.get(4..8) == Some(b"jumd")
        && (content.get(8..24) == Some(KIND) || content.get(25..29) == Some(b"c2pa"))
}

#[cfg(test)]
pub(super) mod testing {
    /// What a box of content credentials holds.
    pub(in crate::codec) const CREDENTIALS: &[u8] =
        b"\0\0\0\x1Ejumdc2pa\0\x11\0\x10\x80\0\0\xAA\0\x38\x9B\x71\x03c2pa\0";
    /// What one of something else does: a 360° picture.
    pub(in crate::codec) const OTHER: &[u8] =
        b"\0\0\0\x1Ejumdxml \0\x11\0\x10\x80\0\0\xAA\0\x38\x9B\x71\x03j360\0";
}
