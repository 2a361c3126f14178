//! Scales the light that samples stand for, in single precision.
//!
//! Row after row of the input is turned into light and added to the rows of the result that it is a part of,
//! of which no more than a few are under way at a time. A row that is whole is scaled across and turned back
//! into samples. So no picture of floats is ever held.

use std::collections::VecDeque;

use bytemuck::Pod;
use multiversion::multiversion;
use recipe::filter::Kernel;

use crate::{Channels, Scaling};

/// Floats read at a time, which is the most that a pixel has.
const LANES: usize = 4;

/// The curve between samples and light, as tables.
#[derive(Debug)]
pub struct LightCurve<S> {
    /// The light of every sample, 0–1.
    light: Vec<f32>,
    /// The sample of the square root of a light, which is nearly proportional to it.
    samples: Vec<S>,
}

impl<S: LightSample> LightCurve<S> {
    /// Of a curve and its inverse, from and to 0–1.
    pub fn new(to_light: impl Fn(f32) -> f32, from_light: impl Fn(f32) -> f32) -> Self {
        let roots = (0..S::ROOTS).map(|root| root as f32 / (S::ROOTS - 1) as f32);
        let samples = roots.map(|root| S::nearest(from_light(root * root))).collect();
        Self {
            light: (0..=S::WHITE).map(|sample| to_light(sample as f32 / S::WHITE as f32)).collect(),
            samples,
        }
    }

    fn light(&self, sample: S) -> f32 {
        self.light[sample.index()]
    }

    fn sample(&self, light: f32) -> S {
        let root = light.clamp(0.0, 1.0).sqrt() * (self.samples.len() - 1) as f32;
        self.samples[(root + 0.5) as usize]
    }
}

/// A sample of 8 or 16 bits.
pub trait LightSample: Pod {
    /// The greatest of them.
    const WHITE: usize;
    /// Square roots of light that are told apart: so many that none is more than half a sample away, nor
    /// with 8 bits a twentieth.
    const ROOTS: usize;
    /// The nearest to a value, 0–1.
    fn nearest(value: f32) -> Self;
    /// As an index into a table.
    fn index(self) -> usize;
}

impl LightSample for u8 {
    const WHITE: usize = 255;
    const ROOTS: usize = 4096;
    fn nearest(value: f32) -> u8 {
        (value * 255.0 + 0.5) as u8
    }
    fn index(self) -> usize {
        self.into()
    }
}

impl LightSample for u16 {
    const WHITE: usize = 65_535;
    const ROOTS: usize = 1 << 17;
    fn nearest(value: f32) -> u16 {
        (value * 65_535.0 + 0.5) as u16
    }
    fn index(self) -> usize {
        self.into()
    }
}

/// Scales samples as [`crate::Resampler`] does, but the light that they stand for. Alpha has no curve.
pub fn scale<S: LightSample>(samples: &[S], scaling: &Scaling, curve: &LightCurve<S>) -> Vec<S> {
    match scaling.channels {
        Channels::Grey => scaled::<S, 1>(samples, scaling, curve),
        Channels::GreyAlpha => scaled::<S, 2>(samples, scaling, curve),
        Channels::Rgb => scaled::<S, 3>(samples, scaling, curve),
        Channels::Rgba => scaled::<S, 4>(samples, scaling, curve),
    }
}

/// The same for pixels of `COUNT` samples.
fn scaled<S: LightSample, const COUNT: usize>(
    samples: &[S],
    scaling: &Scaling,
    curve: &LightCurve<S>,
) -> Vec<S> {
    let Scaling { from, part: [width, height], to, channels, kernel } = *scaling;
    let across = Weights::new(width, from.width, to.width, kernel);
    let down = Weights::new(height, from.height, to.height, kernel);
    let row_len = from.width as usize * COUNT;
    let mut scaled = Vec::with_capacity(to.width as usize * to.height as usize * COUNT);
    let mut light = vec![0.0; row_len];
    let mut under_way: VecDeque<Vec<f32>> = VecDeque::new();
    let mut spare: Vec<Vec<f32>> = Vec::new();
    let (mut first, mut next) = (0, 0);
    for (y, row) in samples.chunks_exact(row_len).enumerate() {
        to_light::<S, COUNT>(row, channels.has_alpha(), curve, &mut light);
        while down.windows.get(next).is_some_and(|window| window.first <= y) {
            let mut sums = spare.pop().unwrap_or_default();
            sums.clear();
            // Room to read a whole pixel's worth of floats at the end.
            sums.resize(row_len + LANES, 0.0);
            under_way.push_back(sums);
            next += 1;
        }
        for (index, sums) in (first..).zip(&mut under_way) {
            if let Some(weight) = down.at(index).get(y - down.windows[index].first) {
                add(sums, &light, *weight);
            }
        }
        while first < next && down.windows[first].end <= y + 1 {
            let Some(sums) = under_way.pop_front() else { break };
            from_light::<S, COUNT>(&sums, &across, channels.has_alpha(), curve, &mut scaled);
            spare.push(sums);
            first += 1;
        }
    }
    scaled
}

#[multiversion(targets("x86_64+avx2"))]
fn add(sums: &mut [f32], light: &[f32], weight: f32) {
    for (sum, light) in sums.iter_mut().zip(light) {
        *sum += light * weight;
    }
}

