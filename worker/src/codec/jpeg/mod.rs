//! JPEG by libjpeg-turbo: the only decoder at hand that reports truncation, and by far the fastest encoder.

mod extras;
pub(crate) mod gain_map;
mod insert;
mod markers;
mod mend;
mod segments;

use protocol::{ErrorKind, JobError, Stage};
use recipe::Format;
use recipe::filter::geometry::Size;
use recipe::format::Subsampling;
use recipe::recipe::Output;
use turbojpeg::{
    Colorspace, Compressor, DecompressHeader, Decompressor, Image, PixelFormat, ScalingFactor, Subsamp,
};

use self::gain_map::MapHeader;
use self::segments::Segments;
use super::{Header, Opened, Wanted, buffer, error, fail, size};
use crate::color;
use crate::image::{Channels, Metadata, Picture, Samples};

/// Scans of a progressive file; encoders write about ten, and each can cost a pass over the whole picture.
const MAX_SCANS: u32 = 500;
/// libjpeg's own limit on an edge in pixels.
const MAX_EDGE: u32 = 65_500;

struct JpegFile<'a> {
    bytes: &'a [u8],
    decompressor: Decompressor,
    header: DecompressHeader,
    size: Size,
    segments: Segments,
    gain_map: Option<(&'a [u8], MapHeader)>,
    wanted: Wanted,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let mut file = JpegFile::open(bytes)?;
    let data = file.segments.data;
    let map = gain_map::find(bytes, data).and_then(|place| {
        // One larger than its photo is not worth the memory.
        let header = gain_map::header(bytes.get(place.clone())?)?;
        (header.size.pixels() <= file.size.pixels()).then_some((place, header))
    });
    file.segments.metadata.extras.extend(extras::behind(bytes, data, map.as_ref().map(|(place, _)| place)));
    file.gain_map = map.and_then(|(place, header)| Some((bytes.get(place)?, header)));
    Ok(Box::new(file))
}

/// The header, of a mended copy where libjpeg dislikes that of the file.
fn read_header(decompressor: &mut Decompressor, bytes: &[u8]) -> Result<DecompressHeader, JobError> {
    decompressor.read_header(bytes).or_else(|error| {
        let mended = mend::mend(bytes).and_then(|mended| decompressor.read_header(&mended.bytes).ok());
        mended.ok_or_else(|| trouble(&error, bytes))
    })
}

impl JpegFile<'_> {
    /// The picture alone: what follows it is not looked for.
    fn open(bytes: &[u8]) -> Result<JpegFile<'_>, JobError> {
        let segments = segments::read(bytes);
        if !segments.complete {
            return Err(fail(ErrorKind::Truncated, "the file ends before the image data begins"));
        }
        if let Some(bits) = segments.precision.filter(|bits| *bits != 8) {
            return Err(fail(
                ErrorKind::Unsupported,
                format!("JPEG files of {bits} bits per sample cannot be decoded"),
            ));
        }
        let mut decompressor = Decompressor::new().map_err(|error| trouble(&error, bytes))?;
        decompressor.set_scan_limit(MAX_SCANS).map_err(|error| trouble(&error, bytes))?;
        let header = read_header(&mut decompressor, bytes)?;
        let size = size(header.width as u64, header.height as u64)?;
        Ok(JpegFile { bytes, decompressor, header, size, segments, gain_map: None, wanted: Wanted::ALL })
    }

    /// Decodes into `image`. What libjpeg warns of is no damage where all blocks are there.
    fn decompress(
        &mut self,
        mut image: Image<&mut [u8]>,
        warnings: &mut Vec<String>,
    ) -> Result<(), JobError> {
        let Err(first) = self.decompressor.decompress(self.bytes, image.as_deref_mut()) else {
            return Ok(());
        };
        let trouble = || trouble(&first, self.bytes);
        let mended = mend::mend(self.bytes).ok_or_else(trouble)?;
        let left = match self.decompressor.decompress(&mended.bytes, image) {
            Ok(()) => 0,
            Err(left) => left_over(&left).ok_or_else(trouble)?,
        };
        if mended.may_be_unwritten(left) {
            return Err(fail(ErrorKind::Truncated, error::ENDS_EARLY));
        }
        if left > 0 {
            warnings.push(format!("{left} bytes too many at the end of the image data were ignored"));
        }
        warnings.extend(mended.notes.into_iter().map(String::from));
        Ok(())
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
        Header {
            format: Format::Jpeg,
            size: self.size,
            channels: if gray { Channels::Grey } else { Channels::Rgb },
            sample_bytes: 1,
            orientation: image::metadata::Orientation::NoTransforms,
            decoder_memory: coefficients + if self.is_cmyk() { pixels * 4 } else { 0 },
            lossless_webp: false,
            gain_map: self.gain_map.map(|(_, header)| header),
        }
    }

    fn metadata(&mut self) -> Metadata {
        std::mem::take(&mut self.segments.metadata)
    }

    fn gain_map(&self) -> Option<Vec<u8>> {
        self.gain_map.map(|(map, _)| map.to_vec())
    }

    fn announces_gain_map(&self) -> bool {
        self.segments.gain_map.is_some()
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
        let channels = if format == PixelFormat::GRAY { Channels::Grey } else { Channels::Rgb };
        if self.is_cmyk() {
            pixels = color::cmyk_to_rgb(pixels, self.segments.adobe, &mut metadata.icc, warnings);
        }
        let size = size(width as u64, height as u64)?;
        Ok(Picture { size, channels, samples: Samples::U8(pixels) })
    }
}

