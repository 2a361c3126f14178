//! A picture in memory: samples of 8 or 16 bits, grey or colour, with or without transparency, and what came with it.
//!
//! Owns the pixels of one job; lives on the lane's thread. Samples are interleaved, rows follow one another without gaps,
//! transparency is straight (not premultiplied).

use protocol::filter::geometry::Size;

/// What the samples of one pixel mean, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channels {
    /// Luma.
    Grey,
    /// Luma, alpha.
    GreyAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
}

impl Channels {
    /// Samples per pixel.
    pub fn count(self) -> usize {
        match self {
            Channels::Grey => 1,
            Channels::GreyAlpha => 2,
            Channels::Rgb => 3,
            Channels::Rgba => 4,
        }
    }

    /// Samples per pixel that hold colour: all but alpha.
    pub fn color_count(self) -> usize {
        match self {
            Channels::Grey | Channels::GreyAlpha => 1,
            Channels::Rgb | Channels::Rgba => 3,
        }
    }

    /// Whether the last sample is transparency.
    pub fn has_alpha(self) -> bool {
        match self {
            Channels::Grey | Channels::Rgb => false,
            Channels::GreyAlpha | Channels::Rgba => true,
        }
    }
}

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

/// What travels with a picture from file to file, as raw blocks.
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
}
