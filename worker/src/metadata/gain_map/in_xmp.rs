//! What XMP says of an HDR gain map: in the map itself how it is applied, in the photo that it is there
//! (Adobe's gain map specification, version 1.0; Ultra HDR, version 1.1). No state.

use std::collections::BTreeMap;
use std::fmt::Write;

use roxmltree::Node;

use crate::metadata::xmp::{APPLE_GAIN_MAP, CONTAINER, GAIN_MAP, ITEM, RDF, escaped, parse, text};

/// The properties of a gain map by name, each with one value or one for each channel.
pub(crate) type GainFields = BTreeMap<String, Vec<String>>;

/// What the packet of a gain map says of it; `None` for a packet of something else.
pub(crate) fn gain_fields(packet: &[u8]) -> Option<GainFields> {
    let text = text(packet).ok()?;
    let document = parse(&text).ok()?;
    let mut fields = GainFields::new();
    for node in document.descendants().filter(|node| node.has_tag_name((RDF, "Description"))) {
        for attribute in node.attributes().filter(|attribute| attribute.namespace() == Some(GAIN_MAP)) {
            fields.insert(attribute.name().to_owned(), vec![attribute.value().to_owned()]);
        }
        for child in node.children().filter(|child| child.tag_name().namespace() == Some(GAIN_MAP)) {
            let items = child.descendants().filter(|item| item.has_tag_name((RDF, "li")));
            let mut values: Vec<String> = items.filter_map(|item| Some(item.text()?.to_owned())).collect();
            if values.is_empty() {
                values.extend(child.text().map(str::to_owned));
            }
            fields.insert(child.tag_name().name().to_owned(), values);
        }
    }
    (!fields.is_empty()).then_some(fields)
}

/// Which kind of gain map a packet says there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Announced {
    /// One that other programs know too.
    Standard,
    /// That of Apple's phones before they had the standard's.
    Apple,
}

/// Whether a packet says that there is a gain map.
pub(crate) fn announced(packet: &[u8]) -> Option<Announced> {
    let text = text(packet).ok()?;
    let document = parse(&text).ok()?;
    let names = |uri: &str| {
        document.descendants().any(|node| {
            let is_it = |namespace: Option<&str>| namespace == Some(uri);
            is_it(node.tag_name().namespace())
                || node.attributes().any(|attribute| is_it(attribute.namespace()))
        })
    };
    let is_listed = || {
        document.descendants().any(|node| {
            let content = if node.has_tag_name((ITEM, "Semantic")) { node.text() } else { None };
            node.attribute((ITEM, "Semantic")).or(content) == Some("GainMap")
        })
    };
    if names(GAIN_MAP) || is_listed() {
        return Some(Announced::Standard);
    }
    names(APPLE_GAIN_MAP).then_some(Announced::Apple)
}

/// The packet of a gain map.
pub(crate) fn of_gain_map(fields: &GainFields) -> Vec<u8> {
    let mut description = format!("<rdf:Description rdf:about=\"\" xmlns:hdrgm=\"{GAIN_MAP}\">");
    for (name, values) in fields {
        // Writing to a string cannot fail.
        let _ = match values.as_slice() {
            [value] => write!(description, "<hdrgm:{name}>{}</hdrgm:{name}>", escaped(value)),
            values => {
                let items: String =
                    values.iter().map(|v| format!("<rdf:li>{}</rdf:li>", escaped(v))).collect();
                write!(description, "<hdrgm:{name}><rdf:Seq>{items}</rdf:Seq></hdrgm:{name}>")
            }
        };
    }
    description += "</rdf:Description>";
    packet(&description)
}

