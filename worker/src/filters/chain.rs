//! Chains: neighbouring filters that look at one pixel at a time, run as one pass over the picture.
//!
//! Curves that follow one another become one table. Everything else runs strip by strip, so that a strip
//! stays in the cache through the whole chain. Each filter still rounds and clips as if it ran alone, so
//! fusing changes nothing. Alpha is never touched. No state; runs on a lane's thread.

use std::fmt;

use multiversion::multiversion;

use super::cube::Cube;
use super::pairs::{self, Pairs};
use super::sample::{Depth, Sample};
use super::{LUMA, luma};
use crate::image::{Channels, Picture, Samples};

/// Pixels that go through the whole chain at a time: 12 KiB of 8-bit colour.
const STRIP: usize = 4096;

/// A function from level to level; what it yields is rounded and clipped.
pub(crate) struct Curve(Box<dyn Fn(f32, Depth) -> f32 + Send>);

impl Curve {
    pub(crate) fn new(function: impl Fn(f32, Depth) -> f32 + Send + 'static) -> Self {
        Self(Box::new(function))
    }

    fn of<T: Sample>(&self, sample: T) -> T {
        T::from_level((self.0)(sample.level(), T::DEPTH))
    }
}

impl fmt::Debug for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Curve")
    }
}

/// Rows make red, green and blue.
pub(crate) type Matrix = [[f32; 3]; 3];

/// What one filter does to a pixel.
#[derive(Debug)]
pub(crate) enum Recoloring {
    /// The same curve for each colour sample.
    Curve(Curve),
    /// One for each of red, green and blue.
    Curves([Curve; 3]),
    /// A matrix under which grey stays the same grey.
    Matrix(Matrix),
    /// A matrix that gives grey a colour.
    Toning(Matrix),
    /// A mixture of red, green and blue, by weights whose sum is 1, instead of colours.
    Grey([f32; 3]),
    /// Colours moved away from grey by so much, the paler the more.
    Vibrance(f32),
    /// A three-dimensional table.
    Cube(Box<Cube>),
}

/// A chain, ready for pictures of every kind.
#[derive(Debug)]
pub(crate) struct Chain(Vec<Recoloring>);

