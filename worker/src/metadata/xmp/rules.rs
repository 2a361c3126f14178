//! What becomes of each property of an XMP packet, by its namespace and name. What holds of several
//! properties together is with `regions` and `measures`. The namespaces beside Adobe's are those of Google's
//! photo and panorama metadata, of ISO 21496-1's forerunners, and of drones' makers. No state.

use roxmltree::Document;

use super::edits::Rule;
use super::facts::said;
use super::measures::{self, Calibration};
use super::{
    APPLE_GAIN_MAP, BASIC, CONTAINER, DC, EXIF, EXIF_EX, GAIN_MAP, NOTE, PHOTO_MECHANIC, PHOTOSHOP, TIFF,
    notes,
};
use crate::density::PixelDensity;
use crate::metadata::measures::photometric;
use crate::metadata::{Described, pictures};

const PANORAMA: &str = "http://ns.google.com/photos/1.0/panorama/";
const FOCUS: &str = "http://ns.google.com/photos/1.0/focus/";
const CAMERA: &str = "http://ns.google.com/photos/1.0/camera/";
const OPLUS: &str = "http://ns.oplus.com/photos/1.0/camera/";
const XIAOMI: &str = "http://ns.xiaomi.com/photos/1.0/camera/";
const DEVICE: &str = "http://ns.google.com/photos/dd/1.0/device/";
const DEPTH: &str = "http://ns.google.com/photos/1.0/depthmap/";
const OTHER_IMAGE: &str = "http://ns.google.com/photos/1.0/image/";
/// Camera Raw's settings for the photo, and those that it begins with.
const SETTINGS: [&str; 2] =
    ["http://ns.adobe.com/camera-raw-settings/1.0/", "http://ns.adobe.com/camera-raw-defaults/1.0/"];
const THUMBNAIL: &str = "http://ns.adobe.com/xap/1.0/g/img/";

/// Settings of Camera Raw about places in the photo, or about its middle: what is corrected in one area, what
/// the lens did, how the picture was straightened. All others are about the whole of it.
const OF_PLACES: [&str; 9] = [
    "GradientBasedCorrections",
    "CircularGradientBasedCorrections",
    "PaintBasedCorrections",
    "MaskGroupBasedCorrections",
    "DepthBasedCorrections",
    "RetouchInfo",
    "RetouchAreas",
    "RedEyeInfo",
    "VignetteAmount",
];
const OF_PLACES_BEGIN: [&str; 8] = [
    "Crop",
    "Perspective",
    "Upright",
    "LensProfile",
    "LensManualDistortion",
    "LensBlur",
    "ChromaticAberration",
    "DepthMapInfo",
];

/// What a packet says in one place that decides about others.
pub(super) struct Elsewhere {
    /// Whether Camera Raw is told to cut the photo.
    has_crop: bool,
    /// Whether Photo Mechanic's crop is in shares of the edges.
    crop_in_shares: bool,
    pub(super) calibration: Calibration,
}

