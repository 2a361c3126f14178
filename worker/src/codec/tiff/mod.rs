//! TIFF of 8 and 16 bits, as the `image` crate reads it and the `tiff` crate writes it, and reads it where it
//! holds inks.

mod palette;
mod samples;
pub(super) mod tags;

use std::io::{Cursor, Seek, Write};

use image::codecs::tiff::TiffDecoder;
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGBA8, RGBA16};
use tiff::encoder::{
    Compression, DeflateLevel, DirectoryEncoder, Predictor, TiffEncoder, TiffKind, TiffValue,
};
use tiff::tags::{Tag, Type};
use tiff::{Directory, TiffResult};

use self::samples::{in_plain_words, samples};
use self::tags::{CREDENTIALS, INKS, IPTC, ORIENTATION, PHOTOMETRIC, PHOTOSHOP, XMP};
use super::raster::Raster;
use super::{Header, Opened, error, fail};
use crate::color;
use crate::image::{Channels, Extra, ExtraKind, Metadata, Picture, Samples};
use crate::metadata::exif;
use crate::metadata::exif::{RawField, TiffTags};
use crate::metadata::resources;

struct TiffFile<'a> {
    bytes: &'a [u8],
    raster: Raster<TiffDecoder<Cursor<&'a [u8]>>>,
    /// Whether the samples are cyan, magenta, yellow and black.
    inks: bool,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let warning = exif::has_more_pages(bytes).then(|| "several pages: only the first was kept".to_owned());
    if exif::tiff_number(bytes, PHOTOMETRIC) == Some(palette::PALETTE) {
        return palette::open(bytes, warning);
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

impl Opened for TiffFile<'_> {
    fn header(&self) -> Header {
        let header = self.raster.header();
        // Inks are converted from a buffer of their own.
        let inks = if self.inks { header.size.pixels() * 4 } else { 0 };
        Header { decoder_memory: header.decoder_memory + inks, ..header }
    }

    fn says_orientation(&self) -> bool {
        says_orientation(self.bytes)
    }

    fn metadata(&mut self) -> Metadata {
        let metadata = self.raster.metadata();
        metadata_of(self.bytes, metadata.icc)
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

/// Whether a file has the tag of the orientation.
fn says_orientation(file: &[u8]) -> bool {
    exif::tiff_number(&exif::classic(file), ORIENTATION).is_some()
}

/// What a file's first directory says, beside how its pixels lie in the file.
fn metadata_of(file: &[u8], icc: Option<Vec<u8>>) -> Metadata {
    let tiff = exif::classic(file);
    let found = exif::tiff_block(&tiff, PHOTOSHOP).map(|found| resources::read(&found)).unwrap_or_default();
    Metadata {
        icc,
        exif: exif::from_tiff(&tiff),
        xmp: exif::tiff_block(&tiff, XMP),
        iptc: exif::tiff_block(&tiff, IPTC).or(found.iptc),
        resources: found.others,
        extras: extras(&tiff),
        ..Metadata::default()
    }
}

/// What else there is that cannot be taken along.
fn extras(tiff: &[u8]) -> Vec<Extra> {
    let mut extras = Vec::new();
    if exif::has_maker_note(tiff) {
        extras.push(Extra { kind: ExtraKind::MakerNotes, segments: Vec::new() });
    }
    let (signed, others): (Vec<u16>, Vec<u16>) =
        exif::private_tags(tiff).into_iter().partition(|tag| *tag == CREDENTIALS);
    if !signed.is_empty() {
        extras.push(Extra { kind: ExtraKind::Credentials, segments: Vec::new() });
    }
    if !others.is_empty() {
        let segments = others.into_iter().map(|tag| (0, tag.to_be_bytes().to_vec())).collect();
        extras.push(Extra { kind: ExtraKind::TiffTags, segments });
    }
    extras
}

/// Encodes without loss, with Deflate: a sixth larger than with LZW, at six times the speed. Of the metadata
/// a TIFF takes the profile, XMP, IPTC, and EXIF but for the maker's notes.
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
    // ICC.1 annex B.3 wants a profile to be of no type; some programs call it damaged otherwise.
    let resources = resources::write(None, &metadata.resources);
    let resources = (!resources.is_empty()).then_some(resources);
    let blocks = [
        (Tag::IccProfile, Type::UNDEFINED, &metadata.icc),
        (Tag::Unknown(XMP), Type::BYTE, &metadata.xmp),
        (Tag::Unknown(IPTC), Type::BYTE, &metadata.iptc),
        (Tag::Unknown(PHOTOSHOP), Type::BYTE, &resources),
    ];
    for (tag, kind, block) in blocks {
        if let Some(bytes) = block.clone() {
            write_fields(image.encoder(), &[RawField { tag: tag.to_u16(), kind, bytes }])?;
        }
    }
    image.write_data(samples)?;
    Ok(bytes.into_inner())
}
