//! Where the pixels of a photo went on the way to its result: the map from places in the picture as it is
//! stored in the file to places in the result. What speaks of places (faces, panoramas) is brought along by
//! it. No state.

use image::metadata::Orientation;
use recipe::Filter;
use recipe::filter::geometry::{Cutout, Placement, ResizePlan, Size};
use recipe::filter::{
    Anchor, Border, Caption, Crop, Flip, FlipDirection, Frame, Pad, Perspective, Resize, Rotate, Straighten,
    Trim,
};

/// An affine map between two pictures, in pixels, with y downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moved {
    /// The size of the picture as it is stored.
    pub(crate) from: Size,
    /// The size of the result.
    pub(crate) to: Size,
    /// The new x is `x[0]` times the old one, `x[1]` times the old y, and `x[2]`.
    x: [f64; 3],
    /// The new y in the same way.
    y: [f64; 3],
    /// The part of the result in which the photo is: left, top, right and bottom. What was cut off does not
    /// come back where a canvas is added later. Of a tilted photo, the part that it lies within.
    shown: [f64; 4],
    /// Whether lines were bent or made to converge on the way: then places are known only about.
    bent: bool,
}

/// A part of a stored picture, in pixels, and how it is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) size: Size,
    pub(crate) turn: Orientation,
}

