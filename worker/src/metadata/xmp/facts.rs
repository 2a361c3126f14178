//! What a packet says that the rest of the program wants to know. No state.

use image::metadata::Orientation;
use roxmltree::{Document, Node};

use super::super::facts::{self, Facts};
use super::{BASIC, Broken, DC, EXIF, EXIF_EX, PHOTO_MECHANIC, PHOTOSHOP, RDF, TIFF, XML, parse, text};

const AUX: &str = "http://ns.adobe.com/exif/1.0/aux/";
const DYNAMIC_MEDIA: &str = "http://ns.adobe.com/xmp/1.0/DynamicMedia/";
const DIGIKAM: &str = "http://www.digikam.org/ns/1.0/";

/// A property by its namespace and name.
pub(super) type PropertyName = (&'static str, &'static str);

const DATES: [PropertyName; 5] = [
    (EXIF, "DateTimeOriginal"),
    (PHOTOSHOP, "DateCreated"),
    (EXIF, "DateTimeDigitized"),
    (BASIC, "CreateDate"),
    (TIFF, "DateTime"),
];
const LENSES: [PropertyName; 2] = [(EXIF_EX, "LensModel"), (AUX, "Lens")];
const ARTISTS: [PropertyName; 2] = [(DC, "creator"), (TIFF, "Artist")];
/// The flags of programs, each with the value of a photo that was picked: Lightroom's, Bridge's, Photo
/// Mechanic's and digiKam's.
const PICKS: [(PropertyName, &str); 4] = [
    ((DYNAMIC_MEDIA, "pick"), "1"),
    ((DYNAMIC_MEDIA, "good"), "true"),
    ((PHOTO_MECHANIC, "Tagged"), "true"),
    ((DIGIKAM, "PickLabel"), "3"),
];

/// What a packet says.
pub(crate) fn facts(packet: &[u8]) -> Result<Facts, Broken> {
    let text = text(packet)?;
    let document = parse(&text)?;
    let said = |name| said(&document, name);
    let first_said = |names: &[PropertyName]| names.iter().copied().find_map(said);
    let picks = PICKS
        .into_iter()
        .filter_map(|(name, picked)| said(name).map(|flag| flag.trim().eq_ignore_ascii_case(picked)));
    Ok(Facts {
        orientation: said((TIFF, "Orientation"))
            .and_then(|value| value.trim().parse().ok())
            .and_then(Orientation::from_exif),
        camera: said((TIFF, "Model")).as_deref().and_then(facts::short),
        lens: first_said(&LENSES).as_deref().and_then(facts::short),
        date: DATES.into_iter().find_map(|name| facts::written_time(&said(name)?)),
        artist: first_said(&ARTISTS).as_deref().and_then(facts::short),
        title: said((DC, "title")).as_deref().and_then(facts::short),
        rating: said((BASIC, "Rating")).and_then(|value| facts::stars(value.trim().parse().ok()?)),
        label: said((BASIC, "Label")).as_deref().and_then(facts::short),
        picked: picks.reduce(|one, other| one || other),
    })
}

/// What a property of the photo says, wherever its writer put it: an attribute or an element.
pub(super) fn said(document: &Document<'_>, name: PropertyName) -> Option<String> {
    document.descendants().filter(Node::is_element).find_map(|node| {
        let content = || node.has_tag_name(name).then(|| content(node)).flatten();
        let said = node.attribute(name).map(str::to_owned).or_else(content)?;
        // What stands in a list belongs to something else, such as a photo that this one was made of.
        let is_of_other = node.ancestors().any(|around| around.has_tag_name((RDF, "li")));
        (!is_of_other).then_some(said)
    })
}

/// The text of an element: of one in several languages the usual one, and of several all of them.
fn content(property: Node<'_, '_>) -> Option<String> {
    let items: Vec<Node<'_, '_>> =
        property.descendants().filter(|node| node.has_tag_name((RDF, "li"))).collect();
    if items.is_empty() {
        return property.text().map(str::to_owned);
    }
    let usual = items.iter().find(|item| item.attribute((XML, "lang")) == Some("x-default"));
    let in_languages = items.iter().find(|item| item.has_attribute((XML, "lang")));
    let texts = match usual.or(in_languages) {
        Some(item) => vec![item.text()?],
        None => items.iter().filter_map(Node::text).collect(),
    };
    Some(texts.join(", "))
}

#[cfg(test)]
mod tests {

    use super::*;

    /// The facts of a packet with these attributes and elements in its description.
    fn packet(attributes: &str, elements: &str) -> Facts {
        let namespaces = [
            ("x", BASIC),
            ("d", DC),
            ("t", TIFF),
            ("e", EXIF),
            ("a", AUX),
            ("p", PHOTOSHOP),
            ("m", DYNAMIC_MEDIA),
            ("c", PHOTO_MECHANIC),
            ("k", DIGIKAM),
            ("rdf", RDF),
        ];
        let namespaces: String =
            namespaces.iter().map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{uri}\"")).collect();
        let text = format!(
            "<rdf:RDF{namespaces}><rdf:Description {attributes}>{elements}</rdf:Description></rdf:RDF>"
        );
        facts(text.as_bytes()).unwrap()
    }

    #[test]
    fn texts_are_found_as_attributes_elements_and_lists() {
        let facts = packet(
            r#"a:Lens="EF 50" x:Label=" Rojo ""#,
            r#"<d:title><rdf:Alt><rdf:li xml:lang="es">Boda</rdf:li>
            <rdf:li xml:lang="x-default">Wedding</rdf:li></rdf:Alt></d:title><t:Model>K</t:Model>
            <d:creator><rdf:Seq><rdf:li>Ana</rdf:li><rdf:li>Luis</rdf:li></rdf:Seq></d:creator>"#,
        );
        let expected = Facts {
            lens: Some("EF 50".to_owned()),
            label: Some("Rojo".to_owned()),
            title: Some("Wedding".to_owned()),
            camera: Some("K".to_owned()),
            artist: Some("Ana, Luis".to_owned()),
            ..Facts::default()
        };
        assert_eq!(facts, expected);
        // Of another photo, which this one was made of.
        let other = "<d:x><rdf:Bag><rdf:li x:Rating='5'><d:title>No</d:title></rdf:li></rdf:Bag></d:x>";
        assert_eq!(packet("", other), Facts::default());
    }

    #[test]
    fn ratings_are_whole_stars() {
        for (text, expected) in
            [("3", Some(3)), ("4.0", Some(4)), ("-1", Some(-1)), ("0", Some(0)), ("99", None), ("x", None)]
        {
            assert_eq!(packet(&format!("x:Rating='{text}'"), "").rating, expected, "{text}");
        }
        assert_eq!(packet("", "<x:Rating>2</x:Rating>").rating, Some(2));
    }

    #[test]
    fn picks_are_what_each_program_writes() {
        for (attributes, expected) in [
            ("m:pick='1'", Some(true)),
            ("m:pick='0'", Some(false)),
            ("m:pick='-1'", Some(false)),
            ("m:good='True'", Some(true)),
            ("c:Tagged='True'", Some(true)),
            ("c:Tagged='False'", Some(false)),
            ("k:PickLabel='3'", Some(true)),
            ("k:PickLabel='1'", Some(false)),
            ("c:Tagged='False' m:pick='1'", Some(true)),
            ("", None),
        ] {
            assert_eq!(packet(attributes, "").picked, expected, "{attributes}");
        }
    }
}
