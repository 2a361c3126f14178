//! Regions in XMP: faces and other parts of a photo, with names. Those of the Metadata Working Group
//! (guidelines 2.0, section 5.9) and of Microsoft are turned, scaled and cut with the photo; others stay
//! where shares of the edges do. No state.

use std::ops::Range;

use roxmltree::Node;

use super::RDF;
use super::edits::Edits;
use crate::metadata::Described;
use crate::moved::{Moved, PictureArea};

const MWG: &str = "http://www.metadataworkinggroup.com/schemas/regions/";
const AREA: &str = "http://ns.adobe.com/xmp/sType/Area#";
const DIMENSIONS: &str = "http://ns.adobe.com/xap/1.0/sType/Dimensions#";
const MICROSOFT: &str = "http://ns.microsoft.com/photo/1.2/";
const MICROSOFT_REGION: &str = "http://ns.microsoft.com/photo/1.2/t/Region#";
const ACDSEE: &str = "http://ns.acdsee.com/regions/";
const IPTC: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";

const OUTSIDE: &str =
    "regions of the photo (faces) that are not in the result were left out of the XMP block";
const UNKNOWN: &str =
    "regions of the photo (faces) that cannot be brought along were left out of the XMP block";

/// Brings the regions along if this element is a list of them.
pub(super) fn apply(edits: &mut Edits, node: Node<'_, '_>, described: &Described) {
    if described.moved.is_still() {
        return;
    }
    let tag = node.tag_name();
    let changed = match (tag.namespace().unwrap_or_default(), tag.name()) {
        (MWG, "Regions") => working_group(node, described),
        (MICROSOFT, "RegionInfo") => microsoft(node, described),
        (ACDSEE, "Regions") | (IPTC, "ImageRegion") if !described.moved.is_scaling() => None,
        _ => return,
    };
    match changed {
        Some(regions) => {
            for (range, value) in regions.changes {
                edits.set(range, value);
            }
            if regions.lost {
                edits.say(OUTSIDE);
            }
            if regions.left == 0 && regions.lost {
                edits.drop(node.range());
            }
        }
        None => {
            edits.drop(node.range());
            edits.say(UNKNOWN);
        }
    }
}

/// What becomes of a list.
#[derive(Default)]
struct Regions {
    changes: Vec<(Range<usize>, String)>,
    /// How many are left, and whether any is not.
    left: usize,
    lost: bool,
}

impl Regions {
    /// Drops a region that is not in the result.
    fn lose(&mut self, region: Node<'_, '_>) {
        self.changes.push((region.range(), String::new()));
        self.lost = true;
    }
}

/// The list of the Metadata Working Group; `None` if it is not understood.
fn working_group(list: Node<'_, '_>, described: &Described) -> Option<Regions> {
    let mut regions = Regions::default();
    let dimensions = list.descendants().find(|node| node.has_tag_name((MWG, "AppliedToDimensions")));
    let edge = |name: &str| dimensions.and_then(|node| RegionField::find(node, DIMENSIONS, name));
    let (width, height) = (edge("w"), edge("h"));
    let number = |field: &Option<RegionField<'_>>| field.as_ref().and_then(RegionField::number);
    let applied = number(&width).zip(number(&height)).filter(|(w, h)| *w > 0.0 && *h > 0.0);
    let moved = basis(applied, described);
    if let (Some(width), Some(height)) = (&width, &height) {
        regions.changes.push((width.range.clone(), moved.to.width.to_string()));
        regions.changes.push((height.range.clone(), moved.to.height.to_string()));
    }
    for region in items(list, (MWG, "RegionList")) {
        // Somebody may be named without a place.
        let Some(area) = region.descendants().find(|node| node.has_tag_name((MWG, "Area"))) else {
            regions.left += 1;
            continue;
        };
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
        let Some(new) = moved.area(old) else {
            regions.lose(region);
            continue;
        };
        regions.left += 1;
        let to = (f64::from(moved.to.width), f64::from(moved.to.height));
        let (across, down) = if in_pixels { to } else { (1.0, 1.0) };
        let values = [
            (Some(x), new.x * across),
            (Some(y), new.y * down),
            (w, new.width * across),
            (h, new.height * down),
            (field("d"), diameter(field("d"), moved, in_pixels)?),
        ];
        for (field, value) in values {
            regions.changes.extend(field.map(|field| (field.range, decimals(value))));
        }
    }
    Some(regions)
}

