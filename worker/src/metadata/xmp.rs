//! XMP: a packet brought up to date with the output, or reduced to the copyright.
//!
//! `roxmltree` says what stands where (namespaces, not prefixes, decide what a property is); the packet
//! itself is then edited in place, so that all it holds beside stays as it was. The namespaces are those of
//! the XMP specification, parts 1 and 2. No state.

use std::fmt::Write;
use std::ops::Range;

use recipe::filter::geometry::Size;
use roxmltree::{Document, Node, ParsingOptions};

pub(super) const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const RIGHTS: &str = "http://ns.adobe.com/xap/1.0/rights/";
const BASIC: &str = "http://ns.adobe.com/xap/1.0/";
const NOTE: &str = "http://ns.adobe.com/xmp/note/";
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Elements and texts that a packet may have: real ones with long histories have some thousands.
const MAX_NODES: u32 = 200_000;

/// The packet cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// A packet that fits the output.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Upright {
    pub(crate) packet: Vec<u8>,
    /// Whether the file had another part of it, as JPEG allows, which is left out.
    pub(crate) was_extended: bool,
}

/// Resets the orientation, sets the size and, where the colours `became_srgb`, the colour space; takes
/// thumbnails out, which show the photo as it was.
pub(crate) fn upright(packet: &[u8], size: Size, became_srgb: bool) -> Result<Upright, Broken> {
    let text = text(packet)?;
    let document = parse(text)?;
    let new_value = |namespace: Option<&str>, name: &str| match (namespace, name) {
        (Some(TIFF), "Orientation") => Some("1".to_owned()),
        (Some(EXIF), "PixelXDimension") | (Some(TIFF), "ImageWidth") => Some(size.width.to_string()),
        (Some(EXIF), "PixelYDimension") | (Some(TIFF), "ImageLength") => Some(size.height.to_string()),
        (Some(EXIF), "ColorSpace") if became_srgb => Some("1".to_owned()),
        _ => None,
    };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut was_extended = false;
    for node in document.descendants().filter(Node::is_element) {
        for attribute in node.attributes() {
            if let Some(value) = new_value(attribute.namespace(), attribute.name()) {
                edits.push((attribute.range_value(), value));
            } else if (attribute.namespace(), attribute.name()) == (Some(NOTE), "HasExtendedXMP") {
                was_extended = true;
                edits.push((attribute.range(), String::new()));
            }
        }
        let tag = node.tag_name();
        if let (Some(value), Some(content)) = (
            new_value(tag.namespace(), tag.name()),
            node.first_child().filter(|child| child.is_text() && !child.has_siblings()),
        ) {
            edits.push((content.range(), value));
        } else if (tag.namespace(), tag.name()) == (Some(BASIC), "Thumbnails") {
            edits.push((node.range(), String::new()));
        } else if (tag.namespace(), tag.name()) == (Some(NOTE), "HasExtendedXMP") {
            was_extended = true;
            edits.push((node.range(), String::new()));
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let (mut result, mut done) = (String::with_capacity(text.len()), 0);
    for (range, value) in edits {
        // What lies within something that was taken out is out too.
        if range.start >= done {
            result += text.get(done..range.start).ok_or(Broken)?;
            result += &value;
            done = range.end;
        }
    }
    result += text.get(done..).ok_or(Broken)?;
    Ok(Upright { packet: result.into_bytes(), was_extended })
}

/// A packet of who made the photo and whose it is: `dc:creator`, `dc:rights` and `xmpRights`; `None` if it
/// says nothing of it.
pub(crate) fn copyright(packet: &[u8]) -> Result<Option<Vec<u8>>, Broken> {
    let document = parse(text(packet)?)?;
    let is_kept = |namespace: Option<&str>, name: &str| match namespace {
        Some(DC) => name == "creator" || name == "rights",
        Some(RIGHTS) => true,
        Some(_) | None => false,
    };
    let mut kept = String::new();
    for description in document.descendants().filter(|node| node.has_tag_name((RDF, "Description"))) {
        // One further down belongs to something else, such as a photo that this one was made from.
        if !description.parent().is_some_and(|parent| parent.has_tag_name((RDF, "RDF"))) {
            continue;
        }
        for attribute in description.attributes() {
            if is_kept(attribute.namespace(), attribute.name()) {
                let content = escaped(attribute.value());
                add(&mut kept, attribute.namespace(), attribute.name(), &content);
            }
        }
        for property in description.children().filter(Node::is_element) {
            let tag = property.tag_name();
            if is_kept(tag.namespace(), tag.name()) {
                add(&mut kept, tag.namespace(), tag.name(), &value(property));
            }
        }
    }
    let packet = || {
        format!(
            "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\">\
             <rdf:Description rdf:about=\"\" xmlns:dc=\"{DC}\" xmlns:xmpRights=\"{RIGHTS}\">{kept}\
             </rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
        )
    };
    Ok((!kept.is_empty()).then(|| packet().into_bytes()))
}

pub(super) fn text(packet: &[u8]) -> Result<&str, Broken> {
    // Some writers put a NUL at the end.
    std::str::from_utf8(packet).map(|text| text.trim_end_matches('\0')).map_err(|_| Broken)
}

pub(super) fn parse(text: &str) -> Result<Document<'_>, Broken> {
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|_| Broken)
}

