//! Regions in XMP: faces and other parts of a photo, with names. They are turned, scaled and cut with the
//! photo: `faces` has those of the Metadata Working Group, of ACDSee and of Microsoft, `boundaries` those of
//! IPTC. No state.

mod boundaries;
mod faces;

use std::ops::Range;

use roxmltree::Node;

use super::edits::Edits;
use super::{RDF, notes};
use crate::metadata::Described;
use crate::moved::Moved;

const MWG: &str = "http://www.metadataworkinggroup.com/schemas/regions/";
const MICROSOFT: &str = "http://ns.microsoft.com/photo/1.2/";
const ACDSEE: &str = "http://ns.acdsee.com/regions/";
const IPTC: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";

/// Brings the regions along if this element is a list of them; whether it is.
pub(super) fn apply(edits: &mut Edits, node: Node<'_, '_>, described: &Described) -> bool {
    if described.moved.is_still() {
        return false;
    }
    let tag = node.tag_name();
    let changed = match (tag.namespace().unwrap_or_default(), tag.name()) {
        (MWG, "Regions") => faces::in_areas(node, MWG, &["Area"], described),
        (ACDSEE, "Regions") => faces::in_areas(node, ACDSEE, &["DLYArea", "ALGArea"], described),
        (MICROSOFT, "RegionInfo") => faces::microsoft(node, described),
        (IPTC, "ImageRegion") => boundaries::iptc(node, described),
        _ => return false,
    };
    match changed {
        Some(regions) => {
            for (range, value) in regions.changes {
                edits.set(range, value);
            }
            if regions.left == 0 && !regions.lost.is_empty() {
                edits.drop(node.range());
            }
            for note in regions.lost {
                edits.say(note);
            }
        }
        None => {
            edits.drop(node.range());
            edits.say(notes::UNKNOWN);
        }
    }
    true
}

/// A value, and what it takes the place of.
type NewValue = (Range<usize>, String);

/// What becomes of the place of a region.
enum RegionPlace {
    Moved(Vec<NewValue>),
    /// It is not in the result, or not to be brought along, as the note says.
    Gone(&'static str),
}

impl RegionPlace {
    /// Of an area that has no place in the result: a tilt leaves none, wherever the region is.
    fn of_none(moved: &Moved) -> RegionPlace {
        RegionPlace::Gone(if moved.scale().is_some() { notes::OUTSIDE } else { notes::UNKNOWN })
    }
}

/// What becomes of a list.
#[derive(Default)]
struct Regions {
    changes: Vec<NewValue>,
    /// How many are left, and what is said of those that are not.
    left: usize,
    lost: Vec<&'static str>,
}

impl Regions {
    /// Takes a region in. One without a place stays: somebody may be named without one.
    fn take(&mut self, region: Node<'_, '_>, places: Vec<RegionPlace>) {
        let mut changes = Vec::new();
        for place in places {
            match place {
                RegionPlace::Moved(new) => changes.extend(new),
                RegionPlace::Gone(note) => {
                    self.changes.push((region.range(), String::new()));
                    self.lost.push(note);
                    return;
                }
            }
        }
        self.changes.extend(changes);
        self.left += 1;
    }
}

/// The way of the picture that regions were noted on: the stored one, or the upright one where the edges say
/// so.
fn basis(applied: Option<(f64, f64)>, described: &Described) -> &Moved {
    let stored = described.moved.from;
    let upright = described.upright.from;
    let is_wide = |width: f64, height: f64| width > height;
    let turned = applied.is_some_and(|(width, height)| {
        stored != upright && is_wide(width, height) != is_wide(stored.width.into(), stored.height.into())
    });
    if turned { &described.upright } else { &described.moved }
}

/// The items of a list that is a property's value.
pub(super) fn items<'a, 'input>(property: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    let all = property.children().flat_map(|list| list.children());
    all.filter(|node| node.has_tag_name((RDF, "li")))
}

/// A field of a structure, and where its value stands.
pub(super) struct RegionField<'a> {
    pub(super) value: &'a str,
    pub(super) range: Range<usize>,
}

impl<'a> RegionField<'a> {
    /// However RDF has it: as an attribute or an element, of the node itself or of a description in it. The
    /// namespace is one that ends so: programs have their own for what Adobe defines.
    pub(super) fn find(node: Node<'a, '_>, namespace: &str, name: &str) -> Option<RegionField<'a>> {
        let is_it = |own: Option<&str>, called: &str| {
            called == name && own.is_some_and(|own| own.ends_with(namespace))
        };
        let inner = node.children().filter(|child| child.has_tag_name((RDF, "Description")));
        std::iter::once(node).chain(inner).find_map(|node| {
            let attribute = node.attributes().find(|own| is_it(own.namespace(), own.name()));
            if let Some(attribute) = attribute {
                return Some(RegionField { value: attribute.value(), range: attribute.range_value() });
            }
            let is_element =
                |child: &Node<'_, '_>| is_it(child.tag_name().namespace(), child.tag_name().name());
            RegionField::of(node.children().find(is_element)?)
        })
    }

    /// The value of an element that is a text and nothing else.
    pub(super) fn of(element: Node<'a, '_>) -> Option<RegionField<'a>> {
        let content = element.first_child().filter(|child| child.is_text() && !child.has_siblings())?;
        Some(RegionField { value: content.text()?, range: content.range() })
    }

    pub(super) fn number(&self) -> Option<f64> {
        self.value.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }
}

/// A number with at most six decimals.
pub(super) fn decimals(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
