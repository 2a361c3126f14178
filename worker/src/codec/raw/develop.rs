//! What the sensor saw becomes a picture: levels of black and white, white balance, three colours for each
//! pixel, sRGB, tones.
//!
//! Mosaics of red, green and blue, which nearly all sensors have, are worked on tile by tile straight into
//! the result; those of four colours by the library's own demosaicing of the whole picture. No state.

use protocol::{ErrorKind, JobError};
use rawler::imgop::sensor::bayer::bilinear::Bilinear4Channel;
use rawler::imgop::sensor::{Demosaic, SensorType};
use rawler::imgop::{Dim2, Point, Rect};
use rawler::pixarray::{Color2D, PixF32};
use rawler::rawimage::{CFAConfig, RawPhotometricInterpretation};
use rawler::{CFA, RawImage, RawImageData};

use super::bayer::{self, Area};
use super::color::{Colors, is_grey};
use super::highlights;
use super::opcodes::{Corrections, PixelPlace, PointCorrection, straighten};
use super::tone::Tone;
use super::unlit;
use super::xtrans;
use crate::codec::{buffer, fail, size};
use crate::image::{Channels, Picture, Samples};

/// What will be developed.
pub(super) struct Developing<'a> {
    pub(super) image: &'a RawImage,
    /// The part that makes up the picture.
    pub(super) area: Rect,
    /// Stops to brighten it by.
    pub(super) exposure: f32,
    pub(super) corrections: &'a Corrections,
}

/// Makes those of a DNG's corrections that are for the samples as they are stored.
pub(super) fn correct(image: &mut RawImage, corrections: &Corrections) -> Result<(), JobError> {
    let Corrections { stored, bad, .. } = corrections;
    let (width, height, planes) = (image.width, image.height, image.cpp);
    let RawImageData::Integer(samples) = &mut image.data else { return Ok(()) };
    for correction in stored {
        for (index, sample) in samples.iter_mut().enumerate() {
            let (pixel, plane) = (index / planes, index % planes);
            let place = place(pixel / width, pixel % width, plane, [height, width]);
            *sample = (correction.apply(place, f32::from(*sample) / 65535.0) * 65535.0 + 0.5) as u16;
        }
    }
    if planes == 1 {
        bad.iter().try_for_each(|bad| bad.mend(samples, width))?;
    }
    Ok(())
}

/// A place in an image of so many rows and columns, which the outline has seen to be of 32 bits.
fn place(row: usize, column: usize, plane: usize, [rows, columns]: [usize; 2]) -> PixelPlace {
    let [row, column, plane, rows, columns] = [row, column, plane, rows, columns].map(|n| n as u32);
    PixelPlace { row, column, plane, rows, columns }
}

/// The part of the sensor that light fell on.
fn lit(image: &RawImage) -> Rect {
    image.active_area.unwrap_or(Rect::new(Point::zero(), image.dim()))
}

/// Develops a photo.
pub(super) fn develop(photo: &Developing<'_>, warnings: &mut Vec<String>) -> Result<Picture, JobError> {
    let Developing { image, area, exposure, corrections } = *photo;
    let lit = lit(image);
    // A picture that will be straightened is needed whole.
    let painted = if corrections.warps.is_empty() { area } else { lit };
    let colors = Colors::of(image, warnings);
    let levels = Levels::of(image, &colors, !corrections.light.is_empty())?;
    let most = colors.headroom;
    let canvas = RawCanvas::new(image, painted, Tone::new(exposure, most), colors, &corrections.colors)?;
    let picture = match &image.data {
        RawImageData::Integer(samples) => {
            let light = SensorLight { samples, image, levels, most, corrections: &corrections.light };
            warnings.extend(unlit::note(area, |row, column| light.at(row, column, 0)));
            paint(image, &light, painted, canvas)
        }
        RawImageData::Float(samples) => {
            let light = SensorLight { samples, image, levels, most, corrections: &corrections.light };
            paint(image, &light, painted, canvas)
        }
    }?;
    if corrections.warps.is_empty() {
        return Ok(picture);
    }
    let within = Point::new(area.p.x - lit.p.x, area.p.y - lit.p.y);
    straighten(&corrections.warps, &picture, Rect::new(within, area.d))
}

