//! From the bytes of a file to pixels and back. The content decides the format, never the name.
//!
//! [`decode`] opens an image as far as its header, asks whether it may be decoded, and only then allocates.
//! Each module beside this one knows one family of formats. No state; runs on the lane's thread.

mod avif;
mod behind;
mod bmp;
mod density;
mod encode;
mod error;
mod gif;
mod iso_boxes;
mod jpeg;
mod jumbf;
mod jxl;
mod light;
mod palette;
mod png;
mod pnm;
mod qoi;
mod raster;
mod raw;
mod score;
mod size_limit;
mod target;
mod tiff;
mod unsupported;
mod webp;

use image::metadata::Orientation;
use protocol::{ErrorKind, JobError, Stage};
use recipe::Format;
use recipe::filter::geometry::Size;
use recipe::format::RawPolicy;

pub use self::encode::encode;
pub(crate) use self::encode::{
    Encoded, Encoding, encoder_memory, is_deep, losses, stored_bits, stored_channels,
};
pub use self::jpeg::gain_map::MapHeader;
pub(crate) use self::jpeg::{gain_map, lossless};
use crate::color;
use crate::image::{Channels, GainMap, Metadata, Picture};
use crate::metadata::{self, exif};

/// What an image is before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The format found in the content.
    pub format: Format,
    /// Width and height as stored, before the orientation is applied.
    pub size: Size,
    /// The channels that decoding yields.
    pub channels: Channels,
    /// Bytes per sample that decoding yields: 1 or 2.
    pub sample_bytes: u64,
    /// How the stored pixels must be turned.
    pub orientation: Orientation,
    /// Bytes of memory that the decoder needs for itself, on top of the pixels it yields.
    pub decoder_memory: u64,
    /// Whether this is a WebP that stores the pixels without loss.
    pub lossless_webp: bool,
    /// The HDR gain map that goes with the picture.
    pub gain_map: Option<MapHeader>,
}

impl Header {
    /// Bytes of the decoded pixels.
    pub fn bytes(&self) -> u64 {
        self.size.pixels().saturating_mul(self.channels.count() as u64).saturating_mul(self.sample_bytes)
    }

    /// Width and height with the orientation applied.
    pub(crate) fn upright_size(&self) -> Size {
        let Size { width, height } = self.size;
        match self.orientation {
            Orientation::NoTransforms
            | Orientation::Rotate180
            | Orientation::FlipHorizontal
            | Orientation::FlipVertical => self.size,
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => Size { width: height, height: width },
        }
    }
}

/// The bytes to decode, and on which conditions.
pub struct Source<'a> {
    /// The file from its first byte to its last.
    pub bytes: &'a [u8],
    /// Bytes of memory that a decoder may allocate.
    pub memory: u64,
    /// How a raw photo becomes a picture.
    pub raw: RawPolicy,
    /// Asked once with the header, before anything is allocated for the pixels: what of the picture is
    /// wanted. Its error is the decoder's.
    pub admit: &'a dyn Fn(&Header) -> Result<Wanted, JobError>,
}

/// What of a picture is wanted. A decoder that can do with less work yields less; any may yield all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// Nothing but the luma.
    pub luma_only: bool,
    /// 1, 2, 4 or 8: a picture whose edges are divided by this, rounded up, is enough.
    pub shrink: u32,
    /// The exposure in stops, for pictures of light (see `FormatInfo::is_light`) and raw photos alone, where
    /// it comes before the curve that makes them fit a screen.
    pub ev: f32,
}

impl Wanted {
    /// The picture as it is stored.
    pub const ALL: Wanted = Wanted { luma_only: false, shrink: 1, ev: 0.0 };
}

/// Why no HDR gain map is read of a file that speaks of one beside its metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostMap {
    /// It is not there.
    Missing,
    /// It has many more pixels than its photo.
    TooLarge,
    /// It is of a kind that is not read.
    Unread,
}

