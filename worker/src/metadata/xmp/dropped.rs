//! What is taken out of an XMP packet because nobody is to see it. No state.

use recipe::metadata::XmpPlace;
use roxmltree::Node;

use super::edits::Edits;
use super::regions::RegionField;
use super::{Broken, RDF, parse, text};

/// Kinds of regions that show nobody, as the Metadata Working Group has them.
const OTHER_KINDS: [&str; 3] = ["focus", "barcode", "pet"];
/// What the kind of a region of IPTC has in its name if it shows somebody.
const OF_PEOPLE: [&str; 3] = ["human", "person", "face"];

/// The packet without what stands in these places, wherever in it that is.
pub(crate) fn without(packet: &[u8], places: &[XmpPlace]) -> Result<Vec<u8>, Broken> {
    let text = text(packet)?;
    let document = parse(&text)?;
    let mut edits = Edits::default();
    for node in document.descendants().filter(Node::is_element) {
        let is_out = |namespace: Option<&str>, name: &str| {
            places.iter().any(|place| is_whole(place, namespace.unwrap_or_default(), name))
        };
        for attribute in node.attributes() {
            if is_out(attribute.namespace(), attribute.name()) {
                edits.drop(attribute.range());
            }
        }
        let tag = node.tag_name();
        if is_out(tag.namespace(), tag.name()) {
            edits.drop(node.range());
        } else if places.iter().any(|place| is_list_with_people(place, node)) {
            drop_people(&mut edits, node);
        }
    }
    Ok(edits.apply(&text)?.packet)
}

/// Whether a property goes as a whole.
fn is_whole(place: &XmpPlace, namespace: &str, name: &str) -> bool {
    match place {
        XmpPlace::Property(of, called) => namespace == of.uri && name == *called,
        XmpPlace::All(of) => namespace == of.uri,
        XmpPlace::Begins(start) => name.starts_with(start),
        XmpPlace::Ends(end) => name.ends_with(end),
        XmpPlace::PeopleIn(..) => false,
    }
}

fn is_list_with_people(place: &XmpPlace, node: Node<'_, '_>) -> bool {
    match place {
        XmpPlace::PeopleIn(of, called) => node.has_tag_name((of.uri, *called)),
        XmpPlace::Property(..) | XmpPlace::All(_) | XmpPlace::Begins(_) | XmpPlace::Ends(_) => false,
    }
}

/// Takes the people out of a list of regions, and the list if nothing else is in it.
fn drop_people(edits: &mut Edits, list: Node<'_, '_>) {
    let is_item = |node: &Node<'_, '_>| node.has_tag_name((RDF, "li"));
    // Regions have lists of their own within.
    let is_region = |node: &Node<'_, '_>| {
        let around = node.ancestors().skip(1).take_while(|around| *around != list);
        is_item(node) && !around.into_iter().any(|around| is_item(&around))
    };
    let regions: Vec<Node<'_, '_>> = list.descendants().filter(is_region).collect();
    let people: Vec<Node<'_, '_>> = regions.iter().copied().filter(|region| !shows_nobody(*region)).collect();
    if people.len() == regions.len() {
        edits.drop(list.range());
    } else {
        people.into_iter().for_each(|person| edits.drop(person.range()));
    }
}

/// Whether a region says that it shows something else than people. One that does not say shows somebody, for
/// all that is known.
fn shows_nobody(region: Node<'_, '_>) -> bool {
    if let Some(kind) = RegionField::find(region, "/regions/", "Type") {
        return OTHER_KINDS.iter().any(|other| kind.value.trim().eq_ignore_ascii_case(other));
    }
    let Some(kind) = region.descendants().find(|node| node.tag_name().name() == "rCtype") else {
        return false;
    };
    let said = kind.descendants().flat_map(|node| {
        let attributes = node.attributes().map(|attribute| attribute.value().to_lowercase());
        attributes.chain(node.text().map(str::to_lowercase))
    });
    let mut said = said.filter(|word| !word.trim().is_empty()).peekable();
    said.peek().is_some() && !said.any(|word| OF_PEOPLE.iter().any(|of_people| word.contains(of_people)))
}

#[cfg(test)]
mod tests {
    use recipe::metadata::MetadataFamily;

