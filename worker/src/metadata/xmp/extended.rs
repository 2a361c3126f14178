//! XMP in several parts: a JPEG has 64 KiB for a packet, and what does not fit stands in an extended one, in
//! pieces (XMP specification, part 3, section 1.1.3.1). It is put together when read, and parted again where
//! that is needed. No state.

use std::fmt::Write;
use std::ops::Range;

use roxmltree::{Document, Node};

use super::{CONTAINER, NOTE, RDF, parse, text};

/// A piece of an extended packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PacketPart<'a> {
    /// Which extended packet it belongs to: the MD5 of the whole, in hexadecimal digits.
    pub(crate) guid: &'a [u8],
    /// The length of the whole.
    pub(crate) length: u32,
    /// Where the piece begins in it.
    pub(crate) offset: u32,
    pub(crate) data: &'a [u8],
}

/// A packet that was parted.
#[derive(Debug)]
pub(crate) struct Parted {
    pub(crate) main: Vec<u8>,
    pub(crate) extended: Vec<u8>,
    pub(crate) guid: String,
}

/// The packet with what is in the extended one that it names; `None` if that is not all there.
pub(crate) fn joined(main: &[u8], parts: &[PacketPart<'_>]) -> Option<Vec<u8>> {
    let main = text(main).ok()?;
    let document = parse(&main).ok()?;
    // The name goes.
    let (guid, named) = name_of_extended(&document)?;
    let extended = assembled(guid.trim().as_bytes(), parts)?;
    let extended = text(&extended).ok()?;
    let properties = descriptions(&extended)?;
    let rdf = document.descendants().find(|node| node.has_tag_name((RDF, "RDF")))?.range();
    let end = rdf.start + main.get(rdf)?.rfind("</")?;
    let (before, after) = (main.get(..named.start)?, main.get(named.end..end)?);
    let joined = [before, after, &properties, main.get(end..)?].concat();
    parse(&joined).ok()?;
    Some(joined.into_bytes())
}

/// Whether a packet names an extended one.
pub(crate) fn names_extended(main: &[u8]) -> bool {
    let names = || Some(name_of_extended(&parse(&text(main).ok()?).ok()?).is_some());
    names() == Some(true)
}

/// The name of the extended packet, and where that stands in the main one.
fn name_of_extended<'a>(document: &'a Document<'_>) -> Option<(&'a str, Range<usize>)> {
    document.descendants().filter(Node::is_element).find_map(|node| {
        if let Some(attribute) = node.attribute_node((NOTE, "HasExtendedXMP")) {
            return Some((attribute.value(), attribute.range()));
        }
        let content = node.has_tag_name((NOTE, "HasExtendedXMP")).then(|| node.text())?;
        Some((content?, node.range()))
    })
}

/// The extended packet of this name.
fn assembled(guid: &[u8], parts: &[PacketPart<'_>]) -> Option<Vec<u8>> {
    let mut parts: Vec<&PacketPart<'_>> = parts.iter().filter(|part| part.guid == guid).collect();
    parts.sort_by_key(|part| part.offset);
    let length = parts.first()?.length as usize;
    let mut whole = Vec::new();
    for part in parts {
        // One that stands there twice adds nothing.
        if part.offset as usize == whole.len() {
            whole.extend(part.data);
        }
    }
    (whole.len() == length).then_some(whole)
}

/// The descriptions in a packet, each with all the prefixes that it uses.
fn descriptions(packet: &str) -> Option<String> {
    let document = parse(packet).ok()?;
    let rdf = document.descendants().find(|node| node.has_tag_name((RDF, "RDF")))?;
    let mut all = String::new();
    for node in rdf.children().filter(|child| child.has_tag_name((RDF, "Description"))) {
        let element = packet.get(node.range())?;
        let name = name_end(element);
        let tag = element.get(name..element.find('>')?)?;
        all += element.get(..name)?;
        for (attribute, uri) in prefixes(node) {
            if !tag.contains(&format!("{attribute}=")) {
                // Writing into a string cannot fail.
                let _ = write!(all, " {attribute}=\"{uri}\"");
            }
        }
        all += element.get(name..)?;
    }
    Some(all)
}

/// Where the name of an element's tag ends.
fn name_end(element: &str) -> usize {
    element.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(element.len())
}

/// The namespaces that are in force in an element, as attributes.
fn prefixes(node: Node<'_, '_>) -> Vec<(String, String)> {
    node.namespaces()
        .filter_map(|namespace| namespace.name().map(|name| (name, namespace.uri())))
        .filter(|(name, _)| *name != "xml")
        .map(|(name, uri)| (format!("xmlns:{name}"), super::escaped(uri)))
        .collect()
}

/// A packet in two, the first of `limit` bytes at most; the longest properties move. `None` if that does not
/// help.
pub(crate) fn split(packet: &[u8], limit: usize) -> Option<Parted> {
    const ROOM_FOR_NAME: usize = 120;
    let text = text(packet).ok()?;
    let document = parse(&text).ok()?;
    let rdf = document.descendants().find(|node| node.has_tag_name((RDF, "RDF")))?;
    let first = rdf.children().find(|child| child.has_tag_name((RDF, "Description")))?;
    // What is there for later additions need not stay.
    let padding = padding(&text);
    let mut length = text.len() - padding.len() + ROOM_FOR_NAME;
    // Readers look for the directory of the pictures in the main packet only.
    let may_move = |property: &Node<'_, '_>| property.tag_name().namespace() != Some(CONTAINER);
    let all = rdf.children().flat_map(|description| description.children()).filter(Node::is_element);
    let mut properties: Vec<Node<'_, '_>> = all.filter(may_move).collect();
    properties.sort_by_key(|property| std::cmp::Reverse(property.range().len()));
    let (mut moved, mut extended) = (Vec::new(), String::new());
    for property in properties {
        if length <= limit {
            break;
        }
        length -= property.range().len();
        extended += "<rdf:Description rdf:about=\"\"";
        for (attribute, uri) in prefixes(property).into_iter().filter(|(name, _)| name != "xmlns:rdf") {
            let _ = write!(extended, " {attribute}=\"{uri}\"");
        }
        let _ = write!(extended, ">{}</rdf:Description>", text.get(property.range())?);
        moved.push(property.range());
    }
    let extended = format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\">{extended}</rdf:RDF></x:xmpmeta>"
    );
    let guid = format!("{:X}", md5::compute(&extended));
    let name_at = first.range().start + name_end(text.get(first.range())?);
    let name = match first.lookup_prefix(NOTE) {
        Some(prefix) => format!(" {prefix}:HasExtendedXMP=\"{guid}\""),
        None => format!(" xmlns:xmpNote=\"{NOTE}\" xmpNote:HasExtendedXMP=\"{guid}\""),
    };
    let mut changes: Vec<(Range<usize>, &str)> = moved.into_iter().map(|range| (range, "")).collect();
    changes.extend([(name_at..name_at, name.as_str()), (padding, "")]);
    changes.sort_by_key(|(range, _)| range.start);
    let (mut main, mut done) = (String::new(), 0);
    for (range, new) in changes {
        main += text.get(done..range.start)?;
        main += new;
        done = range.end;
    }
    main += text.get(done..)?;
    parse(&main).ok()?;
    (main.len() <= limit).then(|| Parted { main: main.into_bytes(), extended: extended.into_bytes(), guid })
}

