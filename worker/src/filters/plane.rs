//! A plane of floats that is a smaller copy of a picture's luma, for filters that go by what lies around a
//! pixel: means of squares of pixels, smoothed by means of squares of these. No state.

use recipe::filter::geometry::Size;

/// Cells that a smoothed plane reaches over at least, in each direction: fewer would show their edges.
const CELLS: f32 = 4.0;

/// One value for each square of the picture.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    pub(super) values: Vec<f32>,
    width: usize,
    height: usize,
}

impl Plane {
    /// Edge of the squares, in pixels, where a mean is to reach so many pixels in each direction.
    pub(super) fn step(reach: f32) -> usize {
        ((reach / CELLS) as usize).max(1)
    }

    /// Bytes that one takes.
    pub(super) fn bytes(size: Size, step: usize) -> u64 {
        let cells = |edge: u32| u64::from(edge).div_ceil(step as u64);
        cells(size.width).saturating_mul(cells(size.height)).saturating_mul(size_of::<f32>() as u64)
    }

    /// The mean of the values in each square, and that of their squares. `fill` gives a row of the picture.
    pub(super) fn shrunk(fill: impl Fn(usize, &mut [f32]), size: Size, step: usize) -> [Plane; 2] {
        let (across, down) = (size.width as usize, size.height as usize);
        let (width, height) = (across.div_ceil(step), down.div_ceil(step));
        let mut means = Plane { values: vec![0.0; width * height], width, height };
        let mut squares = means.clone();
        let mut row = vec![0.0; across];
        for y in 0..down {
            fill(y, &mut row);
            let start = y / step * width;
            let (sums, square_sums) = (&mut means.values[start..], &mut squares.values[start..]);
            for ((cells, sum), square) in row.chunks(step).zip(sums).zip(square_sums) {
                *sum += cells.iter().sum::<f32>();
                *square += cells.iter().map(|value| value * value).sum::<f32>();
            }
        }
        for y in 0..height {
            let rows = step.min(down - y * step);
            for x in 0..width {
                let pixels = (rows * step.min(across - x * step)) as f32;
                means.values[y * width + x] /= pixels;
                squares.values[y * width + x] /= pixels;
            }
        }
        [means, squares]
    }

    /// Replaces each value by the mean of those up to `reach` away in each direction, as far as there are
    /// any.
    pub(super) fn smooth(&mut self, reach: usize) {
        let mut mixed = vec![0.0; self.values.len()];
        for (from, to) in self.values.chunks_exact(self.width).zip(mixed.chunks_exact_mut(self.width)) {
            running_means(from, to, reach);
        }
        // Down: whole rows are added and taken away.
        let row = |y: usize| y * self.width..(y + 1) * self.width;
        let mut sums = vec![0.0f64; self.width];
        let (mut first, mut end) = (0, 0);
        for y in 0..self.height {
            while end < (y + reach + 1).min(self.height) {
                sums.iter_mut().zip(&mixed[row(end)]).for_each(|(sum, value)| *sum += f64::from(*value));
                end += 1;
            }
            while first < y.saturating_sub(reach) {
                sums.iter_mut().zip(&mixed[row(first)]).for_each(|(sum, value)| *sum -= f64::from(*value));
                first += 1;
            }
            let share = 1.0 / (end - first) as f64;
            let targets = self.values[row(y)].iter_mut();
            targets.zip(&sums).for_each(|(value, sum)| *value = (sum * share) as f32);
        }
    }
}

/// The mean of the values up to `reach` away.
fn running_means(from: &[f32], to: &mut [f32], reach: usize) {
    let (mut sum, mut first, mut end) = (0.0f64, 0, 0);
    for (x, mean) in to.iter_mut().enumerate() {
        while end < (x + reach + 1).min(from.len()) {
            sum += f64::from(from[end]);
            end += 1;
        }
        while first < x.saturating_sub(reach) {
            sum -= f64::from(from[first]);
            first += 1;
        }
        *mean = (sum / (end - first) as f64) as f32;
    }
}

/// A plane as large as the picture again, row by row, with straight lines between its values.
#[derive(Debug)]
pub(super) struct Sampled {
    plane: Plane,
    /// For each column of the picture the value left of it, and how far it is to the next one.
    columns: Vec<(u32, f32)>,
    step: usize,
}

impl Sampled {
    pub(super) fn new(plane: Plane, size: Size, step: usize) -> Self {
        let columns = (0..size.width as usize).map(|x| between(x, step, plane.width)).collect();
        Self { plane, columns, step }
    }

    /// The values of a row of the picture.
    pub(super) fn row(&self, y: usize, into: &mut [f32]) {
        let Plane { values, width, height } = &self.plane;
        let (above, share) = between(y, self.step, *height);
        let above = above as usize;
        let below = (above + 1).min(height - 1);
        let (above, below) = (&values[above * width..][..*width], &values[below * width..][..*width]);
        let mixed = |x: usize| above[x] + (below[x] - above[x]) * share;
        for (value, (left, share)) in into.iter_mut().zip(&self.columns) {
            let (left, right) = (*left as usize, (*left as usize + 1).min(width - 1));
            let from = mixed(left);
            *value = from + (mixed(right) - from) * share;
        }
    }
}

/// The cell before the middle of a pixel, and how far it is from the middle of that to the next.
fn between(pixel: usize, step: usize, cells: usize) -> (u32, f32) {
    let place = (pixel as f32 + 0.5) / step as f32 - 0.5;
    let place = place.clamp(0.0, (cells - 1) as f32);
    (place as u32, place.fract())
}
