//! Green, red and blue along one direction. Margins are those within which nothing is known yet. No state.

use super::{Direction, EDGE, Plane, STEPS, color_at};

/// Calls with each place whose row and column within the 3×3 are these.
fn each(row: usize, column: usize, margin: usize, mut call: impl FnMut(usize, usize)) {
    let from = |place: usize| margin + (place + 3 - margin % 3) % 3;
    for y in (from(row)..EDGE - margin).step_by(3) {
        for x in (from(column)..EDGE - margin).step_by(3) {
            call(y * EDGE + x, (y / 3 + x / 3) % 2);
        }
    }
}

/// The pixels that are not green: their place in the 3×3, the step to the lonely green beside them, and that
/// across. Steps wrap around.
const BESIDE: [(usize, usize, usize, usize); 4] =
    [(0, 1, 1usize.wrapping_neg(), EDGE), (0, 2, 1, EDGE), (1, 0, EDGE.wrapping_neg(), 1), (2, 0, EDGE, 1)];

/// Green along each direction, by the nearest greens and by how the pixel's own colour changes.
pub(super) fn estimate_green(mosaic: &Plane, along: &mut [Direction; 4]) {
    for direction in along.iter_mut() {
        direction.green.copy_from_slice(mosaic.as_slice());
    }
    for (row, column, near, across) in BESIDE {
        let is_row = row == 0;
        let far = near.wrapping_neg();
        each(row, column, 3, |at, exchanged| {
            let value = |step: usize, times: usize| mosaic[at.wrapping_add(step.wrapping_mul(times))];
            let back = |step: usize, times: usize| mosaic[at.wrapping_sub(step.wrapping_mul(times))];
            let own = mosaic[at];
            let (above, below) = (back(across, 1), value(across, 1));
            let (beside, beyond) = (value(near, 1), value(far, 2));
            let by_across = (174.0 * (above + below) - 46.0 * (back(across, 2) + value(across, 2))) / 256.0;
            let by_near = (223.0 * beside + 33.0 * beyond + 92.0 * (own - value(near, 2))) / 256.0;
            let diagonal = |step: usize| {
                let corner = value(step, 1);
                let green = 164.0 * corner
                    + 92.0 * back(step, 2)
                    + 33.0 * (2.0 * own - value(step, 3) - back(step, 3));
                (green / 256.0, corner)
            };
            let (by_first, first) = diagonal(far.wrapping_add(across));
            let (by_second, second) = diagonal(far.wrapping_sub(across));
            let least = above.min(below).min(beside).min(beyond).min(first).min(second);
            let most = above.max(below).max(beside).max(beyond).max(first).max(second);
            // Down and to the right, or up and to the left, is the first of the diagonals.
            let is_first = far < EDGE * 2;
            let straight = if is_row { [by_near, by_across] } else { [by_across, by_near] };
            let slanted = if is_first { [by_first, by_second] } else { [by_second, by_first] };
            let color = color_of(row, column, exchanged);
            for (direction, green) in along.iter_mut().zip(straight.into_iter().chain(slanted)) {
                let green = green.clamp(least, most);
                direction.green[at] = green;
                direction.differences[color][at] = own - green;
            }
        });
    }
}

/// Which of the differences a pixel beside a lonely green has.
fn color_of(row: usize, column: usize, exchanged: usize) -> usize {
    usize::from(color_at(row, column) == 2) ^ exchanged
}

/// The mean of a difference a step before and a step behind.
fn mean(difference: &Plane, at: usize, step: usize) -> f32 {
    (difference[at - step] + difference[at + step]) * 0.5
}

/// Red and blue at the lonely greens: along the row one is beside, the other two away, along the column the
/// other way round.
pub(super) fn at_lonely(direction: &mut Direction, index: usize) {
    let Direction { green, differences, .. } = direction;
    each(0, 0, 6, |at, exchanged| {
        let along = |step: usize, near: usize| {
            let mut found = [0.0; 2];
            found[near] = mean(&differences[near], at, step);
            found[1 - near] = mean(&differences[1 - near], at, 2 * step);
            let change = |difference: &Plane, step: usize| {
                let bend = 2.0 * green[at] - green[at - step] - green[at + step];
                (difference[at + step] - difference[at - step]).powi(2) + bend * bend
            };
            (found, change(&differences[near], step) + change(&differences[1 - near], 2 * step))
        };
        let (row, column) = (along(1, exchanged), along(EDGE, 1 - exchanged));
        let takes_row = match index {
            0 => true,
            1 => false,
            _ => row.1 <= column.1,
        };
        let found = if takes_row { row.0 } else { column.0 };
        differences[0][at] = found[0];
        differences[1][at] = found[1];
    });
}

/// Blue where red is, and red where blue is.
pub(super) fn at_the_other(direction: &mut Direction, index: usize) {
    let Direction { green, differences, .. } = direction;
    for (row, column, near, across) in BESIDE {
        let step = near.min(near.wrapping_neg());
        let away = 3 * across;
        // Along the other direction, there is nothing nearer than three pixels away.
        let compares = index < 2 && STEPS[index] == across;
        each(row, column, 6, |at, exchanged| {
            let other = &mut differences[1 - color_of(row, column, exchanged)];
            let change =
                |step: usize| (green[at] - green[at - step]).abs() + (green[at] - green[at + step]).abs();
            let takes_near = !compares || change(step) < 2.0 * change(away);
            other[at] = mean(other, at, if takes_near { step } else { away });
        });
    }
}

/// Red and blue in the blocks of green.
pub(super) fn in_blocks(direction: &mut Direction, index: usize) {
    for (row, column) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
        // What is nearest along this direction lies before the pixel or behind it, and two pixels away on the
        // other side; or on both sides beside it.
        let is_mean = (index == 2 && row != column) || (index == 3 && row == column);
        let is_before = match index {
            0 => column == 1,
            1 | 2 => row == 1,
            _ => row == 1,
        };
        let step = STEPS[index];
        for difference in &mut direction.differences {
            each(row, column, 8, |at, _| {
                difference[at] = if is_mean {
                    mean(difference, at, step)
                } else if is_before {
                    (2.0 * difference[at - step] + difference[at + 2 * step]) / 3.0
                } else {
                    (2.0 * difference[at + step] + difference[at - 2 * step]) / 3.0
                };
            });
        }
    }
}