/// One operation on a strip.
#[derive(Debug)]
enum Op<'a, T> {
    Table(Vec<T>),
    Tables([Vec<T>; 3]),
    Matrix(&'a Matrix),
    Cube(&'a Cube),
    Vibrance(f32),
    ToGrey([f32; 3]),
    ToColor,
}

impl Chain {
    pub(crate) fn new(recolorings: Vec<Recoloring>) -> Self {
        Self(recolorings)
    }

    /// Whether the first recolouring looks at nothing but the luma.
    pub(crate) fn starts_with_luma(&self) -> bool {
        matches!(self.0.first(), Some(Recoloring::Grey(LUMA)))
    }

    pub(crate) fn apply(&self, picture: Picture) -> Picture {
        let Picture { size, channels, samples } = picture;
        let (channels, samples) = match samples {
            Samples::U8(mut samples) => match &compile::<u8>(&self.0, channels)[..] {
                [Op::Table(table)] if !channels.has_alpha() && samples.len() >= pairs::LEAST => {
                    Pairs::new(table).apply(&mut samples);
                    (channels, Samples::U8(samples))
                }
                ops => run(ops, channels, samples),
            },
            Samples::U16(samples) => run(&compile(&self.0, channels), channels, samples),
        };
        Picture { size, channels, samples }
    }
}

/// Runs operations strip by strip.
fn run<T: Sample>(ops: &[Op<'_, T>], channels: Channels, mut samples: Vec<T>) -> (Channels, Samples) {
    let strip = STRIP * channels.count();
    let after = ops.iter().fold(channels, |channels, op| op.channels_after(channels));
    let stays = ops.iter().all(|op| op.channels_after(channels) == channels);
    if stays {
        for strip in samples.chunks_mut(strip) {
            for op in ops {
                op.apply(strip, channels);
            }
        }
        return (channels, T::wrap(samples));
    }
    let mut result = Vec::with_capacity(samples.len() / channels.count() * after.count());
    let (mut current, mut next) = (Vec::new(), Vec::new());
    for strip in samples.chunks(strip) {
        current.clear();
        current.extend_from_slice(strip);
        let mut now = channels;
        for op in ops {
            let then = op.channels_after(now);
            if then == now {
                op.apply(&mut current, now);
            } else {
                next.clear();
                match op {
                    Op::ToGrey(weights) => to_grey(&current, now, *weights, &mut next),
                    Op::ToColor => to_color(&current, now, &mut next),
                    Op::Table(_) | Op::Tables(_) | Op::Matrix(_) | Op::Cube(_) | Op::Vibrance(_) => {}
                }
                std::mem::swap(&mut current, &mut next);
            }
            now = then;
        }
        result.extend_from_slice(&current);
    }
    (after, T::wrap(result))
}

/// The operations that a picture with these channels needs.
fn compile<T: Sample>(recolorings: &[Recoloring], channels: Channels) -> Vec<Op<'_, T>> {
    let mut ops = Vec::new();
    let mut grey = channels.color_count() == 1;
    for recoloring in recolorings {
        let colors = match recoloring {
            Recoloring::Curve(_) | Recoloring::Matrix(_) | Recoloring::Grey(_) | Recoloring::Vibrance(_) => {
                false
            }
            Recoloring::Curves(_) | Recoloring::Toning(_) | Recoloring::Cube(_) => true,
        };
        if grey && colors {
            ops.push(Op::ToColor);
            grey = false;
        }
        match recoloring {
            Recoloring::Curve(curve) => match ops.last_mut() {
                Some(Op::Table(table)) => follow(table, curve),
                Some(Op::Tables(tables)) => tables.iter_mut().for_each(|table| follow(table, curve)),
                Some(Op::Matrix(_) | Op::Cube(_) | Op::Vibrance(_) | Op::ToGrey(_) | Op::ToColor) | None => {
                    ops.push(Op::Table(table(curve)));
                }
            },
            Recoloring::Curves(curves) => match ops.pop() {
                Some(Op::Tables(mut tables)) => {
                    tables.iter_mut().zip(curves).for_each(|(table, curve)| follow(table, curve));
                    ops.push(Op::Tables(tables));
                }
                Some(Op::Table(one)) => {
                    let tables = curves.each_ref().map(|curve| {
                        let mut table = one.clone();
                        follow(&mut table, curve);
                        table
                    });
                    ops.push(Op::Tables(tables));
                }
                other => {
                    ops.extend(other);
                    ops.push(Op::Tables(curves.each_ref().map(table)));
                }
            },
            Recoloring::Matrix(_) | Recoloring::Vibrance(_) if grey => {}
            Recoloring::Vibrance(amount) => ops.push(Op::Vibrance(*amount)),
            Recoloring::Matrix(matrix) | Recoloring::Toning(matrix) => ops.push(Op::Matrix(matrix)),
            Recoloring::Cube(cube) => ops.push(Op::Cube(cube)),
            Recoloring::Grey(_) if grey => {}
            Recoloring::Grey(weights) => {
                ops.push(Op::ToGrey(*weights));
                grey = true;
            }
        }
    }
    ops
}

/// What the curve makes of every sample.
fn table<T: Sample>(curve: &Curve) -> Vec<T> {
    (0..1 << T::DEPTH.bits).map(|level| curve.of(T::from_index(level))).collect()
}

/// Applies the curve to what a table yields.
fn follow<T: Sample>(table: &mut [T], curve: &Curve) {
    for entry in table {
        *entry = curve.of(*entry);
    }
}

impl<T: Sample> Op<'_, T> {
    fn channels_after(&self, channels: Channels) -> Channels {
        match self {
            Op::Table(_) | Op::Tables(_) | Op::Matrix(_) | Op::Cube(_) | Op::Vibrance(_) => channels,
            Op::ToGrey(_) => {
                if channels.has_alpha() {
                    Channels::GreyAlpha
                } else {
                    Channels::Grey
                }
            }
            Op::ToColor => {
                if channels.has_alpha() {
                    Channels::Rgba
                } else {
                    Channels::Rgb
                }
            }
        }
    }

    /// Applies an operation that leaves the channels as they are.
    fn apply(&self, strip: &mut [T], channels: Channels) {
        match channels {
            Channels::Grey => apply_to_pixels::<T, 1>(self, strip, 1),
            Channels::GreyAlpha => apply_to_pixels::<T, 2>(self, strip, 1),
            Channels::Rgb => apply_to_pixels::<T, 3>(self, strip, 3),
            Channels::Rgba => apply_to_pixels::<T, 4>(self, strip, 3),
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn apply_to_pixels<T: Sample, const COUNT: usize>(op: &Op<'_, T>, strip: &mut [T], colors: usize) {
    let (pixels, _) = strip.as_chunks_mut::<COUNT>();
    match op {
        Op::Table(table) => {
            for pixel in pixels {
                for sample in &mut pixel[..colors] {
                    *sample = table[sample.index()];
                }
            }
        }
        Op::Tables(tables) => {
            for pixel in pixels {
                for (sample, table) in pixel[..colors].iter_mut().zip(tables) {
                    *sample = table[sample.index()];
                }
            }
        }
        Op::Matrix(matrix) => {
            for pixel in pixels {
                if let [r, g, b, ..] = &mut pixel[..] {
                    let [x, y, z] = [r.level(), g.level(), b.level()];
                    let row =
                        |n: usize| T::from_level(matrix[n][0] * x + matrix[n][1] * y + matrix[n][2] * z);
                    (*r, *g, *b) = (row(0), row(1), row(2));
                }
            }
        }
        Op::Cube(cube) => {
            for pixel in pixels {
                if let [r, g, b, ..] = &mut pixel[..] {
                    let color = [r.level(), g.level(), b.level()].map(|level| level / T::DEPTH.max);
                    [*r, *g, *b] = cube.look_up(color).map(|value| T::from_level(value * T::DEPTH.max));
                }
            }
        }
        Op::Vibrance(amount) => {
            for pixel in pixels {
                if let [r, g, b, ..] = &mut pixel[..] {
                    let [x, y, z] = [r.level(), g.level(), b.level()];
                    let grey = luma(x, y, z);
                    let vividness = (x.max(y).max(z) - x.min(y).min(z)) / T::DEPTH.max;
                    let factor = 1.0 + amount * (1.0 - vividness);
                    let moved = |level: f32| T::from_level(grey + (level - grey) * factor);
                    (*r, *g, *b) = (moved(x), moved(y), moved(z));
                }
            }
        }
        Op::ToGrey(_) | Op::ToColor => {}
    }
}

/// Appends a strip with grey as colours.
fn to_color<T: Sample>(strip: &[T], channels: Channels, into: &mut Vec<T>) {
    match channels {
        Channels::Grey => into.extend(strip.iter().flat_map(|v| [*v; 3])),
        Channels::GreyAlpha => into.extend(strip.as_chunks().0.iter().flat_map(|&[v, a]| [v, v, v, a])),
        Channels::Rgb | Channels::Rgba => into.extend_from_slice(strip),
    }
}

/// Appends a strip with colours as grey.
#[multiversion(targets("x86_64+avx2"))]
fn to_grey<T: Sample>(strip: &[T], channels: Channels, weights: [f32; 3], into: &mut Vec<T>) {
    let [red, green, blue] = weights;
    let mixed = |r: T, g: T, b: T| T::from_level(red * r.level() + green * g.level() + blue * b.level());
    match channels {
        Channels::Rgb => into.extend(strip.as_chunks().0.iter().map(|&[r, g, b]| mixed(r, g, b))),
        Channels::Rgba => {
            into.extend(strip.as_chunks().0.iter().flat_map(|&[r, g, b, a]| [mixed(r, g, b), a]));
        }
        Channels::Grey | Channels::GreyAlpha => into.extend_from_slice(strip),
    }
}

#[inline(always)]
pub(super) fn grey_of<T: Sample>(red: T, green: T, blue: T) -> T {
    T::from_level(luma(red.level(), green.level(), blue.level()))
}
