//! Whether a lossless JPEG (ITU-T T.81, annex H) is whole. The library fills up what is missing, or follows
//! what is broken, without a word; so all of its codes are read here first, for nothing but to see whether
//! there are as many as there should be. No state.

use protocol::{ErrorKind, JobError};

use crate::codec::{error, fail};

/// `needed` are the samples of the piece, if the file says how many it has: columns × rows × planes.
pub(super) fn check(jpeg: &[u8], needed: Option<u64>) -> Result<(), JobError> {
    let frame = LosslessFrame::read(jpeg)?;
    if frame.precision < LEAST_BITS {
        let detail = format!("lossless JPEG of {} bits, which cannot be developed", frame.precision);
        return Err(fail(ErrorKind::Unsupported, detail));
    }
    let found = frame.columns as u64 * frame.rows as u64 * frame.components.len() as u64;
    if needed.is_some_and(|needed| found < needed || found > needed.saturating_mul(2)) {
        return Err(fail(ErrorKind::Corrupt, "a part of the sensor's data has not the size that it should"));
    }
    frame.check(if needed.is_some() { PADDING } else { CAMERAS_PADDING })
}

/// Whether these bytes begin a lossless JPEG.
pub(super) fn is_lossless(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xFF\xD8\xFF")
        && segments(bytes).any(|segment| segment.is_ok_and(|segment| segment.marker == SOF3))
}

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOF3: u8 = 0xC3;
const DHT: u8 = 0xC4;
const SOS: u8 = 0xDA;
const DRI: u8 = 0xDD;

/// Bits of a sample that the library takes at the least.
const LEAST_BITS: u32 = 10;
/// The way of Hasselblad's cameras, whose data is no JPEG behind its header.
const HASSELBLAD: u8 = 8;
/// Bytes without meaning that may stand between the last code and the end marker; what cameras write by ways
/// of their own is trusted with more.
const PADDING: usize = 4;
const CAMERAS_PADDING: usize = 64;

/// A segment in front of the scan.
struct Segment<'a> {
    marker: u8,
    content: &'a [u8],
    /// Where what follows it begins.
    end: usize,
}

/// The segments from the start on, up to the header of the scan.
fn segments(jpeg: &[u8]) -> impl Iterator<Item = Result<Segment<'_>, JobError>> {
    let mut at = 2;
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let found = segment(jpeg, at);
        is_over = found.as_ref().map_or(true, |found| found.marker == SOS || found.marker == EOI);
        at = found.as_ref().map_or(at, |found| found.end);
        Some(found)
    })
}

fn segment(jpeg: &[u8], mut at: usize) -> Result<Segment<'_>, JobError> {
    let ends_early = || fail(ErrorKind::Truncated, error::ENDS_EARLY);
    loop {
        let &[first, marker] = jpeg.get(at..).and_then(|rest| rest.first_chunk()).ok_or_else(ends_early)?;
        if first != 0xFF {
            return Err(broken());
        }
        match marker {
            // A byte to fill up with.
            0xFF => at += 1,
            SOI | EOI => return Ok(Segment { marker, content: &[], end: at + 2 }),
            _ => {
                let length = jpeg.get(at + 2..).and_then(|rest| rest.first_chunk()).ok_or_else(ends_early)?;
                let end = at + 2 + usize::from(u16::from_be_bytes(*length));
                if end < at + 4 {
                    return Err(broken());
                }
                let content = jpeg.get(at + 4..end).ok_or_else(ends_early)?;
                return Ok(Segment { marker, content, end });
            }
        }
    }
}

pub(super) fn broken() -> JobError {
    fail(ErrorKind::Corrupt, "the sensor's data is damaged")
}

/// A plane of the image.
#[derive(Clone, Copy)]
struct LosslessComponent {
    id: u8,
    /// Samples for each unit of the image, across and down.
    across: usize,
    down: usize,
    table: usize,
}

/// What stands before the scan.
struct LosslessFrame<'a> {
    precision: u32,
    columns: usize,
    rows: usize,
    components: Vec<LosslessComponent>,
    tables: [Option<CodeTable>; 4],
    predictor: u8,
    point_transform: u32,
    scan: &'a [u8],
}

