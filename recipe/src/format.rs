//! Image formats: how they are recognised, what they are called, how they are encoded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One row per format, in the order in which they are listed to people: `Variant "name" decodes, copies,
/// written, quality, light, Kept, [extensions], what it is;`, of which [`FormatInfo`] says more.
macro_rules! formats {
    ($($variant:ident $name:literal $decodes:literal, $copies:literal, $written:expr, $quality:literal,
       $light:literal, $kept:ident, $extensions:expr, $doc:literal;)+) => {
        /// An image format that files are recognised as.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Format { $(#[doc = $doc] #[serde(rename = $name)] $variant),+ }

        /// Every format, in the order of the variants.
        pub const FORMATS: &[FormatInfo] = &[$(FormatInfo {
            format: Format::$variant,
            name: $name,
            extensions: &$extensions,
            decodes: $decodes,
            copies: $copies,
            written: $written,
            has_quality: $quality,
            is_light: $light,
            kept: Format::$kept,
        }),+];
    };
}

/// What is known of a format.
#[derive(Debug, Clone, Copy)]
pub struct FormatInfo {
    /// Whose row this is.
    pub format: Format,
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// File name extensions, lowercase, the usual one first.
    pub extensions: &'static [&'static str],
    /// Whether the worker can decode it.
    pub decodes: bool,
    /// How many times a file is in memory before its header is read: some decoders copy it first.
    pub copies: u64,
    /// What its files have a place for, if the worker can encode it.
    pub written: Option<FilePlaces>,
    /// Whether a file can be made smaller by a lower quality.
    pub has_quality: bool,
    /// Whether files hold light without an upper end, which is brought to what a screen shows when it is
    /// decoded.
    pub is_light: bool,
    /// What `--format keep` writes: the format itself where it can be encoded, else PNG, which loses
    /// nothing of what these formats hold. A raw photo becomes a JPEG, as the camera would have made of it.
    pub kept: Format,
}

impl FormatInfo {
    /// Whether the worker can encode it.
    pub fn encodes(&self) -> bool {
        self.written.is_some()
    }
}

/// What the files of a format that can be encoded have a place for.
#[derive(Debug, Clone, Copy)]
pub struct FilePlaces {
    /// What such a file is called in metadata.
    pub mime: &'static str,
    /// Bits that each sample can have.
    pub bits: u16,
    /// Whether grey pictures stay grey.
    pub grey: bool,
    /// Whether pictures can be transparent.
    pub transparency: bool,
    /// Where the file says how many pixels make an inch, beside EXIF.
    pub density: DensityPlace,
    /// Where texts go that EXIF has no field for.
    pub texts: TextPlace,
    /// Whether Photoshop's resources have a place, and IPTC with them.
    pub resources: bool,
    /// Whether programs look for IPTC in it.
    pub iptc: bool,
    /// Whether pixels can be stored without loss; in a JPEG, those of another JPEG.
    pub lossless: bool,
}

/// What a file has for its density, beside EXIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DensityPlace {
    /// No place.
    Nowhere,
    /// A place for whole numbers, as in JFIF.
    Jfif,
    /// A place for any density.
    Anywhere,
}

/// What a file has for texts, beside EXIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextPlace {
    /// No place.
    Nowhere,
    /// Comments without a name.
    Comments,
    /// Texts, each with its name.
    Named,
}

const JPEG: FilePlaces = FilePlaces {
    mime: "image/jpeg",
    bits: 8,
    grey: true,
    transparency: false,
    density: DensityPlace::Jfif,
    texts: TextPlace::Comments,
    resources: true,
    iptc: true,
    lossless: true,
};
const PNG: FilePlaces = FilePlaces {
    mime: "image/png",
    bits: 16,
    grey: true,
    transparency: true,
    density: DensityPlace::Anywhere,
    texts: TextPlace::Named,
    resources: true,
    iptc: false,
    lossless: true,
};
const TIFF: FilePlaces = FilePlaces { mime: "image/tiff", texts: TextPlace::Nowhere, iptc: true, ..PNG };
const WEBP: FilePlaces = FilePlaces {
    mime: "image/webp",
    bits: 8,
    grey: false,
    transparency: true,
    density: DensityPlace::Nowhere,
    texts: TextPlace::Nowhere,
    resources: false,
    iptc: false,
    lossless: true,
};
// The encoder at hand cannot do without loss.
const AVIF: FilePlaces = FilePlaces { mime: "image/avif", lossless: false, ..WEBP };

