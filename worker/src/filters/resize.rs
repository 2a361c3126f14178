//! Resize: scales with the kernel asked for, then cuts or pads around the middle as the plan says.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use protocol::filter::geometry::{Part, Placement, ResizePlan, Size};
use protocol::filter::{Anchor, Kernel, Resize};
use protocol::{ErrorKind, JobError};

use super::canvas::{Ground, cut, place};
use super::fail;
use crate::image::{Channels, Picture, Samples};

/// Scales a picture; one that has its size already is returned untouched.
pub(crate) fn apply(resize: &Resize, resizer: &mut Resizer, picture: Picture) -> Result<Picture, JobError> {
    let ResizePlan { scaled, canvas } = resize.plan(picture.size);
    let picture = scale(picture, scaled, resize.kernel, resizer)?;
    Ok(if canvas == scaled { picture } else { fit_canvas(picture, canvas) })
}

/// Scales to exactly this size. Colours are weighted by their alpha.
pub(super) fn scale(
    picture: Picture,
    to: Size,
    kernel: Kernel,
    resizer: &mut Resizer,
) -> Result<Picture, JobError> {
    if picture.size == to {
        return Ok(picture);
    }
    let Picture { size, channels, samples } = picture;
    let algorithm = match kernel {
        Kernel::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
        Kernel::CatmullRom => ResizeAlg::Convolution(FilterType::CatmullRom),
        Kernel::Mitchell => ResizeAlg::Convolution(FilterType::Mitchell),
        Kernel::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
        Kernel::Box => ResizeAlg::Convolution(FilterType::Box),
        Kernel::Nearest => ResizeAlg::Nearest,
    };
    let options = ResizeOptions::new().resize_alg(algorithm).use_alpha(channels.has_alpha());
    let bytes: &[u8] = match &samples {
        Samples::U8(samples) => samples,
        Samples::U16(samples) => bytemuck::cast_slice(samples),
    };
    let pixel = pixel_type(channels, &samples);
    let source = ImageRef::new(size.width, size.height, bytes, pixel).map_err(|error| trouble(&error))?;
    let mut target = Image::new(to.width, to.height, pixel);
    resizer.resize(&source, &mut target, &options).map_err(|error| trouble(&error))?;
    let samples = match samples {
        Samples::U8(_) => Samples::U8(target.into_vec()),
        Samples::U16(_) => Samples::U16(bytemuck::pod_collect_to_vec(target.buffer())),
    };
    Ok(Picture { size: to, channels, samples })
}

fn trouble(error: &dyn std::fmt::Display) -> JobError {
    fail(ErrorKind::BadParameter, format!("resize: {error}"))
}

fn pixel_type(channels: Channels, samples: &Samples) -> PixelType {
    match (samples, channels) {
        (Samples::U8(_), Channels::Grey) => PixelType::U8,
        (Samples::U8(_), Channels::GreyAlpha) => PixelType::U8x2,
        (Samples::U8(_), Channels::Rgb) => PixelType::U8x3,
        (Samples::U8(_), Channels::Rgba) => PixelType::U8x4,
        (Samples::U16(_), Channels::Grey) => PixelType::U16,
        (Samples::U16(_), Channels::GreyAlpha) => PixelType::U16x2,
        (Samples::U16(_), Channels::Rgb) => PixelType::U16x3,
        (Samples::U16(_), Channels::Rgba) => PixelType::U16x4,
    }
}

/// Cuts off what sticks out of the canvas, evenly, and fills what is missing: transparent where there is alpha, else white.
fn fit_canvas(picture: Picture, canvas: Size) -> Picture {
    let Size { width, height } = picture.size;
    let inside = Size { width: width.min(canvas.width), height: height.min(canvas.height) };
    let (x, y) = Anchor::Center.place(width - inside.width, height - inside.height);
    let picture = cut(picture, Part { x, y, size: inside });
    let (x, y) = Anchor::Center.place(canvas.width - inside.width, canvas.height - inside.height);
    place(&picture, Placement { x, y, canvas }, Ground::TransparentOr([255; 3]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, floats, parse, pictures};
    use super::*;
    use protocol::Filter;

    fn resized(spec: &str, picture: &Picture) -> Picture {
        let Filter::Resize(resize) = parse(spec) else { panic!("not a resize") };
        apply(&resize, &mut Resizer::new(), picture.clone()).unwrap()
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
