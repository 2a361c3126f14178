//! The namespaces of XMP that tables of metadata name, each with the prefix that people know it by.

/// A namespace of XMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace {
    /// How it is written; a packet may have another one for it.
    pub prefix: &'static str,
    /// What it is.
    pub uri: &'static str,
}

macro_rules! namespaces {
    ($($name:ident = $prefix:literal $uri:literal;)+) => {
        $(pub(super) const $name: Namespace = Namespace { prefix: $prefix, uri: $uri };)+
    };
}

namespaces! {
    ACDSEE = "acdsee" "http://ns.acdsee.com/iptc/1.0/";
    ACDSEE_REGIONS = "acdsee-rs" "http://ns.acdsee.com/regions/";
    CAMERA = "GCamera" "http://ns.google.com/photos/1.0/camera/";
    DARKTABLE = "darktable" "http://darktable.sf.net/";
    DJI = "drone-dji" "http://www.dji.com/drone-dji/1.0/";
    DC = "dc" "http://purl.org/dc/elements/1.1/";
    DIGIKAM = "digiKam" "http://www.digikam.org/ns/1.0/";
    EXIF = "exif" "http://ns.adobe.com/exif/1.0/";
    GEO = "geo" "http://www.w3.org/2003/01/geo/wgs84_pos#";
    GETTY = "GettyImagesGIFT" "http://xmp.gettyimages.com/gift/1.0/";
    IPTC_CORE = "Iptc4xmpCore" "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/";
    IPTC_EXT = "Iptc4xmpExt" "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
    LIGHTROOM = "lr" "http://ns.adobe.com/lightroom/1.0/";
    MEDIA = "xmpMM" "http://ns.adobe.com/xap/1.0/mm/";
    MICROSOFT = "MP" "http://ns.microsoft.com/photo/1.2/";
    MICROSOFT_PHOTO = "MicrosoftPhoto" "http://ns.microsoft.com/photo/1.0/";
    MWG_KEYWORDS = "mwg-kw" "http://www.metadataworkinggroup.com/schemas/keywords/";
    MWG_REGIONS = "mwg-rs" "http://www.metadataworkinggroup.com/schemas/regions/";
    PHOTOSHOP = "photoshop" "http://ns.adobe.com/photoshop/1.0/";
    TIFF = "tiff" "http://ns.adobe.com/tiff/1.0/";
}