formats! {
    //          decodes copies written quality light  kept
    Jpeg "jpeg" true,   1, Some(JPEG), true,   false, Jpeg, ["jpg", "jpeg", "jpe", "jfif"],
        "JPEG (baseline and progressive).";
    Png  "png"  true,   3, Some(PNG),  false,  false, Png,  ["png"], "PNG.";
    Webp "webp" true,   3, Some(WEBP), true,   false, Webp, ["webp"], "WebP, lossy and lossless.";
    Tiff "tiff" true,   2, Some(TIFF), false,  false, Tiff, ["tiff", "tif"], "TIFF.";
    Bmp  "bmp"  true,   1, None,       false,  false, Png,  ["bmp", "dib"], "Windows bitmap.";
    Gif  "gif"  true,   1, None,       false,  false, Png,  ["gif"], "GIF; its first frame.";
    Pnm  "pnm"  true,   1, None,       false,  false, Png,  ["ppm", "pgm", "pbm", "pnm", "pam"],
        "Portable any-map: PBM, PGM, PPM, PAM.";
    Qoi  "qoi"  true,   1, None,       false,  false, Png,  ["qoi"], "Quite OK Image.";
    Avif "avif" false,  1, Some(AVIF), true,   false, Avif, ["avif"],
        "AVIF, stills coded with AV1: written, not read.";
    Jxl  "jxl"  true,   3, None,       false,  false, Png,  ["jxl"],
        "JPEG XL; of animations the first frame.";
    Exr  "exr"  true,   1, None,       false,  true,  Png,  ["exr"], "OpenEXR: light without an upper end.";
    Hdr  "hdr"  true,   1, None,       false,  true,  Png,  ["hdr", "pic", "rgbe"], "Radiance HDR, likewise.";
    Raw  "raw"  true,   3, None,       false,  false, Jpeg, RAW_EXTENSIONS,
        "What a camera's sensor saw, in any maker's format.";
}

/// Extensions of the camera makers' raw formats. Most of them are TIFF by their first bytes.
const RAW_EXTENSIONS: [&str; 28] = [
    "dng", "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dcs", "erf", "fff", "iiq", "kdc", "mef", "mos", "mrw",
    "nef", "nrw", "orf", "ori", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
];

/// Extensions of images that cannot be decoded yet: in a folder of photos they are reported, never passed
/// over in silence.
pub const UNSUPPORTED_EXTENSIONS: &[&str] = &[
    "avif", "avifs", "heic", "heics", "heif", "heifs", "hif", "avci", "avcs", "jp2", "j2k", "jpf", "jpx",
    "jxr", "wdp", "hdp", "psd", "psb", "svg", "gpr", "bay", "cap", "eip", "k25", "lri", "ptx", "pxn", "qtk",
];

/// Extensions of image files that are no photos and cannot be read: in a folder they are counted, each by its
/// name.
pub const OTHER_IMAGES: &[&str] = &[
    "afphoto", "ai", "bpg", "cdr", "cin", "cur", "dcm", "dds", "djvu", "dpx", "emf", "eps", "fits", "flif",
    "icns", "ico", "jng", "kra", "mng", "ora", "pcx", "pdn", "pfm", "pict", "sgi", "tga", "wmf", "xbm",
    "xcf", "xpm",
];

/// How many bytes from the start of a file [`Format::sniff`] wants to see.
pub const SNIFF_LEN: usize = 16;

