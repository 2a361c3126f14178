//! How like a picture another one looks: SSIMULACRA2, as `fast-ssim2` works it out. 100 is the same, 90
//! cannot be told apart, 70 is good, 30 is poor.
//!
//! Owns what was worked out of the picture that others are compared with. Pixels are taken for sRGB.

use fast_ssim2::{PixelDescriptor, PixelSlice, Ssimulacra2Error, Ssimulacra2Reference};
use protocol::{ErrorKind, JobError, Stage};
use recipe::filter::geometry::Size;

use super::error;
use crate::image::{Channels, Picture, Samples};

/// Bytes for each pixel that a comparison takes, the other picture among them; 108 were measured.
pub(super) const MEMORY_PER_PIXEL: u64 = 120;

/// A picture that others are compared with.
pub(super) struct Reference(Ssimulacra2Reference);

impl Reference {
    /// Of a picture of 8 bits, grey without transparency or colour.
    pub(super) fn new(picture: &Picture) -> Result<Reference, JobError> {
        Ok(Reference(Ssimulacra2Reference::new(&pixels(picture)?).map_err(trouble)?))
    }

    /// The score of another picture of the same size.
    pub(super) fn score(&self, picture: &Picture) -> Result<f64, JobError> {
        self.0.compare(&pixels(picture)?).map_err(trouble)
    }
}

fn pixels(picture: &Picture) -> Result<PixelSlice<'_>, JobError> {
    let misfit = || error::misfit(Stage::Encode);
    let Samples::U8(samples) = &picture.samples else { return Err(misfit()) };
    let descriptor = match picture.channels {
        Channels::Grey => PixelDescriptor::GRAY8_SRGB,
        Channels::Rgb => PixelDescriptor::RGB8_SRGB,
        Channels::Rgba => PixelDescriptor::RGBA8_SRGB,
        Channels::GreyAlpha => return Err(misfit()),
    };
    let Size { width, height } = picture.size;
    let stride = width as usize * picture.channels.count();
    PixelSlice::new(samples, width, height, stride, descriptor).map_err(|_| misfit())
}

fn trouble(error: Ssimulacra2Error) -> JobError {
    JobError::new(Stage::Encode, ErrorKind::Unsupported, format!("the result cannot be compared: {error}"))
}
