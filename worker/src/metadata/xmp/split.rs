//! Pictures that a packet has in parts, each in another property or in another field of a structure, as some
//! programs write what is long. No state.

use std::collections::HashSet;
use std::ops::Range;

use roxmltree::{Document, Node};

use super::RDF;
use crate::metadata::pictures;

/// A text with a shorter one is no part of a picture.
const SHORTEST: usize = 16;

/// A name with its namespace.
type Name<'a> = (Option<&'a str>, &'a str);

/// A text, and the property of the photo that it stands in.
struct TextPart<'a> {
    text: &'a str,
    property: Range<usize>,
}

/// Where properties stand that hold the continuation of a picture: nothing in them tells by itself. Only
/// those count of which, by their names, it `is_open` what becomes of them.
pub(super) fn continued<'a>(
    document: &'a Document<'_>,
    is_open: &dyn Fn(Name<'_>) -> bool,
) -> Vec<Range<usize>> {
    let elements = document.descendants().filter(Node::is_element);
    let parts: Vec<TextPart<'a>> =
        elements.flat_map(|node| parts(node, is_open)).filter(|part| is_code(part.text)).collect();
    if parts.len() < 2 {
        return Vec::new();
    }
    let texts: Vec<&[u8]> = parts.iter().map(|part| part.text.as_bytes()).collect();
    let holding = pictures::are_in_each(&texts);
    let is_continued =
        |(part, holds): &(&TextPart<'_>, bool)| *holds && !pictures::are_in(part.text.as_bytes());
    let found = parts.iter().zip(holding).filter(is_continued).map(|(part, _)| part.property.clone());
    let mut seen = HashSet::new();
    found.filter(|property| seen.insert(property.start)).collect()
}

/// The texts of an element: its attributes, and what it says itself.
fn parts<'a>(node: Node<'a, '_>, is_open: &dyn Fn(Name<'_>) -> bool) -> Vec<TextPart<'a>> {
    let is_description = |node: &Node<'_, '_>| node.has_tag_name((RDF, "Description"));
    let tag = node.tag_name();
    // One beneath the photo's own description, in which this one stands.
    let property = node.ancestors().find(|around| {
        let of_photo = around.parent().filter(is_description).and_then(|parent| parent.parent());
        of_photo.is_some_and(|rdf| rdf.has_tag_name((RDF, "RDF")))
    });
    let property = property.map(|property| property.range());
    let attributes = node.attributes().filter(|found| is_open((found.namespace(), found.name())));
    let attributes = attributes.map(|found| TextPart {
        text: found.value(),
        property: property.clone().unwrap_or_else(|| found.range()),
    });
    let is_own = is_open((tag.namespace(), tag.name()));
    let own = node.children().filter(|child| is_own && child.is_text()).filter_map(|child| child.text());
    let own = own.map(|text| TextPart { text, property: property.clone().unwrap_or_else(|| node.range()) });
    attributes.chain(own).collect()
}

/// Whether a text is nothing but letters of base64, among which the digits of bytes are, too.
fn is_code(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    text.len() >= SHORTEST && text.bytes().all(|byte| is_letter(byte) || byte.is_ascii_whitespace())
}
