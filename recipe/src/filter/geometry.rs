//! Which size a filter makes of which, for those that the table calls resized: the plan needs it for names,
//! the worker for memory and for the filters themselves.

use super::{
    Anchor, Border, Caption, CaptionEdge, Crop, Frame, Pad, Perspective, Place, Resize, ResizeMode, Rotate,
    Straighten, Trim,
};

/// Width and height in pixels, both at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// A size of at least one pixel each way.
    pub fn new(width: u32, height: u32) -> Self {
        Self { width: width.max(1), height: height.max(1) }
    }

    /// Width × height.
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The shorter edge, in pixels: what a mark's lengths are shares of.
    pub fn short_edge(self) -> u32 {
        self.width.min(self.height)
    }

    /// A share of the shorter edge in whole pixels.
    pub fn of_short_edge(self, share: f32) -> u32 {
        (share * self.short_edge() as f32).round() as u32
    }

    /// The same with the edges swapped, if one size is upright and the other lies.
    fn turned_like(self, other: Size) -> Self {
        let is_across = self.width > self.height && other.width < other.height;
        let is_upright = self.width < self.height && other.width > other.height;
        if is_across || is_upright { Size { width: self.height, height: self.width } } else { self }
    }

    /// The size with both edges multiplied, rounded to whole pixels.
    fn scaled(self, factor: f64) -> Self {
        let edge = |length: u32| (f64::from(length) * factor).round().min(f64::from(u32::MAX)) as u32;
        Self::new(edge(self.width), edge(self.height))
    }
}

/// A resize, worked out for one picture: scale to `scaled`, then cut or pad to `canvas` around the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResizePlan {
    /// The size that the whole picture is scaled to.
    pub scaled: Size,
    /// The size of the result.
    pub canvas: Size,
}

/// A part of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutout {
    /// Pixels left of it.
    pub x: u32,
    /// Pixels above it.
    pub y: u32,
    /// Its width and height.
    pub size: Size,
}

/// A picture on a larger canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// Pixels left of the picture.
    pub x: u32,
    /// Pixels above the picture.
    pub y: u32,
    /// The size of the canvas.
    pub canvas: Size,
}

impl Anchor {
    /// Where something stands that leaves this much room across and down: the pixels left of it and above
    /// it. What sticks out leaves less than none.
    pub fn place(self, across: i64, down: i64) -> (i64, i64) {
        let (center, middle) = (across.div_euclid(2), down.div_euclid(2));
        match self {
            Anchor::TopLeft => (0, 0),
            Anchor::Top => (center, 0),
            Anchor::TopRight => (across, 0),
            Anchor::Left => (0, middle),
            Anchor::Center => (center, middle),
            Anchor::Right => (across, middle),
            Anchor::BottomLeft => (0, down),
            Anchor::Bottom => (center, down),
            Anchor::BottomRight => (across, down),
        }
    }

    /// Where a part or a picture of the `inner` size stands in the `outer` one, which holds it.
    pub fn place_within(self, inner: Size, outer: Size) -> (u32, u32) {
        let room = |outer: u32, inner: u32| i64::from(outer - inner);
        let (x, y) = self.place(room(outer.width, inner.width), room(outer.height, inner.height));
        (x as u32, y as u32)
    }
}

impl Crop {
    pub(super) fn output_size(&self, input: Size) -> Size {
        self.plan(input).size
    }

    /// The part that is kept of a picture of this size: always within it, and never empty.
    pub fn plan(&self, input: Size) -> Cutout {
        let wanted = match self.aspect {
            Some(aspect) => {
                let (width, height) = (f64::from(input.width), f64::from(input.height));
                let lies_across = aspect.ratio() > 1.0 && width < height;
                let stands_up = aspect.ratio() < 1.0 && width > height;
                let turns = self.orient && (lies_across || stands_up);
                let ratio = if turns { 1.0 / aspect.ratio() } else { aspect.ratio() };
                let across = (height * ratio).round();
                if across <= width {
                    Size::new(across as u32, input.height)
                } else {
                    Size::new(input.width, (width / ratio).round() as u32)
                }
            }
            None => {
                let size = Size::new(self.width.unwrap_or(input.width), self.height.unwrap_or(input.height));
                if self.orient { size.turned_like(input) } else { size }
            }
        };
        // A corner given by numbers moves the part, and what would stick out is left away.
        let axis = |from: Option<u32>, wanted: u32, edge: u32| {
            let from = from.unwrap_or(0).min(edge.saturating_sub(1));
            (from, wanted.min(edge - from))
        };
        let (x, width) = axis(self.x, wanted.width, input.width);
        let (y, height) = axis(self.y, wanted.height, input.height);
        let size = Size { width, height };
        // What the picture decides is in the middle until it is known.
        let (left, top) = self.anchor.fixed().unwrap_or(Anchor::Center).place_within(size, input);
        let (x, y) = (if self.x.is_some() { x } else { left }, if self.y.is_some() { y } else { top });
        Cutout { x, y, size }
    }
}