/// Bytes that a file has, and how far from its beginning.
type MagicBytes = (usize, &'static [u8]);

/// What files of a format have near their beginning. The first that fits counts, since many a raw photo
/// begins as a TIFF does. (PNM, whose first bytes are a choice, is not here.)
const SIGNATURES: &[(Format, &[MagicBytes])] = &[
    (Format::Jpeg, &[(0, b"\xFF\xD8\xFF")]),
    (Format::Png, &[(0, b"\x89PNG\r\n\x1A\n")]),
    (Format::Webp, &[(0, b"RIFF"), (8, b"WEBP")]),
    // Canon's CR2 and Phase One's IIQ say what they are behind the header of a TIFF.
    (Format::Raw, &[(0, b"II*\0"), (8, b"CR")]),
    (Format::Raw, &[(0, b"II*\0"), (8, b"IIII")]),
    (Format::Raw, &[(0, b"IIU\0")]),
    (Format::Raw, &[(0, b"IIRO")]),
    (Format::Raw, &[(0, b"IIRS")]),
    (Format::Raw, &[(0, b"MMOR")]),
    (Format::Raw, &[(0, b"\0MRM")]),
    (Format::Raw, &[(0, b"FOVb")]),
    (Format::Raw, &[(0, b"FUJIFILMCCD-RAW")]),
    (Format::Raw, &[(6, b"HEAPCCDR")]),
    (Format::Raw, &[(4, b"ftypcrx ")]),
    (Format::Tiff, &[(0, b"II*\0")]),
    (Format::Tiff, &[(0, b"II+\0")]),
    (Format::Tiff, &[(0, b"MM\0*")]),
    (Format::Tiff, &[(0, b"MM\0+")]),
    // The two reserved words are zero: "BM" alone begins many a text.
    (Format::Bmp, &[(0, b"BM"), (6, &[0; 4])]),
    (Format::Gif, &[(0, b"GIF87a")]),
    (Format::Gif, &[(0, b"GIF89a")]),
    (Format::Qoi, &[(0, b"qoif")]),
    (Format::Jxl, &[(0, b"\xFF\x0A")]),
    (Format::Jxl, &[(0, b"\0\0\0\x0CJXL \r\n\x87\n")]),
    (Format::Exr, &[(0, b"\x76\x2F\x31\x01")]),
    (Format::Hdr, &[(0, b"#?RADIANCE\n")]),
    (Format::Hdr, &[(0, b"#?RGBE\n")]),
];

impl Format {
    /// The table's row for this format.
    pub fn info(self) -> &'static FormatInfo {
        // The macro makes variants and rows of the same list.
        &FORMATS[self as usize]
    }

    /// Recognises a format by the first bytes of a file; [`SNIFF_LEN`] of them are enough.
    ///
    /// Only magic numbers are compared; nothing is parsed, so this is safe to call outside a worker. A raw
    /// photo that is TIFF by its first bytes is taken for TIFF: only its tags tell.
    pub fn sniff(head: &[u8]) -> Option<Format> {
        let stands = |(at, bytes): &MagicBytes| head.get(*at..).is_some_and(|rest| rest.starts_with(bytes));
        let signed = SIGNATURES.iter().find(|(_, parts)| parts.iter().all(stands));
        let is_pnm = matches!(head, [b'P', b'1'..=b'7', b' ' | b'\t' | b'\n' | b'\r', ..]);
        signed.map(|(format, _)| *format).or(is_pnm.then_some(Format::Pnm))
    }

    /// The format that a file name extension promises, whatever its case.
    pub fn from_extension(extension: &str) -> Option<Format> {
        let extension = extension.to_ascii_lowercase();
        FORMATS.iter().find(|info| info.extensions.contains(&extension.as_str())).map(|info| info.format)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)
    }
}

