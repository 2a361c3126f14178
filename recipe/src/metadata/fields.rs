//! Every field that can be set, once: command line, recipes, help, docs, wire and worker go by this table. It
//! maps fields as the Metadata Working Group does (Guidelines for Handling Image Metadata 2.0, chapter 5),
//! and those that it does not name as IPTC's Photo Metadata Standard does.

use super::namespaces::{
    DC, DIGIKAM, IPTC_CORE, IPTC_EXT, LIGHTROOM, MICROSOFT_PHOTO, MWG_KEYWORDS, Namespace, PHOTOSHOP, TIFF,
};
use super::places::{ExifPlace, IptcPlace};
use crate::template::TextToken;

/// What there is to know of a field.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// What it says.
    pub about: &'static str,
    /// Where it stands in EXIF, where that has a place for it.
    pub exif: Option<ExifPlace>,
    /// Where it stands in IPTC, and the bytes that there are for each value.
    pub iptc: (IptcPlace, usize),
    /// Where it stands in XMP.
    pub xmp: &'static [XmpField],
    /// What several values are separated by, where there can be several.
    pub separator: Option<char>,
    /// The token that stands for it in templates.
    pub token: Option<TextToken>,
    /// Where programs repeat it, which would contradict what is set.
    pub repeated: Repeated,
}

