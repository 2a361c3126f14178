//! JPEG by libjpeg-turbo: the only decoder at hand that reports truncation, and by far the fastest encoder.

mod arithmetic;
mod bands;
pub(super) mod density;
mod encode;
mod extras;
mod fault;
mod frame;
pub(crate) mod gain_map;
mod huffman;
mod insert;
pub(crate) mod lossless;
mod markers;
mod mend;
mod restarts;
mod segments;
mod units;
mod walk;

use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;
use turbojpeg::{Colorspace, DecompressHeader, Decompressor, Image, PixelFormat, ScalingFactor};

use self::arithmetic::Completeness;
pub(super) use self::encode::{encode, encoder_memory};
use self::fault::Fault;
use self::frame::{Coding, Frame, Scanned};
use self::gain_map::MapHeader;
use self::segments::Segments;
use super::{Header, LostMap, Opened, Wanted, buffer, error, fail, size};
use crate::color;
use crate::image::{Channels, Metadata, Picture, Samples};

/// Scans of a progressive file; encoders write about ten, and each can cost a pass over the whole picture.
const MAX_SCANS: u32 = 500;
/// Pixels that a gain map may always have: more than its photo are worth no more memory.
const SMALL_MAP: u64 = 1 << 21;
/// libjpeg's own limit on an edge in pixels.
const MAX_EDGE: u32 = 65_500;
const MAY_BE_CUT: &str = "the end of its image data may be missing: look whether the picture is whole";

struct JpegFile<'a> {
    bytes: &'a [u8],
    decompressor: Decompressor,
    header: DecompressHeader,
    size: Size,
    segments: Segments,
    gain_map: Option<(&'a [u8], MapHeader)>,
    /// Whether there is a gain map that has many more pixels than the photo.
    map_is_too_large: bool,
    wanted: Wanted,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let mut file = JpegFile::open(bytes, segments::read_whole(bytes))?;
    let Segments { data, end, .. } = file.segments;
    let map = gain_map::find(bytes, data).and_then(|place| {
        let header = gain_map::header(bytes.get(place.clone())?)?;
        Some((place, header))
    });
    let most = file.size.pixels().max(SMALL_MAP);
    file.map_is_too_large = map.as_ref().is_some_and(|(_, header)| header.size.pixels() > most);
    let behind = extras::behind(bytes, end, map.as_ref().map(|(place, _)| place));
    file.segments.metadata.extras.extend(behind);
    let map = map.filter(|_| !file.map_is_too_large);
    file.gain_map = map.and_then(|(place, header)| Some((bytes.get(place)?, header)));
    Ok(Box::new(file))
}

/// The EXIF of a JPEG, whatever the rest of it is.
pub(super) fn exif(bytes: &[u8]) -> Option<Vec<u8>> {
    segments::read(bytes).metadata.exif
}

/// The header, of a mended copy where libjpeg dislikes that of the file.
fn read_header(decompressor: &mut Decompressor, bytes: &[u8]) -> Result<DecompressHeader, JobError> {
    decompressor.read_header(bytes).or_else(|error| {
        let mended = mend::header(bytes).ok().and_then(|mended| decompressor.read_header(&mended).ok());
        mended.ok_or_else(|| trouble(&error, bytes))
    })
}

