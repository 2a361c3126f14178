//! What of an XMP packet goes with a result: all of it, brought up to date. Sizes, orientation and colour
//! space become those of the result; what speaks of pictures, videos and places that are not there any more
//! is taken out and named. What is done with which property, `rules` says. No state.

use std::borrow::Cow;

use roxmltree::{Attribute, Document, Node};

use super::edits::{Carried, Edits, Rule};
use super::rules::{Elsewhere, is_kept, rule};
use super::{Broken, ITEM, RDF, measures, notes, parse, regions, split, text};
use crate::metadata::{Described, pictures};

/// Brings a packet up to date with the result.
pub(crate) fn carried(packet: &[u8], described: &Described) -> Result<Carried, Broken> {
    let text = text(packet)?;
    let document = parse(&text)?;
    let mut edits = Edits::default();
    let elsewhere = Elsewhere::of(&document, described);
    // Where the last list of regions ends: what is in it is looked at once.
    let mut regions_end = 0;
    for node in document.descendants() {
        if described.edited && is_aside_with_picture(node) {
            edits.drop(node.range());
            edits.say(pictures::IN_XMP);
        }
        if !node.is_element() {
            continue;
        }
        let is_of_other = is_of_other(node);
        for attribute in node.attributes() {
            let name = (attribute.namespace(), attribute.name());
            let rule = rule(name, attribute.value(), described, &elsewhere);
            apply_to_attribute(&mut edits, attribute, if is_of_other { unset(rule) } else { rule });
        }
        let tag = node.tag_name();
        let name = (tag.namespace(), tag.name());
        let shows_picture = || described.edited && pictures::are_in(text_of_items(node).as_bytes());
        let rule = rule(name, &text_in(node), described, &elsewhere);
        let rule = if is_of_other { unset(rule) } else { rule };
        let rule = if matches!(rule, Rule::Keep) && shows_picture() {
            Rule::DropAndSay(pictures::IN_XMP)
        } else {
            rule
        };
        apply_to_element(&mut edits, node, rule);
        if node.range().start >= regions_end && regions::apply(&mut edits, node, described) {
            regions_end = node.range().end;
        }
        measures::apply(&mut edits, node, described);
    }
    if described.edited {
        let is_open = |name: (Option<&str>, &str)| is_kept(name, described, &elsewhere);
        for property in split::continued(&document, &is_open) {
            edits.drop(property);
            edits.say(pictures::IN_XMP);
        }
    }
    for item in items(&document) {
        edits.say(item);
    }
    edits.apply(&text)
}

/// Whether a node stands in a list, and so belongs to something else, such as a photo that this one was made
/// of.
fn is_of_other(node: Node<'_, '_>) -> bool {
    node.ancestors().any(|around| around.has_tag_name((RDF, "li")))
}

/// A rule for what is not about the result: what it says of something else stays as it is.
fn unset(rule: Rule) -> Rule {
    match rule {
        Rule::Set(_) => Rule::Keep,
        Rule::Keep | Rule::Drop | Rule::DropAndSay(_) => rule,
    }
}

/// Whether it is a comment, or an instruction for some program, with a picture in it.
fn is_aside_with_picture(node: Node<'_, '_>) -> bool {
    let aside = if node.is_comment() { node.text() } else { node.pi().and_then(|pi| pi.value) };
    aside.is_some_and(|aside| pictures::are_in(aside.as_bytes()))
}

/// The text of an element, which comments may part.
fn text_in<'a>(element: Node<'a, '_>) -> Cow<'a, str> {
    let mut texts = element.children().filter(Node::is_text).filter_map(|text| text.text());
    let first = Cow::Borrowed(texts.next().unwrap_or_default());
    texts.fold(first, |all, more| Cow::Owned(all.into_owned() + more))
}

/// The texts of all items of the list that is the value of an element: a picture may be split over them.
fn text_of_items(element: Node<'_, '_>) -> String {
    let is_list =
        |node: &Node<'_, '_>| ["Bag", "Seq", "Alt"].iter().any(|kind| node.has_tag_name((RDF, *kind)));
    let items = element.children().filter(is_list).flat_map(|list| list.children());
    items.filter(Node::is_element).map(text_in).collect()
}

fn apply_to_attribute(edits: &mut Edits, attribute: Attribute<'_, '_>, rule: Rule) {
    match rule {
        Rule::Keep => {}
        Rule::Set(value) => edits.set(attribute.range_value(), value),
        Rule::Drop => edits.drop(attribute.range()),
        Rule::DropAndSay(note) => {
            edits.drop(attribute.range());
            edits.say(note);
        }
    }
}

fn apply_to_element(edits: &mut Edits, node: Node<'_, '_>, rule: Rule) {
    match rule {
        Rule::Keep => {}
        Rule::Set(value) => {
            let content = node.first_child().filter(|child| child.is_text() && !child.has_siblings());
            match content {
                Some(content) => edits.set(content.range(), value),
                // Nothing but a text can be true of it.
                None => edits.drop(node.range()),
            }
        }
        Rule::Drop => edits.drop(node.range()),
        Rule::DropAndSay(note) => {
            edits.drop(whole_property(node).range());
            edits.say(note);
        }
    }
}

/// The property of which an element is the only item, else the element.
fn whole_property<'a, 'input>(node: Node<'a, 'input>) -> Node<'a, 'input> {
    let list = node.parent_element().filter(|_| node.has_tag_name((RDF, "li")));
    let list = list.filter(|list| list.first_element_child() == list.last_element_child());
    list.and_then(|list| list.parent_element()).unwrap_or(node)
}

/// What the container's directory lists beside the picture itself, none of which is in the result.
fn items(document: &Document<'_>) -> Vec<&'static str> {
    let elements = document.descendants().filter(Node::is_element);
    let kinds = elements.filter_map(|node| {
        let content = if node.has_tag_name((ITEM, "Semantic")) { node.text() } else { None };
        node.attribute((ITEM, "Semantic")).or(content)
    });
    let note = |kind: &str| match kind {
        // What becomes of the map is said where that is decided.
        "Primary" | "GainMap" => None,
        "MotionPhoto" => Some(notes::VIDEO),
        _ => Some(notes::IMAGES),
    };
    kinds.filter_map(note).collect()
}