/// The way of the picture that the regions were noted on: the stored one, or the upright one where the edges
/// say so.
fn basis(applied: Option<(f64, f64)>, described: &Described) -> &Moved {
    let stored = described.moved.from;
    let upright = described.upright.from;
    let is_wide = |width: f64, height: f64| width > height;
    let turned = applied.is_some_and(|(width, height)| {
        stored != upright && is_wide(width, height) != is_wide(stored.width.into(), stored.height.into())
    });
    if turned { &described.upright } else { &described.moved }
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
fn microsoft(list: Node<'_, '_>, described: &Described) -> Option<Regions> {
    let mut regions = Regions::default();
    for region in list.descendants().filter(|node| node.has_tag_name((RDF, "li"))) {
        // One without is a person who was noted without a place.
        let Some(rectangle) = RegionField::find(region, MICROSOFT_REGION, "Rectangle") else {
            regions.left += 1;
            continue;
        };
        let numbers: Vec<f64> =
            rectangle.value.split(',').map_while(|number| number.trim().parse().ok()).collect();
        let &[left, top, width, height] = numbers.as_slice() else { return None };
        let old = PictureArea { x: left + width / 2.0, y: top + height / 2.0, width, height };
        match described.moved.area(old) {
            Some(PictureArea { x, y, width, height }) => {
                let numbers = [x - width / 2.0, y - height / 2.0, width, height].map(decimals);
                regions.changes.push((rectangle.range, numbers.join(", ")));
                regions.left += 1;
            }
            None => regions.lose(region),
        }
    }
    Some(regions)
}

/// The items of a list that is somewhere below.
fn items<'a, 'input>(
    node: Node<'a, 'input>,
    list: (&'static str, &'static str),
) -> impl Iterator<Item = Node<'a, 'input>> {
    let list = node.descendants().find(move |node| node.has_tag_name(list));
    let all = list.into_iter().flat_map(|list| list.children()).flat_map(|bag| bag.children());
    all.filter(|node| node.has_tag_name((RDF, "li")))
}

/// A field of a structure, and where its value stands.
struct RegionField<'a> {
    value: &'a str,
    range: Range<usize>,
}

impl<'a> RegionField<'a> {
    /// However RDF has it: as an attribute or an element, of the node itself or of a description in it.
    fn find(node: Node<'a, '_>, namespace: &str, name: &str) -> Option<RegionField<'a>> {
        let inner = node.children().filter(|child| child.has_tag_name((RDF, "Description")));
        std::iter::once(node).chain(inner).find_map(|node| {
            if let Some(attribute) = node.attribute_node((namespace, name)) {
                return Some(RegionField { value: attribute.value(), range: attribute.range_value() });
            }
            let element = node.children().find(|child| child.has_tag_name((namespace, name)))?;
            let content = element.first_child().filter(|child| child.is_text() && !child.has_siblings())?;
            Some(RegionField { value: content.text()?, range: content.range() })
        })
    }

    fn number(&self) -> Option<f64> {
        self.value.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }
}

