//! Fields that are set in an XMP packet: what it says of them goes, and what they are set to stands in a
//! description of its own at the end. No state.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use recipe::metadata::{Namespace, XmpField};
use roxmltree::{Document, Node};

use super::edits::Edits;
use super::regions::RegionField;
use super::{Broken, RDF, escaped, packet_of, parse, text};
use crate::metadata::field_values::FieldValues;

/// The packet with these fields; one is made if there is none, and something to say.
pub(crate) fn with_fields(packet: Option<Vec<u8>>, set: &[FieldValues]) -> Option<Vec<u8>> {
    // One that cannot be read was left out before.
    let changed = packet.and_then(|packet| changed(&packet, set).ok());
    let made = || NewProperties::of(set, true).description("").map(|description| packet_of(&description));
    changed.or_else(made)
}

fn changed(packet: &[u8], set: &[FieldValues]) -> Result<Vec<u8>, Broken> {
    let text = text(packet)?;
    let document = parse(&text)?;
    let rdf = document.descendants().find(|node| node.has_tag_name((RDF, "RDF"))).ok_or(Broken)?;
    let mut edits = Edits::default();
    let descriptions = || rdf.children().filter(|child| child.has_tag_name((RDF, "Description")));
    for description in descriptions() {
        for attribute in description.attributes() {
            if is_replaced(set, attribute.namespace(), attribute.name()) {
                edits.drop(attribute.range());
            }
        }
        for property in description.children().filter(Node::is_element) {
            if is_replaced(set, property.tag_name().namespace(), property.tag_name().name()) {
                edits.drop(property.range());
            }
        }
    }
    let places = places_shown(&document);
    places.iter().for_each(|places| change_places(&mut edits, *places, set));
    let about = descriptions().find_map(|node| node.attribute((RDF, "about")).or(node.attribute("about")));
    let new = NewProperties::of(set, places.is_empty()).description(about.unwrap_or_default());
    if let Some(description) = new {
        append(&mut edits, rdf, &text, &description)?;
    }
    Ok(edits.apply(&text)?.packet)
}

/// Whether a property of the photo says what is set.
fn is_replaced(set: &[FieldValues], namespace: Option<&str>, name: &str) -> bool {
    let is_it = |of: Namespace, called: &str| namespace == Some(of.uri) && name == called;
    set.iter().map(FieldValues::info).any(|info| {
        let own = info.xmp.iter().any(|place| match place {
            // These are changed in their place.
            XmpField::PlaceShown(_) => false,
            XmpField::Text(..)
            | XmpField::InLanguage(..)
            | XmpField::Ordered(..)
            | XmpField::Unordered(..)
            | XmpField::Contact => is_it(place.property().0, place.property().1),
        });
        own || info.repeated.xmp.iter().any(|(of, called)| is_it(*of, called))
    })
}

/// Puts a description behind all others.
pub(super) fn append(
    edits: &mut Edits,
    rdf: Node<'_, '_>,
    text: &str,
    description: &str,
) -> Result<(), Broken> {
    let element = text.get(rdf.range()).ok_or(Broken)?;
    let end = rdf.range().end;
    if let Some(at) = element.rfind("</") {
        let at = rdf.range().start + at;
        edits.set(at..at, description.to_owned());
    } else {
        // It is empty: `<rdf:RDF …/>`.
        let name =
            element.strip_prefix('<').and_then(|tag| tag.split([' ', '\t', '\r', '\n', '/', '>']).next());
        edits.set(end - 2..end, format!(">{description}</{}>", name.ok_or(Broken)?));
    }
    Ok(())
}

/// The lists of places that the photo is said to show.
fn places_shown<'a, 'input>(document: &'a Document<'input>) -> Vec<Node<'a, 'input>> {
    let (Namespace { uri, .. }, name) = XmpField::PLACES_SHOWN;
    document.descendants().filter(|node| node.has_tag_name((uri, name))).collect()
}

/// Changes what the places in a list say of fields that are set; what they do not say is not added, since a
/// place may be named by its region alone.
fn change_places(edits: &mut Edits, places: Node<'_, '_>, set: &[FieldValues]) {
    let (Namespace { uri, .. }, _) = XmpField::PLACES_SHOWN;
    for (part, field) in parts_of_place(set) {
        for place in places.descendants().filter(|node| node.has_tag_name((RDF, "li"))) {
            let Some((whole, value)) = said_of_place(place, (uri, part)) else { continue };
            match value.filter(|_| !field.values.is_empty()) {
                Some(value) => edits.set(value, quoted(&field.values.concat())),
                None => edits.drop(whole),
            }
        }
    }
}

/// Where a part of a place stands, and its value in it, if that is a text and nothing else.
fn said_of_place(place: Node<'_, '_>, name: (&str, &str)) -> Option<(Range<usize>, Option<Range<usize>>)> {
    let inner = place.children().filter(|child| child.has_tag_name((RDF, "Description")));
    std::iter::once(place).chain(inner).find_map(|node| {
        if let Some(attribute) = node.attribute_node(name) {
            return Some((attribute.range(), Some(attribute.range_value())));
        }
        let element = node.children().find(|child| child.has_tag_name(name))?;
        Some((element.range(), RegionField::of(element).map(|field| field.range)))
    })
}

