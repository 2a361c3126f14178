//! The bytes of one strip or tile, decompressed. What does not yield all that the picture needs is an error;
//! what a stream holds beyond that is a warning at the most. No state.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};
use protocol::{ErrorKind, JobError};
use recipe::filter::geometry::Size;
use weezl::{BitOrder, LzwStatus};

use super::fax::{self, Unfilled};
use super::grid::PlacedChunk;
use super::kinds::{Prediction, TiffPacking};
use super::layout::TiffLayout;
use crate::codec::{error, fail, jpeg};

/// Bytes that a stream may unpack to behind those that are needed.
const MOST_SURPLUS: u64 = 256 << 20;

/// Decompresses the rows of a chunk that are within the picture into `rows`; returns the bytes of a row.
pub(super) fn unpack(
    layout: &TiffLayout<'_>,
    file: &[u8],
    index: usize,
    place: PlacedChunk,
    rows: &mut Vec<u8>,
    warnings: &mut Vec<String>,
) -> Result<usize, JobError> {
    let row_bytes = layout.row_bytes();
    let shared = layout.colors.shared().filter(|_| layout.together() > 1);
    let bytes_of = |place: PlacedChunk| match shared {
        Some(shared) => units(layout, place, shared).bytes(),
        None => row_bytes.saturating_mul(place.height),
    };
    let needed = bytes_of(place);
    // Strips may all be of one height, though the picture ends within the last.
    let most = bytes_of(PlacedChunk { height: layout.grid.height, ..place });
    let plain = (layout.packing == TiffPacking::Plain).then_some(needed);
    let chunk = layout.grid.bytes(file, index, plain)?;
    let trouble = |unfilled| match unfilled {
        Unfilled::Damaged => fail(ErrorKind::Corrupt, "the compressed data is damaged"),
        Unfilled::Ends => fail(ErrorKind::Truncated, error::ENDS_EARLY),
    };
    if let TiffPacking::Jpeg { tables, transform } = layout.packing {
        return unpack_jpeg(layout, chunk, (tables, transform), place, rows, warnings);
    }
    let stream = if layout.reversed { turned(chunk)? } else { Cow::Borrowed(chunk) };
    fit(rows, needed)?;
    let surplus = match layout.packing {
        TiffPacking::Plain => plain_bytes(&stream, rows).map(|()| 0),
        TiffPacking::PackBits => pack_bits(&stream, rows),
        TiffPacking::Lzw => lzw(&stream, rows, most),
        TiffPacking::Deflate => deflate(&stream, rows, most),
        TiffPacking::Fax(code) => fax::decode(&stream, code, layout.grid.width, rows).map(|()| 0),
        TiffPacking::Jpeg { .. } => Ok(0),
    };
    let surplus = surplus.map_err(trouble)?;
    if surplus > 0 && needed + surplus != most {
        error::warn(warnings, error::LEFT_OVER);
    }
    if let Some(shared) = shared {
        let unspread = std::mem::take(rows);
        fit(rows, row_bytes.saturating_mul(place.height))?;
        units(layout, place, shared).spread(&unspread, rows, row_bytes);
        return Ok(row_bytes);
    }
    let step = layout.together();
    for row in rows.chunks_exact_mut(row_bytes) {
        match layout.prediction {
            Prediction::None => break,
            Prediction::Left => add_left(row, layout.depth.bits() / 8, step, layout.little_endian),
            Prediction::Float => sort_floats(row, layout.depth.bits() / 8, step, layout.little_endian),
        }
    }
    Ok(row_bytes)
}

/// Gives the buffer this length; what is in it does not matter. Running out of memory is an answer.
fn fit(buffer: &mut Vec<u8>, length: usize) -> Result<(), JobError> {
    let out_of_memory = |_| fail(ErrorKind::OutOfMemory, format!("no memory for {length} bytes"));
    buffer.try_reserve_exact(length.saturating_sub(buffer.len())).map_err(out_of_memory)?;
    buffer.resize(length, 0);
    Ok(())
}

/// The bytes with their bits the other way around.
fn turned(bytes: &[u8]) -> Result<Cow<'_, [u8]>, JobError> {
    let mut turned: Vec<u8> = Vec::new();
    fit(&mut turned, bytes.len())?;
    turned.iter_mut().zip(bytes).for_each(|(to, from)| *to = from.reverse_bits());
    Ok(Cow::Owned(turned))
}

fn plain_bytes(stream: &[u8], rows: &mut [u8]) -> Result<(), Unfilled> {
    rows.copy_from_slice(stream.get(..rows.len()).ok_or(Unfilled::Ends)?);
    Ok(())
}

