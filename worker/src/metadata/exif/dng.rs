//! Numbers of DNG 1.7 that more than one module goes by. No state.

/// The tag by which a file says that it is a DNG; the others of the standard follow it.
pub(crate) const DNG_VERSION: u16 = 0xC612;
/// Where a DNG holds the notes of the maker that are in no EXIF.
pub(crate) const DNG_PRIVATE_DATA: u16 = 0xC634;

/// What samples may mean: the mosaic of a sensor's colours, and light of a sensor whose pixels see all
/// colours or were given them.
pub(crate) const MOSAIC: u32 = 32_803;
pub(crate) const LINEAR_RAW: u32 = 34_892;
/// JPEG of 8 bits, as a way of compressing such light.
pub(crate) const LOSSY_JPEG: u32 = 34_892;