/// A number with six decimals at the most.
fn decimals(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use image::metadata::Orientation;

    use super::super::carried;
    use super::*;
    use crate::metadata::tests::{described, through};

    fn packet(content: &str) -> String {
        format!(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\"><rdf:Description \
             xmlns:m=\"{MWG}\" xmlns:a=\"{AREA}\" xmlns:n=\"{DIMENSIONS}\" xmlns:P=\"{MICROSOFT}\" \
             xmlns:R=\"{MICROSOFT_REGION}\" xmlns:i=\"{IPTC}\">{content}</rdf:Description>\
             </rdf:RDF></x:xmpmeta>"
        )
    }

    fn carry(content: &str, described: &Described) -> (String, Vec<&'static str>) {
        let carried = carried(packet(content).as_bytes(), described).unwrap();
        (String::from_utf8(carried.packet).unwrap(), carried.notes)
    }

    /// Ana, noted on a picture of this size; once as attributes and once as elements.
    fn regions(dimensions: &str, area: [&str; 5]) -> [String; 2] {
        let [x, y, w, h, unit] = area;
        let list = |area: String| {
            format!(
                "<m:Regions rdf:parseType=\"Resource\"><m:AppliedToDimensions {dimensions}/><m:RegionList>\
                 <rdf:Bag><rdf:li rdf:parseType=\"Resource\"><m:Name>Ana</m:Name>{area}</rdf:li></rdf:Bag>\
                 </m:RegionList></m:Regions>"
            )
        };
        [
            list(format!("<m:Area a:x=\"{x}\" a:y=\"{y}\" a:w=\"{w}\" a:h=\"{h}\" a:unit=\"{unit}\"/>")),
            list(format!(
                "<m:Area><rdf:Description><a:x>{x}</a:x><a:y>{y}</a:y><a:w>{w}</a:w><a:h>{h}</a:h>\
                 <a:unit>{unit}</a:unit></rdf:Description></m:Area>"
            )),
        ]
    }

    #[test]
    fn a_face_is_turned_along() {
        let turned = through(Orientation::Rotate90, "resize=50");
        let stored = ["0.25", "0.5", "0.1", "0.2", "normalized"];
        let upright = ["0.5", "0.25", "0.2", "0.1", "normalized"];
        let pixels = ["35", "50", "14", "20", "pixel"];
        let after = regions("n:w=\"50\" n:h=\"70\"", upright);
        let after_pixels = regions("n:w=\"50\" n:h=\"70\"", ["25", "17.5", "10", "7", "pixel"]);
        for form in 0..2 {
            for (before, after) in [
                (regions("n:w=\"140\" n:h=\"100\"", stored), &after),
                (regions("n:w=\"100\" n:h=\"140\"", upright), &after),
                (regions("n:w=\"140\" n:h=\"100\"", pixels), &after_pixels),
            ] {
                assert_eq!(carry(&before[form], &turned), (packet(&after[form]), vec![]));
            }
        }
    }

    #[test]
    fn a_face_that_is_cut_off_goes_and_is_named() {
        let [region, _] = regions("n:w=\"140\" n:h=\"100\"", ["0.25", "0.5", "0.1", "0.2", "normalized"]);
        let right = through(Orientation::NoTransforms, "crop:width=70,height=100,x=70");
        assert_eq!(carry(&region, &right), (packet(""), vec![OUTSIDE]));
        let left = through(Orientation::NoTransforms, "crop:width=70,height=100,x=0");
        let (kept, notes) = carry(&region, &left);
        assert!(kept.contains("a:x=\"0.5\"") && kept.contains("a:w=\"0.2\"") && notes.is_empty(), "{kept}");
        let [strange, _] = regions("n:w=\"140\" n:h=\"100\"", ["left", "0.5", "0.1", "0.2", "normalized"]);
        assert_eq!(carry(&strange, &left), (packet(""), vec![UNKNOWN]));
    }

    #[test]
    fn microsoft_s_rectangles_are_brought_along() {
        let region = |rectangle: &str| {
            format!(
                "<P:RegionInfo><rdf:Description><P:Regions><rdf:Bag><rdf:li R:Rectangle=\"{rectangle}\"/>\
                 </rdf:Bag></P:Regions></rdf:Description></P:RegionInfo>"
            )
        };
        let turned = through(Orientation::Rotate180, "blur=1");
        assert_eq!(carry(&region("0.1, 0.2, 0.3, 0.4"), &turned).0, packet(&region("0.6, 0.4, 0.3, 0.4")));
        assert_eq!(carry(&region("0.1, 0.2"), &turned), (packet(""), vec![UNKNOWN]));
    }

    #[test]
    fn others_stay_where_shares_do() {
        let other = "<i:ImageRegion><rdf:Bag/></i:ImageRegion>";
        assert_eq!(carry(other, &described()), (packet(other), vec![]));
        let turned = through(Orientation::Rotate90, "blur=1");
        assert_eq!(carry(other, &turned), (packet(""), vec![UNKNOWN]));
    }
}