/// TIFF 6.0, section 9. Returns how many bytes more the stream holds.
fn pack_bits(mut stream: &[u8], mut rows: &mut [u8]) -> Result<usize, Unfilled> {
    let mut surplus = 0;
    while !rows.is_empty() {
        let (code, rest) = stream.split_first().ok_or(Unfilled::Ends)?;
        stream = rest;
        let code = code.cast_signed();
        if code == i8::MIN {
            continue;
        }
        let count = usize::from(code.unsigned_abs()) + 1;
        surplus = count.saturating_sub(rows.len());
        let (now, later) = rows.split_at_mut(count.min(rows.len()));
        if code >= 0 {
            now.copy_from_slice(stream.get(..now.len()).ok_or(Unfilled::Ends)?);
            stream = stream.get(count..).unwrap_or_default();
        } else {
            let (byte, rest) = stream.split_first().ok_or(Unfilled::Ends)?;
            now.fill(*byte);
            stream = rest;
        }
        rows = later;
    }
    // A byte or two may fill up what follows.
    while let Some((code, rest)) = stream.split_first() {
        let code = code.cast_signed();
        let count = usize::from(code.unsigned_abs()) + 1;
        let stored = if code >= 0 { count } else { 1 };
        let Some(rest) = rest.get(stored..) else { break };
        stream = rest;
        surplus += if code == i8::MIN { 0 } else { count };
    }
    Ok(surplus)
}

/// TIFF 6.0, section 13; or as it was before that, with the bits the other way around. Returns how many bytes
/// more the stream holds up to its end, as far as they are `most` with the others.
fn lzw(mut stream: &[u8], mut rows: &mut [u8], most: usize) -> Result<usize, Unfilled> {
    let mut decoder = match stream {
        // The first code clears the table: 256 in nine bits, from the lowest on.
        [0, second, ..] if second & 1 == 1 => weezl::decode::Decoder::new(BitOrder::Lsb, 8),
        _ => weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
    };
    while !rows.is_empty() {
        let done = decoder.decode_bytes(stream, rows);
        stream = stream.get(done.consumed_in..).unwrap_or_default();
        rows = rows.get_mut(done.consumed_out..).unwrap_or_default();
        match done.status {
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::Done) if rows.is_empty() => {}
            Ok(LzwStatus::NoProgress) => return Err(Unfilled::Ends),
            Ok(LzwStatus::Done) | Err(_) => return Err(Unfilled::Damaged),
        }
    }
    let (mut surplus, mut buffer) = (0, [0; 1 << 10]);
    while surplus <= most {
        let done = decoder.decode_bytes(stream, &mut buffer);
        stream = stream.get(done.consumed_in..).unwrap_or_default();
        surplus += done.consumed_out;
        match done.status {
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::Done) => break,
            // Where there is no end, what fills up the last byte may look like one or two.
            Ok(LzwStatus::NoProgress) | Err(_) => return Ok(if surplus > 2 { surplus } else { 0 }),
        }
    }
    Ok(surplus)
}

/// With its checksum, if that is still there. Damage can make a stream longer than it was: what is left over
/// is unpacked too, since only behind it the checksum stands. A stream without an end holds no more than
/// `most` bytes, those of a whole strip: what goes on behind them has lost its end to damage. Returns how
/// many bytes more such a stream holds; one that is right by its checksum may hold any.
fn deflate(stream: &[u8], rows: &mut [u8], most: usize) -> Result<usize, Unfilled> {
    let mut inflater = Decompress::new(true);
    let mut surplus = [0; 1 << 13];
    loop {
        let (read, written) = (inflater.total_in(), inflater.total_out());
        let input = stream.get(read as usize..).unwrap_or_default();
        let is_full = written >= rows.len() as u64;
        let output = rows.get_mut(written as usize..).filter(|rest| !rest.is_empty());
        let status = inflater.decompress(input, output.unwrap_or(&mut surplus), FlushDecompress::None);
        match status.map_err(|_| Unfilled::Damaged)? {
            Status::StreamEnd if inflater.total_out() < rows.len() as u64 => return Err(Unfilled::Damaged),
            Status::StreamEnd => return Ok(0),
            Status::Ok | Status::BufError
                if (read, written) == (inflater.total_in(), inflater.total_out()) =>
            {
                let goes_on = written > most.max(rows.len()) as u64;
                return match is_full {
                    true if goes_on => Err(Unfilled::Damaged),
                    true => Ok(written as usize - rows.len()),
                    false => Err(Unfilled::Ends),
                };
            }
            Status::Ok | Status::BufError if written > rows.len() as u64 + MOST_SURPLUS => {
                return Err(Unfilled::Damaged);
            }
            Status::Ok | Status::BufError => {}
        }
    }
}

