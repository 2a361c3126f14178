//! TIFF of 8 and 16 bits, as the `image` crate reads it and the `tiff` crate writes it; raw photos that look like TIFF are
//! told apart.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::tiff::TiffDecoder;
use protocol::filter::geometry::Size;
use protocol::{ErrorKind, Format, JobError};
use tiff::TiffResult;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGBA8, RGBA16};
use tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, TiffValue};
use tiff::tags::{Tag, Type};

use super::raster::Raster;
use super::{Header, Opened, error, fail};
use crate::exif;
use crate::image::{Channels, Metadata, Picture, Samples};

/// The tag of an XMP packet (XMP specification, part 3).
const XMP: u16 = 700;
/// The tag of an IPTC block (TIFF/EP).
const IPTC: u16 = 33_723;

struct TiffFile<'a> {
    bytes: &'a [u8],
    raster: Raster<TiffDecoder<Cursor<&'a [u8]>>>,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    if let Some(name) = exif::raw_photo(bytes) {
        return Err(fail(ErrorKind::Unsupported, format!("{name} files cannot be decoded")));
    }
    let decoder = TiffDecoder::new(Cursor::new(bytes)).map_err(|e| error::decoding(&e))?;
    let warning = exif::has_more_pages(bytes).then(|| "several pages: only the first was kept".to_owned());
    Ok(Box::new(TiffFile { bytes, raster: Raster::new(Format::Tiff, decoder, warning)? }))
}

impl Opened for TiffFile<'_> {
    fn header(&self) -> Header {
        self.raster.header()
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
        Box::new(self.raster).decode(memory, metadata, warnings)
    }
}

/// Encodes without loss, with Deflate: a sixth larger than with LZW, at six times the speed. Of the metadata a TIFF takes the profile, XMP, IPTC and the texts about the picture.
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
    let texts = metadata.exif.as_deref().map(exif::texts).unwrap_or_default();
    if texts.others {
        warnings.push(
            "a TIFF takes no EXIF but author, camera and the like: exposure, place and such were left out"
                .to_owned(),
        );
    }
    let (size, texts) = (picture.size, &texts.texts);
    match (&picture.samples, picture.channels) {
        (Samples::U8(samples), Channels::Grey) => write::<Gray8>(size, samples, metadata, texts),
        (Samples::U8(samples), Channels::Rgb) => write::<RGB8>(size, samples, metadata, texts),
        (Samples::U8(samples), Channels::GreyAlpha | Channels::Rgba) => {
            write::<RGBA8>(size, samples, metadata, texts)
        }
        (Samples::U16(samples), Channels::Grey) => write::<Gray16>(size, samples, metadata, texts),
        (Samples::U16(samples), Channels::Rgb) => write::<RGB16>(size, samples, metadata, texts),
        (Samples::U16(samples), Channels::GreyAlpha | Channels::Rgba) => {
            write::<RGBA16>(size, samples, metadata, texts)
        }
    }
    .map_err(|e| error::encoding(&e))
}

/// A text as it is: the crate's own writer refuses whatever is not ASCII, and with it most names.
struct Text<'a>(&'a [u8]);

impl TiffValue for Text<'_> {
    const BYTE_LEN: u8 = 1;
    const FIELD_TYPE: Type = Type::ASCII;

    fn count(&self) -> usize {
        self.0.len() + 1
    }

    fn data(&self) -> Cow<'_, [u8]> {
        [self.0, &[0]].concat().into()
    }
}

fn write<C: ColorType>(
    size: Size,
    samples: &[C::Inner],
    metadata: &Metadata,
    texts: &[(u16, Vec<u8>)],
) -> TiffResult<Vec<u8>>
where
    [C::Inner]: TiffValue,
{
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes)?
        .with_compression(Compression::Deflate(DeflateLevel::Fast))
        .with_predictor(Predictor::Horizontal);
    let mut image = encoder.new_image::<C>(size.width, size.height)?;
    for (tag, text) in texts {
        image.encoder().write_tag(Tag::from_u16_exhaustive(*tag), Text(text))?;
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