/// Adds a property; its content is XML already.
fn add(properties: &mut String, namespace: Option<&str>, name: &str, content: &str) {
    let prefix = if namespace == Some(DC) { "dc" } else { "xmpRights" };
    // Writing into a string cannot fail.
    let _ = write!(properties, "<{prefix}:{name}>{content}</{prefix}:{name}>");
}

/// What a property says: a text, the address of something, or a list of texts, each in a language or in none.
fn value(property: Node<'_, '_>) -> String {
    let list = property
        .children()
        .find(|child| ["Alt", "Seq", "Bag"].iter().any(|kind| child.has_tag_name((RDF, *kind))));
    let Some(list) = list else {
        let text = property.attribute((RDF, "resource")).or(property.text());
        return escaped(text.unwrap_or_default());
    };
    let kind = list.tag_name().name();
    let items: String = list
        .children()
        .filter(|item| item.has_tag_name((RDF, "li")))
        .map(|item| {
            let language = item.attribute((XML, "lang"));
            let language = language.map(|language| format!(" xml:lang=\"{}\"", escaped(language)));
            format!(
                "<rdf:li{}>{}</rdf:li>",
                language.unwrap_or_default(),
                escaped(item.text().unwrap_or_default())
            )
        })
        .collect();
    format!("<rdf:{kind}>{items}</rdf:{kind}>")
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PACKET: &str = concat!(
        r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:d="http://purl.org/dc/elements/1.1/""#,
        r#" xmlns:t="http://ns.adobe.com/tiff/1.0/"
 xmlns:e="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/""#,
        r#" t:Orientation="6" e:ColorSpace='65535'
 xmlns:r="http://ns.adobe.com/xap/1.0/rights/" r:Marked="True""#,
        r#" xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="0123">
<e:PixelXDimension>4000</e:PixelXDimension><e:PixelYDimension>3000</e:PixelYDimension>
<d:creator><rdf:Seq><rdf:li>Ana &amp; Jos&#xE9;</rdf:li></rdf:Seq></d:creator><d:title>Lima</d:title>
<d:rights><rdf:Alt><rdf:li xml:lang="x-default">© Ana</rdf:li></rdf:Alt></d:rights>
<r:WebStatement rdf:resource="https://example.org/?a&amp;b"/>
<xmp:Thumbnails><rdf:Alt><rdf:li>THUMBNAIL</rdf:li></rdf:Alt></xmp:Thumbnails>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#,
    );
    const SIZE: Size = Size { width: 70, height: 50 };

    #[test]
    fn a_packet_is_brought_up_to_date_and_the_rest_stays() {
        let expected = PACKET
            .replace("t:Orientation=\"6\"", "t:Orientation=\"1\"")
            .replace("65535", "1")
            .replace(" n:HasExtendedXMP=\"0123\"", " ")
            .replace("4000", "70")
            .replace("3000", "50")
            .replace("<xmp:Thumbnails><rdf:Alt><rdf:li>THUMBNAIL</rdf:li></rdf:Alt></xmp:Thumbnails>", "");
        let upright = upright(PACKET.as_bytes(), SIZE, true).unwrap();
        assert_eq!(String::from_utf8(upright.packet).unwrap(), expected);
        assert!(upright.was_extended);
    }

    #[test]
    fn a_colour_space_stays_where_colours_do() {
        let upright = upright(PACKET.as_bytes(), SIZE, false).unwrap();
        assert!(String::from_utf8(upright.packet).unwrap().contains("65535"));
    }

    #[test]
    fn the_copyright_is_kept_and_nothing_else() {
        let packet = String::from_utf8(copyright(PACKET.as_bytes()).unwrap().unwrap()).unwrap();
        for kept in [
            "<dc:creator><rdf:Seq><rdf:li>Ana &amp; José</rdf:li></rdf:Seq></dc:creator>",
            "<dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">© Ana</rdf:li></rdf:Alt></dc:rights>",
            "<xmpRights:Marked>True</xmpRights:Marked>",
            "<xmpRights:WebStatement>https://example.org/?a&amp;b</xmpRights:WebStatement>",
        ] {
            assert!(packet.contains(kept), "{packet}");
        }
        for dropped in ["Lima", "THUMBNAIL", "Orientation", "4000"] {
            assert!(!packet.contains(dropped), "{packet}");
        }
        // What was made can be read, and says the same again.
        assert_eq!(copyright(packet.as_bytes()).unwrap(), Some(packet.into_bytes()));
    }

    #[test]
    fn none_and_broken_are_told_apart() {
        assert_eq!(copyright(b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>"), Ok(None));
        assert_eq!(copyright(b"<x:xmpmeta>"), Err(Broken));
        assert_eq!(upright(b"\xFF\xFE<", SIZE, true), Err(Broken));
    }

    proptest! {
        #[test]
        fn no_damage_makes_it_panic(at in 0..PACKET.len(), byte: u8, length in 0..PACKET.len()) {
            let mut packet = PACKET.as_bytes().to_vec();
            packet[at] = byte;
            for packet in [&packet[..], &packet[..length]] {
                let _ = (upright(packet, SIZE, true), copyright(packet));
            }
        }
    }
}
