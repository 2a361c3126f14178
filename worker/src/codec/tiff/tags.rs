//! Numbers of tags, and of what they can say.

/// The tag of an XMP packet (XMP specification, part 3).
pub(in crate::codec) const XMP: u16 = 700;
/// The tag of an IPTC block (TIFF/EP).
pub(in crate::codec) const IPTC: u16 = 33_723;
/// The tag of Photoshop's image resources (Adobe's notes on TIFF).
pub(super) const PHOTOSHOP: u16 = 34_377;

/// The tag of content credentials (C2PA, section A.3).
pub(super) const CREDENTIALS: u16 = 52_545;

/// Tags and values of TIFF 6.0.
pub(super) const BITS: u16 = 258;
pub(super) const COMPRESSION: u16 = 259;
pub(super) const PHOTOMETRIC: u16 = 262;
pub(super) const ORIENTATION: u16 = 274;
pub(super) const SAMPLES: u16 = 277;
pub(super) const SAMPLE_FORMAT: u16 = 339;
pub(super) const INKS: u32 = 5;
