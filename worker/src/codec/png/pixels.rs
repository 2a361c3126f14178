//! The pixels of a PNG by the crate `png`, with what it says nothing of: whether the checksum within the
//! image data is right, whether data is left over, whether the palette has all colours.
//!
//! That crate stops reading with the last row, in front of the checksum. So it is told that there is one row
//! more: it then reads on, checks the data, and says whether there are any for that row. PNG, third edition,
//! 10.1 for the checksum, 11.2.1 for the header, 11.2.2 for the palette. No state.

use std::borrow::Cow;
use std::io::{self, BufRead, Chain, Cursor, Read, Seek, SeekFrom};

use image::metadata::Orientation;
use png::{
    BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Info, Limits, Reader, Transformations,
};
use protocol::{ErrorKind, JobError};
use recipe::Format;

use super::mend::{SIGNATURE, checksum_of, is_checked};
use crate::codec::palette::{STRANGE_COLORS, number};
use crate::codec::{Header, buffer, error, fail, size};
use crate::image::{Channels, Picture, Samples};

/// Bytes that a row, and the parts beside the image data, may take.
const MAX_BYTES: usize = 64 << 20;
/// Where the height stands, and where the header ends, with its checksum.
const HEIGHT: usize = SIGNATURE + 12;
const HEADER: usize = SIGNATURE + 25;

const WRONG_CHECKSUM: &str =
    "the checksum within the image data is wrong or missing, though all pixels are there";

/// A file whose header has been read.
pub(super) struct PngPixels<'a> {
    bytes: Cow<'a, [u8]>,
    pub(super) header: Header,
    pub(super) is_animated: bool,
}

/// What showed while rows were read.
struct Drawn {
    has_strange_colors: bool,
    is_left_over: bool,
    /// Whether all data was read, with its checksum.
    is_checked: bool,
}

impl<'a> PngPixels<'a> {
    pub(super) fn open(bytes: Cow<'a, [u8]>) -> Result<Self, JobError> {
        let reader = reader(File::plain(&bytes), false).map_err(|error| trouble(&error))?;
        let (color, depth) = reader.output_color_type();
        let info = reader.info();
        let is_indexed = color == ColorType::Indexed;
        if is_indexed && info.palette.is_none() {
            return Err(fail(ErrorKind::Corrupt, "its palette is missing"));
        }
        let channels = match color {
            ColorType::Grayscale => Channels::Grey,
            ColorType::GrayscaleAlpha => Channels::GreyAlpha,
            ColorType::Indexed if info.trns.is_some() => Channels::Rgba,
            ColorType::Indexed | ColorType::Rgb => Channels::Rgb,
            ColorType::Rgba => Channels::Rgba,
        };
        let size = size(info.width.into(), info.height.into())?;
        let header = Header {
            format: Format::Png,
            size,
            channels,
            sample_bytes: if depth == BitDepth::Sixteen { 2 } else { 1 },
            orientation: Orientation::NoTransforms,
            // The numbers of an interlaced picture with a palette.
            decoder_memory: if is_indexed && info.interlaced { size.pixels() } else { 0 },
            lossless_webp: false,
            gain_map: None,
        };
        let is_animated = info.animation_control.is_some();
        Ok(Self { header, is_animated, bytes })
    }

    pub(super) fn decode(&self, warnings: &mut Vec<String>) -> Result<Picture, JobError> {
        let Header { size, channels, sample_bytes, .. } = self.header;
        let count = size.pixels() * channels.count() as u64;
        let (samples, Drawn { has_strange_colors, is_left_over, is_checked }) = if sample_bytes == 1 {
            let mut samples = buffer(count)?;
            let drawn = self.draw(&mut samples)?;
            (Samples::U8(samples), drawn)
        } else {
            let mut samples: Vec<u16> = buffer(count)?;
            let drawn = self.draw(bytemuck::cast_slice_mut(&mut samples))?;
            samples.iter_mut().for_each(|sample| *sample = u16::from_be(*sample));
            (Samples::U16(samples), drawn)
        };
        let notes = [
            has_strange_colors.then_some(STRANGE_COLORS),
            is_left_over.then_some(error::LEFT_OVER),
            (!is_checked).then_some(WRONG_CHECKSUM),
        ];
        warnings.extend(notes.into_iter().flatten().map(str::to_owned));
        Ok(Picture { size, channels, samples })
    }

    fn draw(&self, samples: &mut [u8]) -> Result<Drawn, JobError> {
        let taller = File::taller(&self.bytes).and_then(|file| reader(file, true).ok());
        let drawn = match taller.and_then(|reader| self.rows(reader, samples).ok()) {
            Some(drawn) => drawn,
            None => {
                let rows =
                    reader(File::plain(&self.bytes), false).and_then(|reader| self.rows(reader, samples));
                Drawn { is_checked: false, ..rows.map_err(|error| trouble(&error))? }
            }
        };
        Ok(Drawn { is_checked: drawn.is_checked || is_checked(&self.bytes), ..drawn })
    }