impl JpegFile<'_> {
    /// The picture alone: what follows it is not looked for.
    fn open(bytes: &[u8], segments: Segments) -> Result<JpegFile<'_>, JobError> {
        if !segments.complete {
            return Err(fail(ErrorKind::Truncated, "the file ends before the image data begins"));
        }
        let frame = segments.frame.as_ref();
        if frame.is_none() && frame::is_jpeg_ls(bytes) {
            return Err(fail(ErrorKind::Unsupported, "JPEG-LS files cannot be decoded"));
        }
        if let Some(bits) = frame.map(|frame| frame.precision).filter(|bits| *bits != 8) {
            return Err(fail(
                ErrorKind::Unsupported,
                format!("JPEG files of {bits} bits per sample cannot be decoded"),
            ));
        }
        if frame.is_some_and(|frame| frame.height == 0) {
            let detail = "JPEG files that tell their height behind the picture (DNL) cannot be decoded";
            return Err(fail(ErrorKind::Unsupported, detail));
        }
        if frame.is_some_and(|frame| frame.coding == Coding::Progressive && frame.shares_numbers()) {
            let detail = "progressive JPEG files with components of the same number cannot be decoded";
            return Err(fail(ErrorKind::Unsupported, detail));
        }
        let mut decompressor = Decompressor::new().map_err(|error| trouble(&error, bytes))?;
        decompressor.set_scan_limit(MAX_SCANS).map_err(|error| trouble(&error, bytes))?;
        let header = read_header(&mut decompressor, bytes)?;
        let size = size(header.width as u64, header.height as u64)?;
        let (gain_map, wanted) = (None, Wanted::ALL);
        Ok(JpegFile {
            bytes,
            decompressor,
            header,
            size,
            segments,
            gain_map,
            map_is_too_large: false,
            wanted,
        })
    }

    /// Decodes into `image`. What libjpeg warns of is no damage where all blocks are there.
    fn decompress(
        &mut self,
        mut image: Image<&mut [u8]>,
        warnings: &mut Vec<String>,
    ) -> Result<(), JobError> {
        let first = if self.shares_numbers() {
            // libjpeg would take scans of other components for scans of the first, without a word.
            Err(fail(ErrorKind::Corrupt, error::DAMAGED))
        } else {
            let decoded = self.decompressor.decompress(self.bytes, image.as_deref_mut());
            decoded.map_err(|error| trouble(&error, self.bytes))
        };
        let Err(first) = first else {
            let (frame, scans) = (self.segments.frame.clone(), self.segments.data);
            return self.check_decoded(self.bytes, frame, scans, &image, warnings);
        };
        if !matches!(first.kind, ErrorKind::Truncated | ErrorKind::Corrupt) {
            return Err(first);
        }
        let mended = mend::mend(self.bytes).map_err(|fault| damage(fault, first, self.bytes))?;
        self.decompressor
            .decompress(&mended.bytes, image.as_deref_mut())
            .map_err(|error| trouble(&error, &mended.bytes))?;
        mended.notes.into_iter().for_each(|note| error::warn(warnings, note));
        let Segments { frame, data, .. } = segments::read(&mended.bytes);
        self.check_decoded(&mended.bytes, frame, data, &image, warnings)
    }

    /// That nothing is missing in a picture which was decoded from this file: by the headers of its scans, of
    /// which the first is at `scans`, and by its arithmetic codes. libjpeg misses neither.
    fn check_decoded(
        &mut self,
        jpeg: &[u8],
        frame: Option<Frame>,
        scans: usize,
        image: &Image<&mut [u8]>,
        warnings: &mut Vec<String>,
    ) -> Result<(), JobError> {
        let Some(frame) = frame else { return Ok(()) };
        if frame.arithmetic {
            match arithmetic::completeness(&mut self.decompressor, (jpeg, scans), &frame, image)? {
                Completeness::Whole => {}
                Completeness::Unclear => error::warn(warnings, MAY_BE_CUT),
                Completeness::Cut => {
                    return Err(fail(ErrorKind::Truncated, "a part of the image data is missing"));
                }
            }
        }
        match frame::scanned(jpeg, scans, frame) {
            Scanned::Whole => Ok(()),
            Scanned::Coarse => {
                error::warn(
                    warnings,
                    "its last scans are missing: the file has only a coarse version of the picture",
                );
                Ok(())
            }
            Scanned::Missing => Err(fail(ErrorKind::Truncated, "a part of the picture has no image data")),
        }
    }

    fn shares_numbers(&self) -> bool {
        self.segments.frame.as_ref().is_some_and(Frame::shares_numbers)
    }

    /// What libjpeg-turbo is asked for: it does not convert CMYK to RGB. The luma of a file is that of its
    /// own colours, so it will not do where a profile converts them.
    fn pixel_format(&self, has_profile: bool) -> PixelFormat {
        match self.header.colorspace {
            Colorspace::Gray => PixelFormat::GRAY,
            Colorspace::YCbCr if self.wanted.luma_only && !has_profile => PixelFormat::GRAY,
            Colorspace::RGB | Colorspace::YCbCr => PixelFormat::RGB,
            Colorspace::CMYK | Colorspace::YCCK => PixelFormat::CMYK,
        }
    }

    /// By how much decoding shrinks the picture.
    fn scaling(&self) -> ScalingFactor {
        if self.header.is_lossless || self.is_cmyk() {
            return ScalingFactor::ONE;
        }
        match self.wanted.shrink {
            8.. => ScalingFactor::ONE_EIGHTH,
            4..8 => ScalingFactor::ONE_QUARTER,
            2..4 => ScalingFactor::ONE_HALF,
            0..2 => ScalingFactor::ONE,
        }
    }

    fn is_cmyk(&self) -> bool {
        match self.header.colorspace {
            Colorspace::CMYK | Colorspace::YCCK => true,
            Colorspace::Gray | Colorspace::RGB | Colorspace::YCbCr => false,
        }
    }
}