impl Pad {
    pub(super) fn output_size(&self, input: Size) -> Size {
        self.plan(input).canvas
    }

    /// Where a picture of this size stands on which canvas.
    pub fn plan(&self, input: Size) -> Placement {
        let (width, height) = (f64::from(input.width), f64::from(input.height));
        let wanted = match self.aspect {
            Some(aspect) => {
                let edge = |length: f64| length.round().min(f64::from(u32::MAX)) as u32;
                Size::new(edge(height * aspect.ratio()), edge(width / aspect.ratio()))
            }
            None => Size::new(self.width.unwrap_or(0), self.height.unwrap_or(0)),
        };
        let canvas = Size::new(wanted.width.max(input.width), wanted.height.max(input.height));
        let (x, y) = self.anchor.place_within(input, canvas);
        Placement { x, y, canvas }
    }
}

impl Border {
    /// The picture's size with the border on each side.
    pub fn output_size(&self, input: Size) -> Size {
        let grown = |edge: u32| edge.saturating_add(self.width.saturating_mul(2));
        Size::new(grown(input.width), grown(input.height))
    }
}

/// The measures of a frame, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FramePlan {
    /// Where the picture stands on which canvas.
    pub placement: Placement,
    /// Width of the line around the picture.
    pub line: u32,
}

impl Frame {
    pub(super) fn output_size(&self, input: Size) -> Size {
        self.plan(input).placement.canvas
    }

    /// The frame of a picture of this size. A line that is asked for is seen, however small the picture.
    pub fn plan(&self, input: Size) -> FramePlan {
        let line = if self.line > 0.0 { input.of_short_edge(self.line).max(1) } else { 0 };
        let around = input.of_short_edge(self.width).saturating_add(line);
        let grown = |edge: u32| edge.saturating_add(around.saturating_mul(2));
        let height = grown(input.height).saturating_add(input.of_short_edge(self.bottom));
        let canvas = Size::new(grown(input.width), height);
        FramePlan { placement: Placement { x: around, y: around, canvas }, line }
    }
}

impl Caption {
    pub(super) fn output_size(&self, input: Size) -> Size {
        self.plan(input).canvas
    }

    /// Height of the strip of a picture of this size.
    pub fn strip(&self, input: Size) -> u32 {
        input.of_short_edge(self.height).max(1)
    }

    /// Where a picture of this size stands with its strip.
    pub fn plan(&self, input: Size) -> Placement {
        let strip = self.strip(input);
        let y = match self.edge {
            CaptionEdge::Bottom => 0,
            CaptionEdge::Top => strip,
        };
        Placement { x: 0, y, canvas: Size::new(input.width, input.height.saturating_add(strip)) }
    }
}

impl Rotate {
    /// Quarter turns clockwise, 0 to 3, if the angle is a whole number of them.
    pub fn quarters(&self) -> Option<u32> {
        let quarters = self.angle / 90.0;
        (quarters.fract() == 0.0).then(|| quarters.rem_euclid(4.0) as u32)
    }

    /// The smallest canvas that holds the turned picture.
    pub fn output_size(&self, input: Size) -> Size {
        match self.quarters() {
            Some(quarters) if quarters % 2 == 0 => input,
            Some(_) => Size { width: input.height, height: input.width },
            None => {
                let (sin, cos) = f64::from(self.angle).to_radians().sin_cos();
                let (width, height) = (f64::from(input.width), f64::from(input.height));
                // A hair less, so that the noise of a sine does not add a row.
                let edge = |length: f64| (length - 1e-6).ceil() as u32;
                Size::new(
                    edge(width * cos.abs() + height * sin.abs()),
                    edge(width * sin.abs() + height * cos.abs()),
                )
            }
        }
    }
}

