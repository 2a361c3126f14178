//! Writes a PNG anew without the faults that cost no pixel: an end that is missing, image data whose checksum
//! is wrong though they are right by their own, other parts among them. What decoders say of the copy is
//! about the pixels.
//!
//! PNG, third edition, section 5 gives the structure, 10.1 the checksum within the data. No state.

use std::io::{self, Read, copy, sink};

use flate2::read::ZlibDecoder;
use protocol::{ErrorKind, JobError};

use super::super::{error, fail};

pub(super) const SIGNATURE: usize = 8;
/// Bytes of a chunk without content.
const CHUNK: usize = 12;

/// What there is to say of a file before it is decoded.
#[derive(Debug, Default)]
pub(super) struct CheckedPng {
    /// The copy to decode, where the file itself would be refused.
    pub(super) mended: Option<Vec<u8>>,
    /// What was wrong, as fragments of a sentence.
    pub(super) notes: Vec<String>,
    /// Whether the end is missing.
    pub(super) is_cut: bool,
}

/// A chunk, as far as there is one.
pub(super) struct Chunk<'a> {
    pub(super) kind: [u8; 4],
    pub(super) content: &'a [u8],
    /// All of it, from its length to its checksum.
    pub(super) bytes: &'a [u8],
    /// Whether the file ends before its checksum does.
    is_cut: bool,
}

impl<'a> Chunk<'a> {
    /// The first of these bytes; `None` where no chunk begins.
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let is_kind = kind.iter().all(u8::is_ascii_alphabetic);
        let end = length.saturating_add(12);
        is_kind.then_some(Self {
            kind: *kind,
            content: &rest[..length.min(rest.len())],
            bytes: &bytes[..end.min(bytes.len())],
            is_cut: end > bytes.len(),
        })
    }

    pub(super) fn is_sound(&self) -> bool {
        let checksum = self.bytes.last_chunk().map(|sum| u32::from_be_bytes(*sum));
        checksum == Some(checksum_of(self.kind, self.content))
    }

    fn name(&self) -> String {
        String::from_utf8_lossy(&self.kind).into_owned()
    }
}

/// Looks at each chunk; an error where pixels are certainly damaged.
pub(super) fn check(png: &[u8]) -> Result<CheckedPng, JobError> {
    let mut parts = PngParts::of(png)?;
    let is_cut = !parts.has_end;
    if parts.can_stay() {
        return Ok(CheckedPng { mended: None, notes: parts.notes, is_cut });
    }
    let data = parts.data.concat();
    if !parts.header.is_empty() {
        if length_by(&parts.header[8..]).is_none_or(|length| !is_right_and_of(length, &data)) {
            return Err(fail(ErrorKind::Corrupt, "what describes the picture (IHDR) is damaged"));
        }
        parts.notes.push("the checksum of its header is wrong, though the image data fits it".to_owned());
        parts.front.insert(0, &parts.header);
    }
    if parts.is_doubtful && !is_right(png, data.as_slice()) {
        return Err(match is_cut {
            true => fail(ErrorKind::Truncated, error::ENDS_EARLY),
            false => fail(ErrorKind::Corrupt, "the image data is damaged"),
        });
    }
    if parts.is_doubtful && !is_cut {
        parts.notes.push("a checksum is wrong, though the image data is right".to_owned());
    }
    if is_cut && parts.notes.is_empty() {
        parts.notes.push("the end of the file is missing".to_owned());
    }
    if parts.is_parted {
        parts.notes.push("other parts stand among those of the image data".to_owned());
    }
    parts.front.push(&parts.clear);
    let mended = Some(joined(png, &parts.front, &data, &parts.behind)?);
    Ok(CheckedPng { mended, notes: parts.notes, is_cut })
}

