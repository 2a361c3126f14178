//! The codes of fax machines (ITU-T T.4 and T.6): rows of runs of white and black, alone or by what changed
//! since the row above. The code words are those of the crate `fax`; its own loops guess where data is
//! damaged, and here that is an error. No state.

use fax::BitReader;
use fax::maps::{Mode, black, mode, white};

use super::kinds::FaxCode;

/// Why a stream did not yield what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfilled {
    /// There is no more of it.
    Ends,
    /// It makes no sense.
    Damaged,
}

/// Bits of an end-of-line code: eleven zeros, which no other code has, and a one.
const END_OF_LINE: u8 = 11;

/// Decodes as many rows as there is room for, of `width` bits each; white is 0.
pub(super) fn decode(stream: &[u8], code: FaxCode, width: usize, rows: &mut [u8]) -> Result<(), Unfilled> {
    let mut bits = FaxBits { stream, at: 0 };
    let mut above = Vec::new();
    rows.fill(0);
    for row in rows.chunks_exact_mut(width.div_ceil(8)) {
        let changes = match code {
            FaxCode::Rows(unit) => {
                bits.at = bits.at.next_multiple_of(unit);
                runs(&mut bits, width)
            }
            FaxCode::Three { two_dimensional } => {
                let alone = bits.skip_end_of_line(two_dimensional);
                if alone { runs(&mut bits, width) } else { changed(&mut bits, &above, width) }
            }
            FaxCode::Four => changed(&mut bits, &above, width),
        };
        above = changes.ok_or(if bits.is_at_end() { Unfilled::Ends } else { Unfilled::Damaged })?;
        blacken(row, &above, width);
    }
    Ok(())
}

/// The places at which the colour of a row changes, the first to black. No two are the same.
type Changes = Vec<usize>;

/// Adds a change; one at the place of the last undoes it.
fn change(changes: &mut Changes, at: usize, width: usize) {
    match changes.last() {
        Some(last) if *last == at => {
            changes.pop();
        }
        Some(_) | None if at < width => changes.push(at),
        Some(_) | None => {}
    }
}

/// A row of runs.
fn runs(bits: &mut FaxBits<'_>, width: usize) -> Option<Changes> {
    let (mut changes, mut at, mut is_black) = (Vec::new(), 0, false);
    while at < width {
        at += bits.run(is_black)?;
        is_black = !is_black;
        if at > width {
            return None;
        }
        change(&mut changes, at, width);
    }
    Some(changes)
}

/// A row that is told by what changed since the one above.
fn changed(bits: &mut FaxBits<'_>, above: &[usize], width: usize) -> Option<Changes> {
    let (mut changes, mut is_black) = (Vec::new(), false);
    let mut index = 0;
    // Nothing yet is not the same as the first pixel: a change may be there.
    let mut at: Option<usize> = None;
    while at.is_none_or(|at| at < width) {
        // The next change above, to the colour that this row does not have now.
        while index > 0 && at.is_none_or(|at| above.get(index - 1).is_none_or(|change| *change > at)) {
            index -= 1;
        }
        while above.get(index).is_some_and(|change| at.is_some_and(|at| *change <= at))
            || index % 2 != usize::from(is_black)
        {
            index += 1;
        }
        let next = |offset: usize| above.get(index + offset).copied().unwrap_or(width);
        let start = at.unwrap_or(0);
        match mode::decode(bits)? {
            Mode::Pass => at = Some(next(1)),
            Mode::Vertical(delta) => {
                let place = next(0).checked_add_signed(isize::from(delta))?;
                if place > width || place < start {
                    return None;
                }
                change(&mut changes, place, width);
                is_black = !is_black;
                at = Some(place);
            }
            Mode::Horizontal => {
                let first = start + bits.run(is_black)?;
                let second = first + bits.run(!is_black)?;
                if second > width {
                    return None;
                }
                change(&mut changes, first, width);
                change(&mut changes, second, width);
                at = Some(second);
            }
            Mode::Extension | Mode::EOF => return None,
        }
    }
    Some(changes)
}

/// Sets the bits that are black.
fn blacken(row: &mut [u8], changes: &[usize], width: usize) {
    for run in changes.chunks(2) {
        let (mut at, end) = (run[0], run.get(1).copied().unwrap_or(width));
        while at < end {
            if at % 8 == 0 && at + 8 <= end {
                row[at / 8] = 0xFF;
                at += 8;
            } else {
                row[at / 8] |= 0x80 >> (at % 8);
                at += 1;
            }
        }
    }
}

/// Bits, the highest of each byte first; behind the end there are zeros to look at, but none to take.
struct FaxBits<'a> {
    stream: &'a [u8],
    at: usize,
}

