//! WebP: libwebp for the pixels, four times as fast as the decoder in Rust; that one for the container and
//! for animations.

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::{CHUNK_XMP, WebP};
use img_parts::{Bytes, ImageEXIF, ImageICC};
use protocol::{ErrorKind, JobError, Stage};
use recipe::Format;
use recipe::filter::geometry::Size;
use webp::{BitstreamFeatures, BitstreamFormat, PixelLayout, WebPConfig};

use super::raster::Raster;
use super::{Header, Opened, buffer, error, fail};
use crate::image::{Channels, Extra, ExtraKind, Metadata, Picture, Samples};

/// The format's limit on an edge in pixels: 14 bits.
const MAX_EDGE: u32 = 16_383;
/// libwebp's effort, 0–6: 2 is twice as fast as the default 4, for files one to five percent larger.
const METHOD: i32 = 2;
/// libwebp's effort without loss, where it is called quality; its own default.
const LOSSLESS_EFFORT: f32 = 75.0;

struct WebpFile<'a> {
    bytes: &'a [u8],
    container: Raster<WebPDecoder<Cursor<&'a [u8]>>>,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    // libwebp only says yes or no, so whether the file is all there is checked here.
    let promised = bytes.get(4..8).and_then(|size| size.try_into().ok()).map_or(0, u32::from_le_bytes);
    if (bytes.len() as u64) < u64::from(promised) + 8 {
        let detail =
            format!("the header promises {} bytes, the file has {}", u64::from(promised) + 8, bytes.len());
        return Err(fail(ErrorKind::Truncated, detail));
    }
    // What follows the container is none of its chunks.
    check_chunks(bytes.get(..promised as usize + 8).unwrap_or(bytes))?;
    let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|e| error::decoding(&e))?;
    let animated = BitstreamFeatures::new(bytes).is_some_and(|features| features.has_animation());
    let warning = animated.then(|| "animation: only the first frame was kept".to_owned());
    let container = Raster::new(Format::Webp, decoder, warning)?;
    Ok(if animated { Box::new(container) } else { Box::new(WebpFile { bytes, container }) })
}

/// No chunk may be longer than the rest of the file: the container's reader would allocate up to 4 GiB for
/// it.
fn check_chunks(bytes: &[u8]) -> Result<(), JobError> {
    let mut chunks = bytes.get(12..).unwrap_or_default();
    while let Some((header, rest)) = chunks.split_at_checked(8) {
        let size = header.last_chunk().map_or(0, |size| u32::from_le_bytes(*size)) as usize;
        if size > rest.len() {
            let detail = format!("a chunk promises {size} bytes, and {} are left", rest.len());
            return Err(fail(ErrorKind::Truncated, detail));
        }
        // Chunks are padded to an even length.
        chunks = rest.get(size + size % 2..).unwrap_or_default();
    }
    Ok(())
}

/// Whether one of the chunks holds content credentials (C2PA, section A.3).
fn has_credentials(bytes: &[u8]) -> bool {
    let mut chunks = bytes.get(12..).unwrap_or_default();
    while let Some((header, rest)) = chunks.split_at_checked(8) {
        if header.starts_with(b"C2PA") {
            return true;
        }
        let size = header.last_chunk().map_or(0, |size| u32::from_le_bytes(*size)) as usize;
        chunks = rest.get(size.saturating_add(size % 2)..).unwrap_or_default();
    }
    false
}

impl Opened for WebpFile<'_> {
    fn header(&self) -> Header {
        let format = BitstreamFeatures::new(self.bytes).and_then(|features| features.format());
        let lossless_webp = match format {
            Some(BitstreamFormat::Lossless) => true,
            Some(BitstreamFormat::Lossy | BitstreamFormat::Undefined) | None => false,
        };
        Header { lossless_webp, ..self.container.header() }
    }

    fn metadata(&mut self) -> Metadata {
        let signed = has_credentials(self.bytes);
        let credentials = || Extra { kind: ExtraKind::Credentials, segments: Vec::new() };
        Metadata { extras: signed.then(credentials).into_iter().collect(), ..self.container.metadata() }
    }

    fn decode(
        self: Box<Self>,
        _memory: u64,
        _metadata: &mut Metadata,
        _warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let image = webp::Decoder::new(self.bytes)
            .decode()
            .ok_or_else(|| fail(ErrorKind::Corrupt, "libwebp cannot decode the image data"))?;
        let size = Size { width: image.width(), height: image.height() };
        if size != self.header().size {
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
}

/// Encodes with loss at `quality` 1–100, where only transparency is kept without; all of it without loss if
/// there is none.
pub(super) fn encode(
    picture: Picture,
    quality: Option<u8>,
    metadata: &Metadata,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    let Size { width, height } = picture.size;
    if width.max(height) > MAX_EDGE {
        let detail = format!("{width}×{height} pixels; a WebP file holds at most {MAX_EDGE} along an edge");
        return Err(JobError::new(Stage::Encode, ErrorKind::TooLarge, detail));
    }
    let picture = picture.into_8_bit().into_color();
    let Samples::U8(samples) = &picture.samples else { return Err(error::misfit(Stage::Encode)) };
    let layout = if picture.channels.has_alpha() { PixelLayout::Rgba } else { PixelLayout::Rgb };
    let trouble = |detail: String| JobError::new(Stage::Encode, ErrorKind::OutOfMemory, detail);
    let mut config = WebPConfig::new().map_err(|()| trouble("libwebp does not start".to_owned()))?;
    config.method = METHOD;
    match quality {
        Some(quality) => config.quality = f32::from(quality),
        None => {
            config.quality = LOSSLESS_EFFORT;
            config.lossless = 1;
            // The colour of what is wholly transparent too.
            config.exact = 1;
        }
    }
    let encoded = webp::Encoder::new(samples, layout, width, height)
        .encode_advanced(&config)
        .map_err(|error| trouble(format!("libwebp: {error:?}")))?;
    if metadata.iptc.is_some() {
        warnings.push("a WebP has no place for IPTC, which was left out".to_owned());
    }
    with_metadata(encoded.to_vec(), metadata)
}

fn with_metadata(encoded: Vec<u8>, metadata: &Metadata) -> Result<Vec<u8>, JobError> {
    if *metadata == Metadata::default() {
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
