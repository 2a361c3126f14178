//! Resize: scales with the kernel asked for, then cuts or pads around the middle as the plan says.

use protocol::{ErrorKind, JobError};
use recipe::filter::geometry::{Cutout, Placement, ResizePlan, Size};
use recipe::filter::{Anchor, Kernel, LightScale, Resize};
use resample::{Resampler, Scaling, light};

use super::canvas::{Ground, cut, place};
use super::fail;
use super::run::{Files, Loop, Ready, Runnable};
use super::srgb::{LIGHT_8, LIGHT_16};
use crate::image::{Extent, Picture, Samples};

/// How many times larger than the result a picture stays that a decoder shrinks. At 2 the result is within 45
/// dB of the one made from the whole picture (measured on photographs), more than a JPEG of quality 85 keeps
/// of it.
const HEADROOM: u32 = 2;

impl Runnable for Resize {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Resize {
    fn run(
        &mut self,
        mut picture: Picture,
        extent: Extent,
        resampler: &mut Resampler,
    ) -> Result<Picture, JobError> {
        let ResizePlan { scaled, canvas } = self.plan(extent.whole);
        let mixing = Mixing { kernel: self.kernel, light: self.light };
        let resized = scale_part(&mut picture, extent.part, scaled, mixing, resampler)?;
        Ok(fit_canvas(resized.unwrap_or(picture), canvas))
    }

    fn run_beside(
        &mut self,
        picture: &mut Picture,
        extent: Extent,
        resampler: &mut Resampler,
    ) -> Result<Picture, JobError> {
        let ResizePlan { scaled, canvas } = self.plan(extent.whole);
        let mixing = Mixing { kernel: self.kernel, light: self.light };
        let resized = scale_part(picture, extent.part, scaled, mixing, resampler)?;
        Ok(fit_canvas(resized.unwrap_or_else(|| picture.clone()), canvas))
    }

    fn shrink(&self, size: Size) -> u32 {
        shrink(self, size)
    }

    /// The scaled picture, and a canvas that is larger than the input.
    fn pixels_beside(&self, size: Size, _: bool) -> u64 {
        let ResizePlan { scaled, canvas } = self.plan(size);
        scaled.pixels().saturating_add(canvas.pixels().saturating_sub(size.pixels()))
    }

