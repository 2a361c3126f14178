//! The pixels of a BMP that are stored as run lengths, of 8 or 4 bits, from the bottom up or from the top
//! down. Windows' headers allow the latter only without run lengths, but programs write it. MS-WMF, 2.2.2.1
//! and 3.1.6. No state.

use image::metadata::Orientation;
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;

use super::mend::BmpFields;
use super::palette;
use crate::codec::palette::{STRANGE_COLORS, number};
use crate::codec::{Header, Opened, buffer, error, fail, size};
use crate::image::{Channels, Metadata, Picture, Samples};

/// A file of runs whose header has been read.
pub(super) struct RunsFile<'a> {
    runs: &'a [u8],
    colors: Vec<[u8; 3]>,
    size: Size,
    is_top_down: bool,
    /// How many each number has, 4 or 8.
    bits: usize,
    /// What is beside the pixels, and what is wrong with that.
    beside: Metadata,
    notes: Vec<String>,
}

impl<'a> RunsFile<'a> {
    pub(super) fn new(bmp: &'a [u8], fields: &BmpFields, bits: u16) -> Result<Self, JobError> {
        let width = u64::try_from(fields.width.cast_signed()).unwrap_or_default();
        let height = fields.height.cast_signed();
        Ok(Self {
            runs: bmp.get(fields.data as usize..).unwrap_or_default(),
            colors: palette::colors(bmp, fields),
            size: size(width, height.unsigned_abs().into())?,
            is_top_down: height < 0,
            bits: bits.into(),
            beside: Metadata::default(),
            notes: Vec::new(),
        })
    }
}

impl RunsFile<'_> {
    pub(super) fn size(&self) -> Size {
        self.size
    }

    pub(super) fn with(self, beside: Metadata, notes: Vec<String>) -> Self {
        Self { beside, notes, ..self }
    }
}

impl Opened for RunsFile<'_> {
    fn header(&self) -> Header {
        Header {
            format: Format::Bmp,
            size: self.size,
            channels: Channels::Rgb,
            sample_bytes: 1,
            orientation: Orientation::NoTransforms,
            decoder_memory: 0,
            lossless_webp: false,
            gain_map: None,
        }
    }

    fn metadata(&mut self) -> Metadata {
        std::mem::take(&mut self.beside)
    }

    fn decode(
        self: Box<Self>,
        _memory: u64,
        _metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let mut canvas = BmpCanvas {
            samples: buffer(self.size.pixels() * 3)?,
            size: self.size,
            is_top_down: self.is_top_down,
            colors: &self.colors,
            at: (0, 0),
            stored: 0,
            has_strange_colors: false,
            is_overrun: false,
        };
        let has_end = canvas.draw(self.runs, self.bits)?;
        warnings.extend(self.notes);
        let notes = [
            (canvas.is_overrun, "runs of pixels that are longer than their rows were cut"),
            (canvas.stored < self.size.pixels(), super::GAPS),
            (canvas.has_strange_colors, STRANGE_COLORS),
            (!has_end, "the end of the file is missing"),
        ];
        warnings.extend(notes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note.to_owned()));
        Ok(Picture { size: self.size, channels: Channels::Rgb, samples: Samples::U8(canvas.samples) })
    }
}

/// What has been drawn so far.
struct BmpCanvas<'a> {
    samples: Vec<u8>,
    size: Size,
    is_top_down: bool,
    colors: &'a [[u8; 3]],
    /// Where the next pixel goes, in the order in which rows are stored.
    at: (u64, u64),
    /// How many pixels have come.
    stored: u64,
    has_strange_colors: bool,
    /// Whether pixels came that were beyond the end of their row.
    is_overrun: bool,
}