fn paint<T: Copy + Into<f32>>(
    image: &RawImage,
    light: &SensorLight<'_, T>,
    area: Rect,
    canvas: RawCanvas<'_>,
) -> Result<Picture, JobError> {
    match (&image.photometric, image.cpp) {
        (RawPhotometricInterpretation::Cfa(config), 1) => paint_mosaic(image, light, area, canvas, config),
        (RawPhotometricInterpretation::BlackIsZero | RawPhotometricInterpretation::LinearRaw, 1) => {
            canvas.grey(|row, column| light.at(row, column, 0))
        }
        (
            RawPhotometricInterpretation::BlackIsZero
            | RawPhotometricInterpretation::LinearRaw
            | RawPhotometricInterpretation::Cfa(_),
            planes @ (3 | 4),
        ) => {
            let mut canvas = canvas;
            for row in 0..area.d.h {
                let pixels = (0..area.d.w).map(|column| {
                    let plane = |plane| {
                        if plane < planes { light.at(area.p.y + row, area.p.x + column, plane) } else { 0.0 }
                    };
                    [plane(0), plane(1), plane(2), plane(3)]
                });
                canvas.row(row, 0, pixels);
            }
            canvas.picture()
        }
        (_, planes) => Err(fail(
            ErrorKind::Unsupported,
            format!("raw photos of {planes} samples per pixel cannot be developed"),
        )),
    }
}

fn paint_mosaic<T: Copy + Into<f32>>(
    image: &RawImage,
    light: &SensorLight<'_, T>,
    area: Rect,
    mut canvas: RawCanvas<'_>,
    config: &CFAConfig,
) -> Result<Picture, JobError> {
    let CFAConfig { cfa, colors, sensor } = config;
    match sensor {
        SensorType::Bayer if cfa.is_rgb() => {
            let pattern = [0, 1].map(|row| [0, 1].map(|column| cfa.color_at(row, column)));
            bayer::demosaic(
                pattern,
                &span(lit(image)),
                &span(area),
                |row, column| light.at(row, column, 0),
                |row, column, pixels| canvas.row(row, column, pixels.iter().map(|&[r, g, b]| [r, g, b, 0.0])),
            );
        }
        SensorType::Bayer if cfa.unique_colors() == 4 => {
            let pixels = Bilinear4Channel::new().demosaic(&light.plane(), cfa, colors, area);
            canvas.all(pixels, |pixel| *pixel);
        }
        SensorType::Bayer => return Err(strange(cfa)),
        SensorType::Xtrans => {
            let phase = xtrans::Phase::of(|row, column| cfa.color_at(row, column));
            xtrans::demosaic(
                phase.ok_or_else(|| strange(cfa))?,
                &span(lit(image)),
                &span(area),
                |row, column| light.at(row, column, 0),
                |row, column, pixels| canvas.row(row, column, pixels.iter().map(|&[r, g, b]| [r, g, b, 0.0])),
            );
        }
    }
    canvas.picture()
}

fn strange(cfa: &CFA) -> JobError {
    fail(ErrorKind::Unsupported, format!("sensors with the colours {} cannot be developed", cfa.name))
}

fn span(area: Rect) -> Area {
    Area { rows: area.p.y..area.p.y + area.d.h, columns: area.p.x..area.p.x + area.d.w }
}

/// The level of black of each pixel, what its distance from black is multiplied by, and what that is
/// multiplied by for the white balance, repeated every so many rows and columns: a multiple of all mosaics
/// that there are. Where nothing comes in between, the last is part of the one before it.
struct Levels(Vec<[f32; 3]>);