/// A rectangle in a picture, its middle and its edges, as shares of the picture's edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PictureArea {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Moved {
    /// The way of a picture of this size that is turned upright.
    pub(crate) fn upright(stored: Size, orientation: Orientation) -> Moved {
        let shown = [0.0, 0.0, stored.width.into(), stored.height.into()];
        let (x, y) = ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
        let still = Moved { from: stored, to: stored, x, y, shown, bent: false };
        // First the turn, then the mirror, as the `image` crate applies them.
        match orientation {
            Orientation::NoTransforms => still,
            Orientation::Rotate90 => still.quarters(1),
            Orientation::Rotate180 => still.quarters(2),
            Orientation::Rotate270 => still.quarters(3),
            Orientation::FlipHorizontal => still.mirrored(FlipDirection::Horizontal),
            Orientation::FlipVertical => still.mirrored(FlipDirection::Vertical),
            Orientation::Rotate90FlipH => still.quarters(1).mirrored(FlipDirection::Horizontal),
            Orientation::Rotate270FlipH => still.quarters(3).mirrored(FlipDirection::Horizontal),
        }
    }

    /// The same way, and then through a filter.
    pub(crate) fn through(self, filter: &Filter) -> Moved {
        recipe::for_moving_filter!(filter, one => one.moves(self), self).within()
    }

    /// The same way, and then cut to a part.
    pub(crate) fn cut_to(self, part: Cutout) -> Moved {
        self.shifted(-f64::from(part.x), -f64::from(part.y), part.size).within()
    }

    /// Without what was cut off, which until here is counted as shown.
    fn within(self) -> Moved {
        let Size { width, height } = self.to;
        let [left, top, right, bottom] = self.shown;
        let (width, height) = (f64::from(width), f64::from(height));
        let across = [left, right].map(|edge| edge.clamp(0.0, width));
        let down = [top, bottom].map(|edge| edge.clamp(0.0, height));
        Moved { shown: [across[0], down[0], across[1], down[1]], ..self }
    }

    /// Whether the photo is at this place of the result.
    pub(crate) fn shows(&self, x: f64, y: f64) -> bool {
        let [left, top, right, bottom] = self.shown;
        (left..=right).contains(&x) && (top..=bottom).contains(&y)
    }

    /// Whether the whole picture fills the whole result, neither turned nor mirrored: shares of its edges
    /// stay what they were.
    pub(crate) fn is_scaling(&self) -> bool {
        let (width, height) = (f64::from(self.from.width), f64::from(self.from.height));
        let near =
            |(x, y): (f64, f64), (to_x, to_y): (f64, f64)| (x - to_x).abs().max((y - to_y).abs()) < 1e-6;
        let to = (f64::from(self.to.width), f64::from(self.to.height));
        let [left, top, right, bottom] = self.shown;
        // Three corners say all, where nothing is cut off.
        !self.bent
            && near((left, top), (0.0, 0.0))
            && near((right, bottom), to)
            && near(self.place(0.0, 0.0), (0.0, 0.0))
            && near(self.place(width, height), to)
            && near(self.place(width, 0.0), (to.0, 0.0))
    }

    /// Whether every pixel stayed at its place.
    pub(crate) fn is_still(&self) -> bool {
        self.is_scaling() && self.from == self.to
    }

    /// The part of the stored picture that the result shows, if it is that, pixel for pixel, and turned by
    /// quarters or mirrored.
    pub(crate) fn cut(&self) -> Option<Cut> {
        let turn = match (self.x[0], self.x[1], self.y[0], self.y[1]) {
            (1.0, 0.0, 0.0, 1.0) => Orientation::NoTransforms,
            (-1.0, 0.0, 0.0, -1.0) => Orientation::Rotate180,
            (-1.0, 0.0, 0.0, 1.0) => Orientation::FlipHorizontal,
            (1.0, 0.0, 0.0, -1.0) => Orientation::FlipVertical,
            (0.0, -1.0, 1.0, 0.0) => Orientation::Rotate90,
            (0.0, 1.0, -1.0, 0.0) => Orientation::Rotate270,
            (0.0, 1.0, 1.0, 0.0) => Orientation::Rotate90FlipH,
            (0.0, -1.0, -1.0, 0.0) => Orientation::Rotate270FlipH,
            _ => return None,
        };
        let (right, bottom) = (f64::from(self.to.width), f64::from(self.to.height));
        if self.bent || self.shown != [0.0, 0.0, right, bottom] {
            return None;
        }
        // Such a map is undone by the same numbers, with rows and columns exchanged.
        let back = |x: f64, y: f64| {
            let (x, y) = (x - self.x[2], y - self.y[2]);
            (self.x[0] * x + self.y[0] * y, self.x[1] * x + self.y[1] * y)
        };
        let ((x1, y1), (x2, y2)) = (back(0.0, 0.0), back(right, bottom));
        let (x, y) = (x1.min(x2), y1.min(y2));
        let size = Size { width: (x1 - x2).abs() as u32, height: (y1 - y2).abs() as u32 };
        let is_inside = x >= 0.0 && y >= 0.0 && x.max(y) <= f64::from(u32::MAX);
        is_inside.then_some(Cut { x: x as u32, y: y as u32, size, turn })
    }

    /// By how much the stored picture's rows and columns were scaled, and whether they changed places;
    /// `None` if it was turned by anything but quarters, or bent.
    pub(crate) fn scale(&self) -> Option<([f64; 2], bool)> {
        let ([xx, xy, _], [yx, yy, _]) = (self.x, self.y);
        if self.bent {
            None
        } else if xy == 0.0 && yx == 0.0 {
            Some(([xx.abs(), yy.abs()], false))
        } else if xx == 0.0 && yy == 0.0 {
            Some(([yx.abs(), xy.abs()], true))
        } else {
            None
        }
    }

    /// Where a place of the stored picture is in the result, in pixels.
    pub(crate) fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let at = |row: [f64; 3]| row[0] * x + row[1] * y + row[2];
        (at(self.x), at(self.y))
    }

    /// Where an area of the stored picture is in the result, as far as it is shown. `None` if its middle is
    /// not, or if it is no longer upright there.
    pub(crate) fn area(&self, area: PictureArea) -> Option<PictureArea> {
        self.scale()?;
        let (from, to) = (self.from, self.to);
        let edges = [to.width, to.height].map(f64::from);
        let corner = |across: f64, down: f64| {
            let x = (area.x + across * area.width / 2.0) * f64::from(from.width);
            let y = (area.y + down * area.height / 2.0) * f64::from(from.height);
            self.place(x, y)
        };
        let middle = corner(0.0, 0.0);
        if !self.shows(middle.0, middle.1) {
            return None;
        }
        let (one, other) = (corner(-1.0, -1.0), corner(1.0, 1.0));
        let span = |a: f64, b: f64, axis: usize| {
            let (first, last) = (self.shown[axis], self.shown[axis + 2]);
            (a.min(b).max(first) / edges[axis], a.max(b).min(last) / edges[axis])
        };
        let ((left, right), (top, bottom)) = (span(one.0, other.0, 0), span(one.1, other.1, 1));
        Some(PictureArea {
            x: (left + right) / 2.0,
            y: (top + bottom) / 2.0,
            width: right - left,
            height: bottom - top,
        })
    }

    fn then(self, x: [f64; 3], y: [f64; 3], to: Size) -> Moved {
        let row = |row: [f64; 3]| {
            let sum = |n: usize| row[0] * self.x[n] + row[1] * self.y[n];
            [sum(0), sum(1), sum(2) + row[2]]
        };
        let [left, top, right, bottom] = self.shown;
        let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
        let of = |row: [f64; 3]| corners.map(|(x, y)| row[0] * x + row[1] * y + row[2]);
        let least = |row| of(row).into_iter().fold(f64::INFINITY, f64::min);
        let most = |row| of(row).into_iter().fold(f64::NEG_INFINITY, f64::max);
        Moved { x: row(x), y: row(y), to, shown: [least(x), least(y), most(x), most(y)], ..self }
    }

    fn shifted(self, x: f64, y: f64, to: Size) -> Moved {
        self.then([1.0, 0.0, x], [0.0, 1.0, y], to)
    }

    fn placed(self, place: Placement) -> Moved {
        self.shifted(place.x.into(), place.y.into(), place.canvas)
    }

    fn mirrored(self, direction: FlipDirection) -> Moved {
        let (width, height) = (f64::from(self.to.width), f64::from(self.to.height));
        match direction {
            FlipDirection::Horizontal => self.then([-1.0, 0.0, width], [0.0, 1.0, 0.0], self.to),
            FlipDirection::Vertical => self.then([1.0, 0.0, 0.0], [0.0, -1.0, height], self.to),
        }
    }

    /// By any angle, in degrees clockwise, around the middles of both.
    fn turned(self, angle: f32, to: Size) -> Moved {
        let from = self.to;
        let (sin, cos) = f64::from(angle).to_radians().sin_cos();
        let centred = self.shifted(-f64::from(from.width) / 2.0, -f64::from(from.height) / 2.0, from);
        let turned = centred.then([cos, -sin, 0.0], [sin, cos, 0.0], to);
        turned.shifted(f64::from(to.width) / 2.0, f64::from(to.height) / 2.0, to)
    }

    /// Quarter turns clockwise.
    fn quarters(self, quarters: u32) -> Moved {
        let Size { width, height } = self.to;
        let swapped = Size { width: height, height: width };
        match quarters % 4 {
            1 => self.then([0.0, -1.0, height.into()], [1.0, 0.0, 0.0], swapped),
            2 => self.then([-1.0, 0.0, width.into()], [0.0, -1.0, height.into()], self.to),
            3 => self.then([0.0, 1.0, 0.0], [-1.0, 0.0, width.into()], swapped),
            _ => self,
        }
    }
}

