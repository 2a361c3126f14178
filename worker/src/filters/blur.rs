//! Gaussian blur. At the border the outermost pixels are repeated. Transparency is blurred together with the colours it
//! covers (premultiplied, in 16 bits), so that the invisible colour of transparent pixels does not bleed out.

use libblur::{
    BlurImage, BlurImageMut, ConvolutionMode, EdgeMode, EdgeMode2D, FastBlurChannels, GaussianBlurParams,
    ThreadingPolicy,
};
use protocol::filter::geometry::Size;
use protocol::{ErrorKind, JobError};

use super::fail;
use crate::image::{Channels, Picture, Samples};

/// Standard deviations up to which the fixed-point kernel stays within a level: its weights have 15 bits, and those of a
/// wider kernel are too small for them.
const FIXED_POINT_UP_TO: f64 = 5.0;

/// Blurs with this standard deviation in pixels; below a tenth nothing would change.
pub(crate) fn apply(sigma: f32, picture: Picture) -> Result<Picture, JobError> {
    if sigma < 0.1 {
        return Ok(picture);
    }
    let sigma = f64::from(sigma);
    let Picture { size, channels, samples } = picture;
    let samples = match (samples, channels) {
        (Samples::U8(samples), Channels::Grey) => {
            Samples::U8(narrow(&samples, size, FastBlurChannels::Plane, sigma)?)
        }
        (Samples::U8(samples), Channels::Rgb) => {
            Samples::U8(narrow(&samples, size, FastBlurChannels::Channels3, sigma)?)
        }
        (Samples::U16(samples), Channels::Grey) => {
            Samples::U16(wide(&samples, size, FastBlurChannels::Plane, sigma)?)
        }
        (Samples::U16(samples), Channels::Rgb) => {
            Samples::U16(wide(&samples, size, FastBlurChannels::Channels3, sigma)?)
        }
        (Samples::U8(samples), Channels::GreyAlpha | Channels::Rgba) => {
            let widened: Vec<u16> = samples.iter().map(|v| u16::from(*v) * 257).collect();
            let blurred = with_alpha(&widened, size, channels, sigma)?;
            Samples::U8(blurred.into_iter().map(|v| ((u32::from(v) + 128) / 257) as u8).collect())
        }
        (Samples::U16(samples), Channels::GreyAlpha | Channels::Rgba) => {
            Samples::U16(with_alpha(&samples, size, channels, sigma)?)
        }
    };
    Ok(Picture { size, channels, samples })
}

fn params(sigma: f64) -> GaussianBlurParams {
    // Four standard deviations hold all but 1/16,000 of the curve: less than a level.
    let radius = (4.0 * sigma).ceil() as u32;
    GaussianBlurParams::new(2 * radius + 1, sigma)
}

fn mode(sigma: f64) -> ConvolutionMode {
    if sigma <= FIXED_POINT_UP_TO { ConvolutionMode::FixedPoint } else { ConvolutionMode::Exact }
}

const CLAMP: EdgeMode2D = EdgeMode2D { horizontal: EdgeMode::Clamp, vertical: EdgeMode::Clamp };

fn narrow(samples: &[u8], size: Size, channels: FastBlurChannels, sigma: f64) -> Result<Vec<u8>, JobError> {
    let mut blurred = vec![0; samples.len()];
    let source = BlurImage::borrow(samples, size.width, size.height, channels);
    let mut target = BlurImageMut::borrow(&mut blurred, size.width, size.height, channels);
    let single = ThreadingPolicy::Single;
    libblur::gaussian_blur(&source, &mut target, params(sigma), CLAMP, single, mode(sigma))
        .map_err(|error| fail(ErrorKind::BadParameter, format!("blur: {error}")))?;
    Ok(blurred)
}

fn wide(samples: &[u16], size: Size, channels: FastBlurChannels, sigma: f64) -> Result<Vec<u16>, JobError> {
    let mut blurred = vec![0; samples.len()];
    let source = BlurImage::borrow(samples, size.width, size.height, channels);
    let mut target = BlurImageMut::borrow(&mut blurred, size.width, size.height, channels);
    let single = ThreadingPolicy::Single;
    libblur::gaussian_blur_u16(&source, &mut target, params(sigma), CLAMP, single, ConvolutionMode::Exact)
        .map_err(|error| fail(ErrorKind::BadParameter, format!("blur: {error}")))?;
    Ok(blurred)
}

