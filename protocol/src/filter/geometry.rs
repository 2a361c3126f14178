//! Which size a filter makes of which: the plan needs it for names, the worker for memory and for the filters themselves.

use super::{Filter, Resize, ResizeMode};

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

    /// The shorter edge.
    pub fn short_edge(self) -> u32 {
        self.width.min(self.height)
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

impl Filter {
    /// The size of the result for a picture of this size.
    pub fn output_size(&self, input: Size) -> Size {
        match self {
            Filter::Resize(resize) => resize.plan(input).canvas,
            Filter::Blur(_)
            | Filter::Edges(_)
            | Filter::Brightness(_)
            | Filter::Contrast(_)
            | Filter::Sepia(_)
            | Filter::Posterize(_)
            | Filter::Watermark(_) => input,
        }
    }
}

impl Resize {
    /// Works the resize out for a picture of this size. Without `enlarge` no picture grows: in mode `fill` the box shrinks
    /// to the picture's largest part of the same proportions, in mode `pad` a small picture stands unscaled in the box, in
    /// mode `stretch` neither edge grows.
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
        let across = self.width.map_or(f64::INFINITY, |w| f64::from(w) / width);
        let down = self.height.map_or(f64::INFINITY, |h| f64::from(h) / height);
        let target = Size::new(self.width.unwrap_or(input.width), self.height.unwrap_or(input.height));
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
mod tests {
    use super::*;

    fn size(spec: &str, width: u32, height: u32) -> (u32, u32) {
        let filter: Filter = spec.parse().unwrap();
        let size = filter.output_size(Size { width, height });
        (size.width, size.height)
    }

    #[test]
    fn fit_keeps_proportions_and_never_enlarges() {
        assert_eq!(size("resize=1200", 6000, 4000), (1200, 800));
        assert_eq!(size("resize=1200", 1000, 4000), (1000, 4000));
        assert_eq!(size("resize:width=1024,height=1024", 4000, 6000), (683, 1024));
        assert_eq!(size("resize:width=2000,enlarge=true", 1000, 500), (2000, 1000));
        assert_eq!(size("resize=1", 30000, 1), (1, 1));
    }

    #[test]
    fn edges() {
        assert_eq!(size("resize:long_edge=300", 200, 600), (100, 300));
        assert_eq!(size("resize:short_edge=300", 400, 600), (300, 450));
        assert_eq!(size("resize:short_edge=300", 200, 600), (200, 600));
    }

    #[test]
    fn boxes() {
        assert_eq!(size("resize:width=300,height=300,mode=fill", 400, 600), (300, 300));
        assert_eq!(size("resize:width=1000,height=500,mode=fill", 400, 600), (400, 200));
        assert_eq!(size("resize:width=500,height=700,mode=pad", 400, 600), (500, 700));
        assert_eq!(size("resize:width=300,height=700,mode=stretch", 400, 600), (300, 600));
    }

    #[test]
    fn fill_covers_the_box_whatever_the_rounding() {
        for width in 1..200 {
            for height in [1, 7, 99, 133] {
                let Filter::Resize(resize) =
                    "resize:width=37,height=53,mode=fill,enlarge=true".parse().unwrap()
                else {
                    panic!("not a resize")
                };
                let plan = resize.plan(Size { width, height });
                assert!(plan.scaled.width >= 37 && plan.scaled.height >= 53, "{width}×{height}: {plan:?}");
            }
        }
    }
}