const PERIOD: usize = 12;

impl Levels {
    fn of(image: &RawImage, colors: &Colors, is_apart: bool) -> Result<Levels, JobError> {
        // A number divided by nothing says nothing, nor does a white that is black.
        let black = image.blacklevel.as_vec().into_iter().map(|level| level.is_finite().then_some(level));
        let black: Vec<Option<f32>> = black.collect();
        let white = image.whitelevel.as_vec().into_iter().map(|level| (level > 0.0).then_some(level));
        let white: Vec<Option<f32>> = white.collect();
        let brightest = ((1u64 << image.bps.clamp(1, 32)) - 1) as f32;
        let (rows, columns) = (image.blacklevel.height.max(1), image.blacklevel.width.max(1));
        let level = |row: usize, column: usize, plane: usize| {
            let color = match &image.photometric {
                RawPhotometricInterpretation::Cfa(config) if image.cpp == 1 => {
                    config.colors.plane_lookup_table()[config.cfa.color_at(row, column)]
                }
                RawPhotometricInterpretation::Cfa(_)
                | RawPhotometricInterpretation::BlackIsZero
                | RawPhotometricInterpretation::LinearRaw => plane,
            };
            let place = (row % rows * columns + column % columns) * image.cpp + plane;
            let black = black.get(place).or(black.first()).copied().flatten().unwrap_or(0.0);
            let place = if image.cpp == 1 { row % 2 * 2 + column % 2 } else { plane };
            let white = white.get(place).or(white.first()).copied().flatten().unwrap_or(brightest);
            let balance = if is_grey(image) { 1.0 } else { colors.balance[color.min(3)] };
            let levels = if is_apart {
                [black, 1.0 / (white - black), balance]
            } else {
                [black, balance / (white - black), 1.0]
            };
            (white > black).then_some(levels)
        };
        let places = (0..PERIOD * PERIOD * image.cpp)
            .map(|i| level(i / image.cpp / PERIOD, i / image.cpp % PERIOD, i % image.cpp));
        let table: Option<Vec<[f32; 3]>> = places.collect();
        Ok(Levels(table.ok_or_else(|| fail(ErrorKind::Corrupt, "white is not brighter than black"))?))
    }
}

/// The sensor's samples as light: 0 is none, 1 is the end of the colour that ends first.
struct SensorLight<'a, T> {
    samples: &'a [T],
    image: &'a RawImage,
    levels: Levels,
    /// Where light ends.
    most: f32,
    /// For light that is not white-balanced yet.
    corrections: &'a [PointCorrection],
}

impl<T: Copy + Into<f32>> SensorLight<'_, T> {
    fn at(&self, row: usize, column: usize, plane: usize) -> f32 {
        let planes = self.image.cpp;
        let [black, scale, balance] =
            self.levels.0[(row % PERIOD * PERIOD + column % PERIOD) * planes + plane];
        let sample: f32 = self.samples[(row * self.image.width + column) * planes + plane].into();
        let light = (sample - black) * scale;
        let light =
            if self.corrections.is_empty() { light } else { self.corrected(row, column, plane, light) };
        (light * balance).clamp(0.0, self.most)
    }

    #[inline(never)]
    fn corrected(&self, row: usize, column: usize, plane: usize, light: f32) -> f32 {
        let Rect { p, d } = lit(self.image);
        // What lies before the corner counts as far beyond the end.
        let place = place(row.wrapping_sub(p.y), column.wrapping_sub(p.x), plane, [d.h, d.w]);
        self.corrections
            .iter()
            .fold(light.clamp(0.0, 1.0), |light, correction| correction.apply(place, light))
    }

    /// All of it, of a mosaic.
    fn plane(&self) -> PixF32 {
        let (width, height) = (self.image.width, self.image.height);
        let light = (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
        PixF32::new_with(light.map(|(row, column)| self.at(row, column, 0)).collect(), width, height)
    }
}