/// A decoded picture with all that came with it.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The header as it was admitted.
    pub header: Header,
    /// The pixels as stored: not turned, and not converted unless they were inks.
    pub picture: Picture,
    /// What else the file holds.
    pub metadata: Metadata,
    /// The HDR gain map, as it is in the file.
    pub gain_map: Option<GainMap>,
    /// Why it is not, though the file speaks of one beside its metadata.
    pub lost_map: Option<LostMap>,
    /// Whether the pixels were converted from a profile, which is gone from the metadata, to sRGB.
    pub became_srgb: bool,
    /// Whether what is stored are inks or Lab, which no result can keep.
    pub has_inks: bool,
    /// Whether the pixels have other colours than those that are stored.
    pub recolored: bool,
    /// Whether 8 bits were too few for what the file says.
    pub was_deep: bool,
    /// What the user should know although it worked.
    pub warnings: Vec<String>,
}

impl Decoded {
    /// The same with another picture, and without its warnings.
    pub(crate) fn with(&self, picture: Picture) -> Decoded {
        let Decoded { header, became_srgb, has_inks, recolored, was_deep, lost_map, .. } = *self;
        let (metadata, gain_map) = (self.metadata.clone(), self.gain_map.clone());
        let warnings = Vec::new();
        Decoded {
            header,
            picture,
            metadata,
            gain_map,
            lost_map,
            became_srgb,
            has_inks,
            recolored,
            was_deep,
            warnings,
        }
    }
}