/// The photo's packet, or a new one, that says that a gain map of so many bytes follows.
pub(crate) fn with_gain_map(photo: Option<&[u8]>, length: usize) -> Vec<u8> {
    let item =
        |content: &str| format!("<rdf:li rdf:parseType=\"Resource\"><Container:Item {content}/></rdf:li>");
    let items = [
        item("Item:Semantic=\"Primary\" Item:Mime=\"image/jpeg\""),
        item(&format!("Item:Semantic=\"GainMap\" Item:Mime=\"image/jpeg\" Item:Length=\"{length}\"")),
    ]
    .concat();
    let description = format!(
        "<rdf:Description rdf:about=\"\" xmlns:Container=\"{CONTAINER}\" xmlns:Item=\"{ITEM}\" \
         xmlns:hdrgm=\"{GAIN_MAP}\" xmlns:rdf=\"{RDF}\" hdrgm:Version=\"1.0\"><Container:Directory><rdf:Seq>\
         {items}</rdf:Seq></Container:Directory></rdf:Description>"
    );
    photo.and_then(|photo| added(photo, &description)).unwrap_or_else(|| packet(&description))
}

/// The packet with one more description, at the end.
fn added(photo: &[u8], description: &str) -> Option<Vec<u8>> {
    let text = text(photo).ok()?;
    let document = parse(&text).ok()?;
    let root = document.descendants().find(|node| node.has_tag_name((RDF, "RDF")))?;
    let last = root.children().rfind(Node::is_element)?;
    let (head, tail) = text.split_at_checked(last.range().end)?;
    Some([head, description, tail].concat().into_bytes())
}

fn packet(description: &str) -> Vec<u8> {
    let rdf = format!("<rdf:RDF xmlns:rdf=\"{RDF}\">{description}</rdf:RDF>");
    let begin = "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>";
    let end = "<?xpacket end=\"w\"?>";
    format!("{begin}<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">{rdf}</x:xmpmeta>{end}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(content: &str) -> Vec<u8> {
        packet(&format!("<rdf:Description rdf:about=\"\" {content}</rdf:Description>"))
    }

    #[test]
    fn a_map_says_again_what_it_said() {
        let said = photo(
            "xmlns:g=\"http://ns.adobe.com/hdr-gain-map/1.0/\" g:Version=\"1.0\" g:HDRCapacityMax=\"3.9\">
             <g:GainMapMax><rdf:Seq><rdf:li>1</rdf:li><rdf:li>2</rdf:li><rdf:li>3</rdf:li></rdf:Seq></g:GainMapMax>
             <g:OffsetSDR>0.015625</g:OffsetSDR>",
        );
        let fields = gain_fields(&said).unwrap();
        let expected: [(&str, &[&str]); 4] = [
            ("GainMapMax", &["1", "2", "3"]),
            ("HDRCapacityMax", &["3.9"]),
            ("OffsetSDR", &["0.015625"]),
            ("Version", &["1.0"]),
        ];
        let owned = |values: &&[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let expected: GainFields =
            expected.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect();
        assert_eq!(fields, expected);
        assert_eq!(gain_fields(&of_gain_map(&fields)), Some(fields));
        assert_eq!(gain_fields(&photo(">")), None);
    }

    #[test]
    fn a_photo_announces_its_map_beside_what_it_says_already() {
        let plain = photo("xmlns:dc=\"http://purl.org/dc/elements/1.1/\" dc:format=\"image/jpeg\">");
        let announcing = with_gain_map(Some(&plain), 1234);
        let text = String::from_utf8(announcing.clone()).unwrap();
        assert!(text.contains("dc:format=\"image/jpeg\"") && text.contains("Item:Length=\"1234\""), "{text}");
        assert_eq!((announced(&announcing), announced(&plain)), (Some(Announced::Standard), None));
        let apple = photo("xmlns:h=\"http://ns.apple.com/HDRGainMap/1.0/\" h:HDRGainMapVersion=\"65536\">");
        assert_eq!(announced(&apple), Some(Announced::Apple));
        for nothing in [None, Some(&b"<x"[..])] {
            assert_eq!(announced(&with_gain_map(nothing, 7)), Some(Announced::Standard));
        }
    }
}