impl<'a> LosslessFrame<'a> {
    fn read(jpeg: &'a [u8]) -> Result<LosslessFrame<'a>, JobError> {
        let mut tables = [const { None }; 4];
        let mut frame: Option<(u32, usize, usize, Vec<LosslessComponent>)> = None;
        for segment in segments(jpeg) {
            let Segment { marker, content, end } = segment?;
            match marker {
                SOF3 => frame = Some(frame_header(content).ok_or_else(broken)?),
                DHT => code_tables(content, &mut tables).ok_or_else(broken)?,
                DRI if content.iter().any(|byte| *byte != 0) => {
                    return Err(fail(
                        ErrorKind::Unsupported,
                        "lossless JPEG with restart markers, which cannot be developed",
                    ));
                }
                SOS => {
                    let (precision, columns, rows, mut components) = frame.ok_or_else(broken)?;
                    let (predictor, point_transform) =
                        scan_header(content, &mut components).ok_or_else(broken)?;
                    let scan = jpeg.get(end..).unwrap_or_default();
                    return Ok(LosslessFrame {
                        precision,
                        columns,
                        rows,
                        components,
                        tables,
                        predictor,
                        point_transform,
                        scan,
                    });
                }
                EOI => break,
                _ => {}
            }
        }
        Err(broken())
    }

    /// Reads all codes.
    fn check(&self, padding: usize) -> Result<(), JobError> {
        if self.predictor == HASSELBLAD {
            return Ok(());
        }
        let mut order = Vec::new();
        for (plane, component) in self.components.iter().enumerate() {
            let table = self.tables[component.table].as_ref().ok_or_else(broken)?;
            order.extend(std::iter::repeat_n((plane, table), component.across * component.down));
        }
        let most = |of: fn(&LosslessComponent) -> usize| self.components.iter().map(of).max().unwrap_or(1);
        let (across, down) = (most(|component| component.across), most(|component| component.down));
        let (columns, rows) = (self.columns.div_ceil(across), self.rows.div_ceil(down));
        let mut bits = LosslessBits::new(self.scan);
        if order.len() == self.components.len() && (1..=7).contains(&self.predictor) {
            self.follow(&order, &mut bits)?;
        } else {
            for _ in 0..rows {
                for _ in 0..columns {
                    for (_, table) in &order {
                        bits.difference(table).ok_or_else(broken)?;
                    }
                }
                bits.check()?;
            }
        }
        bits.finish(padding)
    }

    /// Reads the codes of an image whose planes are of one size, and works its samples out: one that is
    /// beyond what the header announces comes from a code that is not the camera's.
    fn follow(&self, order: &[(usize, &CodeTable)], bits: &mut LosslessBits<'_>) -> Result<(), JobError> {
        let planes = order.len();
        let depth = self.precision.checked_sub(self.point_transform).filter(|d| (1..=16).contains(d));
        let depth = depth.ok_or_else(broken)?;
        // A row with one sample of each plane to its left, that of the beginning of the row above.
        let mut above = vec![1 << (depth - 1); planes * (self.columns + 1)];
        let mut row = above.clone();
        for index in 0..self.rows {
            row[..planes].copy_from_slice(&above[planes..2 * planes]);
            for column in 0..self.columns {
                for (plane, table) in order {
                    let at = (column + 1) * planes + plane;
                    let (a, b, c) = (row[at - planes], above[at], above[at - planes]);
                    let prediction = match (index, column, self.predictor) {
                        (0, ..) | (_, 0, _) | (_, _, 1) => a,
                        (_, _, 2) => b,
                        (_, _, 3) => c,
                        (_, _, 4) => a + b - c,
                        (_, _, 5) => a + ((b - c) >> 1),
                        (_, _, 6) => b + ((a - c) >> 1),
                        _ => (a + b) >> 1,
                    };
                    let sample = (prediction + bits.difference(table).ok_or_else(broken)?) & 0xFFFF;
                    if sample >> depth != 0 {
                        bits.check()?;
                        return Err(broken());
                    }
                    row[at] = sample;
                }
            }
            bits.check()?;
            std::mem::swap(&mut row, &mut above);
        }
        Ok(())
    }
}

fn frame_header(content: &[u8]) -> Option<(u32, usize, usize, Vec<LosslessComponent>)> {
    let (&[precision, y1, y0, x1, x0, count], rest) = content.split_first_chunk()?;
    let components = rest.as_chunks::<3>().0.iter().map(|&[id, sampling, _]| LosslessComponent {
        id,
        across: usize::from(sampling >> 4),
        down: usize::from(sampling & 15),
        table: 0,
    });
    let components: Vec<LosslessComponent> = components.take(count.into()).collect();
    let is_sound = (1..=4).contains(&count)
        && components.len() == usize::from(count)
        && components.iter().all(|c| (1..=4).contains(&c.across) && (1..=4).contains(&c.down));
    let (rows, columns) = (u16::from_be_bytes([y1, y0]), u16::from_be_bytes([x1, x0]));
    (is_sound && rows > 0 && columns > 0).then(|| (precision.into(), columns.into(), rows.into(), components))
}

/// Sets the components' tables; gives the predictor and the point transform.
fn scan_header(content: &[u8], components: &mut [LosslessComponent]) -> Option<(u8, u32)> {
    let (count, rest) = content.split_first()?;
    let (selectors, rest) = rest.split_at_checked(2 * usize::from(*count))?;
    if usize::from(*count) != components.len() {
        return None;
    }
    for [id, tables] in selectors.as_chunks().0 {
        let component = components.iter_mut().find(|component| component.id == *id)?;
        component.table = usize::from(tables >> 4);
        if component.table > 3 {
            return None;
        }
    }
    let &[predictor, _, transform] = rest.first_chunk()?;
    Some((predictor, u32::from(transform & 15)))
}

/// What the next 16 bits begin with: the length of a code, 0 for none, and how many bits of difference follow
/// it.
struct CodeTable(Vec<(u8, u8)>);

fn code_tables(mut content: &[u8], tables: &mut [Option<CodeTable>; 4]) -> Option<()> {
    while let Some((&[place], rest)) = content.split_first_chunk() {
        let (counts, rest) = rest.split_first_chunk::<16>()?;
        let codes: usize = counts.iter().map(|count| usize::from(*count)).sum();
        let (values, rest) = rest.split_at_checked(codes)?;
        content = rest;
        let mut lookup = Vec::with_capacity(1 << 16);
        let lengths =
            (1u8..).zip(counts).flat_map(|(length, count)| std::iter::repeat_n(length, usize::from(*count)));
        for (length, bits) in lengths.zip(values) {
            lookup.extend(std::iter::repeat_n((length, *bits), 1 << (16 - length)));
        }
        if lookup.len() > 1 << 16 || values.iter().any(|bits| *bits > 16) {
            return None;
        }
        lookup.resize(1 << 16, (0, 0));
        *tables.get_mut(usize::from(place))? = Some(CodeTable(lookup));
    }
    Some(())
}

/// The bits of a scan. Behind its last byte there are zeros, which are counted.
struct LosslessBits<'a> {
    scan: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
    /// Bits among those that were read of which there are none.
    borrowed: u32,
}

