//! WebP: libwebp for the pixels, four times as fast as the decoder in Rust; that one for the container and
//! for animations.

mod chunks;
mod mend;

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::{CHUNK_XMP, WebP};
use img_parts::{Bytes, ImageEXIF, ImageICC};
use protocol::{ErrorKind, JobError, Stage};
use recipe::Format;
use recipe::filter::geometry::Size;
use recipe::format::Effort;
use recipe::recipe::Output;
use webp::{BitstreamFeatures, PixelLayout, WebPConfig, WebPEncodingError};

use super::raster::Raster;
use super::{Header, Opened, buffer, error, fail};
use crate::image::{Channels, Metadata, Picture, Samples};

/// The format's limit on an edge in pixels: 14 bits.
const MAX_EDGE: u32 = 16_383;
/// So many bytes of the image data may be left, whatever they are: encoders fill up the last word, and leave
/// up to three.
const PADDING: usize = 8;
/// Fewer zeros than this in a row are as likely to be codes.
const ZEROS: [u8; 32] = [0; 32];
/// libwebp's method, 0–6: 2 is twice as fast as the default 4, for files one to five percent larger.
fn method(effort: Effort) -> i32 {
    match effort {
        Effort::Fast => 2,
        Effort::Small => 6,
    }
}

/// libwebp's effort without loss, where it is called quality; 75 is its own default. At 100 it tries
/// everything, at a tenth of the speed for half a percent.
fn lossless_effort(effort: Effort) -> f32 {
    match effort {
        Effort::Fast => 75.0,
        Effort::Small => 90.0,
    }
}

/// Bytes for each pixel that the encoder holds beside the picture and the file: without loss, 40 were
/// measured of noise.
pub(super) fn encoder_memory(output: &Output) -> u64 {
    if output.lossless { 48 } else { 0 }
}

struct WebpFile<'a> {
    bytes: Cow<'a, [u8]>,
    metadata: Metadata,
    /// What of the file is missing, though perhaps not of the picture.
    missing: Option<String>,
    container: Raster<Demuxer<'a>>,
    animated: bool,
}

type Demuxer<'a> = WebPDecoder<Cursor<Cow<'a, [u8]>>>;

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let mut metadata = chunks::read(bytes);
    let mend::CheckedWebp { bytes, missing } = mend::check(bytes, &metadata);
    let decoder = WebPDecoder::new(Cursor::new(bytes.clone()))
        .map_err(|error| without_the_rest(error::decoding(&error), missing.as_ref()))?;
    let animated = BitstreamFeatures::new(&bytes).is_some_and(|features| features.has_animation());
    let warning = animated.then(|| "animation: only the first frame was kept".to_owned());
    let mut container = Raster::new(Format::Webp, decoder)?.with(Metadata::default(), warning);
    metadata.icc = container.metadata().icc.or(metadata.icc);
    Ok(Box::new(WebpFile { bytes, metadata, missing, container, animated }))
}

/// What an error means for a file of which something is missing.
fn without_the_rest(error: JobError, missing: Option<&String>) -> JobError {
    match missing {
        Some(_) if error.kind == ErrorKind::Corrupt => fail(ErrorKind::Truncated, error::ENDS_EARLY),
        Some(_) | None => error,
    }
}

impl Opened for WebpFile<'_> {
    fn header(&self) -> Header {
        Header { lossless_webp: chunks::is_lossless(&self.bytes), ..self.container.header() }
    }

    fn metadata(&mut self) -> Metadata {
        std::mem::take(&mut self.metadata)
    }

    fn decode(
        self: Box<Self>,
        memory: u64,
        metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let Self { bytes, missing, container, animated, metadata: _ } = *self;
        let picture = if animated {
            Box::new(container).decode(memory, metadata, warnings)
        } else {
            still(&bytes, container.header().size)
        };
        let picture = picture.map_err(|error| without_the_rest(error, missing.as_ref()))?;
        if !animated && is_left_over(&bytes) {
            error::warn(warnings, error::LEFT_OVER);
        }
        warnings.extend(missing);
        Ok(picture)
    }
}

/// The pixels of a file without animation.
fn still(bytes: &[u8], expected: Size) -> Result<Picture, JobError> {
    let image = webp::Decoder::new(bytes)
        .decode()
        .ok_or_else(|| fail(ErrorKind::Corrupt, "the image data is damaged"))?;
    let size = Size { width: image.width(), height: image.height() };
    if size != expected {
        return Err(fail(ErrorKind::Corrupt, "the container and the image data differ about the size"));
    }
    let channels = match image.layout() {
        PixelLayout::Rgb => Channels::Rgb,
        PixelLayout::Rgba => Channels::Rgba,
    };
    let mut samples = buffer(image.len() as u64)?;
    samples.copy_from_slice(&image);
    Ok(Picture { size, channels, samples: Samples::U8(samples) })
}

