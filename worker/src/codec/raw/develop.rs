//! What the sensor saw becomes a picture: levels of black and white, white balance, three colours for each
//! pixel, sRGB, tones.
//!
//! Bayer mosaics, which nearly all sensors have, are worked on tile by tile straight into the result; the
//! rare others by the library's own demosaicing of the whole picture. What is blown out becomes white,
//! whatever the white balance. No state.

use protocol::{ErrorKind, JobError};
use rawler::imgop::sensor::bayer::bilinear::Bilinear4Channel;
use rawler::imgop::sensor::xtrans::markesteijn::XTransMarkesteijnDemosaic;
use rawler::imgop::sensor::{Demosaic, SensorType};
use rawler::imgop::{Point, Rect};
use rawler::pixarray::{Color2D, PixF32};
use rawler::rawimage::{CFAConfig, RawPhotometricInterpretation};
use rawler::{RawImage, RawImageData};

use super::bayer::{self, Area};
use super::color::{Colors, is_grey};
use super::tone::Tone;
use crate::codec::{buffer, fail, size};
use crate::image::{Channels, Picture, Samples};

/// Develops `area` of the image, brightened by `exposure` stops.
pub(super) fn develop(
    image: &RawImage,
    area: Rect,
    exposure: f32,
    warnings: &mut Vec<String>,
) -> Result<Picture, JobError> {
    let colors = Colors::of(image, warnings);
    let levels = Levels::of(image, &colors)?;
    let canvas = Canvas::new(area, Tone::new(exposure), colors)?;
    match &image.data {
        RawImageData::Integer(samples) => paint(image, &SensorLight { samples, image, levels }, area, canvas),
        RawImageData::Float(samples) => paint(image, &SensorLight { samples, image, levels }, area, canvas),
    }
}

fn paint<T: Copy + Into<f32>>(
    image: &RawImage,
    light: &SensorLight<'_, T>,
    area: Rect,
    canvas: Canvas,
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
    mut canvas: Canvas,
    config: &CFAConfig,
) -> Result<Picture, JobError> {
    let CFAConfig { cfa, colors, sensor } = config;
    match sensor {
        SensorType::Bayer if cfa.is_rgb() => {
            let pattern = [0, 1].map(|row| [0, 1].map(|column| cfa.color_at(row, column)));
            let lit = image.active_area.unwrap_or(Rect::new(Point::zero(), image.dim()));
            bayer::demosaic(
                pattern,
                &span(lit),
                &span(area),
                |row, column| light.at(row, column, 0),
                |row, column, pixels| canvas.row(row, column, pixels.iter().map(|&[r, g, b]| [r, g, b, 0.0])),
            );
        }
        SensorType::Bayer if cfa.unique_colors() == 4 => {
            let pixels = Bilinear4Channel::new().demosaic(&light.plane(), cfa, colors, area);
            canvas.all(pixels, |pixel| *pixel);
        }
        SensorType::Xtrans if cfa.is_rgb() => {
            let pixels = XTransMarkesteijnDemosaic::new_pass_1().demosaic(&light.plane(), cfa, colors, area);
            canvas.all(pixels, |&[r, g, b]| [r, g, b, 0.0]);
        }
        SensorType::Bayer | SensorType::Xtrans => {
            let detail = format!("sensors with the colours {} cannot be developed", cfa.name);
            return Err(fail(ErrorKind::Unsupported, detail));
        }
    }
    canvas.picture()
}

fn span(area: Rect) -> Area {
    Area { rows: area.p.y..area.p.y + area.d.h, columns: area.p.x..area.p.x + area.d.w }
}

/// The level of black of each pixel, and what its distance from black is multiplied by, repeated every so
/// many rows and columns: a multiple of all mosaics that there are.
struct Levels(Vec<[f32; 2]>);

const PERIOD: usize = 12;

impl Levels {
    fn of(image: &RawImage, colors: &Colors) -> Result<Levels, JobError> {
        let (black, white) = (image.blacklevel.as_vec(), image.whitelevel.as_vec());
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
            let black = *black.get(place).or(black.first()).unwrap_or(&0.0);
            let place = if image.cpp == 1 { row % 2 * 2 + column % 2 } else { plane };
            let white = *white.get(place).or(white.first()).unwrap_or(&65535.0);
            let balance = if is_grey(image) { 1.0 } else { colors.balance[color.min(3)] };
            (white > black).then(|| [black, balance / (white - black)])
        };
        let places = (0..PERIOD * PERIOD * image.cpp)
            .map(|i| level(i / image.cpp / PERIOD, i / image.cpp % PERIOD, i % image.cpp));
        let table: Option<Vec<[f32; 2]>> = places.collect();
        Ok(Levels(table.ok_or_else(|| fail(ErrorKind::Corrupt, "white is not brighter than black"))?))
    }
}

/// The sensor's samples as light: 0 is none, 1 is where the sensor or the white balance has no more.
struct SensorLight<'a, T> {
    samples: &'a [T],
    image: &'a RawImage,
    levels: Levels,
}

impl<T: Copy + Into<f32>> SensorLight<'_, T> {
    fn at(&self, row: usize, column: usize, plane: usize) -> f32 {
        let planes = self.image.cpp;
        let [black, scale] = self.levels.0[(row % PERIOD * PERIOD + column % PERIOD) * planes + plane];
        let sample: f32 = self.samples[(row * self.image.width + column) * planes + plane].into();
        ((sample - black) * scale).clamp(0.0, 1.0)
    }

    /// All of it, of a mosaic.
    fn plane(&self) -> PixF32 {
        let (width, height) = (self.image.width, self.image.height);
        let light = (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
        PixF32::new_with(light.map(|(row, column)| self.at(row, column, 0)).collect(), width, height)
    }
}

/// The picture that comes into being.
struct Canvas {
    area: Rect,
    tone: Tone,
    colors: Colors,
    samples: Vec<u16>,
}

impl Canvas {
    fn new(area: Rect, tone: Tone, colors: Colors) -> Result<Canvas, JobError> {
        Ok(Canvas { area, tone, colors, samples: buffer((area.d.w * area.d.h * 3) as u64)? })
    }

    /// Sets the pixels of `row` from `column` on, from the camera's colours.
    fn row(&mut self, row: usize, column: usize, pixels: impl Iterator<Item = [f32; 4]>) {
        let start = (row * self.area.d.w + column) * 3;
        for (target, pixel) in self.samples[start..].chunks_exact_mut(3).zip(pixels) {
            let rgb = self.colors.srgb(pixel);
            target.iter_mut().zip(rgb).for_each(|(sample, light)| *sample = self.tone.level(light));
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
            *sample = self.tone.level(light(p.y + index / d.w, p.x + index % d.w));
        }
        let size = size(d.w as u64, d.h as u64)?;
        Ok(Picture { size, channels: Channels::Grey, samples: Samples::U16(self.samples) })
    }

    fn picture(self) -> Result<Picture, JobError> {
        let size = size(self.area.d.w as u64, self.area.d.h as u64)?;
        Ok(Picture { size, channels: Channels::Rgb, samples: Samples::U16(self.samples) })
    }
}
