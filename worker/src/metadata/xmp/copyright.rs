//! A packet of nothing but the words of who made the photo and whose it is, copied as they stand, whatever
//! their structure. No state.

use std::collections::BTreeMap;
use std::fmt::Write;

use roxmltree::Node;

use super::{Broken, DC, RDF, RIGHTS, XML, escaped, packet_of, parse, text};
use crate::metadata::ownership;

/// How deep structures may lie in each other; real ones do so about six times.
const MAX_DEPTH: usize = 64;

/// The packet; `None` if it would say nothing.
pub(crate) fn copyright(packet: &[u8]) -> Result<Option<Vec<u8>>, Broken> {
    let text = text(packet)?;
    let document = parse(&text)?;
    let is_kept =
        |namespace: Option<&str>, name: &str| ownership::is_xmp(namespace.unwrap_or_default(), name);
    let mut kept = CopiedXml::new();
    for description in document.descendants().filter(|node| node.has_tag_name((RDF, "Description"))) {
        // One further down belongs to something else, such as a photo that this one was made from.
        if !description.parent().is_some_and(|parent| parent.has_tag_name((RDF, "RDF"))) {
            continue;
        }
        for attribute in description.attributes() {
            if is_kept(attribute.namespace(), attribute.name()) {
                let name = kept.name(description, attribute.namespace(), attribute.name());
                kept.add(format_args!("<{name}>{}</{name}>", escaped(attribute.value())));
            }
        }
        for property in description.children().filter(Node::is_element) {
            let tag = property.tag_name();
            let names_nobody = || is(property, ownership::is_artworks) && !names_an_owner(property);
            if is_kept(tag.namespace(), tag.name()) && !names_nobody() {
                kept.element(property, 0);
            }
        }
    }
    Ok(kept.into_packet())
}

/// Whether a rule is for this element.
fn is(node: Node<'_, '_>, rule: fn(&str, &str) -> bool) -> bool {
    rule(node.tag_name().namespace().unwrap_or_default(), node.tag_name().name())
}

/// Whether a rule is for this attribute.
fn has(attribute: roxmltree::Attribute<'_, '_>, rule: fn(&str, &str) -> bool) -> bool {
    rule(attribute.namespace().unwrap_or_default(), attribute.name())
}

/// Whether a list of artworks says of any who made it or whose it is.
fn names_an_owner(list: Node<'_, '_>) -> bool {
    let said = |node: Node<'_, '_>| {
        is(node, ownership::is_of_artwork)
            || node.attributes().any(|attribute| has(attribute, ownership::is_of_artwork))
    };
    list.descendants().any(said)
}

/// Elements as they are written anew, with one prefix for each namespace in all of them.
struct CopiedXml {
    xml: String,
    /// By their names.
    prefixes: BTreeMap<String, String>,
}

impl CopiedXml {
    fn new() -> CopiedXml {
        let known = [("rdf", RDF), ("xml", XML), ("dc", DC), ("xmpRights", RIGHTS)];
        let prefixes = known.map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned()));
        CopiedXml { xml: String::new(), prefixes: BTreeMap::from(prefixes) }
    }

    /// Writing into a string cannot fail.
    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.xml.write_fmt(text);
    }

    /// A name with its prefix: that which it has at a node, where no other namespace has it.
    fn name(&mut self, at: Node<'_, '_>, namespace: Option<&str>, name: &str) -> String {
        let Some(uri) = namespace else { return name.to_owned() };
        if let Some((prefix, _)) = self.prefixes.iter().find(|(_, known)| *known == uri) {
            return format!("{prefix}:{name}");
        }
        let own =
            at.lookup_prefix(uri).filter(|prefix| !prefix.is_empty() && !self.prefixes.contains_key(*prefix));
        let prefix = own.map_or_else(|| format!("own{}", self.prefixes.len()), str::to_owned);
        let whole = format!("{prefix}:{name}");
        self.prefixes.insert(prefix, uri.to_owned());
        whole
    }

    /// An element with all that is in it, but for comments, and what an artwork in the photo is.
    fn element(&mut self, node: Node<'_, '_>, depth: usize) {
        let tag = node.tag_name();
        let name = self.name(node, tag.namespace(), tag.name());
        self.add(format_args!("<{name}"));
        let is_left_out = ownership::is_beside_artwork;
        for attribute in node.attributes().filter(|attribute| !has(*attribute, is_left_out)) {
            let name = self.name(node, attribute.namespace(), attribute.name());
            self.add(format_args!(" {name}=\"{}\"", escaped(attribute.value())));
        }
        self.add(format_args!(">"));
        for child in node.children() {
            if child.is_element() && depth < MAX_DEPTH && !is(child, is_left_out) {
                self.element(child, depth + 1);
            } else if child.is_text() {
                self.add(format_args!("{}", escaped(child.text().unwrap_or_default())));
            }
        }
        self.add(format_args!("</{name}>"));
    }

    fn into_packet(self) -> Option<Vec<u8>> {
        let CopiedXml { xml, prefixes } = self;
        let is_new = |prefix: &str| !matches!(prefix, "rdf" | "xml");
        let said = prefixes.iter().filter(|(prefix, _)| is_new(prefix));
        let said: String =
            said.map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{}\"", escaped(uri))).collect();
        let description = || format!("<rdf:Description rdf:about=\"\"{said}>{xml}</rdf:Description>");
        (!xml.is_empty()).then(|| packet_of(&description()))
    }
}