words! {
    /// Chroma subsampling of a JPEG.
    #[derive(Default)]
    pub Subsampling {
        /// Colour at full resolution.
        S444 = "444",
        /// Colour at half the horizontal resolution.
        S422 = "422",
        /// Colour at half the resolution both ways: what cameras and the web use.
        #[default]
        S420 = "420",
    }
    /// What is done with the embedded colour profile.
    #[derive(Default)]
    pub ColorPolicy {
        /// Pixels are converted from the embedded profile to sRGB.
        #[default]
        Srgb = "srgb",
        /// Pixels stay as they are and the profile is carried along.
        Keep = "keep",
    }
    /// How a raw photo becomes a picture.
    #[derive(Default)]
    pub RawPolicy {
        /// The sensor's data is developed; if the camera is not known, the embedded preview is taken instead.
        #[default]
        Develop = "develop",
        /// The largest JPEG that the camera put into the file is taken.
        Embedded = "embedded",
    }
    /// What a file is worth: the time that encoding takes, or the room that it takes.
    #[derive(Default)]
    pub Effort {
        /// As quickly as files of an ordinary size can be made.
        #[default]
        Fast = "fast",
        /// As small as the same quality can be, at several times the time.
        Small = "small",
    }
    /// What is done with an HDR gain map.
    #[derive(Default)]
    pub HdrPolicy {
        /// It goes along with the pixels, as far as the filters and the format allow.
        #[default]
        Keep = "keep",
        /// It is left out.
        Drop = "drop",
    }
    /// Which metadata the output carries.
    #[derive(Default)]
    pub MetadataPolicy {
        /// EXIF, XMP and IPTC, with the orientation reset.
        #[default]
        Keep = "keep",
        /// Only who made it and who owns it.
        Copyright = "copyright",
        /// None.
        Strip = "strip",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_stands_where_info_looks() {
        for row in FORMATS {
            assert_eq!(row.format.info().format, row.format);
            assert_eq!(Format::from_extension(row.extensions[0]), Some(row.format));
        }
    }

    #[test]
    fn content_decides() {
        assert_eq!(Format::sniff(b"\xFF\xD8\xFF\xE0rest"), Some(Format::Jpeg));
        assert_eq!(Format::sniff(b"RIFF\0\0\0\0WEBPVP8 "), Some(Format::Webp));
        assert_eq!(Format::sniff(b"BMW is a car maker"), None);
        assert_eq!(Format::sniff(b"P6\n2 2\n255\n"), Some(Format::Pnm));
        assert_eq!(Format::sniff(b"P6300 printer"), None);
        assert_eq!(Format::sniff(b""), None);
        assert_eq!(Format::sniff(b"\xFF\x0A\xFA"), Some(Format::Jxl));
        assert_eq!(Format::sniff(b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14"), Some(Format::Jxl));
        assert_eq!(Format::sniff(b"#?RADIANCE\nFORMAT"), Some(Format::Hdr));
        assert_eq!(Format::sniff(b"#?RGBE\nFORMAT"), Some(Format::Hdr));
    }

    #[test]
    fn signatures_are_no_longer_than_what_is_looked_at() {
        let ends = SIGNATURES.iter().flat_map(|(_, parts)| *parts).map(|(at, bytes)| at + bytes.len());
        assert!(ends.max().unwrap() <= SNIFF_LEN);
    }

    #[test]
    fn what_cannot_be_read_is_reported_by_its_extension() {
        for row in FORMATS {
            let is_listed = row.extensions.iter().any(|extension| UNSUPPORTED_EXTENSIONS.contains(extension));
            assert_eq!(is_listed, !row.decodes, "{}", row.format);
        }
    }

    #[test]
    fn raw_photos_are_told_from_tiff_as_far_as_their_first_bytes_tell() {
        let raw: [&[u8]; 9] = [
            b"II*\0\x10\0\0\0CR\x02\0\0\0\0\0",
            b"II*\0\x08\0\0\0IIII",
            b"IIU\0\x18\0\0\0",
            b"IIRO\x08\0\0\0",
            b"MMOR\0\0\0\x08",
            b"\0MRM\0\0\0\0",
            b"FUJIFILMCCD-RAW ",
            b"II\x1A\0\0\0HEAPCCDR",
            b"\0\0\0\x18ftypcrx \0\0\0\x01",
        ];
        for head in raw {
            assert_eq!(Format::sniff(head), Some(Format::Raw), "{}", head.escape_ascii());
        }
        assert_eq!(Format::sniff(b"II*\0\x08\0\0\0\x10\0"), Some(Format::Tiff));
        assert_eq!(Format::from_extension("NEF"), Some(Format::Raw));
        assert_eq!(Format::Raw.info().kept, Format::Jpeg);
    }

    #[test]
    fn a_format_that_can_be_written_is_kept() {
        assert!(FORMATS.iter().filter(|row| row.encodes()).all(|row| row.kept == row.format));
    }

    #[test]
    fn keep_never_names_a_format_that_cannot_be_written() {
        assert!(FORMATS.iter().all(|row| row.kept.info().encodes()));
    }
}