impl BmpCanvas<'_> {
    /// Draws the runs up to their end; says whether it is there, which no pixel depends on.
    fn draw(&mut self, mut runs: &[u8], bits: usize) -> Result<bool, JobError> {
        while self.at.1 < self.size.height.into() {
            let Some(([first, second], rest)) = runs.split_first_chunk() else { return self.end() };
            runs = rest;
            match (*first, *second) {
                (0, 0) => self.at = (0, self.at.1 + 1),
                (0, 1) => return Ok(true),
                (0, 2) => {
                    let Some(([across, down], rest)) = runs.split_first_chunk() else { return self.end() };
                    runs = rest;
                    self.at = (self.at.0 + u64::from(*across), self.at.1 + u64::from(*down));
                }
                // As they are, filled up to an even number of bytes.
                (0, count) => {
                    let length = (usize::from(count) * bits).div_ceil(8);
                    let Some((numbers, rest)) = runs.split_at_checked(length) else { return self.end() };
                    runs = rest.get(length % 2..).unwrap_or_default();
                    (0..count.into()).for_each(|x| self.pixel(number(numbers, x, bits)));
                }
                // Of 4 bits there are two, in turn.
                (count, numbers) => {
                    (0..count.into()).for_each(|x| self.pixel(number(&[numbers], x % (8 / bits), bits)));
                }
            }
        }
        Ok(true)
    }

    /// What the end of the data means.
    fn end(&self) -> Result<bool, JobError> {
        match self.stored < self.size.pixels() {
            true => Err(fail(ErrorKind::Truncated, error::ENDS_EARLY)),
            false => Ok(false),
        }
    }

    fn pixel(&mut self, number: usize) {
        let Size { width, height } = self.size;
        let (x, y) = self.at;
        self.at.0 += 1;
        if x >= width.into() {
            self.is_overrun = true;
            return;
        }
        let row = if self.is_top_down { y } else { u64::from(height) - 1 - y };
        let place = (row * u64::from(width) + x) as usize * 3;
        let color = self.colors.get(number);
        self.has_strange_colors |= color.is_none();
        self.stored += 1;
        if let (Some(color), Some(place)) = (color, self.samples.get_mut(place..place + 3)) {
            place.copy_from_slice(color);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::GAPS;
    use super::super::tests::{levels, of_levels, of_runs};
    use super::*;

    fn drawn(file: &[u8]) -> (Vec<u8>, Vec<String>) {
        levels(file).unwrap()
    }

    #[test]
    fn pixels_that_runs_leave_out_are_named() {
        for whole in
            [&b"\x04\x09\0\0\x04\x08\0\x01"[..], b"\x01\x09\0\x03\x07\x07\x07\0\0\0\x04\x08\0\0\0\x01"]
        {
            assert_eq!(drawn(&of_runs(whole)).1, Vec::<String>::new(), "{whole:?}");
        }
        for short in [
            &b"\x03\x09\0\0\x04\x08\0\0\0\x01"[..],
            b"\x04\x09\0\0\x03\x08\0\x01",
            b"\x04\x09\0\x01",
            b"\x01\x09\0\x02\x01\0\x02\x07\0\0\x04\x08\0\0\0\x01",
        ] {
            assert_eq!(drawn(&of_runs(short)).1, [GAPS], "{short:?}");
        }
    }

    #[test]
    fn rows_may_come_from_the_top_down() {
        let runs = b"\x04\x09\0\0\x04\x08\0\x01";
        assert_eq!(drawn(&of_runs(runs)), (vec![8, 8, 8, 8, 9, 9, 9, 9], vec![]));
        assert_eq!(drawn(&of_levels(1, 8, -2, 256, runs)), (vec![9, 9, 9, 9, 8, 8, 8, 8], vec![]));
    }

    #[test]
    fn runs_of_4_bits_alternate_and_may_be_longer_than_their_row() {
        let rows = |first: &[u8]| of_levels(2, 4, 2, 16, &[first, b"\0\0\x04\x77\0\x01"].concat());
        let expected = vec![7, 7, 7, 7, 1, 2, 1, 2];
        assert_eq!(drawn(&rows(b"\x04\x12")), (expected.clone(), vec![]));
        // As they are: 1, 2, 1, 2 in two bytes, and three in two bytes.
        assert_eq!(drawn(&rows(b"\0\x04\x12\x12")), (expected.clone(), vec![]));
        assert_eq!(drawn(&rows(b"\0\x03\x12\x10\x01\x20")), (expected.clone(), vec![]));
        let cut = "runs of pixels that are longer than their rows were cut".to_owned();
        assert_eq!(drawn(&rows(b"\x06\x12")), (expected.clone(), vec![cut.clone()]));
        assert_eq!(drawn(&rows(b"\0\x05\x12\x12\x10\0")), (expected, vec![cut]));
    }

    #[test]
    fn a_missing_end_mark_costs_no_pixel_and_missing_pixels_are_an_error() {
        let whole = of_runs(b"\x04\x09\0\0\x04\x08");
        assert_eq!(
            drawn(&whole),
            (vec![8, 8, 8, 8, 9, 9, 9, 9], vec!["the end of the file is missing".into()])
        );
        for cut in [&b"\x04\x09\0\0"[..], b"\x04\x09\0\0\x03\x08", b"\x04\x09\0\0\0\x04\x08\x08", b"\x04"] {
            assert_eq!(levels(&of_runs(cut)).unwrap_err().kind, ErrorKind::Truncated, "{cut:?}");
        }
    }
}
