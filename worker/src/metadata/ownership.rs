//! The words that say who made a photo, whose it is, whom to name beside it and how to reach them: what the
//! policy `copyright` leaves. Most of them are fields that can be set, so that the table of these says where
//! they stand; the others are here, by the numbers of EXIF 3.0 and IPTC's Information Interchange Model, and
//! the namespaces of IPTC's Photo Metadata Standard. No state.

use recipe::metadata::{ExifPlace, FieldInfo, MetadataField};

const FIELDS: [MetadataField; 4] =
    [MetadataField::Artist, MetadataField::Copyright, MetadataField::Credit, MetadataField::Contact];
/// EXIF's photographer and editor, and the owner of the camera.
const EXIF_TAGS: [u16; 3] = [0xA437, 0xA438, 0xA430];
/// In the record about the photo, the profession of who made it, and from whom it comes.
const IPTC_SETS: [u8; 2] = [85, 115];

const RIGHTS: &str = "http://ns.adobe.com/xap/1.0/rights/";
const CREATIVE_COMMONS: &str = "http://creativecommons.org/ns#";
const PLUS: &str = "http://ns.useplus.org/ldf/xmp/1.0/";
/// What the namespaces of PRISM's usage rights begin with; each version has one.
const PRISM_RIGHTS: &str = "http://prismstandard.org/namespaces/prismusagerights/";
/// And those of its other words, of which only these count.
const PRISM: &str = "http://prismstandard.org/namespaces/";
const OF_PRISM: [&str; 3] = ["copyright", "rightsAgent", "rightsOwner"];
const IPTC: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
/// IPTC's list of the artworks that a photo shows.
const ARTWORKS: &str = "ArtworkOrObject";
/// Properties of XMP, each with its namespace.
const PROPERTIES: [(&str, &[&str]); 10] = [
    ("http://ns.adobe.com/photoshop/1.0/", &["AuthorsPosition", "Source"]),
    ("http://purl.org/dc/elements/1.1/", &["contributor", "publisher"]),
    ("http://purl.org/dc/terms/", &["rightsHolder", "license"]),
    ("http://cipa.jp/exif/1.0/", &["Photographer", "ImageEditor", "CameraOwnerName", "OwnerName"]),
    ("http://ns.adobe.com/exif/1.0/aux/", &["OwnerName"]),
    ("http://ns.acdsee.com/iptc/1.0/", &["author"]),
    ("http://ns.adobe.com/xap/1.0/", &["Author"]),
    ("http://ns.adobe.com/xmp/1.0/DynamicMedia/", &["artist", "copyright"]),
    ("http://ns.adobe.com/pdf/1.3/", &["Author", "Copyright"]),
    (IPTC, &[ARTWORKS, "Contributor", "EmbdEncRightsExpr", "LinkedEncRightsExpr"]),
];
/// What such properties of PLUS begin with; it has others on models and on the picture.
const OF_PLUS: [&str; 6] = ["ImageCreator", "ImageSupplier", "Copyright", "Licensor", "Credit", "DataMining"];
/// What is said of an artwork: who made it, and whose it is.
const OF_ARTWORKS: [&str; 8] = [
    "AOCopyrightNotice",
    "AOCreator",
    "AOCreatorId",
    "AOCurrentCopyrightOwnerId",
    "AOCurrentCopyrightOwnerName",
    "AOCurrentLicensorId",
    "AOCurrentLicensorName",
    "AOSource",
];

/// Further keywords of texts.
const KEYWORDS: [&str; 3] = ["Rights", "Credit", "Photographer"];

fn fields() -> impl Iterator<Item = &'static FieldInfo> {
    FIELDS.iter().map(|field| field.info())
}

/// Whether a tag of EXIF is among them.
pub(super) fn is_exif(tag: u16) -> bool {
    let is_field = |field: &FieldInfo| match field.exif {
        Some(ExifPlace::Tag(number, _)) if number == tag => true,
        Some(ExifPlace::Tag(..) | ExifPlace::Gps) | None => field.repeated.exif.contains(&tag),
    };
    EXIF_TAGS.contains(&tag) || fields().any(is_field)
}

