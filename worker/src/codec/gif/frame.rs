//! The first frame of a GIF by the crate `gif`: numbers, which get the colours of its palette here. GIF89a
//! specification, sections 18 to 23. No state.

use std::borrow::Cow;
use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, MemoryLimit};
use image::metadata::Orientation;
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;

use crate::codec::palette::STRANGE_COLORS;
use crate::codec::{Header, Opened, buffer, error, fail, size};
use crate::image::{Channels, Metadata, Picture, Samples};

/// A file whose header has been read.
pub(super) struct GifFile<'a> {
    decoder: Decoder<Cursor<Cow<'a, [u8]>>>,
    size: Size,
    /// Pixels of the first frame, which may be more than the picture has.
    frame_pixels: u64,
    beside: Metadata,
    notes: Vec<String>,
}

impl<'a> GifFile<'a> {
    pub(super) fn open(
        gif: impl Into<Cow<'a, [u8]>>,
        frame_pixels: u64,
        beside: Metadata,
        notes: Vec<String>,
    ) -> Result<Self, JobError> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        options.check_lzw_end_code(true);
        // Pixels are in our own memory.
        options.set_memory_limit(MemoryLimit::Unlimited);
        let decoder = options.read_info(Cursor::new(gif.into())).map_err(|error| trouble(&error))?;
        let size = size(decoder.width().into(), decoder.height().into())?;
        Ok(Self { decoder, size, frame_pixels, beside, notes })
    }
}

impl Opened for GifFile<'_> {
    fn header(&self) -> Header {
        Header {
            format: Format::Gif,
            size: self.size,
            channels: Channels::Rgba,
            sample_bytes: 1,
            orientation: Orientation::NoTransforms,
            decoder_memory: self.frame_pixels,
            lossless_webp: false,
            gain_map: None,
        }
    }

    fn metadata(&mut self) -> Metadata {
        std::mem::take(&mut self.beside)
    }

    fn decode(
        mut self: Box<Self>,
        memory: u64,
        _metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let none = || fail(ErrorKind::Corrupt, "there is no picture in it");
        let frame = self.decoder.next_frame_info().map_err(|error| trouble(&error))?.ok_or_else(none)?;
        let [left, top, width] = [frame.left, frame.top, frame.width].map(usize::from);
        let (count, clear) = (u64::from(frame.width) * u64::from(frame.height), frame.transparent);
        if count > memory {
            return Err(fail(ErrorKind::TooLarge, "decoding needs more memory than the limit allows"));
        }
        let mut numbers = buffer(count)?;
        self.decoder.read_into_buffer(&mut numbers).map_err(|error| trouble(&error))?;
        let is_left_over = is_left_over(&mut self.decoder);
        let colors = self.decoder.palette().map_err(|error| trouble(&error))?.as_chunks::<3>().0;
        let mut samples = buffer(self.size.pixels() * 4)?;
        let mut has_strange_colors = false;
        let canvas = samples.chunks_exact_mut(self.size.width as usize * 4).skip(top);
        for (row, numbers) in canvas.zip(numbers.chunks_exact(width.max(1))) {
            for (place, number) in row.as_chunks_mut().0.iter_mut().skip(left).zip(numbers) {
                let is_clear = clear == Some(*number);
                match colors.get(usize::from(*number)) {
                    Some([red, green, blue]) => {
                        *place = [*red, *green, *blue, if is_clear { 0 } else { 255 }]
                    }
                    None => has_strange_colors |= !is_clear,
                }
            }
        }
        warnings.extend(self.notes);
        if is_left_over {
            error::warn(warnings, error::LEFT_OVER);
        }
        warnings.extend(has_strange_colors.then(|| STRANGE_COLORS.to_owned()));
        Ok(Picture { size: self.size, channels: Channels::Rgba, samples: Samples::U8(samples) })
    }
}