/// Adds to each sample the one to the left; `width` is in bytes.
fn add_left(row: &mut [u8], width: usize, step: usize, little_endian: bool) {
    let distance = width * step;
    if width == 1 {
        for at in distance..row.len() {
            row[at] = row[at].wrapping_add(row[at - distance]);
        }
        return;
    }
    for at in (distance..row.len()).step_by(width) {
        let mut carry = 0;
        for byte in 0..width {
            let byte = if little_endian { at + byte } else { at + width - 1 - byte };
            let sum = u16::from(row[byte]) + u16::from(row[byte - distance]) + carry;
            row[byte] = sum as u8;
            carry = sum >> 8;
        }
    }
}

/// Undoes what Adobe's technical note 3 (2005) does to the floats of a row: all their first bytes, then all
/// their second bytes, and so on, each less the one before.
fn sort_floats(row: &mut [u8], width: usize, step: usize, little_endian: bool) {
    add_left(row, 1, step, little_endian);
    let sorted = row.to_vec();
    let count = row.len() / width;
    for (index, float) in row.chunks_exact_mut(width).enumerate() {
        for (byte, place) in float.iter_mut().enumerate() {
            let significance = if little_endian { width - 1 - byte } else { byte };
            *place = sorted[significance * count + index];
        }
    }
}

/// The units of a chunk in which some pixels share their chroma (TIFF 6.0, section 21).
struct SharedUnits {
    across: usize,
    down: usize,
    /// Pixels of one.
    width: usize,
    height: usize,
}

fn units(layout: &TiffLayout<'_>, place: PlacedChunk, (width, height): (usize, usize)) -> SharedUnits {
    let (across, down) = (layout.grid.width.div_ceil(width), place.height.div_ceil(height));
    SharedUnits { across, down, width, height }
}

impl SharedUnits {
    fn unit(&self) -> usize {
        self.width * self.height + 2
    }

    fn bytes(&self) -> usize {
        self.across.saturating_mul(self.down).saturating_mul(self.unit())
    }

    /// Gives each pixel its luma and chroma.
    fn spread(&self, units: &[u8], rows: &mut [u8], row_bytes: usize) {
        for (y, row) in rows.chunks_exact_mut(row_bytes).enumerate() {
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                let start = (y / self.height * self.across + x / self.width) * self.unit();
                let luma = start + y % self.height * self.width + x % self.width;
                let chroma = start + self.width * self.height;
                pixel.copy_from_slice(&[units[luma], units[chroma], units[chroma + 1]]);
            }
        }
    }
}

