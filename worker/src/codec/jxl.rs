//! JPEG XL, decoded by `jxl-oxide`: baseline images, those with a container, and the first frame of
//! animations.
//!
//! The container is read here, since the library would unpack compressed metadata without a limit. The
//! decoder turns the picture upright itself; what EXIF says of the orientation does not count (ISO/IEC
//! 18181-2, annex A). High dynamic range (PQ, HLG) is brought to sRGB by the decoder.

use std::borrow::Cow;
use std::error::Error;
use std::io::Read;

use brotli_decompressor::Decompressor;
use image::metadata::Orientation;
use jxl_oxide::color::RenderingIntent;
use jxl_oxide::{
    AllocTracker, EnumColourEncoding, InitializeResult, JxlImage, JxlThreadPool, PixelFormat, Render,
};
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;

use super::iso_boxes::boxes;
use super::{Header, Opened, buffer, error, fail, size};
use crate::image::{Channels, Extra, ExtraKind, Metadata, Picture, Samples};

/// What a file with a container begins with; a bare codestream begins with `FF 0A`.
const CONTAINER: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";
/// Bytes that the decoder may allocate for what the header says, before it is known to be admitted.
const HEADER_MEMORY: usize = 16 << 20;
/// Bytes that a compressed block of metadata may unpack to.
const MAX_METADATA: u64 = 64 << 20;
/// Bytes per pixel that the decoder holds at most: 30 were measured with photos of libjxl's encoder
/// (progressive or not); frames that others build on are kept beside.
const MEMORY_PER_PIXEL: u64 = 48;
/// The same for each channel beside the colours.
const MEMORY_PER_EXTRA: u64 = 12;