impl Opened for JpegFile<'_> {
    fn header(&self) -> Header {
        let gray = self.header.colorspace == Colorspace::Gray;
        let pixels = self.size.pixels();
        // A progressive image is held as 16-bit coefficients until its last scan; CMYK is converted from a
        // buffer of its own.
        let coefficients = if self.header.is_progressive { pixels * 2 * if gray { 1 } else { 3 } } else { 0 };
        // For a file with faults: a copy without them, what has to change in a scan, and eight bytes for
        // each block of each component, of which edges have parts.
        let copies = 2 * self.bytes.len() as u64;
        let blocks = (u64::from(self.size.width) / 8 + 1) * (u64::from(self.size.height) / 8 + 1);
        let maps = if self.header.is_progressive { blocks * 4 * 8 } else { 0 };
        // Decoded again, from a copy that is longer than the file.
        let is_arithmetic = self.segments.frame.as_ref().is_some_and(|frame| frame.arithmetic);
        let twice = if is_arithmetic { pixels * 4 + copies * 16 } else { 0 };
        Header {
            format: Format::Jpeg,
            size: self.size,
            channels: if gray { Channels::Grey } else { Channels::Rgb },
            sample_bytes: 1,
            orientation: image::metadata::Orientation::NoTransforms,
            decoder_memory: coefficients
                + copies
                + maps
                + twice
                + if self.is_cmyk() { pixels * 4 } else { 0 },
            lossless_webp: false,
            gain_map: self.gain_map.map(|(_, header)| header),
        }
    }

    fn has_inks(&self) -> bool {
        self.is_cmyk()
    }

    fn metadata(&mut self) -> Metadata {
        std::mem::take(&mut self.segments.metadata)
    }

    fn gain_map(&self) -> Option<Vec<u8>> {
        self.gain_map.map(|(map, _)| map.to_vec())
    }

    fn lost_map(&self) -> Option<LostMap> {
        match self.map_is_too_large {
            true => Some(LostMap::TooLarge),
            false if self.gain_map.is_none() => self.segments.gain_map.is_some().then_some(LostMap::Missing),
            false => None,
        }
    }

    fn want(&mut self, wanted: Wanted) {
        self.wanted = wanted;
    }

    fn decode(
        mut self: Box<Self>,
        _memory: u64,
        metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let format = self.pixel_format(metadata.icc.is_some());
        let scaling = self.scaling();
        self.decompressor.set_scaling_factor(scaling).map_err(|error| trouble(&error, self.bytes))?;
        let (width, height) = (scaling.scale(self.header.width), scaling.scale(self.header.height));
        let mut pixels = buffer((width * height * format.size()) as u64)?;
        let image =
            Image { pixels: pixels.as_mut_slice(), width, pitch: width * format.size(), height, format };
        self.decompress(image, warnings)?;
        if self.segments.profile_is_cut {
            warnings.push("a part of the colour profile is missing: it was left out".to_owned());
        }
        let channels = if format == PixelFormat::GRAY { Channels::Grey } else { Channels::Rgb };
        if self.is_cmyk() {
            pixels = color::cmyk_to_rgb(pixels, self.segments.adobe, &mut metadata.icc, warnings);
        }
        let size = size(width as u64, height as u64)?;
        Ok(Picture { size, channels, samples: Samples::U8(pixels) })
    }
}

