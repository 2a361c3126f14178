//! What the decoders of the `image` crate have in common. No state.

use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, Limits};
use protocol::{ErrorKind, JobError, Stage};
use recipe::Format;

use super::{Header, Opened, error, fail, size};
use crate::image::{Channels, Metadata, Picture};

/// A decoder of the `image` crate, with what it does not know itself.
pub(super) struct Raster<D> {
    decoder: D,
    header: Header,
    /// What else was read in the file; what is not here, the decoder is asked for.
    beside: Metadata,
    /// What is wrong with the file, or left out, although the picture is there.
    notes: Vec<String>,
}

impl<D: ImageDecoder> Raster<D> {
    pub(super) fn new(format: Format, decoder: D) -> Result<Self, JobError> {
        let (channels, sample_bytes) = samples(decoder.color_type())?;
        let (width, height) = decoder.dimensions();
        let size = size(width.into(), height.into())?;
        let header = Header {
            format,
            size,
            channels,
            sample_bytes,
            orientation: Orientation::NoTransforms,
            decoder_memory: 0,
            lossless_webp: false,
            gain_map: None,
        };
        // Some of the decoders unpack into a buffer of their own first.
        let header = Header { decoder_memory: header.bytes(), ..header };
        Ok(Self { decoder, header, beside: Metadata::default(), notes: Vec::new() })
    }

    pub(super) fn with(self, beside: Metadata, notes: impl IntoIterator<Item = String>) -> Self {
        Self { beside, notes: notes.into_iter().collect(), ..self }
    }

    /// With memory that was taken to open it.
    pub(super) fn with_memory(mut self, bytes: u64) -> Self {
        self.header.decoder_memory = self.header.decoder_memory.saturating_add(bytes);
        self
    }
}

impl<D: ImageDecoder> Opened for Raster<D> {
    fn header(&self) -> Header {
        self.header
    }

    fn metadata(&mut self) -> Metadata {
        let beside = std::mem::take(&mut self.beside);
        // Metadata that cannot be read is not there: the picture is what counts.
        Metadata {
            icc: beside.icc.or_else(|| self.decoder.icc_profile().ok().flatten()),
            exif: beside.exif.or_else(|| self.decoder.exif_metadata().ok().flatten()),
            xmp: beside.xmp.or_else(|| self.decoder.xmp_metadata().ok().flatten()),
            ..beside
        }
    }

    fn decode(
        mut self: Box<Self>,
        memory: u64,
        _metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(memory);
        self.decoder.set_limits(limits).map_err(|e| error::decoding(&e))?;
        let image = DynamicImage::from_decoder(self.decoder).map_err(|e| error::decoding(&e))?;
        warnings.extend(self.notes);
        let image = if self.header.format == Format::Bmp { without_empty_alpha(image) } else { image };
        Picture::from_dynamic(image).ok_or_else(|| error::misfit(Stage::Decode))
    }
}

/// Many programs leave the fourth byte of a BMP's pixels at nought, and mean nothing by it.
fn without_empty_alpha(image: DynamicImage) -> DynamicImage {
    let is_empty = image.as_rgba8().is_some_and(|pixels| pixels.pixels().all(|pixel| pixel.0[3] == 0));
    if is_empty { image.into_rgb8().into() } else { image }
}

fn samples(color: ColorType) -> Result<(Channels, u64), JobError> {
    match color {
        ColorType::L8 => Ok((Channels::Grey, 1)),
        ColorType::La8 => Ok((Channels::GreyAlpha, 1)),
        ColorType::Rgb8 => Ok((Channels::Rgb, 1)),
        ColorType::Rgba8 => Ok((Channels::Rgba, 1)),
        ColorType::L16 => Ok((Channels::Grey, 2)),
        ColorType::La16 => Ok((Channels::GreyAlpha, 2)),
        ColorType::Rgb16 => Ok((Channels::Rgb, 2)),
        ColorType::Rgba16 => Ok((Channels::Rgba, 2)),
        // The last for kinds that a newer library may know.
        ColorType::Rgb32F | ColorType::Rgba32F | _ => {
            Err(fail(ErrorKind::Unsupported, "pictures with samples of this rare kind cannot be decoded"))
        }
    }
}
