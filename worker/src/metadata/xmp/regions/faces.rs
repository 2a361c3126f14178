//! Faces as rectangles or circles around a middle (Metadata Working Group, guidelines 2.0, section 5.9;
//! ACDSee has the same under names of its own), and as Microsoft notes them. No state.

use roxmltree::Node;

use super::super::RDF;
use super::{RegionField, RegionPlace, Regions, basis, decimals, items};
use crate::metadata::Described;
use crate::moved::{Moved, PictureArea};

const AREA: &str = "sType/Area#";
const DIMENSIONS: &str = "sType/Dimensions#";
const MICROSOFT_REGION: &str = "http://ns.microsoft.com/photo/1.2/t/Region#";

/// A list whose regions have areas of these names; `None` if it is not understood.
pub(super) fn in_areas(
    list: Node<'_, '_>,
    namespace: &'static str,
    names: &[&'static str],
    described: &Described,
) -> Option<Regions> {
    let mut regions = Regions::default();
    let named = |name: &'static str| list.descendants().find(|node| node.has_tag_name((namespace, name)));
    let dimensions = named("AppliedToDimensions");
    let edge = |name: &str| dimensions.and_then(|node| RegionField::find(node, DIMENSIONS, name));
    let (width, height) = (edge("w"), edge("h"));
    let number = |field: &Option<RegionField<'_>>| field.as_ref().and_then(RegionField::number);
    let applied = number(&width).zip(number(&height)).filter(|(w, h)| *w > 0.0 && *h > 0.0);
    let moved = basis(applied, described);
    if let (Some(width), Some(height)) = (&width, &height) {
        regions.changes.push((width.range.clone(), moved.to.width.to_string()));
        regions.changes.push((height.range.clone(), moved.to.height.to_string()));
    }
    for region in named("RegionList").into_iter().flat_map(items) {
        let is_area = |node: &Node<'_, '_>| names.iter().any(|name| node.has_tag_name((namespace, *name)));
        let areas = region.descendants().filter(is_area);
        let places: Option<Vec<RegionPlace>> = areas.map(|area| moved_area(area, applied, moved)).collect();
        regions.take(region, places?);
    }
    Some(regions)
}

/// Where an area is in the result; `None` if it is not understood.
fn moved_area(area: Node<'_, '_>, applied: Option<(f64, f64)>, moved: &Moved) -> Option<RegionPlace> {
    let field = |name: &str| RegionField::find(area, AREA, name);
    let in_pixels = field("unit").is_some_and(|unit| unit.value == "pixel");
    let (x, y) = (field("x")?, field("y")?);
    let (w, h) = (field("w"), field("h"));
    // Shares of the edges, or pixels of the size that they were noted at.
    let (across, down) = if in_pixels { applied? } else { (1.0, 1.0) };
    let share = |field: &Option<RegionField<'_>>, edge: f64| match field {
        Some(field) => field.number().map(|number| number / edge),
        None => Some(0.0),
    };
    let old = PictureArea {
        x: x.number()? / across,
        y: y.number()? / down,
        width: share(&w, across)?,
        height: share(&h, down)?,
    };
    let Some(new) = moved.area(old) else { return Some(RegionPlace::of_none(moved)) };
    let to = (f64::from(moved.to.width), f64::from(moved.to.height));
    let (across, down) = if in_pixels { to } else { (1.0, 1.0) };
    let values = [
        (Some(x), new.x * across),
        (Some(y), new.y * down),
        (w, new.width * across),
        (h, new.height * down),
        (field("d"), diameter(field("d"), moved, in_pixels)?),
    ];
    let change = |(field, value): (Option<RegionField<'_>>, f64)| Some((field?.range, decimals(value)));
    Some(RegionPlace::Moved(values.into_iter().filter_map(change).collect()))
}

/// A circle's diameter, as a share of the shorter edge or in pixels; 0 if there is none.
fn diameter(old: Option<RegionField<'_>>, moved: &Moved, in_pixels: bool) -> Option<f64> {
    let Some(old) = old else { return Some(0.0) };
    let ([across, down], _) = moved.scale()?;
    let pixels = across.min(down);
    let edges = f64::from(moved.from.short_edge()) / f64::from(moved.to.short_edge());
    Some(old.number()? * if in_pixels { pixels } else { pixels * edges })
}

/// Microsoft's list: rectangles as one text, left, top, width and height in shares of the edges.
pub(super) fn microsoft(list: Node<'_, '_>, described: &Described) -> Option<Regions> {
    let mut regions = Regions::default();
    for region in list.descendants().filter(|node| node.has_tag_name((RDF, "li"))) {
        let Some(rectangle) = RegionField::find(region, MICROSOFT_REGION, "Rectangle") else {
            regions.take(region, Vec::new());
            continue;
        };
        let numbers: Vec<f64> =
            rectangle.value.split(',').map_while(|number| number.trim().parse().ok()).collect();
        let &[left, top, width, height] = numbers.as_slice() else { return None };
        let old = PictureArea { x: left + width / 2.0, y: top + height / 2.0, width, height };
        let place = match described.moved.area(old) {
            Some(PictureArea { x, y, width, height }) => {
                let numbers = [x - width / 2.0, y - height / 2.0, width, height].map(decimals);
                RegionPlace::Moved(vec![(rectangle.range, numbers.join(", "))])
            }
            None => RegionPlace::of_none(&described.moved),
        };
        regions.take(region, vec![place]);
    }
    Some(regions)
}
