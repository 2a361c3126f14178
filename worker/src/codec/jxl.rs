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
    /// What of the container was left out.
    notes: Vec<String>,
    /// What of the codestream the decoder was not given yet.
    rest: Vec<u8>,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened>, JobError> {
    let Container { codestream, mut metadata, notes } = unpack(bytes)?;
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
    Ok(Box::new(JxlFile { image, tracker, header, metadata, notes, rest }))
}

/// What a file holds.
struct Container<'a> {
    codestream: Cow<'a, [u8]>,
    metadata: Metadata,
    /// What was left out.
    notes: Vec<String>,
}

/// Takes the container apart. Only what the codestream needs must be whole: other boxes that are damaged are
/// left out, with a note.
fn unpack(bytes: &[u8]) -> Result<Container<'_>, JobError> {
    /// Set in the number of the last part.
    const LAST: u32 = 1 << 31;
    if !bytes.starts_with(CONTAINER) {
        return Ok(Container { codestream: bytes.into(), metadata: Metadata::default(), notes: Vec::new() });
    }
    let mut codestream = Cow::Borrowed(&[][..]);
    let mut is_whole = false;
    // The first of each counts, whether it can be read or not: a small file has room for many packed ones.
    let (mut exif, mut xmp) = (None, None);
    let (mut extras, mut notes) = (Vec::new(), Vec::new());
    for found in boxes(bytes) {
        let found = match found {
            Ok(found) => found,
            Err(_) if is_whole => {
                notes.push("what is behind the picture is damaged or cut: it was left out".to_owned());
                break;
            }
            Err(error) => return Err(error),
        };
        match (found.kind, found.content.split_first_chunk()) {
            (b"jxlc", _) => {
                codestream = Cow::Borrowed(found.content);
                is_whole = true;
            }
            // A part of it, behind its number.
            (b"jxlp", Some((number, part))) => {
                codestream.to_mut().extend(part);
                is_whole |= u32::from_be_bytes(*number) & LAST != 0;
            }
            (b"Exif", _) if exif.is_none() => exif = Some(Some(found.content.to_vec())),
            (b"xml ", _) if xmp.is_none() => xmp = Some(Some(found.content.to_vec())),
            // Compressed, behind its kind. What is not wanted is not unpacked.
            (b"brob", Some((b"Exif", packed))) if exif.is_none() => exif = Some(unpacked(packed)),
            (b"brob", Some((b"xml ", packed))) if xmp.is_none() => xmp = Some(unpacked(packed)),
            (b"jumb", _) | (b"brob", Some((b"jumb", _))) if extras.is_empty() => {
                extras.push(Extra { kind: ExtraKind::Credentials, segments: Vec::new() });
            }
            _ => {}
        }
    }
    let exif = exif.map(|content| content.and_then(tiff));
    for (block, name) in [(&exif, "EXIF"), (&xmp, "XMP")] {
        if let Some(None) = block {
            notes.push(format!("its {name} is damaged or too long: it was left out"));
        }
    }
    let metadata = Metadata { exif: exif.flatten(), xmp: xmp.flatten(), extras, ..Metadata::default() };
    Ok(Container { codestream, metadata, notes })
}

/// The TIFF structure in a box, in front of which stands how far it is away. Where that is wrong, it mostly
/// follows at once.
fn tiff(mut content: Vec<u8>) -> Option<Vec<u8>> {
    let (distance, rest) = content.split_first_chunk()?;
    let distance = u32::from_be_bytes(*distance) as usize;
    let begins =
        |at: &usize| rest.get(*at..).is_some_and(|tiff| tiff.starts_with(b"II") || tiff.starts_with(b"MM"));
    let at = [distance, 0].into_iter().find(begins)?;
    content.drain(..size_of::<u32>() + at);
    Some(content)
}

/// `None` if it is damaged, or too long.
fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    const BUFFER: usize = 4096;
    let mut unpacked = Vec::new();
    Decompressor::new(packed, BUFFER).take(MAX_METADATA + 1).read_to_end(&mut unpacked).ok()?;
    (unpacked.len() as u64 <= MAX_METADATA).then_some(unpacked)
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
        warnings.append(&mut self.notes);
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
