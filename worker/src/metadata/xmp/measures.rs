//! What in XMP measures the picture in pixels: the subject, the sensor's pixels, the lens as it was
//! calibrated (DJI's and Pix4D's), the page that it is printed on. No state.

use roxmltree::{Document, Node};

use super::edits::{Edits, Rule};
use super::facts::said;
use super::regions::{RegionField, decimals, items};
use super::{EXIF, TIFF, notes};
use crate::metadata::Described;
use crate::metadata::measures::{self, PixelsPerUnit};

const PAGED_TEXT: &str = "http://ns.adobe.com/xap/1.0/t/pg/";
const DJI: &str = "http://www.dji.com/drone-dji/1.0/";
const PIX4D: [&str; 2] = ["http://pix4d.com/camera/1.0", "http://pix4d.com/camera/1.0/"];
const DIMENSIONS: &str = "sType/Dimensions#";

/// Numbers that hang together.
pub(super) struct Calibration {
    /// Pixels on the sensor as they are in the result.
    focal_plane: [Option<PixelsPerUnit>; 2],
    /// Whether the focal length is in pixels.
    length_in_pixels: bool,
}

impl Calibration {
    pub(super) fn of(document: &Document<'_>, described: &Described) -> Calibration {
        let plane = |name| fraction(&said(document, (EXIF, name))?);
        let planes = ["FocalPlaneXResolution", "FocalPlaneYResolution"].map(plane);
        let units = PIX4D.into_iter().find_map(|own| said(document, (own, "PerspectiveFocalLengthUnits")));
        Calibration {
            focal_plane: measures::focal_plane(planes, &described.moved),
            length_in_pixels: units.is_some_and(|units| units.to_lowercase().contains("pix")),
        }
    }
}

/// A number of pixels per unit: a fraction, or with decimals.
fn fraction(text: &str) -> Option<PixelsPerUnit> {
    const DECIMALS: u32 = 1000;
    if let Some((pixels, per)) = text.trim().split_once('/') {
        return Some((pixels.parse().ok()?, per.parse().ok()?));
    }
    let number: f64 = text.trim().parse().ok()?;
    let pixels = (number * f64::from(DECIMALS)).round();
    (pixels >= 1.0 && pixels <= f64::from(u32::MAX)).then_some((pixels as u32, DECIMALS))
}

/// What becomes of a property that is one number.
pub(super) fn rule(
    namespace: &str,
    name: &str,
    value: &str,
    described: &Described,
    calibration: &Calibration,
) -> Rule {
    if described.moved.is_still() {
        return Rule::Keep;
    }
    let plane = |plane: Option<PixelsPerUnit>| match plane {
        Some((pixels, per)) => Rule::Set(format!("{pixels}/{per}")),
        None => Rule::DropAndSay(measures::FOCAL_PLANE_LOST),
    };
    let [across, down] = calibration.focal_plane;
    match (namespace, name) {
        (EXIF, "SubjectArea" | "SubjectLocation") => subject_text(value, described),
        (EXIF, "FocalPlaneXResolution") => plane(across),
        (EXIF, "FocalPlaneYResolution") => plane(down),
        (DJI, "CalibratedFocalLength") => scaled(value, described, Edge::Both),
        (DJI, "CalibratedOpticalCenterX") => scaled(value, described, Edge::Across),
        (DJI, "CalibratedOpticalCenterY") => scaled(value, described, Edge::Down),
        (DJI, "DewarpData" | "DewarpFlag") => Rule::DropAndSay(notes::CALIBRATION),
        (namespace, name) if PIX4D.contains(&namespace) => of_lens(name, value, described, calibration),
        _ => Rule::Keep,
    }
}

/// What Pix4D has of the lens.
fn of_lens(name: &str, value: &str, described: &Described, calibration: &Calibration) -> Rule {
    match name {
        "PerspectiveFocalLength" if calibration.length_in_pixels => scaled(value, described, Edge::Both),
        // In pixels, or powers of them.
        "VignettingCenter" | "VignettingPolynomial" | "VignettingPolynomial2D" | "FisheyeAffineMatrix" => {
            Rule::DropAndSay(notes::CALIBRATION)
        }
        // Without pixels, but from where the middle of the lens was.
        "PrincipalPoint" | "PerspectiveDistortion" | "FisheyePolynomial" if !described.moved.is_scaling() => {
            Rule::DropAndSay(notes::CALIBRATION)
        }
        _ => Rule::Keep,
    }
}

/// Which edge a length goes by.
enum Edge {
    Across,
    Down,
    /// Both, which must be scaled alike.
    Both,
}