/// Decodes a JPEG stream that leaves its tables and what its colours are to the directory.
fn unpack_jpeg(
    layout: &TiffLayout<'_>,
    stream: &[u8],
    (tables, transform): (&[u8], Option<u8>),
    place: PlacedChunk,
    rows: &mut Vec<u8>,
    warnings: &mut Vec<String>,
) -> Result<usize, JobError> {
    const START: usize = 2;
    let body = stream.strip_prefix(b"\xFF\xD8").ok_or_else(|| match stream.len() {
        ..START => fail(ErrorKind::Truncated, error::ENDS_EARLY),
        _ => fail(ErrorKind::Corrupt, "a part of the picture is no JPEG stream"),
    })?;
    let tables = tables.strip_prefix(b"\xFF\xD8").unwrap_or_default();
    let tables = tables.strip_suffix(b"\xFF\xD9").unwrap_or(tables);
    let mut whole: Vec<u8> = Vec::new();
    let memory = stream.len() + tables.len() + 32;
    whole
        .try_reserve_exact(memory)
        .map_err(|_| fail(ErrorKind::OutOfMemory, format!("no memory for {memory} bytes")))?;
    whole.extend(b"\xFF\xD8");
    if let Some(transform) = transform {
        whole.extend(b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0");
        whole.push(transform);
    }
    whole.extend(tables);
    whole.extend(body);
    // The grid is no larger than the picture, but for tiles.
    let most = Size { width: layout.grid.width as u32, height: layout.grid.height as u32 };
    let part = jpeg::decode_part(&whole, most, warnings)?;
    if part.step != layout.together() {
        return Err(fail(ErrorKind::Corrupt, "a part of the picture has other colours than the whole"));
    }
    if part.width < place.width || part.height < place.height {
        return Err(fail(ErrorKind::Truncated, "a part of the picture is smaller than its place"));
    }
    *rows = part.samples;
    Ok(part.width * part.step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_copies_are_told_apart() {
        let mut rows = [0; 9];
        // TIFF 6.0, section 9: a copy of three, nothing, a run of four, a run that goes beyond the end.
        let stream = [2, 1, 2, 3, 0x80, 0xFD, 7, 0xF0, 9];
        assert_eq!(pack_bits(&stream, &mut rows), Ok(15));
        assert_eq!(rows, [1, 2, 3, 7, 7, 7, 7, 9, 9]);
        for cut in 0..stream.len() {
            assert_eq!(pack_bits(&stream[..cut], &mut rows), Err(Unfilled::Ends), "{cut}");
        }
        // Nothing, a byte that fills up, and two runs more.
        for (behind, more) in [(&[0x80][..], 15), (&[0], 15), (&[0, 7, 0xFE, 7], 19)] {
            assert_eq!(pack_bits(&[&stream, behind].concat(), &mut rows), Ok(more));
        }
    }

    #[test]
    fn old_lzw_is_read_too() {
        let original: Vec<u8> = (0..5000u32).map(|i| (i * i / 7) as u8).collect();
        let mut rows = vec![0; original.len()];
        let old = weezl::encode::Encoder::new(BitOrder::Lsb, 8).encode(&original).unwrap();
        assert_eq!(lzw(&old, &mut rows, 5000), Ok(0));
        assert_eq!(rows, original);
        let new = weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(&original).unwrap();
        rows.fill(0);
        assert_eq!(lzw(&new, &mut rows, 5000), Ok(0));
        assert_eq!(rows, original);
        assert_eq!(lzw(&new[..new.len() / 2], &mut rows, 5000), Err(Unfilled::Ends));
        assert_eq!(lzw(&new, &mut rows[..4999], 5000), Ok(1));
        assert_eq!(lzw(&new, &mut rows[..1000], 5000), Ok(4000));
    }

    #[test]
    fn a_wrong_checksum_is_damage_and_a_missing_one_is_not() {
        use std::io::Write;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&[5; 300]).unwrap();
        let stream = encoder.finish().unwrap();
        let mut rows = [0; 300];
        assert_eq!(deflate(&stream, &mut rows, 300), Ok(0));
        assert_eq!(rows, [5; 300]);
        assert_eq!(deflate(&stream[..stream.len() - 4], &mut rows, 300), Ok(0));
        let mut wrong = stream.clone();
        *wrong.last_mut().unwrap() ^= 1;
        assert_eq!(deflate(&wrong, &mut rows, 300), Err(Unfilled::Damaged));
        assert_eq!(deflate(&stream[..stream.len() / 2], &mut rows, 300), Err(Unfilled::Ends));
        assert_eq!(deflate(&stream, &mut [0; 301], 300), Err(Unfilled::Damaged));
        // Damage can make it longer than its place, even by more than is unpacked at a time.
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&[5; 100_000]).unwrap();
        let mut longer = encoder.finish().unwrap();
        assert_eq!(deflate(&longer, &mut rows, 300), Ok(0), "what is left over does not matter");
        let open = &longer[..longer.len() - 4];
        // The last strip may be as long as the others; whoever asks knows how long that is.
        assert_eq!(deflate(open, &mut rows, 100_000), Ok(99_700));
        assert_eq!(deflate(open, &mut rows, 200_000), Ok(99_700));
        assert_eq!(deflate(open, &mut rows, 300), Err(Unfilled::Damaged), "without an end, too long");
        *longer.last_mut().unwrap() ^= 1;
        assert_eq!(deflate(&longer, &mut rows, 300), Err(Unfilled::Damaged));
    }

    #[test]
    fn differences_are_added_up_in_both_orders() {
        // 0x01FF, then 0x0002 more: 0x0201.
        let mut little = [0xFF, 1, 2, 0];
        add_left(&mut little, 2, 1, true);
        assert_eq!(little, [0xFF, 1, 1, 2]);
        let mut big = [1, 0xFF, 0, 2];
        add_left(&mut big, 2, 1, false);
        assert_eq!(big, [1, 0xFF, 2, 1]);
        // 1.0 is 3F 80 00 00, 2.0 is 40 00 00 00: sorted 3F 40 80 00 00 00 00 00, each less the one before.
        let sorted = [0x3F, 0x01, 0x40, 0x80, 0, 0, 0, 0];
        for little_endian in [true, false] {
            let mut row = sorted;
            sort_floats(&mut row, 4, 1, little_endian);
            let floats: Vec<f32> = row
                .as_chunks()
                .0
                .iter()
                .map(|b| if little_endian { f32::from_le_bytes(*b) } else { f32::from_be_bytes(*b) })
                .collect();
            assert_eq!(floats, [1.0, 2.0]);
        }
    }

    #[test]
    fn pixels_share_their_chroma() {
        let units = SharedUnits { across: 2, down: 1, width: 2, height: 2 };
        // Luma 1 to 4 with chroma 90 and 91, then 5 to 8 with 92 and 93; the picture is three pixels wide.
        let stream = [1, 2, 3, 4, 90, 91, 5, 6, 7, 8, 92, 93];
        assert_eq!(units.bytes(), stream.len());
        let mut rows = [0; 18];
        units.spread(&stream, &mut rows, 9);
        assert_eq!(rows, [1, 90, 91, 2, 90, 91, 5, 92, 93, 3, 90, 91, 4, 90, 91, 7, 92, 93]);
    }
}
