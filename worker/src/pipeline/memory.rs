//! How much memory a pipeline needs, from the size of a picture alone.

use recipe::filter::Filter;
use recipe::filter::geometry::Size;

use super::{Pipeline, Step};
use crate::filters::{blur, median};
use crate::image::Channels;

impl Pipeline {
    /// Bytes of memory that the filters need at the most, on top of the picture they are given: the largest pair of a step's
    /// input and output, with four channels where colour or transparency may come in between, and the stamp of a watermark.
    pub(crate) fn memory_needed(&self, input: Size, channels: Channels, bytes_per_sample: u64) -> u64 {
        let pixel = (channels.count().max(4) as u64).saturating_mul(bytes_per_sample);
        // As many as there are watermarks, unless a broken file is the answer to every picture.
        let mut markers = self
            .steps
            .iter()
            .filter_map(|step| if let Step::Watermark(marker) = step { Some(marker) } else { None });
        let mut size = input;
        let mut most = 0;
        for filter in &self.filters {
            let marker = if let Filter::Watermark(_) = filter { markers.next() } else { None };
            let stamp = marker.map_or(0, |marker| marker.memory_needed(size));
            let pixels = pixels_at_once(filter, size, channels.has_alpha()).saturating_mul(pixel);
            most = most.max(pixels.saturating_add(stamp));
            size = filter.output_size(size);
        }
        most
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
        Filter::Edges(_) | Filter::Emboss(_) => input.saturating_mul(2),
        Filter::Median(median) => input.saturating_mul(2).saturating_add(median::pixels_beside(median, size)),
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

#[cfg(test)]
mod tests {
    use super::super::tests::pipeline;
    use super::*;

    const SIZE: Size = Size { width: 600, height: 400 };

    /// For a picture of 8 bits.
    fn needed(spec: &str, size: Size, channels: Channels) -> u64 {
        pipeline(&[spec]).memory_needed(size, channels, 1)
    }

    #[test]
    fn a_blur_needs_more_the_farther_it_reaches_and_with_transparency() {
        let blur = |sigma: u32, channels| needed(&format!("blur={sigma}"), SIZE, channels);
        assert!(blur(20, Channels::Rgb) > blur(2, Channels::Rgb));
        assert!(blur(2, Channels::Rgba) > blur(2, Channels::Rgb));
        assert!(needed("median=9", SIZE, Channels::Rgb) > needed("median=1", SIZE, Channels::Rgb));
    }

    #[test]
    fn a_turned_picture_needs_its_canvas() {
        let square = Size { width: 500, height: 500 };
        let canvas = 708 * 708;
        assert_eq!(needed("rotate=45", square, Channels::Grey), (square.pixels() + canvas) * 4);
    }

    #[test]
    fn a_stamp_is_counted_and_no_text_makes_it_many_pictures_large() {
        let marked = |spec: &str| needed(&format!("watermark:text={spec}"), SIZE, Channels::Rgb);
        let nothing = SIZE.pixels() * 4;
        assert!(marked("x") > nothing);
        assert!(marked("x,scale=0.5") > marked("x"));
        assert!(marked("wide text,angle=45") > marked("wide text"));
        assert!(marked("wide text,shadow=0.1") > marked("wide text"));
        let long = marked(&("x".repeat(200) + ",scale=1"));
        assert!(long < nothing + 26 * SIZE.pixels(), "{long}");
    }
}