    /// The weights: of a long and narrow picture, more than the picture itself.
    fn bytes_beside(&self, size: Size) -> u64 {
        resample::weights_memory(size, self.plan(size).scaled, self.kernel)
    }
}

/// By how much a decoder may shrink a picture of this size: 1, 2, 4 or 8.
fn shrink(resize: &Resize, size: Size) -> u32 {
    let exact = match (resize.kernel, resize.light) {
        (Kernel::Nearest, _) => true,
        // A decoder mixes values, not light.
        (_, LightScale::Linear) => true,
        (
            Kernel::Lanczos3 | Kernel::CatmullRom | Kernel::Mitchell | Kernel::Bilinear | Kernel::Box,
            LightScale::Gamma,
        ) => false,
    };
    let Size { width, height } = resize.plan(size).scaled;
    let enough = |shrink: &u32| {
        let needed = |edge: u32| u64::from(edge) * u64::from(HEADROOM * shrink);
        needed(width) <= size.width.into() && needed(height) <= size.height.into()
    };
    if exact { 1 } else { [8, 4, 2].into_iter().find(enough).unwrap_or(1) }
}

/// Scales to exactly this size. Colours are weighted by their alpha.
pub(crate) fn scale(
    mut picture: Picture,
    to: Size,
    kernel: Kernel,
    resampler: &mut Resampler,
) -> Result<Picture, JobError> {
    let Extent { part, .. } = picture.size.into();
    let mixing = Mixing { kernel, light: LightScale::Gamma };
    let scaled = scale_part(&mut picture, part, to, mixing, resampler)?;
    Ok(scaled.unwrap_or(picture))
}

/// How neighbouring pixels become one.
#[derive(Debug, Clone, Copy)]
struct Mixing {
    kernel: Kernel,
    light: LightScale,
}

/// A part of the picture from the top left, scaled to this size; `None` where the picture has that size
/// already.
fn scale_part(
    picture: &mut Picture,
    part: [f64; 2],
    to: Size,
    mixing: Mixing,
    resampler: &mut Resampler,
) -> Result<Option<Picture>, JobError> {
    let Picture { size, channels, ref mut samples } = *picture;
    if size == to {
        return Ok(None);
    }
    let Mixing { kernel, light: scale } = mixing;
    let scaling = Scaling { from: size, part, to, channels, kernel };
    // What is taken from the nearest pixel is not mixed.
    let is_light = scale == LightScale::Linear && kernel != Kernel::Nearest;
    let scaled = match samples {
        Samples::U8(samples) if is_light => Ok(Samples::U8(light::scale(samples, &scaling, &LIGHT_8))),
        Samples::U16(samples) if is_light => Ok(Samples::U16(light::scale(samples, &scaling, &LIGHT_16))),
        Samples::U8(samples) => resampler.scale_u8(samples, &scaling).map(Samples::U8),
        Samples::U16(samples) => resampler.scale_u16(samples, &scaling).map(Samples::U16),
    };
    let samples = scaled.map_err(|error| fail(ErrorKind::BadParameter, format!("resize: {error}")))?;
    Ok(Some(Picture { size: to, channels, samples }))
}

/// Cuts off what sticks out of the canvas, evenly, and fills what is missing: transparent where there is
/// alpha, else white.
fn fit_canvas(picture: Picture, canvas: Size) -> Picture {
    if picture.size == canvas {
        return picture;
    }
    let Size { width, height } = picture.size;
    let inside = Size { width: width.min(canvas.width), height: height.min(canvas.height) };
    let (x, y) = Anchor::Center.place_within(inside, picture.size);
    let picture = cut(picture, Cutout { x, y, size: inside });
    let (x, y) = Anchor::Center.place_within(inside, canvas);
    place(&picture, Placement { x, y, canvas }, Ground::TransparentOr([255; 3]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, floats, parse, pictures};
    use super::*;
    use crate::image::Channels;
    use recipe::Filter;

    fn resized(spec: &str, picture: &Picture) -> Picture {
        let Filter::Resize(resize) = parse(spec) else { panic!("not a resize") };
        resize.clone().run(picture.clone(), picture.size.into(), &mut Resampler::default()).unwrap()
    }

    #[test]
    fn every_kind_of_picture_gets_its_size_and_keeps_its_kind() {
        for picture in pictures() {
            for spec in ["resize:width=5,height=5,mode=pad", "resize:width=3,height=2,mode=fill,enlarge=true"]
            {
                let result = resized(spec, &picture);
                assert_eq!(result.size, parse(spec).output_size(picture.size), "{spec}");
                assert_eq!(result.channels, picture.channels);
                assert_eq!(
                    result.samples.len() as u64,
                    result.size.pixels() * result.channels.count() as u64
                );
            }
            assert_eq!(resized("resize=4000", &picture), picture);
        }
    }

    #[test]
    fn the_box_kernel_averages() {
        let size = Size { width: 4, height: 2 };
        let samples = Samples::U16(vec![0, 100, 10, 20, 200, 300, 30, 40]);
        let picture = Picture { size, channels: Channels::Grey, samples };
        assert_eq!(floats(&resized("resize:width=2,kernel=box", &picture)), [150.0, 25.0]);
    }

    #[test]
    fn a_shrunk_picture_is_scaled_as_the_whole_would_be() {
        let Filter::Resize(resize) = parse("resize=100") else { panic!("not a resize") };
        let size = |width, height| Size { width, height };
        assert_eq!(shrink(&resize, size(399, 300)), 1);
        assert_eq!(shrink(&resize, size(401, 300)), 2);
        assert_eq!(shrink(&resize, size(5000, 300)), 8);
        assert_eq!(shrink(&resize, size(90, 300)), 1);
        // A ramp of 401 pixels, shrunk by 2 as a decoder does.
        let whole = size(401, 5);
        let ramp = |at: f64| (at * 150.0).round() as u16;
        let shrunk: Vec<u16> =
            (0..3).flat_map(|_| (0..201).map(|x| ramp(2.0 * f64::from(x) + 0.5))).collect();
        let picture = Picture { size: size(201, 3), channels: Channels::Grey, samples: Samples::U16(shrunk) };
        let extent = Extent::shrunk(picture.size, whole);
        let result = resize.clone().run(picture, extent, &mut Resampler::default()).unwrap();
        assert_eq!(result.size, size(100, 1));
        for (x, value) in floats(&result).into_iter().enumerate().skip(3).take(94) {
            let expected = ((x as f64 + 0.5) * 4.01 - 0.5) * 150.0;
            assert!((value - expected).abs() < 40.0, "{x}: {value}, expected {expected}");
        }
    }

    #[test]
    fn padding_is_white_and_even() {
        let size = Size { width: 1, height: 3 };
        let picture = Picture { size, channels: Channels::Grey, samples: Samples::U8(vec![1, 2, 3]) };
        let padded = resized("resize:width=3,height=3,mode=pad", &picture);
        assert_eq!(floats(&padded), [255., 1., 255., 255., 2., 255., 255., 3., 255.]);
        let cut = resized("resize:width=1,height=1,mode=fill", &padded);
        assert_eq!(cut.size, Size { width: 1, height: 1 });
        assert_eq!(at(&cut, 0, 0).len(), 1);
    }
}
