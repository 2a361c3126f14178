//! What a DNG says of its data: the tags that the library leaves to its callers, or would unpack the data to
//! tell. No state.

use protocol::{ErrorKind, JobError};
use rawler::decoders::{Decoder, WellKnownIFD};
use rawler::formats::tiff::{IFD, Value};
use rawler::imgop::matrix::multiply;
use rawler::imgop::xyz::Illuminant;
use rawler::imgop::{Dim2, Point, Rect};
use rawler::rawimage::{RawPhotometricInterpretation, WhiteLevel};
use rawler::tags::{DngTag, ExifTag, TiffCommonTag};
use rawler::{RawImage, RawImageData};

use super::opcodes::Corrections;
use super::outline::Outline;
use super::structure;
use crate::codec::fail;
use crate::metadata::exif::dng::{LINEAR_RAW, MOSAIC};

/// What samples may mean beside the mosaic and the light of a sensor.
const GREY: u32 = 1;
/// Zip, which is for floating-point samples.
const DEFLATE: u32 = 8;
const FLOATING_POINT: u32 = 3;

/// The outline of a DNG, by its tags: the library would unpack the data to tell. `trim` is what its
/// corrections cut out of the lit area.
pub(super) fn outline(raw: &IFD, trim: Option<[u32; 4]>) -> Result<Outline, JobError> {
    let number = |tag: TiffCommonTag, index| raw.get_entry(tag).map(|entry| entry.force_usize(index));
    let numbers = |tag: DngTag, count: u32| {
        let entry = raw.get_entry(tag).filter(|entry| entry.count() >= count)?;
        Some((0..count as usize).map(|index| entry.force_usize(index)).collect::<Vec<_>>())
    };
    let edge = |tag| number(tag, 0).unwrap_or(0);
    let sensor = Dim2::new(edge(TiffCommonTag::ImageWidth), edge(TiffCommonTag::ImageLength));
    let interpretation = edge(TiffCommonTag::PhotometricInt) as u32;
    let planes = number(TiffCommonTag::SamplesPerPixel, 0).unwrap_or(1);
    if !matches!(interpretation, GREY | LINEAR_RAW | MOSAIC) {
        return Err(fail(ErrorKind::Unsupported, "its data is neither a mosaic nor linear light"));
    }
    let is_float = edge(TiffCommonTag::SampleFormat) as u32 == FLOATING_POINT;
    if edge(TiffCommonTag::Compression) as u32 == DEFLATE && !is_float {
        return Err(compressed_as(DEFLATE));
    }
    let active = match numbers(DngTag::ActiveArea, 4).as_deref() {
        Some(&[top, left, bottom, right]) if top < bottom && left < right => {
            Rect::new(Point::new(left, top), Dim2::new(right - left, bottom - top))
        }
        Some(_) | None => Rect::new(Point::zero(), sensor),
    };
    let crop = (numbers(DngTag::DefaultCropOrigin, 2), numbers(DngTag::DefaultCropSize, 2));
    let area = match (crop.0.as_deref(), crop.1.as_deref()) {
        (Some(&[x, y]), Some(&[w, h])) => {
            Rect::new(Point::new(active.p.x.saturating_add(x), active.p.y.saturating_add(y)), Dim2::new(w, h))
        }
        (Some(_) | None, _) => active,
    };
    let area = cropped_by_user(raw, area);
    let repeats = raw.get_entry(ExifTag::CFARepeatPatternDim).map_or(2, |entry| entry.force_usize(0));
    // Tiles are unpacked whole.
    let tiled = |edge: usize, tag| edge.saturating_add(number(tag, 0).unwrap_or(1).saturating_sub(1));
    Ok(Outline {
        sensor,
        unpacked: Dim2::new(
            tiled(sensor.w, TiffCommonTag::TileWidth),
            tiled(sensor.h, TiffCommonTag::TileLength),
        ),
        area: trim.map_or(area, |trim| trimmed(area, active.p, trim)),
        planes,
        is_grey: planes == 1 && matches!(interpretation, GREY | LINEAR_RAW),
        is_usual: matches!(interpretation, GREY | LINEAR_RAW) || matches!(repeats, 2 | 6),
    })
}