impl<'a> LosslessBits<'a> {
    fn new(scan: &'a [u8]) -> LosslessBits<'a> {
        LosslessBits { scan, at: 0, held: 0, count: 0, borrowed: 0 }
    }

    /// The next byte, unless a marker or the end of the data comes first.
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.scan.get(self.at)?;
        if byte == 0xFF {
            if self.scan.get(self.at + 1) != Some(&0) {
                return None;
            }
            self.at += 1;
        }
        self.at += 1;
        Some(byte)
    }

    /// Sees to it that 32 bits can be read.
    fn fill(&mut self) {
        while self.count <= 56 {
            let byte = self.byte().unwrap_or_else(|| {
                self.borrowed = self.borrowed.saturating_add(8);
                0
            });
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next difference between a sample and what is predicted; `None` if there is no such code.
    fn difference(&mut self, table: &CodeTable) -> Option<i32> {
        if self.count < 32 {
            self.fill();
        }
        let (length, bits) = table.0[(self.held >> 48) as usize];
        if length == 0 {
            return None;
        }
        self.held <<= length;
        self.count -= u32::from(length);
        // Of 16 bits there is only one difference, and no bit follows.
        if bits == 0 || bits == 16 {
            return Some(if bits == 0 { 0 } else { 32_768 });
        }
        let value = (self.held >> (64 - bits)) as i32;
        self.held <<= bits;
        self.count -= u32::from(bits);
        // The lower half of the values stands for what is negative (figure F.12).
        Some(if value >> (bits - 1) == 0 { value - (1 << bits) + 1 } else { value })
    }

    /// Whether all that has been read was there.
    fn check(&self) -> Result<(), JobError> {
        if self.borrowed <= self.count {
            return Ok(());
        }
        // A marker in the middle is damage; where there is nothing more, the rest is missing.
        Err(if self.at + 1 < self.scan.len() && self.scan[self.at + 1] != EOI {
            broken()
        } else {
            fail(ErrorKind::Truncated, error::ENDS_EARLY)
        })
    }

    /// Whether nothing is left but what fills up the last bytes.
    fn finish(mut self, most: usize) -> Result<(), JobError> {
        self.check()?;
        let mut left = self.count - self.borrowed;
        let mut rest: Vec<u8> = Vec::new();
        // Whole bytes that were read ahead of the codes.
        self.held <<= left % 8;
        left -= left % 8;
        while left > 0 {
            rest.push((self.held >> 56) as u8);
            self.held <<= 8;
            left -= 8;
        }
        while rest.len() <= most
            && let Some(byte) = self.byte()
        {
            rest.push(byte);
        }
        let is_padding =
            rest.len() <= most && rest.iter().all(|byte| *byte == rest[0] && matches!(byte, 0 | 0xFF));
        if is_padding { Ok(()) } else { Err(broken()) }
    }
}

#[cfg(test)]
mod tests;
