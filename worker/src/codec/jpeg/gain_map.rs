//! The HDR gain map behind a JPEG's end: found when a photo is read, appended and announced when a result is
//! written (Ultra HDR, version 1.1; ISO 21496-1; CIPA DC-007, multi-picture format).

use std::ops::Range;

use memchr::memmem;
use protocol::JobError;
use recipe::filter::geometry::Size;
use turbojpeg::{Image, PixelFormat, Subsamp};

use super::super::error;
use super::encode::{Compression, compress};
use super::markers::{self, APP0, APP1, APP2, APP13, APP15, COM, SOI, SOS, content};
use super::{Opened, insert, segments};
use crate::image::{Channels, Metadata, Picture, Samples};
use crate::metadata::gain_map::{ISO, Meaning, of_gain_map};

/// The signature of the multi-picture format; offsets count from behind it.
const MPF: &[u8] = b"MPF\0";
/// Pictures that are looked at: files have two or three.
const MAX_PICTURES: usize = 16;
/// On photographs, a map loses less by this than the photo beside it: a hundredth of a stop.
const QUALITY: i32 = 90;

/// What a map is before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapHeader {
    /// Width and height.
    pub size: Size,
    /// Grey, or colour.
    pub channels: Channels,
    /// Bytes of memory that decoding takes on top of the pixels.
    pub decoder_memory: u64,
}

/// A map with all that belongs to it.
pub(crate) struct DecodedMap {
    pub(crate) meaning: Meaning,
    /// The profile of the colours that its gains are of, where these are not the photo's.
    pub(crate) profile: Option<Vec<u8>>,
    pub(crate) picture: Picture,
    /// Whether there was nothing to be mended.
    pub(crate) is_sound: bool,
}

/// Where the first JPEG is behind the image data, which begins at `data`, that says it is a gain map. It is
/// found by its content: programs that write tags into a photo move it, and offsets in the file are often
/// wrong.
pub(super) fn find(jpeg: &[u8], data: usize) -> Option<Range<usize>> {
    let behind = jpeg.get(data..)?;
    // Within image data no marker of this kind occurs.
    let starts = memmem::find_iter(behind, b"\xFF\xD8\xFF").take(MAX_PICTURES).map(|start| data + start);
    let (start, map) = starts
        .filter_map(|start| Some((start, jpeg.get(start..)?)))
        .find(|(_, map)| meaning(map).is_some())?;
    // A video may follow.
    let data = segments::read(map).data;
    let end = memmem::find(map.get(data..)?, b"\xFF\xD9").map_or(map.len(), |end| data + end + 2);
    Some(start..start + end)
}

/// What a JPEG says of itself, if it is a gain map.
fn meaning(jpeg: &[u8]) -> Option<Meaning> {
    let found = segments::read(jpeg);
    Meaning::read(found.metadata.xmp.as_deref(), found.gain_map.as_deref())
}

/// The header of a gain map; `None` if it cannot be read.
pub(super) fn header(jpeg: &[u8]) -> Option<MapHeader> {
    let header = super::JpegFile::open(jpeg, segments::read(jpeg)).ok()?.header();
    let decoder_memory = header.decoder_memory.saturating_add(jpeg.len() as u64);
    Some(MapHeader { size: header.size, channels: header.channels, decoder_memory })
}

/// Decodes a gain map.
pub(crate) fn decode(jpeg: &[u8]) -> Result<DecodedMap, JobError> {
    let meaning = meaning(jpeg).ok_or_else(|| error::misfit(protocol::Stage::Decode))?;
    let mut opened = super::JpegFile::open(jpeg, segments::read(jpeg))?;
    let profile = opened.metadata().icc;
    let mut warnings = Vec::new();
    let picture = Box::new(opened).decode(u64::MAX, &mut Metadata::default(), &mut warnings)?;
    Ok(DecodedMap { meaning, profile, picture, is_sound: warnings.is_empty() })
}

/// Encodes a gain map, with what it says of itself.
pub(crate) fn encode(map: &DecodedMap) -> Result<Vec<u8>, JobError> {
    let Picture { size, channels, samples } = &map.picture;
    let Samples::U8(pixels) = samples else { return Err(error::misfit(protocol::Stage::Encode)) };
    let (format, subsampling) = match channels {
        Channels::Grey => (PixelFormat::GRAY, Subsamp::Gray),
        Channels::Rgb => (PixelFormat::RGB, Subsamp::None),
        Channels::GreyAlpha | Channels::Rgba => return Err(error::misfit(protocol::Stage::Encode)),
    };
    let (width, height) = (size.width as usize, size.height as usize);
    let image = Image { pixels: pixels.as_slice(), width, pitch: width * format.size(), height, format };
    let how = Compression { quality: QUALITY, subsampling, progressive: false };
    let jpeg = compress(image, how).map_err(|e| error::encoding(&e))?;
    Ok(with_meaning(&jpeg, map))
}