/// Whether the data go on behind the last pixel of a frame: damage makes them longer, and shifts what follows
/// it. Without an end, what fills up the last byte may look like a pixel or two.
fn is_left_over(decoder: &mut Decoder<Cursor<Cow<'_, [u8]>>>) -> bool {
    const MOST: usize = 2;
    for more in 0..=MOST {
        match decoder.fill_buffer(&mut [0]) {
            Ok(true) => {}
            Ok(false) => return more > 0,
            Err(_) => return false,
        }
    }
    true
}

/// What an error of the decoder means.
fn trouble(problem: &DecodingError) -> JobError {
    if matches!(problem, DecodingError::OutOfMemory) {
        fail(ErrorKind::OutOfMemory, "no memory to decode it")
    } else if matches!(problem, DecodingError::EndCodeNotFound) || error::ends_early(problem) {
        fail(ErrorKind::Truncated, error::ENDS_EARLY)
    } else {
        fail(ErrorKind::Corrupt, error::DAMAGED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pixels across, whose palette has black, white and perhaps more; their numbers of two bits, between
    /// a code that clears and one that ends, of three bits each.
    fn file(numbers: [u8; 2], clear: Option<u8>) -> Vec<u8> {
        let control = clear.map(|number| [0x21, 0xF9, 4, 1, 0, 0, number, 0]);
        let codes =
            [4, numbers[0], numbers[1], 5].iter().rev().fold(0u16, |bits, code| bits << 3 | u16::from(*code));
        [
            &b"GIF89a\x02\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF"[..],
            control.as_ref().map_or(&[][..], |control| control),
            b"\x2C\0\0\0\0\x02\0\x01\0\0\x02\x02",
            &codes.to_le_bytes(),
            b"\0;",
        ]
        .concat()
    }

    fn read(file: &[u8]) -> (Vec<u8>, Vec<String>) {
        let opened = Box::new(GifFile::open(file, 2, Metadata::default(), Vec::new()).unwrap());
        let mut notes = Vec::new();
        let picture = opened.decode(1 << 20, &mut Metadata::default(), &mut notes).unwrap();
        let Samples::U8(samples) = picture.samples else { panic!("16 bits") };
        (samples, notes)
    }

    #[test]
    fn numbers_that_no_colour_has_are_named() {
        assert_eq!(read(&file([0, 1], None)), (vec![0, 0, 0, 255, 255, 255, 255, 255], vec![]));
        assert_eq!(read(&file([0, 1], Some(1))), (vec![0, 0, 0, 255, 255, 255, 255, 0], vec![]));
        let strange = vec![STRANGE_COLORS.to_owned()];
        assert_eq!(read(&file([0, 3], None)), (vec![0, 0, 0, 255, 0, 0, 0, 0], strange));
        // The one that is transparent needs no colour.
        assert_eq!(read(&file([0, 3], Some(3))), (vec![0, 0, 0, 255, 0, 0, 0, 0], vec![]));
    }

    #[test]
    fn more_data_than_the_frame_has_pixels_are_named() {
        // One pixel, of codes of three bits, the last one first: 4 clears, 5 ends.
        let noted = |data: &[u8]| {
            let frame = b"\x2C\0\0\0\0\x01\0\x01\0\0\x02";
            let head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF";
            let (samples, notes) = read(&[&head[..], frame, &[data.len() as u8], data, b"\0;"].concat());
            assert_eq!(samples, [255; 4]);
            notes
        };
        let codes = |codes: u16| noted(&codes.to_le_bytes());
        for whole in [0o514, 0o77514] {
            assert_eq!(codes(whole), Vec::<String>::new(), "{whole:o}");
        }
        assert_eq!(codes(0o5014), [error::LEFT_OVER]);
        // Without an end, what fills up the last byte may look like a pixel or two.
        assert_eq!(noted(&[0o14]), Vec::<String>::new());
        assert_eq!(codes(0o14), [error::LEFT_OVER]);
    }

    #[test]
    fn a_frame_larger_than_memory_is_refused() {
        let file = file([0, 1], None);
        let opened = Box::new(GifFile::open(&file, 2, Metadata::default(), Vec::new()).unwrap());
        let error = opened.decode(1, &mut Metadata::default(), &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge);
    }
}
