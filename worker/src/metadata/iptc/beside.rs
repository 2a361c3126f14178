//! Where else the words of an IPTC block stand, for files in which it has no place: EXIF says who made the
//! photo and whose it is, XMP the rest, as IPTC's Photo Metadata Standard maps them. No state.

use recipe::Format;
use recipe::metadata::{MetadataFamily, MetadataField, Namespace, XmpField};

use super::super::facts::text_of;
use super::super::{exif, xmp};
use super::{ABOUT, BY_LINE, COPYRIGHT, Dataset, datasets};
use crate::image::Metadata;
use crate::metadata::extras::PartNames;
use crate::metadata::xmp::XmpWords;

const PHOTOSHOP: Namespace = Namespace { prefix: "photoshop", uri: "http://ns.adobe.com/photoshop/1.0/" };
const CORE: Namespace =
    Namespace { prefix: "Iptc4xmpCore", uri: "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" };
const BASIC: Namespace = Namespace { prefix: "xmp", uri: "http://ns.adobe.com/xap/1.0/" };

/// Texts of the record about the photo that are no fields which can be set.
const TEXTS: [(u8, &str, XmpField); 11] = [
    (10, "Urgency", XmpField::Text(PHOTOSHOP, "Urgency")),
    (15, "Category", XmpField::Text(PHOTOSHOP, "Category")),
    (20, "SupplementalCategories", XmpField::Unordered(PHOTOSHOP, "SupplementalCategories")),
    (85, "By-lineTitle", XmpField::Text(PHOTOSHOP, "AuthorsPosition")),
    (92, "Sub-location", XmpField::Text(CORE, "Location")),
    (95, "Province-State", XmpField::Text(PHOTOSHOP, "State")),
    (100, "Country-PrimaryLocationCode", XmpField::Text(CORE, "CountryCode")),
    (103, "OriginalTransmissionReference", XmpField::Text(PHOTOSHOP, "TransmissionReference")),
    (105, "Headline", XmpField::Text(PHOTOSHOP, "Headline")),
    (115, "Source", XmpField::Text(PHOTOSHOP, "Source")),
    (122, "Writer-Editor", XmpField::Text(PHOTOSHOP, "CaptionWriter")),
];
/// Dates, each with its time in another dataset.
const DATES: [(u8, u8, XmpField); 2] =
    [(55, 60, XmpField::Text(PHOTOSHOP, "DateCreated")), (62, 63, XmpField::Text(BASIC, "CreateDate"))];

/// Has EXIF say who made the photo and whose it is in files in which programs do not look for IPTC, and XMP
/// the rest where the file has no place for the block. What is lost nevertheless is named.
pub(in crate::metadata) fn place(metadata: &mut Metadata, format: Format, warnings: &mut Vec<String>) {
    let Some(written) = format.info().written.filter(|written| !written.iptc) else { return };
    let Some(block) = metadata.iptc.clone() else { return };
    let (sets, _) = datasets(&block);
    let homeless = into_exif(&sets, &mut metadata.exif);
    if written.resources {
        return;
    }
    metadata.iptc = None;
    let words = words(&sets);
    let (packet, said) = xmp::with_words(metadata.xmp.take(), &words);
    metadata.xmp = packet;
    let said = words.iter().zip(said).filter(|(_, said)| *said).flat_map(|(words, _)| &words.numbers);
    let said: Vec<u8> = said.copied().collect();
    let is_said = |set: &Dataset<'_>| match set.number {
        // Of which version of the standard it is, and in which characters it is written.
        (1 | ABOUT, 0) | (1, 90) => true,
        BY_LINE => !homeless.contains(&exif::ARTIST),
        COPYRIGHT => !homeless.contains(&exif::COPYRIGHT),
        (ABOUT, number) => said.contains(&number) || set.value.is_empty(),
        _ => false,
    };
    let mut lost = PartNames::default();
    sets.iter().filter(|set| !is_said(set)).for_each(|set| lost.add(&name(set.number)));
    if !lost.is_empty() {
        warnings.push(format!(
            "files of this format have no place for IPTC: what EXIF and XMP do not say as well was left out \
             ({})",
            lost.listed()
        ));
    }
}

/// Has EXIF say whose it is; returns the tags that say something else.
fn into_exif(sets: &[Dataset<'_>], exif: &mut Option<Vec<u8>>) -> Vec<u16> {
    // As the Metadata Working Group parts names in EXIF.
    let said = |number: (u8, u8)| texts(sets, number.1).join("; ");
    let fields = [(exif::ARTIST, said(BY_LINE)), (exif::COPYRIGHT, said(COPYRIGHT))];
    let fields: Vec<(u16, &[u8])> = fields
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(tag, text)| (*tag, text.as_bytes()))
        .collect();
    if fields.is_empty() {
        return Vec::new();
    }
    exif::add_texts(exif, &fields).into_iter().filter_map(|place| Some(fields.get(place)?.0)).collect()
}

