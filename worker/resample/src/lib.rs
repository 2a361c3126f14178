//! Scales images of any [`Channels`] and depth, by fast_image_resize.
//!
//! A crate of its own for the compiler's sake: fast_image_resize is generic over pixels, depths and
//! precisions, thousands of functions that every crate which calls it compiles anew. Here they are compiled
//! once, behind functions without type parameters; in `worker` they took three quarters of each build, its
//! tests' included.
//!
//! [`light`] does the same with the light that samples stand for, by its own loops.
//!
//! Owns the buffers between the two directions of a scaling; lives on a lane's thread.

mod channels;
pub mod light;

pub use channels::Channels;

use bytemuck::Pod;
use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4, U16, U16x2, U16x3, U16x4};
use fast_image_resize::{
    FilterType, ImageBufferError, PixelTrait, ResizeAlg, ResizeError, ResizeOptions, Resizer,
};
use recipe::filter::Kernel;
use recipe::filter::geometry::Size;

/// What is scaled, and to what.
#[derive(Debug, Clone, Copy)]
pub struct Scaling {
    /// The size of the input, in pixels. Its samples are interleaved, without gaps between rows.
    pub from: Size,
    /// The width and height, from the top left, of the part that is scaled, in pixels of the input.
    pub part: [f64; 2],
    /// The size of the output, in pixels.
    pub to: Size,
    /// What the samples mean. Colours are weighted by alpha where there is one.
    pub channels: Channels,
    /// How neighbouring pixels are weighted.
    pub kernel: Kernel,
}

/// Bytes of the weights that an image of one size is scaled to another with: for each row and column of the
/// result those of all that it is made of, once as they are worked out and once as they are used.
pub fn weights_memory(from: Size, to: Size, kernel: Kernel) -> u64 {
    const BYTES: u64 = 8 + 4;
    // Pixels of the input on either side, per pixel of the result, in halves.
    let reach = match kernel {
        Kernel::Lanczos3 => 6,
        Kernel::CatmullRom | Kernel::Mitchell => 4,
        Kernel::Bilinear => 2,
        Kernel::Box => 1,
        Kernel::Nearest => 0,
    };
    let along = |from: u32, to: u32| {
        let (from, to) = (u64::from(from), u64::from(to));
        let radius = (reach * from.max(to)).div_ceil(2 * to.max(1));
        (2 * radius + 1).saturating_mul(to).saturating_mul(BYTES)
    };
    along(from.width, to.width).saturating_add(along(from.height, to.height))
}

/// Why an image cannot be scaled.
#[derive(Debug, thiserror::Error)]
pub enum ScaleError {
    /// There are fewer samples than the size says.
    #[error(transparent)]
    Samples(#[from] ImageBufferError),
    /// The part lies outside the image.
    #[error(transparent)]
    Part(#[from] ResizeError),
}

/// Scales one image after the other.
#[derive(Debug, Default)]
pub struct Resampler(Resizer);

impl Resampler {
    /// Scales samples of 8 bits. They are only lent as mutable so that all inputs have one type; none
    /// changes.
    pub fn scale_u8(&mut self, samples: &mut [u8], scaling: &Scaling) -> Result<Vec<u8>, ScaleError> {
        match scaling.channels {
            Channels::Grey => self.scale::<u8, U8>(samples, scaling),
            Channels::GreyAlpha => self.scale::<u8, U8x2>(samples, scaling),
            Channels::Rgb => self.scale::<u8, U8x3>(samples, scaling),
            Channels::Rgba => self.scale::<u8, U8x4>(samples, scaling),
        }
    }

    /// Scales samples of 16 bits, as [`Resampler::scale_u8`] does.
    pub fn scale_u16(&mut self, samples: &mut [u16], scaling: &Scaling) -> Result<Vec<u16>, ScaleError> {
        match scaling.channels {
            Channels::Grey => self.scale::<u16, U16>(samples, scaling),
            Channels::GreyAlpha => self.scale::<u16, U16x2>(samples, scaling),
            Channels::Rgb => self.scale::<u16, U16x3>(samples, scaling),
            Channels::Rgba => self.scale::<u16, U16x4>(samples, scaling),
        }
    }

    /// Scales pixels `P` of samples `S`. Source, result and fast_image_resize's own images in between have
    /// one type: another would double what is compiled.
    fn scale<S: Pod, P: PixelTrait>(
        &mut self,
        samples: &mut [S],
        scaling: &Scaling,
    ) -> Result<Vec<S>, ScaleError> {
        let Scaling { from, part: [width, height], to, channels, kernel } = *scaling;
        let algorithm = match kernel {
            Kernel::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
            Kernel::CatmullRom => ResizeAlg::Convolution(FilterType::CatmullRom),
            Kernel::Mitchell => ResizeAlg::Convolution(FilterType::Mitchell),
            Kernel::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
            Kernel::Box => ResizeAlg::Convolution(FilterType::Box),
            Kernel::Nearest => ResizeAlg::Nearest,
        };
        let options = ResizeOptions::new()
            .resize_alg(algorithm)
            .use_alpha(channels.has_alpha())
            .crop(0.0, 0.0, width, height);
        let mut scaled = vec![S::zeroed(); to.width as usize * to.height as usize * channels.count()];
        let source =
            TypedImage::<P>::from_buffer(from.width, from.height, bytemuck::cast_slice_mut(samples))?;
        let mut target =
            TypedImage::<P>::from_buffer(to.width, to.height, bytemuck::cast_slice_mut(&mut scaled))?;
        self.0.resize_typed(&source, &mut target, &options)?;
        Ok(scaled)
    }
}