/// What a file is made of, as far as a copy may have it, and what is wrong with it.
#[derive(Default)]
struct PngParts<'a> {
    /// Chunks in front of the image data, and behind them.
    front: Vec<&'a [u8]>,
    behind: Vec<&'a [u8]>,
    data: Vec<&'a [u8]>,
    /// A transparent level or colour that does not fit its bits, brought to them.
    clear: Vec<u8>,
    /// A header with a wrong checksum, with the right one. It is the header if the image data fits it.
    header: Vec<u8>,
    notes: Vec<String>,
    has_end: bool,
    /// Whether a checksum of the image data is wrong.
    is_doubtful: bool,
    /// Whether other parts stand among the image data.
    is_parted: bool,
    /// Whether the decoder stumbles over one that costs no pixel.
    is_refused: bool,
}

impl<'a> PngParts<'a> {
    fn of(png: &'a [u8]) -> Result<Self, JobError> {
        let mut parts = Self::default();
        let (mut at, mut was_data) = (SIGNATURE, false);
        while let Some(chunk) = png.get(at..).and_then(Chunk::first) {
            at += chunk.bytes.len();
            let is_data = chunk.kind == *b"IDAT";
            match &chunk.kind {
                b"IEND" => {
                    parts.has_end = true;
                    break;
                }
                b"IDAT" => parts.take_data(&chunk, was_data),
                _ => parts.take_other(png, &chunk)?,
            }
            was_data = is_data;
        }
        Ok(parts)
    }

    fn take_data(&mut self, chunk: &Chunk<'a>, was_data: bool) {
        // Decoders take any other part for the end of the image data.
        self.is_parted |= !was_data && !self.data.is_empty();
        // What stands in place of an end that was never written may unpack as well.
        self.is_doubtful |= !chunk.is_sound();
        self.data.push(chunk.content);
    }

    fn take_other(&mut self, png: &[u8], chunk: &Chunk<'a>) -> Result<(), JobError> {
        let is_in_front = self.data.is_empty();
        match &chunk.kind {
            // Numbers for colours that no PNG has (11.3.2.6), over which the decoder stumbles.
            b"cICP" if matches!(chunk.content, [_, _, matrix, range] if *matrix != 0 || *range > 1) => {
                self.is_refused = true;
            }
            // A first frame of another size than the picture, in whose place that stands.
            b"fcTL" if is_in_front && chunk.content.get(4..12) != png.get(16..24) => self.is_refused = true,
            b"tRNS" if chunk.is_sound() && within_depth(png, chunk.content) != chunk.content => {
                push(&mut self.clear, chunk.kind, &within_depth(png, chunk.content));
            }
            _ if chunk.is_cut => {
                self.notes.push(format!("the end of the file is missing, from {} on", chunk.name()));
            }
            _ if chunk.is_sound() => {
                if is_in_front { &mut self.front } else { &mut self.behind }.push(chunk.bytes);
            }
            b"IHDR" if is_in_front && self.front.is_empty() && chunk.content.len() == 13 => {
                push(&mut self.header, chunk.kind, chunk.content);
            }
            // Without these the pixels are others.
            b"IHDR" | b"PLTE" | b"tRNS" => {
                let detail = format!("what describes the picture ({}) is damaged", chunk.name());
                return Err(fail(ErrorKind::Corrupt, detail));
            }
            _ => self.notes.push(format!("its part {} is damaged", chunk.name())),
        }
        Ok(())
    }

    /// Whether the file needs no copy.
    fn can_stay(&self) -> bool {
        let is_as_it_is = self.clear.is_empty() && self.header.is_empty();
        self.has_end && !self.is_doubtful && !self.is_parted && !self.is_refused && is_as_it_is
    }
}

/// What a PNG without a palette says to be transparent, of which only as many bits count as samples have
/// (11.3.2.1).
fn within_depth(png: &[u8], content: &[u8]) -> Vec<u8> {
    const GREY: u8 = 0;
    const RGB: u8 = 2;
    let mut values = content.to_vec();
    if let Some([depth, GREY | RGB]) = png.get(24..26)
        && *depth < 16
    {
        let most = (1u16 << depth) - 1;
        for value in values.as_chunks_mut().0 {
            *value = (u16::from_be_bytes(*value) & most).to_be_bytes();
        }
    }
    values
}

