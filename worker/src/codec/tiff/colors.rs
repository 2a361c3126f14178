//! From the samples of a TIFF to a picture: what is white, palettes, inks, luma and chroma, Lab, light, and
//! colours that were multiplied by their transparency. No state.

use protocol::JobError;

use super::kinds::{BitDepth, TiffAlpha, TiffColors, YccRule};
use super::layout::TiffLayout;
use super::samples::read;
use crate::codec::{buffer, light};
use crate::color;
use crate::filters::srgb;
use crate::image::{Channels, Picture, Samples};

/// The white of Lab colours (ICC.1:2022, 7.2.18).
const D50: [f32; 3] = [0.9642, 1.0, 0.8249];
/// From XYZ with that white to linear sRGB (IEC 61966-2-1 with the Bradford transform of ICC.1, annex E).
const XYZ_TO_SRGB: [[f32; 3]; 3] = [
    [3.134_136, -1.617_386, -0.490_662],
    [-0.978_795, 1.916_254, 0.033_443],
    [0.071_955, -0.228_977, 1.405_386],
];

/// What decoding yields: its channels, and bytes per sample.
pub(super) fn yields(layout: &TiffLayout<'_>) -> (Channels, u64) {
    let channels = match (&layout.colors, layout.alpha) {
        (TiffColors::Grey { .. }, None) => Channels::Grey,
        (TiffColors::Grey { .. }, Some(_)) => Channels::GreyAlpha,
        (_, None) => Channels::Rgb,
        (_, Some(_)) => Channels::Rgba,
    };
    let bytes = match (&layout.colors, layout.depth) {
        (TiffColors::Palette(_) | TiffColors::Inks, _) | (_, BitDepth::Whole(..=8)) => 1,
        (_, BitDepth::Whole(_) | BitDepth::Half | BitDepth::Single | BitDepth::Double) => 2,
    };
    (channels, bytes)
}

/// Decodes. Takes the profile where the pixels come out in sRGB.
pub(super) fn picture(
    layout: &TiffLayout<'_>,
    file: &[u8],
    icc: &mut Option<Vec<u8>>,
    warnings: &mut Vec<String>,
) -> Result<Picture, JobError> {
    let samples = match layout.depth {
        BitDepth::Whole(..=8) => match whole(read::<u8>(layout, file, warnings)?, layout, icc, warnings)? {
            Converted::Same(samples) => Samples::U8(samples),
            Converted::Eight(samples) => Samples::U8(samples),
        },
        BitDepth::Whole(_) => {
            let samples = read::<u16>(layout, file, warnings)?;
            if matches!(layout.colors, TiffColors::Inks) && samples.iter().any(|sample| sample % 257 != 0) {
                warnings.push("inks are converted with 8 bits each: this file has more".to_owned());
            }
            match whole(samples, layout, icc, warnings)? {
                Converted::Same(samples) => Samples::U16(samples),
                Converted::Eight(samples) => Samples::U8(samples),
            }
        }
        BitDepth::Half | BitDepth::Single | BitDepth::Double => {
            let light = read::<f32>(layout, file, warnings)?;
            Samples::U16(of_light(&light, layout, icc.is_some(), warnings)?)
        }
    };
    Ok(Picture { size: layout.size, channels: yields(layout).0, samples })
}

/// Samples in the depth that they were stored in, or always of 8 bits.
enum Converted<T> {
    Same(Vec<T>),
    Eight(Vec<u8>),
}

/// A whole number that goes from none to all.
trait Level: Copy + Default {
    const MOST: f32;
    fn from_f32(value: f32) -> Self;
    fn to_f32(self) -> f32;
    fn to_index(self) -> usize;
    fn to_eight(self) -> u8;
    /// Of a number with a sign in the same bits.
    fn signed(self) -> f32;
    fn inverted(self) -> Self;
}

impl Level for u8 {
    const MOST: f32 = 255.0;
    fn from_f32(value: f32) -> Self {
        (value + 0.5) as u8
    }
    fn to_f32(self) -> f32 {
        self.into()
    }
    fn to_index(self) -> usize {
        self.into()
    }
    fn to_eight(self) -> u8 {
        self
    }
    fn signed(self) -> f32 {
        self.cast_signed().into()
    }
    fn inverted(self) -> Self {
        !self
    }
}

impl Level for u16 {
    const MOST: f32 = 65_535.0;
    fn from_f32(value: f32) -> Self {
        (value + 0.5) as u16
    }
    fn to_f32(self) -> f32 {
        self.into()
    }
    fn to_index(self) -> usize {
        self.into()
    }
    fn to_eight(self) -> u8 {
        ((u32::from(self) + 128) / 257) as u8
    }
    fn signed(self) -> f32 {
        f32::from(self.cast_signed()) / 256.0
    }
    fn inverted(self) -> Self {
        !self
    }
}

