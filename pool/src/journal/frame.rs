//! How records lie in the journal's file: a line that names format and version, then frames.
//!
//! A frame is the payload's length, a CRC-32 over length and payload (both little-endian, 4 bytes), and the
//! payload: a record as `encoding` puts it. The length is under the checksum, so zeros are no frame; and
//! since a length has a zero byte, which no path has, a record's content is never taken for a frame.
//!
//! A journal may be a stranger's: one that came with a folder of photos. So reading one takes no longer than
//! it must, whatever is in it.

use std::io;

use super::encoding::{MAX_PAYLOAD, decode, encode};
use super::record::Record;

/// What every journal begins with, whatever its version.
const NAME: &[u8] = b"supervisor journal ";
/// What a journal of this version begins with.
pub(super) const HEADER: &[u8] = b"supervisor journal 1\n";
/// Bytes before the payload.
const HEAD: usize = 8;
/// Bytes that are checksummed in vain, at most, in search of the next intact frame. Behind damage each byte
/// may promise a payload of [`MAX_PAYLOAD`]; one of random bytes does in 256.
const SEARCH: usize = 4 << 30;

/// What a file is, by its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JournalKind {
    /// A journal that can be read, or the torn beginning of one.
    Journal,
    /// A journal of another version.
    OtherVersion,
    /// Something else.
    Foreign,
}

pub(super) fn kind(bytes: &[u8]) -> JournalKind {
    if bytes.starts_with(HEADER) || HEADER.starts_with(bytes) {
        JournalKind::Journal
    } else if bytes.starts_with(NAME) {
        JournalKind::OtherVersion
    } else {
        JournalKind::Foreign
    }
}

/// Appends a record's frame.
pub(super) fn push(frames: &mut Vec<u8>, record: &Record) -> io::Result<()> {
    let payload = encode(record)?;
    if payload.len() > MAX_PAYLOAD {
        let problem = format!("a record of {} bytes is too long for the journal", payload.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    let length = (payload.len() as u32).to_le_bytes();
    frames.extend(length);
    frames.extend(sum(length, &payload).to_le_bytes());
    frames.extend(payload);
    Ok(())
}

fn sum(length: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize()
}

/// A frame that was read.
#[derive(Debug)]
pub(super) struct FoundFrame {
    /// Where it begins.
    pub(super) at: usize,
    /// `None` if it is intact and means nothing to this version.
    pub(super) record: Option<Record>,
    /// Whether bytes before it could not be read.
    pub(super) after_damage: bool,
}

/// Reads the frames of a journal. Damaged ones are passed over as long as an intact one follows; what is
/// behind the last intact one is a torn end.
#[derive(Debug)]
pub(super) struct Frames<'a> {
    bytes: &'a [u8],
    /// What is left of [`SEARCH`].
    search: usize,
    /// Where the last intact frame ends.
    pub(super) end: usize,
}

impl<'a> Frames<'a> {
    /// The frames of a file whose [`kind`] is a journal.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let whole = bytes.starts_with(HEADER);
        let (bytes, end) = if whole { (bytes, HEADER.len()) } else { (&[][..], 0) };
        Self { bytes, search: SEARCH, end }
    }

    /// Whether the search for the next intact frame was called off.
    pub(super) fn gave_up(&self) -> bool {
        self.search == 0
    }

    /// The payload of the frame at a place, if there is one and it is intact.
    fn payload(&mut self, at: usize) -> Option<&'a [u8]> {
        let FrameHead { length, sum: expected } = FrameHead::at(self.bytes, at)?;
        let payload = self.bytes.get(at + HEAD..)?.get(..u32::from_le_bytes(length) as usize)?;
        if sum(length, payload) == expected {
            return Some(payload);
        }
        self.search = self.search.saturating_sub(payload.len());
        None
    }
}

impl Iterator for Frames<'_> {
    type Item = FoundFrame;

    fn next(&mut self) -> Option<FoundFrame> {
        let expected = self.end;
        let mut places = expected..self.bytes.len();
        let (at, payload) = loop {
            let at = places.next().filter(|_| !self.gave_up())?;
            if let Some(payload) = self.payload(at) {
                break (at, payload);
            }
        };
        self.end = at + HEAD + payload.len();
        Some(FoundFrame { at, record: decode(payload), after_damage: at > expected })
    }
}

/// What stands before a payload.
struct FrameHead {
    length: [u8; 4],
    sum: u32,
}

impl FrameHead {
    /// The head at a place, unless no frame has such a length.
    fn at(bytes: &[u8], at: usize) -> Option<FrameHead> {
        let [a, b, c, d, e, f, g, h] = *bytes.get(at..)?.first_chunk::<HEAD>()?;
        let length = [a, b, c, d];
        let is_possible = (1..=MAX_PAYLOAD).contains(&(u32::from_le_bytes(length) as usize));
        is_possible.then(|| FrameHead { length, sum: u32::from_le_bytes([e, f, g, h]) })
    }
}