/// The texts of a dataset of the record about the photo.
fn texts(sets: &[Dataset<'_>], number: u8) -> Vec<String> {
    let found = sets.iter().filter(|set| set.number == (ABOUT, number)).map(|set| text_of(set.value));
    let found = found.map(|text| text.replace("\r\n", "\n").replace('\r', "\n"));
    let found = found.map(|text| text.trim_matches(['\0', ' ', '\n']).to_owned());
    found.filter(|text| !text.is_empty()).collect()
}

/// What a block says that XMP has a place for.
fn words(sets: &[Dataset<'_>]) -> Vec<XmpWords> {
    let of_fields = MetadataField::ALL.iter().flat_map(|field| {
        let info = field.info();
        let number = info.iptc.0.0;
        let places = info.xmp.iter().filter(|place| !matches!(place, XmpField::PlaceShown(_)));
        places.map(move |place| (number, *place))
    });
    let is_in_exif = |number: u8| [BY_LINE, COPYRIGHT].contains(&(ABOUT, number));
    let all = of_fields.filter(|(number, _)| !is_in_exif(*number));
    let all = all.chain(TEXTS.iter().map(|(number, _, place)| (*number, *place)));
    let texts =
        all.map(|(number, place)| XmpWords { place, values: texts(sets, number), numbers: vec![number] });
    let dates = DATES.iter().map(|(day, time, place)| XmpWords {
        place: *place,
        values: date(sets, *day, *time).into_iter().collect(),
        numbers: vec![*day, *time],
    });
    texts.chain(dates).filter(|words| !words.values.is_empty()).collect()
}

/// A date as XMP has it (ISO 8601): `YYYYMMDD` and `HHMMSS±HHMM`, each part as far as it is one.
fn date(sets: &[Dataset<'_>], day: u8, time: u8) -> Option<String> {
    let is_number =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let (day, time) = (texts(sets, day).pop()?, texts(sets, time).pop().unwrap_or_default());
    if !is_number(&day, 8) || !day.is_ascii() {
        return None;
    }
    let mut date = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
    if let Some((clock, zone)) = time.split_at_checked(6).filter(|(clock, _)| is_number(clock, 6)) {
        date += &format!("T{}:{}:{}", &clock[..2], &clock[2..4], &clock[4..]);
        if let Some(zone) = zone.strip_prefix(['+', '-']).filter(|digits| is_number(digits, 4)) {
            date += &format!("{}{}:{}", &time[6..7], &zone[..2], &zone[2..]);
        }
    }
    Some(date)
}

/// What users know a dataset by.
fn name((record, number): (u8, u8)) -> String {
    let of_fields = MetadataField::ALL.iter().map(|field| field.info().iptc.0);
    let of_families = MetadataFamily::ALL.iter().flat_map(|family| family.info().iptc).copied();
    let known = of_fields.chain(of_families).map(|place| (place.0, place.1));
    let mut known = known.chain(TEXTS.iter().map(|(number, name, _)| (*number, *name)));
    let known = known.find(|(other, _)| record == ABOUT && *other == number);
    known.map_or_else(|| format!("{record}:{number}"), |(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &[u8] = b"\x1C\x01\x5A\0\x03\x1B%G\x1C\x02\0\0\x02\0\x04\x1C\x02\x50\0\x03Ana\
\x1C\x02\x50\0\x04Jos\xE9\x1C\x02\x74\0\x06\xC2\xA9 Ana";

    fn set(number: u8, text: &str) -> Vec<u8> {
        [&[0x1C, 2, number, 0, text.len() as u8][..], text.as_bytes()].concat()
    }

    fn placed(iptc: &[u8], beside: Metadata, format: Format) -> (Metadata, Vec<String>) {
        let mut metadata = Metadata { iptc: Some(iptc.to_vec()), ..beside };
        let mut warnings = Vec::new();
        place(&mut metadata, format, &mut warnings);
        (metadata, warnings)
    }

    fn lost(names: &str) -> Vec<String> {
        let said =
            "files of this format have no place for IPTC: what EXIF and XMP do not say as well was left out";
        vec![format!("{said} ({names})")]
    }

    #[test]
    fn where_nobody_looks_for_iptc_exif_says_whose_it_is() {
        for (format, in_exif, in_iptc) in [
            (Format::Jpeg, false, true),
            (Format::Tiff, false, true),
            (Format::Png, true, true),
            (Format::Webp, true, false),
            (Format::Avif, true, false),
        ] {
            let (Metadata { exif, iptc, xmp, .. }, warnings) = placed(OWNER, Metadata::default(), format);
            assert_eq!((exif.is_some(), iptc.is_some(), xmp), (in_exif, in_iptc, None), "{format}");
            let said =
                exif.map(|block| [exif::ARTIST, exif::COPYRIGHT].map(|tag| exif::tiff_block(&block, tag)));
            let expected = ["Ana; José\0", "© Ana\0"].map(|text| Some(text.as_bytes().to_vec()));
            assert_eq!((said, warnings), (in_exif.then_some(expected), vec![]), "{format}");
        }
        let mut other = None;
        exif::add_texts(&mut other, &[(exif::ARTIST, b"Eva")]);
        let (metadata, warnings) =
            placed(OWNER, Metadata { exif: other, ..Metadata::default() }, Format::Webp);
        let artist = exif::tiff_block(&metadata.exif.unwrap(), exif::ARTIST);
        assert_eq!((artist.as_deref(), metadata.iptc), (Some(&b"Eva\0"[..]), None));
        assert_eq!(warnings, lost("By-line"));
    }

    #[test]
    fn xmp_says_the_rest_of_it() {
        let block = [
            set(5, "Boda"),
            set(25, "boda"),
            set(25, "Lima"),
            set(55, "20240229"),
            set(60, "120000-0500"),
            set(105, "Una boda"),
            set(110, "Ana / Agency"),
            set(118, "ana@example.org"),
        ];
        let (metadata, warnings) = placed(&block.concat(), Metadata::default(), Format::Webp);
        assert_eq!((metadata.exif, metadata.iptc, warnings), (None, None, vec![]));
        let packet = String::from_utf8(metadata.xmp.unwrap()).unwrap();
        for said in [
            "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">Boda</rdf:li></rdf:Alt></dc:title>",
            "<dc:subject><rdf:Bag><rdf:li>boda</rdf:li><rdf:li>Lima</rdf:li></rdf:Bag></dc:subject>",
            "<photoshop:DateCreated>2024-02-29T12:00:00-05:00</photoshop:DateCreated>",
            "<photoshop:Headline>Una boda</photoshop:Headline>",
            "<photoshop:Credit>Ana / Agency</photoshop:Credit>",
            "<Iptc4xmpCore:CiEmailWork>ana@example.org</Iptc4xmpCore:CiEmailWork>",
        ] {
            assert!(packet.contains(said), "{packet}");
        }
        // What it says already is neither added nor lost, and what it says otherwise is lost.
        let again = Metadata { xmp: Some(packet.clone().into_bytes()), ..Metadata::default() };
        let (metadata, warnings) = placed(&block.concat(), again.clone(), Format::Webp);
        assert_eq!((metadata.xmp, warnings), (again.xmp.clone(), vec![]));
        let other = [
            set(5, "Fiesta"),
            set(25, "boda"),
            set(25, "Cusco"),
            set(90, "Lima"),
            set(221, "1:0:0:7"),
            b"\x1C\x01\x05\0\x01x".to_vec(),
        ];
        let (metadata, warnings) = placed(&other.concat(), again, Format::Avif);
        let packet = String::from_utf8(metadata.xmp.unwrap()).unwrap();
        assert!(packet.contains("<photoshop:City>Lima</photoshop:City>"), "{packet}");
        assert!(packet.contains(">Boda<") && !packet.contains("Fiesta"), "{packet}");
        assert_eq!(warnings, lost("ObjectName, Keywords, 2:221, 1:5"));
    }

    #[test]
    fn a_text_that_was_cut_for_iptc_is_the_same() {
        let long = "Una ciudad con un nombre muy largo, de verdad";
        let block = set(90, &long[..32]);
        let with = |attribute: &str| {
            format!(
                "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description r:about='' \
                 xmlns:p='http://ns.adobe.com/photoshop/1.0/' p:City='{attribute}'/></r:RDF>"
            )
        };
        for (said, warnings) in [(long, vec![]), ("Una ciudad", lost("City"))] {
            let beside = Metadata { xmp: Some(with(said).into_bytes()), ..Metadata::default() };
            assert_eq!(placed(&block, beside.clone(), Format::Webp), (beside, warnings));
        }
    }

    #[test]
    fn dates_that_are_none_are_lost() {
        for (day, time, expected) in [
            ("20240229", "", Some("2024-02-29")),
            ("20240229", "noon", Some("2024-02-29")),
            ("20240229", "120000", Some("2024-02-29T12:00:00")),
            ("20240229", "120000+01", Some("2024-02-29T12:00:00")),
            ("2024022", "120000", None),
            ("29 Feb 8", "", None),
        ] {
            let block = [set(55, day), set(60, time)].concat();
            assert_eq!(date(&datasets(&block).0, 55, 60).as_deref(), expected, "{day} {time}");
        }
    }
}