/// The light of a row, multiplied by alpha where there is one.
fn to_light<S: LightSample, const COUNT: usize>(
    row: &[S],
    has_alpha: bool,
    curve: &LightCurve<S>,
    light: &mut [f32],
) {
    if !has_alpha {
        for (light, sample) in light.iter_mut().zip(row) {
            *light = curve.light(*sample);
        }
        return;
    }
    for (light, pixel) in light.as_chunks_mut::<COUNT>().0.iter_mut().zip(row.as_chunks::<COUNT>().0) {
        let alpha = pixel[COUNT - 1].index() as f32 / S::WHITE as f32;
        *light = pixel.map(|sample| curve.light(sample) * alpha);
        light[COUNT - 1] = alpha;
    }
}

/// Scales a row across, and appends its samples.
#[multiversion(targets("x86_64+avx2"))]
fn from_light<S: LightSample, const COUNT: usize>(
    row: &[f32],
    across: &Weights,
    has_alpha: bool,
    curve: &LightCurve<S>,
    into: &mut Vec<S>,
) {
    for (index, window) in across.windows.iter().enumerate() {
        let mut sums = [0.0f32; LANES];
        let lights = row[window.first * COUNT..].windows(LANES).step_by(COUNT);
        for (weight, lights) in across.at(index).iter().zip(lights) {
            for (sum, light) in sums.iter_mut().zip(lights) {
                *sum += light * weight;
            }
        }
        let alpha = sums[COUNT - 1].clamp(0.0, 1.0);
        if !has_alpha {
            into.extend(sums[..COUNT].iter().map(|light| curve.sample(*light)));
        } else if alpha > 0.0 {
            into.extend(sums[..COUNT - 1].iter().map(|light| curve.sample(light / alpha)));
            into.push(S::nearest(alpha));
        } else {
            into.extend([S::zeroed(); COUNT]);
        }
    }
}

/// What each row or column of a result is made of.
struct Weights {
    windows: Vec<Window>,
    values: Vec<f32>,
}

/// The rows or columns of the input that one of the result is made of, and where their weights begin.
struct Window {
    first: usize,
    end: usize,
    values: usize,
}

impl Weights {
    /// For `part` pixels from the start of `from`, scaled to `to`.
    fn new(part: f64, from: u32, to: u32, kernel: Kernel) -> Weights {
        let scale = part / f64::from(to);
        // A kernel is as wide as what it makes smaller.
        let wider = scale.max(1.0);
        let radius = radius(kernel) * wider;
        let mut weights = Weights { windows: Vec::with_capacity(to as usize), values: Vec::new() };
        for index in 0..to {
            let center = (f64::from(index) + 0.5) * scale;
            let first = (center - radius).floor().max(0.0) as usize;
            let end = ((center + radius).ceil().min(f64::from(from)) as usize).max(first + 1);
            let start = weights.values.len();
            let values = (first..end).map(|at| kernel_at(kernel, (at as f64 + 0.5 - center) / wider));
            let values: Vec<f64> = values.collect();
            let sum: f64 = values.iter().sum();
            weights.values.extend(values.iter().map(|value| (value / sum) as f32));
            weights.windows.push(Window { first, end, values: start });
        }
        weights
    }

    fn at(&self, index: usize) -> &[f32] {
        let Window { first, end, values } = self.windows[index];
        &self.values[values..values + end - first]
    }
}

/// How far a kernel reaches, in pixels of the larger picture for each of the smaller.
fn radius(kernel: Kernel) -> f64 {
    match kernel {
        Kernel::Lanczos3 => 3.0,
        Kernel::CatmullRom | Kernel::Mitchell => 2.0,
        Kernel::Bilinear => 1.0,
        Kernel::Box | Kernel::Nearest => 0.5,
    }
}

/// The weight of a pixel at a distance from the middle.
fn kernel_at(kernel: Kernel, distance: f64) -> f64 {
    let x = distance.abs();
    match kernel {
        Kernel::Lanczos3 if x >= 3.0 => 0.0,
        Kernel::Lanczos3 => sinc(x) * sinc(x / 3.0),
        Kernel::CatmullRom => cubic(x, 0.0, 0.5),
        Kernel::Mitchell => cubic(x, 1.0 / 3.0, 1.0 / 3.0),
        Kernel::Bilinear => (1.0 - x).max(0.0),
        // A pixel on the border between two belongs to the one before it.
        Kernel::Box | Kernel::Nearest => {
            if distance > -0.5 && distance <= 0.5 {
                1.0
            } else {
                0.0
            }
        }
    }
}

fn sinc(x: f64) -> f64 {
    let x = x * std::f64::consts::PI;
    if x == 0.0 { 1.0 } else { x.sin() / x }
}

/// D. P. Mitchell and A. N. Netravali, "Reconstruction Filters in Computer Graphics", SIGGRAPH 1988.
fn cubic(x: f64, b: f64, c: f64) -> f64 {
    let (x2, x3) = (x * x, x * x * x);
    if x < 1.0 {
        ((12.0 - 9.0 * b - 6.0 * c) * x3 + (-18.0 + 12.0 * b + 6.0 * c) * x2 + 6.0 - 2.0 * b) / 6.0
    } else if x < 2.0 {
        ((-b - 6.0 * c) * x3 + (6.0 * b + 30.0 * c) * x2 + (-12.0 * b - 48.0 * c) * x + 8.0 * b + 24.0 * c)
            / 6.0
    } else {
        0.0
    }
}