/// The image data of a map as they are in this JPEG, with what the map says of itself, and nothing else.
pub(crate) fn restated(jpeg: &[u8], map: &DecodedMap) -> Vec<u8> {
    let mut kept = vec![0xFF, SOI];
    let mut at = 2;
    while let Some(marker) = markers::next(jpeg, at)
        && let Some(content) = content(jpeg, marker.after)
    {
        let start = marker.after - 2;
        at = marker.after + 2 + content.len();
        match marker.code {
            SOS => {
                kept.extend_from_slice(&jpeg[start..]);
                break;
            }
            // Those of JFIF and Adobe say how the colours are stored.
            APP1..=APP13 | APP15 | COM => {}
            _ => kept.extend_from_slice(&jpeg[start..at]),
        }
    }
    with_meaning(&kept, map)
}

fn with_meaning(jpeg: &[u8], map: &DecodedMap) -> Vec<u8> {
    let metadata = Metadata {
        icc: map.profile.clone(),
        xmp: map.meaning.xmp.as_ref().map(of_gain_map),
        ..Metadata::default()
    };
    let jpeg = insert::insert(jpeg, &metadata, &mut Vec::new());
    let iso = map.meaning.iso.as_ref().map(|iso| segment(APP2, &[ISO, iso].concat()));
    let (head, tail) = jpeg.split_at(end_of_applications(&jpeg));
    [head, &iso.unwrap_or_default(), tail].concat()
}

/// The most bytes that [`append`] adds to a file, beside the map.
pub(crate) const ADDED: usize = 2 * 4 + ISO.len() + 4 + MPF.len() + DIRECTORY;

/// A photo with the map at its end, announced in front of the image data.
pub(crate) fn append(photo: &[u8], map: &[u8]) -> Vec<u8> {
    let (head, tail) = photo.split_at(end_of_applications(photo));
    // The first version of the standard, where the map goes by it.
    let version = memmem::find(map, ISO).map(|_| segment(APP2, &[ISO, &[0; 4]].concat()));
    let version = version.unwrap_or_default();
    let start = head.len() + version.len() + 4 + MPF.len();
    let length = photo.len() + version.len() + 4 + MPF.len() + DIRECTORY;
    let directory = directory(length as u32, map.len() as u32, (length - start) as u32);
    [head, &version, &segment(APP2, &[MPF, &directory].concat()), tail, map].concat()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], &(content.len() as u16 + 2).to_be_bytes()[..], content].concat()
}

/// Where the segments of applications end that a JPEG begins with.
fn end_of_applications(jpeg: &[u8]) -> usize {
    let mut at = 2;
    while let Some(marker) = markers::next(jpeg, at)
        && matches!(marker.code, APP0..=APP15 | COM)
        && let Some(content) = content(jpeg, marker.after)
    {
        at = marker.after + 2 + content.len();
    }
    at.min(jpeg.len())
}

/// Bytes of the directory of two pictures.
const DIRECTORY: usize = 82;

/// The directory of two pictures: TIFF in big-endian order, one list of three fields, and the two entries.
fn directory(photo: u32, map: u32, map_offset: u32) -> Vec<u8> {
    /// The picture that is shown where only one can be.
    const PRIMARY: u32 = 0x0003_0000;
    const UNDEFINED: u16 = 7;
    const LONG: u16 = 4;
    let field = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    let entry =
        |attribute: u32, size: u32, offset: u32| [attribute, size, offset, 0].map(u32::to_be_bytes).concat();
    [
        b"MM\0*\0\0\0\x08\0\x03".to_vec(),
        field(0xB000, UNDEFINED, 4, *b"0100"),
        field(0xB001, LONG, 1, 2u32.to_be_bytes()),
        field(0xB002, UNDEFINED, 32, 50u32.to_be_bytes()),
        0u32.to_be_bytes().to_vec(),
        entry(PRIMARY, photo, 0),
        entry(0, map, map_offset),
    ]
    .concat()
}