/// The count in libjpeg's warning about bytes that are left over before the end marker, when that is all that
/// is wrong. libjpeg tells the first warning of a file, so nothing was amiss before the end.
fn left_over(error: &turbojpeg::Error) -> Option<usize> {
    let text = error.to_string();
    let count = text.strip_suffix(" extraneous bytes before marker 0xd9")?.rsplit(' ').next()?;
    count.parse().ok()
}

/// What an error of libjpeg-turbo about this file means.
fn trouble(error: &turbojpeg::Error, jpeg: &[u8]) -> JobError {
    const UNSUPPORTED: &[&str] =
        &["Unsupported JPEG", "Unsupported color conversion", "Sorry", "unknown colorspace"];
    let text = error.to_string();
    let text = text.strip_prefix("TurboJPEG error: ").unwrap_or(&text);
    let kind = if UNSUPPORTED.iter().any(|words| text.contains(words)) {
        ErrorKind::Unsupported
    } else if text.contains("Maximum supported image dimension") {
        ErrorKind::TooLarge
    } else if text.contains("Insufficient memory") {
        ErrorKind::OutOfMemory
    } else if text.contains("Premature end of JPEG file") || !has_end(jpeg) {
        return fail(ErrorKind::Truncated, error::ENDS_EARLY);
    } else {
        ErrorKind::Corrupt
    };
    fail(kind, error::fragment(text))
}

/// Whether an end marker follows the start of the image data. Inside that data a marker cannot occur by
/// chance.
fn has_end(jpeg: &[u8]) -> bool {
    let data = segments::read(jpeg).data;
    jpeg.get(data..).is_some_and(|data| data.windows(2).any(|pair| pair == [0xFF, 0xD9]))
}

/// Encodes; grey stays grey.
pub(super) fn encode(
    picture: Picture,
    output: &Output,
    metadata: &Metadata,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    let Size { width, height } = picture.size;
    if width.max(height) > MAX_EDGE {
        let detail = format!("{width}×{height} pixels; a JPEG holds at most {MAX_EDGE} along an edge");
        return Err(JobError::new(Stage::Encode, ErrorKind::TooLarge, detail));
    }
    let picture = picture.into_opaque().into_8_bit();
    let Samples::U8(pixels) = &picture.samples else { return Err(error::misfit(Stage::Encode)) };
    let (format, subsampling) = match picture.channels {
        Channels::Grey | Channels::GreyAlpha => (PixelFormat::GRAY, Subsamp::Gray),
        Channels::Rgb | Channels::Rgba => (PixelFormat::RGB, subsampling(output.subsampling)),
    };
    let (width, height) = (width as usize, height as usize);
    let image = Image { pixels: pixels.as_slice(), width, pitch: width * format.size(), height, format };
    let jpeg = compress(image, i32::from(output.quality), subsampling).map_err(|e| error::encoding(&e))?;
    Ok(insert::insert(&jpeg, metadata, warnings))
}

fn compress(
    image: Image<&[u8]>,
    quality: i32,
    subsampling: Subsamp,
) -> turbojpeg::Result<turbojpeg::OwnedBuf> {
    let mut compressor = Compressor::new()?;
    compressor.set_quality(quality)?;
    compressor.set_subsamp(subsampling)?;
    compressor.compress_to_owned(image)
}

fn subsampling(subsampling: Subsampling) -> Subsamp {
    match subsampling {
        Subsampling::S444 => Subsamp::None,
        Subsampling::S422 => Subsamp::Sub2x1,
        Subsampling::S420 => Subsamp::Sub2x2,
    }
}