/// The part of the picture that was chosen in the camera, such as one of 16:9: its edges are parts of height
/// and width (DNG 1.7, `DefaultUserCrop`).
fn cropped_by_user(raw: &IFD, area: Rect) -> Rect {
    let Some(crop) = raw.get_entry(DngTag::DefaultUserCrop).filter(|entry| entry.count() == 4) else {
        return area;
    };
    let along = |length: usize, from: u32, to: u32| {
        let part = |index| (crop.force_f32(index as usize) * length as f32).round();
        let (first, end) = (part(from), part(to));
        let is_part = first >= 0.0 && first < end && end <= length as f32;
        is_part.then_some((first as usize, (end - first) as usize))
    };
    match (along(area.d.h, 0, 2), along(area.d.w, 1, 3)) {
        (Some((y, h)), Some((x, w))) => {
            let corner = Point::new(area.p.x.saturating_add(x), area.p.y.saturating_add(y));
            Rect::new(corner, Dim2::new(w, h))
        }
        (Some(_) | None, _) => area,
    }
}

/// What of an area lies within these bounds, which are counted from a corner.
fn trimmed(area: Rect, corner: Point, [top, left, bottom, right]: [u32; 4]) -> Rect {
    let along = |start: usize, length: usize, corner: usize, from: u32, to: u32| {
        let (from, to) = (corner.saturating_add(from as usize), corner.saturating_add(to as usize));
        let (first, end) = (start.max(from), start.saturating_add(length).min(to));
        (first, end.saturating_sub(first))
    };
    let (y, h) = along(area.p.y, area.d.h, corner.y, top, bottom);
    let (x, w) = along(area.p.x, area.d.w, corner.x, left, right);
    Rect::new(Point::new(x, y), Dim2::new(w, h))
}

/// The corrections that it asks for.
pub(super) fn corrections(raw: &IFD) -> Result<Corrections, JobError> {
    let list = |tag: DngTag| match raw.get_entry(tag).map(|entry| &entry.value) {
        Some(Value::Undefined(bytes) | Value::Byte(bytes)) => bytes.as_slice(),
        Some(_) | None => &[],
    };
    let lists = [DngTag::OpcodeList1, DngTag::OpcodeList2, DngTag::OpcodeList3].map(list);
    let mut corrections = Corrections::read(lists, raw.has_entry(TiffCommonTag::Linearization))?;
    corrections.notes.extend(wide_pixels(raw));
    Ok(corrections)
}

/// A warning about pixels that are not square.
fn wide_pixels(raw: &IFD) -> Option<String> {
    let scale = raw.get_entry(DngTag::DefaultScale).filter(|entry| entry.count() >= 2)?;
    let ratio = scale.force_f32(0) / scale.force_f32(1);
    (ratio.is_finite() && ratio > 0.0 && (ratio - 1.0).abs() > 0.01)
        .then(|| format!("its pixels are {ratio:.3} times as wide as high; the result's are square"))
}

/// Makes the library's levels and colours those of the DNG's own rules, where it has others.
pub(super) fn mend(image: &mut RawImage, decoder: &dyn Decoder) {
    count_black_from_the_corner(image);
    begin_mosaic_at_the_corner(image);
    let raw = decoder.ifd(WellKnownIFD::Raw).ok().flatten();
    let says_white = raw.is_some_and(|raw| raw.has_entry(TiffCommonTag::WhiteLevel));
    if matches!(image.data, RawImageData::Float(_)) && !says_white {
        image.whitelevel = WhiteLevel(vec![1; image.cpp]);
    }
    if let Some(root) = decoder.ifd(WellKnownIFD::Root).ok().flatten() {
        calibrate(image, &root);
    }
}