/// Colours multiplied by alpha, blurred, and divided again.
fn with_alpha(samples: &[u16], size: Size, channels: Channels, sigma: f64) -> Result<Vec<u16>, JobError> {
    const MAX: u32 = u16::MAX as u32;
    let count = channels.count();
    let scale = |value: u16, alpha: u32| ((u32::from(value) * alpha + MAX / 2) / MAX) as u16;
    // The blur knows no two channels; grey is repeated.
    let premultiplied: Vec<u16> = samples
        .chunks_exact(count)
        .flat_map(|pixel| {
            let alpha = pixel[count - 1];
            let color = |n: usize| scale(pixel[n.min(count - 2)], u32::from(alpha));
            [color(0), color(1), color(2), alpha]
        })
        .collect();
    let blurred = wide(&premultiplied, size, FastBlurChannels::Channels4, sigma)?;
    let mut result = Vec::with_capacity(samples.len());
    for pixel in blurred.chunks_exact(4) {
        let alpha = u32::from(pixel[3]);
        let divide = |value: u16| match alpha {
            0 => 0,
            alpha => ((u32::from(value) * MAX + alpha / 2) / alpha).min(MAX) as u16,
        };
        result.extend(pixel[..count - 1].iter().map(|value| divide(*value)));
        result.push(pixel[3]);
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::super::testing::floats;
    use super::*;

    /// The definition, in double precision.
    fn reference(picture: &Picture, sigma: f64) -> Vec<f64> {
        let (width, height, count) =
            (picture.size.width as i64, picture.size.height as i64, picture.channels.count());
        let radius = (6.0 * sigma).ceil() as i64;
        let weights: Vec<f64> =
            (-radius..=radius).map(|d| (-((d * d) as f64) / (2.0 * sigma * sigma)).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let pass = |source: &[f64], across: bool| -> Vec<f64> {
            let mut target = vec![0.0; source.len()];
            for y in 0..height {
                for x in 0..width {
                    for c in 0..count {
                        let tap = |d: i64| {
                            let (x, y) = if across {
                                ((x + d).clamp(0, width - 1), y)
                            } else {
                                (x, (y + d).clamp(0, height - 1))
                            };
                            source[(y * width + x) as usize * count + c]
                        };
                        let total: f64 = (-radius..=radius).zip(&weights).map(|(d, w)| tap(d) * w).sum();
                        target[(y * width + x) as usize * count + c] = total / sum;
                    }
                }
            }
            target
        };
        pass(&pass(&floats(picture), true), false)
    }

    #[test]
    fn within_a_level_of_exact() {
        for (width, height) in [(61, 47), (1, 1), (3, 200)] {
            for channels in [Channels::Grey, Channels::Rgb] {
                let size = Size { width, height };
                let mut random = fastrand::Rng::with_seed(u64::from(width));
                let len = size.pixels() as usize * channels.count();
                // Black and white noise is the hardest: no rounding is hidden by smoothness.
                let samples: Vec<u16> = (0..len).map(|_| if random.bool() { u16::MAX } else { 0 }).collect();
                let narrow: Vec<u8> = samples.iter().map(|v| (v >> 8) as u8).collect();
                for sigma in [0.3, 1.0, 5.0, 5.1, 60.0, 250.0] {
                    check(&Picture { size, channels, samples: Samples::U8(narrow.clone()) }, sigma, 1.0);
                    check(&Picture { size, channels, samples: Samples::U16(samples.clone()) }, sigma, 257.0);
                }
            }
        }
    }

    #[test]
    fn transparent_pixels_do_not_bleed() {
        // Opaque white beside transparent red: the white stays white.
        let size = Size { width: 2, height: 1 };
        let samples = Samples::U8(vec![255, 255, 255, 255, 255, 0, 0, 0]);
        let blurred = floats(&apply(1.0, Picture { size, channels: Channels::Rgba, samples }).unwrap());
        assert!(blurred[..3].iter().all(|v| *v >= 254.0), "{blurred:?}");
        assert!(blurred[3] < 255.0 && blurred[7] > 0.0, "{blurred:?}");
    }

    fn check(picture: &Picture, sigma: f32, tolerance: f64) {
        let exact = reference(picture, f64::from(sigma));
        let blurred = floats(&apply(sigma, picture.clone()).unwrap());
        let worst = blurred.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst <= tolerance, "sigma {sigma}, {:?}: off by {worst}", picture.size);
    }
}
