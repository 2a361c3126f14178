//! From pixels to the bytes of a file: one format or the other, and the quality at which it fits a limit.
//! No state; runs on the lane's thread.

use protocol::outcome::ChosenQuality;
use protocol::{ErrorKind, JobError, Stage};
use recipe::Format;
use recipe::filter::Color;
use recipe::filter::geometry::Size;
use recipe::format::RawPolicy;
use recipe::recipe::Output;

use super::score::{self, Reference};
use super::size_limit::SizeLimit;
use super::target::{self, TooLarge, Tried};
use super::{avif, jpeg, png, size_limit, tiff, webp};
use crate::image::{Channels, Metadata, Picture, Samples, is_grey};

/// Encodes a picture. What the format cannot hold is converted: 16 bits become 8, transparency is laid over
/// [`Output::background`]; metadata that it cannot hold is left out with a warning. `lossless` concerns
/// WebP, the one format that could do either.
///
/// Errors are of stage encode: `too-large` for a picture beyond what the format can hold or a file beyond
/// [`Output::max_bytes`], `out-of-memory`, `bad-parameter` where [`Output::lossless`] cannot be.
pub fn encode(
    picture: Picture,
    format: Format,
    output: &Output,
    metadata: &Metadata,
    lossless: bool,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    let encoding = Encoding { format, output, metadata, lossless, taken: 0 };
    encoding.encode(picture, warnings).map(|encoded| encoded.file)
}

/// What a picture becomes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encoding<'a> {
    pub(crate) format: Format,
    pub(crate) output: &'a Output,
    pub(crate) metadata: &'a Metadata,
    /// Whether a format that could do either stores pixels without loss.
    pub(crate) lossless: bool,
    /// Bytes of what [`Output::max_bytes`] allows that an HDR gain map will take.
    pub(crate) taken: u64,
}

/// A picture as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) file: Vec<u8>,
    /// The quality, where it was chosen for this picture.
    pub(crate) chosen: Option<ChosenQuality>,
}

impl From<Vec<u8>> for Encoded {
    fn from(file: Vec<u8>) -> Encoded {
        Encoded { file, chosen: None }
    }
}

impl Encoding<'_> {
    /// See [`encode`].
    pub(crate) fn encode(&self, picture: Picture, warnings: &mut Vec<String>) -> Result<Encoded, JobError> {
        let Output { max_bytes, lossless, .. } = *self.output;
        if lossless {
            self.check_lossless(&picture)?;
        }
        if let Some(target) = self.output.target_quality.filter(|_| self.format.info().has_quality) {
            return self.by_likeness(target, picture, warnings);
        }
        let Some(limit) = max_bytes else { return self.once(picture, warnings).map(Encoded::from) };
        if lossless || !self.format.info().has_quality {
            let help = match lossless {
                true => "without --lossless it could be smaller",
                false => "--format jpeg would help",
            };
            return size_limit::lossless(limit, self.once(picture, warnings)?, help).map(Encoded::from);
        }
        if self.lossless {
            let mut said = Vec::new();
            let file = self.once(picture.clone(), &mut said)?;
            if file.len() as u64 <= limit {
                warnings.append(&mut said);
                return Ok(file.into());
            }
            warnings.push(format!(
                "without loss it would have {} bytes (--max-bytes): it lost some quality",
                file.len()
            ));
        }
        self.within(limit, picture, warnings)
    }

    /// The smallest file that is as like the picture as this, unless that is larger than it may be.
    fn by_likeness(
        &self,
        target: u8,
        picture: Picture,
        warnings: &mut Vec<String>,
    ) -> Result<Encoded, JobError> {
        let picture = self.stored(picture);
        let reference = Reference::new(&picture)?;
        let mut said = Vec::new();
        let mut of_quality = |quality: u8| {
            said.clear();
            let output = Output { quality, ..*self.output };
            Encoding { output: &output, lossless: false, ..*self }.once(picture.clone(), &mut said)
        };
        let make = |quality: u8| {
            let file = of_quality(quality)?;
            let bytes = file.len() as u64;
            Ok((file, bytes))
        };
        let score = |file: &Vec<u8>| reference.score(&decoded(file, self.format)?);
        let limit = self.output.max_bytes.map(|bytes| SizeLimit { bytes, taken: self.taken });
        let (Tried { file, quality, score: reached }, too_large) =
            target::search(target.into(), limit, make, score)?;
        let note = (reached < f64::from(target)).then(|| match too_large {
            Some(TooLarge { quality, bytes }) => {
                format!("--max-bytes allows no more (quality {quality} would have {bytes} bytes)")
            }
            None => "no quality reaches it".to_owned(),
        });
        warnings.append(&mut said);
        if let Some(why) = note {
            warnings.push(format!("it scores {reached:.1}, less than {target} (--target-quality): {why}"));
        }
        let score = Some((reached * 100.0).round() as i32);
        Ok(Encoded { file, chosen: Some(ChosenQuality { quality, score }) })
    }

    /// The picture as this format stores it, as far as it is not the encoder that changes it.
    fn stored(&self, picture: Picture) -> Picture {
        let written = self.format.info().written;
        let picture = match written.is_some_and(|written| written.transparency) {
            true => picture,
            false => picture.into_opaque(self.output.background),
        };
        let picture = picture.into_8_bit();
        if written.is_some_and(|written| written.grey) { picture } else { picture.into_color() }
    }

    /// The file of the highest quality that has at most so many bytes.
    fn within(&self, limit: u64, picture: Picture, warnings: &mut Vec<String>) -> Result<Encoded, JobError> {
        let mut said = Vec::new();
        let limit = SizeLimit { bytes: limit, taken: self.taken };
        let (file, quality) = size_limit::encode(limit, self.output.quality, |quality| {
            said.clear();
            let output = Output { quality, ..*self.output };
            Encoding { output: &output, lossless: false, ..*self }.once(picture.clone(), &mut said)
        })?;
        warnings.append(&mut said);
        Ok(Encoded { file, chosen: Some(ChosenQuality { quality, score: None }) })
    }

    /// Refuses what a file of this format could not hold without loss.
    fn check_lossless(&self, picture: &Picture) -> Result<(), JobError> {
        let format = self.format;
        let why = if matches!(format, Format::Jpeg | Format::Avif) {
            format!("a {format} file of new pixels always loses some")
        } else if is_too_deep(format, &picture.samples) {
            format!("its 16 bits are more than a {format} file holds")
        } else {
            return Ok(());
        };
        Err(JobError::new(Stage::Encode, ErrorKind::BadParameter, format!("{why} (--lossless)")))
    }

    fn once(&self, picture: Picture, warnings: &mut Vec<String>) -> Result<Vec<u8>, JobError> {
        let Encoding { format, output, metadata, lossless, .. } = *self;
        // Every format is named, here and not in the table, which belongs to a crate that knows no encoder.
        // So the compiler asks for this arm when a format is added.
        match format {
            Format::Jpeg => jpeg::encode(picture, output, metadata, warnings),
            Format::Png => png::encode(picture, output.effort, metadata),
            Format::Webp => {
                let output = Output { lossless: lossless || output.lossless, ..*output };
                webp::encode(picture, &output, metadata, warnings)
            }
            Format::Tiff => tiff::encode(picture, metadata, warnings),
            Format::Avif => avif::encode(picture, output, metadata, warnings),
            Format::Bmp
            | Format::Gif
            | Format::Pnm
            | Format::Qoi
            | Format::Jxl
            | Format::Exr
            | Format::Hdr
            | Format::Raw => Err(JobError::new(
                Stage::Encode,
                ErrorKind::Unsupported,
                format!("{format} files cannot be written"),
            )),
        }
    }
}