/// What the samples mean.
fn whole<T: Level>(
    mut samples: Vec<T>,
    layout: &TiffLayout<'_>,
    icc: &mut Option<Vec<u8>>,
    warnings: &mut Vec<String>,
) -> Result<Converted<T>, JobError> {
    let step = layout.colors.count() + usize::from(layout.alpha.is_some());
    // It is the samples that were multiplied, and not what they become.
    let mut straighten_later = layout.alpha;
    match &layout.colors {
        TiffColors::Inks | TiffColors::YCbCr(_) | TiffColors::IccLab => {
            straighten(&mut samples, step, straighten_later.take());
        }
        TiffColors::Grey { .. } | TiffColors::Rgb | TiffColors::Palette(_) | TiffColors::CieLab => {}
    }
    match &layout.colors {
        TiffColors::Grey { inverted: true } => {
            samples.iter_mut().step_by(step).for_each(|grey| *grey = grey.inverted());
        }
        TiffColors::Grey { inverted: false } | TiffColors::Rgb => {}
        TiffColors::Palette(palette) => {
            return of_palette(&samples, step, palette, straighten_later).map(Converted::Eight);
        }
        TiffColors::Inks => return of_inks(&samples, step, layout, icc, warnings).map(Converted::Eight),
        TiffColors::YCbCr(rule) => convert(&mut samples, step, |pixel| rgb(rule, pixel.map(T::to_f32))),
        TiffColors::CieLab => {
            *icc = None;
            convert(&mut samples, step, |[l, a, b]| {
                srgb_of_lab([l.to_f32() / T::MOST * 100.0, a.signed(), b.signed()])
            });
        }
        TiffColors::IccLab => {
            *icc = None;
            // ICC.1:2022, 6.3.4.2: 100 is 255 or 65280, and 128 or 32768 is none of a and b.
            let unit = if T::MOST > 255.0 { 256.0 } else { 1.0 };
            convert(&mut samples, step, |pixel| {
                let [l, a, b] = pixel.map(|sample| sample.to_f32() / unit);
                srgb_of_lab([l / 2.55, a - 128.0, b - 128.0])
            });
        }
    }
    straighten(&mut samples, step, straighten_later);
    Ok(Converted::Same(samples))
}

/// The colours that the first samples of pixels stand for; the others stay.
fn of_palette<T: Level>(
    samples: &[T],
    step: usize,
    palette: &[[u8; 3]],
    alpha: Option<TiffAlpha>,
) -> Result<Vec<u8>, JobError> {
    let mut pixels: Vec<u8> = buffer(samples.len() as u64 / step as u64 * (step as u64 + 2))?;
    for (pixel, from) in pixels.chunks_exact_mut(step + 2).zip(samples.chunks_exact(step)) {
        // There are as many colours as numbers of these bits.
        pixel[..3].copy_from_slice(&palette[from[0].to_index()]);
        pixel[3..].iter_mut().zip(&from[1..]).for_each(|(to, alpha)| *to = alpha.to_eight());
    }
    straighten(&mut pixels, step + 2, alpha);
    Ok(pixels)
}

/// The colours of four inks; a transparency behind them stays.
fn of_inks<T: Level>(
    samples: &[T],
    step: usize,
    layout: &TiffLayout<'_>,
    icc: &mut Option<Vec<u8>>,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    let mut inks: Vec<u8> = buffer(layout.size.pixels() * 4)?;
    for (ink, from) in inks.chunks_exact_mut(4).zip(samples.chunks_exact(step)) {
        ink.iter_mut().zip(from).for_each(|(to, from)| *to = from.to_eight());
    }
    if T::MOST > 255.0 {
        warnings.push("inks of 16 bits were converted with 8".to_owned());
    }
    let colors = color::cmyk_to_rgb(inks, false, icc, warnings);
    if layout.alpha.is_none() {
        return Ok(colors);
    }
    let mut pixels: Vec<u8> = buffer(layout.size.pixels() * 4)?;
    let sources = colors.chunks_exact(3).zip(samples.chunks_exact(step));
    for (pixel, (color, from)) in pixels.chunks_exact_mut(4).zip(sources) {
        pixel[..3].copy_from_slice(color);
        pixel[3] = from[4].to_eight();
    }
    Ok(pixels)
}

/// Replaces the first three samples of each pixel by colours of 0–1.
fn convert<T: Level>(samples: &mut [T], step: usize, color: impl Fn([T; 3]) -> [f32; 3]) {
    for pixel in samples.chunks_exact_mut(step) {
        let converted = color([pixel[0], pixel[1], pixel[2]]);
        for (sample, value) in pixel.iter_mut().zip(converted) {
            *sample = T::from_f32(value.clamp(0.0, 1.0) * T::MOST);
        }
    }
}

