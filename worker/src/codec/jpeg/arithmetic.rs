//! Whether a JPEG with arithmetic codes has all its image data. No decoder says so: where the data of a scan
//! or an interval ends, it reads zeros, and goes on (ITU-T T.81, D.2.6). So the picture is decoded once more
//! with other bytes behind each end. Where the data is whole, no more than the last units depend on what
//! follows; where some is missing, whatever would have come from it is another picture. No state.

use super::frame::Frame;
use super::markers::{self, EOI, RST0, RST7, SOI, SOS, TEM, content};

/// What stands in the place of missing data: neither zeros nor a marker.
const FILLER: [u8; 64] = [0x55; 64];
/// So many units at an end may depend on what follows, with their neighbours, into which colours spread.
const UNITS: u64 = 4;

/// A file with other bytes behind the data of each scan and interval.
#[derive(Debug, PartialEq)]
pub(super) struct Filled {
    pub(super) bytes: Vec<u8>,
    /// How many ends there are.
    ends: u64,
}

/// Fills a file up, whose first scan begins at `at`, behind its marker; `None` without memory for it.
pub(super) fn filled(jpeg: &[u8], mut at: usize) -> Option<Filled> {
    let ends = memchr::memchr_iter(0xFF, jpeg).filter(|at| is_end(jpeg, *at)).count();
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(jpeg.len() + (ends + 1) * FILLER.len()).ok()?;
    let (mut copied, mut is_data, mut filled) = (0, true, 0);
    at += 2 + content(jpeg, at)?.len();
    while let Some(marker) = markers::next(jpeg, at) {
        // Bytes of 0xFF in front of it belong to the marker.
        let fill = jpeg.get(copied..marker.after - 2)?.iter().rev().take_while(|byte| **byte == 0xFF).count();
        let start = marker.after - 2 - fill;
        if is_data {
            bytes.extend(jpeg.get(copied..start)?);
            bytes.extend(FILLER);
            (copied, filled) = (start, filled + 1);
        }
        at = marker.after;
        match marker.code {
            EOI => break,
            RST0..=RST7 | SOI | TEM => {}
            code => {
                at += 2 + content(jpeg, at)?.len();
                is_data = code == SOS;
            }
        }
    }
    bytes.extend(jpeg.get(copied..)?);
    Some(Filled { bytes, ends: filled })
}

/// Whether a marker stands there behind which data may end.
fn is_end(jpeg: &[u8], at: usize) -> bool {
    matches!(jpeg.get(at + 1), Some(&(RST0..=RST7 | EOI | SOS)))
}

impl Filled {
    /// Whether two pictures of a frame, without and with what was filled in, are those of whole data. They
    /// have so many samples in a pixel, and may be smaller than the frame.
    pub(super) fn is_whole(&self, frame: &Frame, plain: &[u8], filled: &[u8], samples: usize) -> bool {
        let pixels = plain.chunks_exact(samples).zip(filled.chunks_exact(samples));
        let differing = pixels.filter(|(plain, filled)| plain != filled).count() as u64;
        let stored = u64::from(frame.width) * u64::from(frame.height);
        let shown = (plain.len() / samples) as u64;
        let most = self.ends * UNITS * frame.group_pixels();
        differing * stored.max(1) <= most * shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_data_is_filled_up() {
        let scan = b"\xFF\xDA\0\x03x";
        let jpeg =
            [&b"\xFF\xD8"[..], scan, b"ab\xFF\0\xFF\xD0cd\xFF\xCC\0\x02", scan, b"ef\xFF\xFF\xD9behind"];
        let parts = [&b"\xFF\xD8"[..], scan, b"ab\xFF\0", &FILLER, b"\xFF\xD0cd", &FILLER, b"\xFF\xCC\0\x02"];
        let rest = [&scan[..], b"ef", &FILLER, b"\xFF\xFF\xD9behind"];
        let expected = Filled { bytes: [parts.concat(), rest.concat()].concat(), ends: 3 };
        assert_eq!(filled(&jpeg.concat(), 4), Some(expected));
        assert_eq!(filled(b"\xFF\xD8\xFF\xDA\0", 4), None);
    }

    #[test]
    fn a_few_units_may_differ_for_each_end() {
        let frame = Frame::read(0xC9, &[8, 0, 32, 0, 64, 1, 1, 0x11, 0]).unwrap();
        let filled = |ends| Filled { bytes: Vec::new(), ends };
        let plain = vec![0; 64 * 32];
        let other = |count: usize| [vec![1; count], vec![0; 64 * 32 - count]].concat();
        assert!(filled(1).is_whole(&frame, &plain, &other(256), 1));
        assert!(!filled(1).is_whole(&frame, &plain, &other(257), 1));
        assert!(filled(2).is_whole(&frame, &plain, &other(512), 1));
        // A quarter of each edge, with one pixel for sixteen.
        assert!(filled(1).is_whole(&frame, &plain[..128], &other(16)[..128], 1));
        assert!(!filled(1).is_whole(&frame, &plain[..128], &other(17)[..128], 1));
    }
}
