//! Pictures of light, OpenEXR and Radiance HDR: numbers without an upper end, where 1 is white, brought to
//! what a screen shows.
//!
//! The exposure comes first, then the curve (`color/tone.rs`), then sRGB with 16 bits.

pub(super) mod exr;
pub(super) mod hdr;

use image::metadata::Orientation;
use moxcms::{Chromaticity, ColorPrimaries, ColorProfile, XyY};
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;

use super::{Header, Opened, Wanted, fail};
use crate::color::{self, tone};
use crate::filters::srgb;
use crate::image::{Channels, Extra, Metadata, Picture, Samples};

/// What a file's own module knows of it: the numbers.
trait ReadLight {
    /// Red, green and blue in the primaries of sRGB, and transparency, straight, where the header's
    /// channels have it. What shows only then goes to what the file holds beside.
    fn unpacked(self, header: &Header, beside: &mut Vec<Extra>) -> Result<Vec<f32>, JobError>;
}

/// Where the colours of light lie, each x and y.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Primaries {
    red: [f32; 2],
    green: [f32; 2],
    blue: [f32; 2],
    white: [f32; 2],
}

impl Primaries {
    /// What is said of primaries under this name that are none.
    fn mean_nothing(name: &str) -> String {
        format!("{name} mean nothing: its colours were taken for sRGB")
    }

    /// Brings light to those of sRGB; colours out of their reach lose what is below zero. Primaries that
    /// are none change nothing.
    fn to_srgb(self, light: &mut [f32], step: usize) {
        let Some(matrix) = self.matrix() else { return };
        for pixel in light.chunks_exact_mut(step) {
            let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
            for (place, row) in pixel.iter_mut().zip(matrix) {
                *place = (row[0] * red + row[1] * green + row[2] * blue) as f32;
            }
        }
    }

    /// Whether white is something that the three add up to: it lies on the same side of each line from one to
    /// the next.
    fn enclose_white(self) -> bool {
        let Primaries { red, green, blue, white } = self;
        let side = |[from, to]: [[f32; 2]; 2]| {
            (to[0] - from[0]) * (white[1] - from[1]) - (to[1] - from[1]) * (white[0] - from[0])
        };
        let sides = [[red, green], [green, blue], [blue, red]].map(side);
        white[1] > 0.0 && (sides.iter().all(|side| *side > 0.0) || sides.iter().all(|side| *side < 0.0))
    }

    /// What brings colours to those of sRGB; `None` if these are no primaries.
    fn matrix(self) -> Option<[[f64; 3]; 3]> {
        if !self.enclose_white() {
            return None;
        }
        let [red, green, blue, white] =
            [self.red, self.green, self.blue, self.white].map(|[x, y]| Chromaticity::new(x, y));
        let mut profile = ColorProfile::new_srgb();
        let white = XyY { x: white.x.into(), y: white.y.into(), yb: 1.0 };
        profile.update_rgb_colorimetry(white, ColorPrimaries { red, green, blue });
        let matrix = profile.transform_matrix(&ColorProfile::new_srgb()).v;
        matrix.iter().flatten().all(|number| number.is_finite()).then_some(matrix)
    }
}

/// A file of light whose header has been read.
struct LightFile<L> {
    light: L,
    header: Header,
    metadata: Metadata,
    notes: Vec<String>,
    ev: f32,
}

impl<L: ReadLight> LightFile<L> {
    fn new(light: L, header: Header, metadata: Metadata) -> Self {
        Self { light, header, metadata, notes: Vec::new(), ev: 0.0 }
    }
}

impl<L: ReadLight> Opened for LightFile<L> {
    fn header(&self) -> Header {
        self.header
    }

    /// What the curve makes of light is sRGB.
    fn metadata(&mut self) -> Metadata {
        Metadata { icc: color::srgb(self.header.channels), ..std::mem::take(&mut self.metadata) }
    }

    fn want(&mut self, wanted: Wanted) {
        self.ev = wanted.ev;
    }

    fn decode(
        self: Box<Self>,
        _memory: u64,
        metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let LightFile { light, header, notes, ev, metadata: _ } = *self;
        warnings.extend(notes);
        let numbers = light.unpacked(&header, &mut metadata.extras)?;
        warnings.extend(endless(&numbers));
        picture(header.size, header.channels, &numbers, ev)
    }
}

/// What is said of samples that are not numbers, or have no end, if there are such.
pub(super) fn endless(numbers: &[f32]) -> Option<String> {
    let are_sound = numbers.iter().all(|number| number.is_finite());
    (!are_sound).then(|| "samples that are not numbers, or infinite, became black or white".to_owned())
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
    tone::mapped(light).map(|light| deep(srgb::from_linear(light)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
