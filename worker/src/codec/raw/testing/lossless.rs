//! A lossless JPEG (ITU-T T.81, annex H) of what is known, for tests.

/// How many codes there are of each length, for the differences of 0 to 16 bits in this order: all but the
/// last place of the code tree is taken, as real encoders have it, so that damage is not plain to see.
const COUNTS: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0];

/// The samples, row by row, as a JPEG of so many columns and planes, predicted in one of the ways 1 to 7.
pub(in crate::codec) fn lossless(
    samples: &[u32],
    columns: usize,
    planes: usize,
    precision: u32,
    predictor: u8,
) -> Vec<u8> {
    let rows = samples.len() / columns / planes;
    let [y1, y0] = (rows as u16).to_be_bytes();
    let [x1, x0] = (columns as u16).to_be_bytes();
    let mut file = vec![0xFF, 0xD8, 0xFF, 0xC4, 0, 36, 0];
    file.extend(COUNTS);
    file.extend(0..=16);
    file.extend([0xFF, 0xC3, 0, 8 + 3 * planes as u8, precision as u8, y1, y0, x1, x0, planes as u8]);
    (0..planes).for_each(|plane| file.extend([plane as u8, 0x11, 0]));
    file.extend([0xFF, 0xDA, 0, 6 + 2 * planes as u8, planes as u8]);
    (0..planes).for_each(|plane| file.extend([plane as u8, 0]));
    file.extend([predictor, 0, 0]);

    let mut bits = Writer { file, held: 0, count: 0 };
    let at =
        |row: usize, column: usize, plane: usize| samples[(row * columns + column) * planes + plane] as i32;
    for row in 0..rows {
        for column in 0..columns {
            for plane in 0..planes {
                let prediction = match (row, column) {
                    (0, 0) => 1 << (precision - 1),
                    (0, _) => at(0, column - 1, plane),
                    (_, 0) => at(row - 1, 0, plane),
                    _ => {
                        let a = at(row, column - 1, plane);
                        let b = at(row - 1, column, plane);
                        let c = at(row - 1, column - 1, plane);
                        [a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1]
                            [usize::from(predictor) - 1]
                    }
                };
                bits.difference(at(row, column, plane) - prediction);
            }
        }
    }
    bits.finish()
}

struct Writer {
    file: Vec<u8>,
    held: u64,
    count: u32,
}

impl Writer {
    fn put(&mut self, bits: u32, count: u32) {
        self.held = self.held << count | u64::from(bits);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.file.push(byte);
            if byte == 0xFF {
                self.file.push(0);
            }
            self.held &= (1 << self.count) - 1;
        }
    }

    fn difference(&mut self, difference: i32) {
        // Of 65,536 that differ by as much, this one.
        let difference = i32::from(difference as u16 as i16);
        let width = 32 - difference.unsigned_abs().leading_zeros();
        let (code, length) = code(width);
        self.put(code, length);
        if (1..16).contains(&width) {
            let value = if difference < 0 { difference + (1 << width) - 1 } else { difference };
            self.put(value as u32, width);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            let left = 8 - self.count;
            self.put((1 << left) - 1, left);
        }
        self.file.extend([0xFF, 0xD9]);
        self.file
    }
}

/// The code of a symbol and its length.
fn code(symbol: u32) -> (u32, u32) {
    let (mut code, mut before) = (0, 0);
    for (length, count) in (1..).zip(COUNTS.map(u32::from)) {
        if symbol < before + count {
            return (code + symbol - before, length);
        }
        before += count;
        code = (code + count) << 1;
    }
    unreachable!("symbol {symbol}");
}