    fn rows(&self, mut reader: Reader<File<'_>>, samples: &mut [u8]) -> Result<Drawn, DecodingError> {
        let Header { size, channels, sample_bytes, .. } = self.header;
        let row_length = size.width as usize * channels.count() * sample_bytes as usize;
        let rows = samples.chunks_exact_mut(row_length);
        let palette = Palette::of(reader.info(), channels);
        let length = reader.output_line_size(size.width).ok_or(DecodingError::LimitsExceeded)?;
        let mut has_strange_colors = false;
        if reader.info().interlaced {
            match palette {
                None => {
                    reader.next_frame(samples)?;
                }
                Some(palette) => {
                    let mut packed = buffer(length as u64 * u64::from(size.height))
                        .map_err(|_| DecodingError::LimitsExceeded)?;
                    reader.next_frame(&mut packed)?;
                    for (packed, row) in packed.chunks_exact(length).zip(rows) {
                        has_strange_colors |= palette.draw(packed, row);
                    }
                }
            }
            return Ok(Drawn { has_strange_colors, is_left_over: false, is_checked: false });
        }
        let mut packed = vec![0; length];
        let no_more = || DecodingError::IoError(io::ErrorKind::UnexpectedEof.into());
        for row in rows {
            match &palette {
                None => {
                    reader.read_row(row)?.ok_or_else(no_more)?;
                }
                Some(palette) => {
                    reader.read_row(&mut packed)?.ok_or_else(no_more)?;
                    has_strange_colors |= palette.draw(&packed, row);
                }
            }
        }
        let rest = reader.read_row(&mut packed);
        let is_left_over = matches!(rest, Ok(Some(_)));
        // Where no more rows are expected, nothing more is read.
        Ok(Drawn { has_strange_colors, is_left_over, is_checked: !matches!(rest, Ok(None)) })
    }
}

/// The colours of a palette, with their transparency.
struct Palette {
    colors: Vec<[u8; 4]>,
    /// How many a number has.
    bits: usize,
    channels: usize,
}

impl Palette {
    /// That of a picture with one.
    fn of(info: &Info<'_>, channels: Channels) -> Option<Self> {
        let palette = info.palette.as_deref().filter(|_| info.color_type == ColorType::Indexed)?;
        let colors = palette.as_chunks::<3>().0;
        // More of them than colours mean nothing.
        let alphas = info.trns.as_deref().filter(|alphas| alphas.len() <= colors.len()).unwrap_or_default();
        let alphas = alphas.iter().copied().chain(std::iter::repeat(255));
        let colors =
            colors.iter().zip(alphas).map(|([red, green, blue], alpha)| [*red, *green, *blue, alpha]);
        let bits = usize::from(info.bit_depth as u8);
        Some(Self { colors: colors.collect(), bits, channels: channels.count() })
    }

    /// Fills a row with the colours of numbers; says whether any number has none.
    fn draw(&self, packed: &[u8], row: &mut [u8]) -> bool {
        const BLACK: [u8; 4] = [0, 0, 0, 255];
        let mut is_strange = false;
        for (x, pixel) in row.chunks_exact_mut(self.channels).enumerate() {
            let color = self.colors.get(number(packed, x, self.bits));
            is_strange |= color.is_none();
            pixel.copy_from_slice(&color.unwrap_or(&BLACK)[..self.channels]);
        }
        is_strange
    }
}

/// A file, perhaps with another header in front.
struct File<'a>(Chain<Cursor<Vec<u8>>, &'a [u8]>);

impl<'a> File<'a> {
    fn plain(png: &'a [u8]) -> Self {
        Self(Cursor::new(Vec::new()).chain(png))
    }

    /// As if the picture had one row more; `None` where that would not be all, as of an interlaced one.
    fn taller(png: &'a [u8]) -> Option<Self> {
        let (header, rest) = png.split_at_checked(HEADER)?;
        let (kind, content) = header.get(SIGNATURE + 4..HEADER - 4)?.split_first_chunk()?;
        let (height, behind) = content.get(4..)?.split_first_chunk()?;
        let height =
            u32::from_be_bytes(*height).checked_add(1).filter(|height| *height <= i32::MAX as u32)?;
        if kind != b"IHDR" || behind.last() != Some(&0) {
            return None;
        }
        let mut header = header.to_vec();
        header[HEIGHT..HEIGHT + 4].copy_from_slice(&height.to_be_bytes());
        let checksum = checksum_of(*kind, &header[SIGNATURE + 8..HEADER - 4]);
        header[HEADER - 4..].copy_from_slice(&checksum.to_be_bytes());
        Some(Self(Cursor::new(header).chain(rest)))
    }
}

impl Read for File<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl BufRead for File<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

/// The decoder asks for it, and never does it.
impl Seek for File<'_> {
    fn seek(&mut self, _to: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Reads up to the image data. What has fewer than 8 bits gets 8, except numbers of colours.
fn reader(file: File<'_>, is_checked: bool) -> Result<Reader<File<'_>>, DecodingError> {
    let mut options = DecodeOptions::default();
    options.set_ignore_adler32(!is_checked);
    let mut decoder = Decoder::new_with_options(file, options);
    decoder.set_limits(Limits { bytes: MAX_BYTES });
    // They are read elsewhere.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let is_indexed = decoder.read_header_info()?.color_type == ColorType::Indexed;
    decoder.set_transformations(if is_indexed { Transformations::IDENTITY } else { Transformations::EXPAND });
    decoder.read_info()
}

/// What an error of the decoder means.
fn trouble(problem: &DecodingError) -> JobError {
    match problem {
        DecodingError::LimitsExceeded => {
            fail(ErrorKind::TooLarge, "decoding needs more memory than the limit allows")
        }
        DecodingError::IoError(_) | DecodingError::Format(_) | DecodingError::Parameter(_) => {
            match error::ends_early(problem) {
                true => fail(ErrorKind::Truncated, error::ENDS_EARLY),
                false => fail(ErrorKind::Corrupt, error::DAMAGED),
            }
        }
    }
}
