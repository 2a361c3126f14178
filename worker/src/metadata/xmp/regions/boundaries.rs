//! Regions as IPTC has them (Photo Metadata Standard, "Image Region"): rectangles by their corner, circles by
//! their middle, polygons by their corners; in pixels, or in shares of the edges. No state.

use roxmltree::Node;

use super::super::notes;
use super::{IPTC, NewValue, RegionField, RegionPlace, Regions, decimals, items};
use crate::metadata::Described;
use crate::moved::{Moved, PictureArea};

/// The list; `None` if it is not understood.
pub(super) fn iptc(list: Node<'_, '_>, described: &Described) -> Option<Regions> {
    let mut regions = Regions::default();
    for region in items(list) {
        let is_boundary = |node: &Node<'_, '_>| node.has_tag_name((IPTC, "RegionBoundary"));
        let boundaries = region.descendants().filter(is_boundary);
        let places: Option<Vec<RegionPlace>> =
            boundaries.map(|node| Boundary::read(node, described)?.moved()).collect();
        regions.take(region, places?);
    }
    Some(regions)
}

/// A boundary in the file.
struct Boundary<'a, 'input, 'm> {
    node: Node<'a, 'input>,
    moved: &'m Moved,
    /// The edges of the photo and of the result in the unit that it is in: pixels, or 1.
    from: [f64; 2],
    to: [f64; 2],
}

impl<'a, 'input, 'm> Boundary<'a, 'input, 'm> {
    fn read(node: Node<'a, 'input>, described: &'m Described) -> Option<Self> {
        let edges = |in_pixels: bool, moved: &Moved| {
            let edges =
                |width, height| if in_pixels { [f64::from(width), f64::from(height)] } else { [1.0; 2] };
            (edges(moved.from.width, moved.from.height), edges(moved.to.width, moved.to.height))
        };
        let in_pixels = match RegionField::find(node, IPTC, "rbUnit")?.value.trim() {
            "pixel" => true,
            "relative" => false,
            _ => return None,
        };
        let on_stored = edges(in_pixels, &described.moved);
        let (from, to) = on_stored;
        let stored = Boundary { node, moved: &described.moved, from, to };
        // Pixels that only the upright photo has tell that it was noted on that.
        let (from, to) = edges(in_pixels, &described.upright);
        let upright = Boundary { node, moved: &described.upright, from, to };
        Some(if in_pixels && !stored.fits() && upright.fits() { upright } else { stored })
    }

    fn field(&self, name: &str) -> Option<RegionField<'a>> {
        RegionField::find(self.node, IPTC, name)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.field(name)?.number()
    }

    /// Whether all of it is within the photo.
    fn fits(&self) -> bool {
        let number = |name| self.number(name).unwrap_or(0.0);
        let corners = self.corners().into_iter().flatten();
        let (x, y) = (number("rbX") + number("rbW"), number("rbY") + number("rbH"));
        corners.chain([(x, y)]).all(|(x, y)| x <= self.from[0] && y <= self.from[1])
    }

    /// What becomes of it; `None` if it is not understood.
    fn moved(&self) -> Option<RegionPlace> {
        match self.field("rbShape")?.value.trim() {
            "rectangle" => self.moved_rectangle(),
            "circle" => self.moved_circle(),
            "polygon" => self.moved_polygon(),
            _ => None,
        }
    }

    fn moved_rectangle(&self) -> Option<RegionPlace> {
        let names = ["rbX", "rbY", "rbW", "rbH"];
        let [x, y, width, height] = names.map(|name| self.number(name));
        let (width, height) = (width? / self.from[0], height? / self.from[1]);
        let (x, y) = (x? / self.from[0] + width / 2.0, y? / self.from[1] + height / 2.0);
        let Some(new) = self.moved.area(PictureArea { x, y, width, height }) else {
            return Some(RegionPlace::of_none(self.moved));
        };
        let corner = [new.x - new.width / 2.0, new.y - new.height / 2.0];
        let [across, down] = self.to;
        let values = [corner[0] * across, corner[1] * down, new.width * across, new.height * down];
        self.changed(names.into_iter().zip(values))
    }

    /// A circle stays one only where both edges are scaled alike, and only as a whole.
    fn moved_circle(&self) -> Option<RegionPlace> {
        const ALIKE: f64 = 0.01;
        let (x, y) = self.place(self.number("rbX")?, self.number("rbY")?);
        // A share is one of the width.
        let radius = self.number("rbRx")? / self.from[0] * f64::from(self.moved.from.width);
        let Some(([across, down], _)) = self.moved.scale() else {
            return Some(RegionPlace::of_none(self.moved));
        };
        let radius = radius * (across + down) / 2.0;
        let is_whole = [(-radius, 0.0), (radius, 0.0), (0.0, -radius), (0.0, radius)]
            .into_iter()
            .all(|(aside, below)| self.moved.shows(x + aside, y + below));
        if !is_whole {
            return Some(RegionPlace::Gone(notes::OUTSIDE));
        }
        if (across / down - 1.0).abs() > ALIKE {
            return Some(RegionPlace::Gone(notes::UNKNOWN));
        }
        let [to_x, to_y] = self.in_unit(x, y);
        let radius = self.in_unit(radius, 0.0)[0];
        self.changed([("rbX", to_x), ("rbY", to_y), ("rbRx", radius)].into_iter())
    }

    /// The corners are moved one by one; where one is cut off, the polygon is another.
    fn moved_polygon(&self) -> Option<RegionPlace> {
        let mut changes: Vec<NewValue> = Vec::new();
        for (node, corner) in self.vertices().zip(self.corners()) {
            let (x, y) = corner?;
            let (x, y) = self.place(x, y);
            if !self.moved.shows(x, y) {
                return Some(RegionPlace::Gone(notes::OUTSIDE));
            }
            for (name, value) in ["rbX", "rbY"].into_iter().zip(self.in_unit(x, y)) {
                changes.push((RegionField::find(node, IPTC, name)?.range, decimals(value)));
            }
        }
        (!changes.is_empty()).then_some(RegionPlace::Moved(changes))
    }

    fn vertices(&self) -> impl Iterator<Item = Node<'a, 'input>> {
        let list = self.node.descendants().find(|node| node.has_tag_name((IPTC, "rbVertices")));
        list.into_iter().flat_map(items)
    }

    /// The corners of a polygon.
    fn corners(&self) -> Vec<Option<(f64, f64)>> {
        let number = |node, name| RegionField::find(node, IPTC, name)?.number();
        self.vertices().map(|node| number(node, "rbX").zip(number(node, "rbY"))).collect()
    }

    /// Where a place is in the result, in pixels.
    fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let (width, height) = (f64::from(self.moved.from.width), f64::from(self.moved.from.height));
        self.moved.place(x / self.from[0] * width, y / self.from[1] * height)
    }

    /// Pixels of the result in the unit of the boundary.
    fn in_unit(&self, x: f64, y: f64) -> [f64; 2] {
        let (width, height) = (f64::from(self.moved.to.width), f64::from(self.moved.to.height));
        [x / width * self.to[0], y / height * self.to[1]]
    }

    fn changed(&self, values: impl Iterator<Item = (&'static str, f64)>) -> Option<RegionPlace> {
        let change = |(name, value)| Some((self.field(name)?.range, decimals(value)));
        values.map(change).collect::<Option<Vec<NewValue>>>().map(RegionPlace::Moved)
    }
}
