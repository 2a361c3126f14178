//! A picture in memory: samples of 8 or 16 bits, grey or colour, with or without transparency, and what came
//! with it.
//!
//! Owns the pixels of one job; lives on the lane's thread. Samples are interleaved, rows follow one another
//! without gaps, transparency is straight (not premultiplied).

use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer};
use recipe::filter::Color;
use recipe::filter::geometry::Size;
pub use resample::Channels;

use crate::density::PixelDensity;

/// The samples of a picture, in its own depth.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// 8 bits.
    U8(Vec<u8>),
    /// 16 bits, in the machine's byte order.
    U16(Vec<u16>),
}

impl Samples {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        match self {
            Samples::U8(samples) => samples.len(),
            Samples::U16(samples) => samples.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a picture shows: a whole that it may be a smaller copy of. Filters go by the size of the whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// The size of the whole.
    pub whole: Size,
    /// The width and height of the part of the picture, from the top left, that shows the whole, in its own
    /// pixels.
    pub part: [f64; 2],
}

impl Extent {
    /// Of a picture of this size, to which a decoder has shrunk the whole by 1, 2, 4 or 8. It rounds edges
    /// up: the last row or column may lie partly outside.
    pub(crate) fn shrunk(size: Size, whole: Size) -> Extent {
        let is_shrunk = |by: &u32| Size::new(whole.width.div_ceil(*by), whole.height.div_ceil(*by)) == size;
        match [1, 2, 4, 8].into_iter().find(is_shrunk) {
            Some(by) => {
                let part = [whole.width, whole.height].map(|edge| f64::from(edge) / f64::from(by));
                Extent { whole, part }
            }
            None => Extent::scaled(size, whole),
        }
    }

    /// Of a picture of this size, to which the whole was scaled.
    pub(crate) fn scaled(size: Size, whole: Size) -> Extent {
        Extent { whole, part: [size.width.into(), size.height.into()] }
    }
}

/// A picture that is the whole itself.
impl From<Size> for Extent {
    fn from(size: Size) -> Extent {
        Extent::scaled(size, size)
    }
}

/// Pixels only.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Width and height.
    pub size: Size,
    /// What the samples of a pixel mean.
    pub channels: Channels,
    /// `size.pixels() × channels.count()` of them.
    pub samples: Samples,
}

impl Picture {
    /// The picture, in whose place one without pixels stays.
    pub(crate) fn take(&mut self) -> Picture {
        let nothing = Size { width: 0, height: 0 };
        let none = Picture { size: nothing, channels: self.channels, samples: Samples::U8(Vec::new()) };
        std::mem::replace(self, none)
    }

    /// Bytes of its samples.
    pub fn bytes(&self) -> u64 {
        let width = match self.samples {
            Samples::U8(_) => size_of::<u8>(),
            Samples::U16(_) => size_of::<u16>(),
        };
        (self.samples.len() * width) as u64
    }

    /// The same pixels as the `image` crate holds them. `None` if they do not fill the size, which no decoder
    /// lets happen.
    pub(crate) fn into_dynamic(self) -> Option<DynamicImage> {
        let Size { width: w, height: h } = self.size;
        match (self.samples, self.channels) {
            (Samples::U8(v), Channels::Grey) => ImageBuffer::from_raw(w, h, v).map(DynamicImage::ImageLuma8),
            (Samples::U8(v), Channels::GreyAlpha) => {
                ImageBuffer::from_raw(w, h, v).map(DynamicImage::ImageLumaA8)
            }
            (Samples::U8(v), Channels::Rgb) => ImageBuffer::from_raw(w, h, v).map(DynamicImage::ImageRgb8),
            (Samples::U8(v), Channels::Rgba) => ImageBuffer::from_raw(w, h, v).map(DynamicImage::ImageRgba8),
            (Samples::U16(v), Channels::Grey) => {
                ImageBuffer::from_raw(w, h, v).map(DynamicImage::ImageLuma16)
            }
            (Samples::U16(v), Channels::GreyAlpha) => {
                ImageBuffer::from_raw(w, h, v).map(DynamicImage::ImageLumaA16)
            }
            (Samples::U16(v), Channels::Rgb) => ImageBuffer::from_raw(w, h, v).map(DynamicImage::ImageRgb16),
            (Samples::U16(v), Channels::Rgba) => {
                ImageBuffer::from_raw(w, h, v).map(DynamicImage::ImageRgba16)
            }
        }
    }

