//! Where in a picture there is most to see, for a crop without a face finder: by edges, vivid colours and the
//! colour of skin, as libvips' "attention" goes by. On a small copy, whose cells are squares. No state.

use recipe::filter::geometry::Size;

use super::luma;
use super::sample::Sample;
use crate::image::{Picture, Samples};

/// Cells along the longer edge of the copy.
const CELLS: u32 = 128;
/// Weight of the luma's slope from cell to cell.
const EDGES: f32 = 1.0;
/// Weight of vividness.
const VIVIDNESS: f32 = 0.35;
/// Weight of the likeness to skin.
const SKIN: f32 = 0.6;
/// By how much less there is to see at the border than in the middle: photographers put there what they mean.
const MIDDLE: f64 = 0.2;
/// The colour of skin of any tone as a direction, red, green and blue of length 1, as in libvips.
const SKIN_COLOR: [f32; 3] = [0.78, 0.57, 0.44];

/// Bytes that it takes beside a picture.
pub(super) fn bytes(size: Size) -> u64 {
    let (across, down) = cells(size, step(size));
    across as u64 * down as u64 * 3 * 2 * size_of::<f64>() as u64
}

/// Edge of a cell in pixels.
fn step(size: Size) -> usize {
    size.width.max(size.height).div_ceil(CELLS).max(1) as usize
}

fn cells(size: Size, step: usize) -> (usize, usize) {
    ((size.width as usize).div_ceil(step), (size.height as usize).div_ceil(step))
}

/// Where the part of this size stands, from the left and the top, that shows the most.
pub(super) fn best_place(picture: &Picture, part: Size) -> (u32, u32) {
    let step = step(picture.size);
    let (across, down) = cells(picture.size, step);
    let colors = match &picture.samples {
        Samples::U8(samples) => shrunk(samples, picture, step),
        Samples::U16(samples) => shrunk(samples, picture, step),
    };
    let sums = Sums::new(&interest(&colors, across, down), across, down);
    let room = |outer: u32, inner: u32| outer.saturating_sub(inner);
    let (right, bottom) = (room(picture.size.width, part.width), room(picture.size.height, part.height));
    // Every cell's worth of pixels, the last place included.
    let places = |room: u32| (0..room).step_by(step).chain([room]);
    let all = places(bottom).flat_map(|y| places(right).map(move |x| (x, y)));
    let scored = all.map(|(x, y)| {
        let from_middle = |at: u32, room: u32| f64::from(at.abs_diff(room / 2)) / f64::from(room.max(1));
        let off = from_middle(x, right) + from_middle(y, bottom);
        let cell = |pixels: u32| f64::from(pixels) / step as f64;
        let seen = sums.within([cell(x), cell(y), cell(x + part.width), cell(y + part.height)]);
        ((x, y), seen * (1.0 - MIDDLE * off))
    });
    scored.max_by(|a, b| a.1.total_cmp(&b.1)).map_or((0, 0), |(place, _)| place)
}

/// The mean red, green and blue of each cell, with white as 1.
fn shrunk<T: Sample>(samples: &[T], picture: &Picture, step: usize) -> Vec<[f32; 3]> {
    let (across, down) = cells(picture.size, step);
    let (count, colors) = (picture.channels.count(), picture.channels.color_count());
    let width = picture.size.width as usize;
    let mut sums = vec![[0.0f32; 4]; across * down];
    for (y, row) in samples.chunks_exact(width * count).enumerate() {
        let cells = &mut sums[y / step * across..];
        for (pixels, sum) in row.chunks(step * count).zip(cells) {
            for pixel in pixels.chunks_exact(count) {
                let [r, g, b] = if colors == 1 { [pixel[0]; 3] } else { [pixel[0], pixel[1], pixel[2]] };
                // What is transparent is not seen.
                let alpha = if count > colors { pixel[colors].level() / T::DEPTH.max } else { 1.0 };
                for (sum, level) in sum.iter_mut().zip([r.level(), g.level(), b.level()]) {
                    *sum += level * alpha;
                }
                sum[3] += T::DEPTH.max;
            }
        }
    }
    sums.iter().map(|[r, g, b, white]| [r / white, g / white, b / white]).collect()
}

/// How much there is to see in each cell.
fn interest(colors: &[[f32; 3]], across: usize, down: usize) -> Vec<f64> {
    let lumas: Vec<f32> = colors.iter().map(|[r, g, b]| luma(*r, *g, *b)).collect();
    let luma_at = |x: usize, y: usize| lumas[y.min(down - 1) * across + x.min(across - 1)];
    let at = |index: usize| {
        let (x, y) = (index % across, index / across);
        let slope_across = luma_at(x + 1, y) - luma_at(x.saturating_sub(1), y);
        let slope_down = luma_at(x, y + 1) - luma_at(x, y.saturating_sub(1));
        let color = colors[index];
        let brightest = color.into_iter().fold(0.0, f32::max);
        let vividness = brightest - color.into_iter().fold(1.0, f32::min);
        f64::from(
            EDGES * slope_across.hypot(slope_down)
                + VIVIDNESS * vividness
                + SKIN * like_skin(color, vividness),
        )
    };
    (0..colors.len()).map(at).collect()
}

/// How near a colour is to that of skin, 0–1; grey and darkness are not.
fn like_skin(color: [f32; 3], vividness: f32) -> f32 {
    let length = color.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length < 0.2 || vividness < 0.05 {
        return 0.0;
    }
    let away: f32 = color.iter().zip(SKIN_COLOR).map(|(value, skin)| (value / length - skin).powi(2)).sum();
    (1.0 - away.sqrt() * 5.0).max(0.0)
}

/// Sums of all that is left of and above each corner of a cell.
struct Sums {
    values: Vec<f64>,
    across: usize,
    down: usize,
}

impl Sums {
    fn new(interest: &[f64], across: usize, down: usize) -> Sums {
        let stride = across + 1;
        let mut values = vec![0.0; stride * (down + 1)];
        for y in 0..down {
            let mut row = 0.0;
            for x in 0..across {
                row += interest[y * across + x];
                values[(y + 1) * stride + x + 1] = values[y * stride + x + 1] + row;
            }
        }
        Sums { values, across, down }
    }

    /// What is seen within left, top, right and bottom, in cells, parts of cells included.
    fn within(&self, [left, top, right, bottom]: [f64; 4]) -> f64 {
        self.at(right, bottom) - self.at(left, bottom) - self.at(right, top) + self.at(left, top)
    }

    /// The sum at a place between corners, by straight lines.
    fn at(&self, x: f64, y: f64) -> f64 {
        let (x, y) = (x.clamp(0.0, self.across as f64), y.clamp(0.0, self.down as f64));
        let (left, top) = ((x as usize).min(self.across - 1), (y as usize).min(self.down - 1));
        let (dx, dy) = (x - left as f64, y - top as f64);
        let corner = |x: usize, y: usize| self.values[y * (self.across + 1) + x];
        let above = corner(left, top) + (corner(left + 1, top) - corner(left, top)) * dx;
        let below = corner(left, top + 1) + (corner(left + 1, top + 1) - corner(left, top + 1)) * dx;
        above + (below - above) * dy
    }
}
