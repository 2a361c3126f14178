//! Every family of metadata that can be left out, once: command line, recipes, help, docs, wire and worker go
//! by this table. The numbers of EXIF are those of CIPA DC-008 and DNG, those of IPTC of its Information
//! Interchange Model.

use super::namespaces::{
    ACDSEE, ACDSEE_REGIONS, CAMERA, DARKTABLE, DJI, EXIF, GEO, GETTY, IPTC_CORE, IPTC_EXT, MEDIA, MICROSOFT,
    MWG_REGIONS, PHOTOSHOP,
};
use super::places::ExifPlace::{Gps, Tag};
use super::places::FilePlace::{CameraNotes, Comments, Previews};
use super::places::XmpPlace::{All, Begins, Ends, PeopleIn, Property};
use super::places::{ExifPlace, FilePlace, IptcPlace, XmpPlace};

/// What there is to know of a family.
#[derive(Debug, PartialEq, Eq)]
pub struct FamilyInfo {
    /// What is in it.
    pub about: &'static str,
    /// Where that stands in EXIF.
    pub exif: &'static [ExifPlace],
    /// In IPTC.
    pub iptc: &'static [IptcPlace],
    /// In XMP.
    pub xmp: &'static [XmpPlace],
    /// And beside these.
    pub file: &'static [FilePlace],
}

macro_rules! families {
    ($($variant:ident = $word:literal, $about:literal,
        exif: $exif:expr, iptc: $iptc:expr, xmp: $xmp:expr, file: $file:expr;)+) => {
        words! {
            /// What can be left out of a result's metadata.
            #[derive(PartialOrd, Ord)]
            pub MetadataFamily { $(#[doc = $about] $variant = $word),+ }
        }

        impl MetadataFamily {
            /// What there is to know of it.
            pub fn info(self) -> &'static FamilyInfo {
                match self {
                    $(MetadataFamily::$variant => &FamilyInfo {
                        about: $about,
                        exif: &$exif,
                        iptc: &$iptc,
                        xmp: &$xmp,
                        file: &$file,
                    }),+
                }
            }
        }
    };
}

families! {
    Gps = "gps", "where the photo was taken: coordinates, height, direction of view",
        exif: [Gps],
        iptc: [],
        xmp: [
            Begins("GPS"), Begins("Gps"), All(GEO), Property(DJI, "AbsoluteAltitude"),
            Property(DJI, "RelativeAltitude"),
        ],
        file: [];
    Location = "location", "the names of the place: city, region, country",
        exif: [],
        iptc: [
            IptcPlace(26, "ContentLocationCode"), IptcPlace(27, "ContentLocationName"), IptcPlace(90, "City"),
            IptcPlace(92, "Sub-location"), IptcPlace(95, "Province-State"),
            IptcPlace(100, "Country-PrimaryLocationCode"), IptcPlace(101, "Country-PrimaryLocationName"),
        ],
        xmp: [
            Property(PHOTOSHOP, "City"), Property(PHOTOSHOP, "State"), Property(PHOTOSHOP, "Country"),
            Property(IPTC_CORE, "Location"), Property(IPTC_CORE, "CountryCode"),
            Property(IPTC_EXT, "LocationCreated"), Property(IPTC_EXT, "LocationShown"),
        ],
        file: [];
    Serial = "serial", "the serial numbers of camera and lens",
        exif: [
            Tag(0xA431, "BodySerialNumber"), Tag(0xA435, "LensSerialNumber"),
            Tag(0xC62F, "CameraSerialNumber"),
        ],
        iptc: [],
        xmp: [Ends("SerialNumber")],
        file: [];
    MakerNotes = "makernotes", "the notes of the camera's maker",
        exif: [Tag(0x927C, "MakerNote"), Tag(0xC634, "DNGPrivateData")],
        iptc: [],
        xmp: [Property(CAMERA, "HdrPlusMakernote")],
        file: [CameraNotes];
    Thumbnail = "thumbnail", "small versions of the photo; results never have others",
        exif: [],
        iptc: [],
        xmp: [],
        file: [Previews];
    People = "people", "who is in the picture: names and faces",
        exif: [],
        iptc: [],
        xmp: [
            PeopleIn(MWG_REGIONS, "Regions"), PeopleIn(ACDSEE_REGIONS, "Regions"),
            PeopleIn(IPTC_EXT, "ImageRegion"), Property(MICROSOFT, "RegionInfo"),
            Property(IPTC_EXT, "PersonInImage"), Property(IPTC_EXT, "PersonInImageWDetails"),
            Property(IPTC_EXT, "ModelAge"), Property(IPTC_EXT, "AddlModelInfo"),
            Property(GETTY, "Personality"),
        ],
        file: [];
    History = "history", "how the file came to be: steps, and files that it was made from",
        exif: [Tag(0x9213, "ImageHistory")],
        iptc: [],
        xmp: [
            Property(MEDIA, "History"), Property(MEDIA, "DerivedFrom"), Property(MEDIA, "Ingredients"),
            Property(MEDIA, "Pantry"), Property(MEDIA, "ManagedFrom"), Property(MEDIA, "Versions"),
            Property(PHOTOSHOP, "History"), Property(PHOTOSHOP, "DocumentAncestors"), All(DARKTABLE),
        ],
        file: [];
    Comments = "comments", "comments and notes, but not the caption",
        exif: [Tag(0x9286, "UserComment"), Tag(0x9C9C, "XPComment")],
        iptc: [],
        xmp: [Property(EXIF, "UserComment"), Property(ACDSEE, "notes")],
        file: [Comments];
}

impl FamilyInfo {
    /// Where it stands, for people.
    pub fn places(&self) -> String {
        fn of<T: ToString>(block: &str, places: &[T]) -> Option<String> {
            let names: Vec<String> = places.iter().map(ToString::to_string).collect();
            (!names.is_empty()).then(|| format!("{block}{}", names.join(", ")))
        }
        let Self { exif, iptc, xmp, file, .. } = self;
        let blocks = [of("EXIF: ", exif), of("IPTC: ", iptc), of("XMP: ", xmp), of("Beside them: ", file)];
        blocks.into_iter().flatten().collect::<Vec<_>>().join(". ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_place_is_in_one_family() {
        let places = MetadataFamily::ALL.iter().flat_map(|family| {
            let FamilyInfo { exif, iptc, xmp, file, .. } = family.info();
            let exif = exif.iter().map(ToString::to_string);
            let iptc = iptc.iter().map(|place| place.0.to_string());
            let (xmp, file) = (xmp.iter().map(ToString::to_string), file.iter().map(ToString::to_string));
            exif.chain(iptc).chain(xmp).chain(file).collect::<Vec<_>>()
        });
        let mut seen = HashSet::new();
        let twice: Vec<String> = places.filter(|place| !seen.insert(place.clone())).collect();
        assert_eq!(twice, Vec::<String>::new());
    }

    #[test]
    fn each_family_says_where_it_stands() {
        assert!(MetadataFamily::ALL.iter().all(|family| !family.info().places().is_empty()));
        let people = MetadataFamily::Serial.info().places();
        assert_eq!(
            people,
            "EXIF: BodySerialNumber, LensSerialNumber, CameraSerialNumber. XMP: `…SerialNumber`"
        );
    }
}