/// A place of a field in XMP, and the shape that it has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XmpField {
    /// A text.
    Text(Namespace, &'static str),
    /// A text in the usual one of several languages.
    InLanguage(Namespace, &'static str),
    /// A list in which the order counts.
    Ordered(Namespace, &'static str),
    /// A list in which it does not.
    Unordered(Namespace, &'static str),
    /// A part of what is said of the creator: the text itself tells which.
    Contact,
    /// A part of the place that the photo shows.
    PlaceShown(&'static str),
}

impl XmpField {
    /// What can be reached: a structure of its own.
    pub const CONTACT: (Namespace, &'static str) = (IPTC_CORE, "CreatorContactInfo");
    /// The places that a photo shows: a list of structures.
    pub const PLACES_SHOWN: (Namespace, &'static str) = (IPTC_EXT, "LocationShown");

    /// The property that it is, or is a part of.
    pub fn property(self) -> (Namespace, &'static str) {
        match self {
            XmpField::Text(namespace, name)
            | XmpField::InLanguage(namespace, name)
            | XmpField::Ordered(namespace, name)
            | XmpField::Unordered(namespace, name) => (namespace, name),
            XmpField::Contact => XmpField::CONTACT,
            XmpField::PlaceShown(_) => XmpField::PLACES_SHOWN,
        }
    }
}

/// Where programs repeat a field.
#[derive(Debug, PartialEq, Eq)]
pub struct Repeated {
    /// Tags of EXIF: Windows' own.
    pub exif: &'static [u16],
    /// Properties of XMP.
    pub xmp: &'static [(Namespace, &'static str)],
    /// The texts of a PNG with these keywords.
    pub texts: &'static [&'static str],
}

macro_rules! fields {
    ($($variant:ident = $word:literal, $about:literal,
        exif: $exif:expr,
        iptc: ($number:literal, $name:literal, $bytes:literal),
        xmp: $xmp:expr,
        separator: $separator:expr, token: $token:expr,
        repeated: ($in_exif:expr, $in_xmp:expr, $in_texts:expr);)+) => {
        words! {
            /// What can be set in a result's metadata.
            #[derive(PartialOrd, Ord)]
            pub MetadataField { $(#[doc = $about] $variant = $word),+ }
        }

        impl MetadataField {
            /// What there is to know of it.
            pub fn info(self) -> &'static FieldInfo {
                match self {
                    $(MetadataField::$variant => &FieldInfo {
                        about: $about,
                        exif: $exif,
                        iptc: (IptcPlace($number, $name), $bytes),
                        xmp: &$xmp,
                        separator: $separator,
                        token: $token,
                        repeated: Repeated { exif: &$in_exif, xmp: &$in_xmp, texts: &$in_texts },
                    }),+
                }
            }
        }
    };
}

fields! {
    Artist = "artist", "who made the photo",
        exif: Some(ExifPlace::Tag(0x013B, "Artist")),
        iptc: (80, "By-line", 32),
        xmp: [XmpField::Ordered(DC, "creator")],
        separator: Some(';'), token: Some(TextToken::Artist),
        repeated: ([0x9C9D], [(TIFF, "Artist")], ["Author", "Artist", "Creator", "dc:creator"]);
    Copyright = "copyright", "whose it is",
        exif: Some(ExifPlace::Tag(0x8298, "Copyright")),
        iptc: (116, "CopyrightNotice", 128),
        xmp: [XmpField::InLanguage(DC, "rights")],
        separator: None, token: None,
        repeated: ([], [(TIFF, "Copyright")], ["Copyright", "dc:rights"]);
    Credit = "credit", "whom to name beside it",
        exif: None,
        iptc: (110, "Credit", 32),
        xmp: [XmpField::Text(PHOTOSHOP, "Credit")],
        separator: None, token: None,
        repeated: ([], [], []);
    Title = "title", "what it is called",
        exif: None,
        iptc: (5, "ObjectName", 64),
        xmp: [XmpField::InLanguage(DC, "title")],
        separator: None, token: Some(TextToken::Title),
        repeated: ([0x9C9B], [], ["Title", "dc:title"]);
    Caption = "caption", "what it shows",
        exif: Some(ExifPlace::Tag(0x010E, "ImageDescription")),
        iptc: (120, "Caption-Abstract", 2000),
        xmp: [XmpField::InLanguage(DC, "description")],
        separator: None, token: None,
        repeated: ([], [(TIFF, "ImageDescription")], ["Description", "dc:description"]);
    Keywords = "keywords", "words to find it by, separated by commas",
        exif: None,
        iptc: (25, "Keywords", 64),
        xmp: [XmpField::Unordered(DC, "subject")],
        separator: Some(','), token: None,
        repeated: (
            [0x9C9E],
            [
                (LIGHTROOM, "hierarchicalSubject"), (MWG_KEYWORDS, "Keywords"), (DIGIKAM, "TagsList"),
                (MICROSOFT_PHOTO, "LastKeywordXMP"), (MICROSOFT_PHOTO, "LastKeywordIPTC")
            ],
            ["Keywords", "dc:subject"]
        );
    Contact = "contact", "how to reach whoever made it: e-mail, web, telephone or postal address",
        exif: None,
        iptc: (118, "Contact", 128),
        xmp: [XmpField::Contact],
        separator: None, token: None,
        repeated: ([], [], []);
    City = "city", "the city that it shows",
        exif: None,
        iptc: (90, "City", 32),
        xmp: [XmpField::Text(PHOTOSHOP, "City"), XmpField::PlaceShown("City")],
        separator: None, token: None,
        repeated: ([], [], []);
    Country = "country", "the country that it shows",
        exif: None,
        iptc: (101, "Country-PrimaryLocationName", 64),
        xmp: [XmpField::Text(PHOTOSHOP, "Country"), XmpField::PlaceShown("CountryName")],
        separator: None, token: None,
        repeated: ([], [], []);
    Instructions = "instructions", "what is to be kept in mind when it is used",
        exif: None,
        iptc: (40, "SpecialInstructions", 256),
        xmp: [XmpField::Text(PHOTOSHOP, "Instructions")],
        separator: None, token: None,
        repeated: ([], [], []);
}

impl MetadataField {
    /// The field that a token stands for, if that is one which can be set.
    pub fn of_token(token: TextToken) -> Option<MetadataField> {
        MetadataField::ALL.into_iter().find(|field| field.info().token == Some(token))
    }

    /// The values that a text gives it.
    pub fn values(self, text: &str) -> Vec<String> {
        let is_seen = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        let text: String = text.replace("\r\n", "\n").chars().filter(is_seen).collect();
        let values: Vec<&str> = match self.info().separator {
            Some(separator) => text.split(separator).collect(),
            None => vec![&text],
        };
        let values = values.into_iter().map(str::trim).filter(|value| !value.is_empty());
        values.map(str::to_owned).collect()
    }

    /// What a text gives it, as one text in one line.
    pub fn in_one_line(self, text: &str) -> String {
        let separator = self.info().separator.map_or(String::new(), |separator| format!("{separator} "));
        self.values(text).join(&separator).replace(['\n', '\t'], " ")
    }
}

impl FieldInfo {
    /// Where it stands, for people.
    pub fn places(&self) -> String {
        let exif = self.exif.map(|place| format!("EXIF: {place}. "));
        let of_xmp = |place: &XmpField| {
            let (Namespace { prefix, .. }, name) = place.property();
            match place {
                XmpField::PlaceShown(part) => format!("{part} in `{prefix}:{name}`"),
                XmpField::Text(..)
                | XmpField::InLanguage(..)
                | XmpField::Ordered(..)
                | XmpField::Unordered(..)
                | XmpField::Contact => format!("`{prefix}:{name}`"),
            }
        };
        let xmp: Vec<String> = self.xmp.iter().map(of_xmp).collect();
        let (iptc, bytes) = self.iptc;
        format!("{}IPTC: {iptc} ({bytes} bytes). XMP: {}", exif.unwrap_or_default(), xmp.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_is_between_separators_without_what_cannot_be_seen() {
        let values = MetadataField::Keywords.values(" boda, Lima ,,\u{1}mar\r\n");
        assert_eq!(values, ["boda", "Lima", "mar"]);
        assert_eq!(MetadataField::Artist.values("Ana; Luis, hijo"), ["Ana", "Luis, hijo"]);
        assert_eq!(MetadataField::Caption.values("a, b\r\nc; d"), ["a, b\nc; d"]);
        assert_eq!(MetadataField::Title.values(" \t"), Vec::<String>::new());
    }

    #[test]
    fn a_token_stands_for_the_field_of_its_name() {
        for field in MetadataField::ALL {
            if let Some(token) = field.info().token {
                assert_eq!(token.info().name, <&str>::from(field));
                assert_eq!(MetadataField::of_token(token), Some(field));
            }
        }
        assert_eq!(MetadataField::of_token(TextToken::Camera), None);
    }

    #[test]
    fn each_field_says_where_it_stands() {
        assert_eq!(
            MetadataField::City.info().places(),
            "IPTC: City (32 bytes). XMP: `photoshop:City`, City in `Iptc4xmpExt:LocationShown`"
        );
        assert!(MetadataField::Caption.info().places().starts_with("EXIF: ImageDescription. IPTC: Caption-"));
    }
}