    /// The pixels of an `image` picture; `None` for samples that are not whole numbers of 8 or 16 bits.
    pub(crate) fn from_dynamic(image: DynamicImage) -> Option<Picture> {
        let size = Size { width: image.width(), height: image.height() };
        let (channels, samples) = match image {
            DynamicImage::ImageLuma8(buffer) => (Channels::Grey, Samples::U8(buffer.into_raw())),
            DynamicImage::ImageLumaA8(buffer) => (Channels::GreyAlpha, Samples::U8(buffer.into_raw())),
            DynamicImage::ImageRgb8(buffer) => (Channels::Rgb, Samples::U8(buffer.into_raw())),
            DynamicImage::ImageRgba8(buffer) => (Channels::Rgba, Samples::U8(buffer.into_raw())),
            DynamicImage::ImageLuma16(buffer) => (Channels::Grey, Samples::U16(buffer.into_raw())),
            DynamicImage::ImageLumaA16(buffer) => (Channels::GreyAlpha, Samples::U16(buffer.into_raw())),
            DynamicImage::ImageRgb16(buffer) => (Channels::Rgb, Samples::U16(buffer.into_raw())),
            DynamicImage::ImageRgba16(buffer) => (Channels::Rgba, Samples::U16(buffer.into_raw())),
            DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_) | _ => return None,
        };
        Some(Picture { size, channels, samples })
    }

    /// The picture turned upright. `None` as for [`Picture::into_dynamic`].
    pub fn upright(self, orientation: Orientation) -> Option<Picture> {
        if orientation == Orientation::NoTransforms {
            return Some(self);
        }
        let mut image = self.into_dynamic()?;
        image.apply_orientation(orientation);
        Picture::from_dynamic(image)
    }

    /// The picture with samples of 8 bits, rounded to the nearest.
    pub(crate) fn into_8_bit(self) -> Picture {
        let samples = match self.samples {
            Samples::U8(samples) => samples,
            Samples::U16(samples) => samples.into_iter().map(to_8_bit).collect(),
        };
        Picture { samples: Samples::U8(samples), ..self }
    }

    /// Whether 8 bits are too few for what its samples say.
    pub(crate) fn is_deep(&self) -> bool {
        match &self.samples {
            Samples::U8(_) => false,
            Samples::U16(samples) => samples.iter().any(|sample| sample % 257 != 0),
        }
    }

    /// Whether any of its pixels is not opaque.
    pub(crate) fn is_transparent(&self) -> bool {
        let step = self.channels.count();
        self.channels.has_alpha()
            && match &self.samples {
                Samples::U8(samples) => samples.chunks_exact(step).any(|pixel| pixel[step - 1] < u8::MAX),
                Samples::U16(samples) => samples.chunks_exact(step).any(|pixel| pixel[step - 1] < u16::MAX),
            }
    }

    /// The picture with samples of 16 bits, which stand for the same.
    pub(crate) fn into_16_bit(self) -> Picture {
        let samples = match self.samples {
            Samples::U8(samples) => samples.into_iter().map(|sample| u16::from(sample) * 257).collect(),
            Samples::U16(samples) => samples,
        };
        Picture { samples: Samples::U16(samples), ..self }
    }

    /// The picture with its transparency laid over a colour; grey becomes colour where that is none.
    pub(crate) fn into_opaque(self, ground: Color) -> Picture {
        let channels = match self.channels {
            Channels::Grey | Channels::Rgb => return self,
            Channels::GreyAlpha if !is_grey(ground) => return self.into_color().into_opaque(ground),
            Channels::GreyAlpha => Channels::Grey,
            Channels::Rgba => Channels::Rgb,
        };
        let ground = &ground.0[..channels.count()];
        let samples = match self.samples {
            Samples::U8(mut samples) => {
                lay_over(&mut samples, ground, u64::from(u8::MAX));
                Samples::U8(samples)
            }
            Samples::U16(mut samples) => {
                lay_over(&mut samples, ground, u64::from(u16::MAX));
                Samples::U16(samples)
            }
        };
        Picture { channels, samples, ..self }
    }

    /// The picture in colour: grey becomes three equal samples. For formats that hold no grey.
    pub(crate) fn into_color(self) -> Picture {
        let channels = match self.channels {
            Channels::Rgb | Channels::Rgba => return self,
            Channels::Grey => Channels::Rgb,
            Channels::GreyAlpha => Channels::Rgba,
        };
        let step = self.channels.count();
        let samples = match self.samples {
            Samples::U8(samples) => Samples::U8(repeat_grey(&samples, step)),
            Samples::U16(samples) => Samples::U16(repeat_grey(&samples, step)),
        };
        Picture { channels, samples, ..self }
    }
}

