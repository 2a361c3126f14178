//! How much memory a pipeline needs, from the size of a picture alone.

use protocol::filter::Filter;
use protocol::filter::geometry::Size;

use super::Pipeline;
use crate::filters::blur;
use crate::image::Channels;

impl Pipeline {
    /// Bytes of memory that the filters need at the most, on top of the picture they are given: the largest pair of a step's
    /// input and output, with four channels where colour or transparency may come in between.
    pub(crate) fn memory_needed(&self, input: Size, channels: Channels, bytes_per_sample: u64) -> u64 {
        let mut size = input;
        let mut most = 0;
        for filter in &self.filters {
            most = most.max(pixels_at_once(filter, size, channels.has_alpha()));
            size = filter.output_size(size);
        }
        most.saturating_mul(channels.count().max(4) as u64).saturating_mul(bytes_per_sample)
    }
}

/// Pixels that exist at the same time while a filter runs: of its input, its output and what stands between.
fn pixels_at_once(filter: &Filter, size: Size, has_alpha: bool) -> u64 {
    let (input, output) = (size.pixels(), filter.output_size(size).pixels());
    match filter {
        Filter::Resize(resize) => {
            let scaled = resize.plan(size).scaled.pixels();
            scaled.saturating_add(input.max(output))
        }
        // In place.
        Filter::Brightness(_)
        | Filter::Contrast(_)
        | Filter::Posterize(_)
        | Filter::Invert(_)
        | Filter::Solarize(_)
        | Filter::Gamma(_)
        | Filter::Exposure(_)
        | Filter::Levels(_)
        | Filter::Vignette(_)
        | Filter::Pixelate(_)
        | Filter::Crop(_)
        | Filter::Flip(_)
        | Filter::Watermark(_) => input,
        // In place, unless grey becomes colour or colour grey.
        Filter::Sepia(_)
        | Filter::Saturation(_)
        | Filter::Hue(_)
        | Filter::Temperature(_)
        | Filter::Tint(_)
        | Filter::Lut(_)
        | Filter::Autolevels(_)
        | Filter::Grayscale(_)
        | Filter::Threshold(_) => input.saturating_mul(2),
        // Beside the input.
        Filter::Edges(_) | Filter::Emboss(_) | Filter::Median(_) => input.saturating_mul(2),
        Filter::Rotate(_) | Filter::Pad(_) | Filter::Border(_) => input.saturating_add(output),
        Filter::Blur(blur) => input.saturating_add(beside_blur(blur.radius, size, has_alpha)),
        Filter::Sharpen(sharpen) => {
            input.saturating_mul(2).saturating_add(beside_blur(sharpen.radius, size, has_alpha))
        }
    }
}

/// No filter adds transparency; where a picture has it, it is blurred as a copy, premultiplied in 16 bits.
fn beside_blur(sigma: f32, size: Size, has_alpha: bool) -> u64 {
    let copy = if has_alpha { size.pixels().saturating_mul(2) } else { 0 };
    copy.saturating_add(blur::pixels_beside(sigma, size))
}