impl FaxBits<'_> {
    /// Whether so little is left that the code that was looked for may not have been whole.
    fn is_at_end(&self) -> bool {
        const LONGEST: usize = 13;
        self.at + LONGEST > self.stream.len() * 8
    }

    /// The length of a run: any number of long codes, then a short one.
    fn run(&mut self, is_black: bool) -> Option<usize> {
        const LONG: u16 = 64;
        let mut sum = 0;
        loop {
            let part = if is_black { black::decode(self)? } else { white::decode(self)? };
            sum += usize::from(part);
            if part < LONG {
                return Some(sum);
            }
        }
    }

    /// Skips the end of the last row, if it is said; returns whether the next row stands alone.
    fn skip_end_of_line(&mut self, tagged: bool) -> bool {
        if self.peek(END_OF_LINE) != Some(0) {
            return true;
        }
        while self.peek(1) == Some(0) && self.consume(1).is_ok() {}
        let _ = self.consume(1);
        let tag = self.peek(1);
        if tagged {
            let _ = self.consume(1);
        }
        !tagged || tag == Some(1)
    }
}

impl BitReader for FaxBits<'_> {
    type Error = Unfilled;

    fn peek(&self, bits: u8) -> Option<u16> {
        let byte = |offset: usize| u32::from(self.stream.get(self.at / 8 + offset).copied().unwrap_or(0));
        let window = byte(0) << 16 | byte(1) << 8 | byte(2);
        let window = window << (self.at % 8) & 0xFF_FFFF;
        (bits <= 16).then(|| (window >> (24 - u32::from(bits))) as u16)
    }

    fn consume(&mut self, bits: u8) -> Result<(), Unfilled> {
        self.at += usize::from(bits);
        if self.at > self.stream.len() * 8 { Err(Unfilled::Ends) } else { Ok(()) }
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (8 - self.at % 8) as u8 % 8
    }
}

#[cfg(test)]
mod tests {
    use fax::VecWriter;
    use fax::encoder::Encoder;

    use super::*;

    const WIDTH: usize = 2600;
    const HEIGHT: usize = 40;

    /// Rows of long and short runs, some like the one above, some not.
    fn rows() -> Vec<u8> {
        let row = WIDTH / 8;
        let mut rows = vec![0; row * HEIGHT];
        let mut random = fastrand::Rng::with_seed(7);
        for y in 1..HEIGHT {
            match y % 5 {
                0 => rows[y * row..(y + 1) * row].fill(0xFF),
                1 => (0..row).for_each(|x| rows[y * row + x] = random.u8(..)),
                2 => {}
                _ => (0..row).for_each(|x| rows[y * row + x] = rows[(y - 1) * row + x] & !(x as u8 % 3)),
            }
        }
        rows
    }

    fn group_4(rows: &[u8]) -> Vec<u8> {
        let mut encoder = Encoder::new(VecWriter::new());
        for row in rows.chunks(WIDTH / 8) {
            let colors =
                fax::slice_bits(row).map(|bit| if bit { fax::Color::Black } else { fax::Color::White });
            let Ok(()) = encoder.encode_line(colors, WIDTH as u16);
        }
        let Ok(writer) = encoder.finish();
        writer.finish()
    }

    #[test]
    fn group_4_is_what_another_encoder_means() {
        let original = rows();
        let stream = group_4(&original);
        let mut decoded = vec![0; original.len()];
        assert_eq!(decode(&stream, FaxCode::Four, WIDTH, &mut decoded), Ok(()));
        assert!(decoded == original);
        for cut in (0..stream.len() - 4).step_by(97) {
            decoded.fill(0);
            let half = decode(&stream[..cut], FaxCode::Four, WIDTH, &mut decoded);
            assert_eq!(half, Err(Unfilled::Ends), "{cut}");
        }
    }

    #[test]
    fn rows_of_runs_begin_anew() {
        // T.4: white 3 is 1000, black 5 is 0011, white 0 is 00110101, black 8 is 000101.
        let stream = [0b1000_0011, 0b0011_0101, 0b0001_0100];
        let mut rows = [0; 2];
        assert_eq!(decode(&stream, FaxCode::Rows(8), 8, &mut rows), Ok(()));
        assert_eq!(rows, [0b0001_1111, 0xFF]);
        // With ends of lines in front, the second padded with zeros.
        let stream = [0, 0b0001_1000, 0b0011_0000, 0, 0b0000_1001, 0b1010_1000, 0b1010_0000];
        let mut rows = [0; 2];
        let three = FaxCode::Three { two_dimensional: false };
        assert_eq!(decode(&stream, three, 8, &mut rows), Ok(()));
        assert_eq!(rows, [0b0001_1111, 0xFF]);
        // A run that is too long, and a code that is none.
        assert_eq!(decode(&[0b0001_0100; 4], FaxCode::Rows(8), 8, &mut [0]), Err(Unfilled::Damaged));
        assert_eq!(decode(&[0; 9], FaxCode::Four, 8, &mut [0]), Err(Unfilled::Damaged));
    }

    #[test]
    fn no_damage_makes_it_panic() {
        let stream = group_4(&rows());
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..300 {
            let mut damaged = stream.clone();
            for _ in 0..4 {
                let at = random.usize(..damaged.len());
                damaged[at] = random.u8(..);
            }
            for code in [FaxCode::Four, FaxCode::Rows(16), FaxCode::Three { two_dimensional: true }] {
                let _ = decode(&damaged, code, WIDTH, &mut vec![0; WIDTH / 8 * HEIGHT]);
            }
        }
    }
}
