//! JPEG XL, decoded by `jxl-oxide`: baseline images, those with a container, and the first frame of
//! animations.
//!
//! The container is read here, since the library would unpack compressed metadata without a limit. The
//! decoder turns the picture upright itself; what EXIF says of the orientation does not count (ISO/IEC
//! 18181-2, annex A). Light beyond white (PQ, HLG) stays as it is, with a profile that says so.

use std::borrow::Cow;
use std::error::Error;
use std::io::Read;

use brotli_decompressor::Decompressor;
use image::metadata::Orientation;
use jxl_oxide::color::RenderingIntent;
use jxl_oxide::image::ExtraChannelInfo;
use jxl_oxide::{
    AllocTracker, EnumColourEncoding, ExtraChannelType, InitializeResult, JxlImage, JxlThreadPool,
    PixelFormat, Render,
};
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;

use super::iso_boxes::boxes;
use super::{Header, LostMap, Opened, behind, buffer, error, fail, jumbf, lost_channels, size};
use crate::color::code_points;
use crate::image::{Channels, Extra, ExtraKind, Metadata, Picture, Samples};
use crate::metadata::extras::PartNames;

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
    has_gain_map: bool,
    /// What was left out.
    notes: Vec<String>,
    codestream: Vec<u8>,
    /// How much of it the decoder was given to read the header.
    fed: usize,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened>, JobError> {
    let Container { codestream, mut metadata, has_gain_map, mut notes } = unpack(bytes)?;
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
    notes.extend(lost_channels(left_out(&meta.ec_info)));
    let high_range = image.hdr_type().and_then(|_| high_range(&image));
    if image.hdr_type().is_some() && high_range.is_none() {
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
    metadata.icc = high_range.or_else(|| Some(image.rendered_icc()));
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
    let codestream = codestream.into_owned();
    Ok(Box::new(JxlFile { image, tracker, header, metadata, has_gain_map, notes, codestream, fed }))
}

/// The profile of light beyond white, as for other formats; none of primaries that have no number.
fn high_range(image: &JxlImage) -> Option<Vec<u8>> {
    let [primaries, transfer, ..] = image.rendered_cicp()?;
    code_points::profile(primaries, transfer, Channels::Rgb)
}

/// What there is beside colours and transparency, of which there may be one; spot colours are mixed in.
fn left_out(channels: &[ExtraChannelInfo]) -> Vec<String> {
    let mut has_alpha = false;
    let name = |channel: &ExtraChannelInfo| match channel.ty {
        ExtraChannelType::Alpha { .. } if !std::mem::replace(&mut has_alpha, true) => None,
        ExtraChannelType::SpotColour { .. } | ExtraChannelType::Black => None,
        ExtraChannelType::Alpha { .. } => Some("a second transparency"),
        ExtraChannelType::Depth => Some("depth"),
        ExtraChannelType::SelectionMask => Some("selection"),
        ExtraChannelType::Cfa { .. } => Some("sensor"),
        ExtraChannelType::Thermal => Some("heat"),
        ExtraChannelType::NonOptional | ExtraChannelType::Optional => Some("of no known kind"),
    };
    channels.iter().filter_map(name).map(str::to_owned).collect()
}

/// What a file holds.
struct Container<'a> {
    codestream: Cow<'a, [u8]>,
    metadata: Metadata,
    has_gain_map: bool,
    /// What was left out.
    notes: Vec<String>,
}

/// Takes the container apart. Only what the codestream needs must be whole: other boxes that are damaged are
/// left out, with a note.
fn unpack(bytes: &[u8]) -> Result<Container<'_>, JobError> {
    /// Set in the number of the last part.
    const LAST: u32 = 1 << 31;
    if !bytes.starts_with(CONTAINER) {
        return Ok(Container {
            codestream: bytes.into(),
            metadata: Metadata::default(),
            has_gain_map: false,
            notes: Vec::new(),
        });
    }
    let mut codestream = Cow::Borrowed(&[][..]);
    let mut is_whole = false;
    let (mut beside, mut notes) = (BesideCodestream::default(), Vec::new());
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
            (b"brob", Some((b"jumb", packed))) => {
                let mut head = Vec::new();
                // What is broken is not known either.
                let _ = Decompressor::new(packed, BUFFER).take(jumbf::HEAD as u64).read_to_end(&mut head);
                beside.take_jumbf(&head);
            }
            (b"jumb", _) => beside.take_jumbf(found.content),
            // Compressed, behind its kind. What is not wanted is not unpacked.
            (b"brob", Some((kind, packed))) => beside.take(kind, found.content, || unpacked(packed)),
            (kind, _) => beside.take(kind, found.content, || Some(found.content.to_vec())),
        }
    }
    let has_gain_map = beside.has_gain_map;
    let metadata = beside.into_metadata(&mut notes);
    Ok(Container { codestream, metadata, has_gain_map, notes })
}