/// A length in pixels, in the result; one of a photo that was cut or turned means nothing there.
fn scaled(value: &str, described: &Described, edge: Edge) -> Rule {
    const ALIKE: f64 = 0.01;
    let (from, to) = (described.moved.from, described.moved.to);
    let across = f64::from(to.width) / f64::from(from.width);
    let down = f64::from(to.height) / f64::from(from.height);
    let factor = match edge {
        Edge::Across => Some(across),
        Edge::Down => Some(down),
        // Their mean: both are rounded to whole pixels.
        Edge::Both => ((across / down - 1.0).abs() < ALIKE).then_some((across + down) / 2.0),
    };
    let number = value.trim().parse().ok().filter(|_: &f64| described.moved.is_scaling());
    match number.zip(factor) {
        Some((number, factor)) => Rule::Set(decimals(number * factor)),
        None => Rule::DropAndSay(notes::CALIBRATION),
    }
}

/// Brings along what has several numbers in one element.
pub(super) fn apply(edits: &mut Edits, node: Node<'_, '_>, described: &Described) {
    let tag = node.tag_name();
    match (tag.namespace().unwrap_or_default(), tag.name()) {
        (TIFF, "BitsPerSample") => bits(edits, node, described),
        (EXIF, "SubjectArea" | "SubjectLocation") => subject(edits, node, described),
        (PAGED_TEXT, "MaxPageSize") => page(edits, node, described),
        _ => {}
    }
}

/// The subject as a list of numbers, which the specification asks for.
fn subject(edits: &mut Edits, node: Node<'_, '_>, described: &Described) {
    let mut numbers = items(node).map(RegionField::of).peekable();
    if described.moved.is_still() || numbers.peek().is_none() {
        return;
    }
    let moved = numbers.collect::<Option<Vec<_>>>().and_then(|numbers| {
        let texts: Vec<&str> = numbers.iter().map(|number| number.value).collect();
        let new = moved_subject(&texts, described)?;
        Some(numbers.into_iter().map(|number| number.range).zip(new))
    });
    match moved {
        Some(changes) => changes.for_each(|(range, new)| edits.set(range, new)),
        None => {
            edits.drop(node.range());
            edits.say(measures::SUBJECT_LOST);
        }
    }
}

/// The subject as one text.
fn subject_text(text: &str, described: &Described) -> Rule {
    if text.trim().is_empty() {
        return Rule::Keep;
    }
    match moved_subject(&[text], described) {
        Some(new) => Rule::Set(new.concat()),
        None => Rule::DropAndSay(measures::SUBJECT_LOST),
    }
}

/// The subject's numbers in the result, in as many texts as they were in.
fn moved_subject(texts: &[&str], described: &Described) -> Option<Vec<String>> {
    let numbers_in = |text: &str| -> Option<Vec<u32>> {
        let parts = text.split([' ', ',', ';', '\t', '\n']).filter(|part| !part.is_empty());
        parts.map(whole).collect()
    };
    let before: Vec<Vec<u32>> = texts.iter().copied().map(numbers_in).collect::<Option<_>>()?;
    let mut after = measures::subject(&before.concat(), &described.moved)?.into_iter();
    let text = |numbers: Vec<u32>| {
        let new: Vec<String> = after.by_ref().take(numbers.len()).map(|number| number.to_string()).collect();
        new.join(" ")
    };
    Some(before.into_iter().map(text).collect())
}

/// A length in pixels: a number, or a fraction.
fn whole(text: &str) -> Option<u32> {
    let number: f64 = match text.split_once('/') {
        Some((number, divisor)) => number.parse::<f64>().ok()? / divisor.parse::<f64>().ok()?,
        None => text.parse().ok()?,
    };
    let number = number.round();
    (0.0..=f64::from(u32::MAX)).contains(&number).then_some(number as u32)
}

/// The bits of each sample: as many numbers as there are channels, or else it is not true.
fn bits(edits: &mut Edits, node: Node<'_, '_>, described: &Described) {
    let said: Option<Vec<RegionField<'_>>> = items(node).map(RegionField::of).collect();
    match said.filter(|said| said.len() == described.channels.count()) {
        Some(said) => said.into_iter().for_each(|bits| edits.set(bits.range, described.bits.to_string())),
        None => edits.drop(node.range()),
    }
}

/// The page: in pixels it is the picture; what it is in inches hangs on where it is printed.
fn page(edits: &mut Edits, node: Node<'_, '_>, described: &Described) {
    let field = |name| RegionField::find(node, DIMENSIONS, name);
    let in_pixels = field("unit").is_some_and(|unit| unit.value.to_lowercase().starts_with("pixel"));
    match (field("w"), field("h")) {
        (Some(width), Some(height)) if in_pixels => {
            edits.set(width.range, described.size.width.to_string());
            edits.set(height.range, described.size.height.to_string());
        }
        _ if described.moved.is_still() => {}
        _ => {
            edits.drop(node.range());
            edits.say(notes::PAGE);
        }
    }
}