/// Makes the colours those of this very camera, where the file says how they differ from those of its kind
/// and that this is meant for these matrices (DNG 1.7, `CameraCalibration1`).
fn calibrate(image: &mut RawImage, root: &IFD) {
    let signature = |tag: DngTag| root.get_entry(tag).and_then(|entry| entry.as_string().cloned());
    let meant_for = signature(DngTag::ProfileCalibrationSignature).unwrap_or_default();
    if signature(DngTag::CameraCalibrationSignature).unwrap_or_default() != meant_for {
        return;
    }
    for (illuminant, calibration) in [
        (DngTag::CalibrationIlluminant1, DngTag::CameraCalibration1),
        (DngTag::CalibrationIlluminant2, DngTag::CameraCalibration2),
    ] {
        let illuminant =
            root.get_entry(illuminant).and_then(|entry| Illuminant::try_from(entry.force_u16(0)).ok());
        let calibration = root.get_entry(calibration).filter(|entry| entry.count() == 9);
        let (Some(illuminant), Some(calibration)) = (illuminant, calibration) else { continue };
        let Some(matrix) = image.color_matrix.get_mut(&illuminant).filter(|matrix| matrix.len() == 9) else {
            continue;
        };
        let calibration = square(|place| calibration.force_f32(place));
        *matrix = multiply(&calibration, &square(|place| matrix[place])).as_flattened().to_vec();
    }
}

fn square(number: impl Fn(usize) -> f32) -> [[f32; 3]; 3] {
    std::array::from_fn(|row| std::array::from_fn(|column| number(3 * row + column)))
}

/// Why the library found no data that it can unpack.
pub(super) fn unreadable(file: &[u8]) -> JobError {
    match structure::compressions(file).into_iter().next() {
        Some(number) => compressed_as(number),
        None => fail(ErrorKind::Corrupt, "the DNG says nothing of its data"),
    }
}

fn compressed_as(number: u32) -> JobError {
    let way = match number {
        5 => "LZW".to_owned(),
        DEFLATE => "Zip".to_owned(),
        9 => "GoPro's VC-5".to_owned(),
        32_773 => "PackBits".to_owned(),
        34_713 => "Nikon's NEF".to_owned(),
        other => format!("number {other}"),
    };
    fail(ErrorKind::Unsupported, format!("its data is compressed in a way that cannot be read: {way}"))
}

/// A DNG's levels of black repeat from the lit area's corner on, other files' from that of all data: makes
/// the former like the latter.
fn count_black_from_the_corner(image: &mut RawImage) {
    let corner = image.active_area.map_or(Point::zero(), |lit| lit.p);
    let (width, height) = (image.blacklevel.width.max(1), image.blacklevel.height.max(1));
    image.blacklevel =
        image.blacklevel.shift((width - corner.x % width) % width, (height - corner.y % height) % height);
}

/// A DNG's mosaic begins at the lit area's corner. The library moves it the other way, which is the same
/// where colours alternate in twos, and not in a mosaic of 6×6.
fn begin_mosaic_at_the_corner(image: &mut RawImage) {
    let corner = image.active_area.map_or(Point::zero(), |lit| lit.p);
    if let RawPhotometricInterpretation::Cfa(config) = &mut image.photometric
        && config.cfa.width == 6
        && config.cfa.height == 6
    {
        let twice_back = |length: usize| (12 - 2 * (length % 6)) % 6;
        config.cfa = config.cfa.shift(twice_back(corner.x), twice_back(corner.y));
    }
}

/// By how many stops a DNG asks to be brightened: by none if what it says is no number.
pub(super) fn baseline_exposure(decoder: &dyn Decoder) -> f32 {
    let root = decoder.ifd(WellKnownIFD::VirtualDngRootTags).ok().flatten();
    let entry = root.as_ref().and_then(|root| root.get_entry(DngTag::BaselineExposure));
    let stops = entry.map_or(0.0, |entry| entry.force_f32(0));
    if stops.is_finite() { stops.clamp(-5.0, 5.0) } else { 0.0 }
}
