//! Whether a JPEG with arithmetic codes has all its image data. No decoder says so: where the data of a scan
//! or an interval ends, it reads zeros, and goes on (ITU-T T.81, D.2.6). So the picture is decoded again with
//! other bytes behind each end, and where data is missing, they become another picture.
//!
//! An encoder leaves zeros at an end out (D.1.8), and after a while a zero stands for many blocks of one
//! colour. So other bytes right behind the end change whole pictures too, with a white sky below; behind
//! more zeros than an encoder can have left out, they change none. No state.

use protocol::{ErrorKind, JobError};
use turbojpeg::{Decompressor, Image};

use super::frame::Frame;
use super::markers::{self, EOI, RST0, RST7, SOI, SOS, TEM, content};
use super::{buffer, fail};

/// What stands in the place of missing data: neither zeros nor a marker.
const FILLER: [u8; 32] = [0x55; 32];
/// More zeros than an encoder leaves out at the end of a small picture.
const ZEROS: usize = 16;
/// So many pixels may add one to them: of the last, a bit of the code stands for 2^15 decisions at most
/// (table D.3), two of which make a block.
const PIXELS_PER_ZERO: u64 = 1 << 21;
/// So many groups of units at an end may depend on what follows at once: encoders end differently.
const GROUPS: u64 = 2;

/// How much of the image data there is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Completeness {
    Whole,
    /// The end may be missing, or is of one colour.
    Unclear,
    Cut,
}

/// Looks at a picture that was decoded from this file, whose first scan begins at `scans`, behind its marker.
pub(super) fn completeness(
    decompressor: &mut Decompressor,
    (jpeg, scans): (&[u8], usize),
    frame: &Frame,
    image: &Image<&mut [u8]>,
) -> Result<Completeness, JobError> {
    let Image { width, pitch, height, format, .. } = *image;
    let mut pixels = buffer(image.pixels.len() as u64)?;
    let mut changed = |zeros: usize| {
        let filled = filled(jpeg, scans, zeros)
            .ok_or_else(|| fail(ErrorKind::OutOfMemory, "no memory to look for what is missing"))?;
        // What it warns of may be in what was filled in.
        let other = Image { pixels: pixels.as_mut_slice(), width, pitch, height, format };
        let _ = decompressor.decompress(&filled.bytes, other);
        let both = image.pixels.chunks_exact(format.size()).zip(pixels.chunks_exact(format.size()));
        Ok((both.filter(|(plain, other)| plain != other).count() as u64, filled.ends))
    };
    let stored = u64::from(frame.width) * u64::from(frame.height);
    let (behind_zeros, _) = changed(ZEROS + (stored / PIXELS_PER_ZERO) as usize)?;
    if behind_zeros > 0 {
        return Ok(Completeness::Cut);
    }
    let (at_once, ends) = changed(0)?;
    // The picture may be smaller than it is stored.
    let most = ends * GROUPS * frame.group_pixels() * (width * height) as u64 / stored.max(1);
    Ok(if at_once > most { Completeness::Unclear } else { Completeness::Whole })
}

/// A file with other bytes behind the data of each scan and interval.
#[derive(Debug, PartialEq)]
struct Filled {
    bytes: Vec<u8>,
    /// How many ends there are.
    ends: u64,
}

/// Fills a file up with zeros and what follows them; `None` without memory for it.
fn filled(jpeg: &[u8], mut at: usize, zeros: usize) -> Option<Filled> {
    let ends = memchr::memchr_iter(0xFF, jpeg).filter(|at| is_end(jpeg, *at)).count();
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(jpeg.len() + (ends + 1) * (zeros + FILLER.len())).ok()?;
    let (mut copied, mut is_data, mut filled) = (0, true, 0);
    at += 2 + content(jpeg, at)?.len();
    while let Some(marker) = markers::next(jpeg, at) {
        // Bytes of 0xFF in front of it belong to the marker.
        let fill = jpeg.get(copied..marker.after - 2)?.iter().rev().take_while(|byte| **byte == 0xFF).count();
        let start = marker.after - 2 - fill;
        if is_data {
            bytes.extend(jpeg.get(copied..start)?);
            bytes.resize(bytes.len() + zeros, 0);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_data_is_filled_up() {
        let scan = b"\xFF\xDA\0\x03x";
        let jpeg =
            [&b"\xFF\xD8"[..], scan, b"ab\xFF\0\xFF\xD0cd\xFF\xCC\0\x02", scan, b"ef\xFF\xFF\xD9behind"];
        for zeros in [0, 2] {
            let other = [&vec![0; zeros][..], &FILLER].concat();
            let parts = [&b"\xFF\xD8"[..], scan, b"ab\xFF\0", &other, b"\xFF\xD0cd", &other];
            let rest = [b"\xFF\xCC\0\x02", &scan[..], b"ef", &other, b"\xFF\xFF\xD9behind"];
            let expected = Filled { bytes: [parts.concat(), rest.concat()].concat(), ends: 3 };
            assert_eq!(filled(&jpeg.concat(), 4, zeros), Some(expected));
        }
        assert_eq!(filled(b"\xFF\xD8\xFF\xDA\0", 4, 0), None);
    }
}
