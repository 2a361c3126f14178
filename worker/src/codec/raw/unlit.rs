//! Rows and columns at the edges of a picture that no light fell on: the library's notes of some cameras
//! count a few of the covered ones in. No state.

use rawler::imgop::Rect;

/// Lines looked at from each edge.
const LINES: usize = 16;
/// How much more light there is where there is any.
const CONTRAST: f32 = 8.0;
/// Light, as a part of white, below which a photo is too dark to tell.
const FLOOR: f32 = 0.004;

/// A warning about unlit edges; `light` is by row and column of the sensor.
pub(super) fn note(area: Rect, light: impl Fn(usize, usize) -> f32) -> Option<String> {
    let Rect { p, d } = area;
    let row = |row: usize| (0..d.w).map(|x| light(p.y + row, p.x + x)).sum::<f32>() / d.w as f32;
    let column = |column: usize| (0..d.h).map(|y| light(p.y + y, p.x + column)).sum::<f32>() / d.h as f32;
    let edges = [
        ("row", "top", lines(d.h, row)),
        ("row", "bottom", lines(d.h, |at| row(d.h - 1 - at))),
        ("column", "left", lines(d.w, column)),
        ("column", "right", lines(d.w, |at| column(d.w - 1 - at))),
    ];
    let found = edges.into_iter().filter(|(.., count)| *count > 0).map(|(what, edge, count)| {
        format!("{count} {what}{} at the {edge}", if count == 1 { "" } else { "s" })
    });
    let found: Vec<String> = found.collect();
    (!found.is_empty()).then(|| format!("no light fell on {} of the picture", found.join(", ")))
}

/// How many lines from the edge on are unlit, if the picture begins after them.
fn lines(length: usize, mean: impl Fn(usize) -> f32) -> usize {
    let means: Vec<f32> = (0..LINES.min(length / 4)).map(mean).collect();
    // A line of a mosaic may be dark where that beside it is not, by its colours; two are not.
    let lit = |at: usize| means[at].min(means[at + 1]);
    let first = (0..means.len().saturating_sub(1)).find(|at| lit(*at) > FLOOR);
    let unlit = first.filter(|first| means[..*first].iter().all(|mean| mean * CONTRAST < lit(*first)));
    unlit.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use rawler::imgop::{Dim2, Point};

    use super::*;

    fn said(light: impl Fn(usize, usize) -> f32) -> Option<String> {
        note(Rect::new(Point::new(4, 6), Dim2::new(80, 60)), light)
    }

    #[test]
    fn covered_edges_are_named() {
        // The area's rows are 6 to 65, its columns 4 to 83.
        assert_eq!(said(|_, _| 0.3), None);
        assert_eq!(
            said(|row, _| if row >= 64 { 0.001 } else { 0.3 }).as_deref(),
            Some("no light fell on 2 rows at the bottom of the picture")
        );
        let both = |row: usize, column: usize| if row == 6 || column >= 81 { 0.0 } else { 0.2 };
        assert_eq!(
            said(both).as_deref(),
            Some("no light fell on 1 row at the top, 3 columns at the right of the picture")
        );
    }

    #[test]
    fn dark_photos_and_colours_are_not_taken_for_it() {
        assert_eq!(said(|_, _| 0.0), None);
        // It gets dark towards the edge.
        assert_eq!(said(|row, _| (row - 5) as f32 / 200.0), None);
        // Red light: only every second row of the mosaic sees it.
        assert_eq!(said(|row, _| if row % 2 == 0 { 0.0 } else { 0.4 }), None);
        // Half of the picture is dark.
        assert_eq!(said(|row, _| if row < 40 { 0.0 } else { 0.4 }), None);
    }
}
