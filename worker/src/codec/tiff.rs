//! TIFF of 8 and 16 bits, as the `image` crate reads it and the `tiff` crate writes it, and reads it where it holds inks.

use std::io::{Cursor, Seek, Write};

use image::codecs::tiff::TiffDecoder;
use image::error::{DecodingError, ImageFormatHint};
use image::{ImageError, ImageFormat};
use protocol::{ErrorKind, JobError, Stage};
use recipe::Format;
use recipe::filter::geometry::Size;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGBA8, RGBA16};
use tiff::encoder::{
    Compression, DeflateLevel, DirectoryEncoder, Predictor, TiffEncoder, TiffKind, TiffValue,
};
use tiff::tags::Tag;
use tiff::{Directory, TiffError, TiffResult};

use super::raster::Raster;
use super::tiff_palette::{self, PALETTE};
use super::{Header, Opened, error, fail};
use crate::exif::{RawField, TiffTags};
use crate::image::{Channels, Metadata, Picture, Samples};
use crate::{color, exif};

/// The tag of an XMP packet (XMP specification, part 3).
pub(super) const XMP: u16 = 700;
/// The tag of an IPTC block (TIFF/EP).
pub(super) const IPTC: u16 = 33_723;

/// Tags and values of TIFF 6.0.
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
pub(super) const PHOTOMETRIC: u16 = 262;
const SAMPLES: u16 = 277;
const SAMPLE_FORMAT: u16 = 339;
const INKS: u32 = 5;

struct TiffFile<'a> {
    bytes: &'a [u8],
    raster: Raster<TiffDecoder<Cursor<&'a [u8]>>>,
    /// Whether the samples are cyan, magenta, yellow and black.
    inks: bool,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let warning = exif::has_more_pages(bytes).then(|| "several pages: only the first was kept".to_owned());
    if exif::tiff_number(bytes, PHOTOMETRIC) == Some(PALETTE) {
        return tiff_palette::open(bytes, warning);
    }
    let decoder =
        TiffDecoder::new(Cursor::new(bytes)).map_err(|e| in_plain_words(error::decoding(&e), bytes))?;
    let raster = Raster::new(Format::Tiff, decoder, warning).map_err(|e| in_plain_words(e, bytes))?;
    let inks = exif::tiff_number(bytes, PHOTOMETRIC) == Some(INKS);
    if inks && raster.header().sample_bytes != 1 {
        return Err(fail(ErrorKind::Unsupported, "CMYK TIFF files of 16 bits per sample cannot be decoded"));
    }
    Ok(Box::new(TiffFile { bytes, raster, inks }))
}

/// The same error, which says of a kind that cannot be decoded what is special about it, in other words than the library's.
fn in_plain_words(error: JobError, file: &[u8]) -> JobError {
    match error.kind {
        ErrorKind::Unsupported => {
            fail(ErrorKind::Unsupported, format!("TIFF files {} cannot be decoded", special(file)))
        }
        ErrorKind::NotAnImage
        | ErrorKind::Truncated
        | ErrorKind::Corrupt
        | ErrorKind::TooLarge
        | ErrorKind::Unreadable
        | ErrorKind::Vanished
        | ErrorKind::BadParameter
        | ErrorKind::WriteFailed
        | ErrorKind::OutOfMemory
        | ErrorKind::Crashed
        | ErrorKind::TimedOut => error,
    }
}

/// What about a file is beyond what can be decoded.
fn special(file: &[u8]) -> String {
    let number = |tag| exif::tiff_number(file, tag);
    let compression = match number(COMPRESSION) {
        Some(2 | 3) => Some("a fax code"),
        Some(34_925) => Some("LZMA"),
        Some(50_000) => Some("Zstandard"),
        Some(50_001) => Some("WebP"),
        Some(_) | None => None,
    };
    if let Some(compression) = compression {
        return format!("compressed with {compression}");
    }
    match (number(PHOTOMETRIC), number(SAMPLE_FORMAT)) {
        (Some(4), _) => "of a transparency mask".to_owned(),
        (Some(INKS), _) => "in CMYK stored this way".to_owned(),
        (Some(6), _) => "in YCbCr".to_owned(),
        (Some(8..=10), _) => "in Lab colours".to_owned(),
        (_, Some(2)) => "of signed samples".to_owned(),
        (_, Some(3)) => "of floating-point samples".to_owned(),
        (Some(_) | None, Some(_) | None) => {
            let samples = number(SAMPLES).unwrap_or(1);
            let bits = number(BITS).map(|bits| format!(" of {bits} bits")).unwrap_or_default();
            format!("with {samples} samples{bits} per pixel")
        }
    }
}

impl Opened for TiffFile<'_> {
    fn header(&self) -> Header {
        let header = self.raster.header();
        // Inks are converted from a buffer of their own.
        let inks = if self.inks { header.size.pixels() * 4 } else { 0 };
        Header { decoder_memory: header.decoder_memory + inks, ..header }
    }

    fn metadata(&mut self) -> Metadata {
        Metadata {
            exif: exif::from_tiff(self.bytes),
            iptc: exif::tiff_block(self.bytes, IPTC),
            ..self.raster.metadata()
        }
    }

    fn decode(
        self: Box<Self>,
        memory: u64,
        metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let (bytes, size) = (self.bytes, self.raster.header().size);
        if self.inks {
            let inks = samples(bytes, memory)?;
            let pixels = color::cmyk_to_rgb(inks, false, &mut metadata.icc, warnings);
            return Ok(Picture { size, channels: Channels::Rgb, samples: Samples::U8(pixels) });
        }
        Box::new(self.raster).decode(memory, metadata, warnings).map_err(|e| in_plain_words(e, bytes))
    }
}