/// The white space in front of the packet's end.
fn padding(packet: &str) -> Range<usize> {
    let end = packet.rfind("<?xpacket").unwrap_or(packet.len());
    let before = packet.get(..end).unwrap_or_default();
    before.trim_end().len()..end
}

#[cfg(test)]
mod tests {
    use super::super::tests::PACKET;
    use super::super::{carried, facts};
    use super::*;
    use crate::metadata::tests::described;

    const EXTENDED: &str = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"
 xmlns:t="http://ns.adobe.com/tiff/1.0/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""><t:Model>Kamera</t:Model></rdf:Description></rdf:RDF></x:xmpmeta>"#;

    fn parts(guid: &'static [u8]) -> Vec<PacketPart<'static>> {
        let part = |range: Range<usize>| PacketPart {
            guid,
            length: EXTENDED.len() as u32,
            offset: range.start as u32,
            data: &EXTENDED.as_bytes()[range],
        };
        vec![part(100..EXTENDED.len()), part(0..100), part(0..100)]
    }

    #[test]
    fn a_packet_is_put_together_from_its_parts() {
        let joined = joined(PACKET.as_bytes(), &parts(b"0123")).unwrap();
        assert_eq!(facts(&joined).unwrap().camera.as_deref(), Some("Kamera"));
        let text = String::from_utf8(joined.clone()).unwrap();
        assert!(text.contains("<d:title>Lima</d:title>") && !text.contains("HasExtendedXMP"), "{text}");
        assert_eq!(carried(&joined, &described()).unwrap().notes, Vec::<&str>::new());
    }

    #[test]
    fn parts_that_are_missing_or_of_another_are_not_joined() {
        assert_eq!(joined(PACKET.as_bytes(), &parts(b"0124")), None);
        assert_eq!(joined(PACKET.as_bytes(), &parts(b"0123")[..1]), None);
        assert_eq!(joined(PACKET.as_bytes(), &[]), None);
    }

    #[test]
    fn a_long_packet_is_parted_and_put_together_again() {
        let long = "<d:description>".to_owned() + &"word ".repeat(20_000) + "</d:description>";
        let packet = PACKET.replace(" n:HasExtendedXMP=\"0123\"", "");
        let packet = packet.replace("<d:title>", &format!("{long}<d:title>"));
        // With a prefix for its name, and without.
        let without = packet.replace("xmlns:n=\"http://ns.adobe.com/xmp/note/\"", "");
        assert!(without.len() < packet.len());
        for packet in [packet, without] {
            parted_and_joined(&packet, &long);
        }
    }

    #[test]
    fn what_lists_the_pictures_in_the_file_stays_in_the_main_packet() {
        let items = "<rdf:li><C:Item/></rdf:li>".repeat(200);
        let listed = format!("<C:Directory xmlns:C=\"{CONTAINER}\"><rdf:Seq>{items}</rdf:Seq></C:Directory>");
        let long = format!("<d:description>{}</d:description>", "word ".repeat(500));
        let packet = PACKET.replace(" n:HasExtendedXMP=\"0123\"", "");
        let packet = packet.replace("<d:title>", &format!("{listed}{long}<d:title>"));
        let parted = split(packet.as_bytes(), 7500).unwrap();
        let main = String::from_utf8(parted.main).unwrap();
        assert!(main.contains(&listed) && !main.contains("word word"), "{main}");
        assert!(split(packet.as_bytes(), 3500).is_none(), "it would fit without the list");
    }

    fn parted_and_joined(packet: &str, long: &str) {
        let parted = split(packet.as_bytes(), 65_000).unwrap();
        assert!(parted.main.len() < 3000 && parted.extended.len() > 100_000);
        let (head, tail) = parted.extended.split_at(60_000);
        let length = parted.extended.len() as u32;
        let part = |offset, data| PacketPart { guid: parted.guid.as_bytes(), length, offset, data };
        let joined = joined(&parted.main, &[part(0, head), part(60_000, tail)]).unwrap();
        let joined = String::from_utf8(joined).unwrap();
        assert!(joined.contains(long) && joined.contains("<d:title>Lima</d:title>"));
    }
}
