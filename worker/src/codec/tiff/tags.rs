//! Numbers of tags, and of what they can say.

/// The tag of an XMP packet (XMP specification, part 3).
pub(in crate::codec) const XMP: u16 = 700;
/// The tag of an IPTC block (TIFF/EP).
pub(in crate::codec) const IPTC: u16 = 33_723;
/// The tag of Photoshop's image resources (Adobe's notes on TIFF).
pub(in super::super) const PHOTOSHOP: u16 = 34_377;
/// The tag of a profile (ICC.1, annex B.3).
pub(super) const PROFILE: u16 = 34_675;

/// The tag of content credentials (C2PA, section A.3).
pub(in crate::codec) const CREDENTIALS: u16 = 52_545;

/// Tags of TIFF 6.0, and of Adobe's notes on it.
pub(super) const KIND: u16 = 254;
pub(super) const OLD_KIND: u16 = 255;
pub(super) const WIDTH: u16 = 256;
pub(super) const HEIGHT: u16 = 257;
pub(super) const BITS: u16 = 258;
pub(super) const COMPRESSION: u16 = 259;
pub(super) const PHOTOMETRIC: u16 = 262;
pub(super) const FILL_ORDER: u16 = 266;
pub(super) const STRIPS: u16 = 273;
pub(super) const ORIENTATION: u16 = 274;
pub(super) const SAMPLES: u16 = 277;
pub(super) const ROWS_PER_STRIP: u16 = 278;
pub(super) const STRIP_LENGTHS: u16 = 279;
pub(super) const PLANAR: u16 = 284;
pub(super) const T4_OPTIONS: u16 = 292;
pub(super) const PREDICTOR: u16 = 317;
pub(super) const WHITE: u16 = 318;
pub(super) const PRIMARIES: u16 = 319;
pub(super) const COLOR_MAP: u16 = 320;
pub(super) const TILE_WIDTH: u16 = 322;
pub(super) const TILE_HEIGHT: u16 = 323;
pub(super) const TILES: u16 = 324;
pub(super) const TILE_LENGTHS: u16 = 325;
pub(super) const INK_SET: u16 = 332;
pub(super) const EXTRA_SAMPLES: u16 = 338;
pub(super) const SAMPLE_FORMAT: u16 = 339;
pub(super) const JPEG_TABLES: u16 = 347;
pub(super) const JPEG_STREAM: u16 = 513;
pub(super) const JPEG_LENGTH: u16 = 514;
pub(super) const YCC_COEFFICIENTS: u16 = 529;
pub(super) const YCC_SHARED: u16 = 530;
pub(super) const REFERENCE_BLACK_WHITE: u16 = 532;

/// The compression of JPEG as TIFF 6.0 had it.
pub(super) const OLD_JPEG: u64 = 6;