/// A file of these parts, with the image data in one and an end.
fn joined(png: &[u8], front: &[&[u8]], data: &[u8], behind: &[&[u8]]) -> Result<Vec<u8>, JobError> {
    let mut mended = Vec::new();
    let no_memory = |_| fail(ErrorKind::OutOfMemory, "no memory for a copy without its faults");
    mended.try_reserve_exact(png.len() + 2 * CHUNK).map_err(no_memory)?;
    mended.extend(png.get(..SIGNATURE).unwrap_or_default());
    front.iter().for_each(|chunk| mended.extend(*chunk));
    push(&mut mended, *b"IDAT", data);
    behind.iter().for_each(|chunk| mended.extend(*chunk));
    push(&mut mended, *b"IEND", &[]);
    Ok(mended)
}

/// Whether the image data of a file is right by the checksum in it.
pub(super) fn is_checked(png: &[u8]) -> bool {
    is_right(png, ImageData { png, at: SIGNATURE, left: &[] })
}

/// The image data of a file, from all its parts.
struct ImageData<'a> {
    png: &'a [u8],
    /// Where the next part stands.
    at: usize,
    /// What is left of this one.
    left: &'a [u8],
}

impl Read for ImageData<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.left.is_empty()
            && let Some(chunk) = self.png.get(self.at..).and_then(Chunk::first)
        {
            self.at += chunk.bytes.len();
            self.left = if chunk.kind == *b"IDAT" { chunk.content } else { &[] };
        }
        self.left.read(bytes)
    }
}

/// Whether image data unpacks, and is right by the checksum in it.
fn is_right(png: &[u8], data: impl Read) -> bool {
    // No picture of this size has more: samples of 16 bits, and a byte for each row of each pass.
    let edge =
        |at: usize| png.get(at..).and_then(|bytes| bytes.first_chunk()).map(|edge| u32::from_be_bytes(*edge));
    let (Some(width), Some(height)) = (edge(16), edge(20)) else { return false };
    let most = (u64::from(width) + 1).saturating_mul(u64::from(height) + 7).saturating_mul(8);
    let mut unpacked = ZlibDecoder::new(data).take(most);
    copy(&mut unpacked, &mut sink()).is_ok() && unpacked.limit() > 0
}

/// Bytes that the rows of a picture with this header take, with the byte in front of each (7.2, 8.1).
fn length_by(header: &[u8]) -> Option<u64> {
    /// Of the passes of an interlaced picture: the first pixel across and down, how far the next ones are.
    const PASSES: [[u64; 4]; 7] =
        [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];
    let (width, rest) = header.split_first_chunk()?;
    let (height, rest) = rest.split_first_chunk()?;
    let [width, height] = [width, height].map(|edge| u64::from(u32::from_be_bytes(*edge)));
    let [depth, color, 0, 0, interlacing, ..] = rest else { return None };
    let channels = match color {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return None,
    };
    let length = |[left, top, across, down]: [u64; 4]| {
        let columns = width.saturating_sub(left).div_ceil(across);
        let rows = height.saturating_sub(top).div_ceil(down);
        let row = (columns * channels * u64::from(*depth)).div_ceil(8) + 1;
        if columns == 0 { 0 } else { row.saturating_mul(rows) }
    };
    match interlacing {
        0 => Some(length([0, 0, 1, 1])),
        1 => Some(PASSES.into_iter().map(length).fold(0, u64::saturating_add)),
        _ => None,
    }
}

/// Whether image data unpacks to so many bytes, and is right by the checksum in it.
fn is_right_and_of(length: u64, data: &[u8]) -> bool {
    let mut unpacked = ZlibDecoder::new(data).take(length.saturating_add(1));
    copy(&mut unpacked, &mut sink()).is_ok_and(|unpacked| unpacked == length)
}

fn push(png: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    png.extend((content.len() as u32).to_be_bytes());
    png.extend(kind);
    png.extend(content);
    png.extend(checksum_of(kind, content).to_be_bytes());
}

pub(super) fn checksum_of(kind: [u8; 4], content: &[u8]) -> u32 {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&kind);
    checksum.update(content);
    checksum.finalize()
}