impl Straighten {
    /// The largest part of the turned picture that is covered all over and has the picture's proportions.
    pub fn output_size(&self, input: Size) -> Size {
        let (sin, cos) = f64::from(self.angle.abs()).to_radians().sin_cos();
        let (width, height) = (f64::from(input.width), f64::from(input.height));
        let across = width / (width * cos + height * sin);
        let down = height / (width * sin + height * cos);
        let edge = |length: f64| (length * across.min(down) + 1e-6).floor() as u32;
        Size::new(edge(width), edge(height))
    }
}

impl Perspective {
    /// As wide and as high as the longer of two opposite edges.
    pub fn output_size(&self, input: Size) -> Size {
        let [top_left, top_right, bottom_right, bottom_left] = self.corners(input);
        let between = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        let edge = |one: f64, other: f64| one.max(other).round() as u32;
        Size::new(
            edge(between(top_left, top_right), between(bottom_left, bottom_right)),
            edge(between(top_left, bottom_left), between(top_right, bottom_right)),
        )
    }

    /// Its places in a picture of this size, in pixels, clockwise from the top left.
    pub fn corners(&self, size: Size) -> [[f64; 2]; 4] {
        let at = |place: Place| {
            [f64::from(place.x) * f64::from(size.width), f64::from(place.y) * f64::from(size.height)]
        };
        [self.top_left, self.top_right, self.bottom_right, self.bottom_left].map(at)
    }
}

impl Trim {
    /// The most that is left of a picture of this size: only the picture knows how much less it is.
    pub(super) fn output_size(&self, input: Size) -> Size {
        input
    }
}

impl Resize {
    pub(super) fn output_size(&self, input: Size) -> Size {
        self.plan(input).canvas
    }

    /// Works the resize out for a picture of this size. Without `enlarge` no picture grows: in mode `fill`
    /// the box shrinks to the picture's largest part of the same proportions, in mode `pad` a small picture
    /// stands unscaled in the box, in mode `stretch` neither edge grows.
    pub fn plan(&self, input: Size) -> ResizePlan {
        let (width, height) = (f64::from(input.width), f64::from(input.height));
        let grow = if self.enlarge { f64::INFINITY } else { 1.0 };
        let plain = |factor: f64| {
            let scaled = input.scaled(factor.min(grow));
            ResizePlan { scaled, canvas: scaled }
        };
        if let Some(edge) = self.long_edge {
            return plain(f64::from(edge) / width.max(height));
        }
        if let Some(edge) = self.short_edge {
            return plain(f64::from(edge) / width.min(height));
        }
        if let Some(percent) = self.percent {
            return plain(f64::from(percent) / 100.0);
        }
        if let Some(megapixels) = self.megapixels {
            return plain((f64::from(megapixels) * 1e6 / (width * height)).sqrt());
        }
        let (box_width, box_height) = match (self.width, self.height) {
            (Some(width), Some(height)) if self.orient => {
                let turned = Size { width, height }.turned_like(input);
                (Some(turned.width), Some(turned.height))
            }
            as_given => as_given,
        };
        let across = box_width.map_or(f64::INFINITY, |w| f64::from(w) / width);
        let down = box_height.map_or(f64::INFINITY, |h| f64::from(h) / height);
        let target = Size::new(box_width.unwrap_or(input.width), box_height.unwrap_or(input.height));
        match self.mode {
            ResizeMode::Fit => plain(across.min(down)),
            ResizeMode::Pad => {
                ResizePlan { scaled: input.scaled(across.min(down).min(grow)), canvas: target }
            }
            ResizeMode::Stretch => {
                let scaled = if self.enlarge {
                    target
                } else {
                    Size::new(target.width.min(input.width), target.height.min(input.height))
                };
                ResizePlan { scaled, canvas: scaled }
            }
            ResizeMode::Fill => {
                let factor = across.max(down);
                if factor <= grow {
                    let scaled = input.scaled(factor);
                    // Rounding may leave an edge one pixel short of the box.
                    let scaled = Size::new(scaled.width.max(target.width), scaled.height.max(target.height));
                    ResizePlan { scaled, canvas: target }
                } else {
                    let canvas = target.scaled(1.0 / factor);
                    let canvas = Size::new(canvas.width.min(input.width), canvas.height.min(input.height));
                    ResizePlan { scaled: input, canvas }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
