//! TIFF of 8 and 16 bits, as the `image` crate reads it and the `tiff` crate writes it; raw photos that look like TIFF are
//! told apart.

use std::io::Cursor;

use image::codecs::tiff::TiffDecoder;
use image::{DynamicImage, ImageEncoder};
use protocol::filter::geometry::Size;
use protocol::{ErrorKind, Format, JobError, Stage};

use super::raster::Raster;
use super::{Header, Opened, error, fail};
use crate::exif;
use crate::image::{Channels, Metadata, Picture};

struct TiffFile<'a> {
    bytes: &'a [u8],
    raster: Raster<TiffDecoder<Cursor<&'a [u8]>>>,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    if let Some(name) = exif::raw_photo(bytes) {
        return Err(fail(ErrorKind::Unsupported, format!("{name} files cannot be decoded")));
    }
    let decoder = TiffDecoder::new(Cursor::new(bytes)).map_err(|e| error::decoding(&e))?;
    Ok(Box::new(TiffFile { bytes, raster: Raster::new(Format::Tiff, decoder, None)? }))
}

impl Opened for TiffFile<'_> {
    fn header(&self) -> Header {
        self.raster.header()
    }

    fn metadata(&mut self) -> Metadata {
        Metadata { exif: exif::from_tiff(self.bytes), ..self.raster.metadata() }
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

/// Encodes without compression.
pub(super) fn encode(picture: Picture, metadata: &Metadata) -> Result<Vec<u8>, JobError> {
    // The format's writer knows no grey with transparency.
    let picture = match picture.channels {
        Channels::GreyAlpha => picture.into_color(),
        Channels::Grey | Channels::Rgb | Channels::Rgba => picture,
    };
    let Size { width, height } = picture.size;
    let image: DynamicImage = picture.into_dynamic().ok_or_else(|| error::misfit(Stage::Encode))?;
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = image::codecs::tiff::TiffEncoder::new(&mut bytes);
    if let Some(icc) = &metadata.icc {
        encoder.set_icc_profile(icc.clone()).map_err(|e| error::encoding(&e))?;
    }
    encoder
        .write_image(image.as_bytes(), width, height, image.color().into())
        .map_err(|e| error::encoding(&e))?;
    Ok(bytes.into_inner())
}
