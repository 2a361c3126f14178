//! Picture formats: how they are recognised, what they are called, how they are encoded.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::words::Word;

/// One row per format, in the order in which they are listed to people: `Variant "name" decodes, encodes,
/// quality, light, Kept, [extensions], what it is;`, of which [`FormatInfo`] says more.
macro_rules! formats {
    ($($variant:ident $name:literal $decodes:literal, $encodes:literal, $quality:literal, $light:literal,
       $kept:ident, $extensions:expr, $doc:literal;)+) => {
        /// A picture format that files are recognised as.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Format { $(#[doc = $doc] #[serde(rename = $name)] $variant),+ }

        /// Every format, in the order of the variants.
        pub const FORMATS: &[FormatInfo] = &[$(FormatInfo {
            format: Format::$variant,
            name: $name,
            extensions: &$extensions,
            decodes: $decodes,
            encodes: $encodes,
            has_quality: $quality,
            is_light: $light,
            kept: Format::$kept,
        }),+];
    };
}

/// What is known of a format.
#[derive(Debug, Clone, Copy)]
pub struct FormatInfo {
    /// The format described.
    pub format: Format,
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// File name extensions, lowercase, the usual one first.
    pub extensions: &'static [&'static str],
    /// Whether the worker can decode it.
    pub decodes: bool,
    /// Whether the worker can encode it.
    pub encodes: bool,
    /// Whether a file can be made smaller by a lower quality.
    pub has_quality: bool,
    /// Whether files hold light without an upper end, which is brought to what a screen shows when it is
    /// decoded.
    pub is_light: bool,
    /// What `--format keep` writes: the format itself where it can be encoded, else PNG, which loses
    /// nothing of what these formats hold. A raw photo becomes a JPEG, as the camera would have made of it.
    pub kept: Format,
}

formats! {
    //          decodes encodes quality light
    Jpeg "jpeg" true,   true,   true,   false, Jpeg, ["jpg", "jpeg", "jpe", "jfif"],
        "JPEG (baseline and progressive).";
    Png  "png"  true,   true,   false,  false, Png,  ["png"], "PNG.";
    Webp "webp" true,   true,   true,   false, Webp, ["webp"], "WebP, lossy and lossless.";
    Tiff "tiff" true,   true,   false,  false, Tiff, ["tiff", "tif"], "TIFF.";
    Bmp  "bmp"  true,   false,  false,  false, Png,  ["bmp", "dib"], "Windows bitmap.";
    Gif  "gif"  true,   false,  false,  false, Png,  ["gif"], "GIF; its first frame.";
    Pnm  "pnm"  true,   false,  false,  false, Png,  ["ppm", "pgm", "pbm", "pnm", "pam"],
        "Portable any-map: PBM, PGM, PPM, PAM.";
    Qoi  "qoi"  true,   false,  false,  false, Png,  ["qoi"], "Quite OK Image.";
    Avif "avif" false,  true,   true,   false, Avif, ["avif"],
        "AVIF, stills coded with AV1: written, not read.";
    Jxl  "jxl"  true,   false,  false,  false, Png,  ["jxl"], "JPEG XL; of animations the first frame.";
    Exr  "exr"  true,   false,  false,  true,  Png,  ["exr"], "OpenEXR: light without an upper end.";
    Hdr  "hdr"  true,   false,  false,  true,  Png,  ["hdr", "pic", "rgbe"], "Radiance HDR, likewise.";
    Raw  "raw"  true,   false,  false,  false, Jpeg, RAW_EXTENSIONS,
        "What a camera's sensor saw, in any maker's format.";
}

/// Extensions of the camera makers' raw formats. Most of them are TIFF by their first bytes.
const RAW_EXTENSIONS: [&str; 28] = [
    "dng", "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dcs", "erf", "fff", "iiq", "kdc", "mef", "mos", "mrw",
    "nef", "nrw", "orf", "ori", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
];