/// A filter that puts pixels elsewhere.
trait Moves {
    /// The same way, and then through this filter, with what is cut off still counted as shown.
    fn moves(&self, moved: Moved) -> Moved;
}

impl Moves for Resize {
    fn moves(&self, moved: Moved) -> Moved {
        let ResizePlan { scaled, canvas } = self.plan(moved.to);
        // What sticks out is cut off evenly, what is missing is added evenly.
        let offset = |canvas: u32, scaled: u32| {
            let inside = canvas.min(scaled);
            let (cut, _) = Anchor::Center.place(i64::from(scaled - inside), 0);
            let (added, _) = Anchor::Center.place(i64::from(canvas - inside), 0);
            (added - cut) as f64
        };
        let across = f64::from(scaled.width) / f64::from(moved.to.width);
        let down = f64::from(scaled.height) / f64::from(moved.to.height);
        moved.then([across, 0.0, 0.0], [0.0, down, 0.0], scaled).shifted(
            offset(canvas.width, scaled.width),
            offset(canvas.height, scaled.height),
            canvas,
        )
    }
}

impl Moves for Crop {
    fn moves(&self, moved: Moved) -> Moved {
        moved.cut_to(self.plan(moved.to))
    }
}

impl Moves for Pad {
    fn moves(&self, moved: Moved) -> Moved {
        moved.placed(self.plan(moved.to))
    }
}

impl Moves for Border {
    fn moves(&self, moved: Moved) -> Moved {
        moved.shifted(self.width.into(), self.width.into(), self.output_size(moved.to))
    }
}

impl Moves for Frame {
    fn moves(&self, moved: Moved) -> Moved {
        moved.placed(self.plan(moved.to).placement)
    }
}