    use super::*;

    /// The properties in a description, without a family.
    fn left(family: MetadataFamily, properties: &str) -> String {
        let prefixes: [(&str, &str); 9] = [
            ("e", "http://ns.adobe.com/exif/1.0/"),
            ("a", "http://ns.adobe.com/exif/1.0/aux/"),
            ("d", "http://purl.org/dc/elements/1.1/"),
            ("m", "http://ns.adobe.com/xap/1.0/mm/"),
            ("r", "http://www.metadataworkinggroup.com/schemas/regions/"),
            ("x", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"),
            ("j", "http://www.dji.com/drone-dji/1.0/"),
            ("p", "http://ns.microsoft.com/photo/1.2/"),
            ("rdf", RDF),
        ];
        let prefixes: String =
            prefixes.iter().map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{uri}\"")).collect();
        let head = format!("<rdf:RDF{prefixes}><rdf:Description ");
        let packet = format!("{head}{properties}</rdf:Description></rdf:RDF>");
        let left = String::from_utf8(without(packet.as_bytes(), family.info().xmp).unwrap()).unwrap();
        parse(&left).unwrap();
        let left = left.strip_prefix(&head).unwrap();
        left.strip_suffix("</rdf:Description></rdf:RDF>").unwrap().to_owned()
    }

    #[test]
    fn a_family_goes_as_attribute_element_and_within_others_and_nothing_else_does() {
        let created = "<x:LocationCreated><rdf:Bag><rdf:li rdf:parseType='Resource'><x:City>Lima</x:City>{}\
                       </rdf:li></rdf:Bag></x:LocationCreated>";
        let all = created.replace("{}", "<e:GPSLatitude>12,2S</e:GPSLatitude>");
        let properties = format!("e:GPSAltitude='3' j:GpsLatitude='1' e:FNumber='2/1'>{all}<d:title/>");
        let expected = format!("  e:FNumber='2/1'>{}<d:title/>", created.replace("{}", ""));
        assert_eq!(left(MetadataFamily::Gps, &properties), expected);
        let serials = "a:SerialNumber='1' a:LensSerialNumber='2' a:Lens='3'><j:CameraSerialNumber/>";
        assert_eq!(left(MetadataFamily::Serial, serials), "  a:Lens='3'>");
        let steps = "m:DocumentID='7'><m:History><rdf:Seq><rdf:li/></rdf:Seq></m:History><d:format/>";
        assert_eq!(left(MetadataFamily::History, steps), "m:DocumentID='7'><d:format/>");
    }

    #[test]
    fn regions_that_show_nobody_stay() {
        let region = |kind: &str| {
            let kind = if kind.is_empty() { String::new() } else { format!("<r:Type>{kind}</r:Type>") };
            format!("<rdf:li rdf:parseType='Resource'>{kind}<r:Area e:x='1'/></rdf:li>")
        };
        let list = |regions: &[&str]| {
            let regions: String = regions.iter().map(|kind| region(kind)).collect();
            format!(
                "><r:Regions rdf:parseType='Resource'><r:RegionList><rdf:Bag>{regions}</rdf:Bag>\
                     </r:RegionList></r:Regions><d:title/>"
            )
        };
        let left = |properties: &str| left(MetadataFamily::People, properties);
        assert_eq!(left(&list(&["Face", "Focus", "", "Pet"])), list(&["Focus", "Pet"]));
        assert_eq!(left(&list(&["Face", ""])), "><d:title/>");
        let kind = |name: &str| {
            format!(
                "<rdf:li rdf:parseType='Resource'><x:rCtype><rdf:Bag><rdf:li x:Identifier='http://cv.iptc\
                     .org/newscodes/imageregiontype/{name}'/></rdf:Bag></x:rCtype></rdf:li>"
            )
        };
        let list = |regions: &str| format!("><x:ImageRegion><rdf:Bag>{regions}</rdf:Bag></x:ImageRegion>");
        assert_eq!(left(&list(&(kind("animal") + &kind("human")))), list(&kind("animal")));
        assert_eq!(left("x:ModelAge='7'><p:RegionInfo/><x:PersonInImage><rdf:Bag/></x:PersonInImage>"), ">");
    }
}
