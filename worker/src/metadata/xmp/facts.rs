//! What a packet says that the rest of the program wants to know. No state.

use image::metadata::Orientation;
use protocol::outcome::TakenAt;
use roxmltree::{Document, Node};

use super::super::facts::{self, Facts};
use super::{BASIC, Broken, DC, EXIF, PHOTOSHOP, RDF, TIFF, XML, parse, text};

const AUX: &str = "http://ns.adobe.com/exif/1.0/aux/";
const EXIF_EX: &str = "http://cipa.jp/exif/1.0/";
const DYNAMIC_MEDIA: &str = "http://ns.adobe.com/xmp/1.0/DynamicMedia/";
const PHOTO_MECHANIC: &str = "http://ns.camerabits.com/photomechanic/1.0/";
const DIGIKAM: &str = "http://www.digikam.org/ns/1.0/";

/// A property by its namespace and name.
type PropertyName = (&'static str, &'static str);

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
        date: DATES.into_iter().find_map(|name| time(&said(name)?)),
        artist: first_said(&ARTISTS).as_deref().and_then(facts::short),
        title: said((DC, "title")).as_deref().and_then(facts::short),
        rating: said((BASIC, "Rating")).and_then(|value| facts::stars(value.trim().parse().ok()?)),
        label: said((BASIC, "Label")).as_deref().and_then(facts::short),
        picked: picks.reduce(|one, other| one || other),
    })
}

/// What a property of the photo says, wherever its writer put it: an attribute or an element.
fn said(document: &Document<'_>, name: PropertyName) -> Option<String> {
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

/// A time as XMP has it (ISO 8601), if it is said to the day; often with a zone.
fn time(text: &str) -> Option<TakenAt> {
    let (day, rest) = text.trim().split_at_checked(10)?;
    let mut day = day.splitn(3, '-');
    let mut number = || day.next()?.parse().ok();
    let day = [number()?, number()?, number()?];
    let rest = rest.strip_prefix(['T', ' ']).unwrap_or_default();
    let (clock, zone) = rest.split_at(rest.find(['Z', '+', '-']).unwrap_or(rest.len()));
    facts::time(day, clock_of(clock).unwrap_or_default(), offset(zone))
}

/// Hour, minute, second and nanosecond; the last two may be missing.
fn clock_of(text: &str) -> Option<[u32; 4]> {
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.splitn(3, ':').map(|part| part.parse().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let nanosecond = format!("{:0<9.9}", fraction.split(|c: char| !c.is_ascii_digit()).next()?).parse();
    Some([hour, minute, second, nanosecond.ok()?])
}

/// Minutes of a zone such as `Z` or `+02:00`.
fn offset(zone: &str) -> Option<i16> {
    if zone == "Z" {
        return Some(0);
    }
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let minutes = hours.parse::<i16>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)?;
    Some(if zone.starts_with('-') { -minutes } else { minutes })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

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

    #[test]
    fn times_are_those_of_the_place() {
        let at = |hour, minute, second, nano, offset| {
            Some(TakenAt { at: date(2024, 5, 6).at(hour, minute, second, nano), offset })
        };
        for (text, expected) in [
            ("2024-05-06T18:05:09+02:00", at(18, 5, 9, 0, Some(120))),
            (" 2024-05-06T18:05:09.25Z\n", at(18, 5, 9, 250_000_000, Some(0))),
            ("2024-05-06T18:05-03:00", at(18, 5, 0, 0, Some(-180))),
            ("2024-05-06 18:05:60", at(18, 5, 59, 0, None)),
            ("2024-05-06T18:05:09+99:00", at(18, 5, 9, 0, None)),
            ("2024-05-06", at(0, 0, 0, 0, None)),
            ("2024-05-06Tnoon", at(0, 0, 0, 0, None)),
            ("2024-05", None),
            ("2024-13-06", None),
            ("0000-00-00", None),
            ("29 February €", None),
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
    }
}