/// The fields of a place that are set.
fn parts_of_place(set: &[FieldValues]) -> impl Iterator<Item = (&'static str, &FieldValues)> {
    set.iter().flat_map(|field| {
        field.info().xmp.iter().filter_map(move |place| match place {
            XmpField::PlaceShown(part) => Some((*part, field)),
            XmpField::Text(..)
            | XmpField::InLanguage(..)
            | XmpField::Ordered(..)
            | XmpField::Unordered(..)
            | XmpField::Contact => None,
        })
    })
}

/// Properties with the prefixes that they need.
#[derive(Default)]
pub(super) struct NewProperties {
    content: String,
    prefixes: BTreeMap<&'static str, &'static str>,
}

impl NewProperties {
    /// What is set; `with_place` says that the place shown is to be among it.
    fn of(set: &[FieldValues], with_place: bool) -> NewProperties {
        let mut new = NewProperties::default();
        for field in set.iter().filter(|field| !field.values.is_empty()) {
            field.info().xmp.iter().for_each(|place| new.add(*place, &field.values));
        }
        let parts = parts_of_place(set).filter(|(_, field)| with_place && !field.values.is_empty());
        let (Namespace { prefix, .. }, _) = XmpField::PLACES_SHOWN;
        let parts: String =
            parts.map(|(part, field)| element(prefix, part, &field.values.concat())).collect();
        if !parts.is_empty() {
            let place = format!("<rdf:Bag><rdf:li rdf:parseType=\"Resource\">{parts}</rdf:li></rdf:Bag>");
            new.push(XmpField::PLACES_SHOWN, "", &place);
        }
        new
    }

    /// Adds a property with these values.
    pub(super) fn add(&mut self, place: XmpField, values: &[String]) {
        let items = |attributes: &str| -> String {
            values.iter().map(|value| format!("<rdf:li{attributes}>{}</rdf:li>", quoted(value))).collect()
        };
        let property = place.property();
        match place {
            XmpField::Text(..) => self.push(property, "", &quoted(&values.concat())),
            XmpField::InLanguage(..) => {
                let content = format!("<rdf:Alt>{}</rdf:Alt>", items(" xml:lang=\"x-default\""));
                self.push(property, "", &content);
            }
            XmpField::Ordered(..) => self.push(property, "", &format!("<rdf:Seq>{}</rdf:Seq>", items(""))),
            XmpField::Unordered(..) => self.push(property, "", &format!("<rdf:Bag>{}</rdf:Bag>", items(""))),
            XmpField::Contact => {
                let (value, prefix) = (values.concat(), property.0.prefix);
                let content = element(prefix, way_of_contact(&value), &value);
                self.push(property, " rdf:parseType=\"Resource\"", &content);
            }
            // All parts of a place are in one.
            XmpField::PlaceShown(_) => {}
        }
    }

    fn push(&mut self, (namespace, name): (Namespace, &str), attributes: &str, content: &str) {
        let Namespace { prefix, uri } = namespace;
        self.prefixes.insert(prefix, uri);
        // Writing into a string cannot fail.
        let _ = write!(self.content, "<{prefix}:{name}{attributes}>{content}</{prefix}:{name}>");
    }

    /// As a description, if there are any.
    pub(super) fn description(self, about: &str) -> Option<String> {
        let prefixes = self.prefixes.iter().map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{uri}\""));
        let head = format!("<rdf:Description xmlns:rdf=\"{RDF}\" rdf:about=\"{}\"", quoted(about));
        let content = &self.content;
        let whole = || format!("{head}{}>{content}</rdf:Description>", prefixes.collect::<String>());
        (!content.is_empty()).then(whole)
    }
}

fn element(prefix: &str, name: &str, value: &str) -> String {
    format!("<{prefix}:{name}>{}</{prefix}:{name}>", quoted(value))
}

/// A text as it may stand in an element, or in an attribute with either kind of quotes.
fn quoted(text: &str) -> String {
    escaped(text).replace('\'', "&#39;")
}

/// What of the ways to reach somebody a text is: an e-mail, an address of the web, a number, or a place.
fn way_of_contact(text: &str) -> &'static str {
    let is_of_number = |c: char| c.is_ascii_digit() || "+()-./ ".contains(c);
    if text.contains("://") || text.starts_with("www.") {
        "CiUrlWork"
    } else if text.contains('@') && !text.contains(char::is_whitespace) {
        "CiEmailWork"
    } else if text.chars().all(is_of_number) {
        "CiTelWork"
    } else {
        "CiAdrExtadr"
    }
}

#[cfg(test)]
mod tests {
    use recipe::metadata::MetadataField;

    use super::super::facts;
    use super::*;

    const ADOBE: &str = "http://ns.adobe.com";