impl Elsewhere {
    pub(super) fn of(document: &Document<'_>, described: &Described) -> Elsewhere {
        let is_true = |name| said(document, name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let is_share = |edge| {
            let value = said(document, (PHOTO_MECHANIC, edge));
            value.is_none_or(|value| value.trim().parse().is_ok_and(|edge: f64| edge <= 1.0))
        };
        Elsewhere {
            has_crop: SETTINGS.into_iter().any(|settings| is_true((settings, "HasCrop"))),
            crop_in_shares: ["CropLeft", "CropTop", "CropRight", "CropBottom"].into_iter().all(is_share),
            calibration: Calibration::of(document, described),
        }
    }
}

/// What becomes of a property: after an edit, none keeps a picture.
pub(super) fn rule(
    name: (Option<&str>, &str),
    value: &str,
    described: &Described,
    elsewhere: &Elsewhere,
) -> Rule {
    let rule = rule_of_name(name, value, described, elsewhere);
    let keeps_picture =
        || matches!(rule, Rule::Keep) && described.edited && pictures::are_in(value.as_bytes());
    if keeps_picture() { Rule::DropAndSay(pictures::IN_XMP) } else { rule }
}

/// Whether a property stays as it is, as far as its name tells.
pub(super) fn is_kept(name: (Option<&str>, &str), described: &Described, elsewhere: &Elsewhere) -> bool {
    matches!(rule_of_name(name, "", described, elsewhere), Rule::Keep)
}

/// What becomes of a property, by its namespace and name.
fn rule_of_name(
    name: (Option<&str>, &str),
    value: &str,
    described: &Described,
    elsewhere: &Elsewhere,
) -> Rule {
    let Described { size, became_srgb, edited, format, density, ref moved, .. } = *described;
    match (name.0.unwrap_or_default(), name.1) {
        (TIFF, "Orientation") => Rule::Set("1".to_owned()),
        (EXIF, "PixelXDimension") | (TIFF, "ImageWidth") => Rule::Set(size.width.to_string()),
        (EXIF, "PixelYDimension") | (TIFF, "ImageLength") => Rule::Set(size.height.to_string()),
        (TIFF, name @ ("XResolution" | "YResolution" | "ResolutionUnit")) => resolution(name, density),
        (EXIF, "ColorSpace") if became_srgb => Rule::Set("1".to_owned()),
        (PHOTOSHOP, "ICCProfile") if became_srgb => Rule::Set("sRGB IEC61966-2.1".to_owned()),
        // Which colours the pixels had, in numbers.
        (TIFF, "TransferFunction" | "WhitePoint" | "PrimaryChromaticities") | (EXIF_EX, "Gamma")
            if became_srgb =>
        {
            Rule::Drop
        }
        (DC, "format") => match format.info().written {
            Some(written) => Rule::Set(written.mime.to_owned()),
            None => Rule::Keep,
        },
        (NOTE, "HasExtendedXMP") => Rule::DropAndSay(notes::EXTENDED),
        (BASIC, "Thumbnails") | (THUMBNAIL, "image") => Rule::Drop,
        // Some programs translate these from EXIF, where they say where the thumbnail is.
        (TIFF, "JPEGInterchangeFormat" | "JPEGInterchangeFormatLength") => Rule::Drop,
        (TIFF, "StripOffsets" | "StripByteCounts" | "RowsPerStrip") => Rule::Drop,
        (TIFF, "Compression" | "YCbCrSubSampling") => Rule::Drop,
        (TIFF, "SamplesPerPixel") => Rule::Set(described.channels.count().to_string()),
        (TIFF, "PhotometricInterpretation") => {
            let old = value.trim().parse().unwrap_or_default();
            Rule::Set(photometric(old, described.channels).to_string())
        }
        (PANORAMA, name) => panorama(name, value, described),
        (FOCUS, _) if !moved.is_scaling() => Rule::DropAndSay(notes::FOCUS),
        (CAMERA, name) if name.starts_with("MotionPhoto") || name.starts_with("MicroVideo") => {
            Rule::DropAndSay(notes::VIDEO)
        }
        (OPLUS, name) if name.starts_with("MotionPhoto") || name == "VideoLength" => {
            Rule::DropAndSay(notes::VIDEO)
        }
        // It says which parts behind the end of the file show what.
        (XIAOMI, "XMPMeta") => Rule::DropAndSay(notes::IMAGES),
        // Said where it is decided whether the map goes along.
        (GAIN_MAP | APPLE_GAIN_MAP, _) => Rule::Drop,
        // What was in it is said by `items`.
        (CONTAINER, _) => Rule::Drop,
        (DEVICE, _) => Rule::DropAndSay(notes::DEVICE),
        (DEPTH | OTHER_IMAGE, _) if edited => Rule::DropAndSay(notes::INNER),
        (namespace, name) if SETTINGS.contains(&namespace) => setting(name, value, described, elsewhere),
        (PHOTO_MECHANIC, name) if name.starts_with("Crop") => {
            let is_true = moved.is_still() || moved.is_scaling() && elsewhere.crop_in_shares;
            if is_true { Rule::Keep } else { Rule::DropAndSay(notes::CROP) }
        }
        (namespace, name) => measures::rule(namespace, name, value, described, &elsewhere.calibration),
    }
}

/// A setting of Camera Raw: about a place, it is no longer true when the photo was cut or turned.
fn setting(name: &str, value: &str, described: &Described, elsewhere: &Elsewhere) -> Rule {
    let is_crop = name == "HasCrop" || name.starts_with("Crop");
    // Its version is that of the method, and says nothing of the photo.
    let is_of_place = is_crop
        || OF_PLACES.contains(&name)
        || OF_PLACES_BEGIN.iter().any(|begin| name.starts_with(begin)) && name != "UprightVersion";
    if described.moved.is_scaling() || !is_of_place {
        return Rule::Keep;
    }
    // Programs note all settings, and most of them change nothing.
    let is_idle = !(is_crop && elsewhere.has_crop) && is_idle(name, value);
    if is_idle { Rule::Keep } else { Rule::DropAndSay(notes::SETTINGS) }
}

/// Whether a setting of Camera Raw is such that nothing is done.
fn is_idle(name: &str, value: &str) -> bool {
    let idle = match name {
        "CropBottom" | "CropRight" => 1.0,
        "PerspectiveScale" => 100.0,
        _ => 0.0,
    };
    let value = value.trim();
    value.eq_ignore_ascii_case("false") || value.parse() == Ok(idle)
}

/// A part of the density as XMP has it: a fraction, or the number of the unit.
fn resolution(name: &str, density: Option<PixelDensity>) -> Rule {
    let Some(density) = density else { return Rule::Keep };
    let (fractions, unit) = density.in_tiff();
    let [across, down] = fractions.map(|(number, divisor)| format!("{number}/{divisor}"));
    Rule::Set(match name {
        "XResolution" => across,
        "YResolution" => down,
        _ => unit.to_string(),
    })
}

/// What is said of a panorama: its lengths in pixels become those in the result.
fn panorama(name: &str, value: &str, described: &Described) -> Rule {
    let moved = &described.moved;
    if moved.is_still() {
        return Rule::Keep;
    } else if !moved.is_scaling() {
        return Rule::DropAndSay(notes::PANORAMA);
    }
    let (from, to) = (moved.from, moved.to);
    let across = ["FullPanoWidthPixels", "CroppedAreaImageWidthPixels", "CroppedAreaLeftPixels"];
    let down = ["FullPanoHeightPixels", "CroppedAreaImageHeightPixels", "CroppedAreaTopPixels"];
    let inner = name.strip_prefix("LargestValidInteriorRect").unwrap_or_default();
    let factor = if across.contains(&name) || matches!(inner, "Left" | "Width") {
        f64::from(to.width) / f64::from(from.width)
    } else if down.contains(&name) || matches!(inner, "Top" | "Height") {
        f64::from(to.height) / f64::from(from.height)
    } else {
        return Rule::Keep;
    };
    match value.trim().parse::<f64>() {
        Ok(pixels) => Rule::Set((pixels * factor).round().to_string()),
        Err(_) => Rule::DropAndSay(notes::PANORAMA),
    }
}