struct JxlFile {
    image: JxlImage,
    tracker: AllocTracker,
    header: Header,
    metadata: Metadata,
    /// What of the codestream the decoder was not given yet.
    rest: Vec<u8>,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened>, JobError> {
    let (codestream, mut metadata) = unpack(bytes)?;
    let tracker = AllocTracker::with_limit(HEADER_MEMORY);
    let (mut image, fed) = start(&codestream, &tracker)?;
    let meta = &image.image_header().metadata;
    if meta.ec_info.iter().any(|channel| channel.alpha_associated() == Some(true)) {
        return Err(fail(
            ErrorKind::Unsupported,
            "JPEG XL files with premultiplied transparency cannot be decoded",
        ));
    }
    let sample_bytes = if meta.bit_depth.bits_per_sample() > 8 { 2 } else { 1 };
    let extras = meta.ec_info.len() as u64;
    if image.hdr_type().is_some() {
        image.request_color_encoding(EnumColourEncoding::srgb(RenderingIntent::Relative));
    }
    let channels = match image.pixel_format() {
        PixelFormat::Gray => Channels::Grey,
        PixelFormat::Graya => Channels::GreyAlpha,
        PixelFormat::Rgb => Channels::Rgb,
        PixelFormat::Rgba => Channels::Rgba,
        PixelFormat::Cmyk | PixelFormat::Cmyka => {
            return Err(fail(ErrorKind::Unsupported, "JPEG XL files in CMYK cannot be decoded"));
        }
    };
    metadata.icc = Some(image.rendered_icc());
    let size = size(image.width().into(), image.height().into())?;
    // The codestream put together, and what of it is kept until it is decoded.
    let copies = 2 * bytes.len() as u64;
    let per_pixel = MEMORY_PER_PIXEL + MEMORY_PER_EXTRA * extras;
    let header = Header {
        format: Format::Jxl,
        size,
        channels,
        sample_bytes,
        orientation: Orientation::NoTransforms,
        decoder_memory: size.pixels().saturating_mul(per_pixel).saturating_add(copies),
        lossless_webp: false,
        gain_map: None,
    };
    let rest = codestream.get(fed..).unwrap_or_default().to_vec();
    Ok(Box::new(JxlFile { image, tracker, header, metadata, rest }))
}

/// The codestream and what else the container holds.
fn unpack(bytes: &[u8]) -> Result<(Cow<'_, [u8]>, Metadata), JobError> {
    if !bytes.starts_with(CONTAINER) {
        return Ok((bytes.into(), Metadata::default()));
    }
    let mut codestream = Cow::Borrowed(&[][..]);
    let (mut exif, mut xmp) = (None, None);
    let mut extras = Vec::new();
    for found in boxes(bytes) {
        let found = found?;
        match (found.kind, found.content.split_first_chunk()) {
            (b"jxlc", _) => codestream = Cow::Borrowed(found.content),
            // A part of it, behind its number.
            (b"jxlp", Some((_number, part))) => codestream.to_mut().extend(part),
            (b"Exif", _) if exif.is_none() => exif = Some(found.content.to_vec()),
            (b"xml ", _) if xmp.is_none() => xmp = Some(found.content.to_vec()),
            // Compressed, behind its kind. What is not wanted is not unpacked: a small file has room for many
            // of these.
            (b"brob", Some((b"Exif", packed))) if exif.is_none() => exif = Some(unpacked(packed)?),
            (b"brob", Some((b"xml ", packed))) if xmp.is_none() => xmp = Some(unpacked(packed)?),
            (b"jumb", _) | (b"brob", Some((b"jumb", _))) if extras.is_empty() => {
                extras.push(Extra { kind: ExtraKind::Credentials, segments: Vec::new() });
            }
            _ => {}
        }
    }
    Ok((codestream, Metadata { exif: exif.and_then(tiff), xmp, extras, ..Metadata::default() }))
}

/// The TIFF structure in a box, in front of which stands how far it is away.
fn tiff(mut content: Vec<u8>) -> Option<Vec<u8>> {
    let (distance, rest) = content.split_first_chunk()?;
    let distance = u32::from_be_bytes(*distance) as usize;
    rest.get(distance..)?;
    content.drain(..size_of::<u32>() + distance);
    Some(content)
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, JobError> {
    const BUFFER: usize = 4096;
    let mut unpacked = Vec::new();
    let read = Decompressor::new(packed, BUFFER).take(MAX_METADATA + 1).read_to_end(&mut unpacked);
    read.map_err(|_| fail(ErrorKind::Corrupt, "a packed block of metadata is damaged"))?;
    if unpacked.len() as u64 > MAX_METADATA {
        return Err(fail(ErrorKind::TooLarge, format!("metadata of more than {MAX_METADATA} bytes")));
    }
    Ok(unpacked)
}

/// Gives the decoder as much as it takes to know the header, and little more. Says how much that was.
///
/// Close to the end of what it has, the decoder takes what is missing for damage, or miscounts what it has
/// read. So what it says of the header is believed when it was given twice as much as it needed.
fn start(codestream: &[u8], tracker: &AllocTracker) -> Result<(JxlImage, usize), JobError> {
    const FIRST: usize = 64;
    let mut end = FIRST;
    let mut was_enough = false;
    loop {
        let part = codestream.get(..end).unwrap_or(codestream);
        let is_all = part.len() == codestream.len();
        let builder = JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(tracker.clone());
        let mut decoder = builder.build_uninit();
        let fed = decoder.feed_bytes(part).map_err(|e| trouble(e.as_ref()))?;
        match decoder.try_init() {
            Ok(InitializeResult::Initialized(image)) if was_enough || is_all => return Ok((image, fed)),
            Ok(InitializeResult::Initialized(_)) => was_enough = true,
            Ok(InitializeResult::NeedMoreData(_)) if is_all => {
                return Err(fail(ErrorKind::Truncated, error::ENDS_EARLY));
            }
            Err(error) if is_all || end > HEADER_MEMORY => return Err(trouble(error.as_ref())),
            Ok(InitializeResult::NeedMoreData(_)) | Err(_) => {}
        }
        end *= 2;
    }
}

impl Opened for JxlFile {
    fn header(&self) -> Header {
        self.header
    }

    /// The picture comes out upright, whatever its EXIF says.
    fn says_orientation(&self) -> bool {
        true
    }

    fn metadata(&mut self) -> Metadata {
        std::mem::take(&mut self.metadata)
    }

    fn decode(
        mut self: Box<Self>,
        memory: u64,
        _metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        self.tracker.expand_limit(usize::try_from(memory).unwrap_or(usize::MAX / 2));
        self.image.feed_bytes(&self.rest).map_err(|e| trouble(e.as_ref()))?;
        if !self.image.is_loading_done() {
            return Err(fail(ErrorKind::Truncated, error::ENDS_EARLY));
        }
        if self.image.image_header().metadata.animation.is_some() {
            warnings.push("animation: only the first frame was kept".to_owned());
        }
        let render = self.image.render_frame(0).map_err(|e| trouble(e.as_ref()))?;
        let Header { size, channels, sample_bytes, .. } = self.header;
        let samples = if sample_bytes == 1 {
            Samples::U8(samples(&render, size, channels)?)
        } else {
            Samples::U16(samples(&render, size, channels)?)
        };
        Ok(Picture { size, channels, samples })
    }
}

fn samples<T: jxl_oxide::FrameBufferSample + Copy + Default>(
    render: &Render,
    size: Size,
    channels: Channels,
) -> Result<Vec<T>, JobError> {
    let mut stream = render.stream();
    let same = (stream.width(), stream.height(), stream.channels() as usize)
        == (size.width, size.height, channels.count());
    if !same {
        return Err(fail(ErrorKind::Corrupt, "the first frame is not of the size that the header promises"));
    }
    let mut samples = buffer(size.pixels() * channels.count() as u64)?;
    stream.write_to_buffer(&mut samples);
    Ok(samples)
}

/// What an error of the decoder means.
fn trouble(problem: &(dyn Error + 'static)) -> JobError {
    if error::ends_early(problem) {
        return fail(ErrorKind::Truncated, error::ENDS_EARLY);
    }
    // What jxl-grid says when the tracker refuses.
    if problem.to_string().contains("failed to allocate") {
        return fail(ErrorKind::TooLarge, "decoding needs more memory than the limit allows");
    }
    fail(ErrorKind::Corrupt, error::DAMAGED)
}
