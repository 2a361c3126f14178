//! The markers of a JPEG, and how they are found. ITU-T T.81 annex B.

pub(super) const DHT: u8 = 0xC4;
pub(super) const DAC: u8 = 0xCC;
pub(super) const RST0: u8 = 0xD0;
pub(super) const RST7: u8 = 0xD7;
pub(super) const SOI: u8 = 0xD8;
pub(super) const EOI: u8 = 0xD9;
pub(super) const SOS: u8 = 0xDA;
pub(super) const DQT: u8 = 0xDB;
pub(super) const DRI: u8 = 0xDD;
pub(super) const APP0: u8 = 0xE0;
pub(super) const APP1: u8 = 0xE1;
pub(super) const APP2: u8 = 0xE2;
pub(super) const APP11: u8 = 0xEB;
pub(super) const APP12: u8 = 0xEC;
pub(super) const APP13: u8 = 0xED;
pub(super) const APP14: u8 = 0xEE;
pub(super) const APP15: u8 = 0xEF;
pub(super) const COM: u8 = 0xFE;
/// Means nothing outside arithmetic coding.
pub(super) const TEM: u8 = 0x01;

/// A marker, and where it was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marker {
    pub(super) code: u8,
    /// Where what follows it begins.
    pub(super) after: usize,
    /// Whether there were bytes in front of it that belong to nothing; fill bytes may always be there.
    pub(super) skipped: bool,
}

/// The next marker from `at` on. Between segments anything that is none is skipped, as libjpeg does.
pub(super) fn next(jpeg: &[u8], at: usize) -> Option<Marker> {
    let rest = jpeg.get(at..)?;
    let is_marker = |found: &usize| rest.get(found + 1).is_some_and(|code| !matches!(code, 0 | 0xFF));
    let found = memchr::memchr_iter(0xFF, rest).find(is_marker)?;
    let skipped = rest[..found].iter().any(|byte| *byte != 0xFF);
    Some(Marker { code: rest[found + 1], after: at + found + 2, skipped })
}

/// The content of the segment whose length stands at `at`. The length counts itself: less than that is an
/// empty segment.
pub(super) fn content(jpeg: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_be_bytes(jpeg.get(at..at + 2)?.try_into().ok()?));
    jpeg.get(at + 2..at + length.max(2))
}