/// What turns bytes into a picture. A plain function, so that tests can serve with one that breaks on
/// command.
pub type Decode = fn(&Source<'_>) -> Result<Decoded, JobError>;

/// A file whose header has been read.
trait Opened {
    /// What the header says; the orientation is what the format itself stores, if it does.
    fn header(&self) -> Header;

    /// Whether the format itself says how to turn the pixels, so that nothing else counts.
    fn says_orientation(&self) -> bool {
        false
    }

    /// Whether it stores inks, which become light.
    fn has_inks(&self) -> bool {
        false
    }

    /// Everything beside the pixels.
    fn metadata(&mut self) -> Metadata;

    /// The HDR gain map: a JPEG.
    fn gain_map(&self) -> Option<Vec<u8>> {
        None
    }

    /// Why there is none, though the file speaks of one beside its metadata.
    fn lost_map(&self) -> Option<LostMap> {
        None
    }

    /// Says what of the picture is wanted, before it is decoded.
    fn want(&mut self, _wanted: Wanted) {}

    /// Decodes. Takes the profile out of `metadata` where, and only where, the pixels come out converted to
    /// sRGB.
    fn decode(
        self: Box<Self>,
        memory: u64,
        metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError>;
}

/// Decodes an image of any format known.
///
/// Errors are of stage decode: `not-an-image`, `unsupported`, `truncated`, `corrupt`, `too-large`,
/// `out-of-memory`, or what [`Source::admit`] answers.
pub fn decode(source: &Source<'_>) -> Result<Decoded, JobError> {
    let mut opened = open(source.bytes, source.raw)?;
    let (header, mut metadata) = describe(source.bytes, opened.as_mut());
    opened.want((source.admit)(&header)?);
    let mut warnings = Vec::new();
    let had_profile = metadata.icc.is_some();
    let gain_map = opened.gain_map().map(|jpeg| GainMap { jpeg, colors: metadata.icc.clone() });
    let lost_map = opened.lost_map();
    let has_inks = opened.has_inks();
    let picture = opened.decode(source.memory, &mut metadata, &mut warnings)?;
    let became_srgb = had_profile && metadata.icc.is_none();
    if picture.samples.len() as u64 != picture.size.pixels() * picture.channels.count() as u64 {
        return Err(fail(ErrorKind::Corrupt, "the decoder yields fewer samples than the header promises"));
    }
    let has_inks = became_srgb || has_inks;
    Ok(Decoded {
        header,
        was_deep: is_deep(&picture, header.format),
        picture,
        metadata,
        gain_map,
        lost_map,
        became_srgb,
        has_inks,
        recolored: has_inks,
        warnings,
    })
}

/// Reads the header and what is beside the pixels.
pub(crate) fn probe(bytes: &[u8], raw: RawPolicy) -> Result<(Header, Metadata), JobError> {
    Ok(describe(bytes, open(bytes, raw)?.as_mut()))
}

fn open(bytes: &[u8], policy: RawPolicy) -> Result<Box<dyn Opened + '_>, JobError> {
    match Format::sniff(bytes) {
        Some(Format::Raw) => raw::open(bytes, policy),
        // A TIFF decoder would yield its thumbnail, or nonsense.
        Some(Format::Tiff) if exif::is_raw_photo(bytes) => raw::open(bytes, policy),
        Some(Format::Jpeg) => jpeg::open(bytes),
        Some(Format::Webp) => webp::open(bytes),
        Some(Format::Tiff) => tiff::open(bytes),
        Some(Format::Png) => png::open(bytes),
        Some(Format::Gif) => gif::open(bytes),
        Some(Format::Bmp) => bmp::open(bytes),
        Some(Format::Jxl) => jxl::open(bytes),
        Some(Format::Exr) => light::exr::open(bytes),
        Some(Format::Hdr) => light::hdr::open(bytes),
        Some(Format::Pnm) => pnm::open(bytes),
        Some(Format::Qoi) => qoi::open(bytes),
        // `sniff` knows no AVIF; the name does.
        Some(Format::Avif) | None => Err(match unsupported::name(bytes) {
            Some(name) => fail(ErrorKind::Unsupported, format!("{name} files cannot be decoded")),
            None => fail(ErrorKind::NotAnImage, "the content is of no known picture format"),
        }),
    }
}

fn describe(bytes: &[u8], opened: &mut (dyn Opened + '_)) -> (Header, Metadata) {
    let mut metadata = opened.metadata();
    metadata::extras::limit_texts(&mut metadata);
    metadata::gather(&mut metadata);
    if metadata.icc.is_none() && metadata.exif.as_deref().is_some_and(exif::is_adobe_rgb) {
        metadata.icc = color::adobe_rgb();
    }
    let mut header = opened.header();
    if !opened.says_orientation() {
        header.orientation = metadata::orientation(&metadata).unwrap_or(Orientation::NoTransforms);
    }
    metadata.density = density::read(header.format, bytes, &metadata);
    (header, metadata)
}

/// An error of the decode stage.
fn fail(kind: ErrorKind, detail: impl std::fmt::Display) -> JobError {
    JobError::new(Stage::Decode, kind, detail)
}

/// What is said of channels and layers that a picture has beside its colours, by their names.
fn lost_channels(names: impl IntoIterator<Item = String>) -> Option<String> {
    const MAX_NAMED: usize = 16;
    let names = names.into_iter().take(MAX_NAMED).collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| format!("channels or layers beside the colours were left out ({names})"))
}

/// A size as a header gives it; an edge of nothing is a lie.
fn size(width: u64, height: u64) -> Result<Size, JobError> {
    match (u32::try_from(width), u32::try_from(height)) {
        (Ok(0), _) | (_, Ok(0)) => {
            Err(fail(ErrorKind::Corrupt, format!("the header says {width}×{height} pixels")))
        }
        (Ok(width), Ok(height)) => Ok(Size { width, height }),
        (Err(_), _) | (_, Err(_)) => Err(fail(ErrorKind::TooLarge, format!("{width}×{height} pixels"))),
    }
}

/// A buffer for so many samples; running out of memory is an answer, not the end of the worker.
fn buffer<T: Copy + Default>(samples: u64) -> Result<Vec<T>, JobError> {
    let out_of_memory = || fail(ErrorKind::OutOfMemory, format!("no memory for {samples} samples"));
    let len = usize::try_from(samples).map_err(|_| out_of_memory())?;
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(len).map_err(|_| out_of_memory())?;
    buffer.resize(len, T::default());
    Ok(buffer)
}

#[cfg(test)]
pub(crate) use self::raw::testing;

#[cfg(test)]
mod tests;