/// The boxes beside the codestream. The first of each kind counts, whether it can be read or not: a small
/// file has room for many packed ones.
#[derive(Default)]
struct BesideCodestream<'a> {
    exif: Option<MetadataBlock<'a>>,
    xmp: Option<MetadataBlock<'a>>,
    /// Whether there is a further block that says something else than the first.
    has_second: bool,
    has_credentials: bool,
    has_gain_map: bool,
    names: PartNames,
}

/// A block of metadata.
struct MetadataBlock<'a> {
    /// As it stands in the file, packed or not.
    stored: &'a [u8],
    /// What is in it, if that can be read.
    content: Option<Vec<u8>>,
    /// Whether a second one was compared with it by what is in it.
    compared: bool,
}

impl<'a> MetadataBlock<'a> {
    /// Whether another block says the same. One may be packed and the other not, so that what is in them is
    /// compared, once.
    fn is_same(&mut self, stored: &[u8], content: impl FnOnce() -> Option<Vec<u8>>) -> bool {
        let may_be = |block: &mut MetadataBlock<'a>| !std::mem::replace(&mut block.compared, true);
        self.stored == stored || may_be(self) && self.content.is_some() && self.content == content()
    }
}

impl<'a> BesideCodestream<'a> {
    fn take(&mut self, kind: &[u8; 4], stored: &'a [u8], content: impl FnOnce() -> Option<Vec<u8>>) {
        /// What says how the file is made, or is made for the file alone: what its JPEG was like, where its
        /// frames begin. Parts of a codestream are never compressed.
        const OF_OLD_FILE: [&[u8; 4]; 8] =
            [b"JXL ", b"ftyp", b"jxll", b"jxli", b"jbrd", b"jxlp", b"free", b"skip"];
        match kind {
            b"Exif" | b"xml " => {
                let place = if kind == b"Exif" { &mut self.exif } else { &mut self.xmp };
                match place {
                    Some(first) => self.has_second |= !first.is_same(stored, content),
                    None => *place = Some(MetadataBlock { stored, content: content(), compared: false }),
                }
            }
            b"jhgm" => self.has_gain_map = true,
            _ if OF_OLD_FILE.contains(&kind) => {}
            _ => self.names.add(&kind.escape_ascii().to_string()),
        }
    }

    fn take_jumbf(&mut self, content: &[u8]) {
        if jumbf::is_credentials(content) {
            self.has_credentials = true;
        } else {
            self.names.add(jumbf::OTHER);
        }
    }

    fn into_metadata(self, notes: &mut Vec<String>) -> Metadata {
        let exif = self.exif.map(|block| block.content.and_then(tiff));
        let xmp = self.xmp.map(|block| block.content);
        for (block, name) in [(&exif, "EXIF"), (&xmp, "XMP")] {
            if let Some(None) = block {
                notes.push(format!("its {name} is damaged or too long: it was left out"));
            }
        }
        let second = self.has_second.then(|| Extra::of(ExtraKind::SecondBlock));
        let credentials = self.has_credentials.then(|| Extra::of(ExtraKind::Credentials));
        let extras = second.into_iter().chain(credentials).chain(self.names.into_extra()).collect();
        Metadata { exif: exif.flatten(), xmp: xmp.flatten(), extras, ..Metadata::default() }
    }
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

/// Bytes that are unpacked at a time.
const BUFFER: usize = 4096;

/// `None` if it is damaged, or too long.
fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
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

    fn lost_map(&self) -> Option<LostMap> {
        self.has_gain_map.then_some(LostMap::Unread)
    }

    fn decode(
        mut self: Box<Self>,
        memory: u64,
        metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        self.tracker.expand_limit(usize::try_from(memory).unwrap_or(usize::MAX / 2));
        let rest = self.codestream.get(self.fed..).unwrap_or_default();
        self.image.feed_bytes(rest).map_err(|e| trouble(e.as_ref()))?;
        if !self.image.is_loading_done() {
            return Err(fail(ErrorKind::Truncated, error::ENDS_EARLY));
        }
        metadata.extras.extend(behind::found(self.behind()));
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

impl JxlFile {
    /// What stands behind the last frame of the codestream, all of which the decoder was given.
    fn behind(&self) -> Option<&[u8]> {
        let last = self.image.num_loaded_frames().checked_sub(1)?;
        let toc = self.image.frame(last)?.toc();
        let end = self.image.frame_offset(last)? + toc.bookmark() + toc.total_byte_size();
        self.codestream.get(end..)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_that_no_result_has_are_named() {
        let alpha = ExtraChannelType::Alpha { alpha_associated: false };
        let spot = ExtraChannelType::SpotColour { red: 1.0, green: 0.0, blue: 0.0, solidity: 1.0 };
        let said = |kinds: &[ExtraChannelType]| {
            let channel = |ty: &ExtraChannelType| ExtraChannelInfo { ty: *ty, ..ExtraChannelInfo::default() };
            left_out(&kinds.iter().map(channel).collect::<Vec<_>>())
        };
        assert_eq!(said(&[alpha, spot]), Vec::<String>::new());
        let kinds = [ExtraChannelType::Depth, alpha, ExtraChannelType::Thermal, alpha];
        assert_eq!(said(&kinds), ["depth", "heat", "a second transparency"]);
    }
}
