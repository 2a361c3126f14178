//! The words that say who made a photo, whose it is, whom to name beside it and how to reach them: what the
//! policy `copyright` leaves. Most of them are fields that can be set, so that the table of these says where
//! they stand; the others are here, by the numbers of EXIF 3.0 and IPTC's Information Interchange Model, and
//! the namespaces of IPTC's Photo Metadata Standard. No state.

use recipe::metadata::{ExifPlace, FieldInfo, MetadataField};

const FIELDS: [MetadataField; 4] =
    [MetadataField::Artist, MetadataField::Copyright, MetadataField::Credit, MetadataField::Contact];
/// EXIF's photographer and editor.
const EXIF_TAGS: [u16; 2] = [0xA437, 0xA438];
/// In the record about the photo, the profession of who made it, and from whom it comes.
const IPTC_SETS: [u8; 2] = [85, 115];

const RIGHTS: &str = "http://ns.adobe.com/xap/1.0/rights/";
const CREATIVE_COMMONS: &str = "http://creativecommons.org/ns#";
const PLUS: &str = "http://ns.useplus.org/ldf/xmp/1.0/";
/// Properties of XMP, each with its namespace.
const PROPERTIES: [(&str, &str); 6] = [
    ("http://ns.adobe.com/photoshop/1.0/", "AuthorsPosition"),
    ("http://ns.adobe.com/photoshop/1.0/", "Source"),
    ("http://purl.org/dc/elements/1.1/", "contributor"),
    ("http://cipa.jp/exif/1.0/", "Photographer"),
    ("http://cipa.jp/exif/1.0/", "ImageEditor"),
    ("http://ns.acdsee.com/iptc/1.0/", "author"),
];
/// What such properties of PLUS begin with; it has others on models and on the picture.
const OF_PLUS: [&str; 5] = ["ImageCreator", "ImageSupplier", "Copyright", "Licensor", "Credit"];

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
        PLUS => OF_PLUS.iter().any(|begin| name.starts_with(begin)),
        _ => {
            let is_place =
                |place: (recipe::metadata::Namespace, &str)| (place.0.uri, place.1) == (namespace, name);
            let is_field = |field: &FieldInfo| {
                let own = field.xmp.iter().map(|place| place.property());
                own.chain(field.repeated.xmp.iter().copied()).any(is_place)
            };
            PROPERTIES.contains(&(namespace, name)) || fields().any(is_field)
        }
    }
}

/// Whether a text with a keyword is.
pub(super) fn is_text(key: &str) -> bool {
    let mut keywords = fields().flat_map(|field| field.repeated.texts).chain(&KEYWORDS);
    keywords.any(|keyword| keyword.eq_ignore_ascii_case(key))
}