/// 0–65535 to 0–255, rounded to the nearest: the exact quotient is `sample / 257`.
fn to_8_bit(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

/// Whether a colour has the same in all three.
pub(crate) fn is_grey(Color([r, g, b]): Color) -> bool {
    r == g && g == b
}

/// Lays pixels, whose last sample is transparency, over a ground of so many samples of 8 bits, and drops the
/// transparency, in place.
fn lay_over<T: Copy + Into<u64> + TryFrom<u64>>(samples: &mut Vec<T>, ground: &[u8], max: u64) {
    // 255 is a divisor of 65,535.
    let levels: Vec<u64> = ground.iter().map(|level| u64::from(*level) * (max / 255)).collect();
    let mut kept = 0;
    for pixel in (0..samples.len()).step_by(levels.len() + 1) {
        let alpha: u64 = samples[pixel + levels.len()].into();
        for (channel, level) in (pixel..).zip(&levels) {
            let value: u64 = samples[channel].into();
            let mixed = (value * alpha + level * (max - alpha) + max / 2) / max;
            // A weighted mean of two samples is a sample.
            samples[kept] = T::try_from(mixed).unwrap_or(samples[channel]);
            kept += 1;
        }
    }
    samples.truncate(kept);
}

/// Writes the first sample of each pixel of `step` samples three times, then the rest.
fn repeat_grey<T: Copy>(samples: &[T], step: usize) -> Vec<T> {
    let mut color = Vec::with_capacity(samples.len() / step * (step + 2));
    for pixel in samples.chunks_exact(step) {
        color.extend_from_slice(&[pixel[0], pixel[0], pixel[0]]);
        color.extend_from_slice(&pixel[1..]);
    }
    color
}

/// What travels with a picture from file to file, most of it as raw blocks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    /// The ICC profile.
    pub icc: Option<Vec<u8>>,
    /// EXIF: a TIFF structure, without the `Exif\0\0` that JPEG puts before it.
    pub exif: Option<Vec<u8>>,
    /// XMP: an XML packet.
    pub xmp: Option<Vec<u8>>,
    /// IPTC: the content of Photoshop's image resource 0x0404.
    pub iptc: Option<Vec<u8>>,
    /// Other image resources of Photoshop that say something of the photo.
    pub resources: Vec<Resource>,
    /// Comments and the texts of a PNG.
    pub texts: Vec<NamedText>,
    /// What else a JPEG holds.
    pub extras: Vec<Extra>,
    /// How many pixels make an inch, as the file has it in any of the ways there are.
    pub density: Option<PixelDensity>,
}