/// The samples of 8 bits and less as they are stored, for what the `image` crate would convert without a look at the profile, or not at
/// all.
pub(super) fn samples(bytes: &[u8], memory: u64) -> Result<Vec<u8>, JobError> {
    let trouble = |error: TiffError| {
        let hint = ImageFormatHint::Exact(ImageFormat::Tiff);
        match error {
            TiffError::UnsupportedError(_) => in_plain_words(fail(ErrorKind::Unsupported, ""), bytes),
            TiffError::LimitsExceeded => {
                fail(ErrorKind::TooLarge, "decoding needs more memory than the limit allows")
            }
            TiffError::IoError(error) => error::decoding(&ImageError::IoError(error)),
            error @ (TiffError::FormatError(_) | TiffError::IntSizeError | TiffError::UsageError(_)) => {
                error::decoding(&ImageError::Decoding(DecodingError::new(hint, error)))
            }
        }
    };
    let memory = usize::try_from(memory).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = memory;
    limits.intermediate_buffer_size = memory;
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(trouble)?.with_limits(limits);
    let mut samples = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut samples).map_err(trouble)?;
    let DecodingResult::U8(samples) = samples else { return Err(error::misfit(Stage::Decode)) };
    if layout.planes != 1 {
        return Err(in_plain_words(fail(ErrorKind::Unsupported, ""), bytes));
    }
    // The crate yields less rather than go beyond its limits.
    if samples.len() < layout.complete_len {
        return Err(fail(ErrorKind::TooLarge, "decoding needs more memory than the limit allows"));
    }
    Ok(samples)
}

/// Encodes without loss, with Deflate: a sixth larger than with LZW, at six times the speed. Of the metadata a TIFF takes the profile,
/// XMP, IPTC, and EXIF but for the maker's notes.
pub(super) fn encode(
    picture: Picture,
    metadata: &Metadata,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    // The format's writer knows no grey with transparency.
    let picture = match picture.channels {
        Channels::GreyAlpha => picture.into_color(),
        Channels::Grey | Channels::Rgb | Channels::Rgba => picture,
    };
    let tags = metadata.exif.as_deref().map(exif::tiff_tags).unwrap_or_default();
    if tags.maker_note {
        warnings
            .push("the notes of the camera's maker cannot be moved into a TIFF and were left out".to_owned());
    }
    let (size, tags) = (picture.size, &tags);
    match (&picture.samples, picture.channels) {
        (Samples::U8(samples), Channels::Grey) => write::<Gray8>(size, samples, metadata, tags),
        (Samples::U8(samples), Channels::Rgb) => write::<RGB8>(size, samples, metadata, tags),
        (Samples::U8(samples), Channels::GreyAlpha | Channels::Rgba) => {
            write::<RGBA8>(size, samples, metadata, tags)
        }
        (Samples::U16(samples), Channels::Grey) => write::<Gray16>(size, samples, metadata, tags),
        (Samples::U16(samples), Channels::Rgb) => write::<RGB16>(size, samples, metadata, tags),
        (Samples::U16(samples), Channels::GreyAlpha | Channels::Rgba) => {
            write::<RGBA16>(size, samples, metadata, tags)
        }
    }
    .map_err(|e| error::encoding(&e))
}

/// Fields as they are: the crate's typed writer refuses texts that are not ASCII, and with them most names.
fn write_fields<W: Write + Seek, K: TiffKind>(
    directory: &mut DirectoryEncoder<'_, W, K>,
    fields: &[RawField],
) -> TiffResult<()> {
    for field in fields {
        let entry = directory.write_entry_bytes(field.kind, &field.bytes)?;
        directory.extend_from(&Directory::from_iter([(Tag::from_u16_exhaustive(field.tag), entry)]));
    }
    Ok(())
}

fn write<C: ColorType>(
    size: Size,
    samples: &[C::Inner],
    metadata: &Metadata,
    tags: &TiffTags,
) -> TiffResult<Vec<u8>>
where
    [C::Inner]: TiffValue,
{
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes)?
        .with_compression(Compression::Deflate(DeflateLevel::Fast))
        .with_predictor(Predictor::Horizontal);
    let mut pointers = Vec::new();
    for (tag, fields) in [(Tag::ExifDirectory, &tags.exposure), (Tag::GpsDirectory, &tags.place)] {
        if !fields.is_empty() {
            let mut directory = encoder.extra_directory()?;
            write_fields(&mut directory, fields)?;
            pointers.push((tag, directory.finish_with_offsets()?.offset));
        }
    }
    let mut image = encoder.new_image::<C>(size.width, size.height)?;
    write_fields(image.encoder(), &tags.texts)?;
    for (tag, place) in pointers {
        image.encoder().write_tag(tag, place)?;
    }
    let blocks = [
        (Tag::IccProfile, &metadata.icc),
        (Tag::Unknown(XMP), &metadata.xmp),
        (Tag::Unknown(IPTC), &metadata.iptc),
    ];
    for (tag, block) in blocks {
        if let Some(block) = block {
            image.encoder().write_tag(tag, block.as_slice())?;
        }
    }
    image.write_data(samples)?;
    Ok(bytes.into_inner())
}
