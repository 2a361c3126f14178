//! Pixels of a sensor that say light where there is none: in long exposures there are thousands.
//!
//! Nothing else lights a single pixel: what comes through a lens is at least a little blurred, so that a star
//! lights those beside it, too, whatever their colours. No state.

/// How much brighter than all around a pixel is that does not see light, and how much light, as a part of
/// white, it has to show beside that: noise is less.
const TIMES: f32 = 8.0;
const LEAST: f32 = 0.04;

/// Gives such pixels of a tile, of which the rows have `edge` pixels, the mean of their colour around;
/// `color` is by row and column within the tile. What lies within two pixels of the tile's edge is judged by
/// what is there of its neighbours; the outermost are not looked at.
pub(super) fn mend(mosaic: &mut [f32], edge: usize, color: impl Fn(usize, usize) -> usize) {
    for row in 1..mosaic.len() / edge - 1 {
        let lines = mosaic.get((row - 1) * edge..(row + 2) * edge).unwrap_or_default();
        if !has_suspects(lines, edge) {
            continue;
        }
        for column in 1..edge - 1 {
            if let Some(level) = instead(mosaic, edge, row, column, &color) {
                mosaic[row * edge + column] = level;
            }
        }
    }
}

/// Whether some pixel of the second of three rows is much brighter than the four beside it.
#[multiversion::multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn has_suspects(lines: &[f32], edge: usize) -> bool {
    let (above, rest) = lines.split_at(edge);
    let (own, below) = rest.split_at(edge);
    let beside = own.iter().zip(&own[2..]);
    let pixels = own[1..].iter().zip(beside).zip(above[1..].iter().zip(&below[1..]));
    let mut found = false;
    for ((own, (before, after)), (above, below)) in pixels {
        found |= *own > LEAST + TIMES * before.max(*after).max(above.max(*below));
    }
    found
}

/// What a pixel should say if it does not see light.
fn instead(
    mosaic: &[f32],
    edge: usize,
    row: usize,
    column: usize,
    color: impl Fn(usize, usize) -> usize,
) -> Option<f32> {
    let own = mosaic[row * edge + column];
    let (mut sum, mut count) = (0.0, 0);
    for y in row.saturating_sub(2)..(row + 3).min(mosaic.len() / edge) {
        for x in column.saturating_sub(2)..(column + 3).min(edge) {
            let level = mosaic[y * edge + x];
            if (y, x) == (row, column) {
                continue;
            }
            if own <= LEAST + TIMES * level {
                return None;
            }
            if color(y, x) == color(row, column) {
                (sum, count) = (sum + level, count + 1);
            }
        }
    }
    (count > 0).then(|| sum / count as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGE: usize = 24;

    /// What becomes of a dark mosaic with this much more light at some places.
    fn mended(more: &[(usize, usize, f32)]) -> Vec<f32> {
        let mut mosaic: Vec<f32> = (0..EDGE * EDGE).map(|at| 0.01 + (at * 7 % 5) as f32 / 500.0).collect();
        more.iter().for_each(|(row, column, light)| mosaic[row * EDGE + column] += light);
        mend(&mut mosaic, EDGE, |row, column| row % 2 + column % 2);
        mosaic
    }

    #[test]
    fn single_pixels_far_beyond_all_others_are_replaced() {
        let usual = mended(&[]);
        for (row, column) in [(5, 5), (5, 6), (8, 9), (1, 12), (22, 22)] {
            let got = mended(&[(row, column, 0.6)]);
            let place = row * EDGE + column;
            assert!((got[place] - usual[place]).abs() < 0.02, "{row}, {column}: {}", got[place]);
            assert!(got.iter().zip(&usual).enumerate().all(|(at, (a, b))| at == place || a == b));
        }
    }

    #[test]
    fn pairs_small_differences_and_stars_stay() {
        let stays = |more: &[(usize, usize, f32)]| {
            let got = mended(more);
            more.iter().all(|(row, column, light)| got[row * EDGE + column] > *light)
        };
        assert!(stays(&[(9, 9, 0.6), (9, 11, 0.5)]), "two");
        assert!(stays(&[(9, 9, 0.1)]), "noise");
        // A sharp star: a Gaussian of which the width at half its height is one pixel, as pixels see it.
        for (x, y) in [(0.0, 0.0), (0.3, 0.2), (0.5, 0.5)] {
            let light = |row: usize, column: usize| {
                let within = (0..100).map(|at| {
                    (
                        row as f32 + (at / 10) as f32 / 10.0 - 0.45,
                        column as f32 + (at % 10) as f32 / 10.0 - 0.45,
                    )
                });
                let square = |(v, u): (f32, f32)| (v - 9.0 - y).powi(2) + (u - 9.0 - x).powi(2);
                within.map(|place| (-square(place) * 4.0 * 2.0f32.ln()).exp()).sum::<f32>() / 100.0
            };
            let star = (0..25).map(|at| (7 + at / 5, 7 + at % 5));
            let star: Vec<_> = star.map(|(row, column)| (row, column, 0.9 * light(row, column))).collect();
            let brightest = mended(&star)[9 * EDGE + 9];
            assert!(brightest > 0.2, "{x} {y}: {brightest}");
        }
    }
}