impl Moves for Caption {
    fn moves(&self, moved: Moved) -> Moved {
        moved.placed(self.plan(moved.to))
    }
}

impl Moves for Flip {
    fn moves(&self, moved: Moved) -> Moved {
        moved.mirrored(self.direction)
    }
}

impl Moves for Rotate {
    fn moves(&self, moved: Moved) -> Moved {
        if let Some(quarters) = self.quarters() {
            return moved.quarters(quarters);
        }
        moved.turned(self.angle, self.output_size(moved.to))
    }
}

impl Moves for Straighten {
    fn moves(&self, moved: Moved) -> Moved {
        moved.turned(self.angle, self.output_size(moved.to))
    }
}

/// About: as far as three of the corners go.
impl Moves for Perspective {
    fn moves(&self, moved: Moved) -> Moved {
        let (from, to) = (moved.to, self.output_size(moved.to));
        let [origin, right, _, down] = self.corners(from);
        let along = |end: [f64; 2]| [end[0] - origin[0], end[1] - origin[1]];
        // The edges as vectors, and the map that makes them those of the result.
        let (a, b) = (along(right), along(down));
        let area = a[0] * b[1] - a[1] * b[0];
        let (width, height) = (f64::from(to.width), f64::from(to.height));
        let x = [width * b[1] / area, -width * b[0] / area, 0.0];
        let y = [-height * a[1] / area, height * a[0] / area, 0.0];
        Moved { bent: true, ..moved.shifted(-origin[0], -origin[1], from).then(x, y, to) }
    }
}

/// Nothing, until the picture has said what is cut off.
impl Moves for Trim {
    fn moves(&self, moved: Moved) -> Moved {
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 40, height: 30 };

    #[test]
    fn areas_are_turned_scaled_and_cut() {
        let moved = Moved::upright(SIZE, Orientation::Rotate90);
        let area = PictureArea { x: 0.25, y: 0.5, width: 0.1, height: 0.2 };
        let near = |found: Option<PictureArea>, expected: PictureArea| {
            let found = found.unwrap();
            let differences = [
                found.x - expected.x,
                found.y - expected.y,
                found.width - expected.width,
                found.height - expected.height,
            ];
            assert!(differences.iter().all(|difference| difference.abs() < 1e-9), "{found:?}");
        };
        near(moved.area(area), PictureArea { x: 0.5, y: 0.25, width: 0.2, height: 0.1 });
        let through = |spec: &str| {
            let filter = spec.parse().unwrap();
            Moved::upright(SIZE, Orientation::NoTransforms).through(&filter)
        };
        near(through("resize=20").area(area), area);
        assert!(through("resize=20").is_scaling() && !through("resize=20").is_still());
        assert_eq!(through("crop:width=20,height=30,x=20").area(area), None);
        // Half of it is cut off.
        let half = PictureArea { y: 0.9, height: 0.2, x: 1.0 / 3.0, width: 0.4 / 3.0 };
        near(through("crop:width=30,height=15,x=0,y=0").area(area), half);
        assert!(!through("crop:width=30,height=15,x=0,y=0").is_scaling());
        assert_eq!(through("rotate=5").area(area), None);
        assert!(!through("flip=horizontal").is_scaling() && !through("pad=1:1").is_scaling());
        // 40 × 30 pixels on 50 × 43, and on 40 × 39.
        let framed = PictureArea { x: 0.3, y: 20.0 / 43.0, width: 0.08, height: 6.0 / 43.0 };
        near(through("frame:width=0.1,line=0.05,bottom=0.1").area(area), framed);
        let captioned = PictureArea { x: 0.25, y: 24.0 / 39.0, width: 0.1, height: 6.0 / 39.0 };
        near(through("caption:text=a,height=0.3,edge=top").area(area), captioned);
        // What was cut off does not come back with a canvas.
        let canvas = "pad:width=40,height=30".parse().unwrap();
        let left = |width: u32| {
            let part = format!("crop:width={width},height=30,anchor=center");
            through(&part).through(&canvas)
        };
        assert!(left(40).is_still() && !left(24).is_scaling());
        near(left(24).area(area), PictureArea { x: 0.25, width: 0.1, ..area });
        near(left(20).area(area), PictureArea { x: 0.275, width: 0.05, ..area });
        assert_eq!(left(18).area(area), None);
    }
}