/// Corrections of the camera's colours, which are for those before the white balance.
struct ColorCorrections<'a> {
    list: &'a [PointCorrection],
    /// Where the picture begins within the lit area, and how large that is.
    corner: Point,
    lit: Dim2,
    /// Where light ends.
    most: f32,
}

impl ColorCorrections<'_> {
    #[inline(never)]
    fn apply(&self, row: usize, column: usize, pixel: [f32; 4], balance: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|plane| {
            let place = place(self.corner.y + row, self.corner.x + column, plane, [self.lit.h, self.lit.w]);
            let light = (pixel[plane] / balance[plane]).clamp(0.0, 1.0);
            let light = self.list.iter().fold(light, |light, correction| correction.apply(place, light));
            (light * balance[plane]).clamp(0.0, self.most)
        })
    }
}

/// The picture that comes into being.
struct RawCanvas<'a> {
    area: Rect,
    tone: Tone,
    colors: Colors,
    corrections: ColorCorrections<'a>,
    samples: Vec<u16>,
}

impl<'a> RawCanvas<'a> {
    fn new(
        image: &RawImage,
        area: Rect,
        tone: Tone,
        colors: Colors,
        list: &'a [PointCorrection],
    ) -> Result<RawCanvas<'a>, JobError> {
        let lit = lit(image);
        let corner = Point::new(area.p.x - lit.p.x, area.p.y - lit.p.y);
        let corrections = ColorCorrections { list, corner, lit: lit.d, most: colors.headroom };
        let samples = buffer((area.d.w * area.d.h * 3) as u64)?;
        Ok(RawCanvas { area, tone, colors, corrections, samples })
    }

    /// Sets the pixels of `row` from `column` on, from the camera's colours.
    fn row(&mut self, row: usize, column: usize, pixels: impl Iterator<Item = [f32; 4]>) {
        let RawCanvas { area, tone, colors, corrections, samples } = self;
        let start = (row * area.d.w + column) * 3;
        let targets = samples[start..].chunks_exact_mut(3);
        for ((index, target), mut pixel) in targets.enumerate().zip(pixels) {
            if !corrections.list.is_empty() {
                pixel = corrections.apply(row, column + index, pixel, colors.balance);
            }
            if colors.headroom > 1.0 {
                pixel[1] = highlights::green(pixel);
            }
            let rgb = colors.srgb(pixel);
            target.iter_mut().zip(rgb).for_each(|(sample, light)| *sample = tone.level(light));
        }
    }

    fn all<const N: usize>(&mut self, pixels: Color2D<f32, N>, planes: impl Fn(&[f32; N]) -> [f32; 4])
    where
        [f32; N]: Default,
    {
        for (index, row) in pixels.pixel_rows().enumerate() {
            self.row(index, 0, row.iter().map(&planes));
        }
    }

    /// Sets every pixel to a grey; `light` is by row and column of the sensor.
    fn grey(mut self, light: impl Fn(usize, usize) -> f32) -> Result<Picture, JobError> {
        let Rect { p, d } = self.area;
        self.samples.truncate(d.w * d.h);
        for (index, sample) in self.samples.iter_mut().enumerate() {
            let (row, column) = (index / d.w, index % d.w);
            let mut light = light(p.y + row, p.x + column);
            if !self.corrections.list.is_empty() {
                [light, ..] = self.corrections.apply(row, column, [light, 0.0, 0.0, 0.0], [1.0; 4]);
            }
            *sample = self.tone.level(light);
        }
        let size = size(d.w as u64, d.h as u64)?;
        Ok(Picture { size, channels: Channels::Grey, samples: Samples::U16(self.samples) })
    }

    fn picture(self) -> Result<Picture, JobError> {
        let size = size(self.area.d.w as u64, self.area.d.h as u64)?;
        Ok(Picture { size, channels: Channels::Rgb, samples: Samples::U16(self.samples) })
    }
}