/// Divides colours of so many samples, the last of them transparency, by it where they were multiplied by it.
fn straighten<T: Level>(samples: &mut [T], step: usize, alpha: Option<TiffAlpha>) {
    if !alpha.is_some_and(|alpha| alpha.associated) {
        return;
    }
    for pixel in samples.chunks_exact_mut(step) {
        let Some((alpha, colors)) = pixel.split_last_mut() else { continue };
        let alpha = alpha.to_f32();
        for color in colors {
            // Where nothing is seen there is no colour.
            let straight = if alpha > 0.0 { color.to_f32() * T::MOST / alpha } else { 0.0 };
            *color = T::from_f32(straight.min(T::MOST));
        }
    }
}

/// Brings light to what a screen shows, with a curve only where some of it is brighter than white. With a
/// profile, numbers up to 1 are colours as it says.
fn of_light(
    light: &[f32],
    layout: &TiffLayout<'_>,
    has_profile: bool,
    warnings: &mut Vec<String>,
) -> Result<Vec<u16>, JobError> {
    let count = layout.colors.count();
    let step = count + usize::from(layout.alpha.is_some());
    let associated = layout.alpha.is_some_and(|alpha| alpha.associated);
    let inverted = layout.colors == TiffColors::Grey { inverted: true };
    let level = |value: f32| (value.clamp(0.0, 1.0) * u16::MOST + 0.5) as u16;
    let alpha = |pixel: &[f32]| pixel.get(count).map(|alpha| alpha.clamp(0.0, 1.0));
    let number = |pixel: &[f32], index: usize| {
        let divisor = alpha(pixel).filter(|alpha| associated && *alpha > 0.0).unwrap_or(1.0);
        let number = pixel[index.min(count - 1)];
        (if inverted { 1.0 - number } else { number }) / divisor
    };
    // Divided numbers are not exact.
    const NEARLY: f32 = 1e-4;
    let any = |is_it: fn(f32) -> bool| {
        light.chunks_exact(step).any(|pixel| (0..count).any(|index| is_it(number(pixel, index))))
    };
    let beyond = any(|number| number > 1.0 + NEARLY);
    let mut shown: Vec<u16> = buffer(light.len() as u64)?;
    for (pixel, from) in shown.chunks_exact_mut(step).zip(light.chunks_exact(step)) {
        let color = [0, 1, 2].map(|index| number(from, index));
        let color = match (has_profile, beyond) {
            (true, _) => color.map(level),
            (false, true) => light::shown(color),
            (false, false) => color.map(|light| level(srgb::from_linear(light.clamp(0.0, 1.0)))),
        };
        pixel[..count].copy_from_slice(&color[..count]);
        pixel[count..].iter_mut().zip(alpha(from)).for_each(|(to, alpha)| *to = level(alpha));
    }
    if beyond {
        let what = if has_profile { "clipped" } else { "taken for light brighter than white" };
        warnings.push(format!("numbers beyond 1 were {what}"));
    }
    if any(|number| number < -NEARLY) {
        warnings.push("numbers below 0 became black".to_owned());
    }
    warnings.extend(light::endless(light));
    Ok(shown)
}

/// Colours of luma and chroma (TIFF 6.0, sections 20 and 21).
fn rgb(rule: &YccRule, ycc: [f32; 3]) -> [f32; 3] {
    let [red_part, green_part, blue_part] = rule.luma;
    let full = |index: usize, codes: f32| {
        let (none, all) = (rule.range[2 * index], rule.range[2 * index + 1]);
        (ycc[index] - none) * codes / (all - none)
    };
    let (luma, cb, cr) = (full(0, 255.0), full(1, 127.0), full(2, 127.0));
    let red = luma + cr * (2.0 - 2.0 * red_part);
    let blue = luma + cb * (2.0 - 2.0 * blue_part);
    let green = (luma - blue_part * blue - red_part * red) / green_part;
    [red, green, blue].map(|value| value / 255.0)
}

/// sRGB of a Lab colour (CIE 15, 8.2.1.1).
fn srgb_of_lab([l, a, b]: [f32; 3]) -> [f32; 3] {
    let y = (l + 16.0) / 116.0;
    let light = |f: f32| if f > 6.0 / 29.0 { f.powi(3) } else { (f - 4.0 / 29.0) * (108.0 / 841.0) };
    let xyz = [light(y + a / 500.0) * D50[0], light(y) * D50[1], light(y - b / 200.0) * D50[2]];
    XYZ_TO_SRGB.map(|row| {
        let sum: f32 = row.iter().zip(xyz).map(|(part, value)| part * value).sum();
        srgb::from_linear(sum.clamp(0.0, 1.0))
    })
}
