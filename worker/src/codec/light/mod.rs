//! Pictures of light, OpenEXR and Radiance HDR: numbers without an upper end, where 1 is white, brought to
//! what a screen shows.
//!
//! The exposure comes first, then the curve, then sRGB with 16 bits. The curve is that of the Khronos PBR
//! Neutral Tone Mapper (2024), without its correction for reflections: light up to 0.8 stays as it is, so
//! that colours look as the scene was designed; above, the brightest channel approaches 1 and the colour
//! goes towards white, so that no lamp becomes a patch of grey or of pure red.

pub(super) mod exr;
pub(super) mod hdr;

use image::metadata::Orientation;
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;

use super::{Header, Opened, Wanted, fail};
use crate::color;
use crate::filters::srgb;
use crate::image::{Channels, Metadata, Picture, Samples};

/// Light from which on it is compressed.
const SHOULDER: f32 = 0.8;
/// How fast a colour goes towards white with what was compressed.
const FADING: f32 = 0.15;
/// The brightest light that is told apart; half floats, which most files hold, end at 65504.
const BRIGHTEST: f32 = 65_504.0 * 1024.0;

/// What a file's own module knows of it: the numbers.
trait Light {
    /// Red, green and blue in the primaries of sRGB, and transparency, straight, where the header's
    /// channels have it.
    fn unpacked(self, header: &Header) -> Result<Vec<f32>, JobError>;
}

/// A file of light whose header has been read.
struct LightFile<L> {
    light: L,
    header: Header,
    ev: f32,
}

impl<L: Light> LightFile<L> {
    fn new(light: L, header: Header) -> Self {
        Self { light, header, ev: 0.0 }
    }
}

impl<L: Light> Opened for LightFile<L> {
    fn header(&self) -> Header {
        self.header
    }

    /// What the curve makes of light is sRGB.
    fn metadata(&mut self) -> Metadata {
        Metadata { icc: color::srgb(self.header.channels), ..Metadata::default() }
    }

    fn want(&mut self, wanted: Wanted) {
        self.ev = wanted.ev;
    }

    fn decode(
        self: Box<Self>,
        _memory: u64,
        _metadata: &mut Metadata,
        _warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let LightFile { light, header, ev } = *self;
        picture(header.size, header.channels, &light.unpacked(&header)?, ev)
    }
}

/// The header of a picture of light, of which the decoder unpacks so many pixels to floats.
fn header(format: Format, size: Size, has_alpha: bool, unpacked: u64) -> Header {
    let channels = if has_alpha { Channels::Rgba } else { Channels::Rgb };
    Header {
        format,
        size,
        channels,
        sample_bytes: 2,
        orientation: Orientation::NoTransforms,
        decoder_memory: unpacked.saturating_mul((channels.count() * size_of::<f32>()) as u64),
        lossless_webp: false,
        gain_map: None,
    }
}

/// Makes the picture. `light` holds red, green and blue in the primaries of sRGB, not below zero, and
/// transparency, straight, where the channels have it. `ev` is the exposure in stops.
fn picture(size: Size, channels: Channels, light: &[f32], ev: f32) -> Result<Picture, JobError> {
    let mut samples: Vec<u16> = Vec::new();
    samples
        .try_reserve_exact(light.len())
        .map_err(|_| fail(ErrorKind::OutOfMemory, format!("no memory for {} samples", light.len())))?;
    let gain = ev.exp2();
    for pixel in light.chunks_exact(channels.count()) {
        samples.extend(shown([pixel[0], pixel[1], pixel[2]].map(|light| light * gain)));
        samples.extend(pixel.get(3).map(|alpha| deep(alpha.clamp(0.0, 1.0))));
    }
    Ok(Picture { size, channels, samples: Samples::U16(samples) })
}

fn deep(value: f32) -> u16 {
    (value * 65_535.0 + 0.5) as u16
}

/// What a screen shows of any light in the primaries of sRGB.
pub(super) fn shown(light: [f32; 3]) -> [u16; 3] {
    tone(light).map(|light| deep(srgb::from_linear(light)))
}

/// The curve, from any light to 0–1.
fn tone(light: [f32; 3]) -> [f32; 3] {
    // What is not a number is no light either.
    let light = light.map(|light| if light > 0.0 { light.min(BRIGHTEST) } else { 0.0 });
    let peak = light[0].max(light[1]).max(light[2]);
    if peak <= SHOULDER {
        return light;
    }
    let room = 1.0 - SHOULDER;
    let compressed = 1.0 - room * room / (peak + room - SHOULDER);
    let white = 1.0 - 1.0 / (FADING * (peak - compressed) + 1.0);
    light.map(|light| {
        let scaled = light * (compressed / peak);
        scaled + (compressed - scaled) * white
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out in double precision from the published description.
    fn reference(light: [f64; 3]) -> [f64; 3] {
        let peak = light.into_iter().fold(0.0, f64::max);
        if peak <= 0.8 {
            return light;
        }
        let new_peak = 1.0 - 0.04 / (peak - 0.6);
        let keep = 1.0 / (0.15 * (peak - new_peak) + 1.0);
        light.map(|value| value * new_peak / peak * keep + new_peak * (1.0 - keep))
    }

    #[test]
    fn the_curve_is_the_published_one() {
        for red in [0.0, 0.1, 0.79, 0.81, 1.0, 3.0, 40.0, 60_000.0] {
            for green in [0.0, 0.5, 2.0, 900.0] {
                let light = [red, green, 0.25];
                let got = tone(light.map(|value| value as f32));
                for (got, expected) in got.into_iter().zip(reference(light)) {
                    assert!(
                        (f64::from(got) - expected).abs() < 1e-4,
                        "{light:?}: {got}, expected {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn more_light_is_never_darker_and_ends_in_white() {
        let mut last = [0.0; 3];
        for step in 0..400 {
            let light = (step as f32 / 20.0).exp2() / 1000.0;
            let now = tone([light, light * 0.4, light * 0.1]);
            assert!(
                now.iter().zip(last).all(|(now, last)| *now >= last - 1e-6),
                "{light}: {now:?} after {last:?}"
            );
            assert!(now.iter().all(|value| (0.0..=1.0).contains(value)));
            last = now;
        }
        assert!(last.iter().all(|value| *value > 0.98), "a lamp is white: {last:?}");
    }

    #[test]
    fn what_is_no_light_is_black_and_what_is_endless_white() {
        assert_eq!(tone([f32::NAN, -1.0, 0.0]), [0.0; 3]);
        let white = tone([f32::INFINITY; 3]);
        assert!(white.iter().all(|value| *value > 0.999), "{white:?}");
    }

    #[test]
    fn the_exposure_comes_before_the_curve() {
        let size = Size { width: 1, height: 1 };
        let made =
            |light: f32, ev| picture(size, Channels::Rgba, &[light, light, light, 0.5], ev).unwrap().samples;
        // 4 is far beyond white; two stops less make it 1, as if it had been 1.
        assert_eq!(made(4.0, -2.0), made(1.0, 0.0));
        // IEC 61966-2-1: light 0.5 is 1.055 × 0.5^(1/2.4) − 0.055 = 0.735357, of 65535.
        let Samples::U16(samples) = made(0.25, 1.0) else { panic!("depth") };
        assert_eq!(samples, [48_192, 48_192, 48_192, 32_768]);
    }
}