/// Whether a picture without animation is done before its data ends. Data that was never written is zeros,
/// of which libwebp makes a picture without a word. They are short codes, so that not all of them are needed.
fn is_left_over(webp: &[u8]) -> bool {
    let Some((name, data)) = chunks::image_data(webp) else { return false };
    let is_suspicious = memchr::memmem::find(data, &ZEROS).is_some();
    let part = data.len().checked_sub(PADDING).and_then(|end| data.get(..end));
    part.filter(|_| is_suspicious)
        .is_some_and(|part| webp::Decoder::new(&chunks::file_of(name, part)).decode().is_some())
}

/// Encodes all of it without loss, or with loss at the quality of `output`, where only transparency is kept
/// without.
pub(super) fn encode(
    picture: Picture,
    output: &Output,
    metadata: &Metadata,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    error::check_edges(picture.size, MAX_EDGE, "a WebP file")?;
    let picture = picture.into_8_bit().into_color();
    let Samples::U8(samples) = &picture.samples else { return Err(error::misfit(Stage::Encode)) };
    let layout = if picture.channels.has_alpha() { PixelLayout::Rgba } else { PixelLayout::Rgb };
    let mut config = WebPConfig::new().map_err(|()| {
        JobError::new(Stage::Encode, ErrorKind::Unsupported, "the encoder of WebP does not start")
    })?;
    config.method = method(output.effort);
    if output.lossless {
        config.quality = lossless_effort(output.effort);
        config.lossless = 1;
        // The colour of what is wholly transparent too.
        config.exact = 1;
    } else {
        config.quality = f32::from(output.quality);
    }
    let Size { width, height } = picture.size;
    let encoded = webp::Encoder::new(samples, layout, width, height)
        .encode_advanced(&config)
        .map_err(|error| refusal(&error))?;
    if metadata.iptc.is_some() {
        warnings.push("a WebP has no place for IPTC, which was left out".to_owned());
    }
    with_metadata(encoded.to_vec(), metadata)
}

/// What an error of the encoder means.
fn refusal(error: &WebPEncodingError) -> JobError {
    use WebPEncodingError as Error;
    let (kind, detail) = match error {
        Error::VP8_ENC_ERROR_OUT_OF_MEMORY | Error::VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY => {
            (ErrorKind::OutOfMemory, "no memory to encode it")
        }
        Error::VP8_ENC_ERROR_PARTITION0_OVERFLOW
        | Error::VP8_ENC_ERROR_PARTITION_OVERFLOW
        | Error::VP8_ENC_ERROR_BAD_DIMENSION
        | Error::VP8_ENC_ERROR_FILE_TOO_BIG => {
            (ErrorKind::TooLarge, "the picture is more than a WebP can hold: fewer pixels would help")
        }
        // What only a mistake in this program can cause.
        Error::VP8_ENC_OK
        | Error::VP8_ENC_ERROR_NULL_PARAMETER
        | Error::VP8_ENC_ERROR_INVALID_CONFIGURATION
        | Error::VP8_ENC_ERROR_BAD_WRITE
        | Error::VP8_ENC_ERROR_USER_ABORT
        | Error::VP8_ENC_ERROR_LAST => {
            (ErrorKind::Unsupported, "the encoder of WebP does not take this picture")
        }
    };
    JobError::new(Stage::Encode, kind, detail)
}

fn with_metadata(encoded: Vec<u8>, metadata: &Metadata) -> Result<Vec<u8>, JobError> {
    if let Metadata { icc: None, exif: None, xmp: None, .. } = metadata {
        return Ok(encoded);
    }
    let mut file = WebP::from_bytes(Bytes::from(encoded)).map_err(|e| error::encoding(&e))?;
    file.set_exif(metadata.exif.clone().map(Bytes::from));
    if let Some(xmp) = &metadata.xmp {
        let chunk = RiffChunk::new(CHUNK_XMP, RiffContent::Data(Bytes::from(xmp.clone())));
        file.chunks_mut().push(chunk);
    }
    // Last, since this also writes down in the header which chunks there are.
    file.set_icc_profile(metadata.icc.clone().map(Bytes::from));
    Ok(file.encoder().bytes().to_vec())
}