/// A JPEG stream that is a part of a picture in another format: its samples as they are stored, but for luma
/// and chroma, which become colours.
pub(super) struct JpegPart {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples of a pixel.
    pub(super) step: usize,
    pub(super) samples: Vec<u8>,
}

/// Decodes a part that is no larger than this. A warning that other parts have given is not repeated.
pub(super) fn decode_part(jpeg: &[u8], most: Size, warnings: &mut Vec<String>) -> Result<JpegPart, JobError> {
    let mut file = JpegFile::open(jpeg, segments::read(jpeg))?;
    if file.size.width > most.width || file.size.height > most.height {
        return Err(fail(ErrorKind::Corrupt, "a part of the picture is larger than its place"));
    }
    let format = file.pixel_format(true);
    let (width, height, step) = (file.header.width, file.header.height, format.size());
    let mut samples = buffer((width * height * step) as u64)?;
    let image = Image { pixels: samples.as_mut_slice(), width, pitch: width * step, height, format };
    file.decompress(image, warnings)?;
    Ok(JpegPart { width, height, step, samples })
}

/// What an error of libjpeg-turbo about this file means.
fn trouble(error: &turbojpeg::Error, jpeg: &[u8]) -> JobError {
    const UNSUPPORTED: &[&str] =
        &["Unsupported JPEG", "Unsupported color conversion", "Sorry", "unknown colorspace"];
    let text = error.to_string();
    if UNSUPPORTED.iter().any(|words| text.contains(words)) {
        fail(ErrorKind::Unsupported, "JPEG files of this rare kind cannot be decoded")
    } else if text.contains("Maximum supported image dimension") {
        fail(ErrorKind::TooLarge, format!("more than {MAX_EDGE} pixels along an edge"))
    } else if text.contains("Insufficient memory") {
        fail(ErrorKind::OutOfMemory, "no memory to decode it")
    } else if text.contains("Premature end of JPEG file") || !has_end(jpeg) {
        fail(ErrorKind::Truncated, error::ENDS_EARLY)
    } else {
        fail(ErrorKind::Corrupt, error::DAMAGED)
    }
}

/// What a fault in the scans of this file means; `first` is what libjpeg has said of it.
fn damage(fault: Fault, first: JobError, jpeg: &[u8]) -> JobError {
    let corrupt = |detail| match has_end(jpeg) {
        true => fail(ErrorKind::Corrupt, detail),
        false => fail(ErrorKind::Truncated, error::ENDS_EARLY),
    };
    match fault {
        Fault::Ended => fail(ErrorKind::Truncated, error::ENDS_EARLY),
        Fault::Missing => corrupt("a part of the image data is missing"),
        Fault::Surplus => fail(
            ErrorKind::Corrupt,
            "more image data than the picture has room for: some of it is damaged or in the wrong place",
        ),
        Fault::BadCode => corrupt("the image data has codes that mean nothing"),
        Fault::Restart => corrupt("a part of the image data is missing, or out of order"),
        Fault::NoMemory => fail(ErrorKind::OutOfMemory, "no memory to look for what is missing"),
        Fault::Unknown => first,
    }
}

/// Whether an end marker follows the start of the image data. Inside that data a marker cannot occur by
/// chance.
fn has_end(jpeg: &[u8]) -> bool {
    let data = segments::read(jpeg).data;
    jpeg.get(data..).is_some_and(|data| data.windows(2).any(|pair| pair == [0xFF, 0xD9]))
}
