//! Tags of TIFF 6.0. No state.

pub(super) const WIDTH: u16 = 256;
pub(super) const HEIGHT: u16 = 257;
pub(super) const COMPRESSION: u16 = 259;
pub(super) const INTERPRETATION: u16 = 262;
pub(super) const MAKE: u16 = 271;
pub(super) const STRIPS: (u16, u16) = (273, 279);
pub(super) const PLANES: u16 = 277;
pub(super) const ROWS_PER_STRIP: u16 = 278;
pub(super) const TILE: (u16, u16) = (322, 323);
pub(super) const TILES: (u16, u16) = (324, 325);