/// One of Photoshop's image resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its number.
    pub id: u16,
    /// Its content.
    pub data: Vec<u8>,
}

/// A text with a keyword, as PNG has it. A comment is one with the keyword [`NamedText::COMMENT`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedText {
    /// What the text is, such as `Author`.
    pub key: String,
    /// UTF-8 where the format says in which characters it is; a comment in a JPEG is whatever was written.
    pub text: Vec<u8>,
}

impl NamedText {
    /// The keyword of what is no more than a comment.
    pub const COMMENT: &str = "Comment";
}

/// Something in a file that is neither the picture nor one of the blocks that most formats have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// What it is.
    pub kind: ExtraKind,
    /// Its segments in a JPEG, each with its marker and content; none for what cannot be taken along.
    pub segments: Vec<(u8, Vec<u8>)>,
}

impl Extra {
    /// Something that cannot be taken along.
    pub(crate) fn of(kind: ExtraKind) -> Extra {
        Extra { kind, segments: Vec::new() }
    }
}

/// What there is in files beside the picture and its metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraKind {
    /// Notes of the camera about itself and the moment, such as GoPro's.
    CameraNotes,
    /// Notes of the camera's maker in EXIF, where they cannot be taken out of their file.
    MakerNotes,
    /// A second block of EXIF or XMP, of which readers take the first.
    SecondBlock,
    /// Tags of a TIFF that are about neither the photo nor how its pixels are stored; the content of each
    /// segment is one's number.
    TiffTags,
    /// Parts of a file that are not known here, broken, or without a place in any result; the content of
    /// each segment is one's name.
    Parts,
    /// What a thermal camera measured in each place.
    Thermal,
    /// Signed statements about the file (C2PA, in JUMBF boxes).
    Credentials,
    /// Further images (CIPA DC-007, multi-picture format), or such behind the end.
    Images,
    /// A video behind the end.
    Video,
    /// What a program noted of how it wrote the old file; the content of each segment is its name.
    ProgramNotes,
    /// Something of a program that is not known here: in segments, each with its name as the content, or
    /// behind the end.
    Unknown,
}

/// An HDR gain map.
#[derive(Debug, Clone, PartialEq)]
pub struct GainMap {
    /// A JPEG that says in its segments what its values mean.
    pub jpeg: Vec<u8>,
    /// The profile of the photo whose colours its gains are of, unless it has one of its own.
    pub colors: Option<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_is_laid_over_the_ground() {
        let laid = |channels: Channels, samples: Samples, ground: [u8; 3]| {
            let picture = Picture { size: Size { width: 1, height: 1 }, channels, samples };
            let laid = picture.into_opaque(Color(ground));
            (laid.channels, laid.samples)
        };
        let rgba = |alpha: u8| Samples::U8(vec![200, 100, 0, alpha]);
        for (alpha, expected) in [(255, [200, 100, 0]), (0, [10, 20, 255]), (51, [48, 36, 204])] {
            let expected = (Channels::Rgb, Samples::U8(expected.to_vec()));
            assert_eq!(laid(Channels::Rgba, rgba(alpha), [10, 20, 255]), expected);
        }
        let deep = Samples::U16(vec![40_000, 20_000, 0, 13_107]);
        let expected = [10 * 257 * 4 / 5 + 8000, 20 * 257 * 4 / 5 + 4000, 52_428].to_vec();
        assert_eq!(laid(Channels::Rgba, deep, [10, 20, 255]), (Channels::Rgb, Samples::U16(expected)));
        // Grey stays so over grey alone.
        let grey = || Samples::U8(vec![100, 0]);
        assert_eq!(laid(Channels::GreyAlpha, grey(), [7; 3]), (Channels::Grey, Samples::U8(vec![7])));
        let colored = (Channels::Rgb, Samples::U8(vec![9, 8, 7]));
        assert_eq!(laid(Channels::GreyAlpha, grey(), [9, 8, 7]), colored);
    }
}