    fn packet(attributes: &str, elements: &str) -> String {
        format!(
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='{RDF}'><r:Description r:about='uuid:7' \
             xmlns:d='http://purl.org/dc/elements/1.1/' xmlns:p='{ADOBE}/photoshop/1.0/' \
             xmlns:t='{ADOBE}/tiff/1.0/' xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' \
             {attributes}>{elements}</r:Description></r:RDF></x:xmpmeta>"
        )
    }

    fn set(fields: &[(MetadataField, &str)]) -> Vec<FieldValues> {
        fields.iter().map(|(field, text)| FieldValues::of(*field, text)).collect()
    }

    /// The packet with these fields, which can be read.
    fn with(packet: Option<String>, fields: &[(MetadataField, &str)]) -> String {
        let packet = with_fields(packet.map(String::into_bytes), &set(fields)).unwrap();
        let packet = String::from_utf8(packet).unwrap();
        parse(&packet).unwrap();
        packet
    }

    #[test]
    fn what_is_set_takes_the_place_of_what_there_was_and_nothing_else() {
        let old = packet(
            "t:Artist='Eva' p:City='Quito' p:State='Pichincha'",
            "<d:creator><r:Seq><r:li>Eva</r:li></r:Seq></d:creator><p:Headline>Boda</p:Headline>\
             <i:X><r:Bag><r:li><d:creator>Luis</d:creator></r:li></r:Bag></i:X>",
        );
        let fields = [(MetadataField::Artist, "Ana; \"Lu\" & <Co>"), (MetadataField::City, "Lima")];
        let new = with(Some(old.clone()), &fields);
        assert!(!new.contains("Eva") && !new.contains("Quito"), "{new}");
        for kept in ["p:State='Pichincha'", "<p:Headline>Boda</p:Headline>", "<d:creator>Luis</d:creator>"] {
            assert!(new.contains(kept), "{new}");
        }
        assert!(new.contains("rdf:about=\"uuid:7\""), "{new}");
        assert!(new.contains("<photoshop:City>Lima</photoshop:City>"), "{new}");
        let facts = facts(new.as_bytes()).unwrap();
        assert_eq!(facts.artist.as_deref(), Some("Ana, \"Lu\" & <Co>"));
        let gone = with(Some(old), &[(MetadataField::Artist, ""), (MetadataField::City, " ")]);
        assert!(
            !gone.contains("rdf:Description") && !gone.contains("Eva") && !gone.contains("Quito"),
            "{gone}"
        );
    }

    #[test]
    fn a_packet_is_made_where_there_is_none_or_nothing_in_it() {
        let title = [(MetadataField::Title, "Boda")];
        let empty = format!("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='{RDF}' /></x:xmpmeta>");
        for packet in [None, Some(empty), Some("<broken".to_owned())] {
            let facts = facts(with(packet, &title).as_bytes()).unwrap();
            assert_eq!(facts.title.as_deref(), Some("Boda"));
        }
        assert_eq!(with_fields(None, &set(&[(MetadataField::Title, "")])), None);
    }

    #[test]
    fn the_place_that_is_shown_says_the_same() {
        let made = with(None, &[(MetadataField::City, "Lima"), (MetadataField::Country, "Perú")]);
        let place = "<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li rdf:parseType=\"Resource\">\
                     <Iptc4xmpExt:City>Lima</Iptc4xmpExt:City>\
                     <Iptc4xmpExt:CountryName>Perú</Iptc4xmpExt:CountryName></rdf:li>";
        assert!(made.contains(place), "{made}");
        for old in [
            "<r:li r:parseType='Resource'><i:City>Quito</i:City><i:Sublocation>x</i:Sublocation></r:li>",
            "<r:li i:City='Quito' i:Sublocation='x'/>",
            "<r:li><r:Description i:City='Quito' i:Sublocation='x'/></r:li>",
        ] {
            let list = format!("<i:LocationShown><r:Bag>{old}</r:Bag></i:LocationShown>");
            let fields = [(MetadataField::City, "L'Hospitalet"), (MetadataField::Country, "España")];
            let new = with(Some(packet("", &list)), &fields);
            assert!(new.contains(&old.replace("Quito", "L&#39;Hospitalet")), "{new}");
            assert!(!new.contains("CountryName"), "{new}");
            let gone = with(Some(packet("", &list)), &[(MetadataField::City, "")]);
            assert!(!gone.contains("City") && gone.contains("Sublocation"), "{gone}");
        }
    }

    #[test]
    fn a_contact_is_what_it_looks_like() {
        for (text, expected) in [
            ("ana@example.org", "CiEmailWork"),
            ("https://example.org/@ana", "CiUrlWork"),
            ("www.example.org", "CiUrlWork"),
            ("+51 (1) 700-5000", "CiTelWork"),
            ("Av. Larco 1, Lima", "CiAdrExtadr"),
        ] {
            let new = with(None, &[(MetadataField::Contact, text)]);
            assert!(new.contains(&format!("<Iptc4xmpCore:{expected}>{text}</")), "{new}");
        }
    }
}