/// The picture of a file that was just made.
fn decoded(file: &[u8], format: Format) -> Result<Picture, JobError> {
    if format == Format::Avif {
        return avif::decoded(file);
    }
    super::open(file, RawPolicy::Develop)?.decode(u64::MAX, &mut Metadata::default(), &mut Vec::new())
}

/// The channels that [`encode`] stores in a file of this format; where it has no transparency, that is laid
/// over `ground`.
pub(crate) fn stored_channels(format: Format, channels: Channels, ground: Color) -> Channels {
    let Some(written) = format.info().written else { return channels };
    let has_alpha = written.transparency && channels.has_alpha();
    let is_grey = match channels {
        Channels::Grey => written.grey,
        Channels::GreyAlpha => written.grey && (has_alpha || is_grey(ground)),
        Channels::Rgb | Channels::Rgba => false,
    };
    match (is_grey, has_alpha) {
        (true, false) => Channels::Grey,
        (true, true) => Channels::GreyAlpha,
        (false, false) => Channels::Rgb,
        (false, true) => Channels::Rgba,
    }
}

/// Bits of each sample that [`encode`] stores in a file of this format.
pub(crate) fn stored_bits(format: Format, samples: &Samples) -> u16 {
    match samples {
        Samples::U16(_) if !is_too_deep(format, samples) => 16,
        Samples::U8(_) | Samples::U16(_) => 8,
    }
}

/// Whether samples have more bits than a file of this format has a place for.
fn is_too_deep(format: Format, samples: &Samples) -> bool {
    let most = format.info().written.map_or(16, |written| written.bits);
    match samples {
        Samples::U8(_) => false,
        Samples::U16(_) => most < 16,
    }
}

/// Whether 8 bits are too few for what a photo of this format says. Nobody expects all that a sensor saw, or
/// light without an upper end, in a file of 8 bits.
pub(crate) fn is_deep(photo: &Picture, of: Format) -> bool {
    of != Format::Raw && !of.info().is_light && photo.is_deep()
}

/// What [`encode`] cannot put of a picture into a file of this format, in words; `was_deep` says whether the
/// photo had more than 8 bits: filters that work with 16 make them of any.
pub(crate) fn losses(picture: &Picture, was_deep: bool, format: Format, ground: Color) -> Vec<String> {
    let has_transparency = format.info().written.is_none_or(|written| written.transparency);
    let mut losses = Vec::new();
    if was_deep && is_too_deep(format, &picture.samples) && picture.is_deep() {
        losses.push(format!("more than 8 bits per channel became 8: {format} holds no more"));
    }
    if !has_transparency && picture.is_transparent() {
        losses.push(format!("what is transparent was laid over {ground}: {format} holds no transparency"));
    }
    losses
}

/// Bytes of memory that encoding a picture of this size takes at most, on top of three times its pixels.
pub(crate) fn encoder_memory(format: Format, size: Size, output: &Output) -> u64 {
    let per_pixel = match format {
        Format::Jpeg => jpeg::encoder_memory(output),
        Format::Png => png::encoder_memory(output.effort),
        Format::Webp => webp::encoder_memory(output),
        Format::Avif => avif::MEMORY_PER_PIXEL,
        Format::Tiff
        | Format::Bmp
        | Format::Gif
        | Format::Pnm
        | Format::Qoi
        | Format::Jxl
        | Format::Exr
        | Format::Hdr
        | Format::Raw => 0,
    };
    let compared = if output.target_quality.is_some() { score::MEMORY_PER_PIXEL } else { 0 };
    size.pixels().saturating_mul(per_pixel + compared)
}