/// Whether a dataset of IPTC's record about the photo is.
pub(super) fn is_iptc(number: u8) -> bool {
    IPTC_SETS.contains(&number) || fields().any(|field| field.iptc.0.0 == number)
}

/// Whether a property of XMP is.
pub(super) fn is_xmp(namespace: &str, name: &str) -> bool {
    match namespace {
        RIGHTS | CREATIVE_COMMONS => true,
        _ if namespace.starts_with(PRISM_RIGHTS) => true,
        _ if namespace.starts_with(PRISM) => OF_PRISM.contains(&name),
        PLUS => OF_PLUS.iter().any(|begin| name.starts_with(begin)),
        _ => {
            let is_place =
                |place: (recipe::metadata::Namespace, &str)| (place.0.uri, place.1) == (namespace, name);
            let is_field = |field: &FieldInfo| {
                let own = field.xmp.iter().map(|place| place.property());
                own.chain(field.repeated.xmp.iter().copied()).any(is_place)
            };
            let is_listed = |(of, names): &(&str, &[&str])| *of == namespace && names.contains(&name);
            PROPERTIES.iter().any(is_listed) || fields().any(is_field)
        }
    }
}

/// Whether a property is the list of artworks, of which not everything is among them.
pub(super) fn is_artworks(namespace: &str, name: &str) -> bool {
    (namespace, name) == (IPTC, ARTWORKS)
}

/// Whether what is said of an artwork is.
pub(super) fn is_of_artwork(namespace: &str, name: &str) -> bool {
    namespace == IPTC && OF_ARTWORKS.contains(&name)
}

/// Whether something is said of an artwork that is not.
pub(super) fn is_beside_artwork(namespace: &str, name: &str) -> bool {
    namespace == IPTC && name.starts_with("AO") && !OF_ARTWORKS.contains(&name)
}

/// Whether a text with a keyword is.
pub(super) fn is_text(key: &str) -> bool {
    let mut keywords = fields().flat_map(|field| field.repeated.texts).chain(&KEYWORDS);
    keywords.any(|keyword| keyword.eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_programs_call_an_author_an_owner_or_rights_is_of_it() {
        const DYNAMIC_MEDIA: &str = "http://ns.adobe.com/xmp/1.0/DynamicMedia/";
        const PDF: &str = "http://ns.adobe.com/pdf/1.3/";
        const USAGE: &str = "http://prismstandard.org/namespaces/prismusagerights/2.1/";
        const MAGAZINES: &str = "http://prismstandard.org/namespaces/basic/2.0/";
        const IPTC: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
        for (namespace, name) in [
            (DYNAMIC_MEDIA, "copyright"),
            (DYNAMIC_MEDIA, "artist"),
            (PDF, "Author"),
            (PDF, "Copyright"),
            (USAGE, "copyright"),
            (USAGE, "creditLine"),
            (MAGAZINES, "copyright"),
            ("http://purl.org/dc/elements/1.1/", "publisher"),
            ("http://purl.org/dc/terms/", "rightsHolder"),
            ("http://ns.adobe.com/exif/1.0/aux/", "OwnerName"),
            ("http://cipa.jp/exif/1.0/", "CameraOwnerName"),
            ("http://cipa.jp/exif/1.0/", "OwnerName"),
            (IPTC, "Contributor"),
            (PLUS, "DataMining"),
        ] {
            assert!(is_xmp(namespace, name), "{namespace} {name}");
        }
        for (namespace, name) in [
            (DYNAMIC_MEDIA, "album"),
            (PDF, "Keywords"),
            (MAGAZINES, "location"),
            ("http://purl.org/dc/elements/1.1/", "subject"),
            ("http://ns.adobe.com/exif/1.0/aux/", "SerialNumber"),
            (IPTC, "PersonInImage"),
            (PLUS, "ModelReleaseID"),
        ] {
            assert!(!is_xmp(namespace, name), "{namespace} {name}");
        }
        // The owner of the camera; not its serial number.
        assert!(is_exif(0xA430) && !is_exif(0xA431));
    }
}
