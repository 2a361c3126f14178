//! How much memory rendering a drawing takes, beside the pixels that it is rendered into: groups that are
//! drawn apart have layers of their own, masks and clip paths need one more, a filter one for each step, and
//! a pattern is a picture. It goes by how `resvg` renders. No state.

use recipe::filter::geometry::Size;
use resvg::tiny_skia::{Rect, Transform};
use resvg::usvg::{ClipPath, Group, Mask, Node, Paint, Path};

/// Bytes of a pixel of a layer.
const PIXEL: f64 = 4.0;
/// A layer has this many pixels more than its content on both sides together.
const MARGIN: f64 = 4.0;
/// No layer is more than this many times as wide or as high as the canvas.
const LARGEST: f64 = 5.0;
/// Pictures that a filter has beside those of its steps: its source, its alpha, and those that a step works
/// on.
const OF_FILTER: usize = 5;

/// Bytes of memory for all that is open at once, at the most, where the drawing is scaled so for a canvas of
/// this size.
pub(super) fn memory_needed(tree: &resvg::usvg::Tree, scaled: Transform, canvas: Size) -> u64 {
    let canvas = [f64::from(canvas.width), f64::from(canvas.height)];
    of_group(tree.root(), scaled, canvas) as u64
}

fn of_group(group: &Group, transform: Transform, canvas: [f64; 2]) -> f64 {
    let transform = transform.pre_concat(group.transform());
    let of_children = most(group.children().iter().map(|node| of_node(node, transform, canvas)));
    if !group.should_isolate() {
        return of_children;
    }
    let layer = pixels(group.layer_bounding_box().to_rect(), transform, canvas) * PIXEL;
    let steps = group.filters().iter().map(|filter| filter.primitives().len() + OF_FILTER);
    let filters = most(steps.map(|steps| steps as f64 * layer));
    let clip = group.clip_path().map_or(0.0, |clip| of_clip(clip, layer));
    let mask = group.mask().map_or(0.0, |mask| of_mask(mask, layer, transform, canvas));
    layer + of_children.max(filters).max(clip).max(mask)
}

fn of_node(node: &Node, transform: Transform, canvas: [f64; 2]) -> f64 {
    match node {
        Node::Group(group) => of_group(group, transform, canvas),
        Node::Path(path) => of_path(path, transform, canvas),
        // Neither is let in.
        Node::Image(_) | Node::Text(_) => 0.0,
    }
}

/// Its patterns.
fn of_path(path: &Path, transform: Transform, canvas: [f64; 2]) -> f64 {
    let paints = [path.fill().map(|fill| fill.paint()), path.stroke().map(|stroke| stroke.paint())];
    most(paints.into_iter().flatten().map(|paint| {
        let Paint::Pattern(pattern) = paint else { return 0.0 };
        let (across, down) = transform.pre_concat(pattern.transform()).get_scale();
        let width = f64::from(pattern.rect().width() * across);
        let height = f64::from(pattern.rect().height() * down);
        let inside = of_group(pattern.root(), Transform::from_scale(across, down), canvas);
        (width + 1.0) * (height + 1.0) * PIXEL + inside
    }))
}

/// One clip path and a mask made of it for each that clips another, and of groups in it that are clipped.
fn of_clip(clip: &ClipPath, layer: f64) -> f64 {
    let outer = clip.clip_path().map_or(0.0, |clip| of_clip(clip, layer));
    layer * 1.25 + outer.max(of_clipped(clip.root(), layer))
}

fn of_clipped(group: &Group, layer: f64) -> f64 {
    let of_node = |node: &Node| match node {
        Node::Group(group) => {
            let own = group.clip_path().map_or(0.0, |clip| layer + of_clip(clip, layer));
            own + of_clipped(group, layer)
        }
        Node::Path(_) | Node::Image(_) | Node::Text(_) => 0.0,
    };
    most(group.children().iter().map(of_node))
}

fn of_mask(mask: &Mask, layer: f64, transform: Transform, canvas: [f64; 2]) -> f64 {
    let outer = mask.mask().map_or(0.0, |mask| of_mask(mask, layer, transform, canvas));
    layer * 1.5 + outer.max(of_group(mask.root(), transform, canvas))
}

/// How many pixels the layer of such a box has.
fn pixels(content: Rect, transform: Transform, canvas: [f64; 2]) -> f64 {
    let content = content
        .transform(transform)
        .map_or([f64::INFINITY; 2], |content| [content.width(), content.height()].map(f64::from));
    let [width, height] = [0, 1].map(|axis| (content[axis].ceil() + MARGIN).min(LARGEST * canvas[axis]));
    width * height
}

fn most(bytes: impl Iterator<Item = f64>) -> f64 {
    bytes.fold(0.0, f64::max)
}