/// Extensions of pictures that cannot be decoded yet: in a folder of photos they are reported, never passed
/// over in silence.
pub const UNSUPPORTED_EXTENSIONS: &[&str] =
    &["avif", "heic", "heif", "jp2", "j2k", "psd", "psb", "svg", "k25"];

/// How many bytes from the start of a file [`Format::sniff`] wants to see.
pub const SNIFF_LEN: usize = 16;

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
        match head {
            [0xFF, 0xD8, 0xFF, ..] => Some(Format::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Format::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::Webp),
            // Canon's CR2 and Phase One's IIQ say what they are behind the header of a TIFF.
            [b'I', b'I', 42, 0, _, _, _, _, b'C', b'R', ..]
            | [b'I', b'I', 42, 0, _, _, _, _, b'I', b'I', b'I', b'I', ..]
            | [b'I', b'I', b'U', 0, ..]
            | [b'I', b'I', b'R', b'O' | b'S', ..]
            | [b'M', b'M', b'O', b'R', ..]
            | [0, b'M', b'R', b'M', ..]
            | [b'F', b'O', b'V', b'b', ..]
            | [
                b'F',
                b'U',
                b'J',
                b'I',
                b'F',
                b'I',
                b'L',
                b'M',
                b'C',
                b'C',
                b'D',
                b'-',
                b'R',
                b'A',
                b'W',
                ..,
            ]
            | [_, _, _, _, _, _, b'H', b'E', b'A', b'P', b'C', b'C', b'D', b'R', ..]
            | [_, _, _, _, b'f', b't', b'y', b'p', b'c', b'r', b'x', b' ', ..] => Some(Format::Raw),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Format::Tiff),
            // The two reserved words of a BMP header are zero: "BM" alone begins many a text.
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some(Format::Bmp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
            [b'P', b'1'..=b'7', b' ' | b'\t' | b'\n' | b'\r', ..] => Some(Format::Pnm),
            [b'q', b'o', b'i', b'f', ..] => Some(Format::Qoi),
            [0xFF, 0x0A, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', b'\r', b'\n', 0x87, b'\n', ..] => {
                Some(Format::Jxl)
            }
            [0x76, 0x2F, 0x31, 0x01, ..] => Some(Format::Exr),
            [b'#', b'?', b'R', b'A', b'D', b'I', b'A', b'N', b'C', b'E', b'\n', ..] => Some(Format::Hdr),
            _ => None,
        }
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

/// Chroma subsampling of a JPEG.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
pub enum Subsampling {
    /// Colour at full resolution.
    #[strum(serialize = "444")]
    S444,
    /// Colour at half the horizontal resolution.
    #[strum(serialize = "422")]
    S422,
    /// Colour at half the resolution both ways: what cameras and the web use.
    #[default]
    #[strum(serialize = "420")]
    S420,
}

/// What is done with the embedded colour profile.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[strum(serialize_all = "lowercase")]
pub enum ColorPolicy {
    /// Pixels are converted from the embedded profile to sRGB.
    #[default]
    Srgb,
    /// Pixels stay as they are and the profile is carried along.
    Keep,
}

/// How a raw photo becomes a picture.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[strum(serialize_all = "lowercase")]
pub enum RawPolicy {
    /// The sensor's data is developed; if the camera is not known, the embedded preview is taken instead.
    #[default]
    Develop,
    /// The largest JPEG that the camera put into the file is taken.
    Embedded,
}

/// Which metadata the output carries.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[strum(serialize_all = "lowercase")]
pub enum MetadataPolicy {
    /// EXIF, XMP and IPTC, with the orientation reset.
    #[default]
    Keep,
    /// Only who made it and who owns it.
    Copyright,
    /// None.
    Strip,
}

impl Word for Subsampling {}
impl Word for ColorPolicy {}
impl Word for RawPolicy {}
impl Word for MetadataPolicy {}

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
        assert!(FORMATS.iter().filter(|row| row.encodes).all(|row| row.kept == row.format));
    }

    #[test]
    fn keep_never_names_a_format_that_cannot_be_written() {
        assert!(FORMATS.iter().all(|row| row.kept.info().encodes));
    }
}
